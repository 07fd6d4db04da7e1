package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"math/rand"
	"sort"
	"strings"

	"passerelle/internal/geo"
	"passerelle/internal/place"
)

// A Doc is an establishment of the invented corpus: true communes and
// populations, invented names and positions, 300 trades of which 60 are of
// the ESS, trades drawn by a Zipf law.
type Doc struct {
	ID     int32
	Name   string
	Label  string // of the trade
	City   string
	Side   int // 0 craft, 1 ESS
	Trade  int
	Sector int // Trade / 25
	Point  geo.Point
	Size   int
}

const (
	trades      = 300
	craftTrades = 240
	sectors     = 12
)

var (
	craftBase = strings.Split("Boulangerie|Pâtisserie|Boucherie|Charcuterie|Poissonnerie|Chocolaterie|Brasserie artisanale|Maçonnerie|Plomberie|Électricité générale|Menuiserie|Charpente|Couverture|Plâtrerie|Peinture|Carrelage|Serrurerie|Chauffage|Terrassement|Taille de pierre|Ébénisterie|Tapisserie|Vitrerie|Coiffure|Esthétique|Prothèse dentaire|Optique|Cordonnerie|Maroquinerie|Couture|Bijouterie|Horlogerie|Céramique|Verrerie|Imprimerie|Reliure|Photographie|Fleuriste|Garage automobile|Carrosserie|Cycles|Taxi|Ambulance|Déménagement|Nettoyage|Pressing|Blanchisserie|Ferronnerie|Chaudronnerie|Mécanique de précision|Réparation électroménager|Informatique dépannage|Ramonage|Paysagiste|Toilettage|Pizzeria à emporter|Traiteur|Glacier|Lutherie|Sellerie", "|")
	craftKind = []string{"", "traditionnelle", "rénovation", "neuf et dépannage"}
	essBase   = strings.Split("Recyclerie|Ressourcerie|Épicerie solidaire|Atelier d'insertion|Jardin partagé|Crèche associative|Aide à domicile|Maison médicale|Tiers-lieu|Coopérative d'activité|Théâtre associatif|Club sportif|Centre social|Habitat participatif|Garage solidaire|Entreprise adaptée|Mutuelle|Fondation|Monnaie locale|Formation professionnelle", "|")
	essKind   = []string{"", "de quartier", "rurale"}
	firsts    = strings.Split("Jean|Marie|Michel|Françoise|André|Hélène|René|Thérèse|Gérard|Chloé|Léa|Noé|Zoé|Gaëlle|Joël|Benoît|Jérôme|Cécile|Sébastien|Frédéric|Aurélie|Mélanie|Stéphane|Pierre|Paul|Lucas|Hugo|Inès|Raphaël|Anaïs", "|")
	poetic    = strings.Split("Étoile|Forge|Fournil|Atelier|Source|Clé|Lumière|Pierre|Chêne|Épi|Fontaine|Moulin|Ruche|Fabrique|Gâteau|Rêve|Forêt|Rivière|Château|Pré", "|")
	onset     = strings.Split("Bar|Bel|Ber|Bou|Bré|Cha|Che|Cor|Cou|Dau|Del|Du|Fau|Fer|Gar|Gau|Gré|Gui|Hé|La|Lé|Lou|Mal|Mar|Mé|Mon|Mou|Pé|Pel|Per|Poi|Qué|Ra|Rou|Sau|Sé|Ta|Thé|Tou|Val|Vau|Ver|Vi|Jac|Jou|Kér|Le|Plou|Tré|Ey", "|")
	middle    = strings.Split("ba|bi|ca|cha|che|de|di|do|fa|ga|gi|la|li|lo|ma|mi|mo|na|ni|pa|pi|ra|ri|ro|sa|si|ta|ti|va|vi|zé|mé|né|ré|lé", "|")
	coda      = strings.Split("rd|ult|not|llon|neau|llet|rel|sson|tier|ville|gnac|zac|chon|ret|let|din|nier|lac|rdy|sset|rière|guen|ec|dec|nais|çon|zières|gnon|tou|ndre", "|")
	legal     = []string{"SARL", "EURL", "SAS", "EI"}
	house     = []string{"Atelier", "Maison", "Établissements"}
)

