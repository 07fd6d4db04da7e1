package register

import (
	"strconv"

	"passerelle/internal/geo"
)

// The columns that are read, by their names in INSEE's layouts (see
// docs/data.md). Older files lack the optional ones.

// Of StockUniteLegale.
const (
	unitSIREN = iota
	unitDiffusion
	unitState
	unitCreated
	unitAcronym
	unitFirstName
	unitUsualFirstName
	unitBirthName
	unitUsageName
	unitDenomination
	unitUsual1
	unitUsual2
	unitUsual3
	unitRNA
	unitSize
	unitLegalForm
	unitNAF
	unitNAFVersion
	unitNAF25
	unitHead
	unitESS
	unitMission
)

var unitWants = []want{
	{"siren", false},
	{"statutDiffusionUniteLegale", false},
	{"etatAdministratifUniteLegale", false},
	{"dateCreationUniteLegale", true},
	{"sigleUniteLegale", true},
	{"prenom1UniteLegale", false},
	{"prenomUsuelUniteLegale", true},
	{"nomUniteLegale", false},
	{"nomUsageUniteLegale", true},
	{"denominationUniteLegale", false},
	{"denominationUsuelle1UniteLegale", true},
	{"denominationUsuelle2UniteLegale", true},
	{"denominationUsuelle3UniteLegale", true},
	{"identifiantAssociationUniteLegale", true},
	{"trancheEffectifsUniteLegale", false},
	{"categorieJuridiqueUniteLegale", false},
	{"activitePrincipaleUniteLegale", false},
	{"nomenclatureActivitePrincipaleUniteLegale", false},
	{"activitePrincipaleNAF25UniteLegale", true},
	{"nicSiegeUniteLegale", true},
	{"economieSocialeSolidaireUniteLegale", false},
	{"societeMissionUniteLegale", true},
}

// Of StockEtablissement.
const (
	establishmentSIREN = iota
	establishmentSIRET
	establishmentState
	establishmentCommune
	establishmentDiffusion
	establishmentCreated
	establishmentSize
	establishmentAPRM
	establishmentHead
	establishmentComplement
	establishmentNumber
	establishmentRepetition
	establishmentStreetType
	establishmentStreet
	establishmentPostcode
	establishmentCommuneName
	establishmentCountry
	establishmentX
	establishmentY
	establishmentSince
	establishmentSign1
	establishmentSign2
	establishmentSign3
	establishmentUsualName
	establishmentNAF
	establishmentNAFVersion
	establishmentNAF25
	establishmentEmployer
)

var establishmentWants = []want{
	{"siren", false},
	{"siret", false},
	{"etatAdministratifEtablissement", false},
	{"codeCommuneEtablissement", false},
	{"statutDiffusionEtablissement", false},
	{"dateCreationEtablissement", true},
	{"trancheEffectifsEtablissement", false},
	{"activitePrincipaleRegistreMetiersEtablissement", false},
	{"etablissementSiege", false},
	{"complementAdresseEtablissement", true},
	{"numeroVoieEtablissement", true},
	{"indiceRepetitionEtablissement", true},
	{"typeVoieEtablissement", true},
	{"libelleVoieEtablissement", false},
	{"codePostalEtablissement", false},
	{"libelleCommuneEtablissement", true},
	{"codePaysEtrangerEtablissement", true},
	{"coordonneeLambertAbscisseEtablissement", true},
	{"coordonneeLambertOrdonneeEtablissement", true},
	{"dateDebut", true},
	{"enseigne1Etablissement", false},
	{"enseigne2Etablissement", true},
	{"enseigne3Etablissement", true},
	{"denominationUsuelleEtablissement", false},
	{"activitePrincipaleEtablissement", false},
	{"nomenclatureActivitePrincipaleEtablissement", false},
	{"activitePrincipaleNAF25Etablissement", true},
	{"caractereEmployeurEtablissement", true},
}

// Of GeolocalisationEtablissement. Longitude and latitude are preferred to
// the projected pair, which some months lack.
const (
	geolocationSIRET = iota
	geolocationQuality
	geolocationLat
	geolocationLon
	geolocationX
	geolocationY
	geolocationEPSG
)

