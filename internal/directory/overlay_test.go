package directory_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// node opens a data folder as one of several nodes on one database, watching.
func node(t *testing.T, dir string, d *db.DB) *directory.Directory {
	t.Helper()
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	n, err := directory.Open(ctx, directory.Config{Dir: dir, Places: places, Trades: trades, DB: d, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var watching sync.WaitGroup
	watching.Go(func() { n.Watch(ctx) })
	t.Cleanup(func() {
		stop()
		watching.Wait()
		n.Close()
	})
	return n
}

var amina = directory.Act{Who: "amina", Channel: "web"}

// within waits until a thing is so, for a second.
func within(t *testing.T, what string, so func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Second)
	for !so() {
		if time.Now().After(deadline) {
			t.Fatalf("not within a second: %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func found(t *testing.T, d *directory.Directory, q query.Query) []register.SIRET {
	t.Helper()
	q.PerPage = 100
	r, err := d.Search(q)
	if err != nil {
		t.Fatal(err)
	}
	var out []register.SIRET
	for _, h := range r.Hits {
		out = append(out, h.SIRET)
	}
	if len(out) != r.Total {
		t.Errorf("%d hits of a total of %d", len(out), r.Total)
	}
	return out
}

func TestOverlayReachesEveryNodeAndSurvivesANewRegister(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		dir := directorytest.House(t)
		here, there := node(t, dir, d), node(t, dir, d)
		ctx := t.Context()
		baker := query.Query{Text: "boulanger isbergues "}
		if got := found(t, there, baker); len(got) != 1 || got[0] != directorytest.Boulangerie {
			t.Fatalf("found %v", got)
		}

		if err := here.Hide(ctx, amina, directorytest.Boulangerie, "objection"); err != nil {
			t.Fatal(err)
		}
		within(t, "an objection on the other node", func() bool { return len(found(t, there, baker)) == 0 })
		if _, err := there.Establishment(directorytest.Boulangerie); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("the page of a hidden establishment: %v, want ErrNotFound", err)
		}

		if err := there.Change(ctx, amina, directorytest.Brochard, directory.Overlay{Words: "quenouilles sur mesure", Labels: []string{"metiers-art"}}); err != nil {
			t.Fatal(err)
		}
		within(t, "words on the other node", func() bool { return len(found(t, here, query.Query{Text: "quenouilles "})) == 1 })
		if got := found(t, here, query.Query{Labels: []string{"metiers-art"}}); len(got) != 1 || got[0] != directorytest.Brochard {
			t.Errorf("by a label of the overlay: %v", got)
		}

		directorytest.Write(t, dir, "2026-12-01", directorytest.Establishments())
		within(t, "the new register on both nodes", func() bool { return here.AsOf() == "2026-12-01" && there.AsOf() == "2026-12-01" })
		for name, n := range map[string]*directory.Directory{"here": here, "there": there} {
			if got := found(t, n, baker); len(got) != 0 {
				t.Errorf("%s: a new register shows again who objected: %v", name, got)
			}
			if got := found(t, n, query.Query{Text: "quenouilles "}); len(got) != 1 {
				t.Errorf("%s: a new register forgets what was said: %v", name, got)
			}
		}

		if err := here.Show(ctx, amina, directorytest.Boulangerie, "objection withdrawn"); err != nil {
			t.Fatal(err)
		}
		within(t, "shown again on the other node", func() bool { return len(found(t, there, baker)) == 1 })
		if err := here.Hide(ctx, amina, 12345678900000, "nobody"); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("hide an unknown establishment: %v, want ErrNotFound", err)
		}
	})
}

func TestOverlayOfAMaskedPersonNamesNobody(t *testing.T) {
	dir := directorytest.House(t)
	d := node(t, dir, dbtest.SQLite(t))
	err := d.Change(t.Context(), amina, directorytest.Masked, directory.Overlay{Words: "plomberie ducrocq"})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "the overlay", func() bool { return d.OverlaySize() == 1 })
	if got := found(t, d, query.Query{Text: "ducrocq "}); len(got) != 0 {
		t.Errorf("words find a masked person: %v", got)
	}
	if got := found(t, d, query.Query{Trades: []string{"plombier"}}); len(got) != 1 {
		t.Errorf("by trade: %v, want the masked plumber", got)
	}
}

// Readers go on while registers are swapped under them and the overlay
// changes: no question fails, and none sees half a state.
func TestNoQuestionFailsWhileRegistersSwap(t *testing.T) {
	dir := directorytest.House(t)
	d := node(t, dir, dbtest.SQLite(t))
	stop := make(chan struct{})
	var asked atomic.Int64
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := d.Search(query.Query{Text: "boulanger", PerPage: 20})
				if err != nil || r.Total != 2 || len(r.Hits) != 2 {
					t.Errorf("total %d, %d hits, %v", r.Total, len(r.Hits), err)
					return
				}
				if _, err := d.Establishment(directorytest.Charpentiers); err != nil {
					t.Error(err)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i, day := range []clock.Day{"2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05", "2026-11-06", "2026-11-07"} {
		directorytest.Write(t, dir, day, directorytest.Establishments())
		if err := d.Change(t.Context(), amina, directorytest.Garage, directory.Overlay{Words: "depannage"[:5+i%4]}); err != nil {
			t.Error(err)
		}
		within(t, "the register of "+string(day), func() bool { return d.AsOf() == day })
	}
	close(stop)
	readers.Wait()
	if asked.Load() < 100 {
		t.Errorf("only %d questions were asked", asked.Load())
	}
}

func TestARefusedSnapshotLeavesTheServedOne(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"a byte is wrong": func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			text[len(text)/2] ^= 1
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"it is cut": func(t *testing.T, path string) {
			if err := os.Truncate(path, 1000); err != nil {
				t.Fatal(err)
			}
		},
		"it is something else": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("siret,kind\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := directorytest.House(t)
			d := open(t, dir)
			other := t.TempDir()
			path := directorytest.Write(t, other, "2026-12-01", directorytest.Establishments())
			spoil(t, path)
			into := filepath.Join(dir, "snapshots", filepath.Base(path))
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(into, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "snapshots", "CURRENT"), []byte(filepath.Base(path)+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithTimeout(t.Context(), 700*time.Millisecond)
			defer stop()
			d.Watch(ctx)
			if got := d.AsOf(); got != directorytest.AsOf {
				t.Errorf("the register of %s is served, want the one of before", got)
			}
			checked, err := directory.Check(dir)
			if err != nil {
				t.Fatal(err)
			}
			faults := 0
			for _, c := range checked {
				if c.Err != nil {
					faults++
				}
			}
			if faults == 0 {
				t.Error("check finds nothing wrong")
			}
		})
	}
}

// What is said of an establishment is asked within transactions: taking in what
// changed never waits for a connection while those who have them wait for it.
func TestOverlayWithinTransactions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
		defer stop()
		n := node(t, directorytest.House(t), d)
		var asking sync.WaitGroup
		for range 64 {
			asking.Go(func() {
				for range 20 {
					err := d.Read(ctx, func(*db.Tx) error {
						time.Sleep(time.Millisecond)
						n.Overlay(directorytest.Garage)
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
			asking.Go(func() {
				if err := n.Refresh(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		asking.Wait()
	})
}
