package directory_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A row is what a test says of a unit or an establishment; the rest of its
// columns have the values below.
type row map[string]string

var (
	unitDefaults = row{
		"statutDiffusionUniteLegale": "O", "etatAdministratifUniteLegale": "A", "prenom1UniteLegale": "", "nomUniteLegale": "",
		"denominationUniteLegale": "", "trancheEffectifsUniteLegale": "NN", "categorieJuridiqueUniteLegale": "5499",
		"activitePrincipaleUniteLegale": "", "nomenclatureActivitePrincipaleUniteLegale": "NAFRev2", "economieSocialeSolidaireUniteLegale": "N",
		"dateCreationUniteLegale": "2010-05-03", "sigleUniteLegale": "", "denominationUsuelle1UniteLegale": "",
	}
	establishmentDefaults = row{
		"etatAdministratifEtablissement": "A", "codeCommuneEtablissement": "62473", "statutDiffusionEtablissement": "O",
		"trancheEffectifsEtablissement": "NN", "activitePrincipaleRegistreMetiersEtablissement": "", "etablissementSiege": "true",
		"numeroVoieEtablissement": "12", "typeVoieEtablissement": "RUE", "libelleVoieEtablissement": "DE LA GARE", "codePostalEtablissement": "62330",
		"enseigne1Etablissement": "", "denominationUsuelleEtablissement": "", "activitePrincipaleEtablissement": "46.90Z",
		"nomenclatureActivitePrincipaleEtablissement": "NAFRev2", "dateCreationEtablissement": "2015-02-01", "dateDebut": "2020-03-15",
		"coordonneeLambertAbscisseEtablissement": "660963.14", "coordonneeLambertOrdonneeEtablissement": "7059174.92",
	}
)

// stock writes the two stock files of some rows.
func stock(t *testing.T, dir string, units, ests []row) register.SireneFiles {
	t.Helper()
	return register.SireneFiles{
		Units:          table(t, filepath.Join(dir, "units.csv"), "siren", units, unitDefaults),
		Establishments: table(t, filepath.Join(dir, "establishments.csv"), "siret", ests, establishmentDefaults),
	}
}

