package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// speaks makes somebody who is signed in one of an establishment's people.
func (k *desk) speaks(b *browser, s register.SIRET) {
	k.t.Helper()
	own := b.do("POST", "/mon-espace/revendiquer/"+s.String(), nil).header.Get("Location")
	id := strings.TrimPrefix(own, "/mon-espace/revendications/")
	if _, err := k.accounts.Approve(k.t.Context(), account.Actor{Who: "operator", Channel: account.Command}, id, account.ByDecision, ""); err != nil {
		k.t.Fatal(err)
	}
}

// letter returns the last letter of a kind about an introduction.
func (k *desk) letter(kind string) exchange.IntroductionLetter {
	k.t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for i := len(k.met) - 1; i >= 0; i-- {
		if k.met[i].Kind == kind {
			return k.met[i]
		}
	}
	k.t.Fatalf("no letter %s went", kind)
	return exchange.IntroductionLetter{}
}

// Amina asks to meet the workshop; a facilitator lets it go and backs it; Jean
// answers by the link, without an account; they talk, and cooperate. No address
// is seen before both agree, and the facilitator reads no message.
func TestHardCase07IntroductionPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, jean, nadia, far := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@reemploi.fr"), k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		stranger := k.browser().signIn("curieux@exemple.fr")
		k.speaks(amina, lys)
		k.speaks(jean, reemploi)
		ask := k.browser().do("GET", "/entreprises/"+reemploi.String(), nil).attr("[aria-labelledby=rencontrer] a", "href")
		form := amina.do("GET", ask+"&raison=Vos+chutes+de+bois&origine=match", nil)
		if form.status != 200 || form.text("#words") != "Vos chutes de bois" || form.attr("#mail", "value") != "amina@lys.fr" || form.attr("input[name=origine]", "value") != "match" {
			t.Fatalf("the form: %d %q", form.status, form.text("#words"))
		}
		typed := url.Values{"vers": {reemploi.String()}, "de": {lys.String()}, "words": {" "}, "phone": {"12"}, "mail": {"amina@lys.fr"}, "origine": {"match"}}
		if a := amina.do("POST", "/mises-en-relation", typed); a.status != http.StatusUnprocessableEntity || a.attr("#words", "aria-invalid") != "true" {
			t.Errorf("without words: %d", a.status)
		}
		typed.Set("words", "Nous avons <b>des chutes</b> de bois. Écrivez à amina@lys.fr")
		if a := amina.do("POST", "/mises-en-relation", typed); a.status != http.StatusUnprocessableEntity || a.attr("#phone", "aria-invalid") != "true" {
			t.Errorf("a wrong number: %d", a.status)
		}
		typed.Set("phone", "03 21 00 00 01")
		if a := stranger.do("POST", "/mises-en-relation", typed); a.status != http.StatusForbidden {
			t.Errorf("for another's firm: %d", a.status)
		}
		path := strings.TrimSuffix(amina.do("POST", "/mises-en-relation", typed).header.Get("Location"), "?fait=1")
		if !strings.HasPrefix(path, "/mises-en-relation/") || !strings.Contains(amina.do("GET", path, nil).body, "relit cette demande") {
			t.Fatalf("asked: %q", path)
		}
		for who, name := range map[*browser]string{far: "a facilitator of elsewhere", stranger: "a stranger"} {
			if a := who.do("GET", path, nil); a.status != http.StatusForbidden {
				t.Errorf("%s: %d", name, a.status)
			}
			if a := who.do("POST", path, url.Values{"geste": {"accepter"}}); a.status != http.StatusForbidden {
				t.Errorf("%s presses: %d", name, a.status)
			}
		}
		if a := nadia.do("GET", "/animation", nil); !strings.Contains(a.body, `href="`+path+`"`) || strings.Contains(far.do("GET", "/animation", nil).body, path) {
			t.Error("it is not on the right desk")
		}
		if a := amina.do("POST", path, url.Values{"geste": {"transmettre"}}); a.status != http.StatusForbidden {
			t.Errorf("she lets it go herself: %d", a.status)
		}
		nadia.do("POST", path, url.Values{"geste": {"appuyer"}})
		nadia.do("POST", path, url.Values{"geste": {"transmettre"}})
		link := path + "/lien/" + k.letter(exchange.LetterAsk).Token
		k.answers(t, link, path, amina, nadia)
		c := k.outcome(t, path, amina, jean)
		if a := jean.do("GET", c, nil); a.status != 200 || !strings.Contains(a.body, "En attente de confirmation") {
			t.Errorf("the cooperation: %d", a.status)
		}
	})
}

