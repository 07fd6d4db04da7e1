package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// How long a link may be used.
const (
	sentFor  = 15 * time.Minute // sent by mail
	invited  = 7 * 24 * time.Hour
	shownFor = 24 * time.Hour // shown to who gives the account
)

// How often a link may be asked for.
const (
	linksPerMail = 5 // an hour
	linksPerHost = 30
	linkWindow   = time.Hour
)

// An AskedLink is what a visitor types to sign in.
type AskedLink struct {
	Mail     string
	Next     string // path to go on to
	Language string
	Host     string // address of the client, for the limit
}

// A link is one that signs in whoever holds it, once.
type link struct {
	token, next, language string
	mail                  Mail
	at, until             time.Time
	siret                 register.SIRET // of an invitation
	invitedBy             string
}

// AskLink sends a link to sign in with. It does the same for an address that
// has an account and for one that has none: an account is made when the link
// is used, so nobody learns who has one. It returns ErrMail for what is no
// address and ErrOften when too many were asked for.
func (a *Accounts) AskLink(ctx context.Context, q AskedLink) error {
	address, err := ParseMail(q.Mail)
	if err != nil {
		return err
	}
	now := a.Clock.Now()
	token := db.NewToken()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		for key, most := range map[string]int{"signin mail " + address.Key(): linksPerMail, "signin host " + q.Host: linksPerHost} {
			if err := attempt(ctx, t, key, most, linkWindow, now); err != nil {
				return err
			}
		}
		l := link{token: token, mail: address, next: SafeNext(q.Next), language: q.Language, at: now, until: now.Add(sentFor)}
		if err := addLink(ctx, t, l); err != nil {
			return err
		}
		person, err := idOfMail(ctx, t, address)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		return a.Send(ctx, t, Letter{Kind: "signin", To: address.String(), Person: person, Language: q.Language, Token: token, Until: l.until})
	})
	if err != nil {
		return fmt.Errorf("ask for a link: %w", err)
	}
	return nil
}

// invitesPerDay bounds how many a person may send.
const invitesPerDay = 10

// Invite lets an address speak for an establishment, by a link of a week. Who
// invites must speak for it. It returns ErrMail and ErrOften as AskLink does.
func (a *Accounts) Invite(ctx context.Context, by Actor, s register.SIRET, address, language string) error {
	m, err := ParseMail(address)
	if err != nil {
		return err
	}
	now := a.Clock.Now()
	token := db.NewToken()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		if err := attempt(ctx, t, "invite "+by.Who, invitesPerDay, 24*time.Hour, now); err != nil {
			return err
		}
		l := link{token: token, mail: m, next: "/mon-espace", language: language, at: now, until: now.Add(invited), siret: s, invitedBy: by.Who}
		if err := addLink(ctx, t, l); err != nil {
			return err
		}
		person, err := idOfMail(ctx, t, m)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err := a.Send(ctx, t, Letter{Kind: "membership.invite", To: m.String(), Person: person, Language: language, Token: token, Until: l.until, SIRET: s}); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "membership.invite", Kind: "establishment", Object: s.String(), By: by})
	})
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	return nil
}

// join makes who used an invitation one of the establishment's people, when
// who sent it still is.
func join(ctx context.Context, t *db.Tx, p *Person, l link, now time.Time) error {
	if l.siret == 0 {
		return nil
	}
	inviter, err := personByID(ctx, t, l.invitedBy)
	if errors.Is(err, db.ErrNotFound) || err == nil && !slices.Contains(inviter.Memberships, l.siret) {
		return nil // gone since: the link only signs in
	}
	if err != nil {
		return err
	}
	if err := addMembership(ctx, t, p.ID, l.siret, ByMember, now); err != nil {
		return err
	}
	p.Memberships = append(p.Memberships, l.siret)
	return Record(ctx, t, now, Entry{Act: "membership.join", Kind: "establishment", Object: l.siret.String(), By: Actor{Who: p.ID, For: l.invitedBy, Channel: Link}})
}

// Link returns the address that a link signs in, without using it, or ErrLink.
func (a *Accounts) Link(ctx context.Context, token string) (mail string, err error) {
	err = a.DB.Read(ctx, func(t *db.Tx) error {
		mail, err = usableLink(ctx, t, token, a.Clock.Now())
		return err
	})
	if errors.Is(err, db.ErrNotFound) {
		err = ErrLink
	}
	if err != nil {
		return "", fmt.Errorf("link: %w", err)
	}
	return mail, nil
}

// A Device is what a browser says of itself when it signs in.
type Device struct {
	Agent string // the header User-Agent
}

// An Entered is a sign-in that succeeded.
type Entered struct {
	Person *Person
	Token  string // of the session
	Until  time.Time
	Next   string // path to go on to
	First  bool   // the account was made by it
	// Claimed is the establishment that a provider says they work for; 0 is
	// none.
	Claimed register.SIRET
}

// Enter uses a link: once, and however many try at the same time. It returns
// ErrLink for one that was used, has run out or never was.
func (a *Accounts) Enter(ctx context.Context, token string, d Device) (*Entered, error) {
	now := a.Clock.Now()
	var e *Entered
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		l, err := useLink(ctx, t, token, now)
		if errors.Is(err, db.ErrNotFound) {
			return ErrLink
		}
		if err != nil {
			return err
		}
		p, made, err := findOrMake(ctx, t, l.mail, l.language, now)
		if err != nil {
			return err
		}
		if err := join(ctx, t, p, l, now); err != nil {
			return err
		}
		if made {
			if err := opened(ctx, t, p, Link, now); err != nil {
				return err
			}
		}
		if e, err = openSession(ctx, t, p, "link", Link, d, now); err != nil {
			return err
		}
		e.Next, e.First = l.next, made
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("enter: %w", err)
	}
	return e, nil
}

// opened records that somebody made an account by signing in.
func opened(ctx context.Context, t *db.Tx, p *Person, c Channel, now time.Time) error {
	return Record(ctx, t, now, Entry{Act: "account.open", Kind: "person", Object: p.ID, By: Actor{Who: p.ID, Channel: c}, Fields: Fields{"mail": p.Mail}}.About(p))
}

// openSession signs a person in.
func openSession(ctx context.Context, t *db.Tx, p *Person, method string, c Channel, d Device, now time.Time) (*Entered, error) {
	return openThis(ctx, t, newSession(p, method, d, now), p, c, now)
}

func openThis(ctx context.Context, t *db.Tx, s session, p *Person, c Channel, now time.Time) (*Entered, error) {
	if err := addSession(ctx, t, s); err != nil {
		return nil, err
	}
	if err := Record(ctx, t, now, Entry{Act: "session.open", Kind: "session", Object: s.id, By: Actor{Who: p.ID, Channel: c}}); err != nil {
		return nil, err
	}
	return &Entered{Person: p, Token: s.token, Until: s.until}, nil
}

// SafeNext returns a path of this site to go on to, empty for anything else:
// a link in a mail must not lead astray.
func SafeNext(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t\x00") || len(next) > 500 {
		return ""
	}
	return next
}
