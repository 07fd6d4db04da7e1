// Package mail writes, keeps, sends and receives the mails of a house.
//
// A Letter says what a mail says; Compose makes its text and its HTML. An
// Outbox takes it in the transaction of the act it tells of and sends it when
// its class allows: an answer at once, what asks something in working hours
// and once a week, the rest in one digest. A Sender sends over SMTP to the
// server of the operator; a Bounce signs the address that refusals come back
// to. A Listener takes answers and refusals from that server, and Read makes
// values of them. The package knows nothing of any subject, and it is the only
// one that speaks SMTP.
//
// Its one difficulty is that a mail cannot be unsent, and that what comes in
// is not to be believed: what is sent twice must be seen as one mail, what is
// refused must stop, what one address holds up must not hold up the next, and
// no mail that arrives may make the house write to somebody it did not choose.
// docs/mail.md says how.
package mail

import (
	"errors"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// A Message is a mail, composed.
type Message struct {
	ID          string // its Message-ID is made of it: letters, digits, dots and dashes
	From        string // address
	FromName    string
	To          string // address
	ToName      string `json:",omitempty"`
	ReplyTo     string `json:",omitempty"`
	Envelope    string `json:",omitempty"` // where a refusal goes; From when empty
	InReplyTo   string `json:",omitempty"` // Message-ID of the mail it answers, without brackets
	Subject     string
	Text        string
	HTML        string
	Letter      *Letter      `json:",omitempty"` // in the place of Subject, Text and HTML, which are made of it when it goes
	Unsubscribe string       `json:",omitempty"` // address that takes a POST (RFC 8058), with all but answers
	Auto        Auto         `json:",omitempty"` // generated when empty
	Attachments []Attachment `json:",omitempty"`
	Date        time.Time    // of the act
}

// An Auto says to other machines who made a mail (RFC 3834), so that they do
// not answer one that no person wrote.
type Auto string

// Who made a mail.
const (
	Generated Auto = "auto-generated" // the house, by itself
	Replied   Auto = "auto-replied"   // the house, in answer to a mail
	Person    Auto = "no"             // a person, whose words the house passes on
)

// An Attachment is a file that goes with a mail.
type Attachment struct {
	Name    string
	Type    string // text/calendar; method=CANCEL, application/pdf
	Content []byte
}

// maxAttached is how much a mail may carry, in bytes: with base64 this stays
// under the 10 MB that the narrowest boxes take.
const maxAttached = 7 << 20

// Kinds of failures.
var (
	// ErrTemporary says that sending may succeed later.
	ErrTemporary = errors.New("not sent yet")
	// ErrRefused says that the mail will never be taken.
	ErrRefused = errors.New("refused for good")
	// ErrConfig says that the server of the house refuses it: a wrong password
	// or a missing certificate.
	ErrConfig = errors.New("the mail server refuses the house")
)

// safeID is what may stand in a Message-ID before its @.
var safeID = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$`)

// check refuses a message that could say something to a server or a reader
// that it should not.
func (m *Message) check() error {
	for name, s := range map[string]string{
		"FromName": m.FromName, "ToName": m.ToName, "Subject": m.Subject, "Unsubscribe": m.Unsubscribe, "InReplyTo": m.InReplyTo,
	} {
		if strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("%s holds a control character: %w", name, ErrRefused)
		}
	}
	for name, s := range map[string]string{"From": m.From, "To": m.To, "ReplyTo": m.ReplyTo, "Envelope": m.Envelope} {
		if s == "" && name != "From" && name != "To" {
			continue
		}
		if _, err := Address(s); err != nil {
			return fmt.Errorf("%s: %w: %w", name, err, ErrRefused)
		}
	}
	switch {
	case m.Subject == "" || m.Text == "":
		return fmt.Errorf("a mail without subject or text: %w", ErrRefused)
	case !safeID.MatchString(m.ID):
		return fmt.Errorf("a mail with an id that no Message-ID takes: %w", ErrRefused)
	case m.Auto != "" && m.Auto != Generated && m.Auto != Replied && m.Auto != Person:
		return fmt.Errorf("a mail made by %q: %w", m.Auto, ErrRefused)
	case m.InReplyTo != "" && (strings.ContainsAny(m.InReplyTo, "<> ") || len(m.InReplyTo) > maxAddress):
		return fmt.Errorf("a mail that answers no Message-ID: %w", ErrRefused)
	}
	if err := m.checkAttachments(); err != nil {
		return err
	}
	return m.checkUnsubscribe()
}

func (m *Message) checkAttachments() error {
	size := 0
	for _, a := range m.Attachments {
		if _, _, err := mime.ParseMediaType(a.Type); err != nil || strings.ContainsFunc(a.Type, unicode.IsControl) {
			return fmt.Errorf("attachment of type %q: %w", a.Type, ErrRefused)
		}
		if a.Name == "" || strings.ContainsFunc(a.Name, unicode.IsControl) || strings.ContainsAny(a.Name, `/\"`) {
			return fmt.Errorf("attachment named %q: %w", a.Name, ErrRefused)
		}
		size += len(a.Content)
	}
	if size > maxAttached {
		return fmt.Errorf("attachments of %d bytes, the most is %d: %w", size, maxAttached, ErrRefused)
	}
	return nil
}

// checkUnsubscribe refuses what would let the header say more than an address.
func (m *Message) checkUnsubscribe() error {
	if m.Unsubscribe == "" {
		return nil
	}
	u, err := url.Parse(m.Unsubscribe)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.ContainsAny(m.Unsubscribe, "<>, ") {
		return fmt.Errorf("the address to unsubscribe is not whole: %w", ErrRefused)
	}
	for _, r := range m.Unsubscribe {
		if r > unicode.MaxASCII {
			return fmt.Errorf("the address to unsubscribe is not ASCII: %w", ErrRefused)
		}
	}
	return nil
}

// CleanName returns a name without what hurts delivery in a sender's: marks
// that filters take for a forged address.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if hidden(r) || unicode.IsControl(r) || strings.ContainsRune(`@:,;<>"\()[]`, r) {
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
