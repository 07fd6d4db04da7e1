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
	slug := r.URL.Query().Get("territoire")
	for _, t := range s.config.Places.Territories() {
		if !account.May(who.Person, account.ActFor, account.Object{Territory: t.Slug}) {
			continue
		}
		if slug == "" {
			slug = t.Slug
		}
		if t.Slug == slug {
			p.Chosen = t.Name
		}
		p.Territories = append(p.Territories, option{t.Slug, t.Name, t.Slug == slug})
	}
	if p.Chosen == "" {
		return account.ErrDenied
	}
	met, err := s.met(r.Context())
	if err != nil {
		return err
	}
	found, err := s.config.Partners.Pairs(partner.PairsQuestion{Territory: slug, Met: met})
	if err != nil {
		return err
	}
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
