package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// A Server is the one that takes the mails of a house.
type Server struct {
	Host, Port     string
	User, Password string
	TLS            string      // auto, always, never, or implicit
	Domain         string      // what it is told the house is called; the machine's name is never told
	Trust          *tls.Config // nil: what the machine trusts
}

// sendTime bounds one conversation.
const sendTime = 60 * time.Second

// Send sends a mail. Its error is of one of the kinds of this package. What is
// sent again has the same Message-ID.
func (s *Server) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return err
	}
	msg, err := s.message(m)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(s.Port)
	if err != nil {
		return fmt.Errorf("port %q: %w", s.Port, ErrConfig)
	}
	o := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(sendTime), gomail.WithHELO(s.Domain)}
	switch s.TLS {
	case "implicit":
		o = append(o, gomail.WithSSL())
	case "always":
		o = append(o, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case "never":
		o = append(o, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		o = append(o, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	}
	if s.User != "" {
		kind := gomail.SMTPAuthAutoDiscover
		if s.TLS == "never" {
			kind = gomail.SMTPAuthPlainNoEnc // the operator asked for it: a server on the same machine
		}
		o = append(o, gomail.WithSMTPAuth(kind), gomail.WithUsername(s.User), gomail.WithPassword(s.Password))
	}
	if s.Trust != nil {
		o = append(o, gomail.WithTLSConfig(s.Trust))
	}
	c, err := gomail.NewClient(s.Host, o...)
	if err != nil {
		return fmt.Errorf("mail server: %w: %w", ErrConfig, err)
	}
	ctx, cancel := context.WithTimeout(ctx, sendTime)
	defer cancel()
	conn, err := c.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("reach the mail server: %w: %w", dialFault(err), err)
	}
	defer s.hangUp(c, conn)
	if err := c.SendWithSMTPClient(conn, msg); err != nil {
		return fmt.Errorf("send: %w: %w", sendFault(err), err)
	}
	return nil
}

// hangUp ends a conversation; the mail has gone or not, whatever is said now.
func (s *Server) hangUp(c *gomail.Client, conn *smtp.Client) { _ = c.CloseWithSMTPClient(conn) }

// dialFault tells what cannot be cured by waiting from what can.
func dialFault(err error) error {
	var record tls.RecordHeaderError
	var unknown *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case errors.As(err, &record), errors.As(err, &unknown), errors.As(err, &dns) && dns.IsNotFound:
		return ErrConfig
	case errors.Is(err, gomail.ErrNoSupportedAuthDiscovered), errors.Is(err, gomail.ErrPlainAuthNotSupported):
		return ErrConfig
	case strings.Contains(err.Error(), "does not support"): // STARTTLS or AUTH; the library has no kind for them
		return ErrConfig
	}
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return ErrConfig // the greeting, STARTTLS or AUTH was refused
	}
	return ErrTemporary
}

// sendFault tells a refusal of the address from what may pass.
func sendFault(err error) error {
	var e *gomail.SendError
	if !errors.As(err, &e) {
		return ErrTemporary
	}
	switch code := e.ErrorCode(); {
	case code >= 500 && e.Reason == gomail.ErrSMTPRcptTo:
		return ErrRefused
	case code >= 500 && e.Reason == gomail.ErrSMTPMailFrom:
		return ErrConfig
	case code >= 500:
		return ErrRefused // of its content
	}
	return ErrTemporary
}

// message writes a mail as it goes over the wire.
func (s *Server) message(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	envelope := m.Envelope
	if envelope == "" {
		envelope = m.From
	}
	if err := errors.Join(msg.EnvelopeFrom(envelope), msg.FromFormat(CleanName(m.FromName), m.From), msg.AddToFormat(CleanName(m.ToName), m.To)); err != nil {
		return nil, fmt.Errorf("address: %w: %w", ErrRefused, err)
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("address: %w: %w", ErrRefused, err)
		}
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.ID + "@" + s.Domain)
	msg.SetDateWithValue(m.Date.UTC())
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	if m.Unsubscribe != "" {
		msg.SetGenHeader("List-Unsubscribe", "<"+m.Unsubscribe+">")
		msg.SetGenHeader("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	return msg, nil
}
