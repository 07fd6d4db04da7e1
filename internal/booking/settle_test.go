package booking

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// noon is a Tuesday in Isbergues.
var noon = time.Date(2026, 12, 1, 11, 0, 0, 0, time.UTC)

func hall(seats int) Room {
	return Room{
		ID: "isbergues", Kind: "meeting", Seats: seats, OfferFor: 8 * time.Hour, Offers: 1, LastCall: 2 * time.Hour,
		Start: noon.AddDate(0, 0, 14), End: noon.AddDate(0, 0, 14).Add(2 * time.Hour),
	}
}

func party(id string, seats int, state State) Booking {
	b := Booking{ID: id, State: state, Seats: seats, Least: seats, QueuedAt: noon, Mail: id + "@lys.fr", Name: id}
	if state.Holds() {
		b.Held = seats
	}
	return b
}

func states(list []Booking) string {
	s := ""
	for _, b := range list {
		s += " " + b.ID + "=" + string(b.State) + strconv.Itoa(b.Held)
	}
	return s
}

func TestSettle(t *testing.T) {
	split := party("scop", 5, Waiting)
	split.Least = 2
	phone := party("denise", 1, Waiting)
	phone.Mail = ""
	ended := party("amina", 2, Offered)
	ended.Expires, ended.Offers = noon, 1
	reserved := party("maire", 2, Waiting)
	reserved.Reserved = true
	held := hall(4)
	held.Reserved = 2
	skips, asks, late := hall(4), hall(4), hall(4)
	skips.Skips, asks.Approval = true, true
	late.Start = noon.Add(time.Hour)
	for _, test := range []struct {
		name string
		room Room
		list []Booking
		want string
	}{
		{"who waits is offered what is free", hall(4), []Booking{party("a", 3, Confirmed), party("b", 1, Waiting)}, " a=confirmed3 b=offered1"},
		{"a group that does not fit is waited with", hall(4), []Booking{party("a", 3, Confirmed), party("b", 2, Waiting), party("c", 1, Waiting)}, " a=confirmed3 b=waiting0 c=waiting0"},
		{"or the next that fits is served", skips, []Booking{party("a", 3, Confirmed), party("b", 2, Waiting), party("c", 1, Waiting)}, " a=confirmed3 b=waiting0 c=offered1"},
		{"who said so comes with fewer", hall(4), []Booking{party("a", 1, Confirmed), split}, " a=confirmed1 scop=offered3"},
		{"who has no address has the seat", hall(4), []Booking{phone}, " denise=confirmed1"},
		{"an offer that ended goes to the next", hall(2), []Booking{ended, party("b", 2, Waiting)}, " amina=lapsed0 b=offered2"},
		{"reserved seats are for whom they are", held, []Booking{party("a", 2, Confirmed), party("b", 1, Waiting), reserved}, " a=confirmed2 b=waiting0 maire=offered2"},
		{"the host says yes", asks, []Booking{party("a", 2, Waiting)}, " a=asked2"},
		{"no offer in the last hours", late, []Booking{party("a", 2, Waiting)}, " a=waiting0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			Settle(&test.room, test.list, noon, "")
			if got := states(test.list); got != test.want {
				t.Errorf("got%s, want%s", got, test.want)
			}
		})
	}
}

// A party with several offers goes to the end of the line, until the next day.
func TestOffersAgain(t *testing.T) {
	room := hall(1)
	room.Offers = 3
	list := []Booking{party("amina", 1, Offered), party("bruno", 1, Waiting)}
	list[0].Offers, list[0].Expires = 1, noon
	Settle(&room, list, noon, "")
	if got, want := states(list), " amina=waiting0 bruno=offered1"; got != want {
		t.Fatalf("got%s, want%s", got, want)
	}
	list[1].State, list[1].Held = Cancelled, 0
	if Settle(&room, list, noon.Add(time.Hour), ""); list[0].State != Waiting {
		t.Errorf("offered twice in a day: %s", states(list))
	}
	if left := Left(&room, list, noon.Add(time.Hour)); left != 1 {
		t.Errorf("a seat that nobody may be offered today is open: %d left", left)
	}
	if Settle(&room, list, noon.Add(24*time.Hour), ""); list[0].State != Offered || list[0].Offers != 2 {
		t.Errorf("the next day: %s, %d offers", states(list), list[0].Offers)
	}
}

