package account

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/openid"
	"passerelle/internal/register"
)

// Why an identity opens no account. Each carries the key of the page that
// tells it, as the errors of openid do.
var (
	ErrNoProvider    = errors.New("no provider of identities") // no such address
	ErrIdentityMail  = errors.New("its address is not shown to be theirs")
	ErrIdentityTaken = errors.New("another identity is joined")
)

// identityEntriesPerHost is how many times a client may be sent to the
// provider in an hour: an office has one address.
const identityEntriesPerHost = 120

// An Identity is who somebody is at a provider, as its person sees it.
type Identity struct {
	Issuer    string
	Subject   string
	CreatedAt time.Time
	SeenAt    time.Time
}

// An AskedIdentity is what is known of who is sent to the provider.
type AskedIdentity struct {
	Next     string // path to go on to
	Language string
	Host     string // address of the client, for the limit
	Person   string // id of who is signed in and joins an identity to their account; empty to sign in
}

// A trip is somebody at the provider.
type trip struct {
	Trip  openid.Trip
	Asked AskedIdentity
}

// BeginIdentity begins to sign in by the provider, or to join who one is there
// to an account: address is where to send the browser, token what it must
// bring back. It returns ErrOften for a client that begins too often, and the
// errors of openid.
func (a *Accounts) BeginIdentity(ctx context.Context, q AskedIdentity) (address, token string, err error) {
	if a.Provider == nil {
		return "", "", fmt.Errorf("begin by a provider: %w", ErrNoProvider)
	}
	now := a.Clock.Now()
	if err := a.DB.Write(ctx, func(t *db.Tx) error {
		return attempt(ctx, t, "identity "+q.Host, identityEntriesPerHost, time.Hour, now)
	}); err != nil {
		return "", "", fmt.Errorf("begin by a provider: %w", err)
	}
	there, address, err := a.Provider.Begin(ctx)
	if err == nil {
		q.Next, q.Host = SafeNext(q.Next), ""
		token, err = a.begin(ctx, "openid", trip{there, q})
	}
	if err != nil {
		return "", "", fmt.Errorf("begin by a provider: %w", err)
	}
	return address, token, nil
}

// A Return is what somebody comes back from the provider with.
type Return struct {
	Token  string     // what the browser was given
	Answer url.Values // the query of the address
	Person string     // id of who is signed in with the browser, empty for nobody
	Device Device
}

// EnterByIdentity ends what BeginIdentity began: once, and however many try at
// the same time. Who joins an identity to their account stays in the session
// they have: the answer has no token then. With an error, asked is what was
// asked, as far as it is known.
//
// It returns ErrCeremony, ErrIdentityMail for an address that the provider
// does not vouch for, ErrIdentityTaken when the account has another identity,
// or the identity another account, and the errors of openid.
func (a *Accounts) EnterByIdentity(ctx context.Context, r Return) (e *Entered, asked AskedIdentity, err error) {
	if a.Provider == nil {
		return nil, asked, fmt.Errorf("enter by a provider: %w", ErrNoProvider)
	}
	var began trip
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		if err := a.end(ctx, t, r.Token, "openid", &began); err != nil {
			return err
		}
		if !began.Trip.Fits(r.Answer) { // of another window: what was begun may still be ended
			return fmt.Errorf("%w: another state", openid.ErrAnswer)
		}
		return nil
	})
	asked = began.Asked
	if err == nil && asked.Person != "" && asked.Person != r.Person {
		err = ErrCeremony // whoever began has left
	}
	if err != nil {
		return nil, asked, fmt.Errorf("enter by a provider: %w", err)
	}
	// The code is exchanged outside of any transaction: it may take seconds.
	who, err := a.Provider.End(ctx, began.Trip, r.Answer)
	if err == nil {
		e, err = a.enterAs(ctx, who, asked, r.Device)
	}
	if err != nil {
		return nil, asked, fmt.Errorf("enter by a provider: %w", err)
	}
	return e, asked, nil
}

// enterAs opens a session to who somebody is, or joins it to their account.
func (a *Accounts) enterAs(ctx context.Context, who *openid.Identity, asked AskedIdentity, d Device) (*Entered, error) {
	claims, err := readClaims(who.Claims)
	if err != nil {
		return nil, err
	}
	now := a.Clock.Now()
	var e *Entered
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		p, made, err := a.recognise(ctx, t, who, asked, claims, now)
		if err != nil {
			return err
		}
		e = &Entered{Person: p}
		if asked.Person == "" {
			s := newSession(p, "proconnect", d, now)
			if e, err = openThis(ctx, t, s, p, Web, now); err != nil {
				return err
			}
			if err := keepIDToken(ctx, t, s.id, who.Token); err != nil {
				return err
			}
		}
		e.Next, e.First, e.Claimed = asked.Next, made, claims.siret
		return nil
	})
	return e, err
}

// recognise returns whose account an identity opens: the one it is joined to;
// else that of who is signed in; else the one of its address, made when there
// is none, if the provider vouches for the address and the account has no
// other identity there. An address alone, without that, would let whoever
// chooses it at the provider into somebody's account.
func (a *Accounts) recognise(ctx context.Context, t *db.Tx, who *openid.Identity, asked AskedIdentity, said claims, now time.Time) (p *Person, made bool, err error) {
	id, err := personOfIdentity(ctx, t, who.Issuer, who.Subject, now)
	switch {
	case err == nil && asked.Person != "" && id != asked.Person:
		return nil, false, ErrIdentityTaken
	case err == nil:
		p, err = personByID(ctx, t, id)
		return p, false, err
	case !errors.Is(err, db.ErrNotFound):
		return nil, false, err
	}
	if asked.Person != "" {
		p, err = personByID(ctx, t, asked.Person)
	} else {
		p, made, err = vouched(ctx, t, who, asked.Language, now)
	}
	if err != nil {
		return nil, false, err
	}
	by := Actor{Who: p.ID, Channel: Web}
	if made {
		if err := opened(ctx, t, p, Web, now); err != nil {
			return nil, false, err
		}
	}
	if err := addIdentity(ctx, t, who.Issuer, who.Subject, p.ID, now); err != nil {
		return nil, false, err
	}
	if err := nameFrom(ctx, t, by, p, said, now); err != nil {
		return nil, false, err
	}
	joined := Entry{Act: "identity.join", Kind: "person", Object: p.ID, By: by, Fields: Fields{"issuer": who.Issuer, "subject": who.Subject}}
	return p, made, Record(ctx, t, now, joined.About(p))
}

