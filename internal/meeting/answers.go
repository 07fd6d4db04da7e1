package meeting

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/mail"
)

// Decline says that somebody will not come: the series does not ask them
// again, and a reminder that waits does not go. Saying it twice is saying it
// once.
func (v *Invitations) Decline(ctx context.Context, by account.Actor, id string) error {
	err := v.DB.Write(ctx, func(t *db.Tx) error {
		i, err := inviteByID(ctx, t, id)
		if err != nil {
			return err
		}
		if i.State != InviteSent {
			return nil
		}
		i.State, i.AnsweredAt = InviteDeclined, v.Clock.Now()
		if err := v.answered(ctx, t, &i); err != nil {
			return err
		}
		sisters, err := invitesWhere(ctx, t, "chain = $1", i.Chain)
		if err != nil {
			return err
		}
		for _, s := range sisters {
			if s.ID != i.ID && s.State == InviteSent && (i.Person != "" && s.Person == i.Person || i.Contact != "" && s.Contact == i.Contact) {
				if err := v.Outbox.Withdraw(ctx, t, InviteKind+"-"+s.ID, RemindKind+"-"+s.ID); err != nil {
					return err
				}
			}
		}
		return account.Record(ctx, t, v.Clock.Now(), account.Entry{Act: "invite.decline", Kind: "invite", Object: i.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("decline invitation %s: %w", id, err)
	}
	return nil
}

// answered writes an invitation that was answered: its mails that wait do not
// go.
func (v *Invitations) answered(ctx context.Context, t *db.Tx, i *Invite) error {
	if err := v.Outbox.Withdraw(ctx, t, InviteKind+"-"+i.ID, RemindKind+"-"+i.ID); err != nil {
		return err
	}
	return putInvite(ctx, t, i)
}

// Registers notes that an invitation led to a registration.
func (v *Invitations) Registers(ctx context.Context, by account.Actor, id, booked string) error {
	err := v.DB.Write(ctx, func(t *db.Tx) error {
		i, err := inviteByID(ctx, t, id)
		if err != nil || i.Booking == booked {
			return err
		}
		return v.registers(ctx, t, by, i, booked)
	})
	if err != nil {
		return fmt.Errorf("registration of invitation %s: %w", id, err)
	}
	return nil
}

func (v *Invitations) registers(ctx context.Context, t *db.Tx, by account.Actor, i Invite, booked string) error {
	i.State, i.Booking, i.AnsweredAt = InviteRegistered, booked, v.Clock.Now()
	if err := v.answered(ctx, t, &i); err != nil {
		return err
	}
	return account.Record(ctx, t, v.Clock.Now(), account.Entry{Act: "invite.register", Kind: "invite", Object: i.ID, By: by})
}

// Booked notes, in the transaction that books, that somebody who was invited
// has registered by another way than their link.
func (v *Invitations) Booked(ctx context.Context, t *db.Tx, b *booking.Booking) error {
	list, err := invitesWhere(ctx, t, `meeting = $1 AND booking = '' AND (person IN (SELECT id FROM person WHERE id = $2 OR mail_key = $3) OR contact IN (SELECT id FROM contact WHERE mail_key <> '' AND mail_key = $3))`, b.Room, b.Person, keyOf(b.Mail))
	if err != nil {
		return err
	}
	for _, i := range list {
		if err := v.registers(ctx, t, account.Actor{Channel: account.System}, i, b.ID); err != nil {
			return err
		}
	}
	return nil
}

// keyOf is what two spellings of an address have in common; empty for none.
func keyOf(address string) string {
	m, err := account.ParseMail(address)
	if err != nil {
		return ""
	}
	return m.Key()
}

// Chase reminds those who stayed silent, each once, by a facilitator's press,
// and returns how many. A reminder keeps to the week's budget; one that would
// come in the last day before the meeting is not sent.
func (v *Invitations) Chase(ctx context.Context, by account.Actor, meeting string) (int, error) {
	n := 0
	err := v.DB.Write(ctx, func(t *db.Tx) (err error) {
		n, err = v.chase(ctx, t, by, meeting, time.Time{})
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("remind the silent ones of meeting %s: %w", meeting, err)
	}
	return n, nil
}

// chase reminds the silent ones who were invited before a moment; zero is all
// of them.
func (v *Invitations) chase(ctx context.Context, t *db.Tx, by account.Actor, meeting string, before time.Time) (int, error) {
	m, err := v.Meetings.MeetingIn(ctx, t, meeting)
	if err != nil || m.Room.CalledOff || !m.Shown() {
		return 0, err
	}
	if err := holdMeeting(ctx, t, m.Chain()); err != nil {
		return 0, err
	}
	list, err := invitesWhere(ctx, t, "meeting = $1", m.ID)
	if err != nil {
		return 0, err
	}
	list = slices.DeleteFunc(list, func(x Invite) bool { return !x.chaseable() || !before.IsZero() && x.CreatedAt.After(before) })
	if len(list) == 0 {
		return 0, nil
	}
	who, err := v.whose(ctx, t)
	if err != nil {
		return 0, err
	}
	var silent []*Candidate
	for i := range list {
		if c := who(&list[i]); c != nil {
			silent = append(silent, c)
		}
	}
	r, err := v.round(ctx, t, &m, silent)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range list {
		x := &list[i]
		sent, err := v.remind(ctx, t, r, x, who(x))
		if err != nil {
			return 0, err
		}
		if !sent {
			continue
		}
		n++
		if err := account.Record(ctx, t, r.now, account.Entry{Act: "invite.remind", Kind: "invite", Object: x.ID, By: by}); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// remind reminds one who is silent, and may still be written to.
func (v *Invitations) remind(ctx context.Context, t *db.Tx, r *round, i *Invite, c *Candidate) (bool, error) {
	if c == nil || r.never(c) != Known || r.mails.Unreached(c.Key) || r.mails.FreeAt(c.Key, r.now).After(r.m.Room.Start.Add(-lastChase)) {
		return false, nil
	}
	sent, err := v.Send(ctx, t, InviteLetter{Kind: RemindKind, ID: RemindKind + "-" + i.ID, Meeting: *r.m, Invite: *i, Key: c.Key, To: c.Mail, Language: c.Language})
	if err != nil || !sent {
		return false, err
	}
	i.RemindedAt = r.now
	return true, putInvite(ctx, t, i)
}

// whose returns what finds whom an invitation is of as they are known now: nil
// when they are known no more.
func (v *Invitations) whose(ctx context.Context, t *db.Tx) (func(*Invite) *Candidate, error) {
	list, err := v.everybody(ctx, t)
	if err != nil {
		return nil, err
	}
	by := make(map[string]*Candidate, len(list))
	for _, c := range list {
		for _, k := range c.Contacts {
			by[k] = c
		}
	}
	for _, c := range list {
		if c.Person != "" {
			by[c.Person] = c
		}
	}
	return func(i *Invite) *Candidate { return by[cmp.Or(i.Person, i.Contact)] }, nil
}

// Tidy reminds, ten days before each meeting, who has stayed silent for a
// week, in working hours. It may be asked as often as one likes, on every
// node.
func (v *Invitations) Tidy(ctx context.Context) error {
	now := v.Clock.Now()
	if mail.Working(now).After(now) {
		return nil
	}
	list, err := v.Meetings.Meetings(ctx, Filter{From: now, To: now.Add(chaseBefore)})
	if err != nil {
		return err
	}
	for i := range list {
		if !now.Before(list[i].Room.Start) {
			continue
		}
		if err := v.DB.Write(ctx, func(t *db.Tx) error {
			_, err := v.chase(ctx, t, account.Actor{Channel: account.System}, list[i].ID, now.Add(-chaseAfter))
			return err
		}); err != nil {
			return fmt.Errorf("remind the silent ones of meeting %s: %w", list[i].ID, err)
		}
	}
	return nil
}

// An Invited is an invitation with whom it is of.
type Invited struct {
	Invite
	Who *Candidate // nil once they are erased
}

// Invited returns the invitations to a meeting, the latest first, and what
// became of them.
func (v *Invitations) Invited(ctx context.Context, meeting string) (list []Invited, f Fates, err error) {
	err = v.DB.Read(ctx, func(t *db.Tx) error {
		list = nil
		all, err := invitesWhere(ctx, t, "meeting = $1", meeting)
		if err != nil || len(all) == 0 {
			return err
		}
		who, err := v.whose(ctx, t)
		if err != nil {
			return err
		}
		for i := len(all) - 1; i >= 0; i-- {
			list = append(list, Invited{all[i], who(&all[i])})
		}
		return nil
	})
	if err != nil {
		return nil, f, fmt.Errorf("invitations to meeting %s: %w", meeting, err)
	}
	seen, err := v.Meetings.Bookings.Presences(ctx, meeting)
	if err != nil {
		return nil, f, err
	}
	for i := range list {
		f.All++
		switch list[i].State {
		case InviteRegistered:
			f.Registered++
			if m := seen[list[i].Booking]; m.State == booking.Present {
				f.Came++
			}
		case InviteDeclined:
			f.Declined++
		default:
			f.Silent++
		}
	}
	return list, f, nil
}

// Of returns the invitations of a person, as they take them away.
func (v *Invitations) Of(ctx context.Context, person, address string) (list []Invite, err error) {
	err = v.DB.Read(ctx, func(t *db.Tx) error {
		list, err = invitesWhere(ctx, t, `person = $1 OR contact IN (SELECT id FROM contact WHERE mail_key <> '' AND mail_key = $2)`, person, keyOf(address))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("invitations of a person: %w", err)
	}
	return list, nil
}

// Who returns whom an invitation is of; db.ErrNotFound once they are erased.
func (v *Invitations) Who(ctx context.Context, i *Invite) (c *Candidate, err error) {
	err = v.DB.Read(ctx, func(t *db.Tx) error {
		who, err := v.whose(ctx, t)
		if err != nil {
			return err
		}
		if c = who(i); c == nil {
			return db.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("whom an invitation is of: %w", err)
	}
	return c, nil
}
