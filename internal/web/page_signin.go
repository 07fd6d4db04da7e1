package web

import (
	"errors"
	"net/http"
	"strings"

	"passerelle/internal/account"
)

// A signInPage asks for an address to send a link to.
type signInPage struct {
	frame
	Crumbs []crumb
	Mail   input
	Next   string
	Used   bool // it stands in for a link that is of no use any more
	CanKey bool // the house takes keys
	// Provider is another way in, and why somebody just failed to come by it.
	Provider *providerPart
}

// signIn shows the form; who is signed in already goes on.
func (s *site) signIn(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	next := account.SafeNext(r.URL.Query().Get("suite"))
	if _, err := s.signed(w, r); err == nil {
		return s.goOn(w, r, next)
	} else if !errors.Is(err, account.ErrSession) {
		return err
	}
	return s.showSignIn(w, r, http.StatusOK, &signInPage{Next: next})
}

func (s *site) showSignIn(w http.ResponseWriter, r *http.Request, status int, p *signInPage) error {
	l := s.words(r)
	p.frame = s.frame(r, "/mon-espace", l.T("signin.title"))
	p.Path = "/connexion"
	if p.Used {
		p.Title = l.T("signin.used_title")
	}
	if p.Provider = s.provider(r, p.Next); p.Provider != nil && p.Provider.Fault != nil {
		p.Title, status = p.Provider.Fault.Title, p.Provider.Fault.status
		if wait := p.Provider.Fault.wait; wait != "" {
			w.Header().Set("Retry-After", wait)
		}
	}
	p.Crumbs, p.NoIndex = []crumb{{Name: l.T("signin.title")}}, true
	if p.CanKey = s.config.Accounts.Ring != nil; p.CanKey {
		p.Scripts = []string{"js/passkey.js"}
	}
	p.Mail = input{
		Name: "email", Label: l.T("signin.mail"), Hint: l.T("signin.mail_hint"), Type: "email", Autocomplete: "email",
		Value: p.Mail.Value, Error: p.Mail.Error,
	}
	if p.Mail.Error != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "account/signin", p)
}

// askLink sends a link to an address, and says the same whoever has it.
func (s *site) askLink(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	next := account.SafeNext(form.Get("suite"))
	mail := one(form, "email")
	err = s.config.Accounts.AskLink(r.Context(), account.AskedLink{Mail: mail, Next: next, Language: l.Code(), Host: s.clientAddr(r).String()})
	p := &signInPage{Next: next, Mail: input{Value: mail}}
	switch {
	case errors.Is(err, account.ErrMail):
		p.Mail.Error = l.T(mailFault(mail))
		return s.showSignIn(w, r, http.StatusUnprocessableEntity, p)
	case errors.Is(err, account.ErrOften):
		p.Mail.Error = l.T("signin.often")
		w.Header().Set("Retry-After", "3600")
		return s.showSignIn(w, r, http.StatusTooManyRequests, p)
	case err != nil:
		return err
	}
	http.Redirect(w, r, hrefIn(l.Code(), "/connexion/courriel"), http.StatusSeeOther)
	return nil
}

// A linkSentPage says that a mail is on its way.
type linkSentPage struct {
	frame
	Crumbs []crumb
	Demo   bool
}

func (s *site) linkSent(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &linkSentPage{frame: s.frame(r, "/mon-espace", l.T("signin.sent_title")), Crumbs: []crumb{{Name: l.T("signin.title"), Path: hrefIn(l.Code(), "/connexion")}, {Name: l.T("signin.sent_title")}}, Demo: s.config.Mailbox}
	p.NoIndex = true
	return s.show(w, http.StatusOK, "account/sent", p)
}

// An enterPage holds the one button that uses a link: opening it uses nothing,
// since scanners of mails open them too.
type enterPage struct {
	frame
	Crumbs []crumb
	Mail   string
	Action string
}

func (s *site) link(w http.ResponseWriter, r *http.Request) error {
	private(w)
	l := s.words(r)
	mail, err := s.config.Accounts.Link(r.Context(), r.PathValue("token"))
	if errors.Is(err, account.ErrLink) {
		return s.showSignIn(w, r, http.StatusGone, &signInPage{Used: true})
	}
	if err != nil {
		return err
	}
	p := &enterPage{frame: s.frame(r, "/mon-espace", l.T("signin.enter_title")), Crumbs: []crumb{{Name: l.T("signin.title")}}, Mail: mail}
	p.Action = r.URL.Path
	p.Path, p.NoIndex = "/connexion", true
	return s.show(w, http.StatusOK, "account/enter", p)
}

// enter uses a link. The browser needs not be the one that asked for it.
func (s *site) enter(w http.ResponseWriter, r *http.Request) error {
	private(w)
	e, err := s.config.Accounts.Enter(r.Context(), r.PathValue("token"), account.Device{Agent: r.UserAgent()})
	if errors.Is(err, account.ErrLink) {
		return s.showSignIn(w, r, http.StatusGone, &signInPage{Used: true})
	}
	if err != nil {
		return err
	}
	// The link came by mail: the address takes mails again.
	if err := s.config.Outbox.Reached(r.Context(), e.Person.ID); err != nil {
		return err
	}
	s.giveSession(w, e.Token, e.Until)
	return s.goOn(w, r, e.Next)
}

// goOn leads to a path of this site, or to one's own space.
func (s *site) goOn(w http.ResponseWriter, r *http.Request, next string) error {
	if next = account.SafeNext(next); next == "" {
		next = "/mon-espace"
	}
	// Whoever acts in a language goes on in it.
	if code, _ := language(r); next != "/"+code && !strings.HasPrefix(next, "/"+code+"/") && !strings.HasPrefix(next, "/"+code+"?") {
		next = hrefIn(code, next)
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// private keeps an address that is a secret out of caches and of what is told
// to the next site.
func private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
}

// leave ends the session of this browser, and leads to the provider where it
// began there.
func (s *site) leave(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	address, err := s.config.Accounts.Farewell(r.Context(), who.Session)
	if err != nil {
		return err
	}
	if err := s.config.Accounts.Leave(r.Context(), by(who), who.Person.ID, who.Session); err != nil {
		return err
	}
	s.forgetSession(w)
	code, _ := language(r)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	if address != "" {
		l, name := s.words(r), s.config.Accounts.Provider.Name()
		return s.leadTo(w, r, address, l.T("provider.left_title"), l.T("provider.left_lead", "name", name))
	}
	http.Redirect(w, r, hrefIn(code, "/"), http.StatusSeeOther)
	return nil
}

// mailFault is the key of the message for what is no address: it says what is
// missing.
func mailFault(s string) string {
	switch local, domain, at := strings.Cut(s, "@"); {
	case s == "":
		return "signin.mail_empty"
	case !at:
		return "signin.mail_at"
	case local == "":
		return "signin.mail_before"
	case domain == "":
		return "signin.mail_after"
	}
	return "signin.mail_wrong"
}