// vouched returns the person of an address that the provider vouches for.
func vouched(ctx context.Context, t *db.Tx, who *openid.Identity, language string, now time.Time) (*Person, bool, error) {
	m, err := ParseMail(who.Mail)
	if err != nil || !who.Verified {
		return nil, false, ErrIdentityMail
	}
	p, made, err := findOrMake(ctx, t, m, language, now)
	if err != nil {
		return nil, false, err
	}
	known, err := identitiesOf(ctx, t, p.ID)
	if err != nil {
		return nil, false, err
	}
	if slices.ContainsFunc(known, func(i Identity) bool { return i.Issuer == who.Issuer }) {
		return nil, false, ErrIdentityTaken
	}
	return p, made, nil
}

// nameFrom names who had no name yet.
func nameFrom(ctx context.Context, t *db.Tx, by Actor, p *Person, said claims, now time.Time) error {
	if p.GivenName+p.FamilyName != "" || said.given+said.family == "" {
		return nil
	}
	p.GivenName, p.FamilyName = said.given, said.family
	if err := changeNames(ctx, t, p.ID, Names{Given: p.GivenName, Family: p.FamilyName, Phone: p.Phone}); err != nil {
		return err
	}
	fields := Fields{"given_name": p.GivenName, "family_name": p.FamilyName}
	return Record(ctx, t, now, Entry{Act: "account.names", Kind: "person", Object: p.ID, By: by, Fields: fields}.About(p))
}

// claims are what a provider says of somebody.
type claims struct {
	given, family string
	siret         register.SIRET // 0 for none
}

// readClaims reads them: of a SIRET that is none, nothing is kept.
func readClaims(read func(v any) error) (claims, error) {
	var said struct {
		Given  any `json:"given_name"`
		Usual  any `json:"usual_name"`
		Family any `json:"family_name"`
		SIRET  any `json:"siret"`
	}
	if err := read(&said); err != nil {
		return claims{}, fmt.Errorf("%w: %w", openid.ErrAnswer, err)
	}
	text := func(v any) string { s, _ := v.(string); return cleanName(s) }
	c := claims{given: text(said.Given), family: text(said.Usual)}
	if c.family == "" {
		c.family = text(said.Family)
	}
	if s, err := register.ParseSIRET(text(said.SIRET)); err == nil {
		c.siret = s
	}
	return c, nil
}

// Identities returns who a person is at providers, the oldest first.
func (a *Accounts) Identities(ctx context.Context, person string) ([]Identity, error) {
	var list []Identity
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = identitiesOf(ctx, t, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("identities: %w", err)
	}
	return list, nil
}

// RemoveIdentities parts a person from who they are at providers: they enter
// by other ways.
func (a *Accounts) RemoveIdentities(ctx context.Context, by Actor, person string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		n, err := removeIdentities(ctx, t, person)
		if err != nil || n == 0 {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "identity.remove", Kind: "person", Object: person, By: by})
	})
	if err != nil {
		return fmt.Errorf("remove identities: %w", err)
	}
	return nil
}

// Farewell returns where to send a browser whose session ends, so that it ends
// at the provider too; empty when it did not begin there, or cannot be.
func (a *Accounts) Farewell(ctx context.Context, session string) (address string, err error) {
	if a.Provider == nil {
		return "", nil
	}
	var token string
	err = a.DB.Read(ctx, func(t *db.Tx) error {
		token, err = idTokenOf(ctx, t, session)
		return err
	})
	if errors.Is(err, db.ErrNotFound) || err == nil && token == "" {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("leave a provider: %w", err)
	}
	return a.Provider.LeaveURL(ctx, token), nil
}

// ShowByIdentity lets a person speak for an establishment that the provider
// says they work for. Those who already do are told. Where a claim of theirs has
// ended before, by a refusal or because they left since, it stays so: signing
// in again does not undo what somebody decided.
func (a *Accounts) ShowByIdentity(ctx context.Context, by Actor, p *Person, s register.SIRET, territory string) error {
	if slices.Contains(p.Memberships, s) {
		return nil
	}
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		before, err := claimsWhere(ctx, t, "person = $1 AND siret = $2", p.ID, int64(s))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(before, func(c *Claim) bool { return c.State != ClaimOpen }) {
			return nil
		}
		if len(before) == 0 {
			c := &Claim{ID: db.NewID(now), Person: p.ID, SIRET: s, Territory: territory, State: ClaimOpen, CreatedAt: now}
			if err := addClaim(ctx, t, c); err != nil {
				return err
			}
			if err := Record(ctx, t, now, Entry{Act: "claim.ask", Kind: "claim", Object: c.ID, By: by}); err != nil {
				return err
			}
			before = append(before, c)
		}
		return a.admit(ctx, t, by, before[0], ByProConnect, now)
	})
	if err != nil {
		return fmt.Errorf("claim by a provider: %w", err)
	}
	return nil
}
