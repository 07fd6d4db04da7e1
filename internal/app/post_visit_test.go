package app

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/visit"
)

// Every letter about visits leads to the page it speaks of, and none is sent
// twice.
func TestVisitLetters(t *testing.T) {
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) // a Monday
	h := houseAt(t, "sqlite", now)
	ctx := t.Context()
	by := account.Actor{Channel: account.Web}
	for _, w := range []visit.Wish{
		{SIRET: directorytest.Garage, Territory: "artois", Name: "amina", Mail: "amina@lys.example"},
		{Trade: "boulanger", Territory: "artois", Name: "bruno", Mail: "bruno@lys.example"},
	} {
		if _, err := h.Visits.Wish(ctx, by, w); err != nil {
			t.Fatal(err)
		}
	}
	o, faults, err := h.Visits.Add(ctx, by, visit.Offer{
		SIRET: directorytest.Garage, Title: "L’atelier", Minutes: 60, Seats: 4, Approval: true, Terms: visit.Terms{Sees: "Le pont", Where: "Au garage"}, Territory: "artois", Commune: "62473",
	})
	if err != nil {
		t.Fatalf("%v, %v", faults, err)
	}
	slots, _, err := h.Visits.Open(ctx, by, o.ID, visit.Rule{First: "2026-11-24", At: 9 * time.Hour, Every: visit.Once})
	if err != nil {
		t.Fatal(err)
	}
	b, err := h.Visits.Book(ctx, booking.Ask{Room: slots[0].ID, Name: "claire", Mail: "claire@lys.example", Seats: 1, By: by})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Bookings.Decide(ctx, by, b.ID, true); err != nil {
		t.Fatal(err)
	}
	now.Pass(50 * time.Hour)
	for range 2 {
		if err := h.Visits.AskAll(ctx); err != nil {
			t.Fatal(err)
		}
	}
	box, err := h.Post.outbox.Mailbox(ctx, "", 20)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range box {
		key := m.Kind + " " + m.Message.To
		if _, twice := got[key]; twice {
			t.Errorf("%s is sent twice", key)
		}
		got[key] = m.Message.Text
	}
	for key, say := range map[string]string{
		"visit.wished amina@lys.example":       "https://passerelle.example/souhait/",
		"visit.wished bruno@lys.example":       "un atelier (Boulang",
		"visit.opened amina@lys.example":       "https://passerelle.example/visites/" + slots[0].ID,
		"visit.opened bruno@lys.example":       "ouvre une visite",
		"booking.asked claire@lys.example":     "https://passerelle.example/ma-place/",
		"booking.confirmed claire@lys.example": "Au garage, Isbergues",
		"visit.questions claire@lys.example":   "https://passerelle.example/retours/ecrire/",
	} {
		if !strings.Contains(got[key], say) {
			t.Errorf("%s does not say %q:\n%s", key, say, got[key])
		}
	}
	if len(got) != 7 {
		t.Errorf("%d letters", len(got))
	}
}
