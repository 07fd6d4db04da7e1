package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/mail/mailtest"
)

func post(t *testing.T, o *Outbox, p Posted) {
	t.Helper()
	if err := o.DB.Write(t.Context(), func(tx *db.Tx) error { return o.Post(t.Context(), tx, p) }); err != nil {
		t.Fatal(err)
	}
}

func TestOutbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-23 10:00"))
		sink := mailtest.New(t, mailtest.Behaviour{}, nil)
		o := &Outbox{DB: d, Clock: now, Send: serverOf(sink, "auto").Send}
		m := sample()
		post(t, o, Posted{ID: "once", Class: Answer, Kind: "seat", Message: m})
		post(t, o, Posted{ID: "once", Class: Answer, Kind: "seat", Message: m})
		failed := errors.New("the act did not hold")
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			if err := o.Post(t.Context(), tx, Posted{Class: Answer, Message: m}); err != nil {
				return err
			}
			return failed
		}); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if n, err := o.SendDue(t.Context(), Bulk); n != 1 || err != nil {
			t.Fatalf("SendDue = %d, %v", n, err)
		}
		if got := sink.Mails(); len(got) != 1 || got[0].Header.Get("Message-Id") != "<once@passerelle.example>" {
			t.Errorf("%d mails", len(got))
		}
		if n, err := o.SendDue(t.Context(), Bulk); n != 0 || err != nil {
			t.Errorf("again: %d, %v", n, err)
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			var recipient, message, state string
			if err := tx.One(t.Context(), []any{&recipient, &message, &state}, `SELECT recipient, message, state FROM mail_outbox`); err != nil {
				return err
			}
			if recipient+message != "" || state != "sent" {
				t.Errorf("what is kept of a mail that has gone: %q %q %q", recipient, message, state)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestOutboxTriesAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-23 10:00"))
		sink := mailtest.New(t, mailtest.Behaviour{Recipient: func(string) error { return mailtest.Defer }}, nil)
		o := &Outbox{DB: d, Clock: now, Send: serverOf(sink, "auto").Send}
		post(t, o, Posted{Class: Answer, Message: sample()})
		for range 3 {
			if _, err := o.SendDue(t.Context(), Bulk); err != nil {
				t.Fatal(err)
			}
			now.Pass(2 * longPause)
		}
		sink.Behave(mailtest.Behaviour{})
		if _, err := o.SendDue(t.Context(), Bulk); err != nil || len(sink.Mails()) != 1 {
			t.Errorf("%d mails, %v", len(sink.Mails()), err)
		}
		sink.Behave(mailtest.Behaviour{Recipient: func(string) error { return mailtest.Refuse }})
		post(t, o, Posted{Class: Answer, Message: sample()})
		if _, err := o.SendDue(t.Context(), Bulk); err != nil {
			t.Fatal(err)
		}
		now.Pass(7 * 24 * time.Hour)
		sink.Behave(mailtest.Behaviour{})
		if n, err := o.SendDue(t.Context(), Bulk); n != 0 || err != nil {
			t.Errorf("a refused address was tried again: %d, %v", n, err)
		}
		got, err := o.Queues(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprint(got)
		if len(got) != 2 || !strings.Contains(text, "refused 1") || !strings.Contains(text, "sent 1") {
			t.Errorf("queues = %v", got)
		}
	})
}

// Two nodes with two workers each send each mail once, and a mail that a dead
// node took goes when its lease ends.
func TestOutboxAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-23 10:00"))
		var mu sync.Mutex
		sent := map[string]int{}
		o := &Outbox{DB: d, Clock: now, Send: func(_ context.Context, m Message) error {
			mu.Lock()
			defer mu.Unlock()
			sent[m.ID]++
			return nil
		}}
		const mails = 60
		for i := range mails {
			post(t, o, Posted{ID: fmt.Sprintf("m%03d", i), Class: Answer, Message: sample()})
		}
		dying, die := context.WithCancel(t.Context())
		dead := &Outbox{DB: d, Clock: now, Send: func(context.Context, Message) error { die(); return nil }}
		if _, err := dead.SendDue(dying, Bulk); err == nil {
			t.Fatal("the dead node says that it sent")
		}
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				if _, err := o.SendDue(t.Context(), Bulk); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if len(sent) != mails-1 {
			t.Errorf("%d mails went, want all but the one under lease", len(sent))
		}
		now.Pass(leaseFor + time.Second)
		if n, err := o.SendDue(t.Context(), Bulk); n != 1 || err != nil {
			t.Errorf("after the lease: %d, %v", n, err)
		}
		for id, n := range sent {
			if n != 1 {
				t.Errorf("%s went %d times", id, n)
			}
		}
	})
}

