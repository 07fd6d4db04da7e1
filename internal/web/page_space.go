package web

import (
	"net/http"

	"passerelle/internal/account"
	"passerelle/internal/locale"
	"passerelle/internal/register"
)

// A spacePage is somebody's own space: what waits for them, and the ways on.
type spacePage struct {
	frame
	Crumbs    []crumb
	Name      string
	Duties    []string // in words
	Firms     []spaceFirm
	Claims    []claimRow
	Without   []activityRow // what they do without a SIRET
	Operation bool
	Desk      bool // there is a facilitator's desk for them

	Meetings []introductionRow // under way for their establishments
	Next     []ownLine         // of their own agenda
}

// A spaceFirm is a firm of somebody, with what only its people read of it.
type spaceFirm struct {
	firm
	Answers string
}

// answersWords says how a firm answers what it is asked, nothing while it was
// asked nothing.
func (s *site) answersWords(l *locale.Language, siret register.SIRET) string {
	a := s.config.Answered(siret)
	switch {
	case a.Asked == 0:
		return ""
	case !a.Known():
		return l.T("space.answers_few", "n", a.Asked)
	}
	return l.T("space.answers", "n", a.Answers, "of", a.Asked)
}

// nextShown is how many entries of one's own agenda the space shows.
const nextShown = 3

func (s *site) space(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &spacePage{frame: s.frame(r, "/mon-espace", l.T("space.title")), Crumbs: []crumb{{Name: l.T("space.title")}}, Name: who.Person.Name()}
	p.NoIndex = true
	for _, d := range who.Person.Duties {
		text := l.T("role." + string(d.Role))
		if d.Institution != "" {
			text += ", " + l.T("institution."+string(d.Institution))
		}
		p.Duties = append(p.Duties, text)
	}
	for _, siret := range who.Person.Memberships {
		p.Firms = append(p.Firms, spaceFirm{s.firmOf(r, siret), s.answersWords(l, siret)})
	}
	claims, err := s.config.Accounts.ClaimsOf(r.Context(), who.Person.ID)
	if err != nil {
		return err
	}
	for _, c := range claims {
		if c.State == account.ClaimOpen || c.State == account.ClaimRefused {
			p.Claims = append(p.Claims, claimRow{Firm: s.firmOf(r, c.SIRET), Since: l.T("claim_page.state." + c.State), Path: "/mon-espace/revendications/" + c.ID})
		}
	}
	activities, err := s.config.Accounts.ActivitiesOf(r.Context(), who.Person.ID)
	if err != nil {
		return err
	}
	for _, v := range activities {
		if !member(who, v.SIRET) { // once tied and shown, it is among the firms
			p.Without = append(p.Without, s.activityRow(l, v))
		}
	}
	if p.Meetings, err = s.waitingIntroductions(r, who); err != nil {
		return err
	}
	if p.Next, err = s.nextOf(r, who.Person); err != nil {
		return err
	}
	p.Next = p.Next[:min(len(p.Next), nextShown)]
	p.Desk = account.MayAny(who.Person, account.DecideClaims)
	p.Operation = account.MayAny(who.Person, account.RunHouse)
	return s.show(w, http.StatusOK, "account/space", p)
}

// An ownDataPage tells what is known of somebody, where they are signed in and
// what they did.
type ownDataPage struct {
	frame
	Crumbs   []crumb
	Person   *account.Person
	Sessions []account.Session
	Keys     []account.Key
	Added    bool // a key was just added
	CanKey   bool // the house takes keys
	Provider *providerPart
	Acts     []actLine
	More     string // address of what comes before
}

// An actLine is an act of the record, in words.
type actLine struct {
	At   string
	What string
	How  string
}

// actsShown is how many acts a page shows.
const actsShown = 30

func (s *site) ownData(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &ownDataPage{frame: s.frame(r, "/mon-espace", l.T("own.title")), Person: who.Person}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: hrefIn(l.Code(), "/mon-espace")}, {Name: l.T("own.title")}}
	p.NoIndex = true
	var err error
	if p.Sessions, err = s.config.Accounts.Sessions(r.Context(), who.Person.ID, who.Session); err != nil {
		return err
	}
	if p.Keys, err = s.config.Accounts.Keys(r.Context(), who.Person.ID); err != nil {
		return err
	}
	if p.CanKey = s.config.Accounts.Ring != nil; p.CanKey {
		p.Scripts = []string{"js/passkey.js"}
	}
	p.Added = r.URL.Query().Has("cle")
	if p.Provider = s.provider(r, ""); p.Provider != nil {
		if p.Provider.Known, err = s.config.Accounts.Identities(r.Context(), who.Person.ID); err != nil {
			return err
		}
	}
	acts, err := s.config.Accounts.Acts(r.Context(), who.Person.ID, r.URL.Query().Get("avant"), actsShown+1)
	if err != nil {
		return err
	}
	if len(acts) > actsShown {
		acts = acts[:actsShown]
		p.More = hrefIn(l.Code(), "/mon-espace/donnees") + "?avant=" + acts[actsShown-1].ID
	}
	for _, a := range acts {
		p.Acts = append(p.Acts, actLine{At: l.Moment(a.At), What: l.T("act." + a.Act), How: l.T("channel." + string(a.By.Channel))})
	}
	return s.show(w, http.StatusOK, "account/data", p)
}

// endSession ends one of the sessions of who asks.
func (s *site) endSession(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	id := r.PathValue("id")
	if err := s.config.Accounts.Leave(r.Context(), by(who), who.Person.ID, id); err != nil {
		return err
	}
	if id == who.Session {
		s.forgetSession(w)
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/donnees"))
}

// endSessions ends all of them but this one.
func (s *site) endSessions(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	if err := s.config.Accounts.LeaveOthers(r.Context(), by(who), who.Person.ID, who.Session); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/donnees"))
}

// pathIn returns a path in the language of a request.
func pathIn(r *http.Request, path string) string {
	code, _ := language(r)
	return hrefIn(code, path)
}
