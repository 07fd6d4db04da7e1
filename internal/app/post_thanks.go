package app

import (
	"context"
	"time"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/meeting"
)

// newThanks makes what follows the meetings of a house.
func (h *house) newThanks(c clock.Clock) {
	h.Thanks = &meeting.Thanks{DB: h.DB, Clock: c, Meetings: h.Meetings, Leads: h.leadsNoted, Send: h.thank}
}

// leadsNoted names the leads of a party's establishment that were noted at a
// meeting.
func (h *house) leadsNoted(ctx context.Context, m string, b *booking.Booking) ([]string, error) {
	if b.SIRET == 0 {
		return nil, nil
	}
	list, _, err := h.Leads.Leads(ctx, lead.Filter{Origin: lead.Origin{Kind: lead.FromMeeting, ID: m}, Party: b.SIRET})
	if err != nil {
		return nil, err
	}
	var titles []string
	for _, l := range list {
		titles = append(titles, titleOf(l))
	}
	return titles, nil
}

// thank writes to somebody who came: thanks, their leads, one press to say what
// they thought.
func (h *house) thank(ctx context.Context, t *db.Tx, l meeting.ThanksLetter) error {
	b := &l.Booking
	words := h.Words.For(b.Party.Language)
	day := words.Day(clock.Day(l.Meeting.Room.Start.In(clock.Paris).Format(time.DateOnly)))
	args := []any{"title", l.Meeting.Title, "day", day}
	blocks := []mail.Block{mail.Para(words.T("letter.thanks.text", args...))}
	minutes, err := h.Meetings.MinutesIn(ctx, t, l.Meeting.ID)
	if err != nil {
		return err
	}
	if minutes.Published {
		address := h.Post.link(words.Code(), "/reunions/"+l.Meeting.ID+"/compte-rendu")
		blocks = append(blocks, mail.List{{Text: words.T("letter.thanks.minutes"), Link: mail.Link{Label: words.T("letter.thanks.minutes"), URL: address}}})
	}
	if len(l.Leads) > 0 {
		blocks = append(blocks, mail.Para(words.T("letter.thanks.leads")))
		var list mail.List
		for _, title := range l.Leads {
			list = append(list, mail.Item{Text: title})
		}
		blocks = append(blocks, list)
	}
	blocks = append(blocks, mail.Button{Label: words.T("letter.thanks.button"), URL: h.Post.link(words.Code(), "/avis/"+h.Thanks.Link(b))}, mail.Para(words.T("letter.thanks.anonymous")))
	to := mail.Posted{ID: "meeting.thanks-" + b.ID, Person: b.Person, Class: mail.Answer, Kind: "meeting.thanks"}
	return h.Post.send(ctx, t, to, mail.Letter{
		Language: words.Code(), Subject: words.T("letter.thanks.subject", args...), Preheader: words.T("letter.thanks.preheader"), Title: words.T("letter.thanks.title"),
		Blocks: blocks, Why: words.T("letter.seat.why", args...),
	}, b.Mail)
}
