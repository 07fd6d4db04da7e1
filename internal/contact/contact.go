package contact

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/fold"
	"passerelle/internal/place"
	"passerelle/internal/register"
)

// Refusals.
var (
	ErrObjected = errors.New("this person asked not to be kept") // contact.error.objected
	ErrNobody   = errors.New("nothing to reach them by")         // contact.error.nobody
)

// A Consent is what somebody answered when asked whether we may write.
type Consent int

// The answers.
const (
	Refused  Consent = -1
	NotAsked Consent = 0
	Given    Consent = 1
)

// A Contact is somebody facilitators know, who has no account.
type Contact struct {
	ID         string
	SIRET      register.SIRET // 0: none, or not known yet
	Firm       string         // as it was written
	Commune    string         // as it was written
	Territory  string         // slug; empty where it cannot be told
	GivenName  string
	FamilyName string
	Role       string // at the firm
	Mail       string
	Phone      string // several are parted by " / "
	Consent    Consent
	Token      string // of the link by which they object
	CreatedAt  time.Time
	ChangedAt  time.Time
	Member     bool     // somebody with this address has an account
	Origins    []Origin // those that who asks may see, the latest first
	Answers    []Answer // on Consent, the last first
}

// An Origin is where a facilitator has a contact from. It has a scope, as
// notes have: an institution need not show the other its own files.
type Origin struct {
	Author      string // id of a person
	Institution account.Institution
	Scope       account.Scope
	Source      string
	Since       clock.Day // empty where it is not known
	Note        string
	ChangedAt   time.Time
}

// Object is what the table of permissions is asked of an origin.
func (o Origin) Object(territory string) account.Object {
	return account.Object{Person: o.Author, Territory: territory, Scope: o.Scope, Institution: o.Institution}
}

// Object is what the table of permissions is asked of a contact for somebody:
// contacts are common and lie in a territory, and who brought one keeps it.
func (c *Contact) Object(who *account.Person) account.Object {
	o := account.Object{Territory: c.Territory}
	if slices.ContainsFunc(c.Origins, func(o Origin) bool { return o.Author == who.ID }) {
		o.Person = who.ID
	}
	return o
}

// Name returns how a contact is called; the firm where no name is known.
func (c *Contact) Name() string {
	if name := strings.TrimSpace(c.GivenName + " " + c.FamilyName); name != "" {
		return name
	}
	if c.Firm != "" {
		return c.Firm
	}
	return c.Mail
}

// MayWrite reports whether a mail may go to a contact at all.
func (c *Contact) MayWrite() bool { return c.Mail != "" && c.Consent != Refused }

// Contacts are those of a house.
type Contacts struct {
	DB        *db.DB
	Clock     clock.Clock
	Directory *directory.Directory
	Places    *place.Atlas
	Secret    []byte // of the house: digests who objected
	// Warn sends the mail that tells a contact that they are kept, a month
	// before they are forgotten; nil tells nobody.
	Warn func(ctx context.Context, t *db.Tx, c *Contact) error
	// Objected ends elsewhere what waits for somebody who is forgotten at their
	// wish, in the transaction of that act; nil ends nothing.
	Objected func(ctx context.Context, t *db.Tx, c *Contact) error
	// Gone lets the rest of the house drop what waits for a contact, in the
	// transaction that forgets them; nil has nothing to drop.
	Gone func(ctx context.Context, t *db.Tx, c *Contact) error
}