func table(t *testing.T, path, key string, rows []row, defaults row) string {
	t.Helper()
	header := []string{key}
	if key == "siret" {
		header = []string{"siren", "siret"}
	}
	for name := range defaults {
		header = append(header, name)
	}
	slices.Sort(header[len(header)-len(defaults):])
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.Write(header); err != nil {
		t.Fatal(err)
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b row) int { return strings.Compare(a[key], b[key]) })
	for _, r := range rows {
		line := make([]string, len(header))
		for i, name := range header {
			v, ok := r[name]
			switch {
			case ok:
			case name == "siren":
				v = r["siret"][:9]
			default:
				v = defaults[name]
			}
			line[i] = v
		}
		if err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func importer(t *testing.T, dir string) *directory.Importer {
	t.Helper()
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &directory.Importer{Dir: dir, Places: places, Trades: trades, Clock: clock.System{}}
}

// A small town: a recorded baker, a presumed garage, a shop that is neither, a
// Scop, an association, a craft cooperative, a masked plumber, and firms that
// closed.
func town() (units, ests []row) {
	units = []row{
		{"siren": "382695187", "denominationUniteLegale": "BOULANGERIE DELATTRE ET FILS"},
		{"siren": "494837735", "denominationUniteLegale": "GARAGE DE L'ABBAYE", "trancheEffectifsUniteLegale": "02"},
		{"siren": "332222116", "denominationUniteLegale": "LES CHARPENTIERS DE LA LYS", "categorieJuridiqueUniteLegale": "5458"},
		{"siren": "443300553", "denominationUniteLegale": "ATELIER DU REEMPLOI", "categorieJuridiqueUniteLegale": "9220", "economieSocialeSolidaireUniteLegale": "O"},
		{"siren": "775678907", "denominationUniteLegale": "COOP DES PEINTRES", "categorieJuridiqueUniteLegale": "5453"},
		{"siren": "811223346", "categorieJuridiqueUniteLegale": "1000", "statutDiffusionUniteLegale": "P", "prenom1UniteLegale": "[ND]", "nomUniteLegale": "[ND]"},
		{"siren": "800112237", "categorieJuridiqueUniteLegale": "1000", "prenom1UniteLegale": "AMINA", "nomUniteLegale": "BEN SALAH"},
		{"siren": "833445562", "denominationUniteLegale": "COMMERCE DE GROS"},
		{"siren": "844556670", "denominationUniteLegale": "ANCIENNE BOULANGERIE", "etatAdministratifUniteLegale": "C"},
	}
	ests = []row{
		{"siret": "38269518700049", "activitePrincipaleRegistreMetiersEtablissement": "1071CA", "activitePrincipaleEtablissement": "10.71C", "codeCommuneEtablissement": "62110", "enseigne1Etablissement": "AU PAIN D'ISBERGUES"},
		{"siret": "49483773500013", "activitePrincipaleEtablissement": "45.20A"},
		{"siret": "33222211600011", "activitePrincipaleRegistreMetiersEtablissement": "4391AZ", "activitePrincipaleEtablissement": "43.91A"},
		{"siret": "44330055300023", "activitePrincipaleEtablissement": "38.32Z", "codeCommuneEtablissement": "62119"},
		{"siret": "77567890700012", "activitePrincipaleEtablissement": "70.22Z"},
		{"siret": "81122334600016", "activitePrincipaleRegistreMetiersEtablissement": "4322AZ", "activitePrincipaleEtablissement": "43.22A", "statutDiffusionEtablissement": "P", "libelleVoieEtablissement": "[ND]", "codePostalEtablissement": "[ND]", "coordonneeLambertAbscisseEtablissement": "[ND]", "coordonneeLambertOrdonneeEtablissement": "[ND]"},
		{"siret": "80011223700014", "activitePrincipaleRegistreMetiersEtablissement": "9602AA", "activitePrincipaleEtablissement": "96.02A", "enseigne1Etablissement": "SUPPRESSION DU NOM COMMERCIAL"},
		{"siret": "83344556200014"},
		{"siret": "84455667000017", "activitePrincipaleRegistreMetiersEtablissement": "1071CA", "etatAdministratifEtablissement": "F", "dateDebut": "2024-06-30"},
	}
	return units, ests
}

const stockDay clock.Day = "2026-11-01"

func importTown(t *testing.T, im *directory.Importer, files register.SireneFiles) directory.Report {
	t.Helper()
	r, err := im.Sirene(t.Context(), directory.SireneImport{Files: files, Departments: []string{"62"}, AsOf: stockDay})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestImportAppliesTheRules(t *testing.T) {
	dir := t.TempDir()
	units, ests := town()
	r := importTown(t, importer(t, dir), stock(t, t.TempDir(), units, ests))
	if s := r.Snapshot; s.Establishments != 7 || s.Craft != 6 || s.ESS != 3 || s.Both != 2 || s.MaskedPersons != 1 || s.FormerCommunes != 1 {
		t.Errorf("the report says %+v", s)
	}
	d := open(t, dir)
	for _, c := range []struct {
		siret register.SIRET
		about string
		want  string
	}{
		{38269518700049, "recorded, at an old code of its commune", "Boulangerie Delattre et Fils | Au Pain d'Isbergues | recorded | boulanger food | 62473 62110 | 12, rue de la Gare | address"},
		{49483773500013, "presumed by activity and size", "Garage de l'Abbaye |  | presumed | garagiste services | 62473  | 12, rue de la Gare | address"},
		{33222211600011, "a Scop with a craft: both worlds", "Les Charpentiers de la Lys |  | recorded legal_form | charpentier building | 62473  | 12, rue de la Gare | address"},
		{44330055300023, "flagged, too far from its commune to be where it says", "Atelier du Reemploi |  | flag legal_form |  | 62119  | 12, rue de la Gare | address"},
		{77567890700012, "a craft cooperative is presumed by its form", "Coop des Peintres |  | presumed legal_form |  | 62473  | 12, rue de la Gare | address"},
		{81122334600016, "a masked person has neither name nor place", " |  | recorded | plombier building |   |  | "},
		{80011223700014, "a person, without a withdrawn sign", "Amina Ben Salah |  | recorded | coiffeur services | 62473  | 12, rue de la Gare | address"},
	} {
		e, err := d.Establishment(c.siret)
		if err != nil {
			t.Errorf("%s: %v", c.about, err)
			continue
		}
		var certainties []string
		for _, claim := range e.Claims {
			certainties = append(certainties, string(claim.Certainty))
		}
		got := fmt.Sprintf("%s | %s | %s | %s | %s %s | %s | %s", e.Name, e.Sign, strings.Join(certainties, " "),
			strings.TrimSpace(e.Trade+" "+string(e.Sector)), e.Commune, e.FormerCommune, e.Street, e.Precision)
		if got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.about, got, c.want)
		}
	}
	if _, err := d.Establishment(83344556200014); err == nil {
		t.Error("a wholesaler is in the directory")
	}
}

