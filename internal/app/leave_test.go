package app

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/mail"
	"passerelle/internal/visit"
)

// A workshop is a street whose garage has two people, a need of their own and
// a visit that somebody booked; Nadia looks after its territory, Lucie after
// another.
type workshop struct {
	*street
	bruno        *account.Person
	nadia, lucie *account.Person
	need         *exchange.Need
	offer        visit.Offer
	seat         booking.Booking
}

func openWorkshop(t *testing.T, engine string) *workshop {
	t.Helper()
	w := &workshop{street: openStreet(t, engine)}
	ctx := t.Context()
	w.bruno = speaks(t, w.house, "bruno@lys.fr", directorytest.Garage)
	w.nadia, w.lucie = w.facilitator("nadia@cma.fr", "artois"), w.facilitator("lucie@cma.fr", "calaisis")
	by := account.Actor{Who: w.amina.ID, Channel: account.Web}
	need, faults, _, err := w.Needs.Post(ctx, exchange.Posting{SIRET: directorytest.Garage, By: by, Content: exchange.NeedContent{
		Direction: exchange.Seeking, Kind: exchange.Room, Title: "Une salle", Words: "Le mardi", Commune: "62473",
	}})
	if err != nil {
		t.Fatal(faults, err)
	}
	if need.State == exchange.NeedHeld {
		if err := w.Needs.Release(ctx, nadiaByPhone, need.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.need = need
	if _, err := w.Needs.Interest(ctx, exchange.Answer{Need: need.ID, SIRET: directorytest.Charpentiers, By: account.Actor{Who: w.jean.ID, Channel: account.Web}}); err != nil {
		t.Fatal(err)
	}
	if w.offer, _, err = w.Visits.Add(ctx, by, visit.Offer{
		SIRET: directorytest.Garage, Title: "L’atelier", Minutes: 60, Seats: 4, Terms: visit.Terms{Sees: "Le pont", Where: "Au garage"}, Territory: "artois", Commune: "62473",
	}); err != nil {
		t.Fatal(err)
	}
	slots, _, err := w.Visits.Open(ctx, by, w.offer.ID, visit.Rule{First: "2026-12-04", At: 9 * time.Hour, Every: visit.Once})
	if err != nil {
		t.Fatal(err)
	}
	if w.seat, err = w.Visits.Book(ctx, booking.Ask{Room: slots[0].ID, Name: "claire", Mail: "claire@lys.example", Seats: 1, By: account.Actor{Channel: account.Web}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *workshop) facilitator(mail, territory string) *account.Person {
	w.t.Helper()
	token, err := w.Accounts.Add(w.t.Context(), byCommand, account.NewPerson{Mail: mail, Duty: account.Duty{Role: account.Facilitator, Institution: account.CMA}, Territories: []string{territory}})
	if err != nil {
		w.t.Fatal(err)
	}
	e, err := w.Accounts.Enter(w.t.Context(), token, account.Device{})
	if err != nil {
		w.t.Fatal(err)
	}
	return e.Person
}

func (w *workshop) leave(who *account.Person) error {
	return w.Accounts.LeaveFirm(w.t.Context(), account.Actor{Who: who.ID, Channel: account.Web}, who.ID, directorytest.Garage)
}

// count counts mails of a kind, those that went too.
func (w *workshop) count(kind string) (n int) {
	w.t.Helper()
	if err := w.DB.Read(w.t.Context(), func(t *db.Tx) error {
		return t.One(w.t.Context(), []any{&n}, `SELECT count(*) FROM mail_outbox WHERE kind = $1`, kind)
	}); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// state tells what is open of the garage: its need, its visit, its seat, its
// introductions.
func (w *workshop) state() (open [4]bool) {
	w.t.Helper()
	ctx := w.t.Context()
	need, err := w.Needs.Need(ctx, w.need.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	offer, err := w.Visits.Offer(ctx, w.offer.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	seat, err := w.Bookings.Booking(ctx, w.seat.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	met, err := w.Introductions.Introduction(ctx, w.asked.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return [4]bool{need.State == exchange.NeedLive, offer.State == visit.Open, seat.State == booking.Confirmed, met.State.Living()}
}

// Who leaves an establishment that others speak for leaves it to them: they are
// told, and everything goes on.
func TestFirmIsHandedOver(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			w := openWorkshop(t, engine)
			if err := w.leave(w.amina); err != nil {
				t.Fatal(err)
			}
			if err := w.leave(w.amina); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("leaving twice: %v", err)
			}
			if got := w.state(); got != [4]bool{true, true, true, true} {
				t.Errorf("what is open: %v", got)
			}
			if waiting(t, w.house, w.bruno.ID, "membership.leave") != 1 || waiting(t, w.house, w.amina.ID, "membership.leave") != 0 || waiting(t, w.house, w.nadia.ID, "firm.left") != 0 {
				t.Error("who is told")
			}
			if list, err := w.Accounts.Deserted(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("deserted: %+v, %v", list, err)
			}
			// What is said of the need from now on is said to who stayed.
			if _, err := w.Needs.Interest(t.Context(), exchange.Answer{Need: w.need.ID, SIRET: directorytest.Repair, By: nadiaByPhone}); err != nil {
				t.Fatal(err)
			}
			var told int
			if err := w.DB.Read(t.Context(), func(tx *db.Tx) error {
				return tx.One(t.Context(), []any{&told}, `SELECT count(*) FROM mail_outbox WHERE person = $1 AND kind = 'need.interest'`, w.bruno.ID)
			}); err != nil || told == 0 {
				t.Errorf("who stayed is told of %d answers, %v", told, err)
			}
		})
	}
}

// The last two leave at the same moment, or are erased: once, what the
// establishment had under way with others ends, they are told, and the
// facilitators of its territory have a task until somebody speaks for it again.
func TestLastMembersLeaveAtOnce(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for name, leave := range map[string]func(*workshop, *account.Person) error{
			"leaving": (*workshop).leave,
			"erased": func(w *workshop, who *account.Person) error {
				return w.Accounts.Erase(w.t.Context(), byCommand, who.ID)
			},
		} {
			t.Run(engine+"/"+name, func(t *testing.T) {
				w := openWorkshop(t, engine)
				var both sync.WaitGroup
				begin := make(chan bool)
				for _, who := range []*account.Person{w.amina, w.bruno} {
					both.Go(func() {
						<-begin
						if err := leave(w, who); err != nil {
							t.Error(err)
						}
					})
				}
				close(begin)
				both.Wait()
				w.deserted(t, name)
			})
		}
	}
}

// deserted looks at what is left of a garage that all have left.
func (w *workshop) deserted(t *testing.T, how string) {
	t.Helper()
	ctx := t.Context()
	list, err := w.Accounts.Deserted(ctx)
	if err != nil || len(list) != 1 || list[0].SIRET != directorytest.Garage || list[0].Territory != "artois" {
		t.Fatalf("the task: %+v, %v", list, err)
	}
	if how == "leaving" { // what the erased posted goes with them
		if got := w.state(); got != [4]bool{} {
			t.Errorf("still open: %v", got)
		}
		if waiting(t, w.house, w.jean.ID, "need.over") != 1 {
			t.Error("who was interested is not told once")
		}
		if n, err := w.Needs.Need(ctx, w.own.ID); err != nil || n.State != exchange.NeedLive {
			t.Errorf("what a facilitator posted for it: %+v, %v", n.Need, err)
		}
	}
	if offer, err := w.Visits.Offer(ctx, w.offer.ID); err != nil || offer.State != visit.Closed {
		t.Errorf("its visit: %+v, %v", offer, err)
	}
	if got := w.count("booking.called_off"); got != 1 {
		t.Errorf("who had a seat is told %d times that the visit does not take place", got)
	}
	for who, want := range map[*account.Person]int{w.nadia: 1, w.lucie: 0} {
		if got := waiting(t, w.house, who.ID, "firm.left"); got != want {
			t.Errorf("%s is told %d times, want %d", who.Mail, got, want)
		}
	}
	if l, err := w.Leads.Lead(ctx, w.lead.ID); err != nil || l.Due != "2027-02-01" || len(l.Parties) != 2 {
		t.Errorf("a lead stays the facilitators': %+v, %v", l, err)
	}
	speaks(t, w.house, "claire@lys.fr", directorytest.Garage)
	if list, err := w.Accounts.Deserted(ctx); err != nil || len(list) != 0 {
		t.Errorf("somebody speaks for it again: %+v, %v", list, err)
	}
}

// A visit of an establishment that closed does not take place, and who booked
// it is told once.
func TestVisitsOfAClosedFirmAreCalledOff(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			w := openWorkshop(t, engine)
			for range 2 {
				if _, err := w.Accounts.Succeed(t.Context(), account.Succession{From: directorytest.Garage}); err != nil {
					t.Fatal(err)
				}
			}
			if got := w.state(); got[1] || got[2] || w.count("booking.called_off") != 1 {
				t.Errorf("open: %v, told %d times", got, w.count("booking.called_off"))
			}
			// Its last people leave what is closed: nobody has to call.
			for _, who := range []*account.Person{w.amina, w.bruno} {
				if err := w.leave(who); err != nil {
					t.Error(err)
				}
			}
			if list, err := w.Accounts.Deserted(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("a task about a closed establishment: %+v, %v", list, err)
			}
		})
	}
}

// HARDCASES 24: a line that waits for the weekly summary names an establishment
// only while the directory does: what leaves in the meantime is not named by
// the mail, nor by what its reader takes away.
func TestHardCase24SummariesNameNobodyWhoLeft(t *testing.T) {
	for _, hide := range []bool{false, true} {
		w := openWorkshop(t, "sqlite")
		ctx := t.Context()
		if err := w.leave(w.amina); err != nil {
			t.Fatal(err)
		}
		if err := w.DB.Write(ctx, func(tx *db.Tx) error { // they waited since last week
			_, err := tx.Exec(ctx, `UPDATE mail_item SET created_at = created_at - $1`, (8 * 24 * time.Hour).Microseconds())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if hide {
			if err := w.Directory.Hide(ctx, byOperator, directorytest.Garage, "objection"); err != nil {
				t.Fatal(err)
			}
		}
		taken, err := w.Post.outbox.Taken(ctx, w.bruno.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Post.digests(ctx); err != nil {
			t.Fatal(err)
		}
		var sent string
		for _, m := range shown(t, w.house, "bruno@lys.fr") {
			if m.Class == mail.Digest {
				sent += m.Message.Text
			}
		}
		if sent == "" {
			t.Fatal("no summary")
		}
		for _, text := range []string{sent, strings.Join(taken.Waiting, "\n")} {
			if strings.Contains(text, "Garage de la Gare") == hide || strings.Contains(strings.ReplaceAll(text, "/"+directorytest.Garage.String(), ""), directorytest.Garage.String()) || !hide && text == "" || strings.ContainsAny(text, "\x02\x03") {
				t.Errorf("hidden: %t, read: %s", hide, text)
			}
		}
	}
}
