package trade

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"passerelle/internal/fold"
)

var shared = sync.OnceValues(Load)

// table returns the embedded table, loaded once for all tests.
func table(t testing.TB) *Table {
	t.Helper()
	tb, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return tb
}

func TestWhatIsEmbedded(t *testing.T) {
	tb := table(t)
	presumed, open := 0, 0
	for _, n := range tb.naf {
		if n.presumed {
			presumed++
		}
		if n.sector != "" {
			open++
		}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"NAFA codes", len(tb.Codes()), 489},
		{"NAF rév. 2 codes", len(tb.naf), 732},
		{"NAF codes open to craft", open, 349},
		{"NAF codes presumed craft", presumed, 300},
		{"NAF 2025 codes", len(tb.naf25), 747},
		{"ROME codes", len(tb.rome), 1584},
		{"legal categories", len(tb.legal), 39 + 260},
	} {
		if c.got != c.want {
			t.Errorf("%d %s, want %d", c.got, c.what, c.want)
		}
	}
	if n := len(tb.Trades()); n < 250 || n > 300 {
		t.Errorf("%d trades, want 250 to 300", n)
	}
}

// TestEveryTradeIsWhole proves what the nomenclatures promise: every code of
// a trade exists, and the sector of all of them is the trade's.
func TestEveryTradeIsWhole(t *testing.T) {
	tb := table(t)
	nafa := map[string]string{}
	for _, tr := range tb.Trades() {
		if tr.Slug != fold.Slug(tr.Slug) || tr.Name == "" || tr.NameEN == "" || len(tr.Words) < 2 || len(tr.ROME) == 0 {
			t.Errorf("trade %+v is not complete", tr)
		}
		if len(tr.NAFA) == 0 && len(tr.NAF) == 0 {
			t.Errorf("trade %s has no code", tr.Slug)
		}
		for _, c := range tr.NAFA {
			code, ok := tb.ByNAFA(c)
			if !ok || code.Sector != tr.Sector || code.Trade != tr.Slug || code.Label == "" {
				t.Errorf("trade %s: NAFA %s is %+v", tr.Slug, c, code)
			}
			if nafa[c] != "" {
				t.Errorf("NAFA %s is in %s and %s", c, nafa[c], tr.Slug)
			}
			nafa[c] = tr.Slug
			if _, ok := tb.NAFLabel(code.NAF); !ok || strings.ReplaceAll(code.NAF, ".", "") != c[:5] {
				t.Errorf("NAFA %s belongs to NAF %q", c, code.NAF)
			}
			if got, _ := tb.TradeOfNAFA(c); got.Slug != tr.Slug {
				t.Errorf("TradeOfNAFA(%s) = %s", c, got.Slug)
			}
		}
		for _, n := range tr.NAF {
			if s, ok := tb.SectorOfNAF(n); !ok || s != tr.Sector {
				t.Errorf("trade %s (%s): NAF %s is of sector %s", tr.Slug, tr.Sector, n, s)
			}
			if got, _ := tb.TradeOfNAF(n); got.Slug != tr.Slug {
				t.Errorf("TradeOfNAF(%s) = %s, want %s", n, got.Slug, tr.Slug)
			}
		}
		for _, n := range tr.NAF25 {
			if _, ok := tb.NAF25Label(n); !ok {
				t.Errorf("trade %s: no NAF 2025 code %s", tr.Slug, n)
			}
		}
		for _, r := range tr.ROME {
			if _, ok := tb.ROMELabel(r); !ok {
				t.Errorf("trade %s: no ROME code %s", tr.Slug, r)
			}
		}
	}
	if len(nafa) != len(tb.Codes()) {
		t.Errorf("%d of %d NAFA codes have a trade", len(nafa), len(tb.Codes()))
	}
}

