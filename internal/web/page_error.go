package web

import (
	"log/slog"
	"net/http"
)

// An errorPage tells a fault to a person, and what to do next.
type errorPage struct {
	frame
	Status    int
	Kind      string
	Lead      string
	Text      string
	Reference string
}

// errorPage answers with a fault as a page. It must not fail: when even the
// page cannot be made, the title is said in plain text.
func (s *site) errorPage(w http.ResponseWriter, r *http.Request, f fault) {
	l := s.words(r)
	p := &errorPage{frame: s.frame(r, "", ""), Status: f.Status, Kind: f.Kind, Reference: f.Reference}
	p.Title = l.T("error." + f.Kind + ".title")
	p.Lead = l.T("error." + f.Kind + ".text")
	if f.Last != "" {
		p.Text = l.T("error.last_seen", "day", l.Day(f.Last))
	}
	if f.Param != nil {
		p.Text = l.T("error.param", "name", f.Param.Param, "value", f.Param.Value)
	}
	p.NoIndex = true
	if err := s.show(w, f.Status, "error/error", p); err != nil {
		s.config.Log.Error("error page failed", slog.Any("error", err))
		http.Error(w, p.Title, f.Status)
	}
}
