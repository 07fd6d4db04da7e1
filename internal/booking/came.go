package booking

import (
	"context"

	"passerelle/internal/db"
)

// Came is who was present at any event: by the id of the person and by the
// address they booked under.
type Came struct{ person, mail map[string]bool }

// Has reports whether somebody came to any event.
func (c *Came) Has(person, mail string) bool {
	return person != "" && c.person[person] || mail != "" && c.mail[mailKey(mail)]
}

// CameIn returns who was present at any event, in the transaction of another
// act. A mark that was taken back later is counted too: it only keeps somebody
// off a list of those who never came.
func (b *Bookings) CameIn(ctx context.Context, t *db.Tx) (Came, error) {
	c := Came{map[string]bool{}, map[string]bool{}}
	for row, err := range t.Query(ctx, `
		SELECT DISTINCT b.person, b.mail_key
		FROM booking b
		JOIN booking_mark m ON m.booking = b.id
		WHERE m.state = 'present'`) {
		if err != nil {
			return c, err
		}
		var person, mail string
		if err := row.Scan(&person, &mail); err != nil {
			return c, err
		}
		c.person[person], c.mail[mail] = true, true
	}
	return c, nil
}

// SameMail reports whether two addresses are one.
func SameMail(a, b string) bool { return a != "" && mailKey(a) == mailKey(b) }
