package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/sheet"
)

// needsPath is where needs and offers are.
const needsPath = "/annonces"

// A needsPage lists the open needs and offers, with what narrows them.
type needsPage struct {
	frame
	Crumbs     []crumb
	Deck       deck
	DeckError  string
	Heading    string
	Directions []needChoice
	Groups     []needGroup
	Active     []activeFilter
	Total      int
	Entries    []needEntry
	Pages      pager
	CSV, XLSX  string
	Filtered   bool
	Question   string // as it is kept for the weekly summary
}

// A needChoice is one value of a filter, with how many it keeps.
type needChoice struct {
	Name, Path string
	N          int
	Current    bool
}

// A needGroup is a filter with its values.
type needGroup struct {
	Title  string
	Values []needChoice
}

// A needEntry is a need in a list.
type needEntry struct {
	N         int
	World     string // of its establishment
	Path      string
	Title     string
	Direction string // in words
	Kind      string
	Firm      string
	Place     string
	ReplyBy   string
	Words     string
	Quantity  string
	Distance  float64
}

// needsShown is how many needs a page of the list has.
const needsShown = 20

// needQuestion is what the address of a list asks.
type needQuestion struct {
	filter exchange.NeedFilter
	near   string // as typed
	radius int
	page   int
}

// values is the question as an address.
func (q needQuestion) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.filter.Text, "direction": string(q.filter.Direction), "kind": string(q.filter.Kind), "trade": q.filter.Trade, "territory": q.filter.Territory, "near": q.near} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.radius > 0 && q.near != "" {
		v.Set("radius_km", strconv.Itoa(q.radius))
	}
	if q.page > 1 {
		v.Set("page", strconv.Itoa(q.page))
	}
	return v
}

func (q needQuestion) path() string {
	if v := q.values(); len(v) > 0 {
		return needsPath + "?" + v.Encode()
	}
	return needsPath
}

// with is the question with a change, from its first page.
func (q needQuestion) with(change func(*needQuestion)) needQuestion {
	q.page = 1
	change(&q)
	return q
}

// readNeeds reads the question of an address. What it does not know is left
// out, but a place that does not exist is a fault.
func (s *site) readNeeds(v url.Values) (needQuestion, error) {
	f, err := s.config.Needs.ReadNeedFilter(v)
	q := needQuestion{page: 1, filter: f, near: one(v, "near"), radius: int(f.Radius / 1000)}
	if n, err := strconv.Atoi(v.Get("page")); err == nil && n > 1 {
		q.page = n
	}
	return q, err
}

func (s *site) needs(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &needsPage{frame: s.frame(r, needsPath, l.T("needs.title")), Crumbs: []crumb{{Name: l.T("nav./annonces")}}}
	p.Description = l.T("needs.description")
	v := r.URL.Query()
	q, err := s.readNeeds(v)
	p.Deck = deck{Q: q.filter.Text, Near: q.near, Radius: v.Get("radius_km"), Radii: radii, Action: needsPath}
	p.NoIndex = len(q.values()) > 0
	var wrong *query.ParamError
	if errors.As(err, &wrong) && wrong.Param == "near" {
		p.Heading, p.DeckError = l.T("directory.where_not"), l.T("directory.no_commune", "name", wrong.Value)
		return s.show(w, http.StatusBadRequest, "need/needs", p)
	}
	if err != nil {
		return err
	}
	wide := q.filter
	wide.Direction, wide.Kind, wide.Territory = "", "", ""
	all, err := s.config.Needs.Open(r.Context(), wide)
	if err != nil {
		return err
	}
	s.fillNeeds(l, p, q, all)
	return s.show(w, http.StatusOK, "need/needs", p)
}

