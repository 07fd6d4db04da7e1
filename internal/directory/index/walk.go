package index

import "slices"

// A walk goes through documents: it keeps those that match, counts them and
// ranks them.
type walk struct {
	seg     *segment
	plan    *plan
	best    *top // nil: only count
	total   int
	tally   [][]int32 // by facet, by combo
	word    int       // the word that drives, -1 without one
	skipped int       // the filter that drives, -1 without one
	filters []gate    // the others
	facets  []column
	vary    []column   // those to be counted document by document
	kept    []column   // memory for vary
	counted bool       // the counts are known: only rank
	noted   []*scratch // of each word: its worth in every document, where that was worked out beforehand
}

// weigh returns what a word is worth in document d, 0 when it is not there.
func (w *walk) weigh(i int, d uint32) uint8 {
	p := &w.plan.words[i]
	var best uint8
	for k := range p.tables {
		best = max(best, p.tables[k].worth[p.tables[k].col[d]])
	}
	if m := w.noted[i]; m != nil {
		return max(best, m.worth[d])
	}
	return max(best, w.seg.weigh(p, d))
}

type gate struct {
	col   []uint16
	pass  []bool
	facet int // counts when only this filter fails, -1 if none
}

type column struct {
	col   []uint16
	tally []int32
}

func (s *segment) walk(p *plan, best *top) *walk {
	w := &walk{seg: s, plan: p, best: best, word: -1, skipped: -1}
	for _, dim := range p.facets {
		d := &s.dims[dim]
		t := make([]int32, len(d.sets))
		w.tally = append(w.tally, t)
		w.facets = append(w.facets, column{d.col, t})
	}
	w.vary = w.facets
	return w
}

// readDoc is how many entries of a posting are read in the time in which the
// words of one document are looked through.
const readDoc = 16

// drive says which word and which filter the documents come from, and about
// how many they are. Where a word has few postings beside them, its worth is
// noted for all documents beforehand.
func (w *walk) drive(word, filter, docs int) {
	w.word, w.skipped = word, filter
	w.noted = make([]*scratch, len(w.plan.words))
	for i := range w.plan.words {
		if p := &w.plan.words[i]; i != word && w.plan.share(p.own) <= readDoc*docs {
			sc := w.seg.scratch.take()
			w.eachPosting(p, func(l posting, quality uint8, ordinary bool) {
				for k, d := range l.docs {
					if v := worth(quality, uint8(l.statics[k]), 1); v > sc.worth[d] && !(ordinary && l.statics[k]&properStatic != 0) {
						sc.worth[d] = v
					}
				}
			})
			w.noted[i] = sc
		}
	}
	w.filters = w.filters[:0]
	for i, f := range w.plan.filters {
		if i != filter {
			w.filters = append(w.filters, gate{w.seg.dims[f.dim].col, f.pass, slices.Index(w.plan.facets, f.dim)})
		}
	}
}

// rest gives back what drive took.
func (w *walk) rest() {
	for i, sc := range w.noted {
		if sc == nil {
			continue
		}
		w.eachPosting(&w.plan.words[i], func(l posting, _ uint8, _ bool) {
			for _, d := range l.docs {
				sc.worth[d] = 0
			}
		})
		w.seg.scratch.give(sc)
	}
	w.noted = nil
}

// eachPosting yields the postings of a word, as far as documents within reach
// are concerned.
func (w *walk) eachPosting(p *wordPlan, yield func(l posting, quality uint8, ordinary bool)) {
	x := w.seg.Index
	from, to := w.plan.span()
	for _, t := range p.tokens {
		if l := x.posting(t.word).between(from, to); len(l.docs) > 0 {
			yield(l, t.quality, t.ordinary)
		}
	}
	for word := p.from; word < p.to; word++ {
		if l := x.posting(word).between(from, to); len(l.docs) > 0 {
			yield(l, begun, false)
		}
	}
}

// begin forgets what was seen.
func (w *walk) begin() {
	w.total = 0
	for _, t := range w.tally {
		clear(t)
	}
	if w.best != nil {
		w.best.clear()
	}
}

