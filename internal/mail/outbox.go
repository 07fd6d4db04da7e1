package mail

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
)

// A Class is why somebody gets a mail: it decides when it goes.
type Class string

// The classes.
const (
	Answer       Class = "answer"       // to what the person did: at once
	Solicitation Class = "solicitation" // asks something: at most one a week, in working hours
	Digest       Class = "digest"       // all the rest: once a week
)

// A Lane is a way out of its own: what one lane holds up does not hold up the
// other.
type Lane string

// The lanes.
const (
	SignIn Lane = "signin"
	Bulk   Lane = "bulk"
)

// A Posted is a mail to be sent.
type Posted struct {
	ID      string // empty makes one; the same twice is one mail
	Person  string // id, whose budget it counts in; empty without an account
	Class   Class
	Lane    Lane   // Bulk when empty
	Kind    string // what it is about: signin, claim.approved
	Message Message
}

// An Outbox holds the mails of a house until they are sent.
type Outbox struct {
	DB    *db.DB
	Clock clock.Clock
	// Send sends one mail; nil when the house has no server: mails wait.
	Send func(ctx context.Context, m Message) error
	// Bounce makes the address that a refusal comes back to; without one it
	// goes where the mail comes from.
	Bounce *Bounce
	// Named returns what stands for the keys of marks, in a language, at the
	// moment. It is asked outside any transaction.
	Named func(ctx context.Context, language string, keys []string) (map[string]Name, error)
}

// Post takes a mail in the transaction of the act it tells of: it goes exactly
// when the act holds. Who does not wish it, or whom mails do not reach any
// more, gets none.
func (o *Outbox) Post(ctx context.Context, t *db.Tx, p Posted) error {
	now := o.Clock.Now()
	if p.ID == "" {
		p.ID = db.NewID(now)
	}
	p.ID = idOf(p.ID)
	if p.Lane == "" {
		p.Lane = Bulk
	}
	p.Message.ID = p.ID
	if l := p.Message.Letter; l != nil {
		if err := l.check(); err != nil {
			return err
		}
	}
	if gone, err := lost(ctx, t, p.Person, p.Class); err != nil || gone {
		return err
	}
	if o.Bounce != nil {
		back, err := o.Bounce.Sender(p.ID)
		if err != nil {
			return err
		}
		p.Message.Envelope = back
	}
	due := now
	if p.Class == Solicitation {
		if wish, err := o.preference(ctx, t, p.Person); err != nil || !wish.Solicitation {
			return err
		}
		last, err := lastSolicited(ctx, t, p.Person)
		if err != nil {
			return err
		}
		due = solicitAt(now, last)
	}
	text, err := json.Marshal(p.Message)
	if err != nil {
		return err
	}
	return addPosted(ctx, t, p, string(text), due, now)
}

