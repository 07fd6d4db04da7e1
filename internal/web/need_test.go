package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
)

// takeFirm makes who is signed in speak for an establishment.
func (k *desk) takeFirm(b, nadia *browser, siret string) {
	k.t.Helper()
	b.do("POST", "/mon-espace/revendiquer/"+siret, nil)
	if a := nadia.do("POST", nadia.do("GET", "/animation", nil).attr("[aria-labelledby=revendications] .sessions a", "href")+"/accord", nil); a.status != http.StatusSeeOther {
		k.t.Fatalf("the claim of %s: %d", siret, a.status)
	}
}

// A need from its form to what came of it: held, released, answered on the site
// and by the link of a mail, asked about, chosen; a stranger does none of it.
func TestNeedOnPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, jean, paul, nadia, far := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@lys.fr"), k.browser().signIn("paul@lys.fr"), k.facilitator("nadia@cma.fr", "artois", "audomarois"), k.facilitator("loin@cma.fr", "calaisis")
		if a := paul.do("GET", "/annonces/nouvelle", nil); a.status != 200 || !strings.Contains(a.body, "Trouvez la vôtre") {
			t.Errorf("without an establishment: %d", a.status)
		}
		k.takeFirm(amina, nadia, delattre.String())
		k.takeFirm(jean, nadia, brochard.String())
		form := amina.do("GET", "/annonces/nouvelle", nil)
		if form.status != 200 || form.attr("#near", "value") != "Isbergues" || form.attr("#reply", "value") != "2026-12-14" {
			t.Fatalf("the form: %d, near %q, reply %q", form.status, form.attr("#near", "value"), form.attr("#reply", "value"))
		}
		said := url.Values{"siret": {delattre.String()}, "direction": {"need"}, "kind": {"machine"}, "title": {""}, "words": {"Quarante panneaux"}, "trades": {"menuisiers, alchimiste"}, "near": {"Isbergues"}, "radius": {"20"}, "reply": {"2026-12-10"}}
		if a := amina.do("POST", "/annonces", said); a.status != http.StatusUnprocessableEntity || len(a.texts(".summary a")) != 2 || a.attr("#trades", "value") != "menuisiers, alchimiste" || a.attr("#title", "aria-invalid") != "true" {
			t.Errorf("two faults: %d %v", a.status, a.texts(".summary a"))
		}
		said.Set("title", "Scie à format pour deux jours")
		said.Set("trades", "menuisiers")
		for name, b := range map[string]*browser{"a stranger": paul, "another firm": jean} {
			if a := b.do("POST", "/annonces", said); a.status != http.StatusForbidden {
				t.Errorf("%s posts for her: %d", name, a.status)
			}
		}
		a := amina.do("POST", "/annonces", said)
		page, _, _ := strings.Cut(a.header.Get("Location"), "?")
		if a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), "retenue") {
			t.Fatalf("posting: %d %s", a.status, a.header.Get("Location"))
		}
		if again := amina.do("POST", "/annonces", said); again.status != http.StatusConflict || again.attr("button[name=malgre]", "value") != "1" {
			t.Errorf("posted twice: %d", again.status)
		}
		for name, b := range map[string]*browser{"a visitor": k.browser(), "another firm": jean, "a facilitator of elsewhere": far} {
			if a := b.do("GET", page, nil); a.status != http.StatusForbidden {
				t.Errorf("%s sees what is held: %d", name, a.status)
			}
			if a := b.do("POST", page+"/accord", nil); strings.HasPrefix(a.header.Get("Location"), "/annonces") {
				t.Errorf("%s releases it", name)
			}
		}
		if desk := nadia.do("GET", "/animation", nil); desk.attr("[aria-labelledby=annonces] a", "href") != page {
			t.Errorf("the desk leads to %q", desk.attr("[aria-labelledby=annonces] a", "href"))
		}
		if a := nadia.do("POST", page+"/refus", url.Values{"motif": {""}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("refused without a reason: %d", a.status)
		}
		nadia.do("POST", page+"/accord", nil)
		for query, want := range map[string]int{"": 1, "?q=scie": 1, "?q=tuba": 0, "?kind=machine&direction=need": 1, "?direction=offer": 0, "?territory=artois": 1, "?near=calais&radius_km=5": 0, "?near=aire-sur-la-lys&radius_km=20": 1, "?trade=menuisier": 1} {
			if a := k.browser().do("GET", "/annonces"+query, nil); a.status != 200 || len(a.texts(".entry")) != want {
				t.Errorf("/annonces%s: %d, %d entries, want %d", query, a.status, len(a.texts(".entry")), want)
			}
		}
		if a := k.browser().do("GET", "/annonces.csv", nil); !strings.Contains(a.body, "Scie à format") || !strings.Contains(a.body, delattre.String()) {
			t.Errorf("the file: %.200s", a.body)
		}
		if a := k.browser().do("GET", page, nil); a.status != 200 || !strings.Contains(a.body, `"@type":"Demand"`) || len(a.texts("#interesses")) != 0 {
			t.Errorf("a visitor sees it: %d", a.status)
		}
		answerAndChoose(t, k, page, amina, jean, paul)
	})
}