// see considers documents, wherever they are. worths, when given, holds the
// worth of the driving word in each document of the index.
func (w *walk) see(docs []uint32, worths []uint8) {
	p := w.plan
	in := &anywhere
	for _, d := range docs {
		if d >= p.limit {
			continue
		}
		if p.bounded && (in == &anywhere || d < in.from || d >= in.to) {
			if in = p.runOf(d); in == nil {
				in = &anywhere
				continue
			}
		}
		w.one(d, in, unknown, worths)
	}
}

// seePiece considers documents of a run.
func (w *walk) seePiece(l piece) {
	if l.xyz == nil {
		for _, d := range l.docs {
			w.one(d, l.in, unknown, nil)
		}
		return
	}
	// What all of them have is counted once.
	before, all := w.total, w.vary
	w.vary = w.kept[:0]
	for k, dim := range w.plan.facets {
		if l.implied[dim] == varies {
			w.vary = append(w.vary, w.facets[k])
		}
	}
	measured := !l.in.inside || !w.distant(l.in.least)
	for i, d := range l.docs {
		far := float64(unknown)
		if measured {
			far = w.plan.far(l.xyz[3*i : 3*i+3])
		}
		w.one(d, l.in, far, nil)
	}
	w.kept, w.vary = w.vary, all
	for k, dim := range w.plan.facets {
		if c := l.implied[dim]; c != varies {
			w.tally[k][c] += int32(w.total - before)
		}
	}
}

// seeRange considers every document of a run.
func (w *walk) seeRange(in *run) {
	if w.plain() {
		w.seePlain(in)
		return
	}
	for d := in.from; d < in.to; d++ {
		w.one(d, in, unknown, nil)
	}
}

// plain reports whether the nearest are sought, and nothing else.
func (w *walk) plain() bool {
	return w.best != nil && w.plan.order == ByDistance && len(w.plan.words)+len(w.facets) == 0 && !w.plan.bounded && !w.plan.listed
}

// seePlain is one for every document of a run, when the plan is plain.
func (w *walk) seePlain(in *run) {
	s, p := w.seg, w.plan
documents:
	for d := in.from; d < in.to; d++ {
		for i := range w.filters {
			if f := &w.filters[i]; !f.pass[f.col[d]] {
				continue documents
			}
		}
		if s.skip.has(d) {
			continue
		}
		w.total++
		if far := s.far(p, d); !w.best.refuses(0, far) {
			w.best.offer(d, 0, far)
		}
	}
}

// distant reports whether nobody that is at least so far away can be among the
// best, because the nearest are sought and enough are nearer.
func (w *walk) distant(least float64) bool {
	return w.best == nil || w.plan.order == ByDistance && w.best.refuses(0, least-rounding)
}

// anywhere is the run of questions that have no reach.
var anywhere = run{inside: true}

// unknown is the squared chord of a document not measured yet.
const unknown = -1

// one considers a document of a run. far is its squared chord from the centre,
// when it is known.
func (w *walk) one(d uint32, in *run, far float64, worths []uint8) {
	s, p := w.seg, w.plan
	if s.skip.has(d) {
		return
	}
	missed := -1
	if len(w.filters) > 0 {
		fails := 0
		for i := range w.filters {
			if f := &w.filters[i]; !f.pass[f.col[d]] {
				fails++
				missed = f.facet
			}
		}
		if fails > 1 || fails == 1 && missed < 0 {
			return
		}
	}
	score, own := int32(0), uint8(0)
	for i := range p.words {
		var v uint8
		if i == w.word && worths != nil {
			v = worths[d]
		} else {
			v = w.weigh(i, d)
		}
		if v == 0 {
			return
		}
		score += int32(v)
		own |= v & 1
	}
	if !in.inside {
		if p.near {
			if far == unknown {
				far = s.far(p, d)
			}
			if far > p.reach {
				return
			}
		}
		if p.box != nil && !inBox(p.box, s.at(d)) {
			return
		}
	}
	if p.listed {
		if _, ok := slices.BinarySearch(p.ids, d); !ok {
			return
		}
	}
	if missed >= 0 {
		f := &w.facets[missed]
		f.tally[f.col[d]]++
		return
	}
	w.total++
	for i := range w.vary {
		f := &w.vary[i]
		f.tally[f.col[d]]++
	}
	// What is not known yet can only make it worse.
	if w.best == nil || w.best.refuses(score<<4, max(far, in.least-rounding)) {
		return
	}
	if p.near && far == unknown {
		far = s.far(p, d)
	}
	if own != 0 {
		score = finalScore(score, own, s.size[d])
	} else {
		score <<= 4
	}
	w.best.offer(d, score, far)
}

