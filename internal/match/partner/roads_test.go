package partner_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"passerelle/internal/directory/directorytest"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
)

// build makes roads between most of the communes: some faster than anybody may
// be, some slow, some that say nothing.
func (w *town) build(t testing.TB) {
	t.Helper()
	var text strings.Builder
	text.WriteString("from,to,minutes\n")
	for i, a := range communes {
		for _, b := range communes[:i] {
			if w.r.Intn(6) > 0 {
				fmt.Fprintf(&text, "%s,%s,%d\n", a, b, w.r.Intn([]int{5, 60, 200}[w.r.Intn(3)]))
			}
		}
	}
	times, err := w.places.ReadTimes(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	times.AsOf = directorytest.AsOf
	w.partners.Times, w.partners.Atlas = times, w.places
}

// minutes returns how long it takes between two sides, -1 where that is not
// known.
func (w *town) minutes(a, b *match.Side) int {
	i, _ := w.places.Index(a.Commune)
	j, _ := w.places.Index(b.Commune)
	if n, ok := w.partners.Times.Minutes(i, j); ok {
		return n
	}
	return -1
}

// By road everyone is given their own, too, and so are pairs.
func TestEveryoneByRoad(t *testing.T) {
	w := newTown(t, 5, 900)
	w.build(t)
	byRoad := 0
	err := w.partners.Everyone(t.Context(), partner.Bulk{}, func(_, _ int, lines []partner.Line) error {
		for i := 0; i < len(lines); {
			own, err := w.partners.Lines(partner.Question{SIRET: lines[i].Seeker, Radius: partner.DefaultBulk})
			if err != nil {
				return err
			}
			if diff := gocmp.Diff(own, lines[i:min(len(lines), i+len(own))]); diff != "" {
				t.Fatalf("-own +everyone:\n%s", diff)
			}
			i += len(own)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := w.partners.Pairs(partner.PairsQuestion{Territory: "artois"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pairs {
		if n := w.minutes(&p.Sides[0], &p.Sides[1]); p.Road.Known() != (n >= 0) || n >= 0 && p.Road.Minutes != n {
			t.Errorf("%s and %s are %+v apart, want %d min", p.Sides[0].SIRET, p.Sides[1].SIRET, p.Road, n)
		}
		if p.Road.Known() {
			byRoad++
		}
		if want := w.partners.Score(&p.Sides[0], &p.Sides[1], p.Metres); want != p.Figures {
			t.Errorf("%+v, want %+v", p.Figures, want)
		}
	}
	if byRoad == 0 || byRoad == len(pairs) {
		t.Errorf("%d of %d pairs have a road: this test proves less than it says", byRoad, len(pairs))
	}
}
