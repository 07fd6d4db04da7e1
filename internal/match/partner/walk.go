package partner

import (
	"math"
	"slices"

	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A row is, for each kind of candidate, what it could do at the very door of
// one who asks, but for proximity: hundredths of a point, weighed, and one
// more. 0 is a kind that could do nothing.
type row []uint16

// unknown stands in the row of one who has said something for a kind that was
// not met yet. It reaches everything.
const unknown = math.MaxUint16

// rowOfKind makes the row of a kind.
func rowOfKind(rules *match.Rules, seeker match.Kind, w match.Weights) row {
	r := make(row, rules.Kinds())
	for k := range r {
		r[k] = entry(rules.Between(seeker, match.Kind(k)).At(0), w)
	}
	return r
}

// entry is the place in a row of a pair that has figures f at no distance.
func entry(f match.Figures, w match.Weights) uint16 {
	if f.Proximity = 0; f.Total() == 0 {
		return 0
	}
	return 1 + w.Apply(f).Total()
}

// A seeker is one who asks, and how.
type seeker struct {
	side    match.Side
	in      [worlds]bool // where partners are looked for
	size    int
	weights match.Weights
	dropped map[register.SIRET]bool
	heard   func(match.Kind) match.Voices // nil: nothing
	row     row
}

// A walk goes through a state for one seeker. Its memory is used again.
type walk struct {
	state  *state
	seeker *seeker
	reach  reach
	top    top
	err    error
	pieces []piece
	order  []piece
	begin  [buckets + 1]int32
}

// buckets is how many rings the pieces of a circle are sorted into.
const buckets = 128

// run finds the best partners within a radius.
func (w *walk) run(s *state, k *seeker, radius float64) ([]candidate, error) {
	w.state, w.seeker, w.err = s, k, nil
	w.reach = newReach(k.side.Point, radius)
	w.top = top{size: k.size, list: w.top.list[:0]}
	w.shout()
	for i := range s.layers {
		for world, in := range k.in {
			if in {
				w.through(&s.layers[i], world, uint8(i))
			}
		}
	}
	return w.top.list, w.err
}

// through goes through a lay, from near to far, until nobody further away can
// be among the best.
func (w *walk) through(l *layer, world int, number uint8) {
	lay := &l.lays[world]
	if len(lay.docs) == 0 {
		return
	}
	w.pieces = lay.pieces(&w.reach, w.pieces[:0])
	w.sort()
	row := w.seeker.row
	for i := range w.order {
		p := &w.order[i]
		least := w.floor(p.least)
		if least > math.MaxUint16 {
			continue
		}
		floor := uint16(least)
		if len(p.kinds) > 0 && !row.reaches(floor, p.kinds) {
			continue
		}
		for at, kind := range lay.kinds[p.from:p.to] {
			if row[kind] >= floor && w.score(l, lay.docs[int(p.from)+at], kind, number) {
				if least = w.floor(p.least); least > math.MaxUint16 {
					break
				}
				floor = uint16(least)
			}
		}
	}
}

// reaches reports whether one of some kinds stands so high in a row.
func (r row) reaches(floor uint16, kinds []match.Kind) bool {
	for _, k := range kinds {
		if r[k] >= floor {
			return true
		}
	}
	return false
}

// floor returns what must stand in a row for one at least so far away to be
// worth scoring.
func (w *walk) floor(metres float32) int {
	return max(1, w.top.least()-int(w.near(metres))+1)
}

// step is how many metres apart proximity is worked out beforehand.
const step = 50

// nearness is proximity at every step, as far as anybody looks: what it is at
// the step before some distance bounds what it is there.
func nearness() []uint16 {
	near := make([]uint16, widest/step+2)
	for i := range near {
		near[i] = match.Proximity(float64(i) * step)
	}
	return near
}

// near returns the most that proximity can bring so far away.
func (w *walk) near(metres float32) uint16 {
	f := match.Figures{Proximity: w.state.near[min(int(metres/step), len(w.state.near)-1)]}
	return w.seeker.weights.Apply(f).Proximity
}

// score scores an establishment that might be among the best, and reports
// whether it was offered.
func (w *walk) score(l *layer, doc uint32, kind match.Kind, number uint8) bool {
	if l.covered.has(doc) {
		return false
	}
	v := l.vectors[3*doc : 3*doc+3 : 3*doc+3]
	a, b, c := v[0]-w.reach.vector[0], v[1]-w.reach.vector[1], v[2]-w.reach.vector[2]
	c2 := a*a + b*b + c*c
	if c2 > w.reach.chord2 {
		return false
	}
	k := w.seeker
	if k.row[kind] == unknown {
		k.row[kind] = w.meet(kind)
	}
	if int(k.row[kind]) < w.floor(atLeast(c2)) {
		return false
	}
	far := metres(c2)
	f, ok := match.Figures{}, true
	if k.side.Said == nil {
		f = w.state.rules.Between(k.side.Kind, kind).At(far)
	} else if f, ok = w.told(l, doc, kind, far); !ok {
		return false
	}
	return w.offer(&candidate{siret: register.SIRET(l.layer.ID(doc)), metres: far, busy: l.layer.Solicited(doc), layer: number, doc: doc, figures: f}, kind)
}

// meet returns what stands in the row of one who has said something for a
// kind: the most that any of its trades could do.
func (w *walk) meet(kind match.Kind) (most uint16) {
	k := w.seeker
	for i := range w.state.layers {
		for _, facts := range w.state.layers[i].bodies[kind] {
			body := match.Side{Kind: kind, Facts: facts, Point: k.side.Point}
			most = max(most, entry(w.state.rules.Score(&k.side, &body, 0, match.Equal()), k.weights))
		}
	}
	return most
}

// told scores an establishment for one who has said something, unless it could
// do nothing.
func (w *walk) told(l *layer, doc uint32, kind match.Kind, far float64) (match.Figures, bool) {
	k := w.seeker
	side := match.Side{Kind: kind, Facts: l.bodies[kind][0], Point: l.layer.Point(doc)}
	if len(l.bodies[kind]) > 1 || len(k.side.Said.Territories) > 0 {
		e, err := w.state.ground.Establishment(l.layer, doc)
		if err != nil {
			w.err = err
			return match.Figures{}, false
		}
		side.Facts, side.Territory = w.state.rules.FactsOf(&e), e.Territory
	}
	f := w.state.rules.Score(&k.side, &side, far, match.Equal())
	return f, entry(f, match.Equal()) > 0 || entry(w.state.rules.Score(&k.side, &side, 0, match.Equal()), match.Equal()) > 0
}

// offer weighs the figures of a candidate and considers it, unless its own unit
// asks or it was dropped.
func (w *walk) offer(c *candidate, kind match.Kind) bool {
	k := w.seeker
	if c.siret.SIREN() == k.side.SIRET.SIREN() || k.dropped[c.siret] {
		return false
	}
	if k.heard != nil {
		c.figures = k.heard(kind).Dampen(c.figures)
	}
	c.figures = k.weights.Apply(c.figures)
	c.worth = c.figures.Total()
	w.top.offer(c)
	return true
}

// shout scores in full those who have said something: what they could do is
// in no row.
func (w *walk) shout() {
	s, k := w.state, w.seeker
	for world, in := range k.in {
		if !in || len(s.loudLays[world].docs) == 0 {
			continue
		}
		lay := &s.loudLays[world]
		w.pieces = lay.pieces(&w.reach, w.pieces[:0])
		for _, p := range w.pieces {
			for _, n := range lay.docs[p.from:p.to] {
				l := &s.loud[n]
				a, b, c := l.vector[0]-w.reach.vector[0], l.vector[1]-w.reach.vector[1], l.vector[2]-w.reach.vector[2]
				c2 := a*a + b*b + c*c
				if c2 > w.reach.chord2 {
					continue
				}
				far := metres(c2)
				f := s.rules.Score(&k.side, &l.side, far, match.Equal())
				if f.Services+f.Jobs+f.Resources == 0 {
					continue
				}
				w.offer(&candidate{
					siret: l.side.SIRET, metres: far, busy: l.busy, said: true, fresh: l.side.Said.Fresh,
					layer: loudLayer, doc: n, figures: f,
				}, l.side.Kind)
			}
		}
	}
}

// loudLayer stands for the layer of those who have said something.
const loudLayer = math.MaxUint8

// sort puts pieces in the order of their rings.
func (w *walk) sort() {
	scale := float32(buckets / w.reach.radius)
	clear(w.begin[:])
	for i := range w.pieces {
		w.begin[1+min(buckets-1, int(w.pieces[i].least*scale))]++
	}
	for i := 1; i <= buckets; i++ {
		w.begin[i] += w.begin[i-1]
	}
	w.order = slices.Grow(w.order[:0], len(w.pieces))[:len(w.pieces)]
	for _, p := range w.pieces {
		b := min(buckets-1, int(p.least*scale))
		w.order[w.begin[b]] = p
		w.begin[b]++
	}
}
