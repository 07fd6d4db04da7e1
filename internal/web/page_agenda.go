package web

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/calendar"
	"passerelle/internal/directory/query"
	"passerelle/internal/meeting"
	"passerelle/internal/visit"
)

// feedSpan is how far back a feed goes, so that an agenda keeps what its owner
// attended.
const feedSpan = 180 * 24 * time.Hour

// feedParams are what the feeds of events are filtered by.
var feedParams = []string{"territory", "trade", "kind"}

// A feedFilter is what a feed was asked.
type feedFilter struct{ Territory, Trade, Kind string }

// feedFilterOf reads the query of a feed.
func (s *Server) feedFilterOf(r *http.Request) (f feedFilter, err error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return f, &query.ParamError{Param: "query", Accepted: []string{"name=value pairs, percent-encoded"}, Key: "value"}
	}
	if err := checkNames(v, feedParams, feedParams); err != nil {
		return f, err
	}
	f = feedFilter{v.Get("territory"), v.Get("trade"), v.Get("kind")}
	if _, ok := s.config.Places.Territory(f.Territory); !ok && f.Territory != "" {
		return f, &query.ParamError{Param: "territory", Value: f.Territory, Accepted: s.territoryNames(), Key: "value"}
	}
	if f.Trade != "" {
		sel, ok := s.config.Trades.Resolve(f.Trade)
		if !ok {
			return f, &query.ParamError{Param: "trade", Value: f.Trade, Accepted: []string{"a trade slug, a NAFA code or a NAF code"}, Key: "value"}
		}
		f.Trade = sel.Slug
	}
	if f.Kind != "" && !slices.Contains(eventKinds, f.Kind) {
		return f, &query.ParamError{Param: "kind", Value: f.Kind, Accepted: eventKinds, Key: "value"}
	}
	return f, nil
}

// eventKinds are the kinds of events.
var eventKinds = []string{meeting.Kind, visit.Kind}

func (s *Server) territoryNames() []string {
	var out []string
	for _, t := range s.config.Places.Territories() {
		out = append(out, t.Slug)
	}
	return out
}

// feedEvents returns the events of a feed.
func (s *Server) feedEvents(r *http.Request, f feedFilter) ([]event, error) {
	return s.events(r.Context(), eventFilter{Kind: f.Kind, Territory: f.Territory, Trade: f.Trade, From: s.config.Clock.Now().Add(-feedSpan)})
}

// calendarFeed is the agenda to subscribe to.
func (s *site) calendarFeed(w http.ResponseWriter, r *http.Request) error {
	f, err := s.feedFilterOf(r)
	if err != nil {
		return err
	}
	list, err := s.feedEvents(r, f)
	if err != nil {
		return err
	}
	feed := calendar.Feed{Name: s.feedName(r, f)}
	for i := range list {
		feed.Events = append(feed.Events, s.calendarEvent(r, list[i].occasion))
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	return s.showCalendar(w, feed, "agenda.ics")
}

func (s *site) feedName(r *http.Request, f feedFilter) string {
	name := s.frame(r, "", "").Site.Name
	if t, ok := s.config.Places.Territory(f.Territory); ok {
		name += " · " + t.Name
	}
	return name
}

// calendarEvent is an occasion as agendas have it.
func (s *site) calendarEvent(r *http.Request, o *occasion) calendar.Event {
	l := s.words(r)
	base := s.frame(r, "", "").BaseURL
	return calendar.Event{
		UID: o.ID + "@" + s.uidDomain(), Sequence: o.Room.Sequence, Changed: o.Changed, Start: o.Room.Start, End: o.Room.End,
		Title: o.Title, Place: strings.Join(s.addressOf(o), ", "), Text: o.Text, URL: base + hrefIn(l.Code(), o.Path),
		Category: l.T("events.category." + o.Kind), Cancelled: o.Room.CalledOff,
	}
}

// uidDomain ends the identifiers of events: the name of the house.
func (s *site) uidDomain() string {
	if s.config.BaseURL != nil && s.config.BaseURL.Hostname() != "" {
		return s.config.BaseURL.Hostname()
	}
	return "passerelle"
}

func (s *site) showCalendar(w http.ResponseWriter, f calendar.Feed, name string) error {
	b, err := f.Bytes()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", calendar.MIMEType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", name))
	_, err = w.Write(b)
	return err
}

// listOf is the page that lists the events of a kind.
func listOf(kind string) string {
	if kind == visit.Kind {
		return "/visites"
	}
	return "/reunions"
}

// An atomFeed is the list of events for readers of feeds (RFC 4287).
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  string      `xml:"author>name"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
	Type string `xml:"type,attr,omitempty"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published"`
	Summary   string     `xml:"summary"`
	Links     []atomLink `xml:"link"`
}

// atomKinds name the kinds of events in the identifiers of entries, which never
// change.
var atomKinds = map[string]string{meeting.Kind: "reunion", visit.Kind: "visite"}

func (s *site) atomFeed(w http.ResponseWriter, r *http.Request) error {
	f, err := s.feedFilterOf(r)
	if err != nil {
		return err
	}
	list, err := s.feedEvents(r, f)
	if err != nil {
		return err
	}
	l := s.words(r)
	base := s.frame(r, "", "").BaseURL
	self := base + r.URL.RequestURI()
	feed := atomFeed{Lang: l.Code(), ID: self, Title: s.feedName(r, f), Author: s.frame(r, "", "").Site.Name, Links: []atomLink{
		{"self", self, "application/atom+xml"}, {"alternate", base + hrefIn(l.Code(), listOf(f.Kind)), "text/html"},
	}}
	newest := s.config.Clock.Now().Add(-feedSpan)
	for _, o := range list {
		if newest.Before(o.Changed) {
			newest = o.Changed
		}
		address := base + hrefIn(l.Code(), o.Path)
		feed.Entries = append(feed.Entries, atomEntry{
			ID: "tag:" + s.uidDomain() + ",2026:" + atomKinds[o.Kind] + ":" + o.ID, Title: o.Title, Updated: o.Changed.UTC().Format(time.RFC3339), Published: o.Created.UTC().Format(time.RFC3339),
			Summary: l.T("meeting.description", "day", longDay(l, o.Room.Start), "place", s.placeOf(o.occasion)), Links: []atomLink{{"alternate", address, "text/html"}},
		})
	}
	feed.Updated = newest.UTC().Format(time.RFC3339)
	slices.Reverse(feed.Entries)
	b, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return fmt.Errorf("write the feed: %w", err)
	}
	w.Header().Set("Content-Type", "application/atom+xml; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, err = w.Write(append([]byte(xml.Header), b...))
	return err
}
