package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
)

// demoKnown is how many people the facilitators of a demonstration know.
const demoKnown = 90

// demoContacts has facilitators know people of firms around the first meeting,
// as a file of a fair would bring them: most by mail, some by telephone only,
// some who said that we may not write.
func (h *house) demoContacts(ctx context.Context) error {
	marc := &account.Person{ID: "demo", Duties: []account.Duty{{Role: account.Facilitator, Institution: account.Departement}}}
	by := account.Actor{Who: marc.ID, Channel: account.Command}
	known, err := h.Contacts.Contacts(ctx, marc, "")
	if err != nil || len(known) > 0 {
		return err
	}
	found, err := h.Directory.Search(query.Query{Territories: []string{"artois"}, Page: 1, PerPage: demoKnown})
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(62, 120))
	for n, hit := range found.Hits {
		if hit.Mask != directory.Shown {
			continue
		}
		given, family := demoGiven[r.IntN(len(demoGiven))], demoFamily[r.IntN(len(demoFamily))]
		c := contact.Contact{SIRET: hit.SIRET, Firm: hit.Name, Territory: hit.Territory, GivenName: given, FamilyName: family, Mail: fmt.Sprintf("%s.%s.c%d@exemple.fr", fold.Key(given), strings.ReplaceAll(fold.Key(family), " ", ""), n)}
		switch n % 15 {
		case 4:
			c.Mail, c.Phone = "", fmt.Sprintf("+3332100%04d", n)
		case 9:
			c.Answers = []contact.Answer{{Consent: contact.Refused, Words: "Ne m’écrivez plus"}}
		}
		if _, err := h.Contacts.Save(ctx, by, marc, c, contact.Origin{Source: "Salon des métiers, mars"}); err != nil {
			return fmt.Errorf("a contact of the demonstration: %w", err)
		}
	}
	return nil
}
