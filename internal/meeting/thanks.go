package meeting

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/mail"
)

// An Opinion is what somebody who came thought of a meeting.
type Opinion string

// The opinions.
const (
	Useful  Opinion = "yes"
	Half    Opinion = "half"
	Useless Opinion = "no"
)

// Opinions lists them in their order.
func Opinions() []Opinion { return []Opinion{Useful, Half, Useless} }

// ParseOpinion reads one.
func ParseOpinion(s string) (Opinion, bool) {
	for _, o := range Opinions() {
		if string(o) == s {
			return o, true
		}
	}
	return "", false
}

// A ThanksLetter thanks somebody who came.
type ThanksLetter struct {
	Meeting Meeting
	Booking booking.Booking
	Leads   []string // theirs, noted at the meeting
}

// Thanks are what follows the meetings of a house.
type Thanks struct {
	DB       *db.DB
	Clock    clock.Clock
	Meetings *Meetings
	Secret   []byte // of the house: signs links, hides voices
	// Leads names the leads of a party that were noted at a meeting.
	Leads func(ctx context.Context, meeting string, b *booking.Booking) ([]string, error)
	// Send takes a mail in the transaction of the act.
	Send func(ctx context.Context, t *db.Tx, l ThanksLetter) error
}

// thanksFor is for how long after a meeting thanks still make sense.
const thanksFor = 14 * 24 * time.Hour

// ThankAt is when those who came are thanked: at nine on the working day after.
func ThankAt(end time.Time) time.Time {
	end = end.In(clock.Paris)
	return mail.Working(time.Date(end.Year(), end.Month(), end.Day()+1, 9, 0, 0, 0, clock.Paris))
}

// Tidy thanks, once, those who came to meetings that ended. Who did not come
// gets nothing. It may be asked as often as one likes, on every node.
func (h *Thanks) Tidy(ctx context.Context) error {
	now := h.Clock.Now()
	list, err := h.Meetings.Meetings(ctx, Filter{From: now.Add(-thanksFor), To: now})
	if err != nil {
		return err
	}
	for i := range list {
		if m := &list[i]; !m.Room.CalledOff && !now.Before(ThankAt(m.Room.End)) {
			if err := h.thank(ctx, m); err != nil {
				return fmt.Errorf("thank those of meeting %s: %w", m.ID, err)
			}
		}
	}
	return nil
}

func (h *Thanks) thank(ctx context.Context, m *Listed) error {
	seen, err := h.Meetings.Bookings.Presences(ctx, m.ID)
	if err != nil {
		return err
	}
	for i := range m.Sheet.List {
		b := &m.Sheet.List[i]
		if b.Mail == "" || seen[b.ID].State != booking.Present {
			continue
		}
		l := ThanksLetter{Meeting: m.Meeting, Booking: *b}
		if l.Leads, err = h.Leads(ctx, m.ID, b); err != nil {
			return err
		}
		if err := h.thankOne(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

// thankOne sends the letter of a party, once: whoever is marked present late is
// thanked then.
func (h *Thanks) thankOne(ctx context.Context, l ThanksLetter) error {
	return h.DB.Write(ctx, func(t *db.Tx) error {
		n, err := t.Exec(ctx, `
			INSERT INTO meeting_thanked (booking, at)
			VALUES ($1, $2)
			ON CONFLICT (booking) DO NOTHING`, l.Booking.ID, db.Micros(h.Clock.Now()))
		if err != nil || n == 0 {
			return err
		}
		return h.Send(ctx, t, l)
	})
}

// Link is the token of the link by which a party says what it thought.
func (h *Thanks) Link(b *booking.Booking) string { return b.ID + "." + h.mark("opinion", b.ID) }

func (h *Thanks) mark(purpose, what string) string {
	m := hmac.New(sha256.New, h.Secret)
	fmt.Fprintf(m, "%s %s", purpose, what)
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

// ByLink returns the meeting of a link, or db.ErrNotFound.
func (h *Thanks) ByLink(ctx context.Context, token string) (Meeting, error) {
	m, _, err := h.byLink(ctx, token)
	return m, err
}

func (h *Thanks) byLink(ctx context.Context, token string) (m Meeting, voice string, err error) {
	id, mark, _ := strings.Cut(token, ".")
	if len(h.Secret) == 0 || !hmac.Equal([]byte(mark), []byte(h.mark("opinion", id))) {
		return m, "", db.ErrNotFound
	}
	b, err := h.Meetings.Bookings.Booking(ctx, id)
	if err != nil {
		return m, "", err
	}
	m, err = h.Meetings.Meeting(ctx, b.Room)
	return m, h.mark("voice", id), err
}

// Say counts what a party thought; saying it again changes its mind.
func (h *Thanks) Say(ctx context.Context, token string, o Opinion) error {
	m, voice, err := h.byLink(ctx, token)
	if err != nil {
		return err
	}
	err = h.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec(ctx, `
			INSERT INTO meeting_opinion (meeting, voice, opinion)
			VALUES ($1, $2, $3)
			ON CONFLICT (meeting, voice) DO UPDATE SET opinion = excluded.opinion`, m.ID, voice, o)
		return err
	})
	if err != nil {
		return fmt.Errorf("opinion of meeting %s: %w", m.ID, err)
	}
	return nil
}

// Opinions counts what those who came thought of a meeting.
func (h *Thanks) Opinions(ctx context.Context, meeting string) (map[Opinion]int, error) {
	var n map[Opinion]int
	err := h.DB.Read(ctx, func(t *db.Tx) error {
		n = map[Opinion]int{}
		for row, err := range t.Query(ctx, `SELECT opinion, count(*) FROM meeting_opinion WHERE meeting = $1 GROUP BY opinion`, meeting) {
			if err != nil {
				return err
			}
			var o Opinion
			var some int
			if err := row.Scan(&o, &some); err != nil {
				return err
			}
			n[o] = some
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("opinions of meeting %s: %w", meeting, err)
	}
	return n, nil
}
