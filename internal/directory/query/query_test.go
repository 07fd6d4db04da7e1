package query_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"passerelle/internal/directory/query"
)

// A question written as an address is read back as the same question, and
// written again as the same address.
func TestValuesAreReadBack(t *testing.T) {
	terms := terms(t)
	rapid.Check(t, func(t *rapid.T) {
		v := url.Values{}
		some := func(name string, values ...string) {
			for range rapid.IntRange(0, 2).Draw(t, name+"s") {
				v.Add(name, rapid.SampledFrom(values).Draw(t, name))
			}
		}
		one := func(name string, values ...string) {
			if rapid.Bool().Draw(t, name+"?") {
				v.Set(name, rapid.SampledFrom(values).Draw(t, name))
			}
		}
		one("q", "boulanger", "boulanger ", "  l'Œuvre  d'Amina ", "382695187", "382 695 187 00049", "--", "é\x00\xff")
		one("world", "craft", "ess", "both", "")
		some("trade", "boulanger", "10.71c", "1071C", "1071ca", "boulanger,menuisier")
		some("sector", "food", "building,food", " making ")
		some("family", "mutual", "company")
		some("label", "aci", "scop")
		some("size", "nn", "01", "53")
		some("commune", "62473", "62110", "2a004")
		some("epci", "200072460")
		some("territory", "artois", "calaisis")
		some("department", "62", "2a", "971")
		if rapid.Bool().Draw(t, "point?") {
			v.Set("lat", rapid.SampledFrom([]string{"50.62", "50,62", "-0", "90", "1e1"}).Draw(t, "lat"))
			v.Set("lon", rapid.SampledFrom([]string{"2.46", "-180", "0.1234567"}).Draw(t, "lon"))
		} else {
			one("near", "isbergues", "62330", "insee:62330", "Lens", "13001")
		}
		one("radius_km", "5", "0.01", "12,5", "500")
		one("bbox", "50.5,2.3,50.7,2.6", "-90,-180,90,180", "1,1,1,1")
		one("sort", "relevance", "distance", "name")
		one("page", "1", "7", "99")
		one("per_page", "1", "20", "100")
		first, err := query.Parse(v, terms)
		if err != nil {
			t.Fatalf("?%s: %v", v.Encode(), err)
		}
		address := first.Values()
		second, err := query.ParseStrict(address, terms)
		if err != nil {
			t.Fatalf("?%s becomes ?%s: %v", v.Encode(), address.Encode(), err)
		}
		first.NearAlso, second.NearAlso = nil, nil // not part of the question
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("?%s becomes ?%s: -first +second\n%s", v.Encode(), address.Encode(), diff)
		}
		if again := second.Values().Encode(); again != address.Encode() {
			t.Fatalf("?%s is written ?%s, then ?%s", v.Encode(), address.Encode(), again)
		}
	})
}

// A page leaves alone what a program is told of.
func TestPagesAreMoreLenient(t *testing.T) {
	terms := terms(t)
	for _, text := range []string{"utm_source=x", "radius_km=5", "sort=distance", "q=a&q=b", "view=map"} {
		v, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := query.Parse(v, terms); err != nil {
			t.Errorf("a page refuses ?%s: %v", text, err)
		}
		if _, err := query.ParseStrict(v, terms); err == nil {
			t.Errorf("a program is not told that ?%s is wrong", text)
		}
	}
	if _, err := query.ParseStrict(url.Values{"zoom": {"3"}}, terms, "zoom"); err != nil {
		t.Errorf("zoom is let through: %v", err)
	}
}

// Any address is a question or a wrong parameter, and says which.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"q=boulanger&near=isbergues&radius_km=10", "bbox=1,2,3,4&sort=name&page=2", "lat=NaN&lon=Inf", "near=insee:", "size=,,&trade=9", "q=%ff%00", "trade=é", "trade=1234",
	} {
		f.Add(seed)
	}
	var terms query.Terms
	f.Fuzz(func(t *testing.T, text string) {
		if terms.Places == nil {
			terms = loadTerms(t)
		}
		v, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		q, err := query.Parse(v, terms)
		if err != nil {
			if wrong, ok := err.(*query.ParamError); !ok || wrong.Param == "" || len([]rune(wrong.Value)) > 90 {
				t.Errorf("?%s: %v", text, err)
			}
			return
		}
		if q.Page < 1 || q.PerPage < 1 || q.PerPage > query.MaxPerPage || q.Page*q.PerPage > query.MaxDepth+query.MaxPerPage || q.Radius > query.MaxRadius {
			t.Errorf("?%s is %+v", text, q)
		}
		if _, err := query.ParseStrict(q.Values(), terms); err != nil && !strings.Contains(text, "label") {
			t.Errorf("?%s becomes ?%s: %v", text, q.Values().Encode(), err)
		}
	})
}
