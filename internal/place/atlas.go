package place

import (
	"slices"
	"strings"
	"sync"

	"passerelle/internal/geo"
)

// An Atlas answers questions about places. It is made once, never changed,
// and safe for any number of readers. Slices it returns are shared: readers
// do not write to them.
type Atlas struct {
	communes    []Commune // ascending by code
	epcis       []EPCI    // ascending by SIREN
	departments []Department
	territories []Territory // in the order of their names
	former      []FormerCommune
	contours    []Contour // ascending by code

	today  codeTable // of communes
	before codeTable // of former: the first line of each code
	parts  []int32   // numbers of former, by commune of today, then name

	names  sync.Once // builds what Find reads
	finder finder
	places sync.Once // builds what Nearest reads
	byLat  []int32
}

// A FormerCommune is a name or a code that is now a part of a commune of
// today.
type FormerCommune struct {
	Code string // 62110; the seat of a merged commune has the code of today's
	Name string // Berguette; empty where only the code is known
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
	Gone       FormerKind = "gone"       // a code no longer in use, its name unknown
)

// A Contour is the simplified outline of a commune or of a wider area.
type Contour struct {
	Code string // of the commune; slug of a territory; code of a département
	// Rings are closed lines (the first point is not repeated), drawn together
	// with the even-odd rule: parts of the same area and the holes in them.
	Rings [][]geo.Point
}

// Commune returns the commune of today that has this code.
func (a *Atlas) Commune(code string) (Commune, bool) {
	i, ok := a.today.find(code)
	if !ok {
		return Commune{}, false
	}
	return a.communes[i], true
}

// Resolve returns the commune of today for a code that a register wrote,
// perhaps long ago; former says that the code is not that commune's own: the
// code of a delegated or associated commune, of a borough, or one no longer
// in use.
func (a *Atlas) Resolve(code string) (c Commune, former bool, ok bool) {
	if c, ok = a.Commune(code); ok {
		return c, false, true
	}
	i, ok := a.before.find(code)
	if !ok {
		return Commune{}, false, false
	}
	c, ok = a.Commune(a.former[i].Of)
	return c, true, ok
}

// Communes returns the communes of today, ascending by code.
func (a *Atlas) Communes() []Commune { return a.communes }

// Index returns the place of a commune of today in Communes, a dense number
// that lasts as long as this Atlas.
func (a *Atlas) Index(code string) (int, bool) { return a.today.find(code) }

// EPCI returns the EPCI of a SIREN.
func (a *Atlas) EPCI(code string) (EPCI, bool) {
	i, ok := slices.BinarySearchFunc(a.epcis, code, func(e EPCI, c string) int { return strings.Compare(e.Code, c) })
	if !ok {
		return EPCI{}, false
	}
	return a.epcis[i], true
}

// EPCIBySlug returns the EPCI of a slug.
func (a *Atlas) EPCIBySlug(slug string) (EPCI, bool) {
	for _, e := range a.epcis {
		if e.Slug == slug {
			return e, true
		}
	}
	return EPCI{}, false
}

// EPCIs returns all EPCI, ascending by SIREN.
func (a *Atlas) EPCIs() []EPCI { return a.epcis }

// Department returns the département or overseas collectivity of a code.
func (a *Atlas) Department(code string) (Department, bool) {
	for _, d := range a.departments {
		if d.Code == code {
			return d, true
		}
	}
	return Department{}, false
}

// Departments returns the 101 départements, ascending by code, then the
// overseas collectivities.
func (a *Atlas) Departments() []Department { return a.departments }

// Territory returns the territory of a slug.
func (a *Atlas) Territory(slug string) (Territory, bool) {
	for _, t := range a.territories {
		if t.Slug == slug {
			return t, true
		}
	}
	return Territory{}, false
}

// Territories returns the territories in the order of their names.
func (a *Atlas) Territories() []Territory { return a.territories }

// Former returns the former communes of a commune of today, in the order of
// their names, those without a name last. A merged commune's seat is among
// them under its former name.
func (a *Atlas) Former(code string) []FormerCommune {
	lo, _ := slices.BinarySearchFunc(a.parts, code, func(i int32, c string) int { return strings.Compare(a.former[i].Of, c) })
	var out []FormerCommune
	for _, i := range a.parts[lo:] {
		if a.former[i].Of != code {
			break
		}
		out = append(out, a.former[i])
	}
	return out
}

// FormerName returns the name of a former code: Berguette for 62110. It is
// empty where only the code is known.
func (a *Atlas) FormerName(code string) string {
	if i, ok := a.before.find(code); ok {
		return a.former[i].Name
	}
	return ""
}

// Contours returns the contours of a département's communes, ascending by
// code: those embedded, and those an operator imported.
func (a *Atlas) Contours(department string) []Contour {
	lo, _ := slices.BinarySearchFunc(a.contours, department, func(c Contour, d string) int { return strings.Compare(c.Code, d) })
	hi := lo
	for hi < len(a.contours) && DepartmentOf(a.contours[hi].Code) == department {
		hi++
	}
	return a.contours[lo:hi]
}

// Contour returns the contour of a commune of today.
func (a *Atlas) Contour(commune string) (Contour, bool) {
	i, ok := slices.BinarySearchFunc(a.contours, commune, func(c Contour, d string) int { return strings.Compare(c.Code, d) })
	if !ok {
		return Contour{}, false
	}
	return a.contours[i], true
}

// Outline returns the outline of a territory, without its communes' inner
// borders, and false when the contours of its communes are not known. It is
// computed at each call, in a millisecond or so: keep the answer.
func (a *Atlas) Outline(territory string) (Contour, bool) {
	t, ok := a.Territory(territory)
	if !ok {
		return Contour{}, false
	}
	return a.dissolve(t.Slug, t.Communes)
}

// OutlineOfDepartment is Outline for a whole département.
func (a *Atlas) OutlineOfDepartment(code string) (Contour, bool) {
	all := a.Contours(code)
	codes := make([]string, len(all))
	for i, c := range all {
		codes[i] = c.Code
	}
	return a.dissolve(code, codes)
}

func (a *Atlas) dissolve(code string, communes []string) (Contour, bool) {
	var rings [][]geo.Point
	for _, c := range communes {
		contour, ok := a.Contour(c)
		if !ok {
			return Contour{}, false
		}
		rings = append(rings, contour.Rings...)
	}
	out := geo.Dissolve(rings)
	return Contour{Code: code, Rings: out}, len(out) > 0
}

// DepartmentOf returns the code of the département in which a commune's code
// lies: 62 for 62473, 2A for 2A004, 974 for 97411. It is empty when code is
// no commune's code.
func DepartmentOf(commune string) string {
	switch {
	case len(commune) != 5:
		return ""
	case commune[:2] == "97" || commune[:2] == "98":
		return commune[:3]
	default:
		return commune[:2]
	}
}

// EPSGOf returns the code of the projection in which the registers write
// positions in a département, as package geo knows it. INSEE writes none in
// the Pacific and at Saint-Pierre-et-Miquelon: false.
func EPSGOf(department string) (int, bool) {
	switch department {
	case "971", "972", "977", "978":
		return 5490, true
	case "973":
		return 2972, true
	case "974":
		return 2975, true
	case "976":
		return 4471, true
	}
	if len(department) != 2 || department == "20" || department == "96" || department > "96" && department[0] == '9' {
		return 0, false
	}
	n, ok := codeNumber(department + "000")
	return 2154, ok && n >= 1000
}
