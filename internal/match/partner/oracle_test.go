package partner_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"passerelle/internal/clock"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A town is a house of random establishments, some of whose people have said
// something, asked not to be found, moved or were asked a lot.
type town struct {
	r         *rand.Rand
	trades    *trade.Table
	rules     *match.Rules
	directory *directory.Directory
	partners  *partner.Finder
	places    *place.Atlas
	said      map[register.SIRET]*match.Said
	answers   map[register.SIRET]uint8
	sirets    []register.SIRET
}

var amina = directory.Act{Who: "amina", Channel: "web"}

func newTown(t testing.TB, seed int64, size int) *town {
	t.Helper()
	w := &town{r: rand.New(rand.NewSource(seed)), said: map[register.SIRET]*match.Said{}, answers: map[register.SIRET]uint8{}}
	var err error
	if w.trades, err = trade.Load(); err != nil {
		t.Fatal(err)
	}
	if w.rules, err = match.Load(w.trades); err != nil {
		t.Fatal(err)
	}
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	w.places = places
	list := w.establishments(size)
	for i := range list {
		w.sirets = append(w.sirets, list[i].SIRET)
	}
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, list)
	w.directory, err = directory.Open(t.Context(), directory.Config{
		Dir: dir, Places: places, Trades: w.trades, DB: dbtest.SQLite(t), Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.directory.Close() })
	for _, s := range w.sirets {
		if w.r.Intn(3) == 0 {
			w.answers[s] = uint8(25 * w.r.Intn(5))
		}
	}
	version := uint64(0)
	w.partners = &partner.Finder{Directory: w.directory, Rules: w.rules, Said: func() (map[register.SIRET]*match.Said, uint64) { return w.said, version }}
	w.partners.Answers = func() (map[register.SIRET]uint8, string) { return w.answers, "" }
	w.change(t)
	return w
}

// The towns lie around Isbergues, in the middle of Paris and on La Réunion,
// south of the equator.
var centres = []geo.Point{{Lat: 50.6237, Lon: 2.4563}, {Lat: 48.857, Lon: 2.352}, {Lat: -21.115, Lon: 55.536}}

// communes are where the establishments are registered, wherever they lie, so
// that roads and distances say different things.
var communes = []string{"62473", "62119", "62041", "62014", "62498", "62160", "62765", "62193"}

func (w *town) establishments(n int) []directory.Establishment {
	trades := w.trades.Trades()
	labels := []string{"", "", "aci", "ei", "ai", "etti", "ea", "esat", "scop", "ehpad", "rge", "geiq"}
	codes := []string{"38.32Z", "88.10A", "87.10A", "94.99Z", "78.20Z", "81.30Z", "56.29A", "47.79Z", "85.59A", "93.12Z", "90.01Z", "55.20Z", "88.99B", "68.20A"}
	sizes := []string{"", "NN", "01", "03", "11", "21", "32"}
	names := []string{"Maison", "Les Jardins", "Recyclerie", "Menuiserie", "Harmonie"}
	var out []directory.Establishment
	seen := map[register.SIRET]bool{}
	for len(out) < n {
		s := register.SIRET((100_000_000+w.r.Int63n(int64(n)*2))*100_000 + 1 + w.r.Int63n(3))
		if seen[s] {
			continue
		}
		seen[s] = true
		centre := centres[w.r.Intn(len(centres))]
		e := directory.Establishment{
			SIRET: s, Name: fmt.Sprintf("%s %d", names[w.r.Intn(len(names))], len(out)), LegalForm: "5499", UnitSize: sizes[w.r.Intn(len(sizes))], Department: "62", Territory: "artois", Commune: communes[len(out)%len(communes)],
			Precision: directory.AtAddress,
			Point:     geo.Point{Lat: centre.Lat + w.r.NormFloat64()*.12, Lon: centre.Lon + w.r.NormFloat64()*.18},
		}
		if len(out)%4 == 0 {
			e.Territory = "boulonnais"
		}
		if estate := w.r.Intn(15); estate < 3 { // all at one place; no two places are equally far from a third
			e.Point = geo.Point{Lat: centre.Lat + float64(estate*estate)*.05, Lon: centre.Lon}
		}
		e.Point = geo.Point{Lat: math.Round(e.Point.Lat*1e6) / 1e6, Lon: math.Round(e.Point.Lon*1e6) / 1e6} // as it is kept
		world := w.r.Intn(10)
		if world < 8 {
			t := trades[w.r.Intn(len(trades))]
			e.Trade, e.Sector = t.Slug, t.Sector
			if len(t.NAFA) > 0 {
				e.NAFA = t.NAFA[0]
			}
			if len(t.NAF) > 0 {
				e.NAF = t.NAF[0]
			}
			e.Claims = append(e.Claims, directory.Claim{World: "craft", Certainty: directory.Recorded, Source: "sirene:aprm", AsOf: directorytest.AsOf})
		}
		if world >= 7 {
			e.Family = trade.Families[w.r.Intn(len(trade.Families))]
			if e.NAF == "" {
				e.NAF, e.LegalForm = codes[w.r.Intn(len(codes))], "9220"
			}
			e.Claims = append(e.Claims, directory.Claim{World: "ess", Certainty: directory.Flagged, Source: "sirene:flag", AsOf: directorytest.AsOf})
			if l := labels[w.r.Intn(len(labels))]; l != "" {
				e.Marks = append(e.Marks, directory.Mark{Label: l, AsOf: directorytest.AsOf})
			}
		}
		switch w.r.Intn(25) {
		case 0:
			e.Mask, e.Natural, e.Precision, e.Point = directory.MaskedPerson, true, directory.Nowhere, geo.Point{}
		case 1:
			e.Precision, e.Point = directory.Nowhere, geo.Point{}
		case 2:
			e.Mask = directory.MaskedAddress
		}
		out = append(out, e)
	}
	return out
}

