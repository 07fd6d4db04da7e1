package account

import (
	"context"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

func addDeserted(ctx context.Context, t *db.Tx, d Deserted) error {
	_, err := t.Exec(ctx, `
		INSERT INTO firm_left (siret, territory, at)
		VALUES ($1, $2, $3)
		ON CONFLICT (siret) DO UPDATE SET territory = excluded.territory, at = excluded.at`, int64(d.SIRET), d.Territory, db.Micros(d.At))
	return err
}

func dropDeserted(ctx context.Context, t *db.Tx, s register.SIRET) error {
	_, err := t.Exec(ctx, `DELETE FROM firm_left WHERE siret = $1`, int64(s))
	return err
}

func deserted(ctx context.Context, t *db.Tx, condition string, args ...any) ([]Deserted, error) {
	return db.All(ctx, t, func(r *db.Row) (Deserted, error) {
		var d Deserted
		var siret, at int64
		err := r.Scan(&siret, &d.Territory, &at)
		d.SIRET, d.At = register.SIRET(siret), db.Time(at)
		return d, err
	}, `
		SELECT siret, territory, at
		FROM firm_left
		WHERE `+condition+`
		ORDER BY at, siret`, args...)
}

// hasEnded reports whether the register closed an establishment.
func hasEnded(ctx context.Context, t *db.Tx, s register.SIRET) (ended bool, err error) {
	err = t.One(ctx, []any{&ended}, `SELECT EXISTS (SELECT 1 FROM firm_end WHERE siret = $1)`, int64(s))
	return ended, err
}
