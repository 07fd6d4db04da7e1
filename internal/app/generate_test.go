package app

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/register/synth"
)

// generate runs the command in a folder of its own.
func generate(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Run(t.Context(), Process{
		Args:  append([]string{"generate", "sirene", "--out", dir, "--departments", "48", "--units", "400", "--establishments", "500"}, args...),
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Clock: clock.Fixed(time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)),
	})
	return code, stdout.String(), stderr.String()
}

func TestGenerateSirene(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "registres d'essai")
	code, out, errs := generate(t, dir, "--format", "zip")
	if code != 0 || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{"aucune de ces entreprises n'existe", "passerelle import sirene --units '", `d'\''essai/StockUniteLegale_utf8.zip'`, "--departments 48 --as-of 2026-11-01"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in what is printed:\n%s", want, out)
		}
	}
	before, err := os.ReadFile(filepath.Join(dir, "StockUniteLegale_utf8.zip"))
	if err != nil {
		t.Fatal(err)
	}

	if code, _, errs = generate(t, dir, "--format", "zip", "--seed", "2"); code != 2 || !strings.Contains(errs, "existe déjà") {
		t.Errorf("written over: exit code %d, %s", code, errs)
	}
	code, out, errs = generate(t, dir, "--format", "zip", "--seed", "2", "--force", "--json")
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var r synth.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if r.Seed != 2 || r.Others != 500 || len(r.Files) != 10 {
		t.Errorf("%d files, %d other establishments, seed %d", len(r.Files), r.Others, r.Seed)
	}
	after, err := os.ReadFile(filepath.Join(dir, "StockUniteLegale_utf8.zip"))
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("--force left the file as it was (%v)", err)
	}
}

func TestGenerateSireneRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--format", "xls"}, "csv, zip ou parquet"},
		{[]string{"--france"}, "ne va pas avec --departments"},
		{[]string{"--departments", "99"}, `le département "99" n'existe pas`},
		{[]string{"--units", "beaucoup"}, `un nombre entier est attendu, et non "beaucoup"`},
		{[]string{"--units", "501"}, "une unité a au moins un établissement"},
		{[]string{"--as-of", "hier"}, `"hier" n'est pas un jour`},
		{[]string{"--couleur"}, "option inconnue"},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		code, _, errs := generate(t, dir, c.args...)
		if code != 2 || !strings.Contains(errs, c.want) {
			t.Errorf("%v: exit code %d, %q; want 2 and %q", c.args, code, errs, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%v: a folder was made", c.args)
		}
	}
}
