package web

import (
	"errors"
	"net/http"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/register"
	"passerelle/internal/team"
)

// runTeam makes the handler of an act on a team by who runs it.
func (s *site) runTeam(act func(*http.Request, account.Actor, *team.Project) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		p, err := s.ownTeam(r, who)
		if err != nil {
			return err
		}
		if !s.runsTeam(who, p) {
			return account.ErrDenied
		}
		if _, err := formOf(w, r); err != nil {
			return err
		}
		return s.afterTeam(w, r, who, act(r, by(who), p))
	}
}

// afterTeam goes on to the page of a team, which tells a refusal.
func (s *site) afterTeam(w http.ResponseWriter, r *http.Request, who *account.Signed, err error) error {
	for kind, key := range map[error]string{team.ErrState: "team.error.state", team.ErrAnswered: "team.error.answered", team.ErrReason: "team.error.reason", team.ErrReplaced: "team.error.replaced"} {
		if errors.Is(err, kind) {
			return s.showTeam(w, r, who, http.StatusConflict, s.words(r).T(key))
		}
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/groupements/"+r.PathValue("id")))
}

func (s *site) askTeam(r *http.Request, by account.Actor, p *team.Project) error {
	_, err := s.config.Projects.Ask(r.Context(), by, p.ID)
	return err
}

func (s *site) endTeam(r *http.Request, by account.Actor, p *team.Project) error {
	_, err := s.config.Projects.Withdraw(r.Context(), by, p.ID)
	return err
}

func (s *site) referTeam(r *http.Request, by account.Actor, p *team.Project) error {
	siret, err := register.ParseSIRET(one(r.PostForm, "siret"))
	if err != nil {
		return errForm
	}
	_, err = s.config.Projects.Refer(r.Context(), by, p.ID, siret)
	return err
}

// replaceTeam accepts the replacement that was shown, when it still is the
// best; or goes on without.
func (s *site) replaceTeam(r *http.Request, by account.Actor, p *team.Project) error {
	left, err := sirets("parti", r.PostForm["parti"])
	if err != nil {
		return err
	}
	shown, err := sirets("avec", r.PostForm["avec"])
	if err != nil {
		return err
	}
	var with []team.Member
	if r.PostForm.Get("sans") == "" {
		if with, err = s.config.Projects.Replacement(r.Context(), p); err != nil {
			return err
		}
		var now []register.SIRET
		for _, m := range with {
			now = append(now, m.SIRET)
		}
		if len(now) == 0 || !slices.Equal(now, shown) {
			return team.ErrReplaced
		}
	}
	_, err = s.config.Projects.Replace(r.Context(), by, p.ID, left, with)
	return err
}

// answerTeam takes the answer of a firm from who speaks for it, or from a
// facilitator who has it on the telephone.
func (s *site) answerTeam(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	p, err := s.ownTeam(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	siret, err := register.ParseSIRET(one(form, "siret"))
	if err != nil {
		return errForm
	}
	actor := by(who)
	if !speaks(who, siret) {
		if !s.runsTeam(who, p) || !who.Person.Is(account.Facilitator) {
			return account.ErrDenied
		}
		actor.Channel = account.Phone
	}
	_, err = s.config.Projects.Answer(r.Context(), p.ID, team.Reply{SIRET: siret, Yes: form.Get("reponse") == "oui", Reason: one(form, "raison"), By: actor})
	return s.afterTeam(w, r, who, err)
}

// A teamLinkPage is where a firm answers by the link of a mail. Opening it
// answers nothing: scanners of mails open links too.
type teamLinkPage struct {
	frame
	Crumbs  []crumb
	Firm    firm
	Project string
	Words   string
	Facts   []string
	Lots    string
	Others  []string
	Action  string
	Reasons []option
	Answer  string // asked, yes, no; empty when the team is over
	Said    string
	Used    bool // the link leads nowhere
	Fault   string
}

func (s *site) teamByLink(w http.ResponseWriter, r *http.Request) error {
	return s.showTeamLink(w, r, http.StatusOK, "")
}

func (s *site) showTeamLink(w http.ResponseWriter, r *http.Request, status int, fault string) error {
	private(w)
	l := s.words(r)
	p := &teamLinkPage{frame: s.frame(r, "/groupements", l.T("team.link_title")), Action: r.URL.Path, Fault: fault, Reasons: reasonsOfNo(l)}
	p.NoIndex, p.Path, p.Crumbs = true, "/groupements", []crumb{{Name: l.T("team.link_title")}}
	t, siret, _, err := s.config.Projects.ByLink(r.Context(), r.PathValue("token"))
	if errors.Is(err, db.ErrNotFound) {
		p.Used = true
		return s.show(w, http.StatusNotFound, "team/answer", p)
	}
	if err != nil {
		return err
	}
	x := t.Place(siret)
	p.Firm, p.Project, p.Words, p.Facts, p.Lots = s.firmOf(r, siret), t.Title, t.Words, s.teamFacts(l, t), s.lotNames(l, t.Job.Lots, x.Lots)
	for _, other := range t.Members() {
		if other != siret {
			p.Others = append(p.Others, s.firmOf(r, other).Name)
		}
	}
	switch {
	case x.Answer == team.Yes && t.State == team.Agreed:
		p.Answer, p.Said = string(x.Answer), l.T("team.link_agreed")
	case x.Answer == team.Yes || x.Answer == team.No:
		p.Answer, p.Said = string(x.Answer), l.T("team.link_"+string(x.Answer))
	case t.State == team.Asking && !x.Settled:
		p.Answer = string(team.Asked)
	default:
		p.Said = l.T("team.link_over")
	}
	return s.show(w, status, "team/answer", p)
}

func (s *site) answerTeamByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	t, siret, reader, err := s.config.Projects.ByLink(r.Context(), r.PathValue("token"))
	if errors.Is(err, db.ErrNotFound) {
		return s.goOn(w, r, r.URL.Path) // where the page says that the link is of no use
	}
	if err != nil {
		return err
	}
	actor := account.Actor{Who: reader, Channel: account.Link}
	if _, contact := exchange.ContactID(reader); contact { // without account
		actor.Who = ""
	}
	_, err = s.config.Projects.Answer(r.Context(), t.ID, team.Reply{SIRET: siret, Yes: form.Get("reponse") == "oui", Reason: one(form, "raison"), By: actor})
	switch {
	case errors.Is(err, team.ErrReason):
		return s.showTeamLink(w, r, http.StatusUnprocessableEntity, s.words(r).T("team.error.reason"))
	case errors.Is(err, team.ErrAnswered), errors.Is(err, team.ErrState):
	case err != nil:
		return err
	}
	return s.goOn(w, r, r.URL.Path)
}
