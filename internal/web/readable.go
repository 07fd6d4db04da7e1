package web

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// readable returns a text without what nobody types and a database may refuse:
// broken UTF-8, signs of control other than tab and new line, and the signs
// that turn the direction of what follows, by which a name shows as another.
func readable(s string) string {
	s = strings.ToValidUTF8(s, "")
	if strings.IndexFunc(s, unreadable) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unreadable(r) {
			return -1
		}
		return r
	}, s)
}

func unreadable(r rune) bool {
	switch {
	case r == '\t' || r == '\n' || r == '\r':
		return false
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return true
	}
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 // bidirectional embeddings and isolates
}

// readableForm makes every value of a form readable.
func readableForm(v url.Values) url.Values {
	for _, values := range v {
		for i := range values {
			values[i] = readable(values[i])
		}
	}
	return v
}

// readableOnly answers that there is no page where a path is no text, and
// gives the handlers a query that is one.
func (s *Server) readableOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !utf8.ValidString(r.URL.Path) || strings.IndexFunc(r.URL.Path, unreadable) >= 0 {
			s.fail(w, r, errNoRoute)
			return
		}
		if q, err := url.QueryUnescape(r.URL.RawQuery); err == nil && readable(q) != q {
			r.URL.RawQuery = readableForm(r.URL.Query()).Encode()
		}
		next.ServeHTTP(w, r)
	})
}
