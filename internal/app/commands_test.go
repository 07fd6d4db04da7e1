package app

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/directory"
	"passerelle/internal/register/synth"
)

// Every command asked wrongly says in French what is wrong, names it, and
// leaves the data folder as it was.
func TestCommandsRefuse(t *testing.T) {
	csv := registers(t, synth.CSV)
	units, ests := filepath.Join(csv, unitsFile+".csv"), filepath.Join(csv, establishmentsFile+".csv")
	scop := filepath.Join(csv, "scop.csv")
	made := t.TempDir()
	noColumn := put(t, filepath.Join(made, "noms.csv"), "nom,ville\nBrochard,Mende\n")
	latin := put(t, filepath.Join(made, "latin.csv"), "siret;soci\xe9t\xe9\n38269518700049;x\xe9\n")
	notJSON := put(t, filepath.Join(made, "pas.json"), "{")
	noZip := put(t, filepath.Join(made, "faux.zip"), "siren\n")
	absent := filepath.Join(made, "absent.csv")
	stock := func(flags ...string) []string { return append([]string{"import", "sirene"}, flags...) }
	empty, full := filepath.Join(made, "none"), lozere(t)
	if code, _, stderr := start(t, nil, "check", "--data", full); code != exitDone { // it makes the database
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		args []string
		code int
		want []string
	}{
		{[]string{"imporet"}, exitUsage, []string{"imporet"}},
		{[]string{"import"}, exitUsage, []string{"sirene", "list"}},
		{stock(), exitUsage, []string{"il manque", "--departments"}},
		{stock("--departments=48"), exitUsage, []string{"--units", "--establishments", "--download"}},
		{stock("--departments=48", "--units", units), exitUsage, []string{"--establishments"}},
		{stock("--departments=48", "--establishments", ests), exitUsage, []string{"--units"}},
		{stock("--departments=48", "--units=-", "--establishments=-"), exitUsage, []string{"entrée standard"}},
		{stock("--departments=48", "--units=-", "--establishments", ests, "--geolocation=-"), exitUsage, []string{"entrée standard"}},
		{stock("--departments=48", "--units", units, "--establishments", ests, "--geolocation=-", "--successions=-"), exitUsage, []string{"entrée standard"}},
		{stock("--departments=48", "--download", "--units", units), exitUsage, []string{"--download"}},
		{stock("--departments=99", "--units", units, "--establishments", ests), exitUsage, []string{`"99"`, "--departments", "2A"}},
		{stock("--departments=48,lozere", "--units", units, "--establishments", ests), exitUsage, []string{`"LOZERE"`, "--departments"}},
		{stock("--departments=all,48", "--units", units, "--establishments", ests), exitUsage, []string{"--departments all"}},
		{stock("--departments=", "--units", units, "--establishments", ests), exitUsage, []string{"--departments", "all"}},
		{stock("--departments=48", "--units", units, "--establishments", ests, "--as-of=hier"), exitUsage, []string{`--as-of "hier"`, "2026-11-01"}},
		{stock("--departments=48", "--units", units, "--establishments", ests, "--as-of=2026-02-30"), exitUsage, []string{"2026-02-30"}},
		{stock("--departments=48", "--units", units, "--establishments", ests, "--as-of=2026-12-01"), exitUsage, []string{"2026-12-01", "avenir"}},
		{stock("--departments=48", "--units", absent, "--establishments", ests), exitFailure, []string{absent, "vérifiez le nom"}},
		{stock("--departments=48", "--units", units, "--establishments", absent), exitFailure, []string{absent, "vérifiez le nom"}},
		{stock("--departments=48", "--units", units, "--establishments", ests, "--geolocation", absent), exitFailure, []string{absent, "vérifiez le nom"}},
		{stock("--departments=48", "--units", units, "--establishments", ests, "--successions", absent), exitFailure, []string{absent, "vérifiez le nom"}},
		{stock("--departments=48", "--units", units, "--establishments", csv), exitFailure, []string{csv, "dossier", "fichier"}},
		{stock("--departments=48", "--units", ests, "--establishments", units), exitFailure, []string{"colonne", "absente"}},
		{stock("--departments=48", "--units", noZip, "--establishments", ests), exitFailure, []string{noZip, "zip"}},
		{stock("--departments=48", "--units", scop+"et", "--establishments", ests), exitFailure, []string{scop + "et"}},

		{[]string{"import", "list"}, exitUsage, []string{"il manque"}},
		{[]string{"import", "list", scop}, exitUsage, []string{"--label"}},
		{[]string{"import", "list", scop, "--label=scop"}, exitUsage, []string{"--as-of"}},
		{[]string{"import", "list", scop, "--label=scop", "--as-of=01/11/2026"}, exitUsage, []string{"01/11/2026", "2026-11-01"}},
		{[]string{"import", "list", scop, "--label=scop", "--as-of="}, exitUsage, []string{"--as-of"}},
		{[]string{"import", "list", scop, "--label=★", "--as-of=2026-11-01"}, exitUsage, []string{"--label", "★"}},
		{[]string{"import", "list", noColumn, "--label=scop", "--as-of=2026-11-01"}, exitFailure, []string{noColumn, "SIRET ou SIREN", "nom, ville", "--column"}},
		{[]string{"import", "list", scop, "--label=scop", "--as-of=2026-11-01", "--column=numéro"}, exitFailure, []string{scop, "numéro"}},
		{[]string{"import", "list", scop, "--label=scop", "--as-of=2026-11-01", "--kind-column=sorte"}, exitFailure, []string{scop, "sorte", "--kind-column"}},
		{[]string{"import", "list", absent, "--label=scop", "--as-of=2026-11-01"}, exitFailure, []string{absent, "vérifiez le nom"}},
		{[]string{"import", "list", csv, "--label=scop", "--as-of=2026-11-01"}, exitFailure, []string{csv, "dossier"}},
		{[]string{"import", "list", latin, "--label=scop", "--as-of=2026-11-01"}, exitFailure, []string{latin, "UTF-8"}},

		{[]string{"import", "rne"}, exitUsage, []string{"il manque"}},
		{[]string{"import", "rne", absent}, exitFailure, []string{absent, "vérifiez le nom"}},
		{[]string{"import", "rne", csv}, exitFailure, []string{csv}},
		{[]string{"import", "rne", notJSON, "--as-of=2027-01-01"}, exitUsage, []string{"avenir"}},
		{[]string{"import", "contours", absent}, exitFailure, []string{absent, "vérifiez le nom"}},
		{[]string{"import", "contours", notJSON}, exitFailure, []string{notJSON}},
		{[]string{"import", "territories", absent}, exitFailure, []string{absent, "vérifiez le nom"}},
		{[]string{"import", "territories", noColumn}, exitFailure, []string{noColumn, "commune"}},
		{[]string{"import", "communes", absent}, exitFailure, []string{absent, "vérifiez le nom"}},
		{[]string{"import", "communes", noColumn}, exitFailure, []string{noColumn}},

		{[]string{"update", "--departments=99"}, exitUsage, []string{`"99"`, "--departments"}},
		{[]string{"search", "--world=moon"}, exitUsage, []string{"--world", "moon", "craft"}},
		{[]string{"check", "everything"}, exitUsage, []string{"everything"}},
	} {
		for house, dir := range map[string]string{"an empty house": empty, "a full one": full} {
			if c.code == exitUsage && dir == empty {
				continue // search makes its database; the others are the same
			}
			same := unchanged(t, dir)
			code, out, stderr := start(t, nil, append(c.args, "--data", dir)...)
			if code != c.code || out != "" {
				t.Errorf("%q in %s: exit %d, want %d\n%s%s", c.args, house, code, c.code, stderr, out)
			}
			for _, w := range c.want {
				if !strings.Contains(stderr, w) {
					t.Errorf("%q in %s: %q does not say %q", c.args, house, stderr, w)
				}
			}
			if !strings.HasPrefix(stderr, "passerelle : ") || c.code == exitFailure && !strings.Contains(stderr, "Rien n'a été changé") && !strings.Contains(stderr, "vérifiez le nom") {
				t.Errorf("%q in %s: %q", c.args, house, stderr)
			}
			same(t, strings.Join(c.args, " "))
		}
	}
}

