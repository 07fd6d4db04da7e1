package directory

import (
	"passerelle/internal/clock"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A Certainty says how sure a claim is.
type Certainty string

// The certainties: the first three are of craft, the others of the ESS.
const (
	Registered Certainty = "registered" // the national register of enterprises says so
	Recorded   Certainty = "recorded"   // the APRM column of Sirene is filled
	Presumed   Certainty = "presumed"   // by activity and size, or by legal form
	Flagged    Certainty = "flag"       // economieSocialeSolidaireUniteLegale = O
	Listed     Certainty = "listed"     // named by a list that makes one ESS
	LegalForm  Certainty = "legal_form" // by legal category
)

// A Claim says that an establishment belongs to a world, who says so, and
// since when that is known.
type Claim struct {
	World     string // craft or ess
	Certainty Certainty
	Source    string // sirene:aprm, sirene:naf, sirene:legal_form, rne, sirene:flag, list:siae, …
	AsOf      clock.Day
}

// A Mark is a label carried, and the list that names it.
type Mark struct {
	Label string // slug
	Kind  string // the list's own kind, if it has one
	AsOf  clock.Day
}

// A Masking says what partial diffusion hides.
type Masking uint8

// The maskings.
const (
	Shown         Masking = iota
	MaskedAddress         // a legal person: its name is shown, its address is not (commune only)
	MaskedPerson          // a natural person: no name, sign, address or commune
)

// A Precision says how exact a position is.
type Precision string

// The precisions.
const (
	AtAddress Precision = "address"
	AtCommune Precision = "commune" // the commune's centre
	Nowhere   Precision = ""
)

// An Establishment is what the registers say of one place of business, after
// the masking rules: a masked value is absent, so no exit can leak it.
type Establishment struct {
	SIRET register.SIRET
	Name  string // in sentence case; empty when masked
	Sign  string // what neighbours know it by, when it differs from Name
	// Acronym is the unit's own, and Aliases are its further usual names and
	// signs: both are there to be found by.
	Acronym string
	Aliases []string
	Mask    Masking

	Claims []Claim // at most one of each world and certainty, surest first
	Family trade.Family
	Marks  []Mark

	NAFA      string // as recorded; may be unknown to the nomenclature
	NAF       string // rév. 2, with the dot
	NAF25     string
	Trade     string // slug; empty when it is not craft or the code is unknown
	Sector    trade.Sector
	LegalForm string
	Size      string // of the establishment
	UnitSize  string // of the legal unit
	Natural   bool   // its legal unit is a natural person
	Head      bool
	Created   clock.Day
	RNA       string

	Street        string // "12 bis, rue de la Gare"
	Complement    string
	Postcode      string
	Commune       string // code of today; empty for a masked natural person
	FormerCommune string // the code the register wrote, when it was another
	Territory     string // slug
	Department    string
	Point         geo.Point
	Precision     Precision

	Successor register.SIRET // the one that took over, 0 if none
}

// World returns the world that a claim of this certainty is about.
func (c Certainty) World() string {
	switch c {
	case Registered, Recorded, Presumed:
		return craft
	}
	return ess
}

// The worlds of a Claim.
const (
	craft = "craft"
	ess   = "ess"
)

// SIREN returns the SIREN of the establishment's legal unit.
func (e *Establishment) SIREN() register.SIREN { return e.SIRET.SIREN() }

// In reports whether the establishment belongs to world ("craft" or "ess").
func (e *Establishment) In(world string) bool {
	for _, c := range e.Claims {
		if c.World == world {
			return true
		}
	}
	return false
}
