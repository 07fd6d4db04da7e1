package exchange

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// AnsweredFor is how long a request tells how its establishment answers.
const AnsweredFor = 365 * 24 * time.Hour

// Answered returns how the establishments that were asked to meet somebody in
// the last year answered. A request counts once it was answered, whatever the
// answer, or once its time is over: nobody spoke until the facilitator's task,
// though a reminder went. One that was taken back, that ended otherwise, or
// that reached nobody tells nothing.
func (in *Introductions) Answered(ctx context.Context) (map[register.SIRET]match.Answered, error) {
	now := in.Clock.Now()
	return ReadAnswered(ctx, in.DB, "introductions that were answered", `
		SELECT wanted, count(*), count(*) FILTER (WHERE answered_channel <> '')
		FROM introduction
		WHERE went_at > $1
			AND (answered_channel <> '' OR poked_at IS NOT NULL AND (state = 'asked' AND quiet_since <= $2 OR state = 'closed' AND ending = 'silence'))
		GROUP BY wanted`, db.Micros(now.Add(-AnsweredFor)), db.Micros(now.Add(-TaskAfter)))
}

// Answered returns how the establishments to which needs were sent in the last
// year answered. Only answers count, interest or a question: the mail has no
// button for a no, so that silence says nothing.
func (x *Needs) Answered(ctx context.Context) (map[register.SIRET]match.Answered, error) {
	return ReadAnswered(ctx, x.DB, "needs that were answered", `
		SELECT i.siret, count(*), count(*)
		FROM need_invitation i
		WHERE i.at > $1
			AND (EXISTS (SELECT 1 FROM need_interest a WHERE a.need = i.need AND a.siret = i.siret)
				OR EXISTS (SELECT 1 FROM need_question q WHERE q.need = i.need AND q.siret = i.siret))
		GROUP BY i.siret`, db.Micros(x.Clock.Now().Add(-AnsweredFor)))
}

// ReadAnswered reads, by a query, establishments, how many requests they got and
// how many of them they answered. What names them in an error.
func ReadAnswered(ctx context.Context, d *db.DB, what, query string, args ...any) (map[register.SIRET]match.Answered, error) {
	out := make(map[register.SIRET]match.Answered)
	err := d.Read(ctx, func(t *db.Tx) error {
		clear(out)
		for r, err := range t.Query(ctx, query, args...) {
			if err != nil {
				return err
			}
			var s int64
			var a match.Answered
			if err := r.Scan(&s, &a.Asked, &a.Answers); err != nil {
				return err
			}
			out[register.SIRET(s)] = a
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return out, nil
}
