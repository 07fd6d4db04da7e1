package booking

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

const roomColumns = `id, kind, seats, reserved, largest, skips, approval, offer_for, offers, last_offer,
	opens_at, closes_at, starts_at, ends_at, called_off, door, sequence, door_closed_at`

// lockRoom reads a room and keeps its row until the transaction ends: the next
// act on it waits, or runs again. The number is the one that the last act left
// there.
func lockRoom(ctx context.Context, t *db.Tx, id string) (r Room, number int64, err error) {
	s := &roomRow{}
	err = t.One(ctx, append(s.into(), &number), `
		UPDATE booking_room SET version = version
		WHERE id = $1
		RETURNING `+roomColumns+`, version`, id)
	return s.room(), number, err
}

// renumber says that the bookings of a room are others now.
func renumber(ctx context.Context, t *db.Tx, id string, number int64) error {
	_, err := t.Exec(ctx, `UPDATE booking_room SET version = $2 WHERE id = $1`, id, number)
	return err
}

func readRoom(ctx context.Context, t *db.Tx, id string) (Room, int64, error) {
	s := &roomRow{}
	var number int64
	err := t.One(ctx, append(s.into(), &number), `SELECT `+roomColumns+`, version FROM booking_room WHERE id = $1`, id)
	return s.room(), number, err
}

// between says which rooms, r, of a kind lie within bounds.
const between = ` r.kind = $1 AND r.ends_at >= $2 AND r.starts_at < $3 `

// upTo is a bound as between takes it: none is the last moment there is.
func upTo(t time.Time) int64 {
	if t.IsZero() {
		return math.MaxInt64
	}
	return db.Micros(t)
}

func roomsOf(ctx context.Context, t *db.Tx, kind string, from, to time.Time) ([]Room, error) {
	return db.All(ctx, t, scanRoom, `SELECT `+roomColumns+` FROM booking_room r WHERE`+between+`ORDER BY id`, kind, micros(from), upTo(to))
}

func bookingsOfRooms(ctx context.Context, t *db.Tx, kind string, from, to time.Time) ([]Booking, error) {
	return db.All(ctx, t, scanBooking, `
		SELECT `+bookingColumns+`
		FROM booking
		WHERE room IN (SELECT r.id FROM booking_room r WHERE`+between+`)
		ORDER BY queued_at, id`, kind, micros(from), upTo(to))
}

// roomsNamed returns rooms by their ids, and their bookings.
func roomsNamed(ctx context.Context, t *db.Tx, ids []string) (map[string]Sheet, error) {
	all := make(map[string]Sheet, len(ids))
	for some := range slices.Chunk(ids, 500) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		rooms, err := db.All(ctx, t, scanRoom, `SELECT `+roomColumns+` FROM booking_room WHERE id IN (`+db.In(1, len(args))+`)`, args...)
		if err != nil {
			return nil, err
		}
		list, err := db.All(ctx, t, scanBooking, `
			SELECT `+bookingColumns+`
			FROM booking
			WHERE room IN (`+db.In(1, len(args))+`)
			ORDER BY queued_at, id`, args...)
		if err != nil {
			return nil, err
		}
		gather(all, rooms, list)
	}
	return all, nil
}

// gather puts bookings to their rooms.
func gather(all map[string]Sheet, rooms []Room, list []Booking) {
	for _, r := range rooms {
		all[r.ID] = Sheet{Room: r}
	}
	for _, x := range list {
		s := all[x.Room]
		s.List = append(s.List, x)
		all[x.Room] = s
	}
}

func scanRoom(r *db.Row) (Room, error) {
	s := &roomRow{}
	err := r.Scan(s.into()...)
	return s.room(), err
}

// A roomRow is a room as the table has it.
type roomRow struct {
	Room
	offer, last                 int64 // minutes
	opens, closes, starts, ends int64
	closed                      int64
}

