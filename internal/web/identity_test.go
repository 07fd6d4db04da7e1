package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/openid"
	"passerelle/internal/openid/openidtest"
	"passerelle/internal/register"
)

// provide gives a desk a provider.
func (k *desk) provide() *openidtest.Provider {
	k.t.Helper()
	there := openidtest.Open(k.t)
	k.accounts.Provider = openid.New(there.Config())
	return there
}

// travel goes to the provider as somebody and comes back.
func (b *browser) travel(there *openidtest.Provider, start, subject string) answer {
	b.desk.t.Helper()
	a := b.do("GET", start, nil)
	if a.status != http.StatusSeeOther || a.header.Get("Cache-Control") != "no-store" || a.header.Get("Referrer-Policy") != "no-referrer" {
		b.desk.t.Fatalf("%s: %d, %v", start, a.status, a.header)
	}
	return b.do("GET", "/connexion/fournisseur/retour?"+there.Visit(a.header.Get("Location"), subject).Encode(), nil)
}

// join joins who one is at the provider to one's account.
func (b *browser) join(there *openidtest.Provider, subject string) answer {
	b.desk.t.Helper()
	a := b.do("POST", b.do("GET", "/mon-espace/donnees", nil).attr("section[aria-labelledby=fournisseur] form", "action"), nil)
	away := a.attr("main a.button", "href")
	if a.status != http.StatusOK || a.header.Get("Refresh") != "0; url="+away || a.header.Get("Cache-Control") != "no-store" {
		b.desk.t.Fatalf("joining: %d, %v", a.status, a.header)
	}
	return b.do("GET", "/connexion/fournisseur/retour?"+there.Visit(away, subject).Encode(), nil)
}

func TestIdentityPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		if a := k.browser().do("GET", "/connexion", nil); strings.Contains(a.body, "/connexion/fournisseur") {
			t.Error("a button without a provider")
		}
		for _, path := range []string{"/connexion/fournisseur", "/connexion/fournisseur/retour?code=x"} {
			if a := k.browser().do("GET", path, nil); a.status != http.StatusNotFound {
				t.Errorf("%s without a provider: %d", path, a.status)
			}
		}
		there := k.provide()
		there.Behave(openidtest.Ways{Signed: true})
		there.Know(map[string]any{"sub": "amina-1", "email": "amina@lys.fr", "email_verified": true, "given_name": "Amina", "usual_name": "Ben Salah", "siret": delattre.String()})
		b := k.browser()
		start := b.do("GET", "/en/connexion?suite=%2Fen%2Fmon-espace%2Fdonnees", nil).attr(".key-way a", "href")
		if start != "/en/connexion/fournisseur?suite=%2fen%2fmon-espace%2fdonnees" {
			t.Fatalf("the button leads to %q", start)
		}
		a := b.do("GET", start, nil)
		c := b.cookies["__Host-"+ceremonyCookie]
		if c == nil || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || strings.Contains(a.header.Get("Location"), c.Value) {
			t.Fatalf("what the browser holds meanwhile: %+v", c)
		}
		if a = b.travel(there, start, "amina-1"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/en/mon-espace/donnees" {
			t.Fatalf("coming back: %d %q", a.status, a.header.Get("Location"))
		}
		if s := b.cookies["__Host-passerelle"]; s == nil || !s.Secure || b.cookies["__Host-"+ceremonyCookie] != nil {
			t.Errorf("cookies %v", b.cookies)
		}
		if a = b.do("GET", "/mon-espace", nil); !strings.Contains(a.body, delattre.String()) || !strings.Contains(a.body, "Amina Ben Salah") {
			t.Error("she does not speak for her bakery")
		}
		a = b.do("GET", "/mon-espace/donnees", nil)
		if got := strings.Join(a.texts("section[aria-labelledby=fournisseur]"), ""); !strings.Contains(got, "ProConnect") || !strings.Contains(a.body, there.Config().Issuer) {
			t.Errorf("own data: %q", got)
		}
		if a = b.do("GET", "/mon-espace/donnees.json", nil); !strings.Contains(a.body, `"subject": "amina-1"`) {
			t.Error("the identity is not taken away")
		}
		a = b.do("POST", "/deconnexion", nil)
		out := a.attr("main a.button", "href")
		if a.status != 200 || len(b.cookies) != 0 || !strings.HasPrefix(out, there.Config().Issuer+"/end_session?") || a.header.Get("Refresh") != "0; url="+out || a.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("leaving: %d, %v, %q, %q", a.status, b.cookies, out, a.header.Get("Refresh"))
		}
		browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		r, err := browser.Get(out)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if got := r.Header.Get("Location"); r.StatusCode != http.StatusFound || !strings.HasPrefix(got, openidtest.Back+"?state=") {
			t.Errorf("the provider sends back to %q: %s", got, r.Status)
		}
	})
}

