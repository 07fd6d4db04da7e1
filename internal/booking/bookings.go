package booking

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

// A Letter tells a party what has become of its booking.
type Letter struct {
	Kind     string // booking.confirmed, booking.waiting, …: booking. and the state, or what changed
	Room     Room
	Booking  Booking
	Position int // in the line, when it waits
}

// Letters that do not tell a state.
const (
	Changed    = "booking.changed"    // another number of seats
	Moved      = "booking.moved"      // another time or place
	Reinstated = "booking.reinstated" // the event takes place after all
	Reminder   = "booking.reminder"
)

// Bookings are those of a house.
type Bookings struct {
	DB     *db.DB
	Clock  clock.Clock
	Secret []byte // of the house: signs links
	// Tell writes the mail of a letter, in the transaction of the act.
	Tell func(ctx context.Context, t *db.Tx, l Letter) error

	// Acts on one room of this node wait here for each other, instead of
	// colliding in the database; those of other nodes collide and run again.
	gates [64]sync.Mutex
	known known
}

// A desk is a room under an act: its bookings as they were and as they become.
type desk struct {
	room Room
	list []Booking
	was  map[string]Booking
	now  time.Time
	said map[string]string // booking to the kind of its letter, where the state does not tell

	number int64 // that the act leaves in the row of the room
}

func (d *desk) booking(id string) (*Booking, error) {
	for i := range d.list {
		if d.list[i].ID == id {
			return &d.list[i], nil
		}
	}
	return nil, db.ErrNotFound
}

// at runs an act on a room: f changes the desk, then the line is served, what
// changed is written and told.
func (b *Bookings) at(ctx context.Context, room string, by account.Actor, act string, f func(t *db.Tx, d *desk) (asking string, err error)) error {
	_, err := b.left(ctx, room, by, act, f)
	return err
}

