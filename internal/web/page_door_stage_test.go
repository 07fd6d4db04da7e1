package web

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db/dbtest"
)

// What a meeting's desk counts and puts first is of its hour: seats before,
// who is there on the day, what came of it afterwards.
func TestDeskByStage(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	m := k.plan(9)
	amina := k.guest(m.ID, "Amina Haddad", lys, "")
	bruno := k.guest(m.ID, "Bruno Petit", reemploi, "")
	k.guest(m.ID, "Claire Roux", 0, "")
	path := plansPath + "/" + m.ID
	look := func(stage, figures, first string) answer {
		t.Helper()
		a := k.as(account.Facilitator).do("GET", path, nil)
		got := strings.Join(strings.Fields(strings.Join(a.texts(".desk-figures"), " ")), " ")
		if a.status != 200 || got != figures {
			t.Errorf("%s: %d, the figures say %q, want %q", stage, a.status, got, figures)
		}
		if got := a.attr(".acts a.button:not(.quiet)", "href"); got != first {
			t.Errorf("%s: what comes first leads to %q, want %q", stage, got, first)
		}
		return a
	}
	look("before", "places prises3places libres6inscription en attente0", path+"/invitations")
	k.clock.Pass(m.Room.Start.Sub(k.clock.Now()) - time.Hour)
	look("on the day", "présent0encore attendus3places libres6inscription en attente0piste notée0", path+"/pointage")
	k.clock.Pass(5 * time.Hour)
	a := look("after, nobody marked", "présent0absent0sans pointage3piste notée0", path+"/pointage")
	if len(a.texts(".notice.warn")) != 1 || len(a.texts(`form[action$="/rendre"]`)) != 0 || len(a.texts(".form-panel")) != 0 {
		t.Error("after the event it does not say that nobody is thanked, or still gives seats")
	}
	by := account.Actor{Who: "nadia", Channel: account.Web}
	for id, state := range map[string]booking.Presence{amina.ID: booking.Present, bruno.ID: booking.Absent} {
		if err := k.bookings.Check(t.Context(), by, m.ID, []booking.Mark{{ID: "mark-" + id, Booking: id, State: state, Seats: 1, At: k.clock.Now()}}); err != nil {
			t.Fatal(err)
		}
	}
	if a := look("after", "présent1absent1sans pointage1piste notée0", path+"/compte-rendu"); len(a.texts(".notice.warn")) != 0 {
		t.Error("it says that nobody is marked")
	}
}
