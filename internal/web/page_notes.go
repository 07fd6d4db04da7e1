package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/pdf"
	"passerelle/internal/register"
	"passerelle/internal/visit"
)

// A noteRow is an experience note in a list.
type noteRow struct {
	Title  string
	Path   string
	Source string // path of the visit; empty where it is not open, and of a cooperation
	Kind   string
	Firms  []firm
	Day    string
	Trade  string
	Lines  []noteLine
	Signed string
}

// A noteLine is a question and its answer.
type noteLine struct{ Ask, Words string }

// notesShown is how many notes a page shows; onPage, how many another page
// does.
const (
	notesShown = 20
	onPage     = 3
)

// noteRows returns the notes of a filter, how many there are, and the cursor
// of the next page.
func (s *site) noteRows(r *http.Request, f lead.NoteFilter) ([]noteRow, int, string, error) {
	list, total, next, err := s.config.Leads.Notes(r.Context(), f)
	if err != nil {
		return nil, 0, "", err
	}
	var rows []noteRow
	for _, n := range list {
		rows = append(rows, s.noteRow(r, n))
	}
	return rows, total, next, nil
}

func (s *site) noteRow(r *http.Request, n *lead.Note) noteRow {
	l := s.words(r)
	row := noteRow{Title: n.Title, Path: "/retours/" + n.ID, Kind: l.T("notes.kind." + n.Kind), Day: l.Day(n.Day), Signed: n.Signed}
	if n.Kind == lead.OfCooperation {
		row.Title, row.Day = l.T("cooperation.kind."+n.Title), l.T("notes.since", "day", l.Day(n.Day))
	}
	ask := noteAsks[n.Kind]
	for _, siret := range n.Parties {
		row.Firms = append(row.Firms, s.firmOf(r, siret))
	}
	if n.Trade != "" {
		row.Trade = s.tradeName(l, n.Trade)
	}
	for _, line := range []noteLine{{l.T(ask[0]), n.Saw}, {l.T(ask[1]), n.Takes}, {l.T(ask[2]), n.More}} {
		if line.Words != "" {
			row.Lines = append(row.Lines, line)
		}
	}
	return row
}

// noteAsks are the questions, by what a note is written after.
var noteAsks = map[string][3]string{
	lead.OfVisit:       {"notes.ask.vu", "notes.ask.retient", "notes.ask.suite"},
	lead.OfCooperation: {"notes.ask.fait", "notes.ask.retenu", "notes.ask.apporte"},
}

// notesHere are the newest notes that concern another page, and where the
// others are.
type notesHere struct {
	Rows []noteRow
	All  string
}

// notesAbout returns the notes that a page shows; q is the same filter in an
// address.
func (s *site) notesAbout(r *http.Request, f lead.NoteFilter, q url.Values) (notesHere, error) {
	var here notesHere
	if s.config.Leads == nil {
		return here, nil
	}
	f.Limit = onPage
	rows, _, next, err := s.noteRows(r, f)
	if here.Rows = rows; next != "" {
		here.All = "/retours?" + q.Encode()
	}
	return here, err
}

// A notesPage is the experience notes.
type notesPage struct {
	frame
	Crumbs  []crumb
	Filters []input
	Words   input
	Rows    []noteRow
	Total   string
	Chosen  bool
	Next    string
}

