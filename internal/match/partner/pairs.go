package partner

import (
	"cmp"
	"fmt"
	"slices"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A PairsQuestion asks for the best pairs of a territory: one of the ESS and
// one who could do something with it, both of the territory.
type PairsQuestion struct {
	Territory string  // slug
	Radius    float64 // metres; 0: DefaultBulk
	Limit     int     // 0: DefaultPairs
	Each      int     // how often one legal unit may be in the list; 0: DefaultEach
	// Met reports whether two have met already; they are left out. Nil: nobody
	// has.
	Met func(a, b register.SIRET) bool
}

// What a PairsQuestion asks for without saying so.
const (
	DefaultPairs = 100
	DefaultEach  = 3
)

// A Pair is two establishments and what they could do for each other, as read
// by the first.
type Pair struct {
	Sides          [2]match.Side
	Establishments [2]directory.Establishment
	Figures        match.Figures
	Metres         float64
	Road           match.Road
}

// Pair returns what two establishments could do for each other, at equal
// weights. One that has no place, or tells none, is directory.ErrPlaceless.
func (f *Finder) Pair(seeker, wanted register.SIRET) (*Pair, error) {
	s, err := f.now()
	if err != nil {
		return nil, err
	}
	p := new(Pair)
	for i, siret := range []register.SIRET{seeker, wanted} {
		var found bool
		if p.Sides[i], found, err = s.find(siret); err == nil && found {
			p.Establishments[i], err = s.establishment(siret)
		} else if err == nil {
			err = directory.ErrPlaceless
		}
		if err != nil {
			return nil, fmt.Errorf("pair %s and %s: %w", seeker, wanted, err)
		}
	}
	p.Metres = geo.Distance(p.Sides[0].Point, p.Sides[1].Point)
	p.Road = s.roads.road(s.roads.minutes(s.roads.commune(p.Sides[0].Commune), s.roads.commune(p.Sides[1].Commune)))
	p.Figures = f.Score(&p.Sides[0], &p.Sides[1], p.Metres)
	s.ground.Keep()
	return p, nil
}

// Pairs returns the best pairs of a territory, best first, out of the ten best
// partners of each of its establishments of the ESS.
func (f *Finder) Pairs(q PairsQuestion) ([]Pair, error) {
	s, err := f.now()
	if err != nil {
		return nil, err
	}
	if q.Radius <= 0 {
		q.Radius = DefaultBulk
	}
	q.Limit, q.Each = cmp.Or(q.Limit, DefaultPairs), cmp.Or(q.Each, DefaultEach)
	type couple struct {
		seeker int // of seekers
		candidate
	}
	var seekers []match.Side
	var all []couple
	w := f.walk()
	defer f.walks.Put(w)
	err = f.eachOf(q.Territory, func(siret register.SIRET) error {
		side, ok, err := s.find(siret)
		if err != nil || !ok {
			return err
		}
		found, err := w.run(s, f.seeker(s, side, Question{}), q.Radius)
		if err != nil {
			return err
		}
		for _, c := range found {
			all = append(all, couple{len(seekers), c})
		}
		seekers = append(seekers, side)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("pairs of %s: %w", q.Territory, err)
	}
	slices.SortFunc(all, func(a, b couple) int {
		return cmp.Or(better(&a.candidate, &b.candidate), cmp.Compare(seekers[a.seeker].SIRET, seekers[b.seeker].SIRET))
	})
	var out []Pair
	in := map[register.SIREN]int{}
	paired := map[[2]register.SIREN]bool{}
	for i := range all {
		a, c := &seekers[all[i].seeker], &all[i].candidate
		units := [2]register.SIREN{min(a.SIRET.SIREN(), c.siret.SIREN()), max(a.SIRET.SIREN(), c.siret.SIREN())}
		if len(out) == q.Limit {
			break
		}
		if in[units[0]] >= q.Each || in[units[1]] >= q.Each || paired[units] || q.Met != nil && q.Met(a.SIRET, c.siret) {
			continue
		}
		other, err := s.partner(c)
		if err != nil {
			return nil, fmt.Errorf("pairs of %s: %w", q.Territory, err)
		}
		if other.Establishment.Territory != q.Territory {
			continue
		}
		own, err := s.establishment(a.SIRET)
		if err != nil {
			return nil, fmt.Errorf("pairs of %s: %w", q.Territory, err)
		}
		in[units[0]]++
		in[units[1]]++
		paired[units] = true
		out = append(out, Pair{[2]match.Side{*a, other.Side}, [2]directory.Establishment{own, other.Establishment}, c.figures, c.metres, s.roads.road(int(c.minutes))})
	}
	s.ground.Keep()
	return out, nil
}

// eachOf yields the establishments of the ESS of a territory.
func (f *Finder) eachOf(territory string, yield func(register.SIRET) error) error {
	q := query.Query{World: query.ESS, Territories: []string{territory}, Sort: query.Name, PerPage: 100}
	for q.Page = 1; q.Page*q.PerPage <= query.MaxDepth; q.Page++ {
		found, err := f.Directory.Search(q, directory.ByWorld)
		if err != nil {
			return err
		}
		for i := range found.Hits {
			if err := yield(found.Hits[i].SIRET); err != nil {
				return err
			}
		}
		if q.Page*q.PerPage >= found.Total {
			return nil
		}
	}
	return nil
}
