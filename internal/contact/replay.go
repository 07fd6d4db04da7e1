package contact

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// An Objection is the digest of an address or a number that is not to be kept:
// only the house, with its secret, can tell whether somebody is meant.
type Objection struct {
	Digest string
	At     time.Time
}

// Objections returns every objection, the first ones first.
func (cs *Contacts) Objections(ctx context.Context) ([]Objection, error) {
	var list []Objection
	err := cs.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = db.All(ctx, t, func(r *db.Row) (o Objection, err error) {
			var at int64
			err = r.Scan(&o.Digest, &at)
			o.At = db.Time(at)
			return o, err
		}, `
			SELECT key, at
			FROM contact_objection
			ORDER BY at, key`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("objections: %w", err)
	}
	return list, nil
}

// ObjectAgain forgets the contacts that a database that was put back knows
// again although they had objected, and the files that wait, which may name
// them. It returns how many contacts there were.
func (cs *Contacts) ObjectAgain(ctx context.Context, by account.Actor, list []Objection) (int, error) {
	if len(list) == 0 {
		return 0, nil
	}
	n := 0
	err := cs.DB.Write(ctx, func(t *db.Tx) error {
		n = 0
		meant := make(map[string]bool)
		for _, o := range list {
			meant[o.Digest] = true
			if err := addObjection(ctx, t, o.Digest, o.At); err != nil {
				return err
			}
		}
		if _, err := t.Exec(ctx, `DELETE FROM contact_import`); err != nil {
			return err
		}
		all, err := allContacts(ctx, t)
		if err != nil {
			return err
		}
		for _, c := range all {
			objects := false
			for _, key := range reaches(c.Mail, c.Phone) {
				objects = objects || meant[cs.digest(key)]
			}
			if !objects {
				continue
			}
			n++
			if err := removeContact(ctx, t, c.ID); err != nil && !errors.Is(err, db.ErrNotFound) {
				return err
			}
			if err := account.Record(ctx, t, cs.Clock.Now(), account.Entry{Act: "contact.object", Kind: "contact", Object: c.ID, By: by}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = cs.DB.Flush(ctx)
	}
	if err != nil {
		return n, fmt.Errorf("object again: %w", err)
	}
	return n, nil
}
