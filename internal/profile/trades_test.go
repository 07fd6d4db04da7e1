package profile

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/trade"
)

// Words that name a trade are known as it, however they are typed; others stay
// words.
func TestTradesInWords(t *testing.T) {
	table, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	for words, want := range map[string][]string{
		"":                         nil,
		"pain, gâteau":             {"boulanger", "patissier"},
		"Croissants, gâteaux":      {"boulanger", "patissier"},
		"BOULANGERIE ; Bakery":     {"boulanger"},
		"comptabilité, le reste":   nil,
		"farine, emballages":       {"meunier"},
		"Pain au levain\nbaguette": {"boulanger"},
		"patisserie":               {"patissier"},
		"le pain de ma grand-mère": nil,
	} {
		c := Content{Sells: words, Buys: words}
		if got := c.SellsTrades(table); !slices.Equal(got, want) {
			t.Errorf("%q sells %v, want %v", words, got, want)
		}
		if got := c.BuysTrades(table); !slices.Equal(got, want) {
			t.Errorf("%q buys %v, want %v", words, got, want)
		}
	}
	for _, tr := range table.Trades() { // each is known by its own slug and name
		for _, name := range []string{tr.Slug, tr.Name} {
			if got, ok := table.Named(name); ok && got.Slug != tr.Slug {
				t.Errorf("%q is %s, want %s", name, got.Slug, tr.Slug)
			}
		}
	}
}

func TestZones(t *testing.T) {
	known := vocabulary(t).Known
	far, near := ZoneOf{"Chantiers", "100"}, ZoneOf{"Dépannage", "10"}
	for name, c := range map[string]struct {
		said, want Content
		fault      string
	}{
		"territories":      {Content{Zone: InTerritories, Territories: []string{"calaisis", "artois", "artois"}}, Content{Zone: InTerritories, Territories: []string{"artois", "calaisis"}}, ""},
		"none named":       {Content{Zone: InTerritories, Territories: []string{""}}, Content{Zone: InTerritories}, "territories"},
		"named in vain":    {Content{Zone: "20", Territories: []string{"artois"}}, Content{Zone: "20"}, ""},
		"by activity":      {Content{Zone: "20", Zones: []ZoneOf{far, {}, {"  ", "5"}, {"Vente", ""}, near}}, Content{Zone: "20", Zones: []ZoneOf{far, near}}, ""},
		"a zone invented":  {Content{Zones: []ZoneOf{{"Vente", "7"}}}, Content{}, "zone"},
		"too many":         {Content{Zones: []ZoneOf{far, near, far, near}}, Content{Zones: []ZoneOf{far, near, far}}, "zone"},
		"of an activity":   {Content{Zones: []ZoneOf{{"Vente", InTerritories}}}, Content{}, "zone"},
		"everywhere, long": {Content{Zone: "everywhere"}, Content{Zone: "everywhere"}, ""},
	} {
		got, faults := Clean(c.said, known)
		if diff := cmp.Diff(c.want, got); diff != "" || (c.fault == "") != (len(faults) == 0) || c.fault != "" && faults[0].Key != c.fault {
			t.Errorf("%s: faults %v, (-want +got)\n%s", name, faults, diff)
		}
	}
	if got := Changed(Content{Zone: "20"}, Content{Zone: "20", Zones: []ZoneOf{near}}); !slices.Equal(got, []string{"zone"}) {
		t.Errorf("changed %v", got)
	}
}
