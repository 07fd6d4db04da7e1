// Package booking keeps seats: who holds one, who waits, who came. Meetings and
// visits use it under the ids of their own events; it knows neither.
//
// Seats are never counted up and down. What is taken is the sum of what
// bookings hold, and one pure function, Settle, says after any change who is
// served next, so that no seat stays empty while somebody whom the published
// rule would serve waits, and none is held twice. Every act runs it in its own
// transaction, after writing the row of the room: acts on one room queue there,
// on both engines and on every node.
//
// The rule, as participants read it: seats go in the order of asking. A group
// is never split unless it said with how few it would come. When the next in
// the line does not fit, either everybody waits with it or the next that fits
// is served: the organiser chooses, and it is shown.
package booking

import (
	"errors"
	"time"

	"passerelle/internal/register"
)

// A State is where a booking stands.
type State string

// The states. Asked, Confirmed and Offered hold seats.
const (
	Asked     State = "asked"      // the host has to say yes
	Confirmed State = "confirmed"  // seats are kept
	Waiting   State = "waiting"    // in the line
	Offered   State = "offered"    // seats are kept until the offer ends
	Cancelled State = "cancelled"  // by the party
	Refused   State = "refused"    // by the host
	Lapsed    State = "lapsed"     // the last offer ended without an answer
	CalledOff State = "called_off" // the event does not take place
	WalkedIn  State = "walked_in"  // came without a seat: told once a network was there again
)

// Holds reports whether a booking in the state holds seats.
func (s State) Holds() bool { return s == Asked || s == Confirmed || s == Offered }

// Active reports whether a booking in the state may still lead to a seat.
func (s State) Active() bool { return s.Holds() || s == Waiting }

// A Room is what can be booked: the seats of one event.
type Room struct {
	ID       string // of the event
	Kind     string // meeting, visit
	Seats    int    // reserved ones included
	Reserved int    // kept for whom the organiser names: elected members, hosts
	Largest  int    // party; 0 is no limit but the seats
	Skips    bool   // when the next does not fit, the next that fits is served
	Approval bool   // the host says yes to each party
	// OfferFor is how many working hours (Monday to Friday, 8 to 20 h) a freed
	// seat is kept for the next in the line; 0 gives it without asking.
	OfferFor time.Duration
	Offers   int           // how many offers a party gets before it is out; 1 at least
	LastCall time.Duration // before the start: no offer is made any more, who comes first takes what is free
	Opens    time.Time     // zero: already
	Closes   time.Time     // zero: at the start
	Start    time.Time
	End      time.Time

	CalledOff bool
	Door      int64 // number of the helper's links: the ones before are void
	// DoorClosed is when the list at the door was closed; zero while it is
	// kept. Marks that were made before still count when they arrive.
	DoorClosed time.Time
	Sequence   int64 // of the calendar entry, grows with each change of the event
}

// A Party is what else those who book say. It is shown to the organiser only.
type Party struct {
	Group    string `json:"group,omitempty"` // firm, association, school; empty: themselves
	Minors   int    `json:"minors,omitempty"`
	AgeFrom  int    `json:"age_from,omitempty"`
	AgeTo    int    `json:"age_to,omitempty"`
	Firm     string `json:"firm,omitempty"`   // as typed, without a SIRET
	Access   string `json:"access,omitempty"` // what they need to take part
	Note     string `json:"note,omitempty"`
	ShowName bool   `json:"show_name,omitempty"` // other participants may read the name
	Language string `json:"language,omitempty"`
}

// A Booking is a party and its seats.
type Booking struct {
	ID       string
	Room     string
	State    State
	Was      State // before the event was called off
	Seats    int   // asked for, whoever books included
	Least    int   // the fewest the party comes with
	Held     int   // kept for it now
	Reserved bool  // of the reserved seats
	QueuedAt time.Time
	NotTill  time.Time // no offer before
	Expires  time.Time // of the offer
	Offers   int       // it got

	Name   string
	Mail   string // empty: no address, a facilitator looks after them
	Phone  string
	Person string // id; empty without account
	SIRET  register.SIRET
	Party  Party
	MadeBy string // id of the facilitator who booked for them

	CreatedAt  time.Time
	ChangedAt  time.Time
	RemindedAt time.Time
}

// Reference is what a booking is called on paper and on the phone. It opens
// nothing.
func (b *Booking) Reference() string { return b.ID[len(b.ID)-8:] }

// Refusals.
var (
	ErrFull    = errors.New("no seat is free")
	ErrParty   = errors.New("the party is larger than may come")
	ErrClosed  = errors.New("the event cannot be booked now")
	ErrOver    = errors.New("the offer has ended")
	ErrHeld    = errors.New("more seats are held than would be left")
	ErrKey     = errors.New("the key was used for another booking")
	ErrTooMany = errors.New("that address has booked enough")
	ErrBegun   = errors.New("the event has begun")
)

// PerMail is how many parties one address may book in one room: a secretary
// registers several people, a robot more.
const PerMail = 5

// Open reports whether seats may be asked for at a moment.
func (r *Room) Open(now time.Time) bool {
	return !r.CalledOff && !now.Before(r.Opens) && now.Before(r.closing())
}

func (r *Room) closing() time.Time {
	if r.Closes.IsZero() || r.Closes.After(r.Start) {
		return r.Start
	}
	return r.Closes
}

// offering reports whether freed seats are offered to who waits at a moment.
func (r *Room) offering(now time.Time) bool { return now.Before(r.Start.Add(-r.LastCall)) }

// Arriving reports whether people may come in at a moment without having
// booked: once no seat is offered any more, until the end.
func (r *Room) Arriving(now time.Time) bool {
	return !r.CalledOff && !r.offering(now) && now.Before(r.End)
}

// General is how many seats are not reserved.
func (r *Room) General() int { return max(0, r.Seats-r.Reserved) }

// largest is the largest party that can ever be served.
func (r *Room) largest(reserved bool) int {
	n := r.General()
	if reserved {
		n = r.Reserved
	}
	if r.Largest > 0 && !reserved {
		n = min(n, r.Largest)
	}
	return n
}
