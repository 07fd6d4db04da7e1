package account

import (
	"errors"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// Unused for 23 months, warned once; for 24, erased; whoever comes back, or
// works for the house, is not.
func TestRetain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, clock, post := house(d)
		amina, jean := enter(t, a, post, "amina@lys.fr").Person, enter(t, a, post, "jean@lys.fr").Person
		if _, err := a.Add(t.Context(), Actor{Who: "operator"}, NewPerson{Mail: "op@maison.fr", Duty: Duty{Role: Operator}}); err != nil {
			t.Fatal(err)
		}
		warned := func() (n int) {
			for _, l := range post.letters {
				if l.Kind == "account.unused" {
					n++
				}
			}
			return n
		}
		retain := func() {
			t.Helper()
			for range 2 {
				if err := a.Retain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		clock.Pass(22 * 30 * 24 * time.Hour)
		if retain(); warned() != 0 {
			t.Errorf("after 22 months %d were warned", warned())
		}
		clock.Pass(45 * 24 * time.Hour)
		if retain(); warned() != 2 {
			t.Errorf("after 23 months %d were warned, want 2", warned())
		}
		enter(t, a, post, "jean@lys.fr")
		clock.Pass(20 * 24 * time.Hour)
		retain()
		if _, err := a.Person(t.Context(), amina.ID); err != nil {
			t.Errorf("erased 20 days after the warning: %v", err)
		}
		clock.Pass(20 * 24 * time.Hour)
		retain()
		if _, err := a.Person(t.Context(), amina.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("after 24 months: %v", err)
		}
		if _, err := a.Person(t.Context(), jean.ID); err != nil {
			t.Errorf("Jean came back and was erased: %v", err)
		}
		if staff, err := a.Staff(t.Context()); err != nil || len(staff) != 1 {
			t.Errorf("staff: %v, %v", staff, err)
		}
		if warned() != 2 {
			t.Errorf("%d warnings", warned())
		}
	})
}
