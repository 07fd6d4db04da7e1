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
	box, err := h.Post.outbox.Mailbox(ctx, "", 50)
	for _, m := range box {
		if m.Kind == "team.agreed" && m.Class == mail.Answer {
			got[m.Message.To] += m.Message.Subject + m.Message.Text
		}
	}
	if err != nil || len(got) != 2 {
		t.Fatalf("told: %d, %v", len(got), err)
	}
	for to, text := range got {
		if !strings.Contains(text, "Confirmé\u202f: Un fournil") || !strings.Contains(text, "/invitation-groupement/") {
			t.Errorf("%s is told %q", to, text)
		}
	}
}
