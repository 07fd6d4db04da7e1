package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// What bounds the sending of mails.
const (
	dialTime = 15 * time.Second
	sendTime = 60 * time.Second // of one mail, from the connection to the answer
	idleTime = 20 * time.Second // that a connection waits for the next mail
	perConn  = 50               // mails over one connection: many servers take no more
	atOnce   = 4                // conversations at once: many servers take no more from one address
)

// A Sender sends mails to one server, several at once over connections that it
// keeps for a short while. It is safe for several goroutines.
type Sender struct {
	server Server
	turns  chan struct{}

	mu     sync.Mutex
	idle   []*conversation
	closed bool
}

// NewSender makes a Sender, to be closed.
func NewSender(s Server) *Sender { return &Sender{server: s, turns: make(chan struct{}, atOnce)} }

// A conversation is a connection on which the server knows the house.
type conversation struct {
	client *gomail.Client
	smtp   *smtp.Client
	conn   net.Conn // under it, closed when a context ends
	sent   int
	timer  *time.Timer // closes it when nothing more comes
}

// A Fault is why a mail did not go. Its Kind, which errors.Is finds, is
// ErrTemporary, ErrRefused or ErrConfig.
type Fault struct {
	Kind    error
	Code    int    // what the server answered; 0 when it did not
	Status  string // 5.1.1, where it gave one
	Address bool   // it refused the address, not the mail or the house
	cause   error
}

// Error may hold what the server said, which often names the address.
func (f *Fault) Error() string { return fmt.Sprintf("%v: %v", f.Kind, f.cause) }

// Unwrap returns the kind and the cause.
func (f *Fault) Unwrap() []error { return []error{f.Kind, f.cause} }

// Send sends a mail and returns when the server has taken it. Its error has
// one of the kinds of this package; where the server was spoken to it is a
// *Fault. What is sent again has the same Message-ID, so a mail that went
// though the connection broke before the answer is one mail to its reader.
func (s *Sender) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	msg, err := s.server.message(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-ctx.Done():
		return fmt.Errorf("wait for a connection: %w: %w", ErrTemporary, ctx.Err())
	}
	for {
		c := s.take()
		kept := c != nil
		if !kept {
			if c, err = s.dial(ctx); err != nil {
				return fmt.Errorf("reach the mail server: %w", err)
			}
		}
		err := c.send(ctx, msg)
		if err == nil || msg.IsDelivered() {
			s.keep(c)
			return nil
		}
		var answer *gomail.SendError
		if errors.As(err, &answer) && answer.Reason == gomail.ErrConnCheck && kept && ctx.Err() == nil {
			c.hangUp(false) // the server ended it while it waited; nothing was said yet
			continue
		}
		fault := sendFault(err)
		if fault.Address {
			s.keep(c)
		} else {
			c.hangUp(false)
		}
		return fmt.Errorf("send: %w", fault)
	}
}

// Close ends the connections that wait. Those that send end after it.
func (s *Sender) Close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.mu.Unlock()
	for _, c := range idle {
		c.timer.Stop()
		c.hangUp(true)
	}
}

// take returns a connection that waits, or nil.
func (s *Sender) take() *conversation {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.idle) == 0 {
		return nil
	}
	c := s.idle[len(s.idle)-1]
	s.idle = s.idle[:len(s.idle)-1]
	c.timer.Stop()
	return c
}

// keep lets a connection wait for the next mail.
func (s *Sender) keep(c *conversation) {
	s.mu.Lock()
	wait := !s.closed && c.sent < perConn
	if wait {
		s.idle = append(s.idle, c)
		c.timer = time.AfterFunc(idleTime, func() { s.drop(c) })
	}
	s.mu.Unlock()
	if !wait {
		c.hangUp(true)
	}
}

// drop ends a connection that still waits.
func (s *Sender) drop(c *conversation) {
	s.mu.Lock()
	waits := false
	for i, other := range s.idle {
		if other == c {
			s.idle, waits = append(s.idle[:i], s.idle[i+1:]...), true
			break
		}
	}
	s.mu.Unlock()
	if waits {
		c.hangUp(true)
	}
}

// dial begins a conversation. The connection is ours, since the library leaves
// it open where the greeting fails.
func (s *Sender) dial(ctx context.Context) (*conversation, error) {
	conn, err := s.server.open(ctx)
	if err != nil {
		return nil, dialFault(err)
	}
	c := &conversation{conn: conn}
	if c.client, err = s.server.client(func(context.Context, string, string) (net.Conn, error) { return conn, nil }); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if c.smtp, err = c.client.DialToSMTPClientWithContext(ctx); err != nil {
		_ = conn.Close() // what broke it is told
		return nil, dialFault(err)
	}
	return c, nil
}

// send says a mail; the end of ctx ends the connection.
func (c *conversation) send(ctx context.Context, msg *gomail.Msg) error {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.Close() })
	defer stop()
	c.sent++
	return c.client.SendWithSMTPClient(c.smtp, msg)
}

// hangUp ends a conversation; whatever is said now, mails have gone or not.
func (c *conversation) hangUp(politely bool) {
	if politely {
		_ = c.conn.SetDeadline(time.Now().Add(2 * time.Second))
		_ = c.smtp.Quit()
	}
	_ = c.conn.Close()
}

// dialFault tells what an operator must mend from what may pass.
func dialFault(err error) *Fault {
	f := &Fault{Kind: ErrTemporary, cause: err}
	var record tls.RecordHeaderError
	var unknown *tls.CertificateVerificationError
	var dns *net.DNSError
	var answer *textproto.Error
	switch {
	case errors.As(err, &record), errors.As(err, &unknown), errors.As(err, &dns) && dns.IsNotFound:
		f.Kind = ErrConfig
	case errors.Is(err, gomail.ErrNoSupportedAuthDiscovered), errors.Is(err, gomail.ErrPlainAuthNotSupported), errors.Is(err, smtp.ErrUnencrypted):
		f.Kind = ErrConfig
	case strings.Contains(err.Error(), "does not support"): // STARTTLS or AUTH; the library has no kind for them
		f.Kind = ErrConfig
	case errors.As(err, &answer):
		f.Code = answer.Code
		if answer.Code >= 500 {
			f.Kind = ErrConfig // the greeting, STARTTLS or AUTH was refused
		}
	}
	return f
}

// sendFault tells a refusal of the address from one of the mail, of the house,
// and from what may pass. A 5.7 before the text is said of who sends, not of
// who reads (RFC 3463, 3.8): no relaying, no right to this sender.
func sendFault(err error) *Fault {
	f := &Fault{Kind: ErrTemporary, cause: err}
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return f
	}
	f.Code, f.Status = e.ErrorCode(), e.EnhancedStatusCode()
	if f.Code < 500 {
		return f
	}
	signIn := f.Code == 530 || f.Code == 535 || f.Code == 538
	switch {
	case signIn, e.Reason == gomail.ErrSMTPMailFrom, e.Reason == gomail.ErrSMTPRcptTo && strings.HasPrefix(f.Status, "5.7."):
		f.Kind = ErrConfig
	default:
		f.Kind, f.Address = ErrRefused, e.Reason == gomail.ErrSMTPRcptTo
	}
	return f
}
