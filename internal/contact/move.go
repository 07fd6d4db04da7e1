package contact

import (
	"context"
	"fmt"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Establishments returns those that somebody known works for.
func (cs *Contacts) Establishments(ctx context.Context) (list []register.SIRET, err error) {
	err = cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = establishments(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("establishments of contacts: %w", err)
	}
	return list, nil
}

// Move ties the contacts of an establishment to the one that took it over, in
// the transaction that moves its people.
func (cs *Contacts) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	territory := ""
	if e, err := cs.Directory.Establishment(to); err == nil {
		territory = e.Territory
	}
	return moveContacts(ctx, t, from, to, territory)
}
