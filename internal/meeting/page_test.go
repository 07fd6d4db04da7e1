package meeting

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// Pages of what was held are, one after the other, what a walk over all rows
// would keep, and never show one twice: also those of one hour.
func TestPagesOfPastMeetings(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
		ms := &Meetings{DB: d, Bookings: &booking.Bookings{DB: d}}
		var all []Meeting
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			all = nil
			for i := range 60 {
				m := Meeting{
					ID: fmt.Sprintf("m%02d", i), State: []State{Published, Draft}[i%4/3], Territory: []string{"artois", "cambresis", "douaisis"}[i%3], Organiser: []string{"amina", "bruno"}[i%2],
					Series: []string{"", "s1"}[i%5/4], CreatedAt: now, ChangedAt: now,
				}
				if i%2 == 0 {
					m.Trades = []string{[]string{"boulanger", "menuisier"}[i%4/2]}
				}
				m.Room = booking.Room{ID: m.ID, Kind: Kind, Seats: 10, Start: now.AddDate(0, 0, -i/3+4)}
				m.Room.End = m.Room.Start.Add(2 * time.Hour)
				if err := ms.Bookings.Add(t.Context(), tx, m.Room); err != nil {
					return err
				}
				if err := putMeeting(t.Context(), tx, &m, true); err != nil {
					return err
				}
				all = append(all, m)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		keeper := &account.Person{ID: "bruno", Territories: []string{"artois"}}
		for name, c := range map[string]struct {
			f     Filter
			keeps func(*Meeting) bool
		}{
			"all that ended": {Filter{Ended: now, Drafts: true}, func(m *Meeting) bool { return m.Room.End.Before(now) }},
			"published":      {Filter{Ended: now}, func(m *Meeting) bool { return m.Room.End.Before(now) && m.Shown() }},
			"of a keeper": {Filter{Ended: now, Keeper: keeper, Drafts: true}, func(m *Meeting) bool {
				return m.Room.End.Before(now) && (m.Territory == "artois" || m.Organiser == "bruno")
			}},
			"to come, of a trade": {Filter{From: now, Trade: "boulanger"}, func(m *Meeting) bool {
				return !m.Room.End.Before(now) && m.Shown() && (len(m.Trades) == 0 || m.Trades[0] == "boulanger")
			}},
			"a span of a series": {Filter{From: now.AddDate(0, 0, -9), To: now.AddDate(0, 0, -2), Series: "s1", Drafts: true}, func(m *Meeting) bool {
				return !m.Room.End.Before(now.AddDate(0, 0, -9)) && m.Room.Start.Before(now.AddDate(0, 0, -2)) && m.Series == "s1"
			}},
		} {
			var want, got []string
			for i := range all {
				if c.keeps(&all[i]) {
					want = append(want, all[i].ID)
				}
			}
			f := c.f
			if !f.Ended.IsZero() {
				f.Limit = 7
			}
			pages := 0
			for ; ; pages++ {
				list, next, err := ms.Page(t.Context(), f)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for i := range list {
					got = append(got, list[i].ID)
				}
				if f.After = next; next == "" {
					break
				}
			}
			sorted := slices.Sorted(slices.Values(got))
			if len(want) == 0 || !slices.Equal(sorted, want) {
				t.Errorf("%s: got %v, want %v", name, sorted, want)
			}
			if f.Limit > 0 && pages != (len(want)-1)/7 {
				t.Errorf("%s: %d pages of %d meetings", name, pages+1, len(want))
			}
		}
	})
}
