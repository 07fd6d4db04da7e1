// Package mail writes, keeps, sends and receives the mails of a house.
//
// A Letter says what a mail says; Compose makes its text and its HTML. An
// Outbox takes it in the transaction of the act it tells of and sends it when
// its class allows: an answer at once, what asks something in working hours
// and once a week, the rest in one digest. A Server sends over SMTP. The
// package knows nothing of any subject, and it is the only one that speaks
// SMTP.
//
// Its one difficulty is that a mail cannot be unsent: what is sent twice must
// be seen as one mail, what is refused must stop, and what one address holds
// up must not hold up the next.
package mail

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"
)

// A Message is a mail, composed.
type Message struct {
	ID          string // its Message-ID is made of it
	From        string // address
	FromName    string
	To          string // address
	ToName      string `json:",omitempty"`
	ReplyTo     string `json:",omitempty"`
	Envelope    string `json:",omitempty"` // where a refusal goes; From when empty
	Subject     string
	Text        string
	HTML        string
	Unsubscribe string    `json:",omitempty"` // address that takes a POST (RFC 8058), with all but answers
	Date        time.Time // of the act
}

// Kinds of failures.
var (
	// ErrTemporary says that sending may succeed later.
	ErrTemporary = errors.New("not sent yet")
	// ErrRefused says that the address will never take it.
	ErrRefused = errors.New("refused for good")
	// ErrConfig says that the server of the house refuses it: a wrong password
	// or a missing certificate.
	ErrConfig = errors.New("the mail server refuses the house")
)

// check refuses a message that could say something to a server or a reader
// that it should not.
func (m *Message) check() error {
	for name, s := range map[string]string{
		"From": m.From, "FromName": m.FromName, "To": m.To, "ToName": m.ToName, "ReplyTo": m.ReplyTo, "Envelope": m.Envelope,
		"Subject": m.Subject, "Unsubscribe": m.Unsubscribe, "ID": m.ID,
	} {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("%s holds a control character: %w", name, ErrRefused)
		}
	}
	for name, s := range map[string]string{"From": m.From, "To": m.To} {
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			return fmt.Errorf("%s is not an address: %w", name, ErrRefused)
		}
	}
	if m.ID == "" || m.Subject == "" || m.Text == "" {
		return fmt.Errorf("a mail without id, subject or text: %w", ErrRefused)
	}
	return nil
}

// CleanName returns a name without what hurts delivery in a sender's: marks
// that filters take for a forged address.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`@:,;<>"\()[]`, r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
