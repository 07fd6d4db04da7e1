package account

import (
	"context"
	"time"

	"passerelle/internal/db"
)

// A sessionRow is what a request needs of a session.
type sessionRow struct {
	id, person, token, method string
	changed, seen, until      time.Time
}

// sessionByToken returns the session of a stored token, or of the one it had
// a moment ago.
func sessionByToken(ctx context.Context, t *db.Tx, token string, now time.Time) (sessionRow, error) {
	var r sessionRow
	var changed, seen, until int64
	err := t.One(ctx, []any{&r.id, &r.person, &r.token, &r.method, &changed, &seen, &until}, `
		SELECT id, person, token, method, changed_at, seen_at, expires_at
		FROM session
		WHERE expires_at > $2
			AND (token = $1 OR old_token = $1 AND changed_at > $3)`,
		token, db.Micros(now), db.Micros(now.Add(-oldTokenFor)))
	r.changed, r.seen, r.until = db.Time(changed), db.Time(seen), db.Time(until)
	return r, err
}

func addSession(ctx context.Context, t *db.Tx, s session) error {
	at := db.Micros(s.at)
	if _, err := t.Exec(ctx, `
		INSERT INTO session (id, person, token, device, method, created_at, changed_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6, $6, $7)`,
		s.id, s.person, stored(s.token), s.device, s.method, at, db.Micros(s.until)); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `UPDATE person SET seen_at = $2, warned_at = NULL WHERE id = $1`, s.person, at)
	return err
}

// changeToken gives a session another token, unless another request just did.
func changeToken(ctx context.Context, t *db.Tx, id, from, to string, now time.Time) (bool, error) {
	n, err := t.Exec(ctx, `
		UPDATE session
		SET token = $3, old_token = $2, changed_at = $4, seen_at = $4
		WHERE id = $1 AND token = $2`, id, from, to, db.Micros(now))
	return n == 1, err
}

// seen notes that somebody is there.
func seen(ctx context.Context, t *db.Tx, id, person string, now time.Time) error {
	if _, err := t.Exec(ctx, `UPDATE session SET seen_at = $2 WHERE id = $1`, id, db.Micros(now)); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `UPDATE person SET seen_at = $2, warned_at = NULL WHERE id = $1`, person, db.Micros(now))
	return err
}

func sessionsOf(ctx context.Context, t *db.Tx, person string, now time.Time) ([]Session, error) {
	return db.All(ctx, t, func(r *db.Row) (Session, error) {
		var s Session
		var created, seen, until int64
		err := r.Scan(&s.ID, &s.Device, &s.Method, &created, &seen, &until)
		s.CreatedAt, s.SeenAt, s.ExpiresAt = db.Time(created), db.Time(seen), db.Time(until)
		return s, err
	}, `
		SELECT id, device, method, created_at, seen_at, expires_at
		FROM session
		WHERE person = $1 AND expires_at > $2
		ORDER BY seen_at DESC, id`, person, db.Micros(now))
}

// endSession ends a session of a person; db.ErrNotFound when it is none of
// theirs.
func endSession(ctx context.Context, t *db.Tx, person, id string) error {
	n, err := t.Exec(ctx, `DELETE FROM session WHERE id = $1 AND person = $2`, id, person)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}

func endOthers(ctx context.Context, t *db.Tx, person, current string) error {
	_, err := t.Exec(ctx, `DELETE FROM session WHERE person = $1 AND id <> $2`, person, current)
	return err
}
