package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// The list and the board show the same leads whatever they are filtered by,
// and the file holds exactly those.
func TestLeadsAreFiltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		nadia := k.facilitator("nadia@cma.fr", "artois", "audomarois")
		marc := k.facilitator("marc@cma.fr", "artois")
		me, him := idOf(t, k, "nadia@cma.fr"), idOf(t, k, "marc@cma.fr")
		for _, l := range []lead.Lead{
			{Title: "Alpha", Territory: "artois", Owner: me, Axis: "jobs", Due: "2026-11-20", Origins: []lead.Origin{{Kind: lead.FromPhone}}},
			{Title: "Bravo", Territory: "artois", Owner: him, Axis: "services", Due: "2026-12-20", Origins: []lead.Origin{{Kind: lead.FromPhone}}},
			{Title: "Charlie", Territory: "audomarois", Owner: him, Origins: []lead.Origin{{Kind: lead.FromMeeting, ID: "m"}}},
			{Title: "Delta", Territory: "artois", Axis: "services", Stage: lead.Contacted, Due: "2026-11-02", Origins: []lead.Origin{{Kind: lead.FromTeam, ID: "t"}}},
			{Title: "Echo", Territory: "calaisis", Axis: "services", Due: "2026-11-02"},
		} {
			if _, err := k.leads.Add(t.Context(), account.Actor{Who: me}, l); err != nil {
				t.Fatal(err)
			}
		}
		for query, want := range map[string]string{
			"":                                    "Delta Alpha Bravo Charlie",
			"retard=1":                            "Delta Alpha",
			"responsable=" + him:                  "Bravo Charlie",
			"responsable=-":                       "Delta",
			"origine=meeting":                     "Charlie",
			"axe=services":                        "Delta Bravo",
			"axe=services&retard=1":               "Delta",
			"territoire=audomarois":               "Charlie",
			"territoire=calaisis":                 "Delta Alpha Bravo Charlie", // not hers: no filter
			"axe=jobs&responsable=" + him:         "",
			"territoire=artois&responsable=" + me: "Alpha",
		} {
			list := nadia.do("GET", "/pistes?"+query, nil)
			if got := strings.Join(list.texts("tbody th a"), " "); got != want {
				t.Errorf("%q lists %q, want %q", query, got, want)
			}
			board := nadia.do("GET", "/pistes?vue=tableau&"+query, nil)
			onBoard := board.texts(".card .session-name")
			if got := strings.Fields(want); len(got) != len(onBoard) {
				t.Errorf("%q: the board has %q, the list %q", query, onBoard, want)
			}
			for _, title := range strings.Fields(want) {
				if !strings.Contains(strings.Join(onBoard, " "), title) {
					t.Errorf("%q: %s is not on the board", query, title)
				}
			}
			file := nadia.do("GET", "/pistes.csv?"+query, nil)
			for _, title := range []string{"Alpha", "Bravo", "Charlie", "Delta", "Echo"} {
				if strings.Contains(file.body, title) != strings.Contains(want, title) {
					t.Errorf("%q: %s in the file: %t", query, title, strings.Contains(file.body, title))
				}
			}
		}
		if got := marc.do("GET", "/pistes?axe=services", nil).texts("tbody th a"); len(got) != 2 {
			t.Errorf("of his territory: %q", got)
		}
	})
}

