package account

import (
	"errors"
	"strings"
	"testing"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestChangeNames(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, now, post := house(d)
		amina := enter(t, a, post, "amina@lys.fr").Person
		by := Actor{Who: amina.ID, Channel: Web}
		if amina.Name() != "amina@lys.fr" {
			t.Errorf("without a name: %q", amina.Name())
		}
		now.Pass(time.Minute)
		n := Names{Given: " Amina\u202e\n", Family: "Ben  Salah", Phone: " 03 21 00 00 00"}
		for range 2 {
			if err := a.ChangeNames(t.Context(), by, amina.ID, n); err != nil {
				t.Fatal(err)
			}
		}
		p, err := a.Person(t.Context(), amina.ID)
		if err != nil || p.Name() != "Amina Ben Salah" || p.Phone != "03 21 00 00 00" {
			t.Errorf("%+v, %v", p, err)
		}
		acts, err := a.Acts(t.Context(), amina.ID, "", 10)
		if err != nil || acts[0].Act != "account.names" || strings.Join(acts[0].Fields, " ") != "family_name given_name phone" || acts[1].Act == "account.names" {
			t.Errorf("record: %+v, %v", acts, err)
		}
		if err := a.ChangeNames(t.Context(), by, amina.ID, Names{Phone: "12"}); !errors.Is(err, ErrPhone) {
			t.Errorf("a short number: %v", err)
		}
		if err := a.ChangeNames(t.Context(), by, "nobody", n); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}

func TestParsePhone(t *testing.T) {
	for s, want := range map[string]string{
		"03 21 00 00 00": "03 21 00 00 00", "+33 (0)3.21.00-00 00": "+33 (0)3.21.00-00 00", " 0321000000\t": "0321000000", "": "", "12": "", "0321 poste 4": "", "+1234567890123456": "", "03 21 00 00 00;": "",
	} {
		if got, err := ParsePhone(s); got != want || (err == nil) != (want != "") {
			t.Errorf("ParsePhone(%q) = %q, %v", s, got, err)
		}
	}
}
