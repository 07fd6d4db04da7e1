package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/clock"
	"passerelle/internal/directory"
)

// A textPage is a page of prose, about the house.
type textPage struct {
	frame
	Crumbs []crumb
	H1     string
	Labels []labelLine // of the about page: what makes one ESS
	Object string
}

// text answers with a page of prose; title and description are message keys.
func (s *site) text(name, title, description string) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		l := s.words(r)
		title := l.T(title)
		_, path := language(r)
		p := &textPage{frame: s.frame(r, path, title), Crumbs: []crumb{{Name: title}}, H1: title, Object: s.objection(l, "")}
		p.Description = l.T(description)
		if name == "about/about" {
			for _, label := range s.config.Trades.Labels() {
				if label.ESS {
					p.Labels = append(p.Labels, labelLine{Name: label.Name, Full: nameOfLabel(l, label), Meaning: meaningOf(l, label), Path: "/annuaire?label=" + label.Slug})
				}
			}
		}
		return s.show(w, http.StatusOK, name, p)
	}
}

// A dataPage says where everything comes from: sources, dates, licences, the
// figures of the import, and what is hidden.
type dataPage struct {
	frame
	Crumbs      []crumb
	Sources     []sourceLine
	References  []sourceLine
	Counts      directory.MetaCounts
	Certainties []certaintyLine
	Departments []string
}

// A sourceLine is a source of the registers, or a table the program brings.
type sourceLine struct {
	Name, Producer, License, URL string
	AsOf                         clock.Day
	Rows                         int
}

// A certaintyLine says what a certainty means.
type certaintyLine struct {
	World, Name, Rule string
	Unsure            bool
}

// openLicence is the licence under which the State publishes its data.
const openLicence = "Licence Ouverte 2.0"

// sourceFacts are what is known of a source by the beginning of its name.
var sourceFacts = map[string]sourceLine{
	"sirene": {Producer: "INSEE", License: openLicence, URL: "https://www.data.gouv.fr/fr/datasets/base-sirene-des-entreprises-et-de-leurs-etablissements-siren-siret/"},
	"rne":    {Producer: "INPI", License: openLicence, URL: "https://data.inpi.fr/"},
}

func (s *site) data(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &dataPage{frame: s.frame(r, "/donnees", l.T("data.title")), Crumbs: []crumb{{Name: l.T("data.title")}}}
	p.Description = l.T("data.description")
	m := s.config.Directory.Meta()
	p.Counts = m.Counts
	for _, source := range m.Sources {
		kind, slug, _ := strings.Cut(source.Name, ":")
		line := sourceFacts[kind]
		line.Name, line.AsOf, line.Rows = l.T("data.source."+sourceKey(kind)), source.AsOf, source.Rows
		if kind == "list" {
			line.Name = l.T("data.list", "label", s.labelName(l, slug))
			if label, ok := s.config.Trades.Label(slug); ok {
				line.URL = label.URL
			}
		}
		p.Sources = append(p.Sources, line)
	}
	p.References = []sourceLine{
		{Name: l.T("data.ref.communes"), Producer: "INSEE", License: openLicence, URL: "https://www.insee.fr/fr/information/2560452"},
		{Name: l.T("data.ref.contours"), Producer: "IGN, Etalab", License: openLicence, URL: "https://etalab-datasets.geo.data.gouv.fr/contours-administratifs/"},
		{Name: l.T("data.ref.nafa"), Producer: "CMA France, INSEE", License: openLicence, URL: "https://www.insee.fr/fr/information/2406147"},
		{Name: l.T("data.ref.rome"), Producer: "France Travail", License: openLicence, URL: "https://www.francetravail.org/opendata/repertoire-operationnel-des-meti.html"},
	}
	for _, c := range []directory.Certainty{directory.Registered, directory.Recorded, directory.Presumed, directory.Flagged, directory.Listed, directory.LegalForm} {
		p.Certainties = append(p.Certainties, certaintyLine{World: c.World(), Name: capital(l.T("claim.short." + string(c))), Rule: l.T("data.rule." + string(c)), Unsure: c == directory.Presumed})
	}
	for _, code := range m.Departments {
		d, _ := s.config.Places.Department(code)
		p.Departments = append(p.Departments, cmp.Or(d.Name, code))
	}
	slices.Sort(p.Departments)
	return s.show(w, http.StatusOK, "about/data", p)
}

func sourceKey(kind string) string {
	switch kind {
	case "sirene", "rne":
		return kind
	}
	return "list"
}
