package account

import (
	"context"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// EveryoneIn returns, in the transaction of another act, everybody who has an
// account, with the establishments they speak for and without their duties, by
// id.
func EveryoneIn(ctx context.Context, t *db.Tx) ([]*Person, error) {
	list, err := db.All(ctx, t, func(r *db.Row) (*Person, error) {
		var p Person
		err := r.Scan(&p.ID, &p.Mail, &p.GivenName, &p.FamilyName, &p.Phone, &p.Language)
		return &p, err
	}, `
		SELECT id, mail, given_name, family_name, phone, language
		FROM person
		ORDER BY id`)
	if err != nil {
		return nil, err
	}
	by := make(map[string]*Person, len(list))
	for _, p := range list {
		by[p.ID] = p
	}
	for row, err := range t.Query(ctx, `SELECT person, siret FROM membership ORDER BY person, siret`) {
		if err != nil {
			return nil, err
		}
		var person string
		var s int64
		if err := row.Scan(&person, &s); err != nil {
			return nil, err
		}
		if p := by[person]; p != nil {
			p.Memberships = append(p.Memberships, register.SIRET(s))
		}
	}
	return list, nil
}
