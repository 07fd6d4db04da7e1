package contact

import (
	"slices"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/place"
	"passerelle/internal/register"
)

// A Match is the establishment that a row is about, as far as it can be told.
type Match struct {
	SIRET     register.SIRET // 0: none was found
	Sure      bool           // else somebody should look
	Known     bool           // it is in the directory
	Masked    bool           // not disclosed: never in an invitation, a letter, a label or a batch
	Name      string
	Commune   string
	Territory string // of it, or of the commune that was written
}

// match looks for the establishment of a row. A SIRET is believed, in the
// directory or not: a firm may be too young for the register, or masked. A
// name counts only with a commune, and is sure only when it is the same, and
// alone to be.
func (cs *Contacts) match(r *Row) Match {
	communes := cs.communes(r)
	m := Match{}
	if len(communes) > 0 {
		m.Territory = communes[0].Territory
	}
	switch {
	case r.SIRET != 0:
		e, err := cs.Directory.Establishment(r.SIRET)
		if err != nil {
			return Match{SIRET: r.SIRET, Sure: true, Territory: m.Territory}
		}
		return cs.found(e, true)
	case r.SIREN != 0:
		if e, sure, ok := ofUnit(cs.Directory.Unit(r.SIREN), communes); ok {
			return cs.found(e, sure)
		}
	case r.Firm != "" && len(communes) > 0:
		if e, sure, ok := cs.byName(r.Firm, communes); ok {
			return cs.found(e, sure)
		}
	}
	return m
}

func (cs *Contacts) found(e directory.Establishment, sure bool) Match {
	commune, _ := cs.Places.Commune(e.Commune)
	return Match{SIRET: e.SIRET, Sure: sure, Known: true, Masked: e.Mask != directory.Shown, Name: e.Title(), Commune: commune.Name, Territory: e.Territory}
}

// communes returns those that a row may mean: of its name and its post code
// when both agree, of either when only one is there.
func (cs *Contacts) communes(r *Row) []place.Commune {
	var named []place.Commune
	if key := fold.Key(r.Commune); key != "" {
		for _, c := range cs.Places.Find(r.Commune, 10) {
			if name := fold.Key(c.Name); name == key || strings.HasPrefix(key, name+" ") {
				named = append(named, c)
			}
		}
		if len(named) == 0 { // a former name, a shortened one: the best there is
			named = cs.Places.Find(r.Commune, 1)
		}
	}
	if r.PostCode == "" {
		return named
	}
	coded := func(c place.Commune) bool { return slices.Contains(c.Postcodes, r.PostCode) }
	if len(named) > 0 {
		if both := slices.DeleteFunc(slices.Clone(named), func(c place.Commune) bool { return !coded(c) }); len(both) > 0 {
			return both
		}
		return named
	}
	return slices.DeleteFunc(cs.Places.Find(r.PostCode, 60), func(c place.Commune) bool { return !coded(c) })
}

// ofUnit chooses among the establishments of a legal unit: the only one, that
// of the commune, or its head office.
func ofUnit(all []directory.Establishment, communes []place.Commune) (e directory.Establishment, sure, ok bool) {
	if len(all) == 0 {
		return e, false, false
	}
	near := slices.DeleteFunc(slices.Clone(all), func(e directory.Establishment) bool { return !within(e, communes) })
	switch {
	case len(all) == 1:
		return all[0], true, true
	case len(near) > 0:
		return near[0], len(near) == 1, true
	}
	return all[0], false, true // its head office stands first
}

func within(e directory.Establishment, communes []place.Commune) bool {
	return slices.ContainsFunc(communes, func(c place.Commune) bool { return c.Code == e.Commune })
}

// hitsLookedAt is how many answers to a name are looked at.
const hitsLookedAt = 10

// byName looks for a firm by its name within communes.
func (cs *Contacts) byName(firm string, communes []place.Commune) (e directory.Establishment, sure, ok bool) {
	key := bareFirm(firm)
	q := query.Query{Text: key, Page: 1, PerPage: hitsLookedAt}
	for _, c := range communes {
		q.Communes = append(q.Communes, c.Code)
	}
	found, err := cs.Directory.Search(q)
	if err != nil || len(found.Hits) == 0 || len(found.Corrected) > 0 && found.Total > hitsLookedAt {
		return e, false, false
	}
	var same []directory.Establishment
	for _, h := range found.Hits {
		if slices.ContainsFunc(append([]string{h.Name, h.Sign, h.Acronym}, h.Aliases...), func(s string) bool { return s != "" && bareFirm(s) == key }) {
			same = append(same, h.Establishment)
		}
	}
	switch {
	case len(same) > 0:
		return same[0], len(same) == 1, true
	case found.Total == 1 || shares(key, bareFirm(found.Hits[0].Title())):
		return found.Hits[0].Establishment, false, true
	}
	return e, false, false
}

// legalForms are words that a name is written with and without.
var legalForms = []string{"sarl", "sas", "sasu", "eurl", "ei", "eirl", "sa", "snc", "scop", "scic", "gie", "selarl", "ets", "etablissements", "societe", "entreprise", "association", "asso", "monsieur", "madame", "m", "mme", "mr"}

// bareFirm is a name to be compared: folded, without its legal form.
func bareFirm(s string) string {
	words := slices.DeleteFunc(fold.Words(s), func(w string) bool { return slices.Contains(legalForms, w) })
	if len(words) == 0 {
		return fold.Key(s)
	}
	return strings.Join(words, " ")
}

// shares reports whether all words of one name are in the other.
func shares(a, b string) bool {
	in := func(a, b string) bool {
		words := strings.Fields(b)
		for w := range strings.FieldsSeq(a) {
			if !slices.Contains(words, w) {
				return false
			}
		}
		return a != ""
	}
	return in(a, b) || in(b, a)
}
