package web

import (
	"net/http"
	"time"

	"passerelle/internal/booking"
)

// A deskFigure is a number and what it counts.
type deskFigure struct {
	N    int
	Name string
}

// fillStage says where a meeting is in its life, and what counts there: seats
// before it, who is there on the day, what came of it afterwards.
func (s *site) fillStage(r *http.Request, p *meetingDeskPage, now time.Time) error {
	l := s.words(r)
	called := func(n int, key string) deskFigure { return deskFigure{n, l.T("stage.figure."+key, "n", n)} }
	expected, absent := 0, 0
	for i := range p.Guests {
		switch g := &p.Guests[i]; {
		case g.Presence == booking.Absent:
			absent += g.Seats
		case g.Presence == booking.Expected && g.Shown:
			expected += g.Seats
		}
	}
	written, err := s.config.Meetings.Minutes(r.Context(), p.M.ID)
	if err != nil {
		return err
	}
	switch p.Written = "none"; {
	case written.Published:
		p.Written = "published"
	case written.Version > 0:
		p.Written = "draft"
	}
	switch {
	case p.Over:
		p.Stage, p.Unmarked = "after", p.Came == 0 && p.Held > 0 && !p.M.Room.CalledOff
		p.Figures = []deskFigure{called(p.Came, "came"), called(absent, "absent")}
		if expected > 0 {
			p.Figures = append(p.Figures, called(expected, "unmarked"))
		}
		p.Figures = append(p.Figures, called(p.Leads, "leads"))
	case !now.Before(startOfDay(p.M.Room.Start)) && !p.Draft:
		p.Stage = "day"
		p.Figures = []deskFigure{called(p.Came, "came"), called(expected, "expected"), called(p.Left, "left"), called(p.Waiting, "waiting"), called(p.Leads, "leads")}
	default:
		p.Stage = "before"
		p.Figures = []deskFigure{called(p.Held, "held"), called(p.Left, "left"), called(p.Waiting, "waiting")}
	}
	return nil
}
