package visit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// Visits are those of a house.
type Visits struct {
	DB       *db.DB
	Clock    clock.Clock
	Bookings *booking.Bookings
	Leads    *lead.Leads
	Bands    Bands
	Secret   []byte // of the house: signs links
	// Shown reports whether the directory shows an establishment by its name:
	// what it offers is shown nowhere else either.
	Shown func(register.SIRET) bool
	// Tell writes the mail of a letter, in the transaction of the act.
	Tell func(ctx context.Context, t *db.Tx, l Letter) error
}

// A Letter tells somebody about visits.
type Letter struct {
	Kind    string // visit.wished, visit.opened, visit.questions
	Visit   Visit  // of opened (the first slot) and questions
	Wish    Wish   // of wished and opened
	Booking booking.Booking
	Token   string // of the link that the letter carries
}

// Offer returns one, open or not.
func (vs *Visits) Offer(ctx context.Context, id string) (o Offer, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		o, err = readOffer(ctx, t, id)
		return err
	})
	if err != nil {
		return o, fmt.Errorf("offer %s: %w", id, err)
	}
	return o, nil
}

// Offers returns those of an establishment, closed ones last.
func (vs *Visits) Offers(ctx context.Context, s register.SIRET) (list []Offer, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		list, err = offersOf(ctx, t, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("offers of %s: %w", s, err)
	}
	return list, nil
}

// Add writes an offer and returns it with its id, or ErrFaults with what is
// wrong. An establishment that the directory does not show opens nothing
// (ErrShown): visitors could not find it.
func (vs *Visits) Add(ctx context.Context, by account.Actor, o Offer) (Offer, []Fault, error) {
	if faults := o.Clean(); len(faults) > 0 {
		return o, faults, ErrFaults
	}
	if !vs.Shown(o.SIRET) {
		return o, nil, ErrShown
	}
	now := vs.Clock.Now()
	o.ID, o.State, o.Channel, o.MadeBy, o.CreatedAt, o.ChangedAt = db.NewID(now), Open, by.Channel, by.Who, now, now
	return o, nil, vs.write(ctx, by, "visit.add", &o, true)
}

