//go:build chaos

package clock

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// offsetFile holds, in the data folder, how far the house is from the present:
// 720h, -90m. Without the file it is not.
const offsetFile = "clock-offset"

// OfHouse returns the clock that a house with a data folder lives by: c, moved
// by what its offset file says at each moment. It is for tests of the whole
// program, which let months pass; a build with the tag chaos is served to
// nobody.
func OfHouse(c Clock, dir string) Clock {
	return &moved{of: c, file: filepath.Join(dir, offsetFile)}
}

type moved struct {
	of   Clock
	file string

	mu   sync.Mutex
	last time.Duration
}

// Now returns the moved moment. A file that cannot be read, or is being
// written, leaves the offset as it was.
func (m *moved) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	text, err := os.ReadFile(m.file)
	switch d, bad := time.ParseDuration(strings.TrimSpace(string(text))); {
	case os.IsNotExist(err):
		m.last = 0
	case err == nil && bad == nil:
		m.last = d
	}
	return m.of.Now().Add(m.last)
}
