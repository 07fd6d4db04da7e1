package account

import (
	"testing"

	"passerelle/internal/register"
)

func TestMay(t *testing.T) {
	const bakery, joinery = register.SIRET(11000002900017), register.SIRET(22000002900018)
	amina := &Person{ID: "amina", Memberships: []register.SIRET{bakery}}
	claire := &Person{ID: "claire", Duties: []Duty{{Facilitator, CMA}}, Territories: []string{"artois"}}
	marc := &Person{ID: "marc", Duties: []Duty{{Facilitator, Departement}}}
	elue := &Person{ID: "elue", Duties: []Duty{{Role: Committee}}}
	op := &Person{ID: "op", Duties: []Duty{{Role: Operator}}}
	firm := Object{SIRET: bakery, Territory: "artois"}
	for _, c := range []struct {
		name string
		p    *Person
		act  Act
		o    Object
		want bool
	}{
		{"a visitor looks", nil, Look, Object{}, true},
		{"a visitor has no space", nil, OwnAccount, Object{}, false},
		{"a visitor with an empty object", nil, OwnAccount, Object{Person: ""}, false},
		{"her own space", amina, OwnAccount, Object{Person: "amina"}, true},
		{"another's space", amina, OwnAccount, Object{Person: "claire"}, false},
		{"an operator does not live in it either", op, OwnAccount, Object{Person: "amina"}, false},
		{"her shop", amina, OwnFirm, firm, true},
		{"another shop", amina, OwnFirm, Object{SIRET: joinery, Territory: "artois"}, false},
		{"no shop at all", amina, OwnFirm, Object{}, false},
		{"a facilitator in her territory", claire, OwnFirm, firm, true},
		{"a facilitator elsewhere", claire, OwnFirm, Object{SIRET: joinery, Territory: "calaisis"}, false},
		{"a facilitator nowhere", claire, OwnFirm, Object{SIRET: joinery}, false},
		{"a facilitator of all territories", marc, DecideClaims, firm, true},
		{"a member decides nothing", amina, DecideClaims, firm, false},
		{"the committee reads", elue, SeeDashboards, Object{}, true},
		{"the committee runs nothing", elue, RunHouse, Object{}, false},
		{"a facilitator runs nothing", claire, RunHouse, Object{}, false},
		{"the operator runs the house", op, RunHouse, Object{}, true},
		{"a note of the other institution", marc, KeepContacts, Object{Territory: "artois", Scope: OneHouse, Institution: CMA}, false},
		{"a note of hers", claire, KeepContacts, Object{Territory: "artois", Scope: OneHouse, Institution: CMA}, true},
		{"a note for both", marc, KeepContacts, Object{Territory: "artois", Institution: CMA}, true},
		{"somebody's own note", marc, KeepContacts, Object{Person: "claire", Territory: "artois", Scope: OnlyMine}, false},
		{"an act nobody knows", op, "fly", Object{}, false},
	} {
		if got := May(c.p, c.act, c.o); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

// Every act is somebody's, and none of a member's reaches further than theirs.
func TestPermissions(t *testing.T) {
	for _, act := range Acts() {
		roles := permissions[act]
		if len(roles) == 0 {
			t.Errorf("nobody may %s", act)
		}
		if roles[Visitor] != Nothing && roles[Visitor] != House {
			t.Errorf("a visitor has nothing of their own: %s", act)
		}
		for role := range roles {
			if role == Visitor && len(roles) > 1 {
				t.Errorf("%s: what everyone may do needs no other line", act)
			}
		}
	}
}
