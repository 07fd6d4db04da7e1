package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// A leadPage shows a lead, where it comes from and what it led to, and lets it
// be changed; without one, it lets one be noted.
type leadPage struct {
	frame
	Crumbs      []crumb
	New         bool
	Hidden      []field // what a new one comes from
	Saved       bool
	Row         leadRow
	Text        string
	Reason      string
	From        []linked
	LedTo       []linked
	History     []string
	Action      string
	Faults      []input
	Inputs      []input // title, establishments
	Step        []input // the next one, its day
	Stage       input
	Words       input
	Choices     []input // who sees to it, what it serves
	Unfold      bool    // something that is folded is to be put right
	Note        input
	Drop        input
	Dropped     bool
	Done        bool
	Talk        *leadTalk
	Visits      []linked // where each party opens a visit that this lead becomes
	Cooperation string   // path of the form that tells of one, empty when there is one
}

// A linked is something a lead comes from or led to, in words.
type linked struct{ Name, Path string }

// A leadForm is what was typed of a lead.
type leadForm struct {
	lead    lead.Lead
	parties []string // as typed
	note    string
	match   *matched // that it comes from
}

func (s *site) newLead(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	f := leadForm{lead: lead.Lead{Owner: who.Person.ID, Stage: lead.Noted}}
	for _, name := range []string{"de", "vers"} {
		if v := r.URL.Query().Get(name); v != "" {
			f.parties = append(f.parties, cut(v, 200))
		}
	}
	if m, ok := matchTyped(r.URL.Query()); ok {
		return s.noteMatch(w, r, who, m, f)
	}
	return s.showLead(w, r, http.StatusOK, who, f, nil, nil)
}

// ownLead returns the lead of a request, when who asks may see to it.
func (s *site) ownLead(r *http.Request, who *account.Signed) (*lead.Lead, error) {
	one, err := s.config.Leads.Lead(r.Context(), r.PathValue("id"))
	if err == nil && !account.May(who.Person, account.KeepLeads, account.Object{Person: one.Owner, Territory: one.Territory}) {
		return nil, account.ErrDenied
	}
	return one, err
}

func (s *site) lead(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	one, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	return s.showLead(w, r, http.StatusOK, who, formOfLead(one), one, nil)
}

func formOfLead(one *lead.Lead) leadForm {
	f := leadForm{lead: *one}
	for _, siret := range one.Parties {
		f.parties = append(f.parties, spaced(siret.String()))
	}
	return f
}

// partiesTyped is how many establishments the form of a lead has room for.
const partiesTyped = 3

func (s *site) showLead(w http.ResponseWriter, r *http.Request, status int, who *account.Signed, f leadForm, old *lead.Lead, faults map[string]string) error {
	l := s.words(r)
	p := &leadPage{frame: s.frame(r, "/mon-espace", l.T("leads.new")), New: old == nil, Action: "/pistes", Saved: r.URL.Query().Has("fait") && faults == nil}
	if old != nil {
		p.Title, p.Action, p.Row, p.Text = old.Title, "/pistes/"+old.ID, s.leadRows(r, []*lead.Lead{old})[0], old.Words
		if err := s.aboutLead(r, who, p, old); err != nil {
			return err
		}
		var err error
		if p.Talk, err = s.talkOf(r, who.Person, old); err != nil {
			return err
		}
	}
	if f.match != nil {
		p.Hidden = fields(f.match.values())
		p.From = append(p.From, s.linkedFrom(r, l, f.match.origin()))
	}
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("leads.title"), Path: "/pistes"}, crumb{Name: p.Title})
	p.Path, p.NoIndex = p.Action, true
	field := func(name, value, kind string, free bool) input {
		i := input{Name: name, Label: l.T("lead." + name), Value: value, Type: kind, Free: free, Error: faults[name]}
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
		return i
	}
	p.Inputs = []input{field("title", f.lead.Title, "", false)}
	p.Step = []input{field("next", f.lead.Next, "", true), field("due", string(f.lead.Due), "date", true)}
	for n := range max(partiesTyped, len(f.parties)) {
		i := input{Name: "party", Label: l.T("lead.party", "n", n+1), Free: true}
		if n < len(f.parties) {
			i.Value = f.parties[n]
		}
		i.Name += []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"}[min(n, 8)]
		if n == 0 {
			i.Hint, i.Error = l.T("lead.party_hint"), faults["party"]
		}
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
		p.Inputs = append(p.Inputs, i)
	}
	p.Words = input{Name: "words", Label: l.T("lead.words"), Value: f.lead.Words, Rows: 4, Free: true}
	p.Note = input{Name: "note", Label: l.T("lead.note"), Hint: l.T("lead.note_hint"), Value: f.note, Rows: 2, Free: true}
	owners, err := s.ownerChoice(r, f.lead.Owner)
	if err != nil {
		return err
	}
	p.Stage, p.Choices = stageChoice(l, f.lead.Stage, old), []input{owners, axisChoice(l, f.lead.Axis)}
	p.Drop = input{Name: "reason", Label: l.T("lead.reason_label")}
	for _, reason := range lead.Reasons() {
		p.Drop.Options = append(p.Drop.Options, option{Value: string(reason), Name: l.T("lead.reason." + string(reason))})
	}
	if p.Unfold = faults["title"] != "" || faults["party"] != ""; len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "lead/lead", p)
}