// keys lists the names of a JSON object.
func keys(v any) []string { return slices.Sorted(maps.Keys(v.(map[string]any))) }

// fields lists the JSON names of a struct, with those that may be left out if
// all is true.
func fields(of reflect.Type, all bool) []string {
	var out []string
	for i := range of.NumField() {
		name, options, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		if all || options == "" {
			out = append(out, name)
		}
	}
	return out
}

func TestReportInJSON(t *testing.T) {
	csv := registers(t, synth.CSV)
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		part string
		of   reflect.Type
	}{
		{append([]string{"import", "sirene"}, stockFlags(csv, ".csv")...), "sirene", reflect.TypeFor[directory.SireneReport]()},
		{[]string{"import", "list", filepath.Join(csv, "scop.csv"), "--label=scop", "--ess", "--as-of=2026-11-01"}, "list", reflect.TypeFor[directory.ListReport]()},
		{[]string{"import", "rne", filepath.Join(csv, "rne.json")}, "snapshot", reflect.TypeFor[directory.SnapshotReport]()},
	} {
		code, out, stderr := start(t, nil, append(c.args, "--json", "--data", dir)...)
		if code != exitDone || stderr != "" {
			t.Fatalf("%q: exit %d, %s", c.args, code, stderr)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%q: %v\n%s", c.args, err, out)
		}
		for _, o := range []struct {
			of  reflect.Type
			got any
		}{{reflect.TypeFor[directory.Report](), got}, {c.of, got[c.part]}} {
			for _, name := range fields(o.of, false) {
				if !slices.Contains(keys(o.got), name) {
					t.Errorf("%q: no %s in %v", c.args, name, keys(o.got))
				}
			}
			for _, name := range keys(o.got) {
				if !slices.Contains(fields(o.of, true), name) {
					t.Errorf("%q: %s is none of %v", c.args, name, fields(o.of, true))
				}
			}
		}
	}
}

