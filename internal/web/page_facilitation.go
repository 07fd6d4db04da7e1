package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
)

// A facilitationPage is the desk of a facilitator: what waits in their
// territories.
type facilitationPage struct {
	frame
	Crumbs      []crumb
	Territories []string
	Claims      []claimRow
	Unreached   []unreachedRow
	Labels      []labelRow
	Without     []activityRow // people without a SIRET, to be called
	Needs       []ownNeedRow  // held, for them to see
	Calls       []callRow     // whom to call about a need
	Deserted    []desertedRow // firms that nobody speaks for any more

	Meetings []introductionRow // introductions to see to

	Late     []leadRow // leads whose day is past, the most overdue first
	MoreLate bool
	Next     []planRow // meetings to come
}

// How many of each the desk shows before it says where the rest is.
const (
	lateShown  = 5
	plansShown = 3
)

// An unreachedRow is somebody whose address refuses mails.
type unreachedRow struct {
	Who, Phone, Since, Path string
	Firms                   []firm
}

// A desertedRow is an establishment for which nobody speaks any more.
type desertedRow struct {
	Firm        firm
	Since, Path string
}

// A claimRow is a claim that waits.
type claimRow struct {
	Firm  firm
	Who   string
	Since string
	Sent  string // when a letter went, empty before
	Path  string
}

func (s *site) facilitation(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &facilitationPage{frame: s.frame(r, "/mon-espace", l.T("desk.title")), Crumbs: []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("desk.title")}}}
	p.NoIndex = true
	for _, slug := range who.Person.Territories {
		t, _ := s.config.Places.Territory(slug)
		p.Territories = append(p.Territories, t.Name)
	}
	claims, err := s.config.Accounts.OpenClaims(r.Context())
	if err != nil {
		return err
	}
	for _, c := range claims {
		if !account.May(who.Person, account.DecideClaims, c.Object()) {
			continue
		}
		claimer, err := s.config.Accounts.Person(r.Context(), c.Person)
		if err != nil {
			return err
		}
		row := claimRow{Firm: s.firmOf(r, c.SIRET), Who: claimer.Name(), Since: l.Moment(c.CreatedAt), Path: "/animation/revendications/" + c.ID}
		if !c.SentAt.IsZero() {
			row.Sent = l.Moment(c.SentAt)
		}
		p.Claims = append(p.Claims, row)
	}
	late, more, err := s.config.Leads.Leads(r.Context(), lead.Filter{Territories: who.Person.Territories, Mine: who.Person.ID, Overdue: clock.Day(s.today()), Limit: lateShown})
	if err != nil {
		return err
	}
	p.Late, p.MoreLate = s.leadRows(r, late), more != ""
	if p.Next, err = s.nextPlans(r, who); err != nil {
		return err
	}
	if p.Labels, err = s.labelsToDecide(r, who); err != nil {
		return err
	}
	if p.Without, err = s.activitiesToReach(r, who); err != nil {
		return err
	}
	if p.Unreached, err = s.unreached(r, who); err != nil {
		return err
	}
	if p.Needs, err = s.heldNeeds(r, who); err != nil {
		return err
	}
	if p.Calls, err = s.toCall(r, who); err != nil {
		return err
	}
	if p.Deserted, err = s.deserted(r, who); err != nil {
		return err
	}
	if p.Meetings, err = s.silentIntroductions(r, who); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "facilitation/desk", p)
}

// nextPlans are the next meetings that a facilitator looks after.
func (s *site) nextPlans(r *http.Request, who *account.Signed) (rows []planRow, err error) {
	l, now := s.words(r), s.config.Clock.Now()
	list, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{From: now, Drafts: true})
	for i := range list {
		if len(rows) < plansShown && account.May(who.Person, account.PlanMeetings, list[i].Object()) {
			row := planRow{meetingLine: s.meetingLine(l, &list[i], now), Draft: !list[i].Shown(), Desk: plansPath + "/" + list[i].ID}
			row.Held, row.Waiting, _ = list[i].Sheet.Count(now)
			rows = append(rows, row)
		}
	}
	return rows, err
}

