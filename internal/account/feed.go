package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
)

// OpenFeed makes the address of somebody's own agenda and returns what it
// carries: it is shown once. The address before it leads nowhere from then on.
func (a *Accounts) OpenFeed(ctx context.Context, by Actor, person string) (token string, err error) {
	now := a.Clock.Now()
	token = db.NewToken()
	err = a.DB.Write(ctx, func(t *db.Tx) error {
		if _, err := t.Exec(ctx, `
			INSERT INTO agenda_feed (person, token, made_at)
			VALUES ($1, $2, $3)
			ON CONFLICT (person) DO UPDATE SET token = excluded.token, made_at = excluded.made_at`, person, stored(token), db.Micros(now)); err != nil {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "agenda.open", Kind: "person", Object: person, By: by})
	})
	if err != nil {
		return "", fmt.Errorf("open the agenda: %w", err)
	}
	return token, nil
}

// EndFeed makes the address of somebody's agenda lead nowhere. Ending twice is
// ending once.
func (a *Accounts) EndFeed(ctx context.Context, by Actor, person string) error {
	now := a.Clock.Now()
	err := a.DB.Write(ctx, func(t *db.Tx) error {
		n, err := t.Exec(ctx, `DELETE FROM agenda_feed WHERE person = $1`, person)
		if err != nil || n == 0 {
			return err
		}
		return Record(ctx, t, now, Entry{Act: "agenda.end", Kind: "person", Object: person, By: by})
	})
	if err != nil {
		return fmt.Errorf("end the agenda: %w", err)
	}
	return nil
}

// FeedSince returns since when the agenda of somebody has its address; zero
// when it has none.
func (a *Accounts) FeedSince(ctx context.Context, person string) (since time.Time, err error) {
	var made int64
	err = a.DB.Read(ctx, func(t *db.Tx) error {
		return t.One(ctx, []any{&made}, `SELECT made_at FROM agenda_feed WHERE person = $1`, person)
	})
	if errors.Is(err, db.ErrNotFound) {
		return since, nil
	}
	if err != nil {
		return since, fmt.Errorf("agenda since: %w", err)
	}
	return db.Time(made), nil
}

// ByFeed returns whose agenda an address is, or db.ErrNotFound.
func (a *Accounts) ByFeed(ctx context.Context, token string) (p *Person, err error) {
	err = a.DB.Read(ctx, func(t *db.Tx) error {
		var id string
		if err := t.One(ctx, []any{&id}, `SELECT person FROM agenda_feed WHERE token = $1`, stored(token)); err != nil {
			return err
		}
		p, err = personByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("agenda by its address: %w", err)
	}
	return p, nil
}
