package place

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

var shared = sync.OnceValues(Load)

// atlas returns the embedded atlas, loaded once for all tests.
func atlas(t testing.TB) *Atlas {
	t.Helper()
	a, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestWhatIsEmbedded(t *testing.T) {
	a := atlas(t)
	if got, want := len(a.Communes()), 34969; got != want {
		t.Errorf("%d communes, want %d", got, want)
	}
	if got, want := len(a.EPCIs()), 1255; got != want {
		t.Errorf("%d EPCI, want %d", got, want)
	}
	if !slices.IsSortedFunc(a.Communes(), func(x, y Commune) int { return cmp.Compare(x.Code, y.Code) }) {
		t.Error("communes are not in the order of their codes")
	}
	departments := 0
	for _, d := range a.Departments() {
		if !d.Collectivity {
			departments++
		}
	}
	if departments != 101 || len(a.Departments()) != 109 {
		t.Errorf("%d départements of %d, want 101 of 109", departments, len(a.Departments()))
	}
	for _, c := range []struct{ code, name, region string }{
		{"62", "Pas-de-Calais", "Hauts-de-France"},
		{"2A", "Corse-du-Sud", "Corse"},
		{"2B", "Haute-Corse", "Corse"},
		{"974", "La Réunion", "La Réunion"},
		{"976", "Mayotte", "Mayotte"},
		{"978", "Saint-Martin", "Saint-Martin"},
	} {
		if d, ok := a.Department(c.code); !ok || d.Name != c.name || d.RegionName != c.region {
			t.Errorf("département %s = %+v, want %s, %s", c.code, d, c.name, c.region)
		}
	}
	if _, ok := a.Department("20"); ok {
		t.Error("20 is a département")
	}
}

func TestPasDeCalais(t *testing.T) {
	a := atlas(t)
	communes, population, epcis := 0, 0, map[string]bool{}
	for _, c := range a.Communes() {
		if c.Department != "62" {
			if c.Territory != "" {
				t.Errorf("%s %s is in territory %s", c.Code, c.Name, c.Territory)
			}
			continue
		}
		communes++
		population += c.Population
		epcis[c.EPCI] = true
		if c.Region != "32" || c.Territory == "" {
			t.Errorf("%s %s: region %q, territory %q", c.Code, c.Name, c.Region, c.Territory)
		}
	}
	if communes != 887 || population != 1457905 || len(epcis) != 20 {
		t.Errorf("%d communes, %d inhabitants, %d EPCI; want 887, 1457905, 20", communes, population, len(epcis))
	}
	want := []string{"arrageois", "artois", "audomarois", "boulonnais", "calaisis", "lens-henin", "montreuillois-ternois"}
	var got []string
	n, people := 0, 0
	for _, tr := range a.Territories() {
		got = append(got, tr.Slug)
		n += len(tr.Communes)
		people += tr.Population
		if tr.Department != "62" || tr.Box.South < 49.9 || tr.Box.North > 51.1 || tr.Box.West < 1.4 || tr.Box.East > 3.3 {
			t.Errorf("territory %s: département %s, box %+v", tr.Slug, tr.Department, tr.Box)
		}
		if !slices.IsSorted(tr.Communes) {
			t.Errorf("territory %s: communes are not in order", tr.Slug)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("territories %q, want %q", got, want)
	}
	if n != communes || people != population {
		t.Errorf("territories hold %d communes and %d inhabitants", n, people)
	}
	isbergues, _ := a.Commune("62473")
	if isbergues.Name != "Isbergues" || isbergues.Territory != "artois" || !slices.Equal(isbergues.Postcodes, []string{"62330"}) {
		t.Errorf("62473 = %+v", isbergues)
	}
	if e, ok := a.EPCI(isbergues.EPCI); !ok || !strings.Contains(e.Name, "Béthune") {
		t.Errorf("EPCI of Isbergues = %+v", e)
	}
}

// TestEveryCommuneHasAPlausibleCentre compares each centre with the middle of
// its département: no centre is missing, at 0,0 or in another country.
func TestEveryCommuneHasAPlausibleCentre(t *testing.T) {
	a := atlas(t)
	lats, lons := map[string][]float64{}, map[string][]float64{}
	from := map[CentreFrom]int{}
	for _, c := range a.Communes() {
		lats[c.Department] = append(lats[c.Department], c.Centre.Lat)
		lons[c.Department] = append(lons[c.Department], c.Centre.Lon)
		from[c.CentreFrom]++
	}
	if from[CentreEPCI] != 12 || from[CentreApproximate] != 94 || from[CentreGiven] != 34969-106 {
		t.Errorf("centres come from %v, want 12 from EPCI, 94 approximate", from)
	}
	median := func(v []float64) float64 {
		v = slices.Clone(v)
		slices.Sort(v)
		return v[len(v)/2]
	}
	reach := map[string]float64{"973": 400e3, "984": 10e6, "987": 2000e3, "988": 400e3, "986": 300e3, "975": 100e3}
	for _, c := range a.Communes() {
		middle := geo.Point{Lat: median(lats[c.Department]), Lon: median(lons[c.Department])}
		limit := 120e3
		if r, ok := reach[c.Department]; ok {
			limit = r
		}
		if d := geo.Distance(c.Centre, middle); !c.Centre.Valid() || d > limit {
			t.Errorf("%s %s at %v, %.0f km from the middle of %s", c.Code, c.Name, c.Centre, d/1000, c.Department)
		}
		if epsg, ok := EPSGOf(c.Department); ok {
			if _, _, err := geo.ToProjected(epsg, c.Centre); err != nil {
				t.Errorf("%s %s at %v: EPSG:%d: %v", c.Code, c.Name, c.Centre, epsg, err)
			}
		}
	}
}

func TestResolve(t *testing.T) {
	a := atlas(t)
	for _, c := range []struct {
		code, want string
		former     bool
	}{
		{"62473", "62473", false},
		{"62110", "62473", true}, // Berguette
		{"62575", "62473", true}, // Molinghem
		{"62461", "62447", true}, // Huby-Saint-Leu, in Hesdin-la-Forêt
		{"62447", "62447", false},
		{"75101", "75056", true},
		{"75120", "75056", true},
		{"13216", "13055", true},
		{"69381", "69123", true},
		{"69389", "69123", true},
		{"2A004", "2A004", false}, // Ajaccio
		{"97411", "97411", false},
	} {
		got, former, ok := a.Resolve(c.code)
		if !ok || got.Code != c.want || former != c.former {
			t.Errorf("Resolve(%s) = %s, %v, %v; want %s, %v", c.code, got.Code, former, ok, c.want, c.former)
		}
	}
	for _, code := range []string{"", "62", "62000", "99999", "6247", "624733", "2C004", "ABCDE", "62 73"} {
		if c, _, ok := a.Resolve(code); ok {
			t.Errorf("Resolve(%q) = %s", code, c.Code)
		}
	}
	for _, f := range a.former {
		if c, _, ok := a.Resolve(f.Code); !ok {
			t.Errorf("former code %s %s does not resolve", f.Code, f.Name)
		} else if _, today := a.Commune(f.Code); !today && c.Code != f.Of {
			t.Errorf("former code %s resolves to %s, want %s", f.Code, c.Code, f.Of)
		}
	}
	if len(a.former) < 4500 {
		t.Errorf("%d former communes, want all of them", len(a.former))
	}
}

func TestFormer(t *testing.T) {
	a := atlas(t)
	got := a.Former("62473")
	want := []FormerCommune{
		{"62110", "Berguette", Associated, "62473"},
		{"62575", "Molinghem", Associated, "62473"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("Former(62473) = %+v, want %+v", got, want)
	}
	if n := len(a.Former("75056")); n != 20 {
		t.Errorf("Paris has %d boroughs, want 20", n)
	}
	if a.Former("62001") != nil {
		t.Error("Ablain-Saint-Nazaire has former communes")
	}
	if got := a.FormerName("62110"); got != "Berguette" {
		t.Errorf("FormerName(62110) = %q", got)
	}
}

func TestFind(t *testing.T) {
	a := atlas(t)
	for _, c := range []struct{ text, first string }{
		{"isbergues", "62473"},
		{"ISBERG", "62473"},
		{"berguette", "62473"}, // a former name
		{"62330", "62473"},     // the largest of its postcode
		{"st omer", "62765"},
		{"Saint-Omer", "62765"},
		{"saint om", "62765"},
		{"lens", "62498"}, // the whole name before longer ones
		{"béthune", "62119"},
		{"touquet", "62826"}, // a word inside the name
		{"hesdin", "62447"},
		{"ste marie kerque", "62756"},
		{"paris", "75056"},
		{"saint denis", "97411"}, // two whole names: the larger first
	} {
		got := a.Find(c.text, 5)
		if len(got) == 0 || got[0].Code != c.first {
			t.Errorf("Find(%q) = %v, want %s first", c.text, codes(got), c.first)
		}
	}
	for _, text := range []string{"", "  ", "-", "zzzz", "…"} {
		if got := a.Find(text, 5); len(got) != 0 {
			t.Errorf("Find(%q) = %v, want none", text, codes(got))
		}
	}
	if got := a.Find("a", 7); len(got) != 7 {
		t.Errorf("Find(a, 7) returns %d communes", len(got))
	}
	if got := a.Find("lens", 0); got != nil {
		t.Errorf("Find(lens, 0) = %v", codes(got))
	}
	seen := map[string]bool{}
	for _, c := range a.Find("saint", 5000) {
		if seen[c.Code] {
			t.Fatalf("%s is found twice", c.Code)
		}
		seen[c.Code] = true
	}
}

// TestFindAgreesWithScan compares Find with a plain run over all names.
func TestFindAgreesWithScan(t *testing.T) {
	a := atlas(t)
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(a.Communes()).Draw(t, "commune")
		name := fold.Key(c.Name)
		q := strings.TrimSpace(name[:rapid.IntRange(1, len(name)).Draw(t, "length")])
		want := map[string]bool{}
		match := func(s, of string) {
			s = fold.Key(s)
			for _, q := range []string{q, spellSaints(q)} {
				if strings.HasPrefix(s, q) || strings.Contains(s, " "+q) {
					want[of] = true
				}
			}
		}
		for _, c := range a.Communes() {
			match(c.Name, c.Code)
			for _, p := range c.Postcodes {
				match(p, c.Code)
			}
		}
		for _, f := range a.former {
			if f.Kind != Borough {
				match(f.Name, f.Of)
			}
		}
		got := a.Find(q, len(a.Communes()))
		if len(got) != len(want) || !want[c.Code] {
			t.Fatalf("Find(%q) finds %d communes, want %d", q, len(got), len(want))
		}
		for _, c := range got {
			if !want[c.Code] {
				t.Fatalf("Find(%q) finds %s %s", q, c.Code, c.Name)
			}
		}
	})
}

func codes(cs []Commune) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.Code
	}
	return out
}

