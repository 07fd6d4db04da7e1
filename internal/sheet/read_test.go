package sheet

import "testing"

func TestCellText(t *testing.T) {
	for _, c := range []struct{ kept, shown, want string }{
		{"46082", "01/03/2026", "2026-03-01"},
		{"46082", "3/1/26", "2026-03-01"},
		{"46082", "mars-26", "2026-03-01"},
		{"46082", "46082", "46082"},
		{"46082.604", "2026-03-01 14:30:00", "2026-03-01"},
		{"1000", "01000", "01000"},
		{"612345678", "06 12 34 56 78", "0612345678"},
		{"3.3612345678E10", "3.36E+10", "33612345678"},
		{"7.3282932000074E+13", "7.33E+13", "73282932000074"},
		{"7.32829E+13", "7.32829E+13", "7.32829E+13"},
		{"1234.5", "1 234,50 €", "1234.5"},
		{"1", "TRUE", "TRUE"},
		{"NaN", "NaN", "NaN"},
		{"Inf", "Inf", "Inf"},
		{"0x1p5", "0x1p5", "0x1p5"},
		{"", "", ""},
		{"amina", "amina", "amina"},
	} {
		if got := cellText(c.kept, c.shown, false); got != c.want {
			t.Errorf("cellText(%q, %q) = %q, want %q", c.kept, c.shown, got, c.want)
		}
	}
	if got, want := cellText("44620", "01/03/2026", true), "2026-03-01"; got != want {
		t.Errorf("from 1904: %q, want %q", got, want)
	}
}
