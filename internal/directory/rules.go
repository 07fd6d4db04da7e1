package directory

import (
	"slices"

	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// The sources a Claim may name, beside "list:" and the label of a list.
const (
	sourceAPRM      = "sirene:aprm"
	sourceNAF       = "sirene:naf"
	sourceLegalForm = "sirene:legal_form"
	sourceFlag      = "sirene:flag"
	sourceRNE       = "rne"
	sourceList      = "list:"
)

// Rules decide what an establishment is. They are the rules of docs/data.md:
// who is craft, who is of the social and solidarity economy, what is masked.
// One Rules serves one goroutine after the other or many at once.
type Rules struct {
	Places *place.Atlas
	Trades *trade.Table
	AsOf   clock.Day // of the stock
	RNE    clock.Day // of the national register, where one was read
}

// A Listing says that a list names an establishment.
type Listing struct {
	Label string
	ESS   bool // being in it makes one ESS
	Kinds []string
	AsOf  clock.Day
}

// smallUnits are the head-count bands of a legal unit that may be presumed
// craft: up to nine employees, or unknown (code de l'artisanat, L. 111-1 sets
// the line at ten).
var smallUnits = wordSet("NN 00 01 02 03")

// Make makes the establishment of some facts. registered says that the
// national register has it as craft. It reports false when nothing puts it in
// one of the two worlds.
func (r *Rules) Make(f *Facts, registered bool, listings []Listing) (Establishment, bool) {
	e := Establishment{
		SIRET: f.SIRET, NAFA: f.APRM, NAF: f.NAF, NAF25: f.NAF25, LegalForm: f.LegalForm, Size: f.Size, UnitSize: f.UnitSize,
		Natural: f.Natural, Head: f.Head, Created: f.Created, RNA: f.RNA,
	}
	if e.NAF == "" && e.NAF25 != "" {
		if from := r.Trades.FromNAF25(e.NAF25); len(from) > 0 {
			e.NAF = from[0]
		}
	}
	r.claim(&e, f, registered, listings)
	if len(e.Claims) == 0 {
		return e, false
	}
	if e.In(craft) {
		r.craft(&e)
	}
	if e.In(ess) {
		e.Family = trade.Company
		if family, ok := r.Trades.FamilyOf(e.LegalForm); ok {
			e.Family = family
		}
	}
	r.label(&e, listings)
	r.locate(&e, f)
	r.show(&e, f)
	return e, true
}

// claim says who is craft and who is ESS, surest first.
func (r *Rules) claim(e *Establishment, f *Facts, registered bool, listings []Listing) {
	add := func(c Certainty, source string, day clock.Day) {
		e.Claims = append(e.Claims, Claim{c.World(), c, source, day})
	}
	if registered {
		add(Registered, sourceRNE, r.RNE)
	}
	if f.APRM != "" {
		add(Recorded, sourceAPRM, r.AsOf)
	}
	if len(e.Claims) == 0 && r.presumed(e, f) {
		add(Presumed, sourceNAF, r.AsOf)
	}
	if len(e.Claims) == 0 && trade.CraftCooperative(f.LegalForm) {
		add(Presumed, sourceLegalForm, r.AsOf)
	}
	if f.ESS {
		add(Flagged, sourceFlag, r.AsOf)
	}
	for _, l := range listings {
		if l.ESS {
			add(Listed, sourceList+l.Label, l.AsOf)
		}
	}
	if _, ok := r.Trades.FamilyOf(f.LegalForm); ok {
		add(LegalForm, sourceLegalForm, r.AsOf)
	}
}

// presumed reports whether an establishment is craft by its activity and the
// size of its unit.
func (r *Rules) presumed(e *Establishment, f *Facts) bool {
	return r.Trades.PresumedCraft(e.NAF) && (f.UnitSize == "" || smallUnits[f.UnitSize])
}

// craft finds the trade and the sector of a craft establishment.
func (r *Rules) craft(e *Establishment) {
	if c, ok := r.Trades.ByNAFA(e.NAFA); ok {
		e.Trade, e.Sector = c.Trade, c.Sector
		return
	}
	if t, ok := r.Trades.TradeOfNAF(e.NAF); ok {
		e.Trade = t.Slug
		e.Sector = t.Sector
	}
	if s, ok := r.Trades.SectorOfNAF(e.NAF); ok {
		e.Sector = s
	}
}

// scopForms are the legal categories of workers' cooperatives.
var scopForms = wordSet("5458 5558 5658")

// label gives an establishment the labels that lists and its legal form say.
func (r *Rules) label(e *Establishment, listings []Listing) {
	add := func(m Mark) {
		if !slices.ContainsFunc(e.Marks, func(x Mark) bool { return x.Label == m.Label && x.Kind == m.Kind }) {
			e.Marks = append(e.Marks, m)
		}
	}
	for _, l := range listings {
		if len(l.Kinds) == 0 {
			add(Mark{Label: l.Label, AsOf: l.AsOf})
		}
		for _, kind := range l.Kinds {
			add(Mark{Label: l.Label, Kind: kind, AsOf: l.AsOf})
			if slug, ok := r.Trades.LabelOfKind(kind); ok && slug != l.Label {
				add(Mark{Label: slug, Kind: kind, AsOf: l.AsOf})
			}
		}
	}
	if scopForms[e.LegalForm] && !slices.ContainsFunc(e.Marks, func(m Mark) bool { return m.Label == "scop" }) {
		add(Mark{Label: "scop", AsOf: r.AsOf})
	}
}

// locate finds the commune of today and the position.
func (r *Rules) locate(e *Establishment, f *Facts) {
	e.Commune, e.Department = f.Commune, place.DepartmentOf(f.Commune)
	c, former, ok := r.Places.Resolve(f.Commune)
	if !ok {
		if f.Point.Valid() {
			e.Point, e.Precision = f.Point, AtAddress
		}
		return
	}
	e.Commune, e.Department, e.Territory = c.Code, c.Department, c.Territory
	if former {
		e.FormerCommune = f.Commune
	}
	e.Point, e.Precision = c.Centre, AtCommune
	if f.Point.Valid() && geo.Distance(f.Point, c.Centre) <= farthest(c.Department) {
		e.Point, e.Precision = f.Point, AtAddress
	}
	if !e.Point.Valid() {
		e.Point, e.Precision = geo.Point{}, Nowhere
	}
}

// show applies the masking rules (statut P), and names what may be named.
func (r *Rules) show(e *Establishment, f *Facts) {
	if f.Partial && f.Natural {
		e.conceal()
		return
	}
	r.name(e, f)
	if f.Partial {
		e.Mask = MaskedAddress
		if c, ok := r.Places.Commune(e.Commune); ok && c.Centre.Valid() {
			e.Point, e.Precision = c.Centre, AtCommune
		} else {
			e.Point, e.Precision = geo.Point{}, Nowhere
		}
		return
	}
	e.Street, e.Complement, e.Postcode = f.street(), readable(f.Complement), f.Postcode
}

// name gives an establishment its names: that of its unit, what neighbours
// know it by, and what it can be found by besides.
func (r *Rules) name(e *Establishment, f *Facts) {
	if f.Natural {
		last := f.UsageName
		if last == "" {
			last = f.BirthName
		}
		e.Name = readablePerson(f.FirstName, last)
	} else {
		e.Name = readable(f.Denomination)
	}
	e.Acronym = f.Acronym
	if e.Acronym == e.Name {
		e.Acronym = ""
	}
	names := []string{f.Sign1, f.UsualName, f.Sign2, f.Sign3, f.Usual1, f.Usual2, f.Usual3}
	had := map[string]bool{fold.Key(e.Name): true, "": true}
	for _, n := range names {
		n = readable(n)
		if key := fold.Key(n); had[key] {
			continue
		} else {
			had[key] = true
		}
		switch {
		case e.Name == "":
			e.Name = n
		case e.Sign == "":
			e.Sign = n
		default:
			e.Aliases = append(e.Aliases, n)
		}
	}
}
