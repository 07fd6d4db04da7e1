package meeting

import (
	"context"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
)

// Meetings are those of a house.
type Meetings struct {
	DB       *db.DB
	Clock    clock.Clock
	Bookings *booking.Bookings
}

// Plan plans meetings in one act: all of them, or none with the faults of each
// (ErrFaults). Several are a series. They come back with their ids.
func (ms *Meetings) Plan(ctx context.Context, by account.Actor, list []Meeting) ([]Meeting, [][]Fault, error) {
	now := ms.Clock.Now()
	faults := make([][]Fault, len(list))
	wrong := false
	for i := range list {
		faults[i] = list[i].Clean(now, true)
		wrong = wrong || len(faults[i]) > 0
	}
	if wrong || len(list) == 0 {
		return list, faults, ErrFaults
	}
	series := ""
	if len(list) > 1 {
		series = db.NewID(now)
	}
	for i := range list {
		if list[i].Series == "" {
			list[i].Series = series
		}
	}
	if err := ms.add(ctx, by, list); err != nil {
		return list, nil, fmt.Errorf("plan %d meetings: %w", len(list), err)
	}
	return list, nil, nil
}

// add writes new meetings, all of them or none, and gives them their ids.
func (ms *Meetings) add(ctx context.Context, by account.Actor, list []Meeting) error {
	now := ms.Clock.Now()
	for i := range list {
		m := &list[i]
		m.ID, m.CreatedAt, m.ChangedAt = db.NewID(now), now, now
		if m.State == "" {
			m.State = Draft
		}
		m.usual()
	}
	if len(list) == 0 {
		return nil
	}
	return ms.DB.Write(ctx, func(t *db.Tx) error {
		for i := range list {
			m := &list[i]
			if err := ms.Bookings.Add(ctx, t, m.Room); err != nil {
				return err
			}
			if err := putMeeting(ctx, t, m, true); err != nil {
				return err
			}
			if err := account.Record(ctx, t, now, account.Entry{Act: "meeting.plan", Kind: "meeting", Object: m.ID, By: by}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Change writes what is said of a meeting, and its room. Another time or place
// is told to those who hold or wait, once it is published. Fewer seats than
// are held is booking.ErrHeld.
func (ms *Meetings) Change(ctx context.Context, by account.Actor, m Meeting) ([]Fault, error) {
	now := ms.Clock.Now()
	was, err := ms.Meeting(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	if faults := m.Clean(now, !m.Room.Start.Equal(was.Room.Start)); len(faults) > 0 {
		return faults, ErrFaults
	}
	m.ChangedAt = now
	return nil, ms.Bookings.Arrange(ctx, by, m.ID, was.Shown() && moved(&was, &m), func(t *db.Tx, r *booking.Room) error {
		r.Seats, r.Reserved, r.Largest, r.Skips = m.Room.Seats, m.Room.Reserved, m.Room.Largest, m.Room.Skips
		r.Start, r.End, r.Closes, r.Opens = m.Room.Start, m.Room.End, m.Room.Closes, m.Room.Opens
		if err := putMeeting(ctx, t, &m, false); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "meeting.change", Kind: "meeting", Object: m.ID, By: by})
	})
}

// Publish shows meetings to everybody; those that are shown stay so.
func (ms *Meetings) Publish(ctx context.Context, by account.Actor, ids ...string) error {
	now := ms.Clock.Now()
	err := ms.DB.Write(ctx, func(t *db.Tx) error {
		for _, id := range ids {
			n, err := publish(ctx, t, id, now)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			if err := account.Record(ctx, t, now, account.Entry{Act: "meeting.publish", Kind: "meeting", Object: id, By: by}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish meetings: %w", err)
	}
	return nil
}

// Meeting returns one, draft or not.
func (ms *Meetings) Meeting(ctx context.Context, id string) (m Meeting, err error) {
	err = ms.DB.Read(ctx, func(t *db.Tx) error {
		m, err = ms.MeetingIn(ctx, t, id)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("meeting %s: %w", id, err)
	}
	return m, nil
}

// MeetingIn is Meeting within a transaction.
func (ms *Meetings) MeetingIn(ctx context.Context, t *db.Tx, id string) (Meeting, error) {
	m, err := readMeeting(ctx, t, id)
	if err != nil {
		return m, err
	}
	m.Room, err = ms.Bookings.Room(ctx, t, id)
	return m, err
}

// A Filter names meetings.
type Filter struct {
	From, To  time.Time // of their end, and their start; zero: no bound
	Territory string
	Trade     string
	Series    string
	Organiser string          // id
	Keeper    *account.Person // who looks after them; nil: anybody
	Drafts    bool            // those not published too
	// Ended is before when they ended: the latest first then, Limit at most (0:
	// all) after the cursor of a page before.
	Ended time.Time
	After string
	Limit int
}

// A Listed is a meeting with its bookings.
type Listed struct {
	Meeting
	Sheet booking.Sheet
}

// Meetings returns the meetings of a filter, with their bookings, soonest
// first.
func (ms *Meetings) Meetings(ctx context.Context, f Filter) ([]Listed, error) {
	list, _, err := ms.Page(ctx, f)
	return list, err
}

// Page is Meetings, and the cursor of the page after; empty for the last.
func (ms *Meetings) Page(ctx context.Context, f Filter) (list []Listed, next string, err error) {
	err = ms.DB.Read(ctx, func(t *db.Tx) error {
		list, next, err = ms.pageIn(ctx, t, f)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("meetings: %w", err)
	}
	return list, next, nil
}

func (ms *Meetings) pageIn(ctx context.Context, t *db.Tx, f Filter) (list []Listed, next string, err error) {
	all, err := meetings(ctx, t, f)
	if err != nil {
		return nil, "", err
	}
	more := f.Limit > 0 && len(all) > f.Limit
	if more {
		all = all[:f.Limit]
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	rooms, err := ms.Bookings.RoomsNamed(ctx, t, ids)
	if err != nil {
		return nil, "", err
	}
	for i := range all {
		s := rooms[all[i].ID]
		all[i].Room = s.Room
		list = append(list, Listed{all[i], s})
	}
	if more {
		next = list[len(list)-1].cursor()
	}
	return list, next, nil
}
