package match

import (
	"strings"
	"testing"

	"passerelle/internal/directory"
	"passerelle/internal/fold"
)

func TestNamesTellWhatVagueCodesDoNot(t *testing.T) {
	r := loadRules(t)
	for _, c := range []struct {
		naf, name, sign string
		labels          string
		want            string // class
		byName          bool
	}{
		{"94.99Z", "Les Jardins de la Lys", "", "aci", "jardin-insertion", true},
		{"88.99B", "Menuiserie du Ternois", "", "aci", "menuisier", true},
		{"88.99B", "Association Germinal", "Blanchisserie Lavandière", "ei", "blanchisserie", true},
		{"94.99Z", "Vélos d'Artois", "", "aci", "rep-velo", true},
		{"94.99Z", "Cuisine et partage", "", "aci esus", "cantine", true},
		{"94.99Z", "Recyclerie des Deux Caps", "", "", "ressourcerie", true},
		{"94.99Z", "Recyclerie des Deux Caps", "", "aci", "ressourcerie", true},
		{"88.99B", "Épicerie solidaire de Lillers", "", "", "epicerie-solidaire", true},
		{"94.99Z", "Harmonie municipale de Fruges", "", "", "ens-culture", true},
		{"94.99Z", "Harmonie d'Hesdin", "", "oacas", "oacas", false},              // the label goes before
		{"94.99Z", "Les Amis de la Recyclerie", "", "", "association", false},     // friends of it are not it
		{"94.99Z", "Les Jardins de la Lys", "", "", "association", false},         // without a label, a garden is no trade
		{"94.99Z", "Jardiniers réunis", "", "aci", "aci", false},                  // whole words only
		{"81.30Z", "Menuiserie du Ternois", "", "aci", "paysage", false},          // the code says enough
		{"94.99Z", "Bouillon de culture", "", "aci", "aci", false},                // nothing in the name
		{"94.99Z", "Ressourcerie et Menuiserie", "", "aci", "ressourcerie", true}, // the upper line
	} {
		e := directory.Establishment{Name: c.name, Sign: c.sign, NAF: c.naf, LegalForm: "9220", Claims: []directory.Claim{{World: "ess"}}}
		for l := range strings.FieldsSeq(c.labels) {
			e.Marks = append(e.Marks, directory.Mark{Label: l})
		}
		f := r.FactsOf(&e)
		s := Side{Facts: f, Kind: r.Kind(&f)}
		if got := r.className(s.Kind); got != c.want || r.toldByName(&s) != c.byName {
			t.Errorf("%s %q %q [%s] is %s (by its name: %t), want %s (%t)", c.naf, c.name, c.sign, c.labels, got, r.toldByName(&s), c.want, c.byName)
		}
	}
}

func TestAReasonSaysThatTheNameToldIt(t *testing.T) {
	r := loadRules(t)
	e := directory.Establishment{Name: "Menuiserie du Ternois", UnitSize: "12", NAF: "88.99B", LegalForm: "9220", Claims: []directory.Claim{{World: "ess"}}, Marks: []directory.Mark{{Label: "aci"}}}
	told := r.FactsOf(&e)
	a, b := side(r, craft(t, r, "menuisier", "02"), nil), side(r, &told, nil)
	for code, want := range map[string]string{"fr": "une menuiserie, d’après son nom", "en": "a joinery, by its name"} {
		why := r.Reasons(words(t, code), a, b, 4_000, Road{}, r.Score(a, b, 4_000, Equal()))
		if !strings.Contains(why.Services.Text, want) || !strings.Contains(why.Proximity.Text, want) {
			t.Errorf("%s: %+v, want %q", code, why, want)
		}
	}
	plain := side(r, ess("43.32A", "12", "aci"), nil)
	if got, want := r.Between(a.Kind, b.Kind), r.Between(a.Kind, plain.Kind); got.Services != want.Services {
		t.Errorf("by its name %+v, by its code %+v", got, want)
	}
}

func TestHintsThatCannotBeReadSayWhy(t *testing.T) {
	r := loadRules(t)
	for fields, want := range map[string]string{
		"94.98Z\t\tcode":             "no code",
		"jardin\tjardinerie\talways": "no class",
		"jardin\tmaraichage\toften":  "not a condition",
		"Épicerie\tepicerie\talways": "not folded words",
	} {
		if err := r.addHint(3, strings.Split(fields, "\t")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", fields, err, want)
		}
	}
}

// Whatever a name is, reading it ends, and tells a class that exists.
func FuzzHint(f *testing.F) {
	for _, name := range []string{"", "Les Jardins de la Lys", "régie de quartier", "regie de", "\xff\xfe", "œuvre d'Emmaüs"} {
		f.Add(name, true)
	}
	r := loadRules(f)
	f.Fuzz(func(t *testing.T, name string, social bool) {
		facts := Facts{ESS: true, NAF: "94.99Z"}
		if social {
			facts.Labels = []string{"aci"}
		}
		hint := r.Hint(&facts, name)
		if _, ok := r.byClass[hint]; hint != "" && (!ok || len(fold.Words(name)) == 0) {
			t.Errorf("%q tells %q", name, hint)
		}
		facts.Hint = hint
		if int(r.Kind(&facts)) >= r.Kinds() {
			t.Errorf("%q is of no kind", name)
		}
	})
}
