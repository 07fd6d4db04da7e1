package account

import (
	"context"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const claimColumns = `id, person, siret, territory, state, proof, code, tries, sent_at, decided_at, decided_by, reason, created_at`

func addClaim(ctx context.Context, t *db.Tx, c *Claim) error {
	_, err := t.Exec(ctx, `
		INSERT INTO claim (`+claimColumns+`)
		VALUES ($1, $2, $3, $4, $5, '', '', 0, NULL, NULL, '', '', $6)`,
		c.ID, c.Person, int64(c.SIRET), c.Territory, c.State, db.Micros(c.CreatedAt))
	return err
}

func changeClaim(ctx context.Context, t *db.Tx, c *Claim) error {
	_, err := t.Exec(ctx, `
		UPDATE claim
		SET state = $2, proof = $3, code = $4, tries = $5, sent_at = $6, decided_at = $7, decided_by = $8, reason = $9
		WHERE id = $1`,
		c.ID, c.State, c.Proof, c.code, c.Tries, nullable(c.SentAt), nullable(c.DecidedAt), c.DecidedBy, c.Reason)
	return err
}

// nullable returns an instant as it is stored, nothing for none.
func nullable(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := db.Micros(t)
	return &n
}

func scanClaim(r *db.Row) (*Claim, error) {
	var c Claim
	var siret, created int64
	var sent, decided *int64
	err := r.Scan(&c.ID, &c.Person, &siret, &c.Territory, &c.State, &c.Proof, &c.code, &c.Tries, &sent, &decided, &c.DecidedBy, &c.Reason, &created)
	c.SIRET, c.CreatedAt = register.SIRET(siret), db.Time(created)
	if sent != nil {
		c.SentAt = db.Time(*sent)
	}
	if decided != nil {
		c.DecidedAt = db.Time(*decided)
	}
	return &c, err
}

// claimsWhere returns the claims for which a condition on $1 holds, the
// latest first.
func claimsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Claim, error) {
	return db.All(ctx, t, scanClaim, `
		SELECT `+claimColumns+`
		FROM claim
		WHERE `+condition+`
		ORDER BY created_at DESC, id DESC`, args...)
}

func oneClaim(ctx context.Context, t *db.Tx, condition string, args ...any) (*Claim, error) {
	list, err := claimsWhere(ctx, t, condition, args...)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list[0], nil
}

func claimByID(ctx context.Context, t *db.Tx, id string) (*Claim, error) {
	return oneClaim(ctx, t, "id = $1", id)
}

func openClaim(ctx context.Context, t *db.Tx, person string, s register.SIRET) (*Claim, error) {
	return oneClaim(ctx, t, "person = $1 AND siret = $2 AND state = 'open'", person, int64(s))
}

func addMembership(ctx context.Context, t *db.Tx, person string, s register.SIRET, proof string, now time.Time) error {
	_, err := t.Exec(ctx, `
		INSERT INTO membership (person, siret, proof, since)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (person, siret) DO NOTHING`, person, int64(s), proof, db.Micros(now))
	if err != nil {
		return err
	}
	return dropDeserted(ctx, t, s)
}

func removeMembership(ctx context.Context, t *db.Tx, person string, s register.SIRET) error {
	n, err := t.Exec(ctx, `DELETE FROM membership WHERE person = $1 AND siret = $2`, person, int64(s))
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}
