package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"passerelle/internal/backup"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// live writes rows of every kind of column: bytes, truths, numbers with and
// without a fraction, texts that JSON escapes, and nothing.
func live(t testing.TB, d *db.DB) {
	t.Helper()
	ctx := context.Background()
	err := d.Write(ctx, func(tx *db.Tx) error {
		for i := range 300 {
			id := fmt.Sprintf("amina%03d", i)
			if _, err := tx.Exec(ctx, `INSERT INTO person (id, mail, mail_key, given_name, family_name, phone, language, salt, created_at, seen_at)
				VALUES ($1, $2, $2, 'Zoé "Œ"', $3, '', 'fr', $4, $5, 9007199254740993)`,
				id, id+"@lys.fr", "Le <b>\u2028\\ \t", []byte{0, 255, byte(i)}, int64(-i)); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO mail_preference (person, token, digest, solicitation, changed_at) VALUES ($1, $1, $2, $3, 1)`, id, i%2 == 0, i%3 == 0); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `INSERT INTO membership (person, siret, proof, since) VALUES ($1, $2, 'letter', 0)`, id, int64(38269518700049)); err != nil {
				return err
			}
		}
		for i, lat := range []any{50.3, 1e-9, nil, 49.0} {
			if _, err := tx.Exec(ctx, `INSERT INTO establishment_overlay (siret, version, hidden, reason, words, labels, flags, lat, lon, wishes, resources, solicited, solicited_at, who, on_behalf, channel, changed_at)
				VALUES ($1, 1, $2, '', $3, '[]', '[]', $4, $4, '[]', '[]', 0, 0, '', '', '', 0)`, int64(i), i == 2, strings.Repeat("mots ", 50_000*i), lat); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, d *db.DB, key backup.Key, files ...backup.File) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := key.Seal(&b)
	if err != nil {
		t.Fatal(err)
	}
	_, m, err := backup.Write(context.Background(), w, backup.Source{DB: d, Files: files, Left: []string{"session"}, Program: "test", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Tables {
		if c.Name == "session" {
			t.Error("a table that was to be left out is kept")
		}
	}
	return b.Bytes()
}

func restore(data []byte, key backup.Key, d *db.DB) (backup.Head, backup.Manifest, map[string]string, error) {
	plain, err := key.Unseal(bytes.NewReader(data))
	if err != nil {
		return backup.Head{}, backup.Manifest{}, nil, err
	}
	r, err := backup.Open(plain)
	if err != nil {
		return backup.Head{}, backup.Manifest{}, nil, err
	}
	files := map[string]string{}
	m, err := r.Restore(context.Background(), d, func(path string, size int64, content io.Reader) error {
		text, err := io.ReadAll(content)
		files[path] = string(text)
		return err
	})
	return r.Head, m, files, err
}

func engines() map[string]func(testing.TB) *db.DB {
	return map[string]func(testing.TB) *db.DB{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres}
}

// A house goes from any engine to any other, and every row is the same.
func TestEveryRowComesBack(t *testing.T) {
	for from, open := range engines() {
		for to, target := range engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				d, into := open(t), target(t)
				live(t, d)
				identity := backup.File{Path: "a/instance.json", Size: 2, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("{}")), nil }}
				data := write(t, d, backup.Key{}, identity)
				h, m, files, err := restore(data, backup.Key{}, into)
				if err != nil {
					t.Fatal(err)
				}
				if m.Rows() != 904 || h.Engine != from || files["a/instance.json"] != "{}" {
					t.Errorf("%d rows, of %s, %q", m.Rows(), h.Engine, files)
				}
				for engine, d := range map[string]*db.DB{"what was kept": d, "what came back": into} {
					if err := backup.Compare(t.Context(), d, h, m); err != nil {
						t.Errorf("%s: %v", engine, err)
					}
				}
				if err := into.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(t.Context(), `UPDATE person SET phone = '1' WHERE id = 'amina007'`)
					return err
				}); err != nil {
					t.Fatal(err)
				}
				if err := backup.Compare(t.Context(), into, h, m); !errors.Is(err, backup.ErrDiffers) || !strings.Contains(err.Error(), "person") {
					t.Errorf("one letter changed: %v", err)
				}
			})
		}
	}
}

// What is written in one act is kept as one: four writers add a row to each of
// two tables while it is kept, and the copies have as many of both.
func TestOneMomentWhileOthersWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for w := range 4 {
			writers.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					id := fmt.Sprintf("%d-%d", w, i)
					err := d.Write(ctx, func(tx *db.Tx) error {
						if _, err := tx.Exec(ctx, `INSERT INTO erasure (person, at) VALUES ($1, 1)`, id); err != nil {
							return err
						}
						_, err := tx.Exec(ctx, `INSERT INTO contact_objection (key, at) VALUES ($1, 1)`, id)
						return err
					})
					time.Sleep(time.Millisecond)
					if err != nil && ctx.Err() == nil {
						t.Error(err)
						return
					}
				}
			})
		}
		seen := map[int64]bool{}
		for range 4 {
			data := write(t, d, backup.Key{})
			_, m, _, err := restore(data, backup.Key{}, dbtest.SQLite(t))
			if err != nil {
				t.Fatal(err)
			}
			rows := map[string]int64{}
			for _, c := range m.Tables {
				rows[c.Name] = c.Rows
			}
			if rows["erasure"] != rows["contact_objection"] {
				t.Errorf("%d rows of one, %d of the other", rows["erasure"], rows["contact_objection"])
			}
			seen[rows["erasure"]] = true
		}
		stop()
		writers.Wait()
		if len(seen) < 2 {
			t.Errorf("nobody wrote meanwhile: %v", seen)
		}
	})
}

// keys returns keys that seal: a passphrase and a pair of keys.
func keys(t *testing.T) map[string][2]backup.Key {
	t.Helper()
	pair, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	phrase := backup.Key{Passphrase: "un kouign-amann", WorkFactor: 8}
	return map[string][2]backup.Key{
		"plain":      {{}, {}},
		"passphrase": {phrase, phrase},
		"recipient":  {{Recipients: []string{pair.Recipient().String()}}, {Identities: []byte("# une clé\n" + pair.String() + "\n")}},
	}
}

// A file cut anywhere, or with one byte altered anywhere, is never taken for a
// whole one, and leaves no row.
func TestDamageIsFound(t *testing.T) {
	d := dbtest.SQLite(t)
	live(t, d)
	for name, key := range keys(t) {
		t.Run(name, func(t *testing.T) {
			data := write(t, d, key[0])
			into := dbtest.SQLite(t)
			for _, part := range []int{0, 1, 3, 20, 30, 60, 90, 99} {
				_, _, _, err := restore(data[:len(data)*part/100], key[1], into)
				if !errors.Is(err, backup.ErrCut) && !errors.Is(err, backup.ErrAltered) && !errors.Is(err, backup.ErrNotBackup) {
					t.Errorf("cut at %d %%: %v", part, err)
				}
			}
			if _, _, _, err := restore(data[:len(data)-1], key[1], into); err == nil {
				t.Error("without its last byte it passed")
			}
			for i := 12; i < len(data); i += 1 + len(data)/60 {
				bad := bytes.Clone(data)
				bad[i] ^= 0x20
				_, _, _, err := restore(bad, key[1], into)
				if err == nil {
					t.Errorf("byte %d of %d altered: it passed", i, len(data))
				}
			}
			if err := into.Read(t.Context(), func(tx *db.Tx) error {
				var n int
				err := tx.One(t.Context(), []any{&n}, `SELECT count(*) FROM person`)
				if n > 0 {
					t.Errorf("%d people of a damaged file are there", n)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if _, _, _, err := restore(data, key[1], into); err != nil {
				t.Errorf("the file as it was: %v", err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	d, all := dbtest.SQLite(t), keys(t)
	phrase, pair := all["passphrase"][0], all["recipient"]
	for name, c := range map[string]struct {
		seal, open backup.Key
		want       error
	}{
		"the passphrase":          {phrase, phrase, nil},
		"the other passphrase":    {phrase, backup.Key{Passphrase: "un far"}, backup.ErrKey},
		"no key":                  {phrase, backup.Key{}, backup.ErrSealed},
		"keys for a passphrase":   {phrase, pair[1], backup.ErrKey},
		"the pair":                {pair[0], pair[1], nil},
		"another pair":            {pair[0], keys(t)["recipient"][1], backup.ErrKey},
		"the public key":          {pair[0], backup.Key{Identities: []byte(pair[0].Recipients[0])}, backup.ErrIdentity},
		"a key for a plain file":  {backup.Key{}, phrase, nil},
		"nothing of a passphrase": {phrase, backup.Key{Identities: []byte("\n")}, backup.ErrIdentity},
	} {
		data := write(t, d, c.seal)
		if c.seal.Plain() != bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			t.Errorf("%s: sealed otherwise than it says", name)
		}
		if _, _, _, err := restore(data, c.open, dbtest.SQLite(t)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := (backup.Key{Recipients: []string{"age1faux"}}).Seal(io.Discard); !errors.Is(err, backup.ErrRecipient) {
		t.Errorf("no public key: %v", err)
	}
}

// full is a disk that has room for so many bytes.
type full int

func (f *full) Write(b []byte) (int, error) {
	if *f -= full(len(b)); *f < 0 {
		return 0, syscall.ENOSPC
	}
	return len(b), nil
}

func TestDiskFull(t *testing.T) {
	d := dbtest.SQLite(t)
	live(t, d)
	for name, key := range keys(t) {
		room := full(500)
		w, err := key[0].Seal(&room)
		if err == nil {
			_, _, err = backup.Write(t.Context(), w, backup.Source{DB: d, Now: now})
			err = errors.Join(err, w.Close())
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The room may lack where the files go, which is no fault of the backup.
	data := write(t, d, backup.Key{}, backup.File{Path: "f", Size: 1, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }})
	r, err := backup.Open(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.Restore(t.Context(), dbtest.SQLite(t), func(string, int64, io.Reader) error { return syscall.ENOSPC })
	if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, backup.ErrAltered) {
		t.Errorf("no room for a file: %v", err)
	}
}

// A file that changes while it is kept is an error, not a wrong copy.
func TestFileThatShrinks(t *testing.T) {
	f := backup.File{Path: "f", Size: 5, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}
	if _, _, err := backup.Write(t.Context(), io.Discard, backup.Source{DB: dbtest.SQLite(t), Files: []backup.File{f}, Now: now}); err == nil {
		t.Error("a file of 1 byte was kept as one of 5")
	}
}
