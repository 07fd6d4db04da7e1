package match

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"passerelle/internal/trade"
)

// theRules are loaded once for all tests: they never change.
var theRules = sync.OnceValues(func() (*Rules, error) {
	trades, err := trade.Load()
	if err != nil {
		return nil, err
	}
	return Load(trades)
})

func loadRules(t interface {
	Helper()
	Fatal(args ...any)
},
) *Rules {
	t.Helper()
	r, err := theRules()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// craft and ess are what the registers say of a firm of a trade and of a
// structure of a NAF code.
func craft(t *testing.T, r *Rules, slug, size string, labels ...string) *Facts {
	t.Helper()
	tr, ok := r.trades.Trade(slug)
	if !ok {
		t.Fatalf("no trade %s", slug)
	}
	f := &Facts{Craft: true, Trade: slug, Sector: tr.Sector, LegalForm: "5499", Labels: labels, Size: size}
	if len(tr.NAFA) == 0 {
		f.NAF = tr.NAF[0]
		return f
	}
	c, _ := r.trades.ByNAFA(tr.NAFA[0])
	f.NAFA, f.NAF = c.NAFA, c.NAF
	return f
}

func ess(naf, size string, labels ...string) *Facts {
	return &Facts{ESS: true, NAF: naf, LegalForm: "9220", Family: trade.Association, Labels: labels, Size: size}
}

func (r *Rules) className(k Kind) string {
	return r.classes[r.profiles[int(k)/sizes].class].slug
}

func TestEveryActivityHasAClassAndTheKindsAreFew(t *testing.T) {
	r := loadRules(t)
	if n := r.Kinds(); n > 4000 {
		t.Errorf("%d kinds, 4,000 at most", n)
	}
	if n := len(r.affinities); n < 400 {
		t.Errorf("%d affinities, at least 400 wanted", n)
	}
	for _, c := range r.trades.Codes() {
		k := r.Kind(&Facts{Craft: true, NAFA: c.NAFA, NAF: c.NAF, Trade: c.Trade})
		if want := r.byTrade[c.Trade]; r.profiles[int(k)/sizes].class != want {
			t.Errorf("NAFA %s is %s, want %s", c.NAFA, r.className(k), r.classes[want].slug)
		}
	}
	known := 0
	for i := range 100 * 100 * 26 {
		code := fmt.Sprintf("%02d.%02d%c", i/26/100, i/26%100, 'A'+i%26)
		if _, ok := r.trades.NAFLabel(code); !ok {
			continue
		}
		known++
		if !slices.ContainsFunc([]int{6, 5, 4, 2}, func(n int) bool { _, ok := r.byNAF[code[:n]]; return ok }) {
			t.Errorf("no class has NAF %s", code)
		}
	}
	if known != 732 {
		t.Errorf("%d NAF codes, want 732", known)
	}
}

func TestLabelsAndFormsSayWhatTheCodeDoesNot(t *testing.T) {
	r := loadRules(t)
	form := func(naf, legal string) *Facts { f := ess(naf, "11"); f.LegalForm = legal; return f }
	for _, c := range []struct {
		facts *Facts
		want  string
	}{
		{ess("87.10A", "22", "ehpad"), "ehpad"},
		{ess("94.99Z", "22", "ehpad"), "ehpad"},
		{ess("94.99Z", "12", "aci"), "aci"},
		{ess("88.99B", "12", "ei", "esus"), "ei"},
		{ess("43.32A", "12", "aci"), "menuisier"},
		{ess("01.13Z", "12", "aci"), "jardin-insertion"},
		{ess("88.10C", "21", "esat"), "esat"},
		{ess("96.01A", "22", "esat"), "blanchisserie"},
		{ess("88.99B", "11", "aci", "oacas"), "oacas"},
		{ess("94.99Z", "11", "oacas", "aci"), "oacas"},
		{ess("78.20Z", "03", "etti"), "interim-insertion"},
		{ess("84.12Z", "11", "chrs"), "chrs"},
		{ess("88.99B", "02", "aide-alimentaire"), "aide-alimentaire"},
		{ess("81.10Z", "12", "aci", "regie-de-quartier"), "regie-quartier"},
		{ess("70.22Z", "12", "cae", "scop"), "cae"},
		{form("94.99Z", "9222"), "asso-intermediaire"},
		{form("01.61Z", "6316"), "cuma"},
		{form("64.19Z", "5192"), "banque"},
		{form("94.99Z", "8210"), "mutuelle"},
		{form("65.12Z", "8210"), "mutuelle"},
		{form("65.12Z", "6411"), "assurance"},
		{ess("32.99Z", "11"), "fabrication"},
		{ess("50.40Z", "11"), "fret"},
		{&Facts{Craft: true, ESS: true, Trade: "reparateur-cycles", NAF: "95.29Z", Labels: []string{"aci"}}, "rep-velo"},
		{&Facts{Craft: true, ESS: true, Trade: "taxi", NAF: "49.32Z", LegalForm: "5453"}, "taxi-coop"},
		{&Facts{ESS: true}, "association"},
		{&Facts{Craft: true}, "fabrication"},
		{&Facts{Craft: true, Trade: "ebeniste", NAF: "31.09B"}, "ebeniste"},
		{&Facts{Craft: true, NAF: "1071C"}, "boulangerie"},
	} {
		if got := r.className(r.Kind(c.facts)); got != c.want {
			t.Errorf("%+v is %s, want %s", *c.facts, got, c.want)
		}
	}
}

// drawFacts draws an establishment with codes that exist.
func drawFacts(t *rapid.T, r *Rules, name string) Facts {
	codes := r.trades.Codes()
	c := codes[rapid.IntRange(0, len(codes)-1).Draw(t, name+" code")]
	var labels []string
	for _, l := range r.trades.Labels() {
		labels = append(labels, l.Slug)
	}
	f := Facts{
		NAF:       rapid.SampledFrom([]string{c.NAF, "94.99Z", "88.99B", "87.10A", "81.30Z", "85.59A", "38.32Z", "93.12Z"}).Draw(t, name+" naf"),
		LegalForm: rapid.SampledFrom([]string{"1000", "5499", "5458", "9220", "9222", "6316", "8210"}).Draw(t, name+" legal"),
		Size:      rapid.SampledFrom(trade.Sizes()).Draw(t, name+" size"),
		Labels:    rapid.SliceOfNDistinct(rapid.SampledFrom(labels), 0, 3, rapid.ID[string]).Draw(t, name+" labels"),
	}
	f.Craft = rapid.Bool().Draw(t, name+" craft")
	f.ESS = !f.Craft
	if f.Craft {
		f.NAF, f.NAFA, f.Trade = c.NAF, c.NAFA, c.Trade
	}
	return f
}

func TestBetweenIsBoundedStableAndTheSameFromEitherSide(t *testing.T) {
	r := loadRules(t)
	rapid.Check(t, func(t *rapid.T) {
		f, g := drawFacts(t, r, "seeker"), drawFacts(t, r, "candidate")
		a, b := r.Kind(&f), r.Kind(&g)
		f.Labels = slices.Clone(f.Labels)
		slices.Reverse(f.Labels)
		if again := r.Kind(&f); again != a {
			t.Fatalf("%+v is %d, and %d when its labels are read backwards", f, a, again)
		}
		if int(a) >= r.Kinds() || int(b) >= r.Kinds() {
			t.Fatalf("kinds %d and %d of %d", a, b, r.Kinds())
		}
		there, back := r.Between(a, b), r.Between(b, a)
		if there != back {
			t.Fatalf("%+v from one side, %+v from the other", there, back)
		}
		if there.Services > MostServices || there.Jobs > MostJobs || there.Resources > MostResources {
			t.Fatalf("%+v is beyond the caps", there)
		}
		metres := rapid.Float64Range(0, 120_000).Draw(t, "metres")
		s, c := Side{Kind: a, Facts: f}, Side{Kind: b, Facts: g}
		if got, want := r.Score(&s, &c, metres, Equal()), there.At(metres); got != want || got.Total() > 6000 {
			t.Fatalf("nobody said anything: Score %+v, Between %+v", got, want)
		}
	})
}

func TestWorkedExampleOfTheDocumentation(t *testing.T) {
	r := loadRules(t)
	home, bakery := r.Kind(ess("87.10A", "22", "ehpad")), r.Kind(craft(t, r, "boulanger", "02"))
	f := r.Between(home, bakery).At(4_200)
	if want := (Figures{2099, 1490, 25, 8}); f != want {
		t.Errorf("%+v, want %+v", f, want)
	}
	if got, want := f.Shown(), (Points{21, 15, 0, 0, 36}); got != want {
		t.Errorf("shown %+v, want %+v", got, want)
	}
}

func TestEverySectorMeetsEveryFamily(t *testing.T) {
	r := loadRules(t)
	structures := map[trade.Family][]string{
		trade.Cooperative: {"10.51A", "43.32A", "47.29Z", "46.21Z", "81.21Z"},
		trade.Association: {"94.99Z", "88.10A", "87.30A", "85.59A", "93.12Z"},
		trade.Mutual:      {"65.12Z", "86.21Z", "87.10A"},
		trade.Foundation:  {"91.03Z", "86.10Z", "87.90B"},
		trade.Company:     {"38.32Z", "78.20Z", "56.10A"},
	}
	for family, nafs := range structures {
		met := map[trade.Sector]int{}
		total := map[trade.Sector]int{}
		for _, tr := range r.trades.Trades() {
			total[tr.Sector]++
			k := r.Kind(craft(t, r, tr.Slug, "02"))
			if slices.ContainsFunc(nafs, func(naf string) bool { return r.Between(k, r.Kind(ess(naf, "12"))).Services >= 200 }) {
				met[tr.Sector]++
			}
		}
		for _, s := range trade.Sectors {
			if met[s]*4 < total[s] {
				t.Errorf("%s × %s: %d of %d trades have something to sell or to buy", s, family, met[s], total[s])
			}
		}
	}
}

func TestEveryTradeHasASensiblePartner(t *testing.T) {
	r := loadRules(t)
	for _, tr := range r.trades.Trades() {
		k := r.Kind(craft(t, r, tr.Slug, "02"))
		best := 0
		for other := range r.profiles {
			b := r.Between(k, Kind(other*sizes+2))
			best = max(best, int(b.Services))
		}
		if best < 400 {
			t.Errorf("%s (%s): the best partner brings %d hundredths of services", tr.Slug, r.className(k), best)
		}
	}
}

func TestRowsThatCannotBeReadSayWhy(t *testing.T) {
	r := loadRules(t)
	for _, c := range []struct {
		fields string
		want   string
	}{
		{"boulangers\tehpad\t3\tusage\t{B}.\t{B}.", "boulangers is neither a class nor a group"},
		{"boulangerie=2\tehpad\t3\tusage\t{B}.\t{B}.", "not a number from 0 to 1.25"},
		{"boulangerie\tehpad\t6\tusage\t{B}.\t{B}.", "not a number from 1 to 5"},
		{"boulangerie\tehpad\t3\tnowhere\t{B}.\t{B}.", `no source "nowhere"`},
		{"boulangerie\tehpad\t3\tusage\tPain.\t{B}.", "names no side"},
		{"\tehpad\t3\tusage\t{B}.\t{B}.", "nobody is chosen"},
		{"ehpad\tboulangerie\t3\thuile\teverywhere\tusage\t{B}.\t{B}.", `no reach "everywhere"`},
	} {
		_, err := r.readRow(7, strings.Split(c.fields, "\t"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.fields, err, c.want)
		}
	}
}

func BenchmarkBetween(b *testing.B) {
	r := loadRules(b)
	n := r.Kinds()
	sum := 0
	for i := range b.N {
		sum += int(r.Between(Kind(i%n), Kind((i*7919)%n)).Services)
	}
	if sum == 0 && b.N > 1000 {
		b.Fatal("nothing was found")
	}
}
