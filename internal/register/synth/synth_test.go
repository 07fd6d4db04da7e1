package synth

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A sheet is a CSV file of a register, read by the standard library.
type sheet struct {
	at   map[string]int
	rows [][]string
}

func (s *sheet) cell(row []string, name string) string { return row[s.at[name]] }

func readSheet(t *testing.T, path string, comma rune) *sheet {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = comma
	rows, err := r.ReadAll() // refuses rows of another width
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	s := &sheet{at: make(map[string]int), rows: rows[1:]}
	for i, name := range rows[0] {
		s.at[name] = i
	}
	return s
}

// pasDeCalais writes the usual register, and reads it.
func pasDeCalais(t *testing.T) (Report, string, *sheet, *sheet) {
	t.Helper()
	dir := t.TempDir()
	r, err := Sirene(t.Context(), dir, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r, dir, readSheet(t, r.Path("StockUniteLegale"), ','), readSheet(t, r.Path("StockEtablissement_"), ',')
}

func TestPasDeCalais(t *testing.T) {
	r, dir, units, places := pasDeCalais(t)
	t.Run("layout", func(t *testing.T) { checkLayout(t, dir) })
	t.Run("identifiers", func(t *testing.T) { checkIdentifiers(t, units, places) })
	t.Run("counts", func(t *testing.T) { checkCounts(t, &r, units, places) })
	t.Run("traps", func(t *testing.T) { checkTraps(t, units, places) })
	t.Run("masks", func(t *testing.T) { checkMasks(t, units, places) })
	t.Run("isbergues", func(t *testing.T) { checkIsbergues(t, units, places) })
	t.Run("positions", func(t *testing.T) { checkPositions(t, &r, places) })
	t.Run("lists", func(t *testing.T) { checkLists(t, &r, units, places) })
	t.Run("successions", func(t *testing.T) { checkSuccessions(t, &r, places) })
}

func checkLayout(t *testing.T, dir string) {
	for name, want := range map[string]struct {
		columns     int
		first, last string
	}{
		"StockUniteLegale_utf8.csv":                  {35, "siren,statutDiffusionUniteLegale,unitePurgeeUniteLegale,dateCreationUniteLegale,sigleUniteLegale,", ",caractereEmployeurUniteLegale,activitePrincipaleNAF25UniteLegale"},
		"StockEtablissement_utf8.csv":                {54, "siren,nic,siret,statutDiffusionEtablissement,dateCreationEtablissement,trancheEffectifsEtablissement,anneeEffectifsEtablissement,activitePrincipaleRegistreMetiersEtablissement,", ",caractereEmployeurEtablissement,activitePrincipaleNAF25Etablissement"},
		"siae.csv":                                   {16, "siret,kind,nom,", ",source,maj"},
		"StockEtablissementLiensSuccession_utf8.csv": {6, "siretEtablissementPredecesseur,", ",dateDernierTraitementLienSuccession"},
	} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(string(text), "\n")
		if n := strings.Count(head, ",") + 1; n != want.columns || !strings.HasPrefix(head, want.first) || !strings.HasSuffix(head, want.last) {
			t.Errorf("%s: %d columns, %.80s…", name, n, head)
		}
	}
	// The names of all columns, in one sum: a letter changed shows.
	var all []string
	for _, columns := range [][]column{unitColumns, establishmentColumns, geolocationColumns, successionColumns} {
		for _, c := range columns {
			all = append(all, c.name)
		}
	}
	if got, want := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(all, ","))))[:16], layoutSum; got != want {
		t.Errorf("the names of the columns have the sum %s, want %s", got, want)
	}
}

// layoutSum is of INSEE's headers, joined by commas.
const layoutSum = "56d0b2c583acdd69"