// TestPresumedCraftHasATrade: a presumed firm is never without a trade, and a
// default among several trades is one of them.
func TestPresumedCraftHasATrade(t *testing.T) {
	tb := table(t)
	for naf, n := range tb.naf {
		tr, ok := tb.TradeOfNAF(naf)
		if n.presumed && !ok {
			t.Errorf("NAF %s (%s) is presumed craft and has no trade", naf, n.label)
		}
		if len(n.nafa) == 0 {
			continue
		}
		if !ok {
			t.Errorf("NAF %s (%s) has NAFA codes and no trade", naf, n.label)
		}
		among := false
		for _, c := range n.nafa {
			of, _ := tb.TradeOfNAFA(c)
			among = among || of.Slug == tr.Slug
		}
		if !among {
			t.Errorf("NAF %s goes to %s, which has none of its NAFA codes %v", naf, tr.Slug, n.nafa)
		}
	}
}

func TestTradesPeopleName(t *testing.T) {
	tb := table(t)
	for _, c := range []struct{ code, trade string }{
		{"1071CA", "boulanger"},
		{"1071CB", "boulanger"},
		{"1071DZ", "patissier"},
		{"4722ZB", "boucher"},
		{"4321AB", "electricien"},
		{"4322AZ", "plombier"},
		{"4399CZ", "macon"},
		{"4332BB", "serrurier-metallier"},
		{"9602AB", "coiffeur"},
		{"4520AA", "garagiste"},
		{"4520AC", "carrossier"},
		{"8690AZ", "ambulancier"},
		{"3250AA", "prothesiste-dentaire"},
		{"5610CQ", "restauration-rapide"},
		{"10.71CA", "boulanger"},
	} {
		if got, ok := tb.TradeOfNAFA(c.code); !ok || got.Slug != c.trade {
			t.Errorf("TradeOfNAFA(%s) = %q, want %q", c.code, got.Slug, c.trade)
		}
	}
	for _, c := range []struct{ naf, trade string }{
		{"10.71C", "boulanger"},
		{"1071C", "boulanger"},
		{"43.21A", "electricien"},
		{"43.22B", "chauffagiste"},
		{"43.32A", "menuisier"},
		{"43.34Z", "peintre"},
		{"45.20A", "garagiste"},
		{"47.22Z", "boucher"},
		{"96.02A", "coiffeur"},
		{"95.29Z", "reparations-diverses"}, // none of its six trades is clearly the commonest
		{"50.40Z", "batelier"},             // craft, and without any NAFA code
	} {
		if got, ok := tb.TradeOfNAF(c.naf); !ok || got.Slug != c.trade {
			t.Errorf("TradeOfNAF(%s) = %q, want %q", c.naf, got.Slug, c.trade)
		}
	}
	for _, naf := range []string{"88.10A", "", "00.00Z", "10.71"} {
		if got, ok := tb.TradeOfNAF(naf); ok {
			t.Errorf("TradeOfNAF(%q) = %q", naf, got.Slug)
		}
	}
}

// TestWordsNameOneTrade finds words that would lead a reader to two trades.
// Those below do, on purpose.
func TestWordsNameOneTrade(t *testing.T) {
	intended := map[string][]string{
		"horloger":    {"reparateur-horlogerie-bijouterie", "horloger"}, // who repairs and who makes
		"horlogere":   {"reparateur-horlogerie-bijouterie", "horloger"},
		"ferronnier":  {"serrurier-metallier", "forgeron"}, // registered under either
		"ferronniere": {"serrurier-metallier", "forgeron"},
		"ferronnerie": {"serrurier-metallier", "forgeron"},
	}
	tb := table(t)
	of := map[string][]string{}
	for _, tr := range tb.Trades() {
		for _, w := range append([]string{tr.Name, tr.Slug}, tr.Words...) {
			k := fold.Key(w)
			if k == "" {
				t.Errorf("trade %s has an empty word", tr.Slug)
			}
			if !slices.Contains(of[k], tr.Slug) {
				of[k] = append(of[k], tr.Slug)
			}
		}
		seen := map[string]bool{}
		for _, w := range tr.Words {
			if seen[fold.Key(w)] {
				t.Errorf("trade %s says %q twice", tr.Slug, w)
			}
			seen[fold.Key(w)] = true
		}
	}
	for w, trades := range of {
		want := intended[w]
		slices.Sort(trades)
		slices.Sort(want)
		if len(trades) > 1 && !slices.Equal(trades, want) {
			t.Errorf("%q names %v", w, trades)
		}
		if want != nil && len(trades) == 1 {
			t.Errorf("%q is meant for %v and names only %v", w, want, trades)
		}
		delete(intended, w)
	}
	for w := range intended {
		t.Errorf("no trade says %q", w)
	}
	for _, c := range []struct{ word, trade string }{
		{"boulangère", "boulanger"},
		{"pain", "boulanger"},
		{"fournil", "boulanger"},
		{"garage", "garagiste"},
		{"mécano", "garagiste"},
		{"resto", "restauration-rapide"},
		{"barbier", "coiffeur"},
		{"toiture", "couvreur"},
		{"placo", "platrier"},
		{"vélo", "reparateur-cycles"},
		{"obsèques", "thanatopracteur"},
	} {
		if got := of[fold.Key(c.word)]; !slices.Equal(got, []string{c.trade}) {
			t.Errorf("%q names %v, want %s", c.word, got, c.trade)
		}
	}
}

