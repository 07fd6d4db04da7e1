package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

// A firm is an establishment as pages about its people name it. Of a masked
// person it has the SIREN only.
type firm struct {
	SIRET   string // digits
	Name    string
	Place   string
	Address []string
	Path    string
	Gone    bool // closed since, or no longer kept
	Hidden  bool // at the wish of its people
}

// firmOf names an establishment.
func (s *site) firmOf(r *http.Request, siret register.SIRET) firm {
	f := firm{SIRET: siret.String(), Path: "/entreprises/" + siret.String()}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		f.Gone, f.Hidden, f.Name = true, s.hiddenByMember(siret), spaced(siret.String())
		return f
	}
	f.Name = e.Title()
	if f.Name == "" {
		f.Name = s.words(r).T("directory.siren", "siren", spaced(e.SIREN().String()))
	}
	commune, _ := s.config.Places.Commune(e.Commune)
	f.Place = commune.Name
	if e.Street != "" && e.Mask == directory.Shown {
		f.Address = []string{e.Title(), e.Street}
		if e.Complement != "" {
			f.Address = append(f.Address, e.Complement)
		}
		f.Address = append(f.Address, e.Postcode+" "+commune.Name)
	}
	return f
}

// shownName is what an establishment is called on paper and in lists that lie
// open; empty where the directory does not name it: it is masked, hidden, gone
// or none.
func (s *site) shownName(siret register.SIRET) string {
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return ""
	}
	return e.Title()
}

// A claimStartPage asks whether an establishment is really theirs.
type claimStartPage struct {
	frame
	Crumbs []crumb
	Firm   firm
	Action string
}

func (s *site) claimStart(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	if account.May(who.Person, account.OwnFirm, account.Object{SIRET: siret}) && !who.Person.Staff() {
		return s.goOn(w, r, pathIn(r, "/mon-espace"))
	}
	if _, err := s.config.Directory.Establishment(siret); err != nil {
		return err
	}
	l := s.words(r)
	p := &claimStartPage{frame: s.frame(r, "/mon-espace", l.T("claim_page.title")), Firm: s.firmOf(r, siret)}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("claim_page.title")}}
	p.Action, p.NoIndex = "/mon-espace/revendiquer/"+siret.String(), true
	return s.show(w, http.StatusOK, "account/claim-start", p)
}

func (s *site) claimFirm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	c, err := s.config.Accounts.ClaimFirm(r.Context(), by(who), who.Person, siret, e.Territory)
	if errors.Is(err, account.ErrMember) {
		return s.goOn(w, r, pathIn(r, "/mon-espace"))
	}
	if err != nil {
		return err
	}
	domains, err := s.domainsOf(r, siret)
	if err != nil {
		return err
	}
	if err := s.config.Accounts.ShowByDomain(r.Context(), by(who), c, domains); err != nil && !errors.Is(err, account.ErrDomain) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/revendications/"+c.ID))
}

// domainsOf returns the domains that an establishment is known by: of the site
// and the address that its people said.
func (s *site) domainsOf(r *http.Request, siret register.SIRET) ([]string, error) {
	said, err := s.config.Profiles.Profile(r.Context(), siret)
	if err != nil {
		return nil, err
	}
	var domains []string
	if u, err := url.Parse(said.Web); err == nil && u.Hostname() != "" {
		domains = append(domains, u.Hostname())
	}
	if _, domain, ok := strings.Cut(said.Mail, "@"); ok {
		domains = append(domains, domain)
	}
	return domains, nil
}

// A claimPage tells who claims an establishment where it stands.
type claimPage struct {
	frame
	Crumbs    []crumb
	Firm      firm
	State     string
	Sent      string // when the letter went
	Tries     int
	Code      input
	Reason    string
	CreatedAt string
	Action    string
}

// ownClaim returns the claim of a request, when it is of who asks.
func (s *site) ownClaim(r *http.Request, who *account.Signed) (*account.Claim, error) {
	c, err := s.config.Accounts.Claim(r.Context(), r.PathValue("id"))
	if err == nil && c.Person != who.Person.ID {
		return nil, db.ErrNotFound
	}
	return c, err
}

func (s *site) claim(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.ownClaim(r, who)
	if err != nil {
		return err
	}
	return s.showClaim(w, r, http.StatusOK, c, input{})
}

