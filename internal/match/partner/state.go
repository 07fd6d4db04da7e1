package partner

import (
	"fmt"
	"maps"
	"slices"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/index"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A state is all that is known at one moment: what the registers say, what
// lies over them, and what people said. It is never changed.
type state struct {
	ground   *directory.Ground
	said     uint64 // version of what people said
	rules    *match.Rules
	layers   []layer
	loud     []loud
	loudLays [worlds]lay
	near     []uint16 // see nearness
	roads    roads
}

// A layer is a field, and those of it that are not to be found there.
type layer struct {
	*field
	vectors []float64
	covered bits // hidden, replaced by a newer layer, or loud
}

// A loud establishment has said something.
type loud struct {
	side   match.Side
	vector [3]float64
	busy   float32
	layer  index.Layer // where it is read from
	doc    uint32
}

// bits is a set of documents.
type bits []uint64

func (b bits) has(d uint32) bool { return b[d>>6]&(1<<(d&63)) != 0 }
func (b bits) add(d uint32)      { b[d>>6] |= 1 << (d & 63) }

// newState makes a state of a ground and of what people said. The fields of
// layers that it was made of before are used again.
func newState(g *directory.Ground, said map[register.SIRET]*match.Said, rules *match.Rules, r roads, before *state) (*state, error) {
	s := &state{ground: g, rules: rules, near: nearness(), roads: r}
	for _, l := range g.Layers {
		if l.Located() == 0 {
			continue
		}
		var f *field
		if before != nil {
			for i := range before.layers {
				if before.layers[i].layer.Serial() == l.Serial() {
					same := *before.layers[i].field
					same.layer = l
					f = &same
				}
			}
		}
		if f == nil {
			var err error
			if f, err = newField(g, l, rules, r); err != nil {
				return nil, fmt.Errorf("read the kinds of establishments: %w", err)
			}
		}
		s.layers = append(s.layers, layer{field: f, vectors: l.Vectors(), covered: l.Covers()})
	}
	return s, s.listen(said)
}

// listen takes what people said.
func (s *state) listen(said map[register.SIRET]*match.Said) error {
	var spots [worlds][]spot
	for _, siret := range slices.Sorted(maps.Keys(said)) {
		l, doc, ok := s.ground.Find(siret)
		if !ok || int(doc) >= l.Located() {
			continue // of another register, hidden, masked or nowhere
		}
		e, err := s.ground.Establishment(l, doc)
		if err != nil {
			return err
		}
		side := match.Side{SIRET: siret, Facts: s.rules.FactsOf(&e), Point: l.Point(doc), Said: said[siret], Territory: e.Territory, Commune: e.Commune}
		side.Kind = s.rules.Kind(&side.Facts)
		for i := range s.layers {
			if s.layers[i].layer.Serial() == l.Serial() {
				s.layers[i].covered.add(doc)
			}
		}
		n := uint32(len(s.loud))
		for w, in := range [worlds]bool{side.Facts.Craft, side.Facts.ESS} {
			if in {
				spots[w] = append(spots[w], spot{keyOf(side.Point), n, side.Kind})
			}
		}
		s.loud = append(s.loud, loud{side, vector(side.Point), l.Solicited(doc), l, doc})
	}
	for w := range worlds {
		s.loudLays[w] = newLay(spots[w])
	}
	return nil
}

// find returns what is known of an establishment that can be found.
func (s *state) find(siret register.SIRET) (side match.Side, found bool, err error) {
	i, ok := slices.BinarySearchFunc(s.loud, siret, func(l loud, siret register.SIRET) int {
		switch {
		case l.side.SIRET < siret:
			return -1
		case l.side.SIRET > siret:
			return 1
		}
		return 0
	})
	if ok {
		return s.loud[i].side, true, nil
	}
	l, doc, ok := s.ground.Find(siret)
	if !ok || int(doc) >= l.Located() {
		return match.Side{}, false, nil
	}
	e, err := s.ground.Establishment(l, doc)
	if err != nil {
		return match.Side{}, false, err
	}
	side = match.Side{SIRET: siret, Facts: s.rules.FactsOf(&e), Point: l.Point(doc), Territory: e.Territory, Commune: e.Commune}
	side.Kind = s.rules.Kind(&side.Facts)
	return side, true, nil
}

// establishment returns an establishment that can be found.
func (s *state) establishment(siret register.SIRET) (directory.Establishment, error) {
	l, doc, ok := s.ground.Find(siret)
	if !ok {
		return directory.Establishment{}, fmt.Errorf("establishment %s: %w", siret, db.ErrNotFound)
	}
	return s.ground.Establishment(l, doc)
}