// Who came by mail joins who they are at the provider, and parts from it.
func TestJoinIdentity(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	there := k.provide()
	there.Know(map[string]any{"sub": "amina-1", "email": "direction@lys.fr", "siret": delattre.String()})
	amina := k.browser().signIn("amina@lys.fr")
	session := amina.cookies["__Host-passerelle"].Value
	// A link, of another site for one, joins nothing.
	if a := amina.do("GET", "/connexion/fournisseur?suite=%2Fannuaire", nil); a.status != http.StatusSeeOther || a.header.Get("Location") != "/annuaire" || len(amina.cookies) != 1 {
		t.Fatalf("a link leads to %d %q, %v", a.status, a.header.Get("Location"), amina.cookies)
	}
	a := amina.join(there, "amina-1")
	if a.status != http.StatusSeeOther || a.header.Get("Location") != "/mon-espace/donnees#fournisseur" || amina.cookies["__Host-passerelle"].Value != session {
		t.Fatalf("joining: %d %q", a.status, a.header.Get("Location"))
	}
	if a := amina.do("GET", "/mon-espace", nil); !strings.Contains(a.body, delattre.String()) {
		t.Error("joining does not show which firm is hers")
	}
	if a := amina.do("POST", "/deconnexion", nil); a.status != http.StatusSeeOther {
		t.Errorf("what began by mail ends here: %d", a.status)
	}
	b := k.browser()
	if a := b.travel(there, "/connexion/fournisseur", "amina-1"); a.header.Get("Location") != "/mon-espace" {
		t.Errorf("entering: %q", a.header.Get("Location"))
	}
	// Jean may not join hers.
	jean := k.browser().signIn("jean@lys.fr")
	a = jean.join(there, "amina-1")
	if a.header.Get("Location") != "/mon-espace/donnees?fournisseur=autre" {
		t.Fatalf("somebody else's: %q", a.header.Get("Location"))
	}
	if a := jean.do("GET", a.header.Get("Location"), nil); a.status != 200 || !strings.Contains(strings.Join(a.texts(".notice[role=alert]"), ""), "autre identité") {
		t.Errorf("he is not told: %d", a.status)
	}
	if a := b.do("POST", "/mon-espace/fournisseur/fin", nil); a.status != http.StatusSeeOther {
		t.Errorf("parting: %d", a.status)
	}
	if a := k.browser().travel(there, "/connexion/fournisseur", "amina-1"); a.header.Get("Location") != "/connexion?fournisseur=adresse" {
		t.Errorf("after parting: %q", a.header.Get("Location"))
	}
}