// answers has Jean answer by his link and write, and looks at who sees what.
func (k *desk) answers(t *testing.T, link, path string, amina, nadia *browser) {
	t.Helper()
	visitor := k.browser()
	for range 2 { // a scanner opens it too
		a := visitor.do("GET", link, nil)
		if a.status != 200 || a.header.Get("Cache-Control") != "no-store" || !strings.Contains(a.body, "&lt;b&gt;des chutes") || !strings.Contains(a.body, "Appuyée par") {
			t.Fatalf("the link: %d %s", a.status, a.text("main"))
		}
		if strings.Contains(a.body, "amina@") || strings.Contains(a.body, "21 00 00 01") || strings.Contains(a.body, "nadia@") {
			t.Error("an address is seen before both agree")
		}
	}
	if a := visitor.do("GET", path+"/lien/wanted.x.y", nil); a.status != http.StatusNotFound {
		t.Errorf("a link made up: %d", a.status)
	}
	if a := visitor.do("POST", link, url.Values{"geste": {"accepter"}, "mail": {"jean@"}}); a.status != http.StatusUnprocessableEntity || a.attr("#mail", "value") != "jean@" {
		t.Errorf("a wrong address: %d", a.status)
	}
	if a := visitor.do("POST", link, url.Values{"geste": {"accepter"}, "name": {"Jean"}, "mail": {"jean@reemploi.fr"}}); a.header.Get("Location") != link+"?fait=1" {
		t.Errorf("accepted: %d", a.status)
	}
	if a := visitor.do("POST", link, url.Values{"geste": {"refuser"}, "reason": {"far"}}); a.header.Get("Location") != link+"?change=1" {
		t.Errorf("then declined: %q", a.header.Get("Location"))
	}
	if a := visitor.do("POST", link, url.Values{"geste": {"message"}, "words": {"Venez <i>mardi</i>"}}); a.header.Get("Location") != link+"?fait=1" {
		t.Errorf("a message: %d", a.status)
	}
	if a := visitor.do("POST", link, url.Values{"geste": {"message"}, "words": {" "}}); a.status != http.StatusUnprocessableEntity || a.attr("#words", "aria-invalid") != "true" {
		t.Errorf("an empty message: %d", a.status)
	}
	if a := amina.do("GET", path, nil); !strings.Contains(a.body, "Venez &lt;i&gt;mardi") || !strings.Contains(a.body, "jean@reemploi.fr") {
		t.Errorf("she sees %s", a.text("main"))
	}
	if a := nadia.do("GET", path, nil); strings.Contains(a.body, "Venez") || strings.Contains(a.body, "jean@") || !strings.Contains(a.body, "Acceptée") {
		t.Errorf("the facilitator sees %s", a.text("main"))
	}
	if a := nadia.do("POST", path, url.Values{"geste": {"message"}, "words": {"Bonjour"}}); a.status != http.StatusForbidden {
		t.Errorf("the facilitator writes: %d", a.status)
	}
	if got := amina.do("GET", "/mon-espace", nil).text("[aria-labelledby=relations]"); !strings.Contains(got, "à vous") {
		t.Errorf("her space: %q", got)
	}
}

