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
)

// She says what she does; search finds it at once; a stranger says nothing.
func TestProfileIsSaidAndFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, jean, nadia, far := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@lys.fr"), k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		amina.do("POST", "/mon-espace/revendiquer/"+delattre.String(), nil)
		form := "/mon-espace/entreprises/" + delattre.String()
		if a := amina.do("GET", form, nil); a.status != http.StatusForbidden {
			t.Errorf("before it is shown to be hers: %d", a.status)
		}
		nadia.do("POST", nadia.do("GET", "/animation", nil).attr(".sessions a", "href")+"/accord", nil)
		said := url.Values{"words": {"Brioche du zouave, cuite au feu"}, "phone": {"03 21 00 00 00"}, "web": {"www.pain.example"}, "resource": {"four", "rien"}, "zone": {"20"}, "visits": {"1"}, "mail": {""}}
		for name, b := range map[string]*browser{"a stranger": jean, "a facilitator of elsewhere": far, "a visitor": k.browser()} {
			if a := b.do("POST", form, said); a.status != http.StatusForbidden && a.status != http.StatusSeeOther || strings.Contains(a.header.Get("Location"), "fait") {
				t.Errorf("%s: %d %s", name, a.status, a.header.Get("Location"))
			}
		}
		if a := amina.do("GET", form, nil); a.status != 200 || len(a.texts("#r-four")) != 1 {
			t.Fatalf("the form: %d", a.status)
		}
		wrong := url.Values{"words": {"Brioche"}, "phone": {"12"}, "web": {"x"}}
		if a := amina.do("POST", form, wrong); a.status != http.StatusUnprocessableEntity || len(a.texts(".summary a")) != 2 || a.attr("#phone", "value") != "12" || a.text("#words") != "Brioche" {
			t.Errorf("two faults: %d, %v", a.status, a.texts(".summary a"))
		}
		if a := amina.do("POST", form, said); a.status != http.StatusSeeOther {
			t.Fatalf("saving: %d", a.status)
		}
		page := k.browser().do("GET", "/entreprises/"+delattre.String(), nil)
		for _, want := range []string{"Brioche du zouave", "03 21 00 00 00", "https://www.pain.example", "four", "Jusqu’à 20 km", "Visites possibles"} {
			if !strings.Contains(page.text(".voice"), want) && !strings.Contains(page.body, want) {
				t.Errorf("the page lacks %q", want)
			}
		}
		if found := k.browser().do("GET", "/annuaire?q=zouave", nil); !strings.Contains(found.body, delattre.String()) {
			t.Error("search does not find what she says")
		}
		if a := amina.do("GET", "/mon-espace", nil); a.attr(".sessions a.button", "href") != form {
			t.Errorf("her space leads to %q", a.attr(".sessions a.button", "href"))
		}
	})
}

// Words that name a trade are recognised and lead to it; a firm goes to the
// territories it ticks, and elsewhere for one activity.
func TestProfileTradesAndZones(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	amina := k.speaker("amina@lys.fr", delattre)
	form := "/mon-espace/entreprises/" + delattre.String()
	slug := amina.do("GET", form, nil).attr(`input[name="territoire"]`, "value")
	said := url.Values{"sells": {"pain, conseils"}, "buys": {"Menuiserie"}, "zone": {"territories"}, "activite": {"Livraison", "", ""}, "zone-activite": {"50", "", ""}}
	if a := amina.do("POST", form, said); a.status != http.StatusUnprocessableEntity || a.text("#zone-faute") == "" {
		t.Errorf("no territory ticked: %d", a.status)
	}
	said.Set("territoire", slug)
	if a := amina.do("POST", form, said); a.status != http.StatusSeeOther {
		t.Fatalf("saving: %d", a.status)
	}
	again := amina.do("GET", form, nil)
	if a := again.text("#dire ~ .hint"); !strings.Contains(a, "Boulangerie") || again.attr("#activite-1", "value") != "Livraison" || again.attr("#t-"+slug, "checked") != "" || len(again.texts("#t-"+slug+"[checked]")) != 1 {
		t.Errorf("the form says again %q, %q", a, again.attr("#activite-1", "value"))
	}
	page := k.browser().do("GET", "/entreprises/"+delattre.String(), nil)
	if got := page.text(".voice"); !strings.Contains(got, "Livraison : Jusqu’à 50 km") || page.attr(`.voice a[href^="/metiers/"]`, "href") != "/metiers/boulanger" {
		t.Errorf("the page says %q", got)
	}
}

// A facilitator writes for somebody on the phone, and the page says so.
func TestProfileForSomebody(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	nadia := k.facilitator("nadia@cma.fr", "artois")
	form := "/mon-espace/entreprises/" + delattre.String()
	if a := nadia.do("POST", form, url.Values{"words": {"Pain"}}); a.status != http.StatusUnprocessableEntity || a.attr("#pour", "aria-invalid") != "true" {
		t.Errorf("for nobody: %d", a.status)
	}
	if a := nadia.do("POST", form, url.Values{"words": {"Pain sur mesure"}, "pour": {"M. Delattre"}, "canal": {"desk"}}); a.status != http.StatusSeeOther {
		t.Fatalf("saving: %d", a.status)
	}
	if page := k.browser().do("GET", "/entreprises/"+delattre.String(), nil).text(".voice"); !strings.Contains(page, "au guichet") || strings.Contains(page, "M. Delattre") {
		t.Errorf("the page says %q", page)
	}
	if got := strings.Join(nadia.do("GET", form, nil).texts("#suivi ~ ul li"), ""); !strings.Contains(got, "pour M. Delattre") || !strings.Contains(got, "nadia@cma.fr") {
		t.Errorf("history: %q", got)
	}
	elsewhere := k.facilitator("marc@dep.fr")
	if a := elsewhere.do("GET", form, nil); a.status != 200 {
		t.Errorf("a facilitator of all territories: %d", a.status)
	}
	if a := k.as(account.Committee).do("GET", form, nil); a.status != http.StatusForbidden {
		t.Errorf("the committee: %d", a.status)
	}
}

