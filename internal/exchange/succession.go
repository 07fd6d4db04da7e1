package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Establishments returns those that have a need, an answer, a place in a
// purchase or an introduction, or of which somebody said that they are not
// relevant.
func (x *Needs) Establishments(ctx context.Context) (list []register.SIRET, err error) {
	err = x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
			var s int64
			err := r.Scan(&s)
			return register.SIRET(s), err
		}, `
		SELECT siret FROM need
		UNION
		SELECT siret FROM need_interest
		UNION
		SELECT siret FROM need_invitation
		UNION
		SELECT siret FROM pool_joiner
		UNION
		SELECT seeker FROM introduction
		UNION
		SELECT wanted FROM introduction
		UNION
		SELECT candidate FROM verdict
		UNION
		SELECT seeker FROM verdict
		ORDER BY 1`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("establishments of needs and introductions: %w", err)
	}
	return list, nil
}

// Move gives what an establishment posted, answered, asked and joined to the
// one that took it over, in the transaction that moves its people. Where both
// answered the same need, each stays; where both buy along, it is one who
// wants as much as the two.
func (x *Needs) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	if err := mergeJoiners(ctx, t, from, to); err != nil {
		return err
	}
	for _, query := range []string{
		`UPDATE need SET siret = $2 WHERE siret = $1`,
		`UPDATE need_question SET siret = $2 WHERE siret = $1`,
		`UPDATE pool SET referent = $2 WHERE referent = $1`,
		`
		UPDATE need_interest
		SET siret = $2
		WHERE siret = $1 AND NOT EXISTS (SELECT 1 FROM need_interest o WHERE o.need = need_interest.need AND o.siret = $2)`,
		`
		UPDATE need_invitation
		SET siret = $2
		WHERE siret = $1 AND NOT EXISTS (SELECT 1 FROM need_invitation o WHERE o.need = need_invitation.need AND o.siret = $2)`,
		`
		UPDATE pool_joiner
		SET siret = $2
		WHERE siret = $1 AND NOT EXISTS (SELECT 1 FROM pool_joiner o WHERE o.pool = pool_joiner.pool AND o.siret = $2)`,
	} {
		if _, err := t.Exec(ctx, query, int64(from), int64(to)); err != nil {
			return err
		}
	}
	return nil
}

// mergeJoiners makes one of two that buy along in the same purchase.
func mergeJoiners(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	both, err := db.All(ctx, t, func(r *db.Row) (j struct {
		pool     string
		quantity int64
	}, err error,
	) {
		err = r.Scan(&j.pool, &j.quantity)
		return j, err
	}, `
		SELECT a.pool, a.quantity
		FROM pool_joiner a
		JOIN pool_joiner b ON b.pool = a.pool AND b.siret = $2
		WHERE a.siret = $1 AND a.left_at IS NULL
		ORDER BY a.pool`, int64(from), int64(to))
	if err != nil {
		return err
	}
	for _, j := range both {
		if _, err := t.Exec(ctx, `
			UPDATE pool_joiner
			SET quantity = CASE WHEN left_at IS NULL THEN quantity ELSE 0 END + $3, left_at = NULL
			WHERE pool = $1 AND siret = $2`, j.pool, int64(to), j.quantity); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `DELETE FROM pool_joiner WHERE pool = $1 AND siret = $2`, j.pool, int64(from)); err != nil {
			return err
		}
	}
	return nil
}

// End ends what an establishment had open, in the transaction that finds it
// closed and taken over by nobody: its needs and purchases, of which who is
// interested is told, its answers to others, its place in purchases, and the
// calls that facilitators were to make there.
func (x *Needs) End(ctx context.Context, t *db.Tx, of register.SIRET) error {
	return x.endOf(ctx, t, of, "")
}

// Left ends the same when the last who spoke for an establishment leaves it,
// in the transaction of that act; but not what a facilitator posted for it, and
// goes on with.
func (x *Needs) Left(ctx context.Context, t *db.Tx, _ account.Actor, of register.SIRET) error {
	return x.endOf(ctx, t, of, ` AND for_name = ''`)
}

