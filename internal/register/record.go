package register

import (
	"errors"

	"passerelle/internal/clock"
	"passerelle/internal/geo"
)

// A Unit is a row of StockUniteLegale, its needed columns, as INSEE writes
// them: [ND] is kept for the directory's masking rules to read.
type Unit struct {
	SIREN         SIREN
	Partial       bool      // statutDiffusionUniteLegale = P
	Active        bool      // etatAdministratifUniteLegale = A
	Created       clock.Day // empty when unknown (1900-01-01)
	Acronym       string    // sigleUniteLegale
	FirstName     string    // prenomUsuel, else prenom1
	BirthName     string    // nomUniteLegale
	UsageName     string    // nomUsageUniteLegale
	Denomination  string    // denominationUniteLegale
	UsualNames    [3]string // denominationUsuelle1..3UniteLegale
	RNA           string    // identifiantAssociationUniteLegale
	Size          string    // trancheEffectifsUniteLegale
	LegalForm     string    // categorieJuridiqueUniteLegale, four digits; 1000 is a natural person
	NAF           string    // activitePrincipaleUniteLegale
	NAFVersion    string    // nomenclatureActivitePrincipaleUniteLegale
	NAF25         string    // activitePrincipaleNAF25UniteLegale, while it exists
	HeadNIC       uint32    // nicSiegeUniteLegale
	ESS           bool      // economieSocialeSolidaireUniteLegale = O
	MissionDriven bool      // societeMissionUniteLegale = O
}

// A Record is a row of StockEtablissement joined with its Unit, open or
// closed.
type Record struct {
	Unit *Unit

	SIRET       SIRET
	Partial     bool      // statutDiffusionEtablissement = P
	Active      bool      // etatAdministratifEtablissement = A
	Head        bool      // etablissementSiege
	Created     clock.Day // empty when unknown
	Since       clock.Day // dateDebut: of the current period; the closing date of a closed one
	Size        string    // trancheEffectifsEtablissement
	APRM        string    // activitePrincipaleRegistreMetiersEtablissement, six characters
	Complement  string
	Number      string // numeroVoie
	Repetition  string // indiceRepetition: B, T
	StreetType  string
	Street      string
	Postcode    string
	Commune     string // code at the time of the formality
	CommuneName string
	Country     string // codePaysEtranger, empty in France
	LambertX    string // as written; [ND] when masked
	LambertY    string
	Signs       [3]string // enseigne1..3
	UsualName   string    // denominationUsuelleEtablissement
	NAF         string
	NAFVersion  string
	NAF25       string
	Employer    string // O, N or empty

	// From the geolocation file, where one was given and has the SIRET.
	Geo        geo.Point
	GeoQuality string // qualite_xy: 11, 12, 21, 22, 33; empty without a row
}

// Open reports whether the establishment and its legal unit are both active.
func (r *Record) Open() bool { return r.Active && r.Unit.Active }

// NaturalPerson reports whether the legal unit is a natural person.
func (u *Unit) NaturalPerson() bool { return u.LegalForm == "1000" }

// A Succession is a row of StockEtablissementLiensSuccession.
type Succession struct {
	From, To SIRET
	Day      clock.Day
	Head     bool // transfertSiege
	Economic bool // continuiteEconomique
}

// Errors by which a reader refuses a whole file; they come wrapped with the
// file, the line and what to do.
var (
	ErrEncoding = errors.New("ce n'est pas de l'UTF-8")
	ErrColumn   = errors.New("colonne absente")
	ErrFormat   = errors.New("autre forme que celle attendue")
)

// A Reject is a row that was read and could not be used.
type Reject struct {
	File   string
	Line   int64 // 1 is the first line of the file
	Reason string
	Text   string // the line, shortened to 4 KiB
}