// Its people take a page out of the directory, at once and everywhere, and
// bring it back; nobody else does.
func TestFirmLeavesTheDirectory(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, nadia := k.browser().signIn("amina@lys.fr"), k.facilitator("nadia@cma.fr", "artois")
		amina.do("POST", "/mon-espace/revendiquer/"+delattre.String(), nil)
		nadia.do("POST", nadia.do("GET", "/animation", nil).attr(".sessions a", "href")+"/accord", nil)
		form := "/mon-espace/entreprises/" + delattre.String()
		for name, b := range map[string]*browser{"a facilitator": nadia, "a stranger": k.browser().signIn("jean@lys.fr")} {
			if a := b.do("POST", form+"/retrait", nil); a.status != http.StatusForbidden {
				t.Errorf("%s takes it out: %d", name, a.status)
			}
		}
		if a := amina.do("POST", form+"/retour", nil); a.status != http.StatusForbidden {
			t.Errorf("bringing back what is there: %d", a.status)
		}
		if a := amina.do("POST", form+"/retrait", nil); a.status != http.StatusSeeOther {
			t.Fatalf("taking it out: %d", a.status)
		}
		for _, path := range []string{"/entreprises/" + delattre.String(), "/api/v1/establishments/" + delattre.String()} {
			if a := k.browser().do("GET", path, nil); a.status == 200 {
				t.Errorf("%s is still there", path)
			}
		}
		if a := k.browser().do("GET", "/annuaire?q=isbergues", nil); strings.Contains(a.body, delattre.String()) {
			t.Error("search still finds it")
		}
		space := amina.do("GET", "/mon-espace", nil)
		if !strings.Contains(space.body, "à votre demande") {
			t.Error("her space does not say so")
		}
		if a := amina.do("POST", form+"/retour", nil); a.status != http.StatusSeeOther {
			t.Errorf("bringing it back: %d", a.status)
		}
		if a := k.browser().do("GET", "/entreprises/"+delattre.String(), nil); a.status != 200 {
			t.Errorf("its page: %d", a.status)
		}
		if a := amina.do("POST", form+"/confirmer", nil); a.status != http.StatusNotFound {
			t.Errorf("confirming what was never said: %d", a.status)
		}
	})
}

// The link of a mail confirms by one press, once, while who it was made for
// speaks for the establishment; opening it confirms nothing.
func TestConfirmByLink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, nadia := k.browser().signIn("amina@lys.fr"), k.facilitator("nadia@cma.fr", "artois")
		amina.do("POST", "/mon-espace/revendiquer/"+delattre.String(), nil)
		nadia.do("POST", nadia.do("GET", "/animation", nil).attr(".sessions a", "href")+"/accord", nil)
		amina.do("POST", "/mon-espace/entreprises/"+delattre.String(), url.Values{"words": {"Brioche du zouave"}})
		members, err := k.accounts.Members(t.Context(), delattre)
		if err != nil || len(members) != 1 {
			t.Fatalf("members: %d, %v", len(members), err)
		}
		k.clock.Pass(400 * 24 * time.Hour)
		link := func(person string) string {
			t.Helper()
			token, err := k.profiles.ConfirmToken(t.Context(), delattre, person)
			if err != nil {
				t.Fatal(err)
			}
			return "/fiche/" + delattre.String() + "/confirmer/" + token
		}
		doubtful := func() bool {
			t.Helper()
			list, err := k.profiles.Doubtful(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return len(list) == 1
		}
		b, path := k.browser(), link(members[0].ID)
		if a := b.do("GET", path, nil); a.status != 200 || !strings.Contains(a.text(".voice"), "Brioche du zouave") || a.header.Get("Referrer-Policy") != "no-referrer" || !doubtful() {
			t.Errorf("opening: %d, doubtful %t", a.status, doubtful())
		}
		for name, wrong := range map[string]string{"nobody": link("nobody"), "altered": path + "x", "of another": strings.Replace(path, delattre.String(), brochard.String(), 1), "empty": "/fiche/" + delattre.String() + "/confirmer/x"} {
			if a := b.do("GET", wrong, nil); a.status != 200 || strings.Contains(a.body, "Brioche") {
				t.Errorf("%s: %d", name, a.status)
			}
			if a := b.do("POST", wrong, nil); strings.Contains(a.header.Get("Location"), "fait") || a.status != http.StatusSeeOther {
				t.Errorf("%s: %d, leads to %q", name, a.status, a.header.Get("Location"))
			}
			if !doubtful() {
				t.Fatalf("%s confirmed it", name)
			}
		}
		if a := b.do("POST", path, nil); a.status != http.StatusSeeOther || doubtful() {
			t.Errorf("confirming: %d, doubtful %t", a.status, doubtful())
		}
		if a := b.do("GET", path+"?fait=1", nil); !strings.Contains(a.body, "c’est confirmé") {
			t.Error("the page does not say that it is done")
		}
		k.clock.Pass(400 * 24 * time.Hour)
		b.do("POST", path, nil) // the link of last year
		if !doubtful() {
			t.Error("a link of last year confirmed it")
		}
		path = link(members[0].ID)
		k.browser().signIn("amina@lys.fr").do("POST", "/mon-espace/entreprises/"+delattre.String()+"/quitter", nil)
		b.do("POST", path, nil)
		if !doubtful() {
			t.Error("who has left confirmed it")
		}
	})
}