// aboutLead adds what a lead comes from, what it led to and what was done.
func (s *site) aboutLead(r *http.Request, who *account.Signed, p *leadPage, old *lead.Lead) error {
	l := s.words(r)
	for _, o := range old.Origins {
		p.From = append(p.From, s.linkedFrom(r, l, o))
	}
	for _, o := range old.LedTo {
		p.LedTo = append(p.LedTo, s.linkedFrom(r, l, o))
	}
	p.Dropped, p.Done = old.Stage == lead.Dropped, old.Stage == lead.Done
	if p.Dropped {
		p.Reason = l.T("lead.reason." + string(old.Reason))
	}
	if !p.Dropped && !p.Done && len(old.Parties) > 1 {
		p.Cooperation = "/pistes/" + old.ID + "/cooperation"
	}
	if !p.Dropped {
		for _, siret := range old.Parties {
			e, err := s.config.Directory.Establishment(siret)
			if err == nil && s.config.Visits.Shown(siret) && account.May(who.Person, account.HostVisits, account.Object{SIRET: siret, Territory: e.Territory}) {
				p.Visits = append(p.Visits, linked{Name: s.firmOf(r, siret).Name, Path: hostPath(siret) + "?piste=" + old.ID})
			}
		}
	}
	history, err := s.config.Leads.History(r.Context(), old.ID)
	if err != nil {
		return err
	}
	for _, c := range history {
		p.History = append(p.History, s.changeLine(r, l, c))
	}
	return nil
}

// linkedPaths are where the pages of what leads come from and led to are.
var linkedPaths = map[string]string{
	lead.FromIntroduction: "/mises-en-relation/", lead.FromLead: "/pistes/", lead.FromNeed: "/annonces/", lead.FromTeam: "/groupements/", lead.ToCooperation: "/cooperations/", lead.FromMeeting: plansPath + "/",
	lead.FromVisit: "/visites/", lead.FromNote: "/retours/",
}

// fateOf returns the leads that come from something, with their stage and what
// they led to last, for who keeps leads.
func (s *site) fateOf(r *http.Request, who *account.Person, o lead.Origin) ([]linked, error) {
	if who == nil || !who.Is(account.Facilitator) {
		return nil, nil
	}
	list, err := s.config.Leads.From(r.Context(), o)
	if err != nil {
		return nil, err
	}
	l, fate := s.words(r), []linked(nil)
	for _, one := range list {
		if account.May(who, account.KeepLeads, account.Object{Person: one.Owner, Territory: one.Territory}) {
			fate = append(fate, linked{Name: one.Title + ", " + l.T("lead.stage."+string(one.Stage)), Path: "/pistes/" + one.ID})
		}
	}
	return fate, nil
}