// answerAndChoose has Jean answer and ask, and Amina answer and choose.
func answerAndChoose(t *testing.T, k *desk, page string, amina, jean, paul *browser) {
	t.Helper()
	if a := paul.do("POST", page+"/interet", url.Values{"siret": {brochard.String()}}); a.status != http.StatusForbidden {
		t.Errorf("a stranger answers for Brochard: %d", a.status)
	}
	if a := jean.do("POST", page+"/interet", url.Values{"message": {"Appelez le 03 21 00 00 00"}, "siret": {brochard.String()}}); a.status != http.StatusUnprocessableEntity || a.attr("#message", "aria-invalid") != "true" {
		t.Errorf("an answer with a number: %d", a.status)
	}
	if a := jean.do("POST", page+"/interet", url.Values{"message": {"Lundi ?"}, "siret": {brochard.String()}}); a.status != http.StatusSeeOther {
		t.Errorf("an answer: %d", a.status)
	}
	if a := jean.do("GET", page, nil); !strings.Contains(a.text(".beside"), "position 1") || strings.Contains(a.body, "amina@lys.fr") {
		t.Errorf("his answer: %q", a.text(".beside"))
	}
	k.told = nil
	if a := jean.do("POST", page+"/question", url.Values{"question": {"Quelle épaisseur ?"}, "siret": {brochard.String()}}); a.status != http.StatusSeeOther || len(k.told) != 1 {
		t.Errorf("a question: %d, %d letters", a.status, len(k.told))
	}
	hers := amina.do("GET", page, nil)
	id := hers.attr("#questions input[name=id]", "value")
	if a := amina.do("POST", page+"/reponse", url.Values{"id": {id}, "reponse-" + id: {"19 mm"}}); a.status != http.StatusSeeOther {
		t.Errorf("her answer: %d", a.status)
	}
	link := page + "/lien/" + k.told[len(k.told)-1].Token // of the mail that tells Jean
	byLink := k.browser()
	if a := byLink.do("GET", link, nil); a.status != 200 || !strings.Contains(a.body, "19 mm") || a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("by the link: %d", a.status)
	}
	if a := byLink.do("POST", link, url.Values{"retrait": {"1"}}); a.status != http.StatusSeeOther {
		t.Errorf("taken back by the link: %d", a.status)
	}
	if a := byLink.do("POST", link, url.Values{"message": {""}}); a.status != http.StatusSeeOther {
		t.Errorf("answered by the link: %d", a.status)
	}
	for _, wrong := range []string{link + "x", page + "/lien/a.1.b", page + "/suite/none"} {
		if a := byLink.do("GET", wrong, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d", wrong, a.status)
		}
	}
	choice := amina.do("GET", page, nil).attr("#interesses input[name=interet]", "value")
	if a := jean.do("POST", page+"/choix", url.Values{"interet": {choice}}); a.status != http.StatusForbidden {
		t.Errorf("Jean chooses himself: %d", a.status)
	}
	k.told = nil
	if a := amina.do("POST", page+"/choix", url.Values{"interet": {choice}}); a.status != http.StatusSeeOther || len(k.told) != 1 || k.told[0].Kind != "need.choose" {
		t.Errorf("choosing: %d, %+v", a.status, k.told)
	}
	if a := jean.do("GET", page, nil); !strings.Contains(a.text(".beside"), "amina@lys.fr") {
		t.Error("the chosen one does not see how to reach her")
	}
	if a := paul.do("GET", page, nil); strings.Contains(a.body, "amina@lys.fr") || strings.Contains(a.body, "jean@lys.fr") {
		t.Error("a stranger sees an address")
	}
	if a := amina.do("POST", page+"/suite", url.Values{"suite": {"done"}}); a.status != http.StatusSeeOther {
		t.Errorf("what came of it: %d", a.status)
	}
	if a := amina.do("GET", page, nil); !strings.Contains(a.body, "Cela s’est fait.") || a.attr("a[href*='de=']", "href") == "" {
		t.Error("her page does not say what came of it, or how to renew it")
	}
	if a := amina.do("GET", "/mon-espace/annonces", nil); a.status != 200 || len(a.texts(".sessions li")) != 1 {
		t.Errorf("her needs: %d", a.status)
	}
	if a := amina.do("GET", "/mon-espace/donnees.json", nil); !strings.Contains(a.body, "Scie à format") {
		t.Error("what she takes away lacks her need")
	}
}

