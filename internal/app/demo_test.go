package app

import (
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The demonstration invents its register once, even if it was interrupted
// before the register was imported, and serves it.
func TestDemo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	left := put(t, filepath.Join(dir, demoFolder, unitsFile+".csv"), "left by one that was interrupted\n")
	r := serving(t, "demo", "--data", dir)
	for path, want := range map[string]string{
		"/": "", "/annuaire?q=boulanger&near=isbergues": "oulang", "/annuaire?label=scop&near=isbergues": "Scop", "/carte": "",
		"/api/v1/establishments?q=resto&near=62041&radius_km=10": `"results":[{`,
	} {
		if !strings.Contains(r.out.String(), strings.TrimSuffix(path, "/")) {
			t.Errorf("it does not tell of %s:\n%s", path, r.out)
		}
		if status, body := r.visit(path); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("GET %s: %d, without %q", path, status, want)
		}
	}
	r.stop()
	if code := r.exit(); code != exitDone {
		t.Fatalf("stopped with %d:\n%s", code, r.out)
	}
	if text, err := os.ReadFile(left); err != nil || strings.HasPrefix(string(text), "left") {
		t.Errorf("the register was not made anew: %v", err)
	}

	before := folder(t, filepath.Join(dir, "sources"))
	r = serving(t, "demo", "--data", dir)
	if strings.Contains(r.out.String(), "Invention") {
		t.Errorf("it invents again:\n%s", r.out)
	}
	r.stop()
	r.exit()
	if !maps.Equal(before, folder(t, filepath.Join(dir, "sources"))) {
		t.Error("the second time changed the sources")
	}
	if code, out, stderr := start(t, nil, "check", "--data", dir); code != exitDone {
		t.Errorf("check: exit %d, %s\n%s", code, stderr, out)
	}
	reportIsKept(t, dir)
}

// reportIsKept compares the report of partners in the documentation with that
// of the register which the demonstration invented, before anybody has said
// anything in it.
func reportIsKept(t *testing.T, dir string) {
	t.Helper()
	h, err := openHouse(inHouse(t, dir, "sqlite:"+filepath.Join(t.TempDir(), "report.db"), io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	got, err := h.matchingReport()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../../docs/matching-report.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
		t.Errorf("docs/matching-report.md is not what the program writes (make matching-report), -kept +written:\n%.2000s", diff)
	}
}

// On a folder with a register it serves that one.
func TestDemoOnAHouse(t *testing.T) {
	dir := lozere(t)
	before := folder(t, dir)
	r := serving(t, "demo", "--data", dir)
	if _, body := r.visit("/api/v1/establishments?department=48"); strings.Contains(body, `"total":0`) {
		t.Errorf("%.300s", body)
	}
	if strings.Contains(r.out.String(), "Pas-de-Calais") || strings.Contains(r.out.String(), "isbergues") {
		t.Errorf("it calls a true register invented:\n%s", r.out)
	}
	r.stop()
	r.exit()
	after := folder(t, dir)
	maps.DeleteFunc(after, func(name, _ string) bool { return strings.HasPrefix(name, "/passerelle.db") })
	if !maps.Equal(before, after) {
		t.Errorf("the folder has changed: %v, was %v", after, before)
	}
}
