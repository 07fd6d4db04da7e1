package visit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

const (
	lys      register.SIRET = 33222211600011 // Scop Les Charpentiers de la Lys
	reemploi register.SIRET = 44330055300023
	brochard register.SIRET = 49483773500013
)

var (
	dina = account.Actor{Who: "dina", Channel: account.Web} // of the Lys
	web  = account.Actor{Channel: account.Web}
)

// A works is a house with visits, and the letters it sent.
type works struct {
	*Visits
	clock  *clock.Held
	mu     sync.Mutex
	seats  []booking.Letter
	told   []Letter
	hidden map[register.SIRET]bool
}

func open(t *testing.T, d *db.DB) *works {
	t.Helper()
	bands, err := LoadBands()
	if err != nil {
		t.Fatal(err)
	}
	w := &works{clock: clock.Hold(monday), hidden: map[register.SIRET]bool{}}
	b := &booking.Bookings{DB: d, Clock: w.clock, Secret: []byte("s"), Tell: func(_ context.Context, _ *db.Tx, l booking.Letter) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seats = append(w.seats, l)
		return nil
	}}
	w.Visits = &Visits{
		DB: d, Clock: w.clock, Bookings: b, Leads: &lead.Leads{DB: d, Clock: w.clock}, Bands: bands, Secret: []byte("s"),
		Shown: func(s register.SIRET) bool { return !w.hidden[s] },
		Tell: func(_ context.Context, _ *db.Tx, l Letter) error {
			w.told = append(w.told, l)
			return nil
		},
	}
	return w
}

func workshop() Offer {
	return Offer{
		SIRET: lys, Title: "L’atelier de charpente", Terms: Terms{Sees: "Taille, levage, bureau d’étude", Where: "12, rue de la Lys", Minors: true, LeastAge: 11},
		Minutes: 90, Seats: 8, Trades: []string{"menuisier"}, Territory: "artois", Commune: "62473",
	}
}

// offered adds the workshop with weekly slots, three of them.
func (w *works) offered(t *testing.T) (Offer, []Visit) {
	t.Helper()
	o, faults, err := w.Add(t.Context(), dina, workshop())
	if err != nil {
		t.Fatalf("%v, %v", faults, err)
	}
	slots, faults, err := w.Open(t.Context(), dina, o.ID, Rule{First: "2026-10-20", At: 14 * time.Hour, Every: Weekly, Until: "2026-11-03"})
	if err != nil || len(slots) != 3 {
		t.Fatalf("%d slots, %v, %v", len(slots), faults, err)
	}
	return o, slots
}

func ask(room, name string, seats int) booking.Ask {
	return booking.Ask{Room: room, Name: name, Mail: name + "@lys.fr", Seats: seats, By: web}
}