func TestNearestAgreesWithScan(t *testing.T) {
	a := atlas(t)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		p := geo.Point{Lat: 41 + 10*r.Float64(), Lon: -5 + 14*r.Float64()}
		if r.IntN(10) == 0 {
			p = geo.Point{Lat: -90 + 180*r.Float64(), Lon: -180 + 360*r.Float64()}
		}
		var want Commune
		best := -1.0
		for _, c := range a.Communes() {
			if d := geo.Distance(p, c.Centre); best < 0 || d < best {
				best, want = d, c
			}
		}
		if got := a.Nearest(p); got.Code != want.Code {
			t.Errorf("Nearest(%v) = %s at %.0f m, want %s at %.0f m", p, got.Name, geo.Distance(p, got.Centre), want.Name, best)
		}
	}
	if got := a.Nearest(geo.Point{Lat: 50.6236, Lon: 2.4561}); got.Name != "Isbergues" {
		t.Errorf("Nearest to Isbergues' station is %s", got.Name)
	}
}

func TestContours(t *testing.T) {
	a := atlas(t)
	all := a.Contours("62")
	if len(all) != 887 {
		t.Fatalf("%d contours, want one for each of 887 communes", len(all))
	}
	inside := 0
	for _, c := range all {
		commune, ok := a.Commune(c.Code)
		if !ok {
			t.Errorf("contour of %s, which is no commune of today", c.Code)
			continue
		}
		if geo.Inside(c.Rings, commune.Centre) {
			inside++
		}
		if b, ok := geo.Bounds(c.Rings); !ok || geo.Distance(commune.Centre, geo.Point{Lat: (b.South + b.North) / 2, Lon: (b.West + b.East) / 2}) > 5000 {
			t.Errorf("contour of %s %s is away from its centre", c.Code, commune.Name)
		}
	}
	if inside < 870 {
		t.Errorf("%d communes of 887 have their centre in their contour", inside)
	}
	if got := a.Contours("59"); len(got) != 0 {
		t.Errorf("%d contours of the Nord are embedded", len(got))
	}
}

