package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// guest books for somebody who says where they come from.
func (k *desk) guest(room, name string, siret register.SIRET, firm string) booking.Booking {
	k.t.Helper()
	x, err := k.bookings.Book(k.t.Context(), booking.Ask{Room: room, Name: name, Mail: strings.ReplaceAll(name, " ", ".") + "@lys.fr", SIRET: siret, Party: booking.Party{Firm: firm}, Seats: 1, By: account.Actor{Channel: account.Web}})
	if err != nil {
		k.t.Fatal(err)
	}
	return x
}

func TestCatchLeads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(9)
		k.guest(m.ID, "Amina Haddad", lys, "")
		k.guest(m.ID, "Bruno Petit", reemploi, "")
		k.guest(m.ID, "Bruno Grand", 0, "Grand Toitures")
		nadia := k.as(account.Facilitator)
		path := plansPath + "/" + m.ID + "/pistes"
		a := nadia.do("GET", path, nil)
		if a.status != 200 || len(a.texts("#presents option")) != 3 || a.attr("#pour", "value") != "2026-11-30" || a.attr("#qui", "list") != "presents" {
			t.Fatalf("%d, due %q", a.status, a.attr("#pour", "value"))
		}
		due := a.attr("#pour", "value")
		note := func(who, with, what string) answer {
			return nadia.do("POST", path, url.Values{"qui": {who}, "avec": {with}, "quoi": {what}, "pour": {due}})
		}
		for _, test := range []struct{ name, who, with, what, field string }{
			{"nobody", "", "amina", "Des chutes", "qui"},
			{"two of the name", "amina", "bruno", "Des chutes", "avec"},
			{"about nothing", "amina", "bruno petit", " ", "quoi"},
		} {
			if a := note(test.who, test.with, test.what); a.status != 422 || a.attr("#"+test.field, "aria-invalid") != "true" || a.attr("#avec", "value") != test.with {
				t.Errorf("%s: %d", test.name, a.status)
			}
		}
		for _, l := range [][3]string{
			{"amina", "Petit", "Des chutes de bois"}, {"amina", "Petit", "Un apprenti"}, {"amina", "Petit", "Un apprenti"}, // twice the same
			{a.attr("#presents option:nth-child(3)", "value"), "grand", "Une toiture"}, {spaced(lys.String()), "Mme Caron, mairie", "Une salle"},
		} {
			if a := note(l[0], l[1], l[2]); a.status != http.StatusSeeOther {
				t.Errorf("%v: %d\n%s", l, a.status, strings.Join(a.texts(".field-error"), ", "))
			}
		}
		list, err := k.leads.From(t.Context(), lead.Origin{Kind: lead.FromMeeting, ID: m.ID})
		if err != nil || len(list) != 4 {
			t.Fatalf("%d leads, %v", len(list), err)
		}
		for _, l := range list {
			switch {
			case l.Territory != "artois" || string(l.Due) != due:
				t.Errorf("%+v", l)
			case l.Title == "Des chutes de bois" && (len(l.Parties) != 2 || l.Words != ""):
				t.Errorf("%+v", l)
			case l.Title == "Une salle" && (len(l.Parties) != 1 || !strings.Contains(l.Words, "Mme Caron, mairie")):
				t.Errorf("%+v", l)
			}
		}
		a = nadia.do("GET", path, nil)
		if len(a.texts(".caught-list li")) != 4 || !strings.Contains(strings.Join(a.texts(".desk-figures"), ""), "4") {
			t.Errorf("the list: %v", a.texts(".caught-list li"))
		}
		if a := nadia.do("GET", "/pistes/"+list[0].ID, nil); a.attr("a[href='"+plansPath+"/"+m.ID+"']", "href") == "" {
			t.Error("a lead does not lead back to its meeting")
		}
		if a := nadia.do("GET", plansPath+"/"+m.ID, nil); !strings.Contains(a.body, "4 pistes notées") {
			t.Error("the meeting does not tell its leads")
		}
	})
}

func TestDueUsually(t *testing.T) {
	for at, want := range map[string]string{"2026-11-23": "2026-11-30", "2026-11-28": "2026-12-07", "2026-11-29": "2026-12-07"} {
		day, err := time.Parse(time.DateOnly, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := dueUsually(day.Add(20 * time.Hour)); string(got) != want {
			t.Errorf("from %s: %s, want %s", at, got, want)
		}
	}
}

// At the coffee break only those who are there, whose establishment is known,
// are brought together.
func TestWhomToIntroduce(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	m := k.plan(20)
	nadia := k.as(account.Facilitator)
	path := plansPath + "/" + m.ID + "/paires"
	if a := nadia.do("GET", path, nil); a.status != 200 || len(a.texts(".pair-list li")) != 0 {
		t.Errorf("nobody: %d", a.status)
	}
	here := []booking.Booking{k.guest(m.ID, "Amina Haddad", lys, ""), k.guest(m.ID, "Bruno Petit", reemploi, ""), k.guest(m.ID, "Bruno Grand", 0, "Grand"), k.guest(m.ID, "Masque", masked, "")}
	k.guest(m.ID, "Absente", mutuelle, "")
	var marks []booking.Mark
	for n, b := range here {
		marks = append(marks, booking.Mark{ID: fmt.Sprint("m", n), Booking: b.ID, State: booking.Present, At: k.clock.Now()})
	}
	if err := k.bookings.Check(t.Context(), account.Actor{}, m.ID, marks); err != nil {
		t.Fatal(err)
	}
	a := nadia.do("GET", path, nil)
	rows := strings.Join(a.texts(".pair-list li"), "\n")
	if a.status != 200 || !strings.Contains(rows, "Amina Haddad") || !strings.Contains(rows, "Bruno Petit") || strings.Contains(rows, "Masque") || strings.Contains(a.body, "Absente") {
		t.Errorf("%d %s", a.status, rows)
	}
	if !strings.Contains(a.body, "2 personnes n’y figurent pas") {
		t.Errorf("who is left out: %v", a.texts(".text"))
	}
}

func TestBadges(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	m := k.plan(20)
	k.guest(m.ID, "Amina Haddad", lys, "")
	nadia := k.as(account.Facilitator)
	for _, query := range []string{"", "?par=10", "?vierges=1"} {
		if a := nadia.do("GET", plansPath+"/"+m.ID+"/badges.pdf"+query, nil); a.status != 200 || !strings.HasPrefix(a.body, "%PDF") {
			t.Errorf("%s: %d", query, a.status)
		}
	}
	for name, want := range map[string][2]string{
		"Denise Vasseur": {"Denise", "Vasseur"}, "VASSEUR Denise": {"Denise", "VASSEUR"}, "DE LA TOUR Jean Marie": {"Jean", "Marie DE LA TOUR"},
		"DENISE VASSEUR": {"DENISE", "VASSEUR"}, "Denise": {"Denise", ""}, "": {"", ""}, "É. Caron": {"É.", "Caron"}, "Élise CARON": {"Élise", "CARON"},
	} {
		if first, rest := badgeName(name); first != want[0] || rest != want[1] {
			t.Errorf("%q: %q, %q", name, first, rest)
		}
	}
}
