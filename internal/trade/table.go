package trade

import (
	"slices"
	"strings"

	"passerelle/internal/fold"
)

// A Table answers questions about trades and codes. It is made once, never
// changed, and safe for any number of readers. Slices it returns are shared:
// readers do not write to them.
type Table struct {
	named  map[string]int // what a trade is called, folded: its index, see Named
	trades []Trade        // by sector, then in the order of the file
	bySlug map[string]int
	codes  []Code // ascending
	byNAFA map[string]int
	ofNAFA map[string]int // the trade of each NAFA code
	ofNAF  map[string]int // the trade of a craft firm that has only this NAF code
	naf    map[string]nafCode
	naf25  map[string]naf25Code
	rome   map[string]string
	legal  map[string]legalForm
	labels []Label
	kinds  map[string]string // folded kind or name → slug of the label
}

type nafCode struct {
	label    string
	sector   Sector
	presumed bool
	nafa     []string
}

type naf25Code struct {
	label string
	from  []string
	how   Derivation
}

type legalForm struct {
	label  string
	family Family
}

// A Derivation says how a NAF 2025 code was joined to those of NAF rév. 2:
// no table of passage is embedded.
type Derivation string

// The derivations, surest first.
const (
	ByHand  Derivation = "hand"  // set by people who read both nomenclatures
	ByLabel Derivation = "label" // the labels are equal
	ByClass Derivation = "class" // the class is the same, and most words of the label
	Unknown Derivation = ""
)

// A Selection is what a reader chose when naming a trade by slug or code. A
// craft establishment is in it when its NAFA code is in NAFA or, when it has
// none that the nomenclature knows, its NAF code is in NAF.
type Selection struct {
	Slug  string   // the trade named, or the one the code named belongs to; empty: not a craft code
	Whole bool     // the trade itself was named, and not one of its codes
	NAFA  []string // 1071CA, …
	NAF   []string // 10.71C, …
}

// Trade returns the trade of a slug.
func (t *Table) Trade(slug string) (Trade, bool) {
	i, ok := t.bySlug[slug]
	if !ok {
		return Trade{}, false
	}
	return t.trades[i], true
}

// Trades returns all trades, by sector in the order of Sectors.
func (t *Table) Trades() []Trade { return t.trades }

// Codes returns the NAFA nomenclature, ascending by code.
func (t *Table) Codes() []Code { return t.codes }

// ByNAFA returns the line of the NAFA nomenclature of a code, written with or
// without its dot: 1071CA, 10.71CA.
func (t *Table) ByNAFA(code string) (Code, bool) {
	i, ok := t.byNAFA[strings.ReplaceAll(code, ".", "")]
	if !ok {
		return Code{}, false
	}
	return t.codes[i], true
}

// TradeOfNAFA returns the trade of a NAFA code.
func (t *Table) TradeOfNAFA(code string) (Trade, bool) {
	i, ok := t.ofNAFA[strings.ReplaceAll(code, ".", "")]
	if !ok {
		return Trade{}, false
	}
	return t.trades[i], true
}

// TradeOfNAF returns the trade to which a craft firm belongs that has a NAF
// code and no NAFA code: the commonest of the trades behind that code, or the
// one that says no more than the code itself (repairs, other fittings) where
// none is clearly the commonest. It is meant for firms known to be craft: half
// of the NAF codes here are open to craft only in part.
func (t *Table) TradeOfNAF(naf string) (Trade, bool) {
	i, ok := t.ofNAF[dotted(naf)]
	if !ok {
		return Trade{}, false
	}
	return t.trades[i], true
}

// Resolve reads what a reader or a program gives for a trade: its slug
// (boulanger), a NAFA code (1071CA, 10.71CA), or a NAF code (10.71C, 1071C),
// which stands for all NAFA codes of that activity and may be one that no
// craft firm has.
func (t *Table) Resolve(s string) (Selection, bool) {
	s = strings.TrimSpace(s)
	if i, ok := t.bySlug[strings.ToLower(s)]; ok {
		tr := t.trades[i]
		return Selection{Slug: tr.Slug, Whole: true, NAFA: tr.NAFA, NAF: tr.NAF}, true
	}
	s = strings.ToUpper(s)
	if c, ok := t.ByNAFA(s); ok {
		return Selection{Slug: c.Trade, NAFA: []string{c.NAFA}}, true
	}
	naf := dotted(s)
	n, ok := t.naf[naf]
	if !ok {
		return Selection{}, false
	}
	sel := Selection{NAFA: n.nafa, NAF: []string{naf}}
	if tr, ok := t.TradeOfNAF(naf); ok {
		sel.Slug = tr.Slug
	}
	return sel, true
}

// SectorOfNAF returns the sector of a NAF code that is open to craft, at
// least in part.
func (t *Table) SectorOfNAF(naf string) (Sector, bool) {
	s := t.naf[dotted(naf)].sector
	return s, s != ""
}

