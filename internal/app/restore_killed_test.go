package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/backup"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
)

// asProgram tells this test program to be the program itself, which can then
// be killed.
const asProgram = "PASSERELLE_TEST_AS_PROGRAM"

func runAsProgram() int {
	return Run(context.Background(), Process{Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Clock: clock.System{}})
}

// A digestOf is an objection that means nobody.
func digestOf(n int) contact.Objection {
	sum := sha256.Sum256(fmt.Append(nil, n))
	return contact.Objection{Digest: hex.EncodeToString(sum[:]), At: time.Date(2026, 11, 23, 9, 0, n%60, 0, time.UTC)}
}

// rowsOf counts the rows of each table of a house.
func rowsOf(t *testing.T, address string) map[string]int64 {
	t.Helper()
	d, err := db.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	_, m, err := backup.Write(t.Context(), io.Discard, backup.Source{DB: d})
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, c := range m.Tables {
		rows[c.Name] = c.Rows
	}
	return rows
}

// A restore that is killed, wherever it has come to, and run again ends with
// the same house, on both engines; until then nothing else opens the folder.
func TestRestoreKilled(t *testing.T) {
	full, made := t.TempDir(), t.TempDir()
	directorytest.Write(t, full, directorytest.AsOf, directorytest.Establishments())
	file, list := filepath.Join(made, "hier"), filepath.Join(made, erasuresFile)
	x := inHouse(t, full, emptyBase(t, "sqlite", full), io.Discard)
	h, err := openHouse(x)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.unlock(t.Context()); err != nil {
		t.Fatal(err)
	}
	var old, since []contact.Objection
	for n := range 10_000 {
		old, since = append(old, digestOf(n)), append(since, digestOf(10_000+n))
	}
	if _, err := h.Contacts.ObjectAgain(t.Context(), byCommand, func(yield func([]contact.Objection, error) bool) { yield(old, nil) }); err != nil {
		t.Fatal(err)
	}
	if err := appendErasures(list, erasures{Objections: since}); err != nil {
		t.Fatal(err)
	}
	person := liveAndLeave(t, h, func() {
		if err := (backupCommand{File: file}).Run(x); err != nil {
			t.Fatal(err)
		}
	})
	if err := addErasures(list, h.known(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	restore := func(dir, address string) []string {
		return []string{"restore", file, "--erasures", list, "--data", dir, "--database", address}
	}
	whole := filepath.Join(made, "whole")
	if code, _, stderr := start(t, nil, restore(whole, emptyBase(t, "sqlite", whole))...); code != exitDone {
		t.Fatal(stderr)
	}
	want := rowsOf(t, "sqlite:"+filepath.Join(whole, "passerelle.db"))
	if want["contact_objection"] != 20_001 || want["person"] != 0 {
		t.Fatalf("an undisturbed restore has %d objections, %d people", want["contact_objection"], want["person"])
	}

	for _, engine := range []string{"sqlite", "postgres"} {
		for _, state := range []string{"", stageBegun, stageFilled} {
			t.Run(engine+" at "+state, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "maison")
				args := restore(dir, emptyBase(t, engine, dir))
				if !killAt(t, dir, state, args) {
					t.Fatal("it was over before it was killed")
				}
				if code, _, stderr := start(t, nil, "user", "list", "--data", dir, "--database", args[len(args)-1]); state != "" && (code == exitDone || !strings.Contains(stderr, "relancez")) {
					t.Errorf("a house half put back opens: %d, %s", code, stderr)
				}
				if code, out, stderr := start(t, nil, args...); code != exitDone || !strings.Contains(out, "La maison est comme") {
					t.Fatalf("run again: exit %d, %s%s", code, out, stderr)
				}
				if got := rowsOf(t, args[len(args)-1]); !maps.Equal(got, want) {
					t.Errorf("rows %v, want %v", got, want)
				}
				got, err := together(erasuresIn(filepath.Join(dir, erasuresFile)))
				if err != nil || len(got.People) != 1 || got.People[0].Person != person || len(got.Objections) != 20_001 {
					t.Errorf("the list has %d people, %d objections, %v", len(got.People), len(got.Objections), err)
				}
				if _, err := os.Stat(filepath.Join(dir, restoring)); err == nil {
					t.Error("the folder aside is still there")
				}
				if code, _, stderr := start(t, nil, "check", "--data", dir, "--database", args[len(args)-1]); code != exitDone {
					t.Error(stderr)
				}
			})
		}
	}
}

// killAt runs the program and kills it once a restore has come to a state. It
// reports whether it was not over before.
func killAt(t *testing.T, dir, state string, args []string) bool {
	t.Helper()
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), os.Args[0], args...)
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), asProgram+"=1"), &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for {
		select {
		case err := <-ended:
			t.Logf("%v: %s", err, &out)
			return false
		case <-time.After(time.Millisecond):
		}
		_, err := os.Stat(filepath.Join(dir, restoring))
		if err == nil && (state == "" || readStage(dir).State == state) {
			if err := c.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			<-ended
			return true
		}
	}
}

// A restore that cannot move its last files in keeps what is whole, and moves
// the rest in when it is run again.
func TestRestoreStoppedWhileMovingIn(t *testing.T) {
	full, made := lozere(t), t.TempDir()
	put(t, filepath.Join(full, "instance.json"), `{"name": "Maison", "partners": [{"name": "CMA", "url": "https://cma.example", "logo": "lost+found/logo.svg"}]}`)
	put(t, filepath.Join(full, "lost+found", "logo.svg"), `<svg xmlns="http://www.w3.org/2000/svg"/>`)
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, stderr := start(t, nil, args...)
		if code != want {
			t.Fatalf("%q: exit %d\n%s%s", args, code, out, stderr)
		}
		return out + stderr
	}
	run(exitDone, "user", "add", "amina@lys.fr", "--role=operator", "--data", full)
	want, file, other, dir := answer(t, full), filepath.Join(made, "hier"), filepath.Join(made, "autre"), filepath.Join(made, "maison")
	run(exitDone, "backup", file, "--data", full)
	run(exitDone, "backup", other, "--without-registers", "--data", full)
	put(t, filepath.Join(dir, "lost+found", "#12"), "what the disk's check found")
	run(exitFailure, "restore", file, "--without-erasures", "--data", dir)
	if s := readStage(dir); s.State != stageWhole {
		t.Fatalf("it stopped at %q", s.State)
	}
	if err := os.RemoveAll(filepath.Join(dir, "lost+found")); err != nil {
		t.Fatal(err)
	}
	run(exitFailure, "search", "--data", dir)
	if text := run(exitFailure, "restore", other, "--without-erasures", "--data", dir); !strings.Contains(text, "autre restauration") {
		t.Errorf("another backup: %s", text)
	}
	if text := run(exitDone, "restore", file, "--without-erasures", "--data", dir); !strings.Contains(text, "La maison est comme") {
		t.Errorf("run again: %s", text)
	}
	if got := answer(t, dir); got != want {
		t.Errorf("answers\n%.300s\nwant\n%.300s", got, want)
	}
	if text := run(exitDone, "user", "list", "--data", dir); !strings.Contains(text, "amina@lys.fr") {
		t.Errorf("people: %s", text)
	}
	run(exitDone, "check", "--data", dir)
}
