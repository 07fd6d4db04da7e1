package db

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	lite "modernc.org/sqlite/lib"
)

// Kinds of errors that a store may return; every other error is a fault.
var (
	ErrNotFound  = errors.New("not found")
	ErrExists    = errors.New("already exists")
	ErrReference = errors.New("refers to a missing row, or is referred to")
)

// Reasons why a database cannot be used.
var (
	// ErrOrder says that a PostgreSQL database was not created with
	// ENCODING 'UTF8' LOCALE 'C.UTF-8'.
	ErrOrder = errors.New("the database is not UTF-8 ordered by code point (C.UTF-8)")
	// ErrNewer says that a later version of the program migrated it.
	ErrNewer = errors.New("the database belongs to a newer version of the program")
	// ErrFull says that there is no room left for it.
	ErrFull = errors.New("the disk of the database is full")
	// ErrEngine says that the engine leaves that act to its own tools.
	ErrEngine = errors.New("not with this database engine")
)

// kind gives err the kind its engine's code stands for.
func kind(err error) error {
	var pg *pgconn.PgError
	var sq *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &pg):
		switch pg.Code {
		case "23505": // unique_violation
			return fmt.Errorf("%w: %w", ErrExists, err)
		case "23503": // foreign_key_violation
			return fmt.Errorf("%w: %w", ErrReference, err)
		case "53100": // disk_full
			return fmt.Errorf("%w: %w", ErrFull, err)
		}
	case errors.As(err, &sq):
		switch sq.Code() {
		case lite.SQLITE_FULL:
			return fmt.Errorf("%w: %w", ErrFull, err)
		case lite.SQLITE_CONSTRAINT_UNIQUE, lite.SQLITE_CONSTRAINT_PRIMARYKEY:
			return fmt.Errorf("%w: %w", ErrExists, err)
		case lite.SQLITE_CONSTRAINT_FOREIGNKEY, lite.SQLITE_CONSTRAINT_TRIGGER:
			return fmt.Errorf("%w: %w", ErrReference, err)
		}
	}
	return err
}

// passing reports whether err says only that others were at work at the same
// time, so that the same transaction may succeed when run again.
func passing(err error) bool {
	var pg *pgconn.PgError
	var sq *sqlite.Error
	switch {
	case errors.As(err, &pg):
		switch pg.Code {
		case "40001", // serialization_failure
			"40P01": // deadlock_detected
			return true
		}
	case errors.As(err, &sq):
		switch sq.Code() & 0xff { // the low byte of an extended code
		case lite.SQLITE_BUSY, lite.SQLITE_LOCKED:
			return true
		}
	}
	return false
}
