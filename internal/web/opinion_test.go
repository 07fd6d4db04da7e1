package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/meeting"
)

func TestHardCase13Opinion(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	m := k.plan(20)
	b, err := k.bookings.Book(t.Context(), booking.Ask{Room: m.ID, Name: "amina", Mail: "amina@lys.fr", By: account.Actor{Who: "nadia"}})
	if err != nil {
		t.Fatal(err)
	}
	link, x := "/avis/"+k.thanks.Link(&b), k.browser()
	for range 2 { // programs that look at mails open links
		if a := x.do("GET", link, nil); a.status != 200 || strings.Count(a.body, `name="avis"`) != 3 {
			t.Fatalf("the page: %d", a.status)
		}
	}
	if n, err := k.thanks.Opinions(t.Context(), m.ID); err != nil || len(n) != 0 {
		t.Errorf("looking counts: %v, %v", n, err)
	}
	if a := x.do("POST", link, url.Values{"avis": {"great"}}); a.status < 400 {
		t.Errorf("no such opinion: %d", a.status)
	}
	for range 2 {
		if a := x.do("POST", link, url.Values{"avis": {"yes"}}); a.status != http.StatusSeeOther {
			t.Errorf("say: %d", a.status)
		}
	}
	if n, err := k.thanks.Opinions(t.Context(), m.ID); err != nil || n[meeting.Useful] != 1 {
		t.Errorf("%v, %v", n, err)
	}
	if a := k.as(account.Facilitator).do("GET", "/animation/reunions/"+m.ID, nil); a.status != 200 || !strings.Contains(a.body, "1, en partie") {
		t.Errorf("the desk does not count: %d", a.status)
	}
}
