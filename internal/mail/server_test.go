package mail

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
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
		"List-Unsubscribe": "", "List-Unsubscribe-Post": "", "User-Agent": "", "X-Mailer": "",
	} {
		if got := g.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if s, err := new(mime.WordDecoder).DecodeHeader(g.Header.Get("Subject")); err != nil || s != m.Subject {
		t.Errorf("subject %q, %v", s, err)
	}
	text, page := parts(t, g)
	if text != m.Text || page != m.HTML {
		t.Errorf("text %.80q, HTML %q", text, page)
	}
	if h := got[1].Header; h.Get("List-Unsubscribe") != "<"+m.Unsubscribe+">" || h.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Errorf("unsubscribe: %q %q", h.Get("List-Unsubscribe"), h.Get("List-Unsubscribe-Post"))
	}
}

// parts reads the two parts of a mail.
func parts(t *testing.T, r mailtest.Received) (text, page string) {
	t.Helper()
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(strings.NewReader(r.Body), params["boundary"])
	for {
		p, err := reader.NextRawPart()
		if err == io.EOF {
			return text, page
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			page = string(b)
		} else {
			text = string(b)
		}
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
	cert, pool := selfMade(t)
	sink := mailtest.New(t, mailtest.Behaviour{}, &cert)
	for how, encrypted := range map[string]bool{"auto": true, "always": true, "never": false} {
		server := serverOf(sink, how)
		server.Trust = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12}
		if err := server.Send(t.Context(), sample()); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if got := sink.Mails(); got[len(got)-1].TLS != encrypted {
			t.Errorf("%s: encrypted %t", how, !encrypted)
		}
	}
	stranger := serverOf(sink, "always")
	if err := stranger.Send(t.Context(), sample()); !errors.Is(err, ErrConfig) {
		t.Errorf("a certificate nobody knows: %v", err)
	}
}

// selfMade returns a certificate for the loopback.
func selfMade(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func TestSendAtOnce(t *testing.T) {
	sink := mailtest.New(t, mailtest.Behaviour{}, nil)
	server := serverOf(sink, "auto")
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 5 {
				m := sample()
				m.ID = fmt.Sprintf("m%d-%d", i, j)
				if err := server.Send(context.Background(), m); err != nil {
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
	if len(ids) != 40 {
		t.Errorf("%d different mails", len(ids))
	}
}
