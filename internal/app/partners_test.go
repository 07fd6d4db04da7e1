package app

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"passerelle/internal/directory/directorytest"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
)

func TestPartnersForPeople(t *testing.T) {
	dir := directorytest.House(t)
	code, out, stderr := start(t, nil, "partners", directorytest.Brochard.String(), "--data", dir, "--world=both")
	if code != exitDone || !strings.Contains(out, directorytest.Repair.String()) || !strings.Contains(out, "km") {
		t.Errorf("exit %d %s\n%s", code, stderr, out)
	}
	for _, c := range []struct {
		flags []string
		code  int
		want  string
	}{
		{nil, exitUsage, "--all"},
		{[]string{"123"}, exitUsage, "quatorze chiffres"},
		{[]string{directorytest.Brochard.String(), "--all", "--out=x.csv"}, exitUsage, "--all"},
		{[]string{directorytest.Brochard.String(), "--world=other"}, exitUsage, "craft, ess ou both"},
		{[]string{directorytest.Brochard.String(), "--weights=x"}, exitUsage, "services"},
		{[]string{directorytest.Brochard.String(), "--limit=101"}, exitUsage, "100 au plus"},
		{[]string{directorytest.Brochard.String(), "--radius-km=101"}, exitUsage, "100 au plus"},
		{[]string{directorytest.Masked.String()}, exitFailure, "ne la diffuse pas"},
		{[]string{"35600000000048"}, exitFailure, "35600000000048"},
		{[]string{"--all"}, exitUsage, ".parquet"},
		{[]string{"--all", "--out=partners.xlsx"}, exitUsage, "partners.xlsx"},
		{[]string{"--all", "--out=partners.csv", "--weights=jobs:2"}, exitUsage, "--weights"},
	} {
		code, _, stderr := start(t, nil, append([]string{"partners", "--data", dir}, c.flags...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("partners %q: exit %d, %s; want %d and %q", c.flags, code, stderr, c.code, c.want)
		}
	}
}

func TestPartnersOfEveryone(t *testing.T) {
	dir := directorytest.House(t)
	out := filepath.Join(t.TempDir(), "partners.csv")
	if code, _, stderr := start(t, nil, "partners", "--all", "--data", dir, "--radius-km=30", "--out", out); code != exitDone {
		t.Fatal(stderr)
	}
	f, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 4 {
		t.Fatalf("%v %v", rows, err)
	}
	if diff := cmp.Diff([]string{"siret", "rank", "partner", "score", "proximity", "services", "jobs", "resources", "distance_km", "minutes"}, rows[0]); diff != "" {
		t.Error(diff)
	}
	for _, r := range rows[1:] {
		if r[9] != "" {
			t.Errorf("minutes without a matrix: %v", r)
		}
		if slices.Contains(r, directorytest.Masked.String()) || slices.Contains(r, directorytest.MaskedESS.String()) {
			t.Errorf("a masked person is in %v", r)
		}
	}
	wide := filepath.Join(t.TempDir(), "partners.parquet")
	if code, _, stderr := start(t, nil, "partners", "--all", "--data", dir, "--radius-km=30", "--departments=62", "--out", wide); code != exitDone {
		t.Fatal(stderr)
	}
	table, err := parquet.ReadFile[partnerRow](wide)
	if err != nil || len(table) != len(rows)-1 {
		t.Fatalf("%d rows of Parquet, %d of CSV: %v", len(table), len(rows)-1, err)
	}
	if table[0].SIRET != rows[1][0] || table[0].Partner != rows[1][2] || table[0].Score != table[0].Proximity+table[0].Services+table[0].Jobs+table[0].Resources {
		t.Errorf("%+v, in CSV %v", table[0], rows[1])
	}
	left, err := filepath.Glob(out + ".*")
	if err != nil || len(left) > 0 {
		t.Errorf("left beside the file: %v %v", left, err)
	}
	if code, _, stderr := start(t, nil, "partners", "--all", "--data", dir, "--departments=75", "--out", out); code != exitDone {
		t.Fatal(stderr)
	}
	if text, err := os.ReadFile(out); err != nil || strings.Count(string(text), "\n") != 1 {
		t.Errorf("of Paris: %s %v", text, err)
	}
}

// Who is a masked person, or hidden, is in no file of everyone's partners, on
// neither side of a line, as SIRET or as SIREN.
func TestHardCase24PartnersOfEveryoneNameNobodyHidden(t *testing.T) {
	dir := directorytest.House(t)
	made := t.TempDir()
	read := func(name string) string {
		t.Helper()
		out := filepath.Join(made, name)
		if code, _, stderr := start(t, nil, "partners", "--all", "--data", dir, "--radius-km=100", "--out", out); code != exitDone {
			t.Fatal(stderr)
		}
		if filepath.Ext(name) == ".csv" {
			text, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		rows, err := parquet.ReadFile[partnerRow](out)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(rows)
	}
	hidden := directorytest.Garage.String()
	if !strings.Contains(read("avant.csv"), hidden) || !strings.Contains(read("avant.parquet"), hidden) {
		t.Fatal("the garage has no partner before it hides: this test looks for nothing")
	}
	if code, _, stderr := start(t, nil, "hide", hidden, "--reason=objection", "--data", dir); code != exitDone {
		t.Fatal(stderr)
	}
	for _, name := range []string{"apres.csv", "apres.parquet"} {
		text := read(name)
		if len(text) < 200 {
			t.Fatalf("%s is empty", name)
		}
		for _, marker := range []string{hidden[:9], directorytest.Masked.String()[:9], directorytest.MaskedESS.String()[:9]} {
			if strings.Contains(text, marker) {
				t.Errorf("%s names %s:\n%s", name, marker, text)
			}
		}
	}
}

// Ended at any instant, what was said to be worked out is there, and nothing
// that was not.
func TestAPartGoesOnWhereItWasSaved(t *testing.T) {
	out := filepath.Join(t.TempDir(), "partners.csv")
	asked := partState{Program: "test", Directory: "v1", Bulk: partner.Bulk{Departments: []string{}, Radius: 20_000}}
	line := func(n int) partner.Line {
		return partner.Line{
			Seeker: directorytest.Brochard, Partner: directorytest.Repair, Rank: uint8(n), Metres: 1234.5,
			Figures: match.Figures{Proximity: 2500, Services: 1, Jobs: 300, Resources: 65535},
		}
	}
	p, err := openPart(out, asked)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.add([]partner.Line{line(1), line(2)}); err != nil {
		t.Fatal(err)
	}
	p.state.Shares, p.state.All = 3, 9
	if err := p.save(); err != nil {
		t.Fatal(err)
	}
	if err := p.add([]partner.Line{line(3)}); err != nil { // written, never saved
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	if p, err = openPart(out, asked); err != nil || p.state.Shares != 3 || p.state.Lines != 2 {
		t.Fatalf("%+v %v", p.state, err)
	}
	if err := p.add([]partner.Line{line(4)}); err != nil {
		t.Fatal(err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
	bytes, err := os.ReadFile(out + ".part")
	if err != nil || len(bytes) != 3*lineSize {
		t.Fatalf("%d bytes, %v", len(bytes), err)
	}
	for i, n := range []int{1, 2, 4} {
		if got := lineOf(bytes[i*lineSize:]); got != line(n) {
			t.Errorf("line %d: %+v, want %+v", i, got, line(n))
		}
	}
	asked.Directory = "v2"
	if p, err = openPart(out, asked); err != nil || p.state.Shares != 0 || p.state.Lines != 0 {
		t.Fatalf("of another register: %+v %v", p.state, err)
	}
	if err := p.close(); err != nil {
		t.Fatal(err)
	}
}
