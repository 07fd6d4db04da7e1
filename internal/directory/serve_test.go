package directory_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// tryOpen opens a data folder that may be refused.
func tryOpen(t *testing.T, dir string) (*directory.Directory, error) {
	t.Helper()
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	return directory.Open(t.Context(), directory.Config{Dir: dir, Places: places, Trades: trades, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
}

func TestASpoiledSnapshotStopsTheStartAndIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"foreign": {func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("siret,kind\n", 1000)), 0o600)
		}, ".snapshot"},
		"empty": {func(path string) error { return os.WriteFile(path, nil, 0o600) }, ".snapshot"},
		"cut":   {func(path string) error { return os.Truncate(path, 2000) }, ".snapshot"},
		"gone":  {os.Remove, ".snapshot"},
		"CURRENT leads out of the folder": {func(path string) error {
			return os.WriteFile(filepath.Join(filepath.Dir(path), "CURRENT"), []byte("../../etc/passwd\n"), 0o600)
		}, "CURRENT"},
	} {
		dir := t.TempDir()
		path := directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
		if err := c.spoil(path); err != nil {
			t.Fatal(err)
		}
		d, err := tryOpen(t, dir)
		if err == nil {
			t.Errorf("%s: opened, with %d establishments", name, d.Size())
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %q does not name the file", name, err)
		}
	}
}

func TestAnEmptyHouseHasNoAnswers(t *testing.T) {
	d, err := tryOpen(t, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if d.Ready() || d.Size() != 0 || d.AsOf() != "" {
		t.Errorf("ready %v, %d establishments as of %q", d.Ready(), d.Size(), d.AsOf())
	}
	if _, err := d.Search(query.Query{}); !errors.Is(err, directory.ErrNoSnapshot) {
		t.Errorf("search: %v", err)
	}
	if _, err := d.Establishment(directorytest.Amina); !errors.Is(err, directory.ErrNoSnapshot) {
		t.Errorf("establishment: %v", err)
	}
	if _, err := d.Nearby(directorytest.Amina, query.Any, 3); !errors.Is(err, directory.ErrNoSnapshot) {
		t.Errorf("nearby: %v", err)
	}
	if _, err := d.Clusters(query.Query{Box: &geo.Box{North: 1, East: 1}}, 3); !errors.Is(err, directory.ErrNoSnapshot) {
		t.Errorf("map: %v", err)
	}
	if _, err := d.Counts(""); !errors.Is(err, directory.ErrNoSnapshot) {
		t.Errorf("counts: %v", err)
	}
}

func TestGoneIsNotMissing(t *testing.T) {
	dir := t.TempDir()
	directorytest.Write(t, dir, "2026-09-01", directorytest.Establishments())
	directorytest.Write(t, dir, "2026-10-01", directorytest.Establishments())
	directorytest.Write(t, dir, "2026-11-01", directorytest.Establishments()[1:])
	d := open(t, dir)
	var gone *directory.GoneError
	if _, err := d.Establishment(directorytest.Boulangerie); !errors.As(err, &gone) || gone.Last != "2026-10-01" {
		t.Errorf("what the last register no longer has: %v, want gone since 2026-10-01", err)
	}
	if _, err := d.Establishment(35600000000048); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("what no register had: %v, want ErrNotFound", err)
	}
}

// Nearby against a plain scan of the house, from everyone who may be asked.
func TestNearbyIsAPlainScan(t *testing.T) {
	house := directorytest.Establishments()
	d := open(t, directorytest.House(t))
	for _, from := range house {
		if from.Mask == directory.MaskedPerson {
			continue
		}
		for _, world := range []query.World{query.Any, query.Craft, query.ESS, query.Both} {
			var all []directory.Establishment
			for _, e := range house {
				in := world == query.Any || e.In(string(world)) || world == query.Both && e.In("craft") && e.In("ess")
				if in && e.Precision != directory.Nowhere && e.SIREN() != from.SIREN() {
					all = append(all, e)
				}
			}
			slices.SortFunc(all, func(a, b directory.Establishment) int {
				return int(geo.Distance(from.Point, a.Point)) - int(geo.Distance(from.Point, b.Point))
			})
			for _, n := range []int{1, 3, 50} {
				hits, err := d.Nearby(from.SIRET, world, n)
				if err != nil {
					t.Fatal(err)
				}
				want := all[:min(n, len(all))]
				if len(hits) != len(want) {
					t.Errorf("%s, %q, %d: %d neighbours, want %d", from.Name, world, n, len(hits), len(want))
					continue
				}
				for i := range hits {
					if hits[i].SIRET != want[i].SIRET {
						t.Errorf("%s, %q: neighbour %d is %s, want %s", from.Name, world, i, hits[i].Name, want[i].Name)
					}
				}
			}
		}
	}
}
