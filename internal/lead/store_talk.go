package lead

import (
	"context"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const commentColumns = `id, lead, who, siret, standing, words, at, changed_at, removed_at`

// commentsWhere returns the comments for which a condition holds, the latest
// first, with what they said before and whom they called.
func commentsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Comment, error) {
	list, err := db.All(ctx, t, func(r *db.Row) (*Comment, error) {
		var c Comment
		var siret, at, changed, removed int64
		err := r.Scan(&c.ID, &c.Lead, &c.Who, &siret, &c.Standing, &c.Words, &at, &changed, &removed)
		c.SIRET, c.At, c.ChangedAt, c.RemovedAt = register.SIRET(siret), db.Time(at), moment(changed), moment(removed)
		return &c, err
	}, `
		SELECT `+commentColumns+`
		FROM lead_comment
		WHERE `+condition+`
		ORDER BY at DESC, id DESC`, args...)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if c.Before, err = db.All(ctx, t, func(r *db.Row) (b Before, err error) {
			var at int64
			err = r.Scan(&at, &b.Words)
			b.Until = db.Time(at)
			return b, err
		}, `SELECT at, words FROM lead_comment_before WHERE comment = $1 ORDER BY at DESC`, c.ID); err != nil {
			return nil, err
		}
		if c.Called, err = db.All(ctx, t, func(r *db.Row) (whom string, err error) {
			err = r.Scan(&whom)
			return whom, err
		}, `SELECT whom FROM lead_mention WHERE comment = $1 ORDER BY whom`, c.ID); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func commentByID(ctx context.Context, t *db.Tx, id string) (*Comment, error) {
	list, err := commentsWhere(ctx, t, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func addComment(ctx context.Context, t *db.Tx, c *Comment) error {
	_, err := t.Exec(ctx, `
		INSERT INTO lead_comment (`+commentColumns+`)
		VALUES (`+db.In(1, 9)+`)`,
		c.ID, c.Lead, c.Who, int64(c.SIRET), c.Standing, c.Words, db.Micros(c.At), micros(c.ChangedAt), micros(c.RemovedAt))
	if err != nil {
		return err
	}
	for _, whom := range c.Called {
		if _, err := t.Exec(ctx, `INSERT INTO lead_mention (comment, whom) VALUES ($1, $2)`, c.ID, whom); err != nil {
			return err
		}
	}
	return nil
}

func changeComment(ctx context.Context, t *db.Tx, c *Comment) error {
	_, err := t.Exec(ctx, `UPDATE lead_comment SET words = $2, changed_at = $3, removed_at = $4 WHERE id = $1`, c.ID, c.Words, micros(c.ChangedAt), micros(c.RemovedAt))
	return err
}

func addBefore(ctx context.Context, t *db.Tx, comment string, b Before) error {
	_, err := t.Exec(ctx, `
		INSERT INTO lead_comment_before (comment, at, words)
		VALUES ($1, $2, $3)
		ON CONFLICT (comment, at) DO UPDATE SET words = excluded.words`, comment, db.Micros(b.Until), b.Words)
	return err
}

func dropBefore(ctx context.Context, t *db.Tx, comment string) error {
	_, err := t.Exec(ctx, `DELETE FROM lead_comment_before WHERE comment = $1`, comment)
	return err
}

// dropStanding removes what a party answered since a moment.
func dropStanding(ctx context.Context, t *db.Tx, lead string, s register.SIRET, since time.Time) error {
	_, err := t.Exec(ctx, `DELETE FROM lead_comment WHERE lead = $1 AND siret = $2 AND standing <> '' AND at > $3`, lead, int64(s), db.Micros(since))
	return err
}
