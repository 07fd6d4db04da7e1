package db

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Analyze refreshes what the engine knows of the tables' contents. It is
// worth doing after a migration and after a large change.
func (d *DB) Analyze(ctx context.Context) error {
	if _, err := d.write.ExecContext(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyze database: %w", err)
	}
	return nil
}

// Backup writes a copy of the database, as it is at this moment, to a new
// file, while it serves. PostgreSQL has its own tools for that: ErrEngine.
func (d *DB) Backup(ctx context.Context, path string) error {
	if !d.lite {
		return fmt.Errorf("back up database: %w", ErrEngine)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("back up database: %w", err)
	}
	// VACUUM INTO only reads, but query_only refuses it; it takes an empty
	// file for a new one.
	if _, err := d.write.ExecContext(ctx, "VACUUM INTO ?1", path); err != nil {
		return errors.Join(fmt.Errorf("back up database: %w", err), os.Remove(path))
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

// Flush moves the log of a SQLite database into its file, so that what was
// erased is nowhere any more. PostgreSQL does so by its own vacuum.
func (d *DB) Flush(ctx context.Context) error {
	if !d.lite {
		return nil
	}
	if _, err := d.write.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		return fmt.Errorf("flush database: %w", err)
	}
	return nil
}
