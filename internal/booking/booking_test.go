package booking

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// A letterbox keeps the letters of transactions that held.
type letterbox struct {
	mu   sync.Mutex
	last map[string]Letter // by booking
	n    map[string]int    // by booking and kind
}

func (l *letterbox) tell(_ context.Context, _ *db.Tx, x Letter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last[x.Booking.ID] = x
	l.n[x.Booking.ID+" "+x.Kind]++
	return nil
}

var (
	web   = account.Actor{Channel: account.Web}
	nadia = account.Actor{Who: "nadia", Channel: account.Phone}
)

// opened opens a house with one room.
func opened(t *testing.T, d *db.DB, r Room) (*Bookings, *letterbox, *clock.Held) {
	t.Helper()
	post := &letterbox{last: map[string]Letter{}, n: map[string]int{}}
	now := clock.Hold(noon)
	b := &Bookings{DB: d, Clock: now, Secret: []byte("of the house"), Tell: post.tell}
	if err := d.Write(t.Context(), func(tx *db.Tx) error { return b.Add(t.Context(), tx, r) }); err != nil {
		t.Fatal(err)
	}
	return b, post, now
}

func ask(room, name string, seats int) Ask {
	return Ask{Room: room, Name: name, Mail: name + "@lys.fr", Seats: seats, By: web}
}

func book(t *testing.T, b *Bookings, a Ask) Booking {
	t.Helper()
	x, err := b.Book(t.Context(), a)
	if err != nil {
		t.Fatalf("%s: %v", a.Name, err)
	}
	return x
}

func sheet(t *testing.T, b *Bookings, room string) Sheet {
	t.Helper()
	s, err := b.Sheet(t.Context(), room)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLine(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, post, now := opened(t, d, hall(3))
		amina, bruno := book(t, b, ask("isbergues", "amina", 2)), book(t, b, ask("isbergues", "bruno", 2))
		if amina.State != Confirmed || bruno.State != Waiting {
			t.Fatalf("amina %s, bruno %s", amina.State, bruno.State)
		}
		claire := book(t, b, ask("isbergues", "claire", 1))
		if claire.State != Waiting {
			t.Errorf("claire passed bruno: %s", claire.State)
		}
		if s := sheet(t, b, "isbergues"); Left(&s.Room, s.List, now.Now()) != 0 || Position(s.List, claire.ID) != 2 {
			t.Errorf("%d left, claire is %d", Left(&s.Room, s.List, now.Now()), Position(s.List, claire.ID))
		}
		if again := book(t, b, ask("isbergues", "Amina", 1)); again.ID != amina.ID || again.Seats != 2 {
			t.Errorf("booked twice: %+v", again)
		}
		for range 2 {
			if _, err := b.Cancel(t.Context(), web, amina.ID); err != nil {
				t.Fatal(err)
			}
		}
		if l := post.last[bruno.ID]; l.Kind != "booking.offered" || l.Booking.Held != 2 {
			t.Fatalf("bruno was told %s", l.Kind)
		}
		if l := post.last[claire.ID]; l.Kind != "booking.offered" {
			t.Errorf("claire was told %s", l.Kind)
		}
		if n := post.n[amina.ID+" booking.cancelled"]; n != 1 {
			t.Errorf("%d letters of one cancellation", n)
		}
		if x, err := b.Accept(t.Context(), web, bruno.ID); err != nil || x.State != Confirmed {
			t.Errorf("bruno accepts: %s, %v", x.State, err)
		}
		now.Pass(72 * time.Hour)
		if err := b.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Accept(t.Context(), web, claire.ID); !errors.Is(err, ErrOver) {
			t.Errorf("an offer that ended: %v", err)
		}
		if l := post.last[claire.ID]; l.Kind != "booking.lapsed" {
			t.Errorf("claire was told %s", l.Kind)
		}
	})
}

func TestResize(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, post, _ := opened(t, d, hall(5))
		amina, bruno := book(t, b, ask("isbergues", "amina", 2)), book(t, b, ask("isbergues", "bruno", 2))
		if x, err := b.Resize(t.Context(), web, amina.ID, 3); err != nil || x.Held != 3 {
			t.Fatalf("one more: %+v, %v", x, err)
		}
		if _, err := b.Resize(t.Context(), web, bruno.ID, 3); !errors.Is(err, ErrFull) {
			t.Errorf("more than there is: %v", err)
		}
		claire := book(t, b, ask("isbergues", "claire", 2))
		if x, err := b.Resize(t.Context(), web, amina.ID, 1); err != nil || x.Held != 1 {
			t.Fatalf("two fewer: %+v, %v", x, err)
		}
		if post.last[claire.ID].Kind != "booking.offered" || post.last[amina.ID].Kind != Changed {
			t.Errorf("claire was told %s, amina %s", post.last[claire.ID].Kind, post.last[amina.ID].Kind)
		}
		if _, err := b.Resize(t.Context(), web, amina.ID, 6); !errors.Is(err, ErrParty) {
			t.Errorf("more than the hall: %v", err)
		}
	})
}

