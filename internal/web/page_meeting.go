package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/register"
)

// A meetingsPage lists the meetings to come.
type meetingsPage struct {
	frame
	Crumbs      []crumb
	Months      []meetingMonth
	Territory   string // name of the one chosen
	Territories []option
	Feed        string // address of the agenda to subscribe to
	Atom        string
	Past        []meetingLine
}

// A meetingMonth is the meetings of a month.
type meetingMonth struct {
	Name string
	Rows []meetingLine
}

// A meetingLine is a meeting in a list.
type meetingLine struct {
	Day, Month, Weekday string
	Title, Path         string
	Place, Territory    string
	Hours               string
	Seats               string // in words: 12 seats are free
	CalledOff           bool
}

// shownPast is for how long a meeting that was held stays in the list.
const shownPast = 60 * 24 * time.Hour

func (s *site) meetings(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &meetingsPage{frame: s.frame(r, "/reunions", l.T("meetings.title"))}
	p.Description, p.Crumbs = l.T("meetings.description"), []crumb{{Name: l.T("meetings.title")}}
	territory := r.URL.Query().Get("territoire")
	if t, ok := s.config.Places.Territory(territory); ok {
		p.Territory = t.Name
	} else {
		territory = ""
	}
	p.Territories = append(p.Territories, option{"", l.T("meetings.everywhere"), territory == ""})
	for _, t := range s.config.Places.Territories() {
		p.Territories = append(p.Territories, option{t.Slug, t.Name, t.Slug == territory})
	}
	asked := "?kind=" + meeting.Kind
	if territory != "" {
		asked += "&territory=" + territory
	}
	p.Feed, p.Atom = "/agenda.ics"+asked, "/agenda.atom"+asked
	now := s.config.Clock.Now()
	list, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{From: now.Add(-shownPast), Territory: territory})
	if err != nil {
		return err
	}
	for i := range list {
		line := s.meetingLine(l, &list[i], now)
		if list[i].Room.End.Before(now) {
			p.Past = append(p.Past, line)
			continue
		}
		name := l.T(longMonths[list[i].Room.Start.In(clock.Paris).Month()-1], "year", strconv.Itoa(list[i].Room.Start.In(clock.Paris).Year()))
		if n := len(p.Months); n == 0 || p.Months[n-1].Name != name {
			p.Months = append(p.Months, meetingMonth{Name: name})
		}
		m := &p.Months[len(p.Months)-1]
		m.Rows = append(m.Rows, line)
	}
	slices.Reverse(p.Past)
	return s.show(w, http.StatusOK, "meeting/meetings", p)
}

var longMonths = [...]string{
	"long_month.1", "long_month.2", "long_month.3", "long_month.4", "long_month.5", "long_month.6",
	"long_month.7", "long_month.8", "long_month.9", "long_month.10", "long_month.11", "long_month.12",
}

var weekdays = [...]string{"weekday.0", "weekday.1", "weekday.2", "weekday.3", "weekday.4", "weekday.5", "weekday.6"}

func (s *site) meetingLine(l *locale.Language, m *meeting.Listed, now time.Time) meetingLine {
	return s.lineOf(l, ofMeeting(&m.Meeting), &m.Sheet, now)
}

// hours writes from when to when.
func hours(l *locale.Language, start, end time.Time) string {
	return l.T("meetings.hours", "from", clockTime(l, start), "to", clockTime(l, end))
}

// clockTime writes an hour as on the wall at Paris: 18 h, 18 h 30.
func clockTime(l *locale.Language, t time.Time) string {
	t = t.In(clock.Paris)
	if t.Minute() == 0 {
		return l.T("meetings.hour", "hour", strconv.Itoa(t.Hour()))
	}
	return l.T("meetings.time", "hour", strconv.Itoa(t.Hour()), "minute", t.Format("04"))
}

// seatsInWords tells what somebody who books now gets.
func seatsInWords(l *locale.Language, sheet *booking.Sheet, now time.Time) string {
	_, waiting, left := sheet.Count(now)
	switch {
	case sheet.Room.CalledOff:
		return l.T("meetings.called_off")
	case !sheet.Room.Open(now):
		return l.T("meetings.closed")
	case left > 0:
		return l.T("meetings.left", "n", left)
	case waiting > 0:
		return l.T("meetings.waiting", "n", waiting)
	}
	return l.T("meetings.full")
}

// A meetingPage is a meeting and the form to register.
type meetingPage struct {
	frame
	Crumbs  []crumb
	M       *meeting.Meeting
	Line    meetingLine
	Long    string // the day in full
	Address []string
	Agenda  []agendaLine
	Plot    *seatsPlot
	Rule    string
	Host    string // who answers
	Form    *seatForm
	Open    bool
	Full    bool // one more would wait
	Staff   bool // may look after it
	Minutes bool // anybody may read them
	LD      *linkedEvent
}