func (s *site) notes(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	v := r.URL.Query()
	p := &notesPage{frame: s.frame(r, "/visites", l.T("notes.title"))}
	p.Path, p.Description = "/retours", l.T("notes.description")
	p.Crumbs = []crumb{{Name: l.T("visits.title"), Path: "/visites"}, {Name: l.T("notes.title")}}
	f, q := lead.NoteFilter{Words: cut(one(v, "q"), 120)}, url.Values{}
	if t, ok := s.config.Places.Territory(v.Get("territoire")); ok {
		f.Territory = t.Slug
		q.Set("territoire", t.Slug)
	}
	if t, ok := s.config.Trades.Trade(v.Get("metier")); ok {
		f.Trade = t.Slug
		q.Set("metier", t.Slug)
	}
	if siret, err := register.ParseSIRET(v.Get("entreprise")); err == nil {
		f.Party = siret
		q.Set("entreprise", siret.String())
		p.Title = l.T("notes.with", "firm", s.firmOf(r, siret).Name)
	}
	if f.Words != "" {
		q.Set("q", f.Words)
	}
	p.Words = input{Name: "q", Label: l.T("notes.words"), Value: f.Words, Type: "search", Free: true}
	p.Filters = []input{s.anyTerritory(l, f.Territory), s.anyTrade(l, f.Trade)}
	p.Chosen = f != lead.NoteFilter{}
	f.After, f.Limit = cut(v.Get("apres"), 80), notesShown
	rows, total, next, err := s.noteRows(r, f)
	if err != nil {
		return err
	}
	if p.Rows = rows; next != "" {
		q.Set("apres", next)
		p.Next = "/retours?" + q.Encode()
	}
	p.Total = l.T("notes.total", "n", total)
	return s.show(w, http.StatusOK, "visit/notes", p)
}

// A notePage is one experience note, to be read and printed.
type notePage struct {
	frame
	Crumbs []crumb
	Row    noteRow
	PDF    string
}

