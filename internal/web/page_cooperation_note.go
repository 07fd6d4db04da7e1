package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// A writtenRow is what one of the parties wrote of a cooperation.
type writtenRow struct {
	Row     noteRow
	By      string
	State   string
	Public  string // path, once it is published
	Action  string // where who looks agrees or withdraws; empty elsewhere
	SIRET   string // for whom
	Written string // moment, as a form carries it
	Yes     bool
}

// writtenRow tells a note of a cooperation to one of its parties; zero for who
// is none.
func (s *site) writtenRow(r *http.Request, c *lead.Cooperation, n *lead.CooperationNote, siret register.SIRET) writtenRow {
	l := s.words(r)
	row := writtenRow{
		Row: s.noteRow(r, &lead.Note{ID: n.ID, Kind: lead.OfCooperation, Title: c.Kind, Day: c.Started, Saw: n.Saw, Takes: n.Takes, More: n.Brought, Signed: n.Signed, Trade: n.Trade}),
		By:  l.T("notes.by", "firm", s.firmOf(r, n.SIRET).Name, "at", l.Moment(n.WrittenAt)), Written: strconv.FormatInt(n.WrittenAt.UnixMicro(), 10), State: l.T("notes.waits"),
	}
	for _, one := range n.Yes {
		row.Yes = row.Yes || one == siret
	}
	if siret != 0 {
		row.SIRET = siret.String()
	}
	if !n.PublishedAt.IsZero() {
		row.State, row.Public = l.T("notes.public"), "/retours/"+n.ID
	}
	return row
}

// aboutCooperation adds what was written of a cooperation, what one may write,
// and what it comes from.
func (s *site) aboutCooperation(r *http.Request, who *account.Signed, p *cooperationPage, c *lead.Cooperation) error {
	l := s.words(r)
	list, err := s.config.Leads.NotesOf(r.Context(), c.ID)
	if err != nil {
		return err
	}
	mine := register.SIRET(0)
	for _, party := range c.Parties {
		if !member(who, party.SIRET) {
			continue
		}
		if mine = party.SIRET; c.State() == lead.Confirmed {
			p.Write = append(p.Write, linked{Name: l.T("notes.write_for", "firm", s.firmOf(r, mine).Name), Path: "/cooperations/" + c.ID + "/retour?siret=" + mine.String()})
		}
	}
	for _, n := range list {
		row := s.writtenRow(r, c, n, mine)
		if mine != 0 {
			row.Action = "/cooperations/" + c.ID + "/retours/" + n.ID
		}
		p.Notes = append(p.Notes, row)
	}
	if !account.May(who.Person, account.KeepLeads, account.Object{Territory: c.Territory}) {
		return nil
	}
	paths, err := s.config.Leads.Paths(r.Context(), c.ID)
	if err != nil {
		return err
	}
	for _, o := range paths {
		p.From = append(p.From, s.linkedFrom(r, l, o))
	}
	return nil
}

// A coopWritePage is where a party writes of a cooperation.
type coopWritePage struct {
	frame
	Crumbs    []crumb
	What      string
	Action    string
	SIRET     string
	Faults    []input
	Areas     []input
	Signed    input
	Trade     input
	Publish   bool
	Published bool
	Done      bool
}

// writing is who writes of which cooperation, and where.
type writing struct {
	of    *lead.Cooperation
	siret register.SIRET
	by    account.Actor
	path  string
}

// writer returns who writes, signed in or by the link of a mail. To whom it is
// not confirmed there is no such page.
func (s *site) writer(r *http.Request, who *account.Signed) (*writing, error) {
	if token := r.PathValue("token"); token != "" {
		c, siret, err := s.config.Leads.ByToken(r.Context(), r.PathValue("id"), token)
		if err != nil {
			return nil, err
		}
		return &writing{c, siret, account.Actor{Channel: account.Link}, "/cooperations/" + c.ID + "/lien/" + token + "/retour"}, nil
	}
	c, err := s.ownCooperation(r, who)
	if err != nil {
		return nil, err
	}
	siret, err := register.ParseSIRET(r.FormValue("siret"))
	if err != nil || c.Party(siret) == nil {
		return nil, db.ErrNotFound
	}
	if !member(who, siret) { // nobody writes what another took home
		return nil, account.ErrDenied
	}
	return &writing{c, siret, by(who), "/cooperations/" + c.ID + "/retour"}, nil
}

func (s *site) coopWriteForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.writer(r, who)
	if err != nil {
		return err
	}
	n, err := s.config.Leads.Written(r.Context(), of.of.ID, of.siret)
	if errors.Is(err, db.ErrNotFound) {
		n, err = &lead.CooperationNote{}, nil
	}
	if err != nil {
		return err
	}
	yes := n.ID == ""
	for _, one := range n.Yes {
		yes = yes || one == of.siret
	}
	return s.showCoopWrite(w, r, http.StatusOK, of, n, yes, "")
}

