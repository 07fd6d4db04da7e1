package web

import (
	"net/http"
	"slices"
	"strings"

	"passerelle/internal/account"
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
	for _, source := range m.Sources {
		p.Sources = append(p.Sources, sourceLine{Name: source.Name, AsOf: source.AsOf, Rows: source.Rows})
	}
	slices.SortFunc(p.Sources, func(a, b sourceLine) int { return strings.Compare(a.Name, b.Name) })
	return s.show(w, http.StatusOK, "operation/operation", p)
}
