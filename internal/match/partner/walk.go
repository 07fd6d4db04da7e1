package partner

import (
	"math"
	"slices"
	"sort"

	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A row is, for each kind of candidate, what it could do at the very door of
// one who asks, but for proximity: hundredths of a point, weighed, and one
// more. 0 is a kind that could do nothing.
type row struct {
	of      []uint16 // by kind
	highest uint16
}

// unknown stands in the row of one who has said something for a kind that was
// not met yet. It reaches everything.
const unknown = math.MaxUint16

// rowOfKind makes the row of a kind.
func rowOfKind(rules *match.Rules, seeker match.Kind, w match.Weights) row {
	r := row{of: make([]uint16, rules.Kinds())}
	rules.Among(seeker, func(k match.Kind, b match.Base) {
		r.of[k] = entry(match.Figures{Services: b.Services, Jobs: b.Jobs, Resources: b.Resources}, w)
		r.highest = max(r.highest, r.of[k])
	})
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
	answers map[register.SIRET]uint8      // of whom enough is known
	row     row
	commune int // of the side, in the atlas; -1: not known, or no roads are
}

// A walk goes through a state for one seeker. Its memory is used again.
type walk struct {
	state  *state
	seeker *seeker
	uneven bool    // the weights are
	steps  float32 // of nearness that a metre stands for, at the least
	reach  reach
	top    top
	err    error
	pieces []piece
	order  []piece
	begin  [buckets + 1]int32
}

// buckets is how many rings the pieces of a circle are sorted into.
const buckets = 64

// closest is the radius, in metres, of the circle that is gone through first:
// who is in it says how much further anybody can still be among the best.
const closest = 5_000

// run finds the best partners within a radius.
func (w *walk) run(s *state, k *seeker, radius float64) ([]candidate, error) {
	w.state, w.seeker, w.err = s, k, nil
	w.uneven, w.steps = k.weights != match.Equal(), s.roads.straightest()/step
	w.reach = newReach(k.side.Point, radius)
	w.top = top{size: k.size, list: w.top.list[:0]}
	w.shout()
	for _, from := range []float64{0, closest} {
		for i := range s.layers {
			for world, in := range k.in {
				if in {
					w.through(&s.layers[i], world, uint8(i), from)
				}
			}
		}
	}
	return w.top.list, w.err
}

// through goes through the ring of a lay that begins at some distance, from
// near to far: the close circle, or all beyond it where somebody can still be
// among the best.
func (w *walk) through(l *layer, world int, number uint8, from float64) {
	lay := &l.lays[world]
	to := float64(closest)
	if from > 0 {
		to = w.useful()
	}
	if to = min(to, w.reach.radius); len(lay.docs) == 0 || from >= to {
		return
	}
	w.pieces = lay.pieces(&w.reach, from, to, w.pieces[:0])
	w.sort(from, to)
	row := w.seeker.row.of
	highest := int(w.seeker.row.highest)
	for i := range w.order {
		p := &w.order[i]
		least := w.floor(p.least)
		if least > highest {
			continue
		}
		floor := uint16(least)
		if kinds := lay.kindsIn(p); len(kinds) > 0 && ahead(row, floor, kinds) == len(kinds) {
			continue
		}
		for at := int(p.from); ; at++ {
			if at += ahead(row, floor, lay.kinds[at:p.to]); at == int(p.to) {
				break
			}
			if w.score(l, lay.docs[at], lay.kinds[at], number) {
				if least = w.floor(p.least); least > highest {
					break
				}
				floor = uint16(least)
			}
		}
	}
}

// useful returns metres beyond which nobody can be among the best, whatever
// the kind.
func (w *walk) useful() float64 {
	near := len(w.state.near)
	return step * float64(sort.Search(near, func(i int) bool { return w.floor(float32(i*step)) > int(w.seeker.row.highest) }))
}

// ahead returns the place of the first of some kinds that stands so high in a
// row, or how many there are. Most of a walk is spent here: inlined, what it
// goes by would lie on the stack.
//
//go:noinline
func ahead(row []uint16, floor uint16, kinds []match.Kind) int {
	for i, k := range kinds {
		if row[k] >= floor {
			return i
		}
	}
	return len(kinds)
}

// floor returns what must stand in a row for one at least so far away to be
// worth scoring.
func (w *walk) floor(metres float32) int {
	near := w.state.near[min(int(metres*w.steps), len(w.state.near)-1)]
	if w.uneven {
		near = w.seeker.weights.Apply(match.Figures{Proximity: near}).Proximity
	}
	return max(1, w.top.least()-int(near)+1)
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
	if k.row.of[kind] == unknown {
		k.row.of[kind] = w.meet(kind)
	}
	if int(k.row.of[kind]) < w.floor(atLeast(c2)) {
		return false
	}
	far := metres(c2)
	f, ok := match.Figures{}, true
	if k.side.Said == nil {
		f = w.state.rules.Between(k.side.Kind, kind).At(far)
	} else if f, ok = w.told(l, doc, kind, far); !ok {
		return false
	}
	minutes := w.minutes(l, doc)
	if f = w.weigh(f.ByRoad(far, minutes), kind); int(f.Total()) < w.top.least() {
		return false
	}
	return w.offer(&candidate{siret: register.SIRET(l.layer.ID(doc)), metres: far, busy: l.layer.Solicited(doc), layer: number, doc: doc, figures: f, minutes: int32(minutes)})
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

// weigh returns the figures of a kind as this seeker sees them.
func (w *walk) weigh(f match.Figures, kind match.Kind) match.Figures {
	if w.seeker.heard != nil {
		f = w.seeker.heard(kind).Dampen(f)
	}
	return w.seeker.weights.Apply(f)
}

// offer considers a candidate, unless its own unit asks or it was dropped.
func (w *walk) offer(c *candidate) bool {
	k := w.seeker
	if c.siret.SIREN() == k.side.SIRET.SIREN() || k.dropped[c.siret] {
		return false
	}
	c.worth, c.answers = c.figures.Total(), unanswered
	if rate, ok := k.answers[c.siret]; ok {
		c.answers = rate
	}
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
		w.pieces = lay.pieces(&w.reach, 0, w.reach.radius, w.pieces[:0])
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
				minutes := s.roads.minutes(k.commune, s.roads.commune(l.side.Commune))
				f = f.ByRoad(far, minutes)
				w.offer(&candidate{
					siret: l.side.SIRET, metres: far, busy: l.busy, said: true, fresh: l.side.Said.Fresh,
					layer: loudLayer, doc: n, figures: w.weigh(f, l.side.Kind), minutes: int32(minutes),
				})
			}
		}
	}
}

// unanswered is the rate of whom not enough is known.
var unanswered = uint8(match.Answered{}.Rate())

// loudLayer stands for the layer of those who have said something.
const loudLayer = math.MaxUint8

// sort puts the pieces of a ring in the order of narrower ones.
func (w *walk) sort(from, to float64) {
	scale, inner := float32(buckets/(to-from)), float32(from)
	bucket := func(p *piece) int { return min(buckets-1, max(0, int((p.least-inner)*scale))) }
	clear(w.begin[:])
	for i := range w.pieces {
		w.begin[1+bucket(&w.pieces[i])]++
	}
	for i := 1; i <= buckets; i++ {
		w.begin[i] += w.begin[i-1]
	}
	w.order = slices.Grow(w.order[:0], len(w.pieces))[:len(w.pieces)]
	for i := range w.pieces {
		at := &w.begin[bucket(&w.pieces[i])]
		w.order[*at] = w.pieces[i]
		*at++
	}
}
