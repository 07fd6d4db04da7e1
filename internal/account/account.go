// Package account knows people: who they are, what they may do, and who did
// what for whom.
//
// It signs people in without passwords, by a link sent to their address, a key
// of their device, or a provider that knows them; it
// holds their sessions, their roles and the establishments they speak for, and
// the record of every act that changed something. Permission is one table, in
// permission.go: nothing else in the house decides who may do what. It sends
// no mail and knows no page.
//
// Its one difficulty is to forget. What says who somebody is stands in one row
// of one table; everything else, the record of acts first of all, knows an id
// and salted digests, so that erasing the row erases the person while the
// record still proves that nothing was taken out of it.
package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/openid"
	"passerelle/internal/register"
)

// Refusals. Each carries the key of the message that tells it.
var (
	ErrMail     = errors.New("not a mail address")          // account.error.mail
	ErrLink     = errors.New("the link cannot be used")     // account.error.link
	ErrOften    = errors.New("asked too often")             // account.error.often
	ErrSession  = errors.New("not signed in")               // account.error.session
	ErrDenied   = errors.New("not allowed")                 // account.error.denied
	ErrOperator = errors.New("the last operator must stay") // account.error.operator
)

// A Person is somebody with an account.
type Person struct {
	ID          string
	Mail        string
	GivenName   string
	FamilyName  string
	Phone       string
	Language    string // fr or en
	CreatedAt   time.Time
	SeenAt      time.Time
	Duties      []Duty           // ascending by role
	Territories []string         // of a facilitator, slugs; none is all
	Memberships []register.SIRET // ascending
	salt        []byte
}

// Name returns how the person is called, the mail where no name is known.
func (p *Person) Name() string {
	switch {
	case p.GivenName != "" && p.FamilyName != "":
		return p.GivenName + " " + p.FamilyName
	case p.GivenName+p.FamilyName != "":
		return p.GivenName + p.FamilyName
	}
	return p.Mail
}

// Is reports whether the person has a role; everyone is a visitor, and whoever
// has an account is a member.
func (p *Person) Is(r Role) bool {
	switch {
	case r == Visitor:
		return true
	case p == nil:
		return false
	case r == Member:
		return true
	}
	return slices.ContainsFunc(p.Duties, func(d Duty) bool { return d.Role == r })
}

// Staff reports whether the person works for the house or one of its
// institutions.
func (p *Person) Staff() bool { return p != nil && len(p.Duties) > 0 }

// Institution returns the one a person works for, empty without one.
func (p *Person) Institution() Institution {
	for _, d := range p.Duties {
		if d.Institution != "" {
			return d.Institution
		}
	}
	return ""
}

// NamedIn reports whether a text tells who a person is: their name, address or
// telephone. A family name of fewer than four letters may be a word.
func (p *Person) NamedIn(text string) bool {
	text = strings.ToLower(text)
	told := []string{p.Mail, p.Phone}
	if p.GivenName != "" && p.FamilyName != "" {
		told = append(told, p.GivenName+" "+p.FamilyName)
	}
	if utf8.RuneCountInString(p.FamilyName) > 3 {
		told = append(told, p.FamilyName)
	}
	return slices.ContainsFunc(told, func(s string) bool { return s != "" && strings.Contains(text, strings.ToLower(s)) })
}

// A Duty is a role given to a person, for an institution where the role has
// one.
type Duty struct {
	Role        Role
	Institution Institution
}

// Accounts are the people of a house.
type Accounts struct {
	DB    *db.DB
	Clock clock.Clock
	Ring  *Ring // nil: no passkeys
	// Provider says who somebody is; nil: none is asked.
	Provider *openid.Provider
	// Send takes a mail in the transaction of the act it tells of, so that it
	// goes exactly when the act holds.
	Send func(ctx context.Context, t *db.Tx, l Letter) error
	// Forget forgets a person elsewhere, in the transaction that erases them.
	Forget []func(ctx context.Context, t *db.Tx, p *Person) error
	// Moves take what is known of an establishment elsewhere to the one that
	// took it over, in the transaction that moves its people.
	Moves []func(ctx context.Context, t *db.Tx, from, to register.SIRET) error
	// Ends end elsewhere what an establishment had under way that closed and
	// that nobody took over, in the transaction that tells its people.
	Ends []func(ctx context.Context, t *db.Tx, of register.SIRET) error
	// Leaves end elsewhere what an establishment had under way with others when
	// the last who spoke for it leaves, in the same transaction.
	Leaves []func(ctx context.Context, t *db.Tx, by Actor, s register.SIRET) error
	// Territory tells where an establishment lies, empty where it is not known;
	// nil: nowhere.
	Territory func(s register.SIRET) string
}

