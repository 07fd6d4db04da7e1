package index

import (
	"cmp"
	"math"
	"slices"
)

// A candidate is a document that matches, with what ranks it.
type candidate struct {
	seg   *segment
	doc   uint32
	score int32
	far   float64 // squared chord from the point
	busy  float32
}

func (c *candidate) id() uint64   { return c.seg.ids[c.doc] }
func (c *candidate) prior() uint8 { return c.seg.prior[c.doc] }

// better is the one page of ranking: it orders candidates, best first.
func (t *top) better(a, b *candidate) int {
	switch t.order {
	case ByDistance:
		if a.far != b.far { // told without cmp, which looks for what is no number
			if a.far < b.far {
				return -1
			}
			return 1
		}
	case ByTitle:
		if c := t.byTitle(a, b); c != 0 {
			return c
		}
		return cmp.Compare(a.id(), b.id())
	}
	near := t.near && t.order != ByDistance
	if near {
		if c := cmp.Compare(t.tier(b.score), t.tier(a.score)); c != 0 { // what matches as well
			return c
		}
		if c := cmp.Compare(a.far, b.far); c != 0 { // what is nearest
			return c
		}
	}
	if c := cmp.Compare(b.score, a.score); c != 0 { // what matches best
		return c
	}
	if c := cmp.Compare(b.prior(), a.prior()); c != 0 { // what is surest
		return c
	}
	if c := cmp.Compare(a.busy, b.busy); c != 0 { // who was asked least
		return c
	}
	return a.place(b) // an order that stays: from south to north
}

// tier is how well the words match, whatever the text they were found in: with
// a point, who is nearer comes first among those that match as well.
func (t *top) tier(score int32) int32 { return score / (tierScore * max(1, t.words)) }

// tierScore is what one step of quality adds to the score of a word.
const tierScore = 1 << 5 << 4

// place orders two candidates as documents lie in an index: by cell, part of
// it and ID, then those without a point, by ID.
func (a *candidate) place(b *candidate) int {
	if a.seg == b.seg {
		return cmp.Compare(a.doc, b.doc)
	}
	return cmp.Or(cmp.Compare(a.cell(), b.cell()), cmp.Compare(a.id(), b.id()))
}

func (a *candidate) cell() uint64 {
	switch {
	case int(a.doc) < a.seg.Placed:
		p := a.seg.at(a.doc)
		return uint64(cellOf(p))<<8 | uint64(partOf(p))
	case int(a.doc) < a.seg.Open:
		return math.MaxUint64 - 1
	}
	return math.MaxUint64
}

func (t *top) byTitle(a, b *candidate) int {
	if a.seg == b.seg {
		return cmp.Compare(a.seg.titleRank[a.doc], b.seg.titleRank[b.doc])
	}
	return compareTitles(a.seg.title(a.doc), b.seg.title(b.doc))
}

// top keeps the k best candidates offered: a heap with the worst of them at
// its root.
type top struct {
	k     int
	order Order
	near  bool
	words int32    // of the question
	seg   *segment // of the documents being offered
	heap  []candidate
	each  func(d uint32)  // takes every document instead, when not nil
	in    map[uint32]bool // documents of seg in the heap, when one may be offered twice
}

// offer considers a document.
func (t *top) offer(d uint32, score int32, far float64) {
	if t.each != nil {
		t.each(d)
		return
	}
	s := t.seg
	full := len(t.heap) == t.k
	if t.refuses(score, far) || full && t.order == ByRelevance && !t.near && score == t.heap[0].score && s.prior[d] < t.heap[0].prior() {
		return
	}
	c := candidate{seg: s, doc: d, score: score, far: far, busy: s.solicited(d)}
	if t.in != nil {
		if t.in[d] {
			t.again(&c)
			return
		}
	}
	switch {
	case !full:
		t.heap = append(t.heap, c)
		t.up(len(t.heap) - 1)
	case t.better(&c, &t.heap[0]) >= 0:
		return
	default:
		if t.in != nil && t.heap[0].seg == s {
			delete(t.in, t.heap[0].doc)
		}
		t.heap[0] = c
		t.down(0)
	}
	if t.in != nil {
		t.in[d] = true
	}
}

// refuses reports whether a document of at most this score, at least this far,
// cannot be among the best.
func (t *top) refuses(score int32, far float64) bool {
	if len(t.heap) < t.k || t.each != nil {
		return false
	}
	worst := &t.heap[0]
	switch {
	case t.order == ByDistance:
		return far > worst.far
	case t.order == ByTitle:
		return false
	case !t.near:
		return score < worst.score
	}
	a, b := t.tier(score), t.tier(worst.score)
	return a < b || a == b && far > worst.far
}

// again considers a document that is in the heap, with another score.
func (t *top) again(c *candidate) {
	for i := range t.heap {
		if h := &t.heap[i]; h.seg == c.seg && h.doc == c.doc {
			if t.better(c, h) < 0 {
				*h = *c
				t.down(i)
			}
			return
		}
	}
}

// up moves a candidate towards the root as long as it is worse than the one
// above it.
func (t *top) up(i int) {
	for i > 0 {
		above := (i - 1) / 2
		if t.better(&t.heap[i], &t.heap[above]) <= 0 {
			return
		}
		t.heap[i], t.heap[above] = t.heap[above], t.heap[i]
		i = above
	}
}

// down moves a candidate away from the root as long as one below it is worse.
func (t *top) down(i int) {
	for {
		worst := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(t.heap); c++ {
			if t.better(&t.heap[c], &t.heap[worst]) > 0 {
				worst = c
			}
		}
		if worst == i {
			return
		}
		t.heap[i], t.heap[worst] = t.heap[worst], t.heap[i]
		i = worst
	}
}

// A bar is what a document must reach to be worth offering: its score and
// Prior in one number, and where those that just reach it must stand.
type bar struct {
	key    int32
	before uint32 // a document that only equals key must stand before this one
}

// barOf puts a score and a Prior in one number.
func barOf(score int32, prior uint8) int32 { return score<<7 | int32(prior) }

// bar returns the bar of an order by relevance without a point.
func (t *top) bar() bar {
	if t.order != ByRelevance || t.near || t.each != nil || len(t.heap) < t.k {
		return bar{math.MinInt32, 0}
	}
	worst := &t.heap[0]
	b := bar{barOf(worst.score, worst.prior()), math.MaxUint32}
	if worst.seg == t.seg && worst.busy == 0 {
		b.before = worst.doc
	}
	return b
}

// full reports whether there are k candidates.
func (t *top) full() bool { return len(t.heap) == t.k }

// worst returns the last of the best so far.
func (t *top) worst() *candidate { return &t.heap[0] }

func (t *top) clear() { t.heap = t.heap[:0] }

// page returns the candidates from offset on, best first.
func (t *top) page(offset int) []candidate {
	slices.SortFunc(t.heap, func(a, b candidate) int { return t.better(&a, &b) })
	return t.heap[min(offset, len(t.heap)):]
}
