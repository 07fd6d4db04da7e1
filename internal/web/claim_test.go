package web

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// facilitator signs in one of some territories.
func (k *desk) facilitator(mail string, territories ...string) *browser {
	k.t.Helper()
	token, err := k.accounts.Add(k.t.Context(), account.Actor{Who: "operator", Channel: account.Command},
		account.NewPerson{Mail: mail, Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: territories})
	if err != nil {
		k.t.Fatal(err)
	}
	b := k.browser()
	b.do("POST", "/connexion/lien/"+token, nil)
	return b
}

var codeInLetter = regexp.MustCompile(`[2-9A-HJKMNP-Z]{4} [2-9A-HJKMNP-Z]{4}`)

// A baker claims her shop with the code of a letter; a stranger and a
// facilitator of elsewhere cannot touch it.
func TestClaimByLetter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, jean := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@lys.fr")
		nadia, far := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		start := k.browser().do("GET", "/entreprises/"+delattre.String(), nil).attr("[aria-labelledby='a-moi'] a", "href")
		if a := amina.do("GET", start, nil); a.status != 200 || !strings.Contains(a.body, "Au Pain d’Isbergues") && !strings.Contains(a.body, "Isbergues") {
			t.Fatalf("the page to claim it: %d", a.status)
		}
		own := amina.do("POST", start, nil).header.Get("Location")
		if again := amina.do("POST", start, nil).header.Get("Location"); again != own {
			t.Errorf("claimed twice: %q and %q", own, again)
		}
		decide := nadia.do("GET", "/animation", nil).attr(".sessions a", "href")
		if decide == "" {
			t.Fatal("the facilitator does not see the claim")
		}
		for path, who := range map[string]*browser{own: jean, decide: far} {
			if a := who.do("GET", path, nil); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
				t.Errorf("GET %s by somebody else: %d", path, a.status)
			}
		}
		for _, path := range []string{own + "/code", own + "/retrait"} {
			if a := jean.do("POST", path, url.Values{"code": {"AAAAAAAA"}}); a.status != http.StatusNotFound {
				t.Errorf("POST %s by a stranger: %d", path, a.status)
			}
		}
		for _, path := range []string{decide + "/lettre", decide + "/accord", decide + "/refus"} {
			if a := far.do("POST", path, url.Values{"motif": {"non"}}); a.status != http.StatusForbidden {
				t.Errorf("POST %s by a facilitator of elsewhere: %d", path, a.status)
			}
			if a := amina.do("POST", path, url.Values{"motif": {"non"}}); a.status != http.StatusForbidden {
				t.Errorf("POST %s by the claimer: %d", path, a.status)
			}
		}
		if got := far.do("GET", "/animation", nil).texts(".sessions li"); len(got) != 0 {
			t.Errorf("a facilitator of elsewhere sees %v", got)
		}
		letter := nadia.do("POST", decide+"/lettre", nil)
		code := codeInLetter.FindString(strings.Join(letter.texts(".letter-code"), ""))
		if letter.status != 200 || code == "" || letter.header.Get("Cache-Control") != "no-store" || !strings.Contains(letter.text(".letter-to"), "Isbergues") {
			t.Fatalf("letter: %d, code %q, to %q", letter.status, code, letter.text(".letter-to"))
		}
		for who, want := range map[*browser]int{nadia: http.StatusOK, far: http.StatusForbidden, amina: http.StatusForbidden} {
			paper := who.do("POST", decide+"/lettre.pdf", url.Values{"code": {code}})
			if paper.status != want || want == http.StatusOK && (!strings.HasPrefix(paper.body, "%PDF-") || paper.header.Get("Cache-Control") != "no-store") {
				t.Errorf("the letter as PDF: %d, %.20q", paper.status, paper.body)
			}
		}
		if a := nadia.do("POST", decide+"/lettre.pdf", url.Values{"code": {"AAAA AAAA"}}); a.status != http.StatusForbidden {
			t.Errorf("a letter with another code: %d", a.status)
		}
		if a := amina.do("POST", own+"/code", url.Values{"code": {"AAAA AAAA"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "4 essais") {
			t.Errorf("a wrong code: %d", a.status)
		}
		if a := amina.do("POST", own+"/code", url.Values{"code": {strings.ToLower(code)}}); a.status != http.StatusSeeOther {
			t.Errorf("the code: %d", a.status)
		}
		if a := amina.do("GET", own, nil); !strings.Contains(a.body, "La fiche est à vous") {
			t.Error("her page does not say that it is hers")
		}
		if got := amina.do("GET", "/mon-espace", nil).texts(".sessions .session-name"); len(got) != 1 {
			t.Errorf("her space: %v", got)
		}
		if a := amina.do("POST", "/mon-espace/entreprises/"+delattre.String()+"/quitter", nil); a.status != http.StatusSeeOther {
			t.Errorf("leaving: %d", a.status)
		}
		if a := amina.do("POST", "/mon-espace/entreprises/"+delattre.String()+"/quitter", nil); a.status != http.StatusNotFound {
			t.Errorf("leaving twice: %d", a.status)
		}
	})
}

