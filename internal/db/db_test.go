package db_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// people makes a table for the tests of this package, which has none of its
// own to play with.
func people(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		for _, q := range []string{
			`CREATE TABLE house (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE)`,
			`CREATE TABLE guest (id TEXT PRIMARY KEY, house TEXT NOT NULL REFERENCES house (id), age BIGINT NOT NULL, active BOOLEAN NOT NULL)`,
			`INSERT INTO house (id, name) VALUES ('h1', 'Atelier Brochard'), ('h2', 'Scop Lumière')`,
		} {
			if _, err := tx.Exec(t.Context(), q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// must runs one statement in a transaction of its own.
func must(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestArguments(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		must(t, d, `INSERT INTO guest (id, house, age, active) VALUES ($4, $3, $2, $1)`, true, 41, "h1", "amina")
		must(t, d, `INSERT INTO guest (id, house, age, active) VALUES ($1, $2, $3, $4)`, "bruno", "h2", 33, false)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			var house string
			var age int
			var active bool
			err := tx.One(t.Context(), []any{&house, &age, &active},
				`SELECT house, age, active FROM guest WHERE age > $2 AND id = $1 AND active`, "amina", 40)
			if err != nil {
				return err
			}
			if house != "h1" || age != 41 || !active {
				t.Errorf("amina = %q, %d, %v; want h1, 41, true", house, age, active)
			}
			ids, err := db.All(t.Context(), tx, func(r *db.Row) (id string, err error) {
				return id, r.Scan(&id)
			}, `SELECT id FROM guest WHERE age > $1 AND id IN (`+db.In(2, 2)+`) ORDER BY id`, 20, "bruno", "amina")
			if want := []string{"amina", "bruno"}; !slices.Equal(ids, want) {
				t.Errorf("ids = %v, want %v", ids, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestKinds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		must(t, d, `INSERT INTO guest (id, house, age, active) VALUES ('amina', 'h1', 41, TRUE)`)
		for _, c := range []struct {
			name, query string
			want        error
		}{
			{"same key", `INSERT INTO house (id, name) VALUES ('h1', 'Autre')`, db.ErrExists},
			{"same name", `INSERT INTO house (id, name) VALUES ('h3', 'Scop Lumière')`, db.ErrExists},
			{"missing row", `INSERT INTO guest (id, house, age, active) VALUES ('x', 'h9', 1, TRUE)`, db.ErrReference},
			{"row in use", `DELETE FROM house WHERE id = 'h1'`, db.ErrReference},
		} {
			err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), c.query)
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			var name string
			return tx.One(t.Context(), []any{&name}, `SELECT name FROM house WHERE id = $1`, "h9")
		})
		if !errors.Is(err, db.ErrNotFound) {
			t.Errorf("no row: %v, want %v", err, db.ErrNotFound)
		}
		err = d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `INSERT INTO guest (id, house, age, active) VALUES ('y', 'h1', NULL, TRUE)`)
			return err
		})
		if err == nil || errors.Is(err, db.ErrExists) || errors.Is(err, db.ErrReference) {
			t.Errorf("NULL: %v, want an error of no kind", err)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM house`)
			return err
		})
		if err == nil {
			t.Error("a Read deleted rows")
		}
	})
}

func TestErrorRollsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		refused := errors.New("refused")
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Exec(t.Context(), `DELETE FROM house`); err != nil {
				return err
			}
			return refused
		})
		if !errors.Is(err, refused) {
			t.Errorf("Write = %v, want %v", err, refused)
		}
		if n := count(t, d, "house"); n != 2 {
			t.Errorf("%d houses, want the 2 there were", n)
		}
	})
}

func count(t *testing.T, d *db.DB, table string) int {
	t.Helper()
	var n int
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		return tx.One(t.Context(), []any{&n}, "SELECT count(*) FROM "+table)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A loop left early must free the connection: SQLite's writer has only one.
func TestQueryLeftEarly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for _, err := range tx.Query(t.Context(), `SELECT id FROM house`) {
				if err != nil {
					return err
				}
				break
			}
			_, err := tx.Exec(t.Context(), `UPDATE house SET name = 'Autre' WHERE id = 'h1'`)
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Each writer reads a value, thinks, and writes it plus one: without
// serial transactions most of the additions would be lost.
func TestFiftyWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		must(t, d, `INSERT INTO guest (id, house, age, active) VALUES ('amina', 'h1', 0, TRUE)`)
		var all sync.WaitGroup
		errs := make(chan error, 50)
		for range 50 {
			all.Go(func() {
				errs <- d.Write(t.Context(), func(tx *db.Tx) error {
					var age int
					if err := tx.One(t.Context(), []any{&age}, `SELECT age FROM guest WHERE id = 'amina'`); err != nil {
						return err
					}
					_, err := tx.Exec(t.Context(), `UPDATE guest SET age = $1 WHERE id = 'amina'`, age+1)
					return err
				})
			})
		}
		all.Wait()
		close(errs)
		for err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		var age int
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			return tx.One(t.Context(), []any{&age}, `SELECT age FROM guest WHERE id = 'amina'`)
		}); err != nil {
			t.Fatal(err)
		}
		if age != 50 {
			t.Errorf("after 50 writers, age = %d", age)
		}
	})
}

// The classic that snapshots alone do not prevent: two transactions each see
// that the other is present and both leave. The first try of both is made to
// overlap; one must be run again and then refuse.
func TestWriteSkew(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		people(t, d)
		must(t, d, `INSERT INTO guest (id, house, age, active) VALUES ('amina', 'h1', 41, TRUE), ('bruno', 'h1', 33, TRUE)`)
		last := errors.New("someone must stay")
		leave := func(id string, seen func()) error {
			tries := 0
			return d.Write(t.Context(), func(tx *db.Tx) error {
				tries++
				var n int
				if err := tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM guest WHERE active`); err != nil {
					return err
				}
				if tries == 1 {
					seen()
				}
				if n < 2 {
					return last
				}
				_, err := tx.Exec(t.Context(), `UPDATE guest SET active = FALSE WHERE id = $1`, id)
				return err
			})
		}
		// On PostgreSQL both have counted before either leaves. SQLite lets
		// only one in, so waiting for the other would be for ever.
		seen := func() {}
		if d.Engine() == "postgres" {
			var both sync.WaitGroup
			both.Add(2)
			seen = func() { both.Done(); both.Wait() }
		}
		errs := make(chan error, 2)
		for _, id := range []string{"amina", "bruno"} {
			go func() { errs <- leave(id, seen) }()
		}
		a, b := <-errs, <-errs
		if a == nil && b == nil || !errors.Is(errors.Join(a, b), last) {
			t.Errorf("both left: %v, %v; want one refusal", a, b)
		}
	})
}