// finalScore makes the score of a document of what its words are worth: a name
// of which the words are a larger part is nearer to them.
func finalScore(worths int32, own, size uint8) int32 { return worths<<4 - int32(own*size) }

// seeRuns considers every document of the cells in reach, those around the
// centre first: the rest is then quickly dealt with.
func (w *walk) seeRuns() {
	for _, central := range []bool{true, false} {
		for i := range w.plan.runs {
			if in := &w.plan.runs[i]; in.least == 0 == central {
				w.seeRange(in)
			}
		}
	}
}

// seePieces considers parts of lists, those around the centre first.
func (w *walk) seePieces(pieces []piece) {
	for _, central := range []bool{true, false} {
		for _, l := range pieces {
			if l.in.least == 0 == central {
				w.seePiece(l)
			}
		}
	}
}

// seeLists considers each document of the lists once.
func (w *walk) seeLists(lists [][]uint32, disjoint bool) {
	if disjoint || len(lists) < 2 {
		for _, l := range lists {
			w.see(l, nil)
		}
		return
	}
	x := w.seg.Index
	sc := x.scratch.take()
	sc.list = sc.list[:0]
	for _, l := range lists {
		for _, d := range l {
			if sc.worth[d] == 0 {
				sc.worth[d] = 1
				sc.list = append(sc.list, d)
			}
		}
	}
	for _, d := range sc.list {
		sc.worth[d] = 0
	}
	w.see(sc.list, nil)
	x.scratch.give(sc)
}

// seeWord considers each document that holds a word, or has a value it is
// said of, with what the word is worth there.
func (w *walk) seeWord(i int) {
	x, p := w.seg.Index, &w.plan.words[i]
	sc := x.scratch.take()
	list := sc.list[:0]
	w.eachPosting(p, func(l posting, quality uint8, ordinary bool) {
		for k, d := range l.docs {
			if ordinary && l.statics[k]&properStatic != 0 {
				continue
			}
			v := worth(quality, uint8(l.statics[k]), 1)
			if old := sc.worth[d]; old < v {
				if old == 0 {
					list = append(list, d)
				}
				sc.worth[d] = v
			}
		}
	})
	from, to := w.plan.span()
	for _, said := range p.said {
		for _, d := range between(x.dims[said.dim].docs(said.value), from, to) {
			if old := sc.worth[d]; old < said.worth {
				if old == 0 {
					list = append(list, d)
				}
				sc.worth[d] = said.worth
			}
		}
	}
	w.see(list, sc.worth)
	for _, d := range list {
		sc.worth[d] = 0
	}
	sc.list = list
	x.scratch.give(sc)
}

// simple reports whether a plan is one word and nothing else.
func (s *segment) simple(p *plan) bool {
	return len(p.words) == 1 && len(p.filters) == 0 && !p.near && p.box == nil && !p.listed
}

// lone answers a plan that is one word and nothing else: the commonest
// question, and the one with the longest lists. Its counts are remembered, as
// those of filters are; the list is found anew.
func (s *segment) lone(w *walk, p *plan, counts *countCache) (int, [][]int32) {
	key := countKey(s.Index, p)
	known, ok := counts.find(key)
	if ok {
		w.counted, w.total, w.tally = true, known.total, known.tally
	}
	if !ok || w.best != nil {
		w.seeOnly(&p.words[0])
	}
	if !ok {
		counts.keep(key, counted{w.total, w.tally})
	}
	return w.total, w.tally
}

