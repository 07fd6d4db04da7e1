package calendar

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// read has the feed read by another library than the one that wrote it.
func read(t *testing.T, f Feed) []ical.Event {
	t.Helper()
	b, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	c, err := ical.NewDecoder(bytes.NewReader(b)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	return c.Events()
}

func event(start time.Time) Event {
	return Event{
		UID: "01jd@passerelle.example", Sequence: 2, Changed: start.AddDate(0, 0, -20), Start: start, End: start.Add(2 * time.Hour),
		Title: "Réunion d’information à Isbergues", Place: "Salle des fêtes, 12 rue de la Gare, 62330 Isbergues", Text: "Accueil à 17 h 45.\nApportez vos questions ; un café vous attend.",
		URL: "https://passerelle.example/reunions/isbergues", Category: "Réunion", Alarms: []time.Duration{24 * time.Hour},
	}
}

// HardCase10: on both days on which the clocks change, and around them, the
// hour stays the hour on the wall, whatever the zone of the machine.
func TestHardCase10Changes(t *testing.T) {
	for _, start := range []string{
		"2026-10-24T16:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T17:00:00Z",
		"2027-03-27T17:00:00Z", "2027-03-28T00:30:00Z", "2027-03-28T01:00:00Z", "2027-03-28T16:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339, start)
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, Feed{Name: "Agenda", Events: []Event{event(at)}})
		from, err := got[0].DateTimeStart(nil)
		if err != nil || !from.Equal(at) {
			t.Errorf("%s is read as %s, %v", start, from, err)
		}
		to, err := got[0].DateTimeEnd(nil)
		if err != nil || !to.Equal(at.Add(2*time.Hour)) {
			t.Errorf("the end of %s is read as %s, %v", start, to, err)
		}
	}
}

func TestGolden(t *testing.T) {
	winter, err := time.Parse(time.RFC3339, "2026-10-25T17:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	summer, err := time.Parse(time.RFC3339, "2027-03-28T16:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	off := event(summer)
	off.UID, off.Cancelled, off.Sequence = "02jd@passerelle.example", true, 3
	f := Feed{Name: "Réunions de l’Artois", Events: []Event{event(winter), off}}
	got, err := f.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "agenda.ics")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Error(diff)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(got), "\r\n"), "\r\n") {
		if len(line) > 75 || strings.ContainsAny(line, "\r\n") {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
	}
}

func TestHostileText(t *testing.T) {
	start := time.Date(2026, 12, 10, 17, 0, 0, 0, time.UTC)
	e := event(start)
	e.Title = "Four; pain, levain\r\nBEGIN:VEVENT\nUID:forged"
	e.Text = "une ligne\r\nATTENDEE:mailto:amina@lys.fr\x00\\n"
	e.Place = `« Chez Œuvre », 3`
	got := read(t, Feed{Name: "x\r\nMETHOD:REQUEST", Events: []Event{e}})
	if len(got) != 1 {
		t.Fatalf("%d events", len(got))
	}
	if uid, err := got[0].Props.Text("UID"); err != nil || uid != e.UID {
		t.Errorf("uid %q, %v", uid, err)
	}
	if title, err := got[0].Props.Text("SUMMARY"); err != nil || title != "Four; pain, levain BEGIN:VEVENT UID:forged" {
		t.Errorf("title %q, %v", title, err)
	}
	if text, err := got[0].Props.Text("DESCRIPTION"); err != nil || text != "une ligne\nATTENDEE:mailto:amina@lys.fr\\n" {
		t.Errorf("text %q, %v", text, err)
	}
	if got[0].Props.Get("ATTENDEE") != nil {
		t.Error("somebody was invited by a text")
	}
}

func TestEmptyFeed(t *testing.T) {
	if got := read(t, Feed{Name: "Rien"}); len(got) != 0 {
		t.Errorf("%d events", len(got))
	}
}
