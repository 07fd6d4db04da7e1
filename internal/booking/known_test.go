package booking

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// What a node remembers of a room is what the rows say, whichever of two nodes
// wrote them, and also when somebody was erased meanwhile.
func TestKnownIsWhatTheRowsSay(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		here, _, now := opened(t, d, hall(12))
		there := &Bookings{DB: d, Clock: now, Secret: here.Secret, Tell: here.Tell}
		nodes := []*Bookings{here, there}
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 1))
		read := 0
		for n := range 120 {
			at := nodes[r.IntN(2)]
			now.Pass(time.Duration(r.IntN(90)) * time.Minute)
			list := sheet(t, at, "isbergues").List
			var err error
			switch k := r.IntN(10); {
			case k < 4 || len(list) == 0:
				_, err = at.Book(t.Context(), ask("isbergues", fmt.Sprint("n", n), 1+r.IntN(3)))
			case k < 6:
				_, err = at.Cancel(t.Context(), web, list[r.IntN(len(list))].ID)
			case k < 8:
				x := list[r.IntN(len(list))]
				_, err = at.Rename(t.Context(), web, x.ID, x.Name+"e", "", Party{Note: "é"})
			case k < 9:
				err = at.Tidy(t.Context())
			default:
				who := &account.Person{ID: "x", Mail: list[r.IntN(len(list))].Mail}
				err = d.Write(t.Context(), func(tx *db.Tx) error { return at.Forget(t.Context(), tx, who) })
			}
			if err != nil && n < 3 {
				t.Fatal(err)
			}
			var rows []Booking
			if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
				rows, err = bookingsOf(t.Context(), tx, "isbergues")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			for i, node := range nodes {
				if diff := cmp.Diff(rows, sheet(t, node, "isbergues").List); diff != "" {
					t.Fatalf("seed %d, step %d, node %d remembers something else:\n%s", seed, n, i, diff)
				}
			}
			if _, ok := here.known.of("isbergues", here.known.rooms["isbergues"].number); ok {
				read++
			}
		}
		if read < 100 {
			t.Errorf("the room was remembered %d times only: the test proves nothing", read)
		}
	})
}

// A caller that changes what it was given changes nothing of what is
// remembered, and many rooms are not remembered for ever.
func TestKnownIsBounded(t *testing.T) {
	var k known
	k.keep("a", 1, []Booking{{ID: "one"}})
	list, _ := k.of("a", 1)
	list[0].ID = "changed"
	if again, ok := k.of("a", 1); !ok || again[0].ID != "one" {
		t.Errorf("remembered: %v", again)
	}
	if _, ok := k.of("a", 2); ok {
		t.Error("remembered under another number")
	}
	for i := range 10 * mostKnown {
		k.keep(fmt.Sprint(i), 1, nil)
	}
	if len(k.rooms) > mostKnown {
		t.Errorf("%d rooms are remembered", len(k.rooms))
	}
	if k.forget(); len(k.rooms) != 0 {
		t.Error("not forgotten")
	}
}