func checkIdentifiers(t *testing.T, units, places *sheet) {
	last := ""
	post := 0
	for _, row := range units.rows {
		id := units.cell(row, "siren")
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
		if _, err := register.ParseSIREN(id); err != nil {
			t.Fatal(err)
		}
		if id == "356000000" {
			post++
		}
	}
	if post != 1 {
		t.Errorf("La Poste is there %d times", post)
	}
	if units.rows[0][0][0] != '0' {
		t.Error("no SIREN begins with 0")
	}
	last = ""
	notLuhn := 0
	for _, row := range places.rows {
		id := places.cell(row, "siret")
		if id <= last {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
		if id != places.cell(row, "siren")+places.cell(row, "nic") {
			t.Fatalf("%s is not the SIREN and the NIC", id)
		}
		n, err := register.ParseSIRET(id)
		if err != nil {
			t.Fatal(err)
		}
		if x := uint64(n); luhn(x/10) != x%10 {
			notLuhn++
		}
	}
	if notLuhn < 2 {
		t.Errorf("%d establishments of La Poste go without a Luhn key", notLuhn)
	}
}

func near(t *testing.T, what string, got, want int, tolerance float64) {
	t.Helper()
	if math.Abs(float64(got-want)) > tolerance*float64(want) {
		t.Errorf("%s: %d, want %d to %.0f %%", what, got, want, tolerance*100)
	}
}

func byKey(s *sheet, name string) map[string][]string {
	m := make(map[string][]string, len(s.rows))
	for _, row := range s.rows {
		m[s.cell(row, name)] = row
	}
	return m
}

// checkCounts counts craft and ESS by the rules of the registers, and not by
// what the generator knows.
func checkCounts(t *testing.T, r *Report, units, places *sheet) {
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	atlas, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	unit := byKey(units, "siren")
	craft, ess, territories := map[string]bool{}, map[string]bool{}, map[string]int{}
	families := map[trade.Family]int{}
	closed, elsewhere := 0, 0
	for _, row := range places.rows {
		u := unit[places.cell(row, "siren")]
		if places.cell(row, "etatAdministratifEtablissement") == "F" || units.cell(u, "etatAdministratifUniteLegale") == "C" {
			closed++
			continue
		}
		code := places.cell(row, "codeCommuneEtablissement")
		if place.DepartmentOf(code) != "62" {
			elsewhere++
			continue
		}
		siren, form := u[0], units.cell(u, "categorieJuridiqueUniteLegale")
		small := slices.Contains([]string{"", "NN", "00", "01", "02", "03"}, units.cell(u, "trancheEffectifsUniteLegale"))
		if places.cell(row, "activitePrincipaleRegistreMetiersEtablissement") != "" ||
			trades.PresumedCraft(places.cell(row, "activitePrincipaleEtablissement")) && small || trade.CraftCooperative(form) {
			craft[siren] = true
		}
		family, ok := trades.FamilyOf(form)
		if ok || units.cell(u, "economieSocialeSolidaireUniteLegale") == "O" {
			if !ess[siren] {
				c, _, ok := atlas.Resolve(code)
				if !ok {
					t.Fatalf("commune %s is not known", code)
				}
				territories[c.Territory]++
				if family == "" {
					family = trade.Company
				}
				families[family]++
			}
			ess[siren] = true
		}
	}
	both := 0
	for siren := range craft {
		if ess[siren] {
			both++
		}
	}
	near(t, "craft firms", len(craft), 18_000, 0.02)
	near(t, "ESS enterprises", len(ess), 3460, 0.02)
	near(t, "craft firms reported", int(r.CraftFirms), len(craft), 0.01)
	near(t, "ESS enterprises reported", int(r.ESSEnterprises), len(ess), 0.01)
	near(t, "other establishments", int(r.Others), 60_000, 0.02)
	near(t, "closed", closed, len(places.rows)/4, 0.08)
	near(t, "closed reported", int(r.Closed), closed, 0)
	near(t, "partial diffusion", int(r.PartialDiffusion), len(units.rows)*8/100, 0.15)
	if both < 50 || elsewhere < 1000 {
		t.Errorf("%d firms are craft and ESS, %d establishments elsewhere", both, elsewhere)
	}
	for _, want := range atlas.Territories() {
		near(t, "ESS in "+want.Name, territories[want.Slug], len(ess)*want.Population/pasDeCalaisPeople, 0.2)
	}
	for _, f := range trade.Families {
		if families[f] == 0 {
			t.Errorf("no ESS enterprise is of the family %s", f)
		}
	}
}

func checkTraps(t *testing.T, units, places *sheet) {
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{}
	seen := map[string]int{}
	note := func(what string, is bool) {
		if is {
			seen[what]++
		} else {
			seen[what] += 0
		}
	}
	accents := func(s string) bool { return strings.ContainsAny(s, "ÉÈÊÀÇÔÎŒ") && strings.ToUpper(s) == s }
	for _, row := range units.rows {
		cell := func(name string) string { return units.cell(row, name) }
		open[row[0]] = cell("etatAdministratifUniteLegale") == "A"
		name, form := cell("denominationUniteLegale"), cell("categorieJuridiqueUniteLegale")
		note("capitals with accents", accents(name))
		note("capitals without accents", name != "" && name != nd && strings.ToUpper(name) == name && !accents(name))
		note("a name in sentence case", name != strings.ToUpper(name))
		note("an apostrophe", strings.Contains(name, "'"))
		note("a hyphen", strings.Contains(cell("nomUniteLegale"), "-"))
		note("œ", strings.ContainsAny(name, "œŒ"))
		note("unknown day", cell("dateCreationUniteLegale") == "1900-01-01")
		note("no size", cell("trancheEffectifsUniteLegale") == "NN")
		note("RNA", len(cell("identifiantAssociationUniteLegale")) == 10)
		note("usage name", cell("nomUsageUniteLegale") != "" && cell("nomUsageUniteLegale") != nd)
		note("NAF 2025", cell("activitePrincipaleNAF25UniteLegale") != "" && cell("activitePrincipaleNAF25UniteLegale") != cell("activitePrincipaleUniteLegale"))
		note("mission-driven", cell("societeMissionUniteLegale") == "O")
		for _, f := range []string{"5453", "5553", "5653", "5458", "5460", "5558", "9220", "9300", "8210"} {
			note("legal form "+f, form == f)
		}
	}
	for _, row := range places.rows {
		cell := func(name string) string { return places.cell(row, name) }
		code, aprm := cell("codeCommuneEtablissement"), cell("activitePrincipaleRegistreMetiersEtablissement")
		note("Berguette", code == "62110")
		note("Molinghem", code == "62575")
		note("name suppressed", cell("denominationUsuelleEtablissement") == "SUPPRESSION DU NOM COMMERCIAL")
		note("no activity", cell("activitePrincipaleEtablissement") == "00.00Z")
		extra := cell("complementAdresseEtablissement")
		note("comma", strings.Contains(extra, ","))
		note("quotes", strings.Contains(extra, `"`))
		note("line feed", strings.Contains(extra, "\n"))
		note("no position", cell("coordonneeLambertAbscisseEtablissement") == "" && code != "")
		_, known := trades.ByNAFA(aprm)
		note("unknown APRM", aprm != "" && !known)
		note("presumed craft", aprm == "" && trades.PresumedCraft(cell("activitePrincipaleEtablissement")))
		note("old nomenclature", cell("nomenclatureActivitePrincipaleEtablissement") == "NAFRev1")
		note("abroad", cell("codePaysEtrangerEtablissement") != "")
		note("street type short", cell("typeVoieEtablissement") == "AV")
		note("street type long", cell("typeVoieEtablissement") == "AVENUE")
		state := cell("etatAdministratifEtablissement")
		note("closed establishment of an open unit", state == "F" && open[row[0]])
		note("open establishment of a closed unit", state == "A" && !open[row[0]])
		note("closed with an APRM", state == "F" && aprm != "")
	}
	for what, n := range seen {
		if n == 0 {
			t.Errorf("trap missing: %s", what)
		}
	}
}

// checkMasks looks at what stands in the columns of partial diffusion.
func checkMasks(t *testing.T, units, places *sheet) {
	check := func(s *sheet, columns []column, status string) {
		partial := 0
		for _, row := range s.rows {
			p := s.cell(row, status) == "P"
			if p {
				partial++
			}
			for i, c := range columns {
				if got := row[i] == nd; got != (p && c.masked) {
					t.Fatalf("%s: %s is %q, partial diffusion is %v", row[0], c.name, row[i], p)
				}
			}
		}
		if partial == 0 {
			t.Errorf("%s: none is P", status)
		}
	}
	check(units, unitColumns, "statutDiffusionUniteLegale")
	check(places, establishmentColumns, "statutDiffusionEtablissement")
	hidden := make(map[string]bool)
	for _, row := range units.rows {
		hidden[row[0]] = units.cell(row, "statutDiffusionUniteLegale") == "P"
	}
	alone := 0
	for _, row := range places.rows {
		switch p := places.cell(row, "statutDiffusionEtablissement") == "P"; {
		case hidden[row[0]] && !p:
			t.Fatalf("%s shows what its unit masks", places.cell(row, "siret"))
		case !hidden[row[0]] && p:
			alone++
		}
	}
	if alone == 0 {
		t.Error("no establishment is masked alone")
	}
}

func checkIsbergues(t *testing.T, units, places *sheet) {
	unit := byKey(units, "siren")
	bakeries, scops := 0, 0
	for _, row := range places.rows {
		if places.cell(row, "etatAdministratifEtablissement") != "A" || places.cell(row, "statutDiffusionEtablissement") != "O" {
			continue
		}
		x, err1 := strconv.ParseFloat(places.cell(row, "coordonneeLambertAbscisseEtablissement"), 64)
		y, err2 := strconv.ParseFloat(places.cell(row, "coordonneeLambertOrdonneeEtablissement"), 64)
		u := unit[row[0]]
		if err1 != nil || err2 != nil || units.cell(u, "etatAdministratifUniteLegale") != "A" || place.DepartmentOf(places.cell(row, "codeCommuneEtablissement")) != "62" {
			continue
		}
		p, err := geo.FromProjected(2154, x, y)
		if err != nil {
			t.Fatal(err)
		}
		if geo.Distance(p, geo.Point{Lat: 50.6237, Lon: 2.4561}) > 5000 {
			continue
		}
		if places.cell(row, "activitePrincipaleRegistreMetiersEtablissement") == "1071CA" {
			bakeries++
		}
		if units.cell(u, "categorieJuridiqueUniteLegale") == "5458" {
			scops++
		}
	}
	if bakeries == 0 || scops == 0 {
		t.Errorf("within 5 km of Isbergues: %d bakeries, %d Scop", bakeries, scops)
	}
}

// sum returns the sum of all files of a register.
func sum(t *testing.T, o Options) [32]byte {
	t.Helper()
	r, err := Sirene(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	for _, f := range r.Files {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(text)) != f.Bytes {
			t.Errorf("%s has %d bytes, reported %d", f.Path, len(text), f.Bytes)
		}
		h.Write(text)
	}
	return [32]byte(h.Sum(nil))
}

func TestSameOptionsSameBytes(t *testing.T) {
	for _, format := range []string{CSV, Zip, Parquet} {
		o := Options{Departments: []string{"62", "2A"}, Seed: 7, Units: 9000, Establishments: 12000, Format: format}
		want := sum(t, o)
		before := runtime.GOMAXPROCS(1)
		got := sum(t, o)
		runtime.GOMAXPROCS(before)
		if got != want {
			t.Errorf("%s: one core writes another register than %d", format, before)
		}
		o.Seed++
		if sum(t, o) == want {
			t.Errorf("%s: two seeds give the same register", format)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, want string
		o          Options
	}{
		{"format", "--format", Options{Format: "xls"}},
		{"département", "--departments", Options{Departments: []string{"99"}}},
		{"both", "--france", Options{Departments: []string{"62"}, France: true}},
		{"day", "--as-of", Options{AsOf: "2026-02-30"}},
		{"year", "--as-of", Options{AsOf: "2031-01-01"}},
		{"units", "--units", Options{Units: 5, Establishments: 4}},
		{"too many", "--establishments", Options{Establishments: mostEstablishments + 1}},
	} {
		dir := filepath.Join(t.TempDir(), "out")
		_, err := Sirene(t.Context(), dir, c.o)
		var option *OptionError
		if !errors.As(err, &option) || option.Option != c.want {
			t.Errorf("%s: %v, want a refusal of %s", c.name, err, c.want)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: a folder was made", c.name)
		}
	}
}

func TestFilesThatExist(t *testing.T) {
	dir := t.TempDir()
	o := Options{Departments: []string{"48"}, Units: 50, Establishments: 60}
	if err := os.WriteFile(filepath.Join(dir, "scop.csv"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	var exists *ExistsError
	if _, err := Sirene(t.Context(), dir, o); !errors.As(err, &exists) || filepath.Base(exists.Path) != "scop.csv" {
		t.Fatalf("%v, want a refusal of scop.csv", err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "scop.csv")); string(got) != "mine" {
		t.Errorf("scop.csv is now %q", got)
	}
	o.Overwrite = true
	if _, err := Sirene(t.Context(), dir, o); err != nil {
		t.Error(err)
	}
}

func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sirene(ctx, dir, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want canceled", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v left behind (%v)", left, err)
	}
}

// The digits of two units never meet, even in the largest register there is.
func TestSlots(t *testing.T) {
	p := newPlan(Options{France: true, Units: mostUnits, Establishments: mostEstablishments}, 0)
	last := int64(0)
	for _, n := range []int64{0, 1, 2, p.total/100 - 1, p.total / 100, p.total/100 + 1, p.total / 2, p.total - 1} {
		start, size := p.slot(n)
		if size < 2 || start < last || start+size > newTo {
			t.Errorf("unit %d of %d: %d digits from %d", n, p.total, size, start)
		}
		last = start + size
	}
	var units int64
	for b := range p.blocks {
		units += int64(len(must(p.block(b, &rng{}, nil))))
		if b+1 < p.blocks && p.first(b+1) != units {
			t.Fatalf("block %d begins at %d, want %d", b+1, p.first(b+1), units)
		}
		if b > 20 {
			break
		}
	}
}

func must(lots []lot, _ int) []lot { return lots }

func TestStyles(t *testing.T) {
	for _, c := range []struct{ in, capitals, accented string }{
		{"L'Œillet de Sœurette", "L'OEILLET DE SOEURETTE", "L'ŒILLET DE SŒURETTE"},
		{"Forêt d'Éperlecques à côté", "FORET D'EPERLECQUES A COTE", "FORÊT D'ÉPERLECQUES À CÔTÉ"},
		{"Ñandú, Façade 12", "NANDU, FACADE 12", "ÑANDÚ, FAÇADE 12"},
	} {
		if got := styled(c.in, capitals); got != c.capitals {
			t.Errorf("%q in capitals: %q, want %q", c.in, got, c.capitals)
		}
		if got := styled(c.in, accented); got != c.accented {
			t.Errorf("%q in accented capitals: %q, want %q", c.in, got, c.accented)
		}
	}
	for name, want := range map[string]string{"Arras": "d'Arras", "Le Portel": "du Portel", "Les Attaques": "des Attaques", "La Couture": "de la Couture", "Éperlecques": "d'Éperlecques", "Lens": "de Lens"} {
		if got := ofPlace(name); got != want {
			t.Errorf("of %s: %q, want %q", name, got, want)
		}
	}
}

func TestWheel(t *testing.T) {
	weights := []int{1, 0, 500, 99, 400}
	w := newWheel(weights)
	r := newRNG(1, 1)
	const n = 200_000
	got := make([]int, len(weights))
	for range n {
		got[w.draw(&r)]++
	}
	for i, x := range weights {
		if d := got[i] - n*x/1000; d*d > 16*n*(x+1)/1000 {
			t.Errorf("weight %d drawn %d times of %d", x, got[i], n)
		}
	}
}
