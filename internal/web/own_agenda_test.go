package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-ical"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/meeting"
	"passerelle/internal/visit"
)

// agendaOf reads a feed with another library than the one that writes it, by
// UID, and fails when two events have one.
func agendaOf(t *testing.T, a answer) map[string]ical.Event {
	t.Helper()
	if a.status != http.StatusOK || !strings.HasPrefix(a.header.Get("Content-Type"), "text/calendar") || a.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the feed: %d %v", a.status, a.header)
	}
	c, err := ical.NewDecoder(strings.NewReader(a.body)).Decode()
	if err != nil {
		t.Fatalf("%v\n%s", err, a.body)
	}
	all := map[string]ical.Event{}
	for _, e := range c.Events() {
		uid, err := e.Props.Text(ical.PropUID)
		if _, twice := all[uid]; err != nil || twice {
			t.Fatalf("the UID %q is there twice, or not at all: %v", uid, err)
		}
		all[uid] = e
	}
	return all
}

// told returns the state and the number of an event.
func told(t *testing.T, e ical.Event) (state string, sequence int) {
	t.Helper()
	status, err := e.Status()
	if err != nil {
		t.Fatal(err)
	}
	sequence, err = e.Props.Get(ical.PropSequence).Int()
	if err != nil {
		t.Fatal(err)
	}
	return string(status), sequence
}

