package match

import "testing"

// Twenty cases as a facilitator who has known both worlds for twenty years
// would tell them: the seeker, its candidates at one distance from the best
// to the worst, and why.
func TestGoldenCasesOfAFacilitator(t *testing.T) {
	r := loadRules(t)
	firm := func(slug, size string, labels ...string) *Facts { return craft(t, r, slug, size, labels...) }
	joinery := ess("43.32A", "12", "aci")
	for _, c := range []struct {
		who    string
		seeker *Facts
		order  []*Facts // best first, each strictly before the next
		why    string
	}{
		{
			"an insertion joinery workshop near Arras", joinery,
			[]*Facts{firm("menuisier", "03"), firm("ebeniste", "01"), firm("coiffeur", "01")},
			"the joiner hires its people, gives offcuts and subcontracts; the cabinetmaker has offcuts; the hairdresser nothing",
		},
		{
			"an insertion joinery workshop, by label", joinery,
			[]*Facts{firm("menuisier", "03"), firm("plombier", "03"), firm("boucher", "03")},
			"another trade of the building shares lots with a social clause, the butcher does not",
		},
		{
			"a nursing home of a hundred employees", ess("87.10A", "22", "ehpad"),
			[]*Facts{firm("boulanger", "02"), firm("fleuriste", "01"), firm("terrassier", "03")},
			"bread every day, flowers now and then, no earthworks",
		},
		{
			"a nursing home", ess("87.10A", "22", "ehpad"),
			[]*Facts{firm("coiffeur", "01"), firm("photographe", "00"), firm("armurier", "01")},
			"residents are combed every week, photographed once a year",
		},
		{
			"a home help service", ess("88.10A", "31", "saad"),
			[]*Facts{firm("garagiste", "03"), firm("imprimeur", "03"), firm("charpentier", "03")},
			"its staff drive all day; leaflets are rare; frames are not its business",
		},
		{
			"a re-use centre", ess("47.79Z", "12", "aci", "ressourcerie"),
			[]*Facts{firm("reparateur-electromenager", "01", "qualirepar"), firm("menuisier", "02"), firm("boucher", "02")},
			"appliances to repair with the bonus, then wood and furniture; meat never",
		},
		{
			"a food aid association", ess("88.99B", "02", "aide-alimentaire"),
			[]*Facts{firm("boulanger", "02"), firm("imprimeur", "02"), firm("bijoutier", "01")},
			"unsold bread first",
		},
		{
			"a social landlord", &Facts{ESS: true, NAF: "68.20A", LegalForm: "5547", Size: "31"},
			[]*Facts{firm("plombier", "03", "rge"), firm("demenageur", "03"), firm("chocolatier", "01")},
			"leaks all year, moves sometimes",
		},
		{
			"a day nursery", ess("88.91A", "11", "eaje"),
			[]*Facts{firm("jouets", "01"), firm("imprimeur", "02"), firm("tailleur-de-pierre", "02")},
			"toys and small furniture wear out",
		},
		{
			"a historic monument", ess("91.03Z", "03"),
			[]*Facts{firm("tailleur-de-pierre", "02", "epv"), firm("brasseur", "01"), firm("menuisier-pvc", "02")},
			"stone first, local beer in the shop, and no plastic windows",
		},
		{
			"a parish association", ess("94.91Z", "02"),
			[]*Facts{firm("vitrailliste", "01", "metiers-d-art"), firm("electricien", "02"), firm("garagiste", "02")},
			"stained glass needs the hand that knows it",
		},
		{
			"a music school", ess("85.52Z", "11"),
			[]*Facts{firm("luthier", "00", "metiers-d-art"), firm("imprimeur", "02"), firm("couvreur", "02")},
			"instruments to repair and tune",
		},
		{
			"a company of players", ess("90.01Z", "02"),
			[]*Facts{firm("couturier", "00"), firm("photographe", "00"), firm("boucher", "02")},
			"costumes before anything else",
		},
		{
			"a mason of twelve employees", firm("macon", "11"),
			[]*Facts{ess("78.20Z", "03", "etti"), ess("81.30Z", "12", "aci"), ess("90.01Z", "02")},
			"temps with the social clause, then who plants around the house; no theatre",
		},
		{
			"a mason", firm("macon", "11"),
			[]*Facts{ess("78.30Z", "11", "geiq"), ess("64.19Z", "21"), ess("93.12Z", "01")},
			"apprentices trained for the building, then the bank that anybody has",
		},
		{
			"a printer", firm("imprimeur", "03"),
			[]*Facts{ess("90.04Z", "11"), ess("88.10A", "31", "saad"), ess("01.61Z", "02")},
			"a theatre prints every season, a home help service its leaflets, farm services nothing",
		},
		{
			"a soap maker", firm("savonnier", "01"),
			[]*Facts{ess("82.92Z", "22", "esat"), ess("85.59A", "12", "qualiopi"), ess("42.11Z", "12", "ei")},
			"bagging and boxes by the ESAT",
		},
		{
			"a brewer", firm("brasseur", "01"),
			[]*Facts{ess("56.30Z", "01", "esus"), ess("93.12Z", "01"), ess("87.20B", "11")},
			"a bar pours every day, a club at its fête, a clinic for addictions never",
		},
		{
			"a bicycle repairer", firm("reparateur-cycles", "00", "qualirepar"),
			[]*Facts{ess("47.79Z", "12", "aci", "ressourcerie"), ess("95.29Z", "12", "aci"), ess("87.10A", "22", "ehpad")},
			"the re-use centre has frames and customers, the insertion workshop trains mechanics, the home has neither",
		},
		{
			"a restaurant with takeaway", firm("restauration-rapide", "02"),
			[]*Facts{ess("01.13Z", "12", "aci"), ess("84.11Z", "11"), ess("13.10Z", "12", "ei")},
			"vegetables from the insertion garden",
		},
		{
			"a cabinetmaker", firm("ebeniste", "00", "metiers-d-art"),
			[]*Facts{ess("91.02Z", "11"), ess("88.10A", "31", "saad")},
			"a museum has furniture to restore and showcases to make",
		},
	} {
		seeker := r.Kind(c.seeker)
		last := uint16(10_000)
		for i, f := range c.order {
			k := r.Kind(f)
			b := r.Between(seeker, k)
			total := b.At(5_000).Total()
			if total >= last {
				t.Errorf("%s: %s with %d hundredths (%+v) is not after the one before it with %d: %s", c.who, r.className(k), total, b, last, c.why)
			}
			if last = total; i == 0 && b.Services+b.Jobs+b.Resources < 600 {
				t.Errorf("%s: the first, %s, has only %+v: %s", c.who, r.className(k), b, c.why)
			}
		}
	}
}