// Contacts returns the contacts that a facilitator looks after, by name; words
// leaves those that do not have them all.
func (cs *Contacts) Contacts(ctx context.Context, who *account.Person, words string) ([]*Contact, error) {
	var list []*Contact
	err := cs.DB.Read(ctx, func(t *db.Tx) error {
		all, err := allContacts(ctx, t)
		if err != nil {
			return err
		}
		if err := errors.Join(withOrigins(ctx, t, who, all), withAnswers(ctx, t, all)); err != nil {
			return err
		}
		want := fold.Words(words)
		list = slices.DeleteFunc(all, func(c *Contact) bool {
			return !account.May(who, account.KeepContacts, c.Object(who)) || !has(c, want)
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("contacts: %w", err)
	}
	return list, nil
}

// AllIn returns every contact of the house with all origins, in the
// transaction of another act, which shows them only as the table of permissions
// has it.
func (cs *Contacts) AllIn(ctx context.Context, t *db.Tx) ([]*Contact, error) {
	all, err := allContacts(ctx, t)
	if err != nil {
		return nil, err
	}
	return all, withOrigins(ctx, t, nil, all)
}

// KnownIn returns a contact with every origin, in the transaction of another
// act: for a mail to them, who may know where each comes from.
func KnownIn(ctx context.Context, t *db.Tx, id string) (*Contact, error) {
	c, err := contactByID(ctx, t, id)
	if err != nil {
		return nil, err
	}
	return c, withOrigins(ctx, t, nil, []*Contact{c})
}

// A Reach is what somebody is known by when no name is kept.
type Reach struct{ Mail, Phone string }

// ObjectionsIn returns, in the transaction of another act, what tells whether
// one of some addresses, or the numbers without one, asked not to be kept.
func (cs *Contacts) ObjectionsIn(ctx context.Context, t *db.Tx, of []Reach) (objected func(mail, phone string) bool, err error) {
	var digests []string
	for _, r := range of {
		for _, key := range reaches(r.Mail, r.Phone) {
			digests = append(digests, cs.digest(key))
		}
	}
	known, err := objectionsAmong(ctx, t, digests)
	if err != nil {
		return nil, err
	}
	return func(mail, phone string) bool {
		return slices.ContainsFunc(reaches(mail, phone), func(key string) bool { return known[cs.digest(key)] })
	}, nil
}

// has reports whether each of some folded words begins a word of a contact.
func has(c *Contact, want []string) bool {
	if len(want) == 0 {
		return true
	}
	text := " " + fold.Key(strings.Join([]string{c.GivenName, c.FamilyName, c.Firm, c.Commune, c.Role, c.Mail, c.Phone}, " "))
	for _, w := range want {
		if !strings.Contains(text, " "+w) {
			return false
		}
	}
	return true
}

// Contact returns a contact with the origins that somebody may see, or
// db.ErrNotFound when there is none that they look after.
func (cs *Contacts) Contact(ctx context.Context, who *account.Person, id string) (*Contact, error) {
	var c *Contact
	err := cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		if c, err = contactByID(ctx, t, id); err != nil {
			return err
		}
		if err := errors.Join(withOrigins(ctx, t, who, []*Contact{c}), withAnswers(ctx, t, []*Contact{c})); err != nil {
			return err
		}
		if !account.May(who, account.KeepContacts, c.Object(who)) {
			return db.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	return c, nil
}

// Writable returns, in the transaction of another act, those of an
// establishment to whom a mail may go, the first known first.
func Writable(ctx context.Context, t *db.Tx, s register.SIRET) ([]*Contact, error) {
	list, err := contactsWhere(ctx, t, "siret = $1", int64(s))
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(c *Contact) bool { return !c.MayWrite() })
	slices.SortFunc(list, func(a, b *Contact) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// Remove forgets a contact.
func (cs *Contacts) Remove(ctx context.Context, by account.Actor, id string) error {
	now := cs.Clock.Now()
	err := cs.DB.Write(ctx, func(t *db.Tx) error {
		c, err := contactByID(ctx, t, id)
		if err != nil {
			return err
		}
		if err := cs.gone(ctx, t, c); err != nil {
			return err
		}
		if err := removeContact(ctx, t, id); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "contact.remove", Kind: "contact", Object: id, By: by})
	})
	if err == nil {
		err = cs.DB.Flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("remove contact: %w", err)
	}
	return nil
}

// Reached returns a contact who answered something themselves, for whom they
// answered: without origins. It is db.ErrNotFound for one that is forgotten, or
// to whom no mail may go.
func (cs *Contacts) Reached(ctx context.Context, id string) (*Contact, error) {
	var c *Contact
	err := cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		c, err = contactByID(ctx, t, id)
		return err
	})
	if err == nil && !c.MayWrite() {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	return c, nil
}

// ByToken returns the contact of a link, or db.ErrNotFound.
func (cs *Contacts) ByToken(ctx context.Context, token string) (*Contact, error) {
	var c *Contact
	err := cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		c, err = contactByToken(ctx, t, token)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("contact: %w", err)
	}
	return c, nil
}

// Of returns what is kept of an address, with every origin: for the person
// themselves, who may know where each comes from.
func (cs *Contacts) Of(ctx context.Context, address string) ([]*Contact, error) {
	m, err := account.ParseMail(address)
	if err != nil {
		return nil, err
	}
	var list []*Contact
	err = cs.DB.Read(ctx, func(t *db.Tx) error {
		if list, err = contactsWhere(ctx, t, "mail_key = $1", m.Key()); err != nil {
			return err
		}
		return errors.Join(withOrigins(ctx, t, nil, list), withAnswers(ctx, t, list))
	})
	if err != nil {
		return nil, fmt.Errorf("contacts of a person: %w", err)
	}
	return list, nil
}

// Objects forgets a contact who asks for it, by the link of a mail or by a
// facilitator, and keeps a digest of the address: no file brings them back.
func (cs *Contacts) Objects(ctx context.Context, by account.Actor, c *Contact) error {
	now := cs.Clock.Now()
	err := cs.DB.Write(ctx, func(t *db.Tx) error {
		if err := cs.object(ctx, t, c.reaches(), now); err != nil {
			return err
		}
		return cs.forgetHere(ctx, t, by, c)
	})
	if err == nil {
		err = cs.DB.Flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("objection: %w", err)
	}
	return nil
}

// forgetHere forgets a contact who objects, and what waits for them.
func (cs *Contacts) forgetHere(ctx context.Context, t *db.Tx, by account.Actor, c *Contact) error {
	if err := cs.gone(ctx, t, c); err != nil {
		return err
	}
	if err := removeContact(ctx, t, c.ID); err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if cs.Objected != nil {
		if err := cs.Objected(ctx, t, c); err != nil {
			return err
		}
	}
	return account.Record(ctx, t, cs.Clock.Now(), account.Entry{Act: "contact.object", Kind: "contact", Object: c.ID, By: by})
}

// gone tells the rest of the house that a contact is being forgotten.
func (cs *Contacts) gone(ctx context.Context, t *db.Tx, c *Contact) error {
	if cs.Gone == nil {
		return nil
	}
	return cs.Gone(ctx, t, c)
}

// object notes that what somebody is reached by is not to be kept.
func (cs *Contacts) object(ctx context.Context, t *db.Tx, keys []string, now time.Time) error {
	if len(cs.Secret) == 0 {
		return errors.New("contacts have no secret to keep an objection with")
	}
	for _, key := range keys {
		if err := addObjection(ctx, t, cs.digest(key), now); err != nil {
			return err
		}
	}
	return nil
}

// reaches returns what somebody is known by when no name is kept: the address,
// or the numbers without one.
func reaches(mail, phone string) []string {
	if m, err := account.ParseMail(mail); err == nil {
		return []string{m.Key()}
	}
	var keys []string
	for number := range strings.SplitSeq(phone, " / ") {
		if number != "" {
			keys = append(keys, number)
		}
	}
	return keys
}

// reaches returns what a contact is known by when no name is kept: the address
// or the numbers, and the firm to which a letter under their name would go.
func (c *Contact) reaches() []string {
	keys := reaches(c.Mail, c.Phone)
	if c.byLetter() {
		keys = append(keys, "letter "+c.SIRET.String()+" "+fold.Key(c.GivenName+" "+c.FamilyName))
	}
	return keys
}

// byLetter reports whether a letter would find them: somebody by name, at a
// firm.
func (c *Contact) byLetter() bool { return c.SIRET != 0 && c.GivenName+c.FamilyName != "" }

// reached reports whether there is any way to them.
func (c *Contact) reached() bool { return c.Mail != "" || c.Phone != "" || c.byLetter() }

func (cs *Contacts) digest(key string) string {
	h := hmac.New(sha256.New, cs.Secret)
	h.Write([]byte("objection " + key))
	return hex.EncodeToString(h.Sum(nil))
}

// Forget forgets, in the transaction that erases a person, what facilitators
// knew of them before they had an account, and every file that waits.
func (cs *Contacts) Forget(ctx context.Context, t *db.Tx, p *account.Person) error {
	m, err := account.ParseMail(p.Mail)
	if err != nil {
		return err
	}
	now := cs.Clock.Now()
	if err := cs.object(ctx, t, reaches(p.Mail, ""), now); err != nil {
		return err
	}
	return forgetMail(ctx, t, m.Key())
}

// How long a contact is kept after the last act on them: told at 23 months,
// forgotten at 24, as the accounts of members are.
const (
	warnedAfter = 23
	keptFor     = 24
	noticeGiven = 28 * 24 * time.Hour
	importsKept = 24 * time.Hour
)

// Retain tells and forgets those whom nobody has touched for two years, and
// drops files that wait since a day. It may be asked as often as one likes.
func (cs *Contacts) Retain(ctx context.Context) error {
	now := cs.Clock.Now()
	err := cs.DB.Write(ctx, func(t *db.Tx) error {
		if err := dropImports(ctx, t, now.Add(-importsKept)); err != nil {
			return err
		}
		warn, err := untouched(ctx, t, now.AddDate(0, -warnedAfter, 0))
		if err != nil {
			return err
		}
		if err := withOrigins(ctx, t, nil, warn); err != nil {
			return err
		}
		for _, c := range warn {
			if cs.Warn != nil && c.MayWrite() {
				if err := cs.Warn(ctx, t, c); err != nil {
					return err
				}
			}
			if err := warned(ctx, t, c.ID, now); err != nil {
				return err
			}
		}
		return forgetOld(ctx, t, now.AddDate(0, -keptFor, 0), now.Add(-noticeGiven))
	})
	if err != nil {
		return fmt.Errorf("retention of contacts: %w", err)
	}
	return nil
}
