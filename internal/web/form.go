package web

import (
	"maps"
	"net/url"
	"slices"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/trade"
)

// A facet is a dimension of the answers, as boxes to tick.
type facet struct {
	Param  string
	Title  string
	Open   bool
	Values []facetValue
}

// A facetValue is a box of a facet, with the number of answers it keeps.
type facetValue struct {
	Value, Name string
	N           int
	Checked     bool
}

// An input is a field of a form to fill in: what it asks, what was typed, and
// what is wrong with it.
type input struct {
	Name         string
	ID           string // Name, when empty
	Label        string
	Hint         string
	Type         string // text when empty
	Accept       string // of a file: the kinds that are taken
	Autocomplete string
	List         string // id of the suggestions on the page
	Value        string
	Error        string // empty when there is none
	Optional     bool
	Free         bool // may be left empty too, and the page says so for all
	Rows         int  // of a longer text
	Most         int  // letters it may have, 0 for no bound
	First        bool // the page is opened to fill it in
	Options      []option
}

// An option is a value that a field may have.
type option struct {
	Value, Name string
	Chosen      bool
}

// A field is a value that a form carries along.
type field struct{ Name, Value string }

// facetDims are the dimensions counted for the page of results.
var facetDims = []string{
	directory.ByWorld, directory.BySector, directory.ByFamily, directory.ByTerritory, directory.ByTrade, directory.ByLabel, directory.BySize,
}

// longFacet is how many values a facet of open vocabulary shows.
const longFacet = 12

// facets makes the boxes of an answer. A value without an answer is left out
// unless it is ticked.
func (s *site) facets(l *locale.Language, q *query.Query, found *directory.Result) []facet {
	all := []facet{
		{Param: "sector", Open: true, Values: closed(found, directory.BySector, ticked(q.Sectors), texts(trade.Sectors), func(v string) string { return l.T("sector." + v) })},
		{Param: "family", Open: true, Values: closed(found, directory.ByFamily, ticked(q.Families), texts(trade.Families), func(v string) string { return l.T("family." + v) })},
		{Param: "trade", Values: s.tradeValues(l, q, found)},
		{Param: "territory", Values: closed(found, directory.ByTerritory, ticked(q.Territories), s.territorySlugs(), func(v string) string {
			t, _ := s.config.Places.Territory(v)
			return t.Name
		})},
		{Param: "label", Values: open(found, directory.ByLabel, ticked(q.Labels), func(v string) string { return s.labelName(l, v) })},
		{Param: "size", Values: closed(found, directory.BySize, ticked(q.Sizes), trade.Sizes(), func(v string) string { return trade.SizeLabel(v, l.Code()) })},
	}
	var out []facet
	for _, f := range all {
		if len(f.Values) == 0 {
			continue
		}
		f.Title = l.T("facet." + f.Param)
		f.Open = f.Open || slices.ContainsFunc(f.Values, func(v facetValue) bool { return v.Checked })
		out = append(out, f)
	}
	return out
}

// closed lists the values of a vocabulary in its own order.
func closed(found *directory.Result, dim string, checked map[string]bool, values []string, name func(string) string) []facetValue {
	n := make(map[string]int)
	for _, c := range found.Facets[dim] {
		n[c.Value] = c.N
	}
	var out []facetValue
	for _, v := range values {
		if n[v] > 0 || checked[v] {
			out = append(out, facetValue{Value: v, Name: name(v), N: n[v], Checked: checked[v]})
		}
	}
	return out
}

// open lists the values most answers have, and those ticked.
func open(found *directory.Result, dim string, checked map[string]bool, name func(string) string) []facetValue {
	var out []facetValue
	seen := make(map[string]bool)
	for _, c := range found.Facets[dim] {
		if label := name(c.Value); label != "" && (len(out) < longFacet || checked[c.Value]) {
			seen[c.Value] = true
			out = append(out, facetValue{Value: c.Value, Name: label, N: c.N, Checked: checked[c.Value]})
		}
	}
	for _, v := range slices.Sorted(maps.Keys(checked)) {
		if !seen[v] && name(v) != "" {
			out = append(out, facetValue{Value: v, Name: name(v), Checked: true})
		}
	}
	return out
}

// tradeValues lists trades by slug; a NAFA or NAF code asked for is a box too.
func (s *site) tradeValues(l *locale.Language, q *query.Query, found *directory.Result) []facetValue {
	return open(found, directory.ByTrade, ticked(q.Trades), func(v string) string { return s.tradeName(l, v) })
}

