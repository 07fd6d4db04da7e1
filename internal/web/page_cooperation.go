package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// A cooperationForm is the fields that tell of a cooperation: a lead and an
// introduction share it.
type cooperationForm struct {
	Kind, Band, Public input
	Inputs             []input
	Faults             []input
}

// newCooperationForm makes the form, filled with what was typed.
func newCooperationForm(l *locale.Language, typed url.Values, faults map[string]string) cooperationForm {
	var f cooperationForm
	f.Kind = input{Name: "kind", Label: l.T("cooperation.kind_label")}
	for _, kind := range lead.Kinds() {
		f.Kind.Options = append(f.Kind.Options, option{Value: kind, Name: l.T("cooperation.kind." + kind), Chosen: kind == typed.Get("kind")})
	}
	f.Band = input{Name: "band", Label: l.T("cooperation.band"), Hint: l.T("cooperation.band_hint"), Options: []option{{Name: l.T("cooperation.not_said")}}}
	for i, b := range lead.Bands() {
		n := strconv.Itoa(i + 1)
		f.Band.Options = append(f.Band.Options, option{Value: n, Name: bandName(l, b), Chosen: n == typed.Get("band")})
	}
	f.Public = input{Name: "public", Label: l.T("cooperation.public"), Value: typed.Get("public")}
	for _, c := range []struct {
		name, kind string
		free       bool
	}{{"started", "date", false}, {"hours", "number", true}, {"jobs", "number", true}, {"materials", "number", true}} {
		i := input{Name: c.name, Label: l.T("cooperation." + c.name), Type: c.kind, Value: typed.Get(c.name), Free: c.free, Error: faults[c.name]}
		if c.free {
			i.Hint = l.T("cooperation." + c.name + "_hint")
		}
		if i.Error != "" {
			f.Faults = append(f.Faults, i)
		}
		f.Inputs = append(f.Inputs, i)
	}
	return f
}

// bandName writes the bounds of an amount.
func bandName(l *locale.Language, b lead.Band) string {
	euros := func(c sheet.Cents) string { return l.Number(int64(c) / 100) }
	switch {
	case b == lead.Band{}:
		return l.T("cooperation.not_said")
	case b.To == 0:
		return l.T("cooperation.more_than", "from", euros(b.From))
	case b.From < 100:
		return l.T("cooperation.less_than", "to", euros(b.To))
	}
	return l.T("cooperation.between", "from", euros(b.From), "to", euros(b.To))
}

// cooperationOf reads what was typed of a cooperation, and what is wrong with
// it, by field.
func cooperationOf(l *locale.Language, form url.Values) (lead.Cooperation, map[string]string) {
	faults := make(map[string]string)
	c := lead.Cooperation{Kind: form.Get("kind"), Started: clock.Day(one(form, "started")), PublicOrder: form.Get("public") != ""}
	if _, err := clock.ParseDay(string(c.Started)); err != nil {
		faults["started"] = l.T("lead.error.day")
	}
	if !slices.Contains(lead.Kinds(), c.Kind) {
		c.Kind = "other"
	}
	if n, err := strconv.Atoi(form.Get("band")); err == nil && n >= 1 && n <= len(lead.Bands()) {
		c.Amount = lead.Bands()[n-1]
	}
	for name, into := range map[string]*int{"hours": &c.Hours, "jobs": &c.Jobs, "materials": &c.Materials} {
		typed := one(form, name)
		if typed == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 0 || n > 10_000_000 {
			faults[name] = l.T("cooperation.error.figure")
			continue
		}
		*into = n
	}
	return c, faults
}

// A declarePage tells of a cooperation that came of a lead.
type declarePage struct {
	frame
	Crumbs []crumb
	Lead   string
	For    input // which of the parties says it
	Form   cooperationForm
	Action string
}

func (s *site) declareForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	return s.showDeclare(w, r, http.StatusOK, l, url.Values{"started": {s.today()}}, nil)
}

