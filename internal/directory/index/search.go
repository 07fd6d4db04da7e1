package index

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// A segment is an index seen by a search: some of its documents may be
// replaced or hidden by a later one.
type segment struct {
	*Index
	skip    bits
	skipped int
	busy    []atomic.Uint32 // float32 bits by document; nil: nobody is solicited
}

// bits is a set of documents; nil is the empty one.
type bits []uint64

func (b bits) has(d uint32) bool { return b != nil && b[d>>6]&(1<<(d&63)) != 0 }

func (s *segment) solicited(d uint32) float32 {
	if s.busy == nil {
		return 0
	}
	return math.Float32frombits(s.busy[d].Load())
}

// Search answers r.
func (x *Index) Search(r Request) (Answer, error) {
	return search([]segment{{Index: x}}, &x.counts, &r)
}

// search answers r over segments, as if they were one index.
func search(segs []segment, counts *countCache, r *Request) (Answer, error) {
	if r.Offset < 0 || r.Limit < 0 || r.Offset > MaxOffset {
		return Answer{}, fmt.Errorf("offset %d, limit %d: an offset goes from 0 to %d", r.Offset, r.Limit, MaxOffset)
	}
	if r.Order == ByDistance && r.Near == nil {
		return Answer{}, errors.New("an order by distance needs a point")
	}
	words, corrected := lookUp(segs, r)
	a := Answer{Corrected: corrected}
	k := r.Offset + r.Limit
	best := &top{k: k, order: r.Order, near: r.Near != nil, heap: make([]candidate, 0, min(k, 128))}
	if len(words) > 0 {
		best.words = int32(len(words[0]))
	}
	facets := make([]map[string]int, len(r.Facets))
	for i := range facets {
		facets[i] = map[string]int{}
	}
	for i := range segs {
		s := &segs[i]
		if s.Docs == 0 {
			continue
		}
		p, err := s.plan(r, words[i])
		if err != nil {
			return Answer{}, err
		}
		best.seg = s
		total, tally := s.run(p, best, counts, r)
		a.Total += total
		for k, dim := range p.facets {
			s.spread(dim, tally[k], facets[k])
		}
	}
	for k, name := range r.Facets {
		if a.Facets == nil {
			a.Facets = map[string][]Count{}
		}
		list := make([]Count, 0, len(facets[k]))
		for v, n := range facets[k] {
			if n > 0 {
				list = append(list, Count{v, n})
			}
		}
		slices.SortFunc(list, func(x, y Count) int { return cmp.Or(cmp.Compare(y.N, x.N), cmp.Compare(x.Value, y.Value)) })
		a.Facets[name] = list
	}
	a.Hits = hits(best.page(r.Offset), r.Near != nil)
	return a, nil
}

// hits tells what was found; what is stored is copied, all into one piece.
func hits(page []candidate, near bool) []Hit {
	if len(page) == 0 {
		return nil
	}
	out := make([]Hit, len(page))
	size := 0
	for i := range page {
		size += len(page[i].stored())
	}
	all := make([]byte, 0, size)
	for i := range page {
		c := &page[i]
		from := len(all)
		all = append(all, c.stored()...)
		out[i] = Hit{ID: c.id(), Score: float32(c.score), Distance: -1, Stored: all[from:len(all):len(all)]}
		if near {
			out[i].Distance = metres(c.far)
		}
	}
	return out
}

// stored is a view of the bytes of a candidate.
func (c *candidate) stored() []byte {
	return c.seg.stored[c.seg.storedOff[c.doc]:c.seg.storedOff[c.doc+1]]
}

