package mail

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
)

// enoughRefusals is how many mails an address refuses for good before the
// house stops writing to its person.
const enoughRefusals = 3

// An Unreached is a person whom mails do not reach any more: somebody is to
// call them, or to write on paper.
type Unreached struct {
	Person string
	N      int // mails that were refused
	Last   time.Time
}

// Refused notes that an address refused a mail for good. A mail that is not
// known, or was for nobody with an account, changes nothing.
func (o *Outbox) Refused(ctx context.Context, id string) error {
	err := o.DB.Write(ctx, func(t *db.Tx) error { return noteRefusal(ctx, t, id, o.Clock.Now()) })
	if err != nil {
		return fmt.Errorf("note a refusal: %w", err)
	}
	return nil
}

func noteRefusal(ctx context.Context, t *db.Tx, id string, now time.Time) error {
	person, err := personOf(ctx, t, id)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return addRefusal(ctx, t, id, person, now)
}

// Reached forgets the refusals of a person: a mail has come to them, or they
// were asked and their address is right.
func (o *Outbox) Reached(ctx context.Context, person string) error {
	err := o.DB.Write(ctx, func(t *db.Tx) error { return forgetRefusals(ctx, t, person) })
	if err != nil {
		return fmt.Errorf("forget refusals: %w", err)
	}
	return nil
}

// Unreached returns whom mails do not reach any more, the latest first.
func (o *Outbox) Unreached(ctx context.Context) ([]Unreached, error) {
	var list []Unreached
	err := o.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = unreached(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("people mails do not reach: %w", err)
	}
	return list, nil
}

// lost reports whether a class of mail does not go to a person any more.
// Answers do: who asks for a link has perhaps mended their box.
func lost(ctx context.Context, t *db.Tx, person string, c Class) (bool, error) {
	if c == Answer || person == "" {
		return false, nil
	}
	n, err := refusals(ctx, t, person)
	return n >= enoughRefusals, err
}

// Returned takes a mail that came to an address of refusals. One that says the
// mail was not handed on for good is noted; the rest, answers of machines most
// of all, is dropped.
func (o *Outbox) Returned(ctx context.Context, m Received) error {
	if o.Bounce == nil || m.Report == nil || !m.Report.Hard() {
		return nil
	}
	for _, to := range m.To {
		if id, ok := o.Bounce.ID(to); ok {
			if err := o.Refused(ctx, id); err != nil {
				return err
			}
		}
	}
	return nil
}
