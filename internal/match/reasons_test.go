package match

import (
	"math/rand/v2"
	"strings"
	"testing"

	"passerelle/internal/locale"
)

func words(t *testing.T, code string) *locale.Language {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.For(code)
}

func side(r *Rules, f *Facts, said *Said) *Side {
	return &Side{Kind: r.Kind(f), Facts: *f, Said: said}
}

func TestReasonsAreReadFromBothSides(t *testing.T) {
	r, fr := loadRules(t), words(t, "fr")
	home, baker := side(r, ess("87.10A", "22", "ehpad"), nil), side(r, craft(t, r, "boulanger", "02"), nil)
	f := r.Score(home, baker, 4_200, Equal())
	buy, sell := r.Reasons(fr, home, baker, 4_200, Road{}, f), r.Reasons(fr, baker, home, 4_200, Road{}, f)
	for _, c := range []struct{ what, got, want string }{
		{"the home", buy.Services.Text, "Un EHPAD sert du pain frais à chaque repas, toute l’année : c’est un client fixe pour une boulangerie. À vous d’acheter : boulangerie, à 4,2 km."},
		{"the baker", sell.Services.Text, "Un EHPAD sert du pain frais à chaque repas, toute l’année : c’est un client fixe pour une boulangerie. À vous de vendre : un EHPAD, à 4,2 km."},
		{"nearness", buy.Proximity.Text, "À 4,2 km, sur une même tournée : boulangerie."},
	} {
		// The house sets narrow spaces before double signs.
		if got := strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(c.got); got != c.want {
			t.Errorf("%s reads %q, want %q", c.what, got, c.want)
		}
	}
	if buy.Services.Source != FromRegisters || buy.Proximity.Source != FromPlace || len(buy.Missing) == 0 {
		t.Errorf("%+v", buy)
	}
}

func TestAnEmptyCriterionSaysSo(t *testing.T) {
	r := loadRules(t)
	a, b := side(r, craft(t, r, "taxidermiste", "00"), nil), side(r, ess("88.91A", "11", "eaje"), nil)
	for _, code := range locale.Codes() {
		got := r.Reasons(words(t, code), a, b, 200_000, Road{}, Figures{})
		for _, reason := range []Reason{got.Proximity, got.Services, got.Jobs, got.Resources} {
			if reason.Source != FromNothing || reason.Text == "" {
				t.Errorf("%s: %+v", code, reason)
			}
		}
	}
}

// sample draws sides such as a territory has.
func sample(t *testing.T, r *Rules, rng *rand.Rand, n int) (crafts, structures []*Side) {
	t.Helper()
	trades := r.trades.Trades()
	nafs := []string{"94.99Z", "88.99B", "93.12Z", "85.59A", "88.10A", "87.10A", "90.01Z", "91.03Z", "81.30Z", "43.34Z", "38.32Z", "47.79Z", "68.20A", "65.12Z", "88.91A", "78.20Z", "56.10A", "01.13Z", "85.20Z", "87.90B"}
	labels := [][]string{nil, nil, {"aci"}, {"ei"}, {"esat"}, {"esus"}}
	sizes := []string{"NN", "01", "02", "11", "12", "21"}
	for range n {
		crafts = append(crafts, side(r, craft(t, r, trades[rng.IntN(len(trades))].Slug, sizes[rng.IntN(4)]), nil))
		structures = append(structures, side(r, ess(nafs[rng.IntN(len(nafs))], sizes[rng.IntN(len(sizes))], labels[rng.IntN(len(labels))]...), nil))
	}
	return crafts, structures
}

func TestNoReasonIsSharedByMoreThanFivePerCentOfPairs(t *testing.T) {
	r := loadRules(t)
	rng := rand.New(rand.NewPCG(62, 473))
	crafts, structures := sample(t, r, rng, 1500)
	for _, code := range locale.Codes() {
		l := words(t, code)
		var seen [4]map[string]int
		var scoring [4]int
		for i := range seen {
			seen[i] = map[string]int{}
		}
		for i := range crafts {
			a, b := crafts[i], structures[i]
			if i%2 == 1 {
				a, b = b, a
			}
			metres := 20_000 * (1 - rng.Float64()*rng.Float64())
			f := r.Score(a, b, metres, Equal())
			why := r.Reasons(l, a, b, metres, Road{}, f)
			for k, reason := range []Reason{why.Proximity, why.Services, why.Jobs, why.Resources} {
				if f.list()[k] == 0 {
					continue
				}
				if reason.Source == FromNothing || strings.ContainsAny(reason.Text, "{}⟦") || strings.Contains(reason.Text, " de un") || strings.Contains(reason.Text, " que un") {
					t.Fatalf("%s, %+v × %+v: %+v", code, a.Facts, b.Facts, reason)
				}
				scoring[k]++
				seen[k][reason.Text]++
			}
		}
		for k := range seen {
			for text, n := range seen[k] {
				if n*20 > scoring[k] {
					t.Errorf("%s: %d of %d pairs share %q", code, n, scoring[k], text)
				}
			}
			if scoring[k] < 200 {
				t.Errorf("%s: criterion %d brings something to %d pairs only", code, k, scoring[k])
			}
		}
	}
}