// Each fault leads to the sign-in page, in the reader's language, which tells
// it, offers a link by mail, and goes on where one was going.
func TestIdentityFaults(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	there := k.provide()
	there.Know(map[string]any{"sub": "amina-1", "email": "amina@lys.fr", "email_verified": true})
	there.Know(map[string]any{"sub": "eve-1", "email": "eve@lys.fr"})
	there.Know(map[string]any{"sub": "eve-2", "email": "amina@lys.fr", "email_verified": true})
	k.browser().travel(there, "/connexion/fournisseur", "amina-1")
	answers := func(name, value string) openidtest.Ways {
		return openidtest.Ways{Answer: func(q *url.Values) { q.Set(name, value) }}
	}
	for word, c := range map[string]struct {
		ways    openidtest.Ways
		subject string
		status  int
	}{
		"refus":   {answers("error", "access_denied"), "amina-1", http.StatusForbidden},
		"panne":   {openidtest.Ways{Down: "/token"}, "amina-1", http.StatusServiceUnavailable},
		"heure":   {openidtest.Ways{IDToken: func(m map[string]any) { m["exp"] = time.Now().Add(-time.Hour).Unix() }}, "amina-1", http.StatusBadGateway},
		"reponse": {openidtest.Ways{IDToken: func(m map[string]any) { m["nonce"] = "another" }}, "amina-1", http.StatusBadRequest},
		"adresse": {openidtest.Ways{}, "eve-1", http.StatusForbidden},
		"autre":   {openidtest.Ways{}, "eve-2", http.StatusConflict},
	} {
		there.Behave(c.ways)
		b := k.browser()
		a := b.travel(there, "/en/connexion/fournisseur?suite=%2Fen%2Fmon-espace%2Fdonnees", c.subject)
		want := "/en/connexion?fournisseur=" + word + "&suite=%2Fen%2Fmon-espace%2Fdonnees"
		if a.status != http.StatusSeeOther || a.header.Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", word, a.status, a.header.Get("Location"), want)
			continue
		}
		if b.cookies["__Host-passerelle"] != nil {
			t.Errorf("%s: signed in all the same", word)
		}
		b.faultPage(want, c.status)
	}
	there.Behave(openidtest.Ways{})
	b := k.browser()
	a := b.do("GET", "/connexion/fournisseur", nil)
	back := "/connexion/fournisseur/retour?" + there.Visit(a.header.Get("Location"), "amina-1").Encode()
	for _, browser := range []*browser{k.browser(), b, b} { // another browser; the right one; the same answer again
		browser.do("GET", back, nil)
	}
	if b.cookies["__Host-passerelle"] == nil {
		t.Error("another browser's try ended what was begun")
	}
	for _, path := range []string{back, "/connexion/fournisseur/retour", "/connexion/fournisseur/retour?error=access_denied"} {
		b := k.browser()
		if a := b.do("GET", path, nil); a.header.Get("Location") != "/connexion?fournisseur=tard" {
			t.Errorf("%s: %q", path, a.header.Get("Location"))
		}
		b.faultPage("/connexion?fournisseur=tard", http.StatusGone)
	}
	for range 200 {
		if a = b.do("GET", "/connexion/fournisseur", nil); strings.Contains(a.header.Get("Location"), "souvent") {
			break
		}
	}
	if a := k.browser().do("GET", "/connexion?fournisseur=souvent", nil); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "3600" {
		t.Errorf("too often: %d", a.status)
	}
	if a := k.browser().do("GET", "/connexion?fournisseur=<script>", nil); a.status != 200 || strings.Contains(a.body, "<script>&") {
		t.Errorf("a word of no fault: %d", a.status)
	}
}

// faultPage checks a page that tells a fault.
func (b *browser) faultPage(path string, status int) {
	b.desk.t.Helper()
	a := b.do("GET", path, nil)
	title := strings.Join(a.texts("h1"), "")
	if a.status != status || title == "" || strings.Contains(a.body, "⟦") || len(a.texts("h1")) != 1 || len(a.texts("form #email")) != 1 && a.attr("form #email", "type") != "email" || !strings.Contains(strings.Join(a.texts("title"), ""), title) {
		b.desk.t.Errorf("%s: %d, %q", path, a.status, title)
	}
}

// What the browser holds meanwhile is Secure exactly when the house is reached
// by https.
func TestIdentityCookieOverHTTP(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost:8080")
	k.provide()
	b := k.browser()
	b.do("GET", "/connexion/fournisseur", nil)
	if c := b.cookies[ceremonyCookie]; c == nil || c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Errorf("over http: %+v", b.cookies)
	}
}

