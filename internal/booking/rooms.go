package booking

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/mail"
)

// Add opens a room in the transaction that makes its event.
func (b *Bookings) Add(ctx context.Context, t *db.Tx, r Room) error {
	if r.Seats < 0 || r.Reserved < 0 || r.Reserved > r.Seats || !r.End.After(r.Start) {
		return fmt.Errorf("room %s: %d seats, %d reserved, from %s to %s: %w", r.ID, r.Seats, r.Reserved, r.Start, r.End, ErrHeld)
	}
	return addRoom(ctx, t, &r)
}

// Arrange changes a room: how many seats, how many reserved, the rule, the
// times; how may write the event's own rows in the same transaction. Fewer
// seats than are held is ErrHeld, and nothing has changed. Those who hold or
// wait are told of another time or place when moved says so.
func (b *Bookings) Arrange(ctx context.Context, by account.Actor, id string, moved bool, how func(*db.Tx, *Room) error) error {
	return b.at(ctx, id, by, "booking.arrange", func(t *db.Tx, d *desk) (string, error) {
		if err := how(t, &d.room); err != nil {
			return "", err
		}
		d.room.ID = id
		r := &d.room
		if r.Reserved < 0 || r.Reserved > r.Seats || !r.End.After(r.Start) || Free(r, d.list, false) < 0 || Free(r, d.list, true) < 0 {
			return "", ErrHeld
		}
		r.Sequence++
		if moved {
			for i := range d.list {
				x := &d.list[i]
				if !x.State.Active() {
					continue
				}
				d.said[x.ID] = Moved
				x.RemindedAt, x.ChangedAt = time.Time{}, d.now
				if x.State == Offered && x.Expires.After(r.Start) {
					x.Expires = r.Start
				}
			}
		}
		return "", putRoom(ctx, t, r)
	})
}

// CallOff says that the event does not take place. Everybody who held or
// waited is told, once.
func (b *Bookings) CallOff(ctx context.Context, by account.Actor, id string) error {
	return b.at(ctx, id, by, "booking.call_off", func(t *db.Tx, d *desk) (string, error) { return "", d.callOff(ctx, t) })
}

// CallOffIn is CallOff in the transaction of another act.
func (b *Bookings) CallOffIn(ctx context.Context, t *db.Tx, by account.Actor, id string) error {
	_, err := b.act(ctx, t, id, by, "booking.call_off", func(t *db.Tx, d *desk) (string, error) { return "", d.callOff(ctx, t) })
	return err
}

func (d *desk) callOff(ctx context.Context, t *db.Tx) error {
	if d.room.CalledOff {
		return nil
	}
	d.room.CalledOff = true
	d.room.Sequence++
	for i := range d.list {
		if x := &d.list[i]; x.State.Active() {
			x.Was, x.State = x.State, CalledOff
		}
	}
	return putRoom(ctx, t, &d.room)
}

// Reinstate says that an event that was called off takes place after all: who
// held seats holds them again, who waited waits where they stood, and each is
// told by a letter of its own.
func (b *Bookings) Reinstate(ctx context.Context, by account.Actor, id string) error {
	return b.at(ctx, id, by, "booking.reinstate", func(t *db.Tx, d *desk) (string, error) {
		if !d.room.CalledOff {
			return "", nil
		}
		if !d.now.Before(d.room.Start) {
			return "", ErrBegun
		}
		d.room.CalledOff = false
		d.room.Sequence++
		for i := range d.list {
			x := &d.list[i]
			if x.State != CalledOff {
				continue
			}
			x.State, x.Was = x.Was, ""
			d.said[x.ID] = Reinstated
		}
		return "", putRoom(ctx, t, &d.room)
	})
}

// NewDoor makes the helper's links that were given so far of no use.
func (b *Bookings) NewDoor(ctx context.Context, by account.Actor, id string) error {
	return b.at(ctx, id, by, "booking.new_door", func(t *db.Tx, d *desk) (string, error) {
		d.room.Door++
		return "", putRoom(ctx, t, &d.room)
	})
}

// Tidy ends the offers that have ended, serves the lines, and posts the
// reminders that are due. It may run on every node.
func (b *Bookings) Tidy(ctx context.Context) error {
	now := b.Clock.Now()
	var late, near []string
	err := b.DB.Read(ctx, func(t *db.Tx) (err error) {
		if late, err = roomsToServe(ctx, t, now); err != nil {
			return err
		}
		near, err = roomsFrom(ctx, t, now, now.Add(remindWithin))
		return err
	})
	if err != nil {
		return fmt.Errorf("rooms to look after: %w", err)
	}
	system := account.Actor{Channel: account.System}
	for _, id := range late {
		if err := b.at(ctx, id, system, "booking.tidy", func(*db.Tx, *desk) (string, error) { return "", nil }); err != nil {
			return err
		}
	}
	for _, id := range near {
		if err := b.at(ctx, id, system, "booking.remind", func(_ *db.Tx, d *desk) (string, error) { d.remind(); return "", nil }); err != nil {
			return err
		}
	}
	return nil
}

// A reminder goes two days before, or on the working day before that when it
// is a week-end; so five days are looked at.
const (
	remindBefore = 48 * time.Hour
	remindWithin = 120 * time.Hour
)

// RemindAt is when the reminder of an event goes.
func RemindAt(start time.Time) time.Time {
	at := start.Add(-remindBefore)
	switch at.In(clock.Paris).Weekday() {
	case time.Saturday, time.Sunday:
		return mail.WorkingDayBefore(at)
	}
	return mail.Working(at)
}

// remind marks who is to be reminded: who has a seat and booked before.
func (d *desk) remind() {
	due := RemindAt(d.room.Start)
	if d.room.CalledOff || d.now.Before(due) || !d.now.Before(d.room.Start) {
		return
	}
	for i := range d.list {
		x := &d.list[i]
		if x.State == Confirmed && x.RemindedAt.IsZero() {
			x.RemindedAt = d.now
			d.said[x.ID] = silent
			if x.CreatedAt.Before(due) {
				d.said[x.ID] = Reminder
			}
		}
	}
}