// Several leads are given to somebody at once, and the list tells what became
// of them in the reader's language, filtered as before.
func TestLeadsAreHandedOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		nadia := k.facilitator("nadia@cma.fr", "artois")
		k.facilitator("marc@cma.fr", "artois")
		far, member := k.facilitator("loin@cma.fr", "calaisis"), k.browser().signIn("amina@lys.fr")
		me, him := idOf(t, k, "nadia@cma.fr"), idOf(t, k, "marc@cma.fr")
		form := url.Values{"a": {him}, "retour": {"axe=jobs&evil=1"}}
		for _, title := range []string{"Alpha", "Bravo"} {
			l, err := k.leads.Add(t.Context(), account.Actor{Who: me}, lead.Lead{Title: title, Territory: "artois", Owner: me, Axis: "jobs"})
			if err != nil {
				t.Fatal(err)
			}
			form.Add("piste", l.ID)
		}
		page := nadia.do("GET", "/pistes", nil)
		if page.attr("form[action='/pistes/confier'] select[name=a]", "name") == "" || len(page.texts("select[name=a] option")) != 3 {
			t.Errorf("to whom: %q", page.texts("select[name=a] option"))
		}
		if a := member.do("POST", "/pistes/confier", form); a.status != http.StatusForbidden {
			t.Errorf("by a member: %d", a.status)
		}
		if a := far.do("GET", far.do("POST", "/pistes/confier", form).header.Get("Location"), nil); !strings.Contains(a.text(".notice"), "2 pistes sont d’un territoire") || len(k.news) != 0 {
			t.Errorf("by somebody of elsewhere: %q", a.text(".notice"))
		}
		if a := nadia.do("POST", "/pistes/confier", url.Values{"a": {him}}); !strings.Contains(nadia.do("GET", a.header.Get("Location"), nil).text(".notice"), "Cochez") {
			t.Error("nothing ticked is not told")
		}
		a := nadia.do("POST", "/en/pistes/confier", form)
		if place := a.header.Get("Location"); !strings.HasPrefix(place, "/en/pistes?") || !strings.Contains(place, "axe=jobs") || strings.Contains(place, "evil") {
			t.Errorf("goes on at %q", place)
		}
		if a := nadia.do("GET", a.header.Get("Location"), nil); !strings.Contains(a.text(".notice"), "2 leads handed over") {
			t.Errorf("told %q", a.text(".notice"))
		}
		if len(k.news) != 1 || k.news[0].Person != him || len(k.news[0].Leads) != 2 {
			t.Errorf("news %+v", k.news)
		}
	})
}

