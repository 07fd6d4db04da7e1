package meeting

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/geo"
	"passerelle/internal/mail"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// An InviteLetter is an invitation, or its reminder, to be written in the
// reader's language.
type InviteLetter struct {
	Kind     string // meeting.invite, meeting.remind
	ID       string // of the mail
	Meeting  Meeting
	Invite   Invite
	Key      string // whose mail budget it counts in
	To       string
	Language string
}

// The kinds of InviteLetter.
const (
	InviteKind = "meeting.invite"
	RemindKind = "meeting.remind"
)

// Refusals.
var (
	ErrLate = errors.New("the meeting begins before an invitation would come") // invitations.error.late
	ErrOff  = errors.New("only a meeting that is published is invited to")     // invitations.error.off
)

// Invitations are those to the meetings of a house.
type Invitations struct {
	DB        *db.DB
	Clock     clock.Clock
	Meetings  *Meetings
	Directory *directory.Directory
	Trades    *trade.Table
	Places    *place.Atlas
	Contacts  *contact.Contacts
	Outbox    *mail.Outbox
	Secret    []byte // of the house: signs links
	// Send takes a mail in the transaction of the act it tells of, and reports
	// whether it goes.
	Send func(ctx context.Context, t *db.Tx, l InviteLetter) (bool, error)
}

// Candidates returns whom a facilitator may think of for a meeting, each with
// how they would be invited or why not: those who can be first, the least
// solicited before the others, then by name.
func (v *Invitations) Candidates(ctx context.Context, who *account.Person, m *Meeting, f InviteFilter) ([]*Candidate, error) {
	var list []*Candidate
	err := v.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = v.candidatesIn(ctx, t, who, m, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("whom to invite to meeting %s: %w", m.ID, err)
	}
	return list, nil
}

func (v *Invitations) candidatesIn(ctx context.Context, t *db.Tx, who *account.Person, m *Meeting, f InviteFilter) ([]*Candidate, error) {
	list, err := v.everybody(ctx, t)
	if err != nil {
		return nil, err
	}
	came, err := v.Meetings.Bookings.CameIn(ctx, t)
	if err != nil {
		return nil, err
	}
	venue, _ := v.Places.Commune(m.Commune)
	list = slices.DeleteFunc(list, func(c *Candidate) bool {
		c.Came = came.Has(c.Person, c.Mail)
		return !c.knownTo(who) || !v.wanted(c, f, venue.Centre)
	})
	r, err := v.round(ctx, t, m, list)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		r.judge(c)
	}
	slices.SortStableFunc(list, func(a, b *Candidate) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Solicited, b.Solicited), strings.Compare(a.Name, b.Name), strings.Compare(a.Key, b.Key))
	})
	return list, nil
}

// everybody returns all whom the house knows, each person once.
func (v *Invitations) everybody(ctx context.Context, t *db.Tx) ([]*Candidate, error) {
	people, err := account.EveryoneIn(ctx, t)
	if err != nil {
		return nil, err
	}
	contacts, err := v.Contacts.AllIn(ctx, t)
	if err != nil {
		return nil, err
	}
	list := candidates(people, contacts)
	for _, c := range list {
		v.locate(c)
	}
	return list, nil
}

// knownTo reports whether a facilitator may know of a candidate: by a contact
// they look after, or by a firm of their territories.
func (c *Candidate) knownTo(who *account.Person) bool {
	if c.Member() && c.SIRET != 0 && account.May(who, account.ActFor, account.Object{Territory: c.Territory}) {
		return true
	}
	return slices.ContainsFunc(c.known, func(k *contact.Contact) bool { return account.May(who, account.KeepContacts, k.Object(who)) })
}

// rank puts those who can be invited first, by mail before by letter.
func rank(c *Candidate) int { return slices.Index([]Way{ByMail, ByLetter, ByPhone, ""}, c.Way) }

// round reads what some candidates for a meeting are judged by.
func (v *Invitations) round(ctx context.Context, t *db.Tx, m *Meeting, list []*Candidate) (*round, error) {
	r := &round{m: m, now: v.Clock.Now()}
	var err error
	if r.chain, err = invitesWhere(ctx, t, "chain = $1", m.Chain()); err != nil {
		return nil, err
	}
	if r.mails, err = v.Outbox.StandingsIn(ctx, t); err != nil {
		return nil, err
	}
	reaches := make([]contact.Reach, len(list))
	for i, c := range list {
		reaches[i] = contact.Reach{Mail: c.Mail, Phone: c.Phone}
	}
	if r.objected, err = v.Contacts.ObjectionsIn(ctx, t, reaches); err != nil {
		return nil, err
	}
	if m.Series == "" {
		alone, err := v.Meetings.Bookings.RoomsNamed(ctx, t, []string{m.ID})
		r.seats = []booking.Sheet{alone[m.ID]}
		return r, err
	}
	sisters, _, err := v.Meetings.pageIn(ctx, t, Filter{Series: m.Series, From: r.now.AddDate(-1, 0, 0), Drafts: true})
	for i := range sisters {
		r.seats = append(r.seats, sisters[i].Sheet)
	}
	return r, err
}

