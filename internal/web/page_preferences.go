package web

import (
	"net/http"

	"passerelle/internal/account"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
)

// A preferencesPage lets somebody choose which mails they get: signed in, or by
// the link at the foot of a mail.
type preferencesPage struct {
	frame
	Crumbs       []crumb
	Action       string
	Digest       bool
	Solicitation bool
	Saved        bool
	Changed      string // when they last chose; empty for never
}

func (s *site) showPreferences(w http.ResponseWriter, r *http.Request, p mail.Preference, action string) error {
	private(w)
	l := s.words(r)
	page := &preferencesPage{frame: s.frame(r, "/mon-espace", l.T("preferences.title")), Action: action, Digest: p.Digest, Solicitation: p.Solicitation, Saved: r.URL.Query().Has("fait")}
	known, err := s.config.Outbox.Taken(r.Context(), p.Person)
	if err != nil {
		return err
	}
	if !known.ChosenAt.IsZero() {
		page.Changed = l.Moment(known.ChosenAt)
	}
	page.Crumbs = []crumb{{Name: l.T("preferences.title")}}
	page.Path, page.NoIndex = "/mon-espace/preferences", true
	return s.show(w, http.StatusOK, "account/preferences", page)
}

func (s *site) preferences(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	p, err := s.config.Outbox.Preference(r.Context(), who.Person.ID)
	if err != nil {
		return err
	}
	return s.showPreferences(w, r, p, "/mon-espace/preferences")
}

func (s *site) choose(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	p, err := s.config.Outbox.Preference(r.Context(), who.Person.ID)
	if err != nil {
		return err
	}
	return s.keepChoice(w, r, p, mail.OnPage, "/mon-espace/preferences")
}

// keepChoice writes what a form says of the mails of somebody, with the words
// that they read.
func (s *site) keepChoice(w http.ResponseWriter, r *http.Request, p mail.Preference, way mail.Way, back string) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	p.Digest, p.Solicitation = form.Get("digest") != "", form.Get("solicitation") != ""
	if err := s.config.Outbox.Choose(r.Context(), p, way, wordsChosen(s.words(r), p)); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, back)+"?fait=1")
}

// wordsChosen is what the page said of each choice, and what was chosen.
func wordsChosen(l *locale.Language, p mail.Preference) string {
	said := func(key string, yes bool) string {
		answer := l.T("preferences.no")
		if yes {
			answer = l.T("preferences.yes")
		}
		return l.T("preferences."+key) + ". " + l.T("preferences."+key+"_text") + " : " + answer
	}
	return said("digest", p.Digest) + "\n" + said("solicitation", p.Solicitation)
}

func (s *site) preferencesByLink(w http.ResponseWriter, r *http.Request) error {
	p, err := s.config.Outbox.PreferenceByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.showPreferences(w, r, p, "/preferences/"+p.Token)
}

func (s *site) chooseByLink(w http.ResponseWriter, r *http.Request) error {
	private(w)
	p, err := s.config.Outbox.PreferenceByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.keepChoice(w, r, p, mail.ByLink, "/preferences/"+p.Token)
}

// unsubscribe is what a mail program calls when its reader presses its own
// button (RFC 8058): a POST without a cookie, which ends all that is not an
// answer. Opening the address changes nothing.
func (s *site) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	private(w)
	p, err := s.config.Outbox.PreferenceByToken(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	p.Digest, p.Solicitation = false, false
	if err := s.config.Outbox.Choose(r.Context(), p, mail.ByButton, ""); err != nil {
		return err
	}
	return plain(w, "ok")
}