// HardCase05: reserved seats that change while people wait are given in the
// same act; fewer seats than are held are refused.
func TestHardCase05Arrange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		room := hall(4)
		room.Reserved = 2
		b, post, _ := opened(t, d, room)
		book(t, b, ask("isbergues", "amina", 2))
		bruno := book(t, b, ask("isbergues", "bruno", 1))
		a := ask("isbergues", "maire", 1)
		a.Reserved = true
		if x := book(t, b, a); x.State != Confirmed {
			t.Errorf("the mayor: %s", x.State)
		}
		if err := b.Arrange(t.Context(), nadia, "isbergues", false, func(_ *db.Tx, r *Room) error { r.Reserved = 1; return nil }); err != nil {
			t.Fatal(err)
		}
		if l := post.last[bruno.ID]; l.Kind != "booking.offered" {
			t.Errorf("bruno was told %s", l.Kind)
		}
		for _, how := range []func(*db.Tx, *Room) error{
			func(_ *db.Tx, r *Room) error { r.Seats = 3; return nil },
			func(_ *db.Tx, r *Room) error { r.Reserved = 2; return nil },
			func(_ *db.Tx, r *Room) error { r.Reserved = 0; return nil },
			func(_ *db.Tx, r *Room) error { r.End = r.Start; return nil },
		} {
			if err := b.Arrange(t.Context(), nadia, "isbergues", false, how); !errors.Is(err, ErrHeld) {
				t.Errorf("what is held was taken: %v", err)
			}
		}
	})
}

// HardCase06: called off, then on again, each has its own words and its one
// mail.
func TestHardCase06CalledOff(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, post, _ := opened(t, d, hall(2))
		amina, bruno := book(t, b, ask("isbergues", "amina", 2)), book(t, b, ask("isbergues", "bruno", 1))
		for range 2 {
			if err := b.CallOff(t.Context(), nadia, "isbergues"); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Book(t.Context(), ask("isbergues", "claire", 1)); !errors.Is(err, ErrClosed) {
			t.Errorf("booked what does not take place: %v", err)
		}
		for range 2 {
			if err := b.Reinstate(t.Context(), nadia, "isbergues"); err != nil {
				t.Fatal(err)
			}
		}
		for id, want := range map[string]State{amina.ID: Confirmed, bruno.ID: Waiting} {
			x, err := b.Booking(t.Context(), id)
			if err != nil || x.State != want || post.n[id+" booking.called_off"] != 1 || post.n[id+" "+Reinstated] != 1 {
				t.Errorf("%s: %s, letters %v, %v", x.Name, x.State, post.n, err)
			}
		}
	})
}

