package app

import (
	"bytes"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory/directorytest"
)

// inHouse is a context of commands on a house, which prints into out.
func inHouse(t *testing.T, dir, address string, out io.Writer) *Context {
	t.Helper()
	return &Context{
		Ctx: t.Context(), Stdout: out, Stderr: out, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
		Config: &Config{Data: dir, Database: address, BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}},
	}
}

// emptyBase is the address of an empty database of an engine.
func emptyBase(t *testing.T, engine, dir string) string {
	t.Helper()
	if engine == "sqlite" {
		return "sqlite:" + filepath.Join(dir, "passerelle.db")
	}
	address := dbtest.PostgresURL(t)
	x := inHouse(t, dir, address, io.Discard)
	if err := clearPostgres(x); err != nil {
		t.Fatal(err)
	}
	return address
}

// A backup of before knows again who was erased after; restoring it forgets
// them again, and the people they objected with, on both engines, from either.
func TestRestoreErasesAgain(t *testing.T) {
	for _, way := range []struct{ from, to string }{{"sqlite", "sqlite"}, {"sqlite", "postgres"}, {"postgres", "postgres"}, {"postgres", "sqlite"}} {
		t.Run(way.from+" to "+way.to, func(t *testing.T) {
			dir, again := t.TempDir(), filepath.Join(t.TempDir(), "maison")
			file := filepath.Join(t.TempDir(), "hier.passerelle")
			var log bytes.Buffer
			x := inHouse(t, dir, emptyBase(t, way.from, dir), &log)
			directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
			h, err := openHouse(x)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.unlock(t.Context()); err != nil {
				t.Fatal(err)
			}
			id := liveAndLeave(t, h, func() {
				if err := (backupCommand{File: file, Verify: true}).Run(x); err != nil {
					t.Fatal(err)
				}
			})
			if err := h.watchErasures(t.Context(), map[string]int64{}); err != nil {
				t.Fatal(err)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), "n'est pas chiffrée") || !strings.Contains(log.String(), "Vérifiée") {
				t.Errorf("backup said %q", &log)
			}
			list := filepath.Join(dir, erasuresFile)
			if text, err := os.ReadFile(list); err != nil || strings.Count(string(text), "person "+id) != 1 || strings.Count(string(text), "objection ") != 1 {
				t.Errorf("the list is %q, %v", text, err)
			}
			y := inHouse(t, again, emptyBase(t, way.to, again), &log)
			if err := (restoreCommand{File: file}).Run(y); err == nil || !strings.Contains(err.Error(), "--erasures") {
				t.Fatalf("restored without a list: %v", err)
			}
			log.Reset()
			if err := (restoreCommand{File: file, Erasures: list}).Run(y); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(log.String(), "Effacés de nouveau : 1 comptes") {
				t.Errorf("restore said %q", &log)
			}
			if h, err = openHouse(y); err != nil {
				t.Fatal(err)
			}
			scanTables(t, h.DB)
			if n, err := h.Accounts.Verify(t.Context()); err != nil || n < 10 {
				t.Errorf("the record: %d acts, %v", n, err)
			}
			if o := h.Directory.Overlay(directorytest.Garage); o.Words != "" {
				t.Errorf("the overlay says %q again", o.Words)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			scanFiles(t, again)
		})
	}
}

// A database put back by hand, without restore, is put right when the house
// next serves.
func TestOldDatabaseErasesAgainAtStart(t *testing.T) {
	dir := t.TempDir()
	var log bytes.Buffer
	x := inHouse(t, dir, "sqlite:"+filepath.Join(dir, "passerelle.db"), &log)
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	h, err := openHouse(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	var old []byte
	liveAndLeave(t, h, func() {
		if err := h.DB.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if old, err = os.ReadFile(filepath.Join(dir, "passerelle.db")); err != nil {
			t.Fatal(err)
		}
	})
	for range 2 { // once is enough
		if err := h.keepErasures(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "passerelle.db"), string(old))
	if h, err = openHouse(x); err != nil {
		t.Fatal(err)
	}
	if err := h.unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := h.replayOwn(t.Context()); err != nil {
		t.Fatal(err)
	}
	scanTables(t, h.DB)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "put back") {
		t.Errorf("the log is silent: %q", &log)
	}
	scanFiles(t, dir)
}

