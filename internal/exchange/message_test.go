package exchange

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// written is a mail as it comes from the wire.
func written(t *testing.T, lines ...string) mail.Received {
	t.Helper()
	got, err := mail.Read(strings.NewReader(strings.Join(lines, "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// An answer by mail reaches the other side once, without what it quotes, its
// attachments or its marks; what machines write reaches nobody.
func TestHardCase19AnswersAreRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		ctx := t.Context()
		m := p.accepted(t)
		relay := RelayID(m.ID, Wanted)
		if ok, err := p.Takes(ctx, relay); err != nil || !ok {
			t.Errorf("the address is not taken: %v", err)
		}
		for _, wrong := range []string{"", "s", m.ID, m.ID + "x", "nonew"} {
			if ok, err := p.Takes(ctx, wrong); err != nil || ok {
				t.Errorf("%q is taken, %v", wrong, err)
			}
		}
		answer := written(t, "From: Jean <JEAN@reemploi.fr>", "Message-ID: <1@reemploi.fr>", "Content-Type: multipart/mixed; boundary=x", "",
			"--x", "Content-Type: text/html; charset=utf-8", "", "<p onclick=alert(1)>D'accord pour <b>mardi</b><script>alert(2)</script></p>", "--x",
			"Content-Type: application/pdf", "Content-Disposition: attachment; filename=devis.pdf", "", "%PDF", "--x--", "")
		var all sync.WaitGroup
		for range 10 { // brought again and again, at once
			all.Go(func() {
				if err := p.Receive(ctx, relay, answer); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		p.clock.Pass(time.Minute)
		if err := p.Receive(ctx, relay, written(t, "From: jean@reemploi.fr", "Message-ID: <2@reemploi.fr>", "", "Avec plaisir.", "", "Le 24 nov. 2026 à 10:00, Passerelle <bonjour@passerelle.example> a écrit :", "> Venez", "> quand ?")); err != nil {
			t.Error(err)
		}
		for _, header := range []string{"Auto-Submitted: auto-replied", "Subject: Absence du bureau", "Precedence: bulk"} {
			if err := p.Receive(ctx, relay, written(t, "From: jean@reemploi.fr", header, "", "Je suis absent.")); err != nil {
				t.Error(err)
			}
		}
		if err := p.Receive(ctx, relay, written(t, "From: x@y.fr", "", "")); err != nil {
			t.Error(err)
		}
		said, err := p.Messages(ctx, m.ID)
		if err != nil || len(said) != 2 {
			t.Fatalf("said %+v, %v", said, err)
		}
		if s := said[0]; !strings.Contains(s.Words, "mardi") || strings.ContainsAny(s.Words, "<>") || strings.Contains(s.Words, "alert") || s.Dropped != 1 || s.Author != p.people["jean"].ID || s.Channel != MailChannel {
			t.Errorf("the first: %+v", s)
		}
		if said[1].Words != "Avec plaisir." {
			t.Errorf("what it quotes is not cut: %q", said[1].Words)
		}
		n := 0
		for _, k := range p.kinds() {
			if k == "message amina@lys.fr" {
				n++
			}
		}
		if n != 2 {
			t.Errorf("letters %v", p.kinds())
		}
		if _, err := p.Conclude(ctx, m.ID, Outcome{Why: "later", By: p.by("jean"), Side: Wanted}); err != nil {
			t.Fatal(err)
		}
		if ok, err := p.Takes(ctx, relay); err != nil || ok {
			t.Errorf("the address of what is closed is taken, %v", err)
		}
		if err := p.Receive(ctx, relay, written(t, "From: jean@reemploi.fr", "", "Encore un mot")); err != nil {
			t.Errorf("a mail that comes too late is brought again for ever: %v", err)
		}
	})
}

func TestMessagesADay(t *testing.T) {
	p := openParlour(t, dbtest.SQLite(t))
	m := p.accepted(t)
	for i := range MessagesADay + 1 {
		err := p.Say(t.Context(), m.ID, Seeker, "Bonjour", p.by("amina"))
		if i < MessagesADay && err != nil || i == MessagesADay && !errors.Is(err, ErrTooMany) {
			t.Errorf("message %d: %v", i+1, err)
		}
	}
	p.clock.Pass(25 * time.Hour)
	if err := p.Say(t.Context(), m.ID, Seeker, "Bonjour", p.by("amina")); err != nil {
		t.Error(err)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add("From: a@b.fr\r\nMessage-ID: <1@b.fr>\r\n\r\nBonjour\r\n> cité\r\n")
	f.Add("From: a@b.fr\r\nContent-Type: text/html\r\n\r\n<p>\x00<script>\u202e\r\n")
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := mail.Read(strings.NewReader(raw))
		if err != nil {
			return
		}
		m, says := ReadMessage(got)
		if !utf8.ValidString(m.Words) || utf8.RuneCountInString(m.Words) > MaxMessage+1 || strings.ContainsAny(m.Words, "\x00\x1b\u202e\u200b") {
			t.Errorf("%q was kept", m.Words)
		}
		if says && (got.Auto || m.Words == "" && m.Dropped == 0) {
			t.Errorf("%+v says something", m)
		}
	})
}

func TestVerdicts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := openParlour(t, d)
		vs := &Verdicts{DB: d, Clock: p.clock}
		ctx := t.Context()
		for _, v := range []struct {
			who       string
			candidate register.SIRET
			reason    string
			want      error
		}{
			{"amina", reemploi, "too_far", nil},
			{"amina", reemploi, "competitor", nil}, // the last one holds
			{"nadia", reemploi, "competitor", nil},
			{"amina", brochard, "known", nil},
			{"amina", shy, "ugly", ErrNoReason},
		} {
			if err := vs.Say(ctx, p.by(v.who), Verdict{Seeker: lys, Candidate: v.candidate, Reason: v.reason}); !errors.Is(err, v.want) || v.want == nil && err != nil {
				t.Errorf("%+v: %v", v, err)
			}
		}
		said := func() (list []string) {
			t.Helper()
			about, err := vs.About(ctx, lys)
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range about {
				list = append(list, v.Candidate.String()+" "+v.Reason)
			}
			slices.Sort(list)
			return list
		}
		want := []string{reemploi.String() + " competitor", reemploi.String() + " competitor", brochard.String() + " known"}
		slices.Sort(want)
		if got := said(); !slices.Equal(got, want) {
			t.Errorf("said %v, want %v", got, want)
		}
		if err := vs.Remove(ctx, p.by("nadia"), lys, brochard); err != nil { // not hers
			t.Error(err)
		}
		if err := vs.Remove(ctx, p.by("amina"), lys, brochard); err != nil {
			t.Error(err)
		}
		if of, err := vs.Of(ctx, p.people["amina"].ID); err != nil || len(of) != 1 || of[0].Reason != "competitor" {
			t.Errorf("of amina: %v, %v", of, err)
		}
		p.accounts.Forget = append(p.accounts.Forget, p.Forget)
		if err := p.accounts.Erase(ctx, account.Actor{Who: "operator", Channel: account.Command}, p.people["amina"].ID); err != nil {
			t.Fatal(err)
		}
		if all, err := vs.All(ctx); err != nil || len(all) != 1 || all[0].By == p.people["amina"].ID {
			t.Errorf("after she is erased: %v, %v", all, err)
		}
	})
}