func (x *Needs) endOf(ctx context.Context, t *db.Tx, of register.SIRET, but string) error {
	now := x.Clock.Now()
	list, err := needsWhere(ctx, t, `siret = $1 AND state IN ('draft', 'held', 'live')`+but+` ORDER BY id`, int64(of))
	if err != nil {
		return err
	}
	for _, n := range list {
		if err := x.endClosed(ctx, t, n, now); err != nil {
			return err
		}
	}
	for _, query := range []string{
		`UPDATE need_interest SET state = 'withdrawn' WHERE siret = $1 AND state = 'open'`,
		`DELETE FROM need_invitation WHERE siret = $1 AND state = 'to_call'`,
	} {
		if _, err := t.Exec(ctx, query, int64(of)); err != nil {
			return err
		}
	}
	_, err = t.Exec(ctx, `
		UPDATE pool_joiner
		SET left_at = $2
		WHERE siret = $1 AND left_at IS NULL AND pool IN (SELECT need FROM pool WHERE state IN ('open', 'reached', 'missed'))`, int64(of), db.Micros(now))
	return err
}

// endClosed ends a need of an establishment that closed or was left, and its
// purchase.
func (x *Needs) endClosed(ctx context.Context, t *db.Tx, n *Need, now time.Time) error {
	p, err := readPool(ctx, t, n.ID)
	switch {
	case errors.Is(err, db.ErrNotFound):
	case err != nil:
		return err
	case p.State != PoolGroup && p.State != PoolClosed:
		p.State, p.ClosedAt = PoolClosed, now
		if err := writePool(ctx, t, p); err != nil {
			return err
		}
		if err := addEvent(ctx, t, now, "pool.closed", n.ID, "", n.Territory); err != nil {
			return err
		}
		if err := x.tellPool(ctx, t, n, p, "pool.close"); err != nil {
			return err
		}
	}
	if err := x.end(ctx, t, n, NeedClosed, now); err != nil {
		return err
	}
	n.ChangedAt = now
	if err := writeNeed(ctx, t, n, searchedBy(n.NeedContent, x.tradeNames(n.Trades))); err != nil {
		return err
	}
	return recordNeed(ctx, t, now, "need.close", n, account.Actor{Who: "clock", Channel: account.System})
}

// Move gives the introductions of an establishment to the one that took it
// over, in the transaction that moves its people: the clocks run on, and a
// link opens for those it was made for. One between the two of them, or
// between two who have one already, has no further use and ends.
func (in *Introductions) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	list, err := introductionsWhere(ctx, t, `seeker = $1 OR wanted = $1 ORDER BY id`, int64(from))
	if err != nil {
		return err
	}
	for _, m := range list {
		side := m.Side(from)
		other := m.Firm(side.Other())
		if m.State.Living() {
			_, err := livingPair(ctx, t, to, other)
			if err != nil && !errors.Is(err, db.ErrNotFound) {
				return err
			}
			if err == nil || other.SIREN() == to.SIREN() {
				if err := in.closeIn(ctx, t, m, account.Actor{Channel: account.System}, Gone, "", in.Clock.Now()); err != nil {
					return err
				}
				if err := changeIntroduction(ctx, t, m); err != nil {
					return err
				}
			}
		}
		if other.SIREN() == to.SIREN() {
			continue // it was between them
		}
		territory := m.SeekerTerritory
		if side == Wanted {
			territory = m.WantedTerritory
		}
		if e, err := in.Firm(to); err == nil {
			territory = e.Territory
		}
		if err := moveIntroduction(ctx, t, m.ID, side, to, territory); err != nil {
			return err
		}
	}
	return nil
}

func moveIntroduction(ctx context.Context, t *db.Tx, id string, side Side, to register.SIRET, territory string) error {
	_, err := t.Exec(ctx, `
		UPDATE introduction
		SET `+string(side)+` = $2, `+string(side)+`_territory = $3
		WHERE id = $1`, id, int64(to), territory)
	return err
}

// Move gives what was said for an establishment, and of it, to the one that
// took it over. What somebody said of the successor before stays.
func (vs *Verdicts) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	for _, query := range []string{
		`
		UPDATE verdict
		SET seeker = $2
		WHERE seeker = $1 AND NOT EXISTS (SELECT 1 FROM verdict o WHERE o.seeker = $2 AND o.candidate = verdict.candidate AND o.person = verdict.person)`,
		`
		UPDATE verdict
		SET candidate = $2
		WHERE candidate = $1 AND NOT EXISTS (SELECT 1 FROM verdict o WHERE o.candidate = $2 AND o.seeker = verdict.seeker AND o.person = verdict.person)`,
		`DELETE FROM verdict WHERE seeker = $1 OR candidate = $1 OR seeker = $2 AND candidate = $2`,
	} {
		if _, err := t.Exec(ctx, query, int64(from), int64(to)); err != nil {
			return err
		}
	}
	return nil
}
