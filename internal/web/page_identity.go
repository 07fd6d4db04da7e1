package web

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/openid"
)

// identityFaults are why somebody who went to the provider is not signed in:
// the word in the address of the sign-in page, and the status of that page.
var identityFaults = []struct {
	word   string // message keys provider.fault.WORD.title and .text
	err    error
	status int
	wait   string // seconds before it is of use to try again
}{
	{"refus", openid.ErrDeclined, http.StatusForbidden, ""},
	{"niveau", openid.ErrLevel, http.StatusForbidden, ""},
	{"heure", openid.ErrClock, http.StatusBadGateway, ""},
	{"panne", openid.ErrDown, http.StatusServiceUnavailable, "60"},
	{"reponse", openid.ErrAnswer, http.StatusBadRequest, ""},
	{"adresse", account.ErrIdentityMail, http.StatusForbidden, ""},
	{"autre", account.ErrIdentityTaken, http.StatusConflict, ""},
	{"tard", account.ErrCeremony, http.StatusGone, ""},
	{"souvent", account.ErrOften, http.StatusTooManyRequests, "3600"},
}

// identityBegin sends the browser to the provider, to sign in. It is reached by
// a link: a form would be held back by our own policy once the provider sends
// it on. Who is signed in already goes on.
func (s *site) identityBegin(w http.ResponseWriter, r *http.Request) error {
	private(w)
	q := account.AskedIdentity{Next: r.URL.Query().Get("suite"), Language: s.words(r).Code(), Host: s.clientAddr(r).String()}
	if _, err := s.signed(w, r); err == nil && s.config.Accounts.Provider != nil {
		return s.goOn(w, r, q.Next)
	} else if err != nil && !errors.Is(err, account.ErrSession) {
		return err
	}
	address, token, err := s.config.Accounts.BeginIdentity(r.Context(), q)
	if err != nil {
		return s.identityFailed(w, r, q, err)
	}
	s.giveCeremony(w, token)
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}

// joinIdentity sends the browser of somebody signed in to the provider, to join
// who they are there to their account. It takes a form of ours and no link:
// else another site, having signed them in there as somebody, could join that
// somebody to them.
func (s *site) joinIdentity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	q := account.AskedIdentity{Language: l.Code(), Host: s.clientAddr(r).String(), Person: who.Person.ID}
	address, token, err := s.config.Accounts.BeginIdentity(r.Context(), q)
	if err != nil {
		return s.identityFailed(w, r, q, err)
	}
	s.giveCeremony(w, token)
	name := s.config.Accounts.Provider.Name()
	return s.leadTo(w, r, address, l.T("provider.go_title", "name", name), l.T("provider.go_lead", "name", name))
}

// identityReturn takes the browser that comes back.
func (s *site) identityReturn(w http.ResponseWriter, r *http.Request) error {
	private(w)
	back := account.Return{Answer: r.URL.Query(), Device: account.Device{Agent: r.UserAgent()}}
	if c, err := r.Cookie(s.ceremonyName()); err == nil {
		back.Token = c.Value
	}
	who, err := s.signed(w, r)
	switch {
	case err == nil:
		back.Person = who.Person.ID
	case !errors.Is(err, account.ErrSession):
		return err
	}
	e, asked, err := s.config.Accounts.EnterByIdentity(r.Context(), back)
	if err != nil {
		return s.identityFailed(w, r, asked, err)
	}
	s.takeCeremony(w, r)
	s.claimByIdentity(r, e)
	next := e.Next
	if e.Token != "" {
		s.giveSession(w, e.Token, e.Until)
	} else if next == "" {
		next = hrefIn(asked.Language, "/mon-espace/donnees") + "#fournisseur"
	}
	if next == "" {
		next = hrefIn(asked.Language, "/mon-espace")
	}
	return s.goOn(w, r, next)
}

