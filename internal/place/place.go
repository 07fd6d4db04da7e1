// Package place knows where things are: the communes of France (the codes of
// today and those of the past), their EPCI and départements, and the
// territories in which a house works.
//
// It does not know what stands there. Its one difficulty is time: a register
// writes the commune's code at the time of the formality, so a code may name
// a commune that has since become part of another; Resolve answers with
// today's.
package place

import "passerelle/internal/geo"

// CentreFrom says how the centre of a commune is known.
type CentreFrom string

// The origins of a commune's centre, best first.
const (
	CentreGiven     CentreFrom = "given"     // in the reference file
	CentreDelegated CentreFrom = "delegated" // mean of its delegated communes
	CentreEPCI      CentreFrom = "epci"      // mean of the communes of its EPCI
	// CentreApproximate is placed by hand to a tenth of a degree: the overseas
	// collectivities, which no file places.
	CentreApproximate CentreFrom = "approximate"
)

// A Commune is a commune of today's Code officiel géographique.
type Commune struct {
	Code       string // INSEE, five characters: 62473, 2A004
	Name       string // with its accents: Isbergues
	Department string // 62, 2A, 971
	Region     string // INSEE code of the region: 32
	EPCI       string // SIREN of the EPCI, empty where there is none
	Territory  string // slug of the house's territory, empty outside
	Postcodes  []string
	Population int
	Centre     geo.Point
	CentreFrom CentreFrom
}

// An EPCI is a grouping of communes.
type EPCI struct {
	Code string // SIREN
	Name string
	Slug string // unique among EPCI
}

// A Department is one of the 101 départements, or one of the overseas
// collectivities that the registers treat as such.
type Department struct {
	Code, Name, Region string
	RegionName         string // of a collectivity, its own name
	Collectivity       bool   // 975, 977, 978, 984, 986, 987, 988, 989
}

// A Territory is a part of a département in which facilitators work. Which
// commune belongs to which territory is data, edited by the operator.
type Territory struct {
	Slug       string // artois
	Name       string // Artois
	Department string
	Communes   []string // INSEE codes, ascending
	Population int
	Box        geo.Box // of its communes' contours, else centres
}