func TestOffer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		bad := workshop()
		bad.Title, bad.Minutes, bad.Terms.LeastAge = " ", 5, 30
		if _, faults, err := w.Add(t.Context(), dina, bad); !errors.Is(err, ErrFaults) || len(faults) != 3 {
			t.Errorf("%v, %v", faults, err)
		}
		w.hidden[reemploi] = true
		secret := workshop()
		secret.SIRET = reemploi
		if _, _, err := w.Add(t.Context(), dina, secret); !errors.Is(err, ErrShown) {
			t.Errorf("a host who is not shown: %v", err)
		}
		o, slots := w.offered(t)
		again, _, err := w.Open(t.Context(), dina, o.ID, Rule{First: "2026-10-20", At: 14 * time.Hour, Every: Weekly, Until: "2026-11-10"})
		if err != nil || len(again) != 1 {
			t.Errorf("pressed again: %d new slots, %v", len(again), err)
		}
		o.Terms.Clothing, o.Seats = "Chaussures fermées", 12
		if _, err := w.Change(t.Context(), dina, o); err != nil {
			t.Fatal(err)
		}
		v, err := w.Visit(t.Context(), slots[0].ID)
		if err != nil || v.Offer.Terms.Clothing == "" || v.Room.Seats != 8 || v.Room.Kind != Kind || v.Room.Offers != 3 || v.Room.LastCall != 48*time.Hour {
			t.Errorf("%+v, %v", v, err)
		}
		for _, test := range []struct {
			f    Filter
			want int
		}{
			{Filter{}, 4},
			{Filter{Territory: "calaisis"}, 0},
			{Filter{Trade: "menuisier"}, 4},
			{Filter{Trade: "coiffeur"}, 0},
			{Filter{SIRET: brochard}, 0},
			{Filter{From: slots[1].Room.Start, To: slots[2].Room.Start}, 1},
		} {
			if list, err := w.Visits.Visits(t.Context(), test.f); err != nil || len(list) != test.want {
				t.Errorf("%+v: %d, %v", test.f, len(list), err)
			}
		}
		// Who is taken out of the directory is nowhere, and nobody books there.
		w.hidden[lys] = true
		if list, _ := w.Visits.Visits(t.Context(), Filter{}); len(list) > 0 {
			t.Errorf("%d visits of a host who is not shown", len(list))
		}
		if _, err := w.Book(t.Context(), ask(slots[0].ID, "amina", 1)); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("booked at a host who is not shown: %v", err)
		}
		w.hidden[lys] = false
		if _, err := w.Book(t.Context(), ask(slots[0].ID, "amina", 1)); err != nil {
			t.Fatal(err)
		}
		w.seats = nil
		for range 2 {
			if err := w.Close(t.Context(), dina, o.ID); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.seats) != 1 || w.seats[0].Kind != "booking.called_off" {
			t.Errorf("of a closed offer %d letters: %+v", len(w.seats), w.seats)
		}
		if _, _, err := w.Open(t.Context(), dina, o.ID, Rule{First: "2026-10-21", Every: Once}); !errors.Is(err, ErrClosed) {
			t.Errorf("open slots of a closed offer: %v", err)
		}
	})
}

// A slot that is moved is told with the words of a move, once; called off and
// on again each have theirs.
func TestHardCase06Slot(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		_, slots := w.offered(t)
		id := slots[0].ID
		if _, err := w.Book(t.Context(), ask(id, "amina", 2)); err != nil {
			t.Fatal(err)
		}
		later := slots[0].Room.Start.Add(time.Hour)
		for _, err := range []error{
			w.Move(t.Context(), dina, id, later, 8), w.Move(t.Context(), dina, id, later, 6),
			w.Bookings.CallOff(t.Context(), dina, id), w.Bookings.Reinstate(t.Context(), dina, id),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		var kinds []string
		for _, l := range w.seats {
			kinds = append(kinds, l.Kind)
		}
		want := []string{"booking.confirmed", booking.Moved, "booking.called_off", booking.Reinstated}
		if diff := cmp.Diff(want, kinds); diff != "" {
			t.Error(diff)
		}
		if err := w.Move(t.Context(), dina, id, later, 1); !errors.Is(err, booking.ErrHeld) {
			t.Errorf("fewer seats than are held: %v", err)
		}
		if err := w.Move(t.Context(), dina, id, monday.Add(-time.Hour), 8); !errors.Is(err, ErrFaults) {
			t.Errorf("moved into the past: %v", err)
		}
		if v, err := w.Visit(t.Context(), id); err != nil || !v.Room.Start.Equal(later) || v.Room.End.Sub(later) != 90*time.Minute {
			t.Errorf("%+v, %v", v.Room, err)
		}
	})
}

