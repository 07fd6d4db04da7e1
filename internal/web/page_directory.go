package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
)

// A directoryPage is the answer to a question: the question again, its
// filters, the results as a list or on a map.
type directoryPage struct {
	frame
	Crumbs    []crumb
	Deck      deck
	DeckError string
	Heading   string
	Sub       string
	Widened   string
	Corrected []correction
	Also      []link // other communes of that name
	Worlds    []worldLink
	Active    []activeFilter
	Clear     string
	Facets    []facet
	Hidden    []field
	Sorts     []choice
	Views     []choice
	View      string
	Total     int
	From, To  int
	Entries   []entry
	Pane      *pane
	Pages     pager
	CSV, XLSX string
	Bounded   int // of an export, 0 when everything is in
	Empty     *emptyAnswer
	MapData   mapData
}

// A crumb is a step of the way to a page.
type crumb struct{ Name, Path string }

type link struct{ Name, Path string }

// A correction says that a word was found by another spelling.
type correction struct{ Word, Found string }

// A worldLink is a side of the world switch.
type worldLink struct {
	World   string // "" is both banks
	Name    string
	N       int
	Path    string
	Current bool
}

// An activeFilter is what a question asks beside its words, and the address
// of the same question without it.
type activeFilter struct {
	Name string
	Path string
	N    int // of answers without it; counted only when nothing was found
}

// A choice is one of a few ways to see the same answer.
type choice struct {
	Name, Icon, Path string
	Current          bool
}

// A pager leads to the other pages of an answer.
type pager struct {
	Page, Last int
	Prev, Next string
	Deep       bool // there are more answers than pages reach
}

// An emptyAnswer helps when nothing was found.
type emptyAnswer struct {
	Without []activeFilter // what would be found without one filter
	All     string
}

func (s *site) directory(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &query.ParamError{Param: "?", Value: cut(r.URL.RawQuery, 40), Key: "value"}
	}
	p := &directoryPage{frame: s.frame(r, "/annuaire", l.T("directory.title")), Crumbs: []crumb{{Name: l.T("nav./annuaire")}}, View: "list"}
	if v.Get("view") == "map" {
		p.View = "map"
	}
	p.Deck = deck{Q: v.Get("q"), Near: v.Get("near"), Radius: v.Get("radius_km"), Radii: radii}
	p.Description = l.T("directory.description")
	q, err := query.Parse(v, s.config.Directory.Terms())
	var wrong *query.ParamError
	if errors.As(err, &wrong) && wrong.Param == "near" {
		return s.wrongPlace(w, l, p, wrong)
	}
	if err != nil {
		return err
	}
	p.NoIndex = q.Filtered()
	found, err := s.config.Directory.Search(q, facetDims...)
	if isEmptyHouse(err) {
		p.Heading = l.T("empty.title")
		return s.show(w, http.StatusOK, "directory/directory", p)
	}
	if err != nil {
		return err
	}
	s.answerPage(l, p, &q, &found)
	return s.show(w, http.StatusOK, "directory/directory", p)
}

// wrongPlace tells that no commune has the name given, in the form itself.
func (s *site) wrongPlace(w http.ResponseWriter, l *locale.Language, p *directoryPage, wrong *query.ParamError) error {
	p.NoIndex = true
	p.Heading = l.T("directory.where_not")
	p.Title = p.Heading
	p.DeckError = l.T("directory.no_commune", "name", wrong.Value)
	if words := strings.Fields(wrong.Value); len(words) > 0 {
		for _, c := range s.config.Places.Find(words[0][:min(len(words[0]), 4)], 5) {
			p.Also = append(p.Also, link{Name: c.Name, Path: "/annuaire?" + url.Values{"q": {p.Deck.Q}, "near": {query.NearCode(c.Code)}, "radius_km": {p.Deck.Radius}}.Encode()})
		}
	}
	return s.show(w, http.StatusBadRequest, "directory/directory", p)
}

// answerPage fills the page with an answer.
func (s *site) answerPage(l *locale.Language, p *directoryPage, q *query.Query, found *directory.Result) {
	asked := *q
	view := p.View
	here := func(q query.Query) string { return directoryPath(q, view) }
	p.Deck = s.deckOf(q)
	p.Total = found.Total
	p.Heading, p.Sub = s.heading(l, q, found)
	p.Title = p.Heading
	if found.WidenedTo > 0 {
		p.Widened = l.T("directory.widened", "asked", l.Distance(q.Radius), "km", l.Distance(found.WidenedTo))
	}
	for _, word := range sortedWords(found.Corrected) {
		p.Corrected = append(p.Corrected, correction{Word: word, Found: found.Corrected[word]})
	}
	for _, code := range q.NearAlso {
		if c, ok := s.config.Places.Commune(code); ok {
			d, _ := s.config.Places.Department(c.Department)
			other := asked
			other.NearCommune, other.Page = code, 1
			p.Also = append(p.Also, link{Name: l.T("directory.commune_in", "name", c.Name, "department", d.Name), Path: here(other)})
		}
	}
	p.Worlds = worldLinks(l, &asked, found, here)
	p.Active = s.active(l, &asked, here)
	if len(p.Active) > 1 {
		p.Clear = here(query.Query{Text: q.Text, SIRET: q.SIRET, SIREN: q.SIREN})
	}
	p.Facets = s.facets(l, &asked, found)
	p.Hidden = hiddenFields(&asked, view)
	p.Sorts = sortChoices(l, &asked, here)
	p.Views = []choice{
		{Name: l.T("directory.list"), Icon: "list", Path: directoryPath(asked, "list"), Current: view == "list"},
		{Name: l.T("directory.map"), Icon: "map", Path: directoryPath(asked, "map"), Current: view == "map"},
	}
	p.From = (q.Page-1)*q.PerPage + 1
	p.Entries = s.entries(l, found.Hits, p.From)
	p.To = p.From + len(p.Entries) - 1
	radius := q.Radius
	if found.WidenedTo > 0 {
		radius = found.WidenedTo
	}
	p.Pane = s.outlines.paneOf(p.Entries, q, radius)
	p.Pages = pagerOf(&asked, found.Total, here)
	all := asked
	all.Page, all.PerPage = 1, 0
	values := all.Values().Encode()
	p.CSV, p.XLSX = "/annuaire.csv?"+values, "/annuaire.xlsx?"+values
	if found.Total > exportRows {
		p.Bounded = exportRows
	}
	if found.Total == 0 {
		p.Empty = s.emptyAnswer(p.Active, &asked)
	}
	if view == "map" {
		p.MapData = s.mapData(l, q)
		p.Styles, p.Scripts = []string{"css/map.css"}, []string{"js/map.js"}
	}
}

