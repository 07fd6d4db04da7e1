package team

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// Answered returns how the firms that were asked into a team since a moment
// answered: a yes and a no are answers, silence until the last day is not. Of
// who may still answer nothing is said.
func (ps *Projects) Answered(ctx context.Context, since time.Time) (map[register.SIRET]match.Answered, error) {
	out := make(map[register.SIRET]match.Answered)
	err := ps.DB.Read(ctx, func(t *db.Tx) error {
		clear(out)
		for r, err := range t.Query(ctx, `
			SELECT siret, count(*), count(*) FILTER (WHERE state <> 'silent')
			FROM team_place
			WHERE asked_at > $1 AND state IN ('yes', 'no', 'silent')
			GROUP BY siret`, db.Micros(since)) {
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
		return nil, fmt.Errorf("invitations into teams that were answered: %w", err)
	}
	return out, nil
}
