package register

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func file(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readList(t testing.TB, path string, o ListOptions) ([]ListRow, ListStats, []Reject, error) {
	t.Helper()
	var rows []ListRow
	var bad []Reject
	stats, err := ReadList(t.Context(), path, o, func(r ListRow) error { rows = append(rows, r); return nil }, func(r Reject) error { bad = append(bad, r); return nil })
	return rows, stats, bad, err
}

// Upstream SIRETs are wrong; they never empty a label in silence (HARDCASES
// 20).
func TestHardCase20WrongNumbersAreCountedAndFallBack(t *testing.T) {
	path := file(t, "siae.csv", "siret,kind,nom\n"+
		"38269518700049,AI,Espoir\n"+
		"382 695 187 00049,ACI,avec des espaces\n"+
		"38269518700040,EI,clé fausse\n"+
		"382695187,EI,un SIREN seulement\n"+
		"12345678900000,EI,ni l'un ni l'autre\n"+
		",EI,vide\n"+
		"\"4,95E+13\",EI,abîmé\n")
	rows, stats, bad, err := readList(t, path, ListOptions{KindColumn: "Kind"})
	if err != nil {
		t.Fatal(err)
	}
	want := []ListRow{
		{Line: 2, SIRET: 38269518700049, SIREN: 382695187, Kind: "AI"},
		{Line: 3, SIRET: 38269518700049, SIREN: 382695187, Kind: "ACI"},
		{Line: 4, SIREN: 382695187, Kind: "EI"},
		{Line: 5, SIREN: 382695187, Kind: "EI"},
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if stats.Rows != 7 || stats.BadSIRET != 2 || stats.Rejected != 3 || len(bad) != 3 || bad[0].Line != 6 || !strings.Contains(bad[2].Reason, "tableur") {
		t.Errorf("stats %+v, rejects %+v", stats, bad)
	}
}

func TestListsOfEverySort(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		o    ListOptions
		want ListRow
	}{
		"semicolons and a byte order mark": {"\ufeffNom;N° SIRET\nA;38269518700049\n", ListOptions{}, ListRow{Line: 2, SIRET: 38269518700049, SIREN: 382695187}},
		"tabs, CRLF":                       {"SIREN\tnom\r\n382695187\tA\r\n", ListOptions{}, ListRow{Line: 2, SIREN: 382695187, Unit: true}},
		"zeros that a spreadsheet ate":     {"siren\n5500186\n", ListOptions{}, ListRow{Line: 2, SIREN: 5500186, Unit: true}},
		"a named column":                   {"a,numero\nx,38269518700049\n", ListOptions{Column: "Numéro"}, ListRow{Line: 2, SIRET: 38269518700049, SIREN: 382695187}},
		"SIRET before SIREN":               {"siren,siret\n494837735,38269518700049\n", ListOptions{}, ListRow{Line: 2, SIRET: 38269518700049, SIREN: 382695187}},
		"SIREN when asked for":             {"siren,siret\n494837735,38269518700049\n", ListOptions{Column: "siren"}, ListRow{Line: 2, SIREN: 494837735, Unit: true}},
	} {
		rows, stats, _, err := readList(t, file(t, "l.csv", c.text), c.o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(rows) != 1 || rows[0] != c.want {
			t.Errorf("%s: got %+v, want %+v (%+v)", name, rows, c.want, stats)
		}
	}
}

func TestListsThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text, says string
		o          ListOptions
	}{
		"no column":        {"nom,ville\nA,B\n", "nom, ville", ListOptions{}},
		"no such column":   {"siret\n1\n", "« numero »", ListOptions{Column: "numero"}},
		"no kind":          {"siret\n1\n", "« sorte »", ListOptions{KindColumn: "sorte"}},
		"empty":            {"", "vide", ListOptions{}},
		"Latin-1 header":   {"num\xe9ro\n1\n", "iconv", ListOptions{}},
		"Latin-1 in a row": {"siret,nom\n38269518700049,\xe9\n", "iconv", ListOptions{}},
	} {
		_, _, _, err := readList(t, file(t, "l.csv", c.text), c.o)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "l.csv") {
			t.Errorf("%s: %v, want the file and %q", name, err, c.says)
		}
	}
}

func TestFormalities(t *testing.T) {
	text := `{"siren":"382695187","formality":{"content":{"formeExerciceActivitePrincipale":"ARTISANALE"}}}
{"siren":"494837735","formality":{"content":{"personnePhysique":{"autresEtablissements":[{"activites":[{"formeExercice":"ARTISANALE_REGLEMENTEE"}]}]}}}}

{"formality":{"siren":"332222116","content":{"natureCreation":{"formeExercice":"COMMERCIALE"}}}}
{"siren":"123"}
{"siren":
`
	want := []Formality{{382695187, true}, {494837735, true}, {332222116, false}}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	array := "[" + strings.Join([]string{lines[0], lines[1], lines[3], lines[4]}, ",") + "]"
	for name, c := range map[string]struct {
		text     string
		rejected int
	}{"a line each": {text, 2}, "an array": {array, 1}} {
		var got []Formality
		rejected := 0
		_, err := ReadRNE(t.Context(), []string{file(t, "rne.json", c.text)}, func(f Formality) error { got = append(got, f); return nil }, func(Reject) error { rejected++; return nil })
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(want, got); d != "" || rejected != c.rejected {
			t.Errorf("%s: %d rejected, want %d (-want +got):\n%s", name, rejected, c.rejected, d)
		}
	}
	if _, err := ReadRNE(t.Context(), []string{file(t, "rne.json", array[:len(array)-20])}, func(Formality) error { return nil }, func(Reject) error { return nil }); err == nil || !strings.Contains(err.Error(), "rne.json") {
		t.Errorf("a cut array: %v", err)
	}
}

