package mail

// letters are one of each kind in each language, as real ones read.
func letters() map[string]Letter {
	const site = "https://passerelle.example"
	return map[string]Letter{
		"signin.fr": {
			Language: "fr", House: "Passerelle", Subject: "Votre lien pour vous connecter à Passerelle", Preheader: "Il sert une fois, pendant 15 minutes.", Title: "Votre lien pour vous connecter",
			Blocks: []Block{
				Para("Vous avez demandé à vous connecter à Passerelle. Le bouton ouvre une page ; touchez-y « Me connecter »."),
				Button{"Ouvrir la page de connexion", site + "/connexion/lien/abc_DEF-123"},
				Para("Ce lien sert une fois, jusqu’au 23 novembre 2026 à 10 h 15."),
				Para("Vous n’avez rien demandé ? Ne faites rien : sans ce lien, personne n’entre."),
			},
			Why: "Cette adresse a été donnée sur " + site + " pour se connecter.", Answers: "Nadia Wacheux lit vos réponses, du lundi au vendredi.",
		},
		"signin.en": {
			Language: "en", House: "Passerelle", Subject: "Your link to sign in to Passerelle", Preheader: "It works once, for 15 minutes.", Title: "Your link to sign in",
			Blocks: []Block{
				Para("You asked to sign in to Passerelle. The button opens a page; press “Sign in” there."),
				Button{"Open the sign-in page", site + "/en/connexion/lien/abc_DEF-123"},
				Para("The link works once, until 23 November 2026, 10:15."),
				Para("You asked for nothing? Do nothing: without this link nobody gets in."),
			},
			Why: "This address was given on " + site + " to sign in.", Answers: "Nadia Wacheux reads your answers, Monday to Friday.",
		},
		"week.fr": {
			Language: "fr", House: "Passerelle", Subject: "Votre semaine : une réponse attendue, quatre nouvelles", Preheader: "L’Épicerie solidaire de Busnes attend votre réponse avant vendredi.", Title: "Votre semaine, Amina",
			Blocks: []Block{
				Para("Une chose attend votre réponse, quatre autres sont pour information."),
				List{
					{Text: "L’Épicerie solidaire de Busnes propose 15 kg d’invendus par semaine", More: "Répondre avant le vendredi 27 novembre", Link: Link{"Voir la proposition", site + "/mises-en-relation/42"}},
					{Text: "Visite du Relais potager : votre place est gardée", More: "Jeudi 3 décembre à 14 h, Lillers", Link: Link{"Voir la visite", site + "/visites/relais-potager"}},
					{Text: "Le chantier d’insertion de Béthune cherche un fournil deux matins par semaine", More: "À 9 km de chez vous, jusqu’au printemps", Link: Link{"Voir le besoin", site + "/besoins/118"}},
					{Text: "Achat groupé de farine bio : six boulangeries sur les huit qu’il faut", Link: Link{"Voir l’achat groupé", site + "/achats/7"}},
					{Text: "Complet : la réunion du 8 décembre à Isbergues", More: "Trois personnes devant vous sur la liste"},
				},
				Quote("Nous cherchons un fournil pour l’hiver.\nDeux matins par semaine, de 4 h à 8 h."),
				Button{"Répondre à l’Épicerie solidaire", site + "/mises-en-relation/42?repondre=1&de=courriel"},
			},
			Why: "Vous recevez ce résumé chaque mardi parce que votre boulangerie est inscrite.", Answers: "Nadia Wacheux lit vos réponses.",
			Links: []Link{{"Choisir ce que je reçois", site + "/preferences/xyz"}, {"Ne plus recevoir ce résumé", site + "/ne-plus-recevoir/xyz"}},
		},
		"week.en": {
			Language: "en", House: "Passerelle", Subject: "Your week: one answer awaited, four pieces of news", Preheader: "The food co-operative of Busnes awaits your answer before Friday.", Title: "Your week, Amina",
			Blocks: []Block{
				Para("One thing awaits your answer, four others are for you to know."),
				Button{"Answer the food co-operative", site + "/en/mises-en-relation/42?repondre=1&de=courriel"},
				List{
					{Text: "The food co-operative of Busnes offers 15 kg of unsold bread a week", More: "Answer before Friday 27 November", Link: Link{"See the offer", site + "/en/mises-en-relation/42"}},
					{Text: "Visit of the Relais potager: your seat is kept", More: "Thursday 3 December, 14:00, Lillers", Link: Link{"See the visit", site + "/en/visites/relais-potager"}},
					{Text: "The work-integration site of Béthune looks for a bakehouse two mornings a week", More: "9 km from you, until spring", Link: Link{"See the need", site + "/en/besoins/118"}},
					{Text: "Joint purchase of organic flour: six bakeries of the eight it takes", Link: Link{"See the purchase", site + "/en/achats/7"}},
					{Text: "Full: the meeting of 8 December at Isbergues", More: "Three people before you on the list"},
				},
			},
			Why: "You get this summary each Tuesday because your bakery is registered.", Answers: "Nadia Wacheux reads your answers.",
			Links: []Link{{"Choose what I get", site + "/en/preferences/xyz"}, {"Stop this summary", site + "/en/ne-plus-recevoir/xyz"}},
		},
		"code.fr": {
			Language: "fr", House: "Passerelle", Subject: "Le code de votre boulangerie", Preheader: "Huit lettres et chiffres, à recopier ou à dicter.", Title: "Votre code",
			Blocks: []Block{
				Para("Recopiez ce code sur la page de votre entreprise, ou dictez-le à l’animatrice qui vous accompagne."),
				Code("K7QM 2XPA"),
				Facts{{"Entreprise", "Au Pain d’Isbergues <SARL> & fils"}, {"Valable", "jusqu’au mercredi 25 novembre 2026"}, {"Essais", "5"}},
			},
			Why: "Vous l’avez demandé depuis la page de votre entreprise.", Answers: "Personne ne lit les réponses à cette adresse.",
		},
		"code.en": {
			Language: "en", House: "Passerelle", Subject: "The code of your bakery", Preheader: "Eight letters and figures, to copy or to dictate.", Title: "Your code",
			Blocks: []Block{
				Para("Copy this code on the page of your business, or dictate it to the adviser who is with you."),
				Code("K7QM 2XPA"),
				Facts{{"Business", "Au Pain d’Isbergues <SARL> & fils"}, {"Valid", "until Wednesday 25 November 2026"}, {"Attempts", "5"}},
			},
			Why: "You asked for it on the page of your business.", Answers: "Nobody reads answers to this address.",
		},
		"cancelled.fr": {
			Language: "fr", House: "Passerelle", Subject: "Annulée : la visite du 3 décembre", Preheader: "L’hôte est souffrant. Une autre date suit.", Title: "La visite est annulée",
			Blocks: []Block{
				Para("L’hôte est souffrant. Vous n’avez rien à faire, et aucun rappel ne partira."),
				Facts{{"Visite", "Le Relais potager, maraîchage d’insertion"}, {"C’était", "jeudi 3 décembre 2026 à 14 h"}, {"Lieu", "12 rue de la Gare, 62190 Lillers"}},
				Quote("Je suis désolé. Nous rouvrons dès que je tiens debout, sans doute en janvier.\nBruno"),
				Button{"Voir les autres visites", site + "/visites?commune=62516&page=2"},
			},
			Why: "Vous aviez une place.", Answers: "Nadia Wacheux lit vos réponses.",
		},
		"cancelled.en": {
			Language: "en", House: "Passerelle", Subject: "Cancelled: the visit of 3 December", Preheader: "The host is ill. Another date follows.", Title: "The visit is cancelled",
			Blocks: []Block{
				Para("The host is ill. Nothing is asked of you, and no reminder follows."),
				Facts{{"Visit", "Le Relais potager, work-integration market garden"}, {"It was", "Thursday 3 December 2026, 14:00"}, {"Place", "12 rue de la Gare, 62190 Lillers"}},
				Button{"See the other visits", site + "/en/visites?commune=62516&page=2"},
			},
			Why: "You had a seat.", Answers: "Nadia Wacheux reads your answers.",
		},
	}
}
