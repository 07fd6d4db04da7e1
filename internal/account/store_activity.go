package account

import (
	"context"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

func activitiesWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Activity, error) {
	return db.All(ctx, t, func(r *db.Row) (*Activity, error) {
		var v Activity
		var siret, created, changed int64
		var reached *int64
		err := r.Scan(&v.ID, &v.Person, &v.Name, &v.Commune, &v.Territory, &v.Trade, &v.Words, &siret, &created, &changed, &reached)
		v.SIRET, v.CreatedAt, v.ChangedAt = register.SIRET(siret), db.Time(created), db.Time(changed)
		if reached != nil {
			v.ReachedAt = db.Time(*reached)
		}
		return &v, err
	}, `
		SELECT id, person, name, commune, territory, trade, words, siret, created_at, changed_at, reached_at
		FROM activity
		WHERE `+condition+`
		ORDER BY created_at, id`, args...)
}

func activityByID(ctx context.Context, t *db.Tx, id string) (*Activity, error) {
	list, err := activitiesWhere(ctx, t, "id = $1", id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

func writeActivity(ctx context.Context, t *db.Tx, v *Activity) error {
	_, err := t.Exec(ctx, `
		INSERT INTO activity (id, person, name, commune, territory, trade, words, siret, created_at, changed_at, reached_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (id) DO UPDATE SET
			trade = excluded.trade, words = excluded.words, siret = excluded.siret, changed_at = excluded.changed_at, reached_at = excluded.reached_at`,
		v.ID, v.Person, v.Name, v.Commune, v.Territory, v.Trade, v.Words, int64(v.SIRET), db.Micros(v.CreatedAt), db.Micros(v.ChangedAt), nullable(v.ReachedAt))
	return err
}
