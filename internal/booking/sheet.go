package booking

import (
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/db"
)

// A Sheet is a room and its bookings at one moment, in the order of asking.
type Sheet struct {
	Room Room
	List []Booking
}

// Sheet returns a room with all its bookings.
func (b *Bookings) Sheet(ctx context.Context, room string) (s Sheet, err error) {
	err = b.DB.Read(ctx, func(t *db.Tx) error {
		var number int64
		if s.Room, number, err = readRoom(ctx, t, room); err != nil {
			return err
		}
		if s.List, err = b.bookingsIn(ctx, t, room, number); err == nil {
			b.known.keep(room, number, s.List)
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("sheet of %s: %w", room, err)
	}
	return s, nil
}

// Count returns how many seats are held, wait, and are left for one more
// visitor.
func (s *Sheet) Count(now time.Time) (held, waiting, left int) {
	for i := range s.List {
		switch x := &s.List[i]; {
		case x.State.Holds():
			held += x.Held
		case x.State == Waiting:
			waiting++
		}
	}
	return held, waiting, Left(&s.Room, s.List, now)
}

// Find returns a booking of the sheet.
func (s *Sheet) Find(id string) (*Booking, bool) {
	i := slices.IndexFunc(s.List, func(b Booking) bool { return b.ID == id })
	if i < 0 {
		return nil, false
	}
	return &s.List[i], true
}
