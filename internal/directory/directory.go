// Package directory is the register of craft and ESS establishments: what is
// known of each, from whom and since when.
//
// An import reads the public registers into compact, dated sources, applies
// the rules (who is craft, who is ESS, what is masked) and writes an
// immutable snapshot; a Directory serves the newest snapshot from memory,
// under a live overlay of what people changed since. It does not read files'
// layouts (register) and does not know how words are found (index). Its one
// difficulty is masking: a masked value is dropped when the establishment is
// made, so that no page, export or log has it to leak.
package directory

import (
	"errors"

	"passerelle/internal/clock"
	"passerelle/internal/geo"
)

// Errors of the directory.
var (
	// ErrNoSnapshot says that no register has been imported yet.
	ErrNoSnapshot = errors.New("no register is loaded")
	// ErrPlaceless says that a question may not start from an establishment,
	// because its answer would tell where a masked person lives.
	ErrPlaceless = errors.New("no question of place may start from this establishment")
)

// A GoneError says that an establishment was kept by an earlier snapshot and
// is not any more.
type GoneError struct {
	Last clock.Day // the date of the last snapshot that had it
}

func (e *GoneError) Error() string { return "no longer in the register, last seen " + string(e.Last) }

// A Hit is an establishment found, and how far it is.
type Hit struct {
	Establishment
	Distance float64 // metres from the query's point; -1 without one
}

// A Result is the answer to a query.
type Result struct {
	Total     int
	Hits      []Hit
	WidenedTo float64           // metres; 0 when the question was answered as asked
	Corrected map[string]string // words found by another spelling
	Facets    map[string][]Count
	AsOf      clock.Day
}

// The facets of a Result, by name of dimension.
const (
	ByWorld      = "world" // craft, ess, both
	BySector     = "sector"
	ByFamily     = "family"
	ByTerritory  = "territory"
	ByTrade      = "trade"
	ByLabel      = "label"
	BySize       = "size"
	ByCommune    = "commune"
	ByEPCI       = "epci"
	ByDepartment = "department"
	ByNAF        = "naf"
	ByNAFA       = "nafa"
)

// A Count is the number of establishments that have Value.
type Count struct {
	Value string
	N     int
}

// A Cluster is a spot of a map view: one establishment, or several close
// together.
type Cluster struct {
	Point geo.Point // mean of its members
	N     int
	Craft int
	ESS   int
	Box   geo.Box
	One   *Establishment // when N is 1
}
