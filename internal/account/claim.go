package account

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Refusals about claims.
var (
	ErrMember  = errors.New("already a member")         // claim.error.member
	ErrCode    = errors.New("not the code")             // claim.error.code
	ErrDomain  = errors.New("not at its domain")        // shown otherwise
	ErrNoTries = errors.New("no try left")              // claim.error.tries
	ErrDecided = errors.New("decided otherwise before") // claim.error.decided
	ErrReason  = errors.New("a refusal says why")       // claim.error.reason
)

// The states of a claim.
const (
	ClaimOpen      = "open"
	ClaimApproved  = "approved"
	ClaimRefused   = "refused"
	ClaimWithdrawn = "withdrawn"
)

// How it was shown that an establishment is somebody's.
const (
	ByLetter     = "letter"     // they typed the code of a letter sent to its address
	ByDecision   = "decision"   // a facilitator looked
	ByDomain     = "domain"     // their address is at a domain that it is known by
	ByMember     = "member"     // somebody who already speaks for it let them in
	ByProConnect = "proconnect" // the provider of identities says that they work there
)

// A Claim says that an establishment is somebody's.
type Claim struct {
	ID        string
	Person    string // id
	SIRET     register.SIRET
	Territory string
	State     string
	Proof     string
	Tries     int       // left for the code, when a letter was sent
	SentAt    time.Time // the letter; zero when none was
	DecidedAt time.Time
	DecidedBy string // id
	Reason    string
	CreatedAt time.Time
	code      string
}

// Object is what the table of permissions is asked of a claim.
func (c *Claim) Object() Object { return Object{SIRET: c.SIRET, Territory: c.Territory} }

// codeLetters are those of a code: none is taken for another, read or heard.
const (
	codeLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength  = 8
	codeTries   = 5
)

// newCode returns a code to be sent by letter: 39 bits, five tries.
func newCode() string {
	var b strings.Builder
	for b.Len() < codeLength {
		var c [1]byte
		rand.Read(c[:]) // never fails
		if int(c[0]) < 256/len(codeLetters)*len(codeLetters) {
			b.WriteByte(codeLetters[int(c[0])%len(codeLetters)])
		}
	}
	return b.String()
}

// readCode returns a code as it was sent, however it was typed.
func readCode(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, s)
	return s[:min(len(s), 2*codeLength)]
}

func digestCode(claim, code string) string {
	sum := sha256.Sum256([]byte(claim + " " + code))
	return hex.EncodeToString(sum[:])
}

// ClaimFirm says that an establishment is a person's. Said twice, it is one
// claim. It returns ErrMember when they already speak for it.
func (a *Accounts) ClaimFirm(ctx context.Context, by Actor, p *Person, s register.SIRET, territory string) (*Claim, error) {
	if slices.Contains(p.Memberships, s) {
		return nil, ErrMember
	}
	now := a.Clock.Now()
	var c *Claim
	err := a.DB.Write(ctx, func(t *db.Tx) (err error) {
		if c, err = openClaim(ctx, t, p.ID, s); !errors.Is(err, db.ErrNotFound) {
			return err
		}
		c = &Claim{ID: db.NewID(now), Person: p.ID, SIRET: s, Territory: territory, State: ClaimOpen, CreatedAt: now}
		if err := addClaim(ctx, t, c); err != nil {
			return err
		}
		if err := a.tellDeciders(ctx, t, c); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "claim.ask", Kind: "claim", Object: c.ID, By: by})
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return c, nil
}

// tellDeciders tells the facilitators who may decide a claim that it waits.
func (a *Accounts) tellDeciders(ctx context.Context, t *db.Tx, c *Claim) error {
	deciders, err := FacilitatorsIn(ctx, t, DecideClaims, c.Object())
	if err != nil {
		return err
	}
	for _, p := range deciders {
		if err := a.Send(ctx, t, Letter{Kind: "claim.ask", To: p.Mail, Person: p.ID, Language: p.Language, Claim: c}); err != nil {
			return err
		}
	}
	return nil
}

// FacilitatorsIn returns the facilitators who may do an act to an object, in
// the transaction of another act.
func FacilitatorsIn(ctx context.Context, t *db.Tx, act Act, o Object) ([]*Person, error) {
	ids, err := staffIDs(ctx, t)
	if err != nil {
		return nil, err
	}
	var list []*Person
	for _, id := range ids {
		p, err := personByID(ctx, t, id)
		if err != nil {
			return nil, err
		}
		if p.Is(Facilitator) && May(p, act, o) {
			list = append(list, p)
		}
	}
	return list, nil
}

// Claim returns a claim, or db.ErrNotFound.
func (a *Accounts) Claim(ctx context.Context, id string) (*Claim, error) {
	var c *Claim
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		c, err = claimByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim: %w", err)
	}
	return c, nil
}

// ClaimsOf returns the claims of a person, the latest first.
func (a *Accounts) ClaimsOf(ctx context.Context, person string) ([]*Claim, error) {
	return a.claims(ctx, "person = $1", person)
}

// OpenClaims returns the claims that wait, the oldest first.
func (a *Accounts) OpenClaims(ctx context.Context) ([]*Claim, error) {
	list, err := a.claims(ctx, "state = $1", ClaimOpen)
	slices.Reverse(list)
	return list, err
}

func (a *Accounts) claims(ctx context.Context, condition string, arg any) ([]*Claim, error) {
	var list []*Claim
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = claimsWhere(ctx, t, condition, arg)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	return list, nil
}

