package index

import (
	"cmp"
	"fmt"
	"math"
	"math/rand"
	"slices"
	"testing"

	"passerelle/internal/geo"
)

// Questions of place, put to more documents than are looked at one by one,
// wherever on Earth: at Isbergues, overseas, across the equator and the date
// line, near a pole.
func TestPlacesAgainstScan(t *testing.T) {
	centres := []geo.Point{isbergues, {Lat: -20.88, Lon: 55.45}, {Lat: -13.28, Lon: -176.18}, {Lat: .01, Lon: 9.4}, {Lat: -16.5, Lon: 179.98}, {Lat: 84.9, Lon: 20}}
	r := rand.New(rand.NewSource(7))
	b := NewBuilder(Schema{Dims: []Dim{{Name: "trade", Near: true}, {Name: "label"}}}, BuilderOptions{})
	docs := make([]Doc, 3*fewDocs)
	for i := range docs {
		c, far := centres[r.Intn(len(centres))], math.Pow(10, -3*r.Float64())*3
		lon := c.Lon + r.NormFloat64()*far
		p := &geo.Point{Lat: c.Lat + r.NormFloat64()*far, Lon: lon - 360*math.Round(lon/360)}
		if p.Lat > 89.9 {
			p.Lat = 89.9
		}
		docs[i] = Doc{ID: uint64(i + 1), Point: p, Values: [][]string{{fmt.Sprint(r.Intn(9) * r.Intn(9))}, []string{"a", "b"}[r.Intn(2):]}}
		if err := b.Add(docs[i]); err != nil {
			t.Fatal(err)
		}
	}
	x, err := b.Index()
	if err != nil {
		t.Fatal(err)
	}
	for n := range cases(t) / 2 {
		c := centres[n%len(centres)]
		q := Request{Near: &geo.Point{Lat: c.Lat + r.NormFloat64()*.1, Lon: c.Lon + r.NormFloat64()*.01}, Order: ByDistance, Limit: 1 + r.Intn(30), Facets: []string{"trade"}}
		if r.Intn(3) > 0 {
			q.Radius = math.Pow(10, 2+4*r.Float64())
		}
		if r.Intn(2) == 0 {
			q.Filters = append(q.Filters, Filter{"trade", []string{"0", fmt.Sprint(r.Intn(9)), "64"}[r.Intn(3):]})
		}
		if r.Intn(3) == 0 {
			q.Filters = append(q.Filters, Filter{"label", []string{"a"}})
		}
		got, err := x.Search(q)
		if err != nil {
			t.Fatal(err)
		}
		samePlaces(t, docs, q, got)
	}
}

// samePlaces compares an answer with what looking at each document says.
func samePlaces(t *testing.T, docs []Doc, q Request, got Answer) {
	t.Helper()
	type hit struct {
		id  uint64
		far float64
	}
	var want []hit
	for i := range docs {
		d := &docs[i]
		passes := true
		for _, f := range q.Filters {
			have := d.Values[map[string]int{"trade": 0, "label": 1}[f.Dim]]
			passes = passes && slices.ContainsFunc(f.Values, func(v string) bool { return slices.Contains(have, v) })
		}
		if far := geo.Distance(*q.Near, *d.Point); passes && (q.Radius == 0 || far <= q.Radius) {
			want = append(want, hit{d.ID, far})
		}
	}
	slices.SortFunc(want, func(a, b hit) int { return cmp.Compare(a.far, b.far) })
	if got.Total != len(want) {
		t.Fatalf("total = %d, want %d\nrequest %+v", got.Total, len(want), q)
	}
	want = want[:min(len(want), q.Limit)]
	if len(got.Hits) != len(want) {
		t.Fatalf("%d hits, want %d\nrequest %+v", len(got.Hits), len(want), q)
	}
	for i, h := range got.Hits {
		if h.ID != want[i].id && math.Abs(h.Distance-want[i].far) > 1e-3 {
			t.Fatalf("hit %d is %d at %v m, want %d at %v m\nrequest %+v near %+v", i, h.ID, h.Distance, want[i].id, want[i].far, q, *q.Near)
		}
	}
}
