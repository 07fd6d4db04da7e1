// Package dbtest gives each test an empty, migrated database of its own, on
// each engine.
//
// SQLite is always there. PostgreSQL is used when PASSERELLE_TEST_POSTGRES
// names a server on which databases may be created, as `make test` always
// does; without it the subtest is skipped and says so. Databases are copied
// from a template, since migrating costs more than copying.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"passerelle/internal/db"
)

// variable names the server on which tests create their databases, and pooler
// one that stands before it, through which they then reach them.
const (
	variable = "PASSERELLE_TEST_POSTGRES"
	pooler   = "PASSERELLE_TEST_POOLER"
)

// Each runs f as a subtest on each engine, on a database of its own.
func Each(t *testing.T, f func(t *testing.T, d *db.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { f(t, SQLite(t)) })
	t.Run("postgres", func(t *testing.T) { f(t, Postgres(t)) })
}

// SQLite opens a new database on SQLite, closed when the test ends.
func SQLite(t testing.TB) *db.DB {
	t.Helper()
	data, err := liteTemplate()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "passerelle.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, "sqlite:"+path, "")
}

// Postgres opens a new database on PostgreSQL, dropped when the test ends. It
// skips the test when no server was named.
func Postgres(t testing.TB) *db.DB {
	t.Helper()
	direct := PostgresURL(t)
	through := os.Getenv(pooler)
	if through == "" {
		return open(t, direct, "")
	}
	u, err := url.Parse(direct)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, withName(through, strings.TrimPrefix(u.Path, "/")), direct)
}

// PostgresURL makes a new database on PostgreSQL, dropped when the test ends,
// and returns its address. It skips the test when no server was named.
func PostgresURL(t testing.TB) string {
	t.Helper()
	server := os.Getenv(variable)
	if server == "" {
		t.Skipf("no PostgreSQL: %s is not set; `make test` starts a server and sets it", variable)
	}
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin.Close(); err != nil {
			t.Error(err)
		}
	})
	template, err := postgresTemplate(t.Context(), admin, server)
	if err != nil {
		t.Fatalf("make the template database: %v", err)
	}
	name := "passerelle_test_" + strings.ToLower(rand.Text()[:12])
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.ExecContext(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return withName(server, name)
}

func open(t testing.TB, address, direct string) *db.DB {
	t.Helper()
	d, err := db.OpenThrough(t.Context(), address, direct)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// liteTemplate returns the bytes of a migrated SQLite file, made once.
var liteTemplate = sync.OnceValues(func() (data []byte, err error) {
	dir, err := os.MkdirTemp("", "passerelle-dbtest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "template.db")
	if err := migrate(context.Background(), "sqlite:"+path); err != nil {
		return nil, err
	}
	return os.ReadFile(path) // closing moved the log into the file
})

func migrate(ctx context.Context, address string) error {
	d, err := db.Open(ctx, address)
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx); err != nil {
		d.Close()
		return err
	}
	return d.Close()
}

// postgresTemplate returns the name of a migrated database, which it makes if
// the server has none for these migrations; test programs run side by side,
// so one makes it and the others wait.
func postgresTemplate(ctx context.Context, admin *sql.DB, server string) (string, error) {
	sum, err := migrationsSum()
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("passerelle_template_%016x", sum)
	c, err := admin.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := c.ExecContext(ctx, "SELECT pg_advisory_lock(7243)"); err != nil {
		return "", err
	}
	defer c.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(7243)")

	var have bool
	err = c.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&have)
	if err != nil || have {
		return name, err
	}
	draft := name + "_draft"
	for _, q := range []string{
		"DROP DATABASE IF EXISTS " + draft + " WITH (FORCE)",
		"CREATE DATABASE " + draft + " TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'",
	} {
		if _, err := c.ExecContext(ctx, q); err != nil {
			return "", err
		}
	}
	if err := migrate(ctx, withName(server, draft)); err != nil {
		return "", err
	}
	_, err = c.ExecContext(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
	return name, err
}

// migrationsSum names the state of the migrations.
func migrationsSum() (uint64, error) {
	h := fnv.New64a()
	err := fs.WalkDir(db.Migrations(), ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(db.Migrations(), path)
		fmt.Fprintf(h, "%s\n%s\n", path, data)
		return err
	})
	return h.Sum64(), err
}

// withName returns the address of another database of the same server.
func withName(server, name string) string {
	u, err := url.Parse(server)
	if err != nil {
		return server // sql.Open has accepted it; the error comes on use
	}
	u.Path = "/" + name
	return u.String()
}
