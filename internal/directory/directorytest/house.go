// Package directorytest makes a small house of named establishments around
// Isbergues, with every kind of claim, position and masking, for the tests of
// the directory and of all that shows it.
package directorytest

import (
	"iter"
	"sync"
	"testing"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// AsOf is the date of the register of the house.
const AsOf clock.Day = "2026-11-01"

// The establishments a test may name.
const (
	Boulangerie  register.SIRET = 38269518700049 // Boulangerie Delattre, Isbergues, recorded
	Brochard     register.SIRET = 49483773500013 // Menuiserie Brochard, Aire-sur-la-Lys, registered
	Charpentiers register.SIRET = 33222211600011 // Scop Les Charpentiers de la Lys, Isbergues: both worlds
	Repair       register.SIRET = 44330055300023 // L'Atelier du Réemploi, association, ACI, Béthune
	Mutuelle     register.SIRET = 77567890700012 // mutual, address masked
	Amina        register.SIRET = 80011223700014 // Amina Ben Salah, hairdresser, a natural person, shown
	Masked       register.SIRET = 81122334600016 // a masked natural person, a plumber of Berguette
	MaskedESS    register.SIRET = 82233445400011 // a masked natural person, both worlds
	Garage       register.SIRET = 83344556200014 // Garage de la Gare, presumed, at the commune's centre
	Faraway      register.SIRET = 84455667000017 // Boulangerie Leroy in Boulogne-sur-Mer
)

// Establishments returns the establishments of the house, all invented.
func Establishments() []directory.Establishment {
	recorded := directory.Claim{World: "craft", Certainty: directory.Recorded, Source: "sirene:aprm", AsOf: AsOf}
	presumed := directory.Claim{World: "craft", Certainty: directory.Presumed, Source: "sirene:naf", AsOf: AsOf}
	registered := directory.Claim{World: "craft", Certainty: directory.Registered, Source: "rne", AsOf: "2026-10-15"}
	flag := directory.Claim{World: "ess", Certainty: directory.Flagged, Source: "sirene:flag", AsOf: AsOf}
	form := directory.Claim{World: "ess", Certainty: directory.LegalForm, Source: "sirene:legal_form", AsOf: AsOf}
	listed := func(label string) directory.Claim {
		return directory.Claim{World: "ess", Certainty: directory.Listed, Source: "list:" + label, AsOf: "2026-09-30"}
	}
	isbergues := geo.Point{Lat: 50.6237, Lon: 2.4563}
	return []directory.Establishment{
		{
			SIRET: Boulangerie, Name: "Boulangerie Delattre", Sign: "Au Pain d'Isbergues", Claims: []directory.Claim{recorded},
			NAFA: "1071CA", NAF: "10.71C", NAF25: "10.71H", Trade: "boulanger", Sector: trade.Food, LegalForm: "5499", Size: "02", UnitSize: "02",
			Head: true, Created: "2004-03-01", Street: "12 bis, rue de la Gare", Postcode: "62330", Commune: "62473", FormerCommune: "62110",
			Territory: "artois", Department: "62", Point: isbergues, Precision: directory.AtAddress,
		},
		{
			SIRET: Brochard, Name: "Menuiserie Brochard", Aliases: []string{"Brochard Bois"}, Claims: []directory.Claim{registered, recorded},
			Marks: []directory.Mark{{Label: "rge", AsOf: "2026-06-30"}},
			NAFA:  "4332AA", NAF: "43.32A", Trade: "menuisier", Sector: trade.Building, LegalForm: "5710", Size: "03", UnitSize: "03",
			Head: true, Created: "1998-09-15", Street: "3, place des Béguines", Postcode: "62120", Commune: "62014",
			Territory: "audomarois", Department: "62", Point: geo.Point{Lat: 50.6386, Lon: 2.3966}, Precision: directory.AtAddress,
		},
		{
			SIRET: Charpentiers, Name: "Les Charpentiers de la Lys", Acronym: "CDL", Claims: []directory.Claim{recorded, listed("scop"), form},
			Family: trade.Cooperative, Marks: []directory.Mark{{Label: "scop", AsOf: "2026-09-30"}},
			NAFA: "4391AZ", NAF: "43.91A", Trade: "charpentier", Sector: trade.Building, LegalForm: "5458", Size: "11", UnitSize: "11",
			Head: true, Created: "2011-01-03", Street: "40, rue Roger Salengro", Postcode: "62330", Commune: "62473",
			Territory: "artois", Department: "62", Point: geo.Point{Lat: 50.6291, Lon: 2.4642}, Precision: directory.AtAddress,
		},
		{
			SIRET: Repair, Name: "L'Atelier du Réemploi", Sign: "La Recyclerie", Claims: []directory.Claim{flag, listed("siae"), form},
			Family: trade.Association, Marks: []directory.Mark{{Label: "siae", Kind: "ACI", AsOf: "2026-09-30"}, {Label: "aci", Kind: "ACI", AsOf: "2026-09-30"}},
			NAF: "38.32Z", LegalForm: "9220", Size: "12", UnitSize: "12", RNA: "W622000001",
			Head: true, Created: "2007-05-21", Street: "8, rue du Rivage", Postcode: "62400", Commune: "62119",
			Territory: "artois", Department: "62", Point: geo.Point{Lat: 50.5283, Lon: 2.6402}, Precision: directory.AtAddress,
		},
		{
			SIRET: Mutuelle, Name: "Mutuelle des Deux Rives", Mask: directory.MaskedAddress, Claims: []directory.Claim{form},
			Family: trade.Mutual, NAF: "65.12Z", LegalForm: "8210", Size: "21", UnitSize: "22",
			Head: true, Created: "1948-01-01", Commune: "62041",
			Territory: "arrageois", Department: "62", Point: geo.Point{Lat: 50.2910, Lon: 2.7772}, Precision: directory.AtCommune,
		},
		{
			SIRET: Amina, Name: "Amina Ben Salah", Sign: "Hair'mina", Natural: true, Claims: []directory.Claim{recorded},
			NAFA: "9602AA", NAF: "96.02A", Trade: "coiffeur", Sector: trade.Services, LegalForm: "1000", Size: "NN", UnitSize: "NN",
			Head: true, Created: "2019-02-11", Street: "5, rue Jean Jaurès", Postcode: "62330", Commune: "62473",
			Territory: "artois", Department: "62", Point: geo.Point{Lat: 50.6249, Lon: 2.4580}, Precision: directory.AtAddress,
		},
		{
			SIRET: Masked, Mask: directory.MaskedPerson, Natural: true, Claims: []directory.Claim{recorded},
			NAFA: "4322AZ", NAF: "43.22A", Trade: "plombier", Sector: trade.Building, LegalForm: "1000", Size: "NN", UnitSize: "NN",
			Head: true, Created: "2020-07-01", Territory: "artois", Department: "62",
		},
		{
			SIRET: MaskedESS, Mask: directory.MaskedPerson, Natural: true, Claims: []directory.Claim{presumed, flag},
			Family: trade.Company, NAF: "95.24Z", Trade: "tapissier", Sector: trade.Services, LegalForm: "1000", Size: "NN", UnitSize: "NN",
			Head: true, Created: "2021-04-09", Territory: "calaisis", Department: "62",
		},
		{
			SIRET: Garage, Name: "Garage de la Gare", Claims: []directory.Claim{presumed},
			NAF: "45.20A", Trade: "garagiste", Sector: trade.Services, LegalForm: "5499", Size: "01", UnitSize: "01",
			Head: true, Created: "2015-10-05", Postcode: "62190", Commune: "62516",
			Territory: "artois", Department: "62", Point: geo.Point{Lat: 50.5642, Lon: 2.4833}, Precision: directory.AtCommune,
		},
		{
			SIRET: Faraway, Name: "Boulangerie Leroy", Claims: []directory.Claim{recorded},
			NAFA: "1071CA", NAF: "10.71C", Trade: "boulanger", Sector: trade.Food, LegalForm: "5499", Size: "01", UnitSize: "01",
			Head: true, Created: "2001-01-01", Street: "1, Grande Rue", Postcode: "62200", Commune: "62160",
			Territory: "boulonnais", Department: "62", Point: geo.Point{Lat: 50.7264, Lon: 1.6147}, Precision: directory.AtAddress,
		},
	}
}

// All yields establishments as directory.WriteSnapshot takes them.
func All(list []directory.Establishment) iter.Seq2[*directory.Establishment, error] {
	return func(yield func(*directory.Establishment, error) bool) {
		for i := range list {
			if !yield(&list[i], nil) {
				return
			}
		}
	}
}

var (
	loadPlaces = sync.OnceValues(place.Load)
	loadTrades = sync.OnceValues(trade.Load)
)

// Places returns the atlas, read once for all tests of a package.
func Places(t testing.TB) *place.Atlas {
	t.Helper()
	return Loaded(t, loadPlaces)
}

// Trades returns the table of trades, read once for all tests of a package.
func Trades(t testing.TB) *trade.Table {
	t.Helper()
	return Loaded(t, loadTrades)
}

// Loaded returns what load reads; a load under sync.OnceValues is shared by the
// tests of a package, which must not change it.
func Loaded[T any](t testing.TB, load func() (T, error)) T {
	t.Helper()
	v, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Write writes list as the snapshot to be served of dir, as of day.
func Write(t testing.TB, dir string, day clock.Day, list []directory.Establishment) (path string) {
	t.Helper()
	m := directory.Meta{
		AsOf: day, Made: day.Time().UnixMicro(), Departments: []string{"62"},
		Sources: []directory.SourceMeta{{Name: "sirene", AsOf: day, Rows: len(list)}},
	}
	path, _, err := directory.WriteSnapshot(dir, m, Places(t), Trades(t), All(list))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// House makes a data folder that serves Establishments.
func House(t testing.TB) (dir string) {
	t.Helper()
	dir = t.TempDir()
	Write(t, dir, AsOf, Establishments())
	return dir
}
