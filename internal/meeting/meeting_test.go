package meeting

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

var (
	monday = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	nadia  = account.Actor{Who: "nadia", Channel: account.Web}
)

func planned(territory string, day int) Meeting {
	start := monday.AddDate(0, 0, day).Add(8 * time.Hour)
	return Meeting{
		Title: "L’artisanat et l’ESS se rencontrent", Territory: territory, Commune: "62473", Venue: Venue{Name: "Salle des fêtes"},
		Agenda: []Item{{Minutes: 15, Title: "Accueil"}, {Title: " "}}, Trades: []string{"menuisier", "boulanger", "menuisier"},
		Organiser: "nadia", Institution: account.CMA, Room: booking.Room{Seats: 50, Reserved: 4, Start: start, End: start.Add(2 * time.Hour)},
	}
}

func house(t *testing.T, d *db.DB) (*Meetings, *[]booking.Letter) {
	t.Helper()
	var letters []booking.Letter
	now := clock.Hold(monday)
	b := &booking.Bookings{DB: d, Clock: now, Secret: []byte("s"), Tell: func(_ context.Context, _ *db.Tx, l booking.Letter) error {
		letters = append(letters, l)
		return nil
	}}
	return &Meetings{DB: d, Clock: now, Bookings: b}, &letters
}

func TestSeries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ms, letters := house(t, d)
		wrong := planned("artois", -3)
		wrong.Title = ""
		_, faults, err := ms.Plan(t.Context(), nadia, []Meeting{planned("artois", 10), wrong})
		if diff := cmp.Diff([][]Fault{nil, {{"title", "missing"}, {"start", "past"}}}, faults); diff != "" || !errors.Is(err, ErrFaults) {
			t.Fatalf("%v\n%s", err, diff)
		}
		list, _, err := ms.Plan(t.Context(), nadia, []Meeting{planned("artois", 10), planned("calaisis", 12), planned("boulonnais", 11)})
		if err != nil || list[0].Series == "" || list[0].Series != list[2].Series {
			t.Fatalf("%+v, %v", list, err)
		}
		ids := func(f Filter) (got []string) {
			t.Helper()
			found, err := ms.Meetings(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range found {
				got = append(got, m.Territory)
			}
			return got
		}
		if got := ids(Filter{}); len(got) > 0 {
			t.Errorf("drafts are shown: %v", got)
		}
		for range 2 {
			if err := ms.Publish(t.Context(), nadia, list[0].ID, list[1].ID); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range []struct {
			f    Filter
			want []string
		}{
			{Filter{}, []string{"artois", "calaisis"}},
			{Filter{Drafts: true}, []string{"artois", "boulonnais", "calaisis"}},
			{Filter{Territory: "calaisis"}, []string{"calaisis"}},
			{Filter{Trade: "boulanger"}, []string{"artois", "calaisis"}},
			{Filter{Trade: "coiffeur"}, nil},
			{Filter{From: monday.AddDate(0, 0, 11)}, []string{"calaisis"}},
			{Filter{To: monday.AddDate(0, 0, 11)}, []string{"artois"}},
			{Filter{Series: list[0].Series, Drafts: true, Territory: "boulonnais"}, []string{"boulonnais"}},
		} {
			if diff := cmp.Diff(test.want, ids(test.f)); diff != "" {
				t.Errorf("%+v: %s", test.f, diff)
			}
		}
		x, err := ms.Bookings.Book(t.Context(), booking.Ask{Room: list[0].ID, Name: "amina", Mail: "amina@lys.fr", Seats: 3, By: nadia})
		if err != nil {
			t.Fatal(err)
		}
		m := list[0]
		m.Words = "Venez avec vos questions."
		if _, err := ms.Change(t.Context(), nadia, m); err != nil {
			t.Fatal(err)
		}
		if len(*letters) != 1 {
			t.Errorf("%d letters: another word is not told", len(*letters))
		}
		m.Room.Start, m.Room.End = m.Room.Start.Add(time.Hour), m.Room.End.Add(time.Hour)
		if _, err := ms.Change(t.Context(), nadia, m); err != nil {
			t.Fatal(err)
		}
		if last := (*letters)[len(*letters)-1]; last.Kind != booking.Moved || last.Booking.ID != x.ID || !last.Room.Start.Equal(m.Room.Start) {
			t.Errorf("of another hour amina was told %s, %s", last.Kind, last.Room.Start)
		}
		m.Room.Seats = 5
		if _, err := ms.Change(t.Context(), nadia, m); !errors.Is(err, booking.ErrHeld) {
			t.Errorf("fewer seats than are held: %v", err)
		}
		again, err := ms.Meeting(t.Context(), m.ID)
		if err != nil || again.Words != m.Words || again.Room.Seats != 50 || len(again.Agenda) != 1 || again.Room.Sequence < 2 {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

func TestWeeksAgain(t *testing.T) {
	start := time.Date(2026, 3, 26, 17, 0, 0, 0, time.UTC) // a Thursday
	for now, want := range map[string]int{"2026-11-23": 52, "2027-03-26": 104, "2026-01-01": 52, "2032-03-26": 7 * 52} {
		at, err := time.Parse(time.DateOnly, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := WeeksAgain(start, at); got != want {
			t.Errorf("on %s: %d weeks, want %d", now, got, want)
		}
	}
}
