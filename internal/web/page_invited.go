package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/meeting"
)

// An invitedPage is an invitation as the person who got it sees it.
type invitedPage struct {
	frame
	Crumbs   []crumb
	M        *meeting.Meeting
	Line     meetingLine
	Long     string
	Action   string
	Form     *seatForm
	Open     bool
	Declined bool
	Seat     string // address of their registration
	Rule     string
}

func (s *site) invited(w http.ResponseWriter, r *http.Request) error {
	private(w)
	i, err := s.config.Invitations.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	typed := url.Values{}
	who, err := s.config.Invitations.Who(r.Context(), &i)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if err == nil {
		typed = url.Values{"nom": {who.Name}, "courriel": {who.Mail}, "telephone": {who.Phone}, "entreprise": {who.Firm}}
		if who.SIRET != 0 {
			typed.Set("entreprise", who.SIRET.String())
		}
		if who.Name == who.Mail || who.Name == who.Firm {
			typed.Del("nom")
		}
	}
	return s.showInvited(w, r, http.StatusOK, &i, &seatForm{Fields: s.seatInputs(s.words(r), typed, nil)})
}

func (s *site) showInvited(w http.ResponseWriter, r *http.Request, status int, i *meeting.Invite, form *seatForm) error {
	private(w)
	m, err := s.config.Meetings.Meeting(r.Context(), i.Meeting)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	l, now := s.words(r), s.config.Clock.Now()
	p := &invitedPage{frame: s.frame(r, "/reunions", m.Title), M: &m, Form: form, Action: "/invitation-reunion/" + r.PathValue("token"), Declined: i.State == meeting.InviteDeclined}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = []crumb{{Name: l.T("meetings.title"), Path: "/reunions"}, {Name: m.Title, Path: "/reunions/" + m.ID}, {Name: l.T("invitations.mine")}}
	p.Line, p.Long = s.meetingLine(l, &meeting.Listed{Meeting: m, Sheet: sheet}, now), longDay(l, m.Room.Start)
	if b, ok := sheet.Find(i.Booking); ok && b.State.Active() {
		p.Seat = "/ma-place/" + s.config.Bookings.Link(b.ID)
	}
	_, _, left := sheet.Count(now)
	p.Open, p.Rule = m.Shown() && sheet.Room.Open(now) && p.Seat == "", ruleInWords(l, &sheet.Room)
	if form.failed() {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	form.Action, form.Guard, form.Button = p.Action, s.guardFields(), l.T("seat.book")
	if left == 0 {
		form.Button = l.T("seat.wait")
	}
	return s.show(w, status, "meeting/invited", p)
}

// answerInvitation registers somebody who was invited, or says that they will
// not come.
func (s *site) answerInvitation(w http.ResponseWriter, r *http.Request) error {
	private(w)
	i, err := s.config.Invitations.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	link := account.Actor{Who: i.Person, Channel: account.Link}
	path := "/invitation-reunion/" + r.PathValue("token")
	if form.Get("reponse") == "non" {
		if err := s.config.Invitations.Decline(r.Context(), link, i.ID); err != nil {
			return err
		}
		http.Redirect(w, r, hrefIn(l.Code(), path), http.StatusSeeOther)
		return nil
	}
	again := func(status int, faults map[string]string) error {
		return s.showInvited(w, r, status, &i, &seatForm{Fields: s.seatInputs(l, form, faults), Notice: faults[""]})
	}
	if s.guardedForm(form) != nil {
		return again(http.StatusUnprocessableEntity, map[string]string{"": l.T("seat.error.robot")})
	}
	ask, faults := s.askOf(l, form)
	if len(faults) > 0 {
		return again(http.StatusUnprocessableEntity, faults)
	}
	ask.Room, ask.Person, ask.By = i.Meeting, i.Person, link
	made, err := s.config.Bookings.Book(r.Context(), ask)
	if refusal := seatRefusal(err); refusal != "" {
		return again(http.StatusConflict, map[string]string{"": l.T(refusal)})
	}
	if err != nil {
		return err
	}
	if err := s.config.Invitations.Registers(r.Context(), link, i.ID, made.ID); err != nil {
		return err
	}
	v := url.Values{"etat": {string(made.State)}}
	http.Redirect(w, r, hrefIn(l.Code(), "/reunions/"+i.Meeting+"/inscrit")+"?"+v.Encode(), http.StatusSeeOther)
	return nil
}

// An inviteSum is what became of the invitations to a meeting, in a line.
type inviteSum struct {
	Path string
	N    int
	Text string
	By   map[string]string // booking to the invitation it came from
}

// inviteSum counts the invitations of a meeting for its desk.
func (s *site) inviteSum(r *http.Request, m *meeting.Meeting) (*inviteSum, error) {
	sum := &inviteSum{Path: plansPath + "/" + m.ID + invitesEnd, By: map[string]string{}}
	list, f, err := s.config.Invitations.Invited(r.Context(), m.ID)
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].State == meeting.InviteRegistered {
			sum.By[list[i].Booking] = list[i].ID
		}
	}
	sum.N = f.All
	sum.Text = s.words(r).T("invitations.sum", "n", f.All, "registered", strconv.Itoa(f.Registered), "came", strconv.Itoa(f.Came), "declined", strconv.Itoa(f.Declined), "silent", strconv.Itoa(f.Silent))
	return sum, nil
}

// takenInvite is an invitation as the person takes it away.
type takenInvite struct {
	Meeting string              `json:"meeting"`
	Way     meeting.Way         `json:"way"`
	State   meeting.InviteState `json:"state"`
	At      string              `json:"invited_at"`
}

// takeInvites returns the invitations of somebody.
func (s *site) takeInvites(r *http.Request, p *account.Person) ([]takenInvite, error) {
	list, err := s.config.Invitations.Of(r.Context(), p.ID, p.Mail)
	if err != nil {
		return nil, err
	}
	var out []takenInvite
	for _, i := range list {
		title := i.Meeting
		if m, err := s.config.Meetings.Meeting(r.Context(), i.Meeting); err == nil {
			title = m.Title
		}
		out = append(out, takenInvite{title, i.Way, i.State, i.CreatedAt.UTC().Format("2006-01-02T15:04:05Z")})
	}
	return out, nil
}
