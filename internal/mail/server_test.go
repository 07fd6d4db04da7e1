package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/mail/mailtest"
)

func sample() Message {
	return Message{
		ID: "01k000amina", From: "bonjour@passerelle.example", FromName: "Passerelle: l'Artois <x>", To: "amina@lys.fr", ToName: "Amina Ben Salah",
		ReplyTo: "nadia@cma.example", Envelope: "r-01k000amina@passerelle.example", Subject: "Votre place est gardée : 8 décembre, Isbergues",
		Text: "Bonjour,\n.\nVotre place est gardée.\n" + strings.Repeat("é", 2000) + "\n", HTML: "<p>Votre place est gardée.</p>",
		Date: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC),
	}
}

func serverOf(s *mailtest.Sink, how string) *Server {
	return &Server{Host: s.Host, Port: s.Port, TLS: how, Domain: "passerelle.example"}
}

func TestSend(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{}, nil)
	server := serverOf(sink, "auto")
	m := sample()
	if err := server.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	m.Unsubscribe = "https://passerelle.example/ne-plus-recevoir/abc"
	if err := server.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := sink.Mails()
	if len(got) != 2 {
		t.Fatalf("%d mails", len(got))
	}
	g := got[0]
	if g.Greeting != "passerelle.example" || g.From != "r-01k000amina@passerelle.example" || len(g.To) != 1 || g.To[0] != "amina@lys.fr" {
		t.Errorf("envelope: %q %q %v", g.Greeting, g.From, g.To)
	}
	for name, want := range map[string]string{
		"From": `"Passerelle l'Artois x" <bonjour@passerelle.example>`, "To": `"Amina Ben Salah" <amina@lys.fr>`, "Reply-To": "<nadia@cma.example>",
		"Message-Id": "<01k000amina@passerelle.example>", "Auto-Submitted": "auto-generated", "Date": "Mon, 23 Nov 2026 09:00:00 +0000",
		"List-Unsubscribe": "", "List-Unsubscribe-Post": "", "User-Agent": "Passerelle", "X-Mailer": "",
	} {
		if got := g.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if g.Subject != m.Subject || g.Text != m.Text || g.HTML != m.HTML {
		t.Errorf("subject %q, text %.80q, HTML %q", g.Subject, g.Text, g.HTML)
	}
	if h := got[1].Header; h.Get("List-Unsubscribe") != "<"+m.Unsubscribe+">" || h.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("unsubscribe: %q %q", h.Get("List-Unsubscribe"), h.Get("List-Unsubscribe-Post"))
	}
}

func TestSendFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		behave mailtest.Behaviour
		change func(*Server, *Message)
		want   error
	}{
		{"a refused address", mailtest.Behaviour{Recipient: func(string) error { return mailtest.Refuse }}, nil, ErrRefused},
		{"a server that does not relay", mailtest.Behaviour{Recipient: func(string) error { return mailtest.Relay }}, nil, ErrConfig},
		{"a name that is no address", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.To = "léa@lys.fr" }, ErrRefused},
		{"a header in a name", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.ToName = "x\nBcc: y@lys.fr" }, ErrRefused},
		{"a header in an address", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.Envelope = "x@lys.fr>\r\nRCPT TO:<y@lys.fr" }, ErrRefused},
		{"a header in an id", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.ID = "x>\r\nBcc: y@lys.fr" }, ErrRefused},
		{"a header in what is answered", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.InReplyTo = "x\r\nBcc: y@lys.fr" }, ErrRefused},
		{"a header in an address to leave", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.Unsubscribe = "https://x.example/>,<https://y.example" }, ErrRefused},
		{"a header in a file", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.Attachments = []Attachment{{Name: "a\r\nb.ics", Type: "text/calendar"}} }, ErrRefused},
		{"a file that is too big", mailtest.Behaviour{}, func(_ *Server, m *Message) {
			m.Attachments = []Attachment{{Name: "a.pdf", Type: "application/pdf", Content: make([]byte, maxAttached+1)}}
		}, ErrRefused},
		{"no domain", mailtest.Behaviour{}, func(s *Server, _ *Message) { s.Domain = "" }, ErrConfig},
		{"a password that nobody may read", mailtest.Behaviour{Password: "p"}, func(s *Server, _ *Message) { s.User, s.Password = "u", "p" }, ErrConfig},
		{"a deferred address", mailtest.Behaviour{Recipient: func(string) error { return mailtest.Defer }}, nil, ErrTemporary},
		{"a server that hangs up", mailtest.Behaviour{Hang: true}, nil, ErrTemporary},
		{"nobody there", mailtest.Behaviour{}, func(s *Server, _ *Message) { s.Port = "1" }, ErrTemporary},
		{"a password where none is asked", mailtest.Behaviour{}, func(s *Server, _ *Message) { s.User, s.Password, s.TLS = "u", "p", "never" }, ErrConfig},
		{"a wrong password", mailtest.Behaviour{Password: "secret"}, func(s *Server, _ *Message) { s.User, s.Password, s.TLS = "u", "wrong", "never" }, ErrConfig},
		{"no TLS where it must be", mailtest.Behaviour{}, func(s *Server, _ *Message) { s.TLS = "always" }, ErrConfig},
		{"a header in a subject", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.Subject = "x\r\nBcc: y@lys.fr" }, ErrRefused},
		{"two addresses", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.To = "a@lys.fr, b@lys.fr" }, ErrRefused},
		{"no text", mailtest.Behaviour{}, func(_ *Server, m *Message) { m.Text = "" }, ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			sink := mailtest.New(t, c.behave, nil)
			server, m := serverOf(sink, "auto"), sample()
			if c.change != nil {
				c.change(server, &m)
			}
			err := server.Send(t.Context(), m)
			if !errors.Is(err, c.want) {
				t.Errorf("Send: %v, want %v", err, c.want)
			}
			if n := len(sink.Mails()); n != 0 {
				t.Errorf("%d mails were taken", n)
			}
		})
	}
}

