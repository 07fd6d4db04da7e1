package booking

import (
	"context"
	"errors"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// An Arrival is a party that comes in without having booked.
type Arrival struct {
	Ask
	Wait bool // rather than be refused, stand in the line
}

// Arrive gives a party at the door its seats and marks it present, or puts it
// into the line where it asked for that. Its key is what makes the same press
// twice one party. Refusals: ErrFull, ErrParty, ErrKey, and ErrClosed while
// seats are still offered, when booking is the way, or once all is over.
func (b *Bookings) Arrive(ctx context.Context, a Arrival) (Booking, error) {
	a.Seats = max(1, a.Seats)
	a.Least, a.Reserved = a.Seats, false
	var id string
	err := b.at(ctx, a.Room, a.By, "booking.arrive", func(t *db.Tx, d *desk) (string, error) {
		done, err := b.keyed(ctx, t, a.Ask)
		if err != nil || done != "" {
			id = done
			return "", err
		}
		if !d.room.Arriving(d.now) {
			return "", ErrClosed
		}
		if a.Seats > d.room.largest(false) {
			return "", ErrParty
		}
		x := Booking{
			ID: db.NewID(d.now), Room: a.Room, State: Confirmed, Seats: a.Seats, Least: a.Seats, Held: a.Seats, QueuedAt: d.last(),
			Name: a.Name, SIRET: a.SIRET, Party: a.Party, MadeBy: a.MadeBy, CreatedAt: d.now,
		}
		if Free(&d.room, d.list, false) < a.Seats {
			if !a.Wait {
				return "", ErrFull
			}
			x.State, x.Held = Waiting, 0
		}
		d.list = append(d.list, x)
		d.said[x.ID], id = silent, x.ID
		return "", addKey(ctx, t, a.Room, a.Key, bodyOf(a.Ask), x.ID)
	})
	if err != nil {
		return Booking{}, err
	}
	x, err := b.Booking(ctx, id)
	if err != nil || x.State != Confirmed {
		return x, err
	}
	return x, b.Check(ctx, a.By, a.Room, []Mark{b.cameIn(&x, a.Key, a.By)})
}

// late is how long after an event what a phone saw there without a network is
// still taken.
const late = 24 * time.Hour

// CameMeanwhile takes a party that was let in at a moment where there was no
// network, and marks it present. It is there: when seats are free it gets them,
// else it is WalkedIn, which holds none. The key is the phone's, with the name:
// the same again is the party that is there, whatever else was typed. ErrClosed
// is for an event that is called off, has not come so far, or is over for a day.
func (b *Bookings) CameMeanwhile(ctx context.Context, a Ask, at time.Time) (Booking, error) {
	a.Seats = max(1, a.Seats)
	a.Least, a.Reserved = a.Seats, false
	var id string
	err := b.at(ctx, a.Room, a.By, "booking.arrive", func(t *db.Tx, d *desk) (string, error) {
		_, done, err := keyOf(ctx, t, a.Room, a.Key)
		if err == nil {
			id = done
			return "", nil
		}
		if !errors.Is(err, db.ErrNotFound) {
			return "", err
		}
		if d.room.CalledOff || d.room.offering(d.now) || d.now.After(d.room.End.Add(late)) {
			return "", ErrClosed
		}
		x := Booking{
			ID: db.NewID(d.now), Room: a.Room, State: WalkedIn, Seats: a.Seats, Least: a.Seats, QueuedAt: d.last(),
			Name: a.Name, SIRET: a.SIRET, Party: a.Party, MadeBy: a.MadeBy, CreatedAt: d.now,
		}
		if Free(&d.room, d.list, false) >= a.Seats && a.Seats <= d.room.largest(false) {
			x.State, x.Held = Confirmed, a.Seats
		}
		d.list = append(d.list, x)
		d.said[x.ID], id = silent, x.ID
		return "", addKey(ctx, t, a.Room, a.Key, bodyOf(a), x.ID)
	})
	if err != nil {
		return Booking{}, err
	}
	x, err := b.Booking(ctx, id)
	if err != nil {
		return x, err
	}
	m := b.cameIn(&x, a.Key, a.By)
	m.At, m.Seats = at, x.Seats
	return x, b.Check(ctx, a.By, a.Room, []Mark{m})
}

// cameIn is the mark of a party that was let in by the press of a key.
func (b *Bookings) cameIn(x *Booking, key string, by account.Actor) Mark {
	return Mark{ID: "in-" + key, Booking: x.ID, State: Present, Seats: x.Held, At: b.Clock.Now(), Who: by.Who}
}

// LetIn gives seats at the door to a party that waits, and marks it present:
// ErrFull when there are not enough.
func (b *Bookings) LetIn(ctx context.Context, by account.Actor, id string) (Booking, error) {
	x, err := b.Accept(ctx, by, id)
	if err != nil {
		return x, err
	}
	return x, b.Check(ctx, by, x.Room, []Mark{b.cameIn(&x, x.ID, by)})
}