// The same registers give the same directory, whatever their form and the way
// they come.
func TestFormsOfFiles(t *testing.T) {
	want := answer(t, lozere(t))
	csv := registers(t, synth.CSV)
	zips := stockFlags(registers(t, synth.Zip), ".zip")
	piped := func(flags []string, name string) (Process, []string) {
		i := slices.Index(flags, "--"+name) + 1
		text, err := os.ReadFile(flags[i])
		if err != nil {
			t.Fatal(err)
		}
		flags = slices.Clone(flags)
		flags[i] = "-"
		return Process{Stdin: bytes.NewReader(text)}, flags
	}
	for about, read := range map[string]func() (Process, []string){
		"zip": func() (Process, []string) { return Process{Stdin: strings.NewReader("")}, zips },
		"parquet": func() (Process, []string) {
			flags := stockFlags(registers(t, synth.Parquet), ".parquet")
			// Its positions have 32 bits, and lie some 20 cm off those of the CSV.
			flags[slices.Index(flags, "--geolocation")+1] = filepath.Join(csv, geolocationFile+".csv")
			return Process{Stdin: strings.NewReader("")}, flags
		},
		"units piped":      func() (Process, []string) { return piped(stockFlags(csv, ".csv"), "units") },
		"zip piped":        func() (Process, []string) { return piped(zips, "establishments") },
		"positions piped":  func() (Process, []string) { return piped(stockFlags(csv, ".csv"), "geolocation") },
		"successors piped": func() (Process, []string) { return piped(stockFlags(csv, ".csv"), "successions") },
	} {
		t.Run(about, func(t *testing.T) {
			p, flags := read()
			dir := t.TempDir()
			var out, errs bytes.Buffer
			p.Args, p.Stdout, p.Stderr, p.Clock = append([]string{"import", "sirene", "--data", dir}, flags...), &out, &errs, today
			if code := Run(t.Context(), p); code != exitDone || errs.Len() > 0 {
				t.Fatalf("exit %d, %s", code, &errs)
			}
			if got := answer(t, dir); got != want {
				t.Errorf("got\n%.400s\nwant\n%.400s", got, want)
			}
		})
	}
}