// change lets some people speak.
func (w *town) change(t testing.TB) {
	t.Helper()
	ctx := context.Background()
	words := []string{"bois", "pain", "palettes", "réparation de vélos", "menuiserie", "repas", "nettoyage", "imprimerie", "couture"}
	trades := [][]string{nil, {"menuisier"}, {"boulanger", "imprimeur"}, {"plombier"}}
	zones := [][]string{nil, nil, {"artois"}, {"artois", "boulonnais"}}
	for range len(w.sirets) / 20 {
		s := w.sirets[w.r.Intn(len(w.sirets))]
		o := directory.Overlay{}
		switch w.r.Intn(5) {
		case 0:
			o.Hidden = true
		case 1:
			o.Labels = []string{"rge"}
		case 2:
			c := centres[w.r.Intn(len(centres))]
			o.Point = &geo.Point{Lat: c.Lat + float64(w.r.Intn(100))*.001, Lon: c.Lon + float64(w.r.Intn(100))*.001}
			o.Point.Lat, o.Point.Lon = math.Round(o.Point.Lat*1e6)/1e6, math.Round(o.Point.Lon*1e6)/1e6
		case 3:
			o.Solicited, o.SolicitedAt = 1+w.r.Float64()*5, time.Date(2026, 11, 1+w.r.Intn(20), 9, 0, 0, 0, time.UTC)
		case 4:
			w.said[s] = &match.Said{
				Buys: []string{words[w.r.Intn(len(words))]}, Sells: []string{words[w.r.Intn(len(words))]}, ZoneKM: []int{0, -1, 5, 20, 50}[w.r.Intn(5)],
				BuysTrades: trades[w.r.Intn(len(trades))], SellsTrades: trades[w.r.Intn(len(trades))], Territories: zones[w.r.Intn(len(zones))],
				Apprentices: w.r.Intn(2) == 0, Fresh: w.r.Intn(2) == 0,
			}
			o.Words = "sur place"
		}
		if err := w.directory.Change(ctx, amina, s, o); err != nil {
			t.Fatal(err)
		}
	}
}

// A line is what a test compares of a partner.
type line struct {
	SIRET   register.SIRET
	Figures match.Figures
	Metres  int
}

