package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
)

// Taken is what the outbox knows of a person, as they take it away: what they
// chose and when, the mails they got, and what waits for their summary. What a
// mail said is forgotten once it has gone.
type Taken struct {
	Digest       bool        `json:"digest"`
	Solicitation bool        `json:"solicitation"`
	ChosenAt     time.Time   `json:"chosen_at,omitzero"` // not there: they never chose
	Choices      []Choice    `json:"choices"`
	Mails        []TakenMail `json:"mails"`
	Waiting      []string    `json:"waiting_for_the_summary"`
	Refused      int         `json:"refused_by_their_server"`
}

// A TakenMail is a mail to the person.
type TakenMail struct {
	Class     Class     `json:"class"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	CreatedAt time.Time `json:"created_at"`
}

// Taken returns what the outbox knows of a person.
func (o *Outbox) Taken(ctx context.Context, person string) (Taken, error) {
	var all Taken
	var lines []Waiting
	err := o.DB.Read(ctx, func(t *db.Tx) (err error) {
		all = Taken{}
		p, err := preferenceWhere(ctx, t, "person = $1", person)
		switch {
		case errors.Is(err, db.ErrNotFound):
			all.Digest, all.Solicitation = true, true // who never chose
		case err != nil:
			return err
		default:
			all.Digest, all.Solicitation = p.Digest, p.Solicitation
		}
		if all.Choices, err = choicesOf(ctx, t, person); err != nil {
			return err
		}
		switch n := len(all.Choices); {
		case n > 0:
			all.ChosenAt = all.Choices[n-1].At
		case !all.Digest || !all.Solicitation: // before each choice was kept
			all.ChosenAt = p.ChangedAt
		}
		if all.Mails, err = mailsOf(ctx, t, person); err != nil {
			return err
		}
		if lines, err = itemsOf(ctx, t, person, o.Clock.Now()); err != nil {
			return err
		}
		return t.One(ctx, []any{&all.Refused}, `SELECT count(*) FROM mail_refusal WHERE person = $1`, person)
	})
	if err != nil {
		return all, fmt.Errorf("mails of a person: %w", err)
	}
	if err := o.fillLines(ctx, "fr", lines); err != nil {
		return all, fmt.Errorf("mails of a person: %w", err)
	}
	for _, line := range lines {
		all.Waiting = append(all.Waiting, line.Title)
	}
	return all, nil
}

func mailsOf(ctx context.Context, t *db.Tx, person string) ([]TakenMail, error) {
	return db.All(ctx, t, func(r *db.Row) (m TakenMail, err error) {
		var created int64
		err = r.Scan(&m.Class, &m.Kind, &m.State, &created)
		m.CreatedAt = db.Time(created)
		return m, err
	}, `
		SELECT class, kind, state, created_at
		FROM mail_outbox
		WHERE person = $1
		ORDER BY created_at, id`, person)
}