// claimByIdentity lets somebody speak for the establishment that the provider
// says they work for, when the directory has it. Nothing about it keeps them
// out.
func (s *site) claimByIdentity(r *http.Request, e *account.Entered) {
	if e.Claimed == 0 {
		return
	}
	firm, err := s.config.Directory.Establishment(e.Claimed)
	var gone *directory.GoneError
	if errors.Is(err, db.ErrNotFound) || errors.Is(err, directory.ErrNoSnapshot) || errors.As(err, &gone) {
		return
	}
	if err == nil {
		by := account.Actor{Who: e.Person.ID, Channel: account.Web}
		err = s.config.Accounts.ShowByIdentity(r.Context(), by, e.Person, e.Claimed, firm.Territory)
	}
	if err != nil {
		s.config.Log.Error("claim by a provider", slog.Any("error", err))
	}
}

// identityFailed leads to the sign-in page, which tells why and offers a link:
// what the provider said is not left in the address.
func (s *site) identityFailed(w http.ResponseWriter, r *http.Request, asked account.AskedIdentity, err error) error {
	if errors.Is(err, account.ErrNoProvider) {
		return errNoRoute
	}
	for _, f := range identityFaults {
		if !errors.Is(err, f.err) {
			continue
		}
		s.config.Log.Warn("nobody comes from the provider", slog.String("why", f.word), slog.Any("error", err))
		q := url.Values{"fournisseur": {f.word}}
		if next := account.SafeNext(asked.Next); next != "" {
			q.Set("suite", next)
		}
		language := asked.Language
		if language == "" {
			language = s.words(r).Code()
		}
		path := "/connexion"
		if asked.Person != "" {
			path = "/mon-espace/donnees"
		}
		http.Redirect(w, r, hrefIn(language, path)+"?"+q.Encode(), http.StatusSeeOther)
		return nil
	}
	return err
}

// An identityFault tells why somebody is not signed in by the provider.
type identityFault struct {
	Title, Text string
	status      int
	wait        string
}

// identityFaultOf returns the fault that the address of a page names, nil for
// none.
func (s *site) identityFaultOf(r *http.Request) *identityFault {
	word := r.URL.Query().Get("fournisseur")
	for _, f := range identityFaults {
		if s.config.Accounts.Provider != nil && word == f.word {
			l, name := s.words(r), s.config.Accounts.Provider.Name()
			return &identityFault{Title: l.T("provider.fault."+f.word+".title", "name", name), Text: l.T("provider.fault."+f.word+".text", "name", name), status: f.status, wait: f.wait}
		}
	}
	return nil
}

// A providerPart is what a page shows of the provider: nil where there is none.
type providerPart struct {
	Name  string
	Next  string
	Known []account.Identity // of the person, in their own data
	Fault *identityFault
}

func (s *site) provider(r *http.Request, next string) *providerPart {
	if s.config.Accounts.Provider == nil {
		return nil
	}
	return &providerPart{Name: s.config.Accounts.Provider.Name(), Next: next, Fault: s.identityFaultOf(r)}
}

// removeIdentities parts somebody from who they are at the provider.
func (s *site) removeIdentities(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	if err := s.config.Accounts.RemoveIdentities(r.Context(), by(who), who.Person.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/donnees")+"#fournisseur")
}

// An awayPage leads on to the provider.
type awayPage struct {
	frame
	Crumbs   []crumb
	Lead     string
	Provider string
	Address  string
}

// leadTo answers a form with a page that leads on to the provider by itself:
// the form may not be, by our own policy.
func (s *site) leadTo(w http.ResponseWriter, r *http.Request, address, title, lead string) error {
	private(w)
	p := &awayPage{frame: s.frame(r, "/mon-espace", title), Lead: lead, Provider: s.config.Accounts.Provider.Name(), Address: address}
	p.Crumbs, p.NoIndex, p.Path = []crumb{{Name: title}}, true, "/mon-espace"
	w.Header().Set("Refresh", "0; url="+address)
	return s.show(w, http.StatusOK, "account/away", p)
}
