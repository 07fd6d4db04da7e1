package synth

// The layouts of INSEE's stock files ("dessins de fichiers", 2026): the names
// of the columns in their order, their types in Parquet, and those in which
// [ND] stands for what a unit or establishment of partial diffusion masks.

// A kind is the type of a column in Parquet. In CSV all are text.
type kind uint8

const (
	text   kind = iota
	day         // DATE, days since 1970
	moment      // TIMESTAMP, microseconds
	whole       // INT64
	truth       // BOOLEAN
	float       // FLOAT, 32 bits
)

type column struct {
	name   string
	kind   kind
	masked bool // [ND] under statutDiffusion P
}

// nd stands for what is masked.
const nd = "[ND]"

// unitColumns is StockUniteLegale.
var unitColumns = []column{
	{name: "siren"},
	{name: "statutDiffusionUniteLegale"},
	{name: "unitePurgeeUniteLegale", kind: truth},
	{name: "dateCreationUniteLegale", kind: day},
	{name: "sigleUniteLegale", masked: true},
	{name: "sexeUniteLegale", masked: true},
	{name: "prenom1UniteLegale", masked: true},
	{name: "prenom2UniteLegale", masked: true},
	{name: "prenom3UniteLegale", masked: true},
	{name: "prenom4UniteLegale", masked: true},
	{name: "prenomUsuelUniteLegale", masked: true},
	{name: "pseudonymeUniteLegale", masked: true},
	{name: "identifiantAssociationUniteLegale"},
	{name: "trancheEffectifsUniteLegale"},
	{name: "anneeEffectifsUniteLegale", kind: whole},
	{name: "dateDernierTraitementUniteLegale", kind: moment},
	{name: "nombrePeriodesUniteLegale", kind: whole},
	{name: "categorieEntreprise"},
	{name: "anneeCategorieEntreprise", kind: whole},
	{name: "dateDebut", kind: day},
	{name: "etatAdministratifUniteLegale"},
	{name: "nomUniteLegale", masked: true},
	{name: "nomUsageUniteLegale", masked: true},
	{name: "denominationUniteLegale", masked: true},
	{name: "denominationUsuelle1UniteLegale", masked: true},
	{name: "denominationUsuelle2UniteLegale", masked: true},
	{name: "denominationUsuelle3UniteLegale", masked: true},
	{name: "categorieJuridiqueUniteLegale", kind: whole},
	{name: "activitePrincipaleUniteLegale"},
	{name: "nomenclatureActivitePrincipaleUniteLegale"},
	{name: "nicSiegeUniteLegale"},
	{name: "economieSocialeSolidaireUniteLegale"},
	{name: "societeMissionUniteLegale"},
	{name: "caractereEmployeurUniteLegale"},
	{name: "activitePrincipaleNAF25UniteLegale"},
}

