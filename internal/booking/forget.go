package booking

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// Kept is how long it is known who booked, after the event: as long as an
// account that nobody uses.
const Kept = 2 * 365 * 24 * time.Hour

// Forget forgets a person in the transaction that erases them: their seats to
// come go to the line, and nothing tells any more who they were.
func (b *Bookings) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	list, err := bookingsOfPerson(ctx, t, who.ID, mailKey(who.Mail))
	if err != nil {
		return err
	}
	by := account.Actor{Who: who.ID, Channel: account.System}
	for i := range list {
		if !list[i].State.Active() {
			continue
		}
		id := list[i].ID
		if _, err := b.act(ctx, t, list[i].Room, by, "booking.forget", func(_ *db.Tx, d *desk) (string, error) {
			x, err := d.booking(id)
			if err != nil || !d.now.Before(d.room.Start) {
				return "", err
			}
			x.State, x.Held, x.Expires = Cancelled, 0, time.Time{}
			d.said[id] = silent
			return "", nil
		}); err != nil {
			return err
		}
	}
	b.known.forget()
	return forgetBookings(ctx, t, who.ID, mailKey(who.Mail))
}

// ForgetOld forgets who booked the events of more than two years ago.
func (b *Bookings) ForgetOld(ctx context.Context) error {
	err := b.DB.Write(ctx, func(t *db.Tx) error {
		_, err := forgetEnded(ctx, t, b.Clock.Now().Add(-Kept))
		return err
	})
	b.known.forget()
	if err != nil {
		return fmt.Errorf("forget old bookings: %w", err)
	}
	return nil
}
