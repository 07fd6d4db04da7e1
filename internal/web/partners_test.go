package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

func TestPartnersPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		path := "/entreprises/" + brochard.String() + "/partenaires"
		a := k.browser().do("GET", path+"?world=both&radius_km=100", nil)
		if a.status != 200 || !strings.Contains(a.body, "Qui rencontrer d’abord") || strings.Contains(a.body, "/ecarter") {
			t.Fatalf("as a visitor: %d", a.status)
		}
		if n := strings.Count(a.body, `class="plank"`); n == 0 || n%4 != 0 {
			t.Errorf("%d planks: each pair has four", n)
		}
		for _, q := range []string{"?proximity=0&services=3&jobs=0&resources=0&world=both&radius_km=100", "?weights=services:2&world=both&radius_km=100"} {
			if a := k.browser().do("GET", path+q, nil); a.status != 200 || !strings.Contains(a.body, "Revenir à l’égalité") && strings.Contains(q, "proximity") {
				t.Errorf("%s: %d", q, a.status)
			}
		}
		for _, q := range []string{"?world=x", "?radius_km=0", "?weights=x"} {
			if a := k.browser().do("GET", path+q, nil); a.status != http.StatusBadRequest {
				t.Errorf("%s: %d", q, a.status)
			}
		}
		// A masked person asks nothing, and is found by nobody.
		if a := k.browser().do("GET", "/entreprises/"+masked.String()+"/partenaires", nil); a.status != http.StatusNotFound {
			t.Errorf("a masked person: %d", a.status)
		}
		if strings.Contains(a.body, masked.String()) {
			t.Error("a masked person is shown")
		}
		nadia := k.as(account.Facilitator)
		shown := nadia.do("GET", path+"?world=both&radius_km=100", nil)
		other := shown.attr("input[name=autre]", "value")
		if other == "" {
			t.Fatal("nobody can be set aside")
		}
		if a := k.browser().signIn("amina@lys.fr").do("POST", path+"/ecarter", url.Values{"autre": {other}, "motif": {"competitor"}}); a.status != http.StatusForbidden {
			t.Errorf("a stranger sets aside: %d", a.status)
		}
		if a := nadia.do("POST", path+"/ecarter", url.Values{"autre": {other}, "motif": {"ugly"}}); a.status != http.StatusBadRequest {
			t.Errorf("a reason nobody knows: %d", a.status)
		}
		if a := nadia.do("POST", path+"/ecarter", url.Values{"autre": {other}, "motif": {"competitor"}, "retour": {"https://autre.example/x"}}); a.status != http.StatusSeeOther || a.header.Get("Location") != path+"?fait=1" {
			t.Errorf("set aside: %d %s", a.status, a.header.Get("Location"))
		}
		if a := nadia.do("GET", path+"?world=both&radius_km=100", nil); strings.Contains(a.body, `name="autre" value="`+other+`"`) {
			t.Error("who was set aside is shown again")
		}
		if a := k.browser().do("GET", path+"?world=both&radius_km=100", nil); !strings.Contains(a.body, other) {
			t.Error("others see it no more: a verdict is for one firm's people")
		}
		if a := nadia.do("POST", path+"/reprendre", url.Values{}); a.status != http.StatusSeeOther {
			t.Errorf("take back: %d", a.status)
		}
		if a := nadia.do("GET", path+"?world=both&radius_km=100", nil); !strings.Contains(a.body, `name="autre" value="`+other+`"`) {
			t.Error("who was taken back is not shown")
		}
	})
}

func TestPairsPage(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	nadia := k.as(account.Facilitator)
	if a := nadia.do("GET", "/animation/paires?territoire=artois", nil); a.status != 200 || !strings.Contains(a.body, "Artois") {
		t.Errorf("%d", a.status)
	}
	page := nadia.do("GET", "/animation/paires?territoire=artois", nil)
	file := nadia.do("GET", page.attr(`a[href^="/animation/paires.csv"]`, "href"), nil)
	pairs := len(page.texts(".pair-list > li"))
	if rows := strings.Count(file.body, "\n") - 1; file.status != 200 || pairs == 0 || rows != pairs || !strings.Contains(file.body, reemploi.String()) {
		t.Errorf("the file has %d rows, the page %d pairs: %d %q", rows, pairs, file.status, file.body)
	}
	if a := nadia.do("GET", "/animation/paires.xlsx?territoire=nulle-part", nil); a.status != http.StatusForbidden {
		t.Errorf("a file of no territory: %d", a.status)
	}
	if a := nadia.do("GET", "/animation/paires?territoire=nulle-part", nil); a.status != http.StatusForbidden {
		t.Errorf("no such territory: %d", a.status)
	}
	if a := k.browser().signIn("amina@lys.fr").do("GET", "/animation/paires", nil); a.status != http.StatusForbidden {
		t.Errorf("a member: %d", a.status)
	}
}

// proposed reports whether a lead of two may be noted on the page of pairs.
func proposed(a answer, one register.SIRET, other string) bool {
	return strings.Contains(a.body, "/pistes/nouvelle?de="+one.String()+"&amp;origine=match&amp;vers="+other) || strings.Contains(a.body, "/pistes/nouvelle?de="+other+"&amp;origine=match&amp;vers="+one.String())
}

