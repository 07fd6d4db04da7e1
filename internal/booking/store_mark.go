package booking

import (
	"context"
	"time"

	"passerelle/internal/db"
)

// addMark reports whether the mark is new.
func addMark(ctx context.Context, t *db.Tx, room string, m Mark) (bool, error) {
	n, err := t.Exec(ctx, `
		INSERT INTO booking_mark (id, booking, room, state, seats, at, who)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO NOTHING`, m.ID, m.Booking, room, m.State, m.Seats, db.Micros(m.At), m.Who)
	return n > 0, err
}

func marksOf(ctx context.Context, t *db.Tx, room string) ([]Mark, error) {
	return db.All(ctx, t, func(r *db.Row) (m Mark, err error) {
		var at int64
		err = r.Scan(&m.ID, &m.Booking, &m.State, &m.Seats, &at, &m.Who)
		m.At = db.Time(at)
		return m, err
	}, `
		SELECT id, booking, state, seats, at, who
		FROM booking_mark
		WHERE room = $1
		ORDER BY at, id`, room)
}

// bare takes out of bookings who made them, and what they said of themselves;
// how many they were stays, for the count.
const bare = `
	UPDATE booking SET name = '', name_key = '', mail = '', mail_key = '', phone = '', person = '', siret = 0, party = '{}'
	WHERE `

// others says of every room in which bookings are about to be made bare that
// they are others now.
const others = `
	UPDATE booking_room SET version = $3
	WHERE id IN (SELECT room FROM booking WHERE `

func forgetBookings(ctx context.Context, t *db.Tx, person, mail string) error {
	const of = `person <> '' AND person = $1 OR mail_key <> '' AND mail_key = $2`
	if _, err := t.Exec(ctx, others+of+` OR made_by = $1)`, person, mail, nextNumber()); err != nil {
		return err
	}
	if _, err := t.Exec(ctx, bare+of, person, mail); err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `UPDATE booking SET made_by = '' WHERE made_by = $1`, person); err != nil {
		return err
	}
	_, err := t.Exec(ctx, `UPDATE booking_mark SET who = '' WHERE who = $1`, person)
	return err
}

// forgetEnded forgets who booked the events that ended before a moment.
func forgetEnded(ctx context.Context, t *db.Tx, before time.Time) (int64, error) {
	if _, err := t.Exec(ctx, `
		UPDATE booking_room SET version = $2
		WHERE ends_at < $1`, db.Micros(before), nextNumber()); err != nil {
		return 0, err
	}
	return t.Exec(ctx, bare+`(mail_key <> '' OR name_key <> '' OR phone <> '')
		AND room IN (SELECT id FROM booking_room WHERE ends_at < $1)`, db.Micros(before))
}
