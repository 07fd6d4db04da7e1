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
	rank  uint32 // within its segment: by title in that order, else by Prior, then ID
	score int32
	busy  float32
	prior uint8
	far   float64 // squared chord from the point
}

func (c *candidate) id() uint64 { return c.seg.ids[c.doc] }

// better is the one page of ranking: it orders candidates, best first.
func (t *top) better(a, b *candidate) int {
	switch t.order {
	case ByDistance:
		if c := cmp.Compare(a.far, b.far); c != 0 {
			return c
		}
	case ByTitle:
		if c := t.byTitle(a, b); c != 0 {
			return c
		}
		return cmp.Compare(a.id(), b.id())
	}
	if c := cmp.Compare(b.score, a.score); c != 0 { // what matches best
		return c
	}
	if t.ranked(a, b) {
		return cmp.Compare(a.rank, b.rank)
	}
	if c := cmp.Compare(b.prior, a.prior); c != 0 { // what is surest
		return c
	}
	if t.near && t.order != ByDistance {
		if c := cmp.Compare(a.far, b.far); c != 0 { // what is nearest
			return c
		}
	}
	if c := cmp.Compare(a.busy, b.busy); c != 0 { // who was asked least
		return c
	}
	return cmp.Compare(a.id(), b.id())
}

// ranked reports whether two candidates of the same score are in the order of
// their segment: what is left to compare is Prior, then ID.
func (t *top) ranked(a, b *candidate) bool {
	return a.seg == b.seg && a.busy == 0 && b.busy == 0 && (!t.near || t.order == ByDistance)
}

func (t *top) byTitle(a, b *candidate) int {
	if a.seg == b.seg {
		return cmp.Compare(a.rank, b.rank)
	}
	return compareTitles(a.seg.title(a.doc), b.seg.title(b.doc))
}

// top keeps the k best candidates offered.
type top struct {
	k     int
	order Order
	near  bool
	seg   *segment // of the documents being offered
	list  []candidate
	kept  int            // the first of list that are sorted and the best so far
	twice bool           // a document of seg may be offered more than once
	each  func(d uint32) // takes every document instead, when not nil
}

// offer considers a document. The common refusals cost one comparison.
func (t *top) offer(d uint32, score int32, far float64) {
	if t.each != nil {
		t.each(d)
		return
	}
	s := t.seg
	if t.kept == t.k {
		worst := &t.list[t.k-1]
		switch {
		case t.order == ByDistance:
			if far > worst.far {
				return
			}
		case t.order == ByRelevance && score < worst.score:
			return
		case t.order == ByRelevance && score == worst.score:
			if t.near && s.prior[d] == worst.prior && far > worst.far || s.prior[d] < worst.prior {
				return
			}
			if !t.near && worst.seg == s && worst.busy == 0 && s.rankAt[d] > worst.rank {
				return
			}
		}
	}
	c := candidate{seg: s, doc: d, score: score, far: far, prior: s.prior[d], busy: s.solicited(d)}
	if t.order == ByTitle {
		c.rank = s.titleRank[d]
	} else {
		c.rank = s.rankAt[d]
	}
	if t.kept == t.k && t.better(&c, &t.list[t.k-1]) >= 0 {
		return
	}
	t.list = append(t.list, c)
	if len(t.list) >= 2*t.k+32 || t.kept < t.k && len(t.list) == t.k {
		t.settle()
	}
}

// least returns the score below which no document is kept.
func (t *top) least() int32 {
	if t.order != ByRelevance || t.kept < t.k {
		return math.MinInt32
	}
	return t.list[t.k-1].score
}

// settle sorts what was offered and keeps the k best.
func (t *top) settle() {
	slices.SortFunc(t.list, func(a, b candidate) int { return t.better(&a, &b) })
	if t.twice { // the same document, of a lesser score
		had := make(map[uint32]bool, len(t.list))
		t.list = slices.DeleteFunc(t.list, func(c candidate) bool {
			if c.seg != t.seg {
				return false
			}
			again := had[c.doc]
			had[c.doc] = true
			return again
		})
	}
	if len(t.list) > t.k {
		clear(t.list[t.k:])
		t.list = t.list[:t.k]
	}
	t.kept = len(t.list)
}

func (t *top) full() bool {
	if len(t.list) > t.kept {
		t.settle()
	}
	return t.kept == t.k
}

// worst returns the last of the best so far.
func (t *top) worst() *candidate {
	if len(t.list) > t.kept {
		t.settle()
	}
	return &t.list[t.kept-1]
}

func (t *top) clear() { t.list, t.kept = t.list[:0], 0 }

// page returns the candidates from offset on.
func (t *top) page(offset int) []candidate {
	if t.k == 0 {
		return nil
	}
	t.settle()
	return t.list[min(offset, len(t.list)):]
}
