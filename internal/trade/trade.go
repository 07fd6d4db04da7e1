// Package trade knows what people do for a living and under which codes the
// registers write it: the craft trades people name and their NAFA, NAF and
// ROME codes, the four sectors, the families of the social and solidarity
// economy, legal categories, head-count bands and labels.
//
// It does not know who does it. Its one difficulty is that the official codes
// and the words of people do not match one to one: a Trade (slug "boulanger")
// gathers several NAFA codes, and a firm that is only presumed craft has a
// NAF code and no NAFA.
package trade

// A Sector is one of the four sectors of craft.
type Sector string

// The four sectors.
const (
	Food     Sector = "food"
	Building Sector = "building"
	Making   Sector = "making"
	Services Sector = "services"
)

// Sectors lists the four sectors in the order in which they are shown.
var Sectors = []Sector{Food, Building, Making, Services}

// A Family is a family of the social and solidarity economy.
type Family string

// The families.
const (
	Cooperative Family = "cooperative"
	Association Family = "association"
	Mutual      Family = "mutual"
	Foundation  Family = "foundation"
	Company     Family = "company" // flagged or listed, without one of those forms
)

// Families lists the families in the order in which they are shown.
var Families = []Family{Cooperative, Association, Mutual, Foundation, Company}

// A Trade is a craft trade as people name it.
type Trade struct {
	Slug   string // boulanger
	Name   string // Boulangerie, in French
	NameEN string
	Sector Sector
	NAFA   []string // 1071CA, …; every NAFA code belongs to exactly one trade
	// NAF holds the NAF rév. 2 codes under which a craft firm without a NAFA
	// code is taken to be of this trade: 10.71C. Every code belongs to at most
	// one trade, so a trade that shares its code with a commoner one has none.
	NAF   []string
	NAF25 []string // same, of NAF 2025
	ROME  []string // ROME 4
	Words []string // what people type for it: boulanger, boulangère, pain, fournil
}

// A Code is one line of the NAFA nomenclature (craft activities).
type Code struct {
	NAFA   string // 1071CA
	Label  string
	NAF    string // 10.71C
	Sector Sector
	Trade  string // slug
}

// A Label is a mark an establishment carries because a list names it: an
// insertion kind (ACI, EI…), a quality mark, an agreement.
type Label struct {
	Slug      string // aci
	Name      string // ACI
	Full      string // Atelier et chantier d'insertion
	Meaning   string // one sentence for a reader who never heard of it
	ESS       bool   // being listed under it makes one ESS
	URL       string
	FullEN    string
	MeaningEN string
	Kinds     []string // what lists write for it: ACI, ACI_PHC
}
