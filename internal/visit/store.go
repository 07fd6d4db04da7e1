package visit

import (
	"context"
	"encoding/json"
	"fmt"
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

// slotsOf returns the slots of an offer.
func slotsOf(ctx context.Context, t *db.Tx, offer string) ([]Visit, error) {
	return db.All(ctx, t, scanSlot, `
		SELECT `+slotColumns+`
		FROM visit_slot
		WHERE offer = $1
		ORDER BY id`, offer)
}

// slotsWhere returns those of a filter, soonest first; who is not shown is among
// them.
func slotsWhere(ctx context.Context, t *db.Tx, f Filter) ([]Visit, error) {
	where, args := f.where()
	return db.All(ctx, t, scanSlot, `
		SELECT s.`+strings.ReplaceAll(slotColumns, ", ", ", s.")+`
		FROM visit_slot s
		JOIN visit_offer o ON o.id = s.offer
		JOIN booking_room r ON r.id = s.id
		WHERE `+where+`
		ORDER BY r.starts_at, s.id`, args...)
}

// where is a filter as a condition on slots s, their offers o and rooms r.
func (f *Filter) where() (string, []any) {
	parts, args := []string{"1 = 1"}, []any(nil)
	and := func(condition string, v any) {
		args = append(args, v)
		parts = append(parts, fmt.Sprintf(condition, len(args)))
	}
	if f.Territory != "" {
		and("o.territory = $%d", f.Territory)
	}
	if f.Offer != "" {
		and("o.id = $%d", f.Offer)
	}
	if f.SIRET != 0 {
		and("o.siret = $%d", int64(f.SIRET))
	}
	if !f.Closed {
		and("o.state = $%d", Open)
	}
	if f.Trade != "" {
		and("(o.trades = ',,' OR o.trades LIKE $%d)", "%,"+f.Trade+",%")
	}
	if !f.From.IsZero() {
		and("r.ends_at >= $%d", db.Micros(f.From))
	}
	if !f.To.IsZero() {
		and("r.starts_at < $%d", db.Micros(f.To))
	}
	return strings.Join(parts, " AND "), args
}

// offersBehind returns the offers of slots, by id.
func offersBehind(ctx context.Context, t *db.Tx, slots []Visit) (map[string]Offer, error) {
	all := map[string]Offer{}
	for i := range slots {
		id := slots[i].Offer.ID
		if _, ok := all[id]; ok {
			continue
		}
		o, err := readOffer(ctx, t, id)
		if err != nil {
			return nil, err
		}
		all[id] = o
	}
	return all, nil
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

// hostsOf returns who shows a trade in a territory, or did.
func hostsOf(ctx context.Context, t *db.Tx, trade, territory string) ([]register.SIRET, error) {
	return db.All(ctx, t, func(r *db.Row) (register.SIRET, error) {
		var s int64
		err := r.Scan(&s)
		return register.SIRET(s), err
	}, `
		SELECT DISTINCT siret
		FROM visit_offer
		WHERE territory = $1 AND trades LIKE $2
		ORDER BY siret`, territory, "%,"+trade+",%")
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
