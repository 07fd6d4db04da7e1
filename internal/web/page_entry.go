package web

import (
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/geo"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// An entry is an establishment in a list.
type entry struct {
	N        int    // its number, the same on the map
	World    string // craft, ess or both: the shape of its stake
	Path     string
	Name     string // empty when masked
	SIREN    register.SIREN
	Legal    string // the name, when it is shown under its sign
	What     string // trade, or activity
	Place    string
	Distance float64 // metres; -1 is not known
	Near     bool    // at the commune's centre: the distance is not exact
	Evidence []evidence
	Point    geo.Point
	OnMap    bool
}

// An evidence is a stamped fact: a claim, who says so, since when.
type evidence struct {
	World  string
	What   string
	Source string
	Unsure bool
}

func (s *site) entry(l *locale.Language, h *directory.Hit, n int) entry {
	e := entry{
		N: n, World: worldOf(&h.Establishment), Path: "/entreprises/" + h.SIRET.String(), Name: h.Title(), SIREN: h.SIREN(),
		What: s.activity(l, &h.Establishment), Distance: h.Distance, Near: h.Precision == directory.AtCommune,
		Evidence: s.evidences(l, &h.Establishment), Point: h.Point,
		OnMap: h.Precision != directory.Nowhere && h.Mask != directory.MaskedPerson,
	}
	if h.Sign != "" && h.Name != "" {
		e.Legal = h.Name
	}
	if c, ok := s.config.Places.Commune(h.Commune); ok {
		e.Place = c.Name
	} else if t, ok := s.config.Places.Territory(h.Territory); ok {
		e.Place = t.Name
	}
	return e
}

func (s *site) entries(l *locale.Language, hits []directory.Hit, first int) []entry {
	out := make([]entry, len(hits))
	for i := range hits {
		out[i] = s.entry(l, &hits[i], first+i)
	}
	return out
}

// worldOf returns craft, ess or both.
func worldOf(e *directory.Establishment) string {
	switch {
	case e.In("craft") && e.In("ess"):
		return "both"
	case e.In("ess"):
		return "ess"
	}
	return "craft"
}

// activity says in words what an establishment does.
func (s *site) activity(l *locale.Language, e *directory.Establishment) string {
	if t, ok := s.config.Trades.Trade(e.Trade); ok {
		return nameOfTrade(l, t)
	}
	if label, ok := s.config.Trades.NAFLabel(e.NAF); ok {
		return label
	}
	return ""
}

// evidences tells the surest claim of each world.
func (s *site) evidences(l *locale.Language, e *directory.Establishment) []evidence {
	var out []evidence
	said := make(map[string]bool)
	for _, c := range e.Claims {
		if !said[c.World] {
			said[c.World] = true
			out = append(out, s.evidence(l, e, c))
		}
	}
	return out
}

// evidence tells a claim in a few words.
func (s *site) evidence(l *locale.Language, e *directory.Establishment, c directory.Claim) evidence {
	v := evidence{World: c.World, Unsure: c.Certainty == directory.Presumed, What: l.T("claim.short." + string(c.Certainty))}
	switch {
	case c.Certainty == directory.Presumed:
		v.Source = l.T("claim.check")
		return v
	case c.Certainty == directory.LegalForm && e.Family != "":
		v.What = l.T("family.one." + string(e.Family))
	case c.Certainty == directory.Listed:
		if label, ok := s.config.Trades.Label(strings.TrimPrefix(c.Source, "list:")); ok {
			v.What = l.T("claim.listed", "label", label.Name)
		}
	}
	v.Source = l.T("claim.source", "source", sourceName(l, c.Source), "month", monthOf(l, c.AsOf))
	return v
}

// sourceName returns what people call a source: sirene:aprm is Sirene.
func sourceName(l *locale.Language, source string) string {
	kind, _, _ := strings.Cut(source, ":")
	switch kind {
	case "sirene":
		return l.T("source.sirene")
	case "rne":
		return l.T("source.rne")
	case "list":
		return l.T("source.list")
	}
	return source
}

// ofPlace writes "of" and a commune's name as French contracts them:
// d'Isbergues, du Touquet-Paris-Plage, des Attaques, de Lens.
func ofPlace(l *locale.Language, name string) string {
	if l.Code() != "fr" {
		return name
	}
	switch {
	case strings.HasPrefix(name, "Le "):
		return "du " + name[3:]
	case strings.HasPrefix(name, "Les "):
		return "des " + name[4:]
	case name != "" && strings.ContainsRune("AEIOUYÀÂÉÈÊËÎÏÔÖÙÛÜŒÆ", []rune(name)[0]):
		return "d’" + name
	}
	return "de " + name
}
