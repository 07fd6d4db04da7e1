package meeting

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/contact"
	"passerelle/internal/directory"
	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// A Way is by which an invitation goes.
type Way string

// The ways. Who has no address that takes mails gets a letter on paper; where no
// street is known either, somebody calls.
const (
	ByMail   Way = "mail"
	ByLetter Way = "letter"
	ByPhone  Way = "phone"
)

// A Reason says why somebody is not invited, or not by mail.
type Reason string

// The reasons.
const (
	Objected   Reason = "objected"   // they asked not to be kept, or their firm not to be shown
	Refused    Reason = "refused"    // they said that we may not write
	Unwished   Reason = "unwished"   // they chose not to be asked anything
	Masked     Reason = "masked"     // partial diffusion, and nobody of the firm joined
	Declined   Reason = "declined"   // an invitation of this series
	Registered Reason = "registered" // for this meeting or a sister
	Known      Reason = "invited"    // to this one, already
	ThisWeek   Reason = "week"       // asked something else within a week
	Nowhere    Reason = "nowhere"    // nothing to reach them by
	Unreached  Reason = "unreached"  // three mails came back: on paper or by phone
)

// An InviteState is what became of an invitation.
type InviteState string

// The states. Who was sent one and has not answered is silent.
const (
	InviteSent       InviteState = "sent"
	InviteRegistered InviteState = "registered"
	InviteDeclined   InviteState = "declined"
)

// An Invite is an invitation of one person to one meeting.
type Invite struct {
	ID         string
	Meeting    string
	Chain      string // series, or the meeting alone
	Person     string // id of an account, else
	Contact    string // of a contact; both empty once they are erased
	Way        Way
	State      InviteState
	Booking    string // the registration it led to
	MadeBy     string
	CreatedAt  time.Time
	AnsweredAt time.Time
	RemindedAt time.Time
}

// Chain is what a refusal holds for: the series, or the meeting alone.
func (m *Meeting) Chain() string { return cmp.Or(m.Series, m.ID) }

// An InviteFilter says whom to look for.
type InviteFilter struct {
	Territory string
	Radius    int    // km around the venue; 0: no bound
	World     string // craft, ess
	Trades    []string
	Label     string
	NeverCame bool
	Who       string // members, contacts; empty: both
}

// A Candidate is one person who may be invited, however often they are known:
// an account and the contacts under its address are one.
type Candidate struct {
	Key       string // whose mail budget it counts in: the id of a person, contact- and that of a contact
	Person    string
	Contacts  []string // ids, the first the one that is invited
	Name      string
	Firm      string
	SIRET     register.SIRET
	Territory string
	Mail      string
	Phone     string
	Language  string
	Origin    string   // where a contact is from, as who invites may see it
	Address   []string // lines under the name; none where no street is known
	Came      bool
	Solicited float64

	Way Way    // by which they would be invited; empty: not
	Why Reason // they are not, or not by mail

	firm  *directory.Establishment // nil without one
	at    geo.Point
	said  contact.Consent
	known []*contact.Contact
}

// Member reports whether the person has an account.
func (c *Candidate) Member() bool { return c.Person != "" }

// A round is what candidates are judged by.
type round struct {
	m        *Meeting
	now      time.Time
	chain    []Invite
	seats    []booking.Sheet // of the meetings of the series
	mails    mail.Standings
	objected func(mail, phone string) bool
}

