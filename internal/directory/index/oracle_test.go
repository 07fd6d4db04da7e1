package index

import (
	"cmp"
	"fmt"
	"math"
	"math/rand"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

// An oracle answers requests the slow and plain way: it looks at every
// document and knows no index.
type oracle struct {
	schema Schema
	docs   map[uint64]Doc
	said   map[string]map[string][]Text // dimension, value → texts
	asked  map[uint64]float32
}

type oracleHit struct {
	id    uint64
	score int
	prior uint8
	dist  float64
	busy  float32
	title string
	cell  uint64
}

// vocabulary returns every word that can be found, and whether it is used
// otherwise than as a proper name.
func (o *oracle) vocabulary() map[string]bool {
	v := map[string]bool{}
	add := func(t Text) {
		for _, w := range fold.Words(t.S) {
			if !slices.Contains(o.schema.Stop, w) {
				v[w] = v[w] || !t.Proper
			}
		}
	}
	for _, d := range o.docs {
		if !d.Shy {
			for _, t := range d.Texts {
				add(t)
			}
		}
		for i, dim := range o.schema.Dims {
			if i < len(d.Values) && !(d.Shy && dim.Private) {
				for _, value := range d.Values[i] {
					for _, t := range o.said[dim.Name][value] {
						add(t)
					}
				}
			}
		}
	}
	return v
}

// distance is the optimal string alignment distance, by the textbook.
func distance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			c := 1
			if a[i-1] == b[j-1] {
				c = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+c)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// A meaning says which words stand for one that was asked, and how well.
type meaning func(word string, proper bool) int

func (o *oracle) meanings(r Request) []meaning {
	words := fold.Words(r.Text)
	vocabulary := o.vocabulary()
	var out []meaning
	for i, w := range words {
		if slices.Contains(o.schema.Stop, w) {
			continue
		}
		prefix := i == len(words)-1 && !strings.HasSuffix(r.Text, " ") && len(w) >= 3
		quality := func(x string, proper bool) int {
			switch {
			case x == w:
				return 4
			case !r.Exact && len(w) >= 4 && !proper && vocabulary[x] &&
				(x == w+"s" || x == w+"x" || (strings.HasSuffix(w, "s") || strings.HasSuffix(w, "x")) && x == w[:len(w)-1]):
				return 3
			case prefix && strings.HasPrefix(x, w):
				return 2
			}
			return 0
		}
		known, one := false, false
		for x, common := range vocabulary {
			known = known || quality(x, !common) > 0
			one = one || len(x) >= 4 && distance(x, w) <= 1
		}
		edits := 0
		if !r.Exact && (!known || r.Fuzzy) && len(w) >= 5 {
			edits = 1
			if !one && !known && len(w) >= 9 {
				edits = 2
			}
		}
		out = append(out, func(x string, proper bool) int {
			if q := quality(x, proper); q > 0 {
				return q
			}
			least := 4
			if edits == 2 {
				least = 7
			}
			if edits > 0 && len(x) >= least && distance(x, w) <= edits {
				return 1
			}
			return 0
		})
	}
	return out
}

// score returns how well d matches, and false when it does not.
func (o *oracle) score(d Doc, meanings []meaning) (int, bool) {
	type own struct {
		weight int
		proper bool
	}
	words := map[string]own{}
	size := 0
	for _, t := range d.Texts {
		for _, w := range fold.Words(t.S) {
			if d.Shy || slices.Contains(o.schema.Stop, w) {
				continue
			}
			size++
			old, met := words[w]
			words[w] = own{max(old.weight, int(t.Weight)), t.Proper && (!met || old.proper)}
		}
	}
	values := map[string]map[string]own{} // value → word
	for i, dim := range o.schema.Dims {
		if i >= len(d.Values) || d.Shy && dim.Private {
			continue
		}
		for _, v := range d.Values[i] {
			said := map[string]own{}
			for _, t := range o.said[dim.Name][v] {
				for _, w := range fold.Words(t.S) {
					old, met := said[w]
					said[w] = own{max(old.weight, int(t.Weight)), t.Proper && (!met || old.proper)}
				}
			}
			values[dim.Name+"\x00"+v] = said
		}
	}
	total, ownText := 0, false
	for _, m := range meanings {
		best := 0
		for w, x := range words {
			if q := m(w, x.proper); q > 0 {
				best = max(best, q<<5|x.weight<<1|1)
			}
		}
		for _, said := range values {
			for w, x := range said {
				if q := m(w, x.proper); q > 0 {
					best = max(best, q<<5|x.weight<<1)
				}
			}
		}
		if best == 0 {
			return 0, false
		}
		ownText = ownText || best&1 == 1
		total += best
	}
	if len(meanings) == 0 {
		return 0, true
	}
	total <<= 4
	if ownText {
		total -= min(size, 15)
	}
	return total, true
}

func (o *oracle) dim(name string) (int, Dim) {
	i := slices.IndexFunc(o.schema.Dims, func(d Dim) bool { return d.Name == name })
	return i, o.schema.Dims[i]
}

func (o *oracle) has(d Doc, f Filter) bool {
	i, dim := o.dim(f.Dim)
	if i >= len(d.Values) || d.Shy && dim.Private {
		return false
	}
	return slices.ContainsFunc(d.Values[i], func(v string) bool { return v != "" && slices.Contains(f.Values, v) })
}

func (o *oracle) search(r Request) Answer {
	personal := r.Text != "" || r.Near != nil || r.Box != nil || r.Order == ByDistance
	for _, f := range r.Filters {
		_, dim := o.dim(f.Dim)
		personal = personal || dim.Private
	}
	meanings := o.meanings(r)
	facets := map[string]map[string]int{}
	for _, f := range r.Facets {
		facets[f] = map[string]int{}
	}
	var hits []oracleHit
	for _, d := range o.docs {
		if personal && d.Shy || (r.Near != nil || r.Box != nil) && (d.Point == nil || d.Shy) {
			continue
		}
		h := oracleHit{id: d.ID, prior: d.Prior, dist: -1, busy: o.asked[d.ID], cell: math.MaxUint64}
		if !d.Shy {
			h.cell--
			if d.Point != nil { // from south to north, in cells of 5 km and sixteen parts of each
				h.cell = uint64(cellOf(*d.Point))<<8 | uint64(partOf(*d.Point))
			}
		}
		if !d.Shy {
			h.title = fold.Key(d.Title)
		}
		if r.Near != nil {
			h.dist = geo.Distance(*r.Near, *d.Point)
			if r.Radius > 0 && h.dist > r.Radius {
				continue
			}
		}
		if r.Box != nil && !r.Box.Contains(*d.Point) {
			continue
		}
		if r.Group != 0 && d.Group != r.Group || r.IDs != nil && !slices.Contains(r.IDs, d.ID) {
			continue
		}
		score, ok := o.score(d, meanings)
		if !ok {
			continue
		}
		h.score = score
		var failed []string
		for _, f := range r.Filters {
			if !o.has(d, f) {
				failed = append(failed, f.Dim)
			}
		}
		for _, name := range r.Facets {
			if len(failed) == 0 || len(failed) == 1 && failed[0] == name {
				i, dim := o.dim(name)
				if i < len(d.Values) && !(d.Shy && dim.Private) {
					for _, v := range slices.Compact(slices.Sorted(slices.Values(d.Values[i]))) {
						if v != "" {
							facets[name][v]++
						}
					}
				}
			}
		}
		if len(failed) == 0 {
			hits = append(hits, h)
		}
	}
	slices.SortFunc(hits, func(a, b oracleHit) int {
		switch r.Order {
		case ByDistance:
			if math.Abs(a.dist-b.dist) > 1e-6 {
				return cmp.Compare(a.dist, b.dist)
			}
		case ByTitle:
			if (a.title == "") != (b.title == "") {
				return cmp.Compare(len(b.title), len(a.title))
			}
			return cmp.Or(strings.Compare(a.title, b.title), cmp.Compare(a.id, b.id))
		}
		near := 0
		if r.Near != nil { // among those that match as well, the nearest
			tier := 512 * max(1, len(meanings))
			near = cmp.Compare(b.score/tier, a.score/tier)
			if near == 0 && math.Abs(a.dist-b.dist) > 1e-6 {
				near = cmp.Compare(a.dist, b.dist)
			}
		}
		if r.Order == ByDistance {
			near = 0
		}
		return cmp.Or(near, cmp.Compare(b.score, a.score), cmp.Compare(b.prior, a.prior), cmp.Compare(a.busy, b.busy), cmp.Compare(a.cell, b.cell), cmp.Compare(a.id, b.id))
	})
	a := Answer{Total: len(hits)}
	for _, h := range hits[min(r.Offset, len(hits)):min(r.Offset+r.Limit, len(hits))] {
		a.Hits = append(a.Hits, Hit{ID: h.id, Distance: h.dist})
	}
	for name, counts := range facets {
		if a.Facets == nil {
			a.Facets = map[string][]Count{}
		}
		list := []Count{}
		for v, n := range counts {
			list = append(list, Count{v, n})
		}
		slices.SortFunc(list, func(x, y Count) int { return cmp.Or(cmp.Compare(y.N, x.N), cmp.Compare(x.Value, y.Value)) })
		a.Facets[name] = list
	}
	return a
}

// A town makes random documents and requests that often meet.
type town struct {
	r      *rand.Rand
	schema Schema
	said   map[string]map[string][]Text
	center geo.Point
}

var townWords = strings.Fields("boulangerie boulanger boulange menuiserie menuisier vente verte atelier ateliers atelierbois maison maisons martin martins marin dupont dupond duponts bois oeuvre recyclerie recycleries ressourcerie pain pains eau eaux isbergues isbergue lys la de les toit toits")

func newTown(seed int64) *town {
	t := &town{r: rand.New(rand.NewSource(seed)), center: isbergues}
	t.schema = Schema{Dims: []Dim{{Name: "world"}, {Name: "trade", Near: true}, {Name: "label"}, {Name: "commune", Private: true}}, Stop: []string{"de", "la"}}
	t.said = map[string]map[string][]Text{"trade": {}, "commune": {}}
	for i := range 6 {
		t.said["trade"][fmt.Sprint("t", i)] = []Text{{S: t.words(2), Weight: 6}}
		t.said["commune"][fmt.Sprint("c", i)] = []Text{{S: t.words(1), Weight: 3, Proper: true}}
	}
	return t
}

func (t *town) words(n int) string {
	var out []string
	for range n {
		out = append(out, townWords[t.r.Intn(len(townWords))])
	}
	return strings.Join(out, " ")
}

func (t *town) doc(id uint64) Doc {
	d := Doc{ID: id, Group: id / 3, Title: t.words(1 + t.r.Intn(2)), Prior: uint8(t.r.Intn(3)), Stored: fmt.Append(nil, id)}
	for range 1 + t.r.Intn(2) {
		d.Texts = append(d.Texts, Text{S: t.words(1 + t.r.Intn(3)), Weight: uint8(1 + t.r.Intn(9)), Proper: t.r.Intn(2) == 0})
	}
	world := [][]string{{"craft"}, {"ess"}, {"craft", "ess", "both"}, nil}[t.r.Intn(4)]
	var labels []string
	for i := range 3 {
		if t.r.Intn(3) == 0 {
			labels = append(labels, fmt.Sprint("l", i))
		}
	}
	d.Values = [][]string{world, {fmt.Sprint("t", t.r.Intn(6))}, labels, {fmt.Sprint("c", t.r.Intn(6))}}
	switch t.r.Intn(10) {
	case 0:
		d.Shy = true
	case 1:
	case 2: // a place shared by many
		d.Point = &geo.Point{Lat: 50.7, Lon: 2.5}
	default:
		d.Point = &geo.Point{Lat: t.center.Lat + t.r.NormFloat64()*.2, Lon: t.center.Lon + t.r.NormFloat64()*.3}
	}
	return d
}

func (t *town) request() Request {
	r := Request{Limit: 1 + t.r.Intn(12), Offset: t.r.Intn(4) * t.r.Intn(8)}
	if t.r.Intn(2) == 0 {
		w := []byte(t.words(1))
		switch t.r.Intn(6) {
		case 0:
			w = w[:1+t.r.Intn(len(w))]
		case 1:
			w[t.r.Intn(len(w))] = 'a' + byte(t.r.Intn(26))
		case 2:
			i := t.r.Intn(len(w))
			w = slices.Delete(w, i, i+1)
		case 3:
			w = slices.Insert(w, t.r.Intn(len(w)), 'e', 'z')
		}
		r.Text = string(w)
		if t.r.Intn(3) == 0 {
			r.Text = t.words(1) + " " + r.Text
		}
		if t.r.Intn(2) == 0 {
			r.Text += " "
		}
		r.Exact, r.Fuzzy = t.r.Intn(8) == 0, t.r.Intn(6) == 0
	}
	for i, values := range [][]string{{"craft", "ess", "both"}, {"t0", "t1", "t2", "t9"}, {"l0", "l1", "l2"}, {"c0", "c1", "c2"}} {
		if t.r.Intn(4) == 0 {
			n := 1 + t.r.Intn(2)
			t.r.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
			r.Filters = append(r.Filters, Filter{t.schema.Dims[i].Name, values[:n]})
		}
		if t.r.Intn(2) == 0 {
			r.Facets = append(r.Facets, t.schema.Dims[i].Name)
		}
	}
	if t.r.Intn(2) == 0 {
		r.Near = &geo.Point{Lat: t.center.Lat + t.r.NormFloat64()*.1, Lon: t.center.Lon + t.r.NormFloat64()*.1}
		if t.r.Intn(3) > 0 {
			r.Radius = 1000 + t.r.Float64()*30000
		}
	}
	if t.r.Intn(6) == 0 {
		r.Box = &geo.Box{South: t.center.Lat - t.r.Float64()*.3, North: t.center.Lat + t.r.Float64()*.3, West: t.center.Lon - t.r.Float64()*.3, East: t.center.Lon + t.r.Float64()*.3}
	}
	switch t.r.Intn(4) {
	case 0:
		r.Order = ByTitle
	case 1:
		if r.Near != nil {
			r.Order = ByDistance
		}
	}
	switch t.r.Intn(15) {
	case 0:
		r.Group = uint64(t.r.Intn(40))
	case 1:
		for range t.r.Intn(5) {
			r.IDs = append(r.IDs, uint64(1+t.r.Intn(150)))
		}
	}
	return r
}

func cases(t *testing.T) int {
	if os.Getenv("PASSERELLE_TORTURE") != "" {
		return 10000
	}
	return 600
}

// same compares the two answers: total, facets, and hits in their order. Two
// distances within a micrometre are equal.
func same(t *testing.T, what string, r Request, want, got Answer) {
	t.Helper()
	if want.Total != got.Total {
		t.Fatalf("%s: total = %d, want %d\nrequest %+v", what, got.Total, want.Total, r)
	}
	if d := gocmp.Diff(want.Facets, got.Facets); d != "" {
		t.Fatalf("%s: facets (-want +got):\n%s\nrequest %+v", what, d, r)
	}
	if d := gocmp.Diff(ids(want), ids(got)); d != "" {
		t.Fatalf("%s: hits (-want +got):\n%s\nrequest %+v", what, d, r)
	}
	for i := range want.Hits {
		if math.Abs(want.Hits[i].Distance-got.Hits[i].Distance) > 1e-3 {
			t.Fatalf("%s: distance of %d = %v, want %v", what, got.Hits[i].ID, got.Hits[i].Distance, want.Hits[i].Distance)
		}
	}
}

func (t *town) build(tb testing.TB, docs map[uint64]Doc) *Index {
	tb.Helper()
	b := NewBuilder(t.schema, BuilderOptions{})
	for _, dim := range []string{"trade", "commune"} {
		for v, texts := range t.said[dim] {
			b.Say(dim, v, texts...)
		}
	}
	for _, d := range docs {
		if err := b.Add(d); err != nil {
			tb.Fatal(err)
		}
	}
	x, err := b.Index()
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

// The index answers as the oracle does: totals, facets, order.
func TestSearchAgainstOracle(t *testing.T) {
	n := cases(t)
	for seed := range int64(max(10, n/200)) {
		town := newTown(seed)
		o := oracle{schema: town.schema, said: town.said, docs: map[uint64]Doc{}, asked: map[uint64]float32{}}
		for id := range uint64(town.r.Intn(150)) {
			o.docs[id+1] = town.doc(id + 1)
		}
		x := town.build(t, o.docs)
		for range n / max(10, n/200) {
			r := town.request()
			got, err := x.Search(r)
			if err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			same(t, fmt.Sprintf("seed %d", seed), r, o.search(r), got)
		}
	}
}

// Under an overlay of documents put, hidden and reset, with solicitations,
// and after a swap of the base, it still does.
func TestLiveAgainstOracle(t *testing.T) {
	n := cases(t)
	for seed := range int64(max(10, n/200)) {
		town := newTown(1000 + seed)
		base := map[uint64]Doc{}
		for id := range uint64(100) {
			base[id+1] = town.doc(id + 1)
		}
		live := NewLive(town.build(t, base))
		over := map[uint64]*Doc{}
		asked := map[uint64]float32{}
		for step := range n / max(10, n/200) {
			id := uint64(1 + town.r.Intn(120))
			var err error
			switch town.r.Intn(8) {
			case 0, 1, 2:
				d := town.doc(id)
				over[id] = &d
				err = live.Put(d)
			case 3:
				over[id] = nil
				err = live.Hide(id)
			case 4:
				delete(over, id)
				delete(asked, id)
				err = live.Reset(id)
			case 5:
				asked[id] = float32(town.r.Intn(3))
				err = live.Busy(map[uint64]float32{id: asked[id]})
			case 6:
				if step%5 == 0 {
					base = map[uint64]Doc{}
					for id := range uint64(80) {
						base[id+20] = town.doc(id + 20)
					}
					err = live.Swap(town.build(t, base))
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			o := oracle{schema: town.schema, said: town.said, docs: map[uint64]Doc{}, asked: asked}
			for id, d := range base {
				o.docs[id] = d
			}
			for id, d := range over {
				delete(o.docs, id)
				if d != nil {
					o.docs[id] = *d
				}
			}
			r := town.request()
			got, err := live.Search(r)
			if err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			same(t, fmt.Sprintf("seed %d step %d", seed, step), r, o.search(r), got)
		}
	}
}
