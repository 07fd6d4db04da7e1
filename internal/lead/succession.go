package lead

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Establishments returns those of leads that are open, and of cooperations.
func (ls *Leads) Establishments(ctx context.Context) (list []register.SIRET, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = establishments(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("establishments of leads: %w", err)
	}
	return list, nil
}

// Move gives the leads and cooperations of an establishment to the one that
// took it over, in the transaction that moves its people. The keys by which a
// cooperation is counted once go along. Where the two took part in one
// cooperation both stay: it did take place.
func (ls *Leads) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	leads, err := leadsWhere(ctx, t, Filter{Party: from})
	if err != nil {
		return err
	}
	if err := moveParties(ctx, t, from, to); err != nil {
		return err
	}
	for _, l := range leads {
		if err := ls.noteIn(ctx, t, l, "parties"); err != nil {
			return err
		}
	}
	cooperations, err := cooperationsOf(ctx, t, from)
	if err != nil {
		return err
	}
	for _, c := range cooperations {
		if c.Party(to) != nil {
			continue
		}
		was := keyOf(sirets(c.Parties))
		c.Party(from).SIRET = to
		if err := moveCooperation(ctx, t, c, from, to, was, keyOf(sirets(c.Parties))); err != nil {
			return err
		}
		if err := moveWritten(ctx, t, c.ID, from, to); err != nil {
			return err
		}
	}
	return nil
}

// End makes what an establishment had under way due, in the transaction that
// finds it closed and taken over by nobody: who sees to a lead decides what
// becomes of it, and is told.
func (ls *Leads) End(ctx context.Context, t *db.Tx, of register.SIRET) error {
	leads, err := leadsWhere(ctx, t, Filter{Party: of})
	if err != nil {
		return err
	}
	today := clock.Day(ls.Clock.Now().In(clock.Paris).Format(time.DateOnly))
	for _, l := range leads {
		if l.Due == "" || l.Due > today {
			l.Due = today
			if err := ls.noteIn(ctx, t, l, "due"); err != nil {
				return err
			}
		}
		if l.Owner == "" {
			continue // facilitators see first what is due and nobody's
		}
		if err := ls.Closed(ctx, t, l, of); err != nil {
			return err
		}
	}
	return nil
}

// noteIn writes a lead that the clock changed, and keeps that it did.
func (ls *Leads) noteIn(ctx context.Context, t *db.Tx, l *Lead, field string) error {
	now := ls.Clock.Now()
	if err := touchLead(ctx, t, l.ID, l.Due, now); err != nil {
		return err
	}
	return addChange(ctx, t, l.ID, Changed{At: now, Channel: account.System, Before: l.Stage, After: l.Stage, Fields: []string{field}})
}

// heirs puts the establishments that took over in the place of those they
// took over: what is written at that very moment is written of them.
func heirs(ctx context.Context, t *db.Tx, list []register.SIRET) ([]register.SIRET, error) {
	var out []register.SIRET
	for _, s := range list {
		to, err := account.HeirIn(ctx, t, s)
		if err != nil {
			return nil, err
		}
		out = append(out, to)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func establishments(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT p.siret
		FROM lead_party p
		JOIN lead l ON l.id = p.lead
		WHERE l.stage NOT IN ('done', 'dropped')
		UNION
		SELECT siret FROM cooperation_party
		ORDER BY siret`)
}

// moveParties moves the parties of all leads, ended ones too.
func moveParties(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	if _, err := t.Exec(ctx, `
		INSERT INTO lead_party (lead, siret)
		SELECT lead, $2 FROM lead_party WHERE siret = $1
		ON CONFLICT (lead, siret) DO NOTHING`, int64(from), int64(to)); err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `
		INSERT INTO note_party (note, siret)
		SELECT note, $2 FROM note_party WHERE siret = $1
		ON CONFLICT (note, siret) DO NOTHING`, int64(from), int64(to)); err != nil {
		return err
	}
	for _, query := range []string{`DELETE FROM lead_party WHERE siret = $1`, `DELETE FROM note_party WHERE siret = $1`} {
		if _, err := t.Exec(ctx, query, int64(from)); err != nil {
			return err
		}
	}
	_, err := t.Exec(ctx, `UPDATE lead_comment SET siret = $2 WHERE siret = $1`, int64(from), int64(to))
	return err
}

// moveWritten gives what an establishment wrote of a cooperation, and what it
// agreed to, to the one that took it over.
func moveWritten(ctx context.Context, t *db.Tx, cooperation string, from, to register.SIRET) error {
	for _, query := range []string{
		`UPDATE cooperation_note SET siret = $3 WHERE cooperation = $1 AND siret = $2`,
		`UPDATE cooperation_note_yes SET siret = $3 WHERE note IN (SELECT id FROM cooperation_note WHERE cooperation = $1) AND siret = $2`,
	} {
		if _, err := t.Exec(ctx, query, cooperation, int64(from), int64(to)); err != nil {
			return err
		}
	}
	return nil
}

func touchLead(ctx context.Context, t *db.Tx, id string, due clock.Day, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE lead SET due = $2, changed_at = $3 WHERE id = $1`, id, string(due), db.Micros(now))
	return err
}

// moveCooperation writes the party that took over, and the keys of the
// cooperation, unless another already has them.
func moveCooperation(ctx context.Context, t *db.Tx, c *Cooperation, from, to register.SIRET, was, is string) error {
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`UPDATE cooperation_party SET siret = $3 WHERE cooperation = $1 AND siret = $2`, []any{c.ID, int64(from), int64(to)}},
		{`UPDATE cooperation SET declared_for = $3 WHERE id = $1 AND declared_for = $2`, []any{c.ID, int64(from), int64(to)}},
		{`
		INSERT INTO cooperation_path (kind, id, parties, cooperation)
		SELECT kind, id, $3, cooperation FROM cooperation_path WHERE cooperation = $1 AND parties = $2
		ON CONFLICT (kind, id, parties) DO NOTHING`, []any{c.ID, was, is}},
	} {
		if _, err := t.Exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	_, err := t.Exec(ctx, `DELETE FROM cooperation_path WHERE cooperation = $1 AND parties = $2`, c.ID, was)
	return err
}

// cooperationOfLink returns the cooperation of a link and the party that it is
// now for.
func (ls *Leads) cooperationOfLink(ctx context.Context, id string, s register.SIRET) (c *Cooperation, party register.SIRET, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		if c, err = cooperationByID(ctx, t, id); err == nil && c.Party(s) == nil {
			s, err = account.HeirIn(ctx, t, s)
		}
		return err
	})
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		err = fmt.Errorf("link of a cooperation: %w", err)
	}
	return c, s, err
}
