// Package clock is the only source of the present moment.
//
// A subject takes the time as an argument, or a Clock where it must ask;
// tests and the seeded story hold a clock of their own.
package clock

import (
	"sync"
	"time"
)

// A Clock tells the present moment, in UTC.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine.
type System struct{}

// Now returns the present moment, in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// Fixed is a clock that stands still.
type Fixed time.Time

// Now returns the moment the clock stands at, in UTC.
func (f Fixed) Now() time.Time { return time.Time(f).UTC() }

// A Held clock stands still until it is moved: tests hold one.
type Held struct {
	mu  sync.Mutex
	now time.Time
}

// Hold returns a clock that stands at a moment.
func Hold(t time.Time) *Held { return &Held{now: t} }

// Now returns the moment the clock stands at, in UTC.
func (h *Held) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now.UTC()
}

// Pass moves the clock on.
func (h *Held) Pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// A Day is a civil day, written 2006-01-02, as the registers write it. The
// empty Day is an unknown one.
type Day string

// ParseDay reads a day written 2006-01-02.
func ParseDay(s string) (Day, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", err
	}
	return Day(s), nil
}

// Time returns midnight UTC of the day, and the zero time for the unknown one.
func (d Day) Time() time.Time {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return time.Time{}
	}
	return t
}

// Paris is the zone of every time shown on screen. It is nil only where the
// binary was built without time zones, which the program refuses at start.
var Paris, _ = time.LoadLocation("Europe/Paris")
