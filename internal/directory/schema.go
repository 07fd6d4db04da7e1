package directory

import (
	"slices"

	"passerelle/internal/directory/index"
	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// both is the value of ByWorld of an establishment of the two worlds, which
// has those of each world too.
const both = "both"

// The weights of words, 1 to 15: what neighbours call a firm counts most,
// what its codes say least.
const (
	weightSign    = 10
	weightName    = 9
	weightTrade   = 7
	weightWords   = 6
	weightLabel   = 6
	weightCommune = 5
	weightFamily  = 4
	weightCode    = 3
	weightFormer  = 3
	weightEnglish = 2
	weightRegion  = 1
)

// stopWords are too common in names and questions to be asked for.
var stopWords = []string{"a", "au", "aux", "d", "de", "des", "du", "en", "et", "l", "la", "le", "les", "of", "ou", "par", "pour", "sur", "the", "un", "une", "chez", "pres"}

// dimensions are those of the directory, in the order in which doc fills
// them. Commune and EPCI would place a masked person.
var dimensions = []index.Dim{
	{Name: ByWorld},
	{Name: BySector},
	{Name: ByFamily},
	{Name: ByTrade, Near: true},
	{Name: ByNAFA},
	{Name: ByNAF},
	{Name: ByLabel},
	{Name: BySize},
	{Name: ByCommune, Private: true},
	{Name: ByEPCI, Private: true},
	{Name: ByTerritory},
	{Name: ByDepartment},
	{Name: byActivity},
}

// byActivity holds the trade, the NAFA code and the NAF code of an
// establishment together, for a question that names some of each.
const byActivity = "activity"

// schema returns the dimensions of the directory's index.
func schema() index.Schema { return index.Schema{Dims: dimensions, Stop: stopWords} }

// doc returns e as the index keeps it.
func doc(e *Establishment, places *place.Atlas) index.Doc {
	if e.Mask == MaskedPerson {
		bare := *e
		bare.conceal()
		e = &bare
	}
	d := index.Doc{
		ID:     uint64(e.SIRET),
		Group:  uint64(e.SIREN()),
		Title:  e.Title(),
		Values: values(e, places),
		Shy:    e.Mask == MaskedPerson,
		Prior:  prior(e),
		Stored: e.AppendBinary(nil),
	}
	if d.Shy {
		return d
	}
	if e.Precision != Nowhere {
		d.Point = &geo.Point{Lat: e.Point.Lat, Lon: e.Point.Lon}
	}
	add := func(s string, weight uint8) {
		if s != "" {
			d.Texts = append(d.Texts, index.Text{S: s, Weight: weight, Proper: true})
		}
	}
	add(e.Sign, weightSign)
	add(e.Name, weightName)
	add(e.Acronym, weightName)
	for _, a := range e.Aliases {
		add(a, weightName)
	}
	if e.FormerCommune != "" {
		add(places.FormerName(e.FormerCommune), weightFormer)
	}
	return d
}

// Title returns what e is called in a list: its sign, else its name; empty
// when both are masked.
func (e *Establishment) Title() string {
	if e.Sign != "" {
		return e.Sign
	}
	return e.Name
}

// values returns the values of e in each dimension.
func values(e *Establishment, places *place.Atlas) [][]string {
	one := func(s string) []string {
		if s == "" {
			return nil
		}
		return []string{s}
	}
	var worlds, labels []string
	for _, c := range e.Claims {
		if !slices.Contains(worlds, c.World) {
			worlds = append(worlds, c.World)
		}
	}
	if len(worlds) == 2 {
		worlds = append(worlds, both)
	}
	for _, m := range e.Marks {
		if !slices.Contains(labels, m.Label) {
			labels = append(labels, m.Label)
		}
	}
	epci := ""
	if c, ok := places.Commune(e.Commune); ok {
		epci = c.EPCI
	}
	activity := slices.Concat(one(e.Trade), one(e.NAFA), one(e.NAF))
	return [][]string{
		worlds, one(string(e.Sector)), one(string(e.Family)), one(e.Trade), one(e.NAFA), one(e.NAF), labels, one(e.Size),
		one(e.Commune), one(epci), one(e.Territory), one(e.Department), activity,
	}
}

// prior breaks ties of relevance: what is better known to be there comes
// first. It says nothing of the firm's worth.
func prior(e *Establishment) uint8 {
	p := uint8(0)
	for _, c := range e.Claims {
		if c.Certainty != Presumed && c.Certainty != LegalForm {
			p = 2
		}
	}
	if e.Size != "" && e.Size != "NN" && e.Size != "00" {
		p++
	}
	return p
}

// say gives the words of trades, codes, labels and places to the values of
// the index, so that they are written once and not with each establishment.
func say(b *index.Builder, places *place.Atlas, trades *trade.Table) {
	for _, t := range trades.Trades() {
		b.Say(ByTrade, t.Slug, index.Text{S: t.Name, Weight: weightTrade}, index.Text{S: t.NameEN, Weight: weightEnglish})
		for _, w := range t.Words {
			b.Say(ByTrade, t.Slug, index.Text{S: w, Weight: weightWords})
		}
	}
	for _, c := range trades.Codes() {
		b.Say(ByNAFA, c.NAFA, index.Text{S: c.Label, Weight: weightCode})
	}
	for _, l := range trades.Labels() {
		b.Say(ByLabel, l.Slug, index.Text{S: l.Name, Weight: weightLabel, Proper: true}, index.Text{S: l.Full, Weight: weightLabel})
	}
	for family, words := range familyWords {
		b.Say(ByFamily, string(family), index.Text{S: words, Weight: weightFamily})
	}
	for _, c := range places.Communes() {
		b.Say(ByCommune, c.Code, index.Text{S: c.Name, Weight: weightCommune, Proper: true})
	}
	for _, t := range places.Territories() {
		b.Say(ByTerritory, t.Slug, index.Text{S: wordsOfTerritory(t, places), Weight: weightRegion, Proper: true})
	}
}

// sayNAF gives the words of a NAF code to its value.
func sayNAF(b *index.Builder, code string, trades *trade.Table) {
	if label, ok := trades.NAFLabel(code); ok {
		b.Say(ByNAF, code, index.Text{S: label, Weight: weightCode})
	}
}

// familyWords are what people call the families of the ESS.
var familyWords = map[trade.Family]string{
	trade.Cooperative: "coopérative cooperative",
	trade.Association: "association asso",
	trade.Mutual:      "mutuelle mutual",
	trade.Foundation:  "fondation foundation",
}

// wordsOfTerritory returns the words of a territory's name that are not also
// those of a commune: "Lens" asks for the commune, not for all of Lens-Hénin.
func wordsOfTerritory(t place.Territory, places *place.Atlas) string {
	taken := map[string]bool{}
	for _, code := range t.Communes {
		if c, ok := places.Commune(code); ok {
			for _, w := range fold.Words(c.Name) {
				taken[w] = true
			}
		}
	}
	words := ""
	for _, w := range fold.Words(t.Name) {
		if !taken[w] {
			words += w + " "
		}
	}
	return words
}
