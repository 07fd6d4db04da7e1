package web

import (
	"fmt"
	"net/http"
	"strconv"

	"passerelle/internal/db"
)

// logo gives the logo of a partner. An SVG runs nothing and fetches nothing,
// whatever it holds.
func (s *site) logo(w http.ResponseWriter, r *http.Request) error {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(s.config.Instance.Partners) || s.config.Instance.Partners[n].Type == "" {
		return db.ErrNotFound
	}
	p := s.config.Instance.Partners[n]
	h := w.Header()
	h.Set("Content-Type", p.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	h.Set("Cache-Control", "public, max-age=3600")
	_, err = w.Write(p.Picture)
	return err
}

// colours gives the colours of the house, over those of the styles.
func (s *site) colours(w http.ResponseWriter, _ *http.Request) error {
	c := s.config.Instance.Colours
	h := w.Header()
	h.Set("Content-Type", "text/css; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=3600")
	if c.Action != "" {
		if _, err := fmt.Fprintf(w, "@media (prefers-color-scheme: light) { :root { --act: %s; } }\n", c.Action); err != nil {
			return err
		}
	}
	if c.ActionDark != "" {
		if _, err := fmt.Fprintf(w, "@media (prefers-color-scheme: dark) { :root { --act: %s; } }\n", c.ActionDark); err != nil {
			return err
		}
	}
	return nil
}
