// Package query holds what is asked of the directory, in the words of the
// subject, and reads it from the parameters that pages, API and command line
// share.
package query

import (
	"passerelle/internal/geo"
	"passerelle/internal/trade"
)

// A World is the side of the bridge asked for.
type World string

// The worlds. Craft and ESS each include the establishments of both.
const (
	Any   World = ""
	Craft World = "craft"
	ESS   World = "ess"
	Both  World = "both"
)

// A Sort is an order of results.
type Sort string

// The orders.
const (
	Relevance Sort = "relevance"
	Distance  Sort = "distance"
	Name      Sort = "name"
)

// A Query is a question to the directory. Values of one field are
// alternatives; fields add up. The zero Query asks for everything.
type Query struct {
	Text        string
	World       World
	Trades      []string // trade slug, NAFA or NAF code, as accepted by trade.Table.Resolve
	Sectors     []trade.Sector
	Families    []trade.Family
	Labels      []string // label slugs
	Sizes       []string // trancheEffectifs codes: NN, 00, 01, …
	Communes    []string // INSEE codes of today
	EPCIs       []string // SIREN
	Territories []string // slugs
	Departments []string
	Near        *geo.Point // the point of a radius or of a sort by distance
	NearCommune string     // the commune Near was named by, if any
	Radius      float64    // metres; 0 is no limit
	Box         *geo.Box   // a map view
	Sort        Sort       // empty: distance when Near is set and Text is not, else relevance
	Page        int        // from 1
	PerPage     int        // 1 to 100
}

// Personal reports whether the question could place or name a person: it has
// words, a commune, an EPCI, a point, a map view or a sort by distance. Such
// questions never return, count or facet a masked natural person.
func (q *Query) Personal() bool {
	return q.Text != "" || len(q.Communes) > 0 || len(q.EPCIs) > 0 || q.Near != nil || q.Box != nil || q.Sort == Distance
}
