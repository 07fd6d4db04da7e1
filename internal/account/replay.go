package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/db"
)

// ErasureTopic is the notice of an erasure: the list of them is then to be
// kept apart from the database.
const ErasureTopic = "erasure"

// An Erasure tells that a person was erased: an id that leads nowhere.
type Erasure struct {
	Person string
	At     time.Time
}

// Erasures returns every erasure, the first ones first.
func (a *Accounts) Erasures(ctx context.Context) ([]Erasure, error) {
	var list []Erasure
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, func(r *db.Row) (e Erasure, err error) {
			var at int64
			err = r.Scan(&e.Person, &at)
			e.At = db.Time(at)
			return e, err
		}, `
			SELECT person, at
			FROM erasure
			ORDER BY at, person`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("erasures: %w", err)
	}
	return list, nil
}

// EraseAgain erases those whom a database that was put back knows again, the
// last operator too, and returns how many there were. All the erasures are
// noted as they were, each with its act: asking twice does nothing more, and
// after a stop in the middle does the rest.
func (a *Accounts) EraseAgain(ctx context.Context, by Actor, list []Erasure) (int, error) {
	list, err := a.notErased(ctx, list)
	if err != nil {
		return 0, fmt.Errorf("erase again: %w", err)
	}
	n := 0
	for _, e := range list {
		again := false
		err := a.DB.Write(ctx, func(t *db.Tx) error {
			again = false
			if err := addErasure(ctx, t, e); err != nil {
				return err
			}
			_, err := a.erase(ctx, t, by, e.Person)
			if errors.Is(err, db.ErrNotFound) {
				return nil
			}
			again = true
			return err
		})
		if err != nil {
			return n, fmt.Errorf("erase again: %w", err)
		}
		if again {
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	if err := a.DB.Flush(ctx); err != nil {
		return n, fmt.Errorf("erase again: %w", err)
	}
	return n, nil
}

// notErased returns those of a list that the database does not know.
func (a *Accounts) notErased(ctx context.Context, list []Erasure) ([]Erasure, error) {
	known := make(map[string]bool)
	err := a.DB.Read(ctx, func(t *db.Tx) error {
		for some := range slices.Chunk(list, 1000) {
			args := make([]any, len(some))
			for i, e := range some {
				args[i] = e.Person
			}
			for r, err := range t.Query(ctx, `
				SELECT person
				FROM erasure
				WHERE person IN (`+db.In(1, len(args))+`)`, args...) {
				var person string
				if err == nil {
					err = r.Scan(&person)
				}
				if err != nil {
					return err
				}
				known[person] = true
			}
		}
		return nil
	})
	var left []Erasure
	for _, e := range list {
		if !known[e.Person] {
			left = append(left, e)
		}
	}
	return left, err
}

func addErasure(ctx context.Context, t *db.Tx, e Erasure) error {
	n, err := t.Exec(ctx, `
		INSERT INTO erasure (person, at)
		VALUES ($1, $2)
		ON CONFLICT (person) DO NOTHING`, e.Person, db.Micros(e.At))
	if err != nil || n == 0 {
		return err
	}
	_, err = t.Notice(ctx, ErasureTopic)
	return err
}