func TestPlaces(t *testing.T) {
	square := `{"type":"Feature","properties":{"code":"%s"},"geometry":{"type":"Polygon","coordinates":[[[2,50],[2.1,50],[2.1,50.1],[2,50]]]}}`
	good := `{"type":"FeatureCollection","features":[` + strings.ReplaceAll(square, "%s", "62473") + `]}`
	contours, err := ReadContours(file(t, "c.geojson", good))
	if err != nil || len(contours) != 1 || len(contours[0].Rings[0]) != 3 || contours[0].Rings[0][0].Lat != 50 {
		t.Errorf("contours %+v, %v", contours, err)
	}
	for name, text := range map[string]string{
		"not JSON": "code,nom", "a point": strings.Replace(good, "Polygon", "Point", 1), "no code": strings.Replace(good, "62473", "x", 1),
		"latitudes of Lambert": strings.ReplaceAll(good, "50", "7050000"), "no features": `{"type":"FeatureCollection"}`,
	} {
		if _, err := ReadContours(file(t, "c.geojson", text)); err == nil || !strings.Contains(err.Error(), "c.geojson") {
			t.Errorf("%s: %v", name, err)
		}
	}
	territories, err := ReadTerritories(file(t, "t.csv", "commune,territory\n62473,Artois\n62119,Artois\n62041,Arrageois\n"))
	if err != nil || len(territories) != 2 || territories[0].Slug != "artois" || len(territories[0].Communes) != 2 {
		t.Errorf("territories %+v, %v", territories, err)
	}
	for name, text := range map[string]string{"twice": "commune,territory\n62473,A\n62473,B\n", "no code": "commune,territory\nIsbergues,A\n", "no rows": "commune,territory\n"} {
		if _, err := ReadTerritories(file(t, "t.csv", text)); err == nil {
			t.Errorf("territories, %s: taken", name)
		}
	}
	communes, err := ReadCommunes(file(t, "c.csv", "code_insee,nom,population,lat_centroide,lon_centroide,codes_postaux\n62473,Isbergues,9000,50.62,2.46,62330\n"))
	if err != nil || len(communes) != 1 || communes[0].Population != 9000 || communes[0].Centre.Lon != 2.46 {
		t.Errorf("communes %+v, %v", communes, err)
	}
	if _, err := ReadCommunes(file(t, "c.csv", "code,nom,lat\n62473,Isbergues,nord\n")); err == nil || !strings.Contains(err.Error(), "ligne 2") {
		t.Errorf("a latitude that is a word: %v", err)
	}
}

func FuzzReadList(f *testing.F) {
	f.Add("siret,kind\n38269518700049,AI\n")
	f.Add("SIREN;x\n\"382695187\";\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		rows, stats, bad, err := readList(t, file(t, "l.csv", text), ListOptions{})
		if err == nil && int(stats.Rows) != len(rows)+len(bad) {
			t.Errorf("%d rows: %d taken, %d rejected", stats.Rows, len(rows), len(bad))
		}
	})
}

func FuzzReadRNE(f *testing.F) {
	f.Add(`[{"siren":"382695187"}]`)
	f.Add(`{"siren":"382695187","formality":{"content":{"a":[{"formeExercice":"ARTISANALE"}]}}}`)
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		rows, err := ReadRNE(t.Context(), []string{file(t, "r.json", text)}, func(Formality) error { n++; return nil }, func(Reject) error { n++; return nil })
		if err == nil && int(rows) != n {
			t.Errorf("%d rows, %d given", rows, n)
		}
	})
}

func FuzzParseContours(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","features":[{"properties":{"code":"62473"},"geometry":{"type":"Polygon","coordinates":[[[2,50],[2.1,50],[2.1,50.1]]]}}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		contours, err := parseContours("c", text)
		if err != nil {
			return
		}
		for _, c := range contours {
			for _, ring := range c.Rings {
				if len(ring) < 3 {
					t.Errorf("a ring of %d points", len(ring))
				}
			}
		}
	})
}

func FuzzZipStream(f *testing.F) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("a.csv")
	if err == nil {
		_, err = w.Write([]byte("siren,x\n100000000,a\n"))
	}
	if err = errors.Join(err, z.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := NewZipStream(bytes.NewReader(text))
		if err != nil {
			return
		}
		io.Copy(io.Discard, io.LimitReader(r, 1<<20))
	})
}

func FuzzParquet(f *testing.F) {
	path := writeParquet(f, filepath.Join(f.TempDir(), "s.parquet"), successionWants, []stockRow{{"siretEtablissementPredecesseur": "10000000000001", "siretEtablissementSuccesseur": "10000000000035"}}, 1)
	text, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<16 {
			return
		}
		path := file(t, "s.parquet", string(text))
		// Whatever is in it, an error or rows; never a panic.
		_, _ = ReadSuccessions(t.Context(), path, nil, func(Succession) error { return nil }, func(Reject) error { return nil })
	})
}