func TestWhatPeopleSayRaisesEachCriterionToTwentyFiveAtMost(t *testing.T) {
	r, fr := loadRules(t), words(t, "fr")
	baker, home := craft(t, r, "boulanger", "02"), ess("87.10A", "22", "ehpad")
	school := ess("85.32Z", "12")
	silent := r.Score(side(r, baker, nil), side(r, home, nil), 1_000, Equal())
	for _, c := range []struct {
		what        string
		said, other *Said
		facts       *Facts
		criterion   int
		more        uint16
	}{
		{"both name bread", &Said{Sells: []string{"pains au levain"}}, &Said{Buys: []string{"pain au levain"}}, home, 1, saidBoth},
		{"the home buys what a baker makes", nil, &Said{Buys: []string{"viennoiseries"}}, home, 1, saidOne},
		{"the home names the baker's very trade", nil, &Said{Buys: []string{"boulangerie"}, BuysTrades: []string{"boulanger"}}, home, 1, saidTrade},
		{"it names another trade", nil, &Said{Buys: []string{"toiture"}, BuysTrades: []string{"couvreur"}}, home, 1, 0},
		{"a trade that the home says it sells", &Said{BuysTrades: []string{"blanchisserie"}}, &Said{SellsTrades: []string{"blanchisserie"}}, home, 1, saidTrade},
		{"a word of another trade", nil, &Said{Buys: []string{"tuiles"}}, home, 1, 0},
		{"a place for an apprentice", &Said{Apprentices: true}, nil, school, 2, saidTraining},
		{"an open door", &Said{Visits: true}, nil, school, 2, saidOpen},
		{"apprentices say nothing to a home", &Said{Apprentices: true}, nil, home, 2, 0},
	} {
		a, b := side(r, baker, c.said), side(r, c.facts, c.other)
		base := r.Score(side(r, baker, nil), side(r, c.facts, nil), 1_000, Equal()).list()
		got := r.Score(a, b, 1_000, Equal()).list()
		if got[c.criterion]-base[c.criterion] != c.more {
			t.Errorf("%s: from %v to %v, want %d more", c.what, base, got, c.more)
		}
		if back := r.Score(b, a, 1_000, Equal()).list(); back != got {
			t.Errorf("%s: %v from one side, %v from the other", c.what, got, back)
		}
		if c.more > 0 {
			why := r.Reasons(fr, a, b, 1_000, Road{}, Figures{got[0], got[1], got[2], got[3]})
			if src := []Reason{why.Proximity, why.Services, why.Jobs, why.Resources}[c.criterion].Source; src != FromPeople {
				t.Errorf("%s: the reason comes from %q", c.what, src)
			}
		}
	}
	all := &Said{Buys: []string{"pain", "draps"}, Sells: []string{"pain", "repas"}, Resources: []string{"four", "cuisine", "invendus", "chutes-bois"}, Apprentices: true, Visits: true, ZoneKM: -1}
	for _, f := range r.Score(side(r, baker, all), side(r, home, all), 0, Equal()).list() {
		if f > Most {
			t.Errorf("%d is beyond %d", f, Most)
		}
	}
	far := r.Score(side(r, baker, &Said{ZoneKM: 5}), side(r, home, nil), 6_000, Equal())
	if far.Proximity != 0 || silent.Proximity == 0 {
		t.Errorf("beyond the zone nearness brings %d", far.Proximity)
	}
	for _, c := range []struct {
		goes []string
		near bool
	}{{[]string{"artois", "calaisis"}, true}, {[]string{"calaisis"}, false}} {
		there, at := side(r, baker, &Said{Territories: c.goes}), side(r, home, nil)
		at.Territory = "artois"
		for _, f := range []Figures{r.Score(there, at, 1_000, Equal()), r.Score(at, there, 1_000, Equal())} {
			if (f.Proximity == silent.Proximity) != c.near || !c.near && f.Proximity != 0 {
				t.Errorf("from Artois to who goes to %v nearness brings %d", c.goes, f.Proximity)
			}
		}
		if missing := r.Reasons(fr, there, at, 1_000, Road{}, Figures{}).Missing; strings.Contains(strings.Join(missing, "\n"), "zone que vous desservez") == c.near {
			t.Errorf("who goes to %v lacks %v", c.goes, missing)
		}
	}
}
