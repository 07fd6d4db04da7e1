package exchange

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A Verdict says that a partner is not relevant, because. It is shown to
// nobody but who said it.
type Verdict struct {
	Seeker    register.SIRET // for which it was said
	Candidate register.SIRET
	Reason    string
	By        string // id of a person
	At        time.Time
}

// VerdictReasons lists why a partner may be of no use.
func VerdictReasons() []string {
	return []string{"known", "competitor", "far", "other", "size", "later"}
}

// A VerdictCount is how many people said the same of a pair.
type VerdictCount struct {
	Seeker, Candidate register.SIRET
	Reason            string
	N                 int
}

// Verdicts are those of a house.
type Verdicts struct {
	DB    *db.DB
	Clock clock.Clock
}

// Say keeps what a person says of a candidate; said again, the last reason
// holds.
func (vs *Verdicts) Say(ctx context.Context, by account.Actor, v Verdict) error {
	if err := known(VerdictReasons(), v.Reason); err != nil {
		return err
	}
	now := vs.Clock.Now()
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		if _, err := t.Exec(ctx, `
			INSERT INTO verdict (seeker, candidate, person, reason, at)
			VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (seeker, candidate, person) DO UPDATE SET reason = excluded.reason, at = excluded.at`,
			int64(v.Seeker), int64(v.Candidate), by.Who, v.Reason, db.Micros(now)); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "verdict.say", Kind: "establishment", Object: v.Seeker.String(), By: by})
	})
	if err != nil {
		return fmt.Errorf("say that a partner is not relevant: %w", err)
	}
	return nil
}

// Remove takes back what a person said of a candidate.
func (vs *Verdicts) Remove(ctx context.Context, by account.Actor, seeker, candidate register.SIRET) error {
	now := vs.Clock.Now()
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		n, err := t.Exec(ctx, `DELETE FROM verdict WHERE seeker = $1 AND candidate = $2 AND person = $3`, int64(seeker), int64(candidate), by.Who)
		if err != nil || n == 0 {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "verdict.remove", Kind: "establishment", Object: seeker.String(), By: by})
	})
	if err != nil {
		return fmt.Errorf("take back that a partner is not relevant: %w", err)
	}
	return nil
}

// Dropped returns the candidates that somebody of an establishment set aside,
// ascending.
func (vs *Verdicts) Dropped(ctx context.Context, seeker register.SIRET) ([]register.SIRET, error) {
	var list []register.SIRET
	err := vs.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
			var s int64
			err := r.Scan(&s)
			return register.SIRET(s), err
		}, `
			SELECT DISTINCT candidate
			FROM verdict
			WHERE seeker = $1
			ORDER BY candidate`, int64(seeker))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("partners set aside: %w", err)
	}
	return list, nil
}

// Counts returns how many people said what, over all pairs: what the ranking
// learns from, without any name.
func (vs *Verdicts) Counts(ctx context.Context) ([]VerdictCount, error) {
	var list []VerdictCount
	err := vs.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, func(r *db.Row) (VerdictCount, error) {
			var c VerdictCount
			var seeker, candidate int64
			err := r.Scan(&seeker, &candidate, &c.Reason, &c.N)
			c.Seeker, c.Candidate = register.SIRET(seeker), register.SIRET(candidate)
			return c, err
		}, `
			SELECT seeker, candidate, reason, count(*)
			FROM verdict
			GROUP BY seeker, candidate, reason
			ORDER BY seeker, candidate, reason`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count verdicts: %w", err)
	}
	return list, nil
}

// Of returns what a person said, the latest first.
func (vs *Verdicts) Of(ctx context.Context, person string) ([]Verdict, error) {
	var list []Verdict
	err := vs.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, func(r *db.Row) (Verdict, error) {
			v := Verdict{By: person}
			var seeker, candidate, at int64
			err := r.Scan(&seeker, &candidate, &v.Reason, &at)
			v.Seeker, v.Candidate, v.At = register.SIRET(seeker), register.SIRET(candidate), db.Time(at)
			return v, err
		}, `
			SELECT seeker, candidate, reason, at
			FROM verdict
			WHERE person = $1
			ORDER BY at DESC, seeker, candidate`, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("verdicts of a person: %w", err)
	}
	return list, nil
}
