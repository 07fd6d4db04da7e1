package register

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A stockRow is a row of a stock file by the names of its columns.
type stockRow map[string]string

// writeCSV writes rows as INSEE does, with a column nobody asks for.
func writeCSV(t testing.TB, path string, comma rune, wants []want, rows []stockRow) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.Comma = comma
	header := []string{}
	for i, want := range wants {
		header = append(header, want.name)
		if i == len(wants)/2 {
			header = append(header, "colonneInconnue")
		}
	}
	records := [][]string{header}
	for _, r := range rows {
		record := make([]string, len(header))
		for i, name := range header {
			record[i] = r[name]
		}
		records = append(records, record)
	}
	if err := w.WriteAll(records); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// writeParquet writes the same rows as Parquet, in row groups of a few rows.
func writeParquet(t testing.TB, path string, wants []want, rows []stockRow, group int) string {
	t.Helper()
	fields := parquet.Group{}
	for _, w := range wants {
		fields[w.name] = parquet.Optional(parquet.String())
	}
	schema := parquet.NewSchema("stock", fields)
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[map[string]string](f, schema, parquet.MaxRowsPerRowGroup(int64(group)))
	for _, r := range rows {
		row := make(parquet.Row, 0, len(wants))
		for i, c := range schema.Columns() {
			v := parquet.NullValue().Level(0, 0, i)
			if s := r[c[0]]; s != "" {
				v = parquet.ByteArrayValue([]byte(s)).Level(0, 1, i)
			}
			row = append(row, v)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// A seen is what a test keeps of a record.
type seen struct {
	SIRET                         SIRET
	Name, Sign, Street, Commune   string
	Active, UnitActive, ESS, Part bool
	Quality                       string
	Lat                           float64
}

// readAll reads files and returns what came, in the order in which it came.
func readAll(t testing.TB, s Sirene[[]seen]) ([]seen, SireneStats, error) {
	t.Helper()
	var all []seen
	s.TempDir = t.TempDir()
	s.Each = func(b *[]seen, r *Record) error {
		*b = append(*b, seen{
			SIRET: r.SIRET, Name: strings.Clone(r.Unit.Denomination), Sign: strings.Clone(r.Signs[0]), Street: strings.Clone(r.Street),
			Commune: strings.Clone(r.Commune), Active: r.Active, UnitActive: r.Unit.Active, ESS: r.Unit.ESS, Part: r.Partial,
			Quality: strings.Clone(r.GeoQuality), Lat: r.Geo.Lat,
		})
		return nil
	}
	s.Flush = func(b *[]seen) error {
		all = append(all, *b...)
		*b = (*b)[:0]
		return nil
	}
	s.Restart = func() error { all = nil; return nil }
	stats, err := s.Read(t.Context())
	return all, stats, err
}

// A country is random stock files and what they hold.
type country struct {
	units, ests, spots []stockRow
	want               []seen
}

var oddTexts = []string{"", "RUE DE LA GARE", "L'ŒUVRE, \"D'OR\"", "deux\nlignes", "É", strings.Repeat("x", 300), `"`, ",,,"}

// newCountry makes n units, some of many establishments.
func newCountry(r *rand.Rand, n int) country {
	var c country
	pick := func(s []string) string { return s[r.IntN(len(s))] }
	siren := 100000000 + r.IntN(1000)
	for range n {
		siren += 1 + r.IntN(3)
		id := fmt.Sprintf("%09d", siren)
		unit := stockRow{
			"siren": id, "denominationUniteLegale": pick(oddTexts), "etatAdministratifUniteLegale": pick([]string{"A", "A", "C"}),
			"statutDiffusionUniteLegale": "O", "economieSocialeSolidaireUniteLegale": pick([]string{"", "O", "N"}), "categorieJuridiqueUniteLegale": "5499",
		}
		orphan := r.IntN(20) == 0
		if !orphan {
			c.units = append(c.units, unit)
		}
		many := r.IntN(4)
		if r.IntN(30) == 0 {
			many = 60
		}
		for nic := range many {
			siret := fmt.Sprintf("%s%05d", id, nic*3+1)
			e := stockRow{
				"siren": id, "siret": siret, "codeCommuneEtablissement": pick([]string{"62473", "62110", "59350", "2A004", "97411", ""}),
				"etatAdministratifEtablissement": pick([]string{"A", "F"}), "statutDiffusionEtablissement": pick([]string{"O", "P"}),
				"enseigne1Etablissement": pick(oddTexts), "libelleVoieEtablissement": pick(oddTexts),
			}
			c.ests = append(c.ests, e)
			quality := ""
			if r.IntN(3) > 0 {
				quality = pick([]string{"11", "12", "33"})
				c.spots = append(c.spots, stockRow{"siret": siret, "qualite_xy": quality, "y_latitude": "50.5", "x_longitude": "2.5"})
			}
			if commune := e["codeCommuneEtablissement"]; orphan || !strings.HasPrefix(commune, "62") && commune != "97411" {
				continue
			}
			s := seen{
				Name: unit["denominationUniteLegale"], Sign: e["enseigne1Etablissement"], Street: e["libelleVoieEtablissement"],
				Commune: e["codeCommuneEtablissement"], Active: e["etatAdministratifEtablissement"] == "A", UnitActive: unit["etatAdministratifUniteLegale"] == "A",
				ESS: unit["economieSocialeSolidaireUniteLegale"] == "O", Part: e["statutDiffusionEtablissement"] == "P", Quality: quality,
			}
			fmt.Sscan(siret, &s.SIRET)
			if quality != "" && quality != "33" {
				s.Lat = 50.5
			}
			c.want = append(c.want, s)
		}
	}
	return c
}

func (c *country) write(t testing.TB, dir string) SireneFiles {
	return SireneFiles{
		Units:          writeCSV(t, filepath.Join(dir, "units.csv"), ',', unitWants, c.units),
		Establishments: writeCSV(t, filepath.Join(dir, "ests.csv"), ',', establishmentWants, c.ests),
		Geolocation:    writeCSV(t, filepath.Join(dir, "spots.csv"), ';', geolocationWants, c.spots),
	}
}

// The join, in blocks so small that SIRENs, rows and windows span them, gives
// what a naive one does.
func TestJoinEqualsANaiveOne(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		c := newCountry(r, rapid.IntRange(1, 120).Draw(rt, "units"))
		if len(c.ests) == 0 {
			return
		}
		got, stats, err := readAll(t, Sirene[[]seen]{
			Files: c.write(t, t.TempDir()), Departments: []string{"62", "974"}, block: rapid.SampledFrom([]int{512, 2000, 9000, blockSize}).Draw(rt, "block"),
		})
		if err != nil {
			rt.Fatal(err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			rt.Fatalf("(-want +got):\n%s", d)
		}
		if int(stats.Units) != len(c.units) || int(stats.Establishments) != len(c.ests) || int(stats.Kept) != len(c.want) {
			rt.Fatalf("stats %+v for %d units, %d establishments, %d kept", stats, len(c.units), len(c.ests), len(c.want))
		}
	})
}

// A file that is not sorted is sorted first, whatever its format: the records
// are the same.
func TestUnsortedFilesAreSortedFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	c := newCountry(r, 300)
	shuffled := country{slices.Clone(c.units), slices.Clone(c.ests), slices.Clone(c.spots), c.want}
	r.Shuffle(len(shuffled.units), func(i, j int) { shuffled.units[i], shuffled.units[j] = shuffled.units[j], shuffled.units[i] })
	r.Shuffle(len(shuffled.ests), func(i, j int) { shuffled.ests[i], shuffled.ests[j] = shuffled.ests[j], shuffled.ests[i] })
	r.Shuffle(len(shuffled.spots), func(i, j int) { shuffled.spots[i], shuffled.spots[j] = shuffled.spots[j], shuffled.spots[i] })
	sorted, mixed := c.write(t, t.TempDir()), shuffled.write(t, t.TempDir())
	dir := t.TempDir()
	groups := slices.Concat(c.ests[len(c.ests)/2:], c.ests[:len(c.ests)/2])
	for name, f := range map[string]struct {
		files SireneFiles
		n     int
	}{
		"all sorted":                       {sorted, 0},
		"units":                            {SireneFiles{Units: mixed.Units, Establishments: sorted.Establishments, Geolocation: sorted.Geolocation}, 1},
		"establishments":                   {SireneFiles{Units: sorted.Units, Establishments: mixed.Establishments, Geolocation: sorted.Geolocation}, 1},
		"geolocation":                      {SireneFiles{Units: sorted.Units, Establishments: sorted.Establishments, Geolocation: mixed.Geolocation}, 1},
		"all mixed":                        {mixed, 3},
		"Parquet, sorted":                  {SireneFiles{Units: writeParquet(t, filepath.Join(dir, "u.parquet"), unitWants, c.units, 50), Establishments: writeParquet(t, filepath.Join(dir, "e.parquet"), establishmentWants, c.ests, 70), Geolocation: sorted.Geolocation}, 0},
		"Parquet, groups in another order": {SireneFiles{Units: sorted.Units, Establishments: writeParquet(t, filepath.Join(dir, "g.parquet"), establishmentWants, groups, len(c.ests)-len(c.ests)/2), Geolocation: sorted.Geolocation}, 1},
		"Parquet, mixed":                   {SireneFiles{Units: writeParquet(t, filepath.Join(dir, "mu.parquet"), unitWants, shuffled.units, 50), Establishments: writeParquet(t, filepath.Join(dir, "me.parquet"), establishmentWants, shuffled.ests, 70), Geolocation: sorted.Geolocation}, 2},
	} {
		got, stats, err := readAll(t, Sirene[[]seen]{Files: f.files, Departments: []string{"62", "974"}, block: 4000})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		byID := func(a, b seen) int { return int(a.SIRET) - int(b.SIRET) }
		slices.SortFunc(got, byID)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d[:min(len(d), 2000)])
		}
		if len(stats.Sorted) != f.n {
			t.Errorf("%s: sorted first %v, want %d files", name, stats.Sorted, f.n)
		}
	}
}

