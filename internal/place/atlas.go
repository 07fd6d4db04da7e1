package place

import (
	"errors"

	"passerelle/internal/geo"
)

// An Atlas answers questions about places. It is made once, never changed,
// and safe for any number of readers. Slices it returns are shared: readers
// do not write to them.
type Atlas struct{}

// A FormerCommune is a name and code that is now a part of a commune of today.
type FormerCommune struct {
	Code string // 62110; several former communes may carry the code of today's
	Name string // Berguette
	Kind FormerKind
	Of   string // code of today's commune: 62473
}

// A FormerKind says what a former commune is.
type FormerKind string

// The kinds of former communes.
const (
	Delegated  FormerKind = "delegated"  // commune déléguée
	Associated FormerKind = "associated" // commune associée
	Borough    FormerKind = "borough"    // arrondissement municipal of Paris, Lyon, Marseille
	Gone       FormerKind = "gone"       // a code no longer in use
)

// A Contour is the simplified outline of a commune or of a wider area.
type Contour struct {
	Code string
	// Rings are closed lines, drawn together with the even-odd rule: parts of
	// the same area and the holes in them.
	Rings [][]geo.Point
}

// Overrides are an operator's own reference data, which replace or extend the
// embedded ones.
type Overrides struct {
	Communes    []Commune       // replace the communes of the same code, add the others
	EPCIs       []EPCI          // same
	Former      []FormerCommune // added; one whose Of is another commune takes its code out of Communes
	Territories []Territory     // replace all embedded territories of the départements they lie in
	Contours    []Contour       // replace the contours of the same communes, add the others
}

var errTodo = errors.New("place data are being written")

// Load returns the atlas of the embedded reference data.
func Load() (*Atlas, error) { return LoadWith(Overrides{}) }

// LoadWith returns the atlas of the embedded reference data under an
// operator's own.
func LoadWith(o Overrides) (*Atlas, error) { return nil, errTodo }

func (a *Atlas) Commune(code string) (Commune, bool)                   { return Commune{}, false }
func (a *Atlas) Resolve(code string) (c Commune, former bool, ok bool) { return }
func (a *Atlas) Communes() []Commune                                   { return nil }
func (a *Atlas) Index(code string) (int, bool)                         { return 0, false }
func (a *Atlas) EPCI(code string) (EPCI, bool)                         { return EPCI{}, false }
func (a *Atlas) EPCIBySlug(slug string) (EPCI, bool)                   { return EPCI{}, false }
func (a *Atlas) EPCIs() []EPCI                                         { return nil }
func (a *Atlas) Department(code string) (Department, bool)             { return Department{}, false }
func (a *Atlas) Departments() []Department                             { return nil }
func (a *Atlas) Territory(slug string) (Territory, bool)               { return Territory{}, false }
func (a *Atlas) Territories() []Territory                              { return nil }
func (a *Atlas) Former(code string) []FormerCommune                    { return nil }
func (a *Atlas) Find(text string, n int) []Commune                     { return nil }
func (a *Atlas) Nearest(p geo.Point) Commune                           { return Commune{} }
func (a *Atlas) Contours(department string) []Contour                  { return nil }
func (a *Atlas) Outline(territory string) (Contour, bool)              { return Contour{}, false }

// DepartmentOf returns the département in which a commune's code lies.
func DepartmentOf(commune string) string { return "" }

// EPSGOf returns the code of the projection in which the registers write
// positions in a département.
func EPSGOf(department string) (int, bool) { return 0, false }
