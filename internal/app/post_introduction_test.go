package app

import (
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/mail"
)

// talking opens a house that listens for mails, in which two firms talk: Amina
// of the Lys, and of the garage a contact without account.
func talking(t *testing.T) (*house, *exchange.Introduction, *clock.Held) {
	t.Helper()
	dir, ctx := t.TempDir(), t.Context()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	now := clock.Hold(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	x := &Context{
		Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, Clock: now,
		Config: &Config{Data: dir, Database: "sqlite:" + filepath.Join(dir, "passerelle.db"), BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}, MailListen: "127.0.0.1:0", MailDomain: "passerelle.example"},
	}
	h, err := openHouse(x)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := h.unlock(ctx); err != nil {
		t.Fatal(err)
	}
	token, err := h.Accounts.Add(ctx, byCommand, account.NewPerson{Mail: "nadia@cma.fr", Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}})
	if err != nil {
		t.Fatal(err)
	}
	nadia, err := h.Accounts.Enter(ctx, token, account.Device{})
	if err != nil {
		t.Fatal(err)
	}
	by := account.Actor{Who: nadia.Person.ID, Channel: account.Phone}
	for siret, mail := range map[string]string{directorytest.Charpentiers.String(): "amina@lys.fr", directorytest.Garage.String(): "garage@gare.fr"} {
		c := contact.Contact{Firm: siret, Mail: mail}
		if c.SIRET = directorytest.Garage; mail == "amina@lys.fr" {
			c.SIRET = directorytest.Charpentiers
		}
		if _, err := h.Contacts.Save(ctx, by, nadia.Person, c, contact.Origin{}); err != nil {
			t.Fatal(err)
		}
	}
	m, err := h.Introductions.Ask(ctx, exchange.Request{Seeker: directorytest.Charpentiers, Wanted: directorytest.Garage, Words: "Du bois contre des palettes", Who: nadia.Person, By: by})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Introductions.Back(ctx, by, m.ID); err != nil {
		t.Fatal(err)
	}
	return h, m, now
}

// shown returns the mails that wait for an address.
func shown(t *testing.T, h *house, to string) []mail.Shown {
	t.Helper()
	all, err := h.Post.outbox.Mailbox(t.Context(), "", 100)
	if err != nil {
		t.Fatal(err)
	}
	var list []mail.Shown
	for _, m := range all {
		if m.Message.To == to {
			list = append(list, m)
		}
	}
	return list
}

// An answer to a mail of a conversation reaches the other side under an address
// of the house; one to a conversation that is over is refused before it is
// read.
func TestHardCase19ConversationByMail(t *testing.T) {
	h, m, now := talking(t)
	ctx := t.Context()
	ask := shown(t, h, "garage@gare.fr")
	if len(ask) != 1 || ask[0].Class != mail.Solicitation || ask[0].Message.Unsubscribe == "" || !strings.Contains(ask[0].Message.Text, "/lien/wanted.contact-") || strings.Contains(ask[0].Message.Text+ask[0].Message.HTML, "amina@") {
		t.Fatalf("asked by %+v", ask)
	}
	if _, err := h.Introductions.Answer(ctx, m.ID, exchange.IntroductionAnswer{Step: exchange.Accept, By: account.Actor{Channel: account.Link}}); err != nil {
		t.Fatal(err)
	}
	if left := shown(t, h, "garage@gare.fr"); len(left) != 0 {
		t.Errorf("what was answered is still asked: %+v", left)
	}
	now.Pass(time.Minute)
	if err := h.Introductions.Say(ctx, m.ID, exchange.Seeker, "Quand passer ?", account.Actor{Channel: account.Link}); err != nil {
		t.Fatal(err)
	}
	got := shown(t, h, "garage@gare.fr")[0]
	relay := got.Message.ReplyTo
	if !strings.HasPrefix(relay, "c-"+m.ID+"w-") || got.Message.Auto != mail.Person || strings.Contains(got.Message.Text+got.Message.HTML+got.Message.From, "amina@") || !strings.Contains(got.Message.Text, "Répondez à ce courriel") {
		t.Fatalf("passed on: %+v", got.Message)
	}
	for address, want := range map[string]bool{relay: true, strings.ToUpper(relay): true, strings.Replace(relay, "w-", "s-", 1): false, "c-x@passerelle.example": false, "amina@passerelle.example": false} {
		if ok, err := h.Post.known(ctx, address); err != nil || ok != want {
			t.Errorf("%s is known: %t, %v", address, ok, err)
		}
	}
	now.Pass(time.Minute)
	for range 2 {
		if err := h.Post.take(ctx, mail.Received{To: []string{relay}, From: "garage@gare.fr", MessageID: "1@gare.fr", Text: "Mardi", Answer: "Mardi"}); err != nil {
			t.Fatal(err)
		}
	}
	back := shown(t, h, "amina@lys.fr")
	if !strings.Contains(back[0].Message.Text, "Mardi") || !strings.HasPrefix(back[0].Message.ReplyTo, "c-"+m.ID+"s-") || strings.Contains(back[0].Message.Text+back[0].Message.HTML, "garage@") {
		t.Errorf("the answer: %+v", back[0].Message)
	}
	if said, err := h.Introductions.Messages(ctx, m.ID); err != nil || len(said) != 2 {
		t.Errorf("said %+v, %v", said, err)
	}
	if err := h.Introductions.Close(ctx, account.Actor{Channel: account.Link}, m.ID, exchange.Withdrawn, exchange.Seeker); err != nil {
		t.Fatal(err)
	}
	if ok, err := h.Post.known(ctx, relay); err != nil || ok {
		t.Errorf("the address of what is over is known, %v", err)
	}
}

// Who asks not to be kept, before an introduction was answered, gets no mail
// about it any more, and it ends.
func TestHardCase18ObjectionEndsIntroduction(t *testing.T) {
	h, m, _ := talking(t)
	ctx := t.Context()
	known, err := h.Contacts.Of(ctx, "garage@gare.fr")
	if err != nil || len(known) != 1 {
		t.Fatalf("known %+v, %v", known, err)
	}
	if err := h.Contacts.Objects(ctx, account.Actor{Channel: account.Link}, known[0]); err != nil {
		t.Fatal(err)
	}
	if left := shown(t, h, "garage@gare.fr"); len(left) != 0 {
		t.Errorf("a mail still waits: %+v", left)
	}
	if m, err = h.Introductions.Introduction(ctx, m.ID); err != nil || m.Ending != exchange.Objected {
		t.Errorf("it is %+v, %v", m, err)
	}
}