func zipped(t testing.TB, path string, names ...string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := path + ".zip"
	f, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, n := range names {
		w, err := z.Create(n)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return out
}

// Every way a file may come gives the same records.
func TestFormatsAgree(t *testing.T) {
	c := newCountry(rand.New(rand.NewPCG(3, 3)), 200)
	files := c.write(t, t.TempDir())
	text := func(path string, change func(string) string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), filepath.Base(path))
		if err := os.WriteFile(out, []byte(change(string(b))), 0o600); err != nil {
			t.Fatal(err)
		}
		return out
	}
	// CRLF at the ends of rows, which a quoted line feed is not.
	crlf := func(s string) string {
		var b strings.Builder
		in := false
		for _, r := range s {
			if r == '"' {
				in = !in
			}
			if r == '\n' && !in {
				b.WriteByte('\r')
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	open := func(name string) (io.ReadCloser, error) { return os.Open(strings.TrimPrefix(name, "x://")) }
	stdin := func(path string) func(string) (io.ReadCloser, error) {
		return func(string) (io.ReadCloser, error) { return os.Open(path) }
	}
	for name, f := range map[string]SireneFiles{
		"CRLF":                  {Units: text(files.Units, crlf), Establishments: text(files.Establishments, crlf)},
		"BOM":                   {Units: text(files.Units, func(s string) string { return "\ufeff" + s }), Establishments: files.Establishments},
		"no last line feed":     {Units: text(files.Units, func(s string) string { return strings.TrimSuffix(s, "\n") }), Establishments: text(files.Establishments, func(s string) string { return strings.TrimSuffix(s, "\n") })},
		"empty lines":           {Units: files.Units, Establishments: text(files.Establishments, func(s string) string { return s + "\n\n" })},
		"zip":                   {Units: zipped(t, files.Units, "u.csv", "lisez-moi.txt"), Establishments: zipped(t, files.Establishments, "e.csv")},
		"standard input":        {Units: files.Units, Establishments: "-", Open: stdin(files.Establishments)},
		"zip on standard input": {Units: "-", Establishments: files.Establishments, Open: stdin(zipped(t, files.Units, "u.csv"))},
		"an address":            {Units: "x://" + files.Units, Establishments: files.Establishments, Open: open},
	} {
		want := slices.Clone(c.want)
		for i := range want {
			want[i].Quality, want[i].Lat = "", 0
		}
		got, stats, err := readAll(t, Sirene[[]seen]{Files: f, Departments: []string{"62", "974"}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d[:min(len(d), 2000)])
		}
		if stats.Rejects != stats.Orphans {
			t.Errorf("%s: %d rows rejected, %d of them orphans", name, stats.Rejects, stats.Orphans)
		}
	}
}

func TestBadFilesAreRefusedWithWhatToDo(t *testing.T) {
	c := newCountry(rand.New(rand.NewPCG(5, 5)), 400)
	files := c.write(t, t.TempDir())
	good, err := os.ReadFile(files.Establishments)
	if err != nil {
		t.Fatal(err)
	}
	zipText, err := os.ReadFile(zipped(t, files.Establishments, "e.csv"))
	if err != nil {
		t.Fatal(err)
	}
	spoiled := slices.Clone(zipText)
	spoiled[len(spoiled)/2] ^= 0x55
	latin := bytes.Replace(slices.Clone(good), []byte("RUE DE LA GARE"), []byte("RUE DE L'\xc9GLISE"), 1)
	for _, b := range []struct {
		name, file string
		text       []byte
		kind       error
		says       string
	}{
		{"empty", "e.csv", nil, ErrFormat, "vide"},
		{"only a byte order mark", "e.csv", []byte("\xef\xbb\xbf\n"), ErrFormat, "vide"},
		{"a column is missing", "e.csv", bytes.Replace(slices.Clone(good), []byte("etatAdministratifEtablissement"), []byte("etat"), 1), ErrColumn, "« etatAdministratifEtablissement »"},
		{"Latin-1", "e.csv", latin, ErrEncoding, "iconv"},
		{"not a zip", "e.zip", []byte("siren,siret\n"), ErrFormat, "zip"},
		{"a zip cut in the middle", "e.zip", zipText[:len(zipText)/2], nil, "téléchargez-le à nouveau"},
		{"a zip with a wrong byte", "e.zip", spoiled, nil, "téléchargez-le à nouveau"},
		{"not a Parquet", "e.parquet", []byte("PAR1 no PAR1"), nil, "Parquet"},
		{"an image", "e.csv", bytes.Repeat([]byte{0x89, 'P', 'N', 'G', 0, 1}, 1<<15), ErrFormat, "CSV"},
	} {
		path := filepath.Join(t.TempDir(), b.file)
		if err := os.WriteFile(path, b.text, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := readAll(t, Sirene[[]seen]{Files: SireneFiles{Units: files.Units, Establishments: path}})
		if err == nil || b.kind != nil && !errors.Is(err, b.kind) || !strings.Contains(err.Error(), b.says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want the file, %q and kind %v", b.name, err, b.says, b.kind)
		}
	}
	if _, _, err := readAll(t, Sirene[[]seen]{Files: SireneFiles{Units: files.Units, Establishments: "none.csv"}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// Lines that cannot be used go to the rejects with their number; those around
// them are read.
func TestOneBadLineHurtsNoOther(t *testing.T) {
	c := newCountry(rand.New(rand.NewPCG(9, 9)), 300)
	files := c.write(t, t.TempDir())
	good, err := os.ReadFile(files.Establishments)
	if err != nil {
		t.Fatal(err)
	}
	// The lines that begin a row: a SIREN, a SIRET.
	lines := strings.SplitAfter(string(good), "\n")
	width := len(establishmentWants) + 1
	for name, bad := range map[string]string{
		"too few fields":    "100000000,10000000000001\n",
		"too many fields":   "100000000" + strings.Repeat(",", width) + "\n",
		"no number":         "abc" + strings.Repeat(",", width-1) + "\n",
		"a quote left open": "100000000,\"10000000000001" + strings.Repeat(",", width-2) + "\n",
		"a field of 10 MB":  "100000000,\"" + strings.Repeat("é", 5<<20) + "\"" + strings.Repeat(",", width-2) + "\n",
	} {
		path := filepath.Join(t.TempDir(), "e.csv")
		text := lines[0] + bad + strings.Join(lines[1:], "")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var rejects []Reject
		got, _, err := readAll(t, Sirene[[]seen]{
			Files: SireneFiles{Units: files.Units, Establishments: path}, Departments: []string{"62", "974"},
			Reject: func(r Reject) error { rejects = append(rejects, r); return nil },
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		// A quote left open makes the next quoted line feed look like the end
		// of a row: the row it is in may be lost too, and is then rejected.
		lost := len(c.want) - len(got)
		if lost != 0 && (name != "a quote left open" || lost > 1 || len(rejects) < 2) {
			t.Errorf("%s: %d records, want %d; %d rejects", name, len(got), len(c.want), len(rejects))
		}
		if !slices.ContainsFunc(rejects, func(r Reject) bool { return r.Line == 2 && r.Reason != "" && len(r.Text) <= maxQuoted }) {
			t.Errorf("%s: line 2 is not among the rejects", name)
		}
	}
}

func TestACancelledReadEnds(t *testing.T) {
	c := newCountry(rand.New(rand.NewPCG(11, 11)), 2000)
	files := c.write(t, t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	s := Sirene[int]{
		Files: files, block: 2000,
		Each:  func(*int, *Record) error { stop(); return nil },
		Flush: func(*int) error { return nil },
	}
	if _, err := s.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want Canceled", err)
	}
	boom := errors.New("boom")
	s.Each = func(*int, *Record) error { return boom }
	if _, err := s.Read(t.Context()); !errors.Is(err, boom) {
		t.Errorf("got %v, want the error of Each", err)
	}
}

func TestSuccessions(t *testing.T) {
	path := writeCSV(t, filepath.Join(t.TempDir(), "s.csv"), ',', successionWants, []stockRow{
		{"siretEtablissementPredecesseur": "10000000000001", "siretEtablissementSuccesseur": "10000000000035", "dateLienSuccession": "2020-01-02", "transfertSiege": "true", "continuiteEconomique": "false"},
		{"siretEtablissementPredecesseur": "10000000000002", "siretEtablissementSuccesseur": "10000000000002", "dateLienSuccession": "2020-01-02"},
		{"siretEtablissementPredecesseur": "10000000000003", "siretEtablissementSuccesseur": "?", "dateLienSuccession": "2020-01-02"},
	})
	var got []Succession
	rejected := 0
	rows, err := ReadSuccessions(t.Context(), path, nil, func(s Succession) error {
		s.Day = "2020-01-02"
		got = append(got, s)
		return nil
	}, func(Reject) error { rejected++; return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []Succession{{From: 10000000000001, To: 10000000000035, Day: "2020-01-02", Head: true}}
	if d := cmp.Diff(want, got); d != "" || rows != 3 || rejected != 2 {
		t.Errorf("%d rows, %d rejected, (-want +got):\n%s", rows, rejected, d)
	}
}

// FuzzSplit holds the splitter equal to encoding/csv on every text that
// encoding/csv takes whole.
func FuzzSplit(f *testing.F) {
	f.Add("100000000,a\n100000001,\"b,\"\"c\"\"\nd\"\n", 16)
	f.Add("100000000,a\r\n\n100000001,é", 3)
	f.Add("100000000,\"\n", 9)
	f.Fuzz(func(t *testing.T, text string, block int) {
		r := csv.NewReader(strings.NewReader("siren,x\n" + text))
		r.FieldsPerRecord = 2
		rows, err := r.ReadAll()
		src, openErr := openCSV(strings.NewReader("siren,x\n"+text), "f.csv", ',', []want{{"siren", false}, {"x", false}}, 0)
		if openErr != nil {
			t.Fatal(openErr)
		}
		src.block = 1 + max(0, block)%4096
		read := src.reader()
		var got [][]string
		var old table
		for {
			tab, readErr := src.next(old)
			if readErr == io.EOF {
				break
			}
			if readErr != nil {
				t.Fatal(readErr)
			}
			if tab.index() != nil {
				return // not UTF-8
			}
			for i := range tab.base().keys {
				ok, openErr := read.open(tab, i)
				if openErr != nil {
					return
				}
				if ok {
					got = append(got, []string{string(read.cell(0)), string(read.cell(1))})
				}
			}
			old = tab
		}
		if err != nil {
			return
		}
		var keyed [][]string
		for _, row := range rows[1:] {
			if number([]byte(row[0])) != 0 {
				// encoding/csv makes \r\n within quotes \n.
				keyed = append(keyed, row)
			}
		}
		for i := range got {
			got[i][1] = strings.ReplaceAll(got[i][1], "\r\n", "\n")
		}
		if d := cmp.Diff(keyed, got); d != "" {
			t.Errorf("%q, blocks of %d (-encoding/csv +ours):\n%s", text, src.block, d)
		}
	})
}