// HardCase01, 03, 04, 09: five hundred people, changes of mind, changes of the
// hall, all at once; whoever acts.
func TestHardCase01Crowd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		room := hall(120)
		room.Reserved, room.OfferFor = 10, 0
		b, post, now := opened(t, d, room)
		var mu sync.Mutex
		var ids []string
		some := func(r *rand.Rand) string {
			mu.Lock()
			defer mu.Unlock()
			if len(ids) == 0 {
				return "nobody"
			}
			return ids[r.IntN(len(ids))]
		}
		refusals := []error{ErrFull, ErrParty, ErrOver, ErrHeld, ErrTooMany, db.ErrNotFound}
		var wait sync.WaitGroup
		for worker := range 20 {
			wait.Go(func() {
				r := rand.New(rand.NewPCG(62473, uint64(worker)))
				for i := range 25 {
					var err error
					var x Booking
					switch n := r.IntN(20); {
					case n < 11:
						a := ask("isbergues", fmt.Sprintf("p%d-%d", worker, i), 1+r.IntN(5))
						if x, err = b.Book(t.Context(), a); err == nil {
							mu.Lock()
							ids = append(ids, x.ID)
							mu.Unlock()
						}
					case n < 14:
						_, err = b.Cancel(t.Context(), web, some(r))
					case n < 17:
						_, err = b.Resize(t.Context(), web, some(r), 1+r.IntN(6))
					case n < 18:
						_, err = b.Accept(t.Context(), web, some(r))
					default:
						err = b.Arrange(t.Context(), nadia, "isbergues", false, func(_ *db.Tx, r *Room) error { r.Seats = 100 + i; return nil })
					}
					known := err == nil
					for _, refusal := range refusals {
						known = known || errors.Is(err, refusal)
					}
					if !known {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		s := sheet(t, b, "isbergues")
		if free := Free(&s.Room, s.List, false); free < 0 {
			t.Errorf("over capacity by %d", -free)
		} else if line := Line(s.List); len(line) > 0 && line[0].Least <= free {
			t.Errorf("%d seats are free and %s waits with %d", free, line[0].Name, line[0].Least)
		}
		if len(s.List) != len(ids) {
			t.Errorf("%d bookings are kept of %d that were acknowledged", len(s.List), len(ids))
		}
		for _, x := range s.List {
			if l, ok := post.last[x.ID]; !ok || l.Booking.State != x.State || l.Booking.Held != x.Held {
				t.Errorf("%s is %s with %d seats and was told %s with %d", x.Name, x.State, x.Held, l.Booking.State, l.Booking.Held)
			}
		}
		if changed := Settle(&s.Room, s.List, now.Now(), ""); len(changed) > 0 {
			t.Errorf("%d bookings were left unserved", len(changed))
		}
	})
}

// HardCase01: the race is real. The same check outside the transaction sells
// the last seat more than once.
func TestHardCase01NaiveSellsTwice(t *testing.T) {
	b, _, _ := opened(t, dbtest.SQLite(t), hall(1))
	var wait, looked sync.WaitGroup
	looked.Add(8)
	for i := range 8 {
		wait.Go(func() {
			s, err := b.Sheet(t.Context(), "isbergues")
			if err != nil {
				t.Error(err)
			}
			looked.Done()
			looked.Wait()
			if Free(&s.Room, s.List, false) > 0 {
				x := party(fmt.Sprint("naive", i), 1, Confirmed)
				x.Room = "isbergues"
				if err := b.DB.Write(t.Context(), func(tx *db.Tx) error {
					return errors.Join(putBooking(t.Context(), tx, &x, true), renumber(t.Context(), tx, "isbergues", nextNumber()))
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	if s := sheet(t, b, "isbergues"); Free(&s.Room, s.List, false) >= 0 {
		t.Error("the naive way did not sell the seat twice: the test proves nothing")
	}
}

func TestKey(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, _ := opened(t, d, hall(50))
		a := ask("isbergues", "amina", 1)
		a.Key = "k-1"
		ids := make(chan string, 20)
		var wait sync.WaitGroup
		for range 20 {
			wait.Go(func() {
				x, err := b.Book(t.Context(), a)
				if err != nil {
					t.Error(err)
				}
				ids <- x.ID
			})
		}
		wait.Wait()
		close(ids)
		first := <-ids
		for id := range ids {
			if id != first {
				t.Error("one key booked twice")
			}
		}
		a.Seats = 2
		if _, err := b.Book(t.Context(), a); !errors.Is(err, ErrKey) {
			t.Errorf("the same key, another body: %v", err)
		}
		for i := range PerMail + 1 {
			c := ask("isbergues", "secretary", 1)
			c.Name = fmt.Sprint("colleague ", i)
			_, err := b.Book(t.Context(), c)
			if (i < PerMail) != (err == nil) || err != nil && !errors.Is(err, ErrTooMany) {
				t.Errorf("number %d: %v", i+1, err)
			}
		}
	})
}

func TestDoor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, _, now := opened(t, d, hall(9))
		amina, bruno := book(t, b, ask("isbergues", "amina", 3)), book(t, b, ask("isbergues", "bruno", 1))
		seen := now.Now()
		offline := []Mark{
			{ID: "a1", Booking: amina.ID, State: Present, Seats: 2, At: seen.Add(time.Minute)},
			{ID: "b1", Booking: bruno.ID, State: Absent, At: seen.Add(time.Minute)},
		}
		live := []Mark{{ID: "b2", Booking: bruno.ID, State: Present, At: seen.Add(2 * time.Minute)}}
		now.Pass(time.Hour)
		for _, marks := range [][]Mark{live, offline, offline} { // late, and twice
			if err := b.Check(t.Context(), nadia, "isbergues", marks); err != nil {
				t.Fatal(err)
			}
		}
		got, err := b.Presences(t.Context(), "isbergues")
		if err != nil || got[amina.ID].Seats != 2 || got[bruno.ID].State != Present || got[bruno.ID].Seats != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if err := b.Check(t.Context(), nadia, "isbergues", []Mark{{ID: "x", Booking: "nobody", State: Present}}); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("somebody of another room: %v", err)
		}
		ahead := Mark{ID: "a2", Booking: amina.ID, State: Excused, At: now.Now().AddDate(1, 0, 0)}
		if err := b.Check(t.Context(), nadia, "isbergues", []Mark{ahead}); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Presences(t.Context(), "isbergues"); err != nil || got[amina.ID].At.After(now.Now()) {
			t.Errorf("a clock a year ahead was believed: %v, %v", got[amina.ID].At, err)
		}
		claire := book(t, b, ask("isbergues", "claire", 1))
		if err := b.Close(t.Context(), nadia, "isbergues"); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Presences(t.Context(), "isbergues"); err != nil || got[claire.ID].State != Absent || got[bruno.ID].State != Present {
			t.Errorf("after closing: %+v, %v", got, err)
		}
	})
}

func TestLinks(t *testing.T) {
	b, _, _ := opened(t, dbtest.SQLite(t), hall(9))
	amina, bruno := book(t, b, ask("isbergues", "amina", 1)), book(t, b, ask("isbergues", "bruno", 1))
	if x, err := b.ByLink(t.Context(), b.Link(amina.ID)); err != nil || x.ID != amina.ID {
		t.Errorf("her link: %v, %v", x.ID, err)
	}
	s := sheet(t, b, "isbergues")
	helper := b.Helper(&s.Room)
	if _, err := b.ByHelper(t.Context(), helper); err != nil {
		t.Errorf("the helper's link: %v", err)
	}
	for _, forged := range []string{"", ".", amina.ID, amina.ID + ".", b.Code(amina.ID), bruno.ID + b.Link(amina.ID)[len(amina.ID):]} {
		if _, err := b.ByLink(t.Context(), forged); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("%q opened a booking: %v", forged, err)
		}
	}
	if err := b.NewDoor(t.Context(), nadia, "isbergues"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.ByHelper(t.Context(), helper); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("an old helper's link: %v", err)
	}
}

// HardCase18: one reminder, to who has a seat, booked before it was due and
// did not cancel.
func TestHardCase18Reminder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, post, now := opened(t, d, hall(2))
		amina, bruno := book(t, b, ask("isbergues", "amina", 1)), book(t, b, ask("isbergues", "bruno", 1))
		claire := book(t, b, ask("isbergues", "claire", 1))
		if _, err := b.Cancel(t.Context(), web, bruno.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Accept(t.Context(), web, claire.ID); err != nil {
			t.Fatal(err)
		}
		now.Pass(RemindAt(hall(2).Start).Sub(noon) - time.Minute)
		tidy := func() {
			t.Helper()
			if err := b.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tidy()
		if n := post.n[amina.ID+" "+Reminder]; n != 0 {
			t.Error("reminded too early")
		}
		now.Pass(time.Minute)
		tidy()
		if err := b.Arrange(t.Context(), nadia, "isbergues", false, func(_ *db.Tx, r *Room) error { r.Seats = 3; return nil }); err != nil {
			t.Fatal(err)
		}
		late := book(t, b, ask("isbergues", "denise", 1))
		tidy()
		for id, want := range map[string]int{amina.ID: 1, claire.ID: 1, bruno.ID: 0, late.ID: 0} {
			if n := post.n[id+" "+Reminder]; n != want {
				t.Errorf("%s: %d reminders, want %d", id, n, want)
			}
		}
	})
}