func (s *roomRow) into() []any {
	return []any{
		&s.ID, &s.Kind, &s.Seats, &s.Reserved, &s.Largest, &s.Skips, &s.Approval, &s.offer, &s.Offers, &s.last,
		&s.opens, &s.closes, &s.starts, &s.ends, &s.CalledOff, &s.Door, &s.Sequence, &s.closed,
	}
}

func (s *roomRow) room() Room {
	r := s.Room
	r.OfferFor, r.LastCall = time.Duration(s.offer)*time.Minute, time.Duration(s.last)*time.Minute
	r.Opens, r.Closes, r.Start, r.End = moment(s.opens), moment(s.closes), moment(s.starts), moment(s.ends)
	r.DoorClosed = moment(s.closed)
	return r
}

// values lists a room in the order of roomColumns.
func (r *Room) values() []any {
	return []any{
		r.ID, r.Kind, r.Seats, r.Reserved, r.Largest, r.Skips, r.Approval, int64(r.OfferFor / time.Minute), r.Offers, int64(r.LastCall / time.Minute),
		micros(r.Opens), micros(r.Closes), micros(r.Start), micros(r.End), r.CalledOff, r.Door, r.Sequence, micros(r.DoorClosed),
	}
}

func addRoom(ctx context.Context, t *db.Tx, r *Room) error {
	_, err := t.Exec(ctx, `
		INSERT INTO booking_room (`+roomColumns+`, version)
		VALUES (`+db.In(1, 18)+`, 0)`, r.values()...)
	return err
}

func putRoom(ctx context.Context, t *db.Tx, r *Room) error {
	_, err := t.Exec(ctx, `
		UPDATE booking_room SET
			kind = $2, seats = $3, reserved = $4, largest = $5, skips = $6, approval = $7, offer_for = $8, offers = $9, last_offer = $10,
			opens_at = $11, closes_at = $12, starts_at = $13, ends_at = $14, called_off = $15, door = $16, sequence = $17, door_closed_at = $18
		WHERE id = $1`, r.values()...)
	return err
}

// roomsToServe returns the rooms in which an offer has ended, or somebody may
// be offered a seat again.
func roomsToServe(ctx context.Context, t *db.Tx, now time.Time) ([]string, error) {
	return db.All(ctx, t, scanText, `
		SELECT DISTINCT room
		FROM booking
		WHERE state = 'offered' AND expires_at <= $1
			OR state = 'waiting' AND not_before > 0 AND not_before <= $1
		ORDER BY room`, db.Micros(now))
}

// roomsFrom returns the rooms that begin within a span and have somebody to
// remind.
func roomsFrom(ctx context.Context, t *db.Tx, from, to time.Time) ([]string, error) {
	return db.All(ctx, t, scanText, `
		SELECT r.id
		FROM booking_room r
		WHERE r.starts_at > $1 AND r.starts_at <= $2 AND NOT r.called_off
			AND EXISTS (SELECT 1 FROM booking b WHERE b.room = r.id AND b.state = 'confirmed' AND b.reminded_at = 0)
		ORDER BY r.id`, db.Micros(from), db.Micros(to))
}

func scanText(r *db.Row) (s string, err error) { err = r.Scan(&s); return s, err }

const bookingColumns = `id, room, state, state_was, seats, least, held, reserved, queued_at, not_before, expires_at, offers,
	name, mail, phone, person, siret, party, made_by, created_at, changed_at, reminded_at`

func bookingsOf(ctx context.Context, t *db.Tx, room string) ([]Booking, error) {
	return db.All(ctx, t, scanBooking, `
		SELECT `+bookingColumns+`
		FROM booking
		WHERE room = $1
		ORDER BY queued_at, id`, room)
}

func bookingsOfPerson(ctx context.Context, t *db.Tx, person, mail string) ([]Booking, error) {
	return db.All(ctx, t, scanBooking, `
		SELECT `+bookingColumns+`
		FROM booking
		WHERE person <> '' AND person = $1 OR mail_key <> '' AND mail_key = $2
		ORDER BY created_at DESC, id DESC`, person, mail)
}

