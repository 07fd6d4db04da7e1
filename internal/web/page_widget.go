package web

import (
	"html/template"
	"net/http"

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

// widget may stand in a frame of any site: the only page that may. It reads and
// sets no cookie, runs nothing and takes no form.
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
	h := w.Header()
	h.Del("X-Frame-Options")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors *")
	h.Set("Cache-Control", "public, max-age=300")
	return s.show(w, http.StatusOK, "meeting/widget", p)
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