// A purchase is opened, joined, compared, made into a group, with its charter;
// who is not in sees no names.
func TestPoolOnPages(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina, jean, nadia := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@lys.fr"), k.facilitator("nadia@cma.fr", "artois", "audomarois")
	k.takeFirm(amina, nadia, delattre.String())
	k.takeFirm(jean, nadia, brochard.String())
	a := amina.do("POST", "/annonces", url.Values{"siret": {delattre.String()}, "direction": {"need"}, "kind": {"purchase"}, "title": {"Farine de meule"}, "unit": {"t"}, "near": {"Isbergues"}, "radius": {"20"}})
	page, _, _ := strings.Cut(a.header.Get("Location"), "?")
	nadia.do("POST", page+"/accord", nil)
	pool := page + "/achat"
	if a := amina.do("GET", page, nil); a.attr("a[href$='/achat']", "href") != pool {
		t.Fatalf("her need does not lead to the purchase: %d", a.status)
	}
	if a := jean.do("POST", pool, url.Values{"threshold": {"5"}, "until": {"2026-12-15"}}); a.status != http.StatusForbidden {
		t.Errorf("a stranger opens it: %d", a.status)
	}
	if a := amina.do("POST", pool, url.Values{"threshold": {"cinq"}, "until": {"2026-12-15"}}); a.status != http.StatusUnprocessableEntity || len(a.texts(".notice.warn")) != 1 {
		t.Errorf("opened with a wrong number: %d", a.status)
	}
	for _, step := range []struct {
		who  *browser
		to   string
		form url.Values
	}{
		{amina, pool, url.Values{"threshold": {"5"}, "until": {"2026-12-15"}}},
		{amina, pool + "/part", url.Values{"siret": {delattre.String()}, "quantity": {"2"}}},
		{jean, pool + "/part", url.Values{"siret": {brochard.String()}, "quantity": {"3,5"}}},
		{amina, pool + "/devis", url.Values{"supplier": {"Moulin de l’Aa"}, "unit": {"420"}, "delivery": {"90,00"}, "delivers": {"1"}}},
	} {
		if a := step.who.do("POST", step.to, step.form); a.status != http.StatusSeeOther {
			t.Fatalf("POST %s: %d %v", step.to, a.status, a.texts(".notice"))
		}
	}
	visitor := k.browser().do("GET", pool, nil)
	if visitor.status != 200 || !strings.Contains(visitor.text(".pool-sum"), "5,5") || strings.Contains(visitor.body, "Brochard") || !strings.Contains(visitor.text("tbody"), "400") || !strings.Contains(visitor.text("tbody"), "436,37") {
		t.Errorf("a visitor: %d %q %q", visitor.status, visitor.text(".pool-sum"), visitor.text("tbody"))
	}
	seen := amina.do("GET", pool, nil)
	if a := amina.do("POST", pool+"/groupe", url.Values{"offer": {seen.attr("#offer option", "value")}, "referent": {brochard.String()}}); a.status != http.StatusSeeOther {
		t.Fatalf("the group: %d %v", a.status, a.texts(".notice"))
	}
	if a := jean.do("GET", pool+"/charte", nil); a.status != 200 || !strings.Contains(a.body, "Menuiserie Brochard passe la commande") || len(a.texts("tbody tr")) != 2 {
		t.Errorf("the charter: %d", a.status)
	}
	if a := k.browser().signIn("paul@lys.fr").do("GET", pool+"/charte", nil); a.status != http.StatusForbidden {
		t.Errorf("a stranger reads the charter: %d", a.status)
	}

	// Who began it leaves the directory: who is in still reads what was agreed on.
	if err := k.directory.Hide(t.Context(), directory.Act{Channel: "test"}, delattre, "objection"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{pool, pool + "/charte"} {
		a := jean.do("GET", path, nil)
		if a.status != 200 || strings.Contains(a.body, "Delattre") || strings.Contains(a.body, "Au Pain d") || strings.Contains(strings.ReplaceAll(a.body, "\u202f", ""), delattre.String()) || !strings.Contains(a.body, "Une entreprise retirée de l’annuaire") {
			t.Errorf("%s of who left: %d\n%s", path, a.status, a.text("main"))
		}
		for name, who := range map[string]*browser{"a visitor": k.browser(), "a stranger": k.browser().signIn("paul@lys.fr")} {
			if a := who.do("GET", path, nil); a.status == 200 {
				t.Errorf("%s reads %s", name, path)
			}
		}
	}
}

// A facilitator writes for somebody on the phone: it is seen at once and says
// so, and not for whom.
func TestNeedForSomebody(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	nadia := k.facilitator("nadia@cma.fr", "artois")
	said := url.Values{"siret": {delattre.String()}, "direction": {"offer"}, "kind": {"materials"}, "title": {"Pain de la veille"}, "near": {"Isbergues"}, "radius": {"10"}}
	if a := nadia.do("POST", "/annonces", said); a.status != http.StatusUnprocessableEntity || a.attr("#pour", "aria-invalid") != "true" {
		t.Errorf("for nobody: %d", a.status)
	}
	said.Set("pour", "M. Delattre")
	a := nadia.do("POST", "/annonces", said)
	page, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if a.status != http.StatusSeeOther {
		t.Fatalf("posting: %d", a.status)
	}
	if a := k.browser().do("GET", page, nil); !strings.Contains(a.body, "Écrite par un animateur au téléphone") || strings.Contains(a.body, "M. Delattre") {
		t.Errorf("the page: %d", a.status)
	}
}
