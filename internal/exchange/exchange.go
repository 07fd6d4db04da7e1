// Package exchange lets establishments find what they need of each other: needs
// and offers that go to those who may answer them, purchases that are pooled,
// and introductions, by which one asks to meet another.
//
// It holds what they write to each other and says when somebody is to be asked,
// reminded or left alone; it ranks nobody (match does), counts no cooperation
// (lead does), composes no mail and knows no page. What goes to whom it hands,
// one reader at a time and in the transaction of the act, to functions that app
// joins.
//
// Its one difficulty is tact. Whoever is asked is asked once, by one mail, and
// may answer by one press, without an account; a refusal ends it for good;
// silence is waited for, broken once, and then told to a facilitator, who sees
// that it is silent and never what was said. And no address goes from one side to
// the other before both have agreed: what each then shows is what each chose.
package exchange

import (
	"context"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A Recipient is somebody who reads the mails of an establishment.
type Recipient struct {
	Key      string // whose mail budget it counts in: the id of a person, or a contact's
	Mail     string
	Language string
	Member   bool // has an account
}

// mostRecipients is how many people of one establishment get a mail.
const mostRecipients = 9

// Recipients returns whom to write to about an establishment: its people, else
// those whom facilitators know there and who did not say no.
func Recipients(ctx context.Context, t *db.Tx, s register.SIRET) ([]Recipient, error) {
	members, err := account.MembersIn(ctx, t, s)
	if err != nil {
		return nil, err
	}
	var list []Recipient
	for _, m := range members {
		list = append(list, Recipient{Key: m.ID, Mail: m.Mail, Language: m.Language, Member: true})
	}
	if len(list) > 0 {
		return list[:min(len(list), mostRecipients)], nil
	}
	known, err := contact.Writable(ctx, t, s)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, c := range known {
		if !seen[c.Mail] {
			seen[c.Mail] = true
			list = append(list, Recipient{Key: ContactKey(c), Mail: c.Mail, Language: "fr"})
		}
	}
	return list[:min(len(list), mostRecipients)], nil
}

// ContactKey is whose mail budget the mails to somebody without account count
// in.
func ContactKey(c *contact.Contact) string { return contactKey + c.ID }

const contactKey = "contact-"

// ContactID returns the id of the contact whose key it is, false for a
// person's.
func ContactID(key string) (string, bool) { return strings.CutPrefix(key, contactKey) }