func (s *site) showDeclare(w http.ResponseWriter, r *http.Request, status int, of *lead.Lead, typed url.Values, faults map[string]string) error {
	l := s.words(r)
	p := &declarePage{frame: s.frame(r, "/mon-espace", l.T("cooperation.declare")), Lead: of.Title, Form: newCooperationForm(l, typed, faults), Action: "/pistes/" + of.ID + "/cooperation"}
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("leads.title"), Path: "/pistes"}, crumb{Name: of.Title, Path: "/pistes/" + of.ID}, crumb{Name: p.Title})
	p.Path, p.NoIndex = p.Action, true
	p.For = input{Name: "for", Label: l.T("cooperation.for"), Hint: l.T("cooperation.for_hint")}
	for _, siret := range of.Parties {
		p.For.Options = append(p.For.Options, option{Value: siret.String(), Name: s.firmOf(r, siret).Name, Chosen: siret.String() == typed.Get("for")})
	}
	if len(p.Form.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "lead/declare", p)
}

func (s *site) declare(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	c, faults := cooperationOf(s.words(r), form)
	if len(faults) > 0 {
		return s.showDeclare(w, r, http.StatusUnprocessableEntity, of, form, faults)
	}
	c.Lead, c.Territory = of.ID, of.Territory
	for _, siret := range of.Parties {
		c.Parties = append(c.Parties, lead.Party{SIRET: siret})
		if c.DeclaredFor == 0 || siret.String() == form.Get("for") {
			c.DeclaredFor = siret
		}
	}
	actor := by(who)
	actor.Channel = account.Phone // a facilitator tells it for one of the parties
	done, _, err := s.config.Leads.Declare(r.Context(), lead.Declared{Cooperation: c, By: actor})
	if errors.Is(err, lead.ErrParties) {
		return s.goOn(w, r, pathIn(r, "/pistes/"+of.ID)) // with one establishment there is nothing to tell
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/cooperations/"+done.ID))
}

// A cooperationPage shows a cooperation and lets its parties say whether it is
// so: signed in, or by the link of a mail.
type cooperationPage struct {
	frame
	Crumbs    []crumb
	State     string
	StateText string
	Kind      string
	Started   clock.Day
	Amount    string
	Hours     int
	Jobs      int
	Materials int
	Public    bool
	By        string // who told of it, and when
	Lead      string // path, for who may see it
	Parties   []partyRow
	Notes     []writtenRow
	Write     []linked // forms to write of it
	From      []linked // the chain it comes from, for who keeps leads
	Answered  bool
	Used      bool // answered otherwise before
}

// A partyRow is what one of the parties says.
type partyRow struct {
	Firm   firm
	State  string
	Text   string
	Action string // where who looks may answer for it, empty elsewhere
	SIRET  string
	Staff  bool // a facilitator answers for it
}

// mayAnswer reports whether somebody may answer for an establishment.
func (s *site) mayAnswer(who *account.Person, siret register.SIRET) bool {
	o := account.Object{SIRET: siret}
	if e, err := s.config.Directory.Establishment(siret); err == nil {
		o.Territory = e.Territory
	}
	return account.May(who, account.Cooperate, o)
}

// ownCooperation returns the cooperation of a request, when who asks speaks
// for one of its parties or looks after where it lies.
func (s *site) ownCooperation(r *http.Request, who *account.Signed) (*lead.Cooperation, error) {
	c, err := s.config.Leads.Cooperation(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if account.May(who.Person, account.Cooperate, account.Object{Territory: c.Territory}) || slices.ContainsFunc(c.Parties, func(p lead.Party) bool { return s.mayAnswer(who.Person, p.SIRET) }) {
		return c, nil
	}
	return nil, account.ErrDenied
}

func (s *site) cooperation(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.ownCooperation(r, who)
	if err != nil {
		return err
	}
	p := s.cooperationPage(r, c)
	if c.Lead != "" && account.May(who.Person, account.KeepLeads, account.Object{Territory: c.Territory}) {
		p.Lead = "/pistes/" + c.Lead
	}
	for i := range p.Parties {
		row := &p.Parties[i]
		if siret := c.Parties[i].SIRET; row.State == lead.Asked && s.mayAnswer(who.Person, siret) {
			row.Action, row.Staff = "/cooperations/"+c.ID, !member(who, siret)
		}
	}
	if err := s.aboutCooperation(r, who, p, c); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "lead/cooperation", p)
}

func (s *site) cooperationPage(r *http.Request, c *lead.Cooperation) *cooperationPage {
	l := s.words(r)
	p := &cooperationPage{
		frame: s.frame(r, "/mon-espace", l.T("cooperation.title")), State: c.State(), StateText: l.T("cooperation.state." + c.State()), Kind: l.T("cooperation.kind." + c.Kind), Started: c.Started, Amount: bandName(l, c.Amount),
		Hours: c.Hours, Jobs: c.Jobs, Materials: c.Materials, Public: c.PublicOrder, Answered: r.URL.Query().Has("fait"), Used: r.URL.Query().Has("autre"),
	}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: p.Title}}
	p.Path, p.NoIndex = "/cooperations/"+c.ID, true
	p.By = l.T("cooperation.told", "firm", s.firmOf(r, c.DeclaredFor).Name, "at", l.Moment(c.CreatedAt))
	for _, party := range c.Parties {
		row := partyRow{Firm: s.firmOf(r, party.SIRET), State: party.State, Text: l.T("cooperation.party." + party.State), SIRET: party.SIRET.String()}
		if party.Channel == account.Phone || party.Channel == account.Desk {
			row.Text += " " + l.T("cooperation.by_channel", "how", l.T("channel."+string(party.Channel)), "who", s.nameOf(r, party.Who))
		}
		p.Parties = append(p.Parties, row)
	}
	return p
}