// directoryOf reads all establishments of a data folder.
func directoryOf(t *testing.T, dir string) map[register.SIRET]directory.Establishment {
	t.Helper()
	d := open(t, dir)
	out := map[register.SIRET]directory.Establishment{}
	for page := 1; ; page++ {
		r, err := d.Search(query.Query{Page: page, PerPage: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hits {
			out[h.SIRET] = h.Establishment
		}
		if page*100 >= r.Total {
			return out
		}
	}
}

func TestTheOrderOfImportsIsFree(t *testing.T) {
	from := t.TempDir()
	units, ests := town()
	files := stock(t, from, units, ests)
	siae := filepath.Join(from, "siae.csv")
	write(t, siae, "siret,kind\n83344556200014,EI\n83344556200014,ACI\n44330055399999,ACI\n12345678900000,EI\nnot a number,EI\n")
	rge := filepath.Join(from, "rge.csv")
	write(t, rge, "SIREN\n494837735\n")
	rne := filepath.Join(from, "rne.json")
	write(t, rne, `{"siren":"833445562","formality":{"content":{"formeExerciceActivitePrincipale":"ARTISANALE"}}}`+"\n"+
		`{"siren":"332222116","formality":{"content":{"personneMorale":{"etablissementPrincipal":{"activites":[{"formeExercice":"COMMERCIALE"}]}}}}}`+"\n")
	acts := map[string]func(im *directory.Importer) error{
		"sirene": func(im *directory.Importer) error {
			_, err := im.Sirene(t.Context(), directory.SireneImport{Files: files, Departments: []string{"62"}, AsOf: stockDay})
			return err
		},
		"siae": func(im *directory.Importer) error {
			r, err := im.List(t.Context(), directory.ListImport{File: siae, Label: "siae", ESS: true, AsOf: "2026-10-01", KindColumn: "kind"})
			if err == nil && (r.List.Rows != 5 || r.List.BadSIRET != 1 || r.List.Duplicate != 1 || r.Rejected < 1) {
				t.Errorf("the list says %+v, %d rejected", r.List, r.Rejected)
			}
			return err
		},
		"rge": func(im *directory.Importer) error {
			_, err := im.List(t.Context(), directory.ListImport{File: rge, Label: "rge", AsOf: "2026-09-01"})
			return err
		},
		"rne": func(im *directory.Importer) error {
			_, err := im.RNE(t.Context(), []string{rne}, "2026-10-15")
			return err
		},
	}
	var want map[register.SIRET]directory.Establishment
	for _, order := range [][]string{{"sirene", "siae", "rge", "rne"}, {"rne", "rge", "siae", "sirene"}, {"siae", "sirene", "rne", "rge", "siae"}} {
		dir := t.TempDir()
		im := importer(t, dir)
		for _, name := range order {
			if err := acts[name](im); err != nil {
				t.Fatal(err)
			}
		}
		got := directoryOf(t, dir)
		if want == nil {
			want = got
			wholesaler := got[83344556200014]
			if len(wholesaler.Claims) != 2 || wholesaler.Claims[0].Certainty != directory.Registered || wholesaler.Claims[1].Source != "list:siae" || wholesaler.Family != trade.Company {
				t.Errorf("a wholesaler that a list and the national register name: %+v", wholesaler)
			}
			if n := len(wholesaler.Marks); n != 4 { // siae and the kind's own label, of each of two kinds
				t.Errorf("two rows of two kinds give %+v", wholesaler.Marks)
			}
			repair := got[44330055300023]
			if !slices.ContainsFunc(repair.Marks, func(m directory.Mark) bool { return m.Label == "siae" && m.Kind == "ACI" }) {
				t.Errorf("a wrong SIRET falls back to the head office of its SIREN: %+v", repair.Marks)
			}
			garage := got[49483773500013]
			if len(garage.Marks) != 1 || garage.In("ess") {
				t.Errorf("a label makes nobody ESS: %+v", garage)
			}
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("order %v (-first order +this):\n%s", order, d)
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A newer list of the same label replaces the older: who is not in it any
// more is not of the ESS by it.
func TestANewListReplacesTheOldOne(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	im := importer(t, dir)
	units, ests := town()
	importTown(t, im, stock(t, from, units, ests))
	path := filepath.Join(from, "esus.csv")
	for _, c := range []struct {
		text string
		in   bool
	}{{"siren\n833445562\n", true}, {"siren\n443300553\n", false}} {
		write(t, path, c.text)
		if _, err := im.List(t.Context(), directory.ListImport{File: path, Label: "esus", ESS: true, AsOf: "2026-10-01"}); err != nil {
			t.Fatal(err)
		}
		if _, in := directoryOf(t, dir)[83344556200014]; in != c.in {
			t.Errorf("after %q: in the directory %v, want %v", c.text, in, c.in)
		}
	}
}

// tree lists the files of a folder with their sizes and times.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			out = append(out, fmt.Sprint(path, info.Size(), info.ModTime().UnixNano()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestBadInputChangesNothing(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	im := importer(t, dir)
	units, ests := town()
	good := stock(t, from, units, ests)
	importTown(t, im, good)
	before := tree(t, dir)
	text, err := os.ReadFile(good.Establishments)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(from, "bad.csv")
	for _, c := range []struct {
		name, text, want string
	}{
		{"empty", "", "vide"},
		{"a column is missing", strings.Replace(string(text), "codeCommuneEtablissement", "autre", 1), "codeCommuneEtablissement"},
		{"Latin-1", strings.Replace(string(text), "DE LA GARE", "DE L'\xe9GLISE", 1), "iconv"},
	} {
		write(t, bad, c.text)
		_, err := im.Sirene(t.Context(), directory.SireneImport{
			Files: register.SireneFiles{Units: good.Units, Establishments: bad}, Departments: []string{"62"}, AsOf: stockDay,
		})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "bad.csv") {
			t.Errorf("%s: %v; it should name the file and say %q", c.name, err, c.want)
		}
		if d := cmp.Diff(before, tree(t, dir)); d != "" {
			t.Errorf("%s: the data folder changed:\n%s", c.name, d)
		}
	}
	if _, err := im.List(t.Context(), directory.ListImport{File: bad, Label: "siae", AsOf: stockDay}); err == nil {
		t.Error("a list without numbers is taken")
	}
	if d := cmp.Diff(before, tree(t, dir)); d != "" {
		t.Errorf("a bad list: the data folder changed:\n%s", d)
	}
}

func TestRejectedRowsAreWrittenWithTheirLine(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	units, ests := town()
	ests = append(ests, ests[0], row{"siret": "99999999800015"})
	files := stock(t, from, units, ests)
	r := importTown(t, importer(t, dir), files)
	if r.Sirene.Duplicates != 1 || r.Sirene.Orphans != 1 || r.Rejected != 2 {
		t.Errorf("the report says %+v, %d rejected", r.Sirene, r.Rejected)
	}
	f, err := os.Open(r.Rejects)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 {
		t.Fatalf("the rejects are %v", rows)
	}
	text, err := os.ReadFile(files.Establishments)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, row := range rows[1:] {
		var n int
		if _, err := fmt.Sscan(row[2], &n); err != nil || row[0] != "sirene" || lines[n-1] != row[4] {
			t.Errorf("line %s is not %q", row[2], row[4])
		}
	}
}

// What each source left stays until that source is read again.
func TestRejectsOfOtherSourcesStay(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	im := importer(t, dir)
	units, ests := town()
	good := stock(t, t.TempDir(), units, ests)
	importTown(t, im, stock(t, from, units, append(ests, ests[0])))
	siae := filepath.Join(from, "siae.csv")
	sources := func() string {
		t.Helper()
		f, err := os.Open(filepath.Join(dir, "rejects.csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		rows, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows[1:] {
			out = append(out, r[0])
		}
		slices.Sort(out)
		return strings.Join(out, " ")
	}
	for _, c := range []struct{ text, want string }{
		{"siret\nnone\n83344556200014\n", "list:siae sirene"},
		{"siret\nnone\n73282932000074\n", "annuaire list:siae sirene"},
		{"siret\n83344556200014\n", "sirene"},
	} {
		write(t, siae, c.text)
		if _, err := im.List(t.Context(), directory.ListImport{File: siae, Label: "siae", AsOf: stockDay}); err != nil {
			t.Fatal(err)
		}
		if got := sources(); got != c.want {
			t.Errorf("after %q: rejects of %q, want %q", c.text, got, c.want)
		}
	}
	importTown(t, im, good)
	if got := sources(); got != "" {
		t.Errorf("after a good stock: rejects of %q", got)
	}
}

func TestTwoImportsAtOnceAreRefused(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	units, ests := town()
	files := stock(t, from, units, ests)
	im := importer(t, dir)
	var second error
	im.Progress = func(register.Progress) {
		im.Progress = nil
		_, second = importer(t, dir).List(t.Context(), directory.ListImport{File: files.Units, Label: "siae", AsOf: stockDay})
	}
	importTown(t, im, files)
	if !errors.Is(second, directory.ErrBusy) {
		t.Errorf("an import during another: %v, want ErrBusy", second)
	}
}

// Killed at any instant, the snapshot of before still serves, check finds
// nothing wrong, and the next import works. The test runs itself as the
// import to be killed.
func TestAKilledImportLeavesWhatWasServed(t *testing.T) {
	const variable = "PASSERELLE_TEST_KILLED_IMPORT"
	if dir := os.Getenv(variable); dir != "" {
		from := t.TempDir()
		units, ests := town()
		files := stock(t, from, units, ests)
		fmt.Println("ready")
		for {
			importTown(t, importer(t, dir), files)
		}
	}
	dir, from := t.TempDir(), t.TempDir()
	units, ests := town()
	files := stock(t, from, units, ests)
	importTown(t, importer(t, dir), files)
	for i := range 8 {
		c := exec.Command(os.Args[0], "-test.run=^TestAKilledImportLeavesWhatWasServed$")
		c.Env = append(os.Environ(), variable+"="+dir)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 5)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(60_000)) * time.Microsecond)
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := c.Wait(); err == nil {
			t.Fatal("the import ended by itself")
		}
		if got := len(directoryOf(t, dir)); got != 7 {
			t.Fatalf("kill %d: %d establishments are served, want 7", i, got)
		}
		checked, err := directory.Check(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checked {
			if c.Err != nil {
				t.Errorf("kill %d: %s: %v", i, c.Path, c.Err)
			}
		}
	}
	importTown(t, importer(t, dir), files)
	left, err := filepath.Glob(filepath.Join(dir, "*", ".*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("killed imports left %v behind", left)
	}
}
