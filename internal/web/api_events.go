package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// An eventsAnswer is the events of a span, soonest first.
type eventsAnswer struct {
	Total   int           `json:"total"`
	Results []eventRecord `json:"results"`
}

// An eventRecord is a meeting or a visit.
type eventRecord struct {
	ID        string `json:"id"`
	Kind      string `json:"kind" enum:"meeting,visit"`
	Title     string `json:"title"`
	Start     string `json:"start" doc:"RFC 3339, at the hour of Paris" example:"2026-12-10T18:00:00+01:00"`
	End       string `json:"end" doc:"RFC 3339"`
	Place     string `json:"place"`
	Territory string `json:"territory" doc:"Slug"`
	Capacity  int    `json:"capacity" doc:"All seats, reserved ones included"`
	Left      int    `json:"seats_left" doc:"What one more visitor could book now: reserved and offered seats are left out, and it is 0 while somebody waits who comes first"`
	Waiting   int    `json:"waiting" doc:"Parties on the waiting list"`
	CalledOff bool   `json:"called_off"`
	URL       string `json:"url"`
}

// eventParams are what events are asked by.
func (s *Server) eventParams() []query.Param {
	return []query.Param{
		{Name: "from", Kind: "string", About: "The first day, or moment (RFC 3339); today without it. An event that has not ended then is in.", Example: "2026-12-01"},
		{Name: "to", Kind: "string", About: "The day, or moment, before which events begin.", Example: "2030-01-01"},
		{Name: "kind", Kind: "string", About: "One kind of event.", Accepted: eventKinds, Example: "meeting"},
		{Name: "territory", Kind: "string", About: "Slug of a territory.", Example: "artois"},
	}
}

func (s *Server) apiEvents(r *http.Request, v url.Values) (any, error) {
	f, err := s.eventsOf(v)
	if err != nil {
		return nil, err
	}
	list, err := s.events(r.Context(), f)
	if err != nil {
		return nil, err
	}
	a := &eventsAnswer{Results: []eventRecord{}}
	for i := range list {
		a.Results = append(a.Results, s.eventRecord(&list[i]))
	}
	a.Total = len(a.Results)
	return a, nil
}

// eventsOf reads what events are asked for.
func (s *Server) eventsOf(v url.Values) (f eventFilter, err error) {
	f.From = startOfDay(s.config.Clock.Now())
	for _, p := range []struct {
		name string
		into *time.Time
	}{{"from", &f.From}, {"to", &f.To}} {
		if text := v.Get(p.name); text != "" {
			if *p.into, err = momentOf(text); err != nil {
				return f, &query.ParamError{Param: p.name, Value: text, Accepted: []string{"2026-12-01", "2026-12-01T18:00:00+01:00"}, Key: "value"}
			}
		}
	}
	if f.Kind = v.Get("kind"); f.Kind != "" && !slices.Contains(eventKinds, f.Kind) {
		return f, &query.ParamError{Param: "kind", Value: f.Kind, Accepted: eventKinds, Key: "value"}
	}
	f.Territory = v.Get("territory")
	if _, ok := s.config.Places.Territory(f.Territory); !ok && f.Territory != "" {
		return f, &query.ParamError{Param: "territory", Value: f.Territory, Accepted: s.territoryNames(), Key: "value"}
	}
	return f, nil
}

// momentOf reads a day at Paris, or a moment.
func momentOf(text string) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, text, clock.Paris); err == nil {
		return t.UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, text)
	return t.UTC(), err
}

// startOfDay is midnight at Paris.
func startOfDay(t time.Time) time.Time {
	t = t.In(clock.Paris)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, clock.Paris).UTC()
}