// Two programs share the folder: a command writes while the server does.
func TestTwoProcessesOnSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d'été & 50 %?.db") // signs that an address gives a meaning to
	var dbs []*db.DB
	for range 2 {
		d, err := db.Open(t.Context(), "sqlite:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		dbs = append(dbs, d)
	}
	var all sync.WaitGroup
	for _, d := range dbs {
		all.Go(func() {
			if err := d.Migrate(t.Context()); err != nil {
				t.Errorf("both migrate at once: %v", err)
			}
		})
	}
	all.Wait()
	people(t, dbs[0])
	for i, d := range dbs {
		for j := range 2 {
			all.Go(func() {
				for k := range 25 {
					err := d.Write(t.Context(), func(tx *db.Tx) error {
						_, err := tx.Exec(t.Context(), `INSERT INTO guest (id, house, age, active) VALUES ($1, 'h1', 1, TRUE)`, fmt.Sprint(i, j, k))
						return err
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	all.Wait()
	if n := count(t, dbs[1], "guest"); n != 100 {
		t.Errorf("%d rows, want 100", n)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("database file: %v, %v; want it closed to others", info.Mode(), err)
	}
}

func TestCancelledWriterGivesUp(t *testing.T) {
	d := dbtest.SQLite(t)
	held, done := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		err := d.Write(t.Context(), func(*db.Tx) error { close(held); <-done; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := d.Write(ctx, func(*db.Tx) error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Write behind another = %v, want %v", err, context.DeadlineExceeded)
	}
	close(done)
	all.Wait()
}

func TestNotices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		known := map[string]int64{}
		notice := func(topic string) (version int64) {
			t.Helper()
			err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
				version, err = tx.Notice(t.Context(), topic)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return version
		}
		changes := func() map[string]int64 {
			t.Helper()
			c, err := d.Changes(t.Context(), known)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		if c := changes(); len(c) != 0 {
			t.Errorf("changes of a new house: %v", c)
		}
		if v := notice("overlay"); v != 1 {
			t.Errorf("first version = %d", v)
		}
		notice("overlay")
		notice("needs")
		if c := changes(); len(c) != 2 || c["overlay"] != 2 || c["needs"] != 1 {
			t.Errorf("changes = %v, want overlay 2, needs 1", c)
		}
		known = changes()
		if c := changes(); len(c) != 0 {
			t.Errorf("changes once known: %v", c)
		}
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { notice("overlay") })
		}
		all.Wait()
		if c := changes(); len(c) != 1 || c["overlay"] != 22 {
			t.Errorf("changes after 20 writers = %v, want overlay 22", c)
		}
	})
}

func TestNewIDSorts(t *testing.T) {
	var ids []string
	for ms := range int64(2000) {
		ids = append(ids, db.NewID(time.UnixMilli(1_790_000_000_000+ms*37)))
	}
	ids = append(ids, db.NewID(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)))
	if !slices.IsSorted(ids) {
		t.Error("ids do not sort by time")
	}
	same := time.UnixMilli(1)
	if a, b := db.NewID(same), db.NewID(same); a == b || len(a) != 26 || strings.ToLower(a) != a {
		t.Errorf("ids of one instant: %q and %q", a, b)
	}
}

func TestTimeRoundTrip(t *testing.T) {
	for _, want := range []time.Time{{}, time.Unix(0, 0), time.Date(2026, 11, 23, 14, 30, 1, 2000, time.UTC)} {
		if got := db.Time(db.Micros(want)); !got.Equal(want) {
			t.Errorf("%v came back as %v", want, got)
		}
	}
	if db.Micros(time.UnixMicro(math.MaxInt64)) != math.MaxInt64 {
		t.Error("the last instant is not kept")
	}
}

// Every node has the same secret, whoever makes it.
func TestSecret(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var wait sync.WaitGroup
		all := make([][]byte, 10)
		for n := range all {
			wait.Go(func() {
				s, err := d.Secret(t.Context(), "bounce")
				if err != nil || len(s) != 32 {
					t.Errorf("%d bytes, %v", len(s), err)
				}
				all[n] = s
			})
		}
		wait.Wait()
		other, err := d.Secret(t.Context(), "other")
		if err != nil || bytes.Equal(other, all[0]) {
			t.Errorf("another name: %v", err)
		}
		for _, s := range all[1:] {
			if !bytes.Equal(s, all[0]) {
				t.Error("two secrets of one name")
			}
		}
	})
}