// keeps reports whether the boxes of a question keep a need; except names a box
// that is left out.
func (q needQuestion) keeps(n exchange.FoundNeed, except string) bool {
	f := q.filter
	return (except == "direction" || f.Direction == "" || f.Direction == n.Direction) && (except == "kind" || f.Kind == "" || f.Kind == n.Kind) &&
		(except == "territory" || f.Territory == "" || f.Territory == n.Territory)
}

// fillNeeds fills the page with the needs that the words and the place of a
// question find; its boxes are counted without themselves.
func (s *site) fillNeeds(l *locale.Language, p *needsPage, q needQuestion, all []exchange.FoundNeed) {
	count := func(except string, of func(exchange.FoundNeed) bool) int {
		n := 0
		for _, f := range all {
			if q.keeps(f, except) && of(f) {
				n++
			}
		}
		return n
	}
	for _, d := range []exchange.Direction{"", exchange.Seeking, exchange.Offering} {
		p.Directions = append(p.Directions, needChoice{
			Name: l.T("needs.direction." + orAll(string(d))), Path: q.with(func(q *needQuestion) { q.filter.Direction = d }).path(), Current: q.filter.Direction == d,
			N: count("direction", func(f exchange.FoundNeed) bool { return d == "" || f.Direction == d }),
		})
	}
	kinds := needGroup{Title: l.T("needs.by_kind")}
	for _, k := range exchange.Kinds() {
		if n := count("kind", func(f exchange.FoundNeed) bool { return f.Kind == k }); n > 0 || q.filter.Kind == k {
			kinds.Values = append(kinds.Values, needChoice{Name: l.T("need.kind." + string(k)), N: n, Current: q.filter.Kind == k, Path: q.with(func(q *needQuestion) { q.filter.Kind = k }).path()})
		}
	}
	places := needGroup{Title: l.T("facet.territory")}
	for _, t := range s.config.Places.Territories() {
		if n := count("territory", func(f exchange.FoundNeed) bool { return f.Territory == t.Slug }); n > 0 || q.filter.Territory == t.Slug {
			places.Values = append(places.Values, needChoice{Name: t.Name, N: n, Current: q.filter.Territory == t.Slug, Path: q.with(func(q *needQuestion) { q.filter.Territory = t.Slug }).path()})
		}
	}
	for _, g := range []needGroup{kinds, places} {
		if len(g.Values) > 0 {
			p.Groups = append(p.Groups, g)
		}
	}
	kept := slices.DeleteFunc(all, func(f exchange.FoundNeed) bool { return !q.keeps(f, "") })
	p.Total, p.Active, p.Filtered = len(kept), s.activeNeeds(l, q), len(q.values()) > 0
	p.Heading = l.T("needs.count", "n", len(kept))
	p.Pages = pager{Page: q.page, Last: max(1, (len(kept)+needsShown-1)/needsShown)}
	p.Pages.Page = min(p.Pages.Page, p.Pages.Last)
	at := func(n int) string { return q.with(func(q *needQuestion) { q.page = n }).path() }
	if p.Pages.Page > 1 {
		p.Pages.Prev = at(p.Pages.Page - 1)
	}
	if p.Pages.Page < p.Pages.Last {
		p.Pages.Next = at(p.Pages.Page + 1)
	}
	from := (p.Pages.Page - 1) * needsShown
	for i, f := range kept[from:min(from+needsShown, len(kept))] {
		p.Entries = append(p.Entries, s.needEntry(l, f, from+i+1))
	}
	values := q.with(func(*needQuestion) {}).values().Encode()
	p.Question = values
	p.CSV, p.XLSX = needsPath+".csv?"+values, needsPath+".xlsx?"+values
}

func orAll(s string) string {
	if s == "" {
		return "all"
	}
	return s
}

