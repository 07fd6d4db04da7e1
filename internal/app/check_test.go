package app

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	spoil := func(path string) {
		t.Helper()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2] ^= 0x10
		put(t, path, string(text))
	}
	only := func(pattern string) string {
		t.Helper()
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) != 1 {
			t.Fatalf("%s: %v, %v", pattern, paths, err)
		}
		return paths[0]
	}
	for _, c := range []struct {
		about string
		spoil func(dir string)
		fault []string // the things that are told to be wrong; none: all is well
		said  string
	}{
		{"healthy", func(string) {}, nil, ""},
		{"a snapshot", func(dir string) { spoil(only(filepath.Join(dir, "snapshots", "*.snapshot"))) }, []string{`.*/snapshots/[^/]*\.snapshot`}, ""},
		{"a snapshot cut short", func(dir string) {
			if err := os.Truncate(only(filepath.Join(dir, "snapshots", "*.snapshot")), 5000); err != nil {
				t.Fatal(err)
			}
		}, []string{`.*/snapshots/[^/]*\.snapshot`}, ""},
		{"a snapshot that is gone", func(dir string) {
			if err := os.Remove(only(filepath.Join(dir, "snapshots", "*.snapshot"))); err != nil {
				t.Fatal(err)
			}
		}, []string{".*/snapshots/CURRENT"}, ""},
		{"CURRENT names nothing", func(dir string) { put(t, filepath.Join(dir, "snapshots", "CURRENT"), "20200101-1.snapshot\n") }, []string{".*/snapshots/CURRENT"}, ""},
		{"CURRENT is empty", func(dir string) { put(t, filepath.Join(dir, "snapshots", "CURRENT"), "") }, []string{".*/snapshots/CURRENT"}, ""},
		{"CURRENT is gone", func(dir string) {
			if err := os.Remove(filepath.Join(dir, "snapshots", "CURRENT")); err != nil {
				t.Fatal(err)
			}
		}, []string{".*/snapshots/CURRENT"}, ""},
		{"the stock", func(dir string) { spoil(filepath.Join(dir, "sources", "sirene.zip")) }, []string{`.*/sources/sirene\.zip`}, ""},
		{"the SIRETs of a month", func(dir string) { spoil(only(filepath.Join(dir, "sources", "sirets", "*.zip"))) }, []string{`.*/sources/sirets/2026-11\.zip`}, ""},
		{"a source that is none", func(dir string) { put(t, filepath.Join(dir, "sources", "list-x.zip"), "x") }, []string{`.*/sources/list-x\.zip`}, ""},
		{"the operator's places", func(dir string) { put(t, filepath.Join(dir, "sources", "places.json"), "{") }, []string{`.*/sources/places\.json`}, ""},
		{"the identity of the house", func(dir string) { put(t, filepath.Join(dir, "instance.json"), "{\n\"nom\": 1}") }, []string{`instance\.json`}, "ligne 2"},
		{"the addresses", func(dir string) { put(t, filepath.Join(dir, addressesFile), `{"unitz": {}}`) }, []string{`addresses\.json`}, "unitz"},
		{"the database", func(dir string) { put(t, filepath.Join(dir, "passerelle.db"), strings.Repeat("not a database ", 400)) }, []string{`sqlite:.*/passerelle\.db`}, ""},
		{"two at once", func(dir string) {
			put(t, filepath.Join(dir, "instance.json"), "[]")
			spoil(filepath.Join(dir, "sources", "sirene.zip"))
		}, []string{`.*/sources/sirene\.zip`, `instance\.json`}, ""},
	} {
		t.Run(c.about, func(t *testing.T) {
			dir := lozere(t)
			if code, out, stderr := start(t, nil, "check", "--data", dir); code != exitDone || stderr != "" || !strings.HasSuffix(out, "Tout est bon.\n") {
				t.Fatalf("before it is spoiled: exit %d, %s\n%s", code, stderr, out)
			}
			c.spoil(dir)
			code, out, stderr := start(t, nil, "check", "--data", dir)
			faults := regexp.MustCompile(`(?m)^FAUTE  .*\n       \S.*$`).FindAllString(out, -1)
			if len(faults) != len(c.fault) || stderr != "" || !strings.Contains(out, c.said) {
				t.Fatalf("exit %d, faults %q, want %q\n%s%s", code, faults, c.fault, stderr, out)
			}
			for i, f := range faults {
				if !regexp.MustCompile(`^FAUTE  ` + c.fault[i] + `( \(.*\))?\n`).MatchString(f) {
					t.Errorf("fault %q, want %s", f, c.fault[i])
				}
			}
			last := map[int]string{0: "Tout est bon.\n", 1: "\n1 faute.\n", 2: "\n2 fautes.\n"}[len(c.fault)]
			if want := min(1, len(c.fault)); code != want || !strings.HasSuffix(out, last) {
				t.Errorf("exit %d, want %d, and %q at the end:\n%s", code, want, last, out)
			}
		})
	}
}

func TestCheckEmptyHouse(t *testing.T) {
	code, out, stderr := start(t, nil, "check", "--data", t.TempDir())
	if code != exitDone || stderr != "" || !strings.Contains(out, "bon    sqlite:") || !strings.HasSuffix(out, "Tout est bon.\n") {
		t.Errorf("exit %d, %s\n%s", code, stderr, out)
	}
	dir := filepath.Join(t.TempDir(), "mistyped")
	code, out, stderr = start(t, nil, "check", "--data", dir)
	if _, err := os.Stat(dir); code != exitFailure || out != "" || !strings.Contains(stderr, dir) || !strings.Contains(stderr, "--data") || err == nil {
		t.Errorf("a folder that is not there: exit %d, %s\n%s", code, stderr, out)
	}
}
