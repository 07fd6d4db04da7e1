package match

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestProximityFallsFromTwentyFivePointsToNothing(t *testing.T) {
	for _, c := range []struct {
		metres float64
		want   uint16
	}{
		{-1, 2500},
		{0, 2500},
		{4_200, 2099},
		{16_636, 1250},
		{24_000, 920},
		{99_999, 39},
		{100_000, 0},
		{math.Inf(1), 0},
		{math.NaN(), 0},
	} {
		if got := Proximity(c.metres); got != c.want {
			t.Errorf("Proximity(%v) = %d, want %d", c.metres, got, c.want)
		}
	}
}

func TestNoFigureGrowsWithDistance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Base{
			Services: rapid.Uint16Max(MostServices).Draw(t, "services"), Jobs: rapid.Uint16Max(MostJobs).Draw(t, "jobs"),
			Resources: rapid.Uint16Max(MostResources).Draw(t, "resources"), Reach: Reach(rapid.IntRange(0, 3).Draw(t, "reach")),
		}
		near := rapid.Float64Range(0, 200_000).Draw(t, "near")
		far := near + rapid.Float64Range(0, 200_000).Draw(t, "more")
		f, g := b.At(near).list(), b.At(far).list()
		for i := range f {
			if g[i] > f[i] {
				t.Fatalf("criterion %d is %d at %v m and %d at %v m", i, f[i], near, g[i], far)
			}
		}
	})
}

func TestShownPointsAddUp(t *testing.T) {
	if got, want := (Figures{2099, 1233, 633, 135}).Shown(), (Points{21, 12, 6, 2, 41}); got != want {
		t.Errorf("Shown() = %+v, want %+v", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Uint16Max(Most)
		f := Figures{one.Draw(t, "p"), one.Draw(t, "s"), one.Draw(t, "j"), one.Draw(t, "r")}
		p := f.Shown()
		if p.Total != (int(f.Total())+50)/100 || p.Proximity+p.Services+p.Jobs+p.Resources != p.Total {
			t.Fatalf("%+v is shown as %+v", f, p)
		}
		for i, n := range []int{p.Proximity, p.Services, p.Jobs, p.Resources} {
			if low := int(f.list()[i]) / 100; n < low || n > low+1 {
				t.Fatalf("%+v: criterion %d is shown as %d", f, i, n)
			}
		}
	})
}

func TestWeightsKeepTheTotalWithinAHundred(t *testing.T) {
	f := Figures{2000, 1000, 500, 100}
	if got := Equal().Apply(f); got != f {
		t.Errorf("equal weights change %+v to %+v", f, got)
	}
	if got, want := (Weights{0, 1, 0, 0}).Apply(f), (Figures{0, 4000, 0, 0}); got != want {
		t.Errorf("services alone give %+v, want %+v", got, want)
	}
	if got := (Weights{-1, math.NaN(), 0, math.Inf(1)}).Apply(f); got != f {
		t.Errorf("weights of no use change %+v to %+v", f, got)
	}
	rapid.Check(t, func(t *rapid.T) {
		one, w := rapid.Uint16Max(Most), rapid.Float64()
		f := Figures{one.Draw(t, "p"), one.Draw(t, "s"), one.Draw(t, "j"), one.Draw(t, "r")}
		weights := Weights{w.Draw(t, "wp"), w.Draw(t, "ws"), w.Draw(t, "wj"), w.Draw(t, "wr")}
		if total := weights.Apply(f).Total(); total > 10_000 {
			t.Fatalf("%+v weighed by %+v is %d", f, weights, total)
		}
	})
}

// Half an hour of road brings what 24 km bring, and no road makes anybody
// nearer than two fifths of the distance.
func TestByRoad(t *testing.T) {
	for _, c := range []struct {
		metres  float64
		minutes int
		want    uint16
	}{
		{15_000, -1, Proximity(15_000)}, // not known
		{15_000, 18, 1372},              // the example of the documentation
		{15_000, 30, 920},
		{15_000, 0, Proximity(6_000)}, // nobody flies
		{15_000, 125, 0},
		{24_000, 30, Proximity(24_000)},
		{0, 0, Most},
	} {
		if got := (Figures{Proximity: Proximity(c.metres), Jobs: 7}).ByRoad(c.metres, c.minutes); got != (Figures{Proximity: c.want, Jobs: 7}) {
			t.Errorf("%.0f m and %d min: %+v, want %d", c.metres, c.minutes, got, c.want)
		}
	}
	if f := (Figures{Services: 3}).ByRoad(1_000, 5); f.Proximity != 0 {
		t.Errorf("outside of a zone: %+v", f)
	}
}

func TestStrongest(t *testing.T) {
	for want, f := range map[string]Figures{
		"services":  {Proximity: 2500, Services: 300, Jobs: 299, Resources: 300},
		"jobs":      {Proximity: 2500, Services: 1, Jobs: 3, Resources: 2},
		"resources": {Services: 1, Resources: 2},
		"proximity": {Proximity: 1},
	} {
		if got := f.Strongest(); got != want {
			t.Errorf("%+v: %q, want %q", f, got, want)
		}
	}
}
