package partner

import (
	"cmp"
	"fmt"
	"slices"

	"passerelle/internal/directory"
	"passerelle/internal/geo"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// Among returns the best pairs of some establishments that are in one room,
// best first: one of each world, neither in more than each of them, with
// something to do together beside being near. left lists those who cannot be
// paired at all, because the register does not say where they are or says it
// to nobody.
func (f *Finder) Among(present []register.SIRET, each int) (pairs []Pair, left []register.SIRET, err error) {
	s, err := f.now()
	if err != nil {
		return nil, nil, err
	}
	var sides []match.Side
	all := slices.Clone(present)
	slices.Sort(all)
	for _, siret := range slices.Compact(all) {
		side, ok, err := s.find(siret)
		if err != nil {
			return nil, nil, fmt.Errorf("pairs among %d: %w", len(all), err)
		}
		if !ok {
			left = append(left, siret)
			continue
		}
		sides = append(sides, side)
	}
	type couple struct {
		a, b    int // of sides
		figures match.Figures
		metres  float64
		road    match.Road
	}
	var couples []couple
	for i := range sides {
		for j := i + 1; j < len(sides); j++ {
			a, b := i, j
			if !lookIn(&sides[a].Facts, "")[craft] {
				a, b = b, a // the one of the ESS reads, as in Pairs
			}
			if in := lookIn(&sides[a].Facts, ""); !(in[craft] && sides[b].Facts.Craft || in[ess] && sides[b].Facts.ESS) || sides[a].SIRET.SIREN() == sides[b].SIRET.SIREN() {
				continue
			}
			far := geo.Distance(sides[a].Point, sides[b].Point)
			minutes := s.roads.minutes(s.roads.commune(sides[a].Commune), s.roads.commune(sides[b].Commune))
			c := couple{a, b, s.rules.Score(&sides[a], &sides[b], far, match.Equal()).ByRoad(far, minutes), far, s.roads.road(minutes)}
			if c.figures.Total() > c.figures.Proximity {
				couples = append(couples, c)
			}
		}
	}
	slices.SortFunc(couples, func(x, y couple) int {
		return cmp.Or(cmp.Compare(y.figures.Total(), x.figures.Total()), cmp.Compare(x.metres, y.metres), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	in := make([]int, len(sides))
	for _, c := range couples {
		if in[c.a] >= each || in[c.b] >= each {
			continue
		}
		in[c.a]++
		in[c.b]++
		p := Pair{Sides: [2]match.Side{sides[c.a], sides[c.b]}, Figures: c.figures, Metres: c.metres, Road: c.road}
		for i, side := range p.Sides {
			var e directory.Establishment
			if e, err = s.establishment(side.SIRET); err != nil {
				return nil, nil, fmt.Errorf("pairs among %d: %w", len(all), err)
			}
			p.Establishments[i] = e
		}
		pairs = append(pairs, p)
	}
	s.ground.Keep()
	return pairs, left, nil
}
