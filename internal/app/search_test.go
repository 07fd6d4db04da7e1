package app

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
)

// The command line answers what the API answers, to the byte, and while the
// server runs on the same folder.
func TestSearchAnswersAsTheAPI(t *testing.T) {
	dir := directorytest.House(t)
	r := serving(t, "serve", "--data", dir)
	for _, c := range []struct {
		flags []string
		query string
	}{
		{nil, ""},
		{[]string{"boulanger", "isbergues"}, "q=boulanger+isbergues"},
		{[]string{"bulanger"}, "q=bulanger"},
		{[]string{"--trade", "boulanger", "--trade", "4391AZ", "--sort", "name"}, "trade=boulanger&trade=4391AZ&sort=name"},
		{[]string{"--near", "isbergues", "--radius-km", "1", "--trade=menuisier"}, "near=isbergues&radius_km=1&trade=menuisier"},
		{[]string{"--lat=50.62", "--lon=2.46", "--world=ess", "--per-page=2", "--page=2"}, "lat=50.62&lon=2.46&world=ess&per_page=2&page=2"},
		{[]string{"--sector=food,building", "--territory=artois"}, "sector=food,building&territory=artois"},
		{[]string{"--family=association", "--label=aci", "--size=12", "--department=62"}, "family=association&label=aci&size=12&department=62"},
		{[]string{"--commune=62110"}, "commune=62110"},
		{[]string{"--epci=200072460"}, "epci=200072460"},
		{[]string{"--bbox=50.5,2.3,50.7,2.6"}, "bbox=50.5,2.3,50.7,2.6"},
		{[]string{directorytest.Masked.String()}, "q=" + directorytest.Masked.String()},
		{[]string{"--trade=plombier"}, "trade=plombier"},
	} {
		status, want := r.visit("/api/v1/establishments?" + c.query)
		if status != http.StatusOK {
			t.Fatalf("GET ?%s: %d %s", c.query, status, want)
		}
		code, got, stderr := start(t, nil, append([]string{"search", "--json", "--data", dir}, c.flags...)...)
		if code != exitDone || got != want {
			t.Errorf("search %q: exit %d, %s\n%s\nthe API\n%s", c.flags, code, stderr, got, want)
		}
	}
}

func TestSearchForPeople(t *testing.T) {
	dir := directorytest.House(t)
	for _, c := range []struct {
		flags []string
		want  []string
	}{
		{[]string{"boulanger", "--near", "isbergues", "--radius-km=10"}, []string{"1 établissement, registres au", "38269518700049", "Au Pain d'Isbergues", "Boulangerie", "Isbergues"}},
		{[]string{"--trade=menuisier", "--near=isbergues", "--radius-km=1"}, []string{"élargi à 8", "Menuiserie Brochard", "Aire-sur-la-Lys"}},
		{[]string{"bulangerie"}, []string{"« bulangerie » est lu « boulangerie »"}},
		{[]string{"--trade=plombier"}, []string{"81122334600016", "Dénomination non diffusée"}},
		{[]string{"--department=59"}, []string{"0 établissement, registres au"}},
	} {
		code, out, stderr := start(t, nil, append([]string{"search", "--data", dir}, c.flags...)...)
		if code != exitDone || stderr != "" {
			t.Errorf("search %q: exit %d, %s", c.flags, code, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("search %q lacks %q:\n%s", c.flags, want, out)
			}
		}
	}
}

// HARDCASES 24, on the screen: even what an import forgot to mask.
func TestHardCase24SearchNamesNoMaskedPerson(t *testing.T) {
	dir := t.TempDir()
	house := directorytest.Establishments()
	i := slices.IndexFunc(house, func(e directory.Establishment) bool { return e.SIRET == directorytest.Masked })
	house[i].Name, house[i].Sign, house[i].Commune, house[i].Street = "Jeanne Ducrocq", "Chez Ducrocq", "62473", "7, rue Ducrocq"
	directorytest.Write(t, dir, directorytest.AsOf, house)
	for _, flags := range [][]string{{"--trade=plombier"}, {directorytest.Masked.String()}, {"--sector=building", "--sort=name"}, {"ducrocq"}} {
		code, out, stderr := start(t, nil, append([]string{"search", "--data", dir}, flags...)...)
		if code != exitDone {
			t.Fatalf("search %q: %d %s", flags, code, stderr)
		}
		for line := range strings.Lines(out) {
			if strings.Contains(line, "Ducrocq") || strings.Contains(line, directorytest.Masked.String()) && strings.Contains(line, "Isbergues") {
				t.Errorf("search %q tells %s", flags, line)
			}
		}
		if flags[0] != "ducrocq" && !strings.Contains(out, "Dénomination non diffusée") {
			t.Errorf("search %q does not list the masked person:\n%s", flags, out)
		}
	}
}

