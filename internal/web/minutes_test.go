package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// Two facilitators write the same minutes at once; nothing is lost, what is
// hostile is text, and nobody else reads them before they are published.
func TestHardCase42And44MinutesPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(9)
		nadia, paul, visitor := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("paul@cma.fr", "artois"), k.browser()
		desk, public := plansPath+"/"+m.ID+"/compte-rendu", "/reunions/"+m.ID+"/compte-rendu"
		if a := nadia.do("GET", public, nil); a.status != http.StatusNotFound {
			t.Errorf("before anything is written: %d", a.status)
		}
		write := func(b *browser, from, welcome, decided string) answer {
			return b.do("POST", desk, url.Values{"version": {from}, "titre0": {"Accueil"}, "texte0": {welcome}, "titre1": {""}, "texte1": {decided}})
		}
		a := nadia.do("GET", desk, nil)
		if a.status != 200 || a.attr("input[name=titre0]", "value") != "Accueil" || a.attr("input[name=version]", "value") != "0" {
			t.Fatalf("%d, version %q", a.status, a.attr("input[name=version]", "value"))
		}
		if a := write(nadia, "0", "Dix personnes.", "- <script>alert(1)</script>\n- Se revoir"); a.status != http.StatusSeeOther || strings.Contains(a.header.Get("Location"), "reunis") {
			t.Fatalf("%d %s", a.status, a.header.Get("Location"))
		}
		if a := write(nadia, "1", "Dix personnes.\nMots de Nadia.", "- Se revoir"); a.status != http.StatusSeeOther {
			t.Fatal(a.status)
		}
		a = write(paul, "1", "Dix personnes.\nMots de Paul.", "- <script>alert(1)</script>\n- Se revoir")
		if a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), "reunis=1") {
			t.Fatalf("%d %s", a.status, a.header.Get("Location"))
		}
		a = paul.do("GET", a.header.Get("Location"), nil)
		text := strings.Join(a.texts("#texte0"), "")
		if !strings.Contains(text, "Mots de Nadia.") || !strings.Contains(text, "Mots de Paul.") || strings.Contains(strings.Join(a.texts("#texte1"), ""), "script") || len(a.texts(".notice.warn")) != 1 {
			t.Errorf("together: %q, %q", text, a.texts("#texte1"))
		}
		a = paul.do("GET", desk+"?version=2", nil)
		if in := strings.Join(a.texts("ins"), ""); !strings.Contains(in, "Mots de Nadia.") || !strings.Contains(strings.Join(a.texts("del"), ""), "<script>") || strings.Contains(a.body, "<script>alert") {
			t.Errorf("the difference: %q, %q", a.texts("ins"), a.texts("del"))
		}
		if a := write(nadia, "9", "x", ""); a.status != http.StatusNotFound {
			t.Errorf("a version that is not: %d", a.status)
		}
		if a := write(nadia, "-1", "x", ""); a.status != http.StatusBadRequest {
			t.Errorf("no version: %d", a.status)
		}
		if a := write(nadia, "3", strings.Repeat("é ", 20_100), ""); a.status != 422 && a.status != 413 {
			t.Errorf("too long: %d", a.status)
		}
		if a := write(k.facilitator("loin@cma.fr", "calaisis"), "3", "x", ""); a.status != http.StatusForbidden {
			t.Errorf("of another territory: %d", a.status)
		}
		for _, path := range []string{public, public + ".pdf"} {
			if a := visitor.do("GET", path, nil); a.status != http.StatusNotFound {
				t.Errorf("%s before it is published: %d", path, a.status)
			}
		}
		if a := nadia.do("POST", desk+"/publier", url.Values{"montrer": {"1"}}); a.status != http.StatusSeeOther {
			t.Fatal(a.status)
		}
		if a := visitor.do("GET", public, nil); a.status != 200 || len(a.texts(".minutes-read h2")) != 2 || !strings.Contains(a.body, "Mots de Paul.") {
			t.Errorf("published: %d %v", a.status, a.texts("h2"))
		}
		if a := visitor.do("GET", public+".pdf", nil); a.status != 200 || !strings.HasPrefix(a.body, "%PDF") {
			t.Errorf("as a document: %d", a.status)
		}
		if a := visitor.do("GET", "/reunions/"+m.ID, nil); a.attr("a[href='"+public+"']", "href") == "" {
			t.Error("the meeting does not lead to its minutes")
		}
		if a := nadia.do("POST", desk+"/publier", url.Values{"montrer": {"0"}}); a.status != http.StatusSeeOther {
			t.Fatal(a.status)
		}
		if a := visitor.do("GET", public, nil); a.status != http.StatusNotFound {
			t.Errorf("taken back: %d", a.status)
		}
	})
}