// A Letter is a mail of this package, to be written in the reader's language.
type Letter struct {
	Kind     string // signin, or the act it tells of
	To       string
	Person   string // id, empty when the address has no account yet
	Language string
	Token    string // what the link in it carries
	Until    time.Time
	SIRET    register.SIRET // of membership.invite, membership.join, membership.leave, firm.succeed, firm.close and firm.left
	Proof    string         // of membership.join: ByDomain or ByProConnect
	// Successor is who took SIRET over, of firm.succeed.
	Successor register.SIRET
	Activity  *Activity // of activity.say and activity.arrive
	Claim     *Claim    // of claim.ask, claim.approve and claim.refuse
}

// Person returns the person of an id, or db.ErrNotFound.
func (a *Accounts) Person(ctx context.Context, id string) (*Person, error) {
	var p *Person
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		p, err = personByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("person: %w", err)
	}
	return p, nil
}

// Add gives an address an account and a duty, or adds the duty to the account
// it has, and returns a link to sign in with, which is shown by who adds it
// and not sent.
func (a *Accounts) Add(ctx context.Context, by Actor, n NewPerson) (token string, err error) {
	address, err := ParseMail(n.Mail)
	if err != nil {
		return "", err
	}
	if err := n.Duty.check(); n.Duty.Role != "" && err != nil {
		return "", err
	}
	now := a.Clock.Now()
	token = db.NewToken()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		p, made, err := findOrMake(ctx, t, address, n.Language, now)
		if err != nil {
			return err
		}
		fields := Fields{}
		if made {
			fields["mail"] = address.String()
		}
		if n.Duty.Role != "" && n.Duty.Role != Member {
			if err := giveDuty(ctx, t, p.ID, n.Duty, now); err != nil {
				return err
			}
			fields["role"], fields["institution"] = string(n.Duty.Role), string(n.Duty.Institution)
		}
		for _, slug := range n.Territories {
			if err := giveTerritory(ctx, t, p.ID, slug); err != nil {
				return err
			}
			fields["territory"] += slug + " "
		}
		if err := addLink(ctx, t, link{token: token, mail: address, language: p.Language, at: now, until: now.Add(shownFor)}); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "account.add", Kind: "person", Object: p.ID, By: by, Fields: fields}.About(p))
	})
	if err != nil {
		return "", fmt.Errorf("add %s: %w", address.Hidden(), err)
	}
	return token, nil
}

// Staff returns everyone who has a role, by their address.
func (a *Accounts) Staff(ctx context.Context) ([]*Person, error) {
	var list []*Person
	err := a.DB.Read(ctx, func(t *db.Tx) error {
		ids, err := staffIDs(ctx, t)
		if err != nil {
			return err
		}
		list = list[:0]
		for _, id := range ids {
			p, err := personByID(ctx, t, id)
			if err != nil {
				return err
			}
			list = append(list, p)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("staff: %w", err)
	}
	return list, nil
}

// Revoke takes a role back and ends the sessions that had it. It returns
// db.ErrNotFound when the person has not got it, and ErrOperator for the last
// operator.
func (a *Accounts) Revoke(ctx context.Context, by Actor, address string, r Role) error {
	m, err := ParseMail(address)
	if err != nil {
		return err
	}
	now := a.Clock.Now()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		p, err := findPerson(ctx, t, "mail_key = $1", m.Key())
		if err != nil {
			return err
		}
		if err := takeDuty(ctx, t, p.ID, r); err != nil {
			return err
		}
		if r == Operator {
			n, err := operators(ctx, t)
			if err != nil {
				return err
			}
			if n == 0 {
				return ErrOperator
			}
		}
		if err := endOthers(ctx, t, p.ID, ""); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "account.revoke", Kind: "person", Object: p.ID, By: by, Fields: Fields{"role": string(r)}}.About(p))
	})
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	return nil
}

// A NewPerson is who Add gives an account.
type NewPerson struct {
	Mail        string
	Language    string // fr when empty
	Duty        Duty   // none for a member
	Territories []string
}
