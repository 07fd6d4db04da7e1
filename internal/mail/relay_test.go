package mail

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestRelay(t *testing.T) {
	r := Relay{Domain: "passerelle.example", Key: []byte("0123456789abcdef")}
	address, err := r.Address("01k000introductions")
	if err != nil || !strings.HasPrefix(address, "c-01k000introductions-") {
		t.Fatalf("address %q, %v", address, err)
	}
	for _, written := range []string{address, strings.ToUpper(address)} {
		if id, ok := r.ID(written); !ok || id != "01k000introductions" {
			t.Errorf("%s: %q, %t", written, id, ok)
		}
	}
	// The mark of an address of refusals opens no conversation, nor another's.
	b := Bounce(r)
	refusal, err := b.Sender("01k000introductions")
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(address, "introductions", "introductionw", 1)
	for _, wrong := range []string{refusal, "c-" + strings.TrimPrefix(refusal, "r-"), other, "c-@passerelle.example", strings.Replace(address, "passerelle.example", "lys.fr", 1), ""} {
		if id, ok := r.ID(wrong); ok {
			t.Errorf("%q is taken for %q", wrong, id)
		}
	}
	if _, ok := b.ID("r-" + strings.TrimPrefix(address, "c-")); ok {
		t.Error("the mark of a conversation passes for that of a refusal")
	}
	if _, ok := (Relay{Domain: r.Domain, Key: []byte("fedcba9876543210")}).ID(address); ok {
		t.Error("another key takes it")
	}
}

// A reminder that waits for its hour is taken back when there is nothing left
// to remind of.
func TestHardCase18Withdraw(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := &Outbox{DB: d, Clock: clock.Hold(time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC))} // a Saturday
		ctx := t.Context()
		err := d.Write(ctx, func(tx *db.Tx) error {
			for _, id := range []string{"m1-p0", "m2-p0"} {
				if err := o.Post(ctx, tx, Posted{ID: id, Person: id, Class: Solicitation, Message: Message{From: "a@b.fr", To: "amina@lys.fr", Subject: "x"}}); err != nil {
					return err
				}
			}
			if _, asks, err := o.PreferenceIn(ctx, tx, "m1-p0"); err != nil || !asks {
				t.Errorf("asks %t, %v", asks, err)
			}
			return o.Withdraw(ctx, tx, "m1-p0", "none")
		})
		if err != nil {
			t.Fatal(err)
		}
		left, err := o.Mailbox(ctx, "", 10)
		if err != nil || len(left) != 1 || left[0].ID != "m2-p0" {
			t.Errorf("left %+v, %v", left, err)
		}
	})
}
