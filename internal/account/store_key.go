package account

import (
	"context"
	"time"

	"passerelle/internal/db"
)

func addCeremony(ctx context.Context, t *db.Tx, token, kind, data string, until time.Time) error {
	_, err := t.Exec(ctx, `
		INSERT INTO ceremony (token, kind, data, expires_at)
		VALUES ($1, $2, $3, $4)`, stored(token), kind, data, db.Micros(until))
	return err
}

// takeCeremony takes what was begun away and returns it.
func takeCeremony(ctx context.Context, t *db.Tx, token, kind string, now time.Time) (data string, err error) {
	err = t.One(ctx, []any{&data}, `
		DELETE FROM ceremony
		WHERE token = $1 AND kind = $2 AND expires_at > $3
		RETURNING data`, stored(token), kind, db.Micros(now))
	return data, err
}

// A keyRow is a key as it is kept.
type keyRow struct {
	Key
	credential string
}

func addKey(ctx context.Context, t *db.Tx, k keyRow, person string) error {
	_, err := t.Exec(ctx, `
		INSERT INTO passkey (id, person, name, credential, created_at)
		VALUES ($1, $2, $3, $4, $5)`, k.ID, person, k.Name, k.credential, db.Micros(k.CreatedAt))
	return err
}

func keysOf(ctx context.Context, t *db.Tx, person string) ([]keyRow, error) {
	return db.All(ctx, t, func(r *db.Row) (keyRow, error) {
		var k keyRow
		var created int64
		var used *int64
		err := r.Scan(&k.ID, &k.Name, &k.credential, &created, &used)
		k.CreatedAt = db.Time(created)
		if used != nil {
			k.UsedAt = db.Time(*used)
		}
		return k, err
	}, `
		SELECT id, name, credential, created_at, used_at
		FROM passkey
		WHERE person = $1
		ORDER BY created_at, id`, person)
}

// useKey notes that a key was used, and what was seen of it.
func useKey(ctx context.Context, t *db.Tx, id, credential string, now time.Time) error {
	_, err := t.Exec(ctx, `
		UPDATE passkey
		SET credential = $2, used_at = $3
		WHERE id = $1`, id, credential, db.Micros(now))
	return err
}

func removeKey(ctx context.Context, t *db.Tx, person, id string) error {
	n, err := t.Exec(ctx, `DELETE FROM passkey WHERE id = $1 AND person = $2`, id, person)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}
