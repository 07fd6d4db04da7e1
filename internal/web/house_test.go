package web

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"passerelle/internal/db"
)

func TestLogoAndColours(t *testing.T) {
	s := &site{Server: &Server{config: Config{Instance: Instance{
		Partners: []Partner{{Name: "CMA", Picture: []byte("<svg/>"), Type: "image/svg+xml"}, {Name: "Département"}}, Colours: Colours{Action: "#7A1F5C"},
	}}}}
	for n, want := range map[string]bool{"0": true, "1": false, "2": false, "-1": false, "x": false, "0x0": false} {
		r := httptest.NewRequest("GET", "/maison/logo/"+n, nil)
		r.SetPathValue("n", n)
		w := httptest.NewRecorder()
		err := s.logo(w, r)
		if want && (err != nil || w.Body.String() != "<svg/>" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox")) || !want && !errors.Is(err, db.ErrNotFound) {
			t.Errorf("logo %s: %v %q", n, err, w.Body)
		}
	}
	w := httptest.NewRecorder()
	if err := s.colours(w, nil); err != nil || strings.Count(w.Body.String(), "--act") != 1 || !strings.Contains(w.Body.String(), "#7A1F5C") {
		t.Errorf("colours: %v %q", err, w.Body)
	}
}