// lookUp plans the words of r in every segment. A word is taken for a typing
// error only when no segment knows it, and for one with two errors only when
// no segment knows a word one error away.
func lookUp(segs []segment, r *Request) (plans [][]wordPlan, corrected map[string]string) {
	plans = make([][]wordPlan, len(segs))
	if len(segs) == 0 {
		return plans, nil
	}
	for _, a := range read(r.Text, segs[0].stop) {
		unknown := true
		for i := range segs {
			p := segs[i].known(a, r.Exact)
			unknown = unknown && !segs[i].meets(&p)
			plans[i] = append(plans[i], p)
		}
		if r.Exact || !unknown && !r.Fuzzy || len(a.word) < typoLetters {
			continue
		}
		guesses := make([][]uint32, len(segs))
		none := true
		for i := range segs {
			guesses[i] = segs[i].guess(a.word)
			none = none && len(guesses[i]) == 0
		}
		if none && unknown && len(a.word) >= typoTwice {
			for i := range segs {
				guesses[i] = segs[i].guessTwice(a.word)
			}
		}
		for i := range segs {
			p := &plans[i][len(plans[i])-1]
			p.guessed(guesses[i])
			if unknown && len(p.tokens) > 0 {
				if corrected == nil {
					corrected = map[string]string{}
				}
				if _, ok := corrected[a.word]; !ok {
					corrected[a.word] = segs[i].commonest(p.tokens)
				}
			}
		}
	}
	return plans, corrected
}

// meets reports whether a document that can be found holds a word of p.
func (s *segment) meets(p *wordPlan) bool {
	for _, t := range p.tokens {
		if s.alive(t.word, t.ordinary) {
			return true
		}
	}
	for w := p.from; w < p.to; w++ {
		if s.alive(w, false) {
			return true
		}
	}
	return false
}

// alive reports whether a document that can be found holds a word, or has a
// value it is said of; as ordinary text only, where that is asked.
func (s *segment) alive(word uint32, ordinary bool) bool {
	for i := s.postOff[word]; i < s.postOff[word+1]; i++ {
		if !s.skip.has(s.post[i]) && !(ordinary && s.postS[i]&properStatic != 0) {
			return true
		}
	}
	for i := s.saidOff[word]; i < s.saidOff[word+1]; i++ {
		if ordinary && uint8(s.said[3*i+2])&properBit != 0 {
			continue
		}
		for _, d := range s.dims[s.said[3*i]].docs(int(s.said[3*i+1])) {
			if !s.skip.has(d) {
				return true
			}
		}
	}
	return false
}

// commonest returns the word that most documents hold, or that is said of
// most values.
func (x *Index) commonest(tokens []token) string {
	best, most := "", -1
	for _, t := range tokens {
		n := int(x.postOff[t.word+1] - x.postOff[t.word])
		for i := x.saidOff[t.word]; i < x.saidOff[t.word+1]; i++ {
			n += len(x.dims[x.said[3*i]].docs(int(x.said[3*i+1])))
		}
		if n > most {
			best, most = x.words.text(int(t.word)), n
		}
	}
	return best
}

// spread adds the counts of combos to those of values.
func (x *Index) spread(dim int, tally []int32, into map[string]int) {
	d := &x.dims[dim]
	for c, n := range tally {
		if n != 0 {
			for _, v := range d.sets[c] {
				into[d.values.text(int(v))] += int(n)
			}
		}
	}
}

// A pool lends scratch memory of the size of an index.
type pool struct {
	docs int
	p    sync.Pool
}

// scratch is what one search needs for itself: the worth of the driving word
// in each document (all zero between searches), and a list of documents.
type scratch struct {
	worth []uint8
	seen  bits // documents, none between searches
	list  []uint32
}

func (p *pool) take() *scratch {
	if s, ok := p.p.Get().(*scratch); ok {
		return s
	}
	return &scratch{worth: make([]uint8, p.docs), seen: make(bits, p.docs/64+1)}
}

func (p *pool) give(s *scratch) { p.p.Put(s) }

