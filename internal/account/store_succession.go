package account

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

func spokenFor(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT siret FROM membership
		UNION
		SELECT siret FROM claim WHERE state = 'open'
		UNION
		SELECT siret FROM firm_end
		ORDER BY siret`)
}

// markEnd notes an ending, and reports whether that is news: it was not known,
// or not known who took over.
func markEnd(ctx context.Context, t *db.Tx, s Succession, now time.Time) (bool, error) {
	n, err := t.Exec(ctx, `
		INSERT INTO firm_end (siret, successor, at)
		VALUES ($1, $2, $3)
		ON CONFLICT (siret) DO UPDATE SET successor = excluded.successor, at = excluded.at
			WHERE firm_end.successor = 0 AND excluded.successor <> 0`, int64(s.From), int64(s.To), db.Micros(now))
	return n > 0, err
}

// successorOf returns who took over an establishment, 0 for nobody.
func successorOf(ctx context.Context, t *db.Tx, s register.SIRET) (register.SIRET, error) {
	var to int64
	err := t.One(ctx, []any{&to}, `SELECT successor FROM firm_end WHERE siret = $1`, int64(s))
	if errors.Is(err, db.ErrNotFound) {
		return 0, nil
	}
	return register.SIRET(to), err
}

// peopleOf returns who speaks for an establishment or says that it is theirs.
func peopleOf(ctx context.Context, t *db.Tx, s register.SIRET) ([]string, error) {
	return db.All(ctx, t, func(r *db.Row) (id string, err error) {
		err = r.Scan(&id)
		return id, err
	}, `
		SELECT person FROM membership WHERE siret = $1
		UNION
		SELECT person FROM claim WHERE siret = $1 AND state = 'open'
		ORDER BY person`, int64(s))
}

// moveFirm moves memberships, claims and invitations to the establishment that
// took over. Who already speaks for it does so once; of two open claims of a
// person the older stays.
func moveFirm(ctx context.Context, t *db.Tx, s Succession) error {
	from, to := int64(s.From), int64(s.To)
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`
		INSERT INTO membership (person, siret, proof, since)
		SELECT person, $2, proof, since FROM membership WHERE siret = $1
		ON CONFLICT (person, siret) DO NOTHING`, []any{from, to}},
		{`DELETE FROM membership WHERE siret = $1`, []any{from}},
		{`DELETE FROM firm_left WHERE siret = $1 OR siret = $2 AND EXISTS (SELECT 1 FROM membership WHERE siret = $2)`, []any{from, to}},
		{`
		UPDATE claim
		SET state = 'withdrawn'
		WHERE siret = $1 AND state = 'open' AND person IN (SELECT person FROM claim WHERE siret = $2 AND state = 'open')`, []any{from, to}},
		{`UPDATE claim SET siret = $2, territory = $3 WHERE siret = $1`, []any{from, to, s.Territory}},
		{`UPDATE activity SET siret = $2 WHERE siret = $1`, []any{from, to}},
		{`UPDATE signin_link SET siret = $2 WHERE siret = $1`, []any{from, to}},
	} {
		if _, err := t.Exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	return nil
}
