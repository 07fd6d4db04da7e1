package team

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/geo"
	"passerelle/internal/match/teams"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

var today = clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))

var isbergues = geo.Point{Lat: 50.6237, Lon: 2.4563}

// open serves establishments.
func open(t testing.TB, list []directory.Establishment) *Finder {
	t.Helper()
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, list)
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := directory.Open(t.Context(), directory.Config{Dir: dir, Places: places, Trades: trades, Clock: today, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return &Finder{Directory: d, Trades: trades}
}

// activities are those of the invented town: trades that share codes, and NAF
// codes of those who are not craft.
var activities = []struct{ trade, nafa, naf string }{
	{"electricien", "4321AB", "43.21A"},
	{"plombier", "4322AZ", "43.22A"},
	{"menuisier", "4332AA", "43.32A"},
	{"menuisier-pvc", "4332AB", "43.32A"},
	{"carreleur", "4333ZZ", "43.33Z"},
	{"peintre", "4334ZB", "43.34Z"},
	{"peintre", "4334ZC", "43.34Z"},
	{"peintre-en-lettres", "4334ZD", "43.34Z"},
	{"nettoyage", "8121ZZ", "81.21Z"},
	{"", "", "81.21Z"},
	{"", "", "43.34Z"},
	{"peintre", "", "43.34Z"},
}

// town invents establishments around Isbergues, many at one point, some firms
// with several.
func town(rng *rand.Rand, n int) []directory.Establishment {
	var out []directory.Establishment
	for i := range n {
		a := activities[rng.IntN(len(activities))]
		siren := 100_000_000 + uint64(rng.IntN(n))*10
		e := directory.Establishment{
			SIRET: register.SIRET(siren*100_000 + uint64(i)), Name: fmt.Sprintf("Atelier %d", i), NAFA: a.nafa, NAF: a.naf, Trade: a.trade,
			Size: []string{"NN", "01", "02", "03", "11"}[rng.IntN(5)], Commune: "62473", Department: "62", Precision: directory.AtCommune, Point: isbergues,
		}
		if a.trade != "" {
			e.Claims = append(e.Claims, directory.Claim{World: "craft", Certainty: directory.Recorded, Source: "sirene:aprm", AsOf: directorytest.AsOf})
		}
		if a.trade == "" || rng.IntN(12) == 0 {
			e.Claims = append(e.Claims, directory.Claim{World: "ess", Certainty: directory.LegalForm, Source: "sirene:legal_form", AsOf: directorytest.AsOf})
		}
		if rng.IntN(3) > 0 {
			e.Point, e.Precision = geo.Point{Lat: 50.3 + .6*rng.Float64(), Lon: 2 + rng.Float64()}, directory.AtAddress
		}
		out = append(out, e)
	}
	return out
}

func random(rng *rand.Rand, list []directory.Establishment) Job {
	names := []string{"electricien", "plombier", "menuisier", "menuisier-pvc", "43.32A", "4334ZC", "peintre", "43.34Z", "nettoyage", "carreleur", "81.21Z", "boulanger"}
	j := Job{Site: isbergues, Radius: 1000 * float64(1+rng.IntN(30)), Social: rng.IntN(2) == 0, Most: rng.IntN(6), MemberCost: int64(rng.IntN(3)) * 2500}
	if rng.IntN(2) == 0 {
		j.Site = geo.Point{Lat: 50.4 + .4*rng.Float64(), Lon: 2.2 + .6*rng.Float64()}
	}
	for range 1 + rng.IntN(8) {
		l := Lot{Trade: names[rng.IntN(len(names))]}
		if rng.IntN(6) == 0 {
			l.Heads = rng.IntN(8)
		}
		j.Lots = append(j.Lots, l)
	}
	if rng.IntN(4) == 0 {
		j.Include = append(j.Include, list[rng.IntN(len(list))].SIRET)
	}
	for range rng.IntN(3) {
		j.Exclude = append(j.Exclude, list[rng.IntN(len(list))].SIRET)
	}
	return j
}

// What is left unread changes nothing: the teams are those that are best among
// all the establishments of the register.
func TestNothingUnreadMatters(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	list := town(rng, 1500)
	f := open(t, list)
	for i := range list { // as they are kept
		e, err := f.Directory.Establishment(list[i].SIRET)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = e
	}
	f.Sold = func(context.Context) (map[register.SIRET]string, error) {
		return map[register.SIRET]string{list[3].SIRET: "Plomberie, carrelage", list[9].SIRET: "peintre en bâtiment ; électricité", list[40].SIRET: "rêves"}, nil
	}
	said := map[register.SIRET][]string{list[3].SIRET: {"plombier", "carreleur"}, list[9].SIRET: {"peintre", "electricien"}}
	compared := 0
	for n := range 400 {
		j := random(rng, list)
		p := &pool{finder: f, job: &j, by: make(map[register.SIRET]*member), said: said}
		for _, l := range j.Lots {
			name, _ := f.Trade(l.Trade)
			p.trades = append(p.trades, name)
		}
		for i := range list {
			h := directory.Hit{Establishment: list[i], Distance: geo.Distance(j.Site, list[i].Point)}
			if h.Distance <= j.Radius || slices.Contains(j.Include, h.SIRET) {
				p.take(h)
			}
		}
		want, wantErr := teams.Best(p.request())
		got, err := f.Find(t.Context(), j)
		if (err != nil) != (wantErr != nil) {
			t.Fatalf("case %d: %v, want %v", n, err, wantErr)
		}
		if err != nil {
			continue
		}
		if tell(got.Teams) != tellBest(want.Teams) {
			t.Errorf("case %d, %+v:\n got %s\nwant %s", n, j, tell(got.Teams), tellBest(want.Teams))
		}
		compared += len(got.Teams)
	}
	if compared < 500 {
		t.Errorf("only %d teams were compared", compared)
	}
}

func tell(list []Team) (s string) {
	for _, t := range list {
		s += fmt.Sprint(t.Cost, t.Optimal)
		for _, m := range t.Members {
			s += fmt.Sprint(" ", m.SIRET, m.Lots)
		}
		s += "; "
	}
	return s
}

func tellBest(list []teams.Team) (s string) {
	for _, t := range list {
		s += fmt.Sprint(t.Cost, t.Optimal)
		for _, m := range t.Members {
			var lots []int
			for i := range MaxLots {
				if m.Lots.Has(i) {
					lots = append(lots, i)
				}
			}
			s += fmt.Sprint(" ", register.SIRET(m.Candidate.ID), lots)
		}
		s += "; "
	}
	return s
}

// Who has worked with somebody who must be there costs half of a member.
func TestPastCooperation(t *testing.T) {
	f := open(t, directorytest.Establishments())
	f.Past = func(_ context.Context, with []register.SIRET) ([]register.SIRET, error) {
		if !slices.Equal(with, []register.SIRET{directorytest.Boulangerie}) {
			t.Errorf("asked for %v", with)
		}
		return []register.SIRET{directorytest.Brochard}, nil
	}
	j := Job{Site: isbergues, Radius: 25_000, MemberCost: 5000, Lots: []Lot{{Trade: "boulanger"}, {Trade: "menuisier"}}, Include: []register.SIRET{directorytest.Boulangerie}}
	plain, err := f.Find(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	j.PreferPast = true
	past, err := f.Find(t.Context(), j)
	if err != nil || plain.Teams[0].Cost-past.Teams[0].Cost != 2500 {
		t.Errorf("%d, then %d (%v); want 2500 less", plain.Teams[0].Cost, past.Teams[0].Cost, err)
	}
}

// A masked natural person is in no team, not even when it is named.
func TestHardCaseMaskedPersonsAreInNoTeam(t *testing.T) {
	f := open(t, directorytest.Establishments())
	j := Job{Site: isbergues, Radius: 100_000, Lots: []Lot{{Trade: "plombier"}, {Trade: "43.22A"}}}
	got, err := f.Find(t.Context(), j)
	if err != nil || len(got.Teams) != 0 || got.Beyond[0].Found {
		t.Errorf("got %+v, %v", got, err)
	}
	j.Include = []register.SIRET{directorytest.Masked}
	if _, err := f.Find(t.Context(), j); !errors.Is(err, ErrUnknown) {
		t.Errorf("included: %v", err)
	}
}

// When the clause cannot hold there is no team, and the nearest who could make
// it hold is told.
func TestTheClauseThatCannotHold(t *testing.T) {
	f := open(t, directorytest.Establishments())
	got, err := f.Find(t.Context(), Job{Site: geo.Point{Lat: 50.7264, Lon: 1.6147}, Radius: 5000, Social: true, Lots: []Lot{{Trade: "boulanger"}, {Trade: "charpentier"}}})
	if err != nil || len(got.Teams) != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	last := got.Beyond[len(got.Beyond)-1]
	if last.Lot != -1 || last.SIRET != directorytest.Charpentiers {
		t.Errorf("got %+v", last)
	}
}
