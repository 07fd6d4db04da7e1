package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// She says a label with its certificate; the facilitator of her territory
// reads it and says yes; the page and search have it. Nobody else sees the
// certificate, and a facilitator of elsewhere decides nothing.
func TestLabelPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, nadia, far := k.speaker("amina@lys.fr", delattre), k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		path := "/mon-espace/entreprises/" + delattre.String() + "/labels"
		if a := amina.send(path, url.Values{"label": {"rge"}}, nil); a.status != http.StatusUnprocessableEntity || len(a.texts(".summary a")) != 2 || a.text("#jusqu-faute") == "" || a.text("#adresse-faute") == "" {
			t.Errorf("faults: %d %v", a.status, a.texts(".summary a"))
		}
		form := url.Values{"label": {"rge"}, "jusqu": {"2027-06-30"}}
		if a := amina.send(path, form, make([]byte, 6<<20)); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text("#fichier-faute"), "5 Mo") {
			t.Errorf("a long file: %d %q", a.status, a.text("#fichier-faute"))
		}
		if a := amina.send(path, form, []byte("%PDF-1.7 qualification")); a.status != http.StatusSeeOther {
			t.Fatalf("saying: %d", a.status)
		}
		if a := k.browser().do("GET", "/entreprises/"+delattre.String(), nil); strings.Contains(a.body, "RGE") {
			t.Error("it is shown before anybody verified it")
		}
		proof := amina.do("GET", path, nil).attr(".sessions a", "href")
		for name, c := range map[string]struct {
			who  *browser
			want int
		}{"hers": {amina, 200}, "her facilitator": {nadia, 200}, "a facilitator of elsewhere": {far, 403}, "a stranger": {k.browser().signIn("jean@lys.fr"), 403}, "the committee": {k.as(account.Committee), 403}} {
			if a := c.who.do("GET", proof, nil); a.status != c.want || a.status == 200 && !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
				t.Errorf("the certificate for %s: %d, want %d", name, a.status, c.want)
			}
		}
		task := nadia.do("GET", "/animation", nil).attr("#labels ~ ul a", "href")
		if a := far.do("POST", task+"/accord", nil); a.status != http.StatusForbidden {
			t.Errorf("a facilitator of elsewhere decides: %d", a.status)
		}
		if a := nadia.do("POST", task+"/refus", url.Values{"motif": {" "}}); a.status != http.StatusUnprocessableEntity || a.text("#motif-faute") == "" {
			t.Errorf("refusing without a reason: %d", a.status)
		}
		if a := nadia.do("POST", task+"/accord", nil); a.status != http.StatusSeeOther {
			t.Fatalf("accepting: %d", a.status)
		}
		if page := k.browser().do("GET", "/entreprises/"+delattre.String(), nil); !strings.Contains(page.text(".label-list"), "Vérifié par l’animation du territoire le 23 novembre 2026, valable jusqu’au 30 juin 2027") {
			t.Errorf("the page says %q", page.text(".label-list"))
		}
		if found := k.browser().do("GET", "/annuaire?label=rge", nil); !strings.Contains(found.body, delattre.String()) {
			t.Error("search does not find it by its label")
		}
		if a := amina.do("GET", "/mon-espace/donnees.json", nil); !strings.Contains(a.body, `"label": "rge"`) {
			t.Error("it cannot be taken away")
		}
		amina.do("POST", amina.do("GET", path, nil).attr(".sessions form", "action"), nil)
		if found := k.browser().do("GET", "/annuaire?label=rge", nil); strings.Contains(found.body, delattre.String()) {
			t.Error("taken back, search still finds it")
		}
	})
}
