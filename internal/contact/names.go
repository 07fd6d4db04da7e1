package contact

import "strings"

// names gives the field that each folded name of a column means.
var names = byName(fieldNames())

// fieldNames returns the folded names of the columns of each field, as files of
// chambers, employment offices and Départements have them. The ones of noField
// keep a column of something else from being taken for what it resembles.
func fieldNames() map[Field][]string {
	return map[Field][]string{
		FieldSIRET: {
			"siret", "siret etablissement", "siret entreprise", "code siret", "siret siege", "identifiant siret", "siret id", "siret code", "siret nic",
		},
		FieldSIREN: {"siren", "siren entreprise", "code siren", "rcs", "identifiant siren"},
		FieldFirm: {
			"entreprise", "entreprises", "raison sociale", "denomination", "denomination sociale", "denomination usuelle", "structure", "enseigne",
			"etablissement", "societe", "employeur", "organisme", "organisation", "firme", "nom entreprise", "nom societe", "nom structure",
			"nom etablissement", "nom commercial", "nom enseigne", "nom employeur", "nom organisme", "rs", "company", "company name", "business",
			"business name", "organization", "firm", "employer", "commerce", "artisan", "client", "partenaire", "adherent", "ressortissant",
			"entreprise enseigne", "entreprise nom", "raison sociale entreprise", "raison sociale enseigne", "account", "account name",
		},
		FieldCommune: {
			"commune", "ville", "localite", "nom commune", "nom ville", "city", "town", "bureau distributeur", "commune etablissement",
			"ville entreprise", "libelle commune", "lieu",
		},
		FieldPostCode: {
			"code postal", "cp", "c p", "codepostal", "code post", "postal code", "postcode", "post code", "zip", "zip code", "zipcode",
			"cp ville", "code postal ville", "code postal commune", "cp commune",
		},
		FieldFirstName: {
			"prenom", "prenoms", "prenom contact", "prenom dirigeant", "prenom interlocuteur", "prenom responsable", "first name", "firstname",
			"given name", "forename", "prenom usuel", "prenom gerant", "prenom referent",
		},
		FieldLastName: {
			"nom", "nom famille", "nom usage", "nom usuel", "nom patronymique", "nom naissance", "last name", "lastname", "surname",
			"family name", "name", "patronyme",
		},
		FieldFullName: {
			"nom prenom", "prenom nom", "nom et prenom", "prenom et nom", "noms prenoms", "nom complet", "full name", "fullname", "contact", "contacts",
			"interlocuteur", "interlocutrice", "interlocuteurs", "nom contact", "nom prenom contact", "personne contact", "personne", "nom personne",
			"dirigeant", "dirigeante", "nom dirigeant", "gerant", "nom gerant", "responsable", "nom responsable", "referent", "referente", "nom referent",
			"tuteur", "nom tuteur", "maitre apprentissage", "chef entreprise", "coordonnees", "joindre", "nom interlocuteur", "contact name", "correspondant",
			"identite", "civilite nom prenom", "contact entreprise", "personne rencontree", "personne contactee", "vos contacts",
		},
		FieldRole: {
			"fonction", "fonctions", "qualite", "role", "poste", "poste occupe", "titre", "job", "job title", "position", "title",
			"fonction contact", "fonction interlocuteur", "fonction entreprise", "qualite contact", "qualite dirigeant", "fonction dirigeant",
		},
		FieldMail: {
			"mail", "mails", "email", "emails", "e mail", "e mails", "mel", "courriel", "courriels", "adresse mail", "adresse email", "adresse e mail",
			"adresse mel", "adresse courriel", "adresse electronique", "courrier electronique", "messagerie", "adresse messagerie", "email address",
			"mail contact", "email contact", "mail professionnel", "mail pro", "contact mail", "contact email", "boite mail", "adel",
		},
		FieldPhone: {
			"tel", "tels", "telephone", "telephones", "phone", "phone number", "telephone fixe", "tel fixe", "fixe", "ligne directe",
			"tel contact", "telephone contact", "tel pro", "telephone professionnel", "coordonnees telephoniques", "contact telephonique",
			"contact tel", "telephone entreprise", "standard", "tph", "portable", "mobile", "gsm", "tel portable", "telephone portable",
			"tel mobile", "telephone mobile", "mobile phone", "cell", "cell phone", "portable contact", "port", "tel port",
		},
		FieldSource: {
			"source", "origine", "provenance", "origine contact", "source contact", "origine fiche", "connu par", "canal", "canal contact",
			"lead source", "apporte par", "recu par", "mode contact", "type contact", "evenement", "salon", "ou rencontre", "recueilli par",
		},
		FieldSince: {
			"date", "date contact", "contacte le", "date collecte", "date premier contact", "premier contact", "date dernier contact", "dernier contact",
			"derniere date contact", "date saisie", "date ajout", "date recueil", "date rencontre", "rencontre le", "date visite", "visite le", "vu le",
			"collecte le", "saisi le", "cree le", "ajoute le", "date inscription", "date maj", "date mise a jour", "date mise jour", "mis a jour le", "since",
			"depuis", "depuis le", "created at", "date added", "last contact", "date appel", "appele le", "contact le",
		},
		FieldConsent: {
			"consentement", "consent", "accord", "accord contact", "optin", "opt in", "rgpd", "accord rgpd", "consentement rgpd", "rgpd ok", "gdpr",
			"peut on ecrire", "peut on lui ecrire", "peut on contacter", "peut on recontacter", "accepte", "accepte etre contacte", "accepte mail",
			"accepte mails", "accepte recevoir", "accepte d etre contacte", "autorisation", "autorise contact", "autorisation contact", "ok mail",
			"ok contact", "d accord", "souhaite recevoir", "newsletter", "abonne", "subscribed", "accord ecrit", "ok pour etre contacte",
		},
		FieldConsentDay: {
			"date consentement", "date accord", "date rgpd", "date accord rgpd", "date opt in", "date optin", "date consentement rgpd", "consenti le", "accord le", "accord donne le",
			"date recueil consentement", "date reponse", "jour consentement", "consent date", "opt in date", "consented at",
		},
		FieldConsentWords: {
			"phrase consentement", "phrase", "phrase acceptee", "texte consentement", "texte accepte", "mention consentement", "mention rgpd", "mention acceptee", "libelle consentement",
			"formule consentement", "formulation consentement", "consent wording", "consent text", "consent words",
		},
		FieldConsentWay: {
			"mode consentement", "mode recueil", "mode recueil consentement", "moyen consentement", "canal consentement", "support consentement", "recueil consentement",
			"consentement recueilli par", "consent channel", "consent way",
		},
		FieldNote: {
			"note", "notes", "commentaire", "commentaires", "remarque", "remarques", "observation", "observations", "obs", "precision", "precisions",
			"comment", "comments", "remarks", "divers", "information", "informations", "infos", "info", "memo", "compte rendu", "suivi",
		},
		noField: {
			"adresse", "adresse postale", "adresse 1", "adresse 2", "rue", "voie", "complement adresse", "civilite", "code insee", "insee", "code commune", "code naf",
			"naf", "ape", "code ape", "code", "site", "site web", "site internet", "type", "statut", "nombre", "nb", "effectif", "secteur", "activite",
			"departement", "region", "pays", "fax", "telecopie", "prochain", "prochaine", "prochain contact", "relance", "metier", "age", "sexe", "genre", "forme juridique",
			"nom fichier", "nom groupe", "id", "identifiant", "date naissance", "date creation", "creation", "liste", "fichier", "annuaire", "base", "tableau", "export",
			"conseiller", "suivi par",
		},
	}
}

