// Package meeting plans the information meetings of the territories: when,
// where, what about, with whom.
//
// It keeps what is said of a meeting; its seats, its times and whether it takes
// place are a room of the package booking under the same id, changed in the
// same transaction. A series is planned in one act, one copy for each
// territory, and each copy may then differ.
//
// Its one difficulty is that people rely on what they read: nothing of a
// published meeting changes without those who hold a seat being told, and a
// meeting that was published is never removed, only called off.
package meeting

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
)

// Kind is what bookings of meetings are of.
const Kind = "meeting"

// A State is whether a meeting is shown.
type State string

// The states.
const (
	Draft     State = "draft"
	Published State = "published"
)

// A Venue is where a meeting is held.
type Venue struct {
	Name    string `json:"name,omitempty"`   // Salle des fêtes
	Street  string `json:"street,omitempty"` // 12, rue de la Gare
	Access  string `json:"access,omitempty"` // for people with disabilities
	ByRoad  string `json:"road,omitempty"`   // parking, bus
	Contact string `json:"contact,omitempty"`
}

// An Item is a point of the agenda.
type Item struct {
	Minutes int    `json:"minutes"`
	Title   string `json:"title"`
	Speaker string `json:"speaker,omitempty"`
}

// A Meeting is what is said of one, and its room.
type Meeting struct {
	ID          string
	Series      string
	State       State
	Title       string
	Words       string // what it is about, for whom
	Territory   string // slug
	Commune     string // INSEE code
	Venue       Venue
	Agenda      []Item
	Trades      []string // slugs; none: for all
	Organiser   string   // id of the facilitator
	Institution account.Institution
	CreatedAt   time.Time
	ChangedAt   time.Time

	Room booking.Room // Start, End, Seats, …
}

// Object is what the table of permissions is asked of a meeting: it is common
// to both institutions and lies in a territory.
func (m *Meeting) Object() account.Object {
	return account.Object{Person: m.Organiser, Territory: m.Territory}
}

// Shown reports whether anybody may read of it.
func (m *Meeting) Shown() bool { return m.State == Published }

// How long the texts may be, in letters.
const (
	MaxTitle = 120
	MaxWords = 2000
	MaxLine  = 200
	MaxItems = 20
)

// A Fault says what is wrong with a field: the key of a message under
// meeting.fault.
type Fault struct{ Field, Key string }

// ErrFaults says that some fields are wrong.
var ErrFaults = errors.New("the meeting has faults")

// Clean brings a meeting into order and returns what is wrong with it at a
// moment: planned is whether it is still to be planned, when it must lie
// ahead.
func (m *Meeting) Clean(now time.Time, planned bool) []Fault {
	var faults []Fault
	text := func(field string, s *string, most int) {
		*s = strings.TrimSpace(strings.ToValidUTF8(*s, ""))
		if utf8.RuneCountInString(*s) > most {
			faults = append(faults, Fault{field, "long"})
		}
	}
	text("title", &m.Title, MaxTitle)
	text("words", &m.Words, MaxWords)
	text("venue", &m.Venue.Name, MaxLine)
	text("street", &m.Venue.Street, MaxLine)
	text("access", &m.Venue.Access, MaxLine)
	text("road", &m.Venue.ByRoad, MaxLine)
	text("contact", &m.Venue.Contact, MaxLine)
	m.Agenda = slices.DeleteFunc(m.Agenda, func(i Item) bool { return strings.TrimSpace(i.Title) == "" })
	for i := range m.Agenda {
		text("agenda", &m.Agenda[i].Title, MaxLine)
		text("agenda", &m.Agenda[i].Speaker, MaxLine)
		m.Agenda[i].Minutes = min(max(0, m.Agenda[i].Minutes), 600)
	}
	slices.Sort(m.Trades)
	m.Trades = slices.Compact(m.Trades)
	for _, check := range []struct {
		field, key string
		wrong      bool
	}{
		{"title", "missing", m.Title == ""},
		{"territory", "missing", m.Territory == ""},
		{"commune", "missing", m.Commune == ""},
		{"start", "missing", m.Room.Start.IsZero()},
		{"start", "past", planned && !m.Room.Start.IsZero() && m.Room.Start.Before(now)},
		{"end", "before", !m.Room.Start.IsZero() && !m.Room.End.After(m.Room.Start)},
		{"end", "long", m.Room.End.Sub(m.Room.Start) > 24*time.Hour},
		{"seats", "few", m.Room.Seats < 1},
		{"seats", "many", m.Room.Seats > 5000},
		{"reserved", "many", m.Room.Reserved < 0 || m.Room.Reserved > m.Room.Seats},
		{"agenda", "many", len(m.Agenda) > MaxItems},
	} {
		if check.wrong {
			faults = append(faults, Fault{check.field, check.key})
		}
	}
	return faults
}

// The usual rule of a meeting's room: one offer of eight working hours to who
// waits, none in the last three hours.
const (
	usualOffer = 8 * time.Hour
	usualCall  = 3 * time.Hour
)

// usual gives a new meeting's room what its planner did not choose.
func (m *Meeting) usual() {
	r := &m.Room
	r.ID, r.Kind, r.Offers = m.ID, Kind, max(1, r.Offers)
	if r.OfferFor == 0 {
		r.OfferFor = usualOffer
	}
	if r.LastCall == 0 {
		r.LastCall = usualCall
	}
}

// moved reports whether a change concerns those who hold a seat.
func moved(was, is *Meeting) bool {
	return !was.Room.Start.Equal(is.Room.Start) || !was.Room.End.Equal(is.Room.End) || was.Commune != is.Commune || was.Venue.Name != is.Venue.Name || was.Venue.Street != is.Venue.Street
}

// year is how many weeks later a meeting is held again: it stays on its day of
// the week.
const year = 52

// WeeksAgain returns after how many weeks, a multiple of 52, a series is held
// again whose first meeting began at a moment: as many as it takes to lie
// ahead, the same for all of it.
func WeeksAgain(first, now time.Time) int {
	for weeks := year; ; weeks += year {
		if first.In(clock.Paris).AddDate(0, 0, 7*weeks).After(now) {
			return weeks
		}
	}
}
