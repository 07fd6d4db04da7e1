package web

import (
	"errors"
	"net/http"

	"passerelle/internal/account"
)

// An erasePage tells what goes and what stays before an account is erased.
type erasePage struct {
	frame
	Crumbs []crumb
	Last   bool // the last operator cannot go
}

func (s *site) eraseForm(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	return s.showErase(w, r, http.StatusOK, &erasePage{})
}

func (s *site) showErase(w http.ResponseWriter, r *http.Request, status int, p *erasePage) error {
	l := s.words(r)
	p.frame = s.frame(r, "/mon-espace", l.T("erase.title"))
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("own.title"), Path: "/mon-espace/donnees"}, {Name: l.T("erase.title")}}
	p.NoIndex = true
	return s.show(w, status, "account/erase", p)
}

func (s *site) erase(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	err := s.config.Accounts.Erase(r.Context(), by(who), who.Person.ID)
	if errors.Is(err, account.ErrOperator) {
		return s.showErase(w, r, http.StatusConflict, &erasePage{Last: true})
	}
	if err != nil {
		return err
	}
	if err := s.config.Directory.Refresh(r.Context()); err != nil {
		return err
	}
	s.forgetSession(w)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, pathIn(r, "/efface"), http.StatusSeeOther)
	return nil
}

// erased says that it is done.
func (s *site) erased(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &erasePage{frame: s.frame(r, "", l.T("erase.done_title")), Crumbs: []crumb{{Name: l.T("erase.done_title")}}}
	p.NoIndex = true
	return s.show(w, http.StatusOK, "account/erased", p)
}
