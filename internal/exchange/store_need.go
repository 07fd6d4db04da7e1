package exchange

import (
	"context"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

const needColumns = `id, siret, direction, kind, title, words, trades, quantity, unit, from_day, until_day, commune, territory, radius_km, matches, reply_by,
	state, flags, reason, before, who, channel, for_name, created_at, changed_at, posted_at, ended_at, asked_at, outcome, batch_at`

func scanNeed(r *db.Row) (*Need, error) {
	var n Need
	var siret, quantity, radius, created, changed int64
	var trades, flags string
	var posted, ended, asked, batch *int64
	err := r.Scan(&n.ID, &siret, &n.Direction, &n.Kind, &n.Title, &n.Words, &trades, &quantity, &n.Unit, &n.From, &n.Until, &n.Commune, &n.Territory, &radius, &n.Matches, &n.ReplyBy,
		&n.State, &flags, &n.Reason, &n.Before, &n.By.Who, &n.By.Channel, &n.ForName, &created, &changed, &posted, &ended, &asked, &n.Outcome, &batch)
	if err != nil {
		return nil, err
	}
	n.SIRET, n.Quantity, n.RadiusKM = register.SIRET(siret), Quantity(quantity), int(radius)
	n.Trades, n.Flags = strings.Fields(trades), strings.Fields(flags)
	n.CreatedAt, n.ChangedAt = db.Time(created), db.Time(changed)
	n.PostedAt, n.EndedAt, n.AskedAt, n.BatchAt = timeOf(posted), timeOf(ended), timeOf(asked), timeOf(batch)
	return &n, nil
}

// timeOf is a moment that may not have come yet.
func timeOf(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return db.Time(*micros)
}

// microsOf is a moment as it is stored, NULL for none.
func microsOf(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return db.Micros(t)
}

// spaced writes words each between two spaces, so that one is found whole.
func spaced(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " " + strings.Join(list, " ") + " "
}

// writeNeed adds a need or changes it.
func writeNeed(ctx context.Context, t *db.Tx, n *Need, folded string) error {
	_, err := t.Exec(ctx, `
		INSERT INTO need (`+needColumns+`, folded)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
		ON CONFLICT (id) DO UPDATE SET
			direction = excluded.direction, kind = excluded.kind, title = excluded.title, words = excluded.words, trades = excluded.trades,
			quantity = excluded.quantity, unit = excluded.unit, from_day = excluded.from_day, until_day = excluded.until_day, commune = excluded.commune,
			territory = excluded.territory, radius_km = excluded.radius_km, matches = excluded.matches, reply_by = excluded.reply_by, state = excluded.state,
			flags = excluded.flags, reason = excluded.reason, for_name = excluded.for_name, changed_at = excluded.changed_at, posted_at = excluded.posted_at,
			ended_at = excluded.ended_at, asked_at = excluded.asked_at, outcome = excluded.outcome, batch_at = excluded.batch_at, folded = excluded.folded`,
		n.ID, int64(n.SIRET), n.Direction, n.Kind, n.Title, n.Words, spaced(n.Trades), int64(n.Quantity), n.Unit, n.From, n.Until, n.Commune, n.Territory, int64(n.RadiusKM), n.Matches, n.ReplyBy,
		n.State, strings.Join(n.Flags, " "), n.Reason, n.Before, n.By.Who, n.By.Channel, n.ForName, db.Micros(n.CreatedAt), db.Micros(n.ChangedAt),
		microsOf(n.PostedAt), microsOf(n.EndedAt), microsOf(n.AskedAt), n.Outcome, microsOf(n.BatchAt), folded)
	return err
}

func needsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]*Need, error) {
	return db.All(ctx, t, scanNeed, `
		SELECT `+needColumns+`
		FROM need
		WHERE `+condition, args...)
}

func needByID(ctx context.Context, t *db.Tx, id string) (*Need, error) {
	list, err := needsWhere(ctx, t, `id = $1`, id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// everVisible reports whether a facilitator has let a need of an establishment
// through before.
func everVisible(ctx context.Context, t *db.Tx, s register.SIRET) (bool, error) {
	var n int
	err := t.One(ctx, []any{&n}, `SELECT count(*) FROM need WHERE siret = $1 AND posted_at IS NOT NULL`, int64(s))
	return n > 0, err
}

const interestColumns = `id, need, number, siret, person, words, state, channel, at`

func scanInterest(r *db.Row) (Interest, error) {
	var i Interest
	var siret, at int64
	err := r.Scan(&i.ID, &i.Need, &i.Number, &siret, &i.Person, &i.Words, &i.State, &i.Channel, &at)
	i.SIRET, i.At = register.SIRET(siret), db.Time(at)
	return i, err
}

func interestsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]Interest, error) {
	return db.All(ctx, t, scanInterest, `
		SELECT `+interestColumns+`
		FROM need_interest
		WHERE `+condition+`
		ORDER BY need, number`, args...)
}

