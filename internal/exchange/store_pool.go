package exchange

import (
	"context"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

func readPool(ctx context.Context, t *db.Tx, need string) (*Pool, error) {
	p := &Pool{Need: need}
	var threshold, referent int64
	var closed *int64
	err := t.One(ctx, []any{&threshold, &p.Until, &p.State, &p.Extended, &referent, &p.Offer, &closed}, `
		SELECT threshold, until_day, state, extended, referent, offer, closed_at
		FROM pool
		WHERE need = $1`, need)
	if err != nil {
		return nil, err
	}
	p.Threshold, p.Referent, p.ClosedAt = Quantity(threshold), register.SIRET(referent), timeOf(closed)
	if p.Joiners, err = joinersWhere(ctx, t, `pool = $1 AND left_at IS NULL`, need); err != nil {
		return nil, err
	}
	p.Offers, err = db.All(ctx, t, func(r *db.Row) (o Offer, err error) {
		var unit, delivery, minimum, at int64
		err = r.Scan(&o.ID, &o.Supplier, &unit, &delivery, &minimum, &o.Delivers, &o.Note, &at)
		o.Unit, o.Delivery, o.Minimum, o.At = sheet.Cents(unit), sheet.Cents(delivery), Quantity(minimum), db.Time(at)
		return o, err
	}, `
		SELECT id, supplier, unit_price, delivery, minimum, delivers, note, at
		FROM pool_offer
		WHERE pool = $1
		ORDER BY at, id`, need)
	return p, err
}

func joinersWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]Joiner, error) {
	return db.All(ctx, t, func(r *db.Row) (j Joiner, err error) {
		var siret, quantity, at int64
		var left *int64
		err = r.Scan(&siret, &j.Person, &quantity, &at, &left)
		j.SIRET, j.Quantity, j.At, j.LeftAt = register.SIRET(siret), Quantity(quantity), db.Time(at), timeOf(left)
		return j, err
	}, `
		SELECT siret, person, quantity, at, left_at
		FROM pool_joiner
		WHERE `+condition+`
		ORDER BY at, siret`, args...)
}

func writePool(ctx context.Context, t *db.Tx, p *Pool) error {
	_, err := t.Exec(ctx, `
		INSERT INTO pool (need, threshold, until_day, state, extended, referent, offer, closed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (need) DO UPDATE SET
			threshold = excluded.threshold, until_day = excluded.until_day, state = excluded.state, extended = excluded.extended,
			referent = excluded.referent, offer = excluded.offer, closed_at = excluded.closed_at`,
		p.Need, int64(p.Threshold), p.Until, p.State, p.Extended, int64(p.Referent), p.Offer, microsOf(p.ClosedAt))
	return err
}

// writeJoiner lets a firm in, with what it wants: again, it is what it wants
// now, in its old place.
func writeJoiner(ctx context.Context, t *db.Tx, pool string, j Joiner) error {
	_, err := t.Exec(ctx, `
		INSERT INTO pool_joiner (pool, siret, person, quantity, at, left_at)
		VALUES ($1, $2, $3, $4, $5, NULL)
		ON CONFLICT (pool, siret) DO UPDATE SET
			person = excluded.person, quantity = excluded.quantity, left_at = NULL`,
		pool, int64(j.SIRET), j.Person, int64(j.Quantity), db.Micros(j.At))
	return err
}

func letGo(ctx context.Context, t *db.Tx, pool string, s register.SIRET, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE pool_joiner SET left_at = $3 WHERE pool = $1 AND siret = $2 AND left_at IS NULL`, pool, int64(s), db.Micros(now))
	return err
}

func addOffer(ctx context.Context, t *db.Tx, pool string, o Offer) error {
	_, err := t.Exec(ctx, `
		INSERT INTO pool_offer (id, pool, supplier, unit_price, delivery, minimum, delivers, note, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		o.ID, pool, o.Supplier, int64(o.Unit), int64(o.Delivery), int64(o.Minimum), o.Delivers, o.Note, db.Micros(o.At))
	return err
}