// What the bulk lane holds up does not hold up who signs in; what asks
// something waits for its hour and its week.
func TestLanesAndClasses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-28 22:00")) // a Saturday night
		sink := mailtest.New(t, mailtest.Behaviour{}, nil)
		o := &Outbox{DB: d, Clock: now, Send: serverOf(sink, "auto").Send}
		post(t, o, Posted{ID: "ask1", Person: "amina", Class: Solicitation, Message: sample()})
		post(t, o, Posted{ID: "ask2", Person: "amina", Class: Solicitation, Message: sample()})
		post(t, o, Posted{ID: "ask3", Person: "jean", Class: Solicitation, Message: sample()})
		post(t, o, Posted{ID: "in", Class: Answer, Lane: SignIn, Message: sample()})
		if n, err := o.SendDue(t.Context(), Bulk); n != 0 || err != nil {
			t.Errorf("on a Saturday night %d mails asked something (%v)", n, err)
		}
		if n, err := o.SendDue(t.Context(), SignIn); n != 1 || err != nil {
			t.Errorf("sign-in: %d, %v", n, err)
		}
		now.Pass(paris("2026-11-30 08:00").Sub(now.Now()))
		if n, err := o.SendDue(t.Context(), Bulk); n != 2 || err != nil {
			t.Errorf("on Monday at 8: %d, %v; want one each", n, err)
		}
		now.Pass(6 * 24 * time.Hour)
		if n, err := o.SendDue(t.Context(), Bulk); n != 0 || err != nil {
			t.Errorf("within the week: %d, %v", n, err)
		}
		now.Pass(2 * 24 * time.Hour)
		if n, err := o.SendDue(t.Context(), Bulk); n != 1 || err != nil {
			t.Errorf("a week later: %d, %v", n, err)
		}
	})
}

// Without a server mails wait, and can be looked at.
func TestNoServer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := &Outbox{DB: d, Clock: clock.Hold(paris("2026-11-23 10:00"))}
		m := sample()
		post(t, o, Posted{Class: Answer, Kind: "signin", Message: m})
		if n, err := o.SendDue(t.Context(), Bulk); n != 0 || err != nil {
			t.Errorf("SendDue = %d, %v", n, err)
		}
		box, err := o.Mailbox(t.Context(), "", 10)
		if err != nil || len(box) != 1 || box[0].Message.Subject != m.Subject || box[0].Kind != "signin" {
			t.Errorf("mailbox = %+v, %v", box, err)
		}
	})
}

// Whatever an act calls its mail, it goes, its refusal is known for it, and it
// is taken back by the same name.
func TestAnyIDGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		sink := mailtest.New(t, mailtest.Behaviour{}, nil)
		o := &Outbox{DB: d, Clock: clock.Hold(paris("2026-11-23 10:00")), Send: serverOf(sink, "auto").Send, Bounce: &Bounce{Domain: "passerelle.example", Key: []byte("0123456789abcdef")}}
		ids := []string{"team.ask t1 49483773500013 contact-06h0f8hjg1x3ccd31bhqpsfmjc", "meeting.invite-" + db.NewID(o.Clock.Now()), "need.ask-" + strings.Repeat("0", 26) + "-" + strings.Repeat("1", 26), "court"}
		for _, id := range ids {
			post(t, o, Posted{ID: id, Class: Answer, Message: sample()})
			post(t, o, Posted{ID: id, Class: Answer, Message: sample()})
			post(t, o, Posted{ID: id + " x", Class: Answer, Message: sample()})
			if err := d.Write(t.Context(), func(tx *db.Tx) error { return o.Withdraw(t.Context(), tx, id+" x") }); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := o.SendDue(t.Context(), Bulk); n != len(ids) || err != nil {
			t.Fatalf("%d went, %v", n, err)
		}
		for _, m := range sink.Mails() {
			if id, ok := o.Bounce.ID(m.From); !ok || m.Header.Get("Message-Id") != "<"+id+"@passerelle.example>" {
				t.Errorf("%s comes from %s", m.Header.Get("Message-Id"), m.From)
			}
		}
	})
}
