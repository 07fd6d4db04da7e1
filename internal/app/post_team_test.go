package app

import (
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/mail"
	"passerelle/internal/team"
)

// Whoever answers for a firm of an agreed team is told at once, with whom:
// also somebody without account, and nobody of a masked person's who did not
// join.
func TestMembersOfAnAgreedTeamAreTold(t *testing.T) {
	h := houseOn(t, "sqlite")
	ctx := t.Context()
	nadia := &account.Person{ID: "nadia", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.CMA}}}
	for _, c := range []contact.Contact{{SIRET: directorytest.Brochard, FamilyName: "Brochard", Mail: "paul@brochard.fr"}, {SIRET: directorytest.Masked, FamilyName: "Petit", Mail: "petit@lys.fr"}} {
		if _, err := h.Contacts.Save(ctx, account.Actor{Who: "nadia"}, nadia, c, contact.Origin{Source: "salon"}); err != nil {
			t.Fatal(err)
		}
	}
	speaks(t, h, "amina@lys.fr", directorytest.Boulangerie)
	p := &team.Project{ID: "t1", Title: "Un fournil", Referent: directorytest.Boulangerie, Places: []team.Place{
		{SIRET: directorytest.Brochard, Answer: team.Yes}, {SIRET: directorytest.Boulangerie, Answer: team.Yes}, {SIRET: directorytest.Masked, Answer: team.Yes},
	}}
	err := h.DB.Write(ctx, func(tx *db.Tx) error {
		for range 2 { // told twice is told once
			for _, s := range p.Members() {
				if err := h.team(ctx, tx, team.Letter{Kind: "team.agreed", Project: p, SIRET: s}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	err = h.DB.Read(ctx, func(tx *db.Tx) error {
		list, err := db.All(ctx, tx, func(r *db.Row) (m [2]string, err error) {
			err = r.Scan(&m[0], &m[1])
			return m, err
		}, `SELECT recipient, message FROM mail_outbox WHERE kind = 'team.agreed' AND class = $1`, string(mail.Answer))
		for _, m := range list {
			got[m[0]] += m[1]
		}
		return err
	})
	if err != nil || len(got) != 2 {
		t.Fatalf("told: %d, %v", len(got), err)
	}
	for to, text := range got {
		if strings.Count(text, "Confirmé : Un fournil") == 0 || !strings.Contains(text, "/invitation-groupement/") {
			t.Errorf("%s is told %q", to, text)
		}
	}
}