// establishmentColumns is StockEtablissement.
var establishmentColumns = []column{
	{name: "siren"},
	{name: "nic"},
	{name: "siret"},
	{name: "statutDiffusionEtablissement"},
	{name: "dateCreationEtablissement", kind: day},
	{name: "trancheEffectifsEtablissement"},
	{name: "anneeEffectifsEtablissement", kind: whole},
	{name: "activitePrincipaleRegistreMetiersEtablissement"},
	{name: "dateDernierTraitementEtablissement", kind: moment},
	{name: "etablissementSiege", kind: truth},
	{name: "nombrePeriodesEtablissement", kind: whole},
	{name: "complementAdresseEtablissement", masked: true},
	{name: "numeroVoieEtablissement", masked: true},
	{name: "indiceRepetitionEtablissement", masked: true},
	{name: "dernierNumeroVoieEtablissement", masked: true},
	{name: "indiceRepetitionDernierNumeroVoieEtablissement", masked: true},
	{name: "typeVoieEtablissement", masked: true},
	{name: "libelleVoieEtablissement", masked: true},
	{name: "codePostalEtablissement", masked: true},
	{name: "libelleCommuneEtablissement"},
	{name: "libelleCommuneEtrangerEtablissement"},
	{name: "distributionSpecialeEtablissement", masked: true},
	{name: "codeCommuneEtablissement"},
	{name: "codeCedexEtablissement", masked: true},
	{name: "libelleCedexEtablissement", masked: true},
	{name: "codePaysEtrangerEtablissement"},
	{name: "libellePaysEtrangerEtablissement"},
	{name: "identifiantAdresseEtablissement", masked: true},
	{name: "coordonneeLambertAbscisseEtablissement", masked: true},
	{name: "coordonneeLambertOrdonneeEtablissement", masked: true},
	{name: "complementAdresse2Etablissement", masked: true},
	{name: "numeroVoie2Etablissement", masked: true},
	{name: "indiceRepetition2Etablissement", masked: true},
	{name: "typeVoie2Etablissement", masked: true},
	{name: "libelleVoie2Etablissement", masked: true},
	{name: "codePostal2Etablissement", masked: true},
	{name: "libelleCommune2Etablissement"},
	{name: "libelleCommuneEtranger2Etablissement"},
	{name: "distributionSpeciale2Etablissement", masked: true},
	{name: "codeCommune2Etablissement"},
	{name: "codeCedex2Etablissement", masked: true},
	{name: "libelleCedex2Etablissement", masked: true},
	{name: "codePaysEtranger2Etablissement"},
	{name: "libellePaysEtranger2Etablissement"},
	{name: "dateDebut", kind: day},
	{name: "etatAdministratifEtablissement"},
	{name: "enseigne1Etablissement", masked: true},
	{name: "enseigne2Etablissement", masked: true},
	{name: "enseigne3Etablissement", masked: true},
	{name: "denominationUsuelleEtablissement", masked: true},
	{name: "activitePrincipaleEtablissement"},
	{name: "nomenclatureActivitePrincipaleEtablissement"},
	{name: "caractereEmployeurEtablissement"},
	{name: "activitePrincipaleNAF25Etablissement"},
}

// geolocationColumns is GeolocalisationEtablissement.
var geolocationColumns = []column{
	{name: "siret"},
	{name: "x", kind: float},
	{name: "y", kind: float},
	{name: "qualite_xy"},
	{name: "epsg"},
	{name: "plg_qp24"},
	{name: "plg_iris"},
	{name: "plg_zus"},
	{name: "plg_qp15"},
	{name: "plg_qva"},
	{name: "plg_code_commune"},
	{name: "distance_precision", kind: float},
	{name: "qualite_qp24"},
	{name: "qualite_iris"},
	{name: "qualite_zus"},
	{name: "qualite_qp15"},
	{name: "qualite_qva"},
	{name: "y_latitude", kind: float},
	{name: "x_longitude", kind: float},
}

// successionColumns is StockEtablissementLiensSuccession.
var successionColumns = []column{
	{name: "siretEtablissementPredecesseur"},
	{name: "siretEtablissementSuccesseur"},
	{name: "dateLienSuccession", kind: day},
	{name: "transfertSiege", kind: truth},
	{name: "continuiteEconomique", kind: truth},
	{name: "dateDernierTraitementLienSuccession", kind: moment},
}

// The files beside the stock: lists as their producers spread them.
var (
	siaeColumns = []column{
		{name: "siret"},
		{name: "kind"},
		{name: "nom"},
		{name: "enseigne"},
		{name: "naf"},
		{name: "forme_juridique"},
		{name: "adresse"},
		{name: "code_postal"},
		{name: "commune"},
		{name: "departement"},
		{name: "lat"},
		{name: "lon"},
		{name: "site_web"},
		{name: "effectif"},
		{name: "source"},
		{name: "maj"},
	}
	scopColumns = []column{{name: "siren"}, {name: "nom"}, {name: "kind"}, {name: "code_postal"}, {name: "commune"}}
	essColumns  = []column{{name: "SIREN"}, {name: "DENOMINATION"}, {name: "FAMILLE"}}
	rgeColumns  = []column{
		{name: "siret"},
		{name: "nom_entreprise"},
		{name: "code_postal"},
		{name: "commune"},
		{name: "domaine"},
		{name: "date_debut"},
		{name: "date_fin"},
	}
	artColumns = []column{{name: "siret"}, {name: "nom"}, {name: "metier"}, {name: "kind"}}
)
