package web

import (
	"errors"
	"net/http"
	"net/url"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/profile"
	"passerelle/internal/register"
)

// A labelsPage is where an establishment says which labels it has, and reads
// what became of them.
type labelsPage struct {
	frame
	Crumbs  []crumb
	Firm    firm
	Action  string
	Saved   bool
	Labels  []labelRow
	Staff   bool
	Faults  []input
	Label   input
	Until   input
	Web     input
	File    input
	ForName input
	Channel input
}

// A labelRow is a label that an establishment said it has.
type labelRow struct {
	ID, Name, State string
	Until           clock.Day
	Reason          string
	Proof           string // address of the file, empty without one
	Web             string
	Live            bool // may be taken back
	Firm            firm
	Asked           string
	Path            string // where it is decided
}

func (s *site) labelRow(r *http.Request, l *locale.Language, k *profile.Label) labelRow {
	row := labelRow{
		ID: k.ID, Name: s.labelName(l, k.Slug), State: k.State, Until: k.Until, Reason: k.Reason, Web: k.Web, Live: k.State == profile.LabelAsked || k.State == profile.LabelAccepted,
		Firm: s.firmOf(r, k.SIRET), Asked: l.Moment(k.AskedAt), Path: "/animation/labels/" + k.ID,
	}
	if k.Proof != "" {
		row.Proof = firmsPath + k.SIRET.String() + labelsEnd + "/" + k.ID + "/preuve"
	}
	return row
}

func (s *site) labels(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	return s.showLabels(w, r, who, siret, http.StatusOK, url.Values{}, nil)
}

func (s *site) showLabels(w http.ResponseWriter, r *http.Request, who *account.Signed, siret register.SIRET, status int, form url.Values, faults []profile.Fault) error {
	l := s.words(r)
	f := s.firmOf(r, siret)
	p := &labelsPage{frame: s.frame(r, "/mon-espace", l.T("labels.title")), Firm: f, Staff: !member(who, siret), Saved: r.URL.Query().Has("fait") && len(faults) == 0}
	own := firmsPath + siret.String()
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: f.Name, Path: own}, {Name: l.T("labels.title")}}
	p.Action, p.NoIndex = own+labelsEnd, true
	p.Path = p.Action
	list, err := s.config.Profiles.Labels(r.Context(), siret)
	if err != nil {
		return err
	}
	for _, k := range list {
		p.Labels = append(p.Labels, s.labelRow(r, l, k))
	}
	p.Label = input{Name: "label", Label: l.T("labels.label"), Options: []option{{"", l.T("labels.choose"), false}}}
	for _, known := range s.config.Trades.Labels() {
		p.Label.Options = append(p.Label.Options, option{known.Slug, known.Name + " · " + nameOfLabel(l, known), known.Slug == form.Get("label")})
	}
	p.Until = input{Name: "jusqu", Label: l.T("labels.until"), Hint: l.T("labels.until_hint"), Type: "date", Value: form.Get("jusqu")}
	p.Web = input{Name: "adresse", Label: l.T("labels.web"), Hint: l.T("labels.web_hint"), Type: "url", Value: form.Get("adresse"), Free: true}
	p.File = input{Name: "fichier", Label: l.T("labels.file"), Hint: l.T("labels.file_hint"), Accept: "application/pdf,image/jpeg,image/png,image/webp", Free: true}
	if p.Staff {
		p.ForName, p.Channel = forWhom(l, form, false)
	}
	for _, fault := range faults {
		for _, i := range []*input{&p.Label, &p.Until, &p.Web, &p.File, &p.ForName} {
			if i.Name == fault.Field {
				i.Error = l.T("labels.fault." + fault.Key)
				p.Faults, p.Title = append(p.Faults, *i), l.T("form.error_title", "title", l.T("labels.title"))
			}
		}
	}
	return s.show(w, status, "account/labels", p)
}

func (s *site) sayLabel(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	sent, err := pieceOf(r, profile.MostProof)
	if err != nil {
		return err
	}
	c, named := speaking(sent.form, who, siret)
	if !named {
		return s.showLabels(w, r, who, siret, http.StatusUnprocessableEntity, sent.form, []profile.Fault{{Field: "pour", Key: "for"}})
	}
	if sent.long {
		return s.showLabels(w, r, who, siret, http.StatusUnprocessableEntity, sent.form, []profile.Fault{{Field: "fichier", Key: "proof_big"}})
	}
	faults, err := s.config.Profiles.SayLabel(r.Context(), profile.NewLabel{
		SIRET: siret, Territory: e.Territory, Slug: one(sent.form, "label"), Web: sent.form.Get("adresse"), File: sent.file, Until: sent.form.Get("jusqu"), By: c.By, ForName: c.ForName,
	})
	if errors.Is(err, profile.ErrFaults) {
		return s.showLabels(w, r, who, siret, http.StatusUnprocessableEntity, sent.form, faults)
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, firmsPath+siret.String()+labelsEnd)+"?fait=1")
}

// ownLabel returns the label of a request, when it is of the establishment
// that who asks speaks for.
func (s *site) ownLabel(r *http.Request, who *account.Signed) (*profile.Label, error) {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return nil, err
	}
	k, err := s.config.Profiles.Label(r.Context(), r.PathValue("id"))
	if err == nil && k.SIRET != siret {
		return nil, db.ErrNotFound
	}
	return k, err
}

