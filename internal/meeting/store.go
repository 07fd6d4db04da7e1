package meeting

import (
	"context"
	"encoding/json"
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

func meetings(ctx context.Context, t *db.Tx) ([]Meeting, error) {
	return db.All(ctx, t, scanMeeting, `SELECT `+columns+` FROM meeting ORDER BY id`)
}

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
