package mail

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/mail/mailtest"
)

// returnReport is what a server says of a mail that it could not hand on.
const returnReport = "From: MAILER-DAEMON@mx.lys.fr\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\n" +
	"Reporting-MTA: dns; mx.lys.fr\n\nFinal-Recipient: rfc822; amina@lys.fr\nAction: failed\nStatus: %s\n\n--x--\n."

// Three refusals that come back stop what is not an answer, whoever tells of
// them; signing in again lets it go.
func TestRefusals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := clock.Hold(paris("2026-11-23 10:00"))
		sink := mailtest.New(t, mailtest.Behaviour{}, nil)
		o := &Outbox{DB: d, Clock: now, Send: serverOf(sink, "auto").Send, Bounce: &Bounce{Domain: "reponse.example", Key: []byte("a key of the house, of 32 bytes.")}}
		at := returning(t, o)
		for i := range 5 {
			post(t, o, Posted{ID: fmt.Sprintf("visit-%d", i), Person: "amina", Class: Answer, Kind: "seat", Message: sample()})
		}
		if n, err := o.SendDue(t.Context(), Bulk); n != 5 || err != nil {
			t.Fatalf("SendDue = %d, %v", n, err)
		}
		back := func(to, status string) []string {
			return []string{"<220", "EHLO mx.lys.fr", "<250", "MAIL FROM:<>", "<250", "RCPT TO:<" + to + ">", "<250", "DATA", "<354", fmt.Sprintf(returnReport, status), "<250"}
		}
		mails := sink.Mails()
		say(t, at, back(mails[0].From, "5.1.1")...)
		say(t, at, back(mails[0].From, "5.1.1")...) // the same again
		say(t, at, back(strings.ToUpper(mails[1].From), "5.1.10")...)
		say(t, at, back(mails[2].From, "4.2.2")...) // a full box
		forged := strings.Replace(mails[2].From, "visit-2", "visit-3", 1)
		say(t, at, "<220", "EHLO x", "<250", "MAIL FROM:<>", "<250", "RCPT TO:<"+forged+">", "<550 5.1.1")
		if list, err := o.Unreached(t.Context()); err != nil || len(list) != 0 {
			t.Fatalf("after two: %+v, %v", list, err)
		}
		say(t, at, back(mails[4].From, "5.1.1")...)
		list, err := o.Unreached(t.Context())
		if err != nil || len(list) != 1 || list[0].Person != "amina" || list[0].N != 3 {
			t.Fatalf("after three: %+v, %v", list, err)
		}
		if got := waitingFor(t, o, "amina"); got != "answer" {
			t.Errorf("what goes to who is not reached: %q", got)
		}
		if err := o.Reached(t.Context(), "amina"); err != nil {
			t.Fatal(err)
		}
		if got := waitingFor(t, o, "amina"); got != "answer solicitation" {
			t.Errorf("what goes to who is reached again: %q", got)
		}
	})
}

// An address that the first server refuses counts too; what it says of the
// house, or of the mail, does not.
func TestRefusedAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		answer := error(mailtest.Refuse)
		sink := mailtest.New(t, mailtest.Behaviour{Recipient: func(string) error { return answer }}, nil)
		o := &Outbox{DB: d, Clock: clock.Hold(paris("2026-11-23 10:00")), Send: serverOf(sink, "auto").Send}
		for i := range 3 {
			post(t, o, Posted{ID: fmt.Sprintf("m%d", i), Person: "amina", Class: Answer, Message: sample()})
			post(t, o, Posted{ID: fmt.Sprintf("n%d", i), Class: Answer, Message: sample()})
		}
		if _, err := o.SendDue(t.Context(), Bulk); err != nil {
			t.Fatal(err)
		}
		if list, err := o.Unreached(t.Context()); err != nil || len(list) != 1 || list[0].N != 3 {
			t.Errorf("unreached: %+v, %v", list, err)
		}
		answer = mailtest.Relay
		for i := range 3 {
			post(t, o, Posted{ID: fmt.Sprintf("l%d", i), Person: "luc", Class: Answer, Message: sample()})
		}
		if _, err := o.SendDue(t.Context(), Bulk); err != nil {
			t.Fatal(err)
		}
		if list, err := o.Unreached(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("a server that relays nothing: %+v, %v", list, err)
		}
	})
}

// returning starts a Listener for what comes back to an outbox.
func returning(t *testing.T, o *Outbox) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &Listener{Domain: o.Bounce.Domain, Handle: o.Returned, Failed: func(err error) { t.Error(err) }, Known: func(_ context.Context, a string) (bool, error) {
		_, ok := o.Bounce.ID(a)
		return ok, nil
	}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- x.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// waitingFor posts a mail of each class to a person and returns the classes of
// those that wait.
func waitingFor(t *testing.T, o *Outbox, person string) string {
	t.Helper()
	for _, c := range []Class{Answer, Solicitation} {
		post(t, o, Posted{ID: "try-" + string(c), Person: person, Class: c, Message: sample()})
	}
	shown, err := o.Mailbox(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, s := range shown {
		kinds = append(kinds, string(s.Class))
	}
	slices.Sort(kinds)
	return strings.Join(kinds, " ")
}