// locate says of a candidate what the directory knows of their firm.
func (v *Invitations) locate(c *Candidate) {
	if c.SIRET == 0 {
		return
	}
	e, err := v.Directory.Establishment(c.SIRET)
	if err != nil {
		return
	}
	c.firm, c.at, c.Firm, c.Territory = &e, e.Point, cmp.Or(e.Title(), c.Firm), e.Territory
	c.Solicited = float64(v.Directory.Solicited(c.SIRET))
	if commune, ok := v.Places.Commune(e.Commune); ok && e.Street != "" && e.Postcode != "" {
		for _, line := range []string{e.Complement, e.Street, e.Postcode + " " + strings.ToUpper(commune.Name)} {
			if line != "" {
				c.Address = append(c.Address, line)
			}
		}
	}
}

// wanted reports whether a candidate is among those looked for.
func (v *Invitations) wanted(c *Candidate, f InviteFilter, venue geo.Point) bool {
	switch {
	case f.Who == "members" && !c.Member(), f.Who == "contacts" && c.Member():
		return false
	case f.Territory != "" && c.Territory != f.Territory:
		return false
	case f.NeverCame && c.Came:
		return false
	}
	if f.Radius > 0 && (c.firm == nil || geo.Distance(c.at, venue) > float64(f.Radius)*1000) {
		return false
	}
	if f.World == "" && len(f.Trades) == 0 && f.Label == "" {
		return true
	}
	if c.firm == nil || f.World != "" && !c.firm.In(f.World) {
		return false
	}
	if f.Label != "" && !slices.ContainsFunc(c.firm.Marks, func(m directory.Mark) bool { return m.Label == f.Label }) {
		return false
	}
	return len(f.Trades) == 0 || slices.ContainsFunc(f.Trades, func(name string) bool { return directory.Does(c.firm, v.Trades, name) })
}

// An Inviting is a press of the button: whom of those who can be invited.
type Inviting struct {
	Meeting string
	Who     *account.Person
	Keys    []string
	By      account.Actor
}

// Invite invites those of the keys who can be, least solicited first, and
// returns the invitations that were made. Two presses at once run one after
// the other: who is invited by the first is not by the second. It returns
// ErrOff or ErrLate when nobody can be invited any more.
func (v *Invitations) Invite(ctx context.Context, n Inviting) ([]Invite, error) {
	var made []Invite
	err := v.DB.Write(ctx, func(t *db.Tx) error {
		made = nil
		m, err := v.Meetings.MeetingIn(ctx, t, n.Meeting)
		if err != nil {
			return err
		}
		now := v.Clock.Now()
		switch {
		case !m.Shown(), m.Room.CalledOff:
			return ErrOff
		case !mail.Working(now).Before(m.Room.Start):
			return ErrLate
		}
		if err := holdMeeting(ctx, t, m.Chain()); err != nil {
			return err
		}
		list, err := v.candidatesIn(ctx, t, n.Who, &m, InviteFilter{})
		if err != nil {
			return err
		}
		for _, c := range list {
			if c.Way == "" || !slices.Contains(n.Keys, c.Key) {
				continue
			}
			i, ok, err := v.invite(ctx, t, &m, c, n.By)
			if err != nil {
				return err
			}
			if ok {
				made = append(made, i)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("invite to meeting %s: %w", n.Meeting, err)
	}
	return made, nil
}

// invite makes one invitation; it is not made when its mail does not go.
func (v *Invitations) invite(ctx context.Context, t *db.Tx, m *Meeting, c *Candidate, by account.Actor) (Invite, bool, error) {
	now := v.Clock.Now()
	i := Invite{ID: db.NewID(now), Meeting: m.ID, Chain: m.Chain(), Person: c.Person, Way: c.Way, State: InviteSent, MadeBy: by.Who, CreatedAt: now}
	if c.Person == "" {
		i.Contact = c.Contacts[0]
	}
	if c.Way == ByMail {
		sent, err := v.Send(ctx, t, InviteLetter{Kind: InviteKind, ID: InviteKind + "-" + i.ID, Meeting: *m, Invite: i, Key: c.Key, To: c.Mail, Language: c.Language})
		if err != nil || !sent {
			return i, false, err
		}
	}
	if err := addInvite(ctx, t, &i); err != nil {
		return i, false, err
	}
	if c.SIRET != 0 && c.firm != nil {
		act := directory.Act{Who: by.Who, Channel: string(by.Channel)}
		if err := v.Directory.ChangeIn(ctx, t, act, c.SIRET, func(o *directory.Overlay) { o.Solicit(now) }); err != nil {
			return i, false, err
		}
	}
	return i, true, account.Record(ctx, t, now, account.Entry{Act: "invite.send", Kind: "invite", Object: i.ID, By: by})
}

// Link is the token of the link by which somebody answers an invitation.
func (v *Invitations) Link(id string) string { return id + "." + v.mark(id) }

func (v *Invitations) mark(id string) string {
	h := hmac.New(sha256.New, v.Secret)
	h.Write([]byte("invitation " + id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// ByLink returns the invitation of a link, or db.ErrNotFound.
func (v *Invitations) ByLink(ctx context.Context, token string) (i Invite, err error) {
	id, mark, _ := strings.Cut(token, ".")
	if len(v.Secret) == 0 || !hmac.Equal([]byte(mark), []byte(v.mark(id))) {
		return i, db.ErrNotFound
	}
	err = v.DB.Read(ctx, func(t *db.Tx) error {
		i, err = inviteByID(ctx, t, id)
		return err
	})
	if err != nil {
		return i, fmt.Errorf("invitation of a link: %w", err)
	}
	return i, nil
}
