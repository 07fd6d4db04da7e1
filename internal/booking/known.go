package booking

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"

	"passerelle/internal/db"
)

// mostKnown is of how many rooms the bookings are remembered at most.
const mostKnown = 32

// A known remembers the bookings of the rooms that are busy, so that an act on
// a room of a thousand does not read a thousand rows. Each act leaves another
// number in the row of its room: what is remembered under the number that is
// there is what the rows say, whatever node wrote them.
type known struct {
	mu    sync.Mutex
	rooms map[string]remembered
}

type remembered struct {
	number int64
	list   []Booking
}

// of returns the bookings of a room whose row has a number, if they are known;
// the caller may change them.
func (k *known) of(room string, number int64) ([]Booking, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.rooms[room]
	if !ok || r.number != number {
		return nil, false
	}
	return slices.Clone(r.list), true
}

func (k *known) keep(room string, number int64, list []Booking) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rooms == nil || len(k.rooms) >= mostKnown {
		k.rooms = map[string]remembered{}
	}
	k.rooms[room] = remembered{number, slices.Clone(list)}
}

// forget lets go of all of them: somebody was erased.
func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.rooms)
}

// nextNumber is another number for the row of a room. It is drawn and not
// counted: after the loss of the last transactions of a server, a number that
// comes again could stand for other rows.
func nextNumber() int64 { return rand.Int64() }

// bookingsIn returns the bookings of a room whose row has a number.
func (b *Bookings) bookingsIn(ctx context.Context, t *db.Tx, room string, number int64) ([]Booking, error) {
	if list, ok := b.known.of(room, number); ok {
		return list, nil
	}
	return bookingsOf(ctx, t, room)
}
