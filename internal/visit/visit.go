// Package visit lets establishments of the social and solidarity economy, and
// anybody else who keeps a workshop worth seeing, open it to visitors: what is
// shown, when, to whom, and what those who came take home.
//
// An offer says what will be seen; its slots are rooms of the package booking
// under their own ids, which keeps who comes, who waits and who came. A rule of
// recurrence is worked out once, into rows, when it is said: what was promised
// to people never changes because a rule is read another way. Of minors nothing
// is kept but how many they are and how old.
//
// Its one difficulty is consent: what a visitor writes afterwards is read by
// others only while both sides wish it, for the very text that both have read.
package visit

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/register"
)

// Kind is what bookings of visits are of.
const Kind = "visit"

// A State is whether an offer may be booked.
type State string

// The states.
const (
	Open   State = "open"
	Closed State = "closed"
)

// Terms are what visitors are to know.
type Terms struct {
	Sees      string   `json:"sees"`                // what will be seen
	Safety    string   `json:"safety,omitempty"`    // what must not be done
	Clothing  string   `json:"clothing,omitempty"`  // closed shoes
	Access    string   `json:"access,omitempty"`    // for people with disabilities
	Welcome   string   `json:"welcome,omitempty"`   // who welcomes
	Where     string   `json:"where,omitempty"`     // where to come
	Contact   string   `json:"contact,omitempty"`   // on the day
	Minors    bool     `json:"minors,omitempty"`    // may come
	LeastAge  int      `json:"least_age,omitempty"` // of minors
	Languages []string `json:"languages,omitempty"` // in words: anglais, langue des signes
}

// An Offer is a visit that an establishment gives.
type Offer struct {
	ID        string
	SIRET     register.SIRET // of the host
	State     State
	Title     string
	Terms     Terms
	Minutes   int
	Seats     int  // of a group
	Approval  bool // the host says yes to each party
	Trades    []string
	Territory string
	Commune   string
	Channel   account.Channel // how it was said: by telephone to a facilitator
	MadeBy    string
	CreatedAt time.Time
	ChangedAt time.Time
}

// Object is what the table of permissions is asked of an offer.
func (o *Offer) Object() account.Object {
	return account.Object{SIRET: o.SIRET, Territory: o.Territory}
}

// A Visit is a slot of an offer, and its room.
type Visit struct {
	ID        string
	Series    string
	AskedAt   time.Time
	CreatedAt time.Time
	ChangedAt time.Time
	Offer     Offer
	Room      booking.Room
}

// How long the texts may be, in letters, and how large a group.
const (
	MaxTitle   = 120
	MaxWords   = 2000
	MaxLine    = 300
	MaxSeats   = 200
	MaxMinutes = 8 * 60
)

// Refusals. Each carries the key of the message that tells it.
var (
	ErrFaults = errors.New("the offer has faults")
	ErrMinors = errors.New("minors may not come")                       // visit.error.minors
	ErrAges   = errors.New("the ages of minors are not said")           // visit.error.ages
	ErrYoung  = errors.New("some are younger than may come")            // visit.error.young
	ErrAdults = errors.New("too few adults for that many minors")       // visit.error.adults
	ErrShown  = errors.New("the directory does not show that host")     // visit.error.shown
	ErrClosed = errors.New("the offer is closed")                       // visit.error.closed
	ErrEmpty  = errors.New("nothing was written")                       // visit.error.empty
	ErrSoon   = errors.New("those who came write once the visit ended") // visit.error.soon
)

// A Fault says what is wrong with a field: the key of a message under
// visit.fault.
type Fault struct{ Field, Key string }

// Clean brings an offer into order and returns what is wrong with it.
func (o *Offer) Clean() []Fault {
	var faults []Fault
	text := func(field string, s *string, most int) {
		*s = strings.TrimSpace(strings.ToValidUTF8(*s, ""))
		if utf8.RuneCountInString(*s) > most {
			faults = append(faults, Fault{field, "long"})
		}
	}
	text("title", &o.Title, MaxTitle)
	text("sees", &o.Terms.Sees, MaxWords)
	for field, s := range o.Terms.lines() {
		text(field, s, MaxLine)
	}
	o.Terms.Languages = lines(o.Terms.Languages)
	slices.Sort(o.Trades)
	o.Trades = slices.Compact(o.Trades)
	if !o.Terms.Minors {
		o.Terms.LeastAge = 0
	}
	for _, check := range []struct {
		field, key string
		wrong      bool
	}{
		{"title", "missing", o.Title == ""},
		{"sees", "missing", o.Terms.Sees == ""},
		{"where", "missing", o.Terms.Where == ""},
		{"minutes", "minutes", o.Minutes < 15 || o.Minutes > MaxMinutes},
		{"seats", "seats", o.Seats < 1 || o.Seats > MaxSeats},
		{"least_age", "age", o.Terms.LeastAge < 0 || o.Terms.LeastAge > 17},
	} {
		if check.wrong {
			faults = append(faults, Fault{check.field, check.key})
		}
	}
	slices.SortStableFunc(faults, func(a, b Fault) int { return strings.Compare(a.Field, b.Field) })
	return faults
}

// lines are the one-line texts of terms, by field.
func (t *Terms) lines() map[string]*string {
	return map[string]*string{"safety": &t.Safety, "clothing": &t.Clothing, "access": &t.Access, "welcome": &t.Welcome, "where": &t.Where, "contact": &t.Contact}
}

// lines cleans a list of short texts.
func lines(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " "); s != "" && len(out) < 10 {
			out = append(out, cut(s, 40))
		}
	}
	return out
}

// cut ends a text after some letters.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most]))
}

// The rule of the line of a visit: three offers of eight working hours, a day
// between them, and none in the last two days.
const (
	mostOffers = 3
	offerFor   = 8 * time.Hour
	lastCall   = 48 * time.Hour
)

// room is the room of a slot of an offer.
func (o *Offer) room(id string, start time.Time) booking.Room {
	return booking.Room{
		ID: id, Kind: Kind, Seats: o.Seats, Approval: o.Approval, OfferFor: offerFor, Offers: mostOffers, LastCall: lastCall,
		Start: start, End: start.Add(time.Duration(o.Minutes) * time.Minute),
	}
}
