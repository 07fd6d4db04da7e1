package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/locale"
)

// An operationPage tells the operator how the house stands.
type operationPage struct {
	frame
	Crumbs  []crumb
	Version string
	Engine  string
	Sends   bool // a mail server is set
	Queues  []queueLine
	Staff   []staffLine
	Sources []sourceLine
	Size    int
	Acts    int64
	Made    string // when the register was imported; empty without one
	Counts  directory.MetaCounts
	Health  []healthLine
}

// A healthLine is whether something works.
type healthLine struct {
	Name, Text string
	Wrong      bool
}

// oldRegister is when a register is to be imported again: they come monthly.
const oldRegister = 45 * 24 * time.Hour

// health tells whether what the house stands on works.
func (s *site) health(r *http.Request, l *locale.Language, m directory.Meta) []healthLine {
	base := healthLine{Name: l.T("operation.base")}
	begun := s.config.Clock.Now()
	if err := s.config.Accounts.DB.Ping(r.Context()); err != nil {
		base.Text, base.Wrong = l.T("operation.base_silent"), true
	} else {
		base.Text = l.T("operation.base_answers", "ms", max(1, s.config.Clock.Now().Sub(begun).Milliseconds()))
	}
	register := healthLine{Name: l.T("operation.registers")}
	switch made := db.Time(m.Made); {
	case m.Made == 0:
		register.Text, register.Wrong = l.T("operation.no_register"), true
	case s.config.Clock.Now().Sub(made) > oldRegister:
		register.Text, register.Wrong = l.T("operation.register_old", "at", l.Moment(made)), true
	default:
		register.Text = l.T("operation.register_new", "at", l.Moment(made))
	}
	answers := healthLine{Name: l.T("operation.answers"), Text: l.T("operation.answers_no")}
	if s.config.MailAnswers {
		answers.Text = l.T("operation.answers_yes")
	}
	return []healthLine{base, register, answers}
}

// A queueLine is how many mails are in a state.
type queueLine struct {
	Lane, State string
	N           int
	Oldest      string
	Wrong       bool
}

// A staffLine is somebody with a role.
type staffLine struct {
	Mail, Duties, Territories, Seen string
}

func (s *site) operation(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	l := s.words(r)
	p := &operationPage{frame: s.frame(r, "/mon-espace", l.T("operation.title")), Version: s.config.Version, Size: s.config.Directory.Size()}
	p.Crumbs, p.NoIndex = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("operation.title")}}, true
	p.Engine = s.config.Accounts.DB.Engine()
	if s.config.Outbox != nil {
		p.Sends = s.config.Outbox.Send != nil
		queues, err := s.config.Outbox.Queues(r.Context())
		if err != nil {
			return err
		}
		for _, q := range queues {
			line := queueLine{Lane: l.T("operation.lane." + string(q.Lane)), State: l.T("operation.state." + q.State), N: q.N, Wrong: q.State == "dropped" || q.State == "refused"}
			if !q.Oldest.IsZero() {
				line.Oldest = l.Moment(q.Oldest)
			}
			p.Queues = append(p.Queues, line)
		}
	}
	staff, err := s.config.Accounts.Staff(r.Context())
	if err != nil {
		return err
	}
	for _, one := range staff {
		line := staffLine{Mail: one.Mail, Territories: strings.Join(one.Territories, ", "), Seen: l.Moment(one.SeenAt)}
		for _, d := range one.Duties {
			text := l.T("role." + string(d.Role))
			if d.Institution != "" {
				text += " (" + l.T("institution."+string(d.Institution)) + ")"
			}
			line.Duties += ", " + text
		}
		line.Duties = strings.TrimPrefix(line.Duties, ", ")
		p.Staff = append(p.Staff, line)
	}
	if p.Acts, err = s.config.Accounts.Sealed(r.Context()); err != nil {
		return err
	}
	m := s.config.Directory.Meta()
	p.Counts, p.Health = m.Counts, s.health(r, l, m)
	if m.Made != 0 {
		p.Made = l.Moment(db.Time(m.Made))
	}
	for _, source := range m.Sources {
		p.Sources = append(p.Sources, sourceLine{Name: source.Name, AsOf: source.AsOf, Rows: source.Rows})
	}
	slices.SortFunc(p.Sources, func(a, b sourceLine) int { return strings.Compare(a.Name, b.Name) })
	return s.show(w, http.StatusOK, "operation/operation", p)
}