func TestOutline(t *testing.T) {
	a := atlas(t)
	for _, tr := range a.Territories() {
		o, ok := a.Outline(tr.Slug)
		if !ok {
			t.Fatalf("no outline of %s", tr.Slug)
		}
		points, before := 0, 0
		for _, r := range o.Rings {
			points += len(r)
		}
		outside := 0
		for _, code := range tr.Communes {
			c, _ := a.Contour(code)
			for _, r := range c.Rings {
				before += len(r)
			}
			commune, _ := a.Commune(code)
			if !geo.Inside(o.Rings, commune.Centre) {
				outside++
			}
		}
		if points*2 > before {
			t.Errorf("outline of %s has %d points, its communes %d", tr.Slug, points, before)
		}
		if outside > 1 {
			t.Errorf("outline of %s leaves out the centres of %d communes", tr.Slug, outside)
		}
	}
	if o, ok := a.OutlineOfDepartment("62"); !ok || len(o.Rings) == 0 {
		t.Error("no outline of the Pas-de-Calais")
	}
	if _, ok := a.Outline("bresse"); ok {
		t.Error("an unknown territory has an outline")
	}
	if _, ok := a.OutlineOfDepartment("59"); ok {
		t.Error("the Nord has an outline without contours")
	}
}

func TestEPCISlugs(t *testing.T) {
	a := atlas(t)
	seen := map[string]string{}
	for _, e := range a.EPCIs() {
		if e.Name == "" || e.Slug == "" || seen[e.Slug] != "" {
			t.Errorf("EPCI %s %s has the slug %q of %s", e.Code, e.Name, e.Slug, seen[e.Slug])
		}
		seen[e.Slug] = e.Code
		if got, ok := a.EPCIBySlug(e.Slug); !ok || got != e {
			t.Errorf("EPCIBySlug(%s) = %+v", e.Slug, got)
		}
	}
	for _, c := range a.Communes() {
		if _, ok := a.EPCI(c.EPCI); c.EPCI != "" && !ok {
			t.Errorf("%s %s is in the unknown EPCI %s", c.Code, c.Name, c.EPCI)
		}
	}
}

