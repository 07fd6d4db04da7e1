package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
)

// invitesEnd ends the address of whom a meeting invites, under its desk.
const invitesEnd = "/invitations"

// invitesShown is how many people a page offers to invite at once.
const invitesShown = 300

// An invitesPage is whom a meeting may invite, and whom it has.
type invitesPage struct {
	frame
	Crumbs  []crumb
	M       *meeting.Meeting
	Long    string
	Action  string
	Desk    string
	Filters []input
	Ticks   []tick
	Rows    []inviteRow
	Not     []inviteRow // with the reason of each
	More    int
	Sent    []inviteRow
	Fates   meeting.Fates
	Letters int
	Phones  int
	Silent  int // who may be reminded
	Closed  bool
	Notice  string
	Done    string
}

// A tick is a box to be ticked.
type tick struct {
	Name, Label string
	Checked     bool
}

// An inviteRow is a person in a list of invitations.
type inviteRow struct {
	Key, Name, Firm, FirmPath, Reach string
	How                              string // by which way, or what became of it
	Why                              string
	Member, Came                     bool
	Booking                          string // the registration it led to
}

func (s *site) invites(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	return s.showInvites(w, r, who, http.StatusOK, "")
}

func (s *site) showInvites(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, notice string) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	l, now := s.words(r), s.config.Clock.Now()
	p := &invitesPage{frame: s.frame(r, "/mon-espace", l.T("invitations.title")), M: m, Long: longDay(l, m.Room.Start), Desk: plansPath + "/" + m.ID, Notice: notice}
	p.Action = p.Desk + invitesEnd
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("plan.title"), Path: plansPath}, crumb{Name: m.Title, Path: p.Desk}, crumb{Name: p.Title})
	p.Closed = !m.Shown() || m.Room.CalledOff || !now.Before(m.Room.Start)
	q := r.URL.Query()
	if r.Method == http.MethodGet && q.Has("fait") {
		n, _ := strconv.Atoi(q.Get("fait"))
		p.Done = l.T("invitations.done", "n", n)
	} else if q.Has("relances") {
		n, _ := strconv.Atoi(q.Get("relances"))
		p.Done = l.T("invitations.chased", "n", n)
	}
	f := s.inviteFilter(q)
	p.Filters, p.Ticks = s.inviteInputs(l, q, m)
	if !p.Closed {
		list, err := s.config.Invitations.Candidates(r.Context(), who.Person, m, f)
		if err != nil {
			return err
		}
		for _, c := range list {
			row := s.inviteRow(r, c)
			switch {
			case c.Way == "":
				row.How = l.T("invitations.why." + string(c.Why))
				p.Not = append(p.Not, row)
			case len(p.Rows) >= invitesShown:
				p.More++
			default:
				row.How = l.T("invitations.way." + string(c.Way))
				if c.Why != "" {
					row.Why = l.T("invitations.why." + string(c.Why))
				}
				p.Rows = append(p.Rows, row)
			}
		}
		p.Not = p.Not[:min(len(p.Not), invitesShown)]
	}
	if err := s.sentInvites(r, p); err != nil {
		return err
	}
	return s.show(w, status, "meeting/invites", p)
}

// sentInvites fills in who was invited.
func (s *site) sentInvites(r *http.Request, p *invitesPage) error {
	l := s.words(r)
	list, fates, err := s.config.Invitations.Invited(r.Context(), p.M.ID)
	if err != nil {
		return err
	}
	p.Fates = fates
	for i := range list {
		x := &list[i]
		row := inviteRow{Name: l.T("plan.forgotten")}
		if x.Who != nil {
			row = s.inviteRow(r, x.Who)
		}
		row.Key, row.Booking = x.ID, x.Booking
		row.How, row.Why = l.T("invitations.way."+string(x.Way)), l.T("invitations.state."+string(x.State))
		if !x.RemindedAt.IsZero() && x.Silent() {
			row.Why += ", " + l.T("invitations.reminded")
		}
		switch {
		case x.Who == nil:
		case x.Way == meeting.ByLetter:
			p.Letters++
		case x.Way == meeting.ByPhone:
			p.Phones++
		case x.Silent() && x.RemindedAt.IsZero():
			p.Silent++
		}
		p.Sent = append(p.Sent, row)
	}
	return nil
}

