package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/register/synth"
)

// invented holds registers of Lozère that are made once for all the tests, in
// a folder for each format, and a house made of them.
var invented string

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(runAsProgram())
	}
	dir, err := os.MkdirTemp("", "passerelle-app-*")
	if err != nil {
		panic(err)
	}
	invented = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

var (
	inventCSV     = sync.OnceValue(func() error { return invent(synth.CSV) })
	inventZip     = sync.OnceValue(func() error { return invent(synth.Zip) })
	inventParquet = sync.OnceValue(func() error { return invent(synth.Parquet) })
)

func invent(format string) error {
	_, err := synth.Sirene(context.Background(), filepath.Join(invented, format), synth.Options{
		Departments: []string{"48"}, Seed: 7, Units: 40, Establishments: 50, AsOf: "2026-11-01", Format: format,
	})
	return err
}

// registers returns the folder of the invented registers of a format. It is
// not to be written to.
func registers(t *testing.T, format string) string {
	t.Helper()
	if err := map[string]func() error{synth.CSV: inventCSV, synth.Zip: inventZip, synth.Parquet: inventParquet}[format](); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(invented, format)
}

// The four stock files, without their endings.
const (
	unitsFile          = "StockUniteLegale_utf8"
	establishmentsFile = "StockEtablissement_utf8"
	geolocationFile    = "GeolocalisationEtablissement_Sirene_pour_etudes_statistiques_utf8"
	successionsFile    = "StockEtablissementLiensSuccession_utf8"
)

// stockFlags are the flags that import the invented registers of a folder.
func stockFlags(folder, ending string) []string {
	return []string{
		"--units", filepath.Join(folder, unitsFile+ending), "--establishments", filepath.Join(folder, establishmentsFile+ending),
		"--geolocation", filepath.Join(folder, geolocationFile+ending), "--successions", filepath.Join(folder, successionsFile+ending),
		"--departments", "48", "--as-of", "2026-11-01",
	}
}

var makeLozere = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(invented, "house")
	var errs bytes.Buffer
	if code := Run(context.Background(), Process{
		Args:   append([]string{"import", "sirene", "--data", dir}, stockFlags(filepath.Join(invented, synth.CSV), ".csv")...),
		Stdin:  strings.NewReader(""),
		Stdout: io.Discard, Stderr: &errs, Clock: today,
	}); code != exitDone {
		return dir, usageError(errs.String())
	}
	return dir, nil
})

// today is the day of the tests.
var today = clock.Fixed(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))

// lozere returns a data folder of its own with the invented registers in it.
func lozere(t *testing.T) (dir string) {
	t.Helper()
	registers(t, synth.CSV)
	made, err := makeLozere()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "house")
	if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// folder returns the sums of the files of a data folder, without the lock,
// which every import leaves.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil
		}
		if err != nil || e.IsDir() || e.Name() == "lock" {
			return err
		}
		text, err := os.ReadFile(path)
		sum := sha256.Sum256(text)
		sums[strings.TrimPrefix(path, dir)] = hex.EncodeToString(sum[:4])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sums
}

// unchanged returns a check that a folder is still as it is now.
func unchanged(t *testing.T, dir string) func(t *testing.T, about string) {
	t.Helper()
	before := folder(t, dir)
	return func(t *testing.T, about string) {
		t.Helper()
		if after := folder(t, dir); !maps.Equal(before, after) {
			t.Errorf("%s: the folder has changed\nbefore %v\nafter  %v", about, slices.Sorted(maps.Keys(before)), slices.Sorted(maps.Keys(after)))
		}
	}
}