// Change writes what is said of an offer. Slots that are open keep the length
// and the seats with which they were opened.
func (vs *Visits) Change(ctx context.Context, by account.Actor, o Offer) ([]Fault, error) {
	was, err := vs.Offer(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	if faults := o.Clean(); len(faults) > 0 {
		return faults, ErrFaults
	}
	o.SIRET, o.State, o.CreatedAt, o.Channel, o.MadeBy, o.ChangedAt = was.SIRET, was.State, was.CreatedAt, by.Channel, by.Who, vs.Clock.Now()
	return nil, vs.write(ctx, by, "visit.change", &o, false)
}

func (vs *Visits) write(ctx context.Context, by account.Actor, act string, o *Offer, fresh bool) error {
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		if err := putOffer(ctx, t, o, fresh); err != nil {
			return err
		}
		return account.Record(ctx, t, o.ChangedAt, account.Entry{Act: act, Kind: "visit", Object: o.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", act, o.ID, err)
	}
	return nil
}

// Close takes an offer off the list: its slots to come do not take place, and
// everybody who held a seat or waited is told.
func (vs *Visits) Close(ctx context.Context, by account.Actor, id string) error {
	o, err := vs.Offer(ctx, id)
	if err != nil {
		return err
	}
	if o.State != Closed {
		o.State, o.ChangedAt = Closed, vs.Clock.Now()
		if err := vs.write(ctx, by, "visit.close", &o, false); err != nil {
			return err
		}
	}
	coming, err := vs.Visits(ctx, Filter{Offer: id, From: vs.Clock.Now(), Closed: true})
	if err != nil {
		return err
	}
	for i := range coming {
		if err := vs.Bookings.CallOff(ctx, by, coming[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// End takes the offers of an establishment off the list that closed, in the
// transaction that finds it so: who has a seat, or waits for one, is told that
// the visit does not take place.
func (vs *Visits) End(ctx context.Context, t *db.Tx, of register.SIRET) error {
	return vs.Left(ctx, t, account.Actor{Channel: account.System}, of)
}

// Left does the same when the last who spoke for it leaves.
func (vs *Visits) Left(ctx context.Context, t *db.Tx, by account.Actor, of register.SIRET) error {
	now := vs.Clock.Now()
	all, err := offers(ctx, t)
	if err != nil {
		return err
	}
	coming, err := vs.Bookings.Rooms(ctx, t, Kind, now, time.Time{})
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.SIRET != of || o.State != Open {
			continue
		}
		o.State, o.ChangedAt = Closed, now
		if err := putOffer(ctx, t, &o, false); err != nil {
			return err
		}
		if err := account.Record(ctx, t, now, account.Entry{Act: "visit.close", Kind: "visit", Object: o.ID, By: by}); err != nil {
			return err
		}
		slots, err := slotsOf(ctx, t, o.ID)
		if err != nil {
			return err
		}
		for _, v := range slots {
			if _, ok := coming[v.ID]; !ok {
				continue
			}
			if err := vs.Bookings.CallOffIn(ctx, t, by, v.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Open opens the slots of a rule and returns them, or ErrFaults. A slot that
// is open at that moment already stays the one it is: pressing twice opens
// nothing twice. Who wished to visit is told, in the same transaction.
func (vs *Visits) Open(ctx context.Context, by account.Actor, offer string, r Rule) ([]Visit, []Fault, error) {
	now := vs.Clock.Now()
	starts, faults := r.Starts(now)
	if len(faults) > 0 {
		return nil, faults, ErrFaults
	}
	var opened []Visit
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		opened = nil
		o, err := lockOffer(ctx, t, offer)
		if err != nil {
			return err
		}
		if o.State != Open {
			return ErrClosed
		}
		if !vs.Shown(o.SIRET) {
			return ErrShown
		}
		known, err := vs.startsOf(ctx, t, offer)
		if err != nil {
			return err
		}
		series := ""
		if len(starts) > 1 {
			series = db.NewID(now)
		}
		for _, at := range starts {
			if slices.ContainsFunc(known, at.Equal) {
				continue
			}
			v := Visit{ID: db.NewID(now), Series: series, CreatedAt: now, ChangedAt: now, Offer: o}
			v.Room = o.room(v.ID, at)
			if err := vs.Bookings.Add(ctx, t, v.Room); err != nil {
				return err
			}
			if err := addSlot(ctx, t, &v); err != nil {
				return err
			}
			if err := account.Record(ctx, t, now, account.Entry{Act: "visit.open", Kind: "visit", Object: v.ID, By: by}); err != nil {
				return err
			}
			opened = append(opened, v)
		}
		if r.Lead != "" && len(opened) > 0 {
			if err := vs.Leads.LedTo(ctx, t, r.Lead, lead.Origin{Kind: lead.FromVisit, ID: opened[0].ID}); err != nil {
				return err
			}
		}
		return vs.tellWishes(ctx, t, opened)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("open slots of %s: %w", offer, err)
	}
	return opened, nil, nil
}

// startsOf returns when the slots of an offer begin that are not called off.
func (vs *Visits) startsOf(ctx context.Context, t *db.Tx, offer string) ([]time.Time, error) {
	slots, err := slotsOf(ctx, t, offer)
	if err != nil {
		return nil, err
	}
	var starts []time.Time
	for i := range slots {
		r, err := vs.Bookings.Room(ctx, t, slots[i].ID)
		if err != nil {
			return nil, err
		}
		if !r.CalledOff {
			starts = append(starts, r.Start)
		}
	}
	return starts, nil
}

// Move gives a slot another moment or another number of seats. Another moment
// is told to those who hold or wait; fewer seats than are held is
// booking.ErrHeld.
func (vs *Visits) Move(ctx context.Context, by account.Actor, id string, start time.Time, seats int) error {
	v, err := vs.Visit(ctx, id)
	if err != nil {
		return err
	}
	now := vs.Clock.Now()
	if !v.Room.Start.Equal(start) && (start.Before(now) || start.After(now.Add(maxAhead))) || seats < 1 || seats > MaxSeats {
		return ErrFaults
	}
	return vs.Bookings.Arrange(ctx, by, id, !v.Room.Start.Equal(start), func(t *db.Tx, r *booking.Room) error {
		r.Start, r.End, r.Seats = start, start.Add(r.End.Sub(r.Start)), seats
		if err := touchSlot(ctx, t, id, now); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "visit.move", Kind: "visit", Object: id, By: by})
	})
}

// Visit returns a slot, whatever the state of its offer.
func (vs *Visits) Visit(ctx context.Context, id string) (v Visit, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		v, err = vs.VisitIn(ctx, t, id)
		return err
	})
	if err != nil {
		return v, fmt.Errorf("visit %s: %w", id, err)
	}
	return v, nil
}

// VisitIn is Visit within a transaction.
func (vs *Visits) VisitIn(ctx context.Context, t *db.Tx, id string) (Visit, error) {
	v, err := readSlot(ctx, t, id)
	if err != nil {
		return v, err
	}
	if v.Offer, err = readOffer(ctx, t, v.Offer.ID); err != nil {
		return v, err
	}
	v.Room, err = vs.Bookings.Room(ctx, t, id)
	return v, err
}

// Seen reports whether anybody may read of an offer.
func (vs *Visits) Seen(o *Offer) bool { return o.State == Open && vs.Shown(o.SIRET) }

// Book asks for seats in a slot, as booking does, for a party that may come:
// a refusal of Welcomes, or of booking.
func (vs *Visits) Book(ctx context.Context, a booking.Ask) (booking.Booking, error) {
	v, err := vs.Visit(ctx, a.Room)
	if err != nil {
		return booking.Booking{}, err
	}
	if !vs.Seen(&v.Offer) {
		return booking.Booking{}, fmt.Errorf("visit %s: %w", a.Room, db.ErrNotFound)
	}
	if err := v.Offer.Welcomes(vs.Bands, a.Party, a.Seats); err != nil {
		return booking.Booking{}, fmt.Errorf("book visit %s: %w", a.Room, err)
	}
	return vs.Bookings.Book(ctx, a)
}

// A Filter names visits.
type Filter struct {
	From, To  time.Time // of their start, or end; zero: no bound
	Territory string
	Trade     string
	Offer     string
	SIRET     register.SIRET
	Closed    bool // those of offers that are closed or not shown too
}

// A Listed is a visit with its bookings.
type Listed struct {
	Visit
	Sheet booking.Sheet
}

// Visits returns the visits of a filter, with their bookings, soonest first.
func (vs *Visits) Visits(ctx context.Context, f Filter) ([]Listed, error) {
	var list []Listed
	err := vs.DB.Read(ctx, func(t *db.Tx) error {
		list = nil
		slots, err := slotsWhere(ctx, t, f)
		if err != nil {
			return err
		}
		all, err := offersBehind(ctx, t, slots)
		if err != nil {
			return err
		}
		slots = slices.DeleteFunc(slots, func(v Visit) bool {
			o := all[v.Offer.ID]
			return !f.Closed && !vs.Seen(&o)
		})
		ids := make([]string, len(slots))
		for i := range slots {
			ids[i] = slots[i].ID
		}
		rooms, err := vs.Bookings.RoomsNamed(ctx, t, ids)
		if err != nil {
			return err
		}
		for _, v := range slots {
			sheet := rooms[v.ID]
			v.Offer, v.Room = all[v.Offer.ID], sheet.Room
			list = append(list, Listed{v, sheet})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("visits: %w", err)
	}
	return list, nil
}

// Fate returns the leads that came of a slot, whatever their stage.
func (vs *Visits) Fate(ctx context.Context, id string) ([]*lead.Lead, error) {
	return vs.Leads.From(ctx, lead.Origin{Kind: lead.FromVisit, ID: id})
}

// Refusal returns the refusal of this package to a party that an error is, and
// false for another error.
func Refusal(err error) (error, bool) {
	for _, refusal := range []error{ErrMinors, ErrAges, ErrYoung, ErrAdults} {
		if errors.Is(err, refusal) {
			return refusal, true
		}
	}
	return nil, false
}
