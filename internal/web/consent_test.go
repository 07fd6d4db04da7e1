package web

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// A facilitator writes down what somebody answered, to which words; the
// contact's page and their own data show it. A yes without its words is asked
// for them.
func TestConsentOnThePage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		nadia := k.facilitator("nadia@cma.fr", "artois")
		form := url.Values{"last_name": {"Petit"}, "mail": {"amina@lys.fr"}, "commune": {"Isbergues"}, "consent": {"given"}, "consent_day": {"2026-03-01"}, "consent_way": {"phone"}}
		if a := nadia.do("POST", "/animation/contacts", form); a.status != 422 || a.attr("#consent_words", "aria-invalid") != "true" || a.attr("#consent_day", "value") != "2026-03-01" {
			t.Errorf("a yes without words: %d", a.status)
		}
		form.Set("consent_words", "Vous pouvez <i>m’écrire</i>")
		for _, day := range []string{"2026-11-24", "hier", "2026-02-31"} {
			form.Set("consent_day", day)
			if a := nadia.do("POST", "/animation/contacts", form); a.status != 422 || a.attr("#consent_day", "aria-invalid") != "true" {
				t.Errorf("on %s: %d", day, a.status)
			}
		}
		form.Set("consent_day", "2026-03-01")
		if a := nadia.do("POST", "/animation/contacts", form); a.status != 303 {
			t.Fatalf("saved: %d %s", a.status, a.body)
		}
		page := nadia.do("GET", "/animation/contacts?q=petit", nil).attr("tbody th a", "href")
		shown := nadia.do("GET", page, nil)
		for _, want := range []string{"1er mars 2026", "Au téléphone", "Vous pouvez &lt;i&gt;m’écrire&lt;/i&gt;", "noté par"} {
			if !strings.Contains(shown.body, want) {
				t.Errorf("the page of the contact does not say %q", want)
			}
		}
		form.Set("consent", "refused")
		form.Set("consent_day", "")
		form.Set("consent_words", "")
		if a := nadia.do("POST", page, form); a.status != 303 {
			t.Errorf("she says no: %d", a.status)
		}
		if got := nadia.do("GET", page, nil).texts("#accord + ul li"); len(got) != 2 || !strings.Contains(got[0], "23 novembre 2026") {
			t.Errorf("what she answered: %q", got)
		}
		if file := nadia.do("GET", "/animation/contacts.csv", nil); !strings.Contains(file.body, "2026-11-23") || !strings.Contains(file.body, "Jour de sa réponse") {
			t.Errorf("the list taken away: %s", file.body)
		}
		amina := k.browser().signIn("amina@lys.fr")
		amina.do("POST", "/mon-espace/preferences", url.Values{"digest": {"1"}})
		own := amina.do("GET", "/mon-espace/donnees.json", nil).body
		for _, want := range []string{`"day": "2026-03-01"`, `"may_we_write": -1`, `"way": "page"`, `Le résumé de la semaine.`, `Les demandes qui ont une date. `, ` : non`} {
			if !strings.Contains(own, want) {
				t.Errorf("her data do not have %q", want)
			}
		}
	})
}
