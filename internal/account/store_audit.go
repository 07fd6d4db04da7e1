package account

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"passerelle/internal/db"
)

const entryColumns = `id, at, act, kind, object, who, on_behalf, channel, fields`

func addEntry(ctx context.Context, t *db.Tx, id string, now time.Time, e Entry, fields string) error {
	_, err := t.Exec(ctx, `
		INSERT INTO audit_entry (`+entryColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		id, db.Micros(now), e.Act, e.Kind, e.Object, e.By.Who, e.By.For, e.By.Channel, fields)
	return err
}

// recorded reads the columns of entryColumns, the number and the hash.
func recorded(r *db.Row) (Recorded, error) {
	var e Recorded
	var at int64
	var number *int64
	var hash *string
	err := r.Scan(&e.ID, &at, &e.Act, &e.Kind, &e.Object, &e.By.Who, &e.By.For, &e.By.Channel, &e.fields, &number, &hash)
	if err != nil {
		return e, err
	}
	e.At = db.Time(at)
	if number != nil && hash != nil {
		e.number, e.hash = *number, *hash
	}
	var fields map[string]string
	if err := json.Unmarshal([]byte(e.fields), &fields); err != nil {
		return e, err
	}
	e.Fields = slices.Sorted(maps.Keys(fields))
	return e, nil
}

// chainEnd returns the last number of the chain and its hash, 0 and nothing
// before the first.
func chainEnd(ctx context.Context, t *db.Tx) (number int64, hash string, err error) {
	err = t.One(ctx, []any{&number, &hash}, `
		SELECT number, hash
		FROM audit_entry
		WHERE number IS NOT NULL
		ORDER BY number DESC
		LIMIT 1`)
	if errors.Is(err, db.ErrNotFound) {
		err = nil
	}
	return number, hash, err
}

func unsealed(ctx context.Context, t *db.Tx, limit int) ([]Recorded, error) {
	return db.All(ctx, t, recorded, `
		SELECT `+entryColumns+`, number, hash
		FROM audit_entry
		WHERE number IS NULL
		ORDER BY id
		LIMIT $1`, limit)
}

func seal(ctx context.Context, t *db.Tx, id string, number int64, hash string) error {
	_, err := t.Exec(ctx, `
		UPDATE audit_entry
		SET number = $2, hash = $3
		WHERE id = $1`, id, number, hash)
	return err
}

// sealed returns the entries of the chain after a number, in order.
func sealed(ctx context.Context, t *db.Tx, after int64, limit int) ([]Recorded, error) {
	return db.All(ctx, t, recorded, `
		SELECT `+entryColumns+`, number, hash
		FROM audit_entry
		WHERE number > $1
		ORDER BY number
		LIMIT $2`, after, limit)
}

// actsOf returns what a person did and what was done to or for them.
func actsOf(ctx context.Context, t *db.Tx, person, before string, limit int) ([]Recorded, error) {
	return db.All(ctx, t, recorded, `
		SELECT `+entryColumns+`, number, hash
		FROM audit_entry
		WHERE (who = $1 OR on_behalf = $1 OR kind = 'person' AND object = $1)
			AND ($2 = '' OR id < $2)
		ORDER BY id DESC
		LIMIT $3`, person, before, limit)
}

// allActs returns a page of the record, the last first.
func allActs(ctx context.Context, t *db.Tx, before string, limit int) ([]Recorded, error) {
	return db.All(ctx, t, recorded, `
		SELECT `+entryColumns+`, number, hash
		FROM audit_entry
		WHERE $1 = '' OR id < $1
		ORDER BY id DESC
		LIMIT $2`, before, limit)
}
