package visit

import (
	"context"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const takeawayColumns = `booking, slot, saw, takes, goes_on, signed, trade, siret, mail_key, person, visitor_yes, host_yes, lead, written_at, published_at`

func scanTakeaway(r *db.Row) (k Takeaway, err error) {
	var siret, written, published int64
	err = r.Scan(&k.Booking, &k.Slot, &k.Saw, &k.Takes, &k.GoesOn, &k.Signed, &k.Trade, &siret, &k.Mail, &k.Person, &k.Visitor, &k.Host, &k.Lead, &written, &published)
	k.SIRET, k.WrittenAt, k.PublishedAt = register.SIRET(siret), db.Time(written), moment(published)
	return k, err
}

func readTakeaway(ctx context.Context, t *db.Tx, id string) (Takeaway, error) {
	return first(takeaways(ctx, t, `booking = $1`, id))
}

func takeaways(ctx context.Context, t *db.Tx, where string, args ...any) ([]Takeaway, error) {
	return db.All(ctx, t, scanTakeaway, `SELECT `+takeawayColumns+` FROM visit_takeaway WHERE `+where+` ORDER BY written_at, booking`, args...)
}

func putTakeaway(ctx context.Context, t *db.Tx, k *Takeaway, fresh bool) error {
	args := []any{
		k.Booking, k.Slot, k.Saw, k.Takes, k.GoesOn, k.Signed, k.Trade, int64(k.SIRET), mailKey(k.Mail), k.Person, k.Visitor, k.Host, k.Lead, micros(k.WrittenAt), micros(k.PublishedAt),
	}
	if fresh {
		_, err := t.Exec(ctx, `INSERT INTO visit_takeaway (`+takeawayColumns+`) VALUES (`+db.In(1, 15)+`)`, args...)
		return err
	}
	_, err := t.Exec(ctx, `
		UPDATE visit_takeaway SET
			slot = $2, saw = $3, takes = $4, goes_on = $5, signed = $6, trade = $7, siret = $8, mail_key = $9, person = $10,
			visitor_yes = $11, host_yes = $12, lead = $13, written_at = $14, published_at = $15
		WHERE booking = $1`, args...)
	return err
}

// forgetPerson removes what a person wished and wrote, and their name from
// what they made.
func forgetPerson(ctx context.Context, t *db.Tx, person, mail string) error {
	for _, query := range []string{
		`DELETE FROM visit_wish WHERE person <> '' AND person = $1 OR mail_key <> '' AND mail_key = $2`,
		`DELETE FROM visit_takeaway WHERE person <> '' AND person = $1 OR mail_key <> '' AND mail_key = $2`,
	} {
		if _, err := t.Exec(ctx, query, person, mail); err != nil {
			return err
		}
	}
	_, err := t.Exec(ctx, `UPDATE visit_offer SET made_by = '' WHERE made_by = $1`, person)
	return err
}

// forgetBefore removes the wishes made before a moment, and who wrote what was
// written before another.
func forgetBefore(ctx context.Context, t *db.Tx, wished, written time.Time) error {
	if _, err := t.Exec(ctx, `DELETE FROM visit_wish WHERE created_at < $1`, db.Micros(wished)); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `UPDATE visit_takeaway SET mail_key = '', person = '' WHERE written_at < $1 AND (mail_key <> '' OR person <> '')`, db.Micros(written))
	return err
}