// outcome has Amina tell what came of it, and returns the path of the
// cooperation.
func (k *desk) outcome(t *testing.T, path string, amina, jean *browser) string {
	t.Helper()
	if a := amina.do("POST", path, url.Values{"geste": {"cooperation"}, "kind": {"materials"}, "started": {"demain"}}); a.status != http.StatusUnprocessableEntity || a.attr("#started", "aria-invalid") != "true" {
		t.Errorf("no day: %d", a.status)
	}
	if a := amina.do("POST", path, url.Values{"geste": {"cooperation"}, "kind": {"materials"}, "started": {"2026-11-20"}, "materials": {"400"}}); a.status != http.StatusSeeOther {
		t.Errorf("told: %d", a.status)
	}
	a := jean.do("GET", path, nil)
	if !strings.Contains(a.body, "Une coopération en est née") || len(k.asked) != 1 || k.asked[0].SIRET != reemploi {
		t.Errorf("closed: %s", a.text("main"))
	}
	if a := jean.do("GET", "/mon-espace/donnees.json", nil); !strings.Contains(a.body, `"messages"`) || strings.Contains(a.body, "chutes") {
		t.Errorf("what Jean takes away: %s", a.body)
	}
	return a.attr(".acts a.button", "href")
}

// What stands against a request is said in clear words, and nothing typed is
// lost; a facilitator asks for a firm on the phone, and the page says so.
func TestHardCase18IntroductionRefused(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	nadia, jean := k.facilitator("nadia@cma.fr", "artois"), k.browser().signIn("jean@reemploi.fr")
	k.speaks(jean, reemploi)
	typed := url.Values{"vers": {reemploi.String()}, "de": {"https://x/entreprises/" + lys.String()}, "words": {"Du bois"}}
	path := strings.TrimSuffix(nadia.do("POST", "/mises-en-relation", typed).header.Get("Location"), "?fait=1")
	if a := jean.do("GET", path, nil); !strings.Contains(a.text(".source"), "pour Les Charpentiers") || !strings.Contains(a.text(".source"), "au téléphone") {
		t.Errorf("who did it for whom: %q", a.text(".source"))
	}
	if a := nadia.do("POST", path, url.Values{"geste": {"refuser"}, "reason": {"busy"}}); a.status != http.StatusSeeOther || !strings.Contains(jean.do("GET", path, nil).body, "pas le temps") {
		t.Errorf("declined by phone: %d", a.status)
	}
	a := nadia.do("POST", "/mises-en-relation", typed)
	if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.text("[role=alert]"), "déjà refusé") || a.text("#words") != "Du bois" {
		t.Errorf("asked again: %d %q", a.status, a.text("[role=alert]"))
	}
	typed.Set("vers", masked.String())
	if a := nadia.do("POST", "/mises-en-relation", typed); !strings.Contains(a.text("[role=alert]"), "ne pas apparaître") {
		t.Errorf("a masked person: %d %q", a.status, a.text("[role=alert]"))
	}
	if a := k.browser().do("GET", "/entreprises/"+masked.String(), nil); strings.Contains(a.body, "mises-en-relation") {
		t.Error("a masked person's page offers an introduction")
	}
}

// How a firm answers is read by its own people, and by nobody else.
func TestOnlyOnesOwnAnswersAreRead(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina, jean := k.speaker("amina@lys.fr", directorytest.Garage), k.speaker("jean@lys.fr", directorytest.Brochard)
	k.answered = map[register.SIRET]match.Answered{directorytest.Garage: {Asked: 5, Answers: 4}, directorytest.Brochard: {Asked: 2}}
	if text := amina.do("GET", "/mon-espace", nil).text("main"); !strings.Contains(text, "Vous répondez à 4 demandes sur 5") {
		t.Errorf("amina reads %s", text)
	}
	if text := jean.do("GET", "/mon-espace", nil).text("main"); !strings.Contains(text, "2 demandes reçues en un an : encore trop peu") || strings.Contains(text, "Vous répondez") {
		t.Errorf("jean reads %s", text)
	}
	nadia := k.facilitator("nadia@cma.fr", "artois")
	for who, b := range map[string]*browser{"jean": jean, "a facilitator": nadia, "a visitor": k.browser()} {
		for _, path := range []string{"/etablissements/" + directorytest.Garage.String(), "/etablissements/" + directorytest.Brochard.String() + "/partenaires", "/mon-espace"} {
			if a := b.do("GET", path, nil); strings.Contains(a.body, "sur 5") {
				t.Errorf("%s reads it on %s", who, path)
			}
		}
	}
}
