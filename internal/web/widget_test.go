package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/db/dbtest"
)

func TestWidgetAndKiosk(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "https://passerelle.example")
	m := k.plan(20)
	b := k.browser()
	for _, path := range []string{"/widget/agenda", "/widget/agenda?territory=artois", "/en/widget/agenda?territory=artois"} {
		a := b.do("GET", path, nil)
		if a.status != 200 || !strings.Contains(a.body, "/reunions/"+m.ID) || strings.Contains(a.body, "<script") || strings.Contains(a.body, "<form") {
			t.Errorf("%s: %d", path, a.status)
		}
		policy := a.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "frame-ancestors *") || len(a.header.Values("X-Frame-Options")) > 0 || len(a.header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %q, %q", path, policy, a.header)
		}
	}
	// Within the frame one registers, and nothing of the house stands around it.
	seat := "/widget/reunions/" + m.ID
	a := b.do("GET", seat, nil)
	if policy := a.header.Get("Content-Security-Policy"); a.status != 200 || !strings.Contains(policy, "frame-ancestors *") || !strings.Contains(policy, "form-action 'self'") || len(a.header.Values("X-Frame-Options")) > 0 || a.attr("form", "target") != "_self" {
		t.Fatalf("the form in a frame: %d %q", a.status, policy)
	}
	guard := a.attr("input[name=vu]", "value")
	k.clock.Pass(3 * time.Second)
	if a := b.do("POST", seat, url.Values{"vu": {guard}, "nom": {""}, "courriel": {"amina@lys.fr"}}); a.status != 422 || a.attr("#courriel", "value") != "amina@lys.fr" || len(a.header.Values("X-Frame-Options")) > 0 {
		t.Errorf("a fault in a frame: %d", a.status)
	}
	a = b.do("POST", seat, url.Values{"vu": {guard}, "nom": {"Amina Pouille"}, "courriel": {"amina@lys.fr"}, "places": {"2"}})
	if place := a.header.Get("Location"); a.status != 303 || place != seat+"?etat=confirmed" || len(a.header.Values("Set-Cookie")) > 0 {
		t.Fatalf("registered in a frame: %d %q", a.status, place)
	}
	if a := b.do("GET", seat+"?etat=confirmed", nil); !strings.Contains(a.text("[role=status]"), "Votre place est gardée") {
		t.Errorf("what the frame says: %q", a.text("main"))
	}
	if a := b.do("GET", "/widget/agenda?territory=calaisis", nil); a.status != 200 || strings.Contains(a.body, m.ID) {
		t.Errorf("another territory: %d", a.status)
	}
	if a := b.do("GET", "/widget/agenda?territory=nowhere", nil); a.status != http.StatusNotFound || a.header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("no territory: %d", a.status)
	}
	// A session that is there is neither read nor given again.
	in := k.browser().signIn("amina@lys.fr")
	if a := in.do("GET", "/widget/agenda", nil); len(a.header.Values("Set-Cookie")) > 0 || strings.Contains(a.body, "amina") {
		t.Error("the widget knows who is signed in")
	}
	for _, path := range []string{"/reunions", "/borne/artois", "/reunions/integrer"} {
		if a := b.do("GET", path, nil); a.status != 200 || a.header.Get("X-Frame-Options") != "DENY" || !strings.Contains(a.header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
			t.Errorf("%s may stand in a frame: %d", path, a.status)
		}
	}
	a = b.do("GET", "/borne/artois", nil)
	if a.attr("meta[http-equiv=refresh]", "content") != "300" || !strings.Contains(a.body, "<svg") || strings.Contains(a.body, "<script") {
		t.Error("the screen neither shows codes nor comes back by itself")
	}
	if a := b.do("GET", "/reunions/integrer", nil); !strings.Contains(a.body, "iframe src=&#34;https://passerelle.example/widget/agenda?territory=artois&#34;") {
		t.Error("the line to copy is not there")
	}
}
