package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/directory/directorytest"
)

func TestPartnersOfAnEstablishment(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	at := "/api/v1/establishments/" + directorytest.Brochard.String() + "/partners"
	a := fetch[partnersAnswer](t, h, at, http.StatusOK)
	if len(a.Results) == 0 || a.AsOf != directorytest.AsOf || a.Radius != 30 || a.WidenedTo != nil {
		t.Fatalf("%s: %+v", at, a)
	}
	for i, p := range a.Results {
		c := p.Criteria
		if sum := c.Proximity.Points + c.Services.Points + c.Jobs.Points + c.Resources.Points; sum != p.Score {
			t.Errorf("%s: score %d, the points are %d", p.SIRET, p.Score, sum)
		}
		if i > 0 && p.Score > a.Results[i-1].Score {
			t.Errorf("%s has %d points behind one of %d", p.SIRET, p.Score, a.Results[i-1].Score)
		}
		if c.Proximity.Reason == "" || p.Distance <= 0 || p.Distance > 30 || p.Missing == nil {
			t.Errorf("%+v", p)
		}
	}
	worlds := func(question string) (sirets []string) {
		for _, p := range fetch[partnersAnswer](t, h, at+question, http.StatusOK).Results {
			sirets = append(sirets, p.SIRET)
		}
		return sirets
	}
	crafts := []string{directorytest.Boulangerie.String(), directorytest.Garage.String(), directorytest.Amina.String(), directorytest.Faraway.String()}
	for question, never := range map[string][]string{
		"":             crafts,
		"?world=ess":   crafts,
		"?world=craft": {directorytest.Repair.String(), directorytest.Mutuelle.String()},
	} {
		for _, s := range worlds(question) {
			if slices.Contains(never, s) {
				t.Errorf("%s%s: %s is of the wrong world", at, question, s)
			}
		}
	}
	either := worlds("?world=both")
	for _, s := range worlds("") {
		if !slices.Contains(either, s) {
			t.Errorf("%s is of the other world, not of either", s)
		}
	}
	for _, s := range []string{directorytest.Masked.String(), directorytest.MaskedESS.String(), directorytest.Brochard.String()} {
		if slices.Contains(worlds("?world=both&limit=100&radius_km=100"), s) {
			t.Errorf("%s is a partner", s)
		}
	}
	wide := fetch[partnersAnswer](t, h, at+"?radius_km=0.1", http.StatusOK)
	if wide.WidenedTo == nil || *wide.WidenedTo <= 1 || *wide.WidenedTo != wide.Radius || len(wide.Results) == 0 {
		t.Errorf("within 100 m: %+v", wide)
	}
}

// What is known of partners changes the tag of every answer, and a reader who
// has the answer is told so.
func TestPartnersHaveATag(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	at := "/api/v1/establishments/" + directorytest.Amina.String() + "/partners"
	tag := request{path: at}.send(h).Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("tag %q", tag)
	}
	if res := (request{path: at, header: map[string]string{"If-None-Match": tag}}).send(h); res.StatusCode != http.StatusNotModified {
		t.Errorf("status %d with the tag of the answer", res.StatusCode)
	}
}
