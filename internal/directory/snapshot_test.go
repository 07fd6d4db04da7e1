package directory_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// open serves a data folder without an overlay.
func open(t *testing.T, dir string) *directory.Directory {
	t.Helper()
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	d, err := directory.Open(context.Background(), directory.Config{
		Dir: dir, Places: places, Trades: trades, Clock: clock.Fixed(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestSnapshotServesWhatWasWritten(t *testing.T) {
	d := open(t, directorytest.House(t))
	for _, want := range directorytest.Establishments() {
		got, err := d.Establishment(want.SIRET)
		if err != nil {
			t.Fatal(err)
		}
		if got.Name != want.Name || got.Mask != want.Mask || len(got.Claims) != len(want.Claims) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	counts := d.Meta().Counts
	if want := (directory.MetaCounts{Establishments: 10, Craft: 8, ESS: 4, Both: 2, Masked: 2}); counts != want {
		t.Errorf("counts %+v, want %+v", counts, want)
	}
	found, err := d.Search(query.Query{Text: "boulanger isbergues"})
	if err != nil {
		t.Fatal(err)
	}
	if found.Total != 1 || found.Hits[0].SIRET != directorytest.Boulangerie {
		t.Errorf("boulanger isbergues finds %d: %+v", found.Total, found.Hits)
	}
}

func TestSnapshotsOnTheShelf(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, "snapshots", "killed.tmp")
	if err := os.MkdirAll(filepath.Dir(left), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, day := range []clock.Day{"2026-05-01", "2026-06-01", "2026-07-01", "2026-08-01", "2026-09-01", "2026-10-01"} {
		directorytest.Write(t, dir, day, directorytest.Establishments())
	}
	paths, err := filepath.Glob(filepath.Join(dir, "snapshots", "*.snapshot"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 4 {
		t.Errorf("%d snapshots are kept, want 4: %v", len(paths), paths)
	}
	if _, err := os.Stat(left); err == nil {
		t.Error("what a killed import left behind is still there")
	}
	if got := open(t, dir).AsOf(); got != "2026-10-01" {
		t.Errorf("the register of %s is served, want the last", got)
	}
}

// serveSnapshot makes a snapshot of the shelf the one to be served, as an
// operator would who goes back.
func serveSnapshot(t *testing.T, dir, path string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, "snapshots", "CURRENT"), []byte(filepath.Base(path)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}
