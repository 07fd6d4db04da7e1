package exchange

import (
	"context"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

func messagesWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Message, error) {
	return db.All(ctx, t, func(r *db.Row) (*Message, error) {
		var m Message
		var at int64
		err := r.Scan(&m.ID, &m.Introduction, &m.Side, &m.Author, &m.Channel, &m.Words, &m.Dropped, &m.mail, &at)
		m.At = db.Time(at)
		return &m, err
	}, `
		SELECT id, introduction, side, author, channel, words, dropped, mail, at
		FROM introduction_message
		WHERE `+condition+`
		ORDER BY at, id`, args...)
}

// addMessage reports whether a message was added: not one that came before.
func addMessage(ctx context.Context, t *db.Tx, m *Message) (bool, error) {
	n, err := t.Exec(ctx, `
		INSERT INTO introduction_message (id, introduction, side, author, channel, words, dropped, mail, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (introduction, mail) WHERE mail <> '' DO NOTHING`,
		m.ID, m.Introduction, m.Side, m.Author, m.Channel, m.Words, m.Dropped, m.mail, db.Micros(m.At))
	return n > 0, err
}

func saidSince(ctx context.Context, t *db.Tx, id string, s Side, since time.Time) (n int, err error) {
	err = t.One(ctx, []any{&n}, `
		SELECT count(*)
		FROM introduction_message
		WHERE introduction = $1 AND side = $2 AND at > $3`, id, s, db.Micros(since))
	return n, err
}

// forgetMessages blanks what a person wrote, and what names them.
func forgetMessages(ctx context.Context, t *db.Tx, who *account.Person) error {
	list, err := messagesWhere(ctx, t, `words <> ''`)
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.Author != who.ID && !who.NamedIn(m.Words) {
			continue
		}
		if _, err := t.Exec(ctx, `
			UPDATE introduction_message
			SET words = '', author = CASE WHEN author = $2 THEN '' ELSE author END
			WHERE id = $1`, m.ID, who.ID); err != nil {
			return err
		}
	}
	_, err = t.Exec(ctx, `UPDATE introduction_message SET author = '' WHERE author = $1`, who.ID)
	return err
}
