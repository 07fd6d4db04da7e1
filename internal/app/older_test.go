package app

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/backup"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
)

var keepSchema = flag.Int64("keep-schema", 0, "write testdata/backup/NNNN.passerelle: a house as this version of the tables had it")

// liveHouse gives a house that somebody lives in with today's program.
func liveHouse(t *testing.T, then func(h *house)) {
	t.Helper()
	dir := t.TempDir()
	x := inHouse(t, dir, emptyBase(t, "sqlite", dir), io.Discard)
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	h, err := openHouse(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	liveAndLeave(t, h, func() { then(h) })
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
}

// keepAt writes a backup of a house as a version of the tables had it: what
// came later, tables and columns, is left out.
func keepAt(t *testing.T, from *db.DB, version int64, path string) {
	t.Helper()
	ctx := t.Context()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "old.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.MigrateTo(ctx, version); err != nil {
		t.Fatal(err)
	}
	err = d.Write(ctx, func(to *db.Tx) error {
		tables, _, err := to.Tables(ctx)
		if err != nil {
			return err
		}
		return from.Read(ctx, func(tx *db.Tx) error {
			for _, table := range tables {
				if slices.Contains(leftOut, table.Name) {
					continue
				}
				var rows [][]any
				for row, err := range tx.Rows(ctx, table) {
					if err != nil {
						return err
					}
					rows = append(rows, slices.Clone(row))
				}
				if err := to.Fill(ctx, table, rows); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	_, _, err = backup.Write(ctx, &b, backup.Source{DB: d, Left: leftOut, Program: "test", Now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A house kept by an older program is put back by this one on either engine:
// every row is there, the record is whole, and its pages are read.
func TestOlderBackups(t *testing.T) {
	if *keepSchema > 0 {
		liveHouse(t, func(h *house) {
			keepAt(t, h.DB, *keepSchema, filepath.Join("testdata", "backup", fmt.Sprintf("%04d.passerelle", *keepSchema)))
		})
	}
	files, err := filepath.Glob("testdata/backup/*.passerelle")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d backups of older tables, %v", len(files), err)
	}
	for i, file := range files {
		for _, engine := range []string{"sqlite", "postgres"} {
			t.Run(filepath.Base(file)+" on "+engine, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "maison")
				address := emptyBase(t, engine, dir)
				var out bytes.Buffer
				x := inHouse(t, dir, address, &out)
				if err := (restoreCommand{File: file, WithoutErasures: true}).Run(x); err != nil {
					t.Fatal(err)
				}
				sameRows(t, file, address)
				if code, _, stderr := start(t, nil, "check", "--data", dir, "--database", address); code != exitDone {
					t.Errorf("check: %s", stderr)
				}
				if i == 0 || i == len(files)-1 { // each takes some seconds
					directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
					readPages(t, x, filepath.Base(file))
				}
			})
		}
	}
}

// sameRows checks that a database holds every row of a backup. Those who had
// told before there was a table for it whether we may write have a line there.
func sameRows(t *testing.T, file, address string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := backup.Open(f)
	if err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "aside.db"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Restore(t.Context(), d, func(string, int64, io.Reader) error { return nil })
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	got := rowsOf(t, address)
	for _, c := range m.Tables {
		if n := got[c.Name]; n != c.Rows && !(slices.Contains([]string{"secret", "contact_consent", "notice"}, c.Name) && n > c.Rows) {
			t.Errorf("%s has %d rows, want %d", c.Name, n, c.Rows)
		}
	}
	if m.Rows() < 30 {
		t.Errorf("the backup has %d rows only", m.Rows())
	}
}

// readPages serves a house and reads the pages of whoever lived in it, as
// somebody with every role.
func readPages(t *testing.T, x *Context, version string) {
	t.Helper()
	h, err := openHouse(x)
	if err != nil {
		t.Fatal(err)
	}
	x.Config.Addr = "127.0.0.1:0"
	x.Config.From = map[string]string{"PASSERELLE_BASE_URL": "command"}
	if x.Config.BaseURL, err = url.Parse("http://passerelle.example"); err != nil {
		t.Fatal(err)
	}
	var token string
	for _, duty := range []account.Duty{{Role: account.Operator}, {Role: account.Facilitator, Institution: account.CMA}} {
		if token, err = h.Accounts.Add(t.Context(), byCommand, account.NewPerson{Mail: "zenobie@quetzalcoatl.example", Duty: duty, Territories: []string{"artois"}}); err != nil {
			t.Fatal(err)
		}
	}
	// The session is of the clock of the house: a browser would say it is over.
	var session *http.Cookie
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	served := *x
	served.Ctx = ctx
	addresses, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- h.serve(&served, func(address string) { addresses <- address }) }()
	var address string
	select {
	case address = <-addresses:
	case err := <-ended:
		t.Fatal(err)
	}
	read := func(method, path string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, method, address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if session != nil {
			req.AddCookie(session)
		}
		res, err := browser.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		want := http.StatusOK
		if method == http.MethodPost {
			want, session = http.StatusSeeOther, res.Cookies()[0]
		}
		_, main, _ := strings.Cut(string(body), "<main")
		if res.StatusCode != want {
			t.Errorf("%s %s: %d\n%.500s", method, path, res.StatusCode, main)
		}
		if main == "" {
			return string(body) // not a page
		}
		return main
	}
	read(http.MethodPost, "/connexion/lien/"+token)
	garage := directorytest.Garage.String()
	for _, p := range []struct {
		since, path, says string
	}{
		{"0010", "/mon-espace", "Garage de la Gare"},
		{"0010", "/mon-espace/donnees", "zenobie@quetzalcoatl.example"},
		{"0010", "/mon-espace/donnees.json", "03 21 99 88 77"},
		{"0010", "/mon-espace/preferences", ""},
		{"0010", "/mon-espace/entreprises/" + garage, "Mécanique"},
		{"0010", "/mon-espace/entreprises/" + garage + "/equipe", ""},
		{"0010", "/entreprises/" + garage, "Mécanique"},
		{"0010", "/animation", ""},
		{"0010", "/exploitation", ""},
		{"0014", "/animation/contacts", ""},
		{"0018", "/pistes", "Appel de Zénobie Quetzalcoatl"},
		{"0020", "/mon-espace/annonces", ""},
		{"0022", "/mon-espace/groupements", "Le chantier de Zénobie Quetzalcoatl"},
		{"0025", "/reunions", "Se connaître"},
		{"0030", "/visites", ""},
	} {
		if version < p.since {
			continue
		}
		if body := read(http.MethodGet, p.path); !strings.Contains(body, p.says) {
			t.Errorf("%s does not say %q:\n%.900s", p.path, p.says, body)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

// A backup of tables that this program does not know is refused, with what to
// do, and nothing is begun.
func TestNewerBackupIsRefused(t *testing.T) {
	made := t.TempDir()
	file, data := filepath.Join(made, "demain"), filepath.Join(made, "maison")
	d, err := db.Open(t.Context(), "sqlite:"+filepath.Join(made, "demain.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = d.Write(t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, $1)`, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, _, err := backup.Write(t.Context(), &b, backup.Source{DB: d, Left: leftOut, Now: clock.System{}.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, file, b.String())
	for _, args := range [][]string{{"restore", file, "--without-erasures", "--data", data}, {"restore", file, "--verify"}} {
		code, _, stderr := start(t, nil, args...)
		if code != exitFailure || !strings.Contains(stderr, "une version plus récente du programme") || !strings.Contains(stderr, "installez-la") {
			t.Errorf("%q: exit %d, %s", args, code, stderr)
		}
	}
	if entries, err := os.ReadDir(data); err == nil && len(entries) > 0 {
		t.Errorf("it left %v", entries)
	}
}