// HardCase41: the seats of who is erased go to the line, and nothing tells who
// they were.
func TestHardCase41Forget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b, post, now := opened(t, d, hall(1))
		amina, bruno := book(t, b, ask("isbergues", "amina", 1)), book(t, b, ask("isbergues", "bruno", 1))
		who := &account.Person{ID: "p-amina", Mail: "Amina@lys.fr"}
		if err := d.Write(t.Context(), func(tx *db.Tx) error { return b.Forget(t.Context(), tx, who) }); err != nil {
			t.Fatal(err)
		}
		x, err := b.Booking(t.Context(), amina.ID)
		if err != nil || x.Name != "" || x.Mail != "" || x.State != Cancelled || x.Seats != 1 {
			t.Errorf("%+v, %v", x, err)
		}
		if post.n[amina.ID+" booking.cancelled"] != 0 || post.last[bruno.ID].Kind != "booking.offered" {
			t.Errorf("letters: %v", post.n)
		}
		now.Pass(Kept + 30*24*time.Hour)
		if err := b.ForgetOld(t.Context()); err != nil {
			t.Fatal(err)
		}
		if x, err := b.Booking(t.Context(), bruno.ID); err != nil || x.Name != "" || x.Seats != 1 {
			t.Errorf("after two years: %+v, %v", x, err)
		}
	})
}
