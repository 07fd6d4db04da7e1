package account

import (
	"context"
	"fmt"
	"slices"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A Succession is an establishment that has ended.
type Succession struct {
	From      register.SIRET
	To        register.SIRET // who took over, 0 for nobody
	Territory string         // of To
}

// SpokenFor returns the establishments that somebody speaks for, or says is
// theirs, and those that were found to have ended.
func (a *Accounts) SpokenFor(ctx context.Context) (list []register.SIRET, err error) {
	err = a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = spokenFor(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("establishments spoken for: %w", err)
	}
	return list, nil
}

// Succeed deals with an establishment that has ended: those who speak for it,
// or say it is theirs, and what other subjects know of it (Moves) go to the
// one that took over; where there is none, its people are told and what it had
// under way ends (Ends). Each ending is
// dealt with once, on whichever node; done says that it was this time.
func (a *Accounts) Succeed(ctx context.Context, s Succession) (done bool, err error) {
	now := a.Clock.Now()
	by := Actor{Channel: System}
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		if done, err = markEnd(ctx, t, s, now); err != nil || !done {
			return err
		}
		people, err := peopleOf(ctx, t, s.From)
		if err != nil {
			return err
		}
		kind := "firm.close"
		if s.To != 0 {
			kind = "firm.succeed"
			if err := moveFirm(ctx, t, s); err != nil {
				return err
			}
			for _, move := range a.Moves {
				if err := move(ctx, t, s.From, s.To); err != nil {
					return err
				}
			}
		} else {
			for _, end := range a.Ends {
				if err := end(ctx, t, s.From); err != nil {
					return err
				}
			}
		}
		for _, id := range people {
			p, err := personByID(ctx, t, id)
			if err != nil {
				return err
			}
			if err := a.Send(ctx, t, Letter{Kind: kind, To: p.Mail, Person: p.ID, Language: p.Language, SIRET: s.From, Successor: s.To}); err != nil {
				return err
			}
		}
		return Record(ctx, t, now, Entry{Act: kind, Kind: "establishment", Object: s.From.String(), By: by})
	})
	if err != nil {
		return false, fmt.Errorf("succession of %s: %w", s.From, err)
	}
	return done, nil
}

// Reopened forgets that establishments had ended, when the registers give them
// as open again: should they end another time, their people are told again.
func (a *Accounts) Reopened(ctx context.Context, open []register.SIRET) error {
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		for some := range slices.Chunk(open, 500) {
			args := make([]any, len(some))
			for i, s := range some {
				args[i] = int64(s)
			}
			if _, err := t.Exec(ctx, `DELETE FROM firm_end WHERE siret IN (`+db.In(1, len(some))+`)`, args...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reopened establishments: %w", err)
	}
	return nil
}

// HeirIn returns the establishment that took over one, through as many as
// followed, or the one itself: what is written of an establishment at the
// moment at which it is handed over is written of its successor.
func HeirIn(ctx context.Context, t *db.Tx, s register.SIRET) (register.SIRET, error) {
	for range longestLine {
		to, err := successorOf(ctx, t, s)
		if err != nil || to == 0 {
			return s, err
		}
		s = to
	}
	return s, nil
}

// longestLine is how many successors in a row are followed: registers that
// name each other must not hold anybody up.
const longestLine = 8
