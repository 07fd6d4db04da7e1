package web

import (
	"net/http"
	"strings"
	"testing"

	"passerelle/internal/db/dbtest"
)

// Anybody asks for a team, in their words, and reads who does what, why, and
// that nothing better exists.
func TestTeamsPage(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	b := k.browser()
	form := b.do("GET", "/groupements", nil)
	if form.status != http.StatusOK || len(form.texts("input[name=lot]")) != firstLots || len(form.texts("#metiers-connus option")) < 200 || len(form.texts("[aria-invalid]")) != 0 {
		t.Errorf("the form: %d, %d lots", form.status, len(form.texts("input[name=lot]")))
	}
	a := b.do("GET", "/groupements?near=isbergues&lot=Boulangerie&lot=&lot=menuiserie&lot=plomberie&radius_km=25", nil)
	if a.status != http.StatusOK || len(a.texts(".team")) == 0 {
		t.Fatalf("a team: %d\n%s", a.status, a.text("main"))
	}
	for _, want := range []string{"2 lots couverts sur 3", "Aucun meilleur groupement n’existe", "Menuiserie Brochard", "Reste sans personne : Plomberie", "Plomberie : personne à moins de 200 km"} {
		if !strings.Contains(strings.Join(strings.Fields(a.text("main")), " "), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if n := len(a.texts(".team .voussoir")); n != 3 {
		t.Errorf("%d stones, want 3", n)
	}
	if n := len(a.texts(".team .voussoir.gap")); n != 1 {
		t.Errorf("%d gaps, want 1", n)
	}
	for _, c := range []struct{ query, field, says string }{
		{"near=isbergues", "#lot-1", "Il manque un lot"},
		{"near=isbergues&lot=boulangeri", "#lot-1", "Boulangerie"},
		{"near=&lot=boulanger", "#near", "Il manque la commune"},
		{"near=isbergues&lot=&heads=&lot=boulanger&heads=trois", "#heads-1", "nombre entier"},
		{"near=isbergues&lot=boulanger&heads=0", "#heads-1", "nombre entier"},
		{"near=isbergues&lot=boulanger&cost=beaucoup", "#cost", "de 0 à 100"},
		{"near=isbergues&lot=boulanger&include=12", "#include", "quatorze chiffres"},
		{"near=isbergues&lot=boulanger&include=81122334600016", "#include", "ne le peuvent pas"},
	} {
		a := b.do("GET", "/groupements?"+c.query, nil)
		if a.status != http.StatusUnprocessableEntity || a.attr(c.field, "aria-invalid") != "true" || !strings.Contains(a.text(".summary"), c.says) {
			t.Errorf("?%s: %d, %q", c.query, a.status, a.text(".summary"))
		}
	}
	if a := b.do("GET", "/en/groupements?near=isbergues&lot=Bakery", nil); a.status != http.StatusOK || !strings.Contains(a.body, "No better team exists") {
		t.Errorf("in English: %d", a.status)
	}
}

// How many people a lot takes is asked beside it, shown with it, and kept with
// the team; a firm that is too small does not take it.
func TestTeamsPageAsksForHeads(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	b := k.browser()
	if form := b.do("GET", "/groupements", nil); len(form.texts("input[name=heads]")) != firstLots {
		t.Errorf("%d lots ask for people", len(form.texts("input[name=heads]")))
	}
	of := func(heads string) answer {
		return b.do("GET", "/groupements?near=isbergues&lot=&heads=9&lot=Boulangerie&heads="+heads+"&lot=menuiserie&radius_km=25", nil)
	}
	a := of("1")
	if a.attr("#heads-1", "value") != "1" || a.attr("#heads-2", "value") != "" {
		t.Errorf("typed: %q and %q", a.attr("#heads-1", "value"), a.attr("#heads-2", "value"))
	}
	if !strings.Contains(a.text(".team"), "Boulangerie (1 pers.)") || !strings.Contains(a.text(".team"), "2 lots couverts sur 2") {
		t.Errorf("one person: %s", a.text(".team"))
	}
	if keep := a.attr(".team .acts a", "href"); !strings.Contains(keep, "heads=1") {
		t.Errorf("it is not kept: %s", keep)
	}
	if a := of("5000"); strings.Contains(a.text(".team"), "2 lots couverts sur 2") {
		t.Errorf("five thousand bakers: %s", a.text(".team"))
	}
}
