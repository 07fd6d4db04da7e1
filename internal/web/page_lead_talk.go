package web

import (
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// documentsEnd is where papers are sent to a lead.
const documentsEnd = "/documents"

// A leadTalk is what is said of a lead: its comments, its papers, and whom one
// may ask where it stands.
type leadTalk struct {
	Comments  []commentRow
	Documents []documentRow
	Say       input
	Call      input
	File      input
	AskOwner  bool
	AskFirms  bool
	Asked     string // why nobody may be asked now, or when somebody was
	Notice    string // what could not be done
	Told      string // what was
}

// A commentRow is a comment as it is shown.
type commentRow struct {
	ID, Who, At, Words string
	Standing           string
	Called             string
	Removed            bool
	Before             []string
	Edit               *input // for who wrote it
}

// A documentRow is a paper of a lead.
type documentRow struct{ Name, Path, About, Remove string }

// leadNotices are the words for what was done, or could not be, by the mark
// in the address.
var leadNotices = map[error]string{
	lead.ErrEmpty: "lead.error.empty", lead.ErrRecent: "lead.error.recent", lead.ErrUnreached: "lead.error.unreached", lead.ErrClosed: "lead.error.closed",
	lead.ErrFileKind: "lead.error.file_kind", lead.ErrFileLong: "lead.error.file_long", lead.ErrFileMany: "lead.error.file_many",
}

// talkOf adds what is said of a lead.
func (s *site) talkOf(r *http.Request, who *account.Person, of *lead.Lead) (*leadTalk, error) {
	l, ctx := s.words(r), r.Context()
	k := &leadTalk{}
	comments, err := s.config.Leads.Comments(ctx, of.ID)
	if err != nil {
		return nil, err
	}
	callees, err := s.callees(r, who, of)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string)
	for _, c := range callees {
		names[c.Key] = c.Name
	}
	for _, c := range comments {
		k.Comments = append(k.Comments, s.commentRow(r, who, c, names))
	}
	papers, err := s.config.Leads.Documents(ctx, of.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range papers {
		at := "/pistes/" + of.ID + documentsEnd + "/" + d.ID
		about := l.T("lead.document_about", "kb", l.Number((d.Size+1023)/1024), "at", l.Moment(d.At))
		if name := s.nameOf(r, d.Who); name != "" {
			about += ", " + name
		}
		k.Documents = append(k.Documents, documentRow{Name: d.File(), Path: at, About: about, Remove: at + "/retrait"})
	}
	k.Say = input{Name: "mots", Label: l.T("lead.say"), Hint: l.T("lead.say_hint"), Rows: 3, Free: true}
	k.Call = input{Name: "appeler", Label: l.T("lead.call"), Options: []option{{Name: l.T("lead.call_nobody")}}}
	for _, c := range callees {
		k.Call.Options = append(k.Call.Options, option{Value: c.Key, Name: c.Name})
	}
	k.File = input{Name: "fichier", Label: l.T("lead.file"), Hint: l.T("lead.file_hint"), Accept: "application/pdf,image/jpeg,image/png,image/webp,application/vnd.oasis.opendocument.text,.odt"}
	now := s.config.Clock.Now()
	switch err := of.MayAsk(now); {
	case errors.Is(err, lead.ErrRecent):
		k.Asked = l.T("lead.asked_recently", "day", l.Day(clock.Day(of.AskedAt.In(clock.Paris).Format(time.DateOnly))))
	case err == nil:
		k.AskOwner, k.AskFirms = of.Owner != "" && of.Owner != who.ID, len(of.Parties) > 0
	}
	v := r.URL.Query()
	for err, key := range leadNotices {
		if v.Get("refus") == strings.TrimPrefix(key, "lead.error.") {
			k.Notice = l.T(leadNotices[err])
		}
	}
	if v.Get("demande") != "" {
		k.Told = l.T("lead.asked_now")
	}
	return k, nil
}

// callees are the facilitators and the parties who may be called about a lead,
// who asks apart.
func (s *site) callees(r *http.Request, who *account.Person, of *lead.Lead) ([]lead.Callee, error) {
	people, err := s.config.Leads.Callees(r.Context(), of)
	if err != nil {
		return nil, err
	}
	var list []lead.Callee
	for _, p := range people {
		if p.ID != who.ID {
			list = append(list, lead.Callee{Key: p.ID, Name: p.Name()})
		}
	}
	for _, siret := range of.Parties {
		list = append(list, lead.Callee{Key: siret.String(), Name: s.firmOf(r, siret).Name})
	}
	return list, nil
}

func (s *site) commentRow(r *http.Request, who *account.Person, c *lead.Comment, names map[string]string) commentRow {
	l := s.words(r)
	row := commentRow{ID: c.ID, At: l.Moment(c.At), Words: c.Words, Removed: !c.RemovedAt.IsZero()}
	switch {
	case c.SIRET != 0:
		row.Who = s.firmOf(r, c.SIRET).Name
	default:
		if row.Who = s.nameOf(r, c.Who); row.Who == "" {
			row.Who = l.T("lead.somebody")
		}
	}
	if c.Standing != "" {
		row.Standing = l.T("lead.standing." + c.Standing)
	}
	var called []string
	for _, key := range c.Called {
		name := names[key]
		if name == "" {
			name = s.nameOf(r, key)
		}
		if name != "" {
			called = append(called, name)
		}
	}
	row.Called = strings.Join(called, ", ")
	for _, b := range c.Before {
		row.Before = append(row.Before, l.T("lead.said_until", "at", l.Moment(b.Until), "words", b.Words))
	}
	if c.Who != "" && c.Who == who.ID && !row.Removed {
		row.Edit = &input{Name: "mots", Label: l.T("lead.reword"), Value: c.Words, Rows: 3, Free: true}
	}
	return row
}

// backToLead goes back to a lead; a refusal in words is told there.
func (s *site) backToLead(w http.ResponseWriter, r *http.Request, id, done, at string, err error) error {
	v := url.Values{}
	for refusal, key := range leadNotices {
		if errors.Is(err, refusal) {
			v.Set("refus", strings.TrimPrefix(key, "lead.error."))
			err = nil
		}
	}
	if err != nil {
		return err
	}
	if len(v) == 0 {
		v.Set(done, "1")
	}
	return s.goOn(w, r, pathIn(r, "/pistes/"+id)+"?"+v.Encode()+"#"+at)
}

// say adds a comment to a lead.
func (s *site) say(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	callees, err := s.callees(r, who.Person, of)
	if err != nil {
		return err
	}
	call := lead.Called(form.Get("mots"), callees)
	if key := form.Get("appeler"); key != "" {
		call = append([]string{key}, call...)
	}
	_, err = s.config.Leads.Say(r.Context(), lead.Said{Lead: of.ID, Words: form.Get("mots"), Call: call, By: by(who)})
	return s.backToLead(w, r, of.ID, "fait", "paroles", err)
}

// reword changes a comment of one's own, or takes it back.
func (s *site) reword(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	words := form.Get("mots")
	if form.Get("retirer") != "" {
		words = ""
	}
	err = s.config.Leads.Reword(r.Context(), by(who), of.ID, r.PathValue("parole"), words)
	return s.backToLead(w, r, of.ID, "fait", "paroles", err)
}

// askLead asks the owner of a lead, or its parties, where it stands.
func (s *site) askLead(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	err = s.config.Leads.Ask(r.Context(), by(who), of.ID, form.Get("a") == "parties")
	return s.backToLead(w, r, of.ID, "demande", "demander", err)
}

// addDocument keeps a paper of a lead.
func (s *site) addDocument(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	sent, err := pieceOf(r, lead.MostFile)
	if err != nil {
		return err
	}
	if err = lead.ErrFileLong; !sent.long {
		_, err = s.config.Leads.AddDocument(r.Context(), by(who), of.ID, sent.name, sent.file)
	}
	return s.backToLead(w, r, of.ID, "fait", "documents", err)
}

// document gives a paper of a lead, to be kept and not run.
func (s *site) document(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	d, b, err := s.config.Leads.Document(r.Context(), of.ID, r.PathValue("file"))
	if err != nil {
		return err
	}
	private(w)
	h := w.Header()
	h.Set("Content-Type", d.Type)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.File()}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, err = w.Write(b)
	return err
}

