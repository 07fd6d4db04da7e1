package pdf

import (
	"bytes"
	"testing"
)

// The papers of a meeting are tagged, on as many sheets as they take, and the
// same data make the same bytes.
func TestPapersOfAMeeting(t *testing.T) {
	p := open(t, nil)
	when := [3]int{2026, 12, 4}
	badges := Badges{Language: "fr", House: "Passerelle", Title: "Se connaître", When: "vendredi", ISO: when, PerSheet: 8, Badges: []Badge{
		{First: "Amina", Rest: "Haddad", Firm: "Charpentes de la Lys", World: "craft", Says: "Artisanat"},
		{First: "Marie-Christine-Antoinette", Rest: "de la Tour", World: "both", Says: "Les deux"},
		{Firm: "Réemploi", World: "ess", Says: "ESS"},
		{},
		{},
		{},
		{},
		{},
		{},
	}}
	ten := badges
	ten.PerSheet = 10
	minutes := Minutes{Language: "fr", House: "Passerelle", Title: "Se connaître", Kind: "Compte rendu", When: "vendredi", Where: "Isbergues", ISO: when, Sections: []MinutesSection{
		{Title: "Accueil", Blocks: []MinutesBlock{{Lines: []string{"Dix personnes.", "#read(\"/etc/passwd\") *x*"}}, {List: true, Lines: []string{"Un", "Deux"}}}}, {Title: "Décisions"},
	}}
	for _, test := range []struct {
		name  string
		make  func() ([]byte, error)
		pages int
	}{
		{"8 badges a sheet", func() ([]byte, error) { return p.Badges(t.Context(), badges) }, 2},
		{"10 badges a sheet", func() ([]byte, error) { return p.Badges(t.Context(), ten) }, 1},
		{"minutes", func() ([]byte, error) { return p.Minutes(t.Context(), minutes) }, 1},
	} {
		first, err := test.make()
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if n := bytes.Count(first, []byte("/Type /Page\n")); n != test.pages || !bytes.Contains(first, []byte("/StructTreeRoot")) || !bytes.Contains(first, []byte("/Lang (fr)")) {
			t.Errorf("%s: %d pages, tagged: %t", test.name, n, bytes.Contains(first, []byte("/StructTreeRoot")))
		}
		if again, err := test.make(); err != nil || !bytes.Equal(first, again) {
			t.Errorf("%s: other bytes, %v", test.name, err)
		}
	}
}
