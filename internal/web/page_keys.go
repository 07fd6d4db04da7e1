package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"passerelle/internal/account"
)

// What a browser holds while a key is made or shown, or while somebody signs
// in at another house.
const (
	ceremonyCookie = "passerelle-en-cours"
	ceremonyAge    = 600 // seconds
)

func (s *Server) ceremonyName() string {
	if s.secure() {
		return "__Host-" + ceremonyCookie
	}
	return ceremonyCookie
}

// giveCeremony hands the token of what was begun to the browser.
func (s *Server) giveCeremony(w http.ResponseWriter, token string) {
	http.SetCookie(w, &http.Cookie{Name: s.ceremonyName(), Value: token, Path: "/", MaxAge: ceremonyAge, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
}

// takeCeremony returns the token of what was begun, and takes it from the
// browser.
func (s *Server) takeCeremony(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(s.ceremonyName())
	if err != nil {
		return ""
	}
	http.SetCookie(w, &http.Cookie{Name: s.ceremonyName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
	return c.Value
}

// offer gives a script the options of a key, and the browser the token that
// goes with its answer.
func (s *site) offer(w http.ResponseWriter, options []byte, token string) error {
	private(w)
	s.giveCeremony(w, token)
	w.Header().Set("Content-Type", "application/json")
	_, err := w.Write(options)
	return err
}

// answerOf reads what a script says of a key.
func answerOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
}

// leadOn tells a script where to go.
func leadOn(w http.ResponseWriter, path string) error {
	private(w)
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]string{"next": path})
}

func (s *site) beginKeyEntry(w http.ResponseWriter, r *http.Request) error {
	options, token, err := s.config.Accounts.BeginKeyEntry(r.Context(), s.clientAddr(r).String())
	if errors.Is(err, account.ErrOften) {
		w.Header().Set("Retry-After", "3600")
	}
	if err != nil {
		return err
	}
	return s.offer(w, options, token)
}

func (s *site) enterByKey(w http.ResponseWriter, r *http.Request) error {
	answer, err := answerOf(w, r)
	if err != nil {
		return err
	}
	e, err := s.config.Accounts.EnterByKey(r.Context(), s.takeCeremony(w, r), answer, account.Device{Agent: r.UserAgent()})
	if err != nil {
		return err
	}
	s.giveSession(w, e.Token, e.Until)
	next := account.SafeNext(r.URL.Query().Get("suite"))
	if next == "" {
		next = pathIn(r, "/mon-espace")
	}
	return leadOn(w, next)
}

func (s *site) beginKey(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	options, token, err := s.config.Accounts.BeginKey(r.Context(), who.Person.ID)
	if err != nil {
		return err
	}
	return s.offer(w, options, token)
}

func (s *site) addKey(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	answer, err := answerOf(w, r)
	if err != nil {
		return err
	}
	if err := s.config.Accounts.AddKey(r.Context(), by(who), who.Person.ID, s.takeCeremony(w, r), answer, account.Device{Agent: r.UserAgent()}); err != nil {
		return err
	}
	return leadOn(w, pathIn(r, "/mon-espace/donnees")+"?cle=1")
}

func (s *site) removeKey(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	if err := s.config.Accounts.RemoveKey(r.Context(), by(who), who.Person.ID, r.PathValue("id")); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/donnees")+"#cles")
}

// An identityPage lets somebody say who they are.
type identityPage struct {
	frame
	Crumbs []crumb
	Saved  bool
	Inputs []input
	Faults []input // those to mend
}

func (s *site) identity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	p := who.Person
	return s.showIdentity(w, r, http.StatusOK, account.Names{Given: p.GivenName, Family: p.FamilyName, Phone: p.Phone}, "")
}

func (s *site) showIdentity(w http.ResponseWriter, r *http.Request, status int, n account.Names, fault string) error {
	l := s.words(r)
	p := &identityPage{frame: s.frame(r, "/mon-espace", l.T("identity.title")), Saved: r.URL.Query().Has("fait") && fault == ""}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("identity.title")}}
	p.Path, p.NoIndex = "/mon-espace/identite", true
	p.Inputs = []input{
		{Name: "prenom", Label: l.T("own.given"), Autocomplete: "given-name", Value: n.Given, Free: true},
		{Name: "nom", Label: l.T("own.family"), Autocomplete: "family-name", Value: n.Family, Free: true},
		{Name: "telephone", Label: l.T("frame.phone"), Type: "tel", Autocomplete: "tel", Hint: l.T("identity.phone_hint"), Value: n.Phone, Free: true, Error: fault},
	}
	if fault != "" {
		p.Faults = p.Inputs[2:]
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "account/identity", p)
}

func (s *site) saveIdentity(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	n := account.Names{Given: one(form, "prenom"), Family: one(form, "nom"), Phone: one(form, "telephone")}
	err = s.config.Accounts.ChangeNames(r.Context(), by(who), who.Person.ID, n)
	if errors.Is(err, account.ErrPhone) {
		return s.showIdentity(w, r, http.StatusUnprocessableEntity, n, s.words(r).T("profile.fault.phone"))
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, "/mon-espace/identite")+"?fait=1")
}
