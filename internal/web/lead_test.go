package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// A facilitator notes a lead on the phone, moves it on, and tells of the
// cooperation that came of it; the other party confirms by the link of a mail.
func TestLeadPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		nadia, far := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		member := k.browser().signIn("amina@lys.fr")
		a := nadia.do("POST", "/pistes", url.Values{"title": {""}, "party1": {"12 34"}})
		if a.status != http.StatusUnprocessableEntity || a.attr("#party1", "aria-invalid") != "true" || a.attr("#party1", "value") != "12 34" {
			t.Errorf("an unknown establishment: %d", a.status)
		}
		a = nadia.do("POST", "/pistes", url.Values{"title": {" "}, "party1": {lys.String()}})
		if a.status != http.StatusUnprocessableEntity || a.attr("#title", "aria-invalid") != "true" {
			t.Errorf("no title: %d", a.status)
		}
		typed := url.Values{
			"title": {"Des chutes <b>de bois</b>"}, "next": {"Rappeler"}, "due": {"2026-11-20"}, "stage": {"noted"},
			"party1": {"https://passerelle.example/entreprises/" + lys.String()}, "party2": {spaced(reemploi.String())},
		}
		a = nadia.do("POST", "/pistes", typed)
		path := strings.TrimSuffix(a.header.Get("Location"), "?fait=1")
		if a.status != http.StatusSeeOther || !strings.HasPrefix(path, "/pistes/") {
			t.Fatalf("noted: %d %q", a.status, path)
		}
		for _, view := range []string{"/pistes", "/pistes?vue=tableau", "/pistes?territoire=artois", "/pistes?etape=noted"} {
			if a := nadia.do("GET", view, nil); a.status != 200 || !strings.Contains(a.body, "Des chutes &lt;b&gt;") || !strings.Contains(a.body, "en retard") || strings.Contains(far.do("GET", view, nil).body, "chutes") {
				t.Errorf("%s: %d", view, a.status)
			}
		}
		for who, want := range map[*browser]int{far: 403, member: 403} {
			for _, act := range []string{"GET " + path, "POST " + path, "POST " + path + "/abandon", "GET " + path + "/cooperation", "POST " + path + "/cooperation"} {
				method, at, _ := strings.Cut(act, " ")
				if a := who.do(method, at, url.Values{}); a.status != want {
					t.Errorf("%s by somebody else: %d", act, a.status)
				}
			}
		}
		file := nadia.do("GET", "/pistes.csv", nil)
		if !strings.Contains(file.body, "2026-11-20") || !strings.Contains(file.body, lys.String()) {
			t.Errorf("the file: %q", file.body)
		}
		// What is changed rarely is folded, unless it is to be put right.
		if a := nadia.do("GET", path, nil); a.attr("details:not([open]) #party1", "value") == "" || a.attr("details #stage", "name") != "" {
			t.Error("the establishments are not folded, or the stage is")
		}
		if a := nadia.do("POST", path, url.Values{"title": {"Des chutes"}, "party1": {"12 34"}}); a.attr("details[open] #party1", "value") != "12 34" {
			t.Errorf("a fault is folded away: %d", a.status)
		}
		typed.Set("stage", "agreed")
		typed.Set("note", "Ils sont d'accord")
		if a := nadia.do("POST", path, typed); a.status != http.StatusSeeOther {
			t.Errorf("moved on: %d", a.status)
		}
		if a := nadia.do("GET", path, nil); !strings.Contains(strings.Join(a.texts("section li"), " "), "Ils sont d'accord") || !strings.HasPrefix(a.text(".lead"), "D’accord") || !strings.Contains(a.text(".facts"), "Un appel") {
			t.Errorf("its page does not tell: %s", a.text("main"))
		}
		if a := nadia.do("POST", path+"/abandon", url.Values{"reason": {"price"}}); a.status != http.StatusSeeOther || !strings.Contains(nadia.do("GET", path, nil).body, "question de prix") {
			t.Error("it is not dropped with its reason")
		}
		if a := nadia.do("POST", path+"/abandon", url.Values{"reprendre": {"1"}}); a.status != http.StatusSeeOther || !strings.Contains(nadia.do("GET", path, nil).text(".lead"), "Notée") {
			t.Error("it is not taken up again")
		}
		told := url.Values{"for": {lys.String()}, "kind": {"materials"}, "started": {"2026-11-21"}, "band": {"2"}, "materials": {"beaucoup"}}
		if a := nadia.do("POST", path+"/cooperation", told); a.status != http.StatusUnprocessableEntity || a.attr("#materials", "value") != "beaucoup" {
			t.Errorf("no figure: %d", a.status)
		}
		told.Set("materials", "400")
		place := nadia.do("POST", path+"/cooperation", told).header.Get("Location")
		if len(k.asked) != 1 || k.asked[0].SIRET != reemploi {
			t.Fatalf("asked %+v", k.asked)
		}
		for who, want := range map[*browser]int{far: 403, member: 403} {
			if a := who.do("GET", place, nil); a.status != want {
				t.Errorf("the cooperation, by somebody else: %d", a.status)
			}
			if a := who.do("POST", place, url.Values{"siret": {reemploi.String()}}); a.status != want {
				t.Errorf("answered by somebody else: %d", a.status)
			}
		}
		link := place + "/lien/" + k.asked[0].Token
		visitor := k.browser()
		for range 2 { // a scanner opens it too
			if a := visitor.do("GET", link, nil); a.status != 200 || a.attr("form[method=post] button", "class") == "" || a.header.Get("Cache-Control") != "no-store" {
				t.Errorf("the link: %d", a.status)
			}
		}
		if c, err := k.leads.Cooperation(t.Context(), strings.TrimPrefix(place, "/cooperations/")); err != nil || c.State() != lead.Asked {
			t.Errorf("opening the link answered: %+v, %v", c, err)
		}
		if a := visitor.do("GET", place+"/lien/"+lys.String()+".x", nil); a.status != http.StatusNotFound {
			t.Errorf("a link made up: %d", a.status)
		}
		if a := visitor.do("POST", link, url.Values{}); a.header.Get("Location") != link+"?fait=1" {
			t.Errorf("confirmed: %d %q", a.status, a.header.Get("Location"))
		}
		if a := visitor.do("POST", link, url.Values{"reponse": {"non"}}); a.header.Get("Location") != link+"?autre=1" {
			t.Errorf("then denied: %q", a.header.Get("Location"))
		}
		if a := nadia.do("GET", place, nil); !strings.Contains(a.body, "Confirmée par toutes") || a.attr(".acts a", "href") != path {
			t.Errorf("the cooperation: %s", a.text("main"))
		}
		if a := nadia.do("GET", path, nil); !strings.Contains(a.body, `href="`+place+`"`) {
			t.Error("the lead does not tell what it led to")
		}
	})
}

// A masked person is named by no list of leads and in no file.
func TestHardCase24LeadsMask(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	nadia := k.facilitator("nadia@cma.fr")
	if _, err := k.leads.Add(t.Context(), account.Actor{Who: "nadia", Channel: account.Phone}, lead.Lead{Title: "Plomberie", Parties: []register.SIRET{lys, masked}}); err != nil {
		t.Fatal(err)
	}
	if a := nadia.do("GET", "/pistes.csv", nil); strings.Contains(a.body, masked.String()) || !strings.Contains(a.body, lys.String()) {
		t.Errorf("the file: %q", a.body)
	}
	if a := nadia.do("GET", "/pistes", nil); strings.Count(a.body, "Plomberie") != 1 || !strings.Contains(a.body, spaced(masked.SIREN().String())) {
		t.Errorf("the list: %s", a.text("main"))
	}
}
