package booking

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// A Presence is whether a party came.
type Presence string

// The presences.
const (
	Expected Presence = "expected"
	Present  Presence = "present"
	Excused  Presence = "excused"
	Absent   Presence = "absent"
)

// ParsePresence reads one.
func ParsePresence(s string) (Presence, bool) {
	switch p := Presence(s); p {
	case Expected, Present, Excused, Absent:
		return p, true
	}
	return "", false
}

// A Mark is what somebody saw at the door. Its id is made where it was seen, so
// that a list that was kept without a network can be sent twice.
type Mark struct {
	ID      string
	Booking string
	State   Presence
	Seats   int // how many of the party came
	At      time.Time
	Who     string // id of the person; "helper" by the helper's link
}

// clockSkew is how far a device's clock may run ahead before it is not
// believed.
const clockSkew = 5 * time.Minute

// Check takes marks of a room. The latest of a booking counts (by the moment it
// was seen, then by its id), whatever the order in which they arrive: two
// lists kept apart become one without a conflict. A mark that is known is
// passed over, one of another room is db.ErrNotFound.
func (b *Bookings) Check(ctx context.Context, by account.Actor, room string, marks []Mark) error {
	now := b.Clock.Now()
	err := b.DB.Write(ctx, func(t *db.Tx) error {
		list, err := bookingsOf(ctx, t, room)
		if err != nil {
			return err
		}
		sheet := Sheet{List: list}
		for _, m := range marks {
			x, ok := sheet.Find(m.Booking)
			if !ok {
				return db.ErrNotFound
			}
			if m.At.After(now.Add(clockSkew)) || m.At.IsZero() {
				m.At = now
			}
			m.Seats = min(max(0, m.Seats), cmp.Or(x.Held, x.Seats))
			if m.State != Present {
				m.Seats = 0
			} else if m.Seats == 0 {
				m.Seats = cmp.Or(x.Held, x.Seats)
			}
			added, err := addMark(ctx, t, room, m)
			if err != nil {
				return err
			}
			if added {
				e := account.Entry{Act: "booking.check", Kind: "booking", Object: m.Booking, By: by, Fields: account.Fields{"presence": string(m.State)}}
				if err := account.Record(ctx, t, now, e); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("check in, room %s: %w", room, err)
	}
	return nil
}

// Close marks as absent whoever was expected and did not come; those whom
// somebody has marked stay as they are. Whatever was seen at the door counts
// more, also when a phone sends it after the list was closed: the marks of
// absence stand before any other.
func (b *Bookings) Close(ctx context.Context, by account.Actor, room string) error {
	now := b.Clock.Now()
	sheet, err := b.Sheet(ctx, room)
	if err != nil {
		return err
	}
	seen, err := b.Presences(ctx, room)
	if err != nil {
		return err
	}
	err = b.at(ctx, room, by, "booking.close_door", func(t *db.Tx, d *desk) (string, error) {
		d.room.DoorClosed = now
		return "", putRoom(ctx, t, &d.room)
	})
	if err != nil {
		return err
	}
	var marks []Mark
	for i := range sheet.List {
		x := &sheet.List[i]
		last, known := seen[x.ID]
		if x.State != Confirmed || known && last.State != Expected {
			continue
		}
		at := db.Time(1)
		if known {
			at = last.At.Add(time.Microsecond)
		}
		marks = append(marks, Mark{ID: db.NewID(now), Booking: x.ID, State: Absent, At: at, Who: by.Who})
	}
	return b.Check(ctx, by, room, marks)
}

// Presences returns the mark that counts of each booking of a room that has
// one.
func (b *Bookings) Presences(ctx context.Context, room string) (map[string]Mark, error) {
	seen := map[string]Mark{}
	err := b.DB.Read(ctx, func(t *db.Tx) error {
		list, err := marksOf(ctx, t, room)
		for _, m := range list { // the latest last
			seen[m.Booking] = m
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who came, room %s: %w", room, err)
	}
	return seen, nil
}

// The purposes of links: each opens one thing only.
const (
	toManage = "manage" // one's own booking
	toCheck  = "check"  // the code of a booking, shown at the door
	toHelp   = "help"   // the list at the door, for a helper without account
)

// Link returns what the address of one's own booking carries.
func (b *Bookings) Link(id string) string { return id + "." + b.mark(toManage, id) }

// Code returns what the address in the QR code of a booking carries: it shows
// who is at the door, and changes nothing for whom may not.
func (b *Bookings) Code(id string) string { return id + "." + b.mark(toCheck, id) }

// Helper returns what the address of the list at the door carries, until the
// next NewDoor.
func (b *Bookings) Helper(r *Room) string {
	return r.ID + "." + b.mark(toHelp, fmt.Sprint(r.ID, " ", r.Door))
}

// ByLink returns the booking of a link.
func (b *Bookings) ByLink(ctx context.Context, token string) (Booking, error) {
	return b.byToken(ctx, toManage, token)
}

// ByCode returns the booking of a code.
func (b *Bookings) ByCode(ctx context.Context, token string) (Booking, error) {
	return b.byToken(ctx, toCheck, token)
}

func (b *Bookings) byToken(ctx context.Context, purpose, token string) (Booking, error) {
	id, mark, _ := strings.Cut(token, ".")
	if !b.right(mark, purpose, id) {
		return Booking{}, db.ErrNotFound
	}
	return b.Booking(ctx, id)
}

// ByHelper returns the sheet of a helper's link.
func (b *Bookings) ByHelper(ctx context.Context, token string) (Sheet, error) {
	id, mark, _ := strings.Cut(token, ".")
	s, err := b.Sheet(ctx, id)
	if err != nil {
		return s, err
	}
	if !b.right(mark, toHelp, fmt.Sprint(id, " ", s.Room.Door)) {
		return Sheet{}, db.ErrNotFound
	}
	return s, nil
}

// mark is 128 bits of an HMAC: nobody makes one for something else.
func (b *Bookings) mark(purpose, what string) string {
	h := hmac.New(sha256.New, b.Secret)
	fmt.Fprintf(h, "booking %s %s", purpose, what)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

func (b *Bookings) right(mark, purpose, what string) bool {
	return len(b.Secret) > 0 && hmac.Equal([]byte(mark), []byte(b.mark(purpose, what)))
}
