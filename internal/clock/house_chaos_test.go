//go:build chaos

package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestOfHouse(t *testing.T) {
	dir := t.TempDir()
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	c := OfHouse(Fixed(now), dir)
	for _, s := range []struct {
		text string
		want time.Duration
	}{{"", 0}, {"720h\n", 720 * time.Hour}, {"nonsense", 720 * time.Hour}, {"-90m", -90 * time.Minute}, {"0s", 0}} {
		if s.text != "" {
			if err := os.WriteFile(filepath.Join(dir, offsetFile), []byte(s.text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Now().Sub(now); got != s.want {
			t.Errorf("after %q: %v, want %v", s.text, got, s.want)
		}
	}
	if err := os.Remove(filepath.Join(dir, offsetFile)); err != nil {
		t.Fatal(err)
	}
	if got := c.Now(); !got.Equal(now) {
		t.Errorf("without the file: %v", got)
	}
}