var geolocationWants = []want{
	{"siret", false},
	{"qualite_xy", false},
	{"y_latitude", true},
	{"x_longitude", true},
	{"x", true},
	{"y", true},
	{"epsg", true},
}

// Of StockEtablissementLiensSuccession.
const (
	successionFrom = iota
	successionTo
	successionDay
	successionHead
	successionEconomic
)

var successionWants = []want{
	{"siretEtablissementPredecesseur", false},
	{"siretEtablissementSuccesseur", false},
	{"dateLienSuccession", false},
	{"transfertSiege", true},
	{"continuiteEconomique", true},
}

// readUnit fills u with the row r stands at; its strings are views.
func readUnit(r reader, siren SIREN, u *Unit) {
	t := func(want int) string { return text(r.cell(want)) }
	head, _ := strconv.ParseUint(t(unitHead), 10, 16)
	*u = Unit{
		SIREN: siren, Partial: is(r.cell(unitDiffusion), 'P'), Active: is(r.cell(unitState), 'A'),
		Created: day(r.cell(unitCreated)), Acronym: t(unitAcronym), FirstName: t(unitUsualFirstName),
		BirthName: t(unitBirthName), UsageName: t(unitUsageName), Denomination: t(unitDenomination),
		UsualNames: [3]string{t(unitUsual1), t(unitUsual2), t(unitUsual3)}, RNA: t(unitRNA), Size: t(unitSize),
		LegalForm: t(unitLegalForm), NAF: t(unitNAF), NAFVersion: t(unitNAFVersion), NAF25: t(unitNAF25),
		HeadNIC: 0, ESS: is(r.cell(unitESS), 'O'), MissionDriven: is(r.cell(unitMission), 'O'),
	}
	if head <= 99999 {
		u.HeadNIC = uint32(head)
	}
	if u.FirstName == "" {
		u.FirstName = t(unitFirstName)
	}
}

// readEstablishment fills rec with the row r stands at; its strings are
// views.
func readEstablishment(r reader, rec *Record) {
	t := func(want int) string { return text(r.cell(want)) }
	rec.Partial, rec.Active, rec.Head = is(r.cell(establishmentDiffusion), 'P'), is(r.cell(establishmentState), 'A'), isTrue(r.cell(establishmentHead))
	rec.Created, rec.Since = day(r.cell(establishmentCreated)), day(r.cell(establishmentSince))
	rec.Size, rec.APRM = t(establishmentSize), t(establishmentAPRM)
	rec.Complement, rec.Number, rec.Repetition = t(establishmentComplement), t(establishmentNumber), t(establishmentRepetition)
	rec.StreetType, rec.Street, rec.Postcode = t(establishmentStreetType), t(establishmentStreet), t(establishmentPostcode)
	rec.Commune, rec.CommuneName, rec.Country = t(establishmentCommune), t(establishmentCommuneName), t(establishmentCountry)
	rec.LambertX, rec.LambertY = t(establishmentX), t(establishmentY)
	rec.Signs = [3]string{t(establishmentSign1), t(establishmentSign2), t(establishmentSign3)}
	rec.UsualName = t(establishmentUsualName)
	rec.NAF, rec.NAFVersion, rec.NAF25 = t(establishmentNAF), t(establishmentNAFVersion), t(establishmentNAF25)
	rec.Employer = t(establishmentEmployer)
}

// readSpot reads a position and its quality; a zero point is none.
func readSpot(r reader) (geo.Point, string) {
	quality := string(r.cell(geolocationQuality))
	lat, err1 := strconv.ParseFloat(text(r.cell(geolocationLat)), 64)
	lon, err2 := strconv.ParseFloat(text(r.cell(geolocationLon)), 64)
	if err1 == nil && err2 == nil {
		return geo.Point{Lat: lat, Lon: lon}, quality
	}
	x, err1 := strconv.ParseFloat(text(r.cell(geolocationX)), 64)
	y, err2 := strconv.ParseFloat(text(r.cell(geolocationY)), 64)
	epsg, err3 := strconv.Atoi(text(r.cell(geolocationEPSG)))
	if err1 != nil || err2 != nil || err3 != nil {
		return geo.Point{}, quality
	}
	p, err := geo.FromProjected(epsg, x, y)
	if err != nil {
		return geo.Point{}, quality
	}
	return p, quality
}
