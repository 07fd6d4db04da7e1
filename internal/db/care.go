package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Analyze refreshes what the engine knows of the tables' contents. It is
// worth doing after a migration and after a large change.
func (d *DB) Analyze(ctx context.Context) error {
	if _, err := d.write.ExecContext(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyze database: %w", err)
	}
	return nil
}

// Clear drops every table: a database that was empty is so again when what
// was to fill it could not.
func (d *DB) Clear(ctx context.Context) error {
	err := d.Write(ctx, func(t *Tx) error {
		tables, _, err := t.Tables(ctx)
		if err != nil {
			return err
		}
		slices.Reverse(tables) // those that refer to others first
		for _, table := range append(tables, Table{Name: migrationsTable}) {
			if _, err := t.Exec(ctx, "DROP TABLE IF EXISTS "+quoted(table.Name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("clear database: %w", err)
	}
	return nil
}

// Check verifies what the engine can verify: on SQLite every page, index and
// reference; on both, that the tables are of the program's version.
func (d *DB) Check(ctx context.Context) error {
	have, want, err := d.Version(ctx)
	if err != nil {
		return err
	}
	if have != want {
		return fmt.Errorf("check database: its tables are of version %d, not %d", have, want)
	}
	if !d.lite {
		return d.Ping(ctx)
	}
	var found []error
	for _, pragma := range []string{"PRAGMA integrity_check", "PRAGMA foreign_key_check"} {
		err := d.Read(ctx, func(t *Tx) error {
			found = nil
			for row, err := range t.Query(ctx, pragma) {
				if err != nil {
					return err
				}
				var line, rowid, parent, key any
				if pragma == "PRAGMA integrity_check" {
					err = row.Scan(&line)
				} else {
					err = row.Scan(&line, &rowid, &parent, &key)
				}
				if err != nil {
					return err
				}
				if line != "ok" {
					found = append(found, fmt.Errorf("%v %v", line, rowid))
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("check database: %w", err)
		}
		if len(found) > 0 {
			return fmt.Errorf("check database: %s: %w", pragma, errors.Join(found...))
		}
	}
	return nil
}

// ErrReaders says that somebody still read what was before: the log of a
// SQLite database could not be emptied, and can be once they are done.
var ErrReaders = errors.New("the log is still being read")

// Flush moves the log of a SQLite database into its file, so that what was
// erased is nowhere any more, but what Rewrite clears. While somebody reads, a
// part of the log stays, until the next Flush. PostgreSQL does so by its own
// vacuum.
func (d *DB) Flush(ctx context.Context) error {
	if err := d.flush(ctx); err != nil && !errors.Is(err, ErrReaders) {
		return err
	}
	return nil
}

func (d *DB) flush(ctx context.Context) error {
	if !d.lite {
		return nil
	}
	var busy, log, moved int
	if err := d.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved); err != nil {
		return fmt.Errorf("flush database: %w", err)
	}
	if busy != 0 {
		return fmt.Errorf("flush database: %w", ErrReaders)
	}
	return nil
}

// Rewrite writes a SQLite database anew, then flushes it: secure_delete clears
// what is removed, not what a page held before its rows were moved to another.
// It holds up every other writer for as long as it takes, and needs room for
// the database twice more: in the temporary folder, and in its log. ErrReaders
// says that the old file is not written over yet.
func (d *DB) Rewrite(ctx context.Context) error {
	if !d.lite {
		return nil
	}
	if _, err := d.write.ExecContext(ctx, `VACUUM`); err != nil {
		return fmt.Errorf("write the database anew: %w", kind(err))
	}
	return d.flush(ctx)
}