func readBooking(ctx context.Context, t *db.Tx, id string) (Booking, error) {
	return oneBooking(ctx, t, `SELECT `+bookingColumns+` FROM booking WHERE id = $1`, id)
}

func oneBooking(ctx context.Context, t *db.Tx, query string, args ...any) (Booking, error) {
	list, err := db.All(ctx, t, scanBooking, query, args...)
	if err == nil && len(list) == 0 {
		err = db.ErrNotFound
	}
	if err != nil {
		return Booking{}, err
	}
	return list[0], nil
}

func scanBooking(r *db.Row) (b Booking, err error) {
	var queued, notBefore, expires, created, changed, reminded, firm int64
	var party string
	if err := r.Scan(&b.ID, &b.Room, &b.State, &b.Was, &b.Seats, &b.Least, &b.Held, &b.Reserved, &queued, &notBefore, &expires, &b.Offers,
		&b.Name, &b.Mail, &b.Phone, &b.Person, &firm, &party, &b.MadeBy, &created, &changed, &reminded); err != nil {
		return b, err
	}
	b.SIRET = register.SIRET(firm)
	b.QueuedAt, b.NotTill, b.Expires = moment(queued), moment(notBefore), moment(expires)
	b.CreatedAt, b.ChangedAt, b.RemindedAt = moment(created), moment(changed), moment(reminded)
	return b, json.Unmarshal([]byte(party), &b.Party)
}

// putBooking writes a booking and makes it what its row says.
func putBooking(ctx context.Context, t *db.Tx, b *Booking, fresh bool) error {
	party, err := json.Marshal(b.Party)
	if err != nil {
		return err
	}
	args := []any{
		b.ID, b.State, b.Was, b.Seats, b.Least, b.Held, b.Reserved, micros(b.QueuedAt), micros(b.NotTill), micros(b.Expires), b.Offers,
		b.Name, fold.Key(b.Name), b.Mail, mailKey(b.Mail), b.Phone, b.Person, int64(b.SIRET), string(party), b.MadeBy, micros(b.CreatedAt), micros(b.ChangedAt), micros(b.RemindedAt),
	}
	put := `
		UPDATE booking SET
			state = $2, state_was = $3, seats = $4, least = $5, held = $6, reserved = $7, queued_at = $8, not_before = $9, expires_at = $10, offers = $11,
			name = $12, name_key = $13, mail = $14, mail_key = $15, phone = $16, person = $17, siret = $18, party = $19, made_by = $20,
			created_at = $21, changed_at = $22, reminded_at = $23
		WHERE id = $1`
	if fresh {
		put, args = `
			INSERT INTO booking (id, state, state_was, seats, least, held, reserved, queued_at, not_before, expires_at, offers,
				name, name_key, mail, mail_key, phone, person, siret, party, made_by, created_at, changed_at, reminded_at, room)
			VALUES (`+db.In(1, 24)+`)`, append(args, b.Room)
	}
	*b, err = oneBooking(ctx, t, put+` RETURNING `+bookingColumns, args...)
	return err
}

func keyOf(ctx context.Context, t *db.Tx, room, key string) (body, booking string, err error) {
	err = t.One(ctx, []any{&body, &booking}, `SELECT body, booking FROM booking_key WHERE room = $1 AND key = $2`, room, key)
	return body, booking, err
}

func addKey(ctx context.Context, t *db.Tx, room, key, body, booking string) error {
	_, err := t.Exec(ctx, `INSERT INTO booking_key (room, key, body, booking) VALUES ($1, $2, $3, $4)`, room, key, body, booking)
	return err
}

// mailKey is what two spellings of an address have in common.
func mailKey(mail string) string { return strings.ToLower(strings.TrimSpace(mail)) }

// micros and moment store the zero time as 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return db.Micros(t)
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return db.Time(micros)
}