// directoryPath returns the address of a question.
func directoryPath(q query.Query, view string) string {
	v := q.Values()
	if view == "map" {
		v.Set("view", view)
	}
	if len(v) == 0 {
		return "/annuaire"
	}
	return "/annuaire?" + v.Encode()
}

// deckOf fills the search box with a question.
func (s *site) deckOf(q *query.Query) deck {
	v := q.Values()
	d := deck{Q: strings.TrimSpace(v.Get("q")), Near: v.Get("near"), Radius: v.Get("radius_km"), Radii: radii}
	if c, ok := s.config.Places.Commune(q.NearCommune); ok {
		if likeliest := s.config.Places.Find(c.Name, 1); len(likeliest) > 0 && likeliest[0].Code == c.Code {
			d.Near = c.Name
		}
	}
	if n, err := strconv.Atoi(d.Radius); err == nil && !containsInt(radii, n) {
		d.Radii = insertInt(radii, n)
	}
	return d
}

// heading says how many were found, and around what.
func (s *site) heading(l *locale.Language, q *query.Query, found *directory.Result) (heading, sub string) {
	n := found.Total
	c, named := s.config.Places.Commune(q.NearCommune)
	switch {
	case n == 0:
		heading = l.T("directory.none")
	case named:
		heading = l.T("directory.around_place", "n", n, "place", ofPlace(l, c.Name))
	case q.Near != nil:
		heading = l.T("directory.around_point", "n", n)
	default:
		heading = l.T("count.all", "n", n)
	}
	var parts []string
	if q.Near != nil && q.Radius > 0 && found.WidenedTo == 0 {
		parts = append(parts, l.T("directory.within", "km", l.Distance(q.Radius)))
	}
	if t := strings.TrimSpace(q.Text); t != "" {
		parts = append(parts, l.T("directory.for", "words", t))
	}
	parts = append(parts, l.T("frame.as_of", "day", l.Day(found.AsOf)))
	return heading, strings.Join(parts, " ")
}

func worldLinks(l *locale.Language, q *query.Query, found *directory.Result, here func(query.Query) string) []worldLink {
	n := make(map[string]int)
	for _, c := range found.Facets[directory.ByWorld] {
		n[c.Value] = c.N
	}
	n[""] = n["craft"] + n["ess"] - n["both"]
	var out []worldLink
	for _, w := range []query.World{query.Any, query.Craft, query.ESS, query.Both} {
		other := *q
		other.World, other.Page = w, 1
		name := "world.any"
		if w != "" {
			name = "world." + string(w)
		}
		out = append(out, worldLink{World: string(w), Name: l.T(name), N: n[string(w)], Path: here(other), Current: q.World == w})
	}
	return out
}

func sortChoices(l *locale.Language, q *query.Query, here func(query.Query) string) []choice {
	var out []choice
	for _, o := range []query.Sort{query.Relevance, query.Distance, query.Name} {
		if o == query.Distance && q.Near == nil {
			continue
		}
		other := *q
		other.Sort, other.Page = o, 1
		out = append(out, choice{Name: l.T("directory.sort." + string(o)), Path: here(other), Current: q.Order() == o})
	}
	return out
}

func pagerOf(q *query.Query, total int, here func(query.Query) string) pager {
	p := pager{Page: q.Page, Last: max(1, (min(total, query.MaxDepth)+q.PerPage-1)/q.PerPage), Deep: total > query.MaxDepth}
	at := func(n int) string {
		other := *q
		other.Page = n
		return here(other)
	}
	if p.Page > 1 {
		p.Prev = at(min(p.Page-1, p.Last))
	}
	if p.Page < p.Last {
		p.Next = at(p.Page + 1)
	}
	return p
}

// emptyAnswer says what each filter costs.
func (s *site) emptyAnswer(active []activeFilter, q *query.Query) *emptyAnswer {
	e := &emptyAnswer{All: "/annuaire"}
	terms := s.config.Directory.Terms()
	for _, a := range active[:min(len(active), 8)] {
		u, err := url.Parse(a.Path)
		if err != nil {
			continue
		}
		without, err := query.Parse(u.Query(), terms)
		if err != nil {
			continue
		}
		if found, err := s.config.Directory.Search(without, directory.ByWorld); err == nil && found.Total > 0 {
			a.N = found.Total
			e.Without = append(e.Without, a)
		}
	}
	if q.Text != "" {
		e.All = "/annuaire?" + url.Values{"q": {q.Text}}.Encode()
	}
	return e
}
