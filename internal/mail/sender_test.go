package mail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"passerelle/internal/mail/mailtest"
)

// senderOf is a Sender to a sink, closed when the test ends.
func senderOf(t *testing.T, s *mailtest.Sink) *Sender {
	x := NewSender(*serverOf(s, "auto"))
	t.Cleanup(x.Close)
	return x
}

func TestSenderKeepsConnections(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{}, nil)
	sender := senderOf(t, sink)
	for i := range perConn + 1 {
		m := sample()
		m.ID = fmt.Sprintf("m%d", i)
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(sink.Mails()); n != perConn+1 || sink.Talks() != 2 {
		t.Errorf("%d mails over %d connections, want %d over 2", n, sink.Talks(), perConn+1)
	}
}

// A connection that the server ended while it waited is opened anew, and a
// refused address does not end it.
func TestSenderMendsConnections(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{HangAfter: 1}, nil)
	sender := senderOf(t, sink)
	for i := range 3 {
		m := sample()
		m.ID = fmt.Sprintf("m%d", i)
		if err := sender.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(10 * time.Second); sink.HungUp() <= i && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		time.Sleep(20 * time.Millisecond) // the end reaches this side
	}
	if n := len(sink.Mails()); n != 3 || sink.Talks() != 3 {
		t.Errorf("%d mails over %d connections, want 3 over 3", n, sink.Talks())
	}
	sink.Behave(mailtest.Behaviour{Recipient: func(to string) error {
		if strings.HasPrefix(to, "gone@") {
			return mailtest.Refuse
		}
		return nil
	}})
	before := sink.Talks()
	for i := range 3 {
		m := sample()
		if i == 1 {
			m.To = "gone@lys.fr"
		}
		err := sender.Send(t.Context(), m)
		var f *Fault
		switch {
		case i != 1 && err != nil:
			t.Fatal(err)
		case i == 1 && (!errors.As(err, &f) || !errors.Is(err, ErrRefused) || !f.Address || f.Code != 550 || f.Status != "5.1.1"):
			t.Errorf("refused: %v", err)
		}
	}
	if got := sink.Talks() - before; got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

// What is sent again after a broken connection is the same mail.
func TestSendAgain(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{Hang: true}, nil)
	sender := senderOf(t, sink)
	if err := sender.Send(t.Context(), sample()); !errors.Is(err, ErrTemporary) {
		t.Fatalf("a server that hangs up: %v", err)
	}
	sink.Behave(mailtest.Behaviour{})
	for range 2 {
		if err := sender.Send(t.Context(), sample()); err != nil {
			t.Fatal(err)
		}
	}
	got := sink.Mails()
	if len(got) != 2 || got[0].Header.Get("Message-Id") != got[1].Header.Get("Message-Id") || got[0].Header.Get("Date") != got[1].Header.Get("Date") {
		t.Errorf("%d mails, not the same", len(got))
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{Delay: 3 * time.Second}, nil)
	sender := senderOf(t, sink)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := sender.Send(ctx, sample()); !errors.Is(err, ErrTemporary) {
		t.Errorf("a slow server: %v", err)
	}
	if d := time.Since(start); d > 2*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestSendersAtOnce(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{}, nil)
	sender := senderOf(t, sink)
	sendAtOnce(t, sink, sender.Send)
	if sink.Talks() > atOnce*2 {
		t.Errorf("80 mails over %d connections", sink.Talks())
	}
}

