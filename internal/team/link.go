package team

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Link returns what the address in a mail carries, by which a firm answers
// without account. reader is the id of the person or the contact it is sent
// to, so that it is known who answered.
func (ps *Projects) Link(id string, s register.SIRET, reader string) string {
	return strings.Join([]string{id, s.String(), reader, ps.mark(id, s, reader)}, ".")
}

// ByLink returns the team, the firm and the reader of a link, or
// db.ErrNotFound.
func (ps *Projects) ByLink(ctx context.Context, token string) (*Project, register.SIRET, string, error) {
	part := strings.Split(token, ".")
	if len(part) != 4 || len(ps.Secret) == 0 {
		return nil, 0, "", db.ErrNotFound
	}
	s, err := register.ParseSIRET(part[1])
	if err != nil || !hmac.Equal([]byte(part[3]), []byte(ps.mark(part[0], s, part[2]))) {
		return nil, 0, "", db.ErrNotFound
	}
	p, err := ps.Project(ctx, part[0])
	if err == nil && p.Place(s) == nil {
		err = db.ErrNotFound
	}
	return p, s, part[2], err
}

// mark is 128 bits of an HMAC: nobody makes one for somebody else.
func (ps *Projects) mark(id string, s register.SIRET, reader string) string {
	h := hmac.New(sha256.New, ps.Secret)
	fmt.Fprintf(h, "team %s %s %s", id, s, reader)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}
