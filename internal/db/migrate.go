package db

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// The migrations are numbered SQL files in the form of goose, written once
// with PostgreSQL's types. They only go up: a house goes back by its backup.
//
//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the SQL files that make the tables.
func Migrations() fs.FS { return migrations }

// Migrate brings the tables up to the version of the program. Several nodes
// may do it at once. A database that a newer program migrated is refused with
// ErrNewer and left alone.
func (d *DB) Migrate(ctx context.Context) error {
	p, err := d.provider()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	for {
		have, want, err := p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if have > want {
			return fmt.Errorf("migrate: version %d, known up to %d: %w", have, want, ErrNewer)
		}
		if have == want {
			return nil
		}
		if _, err = p.Up(ctx); err == nil {
			return d.Analyze(ctx)
		}
		// On SQLite another process may have migrated between the question
		// and the act: then the version has grown, and it is asked again.
		now, _, again := p.GetVersions(ctx)
		if again != nil || now <= have {
			return fmt.Errorf("migrate: %w", errors.Join(err, again))
		}
	}
}

// MigrateTo brings an empty database to a version, for what was kept of a
// house of that version. ErrNewer says that the program does not know it.
func (d *DB) MigrateTo(ctx context.Context, version int64) error {
	p, err := d.provider()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	_, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if version > want {
		return fmt.Errorf("migrate: version %d, known up to %d: %w", version, want, ErrNewer)
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Version returns the version of the tables, and the one the program knows.
func (d *DB) Version(ctx context.Context) (have, want int64, err error) {
	p, err := d.provider()
	if err != nil {
		return 0, 0, err
	}
	have, want, err = p.GetVersions(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("read version of the database: %w", err)
	}
	return have, want, nil
}

func (d *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if !d.lite {
		l, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		return goose.NewProvider(goose.DialectPostgres, d.direct, files, goose.WithSessionLocker(l), goose.WithDisableGlobalRegistry(true))
	}
	if files, err = forSQLite(files); err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, d.write, files, goose.WithDisableGlobalRegistry(true))
}

// forSQLite returns the migrations in SQLite's words.
func forSQLite(files fs.FS) (fs.FS, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	out := make(fstest.MapFS, len(names))
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		out[name] = &fstest.MapFile{Data: []byte(translate(string(text)))}
	}
	return out, nil
}

var (
	liteTypes = []struct {
		column *regexp.Regexp
		typ    string
	}{
		{regexp.MustCompile(`\b(BIGINT|SMALLINT|BOOLEAN)\b`), "INTEGER"},
		{regexp.MustCompile(`\bDOUBLE PRECISION\b`), "REAL"},
		{regexp.MustCompile(`\bBYTEA\b`), "BLOB"},
	}
	createTable = regexp.MustCompile(`(?ms)^CREATE TABLE .*?^\);`)
)

// translate writes a migration for SQLite: its names of types, and every table
// STRICT, so that a number is never stored where text is declared.
func translate(text string) string {
	for _, t := range liteTypes {
		text = t.column.ReplaceAllString(text, t.typ)
	}
	return createTable.ReplaceAllStringFunc(text, func(s string) string {
		return s[:len(s)-1] + " STRICT;"
	})
}