// A facilitator notes a lead of two that the figures propose: it comes from the
// match, says its strongest reason and point of convergence, and is shown
// where the two are proposed, to who keeps leads there only.
func TestLeadOfAMatch(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		path := "/entreprises/" + reemploi.String() + "/partenaires?radius_km=100"
		nadia, far := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "ailleurs")
		shown := nadia.do("GET", path, nil)
		note := shown.attr(`a[href^="/pistes/nouvelle"]`, "href")
		other := shown.attr("input[name=autre]", "value")
		if note == "" || !strings.Contains(note, "vers="+other) {
			t.Fatalf("no lead can be noted of the first pair: %q", note)
		}
		for name, who := range map[string]*browser{"a visitor": k.browser(), "a member": k.browser().signIn("amina@lys.fr")} {
			if a := who.do("GET", path, nil); a.status != 200 || strings.Contains(a.body, "/pistes/") {
				t.Errorf("%s reads of leads", name)
			}
		}
		form := nadia.do("GET", note, nil)
		axis := form.attr("#axis option[selected]", "value")
		reason := strings.TrimSpace(form.text("#words"))
		if form.status != 200 || axis == "" || axis == "proximity" || !strings.Contains(shown.text("#p1"), reason) || reason == "" || form.attr("#title", "value") == "" {
			t.Fatalf("the form: %d, axis %q, words %q, title %q", form.status, axis, reason, form.attr("#title", "value"))
		}
		if a := nadia.do("GET", "/animation/paires?territoire=artois", nil); !proposed(a, reemploi, other) {
			t.Fatalf("the two are not proposed as dormant: %s", a.text(".pair-list"))
		}
		typed := url.Values{"title": {form.attr("#title", "value")}, "words": {reason}, "axis": {axis}, "stage": {"noted"}}
		for _, name := range []string{"party1", "party2"} {
			typed.Set(name, form.attr("#"+name, "value"))
		}
		alone := nadia.do("POST", "/pistes", typed).header.Get("Location")
		if a := nadia.do("GET", alone, nil); !strings.Contains(a.text(".facts"), "Un appel") {
			t.Errorf("without a match it comes from a call: %s", a.text(".facts"))
		}
		nadia.do("POST", strings.TrimSuffix(alone, "?fait=1")+"/abandon", url.Values{"reason": {"silence"}})
		if a := nadia.do("GET", path, nil); !strings.Contains(a.text("#p1"), "Piste close : Abandonnée") || a.attr(`#p1 a[href^="/pistes/nouvelle"]`, "href") != note {
			t.Errorf("the partners page does not tell of the one that was dropped: %s", a.text("#p1"))
		}
		for _, name := range []string{"origine", "de", "vers"} {
			typed.Set(name, form.attr("input[type=hidden][name="+name+"]", "value"))
		}
		elsewhere := url.Values{"title": {"Autre chose"}, "party1": {reemploi.String()}, "party2": {brochard.String()}, "origine": typed["origine"], "de": typed["de"], "vers": typed["vers"]}
		if other != brochard.String() {
			if a := nadia.do("GET", nadia.do("POST", "/pistes", elsewhere).header.Get("Location"), nil); !strings.Contains(a.text(".facts"), "Un appel") {
				t.Errorf("with others than the match proposes: %s", a.text(".facts"))
			}
		}
		made := nadia.do("POST", "/pistes", typed).header.Get("Location")
		if made == alone || nadia.do("POST", "/pistes", typed).header.Get("Location") != made {
			t.Error("the match leads to one lead, whoever presses")
		}
		a := nadia.do("GET", made, nil)
		if !strings.Contains(a.body, `href="/entreprises/`+reemploi.String()+`/partenaires"`) || !strings.Contains(a.text(".facts"), reason) {
			t.Errorf("it does not lead back: %s", a.text(".facts"))
		}
		id := strings.TrimSuffix(made, "?fait=1")
		if a := nadia.do("GET", note, nil); a.status != http.StatusSeeOther || a.header.Get("Location") != id {
			t.Errorf("noted again: %d %s", a.status, a.header.Get("Location"))
		}
		back := "/pistes/nouvelle?de=" + other + "&vers=" + reemploi.String() + "&origine=match"
		if a := nadia.do("GET", back, nil); a.header.Get("Location") != id {
			t.Errorf("read from the other side: %s %s", back, a.header.Get("Location"))
		}
		typed.Set("stage", "discussion")
		if a := nadia.do("POST", id, typed); a.status != http.StatusSeeOther {
			t.Fatalf("moved on: %d", a.status)
		}
		if a := nadia.do("GET", path, nil); !strings.Contains(a.text("#p1"), "Piste en cours : En discussion") || a.attr(`#p1 a[href="`+id+`"]`, "href") == "" || a.attr(`#p1 a[href^="/pistes/nouvelle"]`, "href") != "" {
			t.Errorf("the partners page does not tell: %s", a.text("#p1"))
		}
		if a := far.do("GET", path, nil); a.status != 200 || strings.Contains(a.body, "Piste en cours") {
			t.Errorf("elsewhere: %d", a.status)
		}
		pairs := nadia.do("GET", "/animation/paires?territoire=artois", nil)
		if a := pairs.text("[aria-labelledby=en-cours]"); !strings.Contains(a, "En discussion") {
			t.Errorf("the page of pairs does not tell: %s", pairs.text("main"))
		}
		if proposed(pairs, reemploi, other) {
			t.Error("the two are proposed as dormant again")
		}
		if a := nadia.do("GET", "/pistes/nouvelle?de="+reemploi.String()+"&vers="+masked.String()+"&origine=match", nil); a.status != 200 || a.attr("#words", "value") != "" || strings.Contains(a.body, `value="match"`) {
			t.Errorf("nothing proposes a masked person: %d", a.status)
		}
	})
}