// What is written arrives as it was written.
func TestRoundTrip(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{}, nil)
	sender := senderOf(t, sink)
	m := sample()
	m.To, m.ToName, m.FromName = "nadege@épicerie-solidaire.example", "Nadège Pouillé-Œuvrard", "L’Épicerie d’à côté"
	m.Subject = "Complet : la réunion du 8 décembre à Isbergues, œuvres & métiers – " + strings.Repeat("très ", 30) + "tôt"
	m.Text = ".\n..\n.fin\nFrom ici\n" + strings.Repeat("à ", 700) + "\n" + strings.Repeat("x", 3000) + "\n-- \nPasserelle\n=20\n"
	m.HTML = "<p>" + strings.Repeat("é<br>", 600) + "</p>"
	m.Auto, m.InReplyTo = Person, "abc@lys.fr"
	m.Attachments = []Attachment{{"visite-été.ics", "text/calendar; charset=utf-8; method=REQUEST", []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")}, {"plan.pdf", "application/pdf", []byte("%PDF-1.7\x00\xff")}}
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	g := sink.Mails()[0]
	if g.Subject != m.Subject || g.Text != m.Text || g.HTML != m.HTML {
		t.Errorf("subject %q\ntext %.100q\nHTML %.100q", g.Subject, g.Text, g.HTML)
	}
	to, err := g.Header.AddressList("To")
	if err != nil || to[0].Name != m.ToName || to[0].Address != "nadege@xn--picerie-solidaire-9sb.example" || g.To[0] != to[0].Address {
		t.Errorf("to %v %v, %v", to, g.To, err)
	}
	from, err := g.Header.AddressList("From")
	if err != nil || from[0].Name != m.FromName {
		t.Errorf("from %v, %v", from, err)
	}
	if h := g.Header; h.Get("Auto-Submitted") != "no" || h.Get("X-Auto-Response-Suppress") != "" || h.Get("In-Reply-To") != "<abc@lys.fr>" || h.Get("References") != "<abc@lys.fr>" {
		t.Errorf("headers %v", h)
	}
	if len(g.Files) != 2 || g.Files[0].Name != m.Attachments[0].Name || string(g.Files[0].Content) != string(m.Attachments[0].Content) || string(g.Files[1].Content) != string(m.Attachments[1].Content) || !strings.HasPrefix(g.Files[0].Type, "text/calendar") || !strings.Contains(g.Files[0].Type, "method=REQUEST") {
		t.Errorf("files %+v", g.Files)
	}
	for line := range strings.SplitSeq(g.Body, "\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestParseServer(t *testing.T) {
	for in, want := range map[string]Server{
		"smtp://localhost:25":                     {Host: "localhost", Port: "25", TLS: "auto"},
		"smtp://mail.example.fr":                  {Host: "mail.example.fr", Port: "587", TLS: "auto"},
		"smtps://maison:p%40ss@mail.example.fr":   {Host: "mail.example.fr", Port: "465", User: "maison", Password: "p@ss", TLS: "implicit"},
		"smtp://a%40b.fr:x@[::1]:2525?tls=always": {Host: "::1", Port: "2525", User: "a@b.fr", Password: "x", TLS: "always"},
		"smtp://127.0.0.1:1025/?tls=never":        {Host: "127.0.0.1", Port: "1025", TLS: "never"},
	} {
		if got, err := ParseServer(in); err != nil || got != want {
			t.Errorf("ParseServer(%q) = %+v, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"": "il faut une adresse", "mail.example.fr:25": "il faut une adresse", "http://x.example": "il faut une adresse", "smtp://:25": "il faut une adresse",
		"smtp://x.example/chemin": "pas de chemin", "smtp://x.example?tls=oui": "tls=oui est inconnu", "smtp://x.example?starttls=always": "paramètre inconnu : starttls",
		"smtps://x.example?tls=never": "toujours chiffré", "smtp://maison@x.example": "un mot de passe", "smtp://x.example:0": "le port 0", "smtp://x.example:99999": "le port 99999",
		"smtp://maison:motdepasse@x example": "il faut une adresse",
	} {
		_, err := ParseServer(in)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "motdepasse") {
			t.Errorf("ParseServer(%q): %v, want %q", in, err, want)
		}
	}
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"Amina.Ben-Salah+x@Lys.FR": "Amina.Ben-Salah+x@lys.fr", "a@épicerie.example": "a@xn--picerie-9xa.example", "o'neil@lys.fr": "o'neil@lys.fr", "x@localhost": "x@localhost",
		"léa@lys.fr": "", "a b@lys.fr": "", `"a b"@lys.fr`: "", "a..b@lys.fr": "", ".a@lys.fr": "", "@lys.fr": "", "a@": "", "a": "", "a@b@lys.fr": "", "a@[127.0.0.1]": "", "a@lys..fr": "",
		"a@-lys.fr": "", "a@lys.fr\r\nx": "", "<a@lys.fr>": "", strings.Repeat("a", 65) + "@lys.fr": "", "a@" + strings.Repeat("a.", 130) + "fr": "",
	} {
		got, err := Address(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("Address(%q) = %q, %v, want %q", in, got, err, want)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	sink := mailtest.New(b, mailtest.Behaviour{}, nil)
	sender := NewSender(*serverOf(sink, "auto"))
	defer sender.Close()
	for b.Loop() {
		if err := sender.Send(context.Background(), sample()); err != nil {
			b.Fatal(err)
		}
	}
}
