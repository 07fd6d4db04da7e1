package synth

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"strconv"
	"testing"

	"passerelle/internal/geo"
	"passerelle/internal/register"
)

// checkPositions compares the two positions of an establishment.
func checkPositions(t *testing.T, r *Report, places *sheet) {
	points := readSheet(t, r.Path("Geolocalisation"), ';')
	place := byKey(places, "siret")
	qualities := map[string]int{}
	last, compared := "", 0
	for _, row := range points.rows {
		if row[0] <= last {
			t.Fatalf("%s after %s", row[0], last)
		}
		last = row[0]
		quality := points.cell(row, "qualite_xy")
		qualities[quality]++
		value := func(name string) float64 {
			f, err := strconv.ParseFloat(points.cell(row, name), 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		given := geo.Point{Lat: value("y_latitude"), Lon: value("x_longitude")}
		epsg, _ := strconv.Atoi(points.cell(row, "epsg"))
		projected, err := geo.FromProjected(epsg, value("x"), value("y"))
		if err != nil {
			t.Fatalf("%s: %v", row[0], err)
		}
		if d := geo.Distance(given, projected); d > 10 {
			t.Fatalf("%s: the two positions are %.0f m apart", row[0], d)
		}
		e, ok := place[row[0]]
		if !ok {
			t.Fatalf("%s has a position and is not in the stock", row[0])
		}
		if x := places.cell(e, "coordonneeLambertAbscisseEtablissement"); x != "" && x != nd && quality != "33" {
			f, err := strconv.ParseFloat(x, 64)
			if err != nil || math.Abs(f-value("x")) > 1 {
				t.Fatalf("%s: abscissa %s in the stock, %v beside it", row[0], x, value("x"))
			}
			compared++
		}
	}
	for _, q := range []string{"11", "12", "21", "22", "33"} {
		if qualities[q] == 0 {
			t.Errorf("no position of quality %s", q)
		}
	}
	if compared < 10_000 {
		t.Errorf("only %d positions were compared", compared)
	}
}

func checkLists(t *testing.T, r *Report, units, places *sheet) {
	unit, place := byKey(units, "siren"), byKey(places, "siret")
	siae := readSheet(t, r.Path("siae"), ',')
	bad, twice, seen := 0, 0, map[string]bool{}
	for _, row := range siae.rows {
		if _, err := register.ParseSIRET(row[0]); err != nil {
			bad++
			continue
		}
		if seen[row[0]] {
			twice++
		}
		seen[row[0]] = true
		if place[row[0]] == nil {
			t.Errorf("siae: %s is not in the stock", row[0])
		}
	}
	if bad != 3 || twice != 6 {
		t.Errorf("siae: %d bad SIRET and %d duplicates, want 3 and 6", bad, twice)
	}
	listed := readSheet(t, r.Path("ess_france"), ',')
	unknown := 0
	for _, row := range listed.rows {
		if len(listed.cell(row, "SIREN")) != 9 {
			t.Fatalf("ess_france: %q", row)
		}
		if unit[row[0]] == nil {
			unknown++
		}
	}
	if unknown != 5 {
		t.Errorf("ess_france: %d units unknown in the stock, want 5", unknown)
	}
	for _, name := range []string{"scop", "rge", "metiers_art"} {
		s := readSheet(t, r.Path(name), ',')
		if len(s.rows) < 20 {
			t.Errorf("%s: %d rows", name, len(s.rows))
		}
		for _, row := range s.rows {
			u := unit[row[0][:9]]
			if u == nil || units.cell(u, "statutDiffusionUniteLegale") == "P" {
				t.Fatalf("%s names %s, which is masked or unknown", name, row[0])
			}
		}
	}
	text, err := os.ReadFile(r.Path("rne"))
	if err != nil {
		t.Fatal(err)
	}
	forms := map[string]int{}
	for line := range bytes.Lines(text) {
		var f struct {
			SIREN     string
			Formality struct {
				Content struct {
					Form string `json:"formeExerciceActivitePrincipale"`
				}
			}
		}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatal(err)
		}
		if unit[f.SIREN] == nil {
			t.Fatalf("rne: %s is not in the stock", f.SIREN)
		}
		forms[f.Formality.Content.Form]++
	}
	for _, f := range []string{"ARTISANALE", "ARTISANALE_REGLEMENTEE", "COMMERCIALE"} {
		if forms[f] == 0 {
			t.Errorf("rne: no %s", f)
		}
	}
}

func checkSuccessions(t *testing.T, r *Report, places *sheet) {
	place := byKey(places, "siret")
	links := readSheet(t, r.Path("StockEtablissementLiens"), ',')
	taken := 0
	for _, row := range links.rows {
		from, to := place[row[0]], place[row[1]]
		if from == nil || to == nil {
			t.Fatalf("%s → %s: not in the stock", row[0], row[1])
		}
		if places.cell(from, "etatAdministratifEtablissement") != "F" || places.cell(to, "etatAdministratifEtablissement") != "A" {
			t.Fatalf("%s → %s: not from closed to open", row[0], row[1])
		}
		if row[0][:9] != row[1][:9] {
			taken++
		}
	}
	if taken < 100 {
		t.Errorf("%d firms were taken over", taken)
	}
}
