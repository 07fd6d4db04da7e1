package app

import (
	"bytes"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/directory/directorytest"
)

// The report asks from both worlds, tells the reasons in both languages, and
// is the same each time.
func TestMatchingReport(t *testing.T) {
	dir := t.TempDir()
	directorytest.Write(t, dir, directorytest.AsOf, directorytest.Establishments())
	h, err := openHouse(&Context{
		Ctx: t.Context(), Stdout: io.Discard, Stderr: io.Discard, Clock: clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)),
		Config: &Config{Data: dir, Database: "sqlite:" + filepath.Join(dir, "passerelle.db"), BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	text, err := h.matchingReport()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## Asked by craft\n", "## Asked by the social", "\n### ", "\n1. **", "   - fr: À ", "   - en: "} {
		if !strings.Contains(string(text), want) {
			t.Errorf("it lacks %q:\n%.800s", want, text)
		}
	}
	if strings.Contains(string(text), "### \n") || strings.ContainsAny(string(text), "{}⟦") {
		t.Errorf("it has a nameless one, or a text without its words:\n%.800s", text)
	}
	again, err := h.matchingReport()
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("it is another the second time (%v)", err)
	}
}