func (s *site) showClaim(w http.ResponseWriter, r *http.Request, status int, c *account.Claim, code input) error {
	l := s.words(r)
	p := &claimPage{frame: s.frame(r, "/mon-espace", l.T("claim_page.title")), Firm: s.firmOf(r, c.SIRET), State: c.State, Tries: c.Tries, Reason: c.Reason, CreatedAt: l.Moment(c.CreatedAt)}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("claim_page.title")}}
	p.Action, p.NoIndex = "/mon-espace/revendications/"+c.ID, true
	p.Path = p.Action
	if !c.SentAt.IsZero() {
		p.Sent = l.Moment(c.SentAt)
	}
	p.Code = input{Name: "code", Label: l.T("claim_page.code"), Hint: l.T("claim_page.code_hint"), Autocomplete: "one-time-code", Value: code.Value, Error: code.Error}
	if code.Error != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "account/claim", p)
}

func (s *site) claimCode(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.ownClaim(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	typed := input{Value: cut(one(form, "code"), 40)}
	c, err = s.config.Accounts.TypeCode(r.Context(), by(who), c.ID, form.Get("code"))
	switch {
	case errors.Is(err, account.ErrCode):
		typed.Error = l.T("claim_page.wrong", "n", c.Tries)
		return s.showClaim(w, r, http.StatusUnprocessableEntity, c, typed)
	case errors.Is(err, account.ErrNoTries):
		typed.Error = l.T("claim_page.no_tries")
		return s.showClaim(w, r, http.StatusUnprocessableEntity, c, typed)
	case err != nil && !errors.Is(err, account.ErrDecided):
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/revendications/"+c.ID))
}

func (s *site) withdrawClaim(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	c, err := s.ownClaim(r, who)
	if err != nil {
		return err
	}
	if _, err := s.config.Accounts.Withdraw(r.Context(), by(who), c.ID); err != nil && !errors.Is(err, account.ErrDecided) {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/revendications/"+c.ID))
}

// leaveFirm ends speaking for an establishment.
func (s *site) leaveFirm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	if err := s.config.Accounts.LeaveFirm(r.Context(), by(who), who.Person.ID, siret); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace"))
}

// An invitePage lets one of an establishment's people let another in.
type invitePage struct {
	frame
	Crumbs  []crumb
	Firm    firm
	Action  string
	Mail    input
	Sent    bool
	Members []string
}

func (s *site) inviteForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.showInvite(w, r, who, http.StatusOK, input{})
}

func (s *site) showInvite(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, mail input) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	if !member(who, siret) {
		return account.ErrDenied
	}
	l := s.words(r)
	p := &invitePage{frame: s.frame(r, "/mon-espace", l.T("invite.title")), Firm: s.firmOf(r, siret), Sent: r.URL.Query().Has("fait") && mail.Error == ""}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: p.Firm.Name, Path: "/mon-espace/entreprises/" + siret.String()}, {Name: l.T("invite.title")}}
	p.Action, p.NoIndex = "/mon-espace/entreprises/"+siret.String()+"/equipe", true
	p.Path = p.Action
	p.Mail = input{Name: "email", Label: l.T("invite.mail"), Type: "email", Value: mail.Value, Error: mail.Error}
	members, err := s.config.Accounts.Members(r.Context(), siret)
	if err != nil {
		return err
	}
	for _, m := range members {
		p.Members = append(p.Members, m.Name())
	}
	if mail.Error != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "account/invite", p)
}

func (s *site) invite(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	if !member(who, siret) {
		return account.ErrDenied
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	mail := one(form, "email")
	err = s.config.Accounts.Invite(r.Context(), by(who), siret, mail, l.Code())
	switch {
	case errors.Is(err, account.ErrMail):
		return s.showInvite(w, r, who, http.StatusUnprocessableEntity, input{Value: mail, Error: l.T(mailFault(mail))})
	case errors.Is(err, account.ErrOften):
		w.Header().Set("Retry-After", "86400")
		return s.showInvite(w, r, who, http.StatusTooManyRequests, input{Value: mail, Error: l.T("invite.often")})
	case err != nil:
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/entreprises/"+siret.String()+"/equipe")+"?fait=1")
}