// tradeName returns the words for a slug, a NAFA code or a NAF code.
func (s *site) tradeName(l *locale.Language, v string) string {
	if t, ok := s.config.Trades.Trade(v); ok {
		return nameOfTrade(l, t)
	}
	if c, ok := s.config.Trades.ByNAFA(v); ok {
		return c.Label
	}
	label, _ := s.config.Trades.NAFLabel(v)
	return label
}

func (s *site) labelName(l *locale.Language, slug string) string {
	if label, ok := s.config.Trades.Label(slug); ok {
		return nameOfLabel(l, label)
	}
	return slug
}

func (s *site) territorySlugs() []string {
	var out []string
	for _, t := range s.config.Places.Territories() {
		out = append(out, t.Slug)
	}
	return out
}

func ticked[S ~string](values []S) map[string]bool {
	m := make(map[string]bool, len(values))
	for _, v := range values {
		m[string(v)] = true
	}
	return m
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// hiddenFields are what the form of the facets carries along: the rest of the
// question.
func hiddenFields(q *query.Query, view string) []field {
	rest := *q
	rest.Sectors, rest.Families, rest.Trades, rest.Territories, rest.Labels, rest.Sizes, rest.Page = nil, nil, nil, nil, nil, nil, 1
	v := rest.Values()
	if view == "map" {
		v.Set("view", view)
	}
	return fields(v)
}

func fields(v url.Values) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(v)) {
		for _, value := range v[name] {
			out = append(out, field{name, value})
		}
	}
	return out
}

// active lists what a question filters by, each with the address of the same
// question without it.
func (s *site) active(l *locale.Language, q *query.Query, here func(query.Query) string) []activeFilter {
	var out []activeFilter
	base := *q
	base.Page = 1
	add := func(name string, change func(*query.Query)) {
		other := base
		change(&other)
		out = append(out, activeFilter{Name: name, Path: here(other)})
	}
	if q.Text != "" {
		add(l.T("directory.for_short", "words", q.Text), func(q *query.Query) { q.Text = "" })
	}
	if q.World != "" {
		add(l.T("world."+string(q.World)), func(q *query.Query) { q.World = "" })
	}
	for _, v := range q.Sectors {
		add(l.T("sector."+string(v)), func(q *query.Query) { q.Sectors = drop(q.Sectors, v) })
	}
	for _, v := range q.Families {
		add(l.T("family."+string(v)), func(q *query.Query) { q.Families = drop(q.Families, v) })
	}
	for _, v := range q.Trades {
		add(s.tradeName(l, v), func(q *query.Query) { q.Trades = drop(q.Trades, v) })
	}
	for _, v := range q.Labels {
		add(s.labelName(l, v), func(q *query.Query) { q.Labels = drop(q.Labels, v) })
	}
	for _, v := range q.Sizes {
		add(trade.SizeLabel(v, l.Code()), func(q *query.Query) { q.Sizes = drop(q.Sizes, v) })
	}
	for _, v := range q.Communes {
		c, _ := s.config.Places.Commune(v)
		add(c.Name, func(q *query.Query) { q.Communes = drop(q.Communes, v) })
	}
	for _, v := range q.EPCIs {
		e, _ := s.config.Places.EPCI(v)
		add(e.Name, func(q *query.Query) { q.EPCIs = drop(q.EPCIs, v) })
	}
	for _, v := range q.Territories {
		t, _ := s.config.Places.Territory(v)
		add(t.Name, func(q *query.Query) { q.Territories = drop(q.Territories, v) })
	}
	for _, v := range q.Departments {
		d, _ := s.config.Places.Department(v)
		add(d.Name, func(q *query.Query) { q.Departments = drop(q.Departments, v) })
	}
	s.activePlaces(l, q, add)
	return out
}

func (s *site) activePlaces(l *locale.Language, q *query.Query, add func(string, func(*query.Query))) {
	if q.Near != nil {
		name := l.T("directory.point")
		if c, ok := s.config.Places.Commune(q.NearCommune); ok {
			name = l.T("directory.around_short", "place", ofPlace(l, c.Name))
		}
		add(name, func(q *query.Query) { q.Near, q.NearCommune, q.Radius, q.Sort = nil, "", 0, "" })
		if q.Radius > 0 {
			add(l.T("directory.within_short", "km", l.Distance(q.Radius)), func(q *query.Query) { q.Radius = 0 })
		}
	}
	if q.Box != nil {
		add(l.T("directory.box"), func(q *query.Query) { q.Box = nil })
	}
}

func drop[T comparable](list []T, v T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(x T) bool { return x == v })
}

func sortedWords(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

func containsInt(list []int, n int) bool { return slices.Contains(list, n) }

// insertInt returns list, which is ascending, with n in its place.
func insertInt(list []int, n int) []int {
	i, _ := slices.BinarySearch(list, n)
	return slices.Insert(slices.Clone(list), i, n)
}