// brute answers a question by scoring everybody.
func (w *town) brute(t *testing.T, q partner.Question, radius float64) []line {
	t.Helper()
	side := func(s register.SIRET) (match.Side, bool) {
		e, err := w.directory.Establishment(s)
		if err != nil || e.Mask == directory.MaskedPerson || e.Precision == directory.Nowhere {
			return match.Side{}, false
		}
		out := match.Side{SIRET: s, Facts: w.rules.FactsOf(&e), Point: e.Point, Said: w.said[s], Territory: e.Territory, Commune: e.Commune}
		out.Kind = w.rules.Kind(&out.Facts)
		return out, true
	}
	asks, ok := side(q.SIRET)
	if !ok {
		t.Fatalf("%s cannot ask", q.SIRET)
	}
	type scored struct {
		line
		side   match.Side
		worth  int
		metres float64
		busy   float64
	}
	var all []scored
	for _, s := range w.sirets {
		c, ok := side(s)
		if !ok || s.SIREN() == q.SIRET.SIREN() || q.Dropped[s] {
			continue
		}
		switch {
		case q.World == query.Craft && !c.Facts.Craft, q.World == query.ESS && !c.Facts.ESS:
			continue
		case q.World == query.Any && asks.Facts.Craft != asks.Facts.ESS && (asks.Facts.Craft && !c.Facts.ESS || asks.Facts.ESS && !c.Facts.Craft):
			continue
		}
		far := geo.Distance(asks.Point, c.Point)
		bare := w.rules.Score(&asks, &c, far, match.Equal())
		door := bare
		if asks.Said == nil && c.Said == nil {
			if base := w.rules.Between(asks.Kind, c.Kind).At(far); base != bare {
				t.Fatalf("%v and %v at %.0f m: %+v by their kinds, %+v in full", asks, c, far, base, bare)
			}
		}
		if c.Said == nil {
			door = w.rules.Score(&asks, &c, 0, match.Equal())
		}
		if far > radius || door.Services+door.Jobs+door.Resources == 0 {
			continue
		}
		weights := q.Weights
		if weights == (match.Weights{}) {
			weights = match.Equal()
		}
		bare = bare.ByRoad(far, w.minutes(&asks, &c))
		if q.Heard != nil {
			bare = q.Heard(c.Kind).Dampen(bare)
		}
		f := weights.Apply(bare)
		o := w.directory.Overlay(s)
		busy := 0.0
		if o.Solicited > 0 {
			busy = o.Solicited * (1 - float64(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).Sub(o.SolicitedAt))/float64(90*24*time.Hour))
		}
		all = append(all, scored{line{s, f, int(far + .5)}, c, int(f.Total()), far, busy})
	}
	rate := func(s register.SIRET) uint8 {
		if n, ok := w.answers[s]; ok {
			return n
		}
		return 50
	}
	yes := func(b bool) int { return map[bool]int{true: 1}[b] }
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.worth, a.worth), cmp.Compare(yes(b.side.Said != nil), yes(a.side.Said != nil)),
			cmp.Compare(rate(b.SIRET), rate(a.SIRET)), cmp.Compare(yes(b.side.Said != nil && b.side.Said.Fresh), yes(a.side.Said != nil && a.side.Said.Fresh)),
			cmp.Compare(float32(a.busy), float32(b.busy)), cmp.Compare(a.metres, b.metres), cmp.Compare(a.SIRET, b.SIRET))
	})
	var out []line
	units := map[register.SIREN]bool{}
	for _, c := range all {
		if !units[c.SIRET.SIREN()] && len(out) < q.Limit {
			units[c.SIRET.SIREN()] = true
			out = append(out, c.line)
		}
	}
	return out
}

