package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// How long the account of a member is kept unused: warned at 23 months, erased
// at 24, and never within a month of the warning. Staff keep theirs until
// their role is taken back.
const (
	warnedAfter = 23
	erasedAfter = 24
	noticeGiven = 28 * 24 * time.Hour
)

// Retain warns who has not been seen for 23 months and erases who has not been
// for 24 and was warned. It may be asked as often as one likes.
func (a *Accounts) Retain(ctx context.Context) error {
	now := a.Clock.Now()
	var warn, erase []string
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		if warn, err = unseen(ctx, t, now.AddDate(0, -warnedAfter, 0), `warned_at IS NULL`); err != nil {
			return err
		}
		erase, err = unseen(ctx, t, now.AddDate(0, -erasedAfter, 0), `warned_at <= $2`, db.Micros(now.Add(-noticeGiven)))
		return err
	})
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	for _, id := range warn {
		err := a.DB.Write(ctx, func(t *db.Tx) error {
			p, err := personByID(ctx, t, id)
			if errors.Is(err, db.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			if n, err := t.Exec(ctx, `UPDATE person SET warned_at = $2 WHERE id = $1 AND warned_at IS NULL`, id, db.Micros(now)); err != nil || n == 0 {
				return err // another node did
			}
			return a.Send(ctx, t, Letter{Kind: "account.unused", To: p.Mail, Person: p.ID, Language: p.Language, Until: now.AddDate(0, erasedAfter-warnedAfter, 0)})
		})
		if err != nil {
			return fmt.Errorf("retention: %w", err)
		}
	}
	for _, id := range erase {
		if err := a.Erase(ctx, Actor{Who: "retention", Channel: System}, id); err != nil && !errors.Is(err, db.ErrNotFound) {
			return fmt.Errorf("retention: %w", err)
		}
	}
	return nil
}

// unseen returns the members without a role who were last seen before a
// moment, and for whom a condition holds.
func unseen(ctx context.Context, t *db.Tx, before time.Time, condition string, args ...any) ([]string, error) {
	return db.All(ctx, t, func(r *db.Row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}, `
		SELECT id
		FROM person
		WHERE seen_at < $1 AND `+condition+`
			AND id NOT IN (SELECT person FROM person_role)
		ORDER BY id
		LIMIT 500`, append([]any{db.Micros(before)}, args...)...)
}

// Members returns who speaks for an establishment.
func (a *Accounts) Members(ctx context.Context, s register.SIRET) ([]*Person, error) {
	var list []*Person
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = MembersIn(ctx, t, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("members: %w", err)
	}
	return list, nil
}

// PersonIn is Person in the transaction of another act.
func PersonIn(ctx context.Context, t *db.Tx, id string) (*Person, error) {
	return personByID(ctx, t, id)
}

// MembersIn is Members in the transaction of another act.
func MembersIn(ctx context.Context, t *db.Tx, s register.SIRET) ([]*Person, error) {
	ids, err := memberIDs(ctx, t, s)
	if err != nil {
		return nil, err
	}
	var list []*Person
	for _, id := range ids {
		p, err := personByID(ctx, t, id)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

func memberIDs(ctx context.Context, t *db.Tx, s register.SIRET) ([]string, error) {
	return db.All(ctx, t, func(r *db.Row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}, `
		SELECT person
		FROM membership
		WHERE siret = $1
		ORDER BY since, person`, int64(s))
}