func tradeLabel(t int) string {
	if t >= craftTrades {
		k := t - craftTrades
		return strings.TrimSpace(essBase[k%20] + " " + essKind[k/20])
	}
	return strings.TrimSpace(craftBase[t%60] + " " + craftKind[t/60])
}

// surname gives the k-th of 58,000 plausible family names.
func surname(k int) string {
	return onset[k%len(onset)] + middle[k/len(onset)/len(coda)%len(middle)] + coda[k/len(onset)%len(coda)]
}

func name(r *rand.Rand, t int, family string) string {
	first := firsts[r.Intn(len(firsts))]
	word := poetic[r.Intn(len(poetic))]
	p := r.Float64()
	if t >= craftTrades {
		base := essBase[(t-craftTrades)%20]
		switch {
		case p < .4:
			return "Association " + word + " " + family
		case p < .7:
			return base + " " + word
		case p < .85:
			return "SCOP " + family
		}
		return base + " du " + family
	}
	switch {
	case p < .35:
		return craftBase[t%60] + " " + family
	case p < .55:
		return legal[r.Intn(len(legal))] + " " + family + " " + first
	case p < .80:
		return first + " " + family
	case p < .90:
		return house[r.Intn(len(house))] + " " + family
	}
	return "L'" + word + " de " + family
}

// corpus makes n establishments; the same n gives the same corpus.
func corpus(n int) ([]Doc, error) {
	atlas, err := place.Load()
	if err != nil {
		return nil, err
	}
	var communes []place.Commune
	var cum []float64
	sum := 0.0
	for _, c := range atlas.Communes() {
		if len(c.Department) != 2 { // metropolitan France, as Lambert-93 needs
			continue
		}
		sum += float64(c.Population) + 20
		communes, cum = append(communes, c), append(cum, sum)
	}
	r := rand.New(rand.NewSource(42))
	craftLaw := rand.NewZipf(r, 1.15, 6, craftTrades-1)
	essLaw := rand.NewZipf(r, 1.15, 4, trades-craftTrades-1)
	nameLaw := rand.NewZipf(r, 1.1, 50, 50000)
	craftOrder, essOrder := r.Perm(craftTrades), r.Perm(trades-craftTrades)
	sizes := []float64{.55, .75, .86, .92, .955, .975, .987, .994, .998, 1}
	docs := make([]Doc, n)
	for i := range docs {
		c := &communes[sort.SearchFloat64s(cum, r.Float64()*sum)]
		d := Doc{ID: int32(i + 1), City: c.Name}
		if r.Float64() < .12 {
			d.Side, d.Trade = 1, craftTrades+essOrder[essLaw.Uint64()]
		} else {
			d.Trade = craftOrder[craftLaw.Uint64()]
		}
		d.Name = name(r, d.Trade, surname(int(nameLaw.Uint64())))
		d.Label, d.Sector = tradeLabel(d.Trade), d.Trade/25
		d.Size = sort.SearchFloat64s(sizes, r.Float64())
		spread := math.Min(.03, .004+.00006*math.Sqrt(float64(c.Population)))
		d.Point = geo.Point{Lat: c.Centre.Lat + bounded(r)*spread, Lon: c.Centre.Lon + bounded(r)*spread*1.4}
		docs[i] = d
	}
	return docs, nil
}

func bounded(r *rand.Rand) float64 { return max(-2, min(2, r.NormFloat64())) }

// writeCSV writes the corpus for PostgreSQL's COPY.
func writeCSV(w io.Writer, docs []Doc) error {
	b := bufio.NewWriterSize(w, 1<<20)
	for i := range docs {
		d := &docs[i]
		fmt.Fprintf(b, "%d,%q,%q,%q,%d,%d,%d,%.17g,%.17g,%d\n", d.ID, d.Name, d.Label, d.City, d.Side, d.Trade, d.Sector, d.Point.Lat, d.Point.Lon, d.Size)
	}
	return b.Flush()
}
