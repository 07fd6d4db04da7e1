package fold

import (
	"strings"
	"testing"
)

func TestKey(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"  ", ""},
		{"Boulangerie", "boulangerie"},
		{"L'Œuvre-d'Or", "l oeuvre d or"},
		{"L’œuvre d’or", "l oeuvre d or"},
		{"ÉTS. HÉLÈNE & Fils", "ets helene fils"},
		{"cæsium", "caesium"},
		{"Saint-Omer (62)", "saint omer 62"},
		{"e\u0301te\u0301", "ete"}, // decomposed accents
		{"ﬁn", "fin"},              // ligature
		{"Straße", "strasse"},
		{"n° 7", "n 7"},
		{"…a…", "a"},
		{"Ça\u00a0va", "ca va"},
	} {
		if got := Key(c.in); got != c.want {
			t.Errorf("Key(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestSlug(t *testing.T) {
	if got, want := Slug("Lens-Hénin"), "lens-henin"; got != want {
		t.Errorf("Slug = %q, want %q", got, want)
	}
}

func FuzzKey(f *testing.F) {
	f.Add("L'Œuvre-d'Or")
	f.Add("\xff\xfe\u0301")
	f.Fuzz(func(t *testing.T, s string) {
		k := Key(s)
		if Key(k) != k {
			t.Errorf("Key(%q) = %q, but folding it again gives %q", s, k, Key(k))
		}
		if strings.Contains(k, "  ") || strings.TrimSpace(k) != k {
			t.Errorf("Key(%q) = %q has stray spaces", s, k)
		}
	})
}
