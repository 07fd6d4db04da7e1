package main

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// folder writes files for a run and returns the sources that name them.
func folder(t *testing.T, files map[string]string) sources {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	return sources{
		communes: in("communes.csv"), parts: in("parts.csv"), former: in("former.json"),
		departments: in("departments.json"), regions: in("regions.json"),
		territories: in("territories.csv"), contours: in("contours.json"), centres: in("centres.tsv"), out: dir,
	}
}

// artois is a small country in the producers' layouts: one commune without a
// centre in an EPCI, one overseas, one merged commune with two contours.
func artois() map[string]string {
	return map[string]string{
		"communes.csv": "code_insee,nom,departement,region,arrondissement,epci,epci_nom,codes_postaux,population,lat_centroide,lon_centroide\n" +
			"97501,Miquelon-Langlade,975,975,,,,97500,596,,\n" +
			"62473,Isbergues,62,32,622,200072460,CA de Béthune,62330,8650,50.61,2.45\n" +
			"62391,Guarbecque,62,32,622,200072460,CA de Béthune,62330,1300,50.63,2.49\n" +
			"62998,Neuve,62,32,622,200072460,CA de Béthune,62330|62331,10,,\n",
		"parts.csv": "code,nom,type,commune_chef_lieu\n62110,Berguette,commune-associee,62473\n",
		"former.json": `[{"code":"62473","type":"commune-actuelle","anciensCodes":["62110","62575"]},
			{"code":"62110","type":"commune-associee","chefLieu":"62473"}]`,
		"departments.json": `[{"code":"975","nom":"Saint-Pierre-et-Miquelon"},{"code":"62","region":"32","nom":"Pas-de-Calais"}]`,
		"regions.json":     `[{"code":"32","nom":"Hauts-de-France"}]`,
		"territories.csv":  "code_insee,territoire_departemental_infere\n62473,Artois\n62391,Artois\n",
		"contours.json": `{"features":[
			{"properties":{"code":"62473"},"geometry":{"type":"Polygon","coordinates":[[[2.4,50.6],[2.5,50.6],[2.5,50.7],[2.4,50.7],[2.4,50.6]]]}},
			{"properties":{"code":"62110"},"geometry":{"type":"MultiPolygon","coordinates":[[[[2.5,50.6],[2.6,50.6],[2.6,50.7],[2.5,50.7],[2.5,50.6]]]]}}]}`,
		"centres.tsv": "97501\t47.0\t-56.3\n",
	}
}

func TestRun(t *testing.T) {
	s := folder(t, artois())
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"communes.tsv.gz": "62391\tGuarbecque\t200072460\t62330\t1300\t5063000\t249000\tgiven\n" +
			"62473\tIsbergues\t200072460\t62330\t8650\t5061000\t245000\tgiven\n" +
			"62998\tNeuve\t200072460\t62330|62331\t10\t5062000\t247000\tepci\n" +
			"97501\tMiquelon-Langlade\t\t97500\t596\t4700000\t-5630000\tapproximate\n",
		"epci.tsv.gz":     "200072460\tCA de Béthune\n",
		"former.tsv.gz":   "62110\t62473\tassociated\tBerguette\n62575\t62473\tgone\t\n",
		"departments.tsv": "62\tPas-de-Calais\t32\tHauts-de-France\n975\tSaint-Pierre-et-Miquelon\t975\tSaint-Pierre-et-Miquelon\n",
		"territories.csv": "commune,territory\n62391,Artois\n62473,Artois\n",
		"contours.tsv.gz": "62473\t2400 50600 100 0 100 0 0 100 -100 0 -100 0\n",
	} {
		if got := read(t, filepath.Join(s.out, name)); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

func TestRunNamesWhatIsWrong(t *testing.T) {
	for _, c := range []struct{ name, file, old, new, want string }{
		{"no centre anywhere", "centres.tsv", "97501\t47.0\t-56.3\n", "", "97501"},
		{"unknown kind of part", "parts.csv", "commune-associee", "hameau", "hameau"},
		{"unreadable centre", "communes.csv", "50.61", "fifty", "62473"},
		{"unknown geometry", "contours.json", "MultiPolygon", "Point", "62110"},
		{"a tab in a name", "communes.csv", "Neuve", "Neu\tve", "tab"},
	} {
		files := artois()
		files[c.file] = strings.Replace(files[c.file], c.old, c.new, 1)
		if err := folder(t, files).run(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error that says %q", c.name, err, c.want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
