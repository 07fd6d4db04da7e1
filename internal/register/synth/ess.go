package synth

// An essKind is a sort of ESS enterprise: what it is, does and calls itself.
// In its names {c} is "de" and a commune, {C} the commune, {t} a thing with
// its article, {T} the thing, {s} a surname, {q} a quality.
type essKind struct {
	form, naf string
	flag      bool // says always that it is ESS, having no form of its own
	weight    int  // of ten thousand
	insertion string
	scop      string // kind in the directory of Scop and Scic
	names     []string
}

// essKinds keep to the shares of families in the north: 85 % associations,
// 8 % cooperatives, 4 % mutuals, 1 % foundations, and some companies.
func essKinds() []essKind {
	return []essKind{
		{form: "9220", naf: "94.99Z", weight: 2800, names: lines(`Comité des fêtes {c}|Amicale laïque {c}|Association {T} {q}|Les Amis {c}|Association familiale {c}|Foyer rural {c}|Collectif {T}|Les Aînés {c}`)},
		{form: "9220", naf: "93.12Z", weight: 1500, names: lines(`Judo club {c}|Union sportive {c}|Cyclo-club {c}|Étoile sportive {c}|Tennis de table {c}|Les Archers {c}|Handball club {c}|Entente {C} athlétisme`)},
		{form: "9220", naf: "90.01Z", weight: 600, names: lines(`Compagnie {t}|Harmonie {c}|Théâtre {t}|Chorale {t}|Le Chœur {c}|Fanfare {c}`)},
		{form: "9220", naf: "88.99B", weight: 800, names: lines(`Maison {q} {c}|Épicerie {q} {c}|Centre social {t}|Accueil {t}|Secours {q} {c}`)},
		{form: "9220", naf: "88.10A", weight: 400, names: lines(`Aide à domicile {c}|Service d'aide aux familles {c}|Présence {q}`)},
		{form: "9220", naf: "88.91A", weight: 250, names: lines(`Crèche {t}|Multi-accueil {t}|Halte-garderie {c}`)},
		{form: "9220", naf: "85.59A", weight: 350, names: lines(`{T} formation|Institut {q} de formation|Formation et métiers {c}`)},
		{form: "9220", naf: "87.10A", weight: 200, names: lines(`Résidence {t}|Maison de retraite {t}`)},
		{form: "9220", naf: "94.91Z", weight: 300, names: lines(`Association paroissiale {c}|Les Œuvres {c}`)},
		{form: "9220", naf: "91.02Z", weight: 200, names: lines(`Musée {q} {c}|Mémoire {c}|Écomusée {t}`)},
		{form: "9220", naf: "55.20Z", weight: 150, names: lines(`Auberge {t}|Gîtes {q}s {c}`)},
		{form: "9220", naf: "59.14Z", weight: 60, names: lines(`Ciné-club {c}|Cinéma {t}`)},
		{form: "9210", naf: "94.99Z", weight: 150, names: lines(`Association {T}|Les Voisins {c}`)},
		{form: "9230", naf: "88.99B", weight: 150, names: lines(`Œuvre {q} {c}|Union {q} des familles {c}`)},
		{form: "9221", naf: "88.99B", weight: 150, insertion: "ACI", names: lines(`Les Jardins {c}|Chantiers {q}s {c}|Atelier {t}|Les Ateliers {c}`)},
		{form: "9221", naf: "47.79Z", weight: 40, insertion: "ACI", names: lines(`Ressourcerie {t}|Recyclerie {c}|La Recyclerie {q}`)},
		{form: "9222", naf: "78.10Z", weight: 50, insertion: "AI", names: lines(`Relais emploi {c}|{T} services|Travail {q} {c}`)},
		{form: "9223", naf: "78.30Z", weight: 20, insertion: "GEIQ", names: lines(`GEIQ bâtiment {c}|GEIQ {T}|Groupement d'employeurs {c}`)},
		{form: "5458", naf: "71.12B", weight: 90, scop: "SCOP", names: lines(`Scop {T} ingénierie|{T} études|Bureau d'études {t}`)},
		{form: "5458", naf: "62.02A", weight: 80, scop: "SCOP", names: lines(`Scop {T} numérique|{T} logiciels`)},
		{form: "5458", naf: "58.11Z", weight: 40, scop: "SCOP", names: lines(`Éditions {t}|Scop Éditions {c}`)},
		{form: "5458", naf: "82.99Z", weight: 50, scop: "CAE", names: lines(`Coopérative d'activité {c}|{T} coopérative d'emploi`)},
		{form: "5460", naf: "47.29Z", weight: 90, scop: "SCIC", names: lines(`Scic {T}|La Coopérative {c}|Épicerie coopérative {t}`)},
		{form: "5710", naf: "35.11Z", flag: true, weight: 40, scop: "SCIC", names: lines(`Énergies {q}s {c}|Soleil {c}`)},
		{form: "5558", naf: "70.22Z", weight: 30, scop: "SCOP", names: lines(`{T} conseil|Scop {s} et associés`)},
		{form: "6317", naf: "46.21Z", weight: 110, names: lines(`Coopérative agricole {c}|Union des planteurs {c}|Société coopérative agricole {t}`)},
		{form: "6316", naf: "77.31Z", weight: 200, names: lines(`CUMA {c}|CUMA {t}`)},
		{form: "5552", naf: "46.17A", weight: 30, names: lines(`Coopérative des commerçants {c}`)},
		{form: "6595", naf: "64.19Z", weight: 60, names: lines(`Caisse locale {q} {c}|Caisse coopérative {c}`)},
		{form: "8210", naf: "65.12Z", weight: 280, names: lines(`Mutuelle {t}|Mutuelle {q} {c}|Mutuelle des artisans {c}`)},
		{form: "8290", naf: "66.22Z", weight: 60, names: lines(`Union mutualiste {c}|{T} mutualité`)},
		{form: "8250", naf: "65.12Z", weight: 60, names: lines(`Assurance mutuelle agricole {c}`)},
		{form: "9300", naf: "94.99Z", weight: 110, names: lines(`Fondation {s}|Fondation {t}`)},
		{form: "5710", naf: "38.11Z", flag: true, weight: 40, insertion: "EI", names: lines(`{T} insertion|Tri {q} {c}|{s} environnement`)},
		{form: "5499", naf: "78.20Z", flag: true, weight: 30, insertion: "ETTI", names: lines(`{T} intérim|Intérim {q} {c}`)},
		{form: "5499", naf: "88.10C", flag: true, weight: 30, insertion: "EA", names: lines(`Entreprise adaptée {t}|{T} conditionnement`)},
		{form: "5710", naf: "63.12Z", flag: true, weight: 60, names: lines(`{T} {q}|Plateforme {q} {c}`)},
	}
}

