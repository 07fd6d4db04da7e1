package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/meeting"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// inviteFrom gives the desk its invitations, whose letters it keeps.
func (k *desk) inviteFrom(d *directory.Directory, contacts *contact.Contacts, trades *trade.Table, places *place.Atlas) {
	k.thanks = &meeting.Thanks{DB: k.outbox.DB, Clock: k.clock, Meetings: k.meetings, Secret: []byte("secret")}
	k.invitations = &meeting.Invitations{
		DB: k.outbox.DB, Clock: k.clock, Meetings: k.meetings, Directory: d, Trades: trades, Places: places, Contacts: contacts, Outbox: k.outbox, Secret: []byte("secret"),
		Send: func(_ context.Context, _ *db.Tx, l meeting.InviteLetter) (bool, error) {
			k.mu.Lock()
			defer k.mu.Unlock()
			k.invites = append(k.invites, l)
			return true, nil
		},
	}
}

func TestHardCase13InviteAndAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		m := k.plan(20)
		nadia := k.as(account.Facilitator)
		for _, c := range []url.Values{
			{"firm": {"Boulangerie"}, "last_name": {"Pouille"}, "mail": {"amina@lys.fr"}},
			{"last_name": {"Wacheux"}, "mail": {"bruno@lys.fr"}},
			{"siret": {brochard.String()}, "last_name": {"Brochard"}, "phone": {"03 21 00 00 00"}},
			{"last_name": {"Denise"}, "phone": {"03 21 00 00 09"}},
		} {
			if a := nadia.do("POST", "/animation/contacts", c); a.status != http.StatusSeeOther {
				t.Fatalf("contact: %d\n%s", a.status, a.body)
			}
		}
		desk := "/animation/reunions/" + m.ID + "/invitations"
		page := nadia.do("GET", desk, nil)
		if page.status != 200 || strings.Count(page.body, `name="qui" value="contact-`) != 4 {
			t.Fatalf("%d, %d people\n%s", page.status, strings.Count(page.body, `name="qui" value="contact-`), page.body)
		}
		if a := nadia.do("POST", desk, url.Values{}); a.status != 422 {
			t.Errorf("nobody is ticked: %d", a.status)
		}
		form := url.Values{}
		for _, part := range strings.Split(page.body, `name="qui" value="`)[1:] {
			key, _, _ := strings.Cut(part, `"`)
			form.Add("qui", key)
		}
		for i, want := range []string{"?fait=4", "?fait=0"} {
			if a := nadia.do("POST", desk, form); a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), want) {
				t.Errorf("press %d: %d %s", i, a.status, a.header.Get("Location"))
			}
		}
		if len(k.invites) != 2 {
			t.Fatalf("%d mails", len(k.invites))
		}
		for path, begin := range map[string]string{"/lettres.pdf": "%PDF", "/etiquettes.pdf": "%PDF", "/telephones.csv": "\ufeff"} {
			if a := nadia.do("GET", desk+path, nil); a.status != 200 || !strings.HasPrefix(a.body, begin) {
				t.Errorf("%s: %d %.20q", path, a.status, a.body)
			}
		}
		var links [2]string
		for _, l := range k.invites {
			n := 0
			if l.To == "bruno@lys.fr" {
				n = 1
			}
			links[n] = "/invitation-reunion/" + k.invitations.Link(l.Invite.ID)
		}
		// Programs that look at mails open links: nothing changes.
		b := k.browser()
		for range 2 {
			if a := b.do("GET", links[0], nil); a.status != 200 || a.attr("#nom", "value") != "Pouille" || a.attr("#courriel", "value") != "amina@lys.fr" || a.header.Get("Referrer-Policy") != "no-referrer" {
				t.Fatalf("the link's page: %d %q", a.status, a.attr("#nom", "value"))
			}
		}
		if _, f, err := k.invitations.Invited(t.Context(), m.ID); err != nil || f != (meeting.Fates{All: 4, Silent: 4}) {
			t.Errorf("looking is no answer: %+v, %v", f, err)
		}
		filled := k.filled(m, "amina", "2")
		if a := b.do("POST", links[0], url.Values{"vu": filled["vu"], "courriel": {"amina@"}}); a.status != 422 {
			t.Errorf("half an address: %d", a.status)
		}
		if a := b.do("POST", links[0], filled); a.status != http.StatusSeeOther || !strings.Contains(a.header.Get("Location"), "etat=confirmed") {
			t.Fatalf("register: %d\n%s", a.status, a.body)
		}
		if a := b.do("GET", links[0], nil); !strings.Contains(a.body, "/ma-place/") {
			t.Error("who is registered is not led to their seat")
		}
		for range 2 {
			if a := b.do("POST", links[1], url.Values{"reponse": {"non"}}); a.status != http.StatusSeeOther {
				t.Errorf("decline: %d", a.status)
			}
		}
		seat := k.booked("amina")
		if err := k.bookings.Check(t.Context(), account.Actor{Who: "nadia"}, m.ID, []booking.Mark{{ID: "x", Booking: seat.ID, State: booking.Present, Seats: 2, At: k.clock.Now()}}); err != nil {
			t.Fatal(err)
		}
		if _, f, err := k.invitations.Invited(t.Context(), m.ID); err != nil || f != (meeting.Fates{All: 4, Registered: 1, Declined: 1, Silent: 2, Came: 1}) {
			t.Errorf("%+v, %v", f, err)
		}
		// Both ways: from the invitation to the seat, from the seat to the invitation.
		if a := nadia.do("GET", desk, nil); !strings.Contains(a.body, "#place-"+seat.ID) {
			t.Error("the invitation does not lead to the registration")
		}
		if a := nadia.do("GET", "/animation/reunions/"+m.ID, nil); !strings.Contains(a.body, `id="place-`+seat.ID) || !strings.Contains(a.body, "invitations#i-") {
			t.Error("the registration does not lead to the invitation")
		}
		if a := nadia.do("POST", desk+"/relance", url.Values{}); a.status != http.StatusSeeOther || !strings.HasSuffix(a.header.Get("Location"), "?relances=0") {
			t.Errorf("nobody is silent by mail: %d %s", a.status, a.header.Get("Location"))
		}
		if a := k.browser().do("GET", "/invitation-reunion/x.y", nil); a.status != http.StatusNotFound {
			t.Errorf("a link of nobody: %d", a.status)
		}
	})
}
