package visit

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

const offerColumns = `id, siret, state, title, terms, minutes, seats, approval, trades, territory, commune, channel, made_by, created_at, changed_at`

func scanOffer(r *db.Row) (o Offer, err error) {
	var terms, trades string
	var siret, created, changed int64
	if err := r.Scan(&o.ID, &siret, &o.State, &o.Title, &terms, &o.Minutes, &o.Seats, &o.Approval, &trades, &o.Territory, &o.Commune, &o.Channel, &o.MadeBy, &created, &changed); err != nil {
		return o, err
	}
	o.SIRET, o.CreatedAt, o.ChangedAt = register.SIRET(siret), db.Time(created), db.Time(changed)
	if trades = strings.Trim(trades, ","); trades != "" {
		o.Trades = strings.Split(trades, ",")
	}
	return o, json.Unmarshal([]byte(terms), &o.Terms)
}

func readOffer(ctx context.Context, t *db.Tx, id string) (Offer, error) {
	return first(db.All(ctx, t, scanOffer, `SELECT `+offerColumns+` FROM visit_offer WHERE id = $1`, id))
}

// lockOffer reads an offer and keeps its row until the transaction ends: who
// opens the same slots at once waits, or runs again.
func lockOffer(ctx context.Context, t *db.Tx, id string) (Offer, error) {
	if _, err := t.Exec(ctx, `UPDATE visit_offer SET state = state WHERE id = $1`, id); err != nil {
		return Offer{}, err
	}
	return readOffer(ctx, t, id)
}

// first returns the only row there is.
func first[T any](list []T, err error) (T, error) {
	var none T
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return none, err
	}
	return list[0], nil
}

func offersOf(ctx context.Context, t *db.Tx, s register.SIRET) ([]Offer, error) {
	return db.All(ctx, t, scanOffer, `
		SELECT `+offerColumns+`
		FROM visit_offer
		WHERE siret = $1
		ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, id`, int64(s))
}

func offers(ctx context.Context, t *db.Tx) (map[string]Offer, error) {
	list, err := db.All(ctx, t, scanOffer, `SELECT `+offerColumns+` FROM visit_offer`)
	all := make(map[string]Offer, len(list))
	for _, o := range list {
		all[o.ID] = o
	}
	return all, err
}

func putOffer(ctx context.Context, t *db.Tx, o *Offer, fresh bool) error {
	terms, err := json.Marshal(o.Terms)
	if err != nil {
		return err
	}
	args := []any{
		o.ID, o.State, o.Title, string(terms), o.Minutes, o.Seats, o.Approval, "," + strings.Join(o.Trades, ",") + ",", o.Territory, o.Commune, o.Channel, o.MadeBy, db.Micros(o.ChangedAt),
	}
	if fresh {
		_, err = t.Exec(ctx, `
			INSERT INTO visit_offer (id, state, title, terms, minutes, seats, approval, trades, territory, commune, channel, made_by, changed_at, siret, created_at)
			VALUES (`+db.In(1, 15)+`)`, append(args, int64(o.SIRET), db.Micros(o.CreatedAt))...)
		return err
	}
	_, err = t.Exec(ctx, `
		UPDATE visit_offer SET
			state = $2, title = $3, terms = $4, minutes = $5, seats = $6, approval = $7, trades = $8, territory = $9, commune = $10, channel = $11, made_by = $12, changed_at = $13
		WHERE id = $1`, args...)
	return err
}

const slotColumns = `id, offer, series, asked_at, created_at, changed_at`

// scanSlot reads a slot: of its offer, the id.
func scanSlot(r *db.Row) (v Visit, err error) {
	var asked, created, changed int64
	err = r.Scan(&v.ID, &v.Offer.ID, &v.Series, &asked, &created, &changed)
	v.AskedAt, v.CreatedAt, v.ChangedAt = moment(asked), db.Time(created), db.Time(changed)
	return v, err
}

func readSlot(ctx context.Context, t *db.Tx, id string) (Visit, error) {
	return first(db.All(ctx, t, scanSlot, `SELECT `+slotColumns+` FROM visit_slot WHERE id = $1`, id))
}

// slotsOf returns the slots of an offer, or of all.
func slotsOf(ctx context.Context, t *db.Tx, offer string) ([]Visit, error) {
	return db.All(ctx, t, scanSlot, `
		SELECT `+slotColumns+`
		FROM visit_slot
		WHERE $1 = '' OR offer = $1
		ORDER BY id`, offer)
}

func addSlot(ctx context.Context, t *db.Tx, v *Visit) error {
	_, err := t.Exec(ctx, `
		INSERT INTO visit_slot (`+slotColumns+`)
		VALUES ($1, $2, $3, 0, $4, $4)`, v.ID, v.Offer.ID, v.Series, db.Micros(v.CreatedAt))
	return err
}

func touchSlot(ctx context.Context, t *db.Tx, id string, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE visit_slot SET changed_at = $2 WHERE id = $1`, id, db.Micros(now))
	return err
}

// askSlot notes that the visitors of a slot are asked; 0 when they were.
func askSlot(ctx context.Context, t *db.Tx, id string, now time.Time) (int64, error) {
	return t.Exec(ctx, `UPDATE visit_slot SET asked_at = $2 WHERE id = $1 AND asked_at = 0`, id, db.Micros(now))
}

const wishColumns = `id, siret, trade, territory, seats, words, name, mail, language, person, created_at, told_at, closed_at`

func scanWish(r *db.Row) (w Wish, err error) {
	var siret, created, told, closed int64
	err = r.Scan(&w.ID, &siret, &w.Trade, &w.Territory, &w.Seats, &w.Words, &w.Name, &w.Mail, &w.Language, &w.Person, &created, &told, &closed)
	w.SIRET, w.CreatedAt, w.ToldAt, w.ClosedAt = register.SIRET(siret), db.Time(created), moment(told), moment(closed)
	return w, err
}

func readWish(ctx context.Context, t *db.Tx, id string) (Wish, error) {
	return first(wishes(ctx, t, `id = $1`, id))
}

func wishes(ctx context.Context, t *db.Tx, where string, args ...any) ([]Wish, error) {
	return db.All(ctx, t, scanWish, `SELECT `+wishColumns+` FROM visit_wish WHERE `+where+` ORDER BY created_at, id`, args...)
}

func addWish(ctx context.Context, t *db.Tx, w *Wish) error {
	_, err := t.Exec(ctx, `
		INSERT INTO visit_wish (`+wishColumns+`, mail_key)
		VALUES (`+db.In(1, 14)+`)`,
		w.ID, int64(w.SIRET), w.Trade, w.Territory, w.Seats, w.Words, w.Name, w.Mail, w.Language, w.Person, micros(w.CreatedAt), micros(w.ToldAt), micros(w.ClosedAt), mailKey(w.Mail))
	return err
}

func putWish(ctx context.Context, t *db.Tx, w *Wish) error {
	_, err := t.Exec(ctx, `UPDATE visit_wish SET told_at = $2, closed_at = $3 WHERE id = $1`, w.ID, micros(w.ToldAt), micros(w.ClosedAt))
	return err
}

// mailKey is what two spellings of an address have in common.
func mailKey(mail string) string { return strings.ToLower(strings.TrimSpace(mail)) }

// micros and moment store the zero time as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}
