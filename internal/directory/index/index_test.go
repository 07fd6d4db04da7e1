package index

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/geo"
)

var isbergues = geo.Point{Lat: 50.6206, Lon: 2.4530}

// street is a small directory: dimensions world, trade, commune (private).
func street(t *testing.T) *Builder {
	t.Helper()
	b := NewBuilder(Schema{
		Dims: []Dim{{Name: "world"}, {Name: "trade"}, {Name: "commune", Private: true}},
		Stop: []string{"de", "la", "l", "d"},
	}, BuilderOptions{})
	b.Say("trade", "boulanger", Text{S: "Boulangerie boulanger boulangère pain", Weight: 6})
	b.Say("trade", "menuisier", Text{S: "Menuiserie menuisier bois fenêtre", Weight: 6})
	b.Say("commune", "62473", Text{S: "Isbergues", Weight: 3, Proper: true}, Text{S: "Berguette", Weight: 3, Proper: true})
	b.Say("commune", "62516", Text{S: "Lillers", Weight: 3, Proper: true})
	at := func(north, east float64) *geo.Point {
		return &geo.Point{Lat: isbergues.Lat + north/111.2, Lon: isbergues.Lon + east/70.6}
	}
	for _, d := range []Doc{
		{ID: 1, Title: "Fournil de la Nave", Texts: []Text{{S: "Fournil de la Nave", Weight: 8, Proper: true}}, Values: [][]string{{"craft"}, {"boulanger"}, {"62473"}}, Point: at(1, 0)},
		{ID: 2, Title: "Maison Brochard", Texts: []Text{{S: "Maison Brochard", Weight: 8, Proper: true}}, Values: [][]string{{"craft"}, {"menuisier"}, {"62516"}}, Point: at(0, 5)},
		{ID: 3, Title: "La Recyclerie du Bois", Texts: []Text{{S: "La Recyclerie du Bois", Weight: 8}}, Values: [][]string{{"ess"}, nil, {"62473"}}, Point: at(0, 0)},
		{ID: 4, Title: "Les Toits de la Lys", Texts: []Text{{S: "Les Toits de la Lys, Scop", Weight: 8}}, Values: [][]string{{"craft", "ess", "both"}, {"menuisier"}, {"62516"}}, Point: at(20, 0), Prior: 1},
		{ID: 5, Shy: true, Title: "secret", Texts: []Text{{S: "secret", Weight: 8}}, Values: [][]string{{"craft"}, {"boulanger"}, {"62473"}}, Point: at(0, 0)},
		{ID: 6, Title: "Vente de l'Œuvre", Texts: []Text{{S: "Vente de l'Œuvre", Weight: 8}}, Values: [][]string{{"ess"}, nil, {"62516"}}, Group: 77},
	} {
		d.Stored = fmt.Appendf(nil, "stored %d", d.ID)
		if err := b.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func ids(a Answer) []uint64 {
	var out []uint64
	for _, h := range a.Hits {
		out = append(out, h.ID)
	}
	return out
}

func TestSearch(t *testing.T) {
	x, err := street(t).Index()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		r    Request
		want []uint64
	}{
		{"everything, from south to north, masked last", Request{}, []uint64{4, 3, 1, 2, 6, 5}},
		{"a word of the name", Request{Text: "fournil"}, []uint64{1}},
		{"a trade word finds the trade, not the masked baker", Request{Text: "boulangère"}, []uint64{1}},
		{"trade and commune", Request{Text: "boulanger isbergues"}, []uint64{1}},
		{"a former name of the commune", Request{Text: "berguette "}, []uint64{3, 1}},
		{"plural", Request{Text: "fenêtres"}, []uint64{4, 2}},
		{"names have no plural", Request{Text: "Brochards "}, []uint64{2}}, // by one typing error
		{"names have no plural, exactly", Request{Text: "Brochards ", Exact: true}, nil},
		{"prefix while typing", Request{Text: "menuis"}, []uint64{4, 2}},
		{"a finished word is no prefix", Request{Text: "menuis ", Exact: true}, nil},
		{"one error", Request{Text: "menuisrie"}, []uint64{4, 2}},
		{"an exchange", Request{Text: "fuornil"}, []uint64{1}},
		{"two errors in a long word", Request{Text: "recycelrrie"}, []uint64{3}},
		{"ligature", Request{Text: "oeuvre"}, []uint64{6}},
		{"small words are left out", Request{Text: "toits de la lys"}, []uint64{4}},
		{"by distance", Request{Near: &isbergues, Order: ByDistance}, []uint64{3, 1, 2, 4}},
		{"radius", Request{Near: &isbergues, Radius: 6000, Order: ByDistance}, []uint64{3, 1, 2}},
		{"radius and trade", Request{Near: &isbergues, Radius: 6000, Filters: []Filter{{"trade", []string{"menuisier"}}}}, []uint64{2}},
		{"box", Request{Box: &geo.Box{South: 50.6, North: 50.64, West: 2.4, East: 2.5}}, []uint64{3, 1}},
		{"by title, masked last", Request{Order: ByTitle}, []uint64{1, 3, 4, 2, 6, 5}},
		{"both worlds", Request{Filters: []Filter{{"world", []string{"both"}}}}, []uint64{4}},
		{"a trade counts the masked", Request{Filters: []Filter{{"trade", []string{"boulanger"}}}}, []uint64{1, 5}},
		{"a commune does not", Request{Filters: []Filter{{"commune", []string{"62473"}}}}, []uint64{3, 1}},
		{"an ID finds the masked", Request{IDs: []uint64{5, 99}}, []uint64{5}},
		{"a group", Request{Group: 77}, []uint64{6}},
		{"an unknown value", Request{Filters: []Filter{{"trade", []string{"luthier"}}}}, nil},
	} {
		c.r.Limit = 20
		got, err := x.Search(c.r)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(c.want, ids(got)); d != "" {
			t.Errorf("%s: hits differ (-want +got):\n%s", c.name, d)
		}
		if got.Total != len(c.want) {
			t.Errorf("%s: total = %d, want %d", c.name, got.Total, len(c.want))
		}
	}
}

// "vente" and "verte" are one letter apart and unlike; stems that join unlike
// words and typing errors in short words are refused.
func TestHardCase27(t *testing.T) {
	x, err := street(t).Index()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"vert", "navr", "pains", "scope"} {
		a, err := x.Search(Request{Text: text + " ", Limit: 5})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]uint64{"pains": {1}, "scope": {4}}[text] // a plural, and a word of five letters
		if d := cmp.Diff(want, ids(a)); d != "" {
			t.Errorf("%q (-want +got):\n%s", text, d)
		}
	}
}