// run answers a plan over one segment. It starts from whatever names the
// fewest documents: a word, a filter (within reach), the cells in reach, a
// list; and checks the rest document by document.
func (s *segment) run(p *plan, best *top, counts *countCache, r *Request) (int, [][]int32) {
	if best.k == 0 {
		best = nil
	}
	if len(p.words) == 0 && !p.bounded && !p.listed {
		return s.browse(p, best, counts, r)
	}
	w := s.walk(p, best)
	word, filter, least := -1, -1, int(p.limit)
	if p.listed {
		least = len(p.ids)
	}
	byCells := false
	if p.bounded {
		if cells := within(p.runs); cells <= least {
			byCells, least = true, cells
		}
	}
	for i := range p.words {
		if n := p.share(p.words[i].reach); n < least {
			word, least, byCells = i, n, false
		}
	}
	var pieces []piece
	for i := range p.filters {
		f := &p.filters[i]
		switch n := p.share(f.reach); {
		case !p.bounded && n < least:
			filter, word, least = i, -1, n
		case p.bounded && n/fewRuns < least:
			if near, n := s.nearby(f, p.runs); n < least {
				filter, word, least, byCells, pieces = i, -1, n, false, near
			}
		}
	}
	if p.listed && least >= len(p.ids) {
		word, filter, byCells = -1, -1, false
	}
	w.drive(word, filter, least)
	defer w.rest()
	switch {
	case word >= 0 && s.simple(p):
		return s.lone(w, p, counts)
	case word >= 0:
		w.seeWord(word)
	case filter >= 0:
		f := &p.filters[filter]
		switch {
		case !p.bounded:
			w.seeLists(s.lists(f), s.dims[f.dim].single)
		case s.dims[f.dim].single:
			w.seePieces(pieces)
		default:
			lists := make([][]uint32, len(pieces))
			for i := range pieces {
				lists[i] = pieces[i].docs
			}
			w.seeLists(lists, false)
		}
		// The facet of the driving filter is counted without it.
		if k := slices.Index(p.facets, p.filters[filter].dim); k >= 0 {
			q := *p
			q.filters = slices.Delete(slices.Clone(p.filters), filter, filter+1)
			q.facets = p.facets[k : k+1]
			_, tally := s.run(&q, &top{}, counts, r)
			w.tally[k] = tally[0]
		}
	case byCells:
		w.seeRuns()
	case p.listed:
		w.see(p.ids, nil)
	default:
		w.seeAll()
	}
	return w.total, w.tally
}

// lists returns the documents of each value of a filter.
func (s *segment) lists(f *filterPlan) [][]uint32 {
	var out [][]uint32
	for _, v := range f.values {
		out = append(out, s.dims[f.dim].docs(v))
	}
	return out
}

// fewRuns is how many times fewer documents a circle holds, at most, than the
// rows of cells it lies in: further away a filter is not tried.
const fewRuns = 16

// within returns the number of documents of runs.
func within(runs []run) int {
	n := 0
	for i := range runs {
		n += int(runs[i].to - runs[i].from)
	}
	return n
}

// A piece is a part of a list that lies in a run.
type piece struct {
	docs    []uint32
	in      *run
	xyz     []float64 // where they are; nil: not kept beside the list
	implied []uint16  // by dimension, the combo all of them have, or varies
}

// nearby returns the pieces of a filter's documents that lie in runs.
func (s *segment) nearby(f *filterPlan, runs []run) (pieces []piece, n int) {
	if len(runs) == 0 {
		return nil, 0
	}
	dim := &s.dims[f.dim]
	for _, v := range f.values {
		list, xyz := dim.docs(v), dim.vectors(v)
		at, _ := slices.BinarySearch(list, runs[0].from)
		for i := 0; at < len(list); {
			for i < len(runs) && runs[i].to <= list[at] {
				i++
			}
			if i == len(runs) {
				break
			}
			at += skipTo(list[at:], runs[i].from)
			if j := at + skipTo(list[at:], runs[i].to); j > at {
				l := piece{docs: list[at:j], in: &runs[i]}
				if xyz != nil {
					l.xyz, l.implied = xyz[3*at:3*j], dim.implied[v*len(s.dims):(v+1)*len(s.dims)]
				}
				pieces = append(pieces, l)
				n += j - at
				at = j
			}
		}
	}
	return pieces, n
}