// candidates makes one of each person: accounts first, then contacts, those
// with one address, or without any with one name and number, being one.
func candidates(people []*account.Person, contacts []*contact.Contact) []*Candidate {
	var list []*Candidate
	by := map[string]*Candidate{}
	for _, p := range people {
		c := &Candidate{Key: p.ID, Person: p.ID, Name: p.Name(), Mail: p.Mail, Phone: p.Phone, Language: p.Language}
		if len(p.Memberships) > 0 {
			c.SIRET = p.Memberships[0]
		}
		list, by[strings.ToLower(p.Mail)] = append(list, c), c
	}
	contacts = slices.Clone(contacts)
	slices.SortFunc(contacts, func(a, b *contact.Contact) int { return strings.Compare(a.ID, b.ID) })
	for _, k := range contacts {
		same := strings.ToLower(strings.TrimSpace(k.Mail))
		if same == "" {
			same = fold.Key(k.Name()) + " " + k.Phone + " " + k.SIRET.String()
		}
		c := by[same]
		if c == nil {
			c = &Candidate{Key: "contact-" + k.ID, Name: k.Name(), Mail: k.Mail, Phone: k.Phone, Language: "fr", Firm: k.Firm}
			list, by[same] = append(list, c), c
		}
		c.Contacts, c.known = append(c.Contacts, k.ID), append(c.known, k)
		c.SIRET, c.Territory = cmp.Or(c.SIRET, k.SIRET), cmp.Or(c.Territory, k.Territory)
		c.Phone, c.Firm = cmp.Or(c.Phone, k.Phone), cmp.Or(c.Firm, k.Firm)
		if k.Consent == contact.Refused {
			c.said = contact.Refused
		}
		for _, o := range k.Origins {
			c.Origin = cmp.Or(c.Origin, o.Source)
		}
	}
	return list
}

// of reports whether an invitation is a candidate's.
func (c *Candidate) of(i *Invite) bool {
	return i.Person != "" && i.Person == c.Person || i.Contact != "" && slices.Contains(c.Contacts, i.Contact)
}

// books reports whether a booking is a candidate's.
func (c *Candidate) books(b *booking.Booking) bool {
	return b.Person != "" && b.Person == c.Person || booking.SameMail(b.Mail, c.Mail)
}

// judge says by which way a candidate is invited, or why not.
func (r *round) judge(c *Candidate) {
	c.Way, c.Why = "", r.never(c)
	if c.Why != "" {
		return
	}
	if c.Mail != "" && !r.mails.Unreached(c.Key) {
		if r.mails.AskedThisWeek(c.Key, r.now) {
			c.Why = ThisWeek
			return
		}
		c.Way = ByMail
		return
	}
	if c.Mail != "" {
		c.Why = Unreached
	}
	switch {
	case len(c.Address) > 0:
		c.Way = ByLetter
	case c.Phone != "":
		c.Way = ByPhone
	default:
		c.Why = Nowhere
	}
}

// never is why a candidate is not invited at all.
func (r *round) never(c *Candidate) Reason {
	switch {
	case r.objected(c.Mail, c.Phone), c.SIRET != 0 && c.firm == nil && !c.Member():
		return Objected
	case c.said == contact.Refused && !c.Member():
		return Refused
	case c.firm != nil && c.firm.Mask != directory.Shown && !c.Member():
		return Masked
	case r.mails.Unwished(c.Key):
		return Unwished
	}
	for i := range r.seats {
		for j := range r.seats[i].List {
			if b := &r.seats[i].List[j]; b.State.Active() && c.books(b) {
				return Registered
			}
		}
	}
	why := Reason("")
	for i := range r.chain {
		switch v := &r.chain[i]; {
		case !c.of(v):
		case v.State == InviteDeclined:
			return Declined
		case v.Meeting == r.m.ID:
			why = Known
		}
	}
	return why
}

// Silent reports whether an invitation was not answered.
func (i *Invite) Silent() bool { return i.State == InviteSent }

// Fates counts what became of the invitations to a meeting.
type Fates struct{ All, Registered, Declined, Silent, Came int }

// When silent ones are reminded without anybody's press, and how long an
// invitation is given before that.
const (
	chaseBefore = 10 * 24 * time.Hour
	chaseAfter  = 7 * 24 * time.Hour
	lastChase   = 24 * time.Hour // a reminder that would go later does not
)

// chaseable reports whether an invitation may be reminded: once, by mail, and
// only who has stayed silent.
func (i *Invite) chaseable() bool {
	return i.Way == ByMail && i.Silent() && i.RemindedAt.IsZero() && (i.Person != "" || i.Contact != "")
}

// Reachable reports whether anything at all may still be sent to who an
// invitation is of: what was masked or refused since holds on paper too.
func (c *Candidate) Reachable() bool {
	return c.Member() || c.said != contact.Refused && (c.SIRET == 0 || c.firm != nil && c.firm.Mask == directory.Shown)
}
