package web

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/calendar"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/register"
	"passerelle/internal/visit"
)

// feedPath begins the address of somebody's own agenda.
const feedPath = "/mon-agenda/"

// An ownAgendaPage gives, renews and ends the address of one's own agenda.
type ownAgendaPage struct {
	frame
	Crumbs  []crumb
	Since   string // when the address was made; empty: there is none
	Address string // shown once
	App     template.URL
	Ended   bool
	Next    []ownLine
}

// An ownLine is an entry of one's own agenda in words.
type ownLine struct {
	Day, Hours, Title, Place, As string
	Path                         string
}

func (s *site) ownAgenda(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.showOwnAgenda(w, r, who, &ownAgendaPage{Ended: r.URL.Query().Has("fin")})
}

func (s *site) showOwnAgenda(w http.ResponseWriter, r *http.Request, who *account.Signed, p *ownAgendaPage) error {
	private(w)
	l := s.words(r)
	p.frame = s.frame(r, "/mon-espace", l.T("own_agenda.title"))
	p.Path, p.NoIndex = "/mon-espace/agenda", true
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("own_agenda.title")}}
	since, err := s.config.Accounts.FeedSince(r.Context(), who.Person.ID)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		p.Since = l.Moment(since)
	}
	if p.Next, err = s.nextOf(r, who.Person); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "account/agenda", p)
}

// nextOf are the entries of somebody's agenda to come, the next first.
func (s *site) nextOf(r *http.Request, who *account.Person) ([]ownLine, error) {
	list, err := s.ownEntries(r, who)
	if err != nil {
		return nil, err
	}
	l, now := s.words(r), s.config.Clock.Now()
	var lines []ownLine
	for _, e := range list {
		if o := e.of; o.Room.End.After(now) && !e.cancelled() {
			lines = append(lines, ownLine{Day: longDay(l, o.Room.Start), Hours: hours(l, o.Room.Start, o.Room.End), Title: o.Title, Place: s.placeOf(o), As: e.as(l), Path: e.path()})
		}
	}
	return lines, nil
}

// openOwnAgenda makes the address, in place of the one before, and shows it:
// only its digest is kept.
func (s *site) openOwnAgenda(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	token, err := s.config.Accounts.OpenFeed(r.Context(), by(who), who.Person.ID)
	if err != nil {
		return err
	}
	p := &ownAgendaPage{Address: s.frame(r, "", "").BaseURL + pathIn(r, feedPath+token+".ics")}
	if _, rest, ok := strings.Cut(p.Address, "://"); ok {
		p.App = template.URL("webcal://" + rest) // our own name and a token
	}
	return s.showOwnAgenda(w, r, who, p)
}

