package partner_test

import (
	"testing"

	"passerelle/internal/match"
	"passerelle/internal/register"
)

// The pairs among those present are of both worlds, scored as everywhere,
// best first, and nobody is in more than three.
func TestAmong(t *testing.T) {
	w := newTown(t, 7, 60)
	present := append([]register.SIRET{w.sirets[0], 1}, w.sirets...) // one twice, one unknown
	pairs, left, err := w.partners.Among(present, 3)
	if err != nil || len(pairs) == 0 {
		t.Fatalf("%d pairs, %v", len(pairs), err)
	}
	gone := map[register.SIRET]bool{}
	for _, siret := range left {
		gone[siret] = true
	}
	if !gone[1] {
		t.Error("an establishment that does not exist is paired")
	}
	in := map[register.SIRET]int{}
	for i, p := range pairs {
		a, b := &p.Sides[0], &p.Sides[1]
		if f := w.rules.Score(a, b, p.Metres, match.Equal()); f != p.Figures || f.Total() == f.Proximity {
			t.Errorf("pair %d: %v, want %v", i, p.Figures, f)
		}
		if !(a.Facts.ESS && b.Facts.Craft || a.Facts.Craft && b.Facts.ESS) || a.SIRET.SIREN() == b.SIRET.SIREN() || gone[a.SIRET] || gone[b.SIRET] {
			t.Errorf("pair %d: %+v with %+v", i, a.Facts, b.Facts)
		}
		if i > 0 && p.Figures.Total() > pairs[i-1].Figures.Total() {
			t.Errorf("pair %d is better than the one before", i)
		}
		for n, side := range p.Sides {
			if p.Establishments[n].SIRET != side.SIRET {
				t.Errorf("pair %d: the establishment of %s is %s", i, side.SIRET, p.Establishments[n].SIRET)
			}
			if in[side.SIRET]++; in[side.SIRET] > 3 {
				t.Errorf("%s is in more than three pairs", side.SIRET)
			}
		}
	}
}
