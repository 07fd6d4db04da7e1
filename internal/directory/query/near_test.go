package query_test

import (
	"net/url"
	"slices"
	"testing"

	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

func terms(t *testing.T) query.Terms { return loadTerms(t) }

func loadTerms(t testing.TB) query.Terms {
	t.Helper()
	places, err := place.Load()
	if err != nil {
		t.Fatal(err)
	}
	trades, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	return query.Terms{Places: places, Trades: trades}
}

// Nine postcodes of Pas-de-Calais in ten are also the INSEE code of a commune
// elsewhere in it: people who type them mean the postcode.
func TestNear(t *testing.T) {
	terms := terms(t)
	for _, c := range []struct{ near, want, also string }{
		{"Isbergues", "62473", ""},
		{"isber", "62473", ""},
		{"62330", "62473", "62330"},      // Isbergues; Festubert has that code
		{"insee:62330", "62330", ""},     // Festubert
		{"62473", "62473", ""},           // no postcode
		{"62110", "62427", "62473"},      // Hénin-Beaumont; the code of Berguette, today of Isbergues
		{"insee:62110", "62473", ""},     // a code of before
		{"62160", "62186", "62160"},      // Bully-les-Mines; the code of Boulogne-sur-Mer
		{"insee:62160", "62160", ""},     // Boulogne-sur-Mer
		{"2a004", "2A004", ""},           // Ajaccio
		{"saint-omer", "62765", ""},      // of several, the largest
		{"st omer", "62765", ""},         //
		{"aire sur la lys", "62014", ""}, //
		{"  Béthune ", "62119", ""},      //
		{"insee:99999", "", ""},          // refused
		{"insee:", "", ""},               // refused
		{"insee:Isbergues", "", ""},      // refused
		{"zzzzzz", "", ""},               // refused
		{"13001", "13055", "13001"},      // Marseille; the code of Aix-en-Provence
		{"75011", "75056", ""},           // Paris
		{"97400", "97411", ""},           // Saint-Denis of La Réunion
	} {
		q, err := query.Parse(url.Values{"near": {c.near}}, terms)
		if (err != nil) != (c.want == "") || q.NearCommune != c.want {
			t.Errorf("near=%s is %q, %v; want %q", c.near, q.NearCommune, err, c.want)
			continue
		}
		if c.also != "" && !slices.Contains(q.NearAlso, c.also) {
			t.Errorf("near=%s may also be %v, want %s among them", c.near, q.NearAlso, c.also)
		}
	}
}

// The address of a question about a commune leads back to that commune.
func TestEveryCommuneIsReadBackFromItsAddress(t *testing.T) {
	terms := terms(t)
	for i, c := range terms.Places.Communes() {
		if i%37 != 0 && c.Department != "62" {
			continue
		}
		centre := c.Centre
		v := query.Query{Near: &centre, NearCommune: c.Code, Radius: 5000}.Values()
		q, err := query.ParseStrict(v, terms)
		if err != nil || q.NearCommune != c.Code || *q.Near != c.Centre || q.Radius != 5000 {
			t.Errorf("%s %s: ?%s is %s, %v", c.Code, c.Name, v.Encode(), q.NearCommune, err)
		}
	}
}
