package db_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"passerelle/internal/db"
)

// What was deleted may stay in a page whose rows were moved, whatever
// secure_delete does; written anew, it is in no byte of the database.
func TestRewriteLeavesNoByte(t *testing.T) {
	left := 0
	for seed := range int64(8) {
		path := filepath.Join(t.TempDir(), "passerelle.db")
		d := openAt(t, path)
		fillAndDelete(t, d, rand.New(rand.NewSource(seed)))
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		left += bytesOf(t, path, "zenobie")
		if err := d.Rewrite(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := bytesOf(t, path, "zenobie"); n > 0 {
			t.Errorf("seed %d: %d times after it was written anew", seed, n)
		}
	}
	if left == 0 {
		t.Error("nothing was left before either: this test proves nothing")
	}
}

// Who reads keeps the old file from being written over: that is said, and over
// once they are done.
func TestRewriteWhileSomebodyReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "passerelle.db")
	d := openAt(t, path)
	fillAndDelete(t, d, rand.New(rand.NewSource(6)))
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		var n int
		if err := tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM p`); err != nil {
			return err
		}
		return d.Rewrite(t.Context()) // by the other pool
	})
	if !errors.Is(err, db.ErrReaders) {
		t.Errorf("while somebody reads: %v", err)
	}
	if err := d.Rewrite(t.Context()); err != nil {
		t.Error(err)
	}
	if n := bytesOf(t, path, "zenobie"); n > 0 {
		t.Errorf("%d times once they are done", n)
	}
}

func openAt(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), "sqlite:"+path)
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

// fillAndDelete writes rows in no order, lengthens some, so that pages are
// parted, and deletes those of one person.
func fillAndDelete(t *testing.T, d *db.DB, r *rand.Rand) {
	t.Helper()
	ctx := t.Context()
	do := func(query string, args ...any) {
		err := d.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, query, args...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	do(`CREATE TABLE p (id TEXT PRIMARY KEY, mail TEXT NOT NULL, words TEXT NOT NULL) STRICT`)
	do(`CREATE INDEX p_mail ON p (mail)`)
	for n := range 400 {
		mail := fmt.Sprintf("m%d@x.example", r.Int())
		if n%40 == 7 {
			mail = fmt.Sprintf("zenobie%d@quetzalcoatl.example", r.Intn(100))
		}
		do(`INSERT INTO p (id, mail, words) VALUES ($1, $2, $3)`, fmt.Sprintf("%016x", r.Uint64()), mail, strings.Repeat("w", r.Intn(300))+mail)
		if n%50 == 49 {
			do(`UPDATE p SET words = words || $1 WHERE id < $2`, strings.Repeat("v", r.Intn(200)), fmt.Sprintf("%016x", r.Uint64()))
		}
	}
	do(`DELETE FROM p WHERE mail LIKE 'zenobie%'`)
}

// bytesOf counts a word in every byte of a database.
func bytesOf(t *testing.T, path, word string) (n int) {
	t.Helper()
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(b, []byte(word))
	}
	return n
}