func (s *site) inviteRow(r *http.Request, c *meeting.Candidate) inviteRow {
	row := inviteRow{Key: c.Key, Name: c.Name, Firm: c.Firm, Member: c.Member(), Came: c.Came}
	reach := []string{c.Mail, c.Phone}
	row.Reach = strings.Join(slices.DeleteFunc(reach, func(s string) bool { return s == "" }), " · ")
	if c.SIRET != 0 {
		if f := s.firmOf(r, c.SIRET); !f.Gone {
			row.FirmPath = f.Path
		}
	}
	if row.Firm == row.Name {
		row.Firm = ""
	}
	return row
}

// inviteFilter reads the filters of the page.
func (s *site) inviteFilter(q url.Values) meeting.InviteFilter {
	f := meeting.InviteFilter{Territory: q.Get("territoire"), World: q.Get("monde"), Label: q.Get("label"), NeverCame: q.Get("jamais") == "1", Who: q.Get("qui")}
	f.Radius, _ = strconv.Atoi(q.Get("rayon"))
	for word := range strings.SplitSeq(q.Get("metiers"), ",") {
		if sel, ok := s.config.Trades.Resolve(strings.TrimSpace(word)); ok && sel.Slug != "" {
			f.Trades = append(f.Trades, sel.Slug)
		}
	}
	return f
}

// inviteInputs are the filters as fields.
func (s *site) inviteInputs(l *locale.Language, q url.Values, m *meeting.Meeting) ([]input, []tick) {
	pick := func(name string, options ...option) input {
		for i := range options {
			options[i].Chosen = options[i].Value == q.Get(name)
		}
		return input{Name: name, Label: l.T("invitations." + name), Options: options}
	}
	territories := []option{{Name: l.T("meetings.everywhere")}}
	for _, t := range s.config.Places.Territories() {
		territories = append(territories, option{Value: t.Slug, Name: t.Name})
	}
	c, _ := s.config.Places.Commune(m.Commune)
	radius := []option{{Name: l.T("invitations.no_radius")}}
	for _, km := range []string{"5", "10", "20", "30", "50"} {
		radius = append(radius, option{Value: km, Name: l.T("invitations.around", "km", km, "place", c.Name)})
	}
	labels := []option{{Name: l.T("invitations.any_label")}}
	for _, k := range s.config.Trades.Labels() {
		labels = append(labels, option{Value: k.Slug, Name: s.labelName(l, k.Slug)})
	}
	return []input{
		pick("territoire", territories...), pick("rayon", radius...),
		pick("monde", option{Name: l.T("invitations.any_world")}, option{Value: "craft", Name: l.T("world.craft")}, option{Value: "ess", Name: l.T("world.ess")}),
		{Name: "metiers", Label: l.T("invitations.metiers"), Hint: l.T("plan.trades_hint"), Value: q.Get("metiers"), Free: true},
		pick("label", labels...),
		pick("qui", option{Name: l.T("invitations.everybody")}, option{Value: "members", Name: l.T("invitations.members")}, option{Value: "contacts", Name: l.T("invitations.contacts")}),
	}, []tick{{Name: "jamais", Label: l.T("invitations.jamais"), Checked: q.Get("jamais") == "1"}}
}

// sendInvites invites those who were ticked.
func (s *site) sendInvites(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	if len(form["qui"]) == 0 {
		return s.showInvites(w, r, who, http.StatusUnprocessableEntity, l.T("invitations.error.nobody"))
	}
	made, err := s.config.Invitations.Invite(r.Context(), meeting.Inviting{Meeting: m.ID, Who: who.Person, Keys: form["qui"], By: by(who)})
	switch {
	case errors.Is(err, meeting.ErrLate):
		return s.showInvites(w, r, who, http.StatusConflict, l.T("invitations.error.late"))
	case errors.Is(err, meeting.ErrOff):
		return s.showInvites(w, r, who, http.StatusConflict, l.T("invitations.error.off"))
	case err != nil:
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+invitesEnd+"?fait="+strconv.Itoa(len(made)))
}

// chaseInvites reminds the silent ones, once.
func (s *site) chaseInvites(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	n, err := s.config.Invitations.Chase(r.Context(), by(who), m.ID)
	if err != nil {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+invitesEnd+"?relances="+strconv.Itoa(n))
}