// Whatever happened before, Settle keeps the promises of the package.
func TestSettleKeepsItsPromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		room := hall(rapid.IntRange(0, 12).Draw(t, "seats"))
		room.Reserved = rapid.IntRange(0, room.Seats).Draw(t, "reserved")
		room.Skips, room.Approval = rapid.Bool().Draw(t, "skips"), rapid.Bool().Draw(t, "approval")
		room.Offers = rapid.IntRange(1, 3).Draw(t, "offers")
		if rapid.Bool().Draw(t, "at once") {
			room.OfferFor = 0
		}
		var list []Booking
		for i := range rapid.IntRange(0, 10).Draw(t, "bookings") {
			b := party("p"+strconv.Itoa(i), rapid.IntRange(1, 6).Draw(t, "party"), Waiting)
			b.Least = rapid.IntRange(1, b.Seats).Draw(t, "least")
			b.Reserved = rapid.Bool().Draw(t, "of the reserved")
			b.QueuedAt = noon.Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "asked at")) * time.Minute)
			if n := Free(&room, list, b.Reserved); n >= b.Seats && rapid.Bool().Draw(t, "holds") {
				b.State, b.Held = rapid.SampledFrom([]State{Confirmed, Offered, Asked}).Draw(t, "state"), b.Seats
				b.Expires = noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "ends")) * time.Hour)
			}
			list = append(list, b)
		}
		before := slices.Clone(list)
		Settle(&room, list, noon, "")
		for _, reserved := range []bool{false, true} {
			free := Free(&room, list, reserved)
			if free < 0 {
				t.Fatalf("over capacity: %s", states(list))
			}
			for _, b := range Line(list) {
				if b.Reserved != reserved || b.NotTill.After(noon) {
					continue
				}
				if b.Least <= free {
					t.Fatalf("%d seats are free and %s waits with %d", free, b.ID, b.Least)
				}
				if !room.Skips {
					break // the others wait with the first
				}
			}
		}
		for i, b := range list {
			was := before[i]
			if b.State.Holds() && !was.State.Holds() && b.Held != b.Seats && b.Held < b.Least {
				t.Fatalf("%s was split to %d", b.ID, b.Held)
			}
			if was.State == Confirmed && b != was {
				t.Fatalf("%s lost what was confirmed", b.ID)
			}
		}
		if !room.Skips {
			inOrder(t, before, list)
		}
		again := slices.Clone(list)
		if changed := Settle(&room, again, noon, ""); len(changed) > 0 {
			t.Fatalf("settling twice changes %v", changed)
		}
	})
}

// inOrder fails when somebody was served while somebody before them waits.
func inOrder(t *rapid.T, before, after []Booking) {
	for _, first := range Line(after) {
		if first.NotTill.After(noon) {
			continue
		}
		for i, b := range after {
			served := before[i].State == Waiting && b.State.Holds() && b.Reserved == first.Reserved
			if served && (b.QueuedAt.After(first.QueuedAt) || b.QueuedAt.Equal(first.QueuedAt) && b.ID > first.ID) {
				t.Fatalf("%s was served before %s", b.ID, first.ID)
			}
		}
	}
}

func TestRemindAt(t *testing.T) {
	paris := time.FixedZone("", 3600)
	for _, test := range []struct{ start, want time.Time }{
		{time.Date(2026, 12, 10, 18, 0, 0, 0, paris), time.Date(2026, 12, 8, 18, 0, 0, 0, paris)}, // Thursday: Tuesday
		{time.Date(2026, 12, 8, 18, 0, 0, 0, paris), time.Date(2026, 12, 4, 18, 0, 0, 0, paris)},  // Tuesday: not on Sunday
		{time.Date(2026, 12, 7, 10, 0, 0, 0, paris), time.Date(2026, 12, 4, 10, 0, 0, 0, paris)},  // Monday: not on Saturday
		{time.Date(2026, 12, 10, 22, 0, 0, 0, paris), time.Date(2026, 12, 9, 8, 0, 0, 0, paris)},  // not at night
		{time.Date(2026, 12, 12, 6, 30, 0, 0, paris), time.Date(2026, 12, 10, 8, 0, 0, 0, paris)}, // nor before eight
	} {
		if got := RemindAt(test.start); !got.Equal(test.want) {
			t.Errorf("of %s: %s, want %s", test.start, got.In(paris), test.want)
		}
	}
}
