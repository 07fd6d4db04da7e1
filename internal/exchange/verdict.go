package exchange

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/match"
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
	var out []string
	for _, r := range match.Refusals {
		out = append(out, string(r))
	}
	return out
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

// About returns what was said for an establishment, the latest first.
func (vs *Verdicts) About(ctx context.Context, seeker register.SIRET) ([]Verdict, error) {
	return vs.list(ctx, `WHERE seeker = $1`, int64(seeker))
}

// All returns what everybody said of everyone: what the ranking learns from.
func (vs *Verdicts) All(ctx context.Context) ([]Verdict, error) {
	return vs.list(ctx, ``)
}

// Of returns what a person said, the latest first.
func (vs *Verdicts) Of(ctx context.Context, person string) ([]Verdict, error) {
	return vs.list(ctx, `WHERE person = $1`, person)
}

func (vs *Verdicts) list(ctx context.Context, where string, args ...any) (list []Verdict, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		list, err = db.All(ctx, t, func(r *db.Row) (v Verdict, err error) {
			var seeker, candidate, at int64
			err = r.Scan(&seeker, &candidate, &v.By, &v.Reason, &at)
			v.Seeker, v.Candidate, v.At = register.SIRET(seeker), register.SIRET(candidate), db.Time(at)
			return v, err
		}, `
			SELECT seeker, candidate, person, reason, at
			FROM verdict
			`+where+`
			ORDER BY at DESC, seeker, candidate`, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("verdicts: %w", err)
	}
	return list, nil
}
