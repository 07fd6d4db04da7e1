package mail

import (
	"testing"
	"time"

	"passerelle/internal/clock"
)

// paris reads a moment at Paris; 2026-11-23 is a Monday.
func paris(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, clock.Paris)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func TestWorking(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-23 09:30": "2026-11-23 09:30", "2026-11-23 07:59": "2026-11-23 08:00", "2026-11-23 20:00": "2026-11-24 08:00",
		"2026-11-27 20:01": "2026-11-30 08:00", "2026-11-28 12:00": "2026-11-30 08:00", "2026-11-29 23:59": "2026-11-30 08:00",
		"2026-03-27 21:00": "2026-03-30 08:00", // over the change of hour
		"2026-10-23 21:00": "2026-10-26 08:00",
	} {
		if got := Working(paris(at)); !got.Equal(paris(want)) {
			t.Errorf("Working(%s) = %v, want %s", at, got.In(clock.Paris), want)
		}
	}
}

func TestWorkingDayBefore(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-26 18:30": "2026-11-25 18:30", "2026-11-30 18:30": "2026-11-27 18:30", "2026-11-29 10:00": "2026-11-27 10:00",
		"2026-11-26 06:00": "2026-11-25 08:00", "2026-11-26 21:00": "2026-11-25 19:00",
	} {
		if got := WorkingDayBefore(paris(at)); !got.Equal(paris(want)) {
			t.Errorf("WorkingDayBefore(%s) = %v, want %s", at, got.In(clock.Paris), want)
		}
	}
}

func TestAddWorking(t *testing.T) {
	for _, c := range []struct {
		at   string
		d    time.Duration
		want string
	}{
		{"2026-11-23 09:00", 3 * time.Hour, "2026-11-23 12:00"},
		{"2026-11-23 18:00", 3 * time.Hour, "2026-11-24 09:00"},
		{"2026-11-27 18:00", 3 * time.Hour, "2026-11-30 09:00"},
		{"2026-11-28 18:00", time.Hour, "2026-11-30 09:00"},
		{"2026-11-23 08:00", 24 * time.Hour, "2026-11-24 20:00"},
		{"2026-03-27 19:00", 2 * time.Hour, "2026-03-30 09:00"},
	} {
		if got := AddWorking(paris(c.at), c.d); !got.Equal(paris(c.want)) {
			t.Errorf("AddWorking(%s, %v) = %v, want %s", c.at, c.d, got.In(clock.Paris), c.want)
		}
	}
}

func TestSolicitAt(t *testing.T) {
	now := paris("2026-11-25 10:00")
	for last, want := range map[string]string{"": "2026-11-25 10:00", "2026-11-10 10:00": "2026-11-25 10:00", "2026-11-20 11:00": "2026-11-27 11:00", "2026-11-21 12:00": "2026-11-30 08:00"} {
		var l time.Time
		if last != "" {
			l = paris(last)
		}
		if got := solicitAt(now, l); !got.Equal(paris(want)) {
			t.Errorf("after %q: %v, want %s", last, got.In(clock.Paris), want)
		}
	}
}

func TestPause(t *testing.T) {
	total := time.Duration(0)
	for n := 1; n < maxAttempts; n++ {
		if pause(n) < firstPause || pause(n) > longPause || n > 1 && pause(n) < pause(n-1) {
			t.Errorf("pause(%d) = %v", n, pause(n))
		}
		total += pause(n)
	}
	if total < 12*time.Hour || total > 72*time.Hour {
		t.Errorf("a mail is tried for %v", total)
	}
}