func (s *site) endOwnAgenda(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	if err := s.config.Accounts.EndFeed(r.Context(), by(who), who.Person.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/agenda")+"?fin=1")
}

// ownFeed is one's own agenda, for a program that asks again by itself. It may
// be shared at work or at home: it says when and where, and nothing in it opens
// a booking or tells who else comes.
func (s *site) ownFeed(w http.ResponseWriter, r *http.Request) error {
	private(w)
	token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok || s.config.Accounts == nil {
		return db.ErrNotFound
	}
	p, err := s.config.Accounts.ByFeed(r.Context(), token)
	if err != nil {
		return err
	}
	list, err := s.ownEntries(r, p)
	if err != nil {
		return err
	}
	l := s.words(r)
	feed := calendar.Feed{Name: l.T("own_agenda.name", "house", s.frame(r, "", "").Site.Name)}
	for _, e := range list {
		feed.Events = append(feed.Events, s.entryEvent(r, l, e))
	}
	return s.showCalendar(w, feed, "mon-agenda.ics")
}

// entryEvent is an entry as agendas have it. Its number grows with the event
// and with each of one's own bookings, which only ever become later.
func (s *site) entryEvent(r *http.Request, l *locale.Language, e ownEntry) calendar.Event {
	v := s.calendarEvent(r, e.of)
	v.URL = s.frame(r, "", "").BaseURL + hrefIn(l.Code(), e.path())
	v.Sequence, v.Changed = e.sequence(), e.changed()
	v.Cancelled, v.Tentative = e.cancelled(), e.tentative()
	v.Text = strings.TrimSpace(e.as(l) + "\n" + v.Text)
	v.Alarms = ownAlarms
	return v
}

// ownAlarms are when an agenda reminds of what is one's own.
var ownAlarms = []time.Duration{24 * time.Hour, 2 * time.Hour}

// An ownEntry is an event of somebody, and why it is theirs.
type ownEntry struct {
	of    *occasion
	keeps bool // leads the meeting, or hosts the visit
	seats []booking.Booking
}

// entryOf is an event of which somebody has one's own bookings.
func entryOf(o *occasion, seats ...booking.Booking) ownEntry { return ownEntry{of: o, seats: seats} }

// best is the booking that counts when one address has several: the one that
// holds a seat, then the one that waits.
func (e *ownEntry) best() booking.State {
	order := []booking.State{booking.Confirmed, booking.Offered, booking.Asked, booking.Waiting}
	state := booking.Cancelled
	at := len(order)
	for i := range e.seats {
		if n := slices.Index(order, e.seats[i].State); n >= 0 && n < at {
			at, state = n, e.seats[i].State
		}
	}
	return state
}

func (e *ownEntry) cancelled() bool {
	return e.of.Room.CalledOff || !e.keeps && !e.best().Active()
}

func (e *ownEntry) tentative() bool {
	if e.keeps {
		return !e.of.Shown
	}
	return e.best() != booking.Confirmed
}

// sequence grows whenever the event or one of the bookings changes.
func (e *ownEntry) sequence() int64 {
	n := e.of.Room.Sequence
	for i := range e.seats {
		n += int64(e.seats[i].ChangedAt.Sub(e.seats[i].CreatedAt) / time.Second)
	}
	return n
}

func (e *ownEntry) changed() time.Time {
	last := e.of.Changed
	for i := range e.seats {
		if e.seats[i].ChangedAt.After(last) {
			last = e.seats[i].ChangedAt
		}
	}
	return last
}

// path is where somebody looks at an entry who is signed in; one's own place
// is opened by the link of the mail only.
func (e *ownEntry) path() string {
	if e.keeps {
		return strings.TrimSuffix(e.of.Door, "/pointage")
	}
	return e.of.Path
}

// as says why an event is in somebody's agenda.
func (e *ownEntry) as(l *locale.Language) string {
	switch {
	case e.keeps && e.of.Kind == visit.Kind:
		return l.T("own_agenda.hosts")
	case e.keeps:
		return l.T("own_agenda.leads")
	}
	return l.T("seat.state." + string(e.best()))
}

// ownEntries returns the events of somebody, soonest first: those they booked,
// lead and host.
func (s *site) ownEntries(r *http.Request, p *account.Person) ([]ownEntry, error) {
	from := s.config.Clock.Now().Add(-feedSpan)
	entries := map[string]ownEntry{}
	meetings, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{From: from, Drafts: true, Organiser: p.ID})
	if err != nil {
		return nil, err
	}
	for i := range meetings {
		entries[meetings[i].ID] = ownEntry{of: ofMeeting(&meetings[i].Meeting), keeps: true}
	}
	if err := s.hostedEntries(r, p.Memberships, from, entries); err != nil {
		return nil, err
	}
	seats, err := s.config.Bookings.Of(r.Context(), p.ID, p.Mail)
	if err != nil {
		return nil, err
	}
	for _, b := range seats {
		e, known := entries[b.Room]
		if !known {
			o, err := s.occasion(r.Context(), b.Room)
			if err != nil {
				return nil, err
			}
			if o.Room.End.Before(from) {
				continue
			}
			e = entryOf(o)
		}
		e.seats = append(e.seats, b)
		entries[b.Room] = e
	}
	list := make([]ownEntry, 0, len(entries))
	for _, e := range entries {
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b ownEntry) int {
		return cmp.Or(a.of.Room.Start.Compare(b.of.Room.Start), cmp.Compare(a.of.ID, b.of.ID))
	})
	return list, nil
}

// hostedEntries adds the slots that somebody's establishments host.
func (s *site) hostedEntries(r *http.Request, firms []register.SIRET, from time.Time, entries map[string]ownEntry) error {
	for _, siret := range firms {
		slots, err := s.config.Visits.Visits(r.Context(), visit.Filter{SIRET: siret, From: from, Closed: true})
		if err != nil {
			return err
		}
		for i := range slots {
			entries[slots[i].ID] = ownEntry{of: s.ofVisit(&slots[i].Visit), keeps: true}
		}
	}
	return nil
}