func (s *site) showCoopWrite(w http.ResponseWriter, r *http.Request, status int, of *writing, n *lead.CooperationNote, publish bool, fault string) error {
	private(w)
	l := s.words(r)
	if of.of.State() != lead.Confirmed {
		return db.ErrNotFound
	}
	p := &coopWritePage{frame: s.frame(r, "/mon-espace", l.T("notes.write_cooperation")), Action: of.path, SIRET: of.siret.String(), Publish: publish, Published: !n.PublishedAt.IsZero(), Done: r.URL.Query().Has("fait") && fault == ""}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: l.T("cooperation.title"), Path: strings.TrimSuffix(of.path, "/retour")}, {Name: p.Title}}
	var names []string
	for _, party := range of.of.Parties {
		names = append(names, s.firmOf(r, party.SIRET).Name)
	}
	p.What = l.T("cooperation.kind."+of.of.Kind) + " · " + strings.Join(names, " · ")
	for _, f := range []struct{ name, value string }{{"fait", n.Saw}, {"retenu", n.Takes}, {"apporte", n.Brought}} {
		i := input{Name: f.name, Label: l.T("notes.ask." + f.name), Value: f.value, Rows: 3, Free: true}
		if f.name == "fait" && fault != "" {
			i.Error = fault
			p.Faults, p.Title = []input{i}, l.T("form.error_title", "title", p.Title)
		}
		p.Areas = append(p.Areas, i)
	}
	p.Signed = input{Name: "signature", Label: l.T("notes.signed"), Hint: l.T("notes.signed_hint"), Value: n.Signed, Optional: true}
	p.Trade = s.anyTrade(l, n.Trade)
	p.Trade.Label, p.Trade.Options[0].Name = l.T("notes.trade"), l.T("notes.no_trade")
	return s.show(w, status, "lead/write", p)
}

func (s *site) coopWrite(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	of, err := s.writer(r, who)
	if err != nil {
		return err
	}
	n := lead.CooperationNote{Cooperation: of.of.ID, SIRET: of.siret, Saw: one(form, "fait"), Takes: one(form, "retenu"), Brought: one(form, "apporte"), Signed: one(form, "signature")}
	if t, ok := s.config.Trades.Trade(form.Get("metier")); ok {
		n.Trade = t.Slug
	}
	publish := form.Get("publier") == "1"
	err = s.config.Leads.Write(r.Context(), of.by, n, publish)
	switch {
	case errors.Is(err, lead.ErrEmpty):
		return s.showCoopWrite(w, r, http.StatusUnprocessableEntity, of, &n, publish, s.words(r).T("visit.error.empty"))
	case errors.Is(err, lead.ErrUnconfirmed):
		return db.ErrNotFound
	case err != nil:
		return err
	}
	return s.goOn(w, r, pathIn(r, of.path)+"?"+url.Values{"siret": {of.siret.String()}, "fait": {"1"}}.Encode())
}

// byLink is a page of who has the link of a mail.
func byLink(h signedHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error { return h(w, r, nil) }
}

// agreeing returns the wish of a form about a note, and the words it is about.
func agreeing(form url.Values) (written time.Time, yes bool) {
	n, err := strconv.ParseInt(form.Get("ecrit"), 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	return time.UnixMicro(n), form.Get("accord") == "oui"
}

// agree is the wish of somebody signed in about a note of their cooperation.
func (s *site) agree(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.ownCooperation(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	siret, err := register.ParseSIRET(form.Get("siret"))
	if err != nil || c.Party(siret) == nil {
		return db.ErrNotFound
	}
	if !member(who, siret) {
		return account.ErrDenied
	}
	list, err := s.config.Leads.NotesOf(r.Context(), c.ID)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n.ID == r.PathValue("retour") {
			written, yes := agreeing(form)
			if err := s.config.Leads.Consent(r.Context(), by(who), n.ID, siret, written, yes); err != nil {
				return err
			}
			return s.goOn(w, r, pathIn(r, "/cooperations/"+c.ID)+"?fait=1#retours")
		}
	}
	return db.ErrNotFound
}

// An agreePage is where a party agrees to what another wrote, by the link of a
// mail. Opening it agrees to nothing.
type agreePage struct {
	frame
	Crumbs []crumb
	writtenRow
	Done bool
}

func (s *site) agreeForm(w http.ResponseWriter, r *http.Request) error {
	private(w)
	n, siret, err := s.config.Leads.ByNoteLink(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return err
	}
	c, err := s.config.Leads.Cooperation(r.Context(), n.Cooperation)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &agreePage{frame: s.frame(r, "/", l.T("notes.agree_title")), writtenRow: s.writtenRow(r, c, n, siret), Done: r.URL.Query().Has("fait")}
	p.Action = "/retours/accord/" + n.ID + "/" + r.PathValue("token")
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: p.Title}}
	return s.show(w, http.StatusOK, "lead/agree", p)
}

func (s *site) agreeByLink(w http.ResponseWriter, r *http.Request) error {
	n, siret, err := s.config.Leads.ByNoteLink(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	written, yes := agreeing(form)
	if err := s.config.Leads.Consent(r.Context(), account.Actor{Channel: account.Link}, n.ID, siret, written, yes); err != nil {
		return err
	}
	return s.goOn(w, r, r.URL.Path+"?fait=1")
}
