package web

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/lead"
)

// One party writes of a cooperation, signed in; the other agrees by the link
// of a mail. The note is then found, printed and taken away, and gone at once
// when one of them takes it back.
func TestCooperationNotePages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, nadia, jean := k.speaker("amina@lys.fr", lys), k.facilitator("nadia@cma.fr", "artois"), k.speaker("jean@garage.fr", garage)
		by := account.Actor{Who: idOf(t, k, "amina@lys.fr"), Channel: account.Web}
		c, _, err := k.leads.Declare(t.Context(), lead.Declared{By: by, Cooperation: lead.Cooperation{
			Kind: "materials", Started: "2026-10-01", DeclaredFor: lys, Territory: "artois", Parties: []lead.Party{{SIRET: lys}, {SIRET: reemploi}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		at := "/cooperations/" + c.ID
		form := at + "/retour?siret=" + lys.String()
		if a := amina.do("GET", form, nil); a.status != http.StatusNotFound {
			t.Errorf("before it is confirmed: %d", a.status)
		}
		link := at + "/lien/" + k.asked[0].Token
		k.browser().do("POST", link, url.Values{})
		if a := amina.do("GET", at, nil); a.attr("[aria-labelledby=retours] a", "href") != form {
			t.Errorf("its page does not offer to write: %q", a.text("main"))
		}
		if a := k.browser().do("GET", link, nil); !strings.HasSuffix(a.attr("[aria-labelledby=retours] a", "href"), "/retour") {
			t.Error("the link of the mail does not offer to write")
		}
		said := url.Values{"siret": {lys.String()}, "fait": {"Des <b>palettes</b> démontées"}, "apporte": {"Deux tonnes de bois"}, "metier": {"menuisier"}, "publier": {"1"}, "signature": {"Amina"}}
		for who, want := range map[*browser]int{jean: 403, nadia: 403, k.browser(): 303} {
			if a := who.do("POST", at+"/retour", said); a.status != want || want == 303 && strings.Contains(a.header.Get("Location"), "fait") {
				t.Errorf("written by another: %d, want %d", a.status, want)
			}
		}
		if a := amina.do("POST", at+"/retour", url.Values{"siret": {lys.String()}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("nothing: %d", a.status)
		}
		if a := amina.do("POST", "/en"+at+"/retour", said); !strings.HasPrefix(a.header.Get("Location"), "/en"+at+"/retour?") {
			t.Fatalf("written: %d %q", a.status, a.header.Get("Location"))
		}
		last := k.asked[len(k.asked)-1]
		if last.Note == nil || last.SIRET != reemploi {
			t.Fatalf("asked %+v", last)
		}
		visitor, agree := k.browser(), "/retours/accord/"+last.Note.ID+"/"+last.Token
		page := visitor.do("GET", agree, nil)
		if page.status != 200 || page.header.Get("Cache-Control") != "no-store" || len(visitor.do("GET", "/retours", nil).texts(".note")) != 0 {
			t.Errorf("opening the link: %d", page.status)
		}
		if a := visitor.do("GET", agree+"x", nil); a.status != http.StatusNotFound {
			t.Errorf("a link made up: %d", a.status)
		}
		yes := url.Values{"ecrit": {page.attr("input[name=ecrit]", "value")}, "accord": {"oui"}}
		if a := visitor.do("POST", agree, url.Values{"ecrit": {"1"}, "accord": {"oui"}}); a.status != http.StatusNotFound {
			t.Errorf("to other words: %d", a.status)
		}
		if a := visitor.do("POST", agree, yes); a.header.Get("Location") != agree+"?fait=1" {
			t.Errorf("agreed: %d", a.status)
		}
		own := "/retours/" + last.Note.ID
		for path, want := range map[string]int{
			"/retours": 1, "/retours?q=PALETTES+demontees": 1, "/retours?q=pain": 0, "/retours?territoire=artois&metier=menuisier": 1, "/retours?territoire=calaisis": 0,
			"/entreprises/" + lys.String(): 1, "/entreprises/" + garage.String(): 0, "/metiers/menuisier": 1, "/metiers/coiffeur": 0, "/retours?entreprise=" + reemploi.String(): 1,
		} {
			a := visitor.do("GET", path, nil)
			if a.status != 200 || len(a.texts(".notes .note")) != want || strings.Contains(a.body, "<b>palettes") {
				t.Errorf("%s: %d, %d notes, want %d", path, a.status, len(a.texts(".notes .note")), want)
			}
		}
		if a := visitor.do("GET", own, nil); a.status != 200 || !strings.Contains(a.body, "Deux tonnes") || len(a.texts(".page-head a")) != 2 {
			t.Errorf("its page: %d %q", a.status, a.text("main"))
		}
		paper := visitor.do("GET", "/retours/pdf/"+last.Note.ID, nil)
		if paper.header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix([]byte(paper.body), []byte("%PDF-")) || !strings.Contains(paper.body, "/StructTreeRoot") {
			t.Errorf("its paper: %d, %d bytes", paper.status, len(paper.body))
		}
		if a := nadia.do("GET", at, nil); a.attr("[aria-labelledby=retours] a", "href") != own || a.attr("[aria-labelledby=retours] form", "action") != "" {
			t.Error("a facilitator does not find it from the cooperation, or decides for the parties")
		}
		act := amina.do("GET", at, nil).attr("[aria-labelledby=retours] form", "action")
		no := url.Values{"siret": {lys.String()}, "accord": {"non"}}
		for who, want := range map[*browser]int{jean: 403, nadia: 403} {
			if a := who.do("POST", act, no); a.status != want {
				t.Errorf("withdrawn by another: %d", a.status)
			}
		}
		if a := amina.do("POST", act, no); a.status != http.StatusSeeOther {
			t.Errorf("withdrawn: %d", a.status)
		}
		for _, path := range []string{own, own + "/retour.pdf"} {
			if a := visitor.do("GET", path, nil); a.status != http.StatusNotFound {
				t.Errorf("%s after it was withdrawn: %d", path, a.status)
			}
		}
	})
}