func TestClaimIsDecided(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina := k.browser().signIn("amina@lys.fr")
	nadia := k.facilitator("nadia@cma.fr")
	own := amina.do("POST", "/mon-espace/revendiquer/"+brochard.String(), nil).header.Get("Location")
	decide := nadia.do("GET", "/animation", nil).attr(".sessions a", "href")
	if a := nadia.do("POST", decide+"/refus", url.Values{"motif": {" "}}); a.status != http.StatusUnprocessableEntity || a.attr("#motif", "aria-invalid") != "true" {
		t.Errorf("a refusal without a reason: %d", a.status)
	}
	if a := nadia.do("POST", decide+"/refus", url.Values{"motif": {"Le gérant dit <b>ne pas</b> vous connaître."}}); a.status != http.StatusSeeOther {
		t.Errorf("a refusal: %d", a.status)
	}
	if a := amina.do("GET", own, nil); !strings.Contains(a.body, "&lt;b&gt;ne pas&lt;/b&gt;") {
		t.Error("the claimer does not read the reason, as it was written")
	}
	last := k.letters[len(k.letters)-1]
	if last.Kind != "claim.refuse" || last.To != "amina@lys.fr" {
		t.Errorf("letter %+v", last)
	}
	// Asked again, and approved.
	amina.do("POST", "/mon-espace/revendiquer/"+brochard.String(), nil)
	decide = nadia.do("GET", "/animation", nil).attr(".sessions a", "href")
	for range 2 {
		if a := nadia.do("POST", decide+"/accord", nil); a.status != http.StatusSeeOther {
			t.Errorf("approving: %d", a.status)
		}
	}
	if a := nadia.do("GET", decide, nil); !strings.Contains(a.body, "Acceptée") {
		t.Error("the decision is not shown")
	}
	// A masked person has no address to write to, and no name to show.
	jean := k.browser().signIn("jean@lys.fr")
	jean.do("POST", "/mon-espace/revendiquer/"+masked.String(), nil)
	for _, c := range nadia.do("GET", "/animation", nil).texts(".sessions li") {
		if strings.Contains(c, "Isbergues") {
			t.Errorf("a masked person is placed: %s", c)
		}
	}
	decide = nadia.do("GET", "/animation", nil).attr(".sessions a", "href")
	if a := nadia.do("POST", decide+"/lettre", nil); a.status != http.StatusForbidden {
		t.Errorf("a letter to a masked person: %d", a.status)
	}
}

