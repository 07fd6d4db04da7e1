package directory_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

// A firm that closed and was taken over, one that just closed, one that is
// open and one that nobody ever saw are four different things.
func TestEndings(t *testing.T) {
	const (
		bakery  = register.SIRET(38269518700049)
		garage  = register.SIRET(49483773500013)
		scop    = register.SIRET(33222211600011)
		nowhere = register.SIRET(12345678200010)
	)
	dir := t.TempDir()
	im := importer(t, dir)
	units, ests := town()
	load := func(day clock.Day, successions string) {
		t.Helper()
		o := directory.SireneImport{Files: stock(t, t.TempDir(), units, ests), AsOf: day, Successions: successions}
		if _, err := im.Sirene(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	load("2026-10-01", "")
	of := []register.SIRET{bakery, garage, scop, nowhere}
	d, err := tryOpen(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	if ended, kept, err := d.Endings(of); err != nil || len(ended) != 0 || !slices.Equal(kept, []register.SIRET{bakery, garage, scop}) {
		t.Errorf("at first: ended %v, kept %v, %v", ended, kept, err)
	}
	for _, r := range ests {
		if r["siret"] == bakery.String() || r["siret"] == scop.String() {
			r["etatAdministratifEtablissement"] = "F"
		}
	}
	path := filepath.Join(t.TempDir(), "successions.csv")
	lines := "siretEtablissementPredecesseur,siretEtablissementSuccesseur,dateLienSuccession,transfertSiege,continuiteEconomique,dateDernierTraitementLienSuccession\n" +
		bakery.String() + "," + garage.String() + ",2026-10-15,false,true,2026-10-20T00:00:00\n"
	if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	load("2026-11-01", path)
	if d, err = tryOpen(t, dir); err != nil {
		t.Fatal(err)
	}
	ended, kept, err := d.Endings(of)
	want := []directory.Ending{{SIRET: bakery, Successor: garage}, {SIRET: scop}}
	if err != nil || !slices.Equal(ended, want) || !slices.Equal(kept, []register.SIRET{garage}) {
		t.Errorf("afterwards: ended %v, kept %v, %v", ended, kept, err)
	}
	if err := os.Remove(filepath.Join(dir, "sources", "sirene.zip")); err != nil {
		t.Fatal(err)
	}
	if ended, _, err := d.Endings(of); err != nil || len(ended) != 0 {
		t.Errorf("without the stock: %v, %v", ended, err)
	}
}
