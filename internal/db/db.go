// Package db opens the database of a house, SQLite or PostgreSQL, and runs
// SQL on it.
//
// Queries are written once, by hand, in the SQL that both engines share, with
// $1, $2, … for arguments; they stand in the store.go of the subjects. What
// the engines do differently is in this package only: opening, placeholders,
// the kinds of errors, retries, column types of the migrations, backups. It
// holds no query of any subject.
//
// Its one difficulty is that a transaction may have to run again: SQLite has
// one writer, PostgreSQL refuses a transaction that would not have been
// possible had each run alone. Write runs its function again in both cases,
// so that a rule checked in the same transaction as the act it allows holds
// on both engines, without locks in the queries; in return the function must
// do nothing that a second run would do twice.
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // driver "sqlite"
)

// A DB is an open database.
type DB struct {
	read, write *sql.DB // the same pool on PostgreSQL
	direct      *sql.DB // by which PostgreSQL is migrated
	lite        bool
	path        string // of the file, on SQLite
}

// Open opens the database named by address and checks that it can be used:
// sqlite:PATH (the file is made if there is none) or a postgres:// URL. It
// does not migrate. A PostgreSQL database whose encoding or order of text is
// not ours is refused with ErrOrder.
func Open(ctx context.Context, address string) (*DB, error) {
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return openPostgres(ctx, address, address)
	}
	path, ok := strings.CutPrefix(address, "sqlite:")
	if !ok || path == "" {
		return nil, fmt.Errorf("database address must be sqlite:PATH or postgres://…")
	}
	return openSQLite(ctx, path)
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	// The file holds people: no one else on the machine may read it. SQLite
	// gives its side files the same rights.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}

	// Pragmas go in the name: they must hold on every connection of a pool.
	// busy_timeout comes first, because switching to WAL may have to wait;
	// NORMAL loses nothing in WAL mode but the last commits at a power cut;
	// what is deleted is overwritten, because it may have been a person.
	name := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=secure_delete(1)"
	d := &DB{lite: true, path: path}
	// A transaction that reads, then writes, could not wait for another
	// writer (SQLITE_BUSY_SNAPSHOT): writers lock at once.
	if d.write, err = sql.Open("sqlite", name+"&_txlock=immediate"); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d.write.SetMaxOpenConns(1) // one writer: queue here, not on the lock
	if d.read, err = sql.Open("sqlite", name+"&_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), d.write.Close())
	}
	d.read.SetMaxOpenConns(8)
	for _, pool := range []*sql.DB{d.write, d.read} {
		if err := pool.PingContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("open database %s: %w", path, err), d.Close())
		}
	}
	return d, nil
}

// OpenThrough opens a database as Open does, behind a pooler that may give
// each transaction another session; migrations, which hold a lock of a
// session, go by an address of the server itself. Without one, it is Open.
func OpenThrough(ctx context.Context, address, direct string) (*DB, error) {
	if direct == "" || strings.HasPrefix(address, "sqlite:") {
		return Open(ctx, address)
	}
	return openPostgres(ctx, address, direct)
}

func openPostgres(ctx context.Context, address, direct string) (*DB, error) {
	pool, err := connections(address, address != direct)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	d := &DB{read: pool, write: pool, direct: pool}
	if address != direct {
		if d.direct, err = connections(direct, false); err != nil {
			return nil, errors.Join(fmt.Errorf("open database: %w", err), pool.Close())
		}
		d.direct.SetMaxIdleConns(0) // it serves once
	}
	if err := checkOrder(ctx, pool); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", err), d.Close())
	}
	return d, nil
}

// connections returns connections to a PostgreSQL. Behind a pooler no
// statement is prepared in a session, which the next transaction may not have:
// what a query takes and gives is described once and remembered here, and each
// run is planned anew.
func connections(address string, pooler bool) (*sql.DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	if pooler {
		c.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	pool := stdlib.OpenDB(*c)
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(16) // another connection costs a process there, and what it has prepared
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return pool, nil
}

// checkOrder refuses a database that does not hold UTF-8 or does not order
// text by code point: the same page would be cut differently on each engine.
func checkOrder(ctx context.Context, pool *sql.DB) error {
	var encoding string
	var byCodePoint bool
	err := pool.QueryRowContext(ctx,
		`SELECT current_setting('server_encoding'), 'a' > 'B' AND 'é' > 'z' AND 'a b' < 'aa'`).Scan(&encoding, &byCodePoint)
	if err != nil {
		return err
	}
	if encoding != "UTF8" || !byCodePoint {
		return ErrOrder
	}
	return nil
}

// Engine returns the name of the engine: sqlite or postgres.
func (d *DB) Engine() string {
	if d.lite {
		return "sqlite"
	}
	return "postgres"
}

// Close closes the database. No transaction may be under way.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.read != d.write && d.read != nil {
		err = errors.Join(err, d.read.Close())
	}
	if d.direct != d.write && d.direct != nil {
		err = errors.Join(err, d.direct.Close())
	}
	if err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	return nil
}

// Ping reports whether the database answers.
func (d *DB) Ping(ctx context.Context) error {
	if err := d.read.PingContext(ctx); err != nil {
		return fmt.Errorf("ping database: %w", err)
	}
	return nil
}
