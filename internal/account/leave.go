package account

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A Deserted is an establishment for which nobody speaks any more.
type Deserted struct {
	SIRET     register.SIRET
	Territory string // empty where it is not known
	At        time.Time
}

// LeaveFirm ends a membership; db.ErrNotFound when there is none.
func (a *Accounts) LeaveFirm(ctx context.Context, by Actor, person string, s register.SIRET) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		if err := removeMembership(ctx, t, person, s); err != nil {
			return err
		}
		if err := a.left(ctx, t, by, s, now); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "membership.leave", Kind: "establishment", Object: s.String(), By: by})
	})
	if err != nil {
		return fmt.Errorf("leave an establishment: %w", err)
	}
	return nil
}

// left deals with an establishment that somebody has just left, in the same
// transaction. Those who stay are told, without a name: who left may have been
// erased. Where nobody stays, what it had under way with others ends (Leaves)
// and the facilitators of its territory have a task, unless the register closed
// it: then they were told.
func (a *Accounts) left(ctx context.Context, t *db.Tx, by Actor, s register.SIRET, now time.Time) error {
	stay, err := MembersIn(ctx, t, s)
	if err != nil {
		return err
	}
	for _, p := range stay {
		if err := a.Send(ctx, t, Letter{Kind: "membership.leave", To: p.Mail, Person: p.ID, Language: p.Language, SIRET: s}); err != nil {
			return err
		}
	}
	if len(stay) > 0 {
		return nil
	}
	for _, leave := range a.Leaves {
		if err := leave(ctx, t, by, s); err != nil {
			return err
		}
	}
	ended, err := hasEnded(ctx, t, s)
	if err != nil || ended {
		return err
	}
	d := Deserted{SIRET: s, At: now}
	if a.Territory != nil {
		d.Territory = a.Territory(s)
	}
	if err := addDeserted(ctx, t, d); err != nil {
		return err
	}
	told, err := FacilitatorsIn(ctx, t, ActFor, Object{Territory: d.Territory})
	if err != nil {
		return err
	}
	for _, p := range told {
		if err := a.Send(ctx, t, Letter{Kind: "firm.left", To: p.Mail, Person: p.ID, Language: p.Language, SIRET: s}); err != nil {
			return err
		}
	}
	return nil
}

// Deserted returns the establishments for which nobody speaks any more and that
// no facilitator has seen to, those left first first.
func (a *Accounts) Deserted(ctx context.Context) ([]Deserted, error) {
	var list []Deserted
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = deserted(ctx, t, `siret > $1`, int64(0))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("deserted establishments: %w", err)
	}
	return list, nil
}

// SeeDeserted notes that a facilitator has seen to an establishment that was
// left, which may says to be theirs; db.ErrNotFound when there is nothing to
// see to.
func (a *Accounts) SeeDeserted(ctx context.Context, by Actor, s register.SIRET, may func(Deserted) error) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		list, err := deserted(ctx, t, `siret = $1`, int64(s))
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return db.ErrNotFound
		}
		if err := may(list[0]); err != nil {
			return err
		}
		if err := dropDeserted(ctx, t, s); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "firm.seen", Kind: "establishment", Object: s.String(), By: by})
	})
	if err != nil {
		return fmt.Errorf("see to a deserted establishment: %w", err)
	}
	return nil
}
