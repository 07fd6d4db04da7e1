package team

import (
	"context"
	"fmt"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Establishments returns those that have a place in a team somebody keeps.
func (ps *Projects) Establishments(ctx context.Context) (list []register.SIRET, err error) {
	err = ps.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = establishments(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("establishments of teams: %w", err)
	}
	return list, nil
}

// Move gives the places of an establishment to the one that took it over, in
// the transaction that moves its people: what it answered holds, and where it
// was asked its successor is, since the link it had leads nowhere now. In a
// team where the successor has a place already both stay as they are.
func (ps *Projects) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	list, err := projects(ctx, t, `id IN (SELECT team FROM team_place WHERE siret = $1)`, int64(from))
	if err != nil {
		return err
	}
	now := ps.Clock.Now()
	for _, p := range list {
		if p.Place(to) != nil {
			continue
		}
		for _, named := range [][]register.SIRET{p.Job.Include, p.Job.Exclude} {
			if i := slices.Index(named, from); i >= 0 {
				named[i] = to
			}
		}
		if p.Referent == from {
			p.Referent = to
		}
		if err := movePlace(ctx, t, p, from, to); err != nil {
			return err
		}
		x := p.Place(from)
		if x.SIRET = to; p.State == Asking && x.Answer == Asked {
			if err := ps.Send(ctx, t, Letter{Kind: "team.ask", Project: p, SIRET: to}); err != nil {
				return err
			}
		}
		if err := ps.note(ctx, t, account.Actor{Channel: account.System}, p, "move", to); err != nil {
			return err
		}
		if err := changeProject(ctx, t, p, now); err != nil {
			return err
		}
	}
	return nil
}
