package web

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
	"passerelle/internal/sheet"
)

// onPaper returns the invitations of a meeting that go by a way, to who is
// still known and may still be written to at all, by name.
func (s *site) onPaper(r *http.Request, m *meeting.Meeting, way meeting.Way) ([]meeting.Invited, error) {
	list, _, err := s.config.Invitations.Invited(r.Context(), m.ID)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(x meeting.Invited) bool {
		return x.Way != way || x.Who == nil || !x.Silent() || way == meeting.ByLetter && len(x.Who.Address) == 0 || !x.Who.Reachable()
	})
	slices.SortStableFunc(list, func(a, b meeting.Invited) int { return strings.Compare(a.Who.Name, b.Who.Name) })
	if len(list) == 0 {
		return nil, db.ErrNotFound
	}
	return list, nil
}

// envelope is an address as it stands on an envelope: the firm, the person, the
// street, the town.
func envelope(c *meeting.Candidate) []string {
	lines := []string{c.Firm, c.Name}
	if c.Firm == "" || c.Firm == c.Name || c.Name == c.Mail {
		lines = []string{c.Name}
		if c.Name == c.Mail {
			lines = []string{c.Firm}
		}
	}
	return append(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), c.Address...)
}

// inviteLetters makes the letters of those whom no mail reaches, in one file.
func (s *site) inviteLetters(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	list, err := s.onPaper(r, m, meeting.ByLetter)
	if err != nil {
		return err
	}
	l := s.config.Catalogues.For("fr")
	f := s.frame(r, "", "")
	today := s.config.Clock.Now().In(clock.Paris)
	foot := []string{f.Site.Name, bareAddress(f.BaseURL), s.config.Instance.Contact, s.config.Instance.Phone}
	sender := []string{who.Person.Name()}
	if body := who.Person.Institution(); body != "" {
		sender = append(sender, l.T("institution."+string(body)))
	}
	var letters []pdf.Letter
	for _, x := range list {
		address := f.BaseURL + "/invitation-reunion/" + s.config.Invitations.Link(x.ID)
		qr, err := pdf.QR(address)
		if err != nil {
			return err
		}
		var after []string // who has no computer is told to call only where there is a number
		if call := cmp.Or(m.Venue.Contact, who.Person.Phone, s.config.Instance.Phone); call != "" {
			after = append(after, l.T("invitations.paper.call", "contact", call))
		}
		before := []string{l.T("letter_paper.hello"), l.T("invitations.paper.text", "day", longDay(l, m.Room.Start), "hours", hours(l, m.Room.Start, m.Room.End), "place", strings.Join(s.addressOf(ofMeeting(m)), ", "))}
		if m.Words != "" {
			before = append(before, m.Words)
		}
		letters = append(letters, pdf.Letter{
			Language: l.Code(), House: f.Site.Name, Sender: sender, To: envelope(x.Who), Day: l.Day(clock.Day(today.Format(time.DateOnly))), ISO: [3]int{today.Year(), int(today.Month()), today.Day()},
			Title: m.Title, Before: before, Code: &pdf.Code{Text: strconv.Itoa(m.Room.Start.In(clock.Paris).Day()) + " " + strings.TrimSpace(l.T(longMonths[m.Room.Start.In(clock.Paris).Month()-1], "year", "")), Label: l.T("invitations.paper.code"), QR: qr, Scan: l.T("invitations.paper.scan")},
			After: append(after, l.T("invitations.paper.no_more")), Signed: []string{who.Person.Name()}, Foot: strings.Join(slices.DeleteFunc(foot, func(s string) bool { return s == "" }), " · "),
		})
	}
	paper, err := s.config.Press.Letters(r.Context(), letters)
	if err != nil {
		return err
	}
	return sendPaper(w, "invitations-"+m.Room.Start.In(clock.Paris).Format(time.DateOnly)+".pdf", paper)
}

// inviteLabels makes the labels of the same envelopes.
func (s *site) inviteLabels(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	list, err := s.onPaper(r, m, meeting.ByLetter)
	if err != nil {
		return err
	}
	l, today := s.words(r), s.config.Clock.Now().In(clock.Paris)
	labels := pdf.LabelSheet{Language: l.Code(), House: s.frame(r, "", "").Site.Name, Title: l.T("invitations.labels"), ISO: [3]int{today.Year(), int(today.Month()), today.Day()}}
	for _, x := range list {
		labels.Labels = append(labels.Labels, envelope(x.Who))
	}
	paper, err := s.config.Press.Labels(r.Context(), labels)
	if err != nil {
		return err
	}
	return sendPaper(w, "etiquettes-"+m.Room.Start.In(clock.Paris).Format(time.DateOnly)+".pdf", paper)
}

func sendPaper(w http.ResponseWriter, name string, paper []byte) error {
	private(w)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	_, err := w.Write(paper)
	return err
}

// invitePhones is the list of those to call.
func (s *site) invitePhones(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	list, err := s.onPaper(r, m, meeting.ByPhone)
	if err != nil {
		return err
	}
	l := s.words(r)
	t := sheet.Table{Title: l.T("invitations.phone_list"), Head: []string{l.T("plan.who"), l.T("desk.firm"), l.T("seat.telephone")}}
	t.Rows = func(yield func([]sheet.Cell) bool) {
		for _, x := range list {
			if !yield([]sheet.Cell{x.Who.Name, x.Who.Firm, x.Who.Phone}) {
				return
			}
		}
	}
	private(w)
	w.Header().Set("Content-Type", csvType)
	w.Header().Set("Content-Disposition", `attachment; filename="a-appeler-`+m.Room.Start.In(clock.Paris).Format(time.DateOnly)+`.csv"`)
	return writeCSV(w, t)
}
