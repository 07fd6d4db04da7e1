package synth

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"passerelle/internal/register"
)

// Written in three formats, a register holds the same values, of the types of
// the layouts.
func TestFormatsAgree(t *testing.T) {
	o := Options{Departments: []string{"62", "974"}, Seed: 3, Units: 6000, Establishments: 9000}
	reports := make(map[string]Report)
	for _, o.Format = range []string{CSV, Zip, Parquet} {
		r, err := Sirene(t.Context(), t.TempDir(), o)
		if err != nil {
			t.Fatal(err)
		}
		reports[o.Format] = r
	}
	for i := range stockFiles {
		plain := reports[CSV].Files[i]
		text, err := os.ReadFile(plain.Path)
		if err != nil {
			t.Fatal(err)
		}
		if got := unzipped(t, reports[Zip].Files[i].Path); !bytes.Equal(got, text) {
			t.Errorf("%s: the zip holds another text", filepath.Base(plain.Path))
		}
		comparePacked(t, i, plain.Path, reports[Parquet].Files[i])
	}
}

// unzipped returns the one file of a zip.
func unzipped(t *testing.T, path string) []byte {
	t.Helper()
	z, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if len(z.File) != 1 || filepath.Ext(z.File[0].Name) != ".csv" {
		t.Fatalf("%s holds %d files", path, len(z.File))
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r) // checks the sum
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return text
}

// comparePacked compares a Parquet file with the CSV of the same register.
func comparePacked(t *testing.T, file int, plain string, packed File) {
	t.Helper()
	s := readSheet(t, plain, rune(commaOf(file)))
	f, err := os.Open(packed.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := parquet.OpenFile(f, packed.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Base(packed.Path)
	columns := columnsOf(file)
	types := map[kind]string{text: "BYTE_ARRAY STRING", day: "INT32 DATE", moment: "INT64 TIMESTAMP(isAdjustedToUTC=true,unit=MICROS)", whole: "INT64 INT(64,true)", truth: "BOOLEAN", float: "FLOAT"}
	for i, leaf := range p.Schema().Columns() {
		c, _ := p.Schema().Lookup(leaf...)
		got := c.Node.Type().Kind().String()
		if l := c.Node.Type().LogicalType(); l != nil {
			got += " " + l.String()
		}
		if leaf[0] != columns[i].name || got != types[columns[i].kind] || !c.Node.Optional() {
			t.Errorf("%s, column %d: %s %s", name, i, leaf[0], got)
		}
	}
	n := 0
	buffer := make([]parquet.Row, 500)
	for _, g := range p.RowGroups() {
		rows := g.Rows()
		for {
			k, err := rows.ReadRows(buffer)
			for _, row := range buffer[:k] {
				for i, v := range row {
					if got, want := shown(columns[i].kind, v), s.rows[n][i]; got != want && !sameFloat(columns[i].kind, got, want) {
						t.Fatalf("%s, row %d: %s is %q, %q in CSV", name, n, columns[i].name, got, want)
					}
				}
				n++
			}
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if n != len(s.rows) || int64(n) != packed.Rows {
		t.Errorf("%s: %d rows, %d in CSV, %d reported", name, n, len(s.rows), packed.Rows)
	}
}

// shown writes a value of Parquet as CSV does.
func shown(k kind, v parquet.Value) string {
	switch {
	case v.IsNull():
		return ""
	case k == day:
		return time.Unix(int64(v.Int32())*86400, 0).UTC().Format(time.DateOnly)
	case k == moment:
		return time.UnixMicro(v.Int64()).UTC().Format("2006-01-02T15:04:05.000")
	case k == whole:
		return strconv.FormatInt(v.Int64(), 10)
	case k == truth:
		return strconv.FormatBool(v.Boolean())
	case k == float:
		return fmt.Sprint(v.Float())
	}
	return string(v.ByteArray())
}

func sameFloat(k kind, a, b string) bool {
	x, err1 := strconv.ParseFloat(a, 32)
	y, err2 := strconv.ParseFloat(b, 32)
	return k == float && err1 == nil && err2 == nil && x == y
}

// The program's own reader takes all rows of every format.
func TestReaderTakesAll(t *testing.T) {
	for _, format := range []string{CSV, Zip, Parquet} {
		r, err := Sirene(t.Context(), t.TempDir(), Options{Seed: 3, Units: 6000, Establishments: 9000, Format: format})
		if err != nil {
			t.Fatal(err)
		}
		var bad []register.Reject
		var kept atomic.Int64
		s := register.Sirene[struct{}]{
			Files:   register.SireneFiles{Units: r.Path("StockUniteLegale"), Establishments: r.Path("StockEtablissement_"), Geolocation: r.Path("Geolocalisation")},
			TempDir: t.TempDir(),
			Each:    func(_ *struct{}, r *register.Record) error { kept.Add(1); return nil },
			Flush:   func(*struct{}) error { return nil },
			Restart: func() error { return nil },
			Reject:  func(r register.Reject) error { bad = append(bad, r); return nil },
		}
		stats, err := s.Read(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", format, err)
		}
		if len(bad) > 0 || stats.Orphans > 0 || len(stats.Sorted) > 0 {
			t.Errorf("%s: %d rejects (%+v), %d orphans, sorted %v", format, len(bad), bad[:min(3, len(bad))], stats.Orphans, stats.Sorted)
		}
		if stats.Establishments != r.Establishments || stats.Randomly == 0 || kept.Load() < r.Establishments-200 {
			t.Errorf("%s: %d of %d establishments read, %d kept", format, stats.Establishments, r.Establishments, kept.Load())
		}
	}
}