// PresumedCraft reports whether a small firm of this NAF rév. 2 code is
// presumed craft: the code is craft but for named restrictions (code de
// l'artisanat, R. 111-1) and the national register of enterprises always
// records it as craft.
func (t *Table) PresumedCraft(naf string) bool { return t.naf[dotted(naf)].presumed }

// NAFLabel returns the label of a NAF rév. 2 code, with or without its dot.
func (t *Table) NAFLabel(code string) (string, bool) {
	n, ok := t.naf[dotted(code)]
	return n.label, ok
}

// NAF25Label returns the label of a NAF 2025 code, with or without its dot.
func (t *Table) NAF25Label(code string) (string, bool) {
	n, ok := t.naf25[dotted(code)]
	return n.label, ok
}

// FromNAF25 returns the NAF rév. 2 codes a NAF 2025 code comes from, nearest
// first: nil where it is not known.
func (t *Table) FromNAF25(code string) []string { return t.naf25[dotted(code)].from }

// DerivationOf says how FromNAF25 knows.
func (t *Table) DerivationOf(code string) Derivation { return t.naf25[dotted(code)].how }

// ROMELabel returns the occupation of a ROME 4 code.
func (t *Table) ROMELabel(code string) (string, bool) {
	l, ok := t.rome[code]
	return l, ok
}

// LegalForm returns the words for a legal category of four digits; for one
// the table does not know, those of its first two digits.
func (t *Table) LegalForm(code string) (label string, ok bool) {
	l, ok := t.legal[code]
	if !ok && len(code) == 4 {
		l, ok = t.legal[code[:2]]
	}
	return l.label, ok
}

// FamilyOf returns the family of the ESS to which a legal category belongs by
// its very form (law 2014-856, article 1). Associations of lawyers (9224) are
// left out, as a liberal profession.
func (t *Table) FamilyOf(legalForm string) (Family, bool) {
	f := t.legal[legalForm].family
	return f, f != ""
}

// CraftCooperative reports whether a legal category is that of a craft
// cooperative (law 83-657), which belongs to both worlds.
func CraftCooperative(legalForm string) bool {
	return legalForm == "5453" || legalForm == "5553" || legalForm == "5653"
}

// Labels returns the vocabulary of labels, in the order in which they are
// shown.
func (t *Table) Labels() []Label { return t.labels }

// Label returns the label of a slug.
func (t *Table) Label(slug string) (Label, bool) {
	for _, l := range t.labels {
		if l.Slug == slug {
			return l, true
		}
	}
	return Label{}, false
}

// LabelOfKind returns the slug of the label that a list means by a kind (ACI,
// "aci", "Entreprise d'insertion"), whatever its case and accents.
func (t *Table) LabelOfKind(kind string) (slug string, ok bool) {
	slug, ok = t.kinds[fold.Key(kind)]
	return slug, ok
}

// dotted writes a NAF code with its dot: 1071C becomes 10.71C.
func dotted(code string) string {
	if len(code) == 5 && code[2] != '.' {
		return code[:2] + "." + code[2:]
	}
	return code
}

// Sizes lists the head-count bands of Sirene (trancheEffectifs), smallest
// first.
func Sizes() []string {
	return slices.Clone(sizes[:])
}

var sizes = [...]string{"NN", "00", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53"}

// SizeLabel returns the words for a head-count band in a language ("fr" or
// "en"), and an empty string for an unknown band.
func SizeLabel(code, lang string) string {
	i := slices.Index(sizes[:], code)
	switch {
	case i < 0:
		return ""
	case lang == "en":
		return sizesEN[i]
	default:
		return sizesFR[i]
	}
}

var sizesFR = [...]string{
	"Sans salarié",
	"Sans salarié en fin d'année",
	"1 ou 2 salariés",
	"3 à 5 salariés",
	"6 à 9 salariés",
	"10 à 19 salariés",
	"20 à 49 salariés",
	"50 à 99 salariés",
	"100 à 199 salariés",
	"200 à 249 salariés",
	"250 à 499 salariés",
	"500 à 999 salariés",
	"1\u202f000 à 1\u202f999 salariés",
	"2\u202f000 à 4\u202f999 salariés",
	"5\u202f000 à 9\u202f999 salariés",
	"10\u202f000 salariés et plus",
}

var sizesEN = [...]string{
	"No employees",
	"No employees at year's end",
	"1 or 2 employees",
	"3 to 5 employees",
	"6 to 9 employees",
	"10 to 19 employees",
	"20 to 49 employees",
	"50 to 99 employees",
	"100 to 199 employees",
	"200 to 249 employees",
	"250 to 499 employees",
	"500 to 999 employees",
	"1,000 to 1,999 employees",
	"2,000 to 4,999 employees",
	"5,000 to 9,999 employees",
	"10,000 employees or more",
}
