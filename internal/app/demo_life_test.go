package app

import (
	"io"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
)

// Whatever the day a demonstration begins, it has life of every kind, once.
func TestDemoLife(t *testing.T) {
	for _, now := range []time.Time{time.Date(2026, 11, 26, 23, 0, 0, 0, time.UTC), time.Date(2027, 3, 28, 1, 30, 0, 0, time.UTC), time.Date(2027, 1, 2, 12, 0, 0, 0, time.UTC)} {
		dir, ctx := t.TempDir(), t.Context()
		directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
		h, err := openHouse(&Context{
			Ctx: ctx, Stdout: io.Discard, Stderr: io.Discard, Clock: clock.Fixed(now),
			Config: &Config{Data: dir, Database: "sqlite:" + filepath.Join(dir, "passerelle.db"), BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.unlock(ctx); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := h.live(ctx, now); err != nil {
				t.Fatalf("on %s: %v", now, err)
			}
		}
		states := map[string]int{}
		all, err := h.Introductions.Introductions(ctx, exchange.IntroductionFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			states[string(m.State)+" "+m.Task]++
			if m.QuietSince.After(now) {
				t.Errorf("on %s: something was done at %s", now, m.QuietSince)
			}
		}
		n, err := h.Leads.Counts(ctx, lead.Filter{})
		if err != nil || len(all) != 6 || states["held "] != 1 || states["asked call"] != 1 || states["asked silence"] != 1 || states["asked "] != 1 || states["accepted "] != 1 || states["closed "] != 1 || n[lead.Done] != 1 || n[lead.Dropped] != 1 || n[lead.Noted] != 1 {
			t.Errorf("on %s: introductions %v, leads %v, %v", now, states, n, err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
