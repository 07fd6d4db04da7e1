package profile

import (
	"context"
	"strings"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// movePicture puts a picture behind those of another establishment, and
// reports whether it did: it does not when that one has the same.
func movePicture(ctx context.Context, t *db.Tx, k Picture, to register.SIRET) (bool, error) {
	n, err := t.Exec(ctx, `
		UPDATE profile_picture
		SET siret = $1, position = (SELECT coalesce(max(position), 0) + 1 FROM profile_picture WHERE siret = $1)
		WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM profile_picture WHERE siret = $1 AND hash = $3)`, int64(to), k.ID, k.Hash)
	return n > 0, err
}

// moveProfile moves what an establishment says and said; what its successor
// says itself stays.
func moveProfile(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	for _, query := range []string{
		`INSERT INTO profile (siret, content, changed_at, confirmed_at)
		SELECT $2, content, changed_at, confirmed_at FROM profile WHERE siret = $1
		ON CONFLICT (siret) DO NOTHING`,
		`DELETE FROM profile WHERE siret = $1`,
		`UPDATE profile_revision SET siret = $2 WHERE siret = $1`,
		`DELETE FROM profile_picture WHERE siret = $1`,
		`UPDATE profile_label SET state = 'withdrawn'
		WHERE siret = $1 AND state = 'asked' AND label IN (SELECT label FROM profile_label WHERE siret = $2 AND state = 'asked')`,
		`UPDATE profile_label SET siret = $2 WHERE siret = $1`,
	} {
		args := []any{int64(from), int64(to)}
		if strings.HasPrefix(query, "DELETE") {
			args = args[:1]
		}
		if _, err := t.Exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func establishments(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT siret FROM profile
		UNION
		SELECT siret FROM profile_label
		ORDER BY siret`)
}
