package account

import (
	"errors"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		e := enter(t, a, post, "amina@lys.fr")
		enter(t, a, post, "jean@lys.fr")
		if n, err := a.Verify(t.Context()); n != 0 || err != nil {
			t.Fatalf("before sealing: %d, %v", n, err)
		}
		for range 2 {
			if err := a.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		n, err := a.Verify(t.Context())
		if n != 4 || err != nil {
			t.Fatalf("Verify = %d, %v; want two accounts and two sessions", n, err)
		}
		acts, err := a.Acts(t.Context(), e.Person.ID, "", 10)
		if err != nil || len(acts) != 2 || acts[0].Act == acts[1].Act {
			t.Errorf("acts of Amina = %+v, %v", acts, err)
		}
		exec := func(query string) {
			t.Helper()
			if err := d.Write(t.Context(), func(tx *db.Tx) error {
				_, err := tx.Exec(t.Context(), query)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		exec(`UPDATE audit_entry SET who = 'x' WHERE number = 2`)
		if n, err := a.Verify(t.Context()); n != 2 || !errors.Is(err, ErrChain) {
			t.Errorf("an altered entry: %d, %v", n, err)
		}
	})
}

func TestChainMissesARow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		enter(t, a, post, "amina@lys.fr")
		enter(t, a, post, "jean@lys.fr")
		if err := a.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), `DELETE FROM audit_entry WHERE number = 3`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Verify(t.Context()); n != 3 || !errors.Is(err, ErrChain) {
			t.Errorf("a removed entry: %d, %v", n, err)
		}
	})
}

// The record tells nobody's address, name or phone.
func TestRecordHoldsNoValue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		enter(t, a, post, "amina@lys.fr")
		err := d.Read(t.Context(), func(tx *db.Tx) error {
			for row, err := range tx.Query(t.Context(), `SELECT id FROM audit_entry WHERE fields LIKE '%amina%' OR who LIKE '%amina%' OR object LIKE '%amina%'`) {
				if err != nil {
					return err
				}
				t.Errorf("an entry holds the address: %v", row)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
