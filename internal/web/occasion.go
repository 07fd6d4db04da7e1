package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/visit"
)

// An occasion is a meeting or a visit as whatever is about its seats shows it:
// one's own booking, the door, calendars, the API.
type occasion struct {
	ID        string
	Kind      string // meeting, visit
	Title     string
	Text      string
	Venue     string
	Street    string
	Commune   string // INSEE code
	Territory string // slug
	Path      string
	List      string // where others of its kind are
	Door      string // where those who keep it mark who came
	Act       account.Act
	Object    account.Object // of whom it is
	Shown     bool
	Created   time.Time
	Changed   time.Time
	Room      booking.Room
}

// ofMeeting is a meeting as an occasion.
func ofMeeting(m *meeting.Meeting) *occasion {
	return &occasion{
		ID: m.ID, Kind: meeting.Kind, Title: m.Title, Text: m.Words, Venue: m.Venue.Name, Street: m.Venue.Street, Commune: m.Commune, Territory: m.Territory,
		Path: "/reunions/" + m.ID, List: "/reunions", Door: plansPath + "/" + m.ID + "/pointage", Act: account.PlanMeetings, Object: m.Object(), Shown: m.Shown(),
		Created: m.CreatedAt, Changed: m.ChangedAt, Room: m.Room,
	}
}

// ofVisit is a visit as an occasion.
func (s *Server) ofVisit(v *visit.Visit) *occasion {
	o := &v.Offer
	changed := v.ChangedAt
	if o.ChangedAt.After(changed) {
		changed = o.ChangedAt
	}
	return &occasion{
		ID: v.ID, Kind: visit.Kind, Title: o.Title, Text: o.Terms.Sees, Venue: o.Terms.Where, Commune: o.Commune, Territory: o.Territory,
		Path: "/visites/" + v.ID, List: "/visites", Door: slotPath(v) + "/pointage", Act: account.HostVisits, Object: o.Object(), Shown: s.config.Visits.Seen(o),
		Created: v.CreatedAt, Changed: changed, Room: v.Room,
	}
}

// slotPath is where the host looks after a slot.
func slotPath(v *visit.Visit) string {
	return "/mon-espace/entreprises/" + v.Offer.SIRET.String() + "/creneaux/" + v.ID
}

// occasion returns the event of an id: a meeting, or a slot of a visit.
func (s *Server) occasion(ctx context.Context, id string) (*occasion, error) {
	m, err := s.config.Meetings.Meeting(ctx, id)
	if err == nil {
		return ofMeeting(&m), nil
	}
	if !errors.Is(err, db.ErrNotFound) {
		return nil, err
	}
	v, err := s.config.Visits.Visit(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.ofVisit(&v), nil
}

// book asks for seats in an occasion: of a visit, for a party that may come.
func (s *Server) book(ctx context.Context, o *occasion, a booking.Ask) (booking.Booking, error) {
	if o.Kind == visit.Kind {
		return s.config.Visits.Book(ctx, a)
	}
	return s.config.Bookings.Book(ctx, a)
}

// mayKeep reports whether a request comes from somebody who looks after an
// occasion.
func (s *site) mayKeep(r *http.Request, o *occasion) bool {
	c, err := r.Cookie(s.cookieName())
	if err != nil || s.config.Accounts == nil {
		return false
	}
	who, err := s.config.Accounts.Session(r.Context(), c.Value)
	return err == nil && account.May(who.Person, o.Act, o.Object)
}

// placeOf names where an occasion is.
func (s *Server) placeOf(o *occasion) string {
	c, _ := s.config.Places.Commune(o.Commune)
	if o.Venue == "" {
		return c.Name
	}
	return o.Venue + ", " + c.Name
}

// addressOf writes where an occasion is, a line each.
func (s *Server) addressOf(o *occasion) []string {
	c, _ := s.config.Places.Commune(o.Commune)
	var lines []string
	for _, line := range []string{o.Venue, o.Street, c.Name} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// lineOf is an occasion in a list.
func (s *site) lineOf(l *locale.Language, o *occasion, sheet *booking.Sheet, now time.Time) meetingLine {
	at := o.Room.Start.In(clock.Paris)
	line := meetingLine{
		Day: strconv.Itoa(at.Day()), Month: strings.TrimSpace(l.T(longMonths[at.Month()-1], "year", "")), Weekday: l.T(weekdays[at.Weekday()]), Title: o.Title, Path: o.Path,
		Place: s.placeOf(o), Hours: hours(l, o.Room.Start, o.Room.End), CalledOff: o.Room.CalledOff, Seats: seatsInWords(l, sheet, now),
	}
	if t, ok := s.config.Places.Territory(o.Territory); ok {
		line.Territory = t.Name
	}
	return line
}

// An event is an occasion with its bookings.
type event struct {
	*occasion
	sheet booking.Sheet
}

// An eventFilter names events of one kind or of both.
type eventFilter struct {
	Kind, Territory, Trade string
	From, To               time.Time
}

// events returns the events of a filter that anybody may read of, soonest
// first.
func (s *Server) events(ctx context.Context, f eventFilter) ([]event, error) {
	var all []event
	if f.Kind == "" || f.Kind == meeting.Kind {
		list, err := s.config.Meetings.Meetings(ctx, meeting.Filter{From: f.From, To: f.To, Territory: f.Territory, Trade: f.Trade})
		if err != nil {
			return nil, err
		}
		for i := range list {
			all = append(all, event{ofMeeting(&list[i].Meeting), list[i].Sheet})
		}
	}
	if f.Kind == "" || f.Kind == visit.Kind {
		list, err := s.config.Visits.Visits(ctx, visit.Filter{From: f.From, To: f.To, Territory: f.Territory, Trade: f.Trade})
		if err != nil {
			return nil, err
		}
		for i := range list {
			all = append(all, event{s.ofVisit(&list[i].Visit), list[i].Sheet})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return cmp.Or(a.Room.Start.Compare(b.Room.Start), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}