// byName turns the table round.
func byName(fields map[Field][]string) map[string]Field {
	m := make(map[string]Field)
	for f, all := range fields {
		for _, name := range all {
			m[name] = f
		}
	}
	return m
}

// isGivenName reports whether a folded word is a usual first name. Many are
// last names as well: it only breaks ties.
func isGivenName(word string) bool { return givenNames[word] }

// givenNames are the usual first names of people at work in France (INSEE,
// fichier des prénoms), folded.
var givenNames = set(`
	abdel abdelkader abdellah adam adele adeline adrien agathe agnes ahmed aicha alain alan albert alex alexandra alexandre alexia alexis ali alice alicia
	aline alix amandine amelie amina amine anais andre andrea andree angela angelique anita ann anna anne annick annie antoine antoinette antonin
	antonio ariane armand arnaud arthur astrid aude audrey aurelie aurelien aurore aymeric aziz baptiste barbara bastien beatrice benedicte benjamin
	benoit berengere bernadette bernard bertrand boris brice brigitte bruno camille carine carla carlos carole caroline catherine cathy cecile cedric
	celia celine chantal charlene charles charlotte chloe christel christele christelle christian christiane christina christine christophe claire clara
	clarisse claude claudia claudine clement clementine clotilde colette coralie corentin corinne cyril cyrille damien daniel daniele danielle david
	davy deborah delphine denis denise didier dimitri dominique dorothee edith edouard elena eliane elie eline elisa elisabeth elise elodie emeline emilie
	emma emmanuel emmanuelle enzo eric erwan estelle esther etienne eugene eva evelyne fabien fabienne fabrice fanny farid fatiha fatima fatou felix
	fernand flavie florence florent florian florine franck francine francis franck francois francoise frank fred frederic frederique gabriel gabrielle gael
	gaelle gaetan genevieve geoffrey georges georgette gerald geraldine gerard germain ghislain ghislaine gilbert gilles ginette gisele gregoire gregory
	guillaume gustave guy gwenaelle habib hakim hamid hamza hassan helene henri herve hicham hubert hugo hugues ibrahim ines irene isabelle ismael
	jack jacky jacqueline jacques jamel jason jean jeanine jeanne jeannine jennifer jeremie jeremy jerome jessica joachim joanna jocelyne joel joelle
	johan johann johanna johnny jonathan jordan jose joseph josette josiane joseph judith jules julia julie julien juliette justine karim karima karine
	karl kevin khadija khaled laetitia laura laure laurence laurent laurette laurie lea leila leo leon leonard leonie leslie lila lili liliane lilian lina lionel
	lisa lise loic lola louis louise luc lucas lucie lucien lucienne ludivine ludovic lydia lydie lynda mael maelle magali magalie malik manon manuel marc
	marcel marceline marcelle margaux margot marguerite maria marianne marie marielle marina marine marion marjorie marlene martial martin martine
	maryline maryse maryvonne mathias mathieu mathilde matthias matthieu maud maurice max maxence maxime medhi mehdi melanie melina melissa melodie
	michael michel michele micheline michelle mickael mike mireille miriam mohamed mohammed monique morgan morgane mourad muriel murielle mustapha
	myriam nabil nadege nadia nadine naima natacha nathalie nathan nelly nicolas nicole nina noel noelle noemie nora nordine norbert odette odile olga olivia
	olivier omar oceane ophelie oscar paola pascal pascale patrice patricia patrick patrik paul paula paulette pauline perrine peter philippe pierre pierrette
	pierrick quentin rachel rachid rachida raphael raphaelle raymond raymonde regine regis remi remy renaud rene renee richard robert roberto robin
	rodolphe rodrigue roger roland romain romane romeo romuald rosa rosalie rose roseline roxane ryan sabine sabrina said salim salima salome sam samia samir
	samira samuel samy sandra sandrine sandy sara sarah sebastien selim serge severine simon simone sofia sofiane solange solene sonia sophia sophie stella
	stephane stephanie stephen steve steven suzanne suzie sylvain sylvaine sylvette sylviane sylvie tania tanguy tatiana teddy theo theophile therese
	thibaud thibault thibaut thierry thomas tiffany tom tony valentin valentine valerie vanessa vera veronique vianney victor victoria vincent violette
	virginie viviane vivien wahid walid wendy wilfried william xavier yacine yael yan yann yannick yasmina yasmine yoan yoann yohan yohann yolande youcef youssef
	yves yvette yvon yvonne zahra zoe zohra
`)

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}
