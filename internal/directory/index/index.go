// Package index finds documents in memory: by words (accents, prefix, typos),
// by values, by place, with exact totals and facets.
//
// It knows nothing of establishments: a document has an identifier, texts,
// values in named dimensions, perhaps a point, and bytes it is shown from. So
// the same code serves the directory's millions and a page of needs. How it
// is laid out, and what each part costs, is in docs/search.md.
package index

import "passerelle/internal/geo"

// A Dim declares a dimension, in which a document has any number of values.
type Dim struct {
	Name string
	// Private dimensions would place or name a person: shy documents are
	// absent from them, and a request that filters on one leaves shy
	// documents out.
	Private bool
	// Near dimensions are those of which a few values are asked for within a
	// radius: where documents are is kept beside the list of each value, which
	// saves a cache line a document and costs 24 bytes.
	Near bool
}

// A Schema declares the dimensions of an index and the words it leaves out.
type Schema struct {
	Dims []Dim
	Stop []string // folded words too common to be asked for: de, la, et
}

// A Text is a piece of a document's words.
type Text struct {
	S      string
	Weight uint8 // 1 to 15: how much a match in it counts
	// Proper text (names of people and firms) matches exactly, by prefix and
	// by typo, never by stem.
	Proper bool
}

// A Doc is a document as it is given to a Builder or a Live overlay.
type Doc struct {
	ID     uint64 // unique and not 0: a SIRET, a need's number
	Group  uint64 // what GroupID asks for: a SIREN; 0 is none
	Title  string // the key of the sort by name
	Texts  []Text
	Values [][]string // by dimension, in the schema's order
	Point  *geo.Point // nil: in no question of place
	Shy    bool       // never in an answer to words, places or private dimensions
	Prior  uint8      // breaks ties of relevance, larger first
	Busy   float32    // how much it was solicited: among equals, less first
	Stored []byte     // given back with a hit
}

// MaxOffset bounds how deep a list can be paged: a deeper reader wants an
// export, not pages.
const MaxOffset = 10000

// A Filter keeps the documents that have one of Values in dimension Dim.
type Filter struct {
	Dim    string
	Values []string
}

// An Order is the order of hits.
type Order uint8

// The orders. Ties are broken by relevance, Prior, Busy, then place and ID,
// as docs/search.md says.
const (
	ByRelevance Order = iota
	ByDistance
	ByTitle
)

// A Request is a question.
type Request struct {
	Text    string   // the last word is a prefix, unless a space follows it
	Filters []Filter // all must hold
	IDs     []uint64 // keep only these, when not nil
	Group   uint64   // keep only this group, when not 0
	Near    *geo.Point
	Radius  float64 // metres around Near; 0 is no limit
	Box     *geo.Box
	Order   Order
	Offset  int
	Limit   int
	// Facets names the dimensions to count. The counts of a dimension are
	// disjunctive: its own filter is left out.
	Facets []string
	Exact  bool // no tolerance for typing errors
	Fuzzy  bool // one typing error is allowed even in words that are known
}

// A Hit is a document found.
type Hit struct {
	ID       uint64
	Score    float32 // relevance, comparable within one answer
	Distance float64 // metres from Near; -1 without one
	Stored   []byte
}

// A Count is the number of matching documents that have Value.
type Count struct {
	Value string
	N     int
}

// An Answer is what was found.
type Answer struct {
	Total  int
	Hits   []Hit
	Facets map[string][]Count // by dimension, largest first, zeros left out
	// Corrected tells the words that were found only by another spelling.
	Corrected map[string]string
}
