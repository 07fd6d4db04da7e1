package synth

import "strings"

// The words of which names are made. The firms and people that come out of
// them are invented; a true one of the same name is chance.
type words struct {
	women, men []string
	surnames   []string // plausible in the north, most of them made up
	things     []string // of signs: L'Étoile
	qualities  []string // of associations: solidaire
	streets    []string // labels of streets, without their type
	streetsBAN []string // the same, as the address base writes them
	types      []string // of streets: abbreviations and labels mixed
	typeWheel  wheel
}

func newWords() *words {
	w := &words{
		women: list(`Adèle Agathe Aïcha Alice Amélie Amina Anaïs Anne-Sophie Audrey Aurélie Béatrice Bérénice Camille Carole Cécile
			Céline Chloé Claire Clémence Danièle Delphine Élodie Émilie Estelle Eugénie Fanny Fatima Françoise Gaëlle Geneviève
			Hélène Inès Isabelle Jeanne Joëlle Julie Karine Laëtitia Laurence Léa Lucie Maëlys Marie Marie-Ange Martine Maud
			Mélanie Monique Nadège Nathalie Noémie Océane Odile Pauline Régine Sabrina Samira Sandrine Sophie Stéphanie Sylvie
			Thérèse Valérie Véronique Virginie Yasmine Zoé`),
		men: list(`Adrien Alain Alexis Antoine Arnaud Aurélien Baptiste Benoît Bernard Brahim Bruno Cédric Christian Christophe
			Clément Cyril Damien Daniel David Denis Didier Émile Éric Fabrice Florian François Frédéric Gaël Gérard Grégory
			Guillaume Hervé Hugo Jean-Luc Jean-Marie Jérémy Jérôme Joël Johan Julien Karim Kévin Laurent Loïc Ludovic Marc Mathéo
			Maxence Mehdi Michaël Michel Nicolas Noël Olivier Pascal Patrice Philippe Pierre Quentin Raphaël Régis Rémi René
			Romain Samuel Sébastien Stéphane Sylvain Thibaut Thierry Vincent Xavier Yann Youssef`),
		things: list(`Abeille Alouette Ardoise Aubépine Beffroi Bruyère Canal Chêne Cigogne Clairière Clé Coquelicot Dentelle Digue
			Dune Écluse Écume Églantine Épi Équerre Estaminet Étincelle Étoile Fanal Fil Fontaine Forge Fournil Frêne Grange
			Griotte Halle Hêtre Houblon Jacinthe Lanterne Lavoir Lin Marée Marelle Mésange Meule Moulin Œillet Orée Ormeau Osier
			Passerelle Pavé Phare Pigeonnier Pignon Pré Puits Rabot Ruche Sablier Saule Sillon Sœurette Source Terril Tilleul
			Tourelle Truelle Verger Vigie`),
		qualities: list(`solidaire citoyenne partagée rurale joyeuse populaire fraternelle libre nouvelle commune ouverte durable`),
		types:     list(`RUE AV AVENUE BD BOULEVARD PL PLACE RTE ROUTE CHE CHEMIN IMP IMPASSE ALL ALLEE RES LOT QUAI SQ ZA HAM`),
		typeWheel: newWheel([]int{560, 60, 40, 25, 15, 50, 30, 50, 20, 25, 10, 20, 10, 12, 8, 15, 8, 8, 5, 15, 14}),
	}
	w.streetsBAN = lines(`de la Gare|de l'Église|de la Mairie|Jean Jaurès|du Général de Gaulle|Victor Hugo|Pasteur|de la République|de Lille|d'Arras
		|du Moulin|des Écoles|Émile Zola|Léon Blum|Roger Salengro|de la Liberté|du 8 Mai 1945|du 11 Novembre|des Fusillés|de la Fosse
		|du Château|de la Lys|de l'Abbaye|des Tilleuls|de l'Égalité|Gambetta|Louise Michel|Georges Clemenceau|du Maréchal Foch
		|de Béthune|de Saint-Omer|de Calais|Nationale|d'en Haut|d'en Bas|du Marais|du Calvaire|des Prés|du Bois|de la Chapelle
		|Marcel Cachin|Marie Curie|Jules Ferry|Anatole France|Pierre Mendès France|de Verdun|des Résistants|du Cimetière
		|de la Plage|du Port|de l'Écluse|des Pêcheurs|du Canal|de l'Industrie|des Mineurs|du Stade|des Lilas|des Hêtres|des Peupliers
		|du Petit Prince|Haute|Basse|de la Poste|du Four|du Puits|de la Brasserie|des Alouettes|de l'Hôpital|des Sœurs|du Beffroi`)
	for _, s := range w.streetsBAN {
		w.streets = append(w.streets, styled(s, capitals))
	}
	own := list(`Delattre Brochard Vasseur Cuvelier Lefèvre Bécart Caron Deschodt Fauquembergue Hochart Lemaître Macrez Ployart Quéva
		Sénéchal Tétard Vermeulen Wacheux Allouchery Béthencourt Cœugnart Dègremont Évrard Flahaut Gouillart Hénaut Jolibois Kérouanton
		Libessart Mœneclaey Noël-Brassart Obœuf Pruvost Ruyssen Saint-Maxent Thuilliez Vandenbussche Zunequin D'Hallendre O'Brien-Lœuil
		L'Hernault Le_Goff Van_Elslande De_Wailly Benhaddou El_Mansouri Kowalczyk Nowacki Ferreira Rossignol N'Diaye Lâmbin`)
	for i, s := range own {
		own[i] = strings.ReplaceAll(s, "_", " ")
	}
	heads := list(`Bail Beau Ber Bois Bou Bra Car Chau Cor Cour Cré Dau Del Der Des Dou Du Fau Fer Fla For Gal Gam Gau Ger Gos Gra Gué
		Hau Hé Her Hou Lam Lau Le Lé Lou Mal Mar Mé Mer Mon Mou Noy Pé Pi Plan Pou Pru Qué Ra Ri Ro Rou Sé Sau Tail Thé Ver Vi Wa War`)
	tails := list(`bacq baud beke bert blé bois bray cart caut court court crocq dart dez don ensart erie gand gnies gney lain lart let
		lier lieu ligny lin mart met mez min mont neau not noux pelle quart quier ran rat riez rin saert sart teau telle tier toux vaux
		ville vin voux zel`)
	for _, h := range heads {
		for _, t := range tails {
			w.surnames = append(w.surnames, h+t)
		}
	}
	for range 12 { // the true-sounding ones come oftener
		w.surnames = append(w.surnames, own...)
	}
	return w
}

// list cuts a text into words.
func list(s string) []string { return strings.Fields(s) }

// lines cuts a text at its bars.
func lines(s string) []string {
	out := strings.Split(s, "|")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// withArticle puts the article that signs use before a thing: "L'Étoile",
// "Le Phare"; feminine ones are told by their ending, as most are.
func withArticle(thing string) string {
	switch {
	case startsWithVowel(thing):
		return "L'" + thing
	case strings.HasSuffix(thing, "e") && thing != "Phare" && thing != "Hêtre" && thing != "Chêne" && thing != "Saule" && thing != "Frêne",
		thing == "Clé", thing == "Forêt":
		return "La " + thing
	}
	return "Le " + thing
}

// upperOf returns words in bare capitals, as registers hold most of them.
func upperOf(names []string) []string {
	out := make([]string, len(names))
	for i, s := range names {
		out[i] = styled(s, capitals)
	}
	return out
}
