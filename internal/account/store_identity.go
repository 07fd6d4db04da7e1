package account

import (
	"context"
	"time"

	"passerelle/internal/db"
)

// personOfIdentity returns the id of who has an identity, and notes that it
// was seen.
func personOfIdentity(ctx context.Context, t *db.Tx, issuer, subject string, now time.Time) (id string, err error) {
	err = t.One(ctx, []any{&id}, `
		UPDATE identity
		SET seen_at = $3
		WHERE issuer = $1 AND subject = $2
		RETURNING person`, issuer, subject, db.Micros(now))
	return id, err
}

func addIdentity(ctx context.Context, t *db.Tx, issuer, subject, person string, now time.Time) error {
	_, err := t.Exec(ctx, `
		INSERT INTO identity (issuer, subject, person, created_at, seen_at)
		VALUES ($1, $2, $3, $4, $4)`, issuer, subject, person, db.Micros(now))
	return err
}

func identitiesOf(ctx context.Context, t *db.Tx, person string) ([]Identity, error) {
	return db.All(ctx, t, func(r *db.Row) (Identity, error) {
		var i Identity
		var created, seen int64
		err := r.Scan(&i.Issuer, &i.Subject, &created, &seen)
		i.CreatedAt, i.SeenAt = db.Time(created), db.Time(seen)
		return i, err
	}, `
		SELECT issuer, subject, created_at, seen_at
		FROM identity
		WHERE person = $1
		ORDER BY created_at, issuer, subject`, person)
}

func removeIdentities(ctx context.Context, t *db.Tx, person string) (int64, error) {
	return t.Exec(ctx, `DELETE FROM identity WHERE person = $1`, person)
}

func keepIDToken(ctx context.Context, t *db.Tx, session, token string) error {
	_, err := t.Exec(ctx, `UPDATE session SET id_token = $2 WHERE id = $1`, session, token)
	return err
}

func idTokenOf(ctx context.Context, t *db.Tx, session string) (token string, err error) {
	err = t.One(ctx, []any{&token}, `SELECT id_token FROM session WHERE id = $1`, session)
	return token, err
}
