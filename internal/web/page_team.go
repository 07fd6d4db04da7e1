package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
	"passerelle/internal/team"
)

// A teamKeepPage keeps a team that was found as a project.
type teamKeepPage struct {
	frame
	Crumbs  []crumb
	Members []teamMember
	Action  string
	Inputs  []input
	Words   input
	Faults  []input
	Changed bool // the directory changed since it was found
	Again   string
}

func (s *site) teamKeepForm(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	return s.showTeamKeep(w, r, http.StatusOK, url.Values{}, nil)
}

// showTeamKeep shows the form with what was typed.
func (s *site) showTeamKeep(w http.ResponseWriter, r *http.Request, status int, typed url.Values, fault error) error {
	l := s.words(r)
	q := s.askedTeam(l, r.URL.Query())
	members, err := sirets("siret", r.URL.Query()["siret"])
	if err != nil {
		return err
	}
	p := &teamKeepPage{frame: s.frame(r, "/groupements", l.T("team.keep_title")), Crumbs: []crumb{{Name: l.T("teams.title"), Path: "/groupements"}, {Name: l.T("team.keep_title")}}}
	p.Action, p.NoIndex, p.Changed = p.Path, true, errors.Is(fault, team.ErrChanged) || len(q.faults) > 0
	again := r.URL.Query()
	again.Del("siret")
	p.Again = "/groupements?" + again.Encode()
	for i, siret := range members {
		m := teamMember{N: i + 1, Firm: s.firmOf(r, siret)}
		if e, err := s.config.Directory.Establishment(siret); err == nil {
			m.World = worldOf(&e)
		}
		p.Members = append(p.Members, m)
	}
	title := input{Name: "titre", Label: l.T("team.title"), Hint: l.T("team.title_hint"), Value: cut(typed.Get("titre"), 200), Most: team.MaxTitle}
	if errors.Is(fault, team.ErrTitle) {
		title.Error = l.T("team.error.title")
		p.Faults = append(p.Faults, title)
	}
	end := input{Name: "fin", Label: l.T("team.ends"), Type: "date", Value: cut(typed.Get("fin"), 10), Free: true}
	if errors.Is(fault, team.ErrDays) {
		end.Error = l.T("team.error.days")
		p.Faults = append(p.Faults, end)
	}
	p.Inputs = []input{title, {Name: "debut", Label: l.T("team.starts"), Type: "date", Value: cut(typed.Get("debut"), 10), Free: true}, end}
	p.Words = input{Name: "mots", Label: l.T("team.words"), Hint: l.T("team.words_hint"), Value: cut(typed.Get("mots"), team.MaxWords), Rows: 5, Optional: true}
	if len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "team/keep", p)
}

