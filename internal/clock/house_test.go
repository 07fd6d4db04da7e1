//go:build !chaos

package clock

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The program that people run has no way to be told another time.
func TestOfHouse(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "clock-offset"), []byte("720h"), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	if got := OfHouse(Fixed(now), dir).Now(); !got.Equal(now) {
		t.Errorf("now = %v", got)
	}
}