// Every answer is the one that scoring everybody gives.
func TestThePartnersAreThoseOfScoringEverybody(t *testing.T) {
	for seed := range int64(5) {
		w := newTown(t, seed, 2400)
		if seed >= 3 {
			w.build(t)
		}
		asked, found, loud := 0, 0, 0
		for range 90 {
			q := partner.Question{
				SIRET: w.sirets[w.r.Intn(len(w.sirets))], World: []query.World{"", "", query.Craft, query.ESS, query.Both}[w.r.Intn(5)],
				Radius: []float64{500, 5_000, 20_000, 30_000, 100_000}[w.r.Intn(5)], Limit: []int{1, 10, 100}[w.r.Intn(3)],
			}
			if w.r.Intn(3) == 0 {
				q.Weights = match.Weights{Proximity: float64(w.r.Intn(3)), Services: float64(w.r.Intn(3)), Jobs: 1, Resources: float64(w.r.Intn(3))}
			}
			if w.r.Intn(4) == 0 {
				q.Dropped = map[register.SIRET]bool{}
				for range 300 {
					q.Dropped[w.sirets[w.r.Intn(len(w.sirets))]] = true
				}
				q.Heard = func(k match.Kind) match.Voices {
					return match.Voices{match.Competitor: int(k % 9), match.TooFar: int(k % 5)}
				}
			}
			a, err := w.partners.Best(q)
			if err != nil {
				if e, err2 := w.directory.Establishment(q.SIRET); err2 == nil && e.Precision != directory.Nowhere {
					t.Fatalf("partners of %s: %v", q.SIRET, err)
				}
				continue
			}
			asked++
			var got []line
			for _, p := range a.Partners {
				got = append(got, line{p.Side.SIRET, p.Figures, int(p.Metres + .5)})
				if p.Side.Said != nil {
					loud++
				}
				pair, err := w.partners.Pair(q.SIRET, p.Side.SIRET)
				if err != nil {
					t.Fatalf("the pair of %s and %s: %v", q.SIRET, p.Side.SIRET, err)
				}
				if q.Weights == (match.Weights{}) && q.Heard == nil && pair.Figures != p.Figures || pair.Establishments[1].SIRET != p.Side.SIRET || pair.Road != p.Road || math.Abs(pair.Metres-p.Metres) > 1 {
					t.Errorf("the pair of %s and %s: %+v, %.1f m; among the partners %+v, %.1f m", q.SIRET, p.Side.SIRET, pair.Figures, pair.Metres, p.Figures, p.Metres)
				}
				if p.Establishment.SIRET != p.Side.SIRET {
					t.Fatalf("partner %s is shown as %s", p.Side.SIRET, p.Establishment.SIRET)
				}
			}
			found += len(got)
			if diff := gocmp.Diff(w.brute(t, q, a.Radius), got); diff != "" {
				t.Fatalf("seed %d, partners of %s, %q within %.0f m, %d of them, %+v: -want +got\n%s", seed, q.SIRET, q.World, q.Radius, q.Limit, q.Weights, diff)
			}
			if lines, err := w.partners.Lines(q); err != nil || !a.Widened && len(lines) != len(got) {
				t.Errorf("%d lines of %d partners: %v", len(lines), len(got), err)
			} else {
				for i, l := range lines {
					if a.Widened || l.Partner != got[i].SIRET || l.Figures != got[i].Figures || int(l.Rank) != i+1 || l.Seeker != q.SIRET {
						t.Errorf("line %d: %+v, want %+v", i, l, got[i])
					}
				}
			}
			if a.Widened != (a.Radius > q.Radius) {
				t.Errorf("widened %v: from %.0f to %.0f m", a.Widened, q.Radius, a.Radius)
			}
		}
		if asked < 60 || found < 600 || loud == 0 {
			t.Errorf("seed %d: %d answers with %d partners, %d of whom said something: this test proves less than it says", seed, asked, found, loud)
		}
	}
}

