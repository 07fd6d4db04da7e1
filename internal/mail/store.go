package mail

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"passerelle/internal/db"
)

func addPosted(ctx context.Context, t *db.Tx, p Posted, message string, due, now time.Time) error {
	_, err := t.Exec(ctx, `
		INSERT INTO mail_outbox (id, person, recipient, class, lane, kind, message, state, attempts, due_at, lease, fault, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', 0, $8, 0, '', $9)
		ON CONFLICT (id) DO NOTHING`,
		p.ID, p.Person, p.Message.To, p.Class, p.Lane, p.Kind, message, db.Micros(due), db.Micros(now))
	return err
}

// lastSolicited returns when the last mail that asks something of a person
// went, or is to go; zero when none did.
func lastSolicited(ctx context.Context, t *db.Tx, person string) (time.Time, error) {
	var last int64
	err := t.One(ctx, []any{&last}, `
		SELECT due_at
		FROM mail_outbox
		WHERE person = $1 AND class = 'solicitation' AND state IN ('waiting', 'sent')
		ORDER BY due_at DESC
		LIMIT 1`, person)
	if errors.Is(err, db.ErrNotFound) {
		return time.Time{}, nil
	}
	return db.Time(last), err
}

// claimDue takes the mail of a lane that has been due longest.
func claimDue(ctx context.Context, t *db.Tx, lane Lane, now, lease time.Time) (id, message string, class Class, attempts int, err error) {
	err = t.One(ctx, []any{&id, &message, &class, &attempts}, `
		UPDATE mail_outbox
		SET lease = $3, attempts = attempts + 1
		WHERE id = (
			SELECT id
			FROM mail_outbox
			WHERE state = 'waiting' AND lane = $1 AND due_at <= $2 AND lease <= $2
			ORDER BY due_at, id
			LIMIT 1
		) AND lease <= $2
		RETURNING id, message, class, attempts`, lane, db.Micros(now), db.Micros(lease))
	return id, message, class, attempts, err
}

// finishPosted ends a mail and forgets what it said and to whom.
func finishPosted(ctx context.Context, t *db.Tx, id, state, fault string, now time.Time) error {
	_, err := t.Exec(ctx, `
		UPDATE mail_outbox
		SET state = $2, fault = $3, done_at = $4, recipient = '', message = ''
		WHERE id = $1`, id, state, fault, db.Micros(now))
	return err
}

// dropPosted takes a mail back that waits.
func dropPosted(ctx context.Context, t *db.Tx, id string, now time.Time) error {
	_, err := t.Exec(ctx, `
		UPDATE mail_outbox
		SET state = 'dropped', fault = 'withdrawn', done_at = $2, recipient = '', message = ''
		WHERE id = $1 AND state = 'waiting'`, id, db.Micros(now))
	return err
}

func retryPosted(ctx context.Context, t *db.Tx, id, fault string, due time.Time) error {
	_, err := t.Exec(ctx, `
		UPDATE mail_outbox
		SET fault = $2, due_at = $3, lease = 0
		WHERE id = $1`, id, fault, db.Micros(due))
	return err
}

func shownMails(ctx context.Context, t *db.Tx, to string, limit int) ([]Shown, error) {
	return db.All(ctx, t, func(r *db.Row) (Shown, error) {
		var s Shown
		var text string
		var created, due int64
		if err := r.Scan(&s.ID, &s.Class, &s.Kind, &s.State, &text, &created, &due); err != nil {
			return s, err
		}
		s.CreatedAt, s.DueAt = db.Time(created), db.Time(due)
		return s, json.Unmarshal([]byte(text), &s.Message)
	}, `
		SELECT id, class, kind, state, message, created_at, due_at
		FROM mail_outbox
		WHERE state = 'waiting' AND ($1 = '' OR recipient = $1)
		ORDER BY created_at DESC, id DESC
		LIMIT $2`, to, limit)
}

func queues(ctx context.Context, t *db.Tx) ([]Queue, error) {
	return db.All(ctx, t, func(r *db.Row) (Queue, error) {
		var q Queue
		var oldest int64
		err := r.Scan(&q.Lane, &q.State, &q.N, &oldest)
		if q.State == "waiting" {
			q.Oldest = db.Time(oldest)
		}
		return q, err
	}, `
		SELECT lane, state, count(*), min(created_at)
		FROM mail_outbox
		GROUP BY lane, state
		ORDER BY lane, state`)
}

func forgetPerson(ctx context.Context, t *db.Tx, person, address string, now time.Time) error {
	if _, err := t.Exec(ctx, `
		UPDATE mail_outbox
		SET state = 'dropped', fault = 'erased', done_at = $3
		WHERE state = 'waiting' AND (person = $1 OR recipient = $2)`, person, address, db.Micros(now)); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM mail_item WHERE person = $1`, `DELETE FROM mail_preference WHERE person = $1`, `DELETE FROM mail_choice WHERE person = $1`, `DELETE FROM mail_refusal WHERE person = $1`} {
		if _, err := t.Exec(ctx, query, person); err != nil {
			return err
		}
	}
	_, err := t.Exec(ctx, `
		UPDATE mail_outbox
		SET person = '', recipient = '', message = ''
		WHERE person = $1 OR recipient = $2`, person, address)
	return err
}