// A whole house goes to PostgreSQL and back, sealed, and answers as before.
func TestHouseMovesToPostgresAndBack(t *testing.T) {
	full, made := lozere(t), t.TempDir()
	put(t, filepath.Join(full, "instance.json"), `{"name": "Maison", "partners": [{"name": "CMA", "url": "https://cma.example", "logo": "logo.svg"}]}`)
	put(t, filepath.Join(full, "logo.svg"), `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	phrase := put(t, filepath.Join(made, "phrase"), "un kouign-amann\n")
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, stderr := start(t, nil, args...)
		if code != want {
			t.Fatalf("%q: exit %d\n%s%s", args, code, out, stderr)
		}
		return out + stderr
	}
	run(exitDone, "user", "add", "amina@lys.fr", "--role=operator", "--data", full)
	want, people := answer(t, full), run(exitDone, "user", "list", "--data", full)
	first, second := filepath.Join(made, "1"), filepath.Join(made, "2")
	if out := run(exitDone, "backup", first, "--passphrase-file", phrase, "--verify", "--data", full); strings.Contains(out, "n'est pas chiffrée") {
		t.Errorf("sealed, it said %q", out)
	}
	pg, moved, back := emptyBase(t, "postgres", made), filepath.Join(made, "pg"), filepath.Join(made, "lite")
	run(exitDone, "restore", first, "--passphrase-file", phrase, "--without-erasures", "--data", moved, "--database", pg)
	if got := run(exitDone, "user", "list", "--data", moved, "--database", pg); got != people {
		t.Errorf("people on PostgreSQL: %q, want %q", got, people)
	}
	if out := run(exitFailure, "restore", first, "--passphrase-file", phrase, "--without-erasures", "--data", back, "--database", pg); !strings.Contains(out, "n'est pas vide") {
		t.Errorf("a full database: %q", out)
	}
	run(exitDone, "backup", second, "--data", moved, "--database", pg)
	run(exitDone, "restore", second, "--without-erasures", "--data", back)
	if got := run(exitDone, "user", "list", "--data", back); got != people {
		t.Errorf("people: %q, want %q", got, people)
	}
	if got := answer(t, back); got != want {
		t.Errorf("answers\n%.300s\nwant\n%.300s", got, want)
	}
	for _, name := range []string{"instance.json", "logo.svg"} {
		a, err := os.ReadFile(filepath.Join(full, name))
		b, err2 := os.ReadFile(filepath.Join(back, name))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: %v, %v", name, err, err2)
		}
	}
	run(exitDone, "check", "--data", back)
}

// Each thing that may go wrong is told in French, names the file, says what to
// do, and leaves everything as it was.
func TestBackupRefuses(t *testing.T) {
	full, made := lozere(t), t.TempDir()
	name := func(s string) string { return filepath.Join(made, s) }
	if code, _, stderr := start(t, nil, "user", "add", "amina@lys.fr", "--role=operator", "--data", full); code != exitDone {
		t.Fatal(stderr)
	}
	phrase, other := put(t, name("phrase"), "un kouign-amann"), put(t, name("autre"), "un far")
	for file, args := range map[string][]string{"plain": nil, "sealed": {"--passphrase-file", phrase}} {
		if code, _, stderr := start(t, nil, append([]string{"backup", name(file), "--without-registers", "--data", full}, args...)...); code != exitDone {
			t.Fatal(stderr)
		}
	}
	plain, err := os.ReadFile(name("plain"))
	if err != nil {
		t.Fatal(err)
	}
	cut, altered := put(t, name("cut"), string(plain[:len(plain)-40])), put(t, name("altered"), string(plain[:len(plain)/2])+"x"+string(plain[len(plain)/2+1:]))
	empty := name("none")
	blank, page := put(t, name("blank"), "\n"), put(t, name("page"), "ceci n'est pas une sauvegarde")
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"backup"}, exitUsage, []string{"il manque"}},
		{[]string{"backup", name("plain"), "--data", full}, exitFailure, []string{name("plain"), "existe déjà", "autre nom"}},
		{[]string{"backup", name("new"), "--data", empty}, exitFailure, []string{"--data"}},
		{[]string{"backup", filepath.Join(made, "a", "b"), "--data", full}, exitFailure, []string{"n'existe pas"}},
		{[]string{"backup", name("new"), "--recipient=age1faux", "--data", full}, exitFailure, []string{"age1", "age-keygen"}},
		{[]string{"backup", name("new"), "--recipient=age1faux", "--verify", "--data", full}, exitUsage, []string{"--identity"}},
		{[]string{"backup", name("new"), "--recipient=age1faux", "--passphrase-file", phrase, "--data", full}, exitUsage, []string{"ne vont pas ensemble"}},
		{[]string{"backup", name("new"), "--passphrase-file", blank, "--data", full}, exitUsage, []string{"vide"}},
		{[]string{"backup", name("new"), "--passphrase-file", name("absent"), "--data", full}, exitFailure, []string{"vérifiez le nom"}},
		{[]string{"restore", name("plain"), "--data", empty}, exitUsage, []string{"--erasures", "--without-erasures"}},
		{[]string{"restore", name("plain"), "--erasures", page, "--data", empty}, exitFailure, []string{page, "pas une liste"}},
		{[]string{"restore", name("plain"), "--without-erasures", "--data", full}, exitFailure, []string{full, "n'est pas vide", "mv "}},
		{[]string{"restore", name("absent"), "--without-erasures", "--data", empty}, exitFailure, []string{"vérifiez le nom"}},
		{[]string{"restore", page, "--without-erasures", "--data", empty}, exitFailure, []string{page, "n'est pas une sauvegarde"}},
		{[]string{"restore", cut, "--without-erasures", "--data", empty}, exitFailure, []string{cut, "coupé", "Copiez-le"}},
		{[]string{"restore", altered, "--without-erasures", "--data", empty}, exitFailure, []string{altered, "altéré", "autre sauvegarde"}},
		{[]string{"restore", altered, "--verify"}, exitFailure, []string{altered, "altéré"}},
		{[]string{"restore", name("sealed"), "--without-erasures", "--data", empty}, exitFailure, []string{"chiffré", "--passphrase-file"}},
		{[]string{"restore", name("sealed"), "--passphrase-file", other, "--without-erasures", "--data", empty}, exitFailure, []string{"n'ouvre pas", "phrase secrète"}},
		{[]string{"restore", name("plain"), "--without-erasures", "--data", empty, "--database", "sqlite:" + filepath.Join(full, "passerelle.db")}, exitFailure, []string{"existe déjà"}},
	} {
		same := unchanged(t, full)
		code, out, stderr := start(t, nil, c.args...)
		if code != c.code || !strings.HasPrefix(stderr, "passerelle : ") {
			t.Errorf("%q: exit %d, want %d\n%s%s", c.args, code, c.code, stderr, out)
		}
		for _, w := range c.want {
			if !strings.Contains(stderr, w) {
				t.Errorf("%q: %q does not say %q", c.args, stderr, w)
			}
		}
		same(t, strings.Join(c.args, " "))
		if entries, err := os.ReadDir(empty); err == nil && len(entries) > 0 {
			t.Errorf("%q left %v", c.args, entries)
		}
		if _, err := os.Stat(name("new")); err == nil {
			t.Errorf("%q left a file", c.args)
		}
	}
	if code, out, stderr := start(t, nil, "restore", name("sealed"), "--verify", "--passphrase-file", phrase); code != exitDone || !strings.Contains(out, "Vérifiée") {
		t.Errorf("verify alone: exit %d, %s%s", code, out, stderr)
	}
}

// A list of erasures reads back as it was written, whatever was cut in it.
func TestErasuresList(t *testing.T) {
	at := time.Date(2026, 11, 23, 9, 0, 0, 1000, time.UTC)
	one := erasures{People: []account.Erasure{{Person: "01kaminaaaaaaaaaaaaaaaaaaa", At: at}}}
	two := erasures{Objections: []contact.Objection{{Digest: strings.Repeat("ab", 32), At: at}}}
	path := filepath.Join(t.TempDir(), erasuresFile)
	if err := appendErasures(path, one); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, string(text)+"objection abab") // a stop in the middle of a line
	twice := erasures{People: one.People, Objections: slices.Concat(two.Objections, two.Objections)}
	for range 2 {
		if err := addErasures(path, parts(erasures{}, twice)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := together(erasuresIn(path))
	if err != nil || got.Unread != 1 || len(got.People) != 1 || got.People[0] != one.People[0] || len(got.Objections) != 1 || got.Objections[0] != two.Objections[0] {
		t.Errorf("%+v, %v", got, err)
	}
}

// parts yields a list in parts.
func parts(list ...erasures) iter.Seq2[erasures, error] {
	return func(yield func(erasures, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// together gathers the parts of a list.
func together(list iter.Seq2[erasures, error]) (all erasures, err error) {
	for e, err := range list {
		if err != nil {
			return all, err
		}
		all.People, all.Objections, all.Unread = append(all.People, e.People...), append(all.Objections, e.Objections...), all.Unread+e.Unread
	}
	return all, nil
}

func FuzzReadErasures(f *testing.F) {
	f.Add(erasuresHead + "\nperson 01kaminaaaaaaaaaaaaaaaaaaa 2026-11-23T09:00:00Z\nobjection " + strings.Repeat("ab", 32) + " 2026-11-23T09:00:00Z\n")
	f.Add(erasuresHead + "\nperson")
	f.Fuzz(func(t *testing.T, text string) {
		e, err := together(readErasures(strings.NewReader(text)))
		if err != nil {
			return
		}
		again, err := together(readErasures(strings.NewReader(erasuresHead + "\n" + string(e.text()))))
		if err != nil || again.Unread != 0 || len(again.People) != len(e.People) || len(again.Objections) != len(e.Objections) {
			t.Errorf("%+v reads again as %+v, %v", e, again, err)
		}
	})
}
