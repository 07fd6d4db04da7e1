package booking

import (
	"cmp"
	"slices"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/mail"
)

// Free returns how many seats nobody holds, of the general or of the reserved
// ones.
func Free(r *Room, list []Booking, reserved bool) int {
	n := r.General()
	if reserved {
		n = min(r.Reserved, r.Seats)
	}
	for i := range list {
		if list[i].State.Holds() && list[i].Reserved == reserved {
			n -= list[i].Held
		}
	}
	return n
}

// Left returns how many seats one more visitor could book at a moment: none
// when somebody waits whom the rule serves first.
func Left(r *Room, list []Booking, now time.Time) int {
	if !r.Open(now) {
		return 0
	}
	free := max(0, Free(r, list, false))
	if r.offering(now) && !r.Skips && slices.ContainsFunc(list, func(b Booking) bool { return b.State == Waiting && !b.Reserved && !b.NotTill.After(now) }) {
		return 0
	}
	if r.Largest > 0 {
		free = min(free, r.Largest)
	}
	return free
}

// Line returns the bookings that wait, in the order in which they are served.
func Line(list []Booking) []*Booking {
	var line []*Booking
	for i := range list {
		if list[i].State == Waiting {
			line = append(line, &list[i])
		}
	}
	slices.SortStableFunc(line, func(a, b *Booking) int {
		return cmp.Or(a.QueuedAt.Compare(b.QueuedAt), cmp.Compare(a.ID, b.ID))
	})
	return line
}

// Position returns the place of a booking in the line, from 1; 0 when it does
// not wait.
func Position(list []Booking, id string) int {
	for i, b := range Line(list) {
		if b.ID == id {
			return i + 1
		}
	}
	return 0
}

// Settle brings the bookings of a room in order at a moment, in place, and
// returns the ids of those it changed, in the order in which it did. Offers
// that have ended end; what is free then goes to the line, by the rule of the
// package. asking is the id of a booking that was made in this very act: it
// gets its seats without an offer. Settle of what it settled changes nothing.
func Settle(r *Room, list []Booking, now time.Time, asking string) []string {
	var changed []string
	for i := range list {
		b := &list[i]
		if b.State == Offered && !b.Expires.After(now) {
			lapse(r, b, now)
			changed = append(changed, b.ID)
		}
	}
	if r.CalledOff || !now.Before(r.Start) {
		return changed
	}
	free := map[bool]int{false: Free(r, list, false), true: Free(r, list, true)}
	stopped := map[bool]bool{}
	for _, b := range Line(list) {
		n := min(b.Seats, free[b.Reserved])
		switch {
		case stopped[b.Reserved], b.ID != asking && !r.offering(now), b.NotTill.After(now):
			continue
		case n < b.Least || n == 0:
			stopped[b.Reserved] = !r.Skips
			continue
		}
		grant(r, b, n, now, b.ID == asking)
		free[b.Reserved] -= n
		changed = append(changed, b.ID)
	}
	return changed
}

// lapse ends an offer that nobody answered: the party goes to the end of the
// line until the next day, or out when it had all its offers.
func lapse(r *Room, b *Booking, now time.Time) {
	b.Held, b.Expires, b.ChangedAt = 0, time.Time{}, now
	if b.Offers >= max(1, r.Offers) {
		b.State = Lapsed
		return
	}
	b.State, b.QueuedAt, b.NotTill = Waiting, now, tomorrow(now)
}

// tomorrow is the beginning of the next day at Paris.
func tomorrow(now time.Time) time.Time {
	t := now.In(clock.Paris).AddDate(0, 0, 1)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, clock.Paris).UTC()
}

// grant keeps n seats for a party: for good, until the host has said yes, or
// until the offer ends.
func grant(r *Room, b *Booking, n int, now time.Time, atOnce bool) {
	b.Held, b.ChangedAt = n, now
	switch {
	case r.Approval && !b.Reserved:
		b.State = Asked
	case atOnce && n == b.Seats, r.OfferFor == 0, b.Mail == "":
		// Who has no address cannot answer an offer: a facilitator looks after
		// them, who is told.
		b.State = Confirmed
	default:
		b.State, b.Expires = Offered, mail.AddWorking(now, r.OfferFor)
		if b.Expires.After(r.Start) {
			b.Expires = r.Start
		}
		b.Offers++
	}
}
