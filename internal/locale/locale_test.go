package locale

import (
	"strings"
	"testing"
	"time"

	"passerelle/internal/clock"
)

func french(t *testing.T) *Language {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c.For("fr")
}

// withMessages returns a language that holds only the messages of catalogue.
func withMessages(t *testing.T, code, catalogue string) *Language {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	messages, err := parse([]byte(catalogue))
	if err != nil {
		t.Fatal(err)
	}
	l := *c.For(code)
	l.messages = messages
	return &l
}

func TestPlural(t *testing.T) {
	const catalogue = `{"found": {"zero": "aucune", "one": "{n} fiche", "other": "{n} fiches"},
		"seat": {"one": "{n} place", "other": "{n} places"}}`
	for _, c := range []struct {
		code, key string
		n         int
		want      string
	}{
		{"fr", "found", 0, "aucune"},
		{"fr", "found", 1, "1 fiche"},
		{"fr", "found", 2, "2 fiches"},
		{"fr", "found", 1457905, "1\u202f457\u202f905 fiches"},
		{"fr", "seat", 0, "0 place"}, // in French, zero is singular
		{"fr", "seat", -1, "−1 place"},
		{"fr", "seat", 1000000, "1\u202f000\u202f000 places"},
		{"en", "seat", 0, "0 places"},
		{"en", "seat", 1, "1 place"},
		{"en", "seat", 20, "20 places"},
	} {
		if got := withMessages(t, c.code, catalogue).T(c.key, "n", c.n); got != c.want {
			t.Errorf("%s: T(%s, %d) = %q, want %q", c.code, c.key, c.n, got, c.want)
		}
	}
}

