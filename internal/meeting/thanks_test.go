package meeting

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestHardCase13ThanksAndOpinions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := openBureau(t, d)
		ctx := t.Context()
		m := b.open(4)[0] // Friday
		var told []string
		h := &Thanks{DB: d, Clock: b.now, Meetings: b.Meetings, Secret: []byte("s"), Leads: func(_ context.Context, _ string, x *booking.Booking) ([]string, error) {
			return []string{"Piste de " + x.Name}, nil
		}, Send: func(_ context.Context, _ *db.Tx, l ThanksLetter) error {
			told = append(told, l.Booking.Name+", "+l.Leads[0])
			return nil
		}}
		var amina booking.Booking
		for _, name := range []string{"amina", "bruno", "claire"} {
			x, err := b.Meetings.Bookings.Book(ctx, booking.Ask{Room: m.ID, Name: name, Mail: name + "@lys.fr", By: nadia})
			if err != nil {
				t.Fatal(err)
			}
			state := booking.Present
			if name == "bruno" {
				state = booking.Absent
			}
			if name == "amina" {
				amina = x
			}
			if name == "claire" {
				continue // nobody marked her
			}
			if err := b.Meetings.Bookings.Check(ctx, nadia, m.ID, []booking.Mark{{ID: name, Booking: x.ID, State: state, Seats: 1, At: monday}}); err != nil {
				t.Fatal(err)
			}
		}
		b.now.Pass(5 * 24 * time.Hour) // Saturday
		if err := h.Tidy(ctx); err != nil || len(told) > 0 {
			t.Errorf("at a week-end %v are told, %v", told, err)
		}
		b.now.Pass(2 * 24 * time.Hour)
		for range 2 {
			if err := h.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{"amina, Piste de amina"}, told); diff != "" {
			t.Error(diff)
		}
		// Claire is marked when her phone finds a network again, after the others
		// were thanked: she is too, once.
		claire := sheetOf(t, b.Meetings, m.ID, "claire")
		if err := b.Meetings.Bookings.Check(ctx, nadia, m.ID, []booking.Mark{{ID: "late", Booking: claire.ID, State: booking.Present, Seats: 1, At: monday}}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := h.Tidy(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff([]string{"amina, Piste de amina", "claire, Piste de claire"}, told); diff != "" {
			t.Error(diff)
		}
		link := h.Link(&amina)
		for _, o := range []Opinion{Half, Useful, Useful} {
			if err := h.Say(ctx, link, o); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := h.Opinions(ctx, m.ID); err != nil || n[Useful] != 1 || len(n) != 1 {
			t.Errorf("%v, %v", n, err)
		}
		for _, token := range []string{"", amina.ID, amina.ID + ".x"} {
			if err := h.Say(ctx, token, Useful); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("%q counts: %v", token, err)
			}
		}
	})
}

// sheetOf returns the booking of a name.
func sheetOf(t *testing.T, ms *Meetings, room, name string) booking.Booking {
	t.Helper()
	s, err := ms.Bookings.Sheet(t.Context(), room)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range s.List {
		if x.Name == name {
			return x
		}
	}
	t.Fatalf("%s has not booked", name)
	return booking.Booking{}
}
