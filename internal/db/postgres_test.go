package db_test

import (
	"database/sql"
	"errors"
	"net/url"
	"sync"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// create makes a database beside the one of address, with options, and
// returns its address.
func create(t *testing.T, address, name, options string) string {
	t.Helper()
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name = u.Path[1:] + name
	if _, err := admin.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE template0 "+options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin, err := sql.Open("pgx", address)
		if err != nil {
			t.Error(err)
			return
		}
		defer admin.Close()
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u.Path = "/" + name
	return u.String()
}

// A database in another order of text, or another encoding, would cut the
// same list differently: it is refused before anything is written.
func TestPostgresOrderIsChecked(t *testing.T) {
	address := dbtest.PostgresURL(t)
	for _, c := range []struct {
		name, options string
		want          error
	}{
		{"_ours", "ENCODING 'UTF8' LOCALE 'C.UTF-8'", nil},
		{"_c", "ENCODING 'UTF8' LOCALE 'C'", nil},
		{"_french", "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR' LOCALE 'C.UTF-8'", db.ErrOrder},
		{"_latin", "ENCODING 'LATIN1' LOCALE 'C'", db.ErrOrder},
	} {
		d, err := db.Open(t.Context(), create(t, address, c.name, c.options))
		if !errors.Is(err, c.want) {
			t.Errorf("Open of a database %s = %v, want %v", c.options, err, c.want)
		}
		if err == nil {
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// Nodes that start together migrate once; the others wait for it.
func TestPostgresNodesMigrateTogether(t *testing.T) {
	address := create(t, dbtest.PostgresURL(t), "_nodes", "ENCODING 'UTF8' LOCALE 'C.UTF-8'")
	var nodes sync.WaitGroup
	for range 4 {
		nodes.Go(func() {
			d, err := db.Open(t.Context(), address)
			if err != nil {
				t.Error(err)
				return
			}
			if err := d.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
			if err := d.Check(t.Context()); err != nil {
				t.Error(err)
			}
			if err := d.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
}

// BenchmarkExecModes measures what not preparing statements in a session
// costs, as behind a pooler: a write of two statements, as an act is.
func BenchmarkExecModes(b *testing.B) {
	address := dbtest.PostgresURL(b)
	for _, mode := range []string{"cache_statement", "cache_describe"} {
		b.Run(mode, func(b *testing.B) {
			d, err := db.Open(b.Context(), address+"&default_query_exec_mode="+mode)
			if err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			for b.Loop() {
				err := d.Write(b.Context(), func(tx *db.Tx) error {
					if _, err := tx.Notice(b.Context(), "bench"); err != nil {
						return err
					}
					var n int
					return tx.One(b.Context(), []any{&n}, `SELECT count(*) FROM membership m JOIN person p ON p.id = m.person WHERE m.siret = $1 AND p.mail_key <> $2`, 1, "a")
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
