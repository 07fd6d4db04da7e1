package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// A form that anybody may send and that reaches other people carries a guard:
// a field that people do not see and robots fill in, and the moment at which
// the form was shown, sealed. No picture to read, no puzzle.
const (
	trapField  = "site_web" // left empty by people
	shownField = "vu"
)

// How long somebody takes at least to fill in such a form, and how long it may
// stay open.
const (
	guardLeast = 2 * time.Second
	guardMost  = 24 * time.Hour
)

// errRobot says that a form was filled in as robots do.
var errRobot = errors.New("the form was filled in too fast, or not by a person")

// guardFields are what the form carries along.
func (s *site) guardFields() []field {
	at := strconv.FormatInt(s.config.Clock.Now().Unix(), 10)
	return []field{{shownField, at + "." + s.guardMark(at)}}
}

func (s *site) guardMark(at string) string {
	h := hmac.New(sha256.New, s.config.FormSecret)
	fmt.Fprintf(h, "form %s", at)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

// guarded returns errRobot for a form that no person filled in.
func (s *site) guardedForm(form url.Values) error {
	at, mark, _ := strings.Cut(form.Get(shownField), ".")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || form.Get(trapField) != "" || !hmac.Equal([]byte(mark), []byte(s.guardMark(at))) {
		return errRobot
	}
	if age := s.config.Clock.Now().Sub(time.Unix(seconds, 0)); age < guardLeast || age > guardMost {
		return errRobot
	}
	return nil
}