func TestResolve(t *testing.T) {
	tb := table(t)
	for _, c := range []struct {
		in    string
		slug  string
		whole bool
		nafa  string
		naf   string
	}{
		{"boulanger", "boulanger", true, "1071CA 1071CB", "10.71C"},
		{" Boulanger ", "boulanger", true, "1071CA 1071CB", "10.71C"},
		{"1071CA", "boulanger", false, "1071CA", ""},
		{"10.71CA", "boulanger", false, "1071CA", ""},
		{"1071ca", "boulanger", false, "1071CA", ""},
		{"10.71C", "boulanger", false, "1071CA 1071CB", "10.71C"},
		{"1071C", "boulanger", false, "1071CA 1071CB", "10.71C"},
		{"43.22B", "chauffagiste", false, "4322BA 4322BB 4322BC", "43.22B"},
		{"88.10A", "", false, "", "88.10A"},
		{"batelier", "batelier", true, "", "50.40Z"},
	} {
		got, ok := tb.Resolve(c.in)
		if !ok || got.Slug != c.slug || got.Whole != c.whole || strings.Join(got.NAFA, " ") != c.nafa || strings.Join(got.NAF, " ") != c.naf {
			t.Errorf("Resolve(%q) = %+v, %v", c.in, got, ok)
		}
	}
	for _, in := range []string{"", " ", "alchimiste", "1071ZZ", "99.99Z", "10.71", "é"} {
		if got, ok := tb.Resolve(in); ok {
			t.Errorf("Resolve(%q) = %+v", in, got)
		}
	}
	for _, tr := range tb.Trades() {
		if got, ok := tb.Resolve(tr.Slug); !ok || !got.Whole || got.Slug != tr.Slug {
			t.Errorf("Resolve(%s) = %+v, %v", tr.Slug, got, ok)
		}
	}
}

func FuzzResolve(f *testing.F) {
	tb := table(f)
	f.Add("boulanger")
	f.Add("10.71CA")
	f.Add("\xff.")
	f.Fuzz(func(t *testing.T, s string) {
		sel, ok := tb.Resolve(s)
		if !ok {
			return
		}
		if len(sel.NAFA)+len(sel.NAF) == 0 {
			t.Errorf("Resolve(%q) selects nothing", s)
		}
		for _, c := range sel.NAFA {
			if _, ok := tb.ByNAFA(c); !ok {
				t.Errorf("Resolve(%q) gives the unknown NAFA %q", s, c)
			}
		}
		for _, c := range sel.NAF {
			if _, ok := tb.NAFLabel(c); !ok {
				t.Errorf("Resolve(%q) gives the unknown NAF %q", s, c)
			}
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Load(); err != nil {
			b.Fatal(err)
		}
	}
}

// What is typed as bought or sold names a trade by its name, by a word of its
// own or by what it makes; a material names none.
func TestNamed(t *testing.T) {
	table, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string]string{
		"Boulangerie": "boulanger", "PAIN": "boulanger", "menuisier": "menuisier", "portes": "menuisier",
		"bois": "", "Briques": "", "cuir": "", "": "", "n’importe quoi": "",
	} {
		if got, ok := table.Named(words); got.Slug != want || ok != (want != "") {
			t.Errorf("%q names %q", words, got.Slug)
		}
	}
}
