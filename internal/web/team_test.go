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

// A member keeps a team, invites it in one press; one says yes by a link, a
// facilitator answers for another, the third says no and the team goes on
// without; strangers see nothing.
func TestTeamFromKeptToAgreed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		amina, jean := k.browser().signIn("amina@lys.fr"), k.browser().signIn("jean@lys.fr")
		nadia, far := k.facilitator("nadia@cma.fr", "artois"), k.facilitator("loin@cma.fr", "calaisis")
		found := k.browser().do("GET", "/groupements?near=isbergues&lot=Boulangerie&lot=menuiserie&lot=charpentier&radius_km=25&social=1", nil)
		keep := found.attr(".team .acts a", "href")
		if keep == "" {
			t.Fatalf("no team to keep: %d", found.status)
		}
		if a := k.browser().do("GET", keep, nil); a.status != http.StatusSeeOther || !strings.HasPrefix(a.header.Get("Location"), "/connexion?suite=") {
			t.Errorf("a visitor who keeps: %d", a.status)
		}
		if a := amina.do("GET", keep, nil); a.status != http.StatusOK || len(a.texts(".team-names li")) != 3 {
			t.Fatalf("the form: %d, %v", a.status, a.texts(".team-names li"))
		}
		if a := amina.do("POST", keep, url.Values{"titre": {" "}}); a.status != http.StatusUnprocessableEntity || a.attr("#titre", "aria-invalid") != "true" {
			t.Errorf("without a title: %d", a.status)
		}
		own := amina.do("POST", keep, url.Values{"titre": {"Un fournil"}, "mots": {"<b>Four</b> à bois"}, "debut": {"2027-01-04"}, "fin": {"2027-02-01"}}).header.Get("Location")
		if a := amina.do("GET", own, nil); a.status != http.StatusOK || !strings.Contains(a.body, "&lt;b&gt;Four") || len(a.texts(".voussoir.pale")) < 3 {
			t.Fatalf("its page: %d", a.status)
		}
		for name, b := range map[string]*browser{"a stranger": jean, "a facilitator of elsewhere": far} {
			if a := b.do("GET", own, nil); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", name, a.status)
			}
			for _, act := range []string{"/inviter", "/remplacer", "/referent", "/retirer", "/reponse"} {
				if a := b.do("POST", own+act, url.Values{"siret": {brochard.String()}, "reponse": {"oui"}}); a.status != http.StatusNotFound && a.status != http.StatusForbidden {
					t.Errorf("%s posts to %s: %d", name, act, a.status)
				}
			}
		}
		for range 2 {
			if a := amina.do("POST", own+"/inviter", nil); a.status != http.StatusSeeOther {
				t.Fatalf("inviting: %d", a.status)
			}
		}
		if len(k.invited) != 3 {
			t.Fatalf("%d invitations", len(k.invited))
		}
		id := own[strings.LastIndex(own, "/")+1:]
		link := "/invitation-groupement/" + k.projects.Link(id, directorytest.Charpentiers, "contact-x")
		paul := k.browser()
		if a := paul.do("GET", link, nil); a.status != http.StatusOK || !strings.Contains(a.text("main"), "Un fournil") || a.header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("the page of the link: %d", a.status)
		}
		if a := paul.do("GET", "/invitation-groupement/"+id+".x.y.z", nil); a.status != http.StatusNotFound {
			t.Errorf("a made up link: %d", a.status)
		}
		for _, answer := range []string{"oui", "oui", "non"} { // the first holds
			paul.do("POST", link, url.Values{"reponse": {answer}, "raison": {"busy"}})
		}
		if a := paul.do("GET", link, nil); !strings.Contains(a.text(".notice"), "Vous avez répondu oui") {
			t.Errorf("answered: %q", a.text(".notice"))
		}
		if a := amina.do("POST", own+"/reponse", url.Values{"siret": {brochard.String()}, "reponse": {"oui"}}); a.status != http.StatusForbidden {
			t.Errorf("who wants the team answers for a firm: %d", a.status)
		}
		if a := nadia.do("POST", own+"/reponse", url.Values{"siret": {brochard.String()}, "reponse": {"oui"}}); a.status != http.StatusSeeOther {
			t.Errorf("a facilitator answers: %d", a.status)
		}
		if a := nadia.do("POST", own+"/reponse", url.Values{"siret": {delattre.String()}, "reponse": {"non"}, "raison": {"far"}}); a.status != http.StatusSeeOther {
			t.Errorf("a facilitator answers no: %d", a.status)
		}
		if a := nadia.do("GET", "/mon-espace/groupements", nil); !strings.Contains(a.text("main"), "un remplacement attend") {
			t.Error("the facilitator does not see that a replacement waits")
		}
		a := amina.do("GET", own, nil)
		if !strings.Contains(a.text("main"), "Personne d’autre") || !strings.Contains(a.text("main"), "trop loin") {
			t.Errorf("after a no: %s", a.text("main"))
		}
		if a := amina.do("POST", own+"/remplacer", url.Values{"parti": {brochard.String()}, "sans": {"1"}}); a.status != http.StatusConflict || !strings.Contains(a.text(".notice"), "remplacement a changé") {
			t.Errorf("a stale press: %d", a.status)
		}
		if a := amina.do("POST", own+"/remplacer", url.Values{"parti": {delattre.String()}, "sans": {"1"}}); a.status != http.StatusSeeOther {
			t.Errorf("going on without: %d", a.status)
		}
		if a := amina.do("GET", own, nil); a.text(".team-state") != "Confirmé : tous sont d’accord" {
			t.Errorf("in the end: %q", a.text(".team-state"))
		}
		if a := paul.do("GET", link, nil); !strings.Contains(a.text(".notice"), "tous les membres sont d’accord") {
			t.Errorf("who answered by the link reads %q", a.text(".notice"))
		}
		toLead := func(b *browser) string { return b.do("GET", own, nil).attr(`main a[href^="/pistes/"]`, "href") }
		if toLead(amina) != "" || toLead(nadia) == "" {
			t.Errorf("the lead of a team is shown to her who wants it at %q, to the facilitator at %q", toLead(amina), toLead(nadia))
		}
		if a := nadia.do("GET", toLead(nadia), nil); a.attr(`main a[href="`+own+`"]`, "href") == "" {
			t.Errorf("the lead does not lead back to its team: %d", a.status)
		}
		if a := amina.do("POST", own+"/referent", url.Values{"siret": {brochard.String()}}); a.status != http.StatusSeeOther {
			t.Errorf("a referent: %d", a.status)
		}
		if a := amina.do("GET", "/mon-espace/donnees.json", nil); !strings.Contains(a.body, "Un fournil") {
			t.Error("what is known of her does not name her team")
		}
		if a := amina.do("POST", own+"/retirer", nil); a.status != http.StatusSeeOther {
			t.Errorf("withdrawing: %d", a.status)
		}
	})
}
