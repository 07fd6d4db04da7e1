package meeting

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/db"
)

const columns = `id, series, state, title, words, territory, commune, venue, agenda, trades, organiser, institution, created_at, changed_at`

func readMeeting(ctx context.Context, t *db.Tx, id string) (Meeting, error) {
	list, err := db.All(ctx, t, scanMeeting, `SELECT `+columns+` FROM meeting WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return Meeting{}, err
	}
	return list[0], nil
}

// meetings returns those of a filter, in its order; the rooms are not read.
func meetings(ctx context.Context, t *db.Tx, f Filter) ([]Meeting, error) {
	where, args := f.where()
	order := ` ORDER BY r.starts_at, r.id`
	if !f.Ended.IsZero() {
		order = ` ORDER BY r.starts_at DESC, r.id DESC`
	}
	if f.Limit > 0 {
		order += fmt.Sprintf(` LIMIT %d`, f.Limit+1)
	}
	return db.All(ctx, t, scanMeeting, `
		SELECT m.`+strings.ReplaceAll(columns, ", ", ", m.")+`
		FROM meeting m
		JOIN booking_room r ON r.id = m.id
		WHERE `+where+order, args...)
}

// where is a filter as a condition on meetings m and their rooms r.
func (f *Filter) where() (string, []any) {
	parts, args := []string{"1 = 1"}, []any(nil)
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	and := func(condition string, v any) { parts = append(parts, condition+arg(v)) }
	for _, is := range []struct{ column, value string }{
		{"m.territory", f.Territory}, {"m.series", f.Series}, {"m.organiser", f.Organiser},
	} {
		if is.value != "" {
			and(is.column+" = ", is.value)
		}
	}
	if !f.Drafts {
		and("m.state = ", Published)
	}
	if f.Trade != "" {
		and("(m.trades = ',,' OR m.trades LIKE ", "%,"+f.Trade+",%")
		parts[len(parts)-1] += ")"
	}
	if !f.From.IsZero() {
		and("r.ends_at >= ", db.Micros(f.From))
	}
	if !f.To.IsZero() {
		and("r.starts_at < ", db.Micros(f.To))
	}
	if !f.Ended.IsZero() {
		and("r.ends_at < ", db.Micros(f.Ended))
	}
	if f.Keeper != nil && len(f.Keeper.Territories) > 0 {
		mine := "(m.organiser = " + arg(f.Keeper.ID) + " OR m.territory IN (" + db.In(len(args)+1, len(f.Keeper.Territories)) + "))"
		for _, t := range f.Keeper.Territories {
			args = append(args, t)
		}
		parts = append(parts, mine)
	}
	if start, id, ok := strings.Cut(f.After, "."); ok {
		if at, err := strconv.ParseInt(start, 10, 64); err == nil {
			parts = append(parts, "(r.starts_at, r.id) < ("+arg(at)+", "+arg(id)+")")
		}
	}
	return strings.Join(parts, " AND "), args
}

// cursor names the place of a meeting in the order of those that ended.
func (m *Meeting) cursor() string { return fmt.Sprintf("%d.%s", db.Micros(m.Room.Start), m.ID) }

func scanMeeting(r *db.Row) (m Meeting, err error) {
	var venue, agenda, trades string
	var created, changed int64
	if err := r.Scan(&m.ID, &m.Series, &m.State, &m.Title, &m.Words, &m.Territory, &m.Commune, &venue, &agenda, &trades, &m.Organiser, &m.Institution, &created, &changed); err != nil {
		return m, err
	}
	m.CreatedAt, m.ChangedAt = db.Time(created), db.Time(changed)
	if trades = strings.Trim(trades, ","); trades != "" {
		m.Trades = strings.Split(trades, ",")
	}
	if err := json.Unmarshal([]byte(venue), &m.Venue); err != nil {
		return m, err
	}
	return m, json.Unmarshal([]byte(agenda), &m.Agenda)
}

func putMeeting(ctx context.Context, t *db.Tx, m *Meeting, fresh bool) error {
	venue, err := json.Marshal(m.Venue)
	if err != nil {
		return err
	}
	agenda, err := json.Marshal(m.Agenda)
	if err != nil {
		return err
	}
	args := []any{
		m.ID, m.Title, m.Words, m.Territory, m.Commune, string(venue), string(agenda), "," + strings.Join(m.Trades, ",") + ",", db.Micros(m.ChangedAt),
	}
	if fresh {
		_, err = t.Exec(ctx, `
			INSERT INTO meeting (id, title, words, territory, commune, venue, agenda, trades, changed_at, series, state, organiser, institution, created_at)
			VALUES (`+db.In(1, 14)+`)`, append(args, m.Series, m.State, m.Organiser, m.Institution, db.Micros(m.CreatedAt))...)
		return err
	}
	n, err := t.Exec(ctx, `
		UPDATE meeting SET title = $2, words = $3, territory = $4, commune = $5, venue = $6, agenda = $7, trades = $8, changed_at = $9
		WHERE id = $1`, args...)
	if err == nil && n == 0 {
		err = db.ErrNotFound
	}
	return err
}

func publish(ctx context.Context, t *db.Tx, id string, now time.Time) (int64, error) {
	return t.Exec(ctx, `
		UPDATE meeting SET state = $2, changed_at = $3
		WHERE id = $1 AND state <> $2`, id, Published, db.Micros(now))
}