// A facilitator sees whose mails come back, calls them, and lets mails go
// again; so does signing in by a link.
func TestUnreached(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina := k.browser().signIn("amina@lys.fr")
	nadia, far := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
	amina.do("POST", "/mon-espace/revendiquer/"+delattre.String(), nil)
	nadia.do("POST", nadia.do("GET", "/animation", nil).attr(".sessions a", "href")+"/accord", nil)
	members, err := k.accounts.Members(t.Context(), delattre)
	if err != nil || len(members) != 1 {
		t.Fatalf("members: %d, %v", len(members), err)
	}
	refuse := func() {
		t.Helper()
		for i := range 3 {
			id := fmt.Sprintf("m%d", i)
			err := k.outbox.DB.Write(t.Context(), func(tx *db.Tx) error {
				return k.outbox.Post(t.Context(), tx, mail.Posted{ID: id, Person: members[0].ID, Class: mail.Answer, Message: mail.Message{To: "amina@lys.fr"}})
			})
			if err == nil {
				err = k.outbox.Refused(t.Context(), id)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	refuse()
	form := "#muets ~ .sessions form"
	action := nadia.do("GET", "/animation", nil).attr(form, "action")
	if action == "" {
		t.Fatal("the facilitator does not see whom mails do not reach")
	}
	if got := far.do("GET", "/animation", nil).attr(form, "action"); got != "" {
		t.Error("a facilitator of elsewhere sees her")
	}
	if a := far.do("POST", action, nil); a.status != http.StatusForbidden {
		t.Errorf("a facilitator of elsewhere: %d", a.status)
	}
	if a := nadia.do("POST", action, nil); a.status != http.StatusSeeOther {
		t.Errorf("settled: %d", a.status)
	}
	if got := nadia.do("GET", "/animation", nil).attr(form, "action"); got != "" {
		t.Error("settled, and still there")
	}
	refuse()
	k.browser().signIn("amina@lys.fr")
	if got := nadia.do("GET", "/animation", nil).attr(form, "action"); got != "" {
		t.Error("she has signed in, and is still there")
	}
}

// An address at the domain that an establishment is known by shows the claim
// at once; one at a domain that everybody has shows nothing.
func TestClaimByDomain(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	nadia := k.facilitator("nadia@cma.fr", "artois")
	if a := nadia.do("POST", "/mon-espace/entreprises/"+delattre.String(), url.Values{"words": {"Pain"}, "web": {"https://www.delattre.example/"}, "mail": {"contact@orange.fr"}, "pour": {"M. Delattre"}, "canal": {"phone"}}); a.status != http.StatusSeeOther {
		t.Fatalf("the page is written: %d %v", a.status, a.texts(".summary a"))
	}
	for mail, want := range map[string]bool{"jean@delattre.example": true, "paul@orange.fr": false, "luc@evil.delattre.example": false} {
		b := k.browser().signIn(mail)
		own := b.do("POST", "/mon-espace/revendiquer/"+delattre.String(), nil).header.Get("Location")
		got := b.do("GET", own, nil)
		if yes := strings.Contains(got.body, "La fiche est à vous"); yes != want {
			t.Errorf("%s: shown %t", mail, yes)
		}
	}
}

// The last to leave leaves a task to the facilitators of the territory, and to
// nobody else; one press ends it.
func TestDesertedFirmIsATask(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		k.accounts.Territory = func(s register.SIRET) string {
			e, _ := k.directory.Establishment(s)
			return e.Territory
		}
		amina, nadia, far := k.speaker("amina@lys.fr", delattre), k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		seen := "/animation/entreprises/" + delattre.String() + "/vu"
		if a := nadia.do("POST", seen, nil); a.status != http.StatusNotFound || len(nadia.do("GET", "/animation", nil).texts("#delaissees")) != 0 {
			t.Errorf("there is nothing to see to yet: %d", a.status)
		}
		amina.do("POST", "/mon-espace/entreprises/"+delattre.String()+"/quitter", nil)
		if a := nadia.do("GET", "/animation", nil); !strings.HasPrefix(a.attr(`form[action="`+seen+`"] button`, "aria-label"), "Au Pain d'Isbergues") {
			t.Errorf("her desk: %q", a.text("main"))
		}
		if len(far.do("GET", "/animation", nil).texts("#delaissees")) != 0 || far.do("POST", seen, nil).status != http.StatusForbidden || amina.do("POST", seen, nil).status != http.StatusForbidden {
			t.Error("it is a task of others too")
		}
		if a := nadia.do("POST", seen, nil); a.status != http.StatusSeeOther || len(nadia.do("GET", "/animation", nil).texts("#delaissees")) != 0 {
			t.Errorf("seen to: %d", a.status)
		}
	})
}