// A freed seat is offered at most three times to one party, once a day, and
// not in the last two days.
func TestHardCase34Line(t *testing.T) {
	w := open(t, dbtest.SQLite(t))
	_, slots := w.offered(t)
	id := slots[2].ID // 3 November
	full, err := w.Book(t.Context(), ask(id, "amina", 8))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Book(t.Context(), ask(id, "bruno", 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Bookings.Resize(t.Context(), web, full.ID, 7); err != nil {
		t.Fatal(err)
	}
	offered := map[string]int{}
	for n := 0; w.clock.Now().Before(slots[2].Room.Start); n++ {
		w.clock.Pass(time.Hour)
		before := len(w.seats)
		if err := w.Bookings.Tidy(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, l := range w.seats[before:] {
			if l.Kind == "booking.offered" {
				offered[w.clock.Now().Format(time.DateOnly)]++
			}
		}
	}
	n := 1 // the first, when the seat was freed
	for day, k := range offered {
		if k > 1 || day > "2026-11-01" {
			t.Errorf("%d offers on %s", k, day)
		}
		n += k
	}
	if n != 3 {
		t.Errorf("%d offers: %v", n, offered)
	}
}

// A hundred people at once ask for the last seats of a slot while the host
// calls it off and on again: never more than there are, and nobody is left
// thinking otherwise.
func TestHardCase01SlotCrowd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		_, slots := w.offered(t)
		id := slots[0].ID
		var wait sync.WaitGroup
		for n := range 100 {
			wait.Go(func() {
				_, err := w.Book(t.Context(), ask(id, fmt.Sprint("visitor", n), 1+n%3))
				if err != nil && !errors.Is(err, booking.ErrClosed) {
					t.Error(err)
				}
			})
		}
		wait.Go(func() {
			for range 3 {
				if err := errors.Join(w.Bookings.CallOff(t.Context(), dina, id), w.Bookings.Reinstate(t.Context(), dina, id)); err != nil {
					t.Error(err)
				}
			}
		})
		wait.Wait()
		sheet, err := w.Bookings.Sheet(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		held, waiting, _ := sheet.Count(w.clock.Now())
		if held > 8 || waiting > 0 && held < 6 {
			t.Errorf("%d of 8 held, %d wait", held, waiting)
		}
		last := map[string]string{}
		for _, l := range w.seats {
			last[l.Booking.ID] = l.Kind
		}
		for _, b := range sheet.List {
			if kind := last[b.ID]; kind != "booking."+string(b.State) && kind != booking.Reinstated {
				t.Errorf("%s is %s and was last told %s", b.Name, b.State, kind)
			}
		}
	})
}

func TestWish(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		wish := func(x Wish) Wish {
			t.Helper()
			made, err := w.Wish(t.Context(), web, x)
			if err != nil {
				t.Fatal(err)
			}
			w.clock.Pass(time.Second)
			return made
		}
		amina := wish(Wish{SIRET: lys, Territory: "artois", Name: "amina", Mail: "amina@lys.fr"})
		if again := wish(Wish{SIRET: lys, Territory: "artois", Name: "amina", Mail: "Amina@lys.fr"}); again.ID != amina.ID {
			t.Error("wished twice")
		}
		wish(Wish{Trade: "menuisier", Territory: "artois", Name: "bruno", Mail: "bruno@lys.fr", Seats: 4})
		claire := wish(Wish{Trade: "coiffeur", Territory: "artois", Name: "claire", Mail: "claire@lys.fr"})
		if list, err := w.Demand(t.Context(), lys, "artois", []string{"menuisier"}); err != nil || len(list) != 2 {
			t.Errorf("the demand: %+v, %v", list, err)
		}
		w.clock.Pass(Wait)
		if list, err := w.Wishes(t.Context(), []string{"artois"}); err != nil || len(list) != 3 || !list[0].Late(w.clock.Now()) {
			t.Errorf("%+v, %v", list, err)
		}
		w.told = nil
		w.offered(t)
		var told []string
		for _, l := range w.told {
			told = append(told, l.Kind+" "+l.Wish.Name)
		}
		if diff := cmp.Diff([]string{"visit.opened amina", "visit.opened bruno"}, told); diff != "" {
			t.Error(diff)
		}
		if got, err := w.WishByToken(t.Context(), w.token(toWithdraw, claire.ID)); err != nil || got.ID != claire.ID {
			t.Errorf("%+v, %v", got, err)
		}
		if _, err := w.WishByToken(t.Context(), w.token(toWrite, claire.ID)); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("a link for something else: %v", err)
		}
		for range 2 {
			if err := w.CloseWish(t.Context(), web, claire.ID); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := w.Wishes(t.Context(), nil); err != nil || len(list) != 0 {
			t.Errorf("still open: %+v, %v", list, err)
		}
		for n := range wishesPerMail + 1 {
			_, err := w.Wish(t.Context(), web, Wish{Trade: fmt.Sprint("t", n), Territory: "artois", Name: "robot", Mail: "robot@lys.fr"})
			if n == wishesPerMail != errors.Is(err, booking.ErrTooMany) {
				t.Errorf("wish %d: %v", n, err)
			}
		}
	})
}

