package mail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A desk takes mails for amina and keeps them.
type desk struct {
	mu   sync.Mutex
	got  []Received
	fail error
}

func (d *desk) handle(_ context.Context, m Received) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail == nil {
		d.got = append(d.got, m)
	}
	return d.fail
}

// listening starts a Listener and returns its address.
func listening(t *testing.T, d *desk) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &Listener{Domain: "reponse.example", MaxBytes: 100_000, Handle: d.handle, Known: func(_ context.Context, a string) (bool, error) {
		if a == "later@reponse.example" {
			return false, errors.New("the database is away")
		}
		return strings.HasPrefix(a, "amina"), nil
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

// say speaks to a server line by line; each line that begins with < is what
// its answer must begin with.
func say(t *testing.T, address string, talk ...string) {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for i, line := range talk {
		want, answer := strings.CutPrefix(line, "<")
		if !answer {
			if _, err := c.Write([]byte(strings.ReplaceAll(line, "\n", "\r\n") + "\r\n")); err != nil {
				t.Fatalf("%d: %v", i, err)
			}
			continue
		}
		var got strings.Builder
		for {
			s, err := r.ReadString('\n')
			if err != nil {
				t.Fatalf("after %.60q: %v", talk[max(i-1, 0)], err)
			}
			got.WriteString(s)
			if len(s) > 3 && s[3] == ' ' {
				break
			}
		}
		if lines := got.String(); !strings.HasPrefix(lines, want) {
			t.Errorf("after %.60q: %q, want %q", talk[max(i-1, 0)], lines, want)
		}
	}
}

func TestListener(t *testing.T) {
	d := &desk{}
	at := listening(t, d)
	say(t, at, "<220 reponse.example", "EHLO mx.example", "<250-", "MAIL FROM:<jean@lys.fr>", "<250",
		"RCPT TO:<nobody@reponse.example>", "<550 5.1.1", "RCPT TO:<amina@elsewhere.example>", "<550 5.1.1", "RCPT TO:<amina%elsewhere.example@reponse.example>", "<250",
		"RSET", "<250", "MAIL FROM:<jean@lys.fr>", "<250", "RCPT TO:<later@reponse.example>", "<451", "RCPT TO:<Amina-1@REPONSE.example>", "<250", "DATA", "<354",
		"From: Jean <jean@lys.fr>\nSubject: Re: visite\n\nOui.\n..\nÀ jeudi.\n\nLe 23/11/2026 à 09:00, x a écrit :\n> y\n.", "<250", "QUIT", "<221")
	if len(d.got) != 1 {
		t.Fatalf("%d mails", len(d.got))
	}
	if m := d.got[0]; m.Envelope != "jean@lys.fr" || len(m.To) != 1 || m.To[0] != "amina-1@reponse.example" || m.From != "jean@lys.fr" || m.Answer != "Oui.\n.\nÀ jeudi." || m.Auto {
		t.Errorf("received %+v", m)
	}
	say(t, at, "<220", "EHLO x", "<250-", "MAIL FROM:<>", "<250", "RCPT TO:<amina@reponse.example>", "<250", "DATA", "<354", "Subject: x\n\nx\n.", "<250")
	if len(d.got) != 2 || !d.got[1].Auto || d.got[1].Envelope != "" {
		t.Errorf("a refusal: %+v", d.got[1:])
	}
}

func TestListenerRefuses(t *testing.T) {
	d := &desk{}
	at := listening(t, d)
	hello := []string{"<220", "EHLO x", "<250-", "MAIL FROM:<a@lys.fr>", "<250", "RCPT TO:<amina@reponse.example>", "<250", "DATA", "<354"}
	say(t, at, append(hello, "Subject: x\n\n"+strings.Repeat("0123456789\n", 20_000)+".", "<552", "NOOP", "<250")...)
	say(t, at, "<220", "EHLO x", "<250-", "MAIL FROM:<a@lys.fr> SIZE=100001", "<552", "AUTH PLAIN AGEAYg==", "<523")
	say(t, at, append(hello, strings.Repeat("Received: by x\n", maxHops+1)+"\nx\n.", "<554 5.4.6")...)
	say(t, at, append(hello, "Subject: "+strings.Repeat(strings.Repeat("x", 900)+"\n ", 80)+"\n\nx\n.", "<554 5.6.0")...)
	many := hello[:7:7]
	for i := range listenRecipients - 1 {
		many = append(many, fmt.Sprintf("RCPT TO:<amina%d@reponse.example>", i), "<250")
	}
	say(t, at, append(many, "RCPT TO:<amina-more@reponse.example>", "<452")...)
	d.mu.Lock()
	d.fail = errors.New("the disk is full")
	d.mu.Unlock()
	say(t, at, append(hello, "Subject: x\n\nx\n.", "<451")...)
	if len(d.got) != 0 {
		t.Errorf("%d mails were taken", len(d.got))
	}
}

// What the house sends, it can take: the parts of this package understand each
// other.
func TestListenerTakesWhatIsSent(t *testing.T) {
	d := &desk{}
	host, port, err := net.SplitHostPort(listening(t, d))
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{Host: host, Port: port, TLS: "auto", Domain: "passerelle.example"}
	m := sample()
	m.To, m.Auto = "amina@reponse.example", Person
	if err := server.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if g := d.got[0]; g.Subject != m.Subject || g.Text != strings.TrimSpace(m.Text) || g.MessageID != m.ID+"@passerelle.example" || g.Auto || !g.Date.Equal(m.Date) {
		t.Errorf("received %+v", g)
	}
	m.To = "gone@reponse.example"
	if err := server.Send(t.Context(), m); !errors.Is(err, ErrRefused) {
		t.Errorf("an unknown address: %v", err)
	}
}

// The house closes though somebody holds the line.
func TestListenerCloses(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Listener{Domain: "reponse.example"}).Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := bufio.NewReader(c).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(2 * listenGrace):
		t.Error("it does not close")
	}
}