// linkedFrom is linkedTo, with the title of what has one; what was written
// after a visit leads somewhere while it is published.
func (s *site) linkedFrom(r *http.Request, l *locale.Language, o lead.Origin) linked {
	k := linkedTo(l, o)
	switch o.Kind {
	case lead.FromNote:
		if _, err := s.config.Leads.Note(r.Context(), o.ID); err != nil {
			k.Path = ""
		}
	case lead.FromVisit:
		if v, err := s.config.Visits.Visit(r.Context(), o.ID); err == nil {
			k.Name += " : " + v.Offer.Title + ", " + longDay(l, v.Room.Start)
		}
	case lead.FromNeed:
		if n, err := s.config.Needs.Need(r.Context(), o.ID); err == nil {
			k.Name += " : " + n.Title
		}
	case lead.FromMatch:
		if seeker, wanted, ok := strings.Cut(o.ID, "-"); ok {
			if siret, err := register.ParseSIRET(seeker); err == nil && !s.firmOf(r, siret).Gone {
				k.Path = "/entreprises/" + seeker + "/partenaires"
			}
			if siret, err := register.ParseSIRET(wanted); err == nil {
				k.Name += " : " + s.firmOf(r, siret).Name
			}
		}
	case lead.FromMeeting:
		if m, err := s.config.Meetings.Meeting(r.Context(), o.ID); err == nil {
			k.Name += " : " + m.Title + ", " + longDay(l, m.Room.Start)
		}
	}
	return k
}

func linkedTo(l *locale.Language, o lead.Origin) linked {
	k := linked{Name: l.T("lead.origin." + o.Kind)}
	if path, ok := linkedPaths[o.Kind]; ok && o.ID != "" {
		k.Path = path + url.PathEscape(o.ID)
	}
	return k
}

// changeLine tells a change of a lead.
func (s *site) changeLine(r *http.Request, l *locale.Language, c lead.Changed) string {
	who := s.nameOf(r, c.Who)
	if who == "" {
		who = l.T("lead.somebody")
	}
	parts := []string{l.Moment(c.At), who}
	switch {
	case c.Before == "":
		parts = append(parts, l.T("lead.was_noted"))
	case c.Before != c.After:
		parts = append(parts, l.T("lead.moved", "from", l.T("lead.stage."+string(c.Before)), "to", l.T("lead.stage."+string(c.After))))
	}
	for _, f := range c.Fields {
		parts = append(parts, l.T("lead.changed."+f))
	}
	if c.Note != "" {
		parts = append(parts, "« "+c.Note+" »")
	}
	return strings.Join(parts, " · ")
}

// stageChoice offers the stages that a lead may go to from where it is.
func stageChoice(l *locale.Language, chosen lead.Stage, old *lead.Lead) input {
	i := input{Name: "stage", Label: l.T("lead.stage_label")}
	for _, stage := range lead.Stages() {
		if stage == lead.Dropped || old == nil && !stage.Open() || old != nil && stage != old.Stage && lead.Move(old.Stage, stage, "") != nil || stage == lead.Done && (old == nil || old.Stage != lead.Done) {
			continue // dropped with its reason, done by telling of the cooperation
		}
		i.Options = append(i.Options, option{Value: string(stage), Name: l.T("lead.stage." + string(stage)), Chosen: stage == chosen})
	}
	return i
}

// ownerChoice offers the facilitators of the house.
func (s *site) ownerChoice(r *http.Request, chosen string) (input, error) {
	l := s.words(r)
	i := input{Name: "owner", Label: l.T("lead.owner"), Options: []option{{Name: l.T("lead.nobody"), Chosen: chosen == ""}}}
	staff, err := s.config.Accounts.Staff(r.Context())
	if err != nil {
		return i, err
	}
	for _, who := range staff {
		if who.Is(account.Facilitator) {
			i.Options = append(i.Options, option{Value: who.ID, Name: who.Name(), Chosen: who.ID == chosen})
		}
	}
	return i, nil
}

