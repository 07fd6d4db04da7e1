package app

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"passerelle/internal/directory/directorytest"
)

// A matrix is imported, tells the minutes beside its source wherever partners
// are, and taken away leaves every byte as it was before.
func TestTravelTimes(t *testing.T) {
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	matrix := put(t, filepath.Join(t.TempDir(), "matrice.csv"), "from,to,minutes\n62110,62119,18\n62119,62473,20.4\n")
	thin := strings.NewReplacer("\u00a0", " ", "\u202f", " ")
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, stderr := start(t, nil, append(args, "--data", dir)...)
		if code != want {
			t.Fatalf("%v: exit %d, want %d, %s", args, code, want, stderr)
		}
		return thin.Replace(out + stderr)
	}
	asked := []string{"partners", directorytest.Boulangerie.String(), "--world", "both"}
	before := run(exitDone, asked...)
	served := func() (answers []string) {
		r := serving(t, "serve", "--data", dir, "--addr", "127.0.0.1:0")
		for _, path := range []string{"/api/v1/establishments/%s/partners?world=both", "/entreprises/%s/partenaires?world=both"} {
			status, body := r.visit(fmt.Sprintf(path, directorytest.Boulangerie))
			if status != http.StatusOK {
				t.Errorf("%s: %d", path, status)
			}
			answers = append(answers, thin.Replace(body))
		}
		r.stop()
		r.exit()
		return answers
	}
	plain := served()
	if strings.Contains(plain[0], "minutes") {
		t.Errorf("minutes without a matrix: %s", plain[0])
	}
	if out := run(exitDone, "import", "travel-times", matrix, "--as-of", "2026-11-15", "--source", "IGN"); !strings.Contains(out, "1 temps de trajet entre 2 communes") {
		t.Errorf("it says %s", out)
	}
	if out := run(exitDone, asked...); !strings.Contains(out, "20 min par la route (IGN, matrice du 15 novembre 2026), ") || out == before {
		t.Errorf("with a matrix:\n%s\nbefore:\n%s", out, before)
	}
	for i, body := range served() {
		want := []string{`"minutes":20`, "20 min"}[i]
		if !strings.Contains(body, want) || !strings.Contains(body, "20 min par la route (IGN, matrice du 15 novembre 2026)") {
			t.Errorf("it does not tell %s: %.300s", want, body)
		}
	}
	for _, name := range []string{"partners.csv", "partners.parquet"} {
		out := filepath.Join(t.TempDir(), name)
		run(exitDone, "partners", "--all", "--radius-km", "30", "--out", out)
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		told := strings.Contains(string(text), ",20\n")
		if name == "partners.parquet" {
			rows, err := parquet.ReadFile[partnerRow](out)
			told = err == nil && slices.ContainsFunc(rows, func(r partnerRow) bool { return r.Minutes != nil && *r.Minutes == 20 })
		}
		if !told {
			t.Errorf("%s tells no minutes", name)
		}
	}
	if out := run(exitDone, "check"); !strings.Contains(out, "sources/travel-times.csv (1 temps de trajet entre 2 communes, au 2026-11-15, 1 Ko)") {
		t.Errorf("the check says %s", out)
	}
	kept := filepath.Join(dir, "sources", "travel-times.csv")
	whole, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	put(t, kept, "from,to,minutes\n62473,99999,4\n")
	if out := run(exitFailure, "check"); !strings.Contains(out, "FAUTE  sources/travel-times.csv") {
		t.Errorf("the check of a matrix that was spoilt says %s", out)
	}
	put(t, kept, string(whole))
	wrong := put(t, filepath.Join(t.TempDir(), "fausse.csv"), "from,to,minutes\n62473,62119,4\n62473,99999,4\n")
	if out := run(exitFailure, "import", "travel-times", wrong); !strings.Contains(out, "ligne 3 : commune inconnue « 99999 »") {
		t.Errorf("a wrong one: %s", out)
	}
	if out := run(exitDone, asked...); !strings.Contains(out, "20 min par la route") {
		t.Error("a wrong matrix took the right one away")
	}
	run(exitUsage, "import", "travel-times")
	run(exitDone, "import", "travel-times", "--remove")
	if out := run(exitDone, asked...); out != before {
		t.Errorf("taken away:\n%s\nbefore:\n%s", out, before)
	}
	if again := served(); again[0] != plain[0] {
		t.Error("the API answers otherwise after a matrix was taken away")
	}
}
