package team

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// Tick does what is due: reminds who has not answered, once; takes those whose
// time is over for silent; ends teams that nobody goes on with. It may be
// called as often as one likes.
func (ps *Projects) Tick(ctx context.Context) error {
	now := ps.Clock.Now()
	var ids []string
	err := ps.DB.Read(ctx, func(t *db.Tx) (err error) {
		ids, err = waiting(ctx, t, workingDays(now, reminderDays), now.Add(-patience))
		return err
	})
	if err != nil {
		return fmt.Errorf("teams that wait: %w", err)
	}
	for _, id := range ids {
		if _, err := ps.change(ctx, id, "tick", ps.tick(ctx)); err != nil {
			return err
		}
	}
	return nil
}

// tick does what is due for one team.
func (ps *Projects) tick(ctx context.Context) func(*db.Tx, *Project, time.Time) error {
	clock := account.Actor{Channel: account.System}
	return func(t *db.Tx, p *Project, now time.Time) error {
		if p.State != Asking {
			return nil
		}
		changed := false
		for i := range p.Places {
			x := &p.Places[i]
			switch {
			case x.Answer != Asked:
				continue
			case !now.Before(x.AnswerBy):
				x.Answer, changed = Silent, true
				if err := ps.note(ctx, t, clock, p, "silent", x.SIRET); err != nil {
					return err
				}
				if err := ps.Send(ctx, t, Letter{Kind: "team.silent", Project: p, SIRET: x.SIRET}); err != nil {
					return err
				}
			case x.RemindedAt.IsZero() && !now.Before(workingDays(x.AnswerBy, -reminderDays)):
				x.RemindedAt = now
				if err := ps.Send(ctx, t, Letter{Kind: "team.remind", Project: p, SIRET: x.SIRET}); err != nil {
					return err
				}
			default:
				continue
			}
			if err := changePlace(ctx, t, p.ID, x); err != nil {
				return err
			}
		}
		if len(p.Left()) > 0 && !changed && now.Sub(p.ChangedAt) >= patience {
			p.State, changed = Expired, true
			if err := ps.note(ctx, t, clock, p, "expire", 0); err != nil {
				return err
			}
		}
		if !changed {
			return nil
		}
		return changeProject(ctx, t, p, now)
	}
}
