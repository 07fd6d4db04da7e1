package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"regexp"
	"strings"
	"time"
)

// patience is how long a transaction is tried again while others are in its
// way.
const patience = 10 * time.Second

// A Tx is a transaction. Its methods return the errors of this package. It
// must not be used after the function it was given to has returned, nor by
// two goroutines at a time.
type Tx struct {
	tx   *sql.Tx
	lite bool
}

// Read runs f in a transaction that sees one moment of the database and
// cannot change it. f may run several times.
func (d *DB) Read(ctx context.Context, f func(*Tx) error) error {
	return d.try(ctx, d.read, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, f)
}

// Write runs f in a transaction and commits it when f returns nil. The result
// is as if every Write ran alone, one after another; f may therefore run
// several times, the last of which alone has an effect on the database.
func (d *DB) Write(ctx context.Context, f func(*Tx) error) error {
	return d.try(ctx, d.write, &sql.TxOptions{Isolation: sql.LevelSerializable}, f)
}

// try runs f in transactions of pool until one is not in the way of others.
func (d *DB) try(ctx context.Context, pool *sql.DB, o *sql.TxOptions, f func(*Tx) error) error {
	if d.lite {
		o = nil // the pool says it: readers are query_only, the writer is alone
	}
	defer alone()()
	start := time.Now()
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 250*time.Millisecond) {
		err := once(ctx, pool, o, d.lite, f)
		if err == nil || !passing(err) || time.Since(start) > patience {
			return err
		}
		// Waiting a random time lets one of those who collide pass.
		wait := time.NewTimer(rand.N(pause) + time.Millisecond)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}

func once(ctx context.Context, pool *sql.DB, o *sql.TxOptions, lite bool, f func(*Tx) error) (err error) {
	tx, err := pool.BeginTx(ctx, o)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() {
		// After Commit this has no effect; after an error of f there is
		// nothing to add to it.
		if back := tx.Rollback(); err == nil && back != nil && !errors.Is(back, sql.ErrTxDone) {
			err = fmt.Errorf("roll back: %w", back)
		}
	}()
	if err := f(&Tx{tx: tx, lite: lite}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", kind(err))
	}
	return nil
}

// Exec runs a statement and reports how many rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.tx.ExecContext(ctx, rebind(t.lite, query), args...)
	if err != nil {
		return 0, kind(err)
	}
	return res.RowsAffected()
}

// One runs a query and scans its first row into dest. Without a row it
// returns ErrNotFound.
func (t *Tx) One(ctx context.Context, dest []any, query string, args ...any) error {
	return kind(t.tx.QueryRowContext(ctx, rebind(t.lite, query), args...).Scan(dest...))
}

// A Row is a row of an answer, valid until the next one is asked for.
type Row struct{ rows *sql.Rows }

// Scan copies the columns of the row into dest.
func (r *Row) Scan(dest ...any) error { return r.rows.Scan(dest...) }

// Query runs a query and yields its rows; an error ends them:
//
//	for row, err := range tx.Query(ctx, `SELECT …`, id) {
//		if err != nil {
//			return err
//		}
//		if err := row.Scan(&name); err != nil {
//			return err
//		}
//	}
//
// No other statement may run on the transaction before the loop has ended.
func (t *Tx) Query(ctx context.Context, query string, args ...any) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		rows, err := t.tx.QueryContext(ctx, rebind(t.lite, query), args...)
		if err != nil {
			yield(nil, kind(err))
			return
		}
		r := &Row{rows}
		for rows.Next() {
			if !yield(r, nil) {
				rows.Close() // nobody is left to hear of an error
				return
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			yield(nil, kind(err))
		}
	}
}

// All runs a query and returns what scan makes of each of its rows.
func All[T any](ctx context.Context, t *Tx, scan func(*Row) (T, error), query string, args ...any) ([]T, error) {
	var all []T
	for row, err := range t.Query(ctx, query, args...) {
		if err != nil {
			return nil, err
		}
		v, err := scan(row)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// In returns n placeholders from $first, for an IN list; n must not be 0.
func In(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "$%d", first+i)
	}
	return b.String()
}

var param = regexp.MustCompile(`\$(\d+)`)

// rebind writes $1 as ?1 for SQLite. SQLite reads $2 as a name, numbered by
// where it is first written: $2 before $1 would silently swap the arguments.
func rebind(lite bool, query string) string {
	if !lite {
		return query
	}
	return param.ReplaceAllString(query, "?$1")
}
