package trade

import (
	"slices"
	"strings"
	"testing"
)

func TestPresumedCraft(t *testing.T) {
	tb := table(t)
	for _, c := range []struct {
		naf  string
		want bool
	}{
		{"10.71C", true},
		{"1071C", true},
		{"43.22A", true},
		{"96.02A", true},
		{"49.32Z", true},
		{"47.23Z", false}, // open to craft in part only
		{"90.01Z", false},
		{"88.10A", false},
		{"", false},
	} {
		if got := tb.PresumedCraft(c.naf); got != c.want {
			t.Errorf("PresumedCraft(%q) = %v", c.naf, got)
		}
	}
}

func TestNAF25(t *testing.T) {
	tb := table(t)
	for _, c := range []struct {
		code, from string
		how        Derivation
	}{
		{"10.71H", "10.71C 10.71B", ByHand},
		{"1071H", "10.71C 10.71B", ByHand},
		{"95.31G", "45.20A", ByHand},
		{"96.21G", "96.02A", ByHand},
		{"81.21Y", "81.21Z", ByLabel},
		{"95.23Y", "95.23Z", ByClass},
		{"47.81Y", "45.11Z", ByHand}, // cars, where rév. 2 had market stalls
		{"43.60Y", "", Unknown},      // new: intermediation
		{"99.99Y", "", Unknown},
	} {
		if got := strings.Join(tb.FromNAF25(c.code), " "); got != c.from || tb.DerivationOf(c.code) != c.how {
			t.Errorf("FromNAF25(%s) = %q by %q, want %q by %q", c.code, got, tb.DerivationOf(c.code), c.from, c.how)
		}
	}
	// No activity that a small firm is presumed craft for is lost in passing
	// to NAF 2025.
	reached := map[string]bool{}
	for code, n := range tb.naf25 {
		for _, naf := range n.from {
			reached[naf] = true
			if _, ok := tb.NAFLabel(naf); !ok {
				t.Errorf("NAF 2025 %s comes from the unknown %s", code, naf)
			}
		}
		if (n.how == Unknown) != (n.from == nil) {
			t.Errorf("NAF 2025 %s comes from %v by %q", code, n.from, n.how)
		}
	}
	for naf, n := range tb.naf {
		if n.presumed && !reached[naf] {
			t.Errorf("no NAF 2025 code comes from %s (%s)", naf, n.label)
		}
	}
	baker, _ := tb.Trade("boulanger")
	if !slices.Contains(baker.NAF25, "10.71H") {
		t.Errorf("a baker's NAF 2025 codes are %v", baker.NAF25)
	}
}

func TestLegalForms(t *testing.T) {
	tb := table(t)
	for _, c := range []struct {
		code, label string
		family      Family
	}{
		{"1000", "Entrepreneur individuel", ""},
		{"9220", "Association déclarée", Association},
		{"9300", "Fondation", Foundation},
		{"8210", "Mutuelle", Mutual},
		{"6411", "Société d'assurance à forme mutuelle", Mutual},
		{"5458", "SARL coopérative de production (SCOP)", Cooperative},
		{"5453", "SARL coopérative artisanale", Cooperative},
		{"9224", "Association d'avocats à responsabilité professionnelle individuelle", ""}, // lawyers
		{"5499", "Société à responsabilité limitée (sans autre indication)", ""},
		{"5477", "Société à responsabilité limitée (SARL)", ""}, // unknown: its two digits
	} {
		label, ok := tb.LegalForm(c.code)
		family, has := tb.FamilyOf(c.code)
		if !ok || label != c.label || family != c.family || has != (c.family != "") {
			t.Errorf("%s = %q, %q; want %q, %q", c.code, label, family, c.label, c.family)
		}
	}
	if l, ok := tb.LegalForm("ABCD"); ok {
		t.Errorf("LegalForm(ABCD) = %q", l)
	}
	n := map[Family]int{}
	for _, l := range tb.legal {
		n[l.family]++
	}
	if got := n[Cooperative] + n[Association] + n[Mutual] + n[Foundation]; got != 61 {
		t.Errorf("%d legal categories have a family, want 61", got)
	}
	for _, code := range []string{"5453", "5553", "5653"} {
		if f, _ := tb.FamilyOf(code); !CraftCooperative(code) || f != Cooperative {
			t.Errorf("%s is no craft cooperative", code)
		}
	}
	if CraftCooperative("5458") || CraftCooperative("") {
		t.Error("a Scop is a craft cooperative")
	}
}