// A linkedEvent is a meeting as search engines read it (schema.org Event).
type linkedEvent struct {
	Context  string      `json:"@context"`
	Type     string      `json:"@type"`
	ID       string      `json:"@id"`
	Name     string      `json:"name"`
	Text     string      `json:"description,omitempty"`
	Start    string      `json:"startDate"`
	End      string      `json:"endDate"`
	Status   string      `json:"eventStatus"`
	Mode     string      `json:"eventAttendanceMode"`
	Free     bool        `json:"isAccessibleForFree"`
	Seats    int         `json:"maximumAttendeeCapacity"`
	Left     int         `json:"remainingAttendeeCapacity"`
	Location linkedPlace `json:"location"`
	URL      string      `json:"url"`
}

// A linkedPlace is where an event is held.
type linkedPlace struct {
	Type    string         `json:"@type"`
	Name    string         `json:"name"`
	Address *linkedAddress `json:"address"`
}

// eventLD is an occasion for search engines.
func (s *site) eventLD(f *frame, m *occasion, left int) *linkedEvent {
	c, _ := s.config.Places.Commune(m.Commune)
	status := "https://schema.org/EventScheduled"
	if m.Room.CalledOff {
		status = "https://schema.org/EventCancelled"
	}
	page := f.BaseURL + m.Path
	return &linkedEvent{
		Context: "https://schema.org", Type: "Event", ID: page, Name: m.Title, Text: m.Text, Start: m.Room.Start.In(clock.Paris).Format(time.RFC3339), End: m.Room.End.In(clock.Paris).Format(time.RFC3339),
		Status: status, Mode: "https://schema.org/OfflineEventAttendanceMode", Free: true, Seats: m.Room.Seats, Left: left, URL: page,
		Location: linkedPlace{Type: "Place", Name: s.placeOf(m), Address: &linkedAddress{Type: "PostalAddress", Street: m.Street, Locality: c.Name, Country: "FR"}},
	}
}

// An agendaLine is a point of the agenda with its hour.
type agendaLine struct{ Clock, Time, Title, Speaker string }

func (s *site) meeting(w http.ResponseWriter, r *http.Request) error {
	m, sheet, err := s.meetingOf(r)
	if err != nil {
		return err
	}
	return s.showMeeting(w, r, http.StatusOK, m, sheet, &seatForm{Fields: s.seatInputs(s.words(r), url.Values{}, nil)})
}

