package match

import (
	"cmp"
	"math"
	"slices"

	"passerelle/internal/clock"
)

// The most a criterion can bring, in hundredths of a point.
const (
	Most = 2500 // of any criterion, at equal weights

	MostServices  = 1500 // when only registers speak
	MostJobs      = 1000 // when only registers speak
	MostResources = 1000 // when only registers speak
)

// farthest is the distance, in metres, from which nearness brings nothing.
const farthest = 100_000

// fade is the distance, in metres, at which nearness is divided by e.
const fade = 24_000

// Proximity returns the points of nearness, in hundredths: 2500 at the door,
// divided by e every 24 km (so 21 points at 4.2 km and 12.5 at 16.6 km), and
// nothing from 100 km on. A distance that is not known brings nothing.
func Proximity(metres float64) uint16 {
	switch {
	case math.IsNaN(metres) || metres >= farthest:
		return 0
	case metres <= 0:
		return Most
	}
	return uint16(math.Round(Most * math.Exp(-metres/fade)))
}

// A Road is how long it takes between two communes, and who says so. The zero
// Road is not known.
type Road struct {
	Minutes int
	Source  string    // whose matrix it is; empty where that was not said
	AsOf    clock.Day // of the matrix; empty where nothing is known
}

// Known reports whether anything is.
func (r Road) Known() bool { return r.AsOf != "" }

// perMinute is how many metres as the crow flies a minute of road stands for:
// half an hour fades as 24 km do. perMinute of a fast road at most is believed
// (fastest): nobody is nearer than that, whatever a matrix says.
const (
	perMinute = fade / 30
	fastest   = 2_000
)

// Straightest is the least part of a distance that a road can make of it.
const Straightest = perMinute / float64(fastest)

// Felt returns the distance that a road of some minutes stands for, between
// two that are some metres apart: 800 m a minute, and never less than two
// fifths of the distance, which 120 km/h in a straight line are.
func Felt(metres float64, minutes int) float64 {
	return max(float64(minutes)*perMinute, metres*Straightest)
}

// ByRoad returns figures whose proximity comes from minutes: 25 points at the
// door, divided by e every half hour, so that 24 km as the crow flies and 30
// minutes bring the same. Minutes below zero are not known, and change nothing;
// who is out of a zone stays there.
func (f Figures) ByRoad(metres float64, minutes int) Figures {
	if minutes >= 0 && f.Proximity > 0 {
		f.Proximity = Proximity(Felt(metres, minutes))
	}
	return f
}

// Strongest names the criterion that brings most: of what two could do for each
// other, the first between equals. Nearness, which all neighbours have, is it
// where nothing else brings anything.
func (f Figures) Strongest() string {
	best, most := "proximity", uint16(0)
	for _, c := range []struct {
		name   string
		points uint16
	}{{"services", f.Services}, {"jobs", f.Jobs}, {"resources", f.Resources}} {
		if c.points > most {
			best, most = c.name, c.points
		}
	}
	return best
}

// A Reach says how far a shared resource is worth a journey.
type Reach uint8

// The reaches, nearest first.
const (
	Doorstep Reach = iota // a room, a machine, hot meals: half at 6 km
	Local                 // unsold food, offcuts by the bag: half at 15 km
	Area                  // materials by the pallet: half at 40 km
	Country               // a buying group, a network: half at 150 km
)

// halves are the distances, in metres, at which a resource of each Reach is
// worth half.
var halves = [...]float64{6_000, 15_000, 40_000, 150_000}

// Fade returns the part of 0 to 1 of a resource that is left at a distance.
func (r Reach) Fade(metres float64) float64 {
	if math.IsNaN(metres) {
		return 0
	}
	half := halves[min(int(r), len(halves)-1)]
	return half / (half + max(0, metres))
}

// A Base is what two Kinds could do for each other as the registers tell it:
// hundredths of a point at no distance, never more than MostServices,
// MostJobs and MostResources. Only Resources fade with distance.
type Base struct {
	Services, Jobs, Resources uint16
	Reach                     Reach
}

// At returns the figures of a pair at a distance. None of them grows with it.
func (b Base) At(metres float64) Figures {
	return Figures{
		Proximity: Proximity(metres),
		Services:  b.Services,
		Jobs:      b.Jobs,
		Resources: uint16(math.Round(float64(b.Resources) * b.Reach.Fade(metres))),
	}
}

// Weights say how much each criterion counts for a reader. Only their ratios
// matter; one that is negative or no number counts for nothing, and if none
// counts all do.
type Weights struct {
	Proximity, Services, Jobs, Resources float64
}

// Equal are the weights of a reader who chose none.
func Equal() Weights { return Weights{1, 1, 1, 1} }

// Apply weighs figures so that their total stays within 0 and 100 points.
func (w Weights) Apply(f Figures) Figures {
	a := [4]float64{w.Proximity, w.Services, w.Jobs, w.Resources}
	if a[0] == a[1] && a[1] == a[2] && a[2] == a[3] {
		return f
	}
	most := 0.0
	for i, x := range a {
		if !(x > 0) || math.IsInf(x, 0) {
			a[i] = 0
		}
		most = max(most, a[i])
	}
	if most == 0 {
		return f
	}
	sum := 0.0
	for i := range a {
		a[i] /= most // so that huge weights do not overflow their sum
		sum += a[i]
	}
	g := f.list()
	for i := range g {
		g[i] = uint16(math.Floor(float64(g[i]) * 4 * a[i] / sum))
	}
	return Figures{g[0], g[1], g[2], g[3]}
}

func (f Figures) list() [4]uint16 {
	return [4]uint16{f.Proximity, f.Services, f.Jobs, f.Resources}
}

// Total returns the sum of the four criteria, in hundredths of a point, 0 to
// 10000.
func (f Figures) Total() uint16 {
	return f.Proximity + f.Services + f.Jobs + f.Resources
}

// Points are figures as they are shown: whole points.
type Points struct {
	Proximity, Services, Jobs, Resources int
	Total                                int // their sum
}

// Shown rounds figures to whole points whose sum is the rounded total: each
// is rounded down, and the points that are missing go to the largest
// remainders, at equality in the order of the criteria.
func (f Figures) Shown() Points {
	g := f.list()
	total := (int(f.Total()) + 50) / 100
	whole, left := [4]int{}, total
	order := []int{0, 1, 2, 3}
	for i, x := range g {
		whole[i] = int(x) / 100
		left -= whole[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(g[b]%100, g[a]%100) })
	for _, i := range order[:max(0, left)] {
		whole[i]++
	}
	return Points{whole[0], whole[1], whole[2], whole[3], total}
}
