package web

import (
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// From each thing that leads to one, its facilitator finds the lead, and from
// the lead that thing; from the lead the cooperation, and from that all before
// it. Nobody else sees the way.
func TestEveryStepLeadsBothWays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		ids := k.others()
		nadia, amina := k.facilitator("nadia@cma.fr", "artois", "audomarois"), k.browser().signIn("amina@lys.fr")
		by := account.Actor{Who: idOf(t, k, "nadia@cma.fr"), Channel: account.Web}
		m, err := k.introductions.Introduction(t.Context(), ids["introduction"])
		if err != nil {
			t.Fatal(err)
		}
		for kind, page := range map[string]string{
			lead.FromNeed:         "/annonces/" + ids["need"],
			lead.FromIntroduction: "/mises-en-relation/" + m.ID,
			lead.FromMeeting:      plansPath + "/" + ids["meeting"] + "/pistes",
			lead.FromVisit:        "/mon-espace/entreprises/" + lys.String() + "/creneaux/" + ids["slot"],
		} {
			id := map[string]string{lead.FromNeed: ids["need"], lead.FromIntroduction: m.ID, lead.FromMeeting: ids["meeting"], lead.FromVisit: ids["slot"]}[kind]
			// The visit by way of what was written of it.
			origins := []lead.Origin{{Kind: kind, ID: id}}
			if kind == lead.FromVisit {
				origins = append([]lead.Origin{{Kind: lead.FromNote, ID: "written"}}, origins...)
			}
			l, err := k.leads.Add(t.Context(), by, lead.Lead{Title: "Suite de " + kind, Territory: "artois", Owner: by.Who, Parties: []register.SIRET{delattre, lys}, Origins: origins})
			if err != nil {
				t.Fatal(err)
			}
			own := "/pistes/" + l.ID
			if a := nadia.do("GET", page, nil); a.status != 200 || a.attr(`main a[href="`+own+`"]`, "href") == "" {
				t.Errorf("%s (%d) does not lead to its lead", page, a.status)
			}
			if a := amina.do("GET", page, nil); strings.Contains(a.body, own) {
				t.Errorf("%s shows a lead to who keeps none", page)
			}
			back := nadia.do("GET", own, nil)
			if !strings.Contains(back.body, `/`+id+`"`) {
				t.Errorf("the lead of a %s does not lead back: %q", kind, back.text(".facts"))
			}
			place := nadia.do("POST", own+"/cooperation", url.Values{"for": {lys.String()}, "kind": {"loan"}, "started": {"2026-11-20"}}).header.Get("Location")
			if a := nadia.do("GET", place, nil); a.attr(`main a[href="`+own+`"]`, "href") == "" || !strings.Contains(a.text("[aria-labelledby=origine]"), map[string]string{lead.FromNeed: "annonce", lead.FromIntroduction: "mise en relation", lead.FromMeeting: "réunion", lead.FromVisit: "visite"}[kind]) {
				t.Errorf("the cooperation after a %s does not lead back: %d %q", kind, a.status, a.text("main"))
			}
			if a := nadia.do("GET", own, nil); a.attr(`main a[href="`+place+`"]`, "href") == "" {
				t.Errorf("the lead of a %s does not lead to its cooperation", kind)
			}
			if a := nadia.do("GET", page, nil); !strings.Contains(a.text("main"), "Suite de "+kind) || !strings.Contains(a.text("main"), "Faite") {
				t.Errorf("%s does not tell the fate of its lead: %q", page, a.text("[aria-labelledby=pistes]"))
			}
		}
	})
}

// A lead becomes a visit: the dates that its facilitator opens at a party are
// tied to it, both ways. Nobody ties their dates to a lead that they do not see
// to.
func TestLeadBecomesVisit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		k.others()
		nadia, loin := k.facilitator("nadia@cma.fr", "artois", "audomarois"), k.facilitator("loin@cma.fr", "boulonnais")
		by := account.Actor{Who: idOf(t, k, "nadia@cma.fr"), Channel: account.Web}
		ours, err := k.leads.Add(t.Context(), by, lead.Lead{Title: "Voir leurs machines", Territory: "artois", Owner: by.Who, Parties: []register.SIRET{delattre, lys}, Origins: []lead.Origin{{Kind: lead.FromPhone}}})
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := k.leads.Add(t.Context(), by, lead.Lead{Title: "Ailleurs", Territory: "boulonnais", Owner: idOf(t, k, "loin@cma.fr"), Parties: []register.SIRET{leroy, lys}, Origins: []lead.Origin{{Kind: lead.FromPhone}}})
		if err != nil {
			t.Fatal(err)
		}
		host := "/mon-espace/entreprises/" + lys.String() + "/visites"
		own := "/pistes/" + ours.ID
		if a := nadia.do("GET", own, nil); a.attr(`main a[href="`+host+`?piste=`+ours.ID+`"]`, "href") == "" {
			t.Fatalf("the lead does not lead to its party's visits: %q", a.text("main"))
		}
		if a := nadia.do("GET", host+"/nouvelle?piste="+ours.ID, nil); a.attr("form input[name=piste]", "value") != ours.ID {
			t.Fatalf("the form forgets the lead: %d", a.status)
		}
		offer := url.Values{"title": {"Des machines à plusieurs"}, "sees": {"L’atelier."}, "where": {"À l’accueil"}, "minutes": {"60"}, "seats": {"8"}, "piste": {ours.ID}}
		made, query, _ := strings.Cut(nadia.do("POST", host+"/nouvelle", offer).header.Get("Location"), "?")
		if !strings.Contains(query, "piste="+ours.ID) {
			t.Fatalf("the offer forgets the lead: %s?%s", made, query)
		}
		dates := func(day, piste string) string {
			if a := nadia.do("POST", made+"/dates", url.Values{"first": {day}, "at": {"14:00"}, "every": {"once"}, "piste": {piste}}); a.status != 303 {
				t.Fatalf("open dates: %d %q", a.status, a.text(".field-error"))
			}
			a := nadia.do("GET", made, nil)
			return a.attr(".sessions li:last-child a", "href")
		}
		slot := dates("2026-12-08", ours.ID)
		if a := nadia.do("GET", slot, nil); a.attr(`main a[href="`+own+`"]`, "href") == "" {
			t.Errorf("the visit does not lead back to its lead: %q", a.text("main"))
		}
		if a := nadia.do("GET", own, nil); !strings.Contains(a.text(".facts"), "Des machines à plusieurs") {
			t.Errorf("the lead does not tell of its visit: %q", a.text(".facts"))
		}
		dates("2026-12-09", theirs.ID)
		if a := loin.do("GET", "/pistes/"+theirs.ID, nil); a.status != 200 || strings.Contains(a.text(".facts"), "Des machines à plusieurs") {
			t.Errorf("dates were tied to somebody else's lead: %d %q", a.status, a.text(".facts"))
		}
	})
}
