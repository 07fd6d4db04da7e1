package main

import (
	"fmt"
	"strconv"
	"strings"

	"passerelle/internal/directory/index"
	"passerelle/internal/geo"
)

// passerelle is our index, asked in process, at the boundary of the engine.
type passerelle struct {
	index *index.Index
	names []string // of trades
}

func (*passerelle) Name() string { return "passerelle" }

const (
	bySide = iota
	byTrade
	bySector
	byCity
)

// buildPasserelle writes the corpus as a snapshot file, the way the product
// does: the words of trades and communes are said once for each value.
func buildPasserelle(path string, docs []Doc) error {
	b := index.NewBuilder(index.Schema{Dims: []index.Dim{{Name: "side"}, {Name: "trade", Near: true}, {Name: "sector"}, {Name: "city"}}}, index.BuilderOptions{})
	said := map[string]bool{}
	say := func(dim, value, words string) {
		if !said[dim+value] {
			said[dim+value] = true
			b.Say(dim, value, index.Text{S: words, Weight: 2})
		}
	}
	for i := range docs {
		d := &docs[i]
		trade := strconv.Itoa(d.Trade)
		say("trade", trade, d.Label)
		say("city", d.City, d.City)
		point := d.Point
		if err := b.Add(index.Doc{
			ID:     uint64(d.ID),
			Title:  d.Name,
			Texts:  []index.Text{{S: d.Name, Weight: 8, Proper: true}},
			Values: [][]string{{strconv.Itoa(d.Side)}, {trade}, {strconv.Itoa(d.Sector)}, {d.City}},
			Point:  &point,
			Stored: []byte(d.Name),
		}); err != nil {
			return fmt.Errorf("add %d: %w", d.ID, err)
		}
	}
	return b.WriteFile(path)
}

func openPasserelle(path string) (*passerelle, error) {
	x, err := index.Open(path)
	if err != nil {
		return nil, err
	}
	s := &passerelle{index: x}
	for t := range trades {
		s.names = append(s.names, strconv.Itoa(t))
	}
	return s, nil
}

func (s *passerelle) Ask(q *Query) (a Answer, err error) {
	r := index.Request{Limit: 20, Facets: []string{"sector"}}
	if len(q.Words) > 0 {
		r.Text = strings.Join(q.Words, " ")
		if !q.Prefix {
			r.Text += " " // a finished word
		}
	}
	if len(q.Trades) > 0 {
		f := index.Filter{Dim: "trade"}
		for _, t := range q.Trades {
			f.Values = append(f.Values, s.names[t])
		}
		r.Filters = append(r.Filters, f)
	}
	if q.Point != (geo.Point{}) && q.Kind != "text" && q.Kind != "typo" {
		r.Near, r.Radius, r.Order = &q.Point, q.Radius, index.ByDistance
	}
	switch q.Kind {
	case "text":
		r.Exact = true
	case "typo":
		r.Fuzzy = true
	case "near":
		r.Filters = []index.Filter{{Dim: "side", Values: s.names[q.Side : q.Side+1]}}
		r.Facets = nil
	}
	found, err := s.index.Search(r)
	if err != nil {
		return a, err
	}
	a.Total = found.Total
	for _, c := range found.Facets["sector"] {
		n, err := strconv.Atoi(c.Value)
		if err != nil {
			return a, err
		}
		a.Facet[n] = c.N
	}
	for _, h := range found.Hits {
		a.Hits = append(a.Hits, int32(h.ID))
	}
	if q.Kind == "near" {
		a.Total = 0
	}
	return a, nil
}