// seeOnly considers the documents of a word when nothing else is asked.
func (w *walk) seeOnly(p *wordPlan) {
	x := w.seg.Index
	lists := 0
	for _, t := range p.tokens {
		if x.postOff[t.word+1] > x.postOff[t.word] {
			lists++
		}
	}
	lists += int(p.to) - int(p.from) + len(p.said)
	var seen bits
	if lists > 1 && !w.counted {
		sc := x.scratch.take()
		defer func() {
			clear(sc.seen)
			x.scratch.give(sc)
		}()
		seen = sc.seen
	}
	if lists > 1 && w.best != nil {
		w.best.in = make(map[uint32]bool)
		defer func() { w.best.in = nil }()
	}
	for _, t := range p.tokens {
		w.seeList(x.posting(t.word), t.quality, t.ordinary, seen)
	}
	for word := p.from; word < p.to; word++ {
		w.seeList(x.posting(word), begun, false, seen)
	}
	for _, said := range p.said {
		w.seeSaid(x.dims[said.dim].docs(said.value), said.worth, seen)
	}
}

// count counts a document, unless its word's counts are known or it was seen
// before.
func (w *walk) count(d uint32, seen bits) {
	if w.counted || seen != nil && !w.first(d, seen) {
		return
	}
	w.total++
	for k := range w.facets {
		f := &w.facets[k]
		f.tally[f.col[d]]++
	}
}

// A posting is the documents of a word, each with its static.
type posting struct {
	docs    []uint32
	statics []static
}

func (x *Index) posting(word uint32) posting {
	from, to := x.postOff[word], x.postOff[word+1]
	return posting{x.post[from:to], x.postS[from:to]}
}

// between returns the part of a posting whose documents lie in a range.
func (l posting) between(from, to uint32) posting {
	i, _ := slices.BinarySearch(l.docs, from)
	j, _ := slices.BinarySearch(l.docs[i:], to)
	return posting{l.docs[i : i+j], l.statics[i : i+j]}
}

// between returns the part of an ascending list that lies in a range.
func between(list []uint32, from, to uint32) []uint32 {
	i, _ := slices.BinarySearch(list, from)
	j, _ := slices.BinarySearch(list[i:], to)
	return list[i : i+j]
}

// seeList considers the documents of a posting. Those seen before are not
// counted again, but may be worth more.
func (w *walk) seeList(l posting, quality uint8, ordinary bool, seen bits) {
	limit, skip := w.plan.limit, w.seg.skip
	statics := l.statics[:len(l.docs)]
	var least bar
	if w.best != nil {
		least = w.best.bar()
	}
	for i, d := range l.docs {
		if d >= limit {
			return // documents ascend
		}
		static := statics[i]
		if ordinary && static&properStatic != 0 || skip != nil && skip.has(d) {
			continue
		}
		w.count(d, seen)
		if w.best == nil {
			continue
		}
		score := finalScore(int32(worth(quality, uint8(static), 1)), 1, uint8(static>>5&15))
		if key := barOf(score, uint8(static>>9)); key > least.key || key == least.key && d < least.before {
			w.best.offer(d, score, 0)
			least = w.best.bar()
		}
	}
}

// first reports whether a document is seen for the first time, and notes it.
func (w *walk) first(d uint32, seen bits) bool {
	word, bit := &seen[d>>6], uint64(1)<<(d&63)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}

// seeSaid considers the documents that have a value the word is said of.
func (w *walk) seeSaid(docs []uint32, v uint8, seen bits) {
	limit, skip := w.plan.limit, w.seg.skip
	score := finalScore(int32(v), v&1, 0)
	highest := barOf(score, w.seg.prior[w.seg.rank[0]]) // that any of them can reach
	for _, d := range docs {
		if d >= limit {
			return
		}
		if w.counted { // documents ascend: those to come stand behind
			if least := w.best.bar(); least.key > highest || least.key == highest && d >= least.before {
				return
			}
		}
		if skip != nil && skip.has(d) {
			continue
		}
		w.count(d, seen)
		if w.best == nil {
			continue
		}
		if least := w.best.bar(); barOf(score, maxPrior) >= least.key {
			if key := barOf(score, w.seg.prior[d]); key > least.key || key == least.key && d < least.before {
				w.best.offer(d, score, 0)
			}
		}
	}
}

// seeAll considers every document.
func (w *walk) seeAll() { w.seeRange(&run{from: 0, to: w.plan.limit, inside: true}) }
