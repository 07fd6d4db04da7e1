package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/meeting"
)

// filledIn is what a browser would send of a form.
func (a answer) filledIn(form string) url.Values {
	sent := url.Values{}
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile(form+" textarea[name]")) {
		if n.FirstChild != nil {
			sent.Set(attrOf(n, "name"), n.FirstChild.Data)
		}
	}
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile(form+" select option[selected]")) {
		sent.Set(attrOf(n.Parent, "name"), attrOf(n, "value"))
	}
	for _, n := range cascadia.QueryAll(a.root, cascadia.MustCompile(form+" input[name]:not([type=checkbox]):not([type=radio]), "+form+" input[name][checked]")) {
		sent.Set(attrOf(n, "name"), attrOf(n, "value"))
	}
	return sent
}

func attrOf(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// The whole series is held again a year later in one act: each copy on its day
// of the week at its hour on the wall, with what it had of its own; a public
// holiday is said and not refused.
func TestCopySeries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		nadia := k.as(account.Facilitator)
		form := url.Values{"titre": {"Se connaître"}, "places": {"50"}, "reservees": {"2"}, "deroule": {"15 | Accueil"}, "regle": {"passe"}, "mots": {"Pour tous"}}
		communes := map[string]string{"artois": "Isbergues", "calaisis": "Calais", "audomarois": "Saint-Omer"}
		days := map[string]string{"artois": "2027-05-10", "calaisis": "2027-05-11", "audomarois": "2027-03-25"}
		for slug, commune := range communes {
			for name, v := range map[string]string{"oui": "1", "jour": days[slug], "heure": "18:00", "fin": "20:00", "commune": commune, "salle": "Salle de " + commune} {
				form.Set(slug+"-"+name, v)
			}
		}
		form.Set("calaisis-places", "80")
		form.Set("calaisis-deroule", "30 | Au port | Ada")
		if a := nadia.do("POST", "/animation/reunions", form); a.status != http.StatusSeeOther {
			t.Fatalf("plan: %d\n%s", a.status, a.body)
		}
		held, err := k.meetings.Meetings(t.Context(), meeting.Filter{Drafts: true})
		if err != nil || len(held) != 3 {
			t.Fatalf("%d meetings, %v", len(held), err)
		}
		k.clock.Pass(220 * 24 * time.Hour) // 1 July 2027: signed out since
		nadia = k.facilitator("nadia@cma.fr", "artois", "calaisis", "audomarois")
		link := "/animation/reunions/nouvelles?serie=1&copie=" + held[1].ID
		if desk := nadia.do("GET", "/animation/reunions/"+held[1].ID, nil); desk.attr(`a[href="`+link+`"]`, "href") == "" {
			t.Fatalf("the desk, %d, does not lead to it", desk.status)
		}
		page := nadia.do("GET", link, nil)
		if got := page.texts(".notice.warn li"); len(got) != 1 || !strings.Contains(got[0], "Artois") || !strings.Contains(got[0], "victoire de 1945") {
			t.Errorf("holidays: %q", got)
		}
		again := page.filledIn(".plan-form")
		if a := nadia.do("POST", "/animation/reunions", again); a.status != http.StatusSeeOther {
			t.Fatalf("again: %d\n%s", a.status, a.body)
		}
		all, err := k.meetings.Meetings(t.Context(), meeting.Filter{Drafts: true, From: k.clock.Now()})
		if err != nil || len(all) != 3 || all[0].Series == "" || all[0].Series == held[0].Series || all[2].Series != all[0].Series {
			t.Fatalf("%d copies, %v", len(all), err)
		}
		for i := range all {
			was, is := held[i], all[i]
			if got, want := is.Room.Start.In(clock.Paris), was.Room.Start.In(clock.Paris).AddDate(0, 0, 364); !got.Equal(want) || got.Hour() != 18 {
				t.Errorf("%s: held again on %s, want %s", was.Territory, got, want)
			}
			if is.Territory != was.Territory || is.Venue != was.Venue || is.Room.Seats != was.Room.Seats || is.Room.Skips != was.Room.Skips || is.Words != was.Words || !slices.Equal(is.Agenda, was.Agenda) || is.Shown() {
				t.Errorf("%s:\n%+v\nwas\n%+v", was.Territory, is.Meeting, was.Meeting)
			}
		}
		// A wrong number of one copy is told at that copy.
		again.Set("calaisis-places", "0")
		if a := nadia.do("POST", "/animation/reunions", again); a.status != 422 || a.attr("#calaisis-places", "aria-invalid") != "true" || a.attr("#places", "aria-invalid") == "true" {
			t.Errorf("no seat at Calais: %d", a.status)
		}
		if a := nadia.do("GET", "/animation/reunions", nil); !strings.Contains(a.body, "Jour férié") {
			t.Error("the list does not say the holiday")
		}
		ada := k.facilitator("ada@cma.fr", "calaisis")
		if a := ada.do("GET", "/animation/reunions/nouvelles?serie=1&copie="+held[0].ID, nil); a.status != http.StatusForbidden {
			t.Errorf("a series that begins elsewhere: %d", a.status)
		}
	})
}
