package web

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"

	"passerelle/internal/db"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
)

// A widgetPage is the agenda inside another site's page.
type widgetPage struct {
	frame
	Heading string
	Rows    []meetingLine
	All     string // address of the whole agenda
}

// What the widget and the screen of an entrance hall show at most.
const (
	widgetRows = 6
	kioskRows  = 4
)

// coming returns the meetings to come of a territory (empty: of all), soonest
// first.
func (s *site) coming(r *http.Request, territory string, most int) ([]meeting.Listed, error) {
	now := s.config.Clock.Now()
	list, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{From: now, Territory: territory})
	return list[:min(most, len(list))], err
}

// framed lets an answer stand in a frame of any site, as nothing but the widget
// may. It reads and sets no cookie and runs nothing.
func framed(w http.ResponseWriter) {
	h := w.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors *")
}

// widget is the agenda in a frame of another site.
func (s *site) widget(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	territory := r.URL.Query().Get("territory")
	p := &widgetPage{frame: s.frame(r, "", l.T("widget.title")), Heading: l.T("widget.title"), All: "/reunions"}
	if t, ok := s.config.Places.Territory(territory); ok {
		p.Heading, p.All = l.T("widget.title_in", "territory", t.Name), "/reunions?territoire="+t.Slug
	} else if territory != "" {
		return db.ErrNotFound
	}
	p.NoIndex = true
	list, err := s.coming(r, territory, widgetRows)
	if err != nil {
		return err
	}
	for i := range list {
		p.Rows = append(p.Rows, s.meetingLine(l, &list[i], s.config.Clock.Now()))
	}
	framed(w)
	w.Header().Set("Cache-Control", "public, max-age=300")
	return s.show(w, http.StatusOK, "meeting/widget", p)
}

// A widgetSeatPage is a meeting in a frame of another site, with the form that
// asks for seats.
type widgetSeatPage struct {
	frame
	M     *meeting.Meeting
	Line  meetingLine
	Long  string
	Plot  *seatsPlot
	Form  *seatForm
	Open  bool
	Done  string // what became of the registration, in words; empty before
	Waits bool
	Back  string
}

func (s *site) widgetMeeting(w http.ResponseWriter, r *http.Request) error {
	return s.showWidgetMeeting(w, r, http.StatusOK, url.Values{}, nil)
}

// showWidgetMeeting shows what is public of a meeting to everybody alike.
func (s *site) showWidgetMeeting(w http.ResponseWriter, r *http.Request, status int, typed url.Values, faults map[string]string) error {
	m, err := s.config.Meetings.Meeting(r.Context(), r.PathValue("id"))
	if err == nil && !m.Shown() {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	l, now := s.words(r), s.config.Clock.Now()
	p := &widgetSeatPage{frame: s.frame(r, "", m.Title), M: &m, Line: s.meetingLine(l, &meeting.Listed{Meeting: m, Sheet: sheet}, now), Long: longDay(l, m.Room.Start), Plot: s.seatsPlot(l, &sheet, now), Open: sheet.Room.Open(now)}
	p.NoIndex, p.Back = true, "/widget/agenda?territory="+m.Territory
	p.Form = &seatForm{Action: "/widget/reunions/" + m.ID, Guard: s.guardFields(), Fields: s.seatInputs(l, typed, faults), Notice: faults[""], Button: l.T("seat.book"), Framed: true}
	if _, _, left := sheet.Count(now); left == 0 {
		p.Form.Button = l.T("seat.wait")
	}
	if state := r.URL.Query().Get("etat"); state != "" && r.Method == http.MethodGet {
		done := cmp.Or(doneAs[state], "waiting")
		p.Done, p.Waits = l.T("seat.done_"+done)+". "+l.T("seat.done_"+done+"_text"), done != "confirmed"
	}
	framed(w)
	w.Header().Set("Cache-Control", "no-store")
	return s.show(w, status, "meeting/widget-seat", p)
}

// registerInWidget books seats from a frame of another site.
func (s *site) registerInWidget(w http.ResponseWriter, r *http.Request) error {
	m, err := s.config.Meetings.Meeting(r.Context(), r.PathValue("id"))
	if err == nil && !m.Shown() {
		err = db.ErrNotFound
	}
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	state, status, faults, err := s.askSeats(r, &m, form)
	if err != nil {
		return err
	}
	if len(faults) > 0 {
		return s.showWidgetMeeting(w, r, status, form, faults)
	}
	framed(w)
	http.Redirect(w, r, hrefIn(s.words(r).Code(), "/widget/reunions/"+m.ID)+"?etat="+string(state), http.StatusSeeOther)
	return nil
}

// An embedPage gives the line to copy into another site, and the screens.
type embedPage struct {
	frame
	Crumbs []crumb
	Rows   []embedRow
}

// An embedRow is the line for a territory.
type embedRow struct{ Name, ID, Line, See, Kiosk string }

func (s *site) embed(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &embedPage{frame: s.frame(r, "/reunions", l.T("embed.title")), Crumbs: []crumb{{Name: l.T("meetings.title"), Path: "/reunions"}, {Name: l.T("embed.title")}}}
	p.Description = l.T("embed.lead")
	row := func(name, id, query string) embedRow {
		see := hrefIn(l.Code(), "/widget/agenda") + query
		return embedRow{Name: name, ID: id, See: see, Line: `<iframe src="` + p.BaseURL + see + `" title="` + template.HTMLEscapeString(l.T("widget.title")) + `" width="100%" height="560" loading="lazy"></iframe>`}
	}
	p.Rows = []embedRow{row(l.T("meetings.everywhere"), "tous", "")}
	for _, t := range s.config.Places.Territories() {
		one := row(t.Name, t.Slug, "?territory="+t.Slug)
		one.Kiosk = "/borne/" + t.Slug
		p.Rows = append(p.Rows, one)
	}
	return s.show(w, http.StatusOK, "meeting/embed", p)
}

// A kioskPage is the screen of an entrance hall: it takes no touch, moves
// nothing and asks for itself again every five minutes.
type kioskPage struct {
	frame
	Territory string
	Rows      []kioskRow
	At        string
}

// A kioskRow is a meeting with the code that leads to it.
type kioskRow struct {
	Line meetingLine
	Long string
	Code template.HTML
}

func (s *site) kiosk(w http.ResponseWriter, r *http.Request) error {
	t, ok := s.config.Places.Territory(r.PathValue("slug"))
	if !ok {
		return db.ErrNotFound
	}
	l, now := s.words(r), s.config.Clock.Now()
	p := &kioskPage{frame: s.frame(r, "/reunions", l.T("kiosk.title", "territory", t.Name)), Territory: t.Name, At: clockTime(l, now)}
	p.NoIndex = true
	list, err := s.coming(r, t.Slug, kioskRows)
	if err != nil {
		return err
	}
	for i := range list {
		m := &list[i].Meeting
		code, err := pdf.QR(p.BaseURL + hrefIn(l.Code(), "/reunions/"+m.ID))
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, kioskRow{Line: s.meetingLine(l, &list[i], now), Long: longDay(l, m.Room.Start), Code: template.HTML(code)})
	}
	w.Header().Set("Cache-Control", "public, max-age=60")
	return s.show(w, http.StatusOK, "meeting/kiosk", p)
}
