package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/directory/directorytest"
)

// A claim waits for its facilitator's summary of the week: one mail on Tuesday,
// which can be refused by one press; and its decision is told at once.
func TestFacilitatorHearsOnceAWeek(t *testing.T) {
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)) // a Monday
	h := houseAt(t, "sqlite", now)
	ctx := t.Context()
	for mail, territory := range map[string]string{"nadia@cma.example": "artois", "loin@cma.example": "calaisis"} {
		n := account.NewPerson{Mail: mail, Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: []string{territory}}
		if _, err := h.Accounts.Add(ctx, byCommand, n); err != nil {
			t.Fatal(err)
		}
	}
	token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: "amina@lys.example"})
	if err != nil {
		t.Fatal(err)
	}
	amina, err := h.Accounts.Enter(ctx, token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := h.Accounts.ClaimFirm(ctx, account.Actor{Who: amina.Person.ID, Channel: account.Web}, amina.Person, directorytest.Garage, "artois")
	if err != nil {
		t.Fatal(err)
	}
	mails := func() []string {
		t.Helper()
		for range 2 {
			if err := h.Post.digests(ctx); err != nil {
				t.Fatal(err)
			}
		}
		box, err := h.Post.outbox.Mailbox(ctx, "", 10)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, m := range box {
			list = append(list, m.Message.To+" "+m.Kind)
			if m.Kind == "digest" {
				if !strings.HasPrefix(m.Message.Unsubscribe, "https://passerelle.example/ne-plus-recevoir/") || !strings.Contains(m.Message.Text, "https://passerelle.example/animation/revendications/"+c.ID) {
					t.Errorf("the summary: %q\n%s", m.Message.Unsubscribe, m.Message.Text)
				}
				if !strings.HasSuffix(m.Message.Subject, ": 1 chose à voir") {
					t.Errorf("subject %q", m.Message.Subject)
				}
			}
		}
		return list
	}
	if got := mails(); len(got) != 0 {
		t.Errorf("on Monday: %v", got)
	}
	now.Pass(24 * time.Hour)
	if got := mails(); len(got) != 1 || got[0] != "nadia@cma.example digest" {
		t.Errorf("on Tuesday: %v", got)
	}
	if _, err := h.Accounts.Approve(ctx, account.Actor{Who: "nadia", Channel: account.Web}, c.ID, account.ByDecision, ""); err != nil {
		t.Fatal(err)
	}
	if got := mails(); len(got) != 2 || !slices.Contains(got, "amina@lys.example claim.approve") {
		t.Errorf("decided: %v", got)
	}
}
