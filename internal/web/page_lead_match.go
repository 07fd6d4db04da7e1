package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
)

// A matched is a pair that a lead is noted of, because its figures propose it.
type matched struct{ seeker, wanted register.SIRET }

func (m matched) origin() lead.Origin {
	return lead.Origin{Kind: lead.FromMatch, ID: m.seeker.String() + "-" + m.wanted.String()}
}

// notePath is where a lead of a pair is noted.
func (m matched) notePath() string {
	return "/pistes/nouvelle?" + m.values().Encode()
}

func (m matched) values() url.Values {
	return url.Values{"de": {m.seeker.String()}, "vers": {m.wanted.String()}, "origine": {lead.FromMatch}}
}

// matchTyped reads which pair a lead comes from, if it does from one.
func matchTyped(v url.Values) (m matched, ok bool) {
	if v.Get("origine") != lead.FromMatch {
		return m, false
	}
	var err [2]error
	m.seeker, err[0] = register.ParseSIRET(v.Get("de"))
	m.wanted, err[1] = register.ParseSIRET(v.Get("vers"))
	return m, err[0] == nil && err[1] == nil && m.seeker != m.wanted
}

// noteMatch lets a lead of a pair be noted: what it is about, its words and the
// point of convergence are there already. A pair that has its lead shows it.
func (s *site) noteMatch(w http.ResponseWriter, r *http.Request, who *account.Signed, m matched, f leadForm) error {
	known, err := s.config.Leads.Between(r.Context(), m.origin(), m.seeker, m.wanted)
	if err == nil && account.May(who.Person, account.KeepLeads, account.Object{Person: known.Owner, Territory: known.Territory}) {
		return s.goOn(w, r, pathIn(r, "/pistes/"+known.ID))
	}
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	pair, err := s.config.Partners.Pair(m.seeker, m.wanted)
	switch {
	case errors.Is(err, db.ErrNotFound), errors.Is(err, directory.ErrPlaceless):
		return s.showLead(w, r, http.StatusOK, who, f, nil, nil) // nothing proposes these two
	case err != nil:
		return err
	}
	l := s.words(r)
	var ends [2]string
	for i := range pair.Sides {
		ends[i] = s.config.Partners.Rules.Noun(l, &pair.Sides[i])
		if c, ok := s.config.Places.Commune(pair.Sides[i].Commune); ok {
			ends[i] = l.T("leads.end", "what", ends[i], "place", c.Name)
		}
	}
	why := s.config.Partners.Rules.Reasons(l, &pair.Sides[0], &pair.Sides[1], pair.Metres, pair.Road, pair.Figures)
	f.lead.Title = capital(l.T("leads.of_pair", "a", ends[0], "b", ends[1]))
	f.lead.Axis = pair.Figures.Strongest()
	f.lead.Words = why.Of(f.lead.Axis).Text
	f.match = &m
	return s.showLead(w, r, http.StatusOK, who, f, nil, nil)
}

// originOf returns what a lead that somebody notes comes from: the match whose
// two are among its establishments, else what they were told on the phone.
func originOf(form url.Values, parties []register.SIRET) lead.Origin {
	if m, ok := matchTyped(form); ok && slices.Contains(parties, m.seeker) && slices.Contains(parties, m.wanted) {
		return m.origin()
	}
	return lead.Origin{Kind: lead.FromPhone}
}

// leadsWith returns the lead of an establishment with each other that somebody
// may see: one that is open before one that is over, the latest first.
func (s *site) leadsWith(r *http.Request, who *account.Person, siret register.SIRET) (map[register.SIRET]*lead.Lead, error) {
	if who == nil || !who.Is(account.Facilitator) {
		return nil, nil
	}
	list, _, err := s.config.Leads.Leads(r.Context(), lead.Filter{Party: siret, All: true})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(one *lead.Lead) bool {
		return !account.May(who, account.KeepLeads, account.Object{Person: one.Owner, Territory: one.Territory})
	})
	slices.SortFunc(list, func(a, b *lead.Lead) int {
		switch open := a.Stage.Open(); {
		case open == b.Stage.Open():
			return cmp.Compare(b.ID, a.ID)
		case open:
			return -1
		}
		return 1
	})
	with := make(map[register.SIRET]*lead.Lead)
	for _, one := range list {
		for _, other := range one.Parties {
			if other != siret && with[other] == nil {
				with[other] = one
			}
		}
	}
	return with, nil
}

// leadOf adds to a crossing the lead of its two, or where one is noted.
func (s *site) leadOf(r *http.Request, c *crossing, who *account.Person, seeker *directory.Establishment, found *partner.Found, with map[register.SIRET]*lead.Lead) {
	m := matched{seeker.SIRET, found.Side.SIRET}
	if one := with[m.wanted]; one != nil {
		if c.Lead = s.leadStands(r, one); one.Stage.Open() {
			return
		}
	}
	for _, territory := range []string{seeker.Territory, found.Establishment.Territory} {
		if account.May(who, account.KeepLeads, account.Object{Territory: territory}) {
			c.Note = m.notePath()
			return
		}
	}
}

// leadStands says that two have a lead, and at which stage.
func (s *site) leadStands(r *http.Request, one *lead.Lead) *linked {
	l, key := s.words(r), "leads.running"
	if !one.Stage.Open() {
		key = "leads.was"
	}
	return &linked{Name: l.T(key, "stage", l.T("lead.stage."+string(one.Stage))), Path: "/pistes/" + one.ID}
}
