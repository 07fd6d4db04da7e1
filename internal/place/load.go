package place

import (
	"bytes"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/gzip"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

// The paths stand for the producers' files, described in data/README.md.
//go:generate go run ./gen -out data -centres data/centres.tsv -communes $COMMUNES -parts $PARTS -former $ETALAB/communes.json -departments $ETALAB/departements.json -regions $ETALAB/regions.json -territories $TERRITORIES -contours $CONTOURS

//go:embed data/communes.tsv.gz data/epci.tsv.gz data/former.tsv.gz data/contours.tsv.gz data/departments.tsv data/territories.csv
var files embed.FS

// Overrides are an operator's own reference data, which replace or extend the
// embedded ones.
type Overrides struct {
	// Communes replace those of the same code and add to the others. What one
	// leaves empty (Department, Region, EPCI, Postcodes, Population, Centre) is
	// taken from the embedded commune, where there is one.
	Communes []Commune
	// EPCIs replace those of the same SIREN and add to the others. Slugs are
	// made from the names.
	EPCIs []EPCI
	// Former are added; one whose Of is another code takes its own code out of
	// the communes of today.
	Former []FormerCommune
	// Territories replace every embedded territory of the départements they
	// lie in. Only Name (or Slug) and Communes are read; a commune may be in
	// one only.
	Territories []Territory
	// Contours replace those of the same communes and add to the others.
	// Contours of former communes join that of today's commune.
	Contours []Contour
}

// Load returns the atlas of the embedded reference data.
func Load() (*Atlas, error) { return LoadWith(Overrides{}) }

// LoadWith returns the atlas of the embedded reference data under an
// operator's own. An error names the datum that cannot be used.
func LoadWith(o Overrides) (*Atlas, error) {
	a := &Atlas{}
	for _, step := range []struct {
		name string
		do   func(Overrides) error
	}{
		{"départements", a.loadDepartments},
		{"communes", a.loadCommunes},
		{"former communes", a.loadFormer},
		{"EPCI", a.loadEPCIs},
		{"contours", a.loadContours},
		{"territories", a.loadTerritories},
	} {
		if err := step.do(o); err != nil {
			return nil, fmt.Errorf("load %s: %w", step.name, err)
		}
	}
	return a, nil
}

func (a *Atlas) loadDepartments(Overrides) error {
	err := lines("departments.tsv", 4, func(f []string) error {
		a.departments = append(a.departments, Department{
			Code: f[0], Name: f[1], Region: f[2], RegionName: f[3], Collectivity: f[0] == f[2],
		})
		return nil
	})
	slices.SortStableFunc(a.departments, func(x, y Department) int {
		switch {
		case x.Collectivity == y.Collectivity:
			return strings.Compare(x.Code, y.Code)
		case x.Collectivity:
			return 1
		default:
			return -1
		}
	})
	return err
}

func (a *Atlas) loadCommunes(o Overrides) error {
	regions := map[string]string{}
	for _, d := range a.departments {
		regions[d.Code] = d.Region
	}
	a.communes = make([]Commune, 0, 35_000+len(o.Communes))
	var codes []string // postcodes of all communes, one piece of memory
	var region, department string
	err := lines("communes.tsv.gz", 8, func(f []string) error {
		if d := DepartmentOf(f[0]); d != department {
			department, region = d, regions[d]
		}
		c := Commune{
			Code: f[0], Name: f[1], Department: department, Region: region, EPCI: f[2],
			CentreFrom: CentreFrom(f[7]),
		}
		first := len(codes)
		for rest, more := f[3], f[3] != ""; more; {
			var code string
			code, rest, more = strings.Cut(rest, "|")
			codes = append(codes, code)
		}
		c.Postcodes = codes[first:len(codes):len(codes)]
		lat, err := strconv.Atoi(f[5])
		if err != nil {
			return err
		}
		lon, err := strconv.Atoi(f[6])
		if err != nil {
			return err
		}
		c.Centre = geo.Point{Lat: float64(lat) / 1e5, Lon: float64(lon) / 1e5}
		if f[4] != "" {
			if c.Population, err = strconv.Atoi(f[4]); err != nil {
				return err
			}
		}
		a.communes = append(a.communes, c)
		return nil
	})
	if err != nil {
		return err
	}
	if err := a.overrideCommunes(o, regions); err != nil {
		return err
	}
	if len(a.communes) >= math.MaxUint16 {
		return fmt.Errorf("%d communes are more than an atlas can hold", len(a.communes))
	}
	a.today = make(codeTable, codeSpace)
	for i, c := range a.communes {
		n, ok := codeNumber(c.Code)
		if !ok {
			return fmt.Errorf("%q is no commune's code", c.Code)
		}
		a.today[n] = uint16(i + 1)
	}
	return nil
}

// overrideCommunes puts an operator's communes in, and takes out those that a
// Former says are now part of another.
func (a *Atlas) overrideCommunes(o Overrides, regions map[string]string) error {
	at := func(code string) (int, bool) {
		return slices.BinarySearchFunc(a.communes, code, func(c Commune, code string) int { return strings.Compare(c.Code, code) })
	}
	for _, c := range o.Communes {
		i, known := at(c.Code)
		if known {
			c = complete(c, a.communes[i])
		}
		if c.Department == "" {
			c.Department = DepartmentOf(c.Code)
		}
		if c.Region == "" {
			c.Region = regions[c.Department]
		}
		switch {
		case c.Name == "":
			return fmt.Errorf("commune %s has no name", c.Code)
		case !c.Centre.Valid():
			return fmt.Errorf("commune %s %s has no centre", c.Code, c.Name)
		case known:
			a.communes[i] = c
		default:
			a.communes = slices.Insert(a.communes, i, c)
		}
	}
	for _, f := range o.Former {
		if i, known := at(f.Code); known && f.Of != f.Code {
			a.communes = slices.Delete(a.communes, i, i+1)
		}
	}
	return nil
}

// complete fills what c leaves empty from old.
func complete(c, old Commune) Commune {
	if c.Name == "" {
		c.Name = old.Name
	}
	if c.EPCI == "" {
		c.EPCI = old.EPCI
	}
	if c.Postcodes == nil {
		c.Postcodes = old.Postcodes
	}
	if c.Population == 0 {
		c.Population = old.Population
	}
	if !c.Centre.Valid() {
		c.Centre, c.CentreFrom = old.Centre, old.CentreFrom
	}
	if c.CentreFrom == "" {
		c.CentreFrom = CentreGiven
	}
	return c
}

func (a *Atlas) loadFormer(o Overrides) error {
	err := lines("former.tsv.gz", 4, func(f []string) error {
		a.former = append(a.former, FormerCommune{Code: f[0], Of: f[1], Kind: FormerKind(f[2]), Name: f[3]})
		return nil
	})
	if err != nil {
		return err
	}
	a.former = append(a.former, o.Former...)
	// A commune may have joined another that has itself gone since.
	then := map[string]string{}
	for _, f := range o.Former {
		if f.Of != f.Code {
			then[f.Code] = f.Of
		}
	}
	a.before = make(codeTable, codeSpace)
	for i := range a.former {
		f := &a.former[i]
		for range 8 { // a chain longer than that turns in a circle
			if _, ok := a.today.find(f.Of); ok {
				break
			}
			f.Of = then[f.Of]
		}
		if _, ok := a.today.find(f.Of); !ok {
			return fmt.Errorf("former commune %s %s is part of no commune of today", f.Code, f.Name)
		}
		n, ok := codeNumber(f.Code)
		if !ok {
			return fmt.Errorf("%q is no commune's code", f.Code)
		}
		a.before[n] = uint16(i + 1)
		a.parts = append(a.parts, int32(i))
	}
	slices.SortFunc(a.parts, func(i, j int32) int {
		x, y := &a.former[i], &a.former[j]
		if c := strings.Compare(x.Of, y.Of); c != 0 {
			return c
		}
		if (x.Name == "") != (y.Name == "") {
			if x.Name == "" {
				return 1
			}
			return -1
		}
		if c := strings.Compare(x.Name, y.Name); c != 0 {
			return c
		}
		return strings.Compare(x.Code, y.Code)
	})
	return nil
}

func (a *Atlas) loadEPCIs(o Overrides) error {
	err := lines("epci.tsv.gz", 2, func(f []string) error {
		a.epcis = append(a.epcis, EPCI{Code: f[0], Name: f[1]})
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range o.EPCIs {
		i, known := slices.BinarySearchFunc(a.epcis, e.Code, func(e EPCI, c string) int { return strings.Compare(e.Code, c) })
		if known {
			a.epcis[i] = e
		} else {
			a.epcis = slices.Insert(a.epcis, i, e)
		}
	}
	// EPCI of one name are told apart by the département of their largest
	// commune, then by their SIREN.
	type seat struct {
		department string
		population int
	}
	seats := map[string]seat{}
	for _, c := range a.communes {
		if s, ok := seats[c.EPCI]; c.EPCI != "" && (!ok || c.Population > s.population) {
			seats[c.EPCI] = seat{c.Department, c.Population}
		}
	}
	n := map[string]int{}
	for i, e := range a.epcis {
		a.epcis[i].Slug = fold.Slug(e.Name)
		n[a.epcis[i].Slug]++
	}
	taken := map[string]bool{}
	for i, e := range a.epcis {
		slug := e.Slug
		if n[slug] > 1 {
			slug += "-" + strings.ToLower(seats[e.Code].department)
		}
		if taken[slug] {
			slug += "-" + e.Code
		}
		taken[slug] = true
		a.epcis[i].Slug = slug
	}
	return nil
}

func (a *Atlas) loadTerritories(o Overrides) error {
	text, err := files.ReadFile("data/territories.csv")
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return err
	}
	given := map[string]bool{} // départements whose territories the operator gave
	byName := map[string]*Territory{}
	add := func(name, code string) error {
		c, _, ok := a.Resolve(code)
		if !ok {
			return fmt.Errorf("territory %s: no commune has the code %q", name, code)
		}
		i, _ := a.Index(c.Code)
		slug := fold.Slug(name)
		switch was := a.communes[i].Territory; was {
		case slug:
			return nil
		case "":
		default:
			return fmt.Errorf("commune %s %s is in two territories, %s and %s", c.Code, c.Name, was, slug)
		}
		t := byName[slug]
		if t == nil {
			t = &Territory{Slug: slug, Name: name, Department: c.Department}
			byName[slug] = t
		}
		a.communes[i].Territory = slug
		t.Communes = append(t.Communes, c.Code)
		t.Population += c.Population
		return nil
	}
	for i := range a.communes {
		a.communes[i].Territory = ""
	}
	for _, t := range o.Territories {
		name := t.Name
		if name == "" {
			name = t.Slug
		}
		for _, code := range t.Communes {
			given[DepartmentOf(code)] = true
			if err := add(name, code); err != nil {
				return err
			}
		}
	}
	for _, row := range rows[1:] {
		if given[DepartmentOf(row[0])] {
			continue
		}
		if err := add(row[1], row[0]); err != nil {
			return err
		}
	}
	for _, t := range byName {
		slices.Sort(t.Communes)
		t.Box = a.box(t.Communes)
		a.territories = append(a.territories, *t)
	}
	slices.SortFunc(a.territories, func(x, y Territory) int {
		return strings.Compare(fold.Key(x.Name), fold.Key(y.Name))
	})
	return nil
}

// box returns the smallest box around communes: their contours, or their
// centres where a contour is not known.
func (a *Atlas) box(communes []string) geo.Box {
	var rings [][]geo.Point
	for _, code := range communes {
		if c, ok := a.Contour(code); ok {
			rings = append(rings, c.Rings...)
		} else if c, ok := a.Commune(code); ok {
			rings = append(rings, []geo.Point{c.Centre})
		}
	}
	b, _ := geo.Bounds(rings)
	return b
}

// lines calls do for each line of an embedded table, with its fields, and
// names the line that cannot be used.
func lines(name string, fields int, do func([]string) error) error {
	f, err := files.Open("data/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer z.Close()
		r = z
	}
	var b strings.Builder
	if info, err := f.Stat(); err == nil {
		b.Grow(3 * int(info.Size())) // what the largest table comes to
	}
	if _, err := io.Copy(&b, r); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var row []string
	text := b.String()
	for n := 1; text != ""; n++ {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		row = row[:0]
		for more := true; more; {
			var field string
			field, line, more = strings.Cut(line, "\t")
			row = append(row, field)
		}
		if fields > 0 && len(row) != fields {
			return fmt.Errorf("%s line %d: %d fields, want %d", name, n, len(row), fields)
		}
		if err := do(row); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return nil
}