// Those who came are asked once, the working day after; what they write is
// read by others while both sides wish it, and becomes one lead.
func TestTakeaway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		ctx := t.Context()
		_, slots := w.offered(t)
		v := slots[0] // Tuesday
		a := ask(v.ID, "amina", 1)
		a.SIRET = brochard
		amina, err := w.Book(ctx, a)
		if err != nil {
			t.Fatal(err)
		}
		bruno, err := w.Book(ctx, ask(v.ID, "bruno", 1))
		if err != nil {
			t.Fatal(err)
		}
		claire, err := w.Book(ctx, ask(v.ID, "claire", 1))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(ctx, web, Takeaway{Booking: amina.ID, Slot: v.ID, Saw: "Des mains"}); !errors.Is(err, ErrSoon) {
			t.Errorf("written before: %v", err)
		}
		w.clock.Pass(v.Room.End.Sub(w.clock.Now()))
		if err := w.Bookings.Check(ctx, dina, v.ID, []booking.Mark{{ID: "1", Booking: amina.ID, State: booking.Present}}); err != nil {
			t.Fatal(err)
		}
		w.told = nil
		for range 3 {
			if err := w.AskAll(ctx); err != nil {
				t.Fatal(err)
			}
			if len(w.told) > 0 {
				t.Error("asked on the same day")
			}
			w.clock.Pass(time.Hour)
		}
		w.clock.Pass(20 * time.Hour)
		for range 2 {
			if err := w.AskAll(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.told) != 1 || w.told[0].Booking.ID != amina.ID || w.told[0].Kind != "visit.questions" {
			t.Fatalf("%d letters, bruno is %s", len(w.told), bruno.ID)
		}
		_, _, k, err := w.ByWriteLink(ctx, w.told[0].Token)
		if err != nil || !k.Empty() || k.SIRET != brochard {
			t.Fatalf("%+v, %v", k, err)
		}
		if _, err := w.Write(ctx, web, k); !errors.Is(err, ErrEmpty) {
			t.Errorf("nothing written: %v", err)
		}
		k.Saw, k.Takes, k.GoesOn, k.Visitor = "Un levage à quatre", "Acheter le bois ensemble", "L’atelier", true
		if k, err = w.Write(ctx, web, k); err != nil {
			t.Fatal(err)
		}
		notes := func(f lead.NoteFilter) int {
			t.Helper()
			list, n, _, err := w.Leads.Notes(ctx, f)
			if err != nil || n != len(list) {
				t.Fatalf("%d of %d notes, %v", len(list), n, err)
			}
			return len(list)
		}
		if notes(lead.NoteFilter{}) != 0 {
			t.Error("published without the host")
		}
		if _, err := w.Publish(ctx, dina, amina.ID, k.WrittenAt.Add(-time.Second), true); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("words that the host has not read: %v", err)
		}
		if k, err = w.Publish(ctx, dina, amina.ID, k.WrittenAt, true); err != nil || k.PublishedAt.IsZero() {
			t.Fatalf("%+v, %v", k, err)
		}
		for _, test := range []struct {
			f    lead.NoteFilter
			want int
		}{
			{lead.NoteFilter{}, 1},
			{lead.NoteFilter{Trade: "menuisier"}, 1},
			{lead.NoteFilter{Trade: "coiffeur"}, 0},
			{lead.NoteFilter{Territory: "calaisis"}, 0},
			{lead.NoteFilter{Words: "BOIS levage"}, 1},
			{lead.NoteFilter{Words: "bois pain"}, 0},
		} {
			if got := notes(test.f); got != test.want {
				t.Errorf("%+v: %d notes", test.f, got)
			}
		}
		w.clock.Pass(time.Minute)
		k.Takes = "Autre chose"
		if k, err = w.Write(ctx, web, k); err != nil || notes(lead.NoteFilter{}) != 0 {
			t.Errorf("other words are read by others before the host has read them: %v", err)
		}
		first, err := w.ToLead(ctx, dina, amina.ID, "Acheter le bois")
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.ToLead(ctx, dina, amina.ID, "Acheter le bois"); err != nil || again != first {
			t.Errorf("%s, then %s, %v", first, again, err)
		}
		fate, err := w.Fate(ctx, v.ID)
		if err != nil || len(fate) != 1 || fate[0].ID != first || len(fate[0].Parties) != 2 || !slices.Equal(fate[0].Origins, []lead.Origin{{Kind: lead.FromNote, ID: amina.ID}, {Kind: lead.FromVisit, ID: v.ID}}) {
			t.Errorf("%+v, %v", fate, err)
		}
		// Two who have no SIRET say different things: two leads of the same title.
		made := map[string]bool{first: true}
		for _, b := range []booking.Booking{bruno, claire} {
			if _, err := w.Write(ctx, web, Takeaway{Booking: b.ID, Slot: v.ID, Takes: "Pour " + b.ID}); err != nil {
				t.Fatal(err)
			}
			id, err := w.ToLead(ctx, dina, b.ID, "Suite de la visite")
			if err != nil || made[id] {
				t.Errorf("the lead of another: %s, %v", id, err)
			}
			made[id] = true
		}
		if fate, err := w.Fate(ctx, v.ID); err != nil || len(fate) != 3 {
			t.Errorf("%d leads of the visit, %v", len(fate), err)
		}
		// What was published before there were notes is published again.
		if _, err := w.Publish(ctx, dina, amina.ID, k.WrittenAt, true); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return w.Leads.WithdrawIn(ctx, tx, amina.ID) }); err != nil || notes(lead.NoteFilter{}) != 0 {
			t.Fatalf("not withdrawn: %v", err)
		}
		for range 2 {
			if err := w.Republish(ctx); err != nil || notes(lead.NoteFilter{Words: "levage"}) != 1 {
				t.Errorf("not published again: %v", err)
			}
		}
	})
}

