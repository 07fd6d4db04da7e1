package account

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
)

// Erase forgets a person: who they are, their roles, sessions, memberships,
// claims and links. What other subjects know of them is forgotten by Forget,
// in the same transaction. The record of acts keeps their id, which leads
// nowhere; a tombstone lets a backup forget them again. ErrOperator keeps the
// last operator.
func (a *Accounts) Erase(ctx context.Context, by Actor, id string) error {
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		p, err := a.erase(ctx, t, by, id)
		if err != nil {
			return err
		}
		if p.Is(Operator) {
			if n, err := operators(ctx, t); err != nil || n == 0 {
				return errors.Join(err, ErrOperator)
			}
		}
		return nil
	})
	if err == nil {
		err = a.DB.Flush(ctx)
	}
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	return nil
}

func (a *Accounts) erase(ctx context.Context, t *db.Tx, by Actor, id string) (*Person, error) {
	now := a.Clock.Now()
	p, err := personByID(ctx, t, id)
	if err != nil {
		return nil, err
	}
	for _, forget := range a.Forget {
		if err := forget(ctx, t, p); err != nil {
			return nil, err
		}
	}
	if err := erasePerson(ctx, t, p, now); err != nil {
		return nil, err
	}
	for _, s := range p.Memberships {
		if err := a.left(ctx, t, by, s, now); err != nil {
			return nil, err
		}
	}
	return p, Record(ctx, t, now, Entry{Act: "account.erase", Kind: "person", Object: id, By: by})
}

// erasePerson removes the row of a person, and with it all that refers to it,
// and what else holds their address.
func erasePerson(ctx context.Context, t *db.Tx, p *Person, now time.Time) error {
	m, err := ParseMail(p.Mail)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte("signin mail " + m.Key()))
	for _, q := range []struct {
		query string
		arg   any
	}{
		{`DELETE FROM signin_link WHERE mail_key = $1`, m.Key()},
		{`DELETE FROM attempt WHERE key = $1`, hex.EncodeToString(sum[:])},
		{`DELETE FROM person WHERE id = $1`, p.ID},
	} {
		if _, err := t.Exec(ctx, q.query, q.arg); err != nil {
			return err
		}
	}
	return addErasure(ctx, t, Erasure{p.ID, now})
}

// How long what is of no more use is kept.
const (
	linksKept    = 24 * time.Hour
	attemptsKept = 24 * time.Hour
)

// Tidy removes what has run out: links, sessions, counts of tries.
func (a *Accounts) Tidy(ctx context.Context) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		for _, q := range []struct {
			query  string
			before time.Time
		}{
			{`DELETE FROM signin_link WHERE expires_at < $1`, now.Add(-linksKept)},
			{`DELETE FROM session WHERE expires_at < $1`, now},
			{`DELETE FROM ceremony WHERE expires_at < $1`, now},
			{`DELETE FROM attempt WHERE since < $1`, now.Add(-attemptsKept)},
		} {
			if _, err := t.Exec(ctx, q.query, db.Micros(q.before)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("tidy accounts: %w", err)
	}
	return nil
}