// answerCooperation notes what one of the parties says, by somebody signed in.
func (s *site) answerCooperation(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.ownCooperation(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	siret, err := register.ParseSIRET(form.Get("siret"))
	if err != nil {
		return db.ErrNotFound
	}
	if !s.mayAnswer(who.Person, siret) {
		return account.ErrDenied
	}
	actor := by(who)
	if !member(who, siret) {
		actor.Channel = account.Phone
	}
	return s.answered(w, r, actor, c.ID, siret, form, "/cooperations/"+c.ID)
}

// answered writes an answer and goes back to where it was asked.
func (s *site) answered(w http.ResponseWriter, r *http.Request, actor account.Actor, id string, siret register.SIRET, form url.Values, path string) error {
	state := lead.Confirmed
	if form.Get("reponse") == "non" {
		state = lead.Denied
	}
	err := s.config.Leads.Answer(r.Context(), actor, id, siret, state)
	if errors.Is(err, lead.ErrAnswer) {
		return s.goOn(w, r, pathIn(r, path)+"?autre=1")
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, path)+"?fait=1")
}

// cooperationByLink shows a cooperation to who has the link of a mail. Opening
// it answers nothing: scanners of mails open links too.
func (s *site) cooperationByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	c, siret, err := s.config.Leads.ByToken(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return err
	}
	p := s.cooperationPage(r, c)
	p.Crumbs, p.Path = []crumb{{Name: p.Title}}, "/"
	if c.State() == lead.Confirmed {
		p.Write = []linked{{Name: s.words(r).T("notes.write_for", "firm", s.firmOf(r, siret).Name), Path: "/cooperations/" + c.ID + "/lien/" + r.PathValue("token") + "/retour"}}
	}
	for i := range p.Parties {
		if row := &p.Parties[i]; c.Parties[i].SIRET == siret && row.State == lead.Asked {
			row.Action = "/cooperations/" + c.ID + "/lien/" + r.PathValue("token")
		}
	}
	return s.show(w, http.StatusOK, "lead/cooperation", p)
}

func (s *site) answerByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	c, siret, err := s.config.Leads.ByToken(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	return s.answered(w, r, account.Actor{Channel: account.Link}, c.ID, siret, form, "/cooperations/"+c.ID+"/lien/"+r.PathValue("token"))
}
