package web

import (
	"context"
	"net/http"
	"net/url"

	"passerelle/internal/account"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// A pairsPage lists the best pairs of a territory that never met.
type pairsPage struct {
	frame
	Crumbs      []crumb
	Territories []option
	Chosen      string // name
	Pairs       []pairLine
	Noted       []leadRow // the leads that came of a match
	All         string    // address of all of these
	CSV, XLSX   string
}

// A pairLine is two neighbours who never met.
type pairLine struct {
	N        int
	A, B     shore
	Total    int
	Distance string
	Why      string // the sentence of the criterion that brings most
	Meet     string
	Note     string // where a lead is noted
}

// pairsNoted is how many leads of matches the page of pairs lists.
const pairsNoted = 5

// pairs shows a facilitator whom to bring together first. It takes a second or
// so in a large territory.
func (s *site) pairs(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &pairsPage{frame: s.frame(r, "/mon-espace", l.T("pairs.title"))}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, crumb{Name: l.T("pairs.title")}), true
	slug, found, err := s.pairsIn(r, who)
	if err != nil {
		return err
	}
	for _, t := range s.config.Places.Territories() {
		if !account.May(who.Person, account.ActFor, account.Object{Territory: t.Slug}) {
			continue
		}
		if t.Slug == slug {
			p.Chosen = t.Name
		}
		p.Territories = append(p.Territories, option{t.Slug, t.Name, t.Slug == slug})
	}
	of := "?" + url.Values{"territoire": {slug}}.Encode()
	p.CSV, p.XLSX = "/animation/paires.csv"+of, "/animation/paires.xlsx"+of
	for i := range found {
		p.Pairs = append(p.Pairs, s.pairLine(l, i+1, &found[i]))
	}
	noted, next, err := s.config.Leads.Leads(r.Context(), lead.Filter{Territories: []string{slug}, Origin: lead.Origin{Kind: lead.FromMatch}, Limit: pairsNoted})
	if err != nil {
		return err
	}
	if p.Noted = s.leadRows(r, noted); next != "" {
		p.All = "/pistes?" + url.Values{"territoire": {slug}, "origine": {lead.FromMatch}}.Encode()
	}
	return s.show(w, http.StatusOK, "partner/pairs", p)
}

// pairsIn returns the best pairs of the territory that is asked for, or of the
// first that who asks looks after.
func (s *site) pairsIn(r *http.Request, who *account.Signed) (slug string, found []partner.Pair, err error) {
	asked := r.URL.Query().Get("territoire")
	for _, t := range s.config.Places.Territories() {
		if slug == "" && (asked == "" || asked == t.Slug) && account.May(who.Person, account.ActFor, account.Object{Territory: t.Slug}) {
			slug = t.Slug
		}
	}
	if slug == "" {
		return "", nil, account.ErrDenied
	}
	met, err := s.met(r.Context())
	if err != nil {
		return "", nil, err
	}
	found, err = s.config.Partners.Pairs(partner.PairsQuestion{Territory: slug, Met: met})
	return slug, found, err
}

// pairsFile is the same pairs, to take away.
func (s *site) pairsFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		l := s.words(r)
		slug, found, err := s.pairsIn(r, who)
		if err != nil {
			return err
		}
		t := sheet.Table{Title: l.T("pairs.title")}
		for _, key := range []string{"points", "one", "one_siret", "one_place", "other", "other_siret", "other_place", "metres", "minutes", "why"} {
			t.Head = append(t.Head, l.T("pairs.file."+key))
		}
		t.Rows = func(yield func([]sheet.Cell) bool) {
			for i := range found {
				line := s.pairLine(l, i+1, &found[i])
				var minutes sheet.Cell
				if found[i].Road.Known() {
					minutes = found[i].Road.Minutes
				}
				if !yield([]sheet.Cell{line.Total, line.A.Name, line.A.SIRET, line.A.Place, line.B.Name, line.B.SIRET, line.B.Place, int(found[i].Metres), minutes, line.Why}) {
					return
				}
			}
		}
		private(w)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="paires-`+slug+"-"+s.today()+extension+`"`)
		return write(w, t)
	}
}

func (s *site) pairLine(l *locale.Language, n int, f *partner.Pair) pairLine {
	line := pairLine{N: n, A: s.shoreOf(l, &f.Establishments[0]), B: s.shoreOf(l, &f.Establishments[1]), Total: f.Figures.Shown().Total, Distance: wayWords(l, f.Metres, f.Road)}
	why := s.config.Partners.Rules.Reasons(l, &f.Sides[0], &f.Sides[1], f.Metres, f.Road, f.Figures)
	line.Why = why.Of(f.Figures.Strongest()).Text
	v := url.Values{"de": {line.A.SIRET}, "vers": {line.B.SIRET}, "origine": {"match"}, "raison": {line.Why}}
	line.Meet = "/mises-en-relation/nouvelle?" + v.Encode()
	line.Note = matched{f.Sides[0].SIRET, f.Sides[1].SIRET}.notePath()
	return line
}

// met tells which establishments were brought together already: by a lead, or
// by an introduction that was asked for.
func (s *site) met(ctx context.Context) (func(a, b register.SIRET) bool, error) {
	known := map[[2]register.SIRET]bool{}
	for _, list := range []func(context.Context) ([][2]register.SIRET, error){s.config.Leads.Pairs, s.config.Introductions.Pairs} {
		pairs, err := list(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			known[p], known[[2]register.SIRET{p[1], p[0]}] = true, true
		}
	}
	return func(a, b register.SIRET) bool { return known[[2]register.SIRET{a, b}] }, nil
}
