package profile

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// ConfirmToken returns what a link in a mail to a person carries, so that one
// press confirms what an establishment says, without signing in. It is of no
// use once somebody has confirmed, or when the person speaks for it no more.
func (p *Profiles) ConfirmToken(ctx context.Context, s register.SIRET, person string) (string, error) {
	found, err := p.Profile(ctx, s)
	if err != nil {
		return "", err
	}
	return person + "." + p.mark(s, person, db.Micros(found.ConfirmedAt)), nil
}

// mark is 128 bits of an HMAC: nobody makes one for somebody else.
func (p *Profiles) mark(s register.SIRET, person string, confirmed int64) string {
	h := hmac.New(sha256.New, p.Secret)
	fmt.Fprintf(h, "confirm %s %s %d", s, person, confirmed)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// Confirmer returns the person that a link was made for, or db.ErrNotFound for
// one of no use. members are those who speak for the establishment now.
func (p *Profiles) Confirmer(ctx context.Context, s register.SIRET, token string, members []*account.Person) (*account.Person, error) {
	found, err := p.Profile(ctx, s)
	if err != nil {
		return nil, err
	}
	id, mark, _ := strings.Cut(token, ".")
	if len(p.Secret) == 0 || !hmac.Equal([]byte(mark), []byte(p.mark(s, id, db.Micros(found.ConfirmedAt)))) { // in constant time
		return nil, db.ErrNotFound
	}
	at := slices.IndexFunc(members, func(m *account.Person) bool { return m.ID == id })
	if at < 0 {
		return nil, db.ErrNotFound
	}
	return members[at], nil
}
