package app

import (
	"slices"
	"testing"

	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/register"
)

// A need is ranked by the trades it names, else by those its words name, and
// then by points; those of no such trade come after, masked persons' facts are
// not asked with.
func TestWhoCouldAnswerANeed(t *testing.T) {
	h := houseOn(t, "sqlite")
	for _, c := range []struct {
		name    string
		content exchange.NeedContent
		of      register.SIRET
		first   []register.SIRET
	}{
		{"a trade", exchange.NeedContent{Title: "Un portail", Trades: []string{"menuisier"}, Commune: "62473"}, directorytest.Repair, []register.SIRET{directorytest.Brochard}},
		{"a word", exchange.NeedContent{Title: "Du travail de menuiserie pour l’atelier", Commune: "62473"}, directorytest.Repair, []register.SIRET{directorytest.Brochard}},
		{"of a masked person", exchange.NeedContent{Title: "Un portail", Trades: []string{"menuisier"}, Commune: "62473"}, directorytest.Masked, []register.SIRET{directorytest.Brochard}},
		{"a trade of nobody near", exchange.NeedContent{Title: "Un portail", Trades: []string{"menuisier"}, Commune: "62160", RadiusKM: 5}, directorytest.Repair, nil},
		{"nowhere", exchange.NeedContent{Title: "Un portail", Trades: []string{"menuisier"}}, directorytest.Repair, nil},
	} {
		got, err := h.Needs.Ranker.Rank(t.Context(), &exchange.Need{NeedContent: c.content, SIRET: c.of})
		if err != nil || len(got) < len(c.first) || !slices.Equal(got[:len(c.first)], c.first) {
			t.Errorf("%s: %v, want %v first (%v)", c.name, got, c.first, err)
		}
		if len(c.first) > 0 && len(got) < 2 {
			t.Errorf("%s: nobody after those of the trade: %v", c.name, got)
		}
		seen := map[register.SIRET]bool{}
		for _, s := range got {
			if seen[s] || s == directorytest.Masked || s == directorytest.MaskedESS {
				t.Errorf("%s: %s is in %v", c.name, s, got)
			}
			seen[s] = true
		}
		if !slices.Contains(got, directorytest.Repair) && len(c.first) > 0 && c.of == directorytest.Masked {
			t.Errorf("%s: both worlds are asked: %v", c.name, got)
		}
	}
	// The partners of whose need it is, where its words name nothing.
	got, err := h.Needs.Ranker.Rank(t.Context(), &exchange.Need{NeedContent: exchange.NeedContent{Title: "Besoin d’idées"}, SIRET: directorytest.Repair})
	if err != nil || len(got) == 0 {
		t.Errorf("its partners: %v, %v", got, err)
	}
}

// Between as many points who answers comes first, then who was asked least.
func TestOrderOfEquals(t *testing.T) {
	list := []ranked{
		{siret: 1, points: 40, answers: 100, metres: 1},
		{siret: 2, points: 41, answers: 0, busy: 9, metres: 9},
		{siret: 3, points: 40, answers: 50, metres: 1},
		{siret: 4, points: 40, answers: 100, busy: 1},
		{siret: 5, points: 40, answers: 0},
		{siret: 6, able: 1, points: 3, answers: 0, busy: 9},
		{siret: 7, points: 40, answers: 100, metres: 2},
	}
	slices.SortFunc(list, compareRanked)
	var got []register.SIRET
	for _, r := range list {
		got = append(got, r.siret)
	}
	if want := []register.SIRET{6, 2, 1, 7, 4, 3, 5}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
