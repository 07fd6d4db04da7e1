package account

import (
	"errors"
	"sync"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/register"
)

// Somebody without a SIRET says what they do, once however often; can give the
// number later; and is gone with their account.
func TestHardCase31ActivityWithoutSIRET(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		ctx := t.Context()
		amina := enter(t, a, post, "amina@lys.fr").Person
		by := Actor{Who: amina.ID, Channel: Web}
		for name, c := range map[string]struct {
			said Activity
			want error
		}{"no name": {Activity{Person: amina.ID, Name: "  ", Commune: "62473"}, ErrNoName}, "no place": {Activity{Person: amina.ID, Name: "Pain"}, ErrNoPlace}} {
			if _, err := a.SayActivity(ctx, by, c.said); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
		}
		said := Activity{Person: amina.ID, Name: "Le pain d'Amina", Commune: "62473", Territory: "artois", Trade: "boulanger"}
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if _, err := a.SayActivity(ctx, by, said); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		list, err := a.ActivitiesOf(ctx, amina.ID)
		if err != nil || len(list) != 1 || list[0].Trade != "boulanger" {
			t.Fatalf("%d activities, %v", len(list), err)
		}
		id := list[0].ID
		if waiting, err := a.WaitingActivities(ctx); err != nil || len(waiting) != 1 {
			t.Errorf("%d wait, %v", len(waiting), err)
		}
		const siret = register.SIRET(38269518700049)
		if err := errors.Join(a.TieActivity(ctx, by, id, siret), a.ReachActivity(ctx, Actor{Who: "nadia"}, id)); err != nil {
			t.Fatal(err)
		}
		if v, err := a.Activity(ctx, id); err != nil || v.SIRET != siret || v.ReachedAt.IsZero() {
			t.Errorf("tied and reached: %+v, %v", v, err)
		}
		if waiting, err := a.WaitingActivities(ctx); err != nil || len(waiting) != 0 {
			t.Errorf("called, %d wait, %v", len(waiting), err)
		}
		for n := range mostActivities {
			said.Name = string(rune('a' + n))
			if _, err := a.SayActivity(ctx, by, said); (n == mostActivities-1) != errors.Is(err, ErrMany) {
				t.Errorf("number %d: %v", n+2, err)
			}
		}
		for range 2 {
			if err := a.RemoveActivity(ctx, by, id); err != nil {
				t.Error(err)
			}
		}
		if err := a.Erase(ctx, by, amina.ID); err != nil {
			t.Fatal(err)
		}
		if waiting, err := a.WaitingActivities(ctx); err != nil || len(waiting) != 0 {
			t.Errorf("erased, %d are left, %v", len(waiting), err)
		}
	})
}