func TestSearchRefuses(t *testing.T) {
	dir := directorytest.House(t)
	for _, c := range []struct {
		flags []string
		code  int
		want  []string
	}{
		{[]string{"--world=crft"}, exitUsage, []string{"--world", "« crft »", "craft, ess, both", "« craft »"}},
		{[]string{"--radius-km=5"}, exitUsage, []string{"--radius-km", "--near"}},
		{[]string{"--lat=50"}, exitUsage, []string{"--lon", "--lat"}},
		{[]string{"--near=isbergues", "--lat=50", "--lon=2"}, exitUsage, []string{"--near"}},
		{[]string{"--page=600"}, exitUsage, []string{"--page", "600", "10000"}},
		{[]string{"--near=zzzzzz"}, exitUsage, []string{"--near", "« zzzzzz »", "code postal"}},
		{[]string{"--size=99"}, exitUsage, []string{"--size", "NN, 00, 01"}},
		{[]string{"--radius=5"}, exitUsage, []string{"--radius"}},
	} {
		code, out, stderr := start(t, nil, append([]string{"search", "--data", dir}, c.flags...)...)
		if code != c.code || out != "" {
			t.Errorf("search %q: exit %d, want %d, printed %q", c.flags, code, c.code, out)
		}
		for _, want := range c.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("search %q: %q lacks %q", c.flags, stderr, want)
			}
		}
	}
	missing := filepath.Join(t.TempDir(), "mistyped")
	if code, _, stderr := start(t, nil, "search", "pain", "--data", missing); code != exitFailure || !strings.Contains(stderr, "--data") {
		t.Errorf("in no house: exit %d, %s", code, stderr)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("a search makes a house")
	}
	code, _, stderr := start(t, nil, "search", "pain", "--data", t.TempDir())
	if code != exitFailure || !strings.Contains(stderr, "passerelle import --help") {
		t.Errorf("in an empty house: exit %d, %s", code, stderr)
	}
}

// An establishment leaves the directory by one command, and comes back by
// another; its whole enterprise by its SIREN.
func TestHideAndShow(t *testing.T) {
	dir := directorytest.House(t)
	find := func() string {
		t.Helper()
		code, out, stderr := start(t, nil, "search", "--data", dir, "boulanger", "isbergues ")
		if code != exitDone {
			t.Fatal(stderr)
		}
		first, _, _ := strings.Cut(out, ",")
		return first
	}
	for _, c := range []struct {
		args []string
		code int
		says string
		then string
	}{
		{[]string{"hide", directorytest.Boulangerie.String(), "--reason=lettre du 12 novembre"}, exitDone, "n'est plus dans l'annuaire", "0 établissement"},
		{[]string{"show", "382 695 187", "--reason=erreur"}, exitDone, "de nouveau", "1 établissement"},
		{[]string{"hide", "12345678900000", "--reason=x"}, exitUsage, "clé", "1 établissement"},
		{[]string{"hide", directorytest.Boulangerie.String()}, exitUsage, "--reason", "1 établissement"},
		{[]string{"hide", "73282932000074", "--reason=x"}, exitFailure, "n'est pas dans l'annuaire", "1 établissement"},
		{[]string{"hide", "732829320", "--reason=x"}, exitFailure, "aucun établissement", "1 établissement"},
	} {
		code, out, stderr := start(t, nil, append(c.args, "--data", dir)...)
		if code != c.code || !strings.Contains(out+stderr, c.says) {
			t.Errorf("%q: exit %d, want %d and %q\n%s%s", c.args, code, c.code, c.says, out, stderr)
		}
		if got := find(); got != c.then {
			t.Errorf("after %q: %q, want %q", c.args, got, c.then)
		}
	}
}