func TestArguments(t *testing.T) {
	l := withMessages(t, "fr", `{"a": {"b": "{who} voit {n} {what}", "c": "sans"}, "x.y": "à plat", "odd": "une { seule"}`)
	for _, c := range []struct {
		key  string
		args []any
		want string
	}{
		{"a.b", []any{"who", "Amina", "n", 1200, "what", "métiers"}, "Amina voit 1\u202f200 métiers"},
		{"a.b", []any{"who", "{n}", "n", 2}, "{n} voit 2 {what}"}, // a value is not read again
		{"a.c", []any{"n", 3}, "sans"},
		{"x.y", nil, "à plat"},
		{"odd", []any{"n", 1}, "une { seule"},
		{"a", nil, "⟦a⟧"},
		{"none", nil, "⟦none⟧"},
	} {
		if got := l.T(c.key, c.args...); got != c.want {
			t.Errorf("T(%s, %v) = %q, want %q", c.key, c.args, got, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ catalogue, want string }{
		{`{"a": "x", "a": "y"}`, "a is written twice"},
		{`{"a": {"b": "x"}, "a.b": "y"}`, "a.b is written twice"},
		{`{"a": {"b": 3}}`, "a.b: want a text"},
		{`{"a": ["x"]}`, "a: want a text or an object, have a list"},
		{`["x"]`, "want an object"},
		{`{"a": "x"} {}`, "after the end"},
		{`{"a": "x"`, "EOF"},
	} {
		if _, err := parse([]byte(c.catalogue)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("parse(%s) = %v, want an error with %q", c.catalogue, err, c.want)
		}
	}
}

func TestTypeset(t *testing.T) {
	const n = "\u202f"
	for _, c := range []struct{ in, want string }{
		{"Que cherchez-vous ?", "Que cherchez-vous" + n + "?"},
		{"Attention : fragile ; merci !", "Attention" + n + ": fragile" + n + "; merci" + n + "!"},
		{"« Passerelle »", "«" + n + "Passerelle" + n + "»"},
		{"«Passerelle»", "«" + n + "Passerelle" + n + "»"},
		{"à 10 km de 20 maisons, 8 %", "à 10" + n + "km de 20 maisons, 8" + n + "%"},
		{"à {n} km", "à {n}" + n + "km"},
		{"à 3 kmh", "à 3 kmh"},
		{"l'artisanat d'{name}, 'cité'", "l’artisanat d’{name}, 'cité'"},
		{"https://exemple.fr/?a=1", "https://exemple.fr/?a=1"},
	} {
		got := typeset(c.in)
		if got != c.want {
			t.Errorf("typeset(%q) = %q, want %q", c.in, got, c.want)
		}
		if again := typeset(got); again != got {
			t.Errorf("typeset twice: %q, then %q", got, again)
		}
	}
}

func TestNumbers(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, c2 := range []struct {
		n      float64
		fr, en string
	}{
		{0, "0", "0"},
		{7, "7", "7"},
		{999, "999", "999"},
		{1000, "1\u202f000", "1,000"},
		{1457905, "1\u202f457\u202f905", "1,457,905"},
		{-1234, "−1\u202f234", "−1,234"},
		{2.44, "2,4", "2.4"},
		{2.96, "3", "3"},
		{-0.04, "0", "0"},
		{-0.5, "−0,5", "−0.5"},
	} {
		if got := c.For("fr").Decimal(c2.n, 1); got != c2.fr {
			t.Errorf("fr: %v = %q, want %q", c2.n, got, c2.fr)
		}
		if got := c.For("en").Decimal(c2.n, 1); got != c2.en {
			t.Errorf("en: %v = %q, want %q", c2.n, got, c2.en)
		}
	}
}

func TestDistance(t *testing.T) {
	l := french(t)
	for _, c := range []struct {
		meters float64
		want   string
	}{
		{0, "moins de 50 m"},
		{54, "50 m"},
		{347, "350 m"},
		{994, "990 m"},
		{996, "1 km"},
		{2420, "2,4 km"},
		{9960, "10 km"},
		{23600, "24 km"},
		{1234000, "1 234 km"},
	} {
		if got := strings.ReplaceAll(l.Distance(c.meters), narrow, " "); got != c.want {
			t.Errorf("Distance(%v) = %q, want %q", c.meters, got, c.want)
		}
	}
}

func TestDates(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []struct {
		day    clock.Day
		fr, en string
	}{
		{"2026-11-23", "23 novembre 2026", "23 November 2026"},
		{"2026-08-01", "1er août 2026", "1 August 2026"},
		{"", "", ""},
	} {
		if got := c.For("fr").Day(d.day); got != d.fr {
			t.Errorf("fr: Day(%s) = %q, want %q", d.day, got, d.fr)
		}
		if got := c.For("en").Day(d.day); got != d.en {
			t.Errorf("en: Day(%s) = %q, want %q", d.day, got, d.en)
		}
	}
	// The last hour of summer time, in UTC, and the first of winter time.
	for _, m := range []struct{ utc, want string }{
		{"2026-10-25T00:30:00Z", "25 octobre 2026 à 2 h 30"},
		{"2026-10-25T01:30:00Z", "25 octobre 2026 à 2 h 30"},
		{"2026-12-31T23:05:00Z", "1er janvier 2027 à 0 h 05"},
	} {
		at, err := time.Parse(time.RFC3339, m.utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.ReplaceAll(c.For("fr").Moment(at), narrow, " "); got != m.want {
			t.Errorf("Moment(%s) = %q, want %q", m.utc, got, m.want)
		}
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct{ less, more string }{
		{"Écurie", "Éperon"},
		{"Zoé", "zoo"},
		{"œuvre", "Oger"},
		{"abel", "Béthune"},
		{"Etaples", "Étaples"},
	} {
		if Compare(c.less, c.more) >= 0 || Compare(c.more, c.less) <= 0 {
			t.Errorf("Compare(%q, %q) = %d and %d, want before", c.less, c.more, Compare(c.less, c.more), Compare(c.more, c.less))
		}
	}
	if Compare("Arras", "Arras") != 0 {
		t.Error("Arras differs from itself")
	}
}