func (s *site) keepTeam(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	q := s.askedTeam(s.words(r), r.URL.Query())
	members, err := sirets("siret", r.URL.Query()["siret"])
	if err != nil {
		return err
	}
	if len(q.faults) > 0 {
		return s.showTeamKeep(w, r, http.StatusUnprocessableEntity, form, team.ErrChanged)
	}
	p, err := s.config.Projects.Keep(r.Context(), by(who), team.Project{
		Title: one(form, "titre"), Words: one(form, "mots"), Commune: q.commune.Code, Territory: q.commune.Territory, Job: q.job,
		Starts: clock.Day(one(form, "debut")), Ends: clock.Day(one(form, "fin")),
	}, members)
	if errors.Is(err, team.ErrTitle) || errors.Is(err, team.ErrDays) || errors.Is(err, team.ErrChanged) || errors.Is(err, team.ErrUnknown) || errors.Is(err, team.ErrInclude) {
		return s.showTeamKeep(w, r, http.StatusUnprocessableEntity, form, err)
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/groupements/"+p.ID))
}

// A teamPage is a kept team: how far it is, who answered, what to do next.
type teamPage struct {
	frame
	Crumbs   []crumb
	State    string
	StateIs  string // in words
	Words    string
	Facts    []string
	Arch     archView
	Members  []teamPlace
	Out      []teamPlace // who left
	Left     []string    // lots nobody takes
	Action   string
	Run      bool // who looks may ask, replace, withdraw
	Ask      bool
	Replace  []teamMember // the best replacement
	Waiting  []field      // who left, to be replaced
	Nobody   bool         // nobody can replace who left
	Referent string
	Refer    input
	CanEnd   bool
	Fate     []linked // the leads it left, for who keeps leads
	History  []string
	Fault    string
}

// A teamPlace is a firm of a kept team.
type teamPlace struct {
	teamMember
	Answer   string
	Said     string
	CanReply bool
	Reasons  []option
}

// ownTeam returns the team of a request that somebody may see.
func (s *site) ownTeam(r *http.Request, who *account.Signed) (*team.Project, error) {
	p, err := s.config.Projects.Project(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if s.runsTeam(who, p) || p.State != team.Draft && slices.ContainsFunc(p.Places, func(x team.Place) bool { return speaks(who, x.SIRET) }) {
		return p, nil
	}
	return nil, db.ErrNotFound
}

func (s *site) runsTeam(who *account.Signed, p *team.Project) bool {
	return account.May(who.Person, account.RunTeam, p.Object())
}

// speaks reports whether somebody speaks for an establishment.
func speaks(who *account.Signed, siret register.SIRET) bool {
	return slices.Contains(who.Person.Memberships, siret)
}

func (s *site) team(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.showTeam(w, r, who, http.StatusOK, "")
}

func (s *site) showTeam(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, fault string) error {
	t, err := s.ownTeam(r, who)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &teamPage{frame: s.frame(r, "/groupements", t.Title), Crumbs: []crumb{{Name: l.T("teams.title"), Path: "/groupements"}, {Name: l.T("team.mine"), Path: "/mon-espace/groupements"}, {Name: t.Title}}}
	p.NoIndex, p.Fault, p.Words, p.Action = true, fault, t.Words, "/groupements/"+t.ID
	p.Path = p.Action
	p.State, p.StateIs = string(t.State), l.T("team.state."+string(t.State))
	p.Facts = s.teamFacts(l, t)
	p.Run = s.runsTeam(who, t)
	p.Ask = p.Run && t.State == team.Draft
	p.CanEnd = p.Run && (t.State == team.Draft || t.State == team.Asking || t.State == team.Agreed)
	s.fillPlaces(r, p, t, who)
	for _, i := range t.Uncovered() {
		p.Left = append(p.Left, s.lotName(l, t.Job.Lots[i]))
	}
	if p.Run && t.State == team.Asking && len(t.Left()) > 0 {
		if err := s.fillReplacement(r, p, t); err != nil {
			return err
		}
	}
	if t.Referent != 0 {
		p.Referent = s.firmOf(r, t.Referent).Name
	}
	if p.Run && t.State == team.Agreed {
		p.Refer = input{Name: "siret", Label: l.T("team.referent_choose")}
		for _, siret := range t.Members() {
			p.Refer.Options = append(p.Refer.Options, option{siret.String(), s.firmOf(r, siret).Name, siret == t.Referent})
		}
	}
	if p.Fate, err = s.fateOf(r, who.Person, lead.Origin{Kind: lead.FromTeam, ID: t.ID}); err != nil {
		return err
	}
	events, err := s.config.Projects.Events(r.Context(), t.ID)
	if err != nil {
		return err
	}
	for _, e := range events {
		line := l.Moment(e.At) + " · " + l.T("act.team."+e.Act)
		if e.SIRET != 0 {
			line += " · " + s.firmOf(r, e.SIRET).Name
		}
		p.History = append(p.History, line+" · "+l.T("channel."+string(e.Channel)))
	}
	return s.show(w, status, "team/team", p)
}

// teamFacts says where and when.
func (s *site) teamFacts(l *locale.Language, t *team.Project) []string {
	c, _ := s.config.Places.Commune(t.Commune)
	facts := []string{c.Name}
	if t.Starts != "" {
		facts = append(facts, l.T("team.from", "day", l.Day(t.Starts)))
	}
	if t.Ends != "" {
		facts = append(facts, l.T("team.until", "day", l.Day(t.Ends)))
	}
	if t.Job.Social {
		facts = append(facts, l.T("teams.clause"))
	}
	if t.State == team.Asking && !t.AnswerBy.IsZero() {
		facts = append(facts, l.T("team.answer_by", "day", l.Day(dayOf(t.AnswerBy))))
	}
	return facts
}

func dayOf(t time.Time) clock.Day { return clock.Day(t.In(clock.Paris).Format(time.DateOnly)) }

// fillPlaces puts the firms of a team on its page, and its arch.
func (s *site) fillPlaces(r *http.Request, p *teamPage, t *team.Project, who *account.Signed) {
	l := s.words(r)
	var stones []voussoir
	for i := range t.Places {
		x := &t.Places[i]
		row := teamPlace{Answer: string(x.Answer), Said: l.T("team.answer." + string(x.Answer))}
		row.Firm, row.Lots, row.Distance = s.firmOf(r, x.SIRET), s.lotNames(l, t.Job.Lots, x.Lots), l.Distance(float64(x.Meters))
		if e, err := s.config.Directory.Establishment(x.SIRET); err == nil {
			row.World = worldOf(&e)
		}
		if x.Reason != "" {
			row.Said = l.T("team.no_because", "reason", l.T("team.reason."+x.Reason))
		}
		row.CanReply = t.State == team.Asking && x.Answer == team.Asked && (speaks(who, x.SIRET) || p.Run && who.Person.Is(account.Facilitator))
		if row.CanReply {
			row.Reasons = reasonsOfNo(l)
		}
		if x.Out() {
			p.Out = append(p.Out, row)
			continue
		}
		row.N = len(p.Members) + 1
		p.Members = append(p.Members, row)
		for range max(1, len(x.Lots)) {
			stones = append(stones, voussoir{World: row.World, N: row.N, Pale: x.Answer != team.Yes})
		}
	}
	for range t.Uncovered() {
		stones = append(stones, voussoir{})
	}
	p.Arch = archOf(stones)
	p.Arch.Figure = fmt.Sprintf("%d/%d", len(t.Job.Lots)-len(t.Uncovered()), len(t.Job.Lots))
}

func reasonsOfNo(l *locale.Language) []option {
	var out []option
	for _, reason := range team.Reasons() {
		out = append(out, option{reason, l.T("team.reason." + reason), false})
	}
	return out
}

// fillReplacement shows who would best replace those who left.
func (s *site) fillReplacement(r *http.Request, p *teamPage, t *team.Project) error {
	l := s.words(r)
	with, err := s.config.Projects.Replacement(r.Context(), t)
	if err != nil && !errors.Is(err, team.ErrInclude) && !errors.Is(err, team.ErrUnknown) {
		return err
	}
	for _, siret := range t.Left() {
		p.Waiting = append(p.Waiting, field{"parti", siret.String()})
	}
	p.Nobody = len(with) == 0
	for i := range with {
		m := &with[i]
		p.Replace = append(p.Replace, teamMember{N: len(p.Members) + i + 1, Firm: s.firmOf(r, m.SIRET), World: worldOf(&m.Establishment), Lots: s.lotNames(l, t.Job.Lots, m.Lots), Distance: l.Distance(m.Distance)})
		p.Waiting = append(p.Waiting, field{"avec", m.SIRET.String()})
	}
	return nil
}

// A teamListPage lists the teams of somebody, or of a facilitator's
// territories.
type teamListPage struct {
	frame
	Crumbs []crumb
	Rows   []teamRow
	Desk   bool
}

// A teamRow is a team in a list.
type teamRow struct {
	Title, Path, State, Said string
	Late                     bool // somebody is silent, or a no waits
}

func (s *site) ownTeams(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	f := team.Filter{Owner: who.Person.ID, Firms: who.Person.Memberships}
	p := &teamListPage{frame: s.frame(r, "/mon-espace", l.T("team.mine"))}
	if who.Person.Is(account.Facilitator) || who.Person.Is(account.Operator) {
		p.Desk, f.Territories, f.Everywhere = true, who.Person.Territories, len(who.Person.Territories) == 0
	}
	p.Crumbs, p.NoIndex = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("team.mine")}}, true
	list, err := s.config.Projects.Projects(r.Context(), f)
	if err != nil {
		return err
	}
	for _, t := range list {
		yes := 0
		for i := range t.Places {
			if t.Places[i].Answer == team.Yes {
				yes++
			}
		}
		c, _ := s.config.Places.Commune(t.Commune)
		p.Rows = append(p.Rows, teamRow{
			Title: t.Title, Path: "/groupements/" + t.ID, State: string(t.State), Late: t.State == team.Asking && len(t.Left()) > 0,
			Said: strings.Join([]string{c.Name, l.T("team.state." + string(t.State)), l.T("team.said_yes", "n", yes, "of", len(t.Members()))}, " · "),
		})
	}
	return s.show(w, http.StatusOK, "team/list", p)
}