func TestSizes(t *testing.T) {
	codes := Sizes()
	if len(codes) != 16 || codes[0] != "NN" || codes[15] != "53" {
		t.Errorf("Sizes() = %v", codes)
	}
	for _, lang := range []string{"fr", "en"} {
		seen := map[string]bool{}
		for _, c := range codes {
			l := SizeLabel(c, lang)
			if l == "" || seen[l] {
				t.Errorf("SizeLabel(%s, %s) = %q", c, lang, l)
			}
			seen[l] = true
		}
	}
	if SizeLabel("01", "fr") != "1 ou 2 salariés" || SizeLabel("01", "en") != "1 or 2 employees" || SizeLabel("99", "fr") != "" {
		t.Error("the words of a size are wrong")
	}
	codes[0] = "changed"
	if Sizes()[0] != "NN" {
		t.Error("a reader can change the sizes of others")
	}
}

func TestLabels(t *testing.T) {
	tb := table(t)
	if len(tb.Labels()) < 30 {
		t.Errorf("%d labels", len(tb.Labels()))
	}
	for _, l := range tb.Labels() {
		if l.Name == "" || l.Full == "" || l.FullEN == "" || l.Meaning == "" || l.MeaningEN == "" || len(l.Kinds) == 0 {
			t.Errorf("label %+v is not complete", l)
		}
		if !strings.HasSuffix(l.Meaning, ".") || len(l.Meaning) > 180 {
			t.Errorf("label %s: the meaning is not one short sentence: %q", l.Slug, l.Meaning)
		}
		if l.URL != "" && !strings.HasPrefix(l.URL, "https://") {
			t.Errorf("label %s: address %q", l.Slug, l.URL)
		}
		if got, ok := tb.Label(l.Slug); !ok || got.Name != l.Name {
			t.Errorf("Label(%s) = %+v", l.Slug, got)
		}
		for _, k := range l.Kinds {
			if got, _ := tb.LabelOfKind(k); got != l.Slug {
				t.Errorf("LabelOfKind(%q) = %q, want %q", k, got, l.Slug)
			}
		}
	}
	for _, c := range []struct {
		kind, slug string
		ess        bool
	}{
		{"ACI", "aci", true},
		{"AI", "ai", true},
		{"EI", "ei", true},
		{"EITI", "eiti", true},
		{"ETTI", "etti", true},
		{"GEIQ", "geiq", true},
		{"EA", "ea", true},
		{"EATT", "eatt", true},
		{"OPCS", "opcs", true},
		{"esat", "esat", true},
		{"ESUS", "esus", true},
		{"Scop", "scop", true},
		{"SCIC", "scic", true},
		{"CAE", "cae", true},
		{"siae", "siae", true},
		{"RGE", "rge", false},
		{"métiers d'art", "metiers-d-art", false},
		{"maître artisan", "maitre-artisan", false},
		{"QualiRépar", "qualirepar", false},
		{"Qualiopi", "qualiopi", false},
		{"EPV", "epv", false},
		{"EHPAD", "ehpad", false},
		{"EAJE", "eaje", false},
		{"Entreprise d'insertion", "ei", true},
	} {
		slug, ok := tb.LabelOfKind(c.kind)
		l, _ := tb.Label(slug)
		if !ok || slug != c.slug || l.ESS != c.ess {
			t.Errorf("LabelOfKind(%q) = %q (ESS %v), want %q (%v)", c.kind, slug, l.ESS, c.slug, c.ess)
		}
	}
	if s, ok := tb.LabelOfKind("inconnu"); ok {
		t.Errorf("LabelOfKind(inconnu) = %q", s)
	}
}
