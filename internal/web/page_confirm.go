package web

import (
	"errors"
	"net/http"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A confirmPage confirms what an establishment says, by the link of a mail.
// Opening it confirms nothing: scanners of mails open links too.
type confirmPage struct {
	frame
	Crumbs []crumb
	Firm   firm
	Voice  *voice
	Action string
	Done   bool // it was just confirmed
	Used   bool // the link is of no use any more
}

func (s *site) confirmByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	siret, _, err := s.confirmer(r)
	used := errors.Is(err, db.ErrNotFound)
	if err != nil && !used {
		return err
	}
	l := s.words(r)
	p := &confirmPage{frame: s.frame(r, "/mon-espace", l.T("confirm.title")), Firm: s.firmOf(r, siret), Action: r.URL.Path, Used: used, Done: used && r.URL.Query().Has("fait")}
	p.Crumbs, p.NoIndex, p.Path = []crumb{{Name: l.T("confirm.title")}}, true, "/mon-espace"
	if !used {
		if p.Voice, err = s.voiceOf(r, siret); err != nil {
			return err
		}
	}
	return s.show(w, http.StatusOK, "account/confirm", p)
}

// confirmer returns the establishment of a link and whom it was made for.
func (s *site) confirmer(r *http.Request) (register.SIRET, *account.Person, error) {
	siret, err := siretOf(r)
	if err != nil {
		return 0, nil, err
	}
	members, err := s.config.Accounts.Members(r.Context(), siret)
	if err != nil {
		return 0, nil, err
	}
	who, err := s.config.Profiles.Confirmer(r.Context(), siret, r.PathValue("token"), members)
	return siret, who, err
}

func (s *site) confirmNow(w http.ResponseWriter, r *http.Request) error {
	private(w)
	siret, who, err := s.confirmer(r)
	if errors.Is(err, db.ErrNotFound) {
		return s.goOn(w, r, r.URL.Path) // where the page says that the link is of no use
	}
	if err != nil {
		return err
	}
	if err := s.config.Profiles.Confirm(r.Context(), account.Actor{Who: who.ID, Channel: account.Link}, siret); err != nil {
		return err
	}
	return s.goOn(w, r, r.URL.Path+"?fait=1")
}
