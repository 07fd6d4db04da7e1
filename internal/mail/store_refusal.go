package mail

import (
	"context"
	"time"

	"passerelle/internal/db"
)

// personOf returns whom a mail was for, or db.ErrNotFound.
func personOf(ctx context.Context, t *db.Tx, id string) (person string, err error) {
	err = t.One(ctx, []any{&person}, `
		SELECT person
		FROM mail_outbox
		WHERE id = $1 AND person <> ''`, id)
	return person, err
}

func addRefusal(ctx context.Context, t *db.Tx, id, person string, now time.Time) error {
	_, err := t.Exec(ctx, `
		INSERT INTO mail_refusal (mail, person, at)
		VALUES ($1, $2, $3)
		ON CONFLICT (mail) DO NOTHING`, id, person, db.Micros(now))
	return err
}

func refusals(ctx context.Context, t *db.Tx, person string) (n int, err error) {
	err = t.One(ctx, []any{&n}, `
		SELECT count(*)
		FROM mail_refusal
		WHERE person = $1`, person)
	return n, err
}

func forgetRefusals(ctx context.Context, t *db.Tx, person string) error {
	_, err := t.Exec(ctx, `DELETE FROM mail_refusal WHERE person = $1`, person)
	return err
}

func unreached(ctx context.Context, t *db.Tx) ([]Unreached, error) {
	return db.All(ctx, t, func(r *db.Row) (Unreached, error) {
		var u Unreached
		var last int64
		err := r.Scan(&u.Person, &u.N, &last)
		u.Last = db.Time(last)
		return u, err
	}, `
		SELECT person, count(*), max(at)
		FROM mail_refusal
		GROUP BY person
		HAVING count(*) >= $1
		ORDER BY max(at) DESC, person`, enoughRefusals)
}
