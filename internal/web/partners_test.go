package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestPartnersPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		path := "/entreprises/" + brochard.String() + "/partenaires"
		a := k.browser().do("GET", path+"?world=both&radius_km=100", nil)
		if a.status != 200 || !strings.Contains(a.body, "Qui rencontrer d’abord") || strings.Contains(a.body, "/ecarter") {
			t.Fatalf("as a visitor: %d", a.status)
		}
		if n := strings.Count(a.body, `class="plank"`); n == 0 || n%4 != 0 {
			t.Errorf("%d planks: each pair has four", n)
		}
		for _, q := range []string{"?proximity=0&services=3&jobs=0&resources=0&world=both&radius_km=100", "?weights=services:2&world=both&radius_km=100"} {
			if a := k.browser().do("GET", path+q, nil); a.status != 200 || !strings.Contains(a.body, "Revenir à l’égalité") && strings.Contains(q, "proximity") {
				t.Errorf("%s: %d", q, a.status)
			}
		}
		for _, q := range []string{"?world=x", "?radius_km=0", "?weights=x"} {
			if a := k.browser().do("GET", path+q, nil); a.status != http.StatusBadRequest {
				t.Errorf("%s: %d", q, a.status)
			}
		}
		// A masked person asks nothing, and is found by nobody.
		if a := k.browser().do("GET", "/entreprises/"+masked.String()+"/partenaires", nil); a.status != http.StatusNotFound {
			t.Errorf("a masked person: %d", a.status)
		}
		if strings.Contains(a.body, masked.String()) {
			t.Error("a masked person is shown")
		}
		nadia := k.as(account.Facilitator)
		shown := nadia.do("GET", path+"?world=both&radius_km=100", nil)
		other := shown.attr("input[name=autre]", "value")
		if other == "" {
			t.Fatal("nobody can be set aside")
		}
		if a := k.browser().signIn("amina@lys.fr").do("POST", path+"/ecarter", url.Values{"autre": {other}, "motif": {"competitor"}}); a.status != http.StatusForbidden {
			t.Errorf("a stranger sets aside: %d", a.status)
		}
		if a := nadia.do("POST", path+"/ecarter", url.Values{"autre": {other}, "motif": {"ugly"}}); a.status != http.StatusBadRequest {
			t.Errorf("a reason nobody knows: %d", a.status)
		}
		if a := nadia.do("POST", path+"/ecarter", url.Values{"autre": {other}, "motif": {"competitor"}, "retour": {"https://autre.example/x"}}); a.status != http.StatusSeeOther || a.header.Get("Location") != path+"?fait=1" {
			t.Errorf("set aside: %d %s", a.status, a.header.Get("Location"))
		}
		if a := nadia.do("GET", path+"?world=both&radius_km=100", nil); strings.Contains(a.body, `name="autre" value="`+other+`"`) {
			t.Error("who was set aside is shown again")
		}
		if a := k.browser().do("GET", path+"?world=both&radius_km=100", nil); !strings.Contains(a.body, other) {
			t.Error("others see it no more: a verdict is for one firm's people")
		}
		if a := nadia.do("POST", path+"/reprendre", url.Values{}); a.status != http.StatusSeeOther {
			t.Errorf("take back: %d", a.status)
		}
		if a := nadia.do("GET", path+"?world=both&radius_km=100", nil); !strings.Contains(a.body, `name="autre" value="`+other+`"`) {
			t.Error("who was taken back is not shown")
		}
	})
}

func TestPairsPage(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	nadia := k.as(account.Facilitator)
	if a := nadia.do("GET", "/animation/paires?territoire=artois", nil); a.status != 200 || !strings.Contains(a.body, "Artois") {
		t.Errorf("%d", a.status)
	}
	if a := nadia.do("GET", "/animation/paires?territoire=nulle-part", nil); a.status != http.StatusForbidden {
		t.Errorf("no such territory: %d", a.status)
	}
	if a := k.browser().signIn("amina@lys.fr").do("GET", "/animation/paires", nil); a.status != http.StatusForbidden {
		t.Errorf("a member: %d", a.status)
	}
}
