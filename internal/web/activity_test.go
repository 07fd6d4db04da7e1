package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
)

// Whose SIRET is unknown, masked or not yet created meets no wall: they say
// what they do, a facilitator of that place has their number, and the SIRET
// comes later, whether the directory has it or not.
func TestHardCase31WithoutSIRET(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		near := directorytest.Establishments()[0].Territory // of Isbergues
		amina, nadia, far := k.browser().signIn("amina@lys.fr"), k.facilitator("nadia@cma.fr", near), k.facilitator("loin@cma.fr", "calaisis")
		if a := amina.do("GET", "/mon-espace", nil); a.attr("#sans-siret ~ p a", "href") != "/mon-espace/sans-siret" {
			t.Error("her space shows no way on")
		}
		for name, c := range map[string]struct {
			form  url.Values
			field string
		}{"no name": {url.Values{"commune": {"Isbergues"}}, "nom"}, "no place": {url.Values{"nom": {"Pain"}}, "commune"}, "nowhere": {url.Values{"nom": {"Pain"}, "commune": {"zzzzqq"}}, "commune"}} {
			if a := amina.do("POST", "/mon-espace/sans-siret", c.form); a.status != http.StatusUnprocessableEntity || a.attr("#"+c.field, "aria-invalid") != "true" {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		if a := amina.do("POST", "/mon-espace/sans-siret", url.Values{"nom": {"Le pain d'Amina"}, "commune": {"isbergues"}, "metier": {"Boulangerie"}, "mots": {"Ouverture en mars"}}); a.status != http.StatusSeeOther {
			t.Fatalf("saying: %d", a.status)
		}
		space := amina.do("GET", "/mon-espace", nil)
		if got := space.text("#sans-siret ~ ul"); !strings.Contains(got, "Le pain d'Amina") || !strings.Contains(got, "Boulangerie · Isbergues") {
			t.Errorf("her space says %q", got)
		}
		desk := nadia.do("GET", "/animation", nil)
		for _, want := range []string{"Le pain d'Amina", "amina@lys.fr", "Ouverture en mars"} {
			if !strings.Contains(desk.text("#sans-siret ~ ul"), want) {
				t.Errorf("the desk lacks %q", want)
			}
		}
		if a := far.do("GET", "/animation", nil); strings.Contains(a.body, "amina@lys.fr") {
			t.Error("a facilitator of elsewhere reads it")
		}
		reach := desk.attr("#sans-siret ~ ul form", "action")
		if a := far.do("POST", reach, nil); a.status != http.StatusForbidden {
			t.Errorf("a facilitator of elsewhere: %d", a.status)
		}
		if a := nadia.do("POST", reach, nil); a.status != http.StatusSeeOther || strings.Contains(nadia.do("GET", "/animation", nil).body, "Ouverture en mars") {
			t.Errorf("once called it still waits: %d", a.status)
		}
		tie := space.attr("#sans-siret ~ ul a", "href")
		if a := k.browser().signIn("jean@lys.fr").do("POST", tie, url.Values{"siret": {brochard.String()}}); a.status != http.StatusNotFound {
			t.Errorf("a stranger: %d", a.status)
		}
		if a := amina.do("POST", tie, url.Values{"siret": {"123"}}); a.status != http.StatusUnprocessableEntity || a.attr("#siret", "value") != "123" {
			t.Errorf("no SIRET: %d", a.status)
		}
		if a := amina.do("POST", tie, url.Values{"siret": {"732 829 320 00074"}}); a.status != http.StatusSeeOther || a.header.Get("Location") != tie {
			t.Errorf("one that the directory has not: %d %q", a.status, a.header.Get("Location"))
		}
		if a := amina.do("GET", tie, nil); !strings.Contains(a.body, "quand il y sera") {
			t.Error("she is not told that it waits")
		}
		if a := amina.do("POST", tie, url.Values{"siret": {brochard.String()}}); a.header.Get("Location") != "/mon-espace/revendiquer/"+brochard.String() {
			t.Errorf("one that the directory has leads to %q", a.header.Get("Location"))
		}
		if a := amina.do("POST", tie+"/retrait", nil); a.status != http.StatusSeeOther {
			t.Errorf("taking it back: %d", a.status)
		}
	})
}

// A person whom the register does not disclose speaks for their own
// establishment: nothing of it shows until they choose so, and then only what
// they wrote, where somebody asks for its page.
func TestHardCase24MaskedPersonShowsTheirOwnWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		masked := directorytest.Masked
		amina := k.speaker("amina@lys.fr", masked)
		own, page := "/mon-espace/entreprises/"+masked.String(), "/entreprises/"+masked.String()
		form := amina.do("GET", own, nil)
		if form.status != 200 || len(form.texts("#shown")) != 1 || len(form.texts("#shown[checked]")) != 0 {
			t.Fatalf("the form: %d, asks %d", form.status, len(form.texts("#shown")))
		}
		words := url.Values{"words": {"Sanitaires du zouave"}, "phone": {"03 21 00 00 00"}}
		amina.do("POST", own, words)
		if a := amina.send(own+"/photos", url.Values{"texte": {"La camionnette"}}, phonePicture(t, 300, 300)); a.status != http.StatusSeeOther {
			t.Fatalf("a picture: %d", a.status)
		}
		hidden := func() bool {
			t.Helper()
			a := k.browser().do("GET", page, nil)
			return !strings.Contains(a.body, "zouave") && !strings.Contains(a.body, "03 21 00 00 00") && !strings.Contains(a.body, "camionnette")
		}
		photos, err := k.profiles.Pictures(t.Context(), masked)
		if err != nil || len(photos) != 1 {
			t.Fatal(len(photos), err)
		}
		photo := page + "/photos/" + photos[0].Hash + "-480.jpg"
		if a := k.browser().do("GET", photo, nil); !hidden() || a.status != http.StatusNotFound {
			t.Errorf("shown without being asked, the picture answers %d", a.status)
		}
		words.Set("shown", "1")
		words.Set("pour", "Amina")
		k.facilitator("nadia@cma.fr").do("POST", own, words)
		if !hidden() {
			t.Error("a facilitator chose for her")
		}
		amina.do("POST", own, words)
		a := k.browser().do("GET", page, nil)
		if hidden() || !strings.Contains(a.body, "choisi de le montrer") || !strings.Contains(a.body, "Dénomination non diffusée") || strings.Contains(a.body, "Berguette") || a.attr(`meta[name="robots"]`, "content") == "" {
			t.Errorf("chosen, the page says %q", a.text("main"))
		}
		if a := k.browser().do("GET", photo, nil); a.status != 200 {
			t.Errorf("the picture: %d", a.status)
		}
		for _, path := range []string{"/annuaire?q=zouave", "/api/v1/establishments?q=zouave", "/api/v1/establishments/" + masked.String()} {
			if a := k.browser().do("GET", path, nil); strings.Contains(a.body, "anitaires") || strings.Contains(a.body, "03 21 00") {
				t.Errorf("%s tells what the page alone may", path)
			}
		}
		words.Del("shown")
		amina.do("POST", own, words)
		if !hidden() {
			t.Error("taken back, it still shows")
		}
	})
}
