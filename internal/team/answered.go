package team

import (
	"context"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// Answered returns how the firms that were asked into a team since a moment
// answered: a yes and a no are answers, silence until the last day is not. Of
// who may still answer nothing is said.
func (ps *Projects) Answered(ctx context.Context, since time.Time) (map[register.SIRET]match.Answered, error) {
	return exchange.ReadAnswered(ctx, ps.DB, "invitations into teams that were answered", `
		SELECT siret, count(*), count(*) FILTER (WHERE state <> 'silent')
		FROM team_place
		WHERE asked_at > $1 AND state IN ('yes', 'no', 'silent')
		GROUP BY siret`, db.Micros(since))
}