// unreached returns whom mails do not reach, of those a facilitator acts for.
func (s *site) unreached(r *http.Request, who *account.Signed) ([]unreachedRow, error) {
	list, err := s.config.Outbox.Unreached(r.Context())
	if err != nil {
		return nil, err
	}
	var rows []unreachedRow
	for _, u := range list {
		person, err := s.config.Accounts.Person(r.Context(), u.Person)
		if errors.Is(err, db.ErrNotFound) || err == nil && !s.mayCall(who, person) {
			continue
		}
		if err != nil {
			return nil, err
		}
		row := unreachedRow{Who: person.Name(), Phone: person.Phone, Since: s.words(r).Moment(u.Last), Path: "/animation/personnes/" + person.ID + "/joint"}
		for _, siret := range person.Memberships {
			row.Firms = append(row.Firms, s.firmOf(r, siret))
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// deserted returns the establishments that their last people left, of those a
// facilitator acts for.
func (s *site) deserted(r *http.Request, who *account.Signed) (rows []desertedRow, err error) {
	list, err := s.config.Accounts.Deserted(r.Context())
	for _, d := range list {
		if account.May(who.Person, account.ActFor, account.Object{Territory: d.Territory}) {
			rows = append(rows, desertedRow{s.firmOf(r, d.SIRET), s.words(r).Moment(d.At), "/animation/entreprises/" + d.SIRET.String() + "/vu"})
		}
	}
	return rows, err
}

// seeDeserted notes that a facilitator has seen to one.
func (s *site) seeDeserted(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	if err := s.config.Accounts.SeeDeserted(r.Context(), by(who), siret, func(d account.Deserted) error {
		if !account.May(who.Person, account.ActFor, account.Object{Territory: d.Territory}) {
			return account.ErrDenied
		}
		return nil
	}); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation"))
}

// mayCall reports whether a facilitator acts for a person: where one of their
// establishments lies.
func (s *site) mayCall(who *account.Signed, person *account.Person) bool {
	places := []string{""}
	for _, siret := range person.Memberships {
		if e, err := s.config.Directory.Establishment(siret); err == nil {
			places = append(places, e.Territory)
		}
	}
	return slices.ContainsFunc(places, func(t string) bool {
		return account.May(who.Person, account.ActFor, account.Object{Territory: t})
	})
}

// reached notes that a facilitator has talked to somebody whom mails did not
// reach: mails are tried again.
func (s *site) reached(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	person, err := s.config.Accounts.Person(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if !s.mayCall(who, person) {
		return account.ErrDenied
	}
	if err := s.config.Outbox.Reached(r.Context(), person.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation"))
}

// A decidePage shows a claim to who decides it.
type decidePage struct {
	frame
	Crumbs  []crumb
	Firm    firm
	Who     string
	Mail    string
	Phone   string
	State   string
	Proof   string
	Reason  string
	By      string // who decided
	Since   string
	Sent    string
	Letter  bool // there is an address to write to
	Refusal input
	Action  string
}

// decidable returns the claim of a request, when who asks may decide it.
func (s *site) decidable(r *http.Request, who *account.Signed) (*account.Claim, error) {
	c, err := s.config.Accounts.Claim(r.Context(), r.PathValue("id"))
	if err == nil && !account.May(who.Person, account.DecideClaims, c.Object()) {
		return nil, account.ErrDenied
	}
	return c, err
}

func (s *site) decide(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.decidable(r, who)
	if err != nil {
		return err
	}
	return s.showDecide(w, r, http.StatusOK, c, input{})
}

func (s *site) showDecide(w http.ResponseWriter, r *http.Request, status int, c *account.Claim, refusal input) error {
	l := s.words(r)
	claimer, err := s.config.Accounts.Person(r.Context(), c.Person)
	if err != nil {
		return err
	}
	p := &decidePage{
		frame: s.frame(r, "/mon-espace", l.T("desk.claim_title")), Firm: s.firmOf(r, c.SIRET), Who: claimer.Name(), Mail: claimer.Mail, Phone: claimer.Phone,
		State: c.State, Proof: c.Proof, Reason: c.Reason, Since: l.Moment(c.CreatedAt), Action: "/animation/revendications/" + c.ID,
	}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("desk.title"), Path: "/animation"}, {Name: l.T("desk.claim_title")}}
	p.Path, p.NoIndex, p.Letter = p.Action, true, len(p.Firm.Address) > 0
	if !c.SentAt.IsZero() {
		p.Sent = l.Moment(c.SentAt)
	}
	if c.DecidedBy != "" && c.State != account.ClaimWithdrawn {
		if decider, err := s.config.Accounts.Person(r.Context(), c.DecidedBy); err == nil {
			p.By = decider.Name()
		}
	}
	p.Refusal = input{Name: "motif", Label: l.T("desk.refusal"), Hint: l.T("desk.refusal_hint"), Value: refusal.Value, Error: refusal.Error}
	if refusal.Error != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "facilitation/claim", p)
}

func (s *site) approveClaim(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.decidable(r, who)
	if err != nil {
		return err
	}
	if _, err := s.config.Accounts.Approve(r.Context(), by(who), c.ID, account.ByDecision, ""); err != nil && !errors.Is(err, account.ErrDecided) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/revendications/"+c.ID))
}

func (s *site) refuseClaim(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.decidable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	reason := cut(one(form, "motif"), 500)
	_, err = s.config.Accounts.Refuse(r.Context(), by(who), c.ID, reason)
	if errors.Is(err, account.ErrReason) {
		return s.showDecide(w, r, http.StatusUnprocessableEntity, c, input{Value: reason, Error: s.words(r).T("desk.no_reason")})
	}
	if err != nil && !errors.Is(err, account.ErrDecided) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/animation/revendications/"+c.ID))
}

// A letterPage is a letter to print, with the code in it: it is shown once.
type letterPage struct {
	frame
	Crumbs  []crumb
	Firm    firm
	Code    string
	Day     string
	Address string // of the site, to type
	From    string // who sends it
	Paper   string // path of the same letter as PDF
}

// claimLetter makes a letter with a new code. It is never asked for twice by
// reloading: it answers a POST, and each voids the code before.
func (s *site) claimLetter(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.decidable(r, who)
	if err != nil {
		return err
	}
	f := s.firmOf(r, c.SIRET)
	if len(f.Address) == 0 {
		return account.ErrDenied // an address that is not shown is not written to
	}
	code, c, err := s.config.Accounts.LetterCode(r.Context(), by(who), c.ID)
	if errors.Is(err, account.ErrDecided) {
		return s.goOn(w, r, pathIn(r, "/animation/revendications/"+r.PathValue("id")))
	}
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &letterPage{frame: s.frame(r, "/mon-espace", l.T("desk.letter_title")), Firm: f, Code: code[:4] + " " + code[4:], Day: l.Moment(c.SentAt), From: who.Person.Name()}
	p.Crumbs = []crumb{{Name: l.T("desk.title"), Path: "/animation"}, {Name: l.T("desk.claim_title"), Path: "/animation/revendications/" + c.ID}, {Name: l.T("desk.letter_title")}}
	p.Path, p.NoIndex, p.Address, p.Paper = "/animation", true, bareAddress(p.BaseURL), "/animation/revendications/"+c.ID+"/lettre.pdf"
	return s.show(w, http.StatusOK, "facilitation/letter", p)
}

// bareAddress is an address as people type it.
func bareAddress(base string) string {
	return strings.TrimPrefix(strings.TrimPrefix(base, "https://"), "http://")
}

// claimPaper makes the letter as PDF, of the code that its page shows: it is
// the letter last made, or none.
func (s *site) claimPaper(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.decidable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	code, f := one(form, "code"), s.firmOf(r, c.SIRET)
	if !c.IsCode(code) || len(f.Address) == 0 {
		return account.ErrDenied
	}
	l := s.config.Catalogues.For("fr") // the reader is a French firm, whoever prints
	fr := s.frame(r, "/mon-espace", "")
	qr, err := pdf.QR(fr.BaseURL + "/mon-espace/revendications/" + c.ID)
	if err != nil {
		return err
	}
	sent := c.SentAt.In(clock.Paris)
	letter := pdf.Letter{
		Language: l.Code(), House: fr.Site.Name, Sender: []string{who.Person.Name()}, To: f.Address,
		Day: l.Day(clock.Day(sent.Format(time.DateOnly))), ISO: [3]int{sent.Year(), int(sent.Month()), sent.Day()}, Title: l.T("letter_paper.title", "name", f.Name),
		Before: []string{l.T("letter_paper.hello"), l.T("letter_paper.text", "name", f.Name)},
		Code:   &pdf.Code{Text: code, Label: l.T("letter_paper.code"), QR: qr, Scan: l.T("letter_paper.scan")},
		After:  []string{l.T("letter_paper.how", "site", bareAddress(fr.BaseURL)), l.T("letter_paper.not_you")},
		Signed: []string{who.Person.Name()},
	}
	if body := who.Person.Institution(); body != "" {
		letter.Sender = append(letter.Sender, l.T("institution."+string(body)))
	}
	foot := []string{fr.Site.Name, bareAddress(fr.BaseURL), s.config.Instance.Contact, s.config.Instance.Phone}
	letter.Foot = strings.Join(slices.DeleteFunc(foot, func(s string) bool { return s == "" }), " · ")
	paper, err := s.config.Press.Letter(r.Context(), letter)
	if err != nil {
		return err
	}
	private(w)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="lettre-`+f.SIRET+`.pdf"`)
	_, err = w.Write(paper)
	return err
}