// A bothKind is a sort of firm that is craft and ESS.
type bothKind struct {
	form, scop string
	nafa       string
	names      []string
}

func bothKinds() []bothKind {
	return []bothKind{
		{"5458", "SCOP", "4391AZ", lines(`Scop Les Charpentiers {c}|Charpentiers {q}s {c}`)},
		{"5458", "SCOP", "4399CZ", lines(`Scop Maçons {c}|Les Bâtisseurs {c}`)},
		{"5458", "SCOP", "4332AA", lines(`Scop Menuiserie {t}|L'Atelier bois {c}`)},
		{"5458", "SCOP", "4321AB", lines(`Scop Électricité {T}|{T} énergie`)},
		{"5458", "SCOP", "1071CA", lines(`Le Fournil coopératif {c}|Scop Boulangerie {t}`)},
		{"5458", "SCOP", "1812ZA", lines(`Scop Imprimerie {t}|Imprimerie coopérative {c}`)},
		{"5453", "", "4399CZ", lines(`Coopérative artisanale du bâtiment {c}`)},
		{"5453", "", "4932ZA", lines(`Coopérative des taxis {c}`)},
		{"5553", "", "4334ZC", lines(`Coopérative des peintres {c}`)},
		{"5653", "", "4322AZ", lines(`Plombiers réunis {c}`)},
		{"5460", "SCIC", "9529ZB", lines(`Scic L'Atelier vélo {c}|Scic Réparer {c}`)},
	}
}
