package mail

import (
	"bytes"
	"errors"
	"fmt"

	gomail "github.com/wneessen/go-mail"
)

// agent is who made the mail; the library would name itself.
const agent = "Passerelle"

// message writes a mail as it goes over the wire.
func (s *Server) message(m Message) (*gomail.Msg, error) {
	domain, err := Domain(s.Domain)
	if err != nil {
		return nil, fmt.Errorf("domain of mails %q: %w: %w", s.Domain, err, ErrConfig)
	}
	msg := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	if m.Envelope == "" {
		m.Envelope = m.From
	}
	for _, a := range []*string{&m.From, &m.To, &m.ReplyTo, &m.Envelope} {
		if *a == "" {
			continue
		}
		if *a, err = Address(*a); err != nil {
			return nil, fmt.Errorf("address: %w: %w", ErrRefused, err)
		}
	}
	if err := errors.Join(msg.EnvelopeFrom(m.Envelope), msg.FromFormat(CleanName(m.FromName), m.From), msg.AddToFormat(CleanName(m.ToName), m.To)); err != nil {
		return nil, fmt.Errorf("address: %w: %w", ErrRefused, err)
	}
	if m.ReplyTo != "" {
		if err := msg.ReplyTo(m.ReplyTo); err != nil {
			return nil, fmt.Errorf("address: %w: %w", ErrRefused, err)
		}
	}
	msg.Subject(m.Subject)
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetDateWithValue(m.Date.UTC())
	s.headers(msg, m)
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}
	for _, a := range m.Attachments {
		if err := msg.AttachReader(a.Name, bytes.NewReader(a.Content), gomail.WithFileContentType(gomail.ContentType(a.Type))); err != nil {
			return nil, fmt.Errorf("attachment %s: %w: %w", a.Name, ErrRefused, err)
		}
	}
	return msg, nil
}

// headers sets what machines read. docs/mail.md has the table.
func (s *Server) headers(msg *gomail.Msg, m Message) {
	msg.SetGenHeader(gomail.HeaderUserAgent, agent)
	if m.Auto == "" {
		m.Auto = Generated
	}
	msg.SetGenHeader("Auto-Submitted", string(m.Auto))
	if m.Auto != Person {
		msg.SetGenHeader("X-Auto-Response-Suppress", "All") // Exchange, which does not read the line above
	}
	if m.InReplyTo != "" {
		msg.SetGenHeaderPreformatted("In-Reply-To", "<"+m.InReplyTo+">")
		msg.SetGenHeaderPreformatted("References", "<"+m.InReplyTo+">")
	}
	if m.Unsubscribe != "" {
		// Not folded nor encoded: both must be signed and read as they are.
		msg.SetGenHeaderPreformatted("List-Unsubscribe", "<"+m.Unsubscribe+">")
		msg.SetGenHeaderPreformatted("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")
	}
}