func (s *site) withdrawLabel(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	k, err := s.ownLabel(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Profiles.WithdrawLabel(r.Context(), by(who), k.ID); err != nil && !errors.Is(err, profile.ErrDecided) {
		return err
	}
	return s.goOn(w, r, pathIn(r, firmsPath+k.SIRET.String()+labelsEnd)+"?fait=1")
}

// labelProof gives the file that shows a label to the people of the
// establishment and to who decides, to be kept and not run.
func (s *site) labelProof(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	k, err := s.ownLabel(r, who)
	if err != nil {
		return err
	}
	b, err := s.config.Profiles.LabelProof(r.Context(), k.ID)
	if err != nil {
		return err
	}
	private(w)
	end := ".pdf"
	if k.Proof == "image/jpeg" {
		end = ".jpg"
	}
	h := w.Header()
	h.Set("Content-Type", k.Proof)
	h.Set("Content-Disposition", `attachment; filename="preuve-`+k.Slug+end+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	_, err = w.Write(b)
	return err
}

// A labelPage shows a label to who decides it.
type labelPage struct {
	frame
	Crumbs  []crumb
	Row     labelRow
	Meaning string
	Makes   bool   // being under it makes one ESS
	Known   string // where the label is explained
	Who     string
	For     string
	By      string // who decided
	Refusal input
	Action  string
}

// decidableLabel returns the label of a request, when who asks may decide it.
func (s *site) decidableLabel(r *http.Request, who *account.Signed) (*profile.Label, error) {
	k, err := s.config.Profiles.Label(r.Context(), r.PathValue("id"))
	if err == nil && !account.May(who.Person, account.DecideLabels, k.Object()) {
		return nil, account.ErrDenied
	}
	return k, err
}

func (s *site) decideLabel(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	k, err := s.decidableLabel(r, who)
	if err != nil {
		return err
	}
	return s.showLabel(w, r, http.StatusOK, k, input{})
}

func (s *site) showLabel(w http.ResponseWriter, r *http.Request, status int, k *profile.Label, refusal input) error {
	l := s.words(r)
	p := &labelPage{frame: s.frame(r, "/mon-espace", l.T("labels.decide_title")), Row: s.labelRow(r, l, k), Action: "/animation/labels/" + k.ID, For: k.ForName}
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("labels.decide_title")})
	p.Path, p.NoIndex = p.Action, true
	if label, ok := s.config.Trades.Label(k.Slug); ok {
		p.Meaning, p.Makes, p.Known = meaningOf(l, label), label.ESS, label.URL
	}
	for id, name := range map[string]*string{k.Who: &p.Who, k.DecidedBy: &p.By} {
		person, err := s.config.Accounts.Person(r.Context(), id)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err == nil {
			*name = person.Name()
		}
	}
	p.Refusal = input{Name: "motif", Label: l.T("desk.refusal"), Hint: l.T("desk.refusal_hint"), Value: refusal.Value, Error: refusal.Error}
	if refusal.Error != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "facilitation/label", p)
}

func (s *site) acceptLabel(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	k, err := s.decidableLabel(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Profiles.AcceptLabel(r.Context(), by(who), k.ID); err != nil && !errors.Is(err, profile.ErrDecided) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/labels/"+k.ID))
}

func (s *site) refuseLabel(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	k, err := s.decidableLabel(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	reason := cut(one(form, "motif"), 500)
	err = s.config.Profiles.RefuseLabel(r.Context(), by(who), k.ID, reason)
	if errors.Is(err, profile.ErrReason) {
		return s.showLabel(w, r, http.StatusUnprocessableEntity, k, input{Value: reason, Error: s.words(r).T("desk.no_reason")})
	}
	if err != nil && !errors.Is(err, profile.ErrDecided) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/labels/"+k.ID))
}

// labelsToDecide are those that wait for somebody.
func (s *site) labelsToDecide(r *http.Request, who *account.Signed) ([]labelRow, error) {
	list, err := s.config.Profiles.AskedLabels(r.Context())
	if err != nil {
		return nil, err
	}
	var rows []labelRow
	for _, k := range list {
		if account.May(who.Person, account.DecideLabels, k.Object()) {
			rows = append(rows, s.labelRow(r, s.words(r), k))
		}
	}
	return rows, nil
}

// verify tells of each label of a page that a facilitator verified when, until
// when it holds, and where anybody can check it.
func (s *site) verify(r *http.Request, siret register.SIRET, lines []labelLine) error {
	if s.config.Profiles == nil || len(lines) == 0 {
		return nil
	}
	list, err := s.config.Profiles.Labels(r.Context(), siret)
	if err != nil {
		return err
	}
	l := s.words(r)
	for _, k := range list {
		for i := range lines {
			if lines[i].Slug == k.Slug && k.State == profile.LabelAccepted {
				at := clock.Day(k.DecidedAt.In(clock.Paris).Format("2006-01-02"))
				lines[i].Verified, lines[i].Proof = l.T("labels.verified", "day", l.Day(at), "until", l.Day(k.Until)), k.Web
			}
		}
	}
	return nil
}
