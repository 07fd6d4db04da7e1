package booking

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// evening is a room of so many seats that begins in an hour.
func evening(seats int) Room {
	return Room{ID: "isbergues", Kind: "meeting", Seats: seats, Offers: 1, OfferFor: 8 * time.Hour, LastCall: 3 * time.Hour, Start: noon.Add(time.Hour), End: noon.Add(3 * time.Hour)}
}

func arrival(name string, seats int) Arrival {
	a := ask("isbergues", name, seats)
	a.Mail, a.Key, a.By = "", "press-"+name, nadia
	return Arrival{Ask: a}
}

func TestArrive(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, post, now := opened(t, d, evening(4))
		now.Pass(90 * time.Minute) // it has begun
		for range 2 {
			x, err := b.Arrive(t.Context(), arrival("bruno", 3))
			if err != nil || x.State != Confirmed || x.Held != 3 {
				t.Fatalf("%+v, %v", x, err)
			}
		}
		if _, err := b.Arrive(t.Context(), arrival("claire", 2)); !errors.Is(err, ErrFull) {
			t.Errorf("two for one seat: %v", err)
		}
		waits := arrival("claire", 2)
		waits.Wait = true
		claire, err := b.Arrive(t.Context(), waits)
		if err != nil || claire.State != Waiting {
			t.Fatalf("%+v, %v", claire, err)
		}
		if _, err := b.LetIn(t.Context(), nadia, claire.ID); !errors.Is(err, ErrFull) {
			t.Errorf("let in without a seat: %v", err)
		}
		s, err := b.Sheet(t.Context(), "isbergues")
		if err != nil || len(s.List) != 2 {
			t.Fatalf("%d parties, %v", len(s.List), err)
		}
		seen, err := b.Presences(t.Context(), "isbergues")
		if err != nil || len(seen) != 1 {
			t.Errorf("%v, %v", seen, err)
		}
		for _, x := range s.List {
			if x.Name == "bruno" {
				if seen[x.ID].Seats != 3 {
					t.Errorf("bruno came with %d", seen[x.ID].Seats)
				}
				if _, err := b.Cancel(t.Context(), nadia, x.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if x, err := b.LetIn(t.Context(), nadia, claire.ID); err != nil || x.State != Confirmed {
			t.Errorf("let in: %+v, %v", x, err)
		}
		if len(post.last) > 2 {
			t.Errorf("letters: %v", post.n)
		}
		now.Pass(2 * time.Hour)
		if _, err := b.Arrive(t.Context(), arrival("denise", 1)); !errors.Is(err, ErrClosed) {
			t.Errorf("when all is over: %v", err)
		}
	})
}

func TestArriveBeforeTheDoorOpens(t *testing.T) {
	r := evening(4)
	r.Start, r.End = noon.Add(48*time.Hour), noon.Add(50*time.Hour)
	b, _, _ := opened(t, dbtest.SQLite(t), r)
	if _, err := b.Arrive(t.Context(), arrival("bruno", 1)); !errors.Is(err, ErrClosed) {
		t.Errorf("two days before: %v", err)
	}
}

// Forty people come to the door at once for ten seats, each seen by two
// helpers.
func TestHardCase01CrowdAtTheDoor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, _ := opened(t, d, evening(10))
		var wait sync.WaitGroup
		for n := range 40 {
			for range 2 {
				wait.Go(func() {
					if _, err := b.Arrive(t.Context(), arrival(fmt.Sprint("passant ", n), 1+n%3)); err != nil && !errors.Is(err, ErrFull) {
						t.Error(err)
					}
				})
			}
		}
		wait.Wait()
		s, err := b.Sheet(t.Context(), "isbergues")
		if err != nil {
			t.Fatal(err)
		}
		seen, err := b.Presences(t.Context(), "isbergues")
		if err != nil {
			t.Fatal(err)
		}
		held, came := 0, 0
		for _, x := range s.List {
			held += x.Held
		}
		for _, m := range seen {
			came += m.Seats
		}
		if held != 10 || came != held || len(seen) != len(s.List) {
			t.Errorf("%d seats are held of 10, %d came, %d parties of which %d were marked", held, came, len(s.List), len(seen))
		}
	})
}

// A phone that was without a network sends what it saw after the list was
// closed: who was there is not absent.
func TestCloseBeforeTheLastPhone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, now := opened(t, d, evening(4))
		amina, bruno := book(t, b, ask("isbergues", "amina", 1)), book(t, b, ask("isbergues", "bruno", 1))
		seen := now.Now().Add(time.Minute)
		now.Pass(time.Hour)
		if err := b.Close(t.Context(), nadia, "isbergues"); err != nil {
			t.Fatal(err)
		}
		if s, err := b.Sheet(t.Context(), "isbergues"); err != nil || !s.Room.DoorClosed.Equal(now.Now()) {
			t.Errorf("closed at %s, %v", s.Room.DoorClosed, err)
		}
		if err := b.Check(t.Context(), nadia, "isbergues", []Mark{{ID: "late", Booking: amina.ID, State: Present, At: seen}}); err != nil {
			t.Fatal(err)
		}
		last, err := b.Presences(t.Context(), "isbergues")
		if err != nil || last[amina.ID].State != Present || last[bruno.ID].State != Absent {
			t.Errorf("%+v, %v", last, err)
		}
	})
}