// meetingOf returns the meeting of an address; one that is not published is
// there only for whom it concerns.
func (s *site) meetingOf(r *http.Request) (*meeting.Meeting, *booking.Sheet, error) {
	m, err := s.config.Meetings.Meeting(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	if !m.Shown() && !s.mayPlan(r, &m) {
		return nil, nil, db.ErrNotFound
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	return &m, &sheet, err
}

// mayPlan reports whether a request comes from somebody who looks after a
// meeting.
func (s *site) mayPlan(r *http.Request, m *meeting.Meeting) bool { return s.mayKeep(r, ofMeeting(m)) }

func (s *site) showMeeting(w http.ResponseWriter, r *http.Request, status int, m *meeting.Meeting, sheet *booking.Sheet, form *seatForm) error {
	l := s.words(r)
	now := s.config.Clock.Now()
	p := &meetingPage{frame: s.frame(r, "/reunions", m.Title), M: m, Form: form, Staff: s.mayPlan(r, m)}
	p.Path = "/reunions/" + m.ID
	p.Line = s.meetingLine(l, &meeting.Listed{Meeting: *m, Sheet: *sheet}, now)
	p.Long = longDay(l, m.Room.Start)
	p.Title = l.T("meeting.window", "title", m.Title, "day", p.Long)
	if form.failed() {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	p.Description = l.T("meeting.description", "day", p.Long, "place", p.Line.Place)
	p.Crumbs = []crumb{{Name: l.T("meetings.title"), Path: "/reunions"}, {Name: m.Title}}
	written, err := s.config.Meetings.Minutes(r.Context(), m.ID)
	if err != nil {
		return err
	}
	p.Minutes = written.Published && m.Shown()
	p.Address = s.addressOf(ofMeeting(m))
	at := m.Room.Start
	for _, i := range m.Agenda {
		p.Agenda = append(p.Agenda, agendaLine{at.In(clock.Paris).Format("15:04"), clockTime(l, at), i.Title, i.Speaker})
		at = at.Add(time.Duration(i.Minutes) * time.Minute)
	}
	_, _, left := sheet.Count(now)
	p.Open, p.Full = m.Shown() && sheet.Room.Open(now), left == 0
	p.Plot = s.seatsPlot(l, sheet, now)
	p.Rule = ruleInWords(l, &sheet.Room)
	form.Action, form.Guard, form.Button = p.Path, s.guardFields(), l.T("seat.book")
	if p.Full {
		form.Button = l.T("seat.wait")
	}
	if p.NoIndex = !m.Shown(); p.Staff {
		w.Header().Set("Cache-Control", "no-store")
	}
	p.LD = s.eventLD(&p.frame, ofMeeting(m), left)
	return s.show(w, status, "meeting/meeting", p)
}

// longDay writes a day in full: jeudi 10 décembre 2026.
func longDay(l *locale.Language, t time.Time) string {
	t = t.In(clock.Paris)
	return l.T("meetings.long_day", "weekday", l.T(weekdays[t.Weekday()]), "day", strconv.Itoa(t.Day()), "month", l.T(longMonths[t.Month()-1], "year", strconv.Itoa(t.Year())))
}

// ruleInWords tells by which rule seats are given.
func ruleInWords(l *locale.Language, r *booking.Room) string {
	key := "seat.rule_waits"
	if r.Skips {
		key = "seat.rule_skips"
	}
	return l.T(key)
}

// register books seats in a meeting for somebody without account.
func (s *site) registerMeeting(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	m, sheet, err := s.meetingOf(r)
	if err != nil {
		return err
	}
	if !m.Shown() {
		return db.ErrNotFound
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	state, status, faults, err := s.askSeats(r, m, form)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.showMeeting(w, r, status, m, sheet, &seatForm{Fields: s.seatInputs(l, form, faults), Notice: faults[""]})
	}
	http.Redirect(w, r, hrefIn(l.Code(), "/reunions/"+m.ID+"/inscrit")+"?etat="+string(state), http.StatusSeeOther)
	return nil
}

// askSeats books in a meeting what a form asks, and returns the state of the
// booking; or, with the status of the answer, what is wrong with each field,
// under "" with the whole.
func (s *site) askSeats(r *http.Request, m *meeting.Meeting, form url.Values) (state booking.State, status int, faults map[string]string, err error) {
	l := s.words(r)
	if s.guardedForm(form) != nil {
		return "", http.StatusUnprocessableEntity, map[string]string{"": l.T("seat.error.robot")}, nil
	}
	ask, faults := s.askOf(l, form)
	if len(faults) > 0 {
		return "", http.StatusUnprocessableEntity, faults, nil
	}
	ask.Room, ask.By = m.ID, account.Actor{Channel: account.Web}
	made, err := s.config.Bookings.Book(r.Context(), ask)
	if refusal := seatRefusal(err); refusal != "" {
		return "", http.StatusConflict, map[string]string{"": l.T(refusal)}, nil
	}
	return made.State, 0, nil, err
}

// seatRefusals are the refusals of booking, with the words for people.
var seatRefusals = []struct {
	err error
	key string
}{
	{booking.ErrClosed, "seat.error.closed"},
	{booking.ErrParty, "seat.error.party"},
	{booking.ErrTooMany, "seat.error.many"},
	{booking.ErrFull, "seat.error.full"},
	{booking.ErrOver, "seat.error.over"},
	{booking.ErrBegun, "seat.error.begun"},
}

// seatRefusal returns the key of the words for a refusal of booking; empty for
// another error and for none.
func seatRefusal(err error) string {
	for _, refusal := range seatRefusals {
		if errors.Is(err, refusal.err) {
			return refusal.key
		}
	}
	return ""
}

// seatReason tells a refusal of booking to a program.
func seatReason(err error) string {
	for _, refusal := range seatRefusals {
		if errors.Is(err, refusal.err) {
			return refusal.err.Error()
		}
	}
	return ""
}

// A registeredPage says what has become of a registration. It tells nothing
// that the form did not: the link to it goes by mail.
type registeredPage struct {
	frame
	Crumbs  []crumb
	Line    meetingLine
	Waiting bool
	Text    string
	Back    string
	Demo    bool
}

func (s *site) registered(w http.ResponseWriter, r *http.Request) error {
	private(w)
	m, sheet, err := s.meetingOf(r)
	if err != nil {
		return err
	}
	return s.showRegistered(w, r, ofMeeting(m), sheet)
}

// doneAs are the states that a registration may have at once, by the address
// of the page that says so.
var doneAs = map[string]string{string(booking.Confirmed): "confirmed", string(booking.Asked): "asked"}

func (s *site) showRegistered(w http.ResponseWriter, r *http.Request, o *occasion, sheet *booking.Sheet) error {
	l := s.words(r)
	state := cmp.Or(doneAs[r.URL.Query().Get("etat")], "waiting")
	p := &registeredPage{frame: s.frame(r, o.List, l.T("seat.done_"+state)), Waiting: state != "confirmed", Text: l.T("seat.done_" + state + "_text"), Back: o.Path, Demo: s.config.Mailbox}
	p.Crumbs = []crumb{{Name: l.T("nav." + o.List), Path: o.List}, {Name: o.Title, Path: p.Back}, {Name: p.Title}}
	p.NoIndex = true
	p.Line = s.lineOf(l, o, sheet, s.config.Clock.Now())
	return s.show(w, http.StatusOK, "meeting/registered", p)
}

// firmIn reads what somebody typed for their firm: a SIRET, or a name that is
// kept as it is. A number that is wrong is kept too: it stops nobody.
func firmIn(typed string) (register.SIRET, string) {
	if s, err := register.ParseSIRET(typed); err == nil {
		return s, ""
	}
	return 0, typed
}
