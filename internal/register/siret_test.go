package register

import "testing"

func TestParseSIRET(t *testing.T) {
	for _, c := range []struct {
		in   string
		want SIRET
	}{
		{"38269518700049", 38269518700049},
		{"382 695 187 00049", 38269518700049},
		{"35600000000048", 35600000000048}, // La Poste, head office: Luhn holds
		{"35600000049837", 35600000049837}, // La Poste: digits sum to a multiple of 5
	} {
		got, err := ParseSIRET(c.in)
		if err != nil || got != c.want {
			t.Errorf("ParseSIRET(%q) = %v, %v, want %v", c.in, got, err, c.want)
		}
		if want := c.want.String(); len(want) != 14 {
			t.Errorf("String() = %q, want 14 digits", want)
		}
	}
	for _, bad := range []string{"", "3826951870004", "38269518700048", "3826951870004A", "00000000000000", "382695187000499", "35600000049838"} {
		if got, err := ParseSIRET(bad); err == nil {
			t.Errorf("ParseSIRET(%q) = %v, want an error", bad, got)
		}
	}
}

func FuzzParseSIRET(f *testing.F) {
	f.Add("38269518700049")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ParseSIRET(s)
		if err != nil {
			return
		}
		if again, err := ParseSIRET(n.String()); err != nil || again != n {
			t.Errorf("ParseSIRET(%q) = %v, which reads back as %v, %v", s, n, again, err)
		}
	})
}
