package sheet

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"passerelle/internal/clock"
)

var sample = Table{
	Title: "Annuaire : artisans / ESS",
	Head:  []string{"Nom", "Téléphone", "Effectif", "Distance", "Depuis", "Vu le", "Montant"},
	Rows: func(yield func([]Cell) bool) {
		_ = yield([]Cell{"Fournil de la Nave", "+33 3 21 00 00 01", 3, 4.5, clock.Day("2019-04-01"), time.Date(2026, 7, 1, 10, 0, 0, 0, time.UTC), Cents(-12345)}) &&
			yield([]Cell{`=HYPERLINK("http://exemple.fr","clic")`, "", nil, nil, clock.Day(""), time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC), Cents(5)})
	},
}

func TestHardCase40CSV(t *testing.T) {
	var b bytes.Buffer
	if err := WriteCSV(&b, sample); err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(b.String(), "\uFEFF")))
	r.Comma = ';'
	got, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		sample.Head,
		{"Fournil de la Nave", "+33 3 21 00 00 01", "3", "4,5", "2019-04-01", "2026-07-01 12:00", "-123,45"},
		{`'=HYPERLINK("http://exemple.fr","clic")`, "", "", "", "", "2026-12-01 11:00", "0,05"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("CSV differs (-want +got):\n%s", d)
	}
}

func TestHardCase40XLSX(t *testing.T) {
	var b bytes.Buffer
	if err := WriteXLSX(&b, sample); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	name := "Annuaire   artisans   ESS"
	rows, err := f.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rows[1][1], "+33 3 21 00 00 01"; got != want {
		t.Errorf("telephone = %q, want %q", got, want)
	}
	if got, want := rows[2][0], `=HYPERLINK("http://exemple.fr","clic")`; got != want {
		t.Errorf("name = %q, want %q", got, want)
	}
	if formula, err := f.GetCellFormula(name, "A3"); err != nil || formula != "" {
		t.Errorf("A3 holds the formula %q (%v), want text", formula, err)
	}
	if kind, err := f.GetCellType(name, "C2"); err != nil || kind == excelize.CellTypeInlineString || kind == excelize.CellTypeSharedString {
		t.Errorf("the head-count has type %v (%v), want a number", kind, err)
	}
	if got, want := rows[1][5], "01/07/2026 12:00"; got != want {
		t.Errorf("moment = %q, want %q", got, want)
	}
}

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"Boulangerie":           "Boulangerie",
		"+33 (0)3 21.00.00.01":  "+33 (0)3 21.00.00.01",
		"-5,2":                  "-5,2",
		"-":                     "-",
		"=1+1":                  "'=1+1",
		"  =1+1":                "'  =1+1",
		"@SUM(A1)":              "'@SUM(A1)",
		"+33+cmd|' /C calc'!A0": "'+33+cmd|' /C calc'!A0",
		"-2+3":                  "'-2+3",
		"\t=1":                  "'\t=1",
		"＝1+1":                  "'＝1+1",
		"L'Atelier = toi":       "L'Atelier = toi",
		"\u00a0=cmd":            "'\u00a0=cmd",
	} {
		if got := guard(in); got != want {
			t.Errorf("guard(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUnknownCell(t *testing.T) {
	bad := Table{Head: []string{"x"}, Rows: func(yield func([]Cell) bool) { yield([]Cell{struct{}{}}) }}
	if err := WriteCSV(&bytes.Buffer{}, bad); err == nil {
		t.Error("WriteCSV accepted a struct, want an error")
	}
	if err := WriteXLSX(&bytes.Buffer{}, bad); err == nil {
		t.Error("WriteXLSX accepted a struct, want an error")
	}
}