// A provider that is down lets the house start and its other ways work.
func TestProviderDown(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	k.accounts.Provider = openid.New(openid.Config{Name: "ProConnect", Issuer: "http://127.0.0.1:1", Now: time.Now})
	b := k.browser()
	if a := b.do("GET", "/connexion/fournisseur", nil); a.header.Get("Location") != "/connexion?fournisseur=panne" {
		t.Errorf("departure: %d %q", a.status, a.header.Get("Location"))
	}
	if a := b.do("GET", "/connexion?fournisseur=panne", nil); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("the page: %d", a.status)
	}
	b.signIn("amina@lys.fr")
	if a := b.do("POST", "/deconnexion", nil); a.status != http.StatusSeeOther {
		t.Errorf("leaving: %d", a.status)
	}
}

// Neither who comes from elsewhere nor what they bring leads to another site.
func TestIdentityLeadsNowhereElse(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	there := k.provide()
	there.Know(map[string]any{"sub": "amina-1", "email": "amina@lys.fr", "email_verified": true})
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "/\t/evil.example", "javascript:alert(1)", "/a\r\nLocation: https://evil.example"} {
		if a := k.browser().travel(there, "/connexion/fournisseur?suite="+url.QueryEscape(next), "amina-1"); a.header.Get("Location") != "/mon-espace" {
			t.Errorf("%q: %q", next, a.header.Get("Location"))
		}
		there.Behave(openidtest.Ways{Answer: func(q *url.Values) { q.Set("error", "access_denied"); q.Set("suite", next) }})
		if a := k.browser().travel(there, "/connexion/fournisseur?suite="+url.QueryEscape(next), "amina-1"); a.header.Get("Location") != "/connexion?fournisseur=refus" {
			t.Errorf("%q, refused: %q", next, a.header.Get("Location"))
		}
		there.Behave(openidtest.Ways{})
	}
}

// Whatever the directory knows of the establishment, its person comes in; they
// speak for it where it is in the directory.
func TestHardCase23IdentityOfAnyEstablishment(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	there := k.provide()
	for name, c := range map[string]struct {
		siret any
		speak bool
	}{
		"known": {delattre.String(), true}, "masked, and theirs": {masked.String(), true}, "hidden": {garage.String(), false}, "unknown": {nobody.String(), false}, "closed": {ended.String(), false},
		"of a wrong key": {"38269518700048", false}, "none": {"", false}, "a number": {38269518700049, false}, "nothing": {nil, false},
	} {
		if name == "closed" && k.browser().do("GET", "/entreprises/"+ended.String(), nil).status != http.StatusGone {
			t.Error("it is not closed")
		}
		if name == "hidden" {
			if err := k.hide(garage); err != nil {
				t.Fatal(err)
			}
		}
		sub := strings.ReplaceAll(name, " ", "-")
		there.Know(map[string]any{"sub": sub, "email": strings.ReplaceAll(sub, ",", "") + "@lys.fr", "email_verified": true, "siret": c.siret})
		b := k.browser()
		if a := b.travel(there, "/connexion/fournisseur", sub); a.status != http.StatusSeeOther || a.header.Get("Location") != "/mon-espace" {
			t.Errorf("%s: %d %q", name, a.status, a.header.Get("Location"))
			continue
		}
		if a := b.do("GET", "/mon-espace", nil); a.status != 200 {
			t.Errorf("%s: own space %d", name, a.status)
		}
		p := k.person(strings.ReplaceAll(sub, ",", "") + "@lys.fr")
		if got := len(p.Memberships) == 1; got != c.speak {
			t.Errorf("%s: speaks for %v", name, p.Memberships)
		}
		if claims, err := k.accounts.ClaimsOf(t.Context(), p.ID); err != nil || c.speak != (len(claims) == 1 && claims[0].Proof == account.ByProConnect) {
			t.Errorf("%s: claims %v, %v", name, claims, err)
		}
	}
}

// hide takes an establishment out of the directory.
func (k *desk) hide(s register.SIRET) error {
	return errors.Join(k.directory.Hide(k.t.Context(), directory.Act{Who: "operator", Channel: "command"}, s, "demande"), k.directory.Refresh(k.t.Context()))
}

// person returns who has an address.
func (k *desk) person(mail string) *account.Person {
	k.t.Helper()
	p, err := k.accounts.Person(k.t.Context(), idOf(k.t, k, mail))
	if err != nil {
		k.t.Fatal(err)
	}
	return p
}
