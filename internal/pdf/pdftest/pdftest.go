// Package pdftest opens a press for tests, whose machine code is kept between
// runs: making it takes some seconds of both processors.
package pdftest

import (
	"os"
	"path/filepath"
	"testing"

	"passerelle/internal/pdf"
)

// Dir returns the folder of the machine code.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil { // an account without a home
		return t.TempDir()
	}
	return filepath.Join(dir, "passerelle-tests")
}

// Open opens a press, closed when the test ends.
func Open(t testing.TB) *pdf.Press {
	t.Helper()
	p, err := pdf.New(pdf.Config{CacheDir: Dir(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}
