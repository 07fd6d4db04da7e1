package db

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openNew(t *testing.T) *DB {
	t.Helper()
	d, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "passerelle.db"))
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

func migrated(t *testing.T) *DB {
	t.Helper()
	d := openNew(t)
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestMigrateTwice(t *testing.T) {
	d := migrated(t)
	if err := d.Migrate(t.Context()); err != nil {
		t.Errorf("again: %v", err)
	}
	have, want, err := d.Version(t.Context())
	if err != nil || have != want || have < 1 {
		t.Errorf("Version = %d, %d, %v", have, want, err)
	}
}

func TestNewerDatabaseIsLeftAlone(t *testing.T) {
	d := migrated(t)
	if _, err := d.write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9000, TRUE)`); err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); !errors.Is(err, ErrNewer) {
		t.Errorf("Migrate = %v, want %v", err, ErrNewer)
	}
}

func TestEveryTableIsStrict(t *testing.T) {
	d := migrated(t)
	rows, err := d.read.QueryContext(t.Context(), `SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'goose%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		var name string
		var strict bool
		if err := rows.Scan(&name, &strict); err != nil {
			t.Fatal(err)
		}
		if n++; !strict {
			t.Errorf("table %s is not STRICT: its CREATE TABLE must begin a line and end with a line );", name)
		}
	}
	if n == 0 || rows.Err() != nil {
		t.Errorf("%d tables, %v", n, rows.Err())
	}
}

func TestTranslate(t *testing.T) {
	const in = "CREATE TABLE a (\n\tid TEXT NOT NULL,\n\tn BIGINT, ok BOOLEAN,\n\tx DOUBLE PRECISION, b BYTEA\n);\nCREATE INDEX i ON a (id);\n"
	const want = "CREATE TABLE a (\n\tid TEXT NOT NULL,\n\tn INTEGER, ok INTEGER,\n\tx REAL, b BLOB\n) STRICT;\nCREATE INDEX i ON a (id);\n"
	if got := translate(in); got != want {
		t.Errorf("translate = %s\nwant %s", got, want)
	}
}

func TestRebind(t *testing.T) {
	if got, want := rebind(true, "a = $2 AND b = $10 AND c = $1"), "a = ?2 AND b = ?10 AND c = ?1"; got != want {
		t.Errorf("rebind = %q, want %q", got, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, address := range []string{"", "sqlite:", "mysql://x", "sqlite:" + filepath.Join(t.TempDir(), "none", "x.db")} {
		if d, err := Open(t.Context(), address); err == nil {
			t.Errorf("Open(%q) succeeded", address)
			d.Close()
		}
	}
	path := filepath.Join(t.TempDir(), "text.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("ceci n'est pas une base ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err := Open(t.Context(), "sqlite:"+path); err == nil {
		t.Error("a text file was opened as a database")
		d.Close()
	}
}

func TestCheckFindsDamage(t *testing.T) {
	d := migrated(t)
	if err := d.Check(t.Context()); err != nil {
		t.Fatalf("a healthy database: %v", err)
	}
	// A reference that was broken while references were not enforced.
	c, err := d.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`PRAGMA foreign_keys = OFF`,
		`CREATE TABLE child (topic TEXT REFERENCES notice (topic)) STRICT`,
		`INSERT INTO child VALUES ('nobody')`,
	} {
		if _, err := c.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "child") {
		t.Errorf("Check = %v, want the broken reference of child", err)
	}
}

func TestCheckBeforeMigrate(t *testing.T) {
	if err := openNew(t).Check(t.Context()); err == nil {
		t.Error("Check passed on a database without tables")
	}
}

// A copy of a table is in the order of its key: each must have one, and come
// after the tables it refers to.
func TestTables(t *testing.T) {
	d := migrated(t)
	err := d.Read(t.Context(), func(tx *Tx) error {
		tables, version, err := tx.Tables(t.Context())
		if err != nil {
			return err
		}
		at := make(map[string]int)
		for i, table := range tables {
			at[table.Name] = i
			if len(table.Key) == 0 {
				t.Errorf("%s has no primary key", table.Name)
			}
		}
		if version == 0 || len(tables) < 30 || at["person"] > at["membership"] || at["lead"] > at["lead_party"] {
			t.Errorf("version %d, %d tables, in the order %v", version, len(tables), at)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Clear(t.Context()); err != nil {
		t.Fatal(err)
	}
	if have, _, err := d.Version(t.Context()); err != nil || have != 0 {
		t.Errorf("cleared, the version is %d, %v", have, err)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Errorf("cleared, it does not migrate: %v", err)
	}
}

func TestSchemaIsFresh(t *testing.T) {
	want, err := migrated(t).Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../docs/schema.sql")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/schema.sql is not what the migrations make: run `make schema`")
	}
}
