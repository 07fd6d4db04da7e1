package place

import (
	"strings"
	"testing"

	"passerelle/internal/geo"
)

func square(lat, lon float64) [][]geo.Point {
	return [][]geo.Point{{{Lat: lat, Lon: lon}, {Lat: lat, Lon: lon + 0.25}, {Lat: lat + 0.25, Lon: lon + 0.25}, {Lat: lat + 0.25, Lon: lon}}}
}

// TestOverrides plays a year that passes: Guarbecque joins Isbergues, a
// commune changes its name, the operator draws the territories anew.
func TestOverrides(t *testing.T) {
	before := atlas(t)
	old, _ := before.Commune("62473")
	a, err := LoadWith(Overrides{
		Communes: []Commune{{Code: "62473", Name: "Isbergues-sur-Lys", Population: 10_000}},
		Former:   []FormerCommune{{Code: "62391", Name: "Guarbecque", Kind: Delegated, Of: "62473"}},
		Territories: []Territory{
			{Name: "Pays d'Isbergues", Communes: []string{"62473", "62110"}},
			{Name: "Nord-Est", Communes: []string{"59350"}},
		},
		Contours: []Contour{
			{Code: "59350", Rings: square(50.63, 3.05)},
			{Code: "62110", Rings: square(50.5, 2.25)},
			{Code: "62575", Rings: square(50.5, 2.5)},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(a.Communes()), len(before.Communes())-1; got != want {
		t.Errorf("%d communes, want %d", got, want)
	}
	if c, former, ok := a.Resolve("62391"); !ok || !former || c.Name != "Isbergues-sur-Lys" {
		t.Errorf("Guarbecque resolves to %+v, %v, %v", c, former, ok)
	}
	if c, _, _ := a.Resolve("62110"); c.Name != "Isbergues-sur-Lys" {
		t.Errorf("Berguette resolves to %+v", c)
	}
	c, _ := a.Commune("62473")
	if c.Population != 10_000 || c.EPCI != old.EPCI || c.Centre != old.Centre || c.Region != "32" || c.Department != "62" {
		t.Errorf("Isbergues = %+v", c)
	}
	if got := a.Find("guarbec", 1); len(got) != 1 || got[0].Code != "62473" {
		t.Errorf("Guarbecque is found as %v", codes(got))
	}
	var slugs []string
	for _, tr := range a.Territories() {
		slugs = append(slugs, tr.Slug)
	}
	if got, want := strings.Join(slugs, " "), "nord-est pays-d-isbergues"; got != want {
		t.Errorf("territories %q, want %q", got, want)
	}
	if tr, _ := a.Territory("pays-d-isbergues"); len(tr.Communes) != 1 || tr.Population != 10_000 {
		t.Errorf("territory = %+v", tr)
	}
	if lens, _ := a.Commune("62498"); lens.Territory != "" {
		t.Errorf("Lens is still in %s", lens.Territory)
	}
	if got := a.Contours("59"); len(got) != 1 {
		t.Errorf("%d contours of the Nord, want 1", len(got))
	}
	joined, _ := a.Contour("62473")
	if len(joined.Rings) != 1 || len(joined.Rings[0]) != 6 {
		t.Errorf("the contours of Berguette and Molinghem give %v", joined.Rings)
	}
	if i, ok := a.Index("95018"); !ok || a.Communes()[i].Code != "95018" {
		t.Error("Index does not follow Communes")
	}
}

func TestOverridesAreChecked(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Overrides
		want string
	}{
		{"no such commune", Overrides{Territories: []Territory{{Name: "Artois", Communes: []string{"62999"}}}}, "62999"},
		{"two territories", Overrides{Territories: []Territory{{Name: "A", Communes: []string{"62473"}}, {Name: "B", Communes: []string{"62110"}}}}, "Isbergues"},
		{"commune without a centre", Overrides{Communes: []Commune{{Code: "62998", Name: "Neuve"}}}, "centre"},
		{"commune without a name", Overrides{Communes: []Commune{{Code: "62998", Centre: geo.Point{Lat: 50, Lon: 2}}}}, "name"},
		{"bad code", Overrides{Communes: []Commune{{Code: "6299", Name: "Neuve", Centre: geo.Point{Lat: 50, Lon: 2}}}}, "6299"},
		{"contour of nowhere", Overrides{Contours: []Contour{{Code: "62999"}}}, "62999"},
		{"part of nothing", Overrides{Former: []FormerCommune{{Code: "62473", Of: "62999"}}}, "part of no commune"},
		{"parts of each other", Overrides{Former: []FormerCommune{{Code: "62473", Of: "62391"}, {Code: "62391", Of: "62473"}}}, "part of no commune"},
	} {
		if _, err := LoadWith(c.o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}
