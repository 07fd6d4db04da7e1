package mail

import (
	"context"
	"time"

	"passerelle/internal/db"
)

func preferenceWhere(ctx context.Context, t *db.Tx, condition string, arg any) (Preference, error) {
	var p Preference
	var changed int64
	err := t.One(ctx, []any{&p.Person, &p.Token, &p.Digest, &p.Solicitation, &changed}, `
		SELECT person, token, digest, solicitation, changed_at
		FROM mail_preference
		WHERE `+condition, arg)
	p.ChangedAt = db.Time(changed)
	return p, err
}

func writePreference(ctx context.Context, t *db.Tx, p Preference) error {
	_, err := t.Exec(ctx, `
		INSERT INTO mail_preference (person, token, digest, solicitation, changed_at)
		VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (person) DO UPDATE SET
			digest = excluded.digest, solicitation = excluded.solicitation, changed_at = excluded.changed_at`,
		p.Person, p.Token, p.Digest, p.Solicitation, db.Micros(p.ChangedAt))
	return err
}

func addChoice(ctx context.Context, t *db.Tx, person string, c Choice) error {
	_, err := t.Exec(ctx, `
		INSERT INTO mail_choice (id, person, digest, solicitation, way, words, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		db.NewID(c.At), person, c.Digest, c.Solicitation, string(c.Way), c.Words, db.Micros(c.At))
	return err
}

// choicesOf returns what a person chose, the first time first.
func choicesOf(ctx context.Context, t *db.Tx, person string) ([]Choice, error) {
	return db.All(ctx, t, func(r *db.Row) (c Choice, err error) {
		var at int64
		err = r.Scan(&c.Digest, &c.Solicitation, &c.Way, &c.Words, &at)
		c.At = db.Time(at)
		return c, err
	}, `
		SELECT digest, solicitation, way, words, at
		FROM mail_choice
		WHERE person = $1
		ORDER BY at, id`, person)
}

func addItem(ctx context.Context, t *db.Tx, w Waiting) error {
	_, err := t.Exec(ctx, `
		INSERT INTO mail_item (id, person, kind, title, more, path, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO NOTHING`,
		w.ID, w.Person, w.Kind, w.Title, w.More, w.Path, db.Micros(w.CreatedAt))
	return err
}

// dropItems takes away the lines of a kind that wait.
func dropItems(ctx context.Context, t *db.Tx, kind string) error {
	_, err := t.Exec(ctx, `DELETE FROM mail_item WHERE kind = $1 AND sent_at IS NULL`, kind)
	return err
}

// peopleWaiting returns who has lines that waited at a moment.
func peopleWaiting(ctx context.Context, t *db.Tx, due time.Time) ([]string, error) {
	return db.All(ctx, t, func(r *db.Row) (person string, err error) {
		err = r.Scan(&person)
		return person, err
	}, `
		SELECT DISTINCT person
		FROM mail_item
		WHERE sent_at IS NULL AND created_at <= $1
		ORDER BY person`, db.Micros(due))
}

func itemsOf(ctx context.Context, t *db.Tx, person string, due time.Time) ([]Waiting, error) {
	return db.All(ctx, t, func(r *db.Row) (Waiting, error) {
		w := Waiting{Person: person}
		var created int64
		err := r.Scan(&w.ID, &w.Kind, &w.Title, &w.More, &w.Path, &created)
		w.CreatedAt = db.Time(created)
		return w, err
	}, `
		SELECT id, kind, title, more, path, created_at
		FROM mail_item
		WHERE person = $1 AND sent_at IS NULL AND created_at <= $2
		ORDER BY created_at, id`, person, db.Micros(due))
}

// sendItems notes that the lines of a summary have gone, and forgets them.
func sendItems(ctx context.Context, t *db.Tx, person string, due, now time.Time) error {
	_, err := t.Exec(ctx, `
		UPDATE mail_item
		SET sent_at = $3, title = '', more = ''
		WHERE person = $1 AND sent_at IS NULL AND created_at <= $2`, person, db.Micros(due), db.Micros(now))
	return err
}

func letItemsGo(ctx context.Context, t *db.Tx, person string, now time.Time) error {
	return sendItems(ctx, t, person, now, now)
}

// dropSolicitations takes back what waited to ask a person something.
func dropSolicitations(ctx context.Context, t *db.Tx, person string, now time.Time) error {
	_, err := t.Exec(ctx, `
		UPDATE mail_outbox
		SET state = 'dropped', fault = 'unwished', done_at = $2, recipient = '', message = ''
		WHERE person = $1 AND class = 'solicitation' AND state = 'waiting'`, person, db.Micros(now))
	return err
}