func TestSendWithPassword(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{Password: "secret"}, nil)
	server := serverOf(sink, "never")
	server.User, server.Password = "maison", "secret"
	if err := server.Send(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if got := sink.Mails(); len(got) != 1 || got[0].User != "maison" {
		t.Errorf("mails %+v", got)
	}
}

func TestSendOverTLS(t *testing.T) {
	cert, trust := mailtest.Certificate(t)
	for _, c := range []struct {
		how       string
		behave    mailtest.Behaviour
		encrypted bool
	}{
		{"auto", mailtest.Behaviour{Password: "secret", NeedTLS: true}, true},
		{"always", mailtest.Behaviour{Password: "secret"}, true},
		{"implicit", mailtest.Behaviour{Password: "secret", Implicit: true}, true},
		{"never", mailtest.Behaviour{}, false},
	} {
		t.Run(c.how, func(t *testing.T) {
			sink := mailtest.New(t, c.behave, &cert)
			server := serverOf(sink, c.how)
			server.Trust = trust
			if c.behave.Password != "" {
				server.User, server.Password = "maison", "secret"
			}
			if err := server.Send(t.Context(), sample()); err != nil {
				t.Fatal(err)
			}
			if got := sink.Mails(); len(got) != 1 || got[0].TLS != c.encrypted || got[0].User != server.User {
				t.Errorf("mails %+v", got)
			}
			if c.how == "never" {
				return
			}
			server.Trust = nil
			if err := server.Send(t.Context(), sample()); !errors.Is(err, ErrConfig) {
				t.Errorf("a certificate nobody knows: %v", err)
			}
		})
	}
}

// A password is never said in the clear because somebody on the way took
// STARTTLS out.
func TestPasswordNotInTheClear(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{Password: "secret"}, nil)
	server := serverOf(sink, "auto")
	server.User, server.Password = "maison", "secret"
	if err := server.Send(t.Context(), sample()); !errors.Is(err, ErrConfig) || len(sink.Mails()) != 0 {
		t.Errorf("Send: %v", err)
	}
}

func TestSendAtOnce(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{}, nil)
	sendAtOnce(t, sink, serverOf(sink, "auto").Send)
}

// sendAtOnce has eight senders send ten mails each; each mail must arrive.
func sendAtOnce(t *testing.T, sink *mailtest.Sink, send func(context.Context, Message) error) {
	t.Helper()
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 10 {
				m := sample()
				m.ID = fmt.Sprintf("m%d-%d", i, j)
				if err := send(context.Background(), m); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	ids := map[string]bool{}
	for _, m := range sink.Mails() {
		ids[m.Header.Get("Message-Id")] = true
	}
	if len(ids) != 80 {
		t.Errorf("%d different mails", len(ids))
	}
}
