package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"passerelle/internal/geo"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
)

// A body is a firm as brute force measures it.
type body struct {
	*firm
	x, y, z float64
}

func bodyOf(f *firm) body {
	a, b := f.point.Lat*math.Pi/180, f.point.Lon*math.Pi/180
	return body{f, math.Cos(a) * math.Cos(b), math.Cos(a) * math.Sin(b), math.Sin(a)}
}

// bruteForce scores everybody for every establishment of a département, and
// compares with what ours found.
func bruteForce(f *partner.Finder, rules *match.Rules, firms []firm, department string) error {
	ours := map[register.SIRET][]found{}
	err := f.Everyone(context.Background(), partner.Bulk{Departments: []string{department}}, func(_, _ int, lines []partner.Line) error {
		for _, l := range lines {
			ours[l.Seeker] = append(ours[l.Seeker], found{l.Partner, l.Figures.Total(), float64(l.Metres)})
		}
		return nil
	})
	if err != nil {
		return err
	}
	box := geo.Box{South: 90, West: 180, North: -90, East: -180}
	var seekers []*firm
	for i := range firms {
		if firms[i].department == department {
			p := firms[i].point
			box = geo.Box{South: min(box.South, p.Lat), West: min(box.West, p.Lon), North: max(box.North, p.Lat), East: max(box.East, p.Lon)}
			seekers = append(seekers, &firms[i])
		}
	}
	margin := geo.Around(geo.Point{Lat: max(math.Abs(box.South), math.Abs(box.North))}, partner.DefaultBulk)
	var crafts, others []body
	for i := range firms {
		p := firms[i].point
		if p.Lat < box.South+margin.South-margin.North || p.Lat > box.North+margin.North-margin.South || p.Lon < box.West+margin.West || p.Lon > box.East+margin.East {
			continue
		}
		if firms[i].craft {
			crafts = append(crafts, bodyOf(&firms[i]))
		}
		if firms[i].ess {
			others = append(others, bodyOf(&firms[i]))
		}
	}
	var next, pairs, differ atomic.Int64
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(seekers)); i = next.Add(1) - 1 {
				s := bodyOf(seekers[i])
				var list []found
				n := int64(0)
				if s.inCraft() {
					list = score(rules, &s, crafts, list, &n)
				}
				if s.inESS() {
					list = score(rules, &s, others, list, &n)
				}
				pairs.Add(n)
				if !slices.EqualFunc(list, ours[s.siret], func(a, b found) bool { return a.siret == b.siret && a.total == b.total }) {
					differ.Add(1)
				}
			}
		})
	}
	group.Wait()
	fmt.Printf("département %s: %d establishments, %d pairs scored by brute force, %d lists differ\n", department, len(seekers), pairs.Load(), differ.Load())
	return nil
}

// score keeps in list the ten best of all within reach who could do something.
func score(rules *match.Rules, s *body, all []body, list []found, n *int64) []found {
	c := 2 * math.Sin(partner.DefaultBulk/geo.EarthRadius/2)
	for i := range all {
		b := &all[i]
		dx, dy, dz := b.x-s.x, b.y-s.y, b.z-s.z
		far := dx*dx + dy*dy + dz*dz
		if far > c*c || b.siret.SIREN() == s.siret.SIREN() {
			continue
		}
		*n++
		base := rules.Between(s.kind, b.kind)
		if base.Services+base.Jobs+base.Resources == 0 {
			continue
		}
		metres := 2 * geo.EarthRadius * math.Asin(math.Sqrt(far)/2)
		list = keep(list, found{b.siret, base.At(metres).Total(), metres})
	}
	return list
}

// keep puts f among the ten best, one of each legal unit, if it is.
func keep(list []found, f found) []found {
	order := func(a, b found) int {
		return cmp.Or(cmp.Compare(b.total, a.total), cmp.Compare(a.metres, b.metres), cmp.Compare(a.siret, b.siret))
	}
	if len(list) == partner.DefaultLimit && order(f, list[len(list)-1]) >= 0 {
		return list
	}
	if i := slices.IndexFunc(list, func(g found) bool { return g.siret.SIREN() == f.siret.SIREN() }); i >= 0 {
		if order(f, list[i]) < 0 {
			list[i] = f
			slices.SortFunc(list, order)
		}
		return list
	}
	list = append(list, f)
	slices.SortFunc(list, order)
	return list[:min(len(list), partner.DefaultLimit)]
}
