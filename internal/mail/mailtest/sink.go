// Package mailtest runs a real mail server for tests: it keeps what it is
// sent, and refuses, defers or hangs up as it is told.
package mailtest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// A Received is a mail that a Sink took.
type Received struct {
	Greeting string // what the sender says it is called
	From     string // of the envelope
	To       []string
	Header   mail.Header
	Body     string // as it came
	TLS      bool
	User     string // signed in as

	Subject    string // decoded, as are Text, HTML and Files
	Text, HTML string
	Files      []File
}

// A File was attached to a mail.
type File struct {
	Name, Type string
	Content    []byte
}

// A Sink is a mail server on the loopback.
type Sink struct {
	Host, Port string
	mu         sync.Mutex
	mails      []Received
	behave     Behaviour
	talks      int
	hung       int
}

// A Behaviour is how a Sink treats what it is sent.
type Behaviour struct {
	Recipient func(to string) error // refuses an address: see Refuse and Defer
	Hang      bool                  // hangs up after the text, before it says that it took it
	Password  string                // must be given, when not empty
	Delay     time.Duration         // before it takes a text
	NeedTLS   bool                  // takes nothing before STARTTLS
	Implicit  bool                  // encrypted from the first byte; as New is told
	HangAfter int                   // hangs up, without a word, shortly after so many mails on one connection
}

// Refuse and Defer are answers to a recipient.
var (
	Refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	Relay  = &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "relay access denied"}
	Defer  = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 2, 0}, Message: "come back later"}
)

// New starts a Sink, stopped when the test ends. With a certificate it offers
// STARTTLS.
func New(t testing.TB, b Behaviour, certificate *tls.Certificate) *Sink {
	t.Helper()
	s := &Sink{behave: b}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.talks++
		return &session{sink: s, conn: c}, nil
	}))
	server.Domain, server.AllowInsecureAuth = "sink.example", true
	server.ReadTimeout, server.WriteTimeout = 10*time.Second, 10*time.Second
	server.ErrorLog = quiet{}
	if certificate != nil {
		server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if b.Implicit {
		l = tls.NewListener(l, server.TLSConfig)
	}
	var wait sync.WaitGroup
	wait.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close() // where the test ended before the server began
		wait.Wait()
	})
	s.Host, s.Port, _ = net.SplitHostPort(l.Addr().String())
	return s
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Mails returns what was taken so far.
func (s *Sink) Mails() []Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Received(nil), s.mails...)
}

// Talks returns how many conversations were begun; STARTTLS begins another.
func (s *Sink) Talks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.talks
}

// HungUp returns how many conversations were ended by HangAfter.
func (s *Sink) HungUp() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hung
}

// Behave changes how the Sink treats what comes.
func (s *Sink) Behave(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behave = b
}

func (s *Sink) behaviour() Behaviour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behave
}

type session struct {
	sink *Sink
	conn *smtp.Conn
	got  Received
	took int
}

func (s *session) AuthMechanisms() []string {
	if s.sink.behaviour().Password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != s.sink.behaviour().Password {
			return smtp.ErrAuthFailed
		}
		s.got.User = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if _, encrypted := s.conn.TLSConnectionState(); s.sink.behaviour().NeedTLS && !encrypted {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "STARTTLS first"}
	}
	if s.sink.behaviour().Password != "" && s.got.User == "" {
		return smtp.ErrAuthRequired
	}
	s.got.From = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if f := s.sink.behaviour().Recipient; f != nil {
		if err := f(to); err != nil {
			return err
		}
	}
	s.got.To = append(s.got.To, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	b := s.sink.behaviour()
	time.Sleep(b.Delay)
	m, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(m.Body)
	if err != nil {
		return err
	}
	if b.Hang {
		s.conn.Close()
		return errors.New("hung up")
	}
	_, encrypted := s.conn.TLSConnectionState()
	got := s.got
	if err := got.parse(m.Header, body); err != nil {
		return err
	}
	got.Greeting, got.Header, got.Body, got.TLS = s.conn.Hostname(), m.Header, strings.ReplaceAll(string(body), "\r\n", "\n"), encrypted
	s.sink.mu.Lock()
	s.sink.mails = append(s.sink.mails, got)
	s.sink.mu.Unlock()
	if s.took++; s.took == b.HangAfter {
		time.AfterFunc(20*time.Millisecond, func() {
			s.conn.Close()
			s.sink.mu.Lock()
			defer s.sink.mu.Unlock()
			s.sink.hung++
		})
	}
	return nil
}

func (s *session) Reset()        { s.got = Received{User: s.got.User} }
func (s *session) Logout() error { return nil }
