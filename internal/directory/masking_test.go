package directory_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// The masked natural persons of the house.
var maskedPersons = []register.SIRET{directorytest.Masked, directorytest.MaskedESS}

// Questions that could place or name a person never find, count or facet one
// (HARDCASES 24).
func TestHardCase24MaskedPersonsAreInNoQuestionOfPlaceOrName(t *testing.T) {
	d := open(t, directorytest.House(t))
	here := geo.Point{Lat: 50.6237, Lon: 2.4563}
	everywhere := geo.Box{South: -90, West: -180, North: 90, East: 180}
	for name, q := range map[string]query.Query{
		"words":                        {Text: "plombier"},
		"words of the territory":       {Text: "calaisis"},
		"a commune":                    {Communes: []string{"62473"}},
		"an EPCI":                      {EPCIs: []string{"200072460"}},
		"a point":                      {Near: &here},
		"a radius":                     {Near: &here, Radius: 500_000},
		"a point and an order by name": {Near: &here, Sort: query.Name},
		"a map view":                   {Box: &everywhere},
		"a trade near a point":         {Trades: []string{"plombier"}, Near: &here, Radius: 500_000},
		"an exact SIREN near a point":  {SIREN: directorytest.Masked.SIREN(), Near: &here},
		"an exact SIRET in a commune":  {SIRET: directorytest.Masked, Communes: []string{"62473"}},
		"an order by distance":         {Near: &here, Sort: query.Distance},
	} {
		r, err := d.Search(withPage(q))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, h := range r.Hits {
			if slices.Contains(maskedPersons, h.SIRET) {
				t.Errorf("%s: lists the masked %s", name, h.SIRET)
			}
		}
		q.World = query.Craft
		for _, s := range []trade.Sector{trade.Food, trade.Building, trade.Making, trade.Services} {
			q.Sectors = []trade.Sector{s}
			r, err := d.Search(withPage(q))
			if err != nil {
				t.Fatal(err)
			}
			if r.Total != len(r.Hits) {
				t.Errorf("%s, %s: counts %d and lists %d", name, s, r.Total, len(r.Hits))
			}
			for dim, counts := range r.Facets {
				if dim != directory.ByWorld {
					continue
				}
				for _, c := range counts {
					if c.Value == "both" && c.N > 0 && s == trade.Services {
						t.Errorf("%s: counts the masked of both worlds", name)
					}
				}
			}
		}
		spots, err := d.Clusters(query.Query{Box: &everywhere, Trades: q.Trades}, 3)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range spots {
			n += s.N
		}
		if most := len(directorytest.Establishments()) - len(maskedPersons); n > most {
			t.Errorf("the map shows %d, %d at most may be placed", n, most)
		}
	}
}

func withPage(q query.Query) query.Query {
	q.PerPage = 100
	return q
}

// Questions that tell nothing of a person count and list the masked ones.
func TestMaskedPersonsAreCountedWhereNothingPlacesThem(t *testing.T) {
	d := open(t, directorytest.House(t))
	for name, c := range map[string]struct {
		q    query.Query
		want register.SIRET
	}{
		"world":            {query.Query{World: query.Craft}, directorytest.Masked},
		"both worlds":      {query.Query{World: query.Both}, directorytest.MaskedESS},
		"sector":           {query.Query{Sectors: []trade.Sector{trade.Building}}, directorytest.Masked},
		"trade":            {query.Query{Trades: []string{"plombier"}}, directorytest.Masked},
		"NAFA code":        {query.Query{Trades: []string{"4322AZ"}}, directorytest.Masked},
		"size":             {query.Query{Sizes: []string{"NN"}}, directorytest.Masked},
		"department":       {query.Query{Departments: []string{"62"}}, directorytest.Masked},
		"territory":        {query.Query{Territories: []string{"calaisis"}}, directorytest.MaskedESS},
		"an exact SIREN":   {query.Query{SIREN: directorytest.Masked.SIREN()}, directorytest.Masked},
		"an exact SIRET":   {query.Query{SIRET: directorytest.MaskedESS}, directorytest.MaskedESS},
		"an order by name": {query.Query{World: query.Craft, Sort: query.Name}, directorytest.MaskedESS},
	} {
		if got := found(t, d, c.q); !slices.Contains(got, c.want) {
			t.Errorf("%s: %s is not among %v", name, c.want, got)
		}
	}
}

// What is read of a masked person holds nothing that was masked, in any form
// it may leave in.
func TestAMaskedEstablishmentHasNothingToLeak(t *testing.T) {
	d := open(t, directorytest.House(t))
	for _, s := range maskedPersons {
		e, err := d.Establishment(s)
		if err != nil {
			t.Fatal(err)
		}
		e.SIRET, e.Territory, e.Trade, e.NAF, e.NAFA, e.Claims, e.Sector, e.LegalForm = 0, "", "", "", "", nil, "", ""
		e.Size, e.UnitSize, e.Department, e.Created, e.Family, e.Mask, e.Natural, e.Head = "", "", "", "", "", 0, false, false
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		rest, err := json.Marshal(directory.Establishment{})
		if err != nil {
			t.Fatal(err)
		}
		if string(text) != string(rest) {
			t.Errorf("%s still says %s", s, text)
		}
		if _, err := d.Nearby(s, query.Any, 5); !errors.Is(err, directory.ErrPlaceless) {
			t.Errorf("a question starts from a masked person: %v", err)
		}
	}
	e, err := d.Establishment(directorytest.Mutuelle)
	if err != nil {
		t.Fatal(err)
	}
	if e.Name == "" || e.Street != "" || e.Postcode != "" || e.Precision != directory.AtCommune {
		t.Errorf("a masked legal person keeps its name and its commune only: %+v", e)
	}
}

// An older snapshot is served under the masks of today.
func TestGoingBackKeepsTodaysMasks(t *testing.T) {
	dir := t.TempDir()
	before := directorytest.Write(t, dir, "2026-10-01", directorytest.Establishments())
	now := directorytest.Establishments()
	i := slices.IndexFunc(now, func(e directory.Establishment) bool { return e.SIRET == directorytest.Amina })
	now[i] = directory.Establishment{
		SIRET: now[i].SIRET, Mask: directory.MaskedPerson, Natural: true, Claims: now[i].Claims, NAFA: now[i].NAFA, NAF: now[i].NAF,
		Trade: now[i].Trade, Sector: now[i].Sector, LegalForm: now[i].LegalForm, Territory: now[i].Territory, Department: now[i].Department, Head: true,
	}
	directorytest.Write(t, dir, "2026-11-01", now)
	serveSnapshot(t, dir, before)
	d := open(t, dir)
	if d.AsOf() != "2026-10-01" {
		t.Fatalf("the register of %s is served", d.AsOf())
	}
	if got := found(t, d, query.Query{Text: "amina "}); len(got) != 0 {
		t.Errorf("the older register names who is masked today: %v", got)
	}
	e, err := d.Establishment(directorytest.Amina)
	if err != nil {
		t.Fatal(err)
	}
	if e.Mask != directory.MaskedPerson || e.Name != "" || strings.Contains(e.Street, "Jaurès") {
		t.Errorf("the older register shows %+v", e)
	}
}