// The partners of everyone are those each would be given, share by share, and
// going on from a share gives the rest.
func TestEveryoneIsGivenTheirOwn(t *testing.T) {
	w := newTown(t, 7, 4500)
	got := map[register.SIRET][]line{}
	var ends []int // of the shares, in lines
	var flat []partner.Line
	take := func(done, all int, lines []partner.Line) error {
		flat = append(flat, lines...)
		ends = append(ends, len(flat))
		if done > all || len(ends) > all {
			t.Fatalf("share %d of %d", done, all)
		}
		for _, l := range lines {
			got[l.Seeker] = append(got[l.Seeker], line{l.Partner, l.Figures, int(l.Metres + .5)})
			if int(l.Rank) != len(got[l.Seeker]) {
				t.Fatalf("rank %d is the %d. of %s", l.Rank, len(got[l.Seeker]), l.Seeker)
			}
		}
		return nil
	}
	if err := w.partners.Everyone(t.Context(), partner.Bulk{Workers: 3}, take); err != nil {
		t.Fatal(err)
	}
	if len(ends) < 4 || len(got) < 3000 {
		t.Fatalf("%d shares, %d establishments: this test proves less than it says", len(ends), len(got))
	}
	for i, s := range w.sirets {
		if i%40 != 0 {
			continue
		}
		a, err := w.partners.Best(partner.Question{SIRET: s, Radius: partner.DefaultBulk})
		if err != nil || a.Widened {
			if len(got[s]) > 0 {
				t.Errorf("%s has partners: %v %v", s, got[s], err)
			}
			continue
		}
		var want []line
		for _, p := range a.Partners {
			want = append(want, line{p.Side.SIRET, p.Figures, int(float32(p.Metres) + .5)})
		}
		if diff := gocmp.Diff(want, got[s]); diff != "" {
			t.Errorf("%s: -asked +of everyone\n%s", s, diff)
		}
	}
	var rest []partner.Line
	err := w.partners.Everyone(t.Context(), partner.Bulk{From: 2}, func(_, _ int, lines []partner.Line) error {
		rest = append(rest, lines...)
		return nil
	})
	if err != nil || !slices.Equal(rest, flat[ends[1]:]) {
		t.Errorf("from the third share %d lines, want %d: %v", len(rest), len(flat)-ends[1], err)
	}
	stop := errors.New("no room")
	if err := w.partners.Everyone(t.Context(), partner.Bulk{}, func(int, int, []partner.Line) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of who takes becomes %v", err)
	}
}

// The best pairs of a territory are those of what each of its establishments
// of the ESS would be given, nobody too often and none that met.
func TestPairsOfATerritory(t *testing.T) {
	w := newTown(t, 11, 1500)
	q := partner.PairsQuestion{Territory: "artois", Limit: 40, Each: 2, Met: func(a, b register.SIRET) bool { return (a+b)%3 == 0 }}
	pairs, err := w.partners.Pairs(q)
	if err != nil || len(pairs) != q.Limit {
		t.Fatalf("%d pairs: %v", len(pairs), err)
	}
	often := map[register.SIREN]int{}
	last := pairs[0].Figures.Total()
	for _, p := range pairs {
		a, b := p.Sides[0], p.Sides[1]
		if !a.Facts.ESS || a.SIRET.SIREN() == b.SIRET.SIREN() || q.Met(a.SIRET, b.SIRET) || p.Establishments[0].SIRET != a.SIRET || p.Establishments[1].SIRET != b.SIRET {
			t.Errorf("%s and %s: %+v", a.SIRET, b.SIRET, p)
		}
		if f := w.rules.Score(&a, &b, geo.Distance(a.Point, b.Point), match.Equal()); f != p.Figures || f.Total() > last {
			t.Errorf("%s and %s: %+v behind %d, want %+v", a.SIRET, b.SIRET, p.Figures, last, f)
		}
		last = p.Figures.Total()
		for _, s := range p.Sides {
			if often[s.SIRET.SIREN()]++; often[s.SIRET.SIREN()] > q.Each {
				t.Errorf("%s is there %d times", s.SIRET, often[s.SIRET.SIREN()])
			}
		}
	}
	best, err := w.partners.Pairs(partner.PairsQuestion{Territory: "artois", Limit: 1})
	if err != nil || len(best) != 1 {
		t.Fatal(best, err)
	}
	for _, s := range w.sirets {
		e, err := w.directory.Establishment(s)
		if err != nil || !e.In("ess") || e.Territory != "artois" {
			continue
		}
		a, err := w.partners.Best(partner.Question{SIRET: s, Radius: partner.DefaultBulk, Limit: 1})
		if err == nil && !a.Widened && len(a.Partners) > 0 && a.Partners[0].Establishment.Territory == "artois" && a.Partners[0].Figures.Total() > best[0].Figures.Total() {
			t.Errorf("%s and %s are better than the best pair: %+v, %+v", s, a.Partners[0].Side.SIRET, a.Partners[0].Figures, best[0].Figures)
		}
	}
	if none, err := w.partners.Pairs(partner.PairsQuestion{Territory: "calaisis"}); err != nil || len(none) != 0 {
		t.Errorf("of another territory: %v %v", none, err)
	}
}