// What is said of a lead is shown as it was typed, calls whom it names, and is
// changed by nobody else; its papers are kept for who may read it.
func TestLeadTalk(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		nadia, marc, far := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("marc@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		me, him := idOf(t, k, "nadia@cma.fr"), idOf(t, k, "marc@cma.fr")
		l, err := k.leads.Add(t.Context(), account.Actor{Who: me}, lead.Lead{Title: "Bois", Territory: "artois", Owner: me, Parties: []register.SIRET{lys}})
		if err != nil {
			t.Fatal(err)
		}
		at := "/pistes/" + l.ID
		if a := nadia.do("POST", "/en"+at+"/paroles", url.Values{"mots": {" "}}); !strings.HasPrefix(a.header.Get("Location"), "/en"+at+"?refus=empty") {
			t.Errorf("nothing said: %q", a.header.Get("Location"))
		}
		if a := nadia.do("POST", at+"/paroles", url.Values{"mots": {"<b>@Les Charpentiers</b>, et toi ?"}, "appeler": {him}}); a.status != http.StatusSeeOther {
			t.Fatalf("said: %d", a.status)
		}
		if len(k.news) != 2 || k.news[0].Person != him || k.news[1].SIRET != lys {
			t.Fatalf("news %+v", k.news)
		}
		page := nadia.do("GET", at, nil)
		if !strings.Contains(page.text(".talk"), "<b>@Les Charpentiers</b>") || strings.Contains(page.body, "<b>@Les") || !strings.Contains(page.text(".talk"), "Prévenu : ") {
			t.Errorf("shown %q", page.text(".talk"))
		}
		edit := page.attr(".talk form", "action")
		if marc.do("GET", at, nil).attr(".talk form", "action") != "" {
			t.Error("another may change it")
		}
		if a := marc.do("POST", edit, url.Values{"mots": {"Autre"}}); a.status != http.StatusNotFound {
			t.Errorf("changed by another: %d", a.status)
		}
		nadia.do("POST", edit, url.Values{"mots": {"Je rappelle"}})
		if a := nadia.do("GET", at, nil); !strings.Contains(a.text(".talk > li > .lines"), "Je rappelle") || !strings.Contains(a.text(".talk details"), "et toi ?") {
			t.Errorf("changed: %q", a.text(".talk"))
		}
		nadia.do("POST", edit, url.Values{"mots": {"Je rappelle"}, "retirer": {"1"}})
		if a := nadia.do("GET", at, nil); strings.Contains(a.body, "Je rappelle") || strings.Contains(a.body, "et toi ?") || !strings.Contains(a.text(".talk"), "retiré") {
			t.Errorf("taken back: %q", a.text(".talk"))
		}

		k.clock.Pass(time.Minute)
		link := at + "/nouvelles/" + k.news[1].Token
		visitor := k.browser()
		for range 2 {
			if a := visitor.do("GET", link, nil); a.status != 200 || a.header.Get("Cache-Control") != "no-store" || !strings.Contains(a.body, "Bois") {
				t.Errorf("the link: %d", a.status)
			}
		}
		if a := visitor.do("POST", link, url.Values{"ou": {""}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("no answer: %d", a.status)
		}
		if a := visitor.do("GET", at+"/nouvelles/"+lys.String()+".x", nil); a.status != http.StatusNotFound {
			t.Errorf("a link made up: %d", a.status)
		}
		if a := visitor.do("POST", "/en"+link, url.Values{"ou": {"talking"}, "mots": {"Lundi"}}); a.header.Get("Location") != "/en"+link+"?fait=1" {
			t.Errorf("answered: %q", a.header.Get("Location"))
		}
		if a := nadia.do("GET", at, nil); !strings.Contains(a.text(".talk li"), "Nous en parlons") || !strings.Contains(a.text(".talk li"), "Lundi") {
			t.Errorf("the answer: %q", a.text(".talk"))
		}

		if a := marc.do("POST", at+"/demander", url.Values{"a": {"responsable"}}); !strings.Contains(a.header.Get("Location"), "demande=1") {
			t.Errorf("asked: %q", a.header.Get("Location"))
		}
		if a := nadia.do("POST", at+"/demander", url.Values{"a": {"parties"}}); !strings.Contains(a.header.Get("Location"), "refus=recent") {
			t.Errorf("asked twice in a week: %q", a.header.Get("Location"))
		}
		if a := nadia.do("GET", at, nil); !strings.Contains(a.text("[aria-labelledby=suivi]"), "il a été demandé à qui s’en occupe") || !strings.Contains(a.text("[aria-labelledby=demander]"), "Demandé le") {
			t.Errorf("the history: %q", a.text("[aria-labelledby=suivi]"))
		}

		if a := nadia.send(at+documentsEnd, nil, []byte("<script>")); !strings.Contains(a.header.Get("Location"), "refus=file_kind") {
			t.Errorf("a script: %q", a.header.Get("Location"))
		}
		if a := nadia.send(at+documentsEnd, nil, append([]byte("%PDF-"), make([]byte, lead.MostFile)...)); !strings.Contains(a.header.Get("Location"), "refus=file_long") {
			t.Errorf("too long: %q", a.header.Get("Location"))
		}
		if a := nadia.send(at+documentsEnd, nil, []byte("%PDF-1.7 é")); a.status != http.StatusSeeOther {
			t.Errorf("a PDF: %d", a.status)
		}
		file := nadia.do("GET", at, nil).attr("[aria-labelledby=documents] a", "href")
		got := nadia.do("GET", file, nil)
		if got.body != "%PDF-1.7 é" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("the file: %q %v", got.body, got.header)
		}
		for who, want := range map[*browser]int{far: 403, k.browser().signIn("amina@lys.fr"): 403, visitor: 303} {
			if a := who.do("GET", file, nil); a.status != want {
				t.Errorf("read by somebody else: %d, want %d", a.status, want)
			}
			if a := who.do("POST", file+"/retrait", url.Values{}); a.status == http.StatusSeeOther && strings.Contains(a.header.Get("Location"), "fait=1") {
				t.Errorf("removed by somebody else")
			}
			for _, end := range []string{"/paroles", "/demander", documentsEnd} {
				if a := who.do("POST", at+end, url.Values{"mots": {"x"}}); want == 403 && a.status != want {
					t.Errorf("%s by somebody else: %d", end, a.status)
				}
			}
		}
		nadia.do("POST", file+"/retrait", url.Values{})
		if a := nadia.do("GET", file, nil); a.status != http.StatusNotFound {
			t.Errorf("removed: %d", a.status)
		}
	})
}