func addInterest(ctx context.Context, t *db.Tx, i *Interest) error {
	if err := t.One(ctx, []any{&i.Number}, `SELECT coalesce(max(number), 0) + 1 FROM need_interest WHERE need = $1`, i.Need); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `
		INSERT INTO need_interest (`+interestColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, i.ID, i.Need, i.Number, int64(i.SIRET), i.Person, i.Words, i.State, i.Channel, db.Micros(i.At))
	return err
}

func setInterest(ctx context.Context, t *db.Tx, id, state string) error {
	_, err := t.Exec(ctx, `UPDATE need_interest SET state = $2 WHERE id = $1`, id, state)
	return err
}

const questionColumns = `id, need, siret, person, words, at, answer, answered_at`

func scanQuestion(r *db.Row) (Question, error) {
	var q Question
	var siret, at int64
	var answered *int64
	err := r.Scan(&q.ID, &q.Need, &siret, &q.Person, &q.Words, &at, &q.Answer, &answered)
	q.SIRET, q.At, q.AnsweredAt = register.SIRET(siret), db.Time(at), timeOf(answered)
	return q, err
}

func questionsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]Question, error) {
	return db.All(ctx, t, scanQuestion, `
		SELECT `+questionColumns+`
		FROM need_question
		WHERE `+condition+`
		ORDER BY at, id`, args...)
}

func addQuestion(ctx context.Context, t *db.Tx, q *Question) error {
	_, err := t.Exec(ctx, `
		INSERT INTO need_question (`+questionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, '', NULL)`, q.ID, q.Need, int64(q.SIRET), q.Person, q.Words, db.Micros(q.At))
	return err
}

// addEvent notes a step that is counted later.
func addEvent(ctx context.Context, t *db.Tx, now time.Time, kind, object, band, territory string) error {
	_, err := t.Exec(ctx, `
		INSERT INTO exchange_event (id, kind, object, day, band, territory)
		VALUES ($1, $2, $3, $4, $5, $6)`, db.NewID(now), kind, object, dayOf(now), band, territory)
	return err
}

// An Event is a step of an exchange, as it is counted.
type Event struct {
	Kind, Object string
	Day          clock.Day
	Band         string // of the amount, in euros; empty where there is none
	Territory    string
}

func eventsOf(ctx context.Context, t *db.Tx, object string) ([]Event, error) {
	return db.All(ctx, t, func(r *db.Row) (e Event, err error) {
		err = r.Scan(&e.Kind, &e.Object, &e.Day, &e.Band, &e.Territory)
		return e, err
	}, `
		SELECT kind, object, day, band, territory
		FROM exchange_event
		WHERE object = $1
		ORDER BY id`, object)
}

// recordNeed leaves an act on a need in the record of acts.
func recordNeed(ctx context.Context, t *db.Tx, now time.Time, act string, n *Need, by account.Actor) error {
	return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "need", Object: n.ID, By: by})
}

const invitationColumns = `need, siret, batch, state, at`

func invitationsWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]Invitation, error) {
	return db.All(ctx, t, func(r *db.Row) (i Invitation, err error) {
		var siret, at int64
		err = r.Scan(&i.Need, &siret, &i.Batch, &i.State, &at)
		i.SIRET, i.At = register.SIRET(siret), db.Time(at)
		return i, err
	}, `
		SELECT `+invitationColumns+`
		FROM need_invitation
		WHERE `+condition+`
		ORDER BY at, need, siret`, args...)
}

func addInvitation(ctx context.Context, t *db.Tx, i Invitation) error {
	_, err := t.Exec(ctx, `
		INSERT INTO need_invitation (`+invitationColumns+`)
		VALUES ($1, $2, $3, $4, $5)`, i.Need, int64(i.SIRET), i.Batch, i.State, db.Micros(i.At))
	return err
}

const searchColumns = `id, person, query, token, since, told_at`

func searchesWhere(ctx context.Context, t *db.Tx, condition string, args ...any) ([]SavedSearch, error) {
	return db.All(ctx, t, func(r *db.Row) (s SavedSearch, err error) {
		var since, told int64
		err = r.Scan(&s.ID, &s.Person, &s.Query, &s.Token, &since, &told)
		s.Since, s.ToldAt = db.Time(since), db.Time(told)
		return s, err
	}, `
		SELECT `+searchColumns+`
		FROM need_search
		WHERE `+condition+`
		ORDER BY id`, args...)
}

func addSearch(ctx context.Context, t *db.Tx, s SavedSearch) error {
	_, err := t.Exec(ctx, `
		INSERT INTO need_search (`+searchColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (person, query) DO NOTHING`, s.ID, s.Person, s.Query, s.Token, db.Micros(s.Since), db.Micros(s.ToldAt))
	return err
}