// idOf returns an id as a row has it: one that no address could hold, for which
// a refusal would not be known, becomes its digest.
func idOf(id string) string {
	if markedID.MatchString(id) {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return markAlphabet.EncodeToString(sum[:25])
}

// Withdraw takes back mails that wait, in the transaction of the act that makes
// them useless: a reminder of what was answered does not go.
func (o *Outbox) Withdraw(ctx context.Context, t *db.Tx, ids ...string) error {
	for _, id := range ids {
		if err := dropPosted(ctx, t, idOf(id), o.Clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// StopAsking takes back what waits to ask a person something, in the
// transaction of the act after which they are not to be asked.
func (o *Outbox) StopAsking(ctx context.Context, t *db.Tx, person string) error {
	return dropSolicitations(ctx, t, person, o.Clock.Now())
}

// PreferenceIn is Preference in the transaction of an act; asks reports whether
// mails that ask something go to the person at all.
func (o *Outbox) PreferenceIn(ctx context.Context, t *db.Tx, person string) (p Preference, asks bool, err error) {
	if p, err = o.preference(ctx, t, person); err != nil {
		return p, false, err
	}
	gone, err := lost(ctx, t, person, Solicitation)
	return p, p.Solicitation && !gone, err
}

// SolicitedIn returns when the last mail that asks something of a person went,
// or goes; the zero time when none did.
func (o *Outbox) SolicitedIn(ctx context.Context, t *db.Tx, person string) (time.Time, error) {
	return lastSolicited(ctx, t, person)
}

// How long a mail is tried, and how.
const (
	leaseFor    = 2 * time.Minute
	maxAttempts = 12 // over some two days
	firstPause  = time.Minute
	longPause   = 6 * time.Hour
)

// pause is how long to wait after so many attempts.
func pause(attempts int) time.Duration {
	d := firstPause
	for range attempts - 1 {
		if d *= 2; d > longPause {
			return longPause
		}
	}
	return d
}

// SendDue sends the mails of a lane that are due and returns how many went. A
// node that dies while sending leaves the mail to the next, under the same
// Message-ID.
func (o *Outbox) SendDue(ctx context.Context, lane Lane) (int, error) {
	if o.Send == nil {
		return 0, nil
	}
	for n := 0; ; n++ {
		w, err := o.claim(ctx, lane)
		if errors.Is(err, db.ErrNotFound) {
			return n, nil
		}
		if err != nil {
			return n, fmt.Errorf("take a mail: %w", err)
		}
		fault := o.sendNow(ctx, w)
		if err := ctx.Err(); err != nil {
			return n, err // its lease ends, and it is tried again
		}
		if err := o.DB.Write(ctx, func(t *db.Tx) error { return o.settle(ctx, t, w, fault) }); err != nil {
			return n, fmt.Errorf("note how a mail went: %w", err)
		}
	}
}

// A waiting is a mail that was taken to be sent.
type waiting struct {
	id       string
	message  Message
	class    Class
	attempts int
}

// errGone says that what a mail asks is of somebody who is not named any more.
var errGone = errors.New("names somebody who is gone")

// sendNow sends a mail as it is to be read at this moment.
func (o *Outbox) sendNow(ctx context.Context, w waiting) error {
	m, gone, err := o.Opened(ctx, w.message)
	if err != nil {
		return err
	}
	if gone && w.class == Solicitation {
		return errGone
	}
	return o.Send(ctx, m)
}

func (o *Outbox) claim(ctx context.Context, lane Lane) (w waiting, err error) {
	err = o.DB.Write(ctx, func(t *db.Tx) error {
		var text string
		now := o.Clock.Now()
		if w.id, text, w.class, w.attempts, err = claimDue(ctx, t, lane, now, now.Add(leaseFor)); err != nil {
			return err
		}
		w.message = Message{}
		return json.Unmarshal([]byte(text), &w.message)
	})
	return w, err
}

// settle notes how the sending of a mail went.
func (o *Outbox) settle(ctx context.Context, t *db.Tx, w waiting, fault error) error {
	now := o.Clock.Now()
	switch {
	case fault == nil:
		return finishPosted(ctx, t, w.id, "sent", "", now)
	case errors.Is(fault, errGone):
		return finishPosted(ctx, t, w.id, "dropped", "withdrawn", now)
	case errors.Is(fault, ErrRefused):
		var f *Fault
		if errors.As(fault, &f) && f.Address {
			if err := noteRefusal(ctx, t, w.id, now); err != nil {
				return err
			}
		}
		return finishPosted(ctx, t, w.id, "refused", "refused", now)
	case w.attempts >= maxAttempts:
		return finishPosted(ctx, t, w.id, "dropped", faultOf(fault), now)
	}
	again := pause(w.attempts)
	again += rand.N(again / 4) // not all at once
	return retryPosted(ctx, t, w.id, faultOf(fault), now.Add(again))
}

// faultOf names a fault without what a server said, which may tell an address.
func faultOf(err error) string {
	switch {
	case errors.Is(err, ErrConfig):
		return "config"
	case errors.Is(err, ErrTemporary):
		return "temporary"
	}
	return "other"
}

// Run sends what is due, lane by lane, until ctx is done.
func (o *Outbox) Run(ctx context.Context, every time.Duration, failed func(error)) {
	done := make(chan struct{})
	for _, lane := range []Lane{SignIn, Bulk} {
		go func() {
			defer func() { done <- struct{}{} }()
			tick := time.NewTicker(every)
			defer tick.Stop()
			for {
				if _, err := o.SendDue(ctx, lane); err != nil && ctx.Err() == nil {
					failed(err)
				}
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
				}
			}
		}()
	}
	<-done
	<-done
}

// A Shown is a mail as the mailbox of a demonstration shows it.
type Shown struct {
	ID        string
	Class     Class
	Kind      string
	State     string
	CreatedAt time.Time
	DueAt     time.Time
	Message   Message
}

// Mailbox returns the mails that have not been sent as they would go now, to one address or, when it
// is empty, to all, the latest first: in a demonstration, everything that would
// be.
func (o *Outbox) Mailbox(ctx context.Context, to string, limit int) ([]Shown, error) {
	var list []Shown
	err := o.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = shownMails(ctx, t, to, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	goes := list[:0]
	for _, s := range list {
		m, gone, err := o.Opened(ctx, s.Message)
		if err != nil {
			return nil, fmt.Errorf("mailbox: %w", err)
		}
		if s.Message = m; !gone || s.Class != Solicitation {
			goes = append(goes, s)
		}
	}
	return goes, nil
}

// A Queue is how many mails are in a state, of a lane.
type Queue struct {
	Lane   Lane
	State  string
	N      int
	Oldest time.Time // of those that wait
}

// Queues returns how the outbox stands.
func (o *Outbox) Queues(ctx context.Context) ([]Queue, error) {
	var list []Queue
	err := o.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = queues(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return list, nil
}

// Forget forgets a person in the transaction that erases them: mails that wait
// do not go, and nothing tells any more to whom those that went did.
func (o *Outbox) Forget(ctx context.Context, t *db.Tx, person, address string) error {
	return forgetPerson(ctx, t, person, address, o.Clock.Now())
}
