package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"passerelle/internal/account"
)

// A signedHandler answers somebody who is signed in.
type signedHandler func(http.ResponseWriter, *http.Request, *account.Signed) error

// as makes a handler of one that needs somebody: permitted has found who it
// is.
func (s *site) as(h signedHandler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		who, ok := r.Context().Value(signedKey{}).(*account.Signed)
		if !ok {
			return account.ErrSession
		}
		return h(w, r, who)
	}
}

type signedKey struct{}

// permitted puts a route behind the table of permissions: what a visitor may
// do needs no session; for the rest somebody must be signed in, and have a
// role that does it to anything at all.
func (s *site) permitted(to route) handler {
	if account.MayAny(nil, to.act) {
		return to.handle
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Cache-Control", "no-store")
		who, err := s.signed(w, r)
		if errors.Is(err, account.ErrSession) {
			code, path := language(r)
			next := path
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				next = "/mon-espace"
			} else if r.URL.RawQuery != "" {
				next += "?" + r.URL.RawQuery
			}
			http.Redirect(w, r, hrefIn(code, "/connexion")+"?suite="+url.QueryEscape(hrefIn(code, next)), http.StatusSeeOther)
			return nil
		}
		if err != nil {
			return err
		}
		if !account.MayAny(who.Person, to.act) {
			return account.ErrDenied
		}
		return to.handle(w, r.WithContext(context.WithValue(r.Context(), signedKey{}, who)))
	}
}

// signed returns who a request comes from, account.ErrSession when it tells
// nobody. A token that changed is given to the browser.
func (s *Server) signed(w http.ResponseWriter, r *http.Request) (*account.Signed, error) {
	c, err := r.Cookie(s.cookieName())
	if err != nil || s.config.Accounts == nil {
		return nil, account.ErrSession
	}
	who, err := s.config.Accounts.Session(r.Context(), c.Value)
	if err != nil {
		if errors.Is(err, account.ErrSession) {
			s.forgetSession(w)
		}
		return nil, err
	}
	if who.Token != "" {
		s.giveSession(w, who.Token, who.Until)
	}
	return who, nil
}

// secure reports whether the site is reached by https.
func (s *Server) secure() bool { return s.config.BaseURL != nil && s.config.BaseURL.Scheme == "https" }

// cookieName is that of the one cookie of the site. Over https a browser holds
// it to this very host.
func (s *Server) cookieName() string {
	if s.secure() {
		return "__Host-passerelle"
	}
	return "passerelle"
}

// giveSession hands a session to the browser. The cookie goes along a link
// from a mail, and with no request another site makes.
func (s *Server) giveSession(w http.ResponseWriter, token string, until time.Time) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/", Expires: until, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode,
	})
}

func (s *Server) forgetSession(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: s.cookieName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
}

// by is who does an act on a page.
func by(who *account.Signed) account.Actor {
	return account.Actor{Who: who.Person.ID, Channel: account.Web}
}

// maxForm bounds the fields of a form.
const maxForm = 64 << 10

// formOf reads the fields of a form that was sent, as readable texts.
func formOf(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, errForm
	}
	return readableForm(r.PostForm), nil
}

// one returns a field of a form without the space around it.
func one(v url.Values, name string) string { return strings.TrimSpace(v.Get(name)) }