func TestCorrected(t *testing.T) {
	x, err := street(t).Index()
	if err != nil {
		t.Fatal(err)
	}
	a, err := x.Search(Request{Text: "furnil isbergue ", Limit: 5})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]string{"furnil": "fournil", "isbergue": "isbergues"}, a.Corrected); d != "" {
		t.Errorf("corrected (-want +got):\n%s", d)
	}
}

func TestFacetsAreDisjunctive(t *testing.T) {
	x, err := street(t).Index()
	if err != nil {
		t.Fatal(err)
	}
	a, err := x.Search(Request{Filters: []Filter{{"world", []string{"ess"}}}, Facets: []string{"world", "trade", "commune"}})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]Count{
		"world":   {{"craft", 4}, {"ess", 3}, {"both", 1}},
		"trade":   {{"menuisier", 1}},
		"commune": {{"62516", 2}, {"62473", 1}},
	}
	if d := cmp.Diff(want, a.Facets); d != "" {
		t.Errorf("facets (-want +got):\n%s", d)
	}
}

func TestFileRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.snapshot")
	b := street(t)
	b.Section("meta", []byte(`{"as_of":"2026-11-01"}`))
	if err := b.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if err := Verify(path); err != nil {
		t.Fatal(err)
	}
	x, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := x.Section("meta"); !ok || string(got) != `{"as_of":"2026-11-01"}` {
		t.Errorf("section = %q, %v", got, ok)
	}
	if _, ok := x.Section("absent"); ok {
		t.Error("a section that was not written is there")
	}
	a, err := x.Search(Request{Text: "boulanger", Limit: 3})
	if err != nil || len(a.Hits) != 1 || string(a.Hits[0].Stored) != "stored 1" {
		t.Errorf("hits = %+v, %v", a.Hits, err)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// Every byte is under a checksum: whichever is changed, the file is refused;
// and so is a file cut anywhere.
func TestEveryByteIsChecked(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.snapshot")
	if err := street(t).WriteFile(path); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := append([]byte(nil), good...)
		bad[i] ^= 0x10
		if _, err := check(bad); err == nil {
			t.Fatalf("byte %d of %d was changed and the file was accepted", i, len(good))
		}
	}
	for n := range good {
		if _, err := check(good[:n:n]); err == nil {
			t.Fatalf("the file was cut to %d of %d bytes and accepted", n, len(good))
		}
	}
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":   {nil, ErrForeign},
		"foreign": {[]byte(strings.Repeat("PK\x03\x04", 100)), ErrForeign},
		"newer":   {append(append([]byte(nil), good[:8]...), append([]byte{9}, good[9:]...)...), ErrVersion},
	} {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(p); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "a.snapshot")
	b := NewBuilder(Schema{Dims: []Dim{{Name: "world"}}}, BuilderOptions{})
	if err := b.Add(Doc{ID: 1, Title: "a", Texts: []Text{{S: "a b", Weight: 1}}, Values: [][]string{{"craft"}}}); err != nil {
		f.Fatal(err)
	}
	if err := b.WriteFile(path); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		if x, err := check(data); err == nil {
			if _, err := x.Search(Request{Text: "a", Limit: 3}); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	x, err := street(t).Index()
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]Request{
		"unknown dimension": {Filters: []Filter{{"colour", []string{"red"}}}},
		"unknown facet":     {Facets: []string{"colour"}},
		"no point":          {Order: ByDistance},
		"too deep":          {Offset: MaxOffset + 1},
	} {
		if _, err := x.Search(r); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	b := NewBuilder(Schema{}, BuilderOptions{})
	for range 2 {
		if err := b.Add(Doc{ID: 3}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Index(); err == nil {
		t.Error("a document added twice was accepted")
	}
}

func TestClusters(t *testing.T) {
	x, err := street(t).Index()
	if err != nil {
		t.Fatal(err)
	}
	france := geo.Box{South: 41, North: 52, West: -6, East: 10}
	all, err := x.Clusters(Request{Box: &france}, 4, "world")
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].N != 4 {
		t.Fatalf("at zoom 4: %+v, want one cluster of 4", all)
	}
	if d := cmp.Diff([]Count{{"both", 1}, {"craft", 3}, {"ess", 2}}, all[0].Counts); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	near, err := x.Clusters(Request{Box: &france}, 16, "world")
	if err != nil {
		t.Fatal(err)
	}
	if len(near) != 4 || near[0].ID == 0 || len(near[0].Stored) == 0 {
		t.Errorf("at zoom 16: %+v, want four documents", near)
	}
}