func (s *site) note(w http.ResponseWriter, r *http.Request) error {
	n, err := s.config.Leads.Note(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &notePage{Row: s.noteRow(r, n), PDF: "/retours/pdf/" + n.ID}
	if n.Kind == lead.OfVisit {
		if o, err := s.config.Visits.Offer(r.Context(), n.Source); err == nil && o.State == visit.Open {
			p.Row.Source = "/visites/" + o.ID
		}
	}
	p.frame = s.frame(r, "/visites", l.T("notes.of", "title", p.Row.Title))
	p.Path = p.Row.Path
	p.Crumbs = []crumb{{Name: l.T("visits.title"), Path: "/visites"}, {Name: l.T("notes.title"), Path: "/retours"}, {Name: p.Row.Title}}
	return s.show(w, http.StatusOK, "visit/note", p)
}

// notePaper makes a note as a document.
func (s *site) notePaper(w http.ResponseWriter, r *http.Request) error {
	n, err := s.config.Leads.Note(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	l, row, at := s.words(r), s.noteRow(r, n), n.PublishedAt.In(clock.Paris)
	var firms []string
	for _, f := range row.Firms {
		firms = append(firms, f.Name)
	}
	paper := pdf.Minutes{
		Language: l.Code(), House: s.frame(r, "", "").Site.Name, Title: row.Title, Kind: row.Kind, When: strings.Join(firms, " · "), Where: strings.Trim(row.Day+" · "+row.Trade, " ·"),
		ISO: [3]int{at.Year(), int(at.Month()), at.Day()}, Foot: row.Title + ", " + row.Day,
	}
	for _, line := range row.Lines {
		paper.Sections = append(paper.Sections, pdf.MinutesSection{Title: line.Ask, Blocks: []pdf.MinutesBlock{{Lines: strings.Split(line.Words, "\n")}}})
	}
	if row.Signed != "" {
		last := &paper.Sections[len(paper.Sections)-1]
		last.Blocks = append(last.Blocks, pdf.MinutesBlock{Lines: []string{"— " + row.Signed}})
	}
	made, err := s.config.Press.Minutes(r.Context(), paper)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache") // withdrawn, it is nowhere
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="retour-`+at.Format("2006-01-02")+`.pdf"`)
	_, err = w.Write(made)
	return err
}

// A writePage is where somebody who came writes what they take home.
type writePage struct {
	frame
	Crumbs    []crumb
	Line      meetingLine
	Long      string
	Action    string
	Faults    []input
	Areas     []input
	Signed    input
	Trade     input
	Publish   bool
	Published bool
	Done      bool
	Written   bool
}

func (s *site) writeForm(w http.ResponseWriter, r *http.Request) error {
	v, _, k, err := s.config.Visits.ByWriteLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.showWrite(w, r, http.StatusOK, &v, &k, nil)
}

func (s *site) showWrite(w http.ResponseWriter, r *http.Request, status int, v *visit.Visit, k *visit.Takeaway, faults map[string]string) error {
	private(w)
	l := s.words(r)
	p := &writePage{frame: s.frame(r, "/visites", l.T("notes.write")), Action: "/retours/ecrire/" + r.PathValue("token"), Publish: k.Visitor, Published: !k.PublishedAt.IsZero(), Done: r.URL.Query().Has("fait") && faults == nil, Written: !k.WrittenAt.IsZero()}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: l.T("visits.title"), Path: "/visites"}, {Name: v.Offer.Title, Path: "/visites/" + v.Offer.ID}, {Name: l.T("notes.write")}}
	p.Line, p.Long = s.lineOf(l, s.ofVisit(v), &booking.Sheet{Room: v.Room}, s.config.Clock.Now()), longDay(l, v.Room.Start)
	for _, f := range []struct{ name, value string }{{"vu", k.Saw}, {"retient", k.Takes}, {"suite", k.GoesOn}} {
		i := input{Name: f.name, Label: l.T("notes.ask." + f.name), Value: f.value, Rows: 3, Free: true, Error: faults[f.name]}
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
			p.Title = l.T("form.error_title", "title", p.Title)
		}
		p.Areas = append(p.Areas, i)
	}
	p.Signed = input{Name: "signature", Label: l.T("notes.signed"), Hint: l.T("notes.signed_hint"), Value: k.Signed, Optional: true}
	p.Trade = s.anyTrade(l, k.Trade)
	p.Trade.Label, p.Trade.Options[0].Name = l.T("notes.trade"), l.T("notes.no_trade")
	return s.show(w, status, "visit/write", p)
}

func (s *site) write(w http.ResponseWriter, r *http.Request) error {
	v, b, k, err := s.config.Visits.ByWriteLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	k.Saw, k.Takes, k.GoesOn, k.Signed, k.Visitor = one(form, "vu"), one(form, "retient"), one(form, "suite"), one(form, "signature"), form.Get("publier") == "1"
	k.Trade = ""
	if t, ok := s.config.Trades.Trade(form.Get("metier")); ok {
		k.Trade = t.Slug
	}
	_, err = s.config.Visits.Write(r.Context(), account.Actor{Who: b.Person, Channel: account.Link}, k)
	for refusal, key := range map[error]string{visit.ErrEmpty: "visit.error.empty", visit.ErrSoon: "visit.error.soon"} {
		if errors.Is(err, refusal) {
			return s.showWrite(w, r, http.StatusUnprocessableEntity, &v, &k, map[string]string{"vu": s.words(r).T(key)})
		}
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, r.URL.Path+"?fait=1")
}

// A wishPage is where somebody says that they would like to visit.
type wishPage struct {
	frame
	Crumbs []crumb
	Firm   *firm // nil: a trade
	Form   *seatForm
	Where  []input
	SIRET  string
	Words  input
	Done   bool
	Demo   bool
}

func (s *site) wishForm(w http.ResponseWriter, r *http.Request) error {
	return s.showWish(w, r, http.StatusOK, r.URL.Query(), nil)
}

func (s *site) showWish(w http.ResponseWriter, r *http.Request, status int, typed url.Values, faults map[string]string) error {
	l := s.words(r)
	p := &wishPage{frame: s.frame(r, "/visites", l.T("wish.title")), Done: typed.Has("fait") && faults == nil, Demo: s.config.Mailbox}
	p.Path, p.NoIndex = "/souhait", true
	p.Crumbs = []crumb{{Name: l.T("visits.title"), Path: "/visites"}, {Name: l.T("wish.title")}}
	if siret, err := s.siretTyped(typed.Get("siret")); err == nil && s.config.Visits.Shown(siret) {
		f := s.firmOf(r, siret)
		p.Firm, p.SIRET = &f, siret.String()
	} else {
		p.Where = s.wishWhere(l, typed, faults)
	}
	p.Form = &seatForm{Action: "/souhait", Guard: s.guardFields(), Notice: faults[""], Button: l.T("wish.send")}
	for _, i := range s.seatInputs(l, typed, faults) {
		switch i.Name {
		case "nom", "courriel", "places":
			if i.Name == "courriel" {
				i.Hint = l.T("wish.mail_hint")
			}
			p.Form.Fields = append(p.Form.Fields, i)
		}
	}
	p.Words = input{Name: "mots", Label: l.T("wish.words"), Hint: l.T("wish.words_hint"), Value: one(typed, "mots"), Rows: 2, Optional: true}
	if p.Form.failed() || len(faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "visit/wish", p)
}

// wishWhere are the fields of who names no establishment.
func (s *site) wishWhere(l *locale.Language, typed url.Values, faults map[string]string) []input {
	where := []input{s.anyTrade(l, typed.Get("metier")), s.anyTerritory(l, typed.Get("territoire"))}
	for n := range where {
		where[n].Options[0].Name, where[n].Error = l.T("wish.choose"), faults[where[n].Name]
	}
	return where
}

// Faults lists what is to be mended.
func (p *wishPage) Faults() []input {
	var out []input
	for _, i := range p.Where {
		if i.Error != "" {
			out = append(out, i)
		}
	}
	return append(out, p.Form.Faults()...)
}

func (s *site) wish(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	if s.guardedForm(form) != nil {
		return s.showWish(w, r, http.StatusUnprocessableEntity, form, map[string]string{"": l.T("seat.error.robot")})
	}
	ask, faults := s.askOf(l, form)
	x := visit.Wish{Name: ask.Name, Mail: ask.Mail, Seats: ask.Seats, Words: one(form, "mots"), Language: l.Code()}
	if siret, err := s.siretTyped(form.Get("siret")); err == nil && s.config.Visits.Shown(siret) {
		x.SIRET = siret
		e, err := s.config.Directory.Establishment(siret)
		if err != nil {
			return err
		}
		x.Territory = e.Territory
	} else {
		t, ok := s.config.Trades.Trade(form.Get("metier"))
		if x.Trade = t.Slug; !ok {
			faults["metier"] = l.T("wish.no_trade")
		}
		place, ok := s.config.Places.Territory(form.Get("territoire"))
		if x.Territory = place.Slug; !ok {
			faults["territoire"] = l.T("wish.no_territory")
		}
	}
	if len(faults) > 0 {
		return s.showWish(w, r, http.StatusUnprocessableEntity, form, faults)
	}
	if _, err := s.config.Visits.Wish(r.Context(), account.Actor{Channel: account.Web}, x); errors.Is(err, booking.ErrTooMany) {
		return s.showWish(w, r, http.StatusConflict, form, map[string]string{"": l.T("wish.many")})
	} else if err != nil {
		return err
	}
	return s.goOn(w, r, hrefIn(l.Code(), "/souhait")+"?fait=1")
}

// A wishedPage shows somebody their own wish, by its link.
type wishedPage struct {
	frame
	Crumbs []crumb
	W      *visit.Wish
	What   string
	Action string
	Open   bool
}

func (s *site) wished(w http.ResponseWriter, r *http.Request) error {
	private(w)
	x, err := s.config.Visits.WishByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &wishedPage{frame: s.frame(r, "/visites", l.T("wish.mine")), W: &x, What: s.wishedWhat(r, &x), Action: "/souhait/" + r.PathValue("token"), Open: x.Open()}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: l.T("visits.title"), Path: "/visites"}, {Name: p.Title}}
	return s.show(w, http.StatusOK, "visit/wished", p)
}

// wishedWhat names what somebody would like to visit.
func (s *site) wishedWhat(r *http.Request, x *visit.Wish) string {
	if x.SIRET != 0 {
		return s.firmOf(r, x.SIRET).Name
	}
	t, _ := s.config.Places.Territory(x.Territory)
	return s.tradeName(s.words(r), x.Trade) + ", " + t.Name
}

// unwish withdraws one's own wish.
func (s *site) unwish(w http.ResponseWriter, r *http.Request) error {
	x, err := s.config.Visits.WishByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	if err := s.config.Visits.CloseWish(r.Context(), account.Actor{Who: x.Person, Channel: account.Link}, x.ID); err != nil {
		return err
	}
	return s.goOn(w, r, r.URL.Path)
}
