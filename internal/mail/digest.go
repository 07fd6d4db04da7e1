package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
)

// A Preference is what a person wishes to receive. Answers to what they do
// always come.
type Preference struct {
	Person       string
	Token        string // of the link that changes it without signing in
	Digest       bool
	Solicitation bool
	ChangedAt    time.Time
}

// A Waiting is a line that waits for somebody's weekly summary.
type Waiting struct {
	ID        string // empty makes one; the same twice is one line
	Person    string
	Kind      string
	Title     string
	More      string
	Path      string
	CreatedAt time.Time
}

// A Choice is what somebody chose, once: the way and the words they read make
// it one that can be shown.
type Choice struct {
	Digest       bool      `json:"digest"`
	Solicitation bool      `json:"solicitation"`
	Way          Way       `json:"way"`
	Words        string    `json:"words"`
	At           time.Time `json:"at"`
}

// A Way is how somebody chose.
type Way string

// The ways.
const (
	OnPage   Way = "page"
	ByLink   Way = "link"   // at the foot of a mail, without signing in
	ByButton Way = "button" // of their mail program, which shows its own words
)

// Preference returns that of a person; who never chose receives everything.
func (o *Outbox) Preference(ctx context.Context, person string) (Preference, error) {
	var p Preference
	err := o.DB.Write(ctx, func(t *db.Tx) (err error) {
		p, err = o.preference(ctx, t, person)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("mail preference: %w", err)
	}
	return p, nil
}

func (o *Outbox) preference(ctx context.Context, t *db.Tx, person string) (Preference, error) {
	p, err := preferenceWhere(ctx, t, "person = $1", person)
	if !errors.Is(err, db.ErrNotFound) {
		return p, err
	}
	p = Preference{Person: person, Token: db.NewToken(), Digest: true, Solicitation: true, ChangedAt: o.Clock.Now()}
	return p, writePreference(ctx, t, p)
}

// PreferenceByToken returns that of a link, or db.ErrNotFound.
func (o *Outbox) PreferenceByToken(ctx context.Context, token string) (Preference, error) {
	var p Preference
	err := o.DB.Read(ctx, func(t *db.Tx) (err error) {
		p, err = preferenceWhere(ctx, t, "token = $1", token)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("mail preference: %w", err)
	}
	return p, nil
}

// Choose writes what a person wishes to receive, by which way they said so and
// the words that they read; choices stay. What waited and is not wished any
// more does not go.
func (o *Outbox) Choose(ctx context.Context, p Preference, way Way, words string) error {
	now := o.Clock.Now()
	p.ChangedAt = now
	err := o.DB.Write(ctx, func(t *db.Tx) error {
		if err := errors.Join(writePreference(ctx, t, p), addChoice(ctx, t, p.Person, Choice{p.Digest, p.Solicitation, way, words, now})); err != nil {
			return err
		}
		if !p.Digest {
			if err := letItemsGo(ctx, t, p.Person, now); err != nil {
				return err
			}
		}
		if !p.Solicitation {
			return dropSolicitations(ctx, t, p.Person, now)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("choose mails: %w", err)
	}
	return nil
}

// Later adds a line to the next weekly summary of a person, in the transaction
// of the act it tells of.
func (o *Outbox) Later(ctx context.Context, t *db.Tx, w Waiting) error {
	p, err := o.preference(ctx, t, w.Person)
	if err != nil || !p.Digest {
		return err
	}
	if w.ID == "" {
		w.ID = db.NewID(o.Clock.Now())
	}
	w.CreatedAt = o.Clock.Now()
	return addItem(ctx, t, w)
}

// Anew puts lines of a kind in the place of those of that kind that wait, of
// everybody: what they count has changed meanwhile.
func (o *Outbox) Anew(ctx context.Context, t *db.Tx, kind string, lines []Waiting) error {
	if err := dropItems(ctx, t, kind); err != nil {
		return err
	}
	for _, w := range lines {
		if err := o.Later(ctx, t, w); err != nil {
			return err
		}
	}
	return nil
}

// The hour of the weekly summary: Tuesday at 9, at Paris.
const (
	digestDay  = time.Tuesday
	digestHour = 9
)

// DigestDue returns the last moment, not after t, at which the weekly
// summaries were due.
func DigestDue(t time.Time) time.Time {
	due := at(t.In(clock.Paris), digestHour)
	for due.Weekday() != digestDay || due.After(t) {
		due = at(due.AddDate(0, 0, -1), digestHour)
	}
	return due.UTC()
}

// SendDigests posts the weekly summary of everyone who has lines that waited
// when it was due. It may be asked as often as one likes: a week's summary is
// one mail. Who was asked something within the week before gets no summary;
// their lines wait for the next.
func (o *Outbox) SendDigests(ctx context.Context, write func(t *db.Tx, p Preference, lines []Waiting) (Message, error)) (int, error) {
	due := DigestDue(o.Clock.Now())
	var people []string
	err := o.DB.Read(ctx, func(t *db.Tx) (err error) {
		people, err = peopleWaiting(ctx, t, due)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("weekly summaries: %w", err)
	}
	n := 0
	for _, person := range people {
		sent := false
		err := o.DB.Write(ctx, func(t *db.Tx) (err error) {
			sent, err = o.sendDigest(ctx, t, person, due, write)
			return err
		})
		if err != nil {
			return n, fmt.Errorf("weekly summary: %w", err)
		}
		if sent {
			n++
		}
	}
	return n, nil
}

func (o *Outbox) sendDigest(ctx context.Context, t *db.Tx, person string, due time.Time, write func(*db.Tx, Preference, []Waiting) (Message, error)) (bool, error) {
	p, err := o.preference(ctx, t, person)
	if err != nil || !p.Digest {
		return false, err
	}
	if gone, err := lost(ctx, t, person, Digest); err != nil || gone {
		return false, err
	}
	last, err := lastSolicited(ctx, t, person)
	if err != nil || !last.IsZero() && last.After(due.Add(-week)) {
		return false, err
	}
	lines, err := itemsOf(ctx, t, person, due)
	if err != nil || len(lines) == 0 {
		return false, err
	}
	m, err := write(t, p, lines)
	if err != nil {
		return false, err
	}
	if m.To != "" { // whose address is not known any more gets nothing
		id := "digest-" + due.Format(time.DateOnly) + "-" + person
		if err := o.Post(ctx, t, Posted{ID: id, Person: person, Class: Digest, Kind: "digest", Message: m}); err != nil {
			return false, err
		}
	}
	return m.To != "", sendItems(ctx, t, person, due, o.Clock.Now())
}