func (s *site) removeDocument(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	of, err := s.ownLead(r, who)
	if err != nil {
		return err
	}
	if _, err := formOf(w, r); err != nil {
		return err
	}
	err = s.config.Leads.RemoveDocument(r.Context(), by(who), of.ID, r.PathValue("file"))
	return s.backToLead(w, r, of.ID, "fait", "documents", err)
}

// A standPage is where a party says where a lead stands, by the link of a mail.
type standPage struct {
	frame
	Crumbs []crumb
	Of     string
	Firm   string
	Others string
	Action string
	Choice input
	Words  input
	Done   bool
	Faults []input
}

func (s *site) standForm(w http.ResponseWriter, r *http.Request) error {
	of, siret, err := s.config.Leads.ByStanding(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.showStand(w, r, http.StatusOK, of, siret, url.Values{}, "")
}

func (s *site) showStand(w http.ResponseWriter, r *http.Request, status int, of *lead.Lead, siret register.SIRET, typed url.Values, fault string) error {
	private(w)
	l := s.words(r)
	p := &standPage{frame: s.frame(r, "/", l.T("stand.title")), Of: of.Title, Firm: s.firmOf(r, siret).Name, Action: "/pistes/" + of.ID + "/nouvelles/" + r.PathValue("token"), Done: r.URL.Query().Has("fait") && fault == ""}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: p.Title}}
	var others []string
	for _, other := range of.Parties {
		if other != siret {
			others = append(others, s.firmOf(r, other).Name)
		}
	}
	p.Others = strings.Join(others, ", ")
	p.Choice = standChoice(l, typed.Get("ou"))
	if p.Choice.Error = fault; fault != "" {
		p.Faults, p.Title = []input{p.Choice}, l.T("form.error_title", "title", p.Title)
	}
	p.Words = input{Name: "mots", Label: l.T("stand.words"), Value: typed.Get("mots"), Rows: 3, Free: true, Optional: true}
	return s.show(w, status, "lead/stand", p)
}

func standChoice(l *locale.Language, chosen string) input {
	i := input{Name: "ou", Label: l.T("stand.where"), Options: []option{{Name: l.T("stand.choose")}}}
	for _, standing := range lead.Standings() {
		i.Options = append(i.Options, option{Value: standing, Name: l.T("lead.standing." + standing), Chosen: standing == chosen})
	}
	return i
}

func (s *site) stand(w http.ResponseWriter, r *http.Request) error {
	of, siret, err := s.config.Leads.ByStanding(r.Context(), r.PathValue("id"), r.PathValue("token"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	err = s.config.Leads.Stand(r.Context(), of.ID, siret, form.Get("ou"), form.Get("mots"))
	if errors.Is(err, lead.ErrEmpty) {
		return s.showStand(w, r, http.StatusUnprocessableEntity, of, siret, form, s.words(r).T("stand.choose"))
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, r.URL.Path+"?fait=1")
}