// activeNeeds lists what a question asks, each with the address of the same
// question without it.
func (s *site) activeNeeds(l *locale.Language, q needQuestion) []activeFilter {
	var out []activeFilter
	add := func(name string, change func(*needQuestion)) {
		out = append(out, activeFilter{Name: name, Path: q.with(change).path()})
	}
	f := q.filter
	if f.Text != "" {
		add(l.T("directory.for_short", "words", f.Text), func(q *needQuestion) { q.filter.Text = "" })
	}
	if f.Kind != "" {
		add(l.T("need.kind."+string(f.Kind)), func(q *needQuestion) { q.filter.Kind = "" })
	}
	if f.Trade != "" {
		add(s.tradeName(l, f.Trade), func(q *needQuestion) { q.filter.Trade = "" })
	}
	if f.Territory != "" {
		t, _ := s.config.Places.Territory(f.Territory)
		add(t.Name, func(q *needQuestion) { q.filter.Territory = "" })
	}
	if q.near != "" {
		add(l.T("needs.near", "place", q.near), func(q *needQuestion) { q.near, q.radius = "", 0 })
	}
	return out
}

// needEntry shows a need in a list.
func (s *site) needEntry(l *locale.Language, f exchange.FoundNeed, n int) needEntry {
	e := needEntry{
		N: n, World: worldOf(&f.Firm), Path: needsPath + "/" + f.ID, Title: f.Title, Direction: l.T("need.direction." + string(f.Direction)), Kind: l.T("need.kind." + string(f.Kind)),
		Firm: firmName(l, &f.Firm), ReplyBy: l.Day(f.ReplyBy), Words: cut(f.Words, 180), Quantity: quantityOf(f.Need), Distance: f.Distance,
	}
	if c, ok := s.config.Places.Commune(f.Commune); ok {
		e.Place = c.Name
	}
	return e
}

// firmName is how an establishment is called; a masked person is not.
func firmName(l *locale.Language, e *directory.Establishment) string {
	if name := e.Title(); name != "" {
		return name
	}
	return l.T("directory.masked")
}

// quantityOf writes how much of what.
func quantityOf(n *exchange.Need) string {
	if n.Quantity == 0 {
		return ""
	}
	if n.Unit == "" {
		return n.Quantity.String()
	}
	return n.Quantity.String() + "\u00a0" + n.Unit
}

// needsFile answers with the open needs as a file. Those of masked persons are
// left out: a file leaves the house.
func (s *site) needsFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		l := s.words(r)
		q, err := s.readNeeds(r.URL.Query())
		if err != nil {
			return err
		}
		all, err := s.config.Needs.Open(r.Context(), q.filter)
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Disposition", `attachment; filename="annonces`+extension+`"`)
		h.Set("X-Robots-Tag", "noindex")
		return write(w, s.needTable(l, all))
	}
}

var needHead = []string{"id", "direction", "kind", "title", "words", "trades", "quantity", "unit", "from", "until", "reply", "firm", "siret", "commune", "territory", "radius"}

func (s *site) needTable(l *locale.Language, all []exchange.FoundNeed) sheet.Table {
	t := sheet.Table{Title: l.T("needs.title")}
	for _, key := range needHead {
		t.Head = append(t.Head, l.T("needs.column."+key))
	}
	t.Rows = func(yield func([]sheet.Cell) bool) {
		for _, f := range all {
			if f.Firm.Mask == directory.MaskedPerson {
				continue
			}
			commune, _ := s.config.Places.Commune(f.Commune)
			territory, _ := s.config.Places.Territory(f.Territory)
			var trades string
			for i, slug := range f.Trades {
				if i > 0 {
					trades += ", "
				}
				trades += s.tradeName(l, slug)
			}
			row := []sheet.Cell{
				f.ID, l.T("need.direction." + string(f.Direction)), l.T("need.kind." + string(f.Kind)), f.Title, f.Words, trades, f.Quantity.String(), f.Unit,
				f.From, f.Until, f.ReplyBy, f.Firm.Title(), f.SIRET.String(), commune.Name, territory.Name, f.RadiusKM,
			}
			if !yield(row) {
				return
			}
		}
	}
	return t
}
