package fold

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"commune", "epci", "radius_km", "page", "per_page"}
	for _, c := range []struct{ s, want string }{
		{"comune", "commune"},
		{"communes", "commune"},
		{"radiuskm", "radius_km"},
		{"perpage", "per_page"},
		{"epc", "epci"},
		{"p", ""},
		{"utm_source", ""},
		{"", ""},
	} {
		if got := Nearest(c.s, known); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.s, got, c.want)
		}
	}
}
