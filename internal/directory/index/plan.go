package index

import (
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

// How well a word matches, best last; see docs/search.md.
const (
	mistyped = iota + 1
	begun    // the word asked for is a prefix of the one found
	plural
	exact
)

// worth is what one word adds to the score of a document: how well it
// matches, then how much the text it was found in counts, then whether that
// text is the document's own.
func worth(quality, weight, own uint8) uint8 { return quality<<5 | weight&15<<1 | own }

// A wordPlan is how one word of the text is looked for in one index.
type wordPlan struct {
	tokens []token // ascending
	from   uint32  // words of the dictionary that begin with it
	to     uint32
	said   []saidPlan
	tables []table // by dimension concerned: what a combo is worth
	own    int     // entries of its postings
	reach  int     // an upper bound of the documents found, by words and by values
}

type token struct {
	word     uint32
	quality  uint8
	ordinary bool // not in proper names, which have no plural
}

// A saidPlan is a value the word is said of.
type saidPlan struct {
	table, dim, value int
	worth             uint8
}

// A table is what the values of a dimension are worth to a word.
type table struct {
	dim    int
	col    []uint16
	worth  []uint8 // by combo
	values []uint8 // by value
}

// An asked is the text of a request, read once for all indexes.
type asked struct {
	word   string
	prefix bool
}

// read splits the text of a request into words.
func read(text string, stop map[string]bool) []asked {
	var out []asked
	finished := strings.HasSuffix(text, " ")
	words := fold.Words(text)
	for i, w := range words {
		last := i == len(words)-1
		if stop[w] {
			continue
		}
		out = append(out, asked{w, last && !finished && len(w) >= prefixLetters})
	}
	return out
}

// known finds a word as it is written, its plural, and what it begins.
func (x *Index) known(a asked, strict bool) wordPlan {
	var p wordPlan
	add := func(w string, quality uint8, ordinary bool) {
		if i := x.words.exact(w); i >= 0 && (!ordinary || x.common[i] != 0) {
			p.tokens = append(p.tokens, token{uint32(i), quality, ordinary})
		}
	}
	add(a.word, exact, false)
	if n := len(a.word); !strict && n >= 4 {
		add(a.word+"s", plural, true)
		add(a.word+"x", plural, true)
		if c := a.word[n-1]; c == 's' || c == 'x' {
			add(a.word[:n-1], plural, true)
		}
	}
	slices.SortFunc(p.tokens, func(a, b token) int { return int(a.word) - int(b.word) })
	if a.prefix {
		from, to := x.words.prefix(a.word)
		p.from, p.to = uint32(from), uint32(to)
	}
	return p
}

// guess returns the words of documents that can be found one letter away.
func (s *segment) guess(word string) []uint32 {
	var found []uint32
	losses(word, func(h uint32) {
		i, _ := slices.BinarySearch(s.typoHash, h)
		for ; i < len(s.typoHash) && s.typoHash[i] == h; i++ {
			w := s.typoWord[i]
			if !slices.Contains(found, w) && apart(word, s.words.text(int(w)), 1) && s.alive(w, false) {
				found = append(found, w)
			}
		}
	})
	return found
}

// guessTwice returns those two letters away, by trying every long word of the
// dictionary: it is asked only when nothing nearer is known.
func (s *segment) guessTwice(word string) []uint32 {
	var found []uint32
	for i := range s.words.len() {
		w := s.words.at(i)
		if len(w) >= typoTwice-2 && len(w)-len(word) <= 2 && len(word)-len(w) <= 2 && apart(word, string(w), 2) && s.alive(uint32(i), false) {
			found = append(found, uint32(i))
		}
	}
	return found
}

// guessed adds words that may have been meant.
func (p *wordPlan) guessed(words []uint32) {
	for _, w := range words {
		if !slices.ContainsFunc(p.tokens, func(t token) bool { return t.word == w && !t.ordinary }) {
			p.tokens = append(p.tokens, token{word: w, quality: mistyped})
		}
	}
	slices.SortFunc(p.tokens, func(a, b token) int { return int(a.word) - int(b.word) })
}

// finish works out what values say for the word and how far it reaches.
func (x *Index) finish(p *wordPlan) {
	note := func(word uint32, quality uint8, ordinary bool) {
		for i := x.saidOff[word]; i < x.saidOff[word+1]; i++ {
			dim, value, weight := int(x.said[3*i]), int(x.said[3*i+1]), uint8(x.said[3*i+2])
			if !ordinary || weight&properBit == 0 {
				p.say(x, dim, value, worth(quality, weight, 0))
			}
		}
		p.own += int(x.postOff[word+1] - x.postOff[word])
	}
	for _, t := range p.tokens {
		note(t.word, t.quality, t.ordinary)
	}
	for w := p.from; w < p.to; w++ {
		note(w, begun, false)
	}
	p.reach += p.own
	for i := range p.said {
		said := &p.said[i]
		said.worth = p.tables[said.table].values[said.value]
	}
}

// say notes that a value is worth something to the word.
func (p *wordPlan) say(x *Index, dim, value int, worth uint8) {
	d := &x.dims[dim]
	k := slices.IndexFunc(p.tables, func(t table) bool { return t.dim == dim })
	if k < 0 {
		k = len(p.tables)
		p.tables = append(p.tables, table{dim: dim, col: d.col, worth: make([]uint8, len(d.sets)), values: make([]uint8, d.values.len())})
	}
	t := &p.tables[k]
	if t.values[value] == 0 {
		p.said = append(p.said, saidPlan{table: k, dim: dim, value: value})
		p.reach += len(d.docs(value))
	}
	if worth > t.values[value] {
		t.values[value] = worth
		for _, c := range d.combos(value) {
			t.worth[c] = max(t.worth[c], worth)
		}
	}
}

// weigh returns what the word is worth among the words of document d, 0 when it
// is not there.
func (x *Index) weigh(p *wordPlan, d uint32) uint8 {
	var best uint8
	for i := x.fwdOff[d]; i < x.fwdOff[d+1]; i++ {
		w := x.fwd[i]
		if w >= p.from && w < p.to {
			best = max(best, worth(begun, x.fwdW[i], 1))
		}
		for _, t := range p.tokens {
			if t.word == w && (!t.ordinary || x.fwdW[i]&properBit == 0) {
				best = max(best, worth(t.quality, x.fwdW[i], 1))
			}
		}
	}
	return best
}

// A filterPlan is a filter in one index: which combos pass, and the values
// whose documents do.
type filterPlan struct {
	dim    int
	pass   []bool
	values []int
	reach  int
}

func (x *Index) filter(f Filter) (filterPlan, error) {
	dim := slices.Index(x.Dims, f.Dim)
	if dim < 0 {
		return filterPlan{}, fmt.Errorf("no dimension %q", f.Dim)
	}
	d := &x.dims[dim]
	p := filterPlan{dim: dim, pass: make([]bool, len(d.sets)), values: make([]int, 0, len(f.Values))}
	for _, v := range f.Values {
		if i := d.values.exact(v); i >= 0 && !slices.Contains(p.values, i) {
			p.values = append(p.values, i)
			p.reach += len(d.docs(i))
			for _, c := range d.combos(i) {
				p.pass[c] = true
			}
		}
	}
	return p, nil
}

// A plan is a request made ready for one index.
type plan struct {
	words   []wordPlan
	filters []filterPlan
	facets  []int // dimensions
	limit   uint32
	ids     []uint32 // keep only these, when listed
	listed  bool
	near    bool
	center  [3]float64
	reach   float64 // squared chord of the radius, 4 without one
	box     *geo.Box
	runs    []run // documents of the cells in reach, ascending, when there is a radius or a box
	bounded bool
	order   Order
}

// personal reports whether a request could place or name a person.
func (x *Index) personal(r *Request) bool {
	if r.Text != "" || r.Near != nil || r.Box != nil || r.Order == ByDistance {
		return true
	}
	for _, f := range r.Filters {
		if i := slices.Index(x.Dims, f.Dim); i >= 0 && x.dims[i].private {
			return true
		}
	}
	return false
}

// plan makes r ready for x; words are planned by the caller, who knows
// whether another index has them.
func (x *Index) plan(r *Request, words []wordPlan) (*plan, error) {
	p := &plan{words: words, limit: uint32(x.Docs), order: r.Order, reach: 4}
	if x.personal(r) {
		p.limit = uint32(x.Open)
	}
	if r.Near != nil || r.Box != nil {
		p.limit = uint32(x.Placed)
	}
	for i := range p.words {
		x.finish(&p.words[i])
	}
	for _, f := range r.Filters {
		fp, err := x.filter(f)
		if err != nil {
			return nil, err
		}
		p.filters = append(p.filters, fp)
	}
	for _, name := range r.Facets {
		i := slices.Index(x.Dims, name)
		if i < 0 {
			return nil, fmt.Errorf("no dimension %q to count", name)
		}
		p.facets = append(p.facets, i)
	}
	if r.IDs != nil || r.Group != 0 {
		p.listed = true
		p.ids = x.pick(r)
	}
	if r.Near != nil {
		p.near = true
		p.center[0], p.center[1], p.center[2] = vector(*r.Near)
		if r.Radius > 0 {
			p.reach, p.bounded = chord2(r.Radius), true
			p.runs = x.disc(*r.Near, r.Radius)
		}
	}
	if r.Box != nil {
		if !p.bounded {
			p.runs = x.runs(*r.Box)
		}
		for i := range p.runs {
			p.runs[i].inside = false // of the box
		}
		p.box, p.bounded = r.Box, true
	}
	return p, nil
}

// span returns the range that holds all documents in reach.
func (p *plan) span() (from, to uint32) {
	switch {
	case !p.bounded:
		return 0, p.limit
	case len(p.runs) == 0:
		return 0, 0
	}
	return p.runs[0].from, p.runs[len(p.runs)-1].to
}

// share returns about how many of n documents lie in the span.
func (p *plan) share(n int) int {
	from, to := p.span()
	return int(uint64(n) * uint64(to-from) / uint64(max(1, p.limit)))
}

// runOf returns the run in which d lies, nil outside of all.
func (p *plan) runOf(d uint32) *run {
	lo, hi := 0, len(p.runs)
	for lo < hi {
		if m := int(uint(lo+hi) >> 1); p.runs[m].to <= d {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo == len(p.runs) || d < p.runs[lo].from {
		return nil
	}
	return &p.runs[lo]
}

// pick returns the documents that IDs and Group name, ascending.
func (x *Index) pick(r *Request) []uint32 {
	var out []uint32
	if r.Group != 0 {
		out = slices.Clone(x.members(r.Group))
	}
	if r.IDs != nil {
		var byID []uint32
		for _, id := range r.IDs {
			if d := x.doc(id); d >= 0 {
				byID = append(byID, uint32(d))
			}
		}
		if r.Group != 0 {
			byID = slices.DeleteFunc(byID, func(d uint32) bool { return !slices.Contains(out, d) })
		}
		out = byID
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// far returns the squared chord from the centre to document d.
func (x *Index) far(p *plan, d uint32) float64 { return p.far(x.xyz[3*d : 3*d+3 : 3*d+3]) }

// far returns the squared chord from the centre to v.
func (p *plan) far(v []float64) float64 {
	_ = v[2]
	a, b, c := v[0]-p.center[0], v[1]-p.center[1], v[2]-p.center[2]
	return a*a + b*b + c*c
}

func (x *Index) at(d uint32) geo.Point { return geo.Point{Lat: x.latlon[2*d], Lon: x.latlon[2*d+1]} }

// inBox reports whether b, which may cross the date line, holds p.
func inBox(b *geo.Box, p geo.Point) bool {
	if p.Lat < b.South || p.Lat > b.North {
		return false
	}
	return p.Lon >= b.West && p.Lon <= b.East || p.Lon-360 >= b.West || p.Lon+360 <= b.East
}