// HardCase10 and HardCase12: one's own agenda follows what becomes of one's
// bookings under stable UIDs and rising numbers, on both days on which the
// clocks change too, and holds nothing that opens a booking.
func TestHardCase10OwnAgenda(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "http://localhost")
		amina := k.speaker("amina@lys.fr", lys)
		person := k.person("amina@lys.fr")
		var rooms []meeting.Meeting
		for _, at := range []string{"2027-03-28T01:30:00Z", "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"} {
			start, err := time.Parse(time.RFC3339, at)
			if err != nil {
				t.Fatal(err)
			}
			list, faults, err := k.meetings.Plan(t.Context(), account.Actor{Who: "nadia", Channel: account.Web}, []meeting.Meeting{{
				State: meeting.Published, Title: "Se connaître", Territory: "artois", Commune: "62473", Organiser: "nadia", Room: booking.Room{Seats: 1, Start: start, End: start.Add(2 * time.Hour)},
			}})
			if err != nil {
				t.Fatalf("%v, %v", faults, err)
			}
			rooms = append(rooms, list[0])
		}
		led, _, err := k.meetings.Plan(t.Context(), account.Actor{Who: person.ID}, []meeting.Meeting{{Title: "La mienne", Territory: "artois", Commune: "62473", Organiser: person.ID, Room: rooms[0].Room}})
		if err != nil {
			t.Fatal(err)
		}
		_, slots := k.open(nil) // of lys, for which she speaks
		book := func(room, name, mail, id string) booking.Booking {
			t.Helper()
			x, err := k.bookings.Book(t.Context(), booking.Ask{Room: room, Name: name, Mail: mail, Person: id, By: account.Actor{Channel: account.Web}})
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		first := book(rooms[0].ID, "Amina", "amina@lys.fr", "")
		book(rooms[0].ID, "Son associé", "Amina@lys.fr", person.ID) // one event for both
		book(rooms[1].ID, "Bruno Secret", "bruno@lys.fr", "")
		waits := book(rooms[1].ID, "Amina", "amina@lys.fr", "")
		book(rooms[2].ID, "Bruno Secret", "bruno@lys.fr", "")

		if a := amina.do("GET", "/mon-espace/agenda", nil); a.status != 200 || len(a.texts(".sessions li")) != 5 || strings.Contains(a.body, feedPath) {
			t.Fatalf("before: %d, %d entries", a.status, len(a.texts(".sessions li")))
		}
		made := amina.do("POST", "/mon-espace/agenda", nil)
		path, ok := strings.CutPrefix(made.text("textarea"), "http://localhost")
		if made.status != 200 || !ok || made.header.Get("Cache-Control") != "no-store" || made.attr(".block a.button", "href") != "webcal://localhost"+path {
			t.Fatalf("made: %d %q", made.status, made.text("textarea"))
		}
		if a := amina.do("GET", "/mon-espace/agenda", nil); strings.Contains(a.body, path) {
			t.Error("the address is shown twice")
		}
		all := agendaOf(t, k.browser().do("GET", path, nil))
		uid := func(id string) string { return id + "@localhost" }
		if len(all) != 5 {
			t.Fatalf("%d events", len(all))
		}
		for id, want := range map[string]string{rooms[0].ID: "CONFIRMED", rooms[1].ID: "TENTATIVE", led[0].ID: "TENTATIVE", slots[0].ID: "CONFIRMED", slots[1].ID: "CONFIRMED"} {
			e, there := all[uid(id)]
			if !there {
				t.Fatalf("%s is missing", id)
			}
			if state, _ := told(t, e); state != want || len(e.Children) != 2 {
				t.Errorf("%s: %s with %d alarms, want %s", id, state, len(e.Children), want)
			}
		}
		for _, m := range rooms[:2] {
			if start, err := all[uid(m.ID)].Props.DateTime(ical.PropDateTimeStart, nil); err != nil || !start.Equal(m.Room.Start) {
				t.Errorf("%s is read as %s, %v", m.Room.Start, start, err)
			}
		}
		_, before := told(t, all[uid(rooms[0].ID)])
		_, waited := told(t, all[uid(rooms[1].ID)])

		// Her place is given back: her associate still waits; then nobody does.
		k.clock.Pass(time.Hour)
		cancel := func(id string) {
			t.Helper()
			if _, err := k.bookings.Cancel(t.Context(), account.Actor{Channel: account.Link}, id); err != nil {
				t.Fatal(err)
			}
		}
		cancel(first.ID)
		cancel(waits.ID)
		if err := k.bookings.CallOff(t.Context(), account.Actor{Who: "dina"}, slots[1].ID); err != nil {
			t.Fatal(err)
		}
		all = agendaOf(t, k.browser().do("GET", path, nil))
		if state, n := told(t, all[uid(rooms[0].ID)]); state != "TENTATIVE" || n <= before {
			t.Errorf("her associate is offered the seat: %s, number %d after %d", state, n, before)
		}
		if state, n := told(t, all[uid(rooms[1].ID)]); state != "CANCELLED" || n <= waited {
			t.Errorf("given back: %s, number %d after %d", state, n, waited)
		}
		if state, n := told(t, all[uid(slots[1].ID)]); state != "CANCELLED" || n == 0 {
			t.Errorf("called off: %s, number %d", state, n)
		}
		text := strings.ReplaceAll(k.browser().do("GET", "/en"+path, nil).body, "\r\n ", "")
		for _, secret := range []string{k.bookings.Link(first.ID), k.bookings.Link(waits.ID), "ma-place", "a-la-porte", "accueil/", "Bruno", strings.TrimSuffix(strings.TrimPrefix(path, feedPath), ".ics")} {
			if strings.Contains(text, secret) {
				t.Errorf("the agenda holds %q", secret)
			}
		}
		if !strings.Contains(text, "You host this visit.") {
			t.Error("the English agenda is not in English")
		}

		again := strings.TrimPrefix(amina.do("POST", "/mon-espace/agenda", nil).text("textarea"), "http://localhost")
		if a := k.browser().do("GET", path, nil); a.status != http.StatusNotFound {
			t.Errorf("the address before: %d", a.status)
		}
		agendaOf(t, k.browser().do("GET", again, nil))
		for _, wrong := range []string{strings.TrimSuffix(again, ".ics"), feedPath + ".ics", feedPath + "none.ics"} {
			if a := k.browser().do("GET", wrong, nil); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", wrong, a.status)
			}
		}
		if a := amina.do("POST", "/mon-espace/agenda/fin", nil); a.status != http.StatusSeeOther {
			t.Errorf("ended: %d", a.status)
		}
		if a := k.browser().do("GET", again, nil); a.status != http.StatusNotFound {
			t.Errorf("the ended address: %d", a.status)
		}
		if err := d.Read(t.Context(), func(tx *db.Tx) error {
			var n int
			return tx.One(t.Context(), []any{&n}, `SELECT 1 FROM agenda_feed WHERE token = $1`, strings.TrimSuffix(strings.TrimPrefix(again, feedPath), ".ics"))
		}); err == nil {
			t.Error("the token itself is kept")
		}
	})
}

// Whoever has nothing has an empty agenda, not that of others.
func TestOwnAgendaOfNobody(t *testing.T) {
	k := openDesk(t, dbtest.SQLite(t), "http://localhost")
	k.open(func(o *visit.Offer) { o.Title = "D’une autre" })
	k.plan(3)
	jean := k.browser().signIn("jean@exemple.fr")
	path := strings.TrimPrefix(jean.do("POST", "/mon-espace/agenda", nil).text("textarea"), "http://localhost")
	if all := agendaOf(t, k.browser().do("GET", path, nil)); len(all) != 0 {
		t.Errorf("%d events of others", len(all))
	}
}