// left is at, and returns the desk as the act left it, which is what the rows
// say.
func (b *Bookings) left(ctx context.Context, room string, by account.Actor, act string, f func(t *db.Tx, d *desk) (asking string, err error)) (*desk, error) {
	h := fnv.New32a()
	h.Write([]byte(room))
	gate := &b.gates[h.Sum32()%uint32(len(b.gates))]
	gate.Lock()
	defer gate.Unlock()
	var d *desk
	err := b.DB.Write(ctx, func(t *db.Tx) (err error) {
		d, err = b.act(ctx, t, room, by, act, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s, room %s: %w", act, room, err)
	}
	b.known.keep(room, d.number, d.list)
	return d, nil
}

// act is at, within a transaction.
func (b *Bookings) act(ctx context.Context, t *db.Tx, room string, by account.Actor, act string, f func(t *db.Tx, d *desk) (asking string, err error)) (*desk, error) {
	d := &desk{now: b.Clock.Now(), said: map[string]string{}, was: map[string]Booking{}, number: nextNumber()}
	var number int64
	var err error
	if d.room, number, err = lockRoom(ctx, t, room); err != nil {
		return nil, err
	}
	if d.list, err = b.bookingsIn(ctx, t, room, number); err != nil {
		return nil, err
	}
	for _, x := range d.list {
		d.was[x.ID] = x
	}
	asking, err := f(t, d)
	if err != nil {
		return nil, err
	}
	Settle(&d.room, d.list, d.now, asking)
	return d, b.write(ctx, t, d, by, act)
}

// write writes the bookings that an act changed and tells their parties.
func (b *Bookings) write(ctx context.Context, t *db.Tx, d *desk, by account.Actor, act string) error {
	for i := range d.list {
		x := &d.list[i]
		was, old := d.was[x.ID]
		if kind := d.letter(x, old, was.State); kind != "" && b.Tell != nil {
			if err := b.Tell(ctx, t, Letter{Kind: kind, Room: d.room, Booking: *x, Position: Position(d.list, x.ID)}); err != nil {
				return err
			}
		}
		if old && was == *x {
			continue
		}
		x.ChangedAt = d.now
		if err := putBooking(ctx, t, x, !old); err != nil {
			return err
		}
		if err := account.Record(ctx, t, d.now, account.Entry{
			Act: act, Kind: "booking", Object: x.ID, By: by, Fields: account.Fields{"state": string(x.State), "seats": ""},
		}); err != nil {
			return err
		}
	}
	if err := renumber(ctx, t, d.room.ID, d.number); err != nil {
		return err
	}
	slices.SortFunc(d.list, func(a, b Booking) int { return cmp.Or(a.QueuedAt.Compare(b.QueuedAt), cmp.Compare(a.ID, b.ID)) })
	return nil
}

// letter returns the kind of the letter that tells a party what the act made of
// its booking; empty when there is nothing to tell.
func (d *desk) letter(x *Booking, old bool, was State) string {
	said, moved := d.said[x.ID], !old || was != x.State
	switch {
	case said == silent, said == "" && !moved:
		return ""
	case said == "", said == Changed && moved:
		return "booking." + string(x.State)
	}
	return said
}

// silent is the letter that is not sent.
const silent = "silent"

// An Ask is what somebody says who books.
type Ask struct {
	Room     string
	Seats    int // 1 at least
	Least    int // 0: all or none
	Reserved bool
	Name     string
	Mail     string
	Phone    string
	Person   string
	SIRET    register.SIRET
	Party    Party
	MadeBy   string
	Key      string // of a program: the same again books nothing more
	By       account.Actor
}

// Book asks for seats and returns the booking: confirmed, waiting, or asked
// where the host has to say yes. The same name under the same address books
// once: the booking that is there comes back as it is. Refusals: ErrClosed,
// ErrParty, ErrTooMany, ErrFull for reserved seats, ErrKey.
func (b *Bookings) Book(ctx context.Context, a Ask) (Booking, error) {
	var made string
	a.Seats = max(1, a.Seats)
	if a.Least < 1 || a.Least > a.Seats {
		a.Least = a.Seats
	}
	d, err := b.left(ctx, a.Room, a.By, "booking.book", func(t *db.Tx, d *desk) (string, error) {
		if a.Key != "" {
			done, err := b.keyed(ctx, t, a)
			if err != nil {
				return "", err
			}
			if made = done; made != "" {
				_, err := d.booking(done)
				return "", err
			}
		}
		id, err := d.ask(a)
		if err != nil {
			return "", err
		}
		made = id
		if a.Key != "" {
			err = addKey(ctx, t, a.Room, a.Key, bodyOf(a), id)
		}
		return id, err
	})
	if err != nil {
		return Booking{}, err
	}
	return d.made(made)
}

// made is the booking that an act made or changed.
func (d *desk) made(id string) (Booking, error) {
	x, err := d.booking(id)
	if err != nil {
		return Booking{}, err
	}
	return *x, nil
}

// ask puts a booking into the line of its room, or finds the one that is there.
func (d *desk) ask(a Ask) (string, error) {
	if !d.room.Open(d.now) {
		return "", ErrClosed
	}
	address, name := mailKey(a.Mail), fold.Key(a.Name)
	same := 0
	for i := range d.list {
		x := &d.list[i]
		if a.Mail == "" || mailKey(x.Mail) != address || !x.State.Active() {
			continue
		}
		if fold.Key(x.Name) == name {
			d.said[x.ID] = "booking." + string(x.State) // its link goes again
			return x.ID, nil
		}
		same++
	}
	if same >= PerMail {
		return "", ErrTooMany
	}
	if a.Least > d.room.largest(a.Reserved) || a.Seats > d.room.largest(a.Reserved) && d.room.Largest > 0 {
		return "", ErrParty
	}
	if a.Reserved && a.Least > Free(&d.room, d.list, true) {
		return "", ErrFull
	}
	x := Booking{
		ID: db.NewID(d.now), Room: a.Room, State: Waiting, Seats: a.Seats, Least: a.Least, Reserved: a.Reserved, QueuedAt: d.last(),
		Name: a.Name, Mail: a.Mail, Phone: a.Phone, Person: a.Person, SIRET: a.SIRET, Party: a.Party, MadeBy: a.MadeBy, CreatedAt: d.now,
	}
	d.list = append(d.list, x)
	return x.ID, nil
}

// last is the end of the line: not before anyone who is in it, whatever the
// clocks of the nodes say.
func (d *desk) last() time.Time {
	last := d.now
	for i := range d.list {
		if q := d.list[i].QueuedAt; !q.Before(last) {
			last = q.Add(time.Microsecond)
		}
	}
	return last
}

func (b *Bookings) keyed(ctx context.Context, t *db.Tx, a Ask) (string, error) {
	body, id, err := keyOf(ctx, t, a.Room, a.Key)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return "", nil
	case err != nil:
		return "", err
	case body != bodyOf(a):
		return "", ErrKey
	}
	return id, nil
}

// bodyOf is a digest of what was asked under a key.
func bodyOf(a Ask) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %d %d %d", a.Name, a.Mail, a.Seats, a.Least, a.SIRET)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// one runs an act on one booking.
func (b *Bookings) one(ctx context.Context, id string, by account.Actor, act string, f func(d *desk, x *Booking) error) (Booking, error) {
	x, err := b.Booking(ctx, id)
	if err != nil {
		return Booking{}, err
	}
	d, err := b.left(ctx, x.Room, by, act, func(_ *db.Tx, d *desk) (string, error) {
		x, err := d.booking(id)
		if err != nil {
			return "", err
		}
		return "", f(d, x)
	})
	if err != nil {
		return Booking{}, err
	}
	return d.made(id)
}

// Cancel gives seats back; what is free goes to the line at once, whoever
// cancels. Cancelling twice is cancelling once.
func (b *Bookings) Cancel(ctx context.Context, by account.Actor, id string) (Booking, error) {
	return b.one(ctx, id, by, "booking.cancel", func(d *desk, x *Booking) error {
		if x.State.Active() {
			x.State, x.Held, x.Expires = Cancelled, 0, time.Time{}
		}
		return nil
	})
}

// Accept takes the seats of an offer, once: ErrOver when it has ended. When no
// offers are made any more, who waits takes what is free: ErrFull when that
// is not enough.
func (b *Bookings) Accept(ctx context.Context, by account.Actor, id string) (Booking, error) {
	return b.one(ctx, id, by, "booking.accept", func(d *desk, x *Booking) error {
		switch {
		case x.State == Confirmed:
			return nil
		case x.State == Offered && x.Expires.After(d.now):
			x.State, x.Seats, x.Least, x.Expires = Confirmed, x.Held, min(x.Least, x.Held), time.Time{}
			return nil
		case x.State == Waiting && !d.room.offering(d.now) && (d.room.Open(d.now) || d.room.Arriving(d.now)):
			free := min(x.Seats, Free(&d.room, d.list, x.Reserved))
			if free < x.Least || free == 0 {
				return ErrFull
			}
			x.State, x.Seats, x.Held = Confirmed, free, free
			return nil
		case x.State == Waiting:
			return ErrFull
		}
		return ErrOver
	})
}

// Decide is the host's yes or no to a party that asked. Deciding twice the
// same is deciding once; a no after a yes takes the seats back.
func (b *Bookings) Decide(ctx context.Context, by account.Actor, id string, yes bool) (Booking, error) {
	return b.one(ctx, id, by, "booking.decide", func(d *desk, x *Booking) error {
		switch {
		case yes && x.State == Asked:
			x.State, x.Seats = Confirmed, x.Held
		case !yes && x.State.Active():
			x.State, x.Held, x.Expires = Refused, 0, time.Time{}
		case yes && x.State != Confirmed, !yes && x.State != Refused:
			return ErrOver
		}
		return nil
	})
}

// Resize asks for another number of seats. Fewer keeps what is held and the
// place in the line; more is given when it is free for who asks now, ErrFull
// when it is not (nothing has changed then), and sends who waits to the end of
// the line.
func (b *Bookings) Resize(ctx context.Context, by account.Actor, id string, seats int) (Booking, error) {
	return b.one(ctx, id, by, "booking.resize", func(d *desk, x *Booking) error {
		seats = max(1, seats)
		more := seats - x.Seats
		switch {
		case !x.State.Active():
			return ErrOver
		case more == 0:
			return nil
		case !d.now.Before(d.room.Start):
			return ErrBegun
		case seats > d.room.largest(x.Reserved):
			return ErrParty
		case x.State == Waiting && more > 0:
			x.QueuedAt = d.last()
		case x.State.Holds() && more > 0:
			free := Free(&d.room, d.list, x.Reserved)
			if !x.Reserved {
				free = Left(&d.room, d.list, d.now)
			}
			if more > free {
				return ErrFull
			}
			x.Held += more
		case x.State.Holds():
			x.Held = min(x.Held, seats)
		}
		if x.Least == x.Seats || x.Least > seats {
			x.Least = seats
		}
		x.Seats = seats
		d.said[x.ID] = Changed
		return nil
	})
}

// Rename corrects what a party said of itself.
func (b *Bookings) Rename(ctx context.Context, by account.Actor, id, name, phone string, p Party) (Booking, error) {
	return b.one(ctx, id, by, "booking.rename", func(d *desk, x *Booking) error {
		x.Name, x.Phone, x.Party = name, phone, p
		return nil
	})
}

// Booking returns one.
func (b *Bookings) Booking(ctx context.Context, id string) (Booking, error) {
	var x Booking
	err := b.DB.Read(ctx, func(t *db.Tx) (err error) {
		x, err = readBooking(ctx, t, id)
		return err
	})
	if err != nil {
		return x, fmt.Errorf("booking %s: %w", id, err)
	}
	return x, nil
}

// Room returns a room, within a transaction.
func (b *Bookings) Room(ctx context.Context, t *db.Tx, id string) (Room, error) {
	r, _, err := readRoom(ctx, t, id)
	return r, err
}

// Rooms returns the rooms of a kind that end at from or later and start before
// to (zero: no bound), by id, with their bookings, within a transaction.
func (b *Bookings) Rooms(ctx context.Context, t *db.Tx, kind string, from, to time.Time) (map[string]Sheet, error) {
	rooms, err := roomsOf(ctx, t, kind, from, to)
	if err != nil {
		return nil, err
	}
	list, err := bookingsOfRooms(ctx, t, kind, from, to)
	if err != nil {
		return nil, err
	}
	all := make(map[string]Sheet, len(rooms))
	gather(all, rooms, list)
	return all, nil
}

// RoomsNamed returns rooms by their ids, with their bookings, within a
// transaction; those that are not there are left out.
func (b *Bookings) RoomsNamed(ctx context.Context, t *db.Tx, ids []string) (map[string]Sheet, error) {
	return roomsNamed(ctx, t, ids)
}

// Of returns the bookings of a person, by account or by address, the latest
// event first.
func (b *Bookings) Of(ctx context.Context, person, mail string) (list []Booking, err error) {
	err = b.DB.Read(ctx, func(t *db.Tx) error {
		list, err = bookingsOfPerson(ctx, t, person, mailKey(mail))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("bookings of a person: %w", err)
	}
	return list, nil
}
