package app

import (
	"context"
	"time"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/meeting"
)

// newInvitations makes the invitations of a house, and joins them to what they
// depend on: who registers is found among those who were invited, and nothing
// waits for a contact who is forgotten.
func (h *house) newInvitations(c clock.Clock) {
	h.Invitations = &meeting.Invitations{
		DB: h.DB, Clock: c, Meetings: h.Meetings, Directory: h.Directory, Trades: h.Trades, Places: h.Places, Contacts: h.Contacts, Outbox: h.Post.outbox, Send: h.invitation,
	}
	tell := h.Bookings.Tell
	h.Bookings.Tell = func(ctx context.Context, t *db.Tx, l booking.Letter) error {
		if l.Room.Kind == meeting.Kind && l.Booking.State.Active() {
			if err := h.Invitations.Booked(ctx, t, &l.Booking); err != nil {
				return err
			}
		}
		return tell(ctx, t, l)
	}
	h.Contacts.Gone = func(ctx context.Context, t *db.Tx, k *contact.Contact) error {
		return h.Post.outbox.StopAsking(ctx, t, exchange.ContactKey(k))
	}
}

// invitation sends an invitation to a meeting, or its reminder, in the budget
// of the week.
func (h *house) invitation(ctx context.Context, t *db.Tx, l meeting.InviteLetter) (bool, error) {
	words := h.Words.For(l.Language)
	to := exchange.Recipient{Key: l.Key, Mail: l.To, Language: words.Code(), Member: l.Invite.Person != ""}
	return h.Post.solicit(ctx, t, to, l.ID, l.Kind, h.invitationLetter(words, l))
}

// invitationLetter writes it: where and when, one press to register, one not
// to be asked again, and where the house has the address from.
func (h *house) invitationLetter(words *locale.Language, l meeting.InviteLetter) mail.Letter {
	m := &l.Meeting
	c, _ := h.Places.Commune(m.Commune)
	place := c.Name
	if m.Venue.Name != "" {
		place = m.Venue.Name + ", " + place
	}
	start := m.Room.Start.In(clock.Paris)
	day := words.Day(clock.Day(start.Format(time.DateOnly)))
	key := "letter." + l.Kind
	args := []any{"title", m.Title, "day", day, "place", c.Name}
	address := h.Post.link(words.Code(), "/invitation-reunion/"+h.Invitations.Link(l.Invite.ID))
	letter := mail.Letter{
		Language: words.Code(), Subject: words.T(key+".subject", args...), Preheader: words.T(key+".preheader", args...), Title: m.Title,
		Blocks: []mail.Block{mail.Para(words.T(key+".text", args...))},
	}
	if m.Words != "" {
		letter.Blocks = append(letter.Blocks, mail.Para(m.Words))
	}
	letter.Blocks = append(letter.Blocks, mail.Facts{
		{Label: words.T("letter.seat.when"), Value: words.Moment(start)}, {Label: words.T("letter.seat.where"), Value: place},
	}, mail.Button{Label: words.T("letter.meeting.button"), URL: address}, mail.Para(words.T("letter.meeting.not_coming")))
	letter.Why = words.T("letter.meeting.why") // and where from, by fromFile
	if l.Invite.Person != "" {
		letter.Why = words.T("letter.meeting.why_member")
	}
	letter.Links = append(letter.Links, mail.Link{Label: words.T("letter.meeting.no"), URL: address + "#non"})
	return letter
}

// inviteEvery is how often the silent ones are looked for.
const inviteEvery = 10 * time.Minute

// followInvitations reminds the silent ones, and thanks who came, until ctx is
// done.
func (h *house) followInvitations(ctx context.Context) {
	tick := time.NewTicker(inviteEvery)
	defer tick.Stop()
	failed := h.failed("follow invitations")
	for {
		for _, tidy := range []func(context.Context) error{h.Invitations.Tidy, h.Thanks.Tidy} {
			if err := tidy(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