func TestDepartmentOfAndEPSG(t *testing.T) {
	for _, c := range []struct {
		commune, department string
		epsg                int
	}{
		{"62473", "62", 2154},
		{"01001", "01", 2154},
		{"95001", "95", 2154},
		{"2A004", "2A", 2154},
		{"2B033", "2B", 2154},
		{"97105", "971", 5490},
		{"97209", "972", 5490},
		{"97302", "973", 2972},
		{"97411", "974", 2975},
		{"97611", "976", 4471},
		{"97701", "977", 5490},
		{"98818", "988", 0},
		{"97501", "975", 0},
		{"624", "", 0},
		{"", "", 0},
	} {
		d := DepartmentOf(c.commune)
		epsg, ok := EPSGOf(d)
		if d != c.department || epsg != c.epsg || ok != (c.epsg != 0) {
			t.Errorf("%q: département %q, EPSG %d %v; want %q, %d", c.commune, d, epsg, ok, c.department, c.epsg)
		}
	}
	for _, d := range []string{"00", "20", "96", "99", "2C", "AB", "6", "9 "} {
		if epsg, ok := EPSGOf(d); ok {
			t.Errorf("EPSGOf(%q) = %d", d, epsg)
		}
	}
	a := atlas(t)
	for _, d := range a.Departments() {
		if _, ok := EPSGOf(d.Code); ok == d.Collectivity && d.Code != "977" && d.Code != "978" {
			t.Errorf("EPSGOf(%s) %v", d.Code, ok)
		}
	}
}

func BenchmarkResolve(b *testing.B) {
	a := atlas(b)
	for b.Loop() {
		if _, _, ok := a.Resolve("62110"); !ok {
			b.Fatal("62110 does not resolve")
		}
	}
}

func BenchmarkFind(b *testing.B) {
	a := atlas(b)
	a.Find("x", 1)
	for b.Loop() {
		if len(a.Find("saint omer", 8)) == 0 {
			b.Fatal("nothing found")
		}
	}
}

func BenchmarkNearest(b *testing.B) {
	a := atlas(b)
	for b.Loop() {
		a.Nearest(geo.Point{Lat: 50.62, Lon: 2.45})
	}
}

func FuzzFind(f *testing.F) {
	a := atlas(f)
	f.Add("isbergues")
	f.Add("st  ste \xff 62330\n")
	f.Fuzz(func(t *testing.T, text string) {
		got := a.Find(text, 5)
		if len(got) > 5 {
			t.Errorf("Find(%q, 5) returns %d communes", text, len(got))
		}
		if fold.Key(text) == "" && len(got) > 0 {
			t.Errorf("Find(%q) finds %v", text, codes(got))
		}
		if c, _, ok := a.Resolve(text); ok && c.Code == "" {
			t.Errorf("Resolve(%q) finds a commune without a code", text)
		}
		if epsg, ok := EPSGOf(DepartmentOf(text)); ok && epsg == 0 {
			t.Errorf("EPSGOf(%q) knows a projection without a number", DepartmentOf(text))
		}
	})
}