func (s *Server) eventRecord(o *event) eventRecord {
	_, waiting, left := o.sheet.Count(s.config.Clock.Now())
	e := eventRecord{
		ID: o.ID, Kind: o.Kind, Title: o.Title, Start: o.Room.Start.In(clock.Paris).Format(time.RFC3339), End: o.Room.End.In(clock.Paris).Format(time.RFC3339),
		Place: s.placeOf(o.occasion), Territory: o.Territory, Capacity: o.Room.Seats, Left: left, Waiting: waiting, CalledOff: o.Room.CalledOff, URL: o.Path,
	}
	if s.config.BaseURL != nil {
		e.URL = s.config.BaseURL.JoinPath(e.URL).String()
	}
	return e
}

// A registrationQuestion books seats.
type registrationQuestion struct {
	Name  string  `json:"name" doc:"Of the person who comes" example:"Amina Caron"`
	Email string  `json:"email" doc:"Where the confirmation goes, with the link to change it" example:"amina@example.org"`
	Seats int     `json:"seats,omitempty" doc:"How many come, whoever registers included; 1 without it"`
	SIRET *string `json:"siret" doc:"Of their establishment; null for none"`
}

// A registrationAnswer says what has become of it.
type registrationAnswer struct {
	Status    string `json:"status" enum:"confirmed,waiting,asked,offered" doc:"waiting: the next free seats are offered in the order of asking; asked: the host says yes or no; offered: fewer seats than were asked for are kept until they are taken"`
	Position  *int   `json:"position" doc:"In the line, from 1; null when a seat is kept"`
	Reference string `json:"reference" doc:"What the registration is called on the telephone; it opens nothing"`
}

// keyHeader is the header by which a program says that two requests are one
// (draft-ietf-httpapi-idempotency-key-header).
const keyHeader = "Idempotency-Key"

// longestKey bounds a key.
const longestKey = 200

// apiRegister books seats for somebody who has no session. The same name and
// address, or the same key, book once.
func (s *Server) apiRegister(r *http.Request, _ url.Values) (any, error) {
	var q registrationQuestion
	if err := readJSON(r, &q); err != nil {
		return nil, err
	}
	o, err := s.occasion(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !o.Shown {
		return nil, db.ErrNotFound
	}
	ask, err := q.ask()
	if err != nil {
		return nil, err
	}
	if ask.Key = r.Header.Get(keyHeader); len(ask.Key) > longestKey {
		return nil, wrong(keyHeader, ask.Key, "at most "+strconv.Itoa(longestKey)+" characters")
	}
	ask.Room = o.ID
	made, err := s.book(r.Context(), o, ask)
	if err != nil {
		return nil, err
	}
	a := &registrationAnswer{Status: string(made.State), Reference: made.Reference()}
	if made.State == booking.Waiting {
		sheet, err := s.config.Bookings.Sheet(r.Context(), o.ID)
		if err != nil {
			return nil, err
		}
		n := booking.Position(sheet.List, made.ID)
		a.Position = &n
	}
	return a, nil
}

// ask reads what a program says of somebody who comes.
func (q *registrationQuestion) ask() (booking.Ask, error) {
	a := booking.Ask{Name: cut(strings.Join(strings.Fields(q.Name), " "), 120), Seats: q.Seats, By: account.Actor{Channel: account.API}, Party: booking.Party{Language: locale.Codes()[0]}}
	if a.Name == "" {
		return a, wrong("name", q.Name, "the name of the person who comes")
	}
	address, err := account.ParseMail(q.Email)
	if err != nil {
		return a, wrong("email", q.Email, "an e-mail address")
	}
	a.Mail = address.String()
	if a.Seats == 0 {
		a.Seats = 1
	}
	if a.Seats < 1 || a.Seats > maxParty {
		return a, wrong("seats", strconv.Itoa(q.Seats), "1 to "+strconv.Itoa(maxParty))
	}
	if q.SIRET != nil && *q.SIRET != "" {
		if a.SIRET, err = register.ParseSIRET(*q.SIRET); err != nil {
			return a, wrong("siret", *q.SIRET, "fourteen digits whose key holds, or null")
		}
	}
	return a, nil
}

// readJSON reads the body of a request, whole and strictly.
func readJSON(r *http.Request, into any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return bodyError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return bodyError(err)
	}
	return nil
}
