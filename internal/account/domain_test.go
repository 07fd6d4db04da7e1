package account

import (
	"errors"
	"testing"

	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

func TestShowByDomain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		a, _, post := house(d)
		for mail, domains := range map[string][]string{
			"paul@orange.fr": {"orange.fr"}, "eve@pain.example.evil.test": {"pain.example"}, "luc@pain.example": {"boulangerie.example", ""}, "anne@ain.example": {"pain.example"}, "no@pain.example": nil,
		} {
			p := enter(t, a, post, mail).Person
			c, err := a.ClaimFirm(t.Context(), Actor{Who: p.ID, Channel: Web}, p, bakery, "artois")
			if err != nil {
				t.Fatal(err)
			}
			if err := a.ShowByDomain(t.Context(), Actor{Who: p.ID, Channel: Web}, c, domains); !errors.Is(err, ErrDomain) || member(t, a, p.ID) {
				t.Errorf("%s at %v: %v", mail, domains, err)
			}
		}
		for _, mail := range []string{"Amina@pain.example", "jean@pain.example"} {
			p := enter(t, a, post, mail).Person
			by := Actor{Who: p.ID, Channel: Web}
			c, err := a.ClaimFirm(t.Context(), by, p, bakery, "artois")
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := a.ShowByDomain(t.Context(), by, c, []string{"x.example", "WWW.pain.example"}); err != nil || !member(t, a, p.ID) {
					t.Errorf("%s: %v", mail, err)
				}
			}
		}
		if l := post.last(t, "Amina@pain.example"); l.Kind != "membership.join" || l.SIRET != bakery {
			t.Errorf("amina is told %+v", l)
		}
	})
}