func (s *site) saveLead(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	var old *lead.Lead
	if r.PathValue("id") != "" {
		var err error
		if old, err = s.ownLead(r, who); err != nil {
			return err
		}
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l, faults := s.words(r), make(map[string]string)
	f := leadForm{note: one(form, "note")}
	if old != nil {
		f.lead = *old
	} else if m, ok := matchTyped(form); ok {
		f.match = &m
	}
	f.lead.Title, f.lead.Next, f.lead.Words, f.lead.Due = one(form, "title"), one(form, "next"), one(form, "words"), clock.Day(one(form, "due"))
	f.lead.Axis = form.Get("axis")
	if f.lead.Stage = lead.Stage(form.Get("stage")); !slices.Contains(lead.Stages(), f.lead.Stage) {
		f.lead.Stage = lead.Noted
		if old != nil {
			f.lead.Stage = old.Stage
		}
	}
	owners, err := s.ownerChoice(r, form.Get("owner"))
	if err != nil {
		return err
	}
	f.lead.Owner = ""
	for _, o := range owners.Options {
		if o.Chosen {
			f.lead.Owner = o.Value
		}
	}
	f.lead.Parties = nil
	for _, n := range "123456789" {
		typed := cut(one(form, "party"+string(n)), 200)
		if typed == "" {
			continue
		}
		f.parties = append(f.parties, typed)
		siret, err := s.siretTyped(typed)
		if err != nil {
			faults["party"] = l.T("lead.error.party", "typed", typed)
			continue
		}
		f.lead.Parties = append(f.lead.Parties, siret)
	}
	if len(faults) > 0 {
		return s.showLead(w, r, http.StatusUnprocessableEntity, who, f, old, faults)
	}
	if old == nil {
		f.lead.Origins, f.lead.Territory = []lead.Origin{originOf(form, f.lead.Parties)}, s.territoryOf(f.lead.Parties, who)
		old, err = s.config.Leads.Add(r.Context(), by(who), f.lead)
	} else {
		_, err = s.config.Leads.Change(r.Context(), lead.Change{Lead: f.lead, Note: f.note, By: by(who)})
	}
	for of, field := range map[error]string{lead.ErrTitle: "title", lead.ErrDay: "due", lead.ErrStage: "title"} {
		if errors.Is(err, of) {
			faults[field] = l.T(leadFaults[of])
			return s.showLead(w, r, http.StatusUnprocessableEntity, who, f, old, faults)
		}
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/pistes/"+old.ID)+"?fait=1")
}

// leadFaults are the messages of refusals.
var leadFaults = map[error]string{lead.ErrTitle: "lead.error.title", lead.ErrDay: "lead.error.day", lead.ErrStage: "lead.error.stage"}

// siretTyped reads an establishment however it was given: its SIRET, or the
// address of its page.
func (s *site) siretTyped(typed string) (register.SIRET, error) {
	if _, digits, found := strings.Cut(typed, "/entreprises/"); found {
		typed, _, _ = strings.Cut(digits, "?")
	}
	siret, err := register.ParseSIRET(strings.Join(strings.Fields(typed), ""))
	if err != nil {
		return 0, err
	}
	_, err = s.config.Directory.Establishment(siret)
	return siret, err
}

// territoryOf returns where a lead lies: where the first of its establishments
// does that is of who notes it, else where they all are, else who notes it.
func (s *site) territoryOf(parties []register.SIRET, who *account.Signed) string {
	first := ""
	for _, siret := range parties {
		e, err := s.config.Directory.Establishment(siret)
		if err != nil || e.Territory == "" {
			continue
		}
		if account.May(who.Person, account.KeepLeads, account.Object{Territory: e.Territory}) {
			return e.Territory
		}
		if first == "" {
			first = e.Territory
		}
	}
	if first == "" && len(who.Person.Territories) > 0 {
		first = who.Person.Territories[0]
	}
	return first
}

// dropLead gives a lead up, with a reason; or takes it up again.
func (s *site) dropLead(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	old, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	c := lead.Change{Lead: *old, Note: one(form, "note"), By: by(who)}
	c.Lead.Stage, c.Lead.Reason = lead.Dropped, lead.Reason(form.Get("reason"))
	if form.Get("reprendre") != "" {
		c.Lead.Stage = lead.Noted
	}
	if _, err := s.config.Leads.Change(r.Context(), c); err != nil && !errors.Is(err, lead.ErrStage) && !errors.Is(err, lead.ErrReason) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/pistes/"+old.ID)+"?fait=1")
}
