// Package query holds what is asked of the directory, in the words of the
// subject, and reads it from the parameters that pages, API and command line
// share.
//
// It finds nothing: a Query is a value, and the directory answers it. Its one
// difficulty is to be the same question whoever asks: Parse brings every
// spelling (a commune's name, its old code, "10.71c") to one, and Values
// writes that one, so that an address can be shared, kept and compared.
package query

import (
	"passerelle/internal/geo"
	"passerelle/internal/register"
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

// DefaultPerPage is the number of results on a page that does not say.
const DefaultPerPage = 20

// MaxPerPage bounds a page, and MaxDepth how far a list is paged: a deeper
// reader wants an export.
const (
	MaxPerPage = 100
	MaxDepth   = 10000
)

// MaxRadius bounds a radius, in metres; beyond, a département is meant.
const MaxRadius = 500_000

// A Query is a question to the directory. Values of one field are
// alternatives; fields add up. The zero Query asks for everything.
type Query struct {
	Text        string
	SIRET       register.SIRET // an exact SIRET was typed as words
	SIREN       register.SIREN // an exact SIREN was typed as words
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
	NearAlso    []string   // other communes that name could have meant; not part of the question
	Radius      float64    // metres; 0 is no limit
	Box         *geo.Box   // a map view
	Sort        Sort       // empty: distance when Near is set and Text is not, else relevance
	Page        int        // from 1
	PerPage     int        // 1 to 100
}

// Personal reports whether the question could place or name a person: it has
// words, a commune, an EPCI, a point, a map view or a sort by distance. Such
// questions never return, count or facet a masked natural person. An exact
// SIREN or SIRET tells nothing that the asker did not know.
func (q *Query) Personal() bool {
	return q.Text != "" || len(q.Communes) > 0 || len(q.EPCIs) > 0 || q.Near != nil || q.Box != nil || q.Sort == Distance
}

// Order returns the order of the results: the one asked for, else distance
// when there is a point and no words, else relevance.
func (q *Query) Order() Sort {
	switch {
	case q.Sort == Distance && q.Near == nil, q.Sort == "" && (q.Near == nil || q.Text != ""):
		return Relevance
	case q.Sort == "":
		return Distance
	}
	return q.Sort
}

// Filtered reports whether the question keeps some establishments and leaves
// others: a Query that is not Filtered asks for everything.
func (q *Query) Filtered() bool {
	return q.Personal() || q.SIRET != 0 || q.SIREN != 0 || q.World != Any || len(q.Trades) > 0 || len(q.Sectors) > 0 ||
		len(q.Families) > 0 || len(q.Labels) > 0 || len(q.Sizes) > 0 || len(q.Territories) > 0 || len(q.Departments) > 0
}
