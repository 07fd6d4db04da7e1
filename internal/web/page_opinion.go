package web

import (
	"net/http"

	"passerelle/internal/meeting"
)

// An opinionPage asks somebody who came what they thought of a meeting.
type opinionPage struct {
	frame
	Crumbs []crumb
	M      *meeting.Meeting
	Long   string
	Action string
	Said   bool
}

func (s *site) opinion(w http.ResponseWriter, r *http.Request) error {
	private(w)
	m, err := s.config.Thanks.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &opinionPage{frame: s.frame(r, "/reunions", l.T("opinion.title")), M: &m, Long: longDay(l, m.Room.Start), Action: "/avis/" + r.PathValue("token"), Said: r.URL.Query().Has("fait")}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: l.T("meetings.title"), Path: "/reunions"}, {Name: m.Title, Path: "/reunions/" + m.ID}, {Name: p.Title}}
	return s.show(w, http.StatusOK, "meeting/opinion", p)
}

// sayOpinion counts what was pressed: looking at the page counts nothing.
func (s *site) sayOpinion(w http.ResponseWriter, r *http.Request) error {
	private(w)
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	o, ok := meeting.ParseOpinion(form.Get("avis"))
	if !ok {
		return errForm
	}
	if err := s.config.Thanks.Say(r.Context(), r.PathValue("token"), o); err != nil {
		return err
	}
	http.Redirect(w, r, pathIn(r, "/avis/"+r.PathValue("token"))+"?fait=1", http.StatusSeeOther)
	return nil
}

// opinionsInWords counts the opinions of a meeting for its desk; empty while
// there are none.
func (s *site) opinionsInWords(r *http.Request, m *meeting.Meeting) (string, error) {
	n, err := s.config.Thanks.Opinions(r.Context(), m.ID)
	if err != nil || len(n) == 0 {
		return "", err
	}
	l := s.words(r)
	return l.T("opinion.sum", "yes", l.Number(int64(n[meeting.Useful])), "half", l.Number(int64(n[meeting.Half])), "no", l.Number(int64(n[meeting.Useless]))), nil
}