func TestForget(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := open(t, d)
		ctx := t.Context()
		o := workshop()
		o.Terms.Welcome = "Zénobie Quetzalcoatl"
		o, _, err := w.Add(ctx, account.Actor{Who: "z", Channel: account.Web}, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Wish(ctx, web, Wish{SIRET: lys, Name: "Zénobie Quetzalcoatl", Mail: "z@lys.fr"}); err != nil {
			t.Fatal(err)
		}
		who := &account.Person{ID: "z", Mail: "Z@lys.fr", GivenName: "Zénobie", FamilyName: "Quetzalcoatl"}
		if wished, _, err := w.Of(ctx, "", who.Mail); err != nil || len(wished) != 1 {
			t.Errorf("taken away: %+v, %v", wished, err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return w.Forget(ctx, tx, who) }); err != nil {
			t.Fatal(err)
		}
		o, err = w.Offer(ctx, o.ID)
		if err != nil || o.Terms.Welcome != "" || o.MadeBy != "" || !strings.Contains(o.Title, "charpente") {
			t.Errorf("%+v, %v", o, err)
		}
		if wished, _, err := w.Of(ctx, "z", who.Mail); err != nil || len(wished) != 0 {
			t.Errorf("left: %+v, %v", wished, err)
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { return w.Succeed(ctx, tx, lys, reemploi) }); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Offers(ctx, reemploi); err != nil || len(list) != 1 {
			t.Errorf("taken over: %+v, %v", list, err)
		}
		if _, err := w.Wish(ctx, web, Wish{SIRET: lys, Name: "amina", Mail: "amina@lys.fr"}); err != nil {
			t.Fatal(err)
		}
		w.clock.Pass(wishKept + time.Hour)
		if err := w.ForgetOld(ctx); err != nil {
			t.Fatal(err)
		}
		if list, err := w.Wishes(ctx, nil); err != nil || len(list) != 0 {
			t.Errorf("kept for over a year: %+v, %v", list, err)
		}
	})
}