// LetterCode makes the code of a letter to the establishment's address. A
// letter sent again voids the code before. It returns ErrDecided when the
// claim is not open any more.
func (a *Accounts) LetterCode(ctx context.Context, by Actor, id string) (code string, c *Claim, err error) {
	now := a.Clock.Now()
	code = newCode()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		if c, err = claimByID(ctx, t, id); err != nil {
			return err
		}
		if c.State != ClaimOpen {
			return ErrDecided
		}
		c.code, c.Tries, c.SentAt = digestCode(c.ID, code), codeTries, now
		if err := changeClaim(ctx, t, c); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "claim.letter", Kind: "claim", Object: c.ID, By: by})
	})
	if err != nil {
		return "", nil, fmt.Errorf("letter: %w", err)
	}
	return code, c, nil
}

// IsCode reports whether a code is that of the letter last made for a claim:
// who made it may print it again.
func (c *Claim) IsCode(code string) bool {
	return c.State == ClaimOpen && c.code != "" && subtle.ConstantTimeCompare([]byte(digestCode(c.ID, readCode(code))), []byte(c.code)) == 1
}

// TypeCode opens an establishment to who claims it, by the code of a letter.
// A wrong one costs a try: ErrCode, then ErrNoTries, and another letter is
// needed.
func (a *Accounts) TypeCode(ctx context.Context, by Actor, id, typed string) (*Claim, error) {
	now := a.Clock.Now()
	var c *Claim
	var refused error
	err := a.DB.Write(ctx, func(t *db.Tx) (err error) {
		refused = nil
		if c, err = claimByID(ctx, t, id); err != nil {
			return err
		}
		switch {
		case c.State == ClaimApproved:
			return nil // typed twice
		case c.State != ClaimOpen:
			return ErrDecided
		case c.code == "" || c.Tries == 0:
			return ErrNoTries
		case c.IsCode(typed):
			return a.approve(ctx, t, by, c, ByLetter, "", now)
		}
		// The try must hold although it is refused.
		c.Tries--
		refused = ErrCode
		if c.Tries == 0 {
			c.code, refused = "", ErrNoTries
		}
		if err := changeClaim(ctx, t, c); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "claim.wrong_code", Kind: "claim", Object: c.ID, By: by})
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return c, fmt.Errorf("type code: %w", err)
	}
	return c, nil
}

// Approve lets who claims an establishment speak for it. Approved twice it is
// approved once; ErrDecided when it was refused or withdrawn before.
func (a *Accounts) Approve(ctx context.Context, by Actor, id, proof, reason string) (*Claim, error) {
	return a.decide(ctx, id, ClaimApproved, func(t *db.Tx, c *Claim, now time.Time) error {
		return a.approve(ctx, t, by, c, proof, reason, now)
	})
}

// Refuse ends a claim and says why. Refused twice it is refused once.
func (a *Accounts) Refuse(ctx context.Context, by Actor, id, reason string) (*Claim, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, ErrReason
	}
	return a.decide(ctx, id, ClaimRefused, func(t *db.Tx, c *Claim, now time.Time) error {
		c.State, c.Reason = ClaimRefused, reason
		return a.settle(ctx, t, by, c, "claim.refuse", now)
	})
}

// Withdraw ends a claim at the wish of who made it.
func (a *Accounts) Withdraw(ctx context.Context, by Actor, id string) (*Claim, error) {
	return a.decide(ctx, id, ClaimWithdrawn, func(t *db.Tx, c *Claim, now time.Time) error {
		c.State = ClaimWithdrawn
		return a.settle(ctx, t, by, c, "claim.withdraw", now)
	})
}

// decide ends an open claim; one that has ended the same way stays as it is.
func (a *Accounts) decide(ctx context.Context, id, state string, end func(*db.Tx, *Claim, time.Time) error) (*Claim, error) {
	now := a.Clock.Now()
	var c *Claim
	err := a.DB.Write(ctx, func(t *db.Tx) (err error) {
		if c, err = claimByID(ctx, t, id); err != nil {
			return err
		}
		switch c.State {
		case ClaimOpen:
			return end(t, c, now)
		case state:
			return nil
		}
		return ErrDecided
	})
	if err != nil {
		return nil, fmt.Errorf("decide a claim: %w", err)
	}
	return c, nil
}

func (a *Accounts) approve(ctx context.Context, t *db.Tx, by Actor, c *Claim, proof, reason string, now time.Time) error {
	c.State, c.Proof, c.Reason = ClaimApproved, proof, reason
	if err := addMembership(ctx, t, c.Person, c.SIRET, proof, now); err != nil {
		return err
	}
	return a.settle(ctx, t, by, c, "claim.approve", now)
}

// settle writes how a claim ended, and tells who made it unless they ended it
// themselves.
func (a *Accounts) settle(ctx context.Context, t *db.Tx, by Actor, c *Claim, act string, now time.Time) error {
	c.DecidedAt, c.DecidedBy, c.code, c.Tries = now, by.Who, "", 0
	if err := changeClaim(ctx, t, c); err != nil {
		return err
	}
	if by.Who != c.Person {
		p, err := personByID(ctx, t, c.Person)
		if err != nil {
			return err
		}
		if err := a.Send(ctx, t, Letter{Kind: act, To: p.Mail, Person: p.ID, Language: p.Language, Claim: c}); err != nil {
			return err
		}
	}
	return Record(ctx, t, now, Entry{Act: act, Kind: "claim", Object: c.ID, By: by})
}
