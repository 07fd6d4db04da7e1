package app

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"passerelle/internal/register/synth"
)

func TestImportWhileAnother(t *testing.T) {
	dir := lozere(t)
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	publish(t).addressed(t, dir, nil)
	same := unchanged(t, dir)
	scop := filepath.Join(registers(t, synth.CSV), "scop.csv")
	for _, args := range [][]string{
		append([]string{"import", "sirene"}, stockFlags(registers(t, synth.CSV), ".csv")...),
		{"import", "list", scop, "--label=scop", "--as-of=2026-11-01"},
		{"import", "rne", filepath.Join(registers(t, synth.CSV), "rne.json")},
		{"update"},
	} {
		code, out, stderr := start(t, nil, append(args, "--data", dir)...)
		if code != exitFailure || out != "" || !strings.Contains(stderr, "un autre import est en cours") || !strings.Contains(stderr, "recommencez") {
			t.Errorf("%q: exit %d, %s\n%s", args, code, stderr, out)
		}
	}
	same(t, "a folder at work")
}

// An interrupter interrupts the program once so many bytes of its text were
// read, and goes on giving.
type interrupter struct {
	text io.Reader
	left int
	stop context.CancelFunc
}

func (i *interrupter) Read(p []byte) (int, error) {
	if i.left <= 0 {
		i.stop()
	}
	n, err := i.text.Read(p[:min(len(p), 4096)])
	i.left -= n
	return n, err
}

func TestImportInterrupted(t *testing.T) {
	dir := lozere(t)
	flags := stockFlags(registers(t, synth.CSV), ".csv")
	for _, file := range []string{"--units", "--establishments", "--successions"} {
		same := unchanged(t, dir)
		i := slices.Index(flags, file) + 1
		text, err := os.ReadFile(flags[i])
		if err != nil {
			t.Fatal(err)
		}
		piped := slices.Clone(flags)
		piped[i] = "-"
		ctx, stop := context.WithCancel(t.Context())
		var out, errs bytes.Buffer
		code := Run(ctx, Process{
			Args: append([]string{"import", "sirene", "--data", dir}, piped...), Stdin: &interrupter{text: bytes.NewReader(text), left: len(text) / 2, stop: stop}, Stdout: &out, Stderr: &errs, Clock: today,
		})
		stop()
		if code != exitFailure || out.Len() > 0 || errs.String() != "passerelle : interrompu\n" {
			t.Errorf("%s: exit %d, %q, %s", file, code, &errs, &out)
		}
		same(t, file)
	}
}

func TestImportOfAPipedList(t *testing.T) {
	var answers []string
	for _, name := range []string{"file", "-"} {
		dir := lozere(t)
		scop := filepath.Join(registers(t, synth.CSV), "scop.csv")
		text, err := os.ReadFile(scop)
		if err != nil {
			t.Fatal(err)
		}
		if name == "file" {
			name = scop
		}
		var out, errs bytes.Buffer
		code := Run(t.Context(), Process{
			Args:  []string{"import", "list", name, "--label=Scop", "--ess", "--as-of=2026-11-01", "--data", dir},
			Stdin: bytes.NewReader(text), Stdout: &out, Stderr: &errs, Clock: today,
		})
		if code != exitDone || !strings.Contains(out.String(), "liste scop : 11 lignes, 11 reconnues") {
			t.Errorf("%s: exit %d, %s\n%s", name, code, &errs, &out)
		}
		_, found, _ := start(t, nil, "search", "--json", "--label=scop", "--data", dir)
		answers = append(answers, found)
	}
	if answers[0] != answers[1] || !strings.Contains(answers[0], `"total":`) || strings.Contains(answers[0], `"total":0`) {
		t.Errorf("the file gives\n%.300s\nand the pipe\n%.300s", answers[0], answers[1])
	}
}
