package contact

import (
	"context"
	"fmt"
	"iter"
	"slices"
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

// Objections yields every objection in the order of the digests, so many at a
// time: there may be a million.
func (cs *Contacts) Objections(ctx context.Context, most int) iter.Seq2[[]Objection, error] {
	return func(yield func([]Objection, error) bool) {
		after := ""
		for {
			var some []Objection
			err := cs.DB.Read(ctx, func(t *db.Tx) (err error) {
				some, err = objectionsAfter(ctx, t, after, most)
				return err
			})
			if err != nil {
				yield(nil, fmt.Errorf("objections: %w", err))
				return
			}
			if len(some) == 0 || !yield(some, nil) || len(some) < most {
				return
			}
			after = some[len(some)-1].Digest
		}
	}
}

// pageOfContacts is how many contacts are looked at together.
const pageOfContacts = 500

// ObjectAgain forgets the contacts that a database that was put back knows
// again although they had objected, and the files that wait, which may name
// them. It returns how many contacts there were. The list comes part by part,
// and may be asked for several times; where it has nothing new nothing is
// done. All of it is one act: a stop in the middle leaves nothing noted, so
// that the next time does it all.
func (cs *Contacts) ObjectAgain(ctx context.Context, by account.Actor, list iter.Seq2[[]Objection, error]) (int, error) {
	fresh, err := cs.anyFresh(ctx, list)
	if err != nil || !fresh {
		return 0, err
	}
	n := 0
	err = cs.DB.Write(ctx, func(t *db.Tx) (err error) {
		for some, err := range list {
			if err == nil {
				err = addObjections(ctx, t, some)
			}
			if err != nil {
				return err
			}
		}
		if _, err := t.Notice(ctx, account.ErasureTopic); err != nil {
			return err
		}
		if _, err := t.Exec(ctx, `DELETE FROM contact_import`); err != nil {
			return err
		}
		n, err = cs.forgetObjecting(ctx, t, by)
		return err
	})
	if err == nil {
		err = cs.DB.Flush(ctx)
	}
	if err != nil {
		return n, fmt.Errorf("object again: %w", err)
	}
	return n, nil
}

// anyFresh reports whether a list has an objection that the database has not.
func (cs *Contacts) anyFresh(ctx context.Context, list iter.Seq2[[]Objection, error]) (bool, error) {
	for some, err := range list {
		if err != nil {
			return false, err
		}
		fresh := false
		err := cs.DB.Read(ctx, func(t *db.Tx) error {
			digests := make([]string, len(some))
			for i, o := range some {
				digests[i] = o.Digest
			}
			known, err := objectionsAmong(ctx, t, digests)
			fresh = slices.ContainsFunc(digests, func(d string) bool { return !known[d] })
			return err
		})
		if err != nil || fresh {
			return fresh, err
		}
	}
	return false, nil
}

// forgetObjecting forgets the contacts who are meant by an objection, as if
// they had objected now, and returns how many there were.
func (cs *Contacts) forgetObjecting(ctx context.Context, t *db.Tx, by account.Actor) (n int, err error) {
	for after := ""; ; {
		page, err := contactsAfter(ctx, t, after, pageOfContacts)
		if err != nil {
			return n, err
		}
		var all []string
		for _, c := range page {
			all = append(all, cs.digests(c)...)
		}
		objected, err := objectionsAmong(ctx, t, all)
		if err != nil {
			return n, err
		}
		for _, c := range page {
			if !cs.asked(objected, c) {
				continue
			}
			n++
			if err := cs.forgetHere(ctx, t, by, c); err != nil {
				return n, err
			}
		}
		if len(page) < pageOfContacts {
			return n, nil
		}
		after = page[len(page)-1].ID
	}
}

// digests are those by which a contact may have objected.
func (cs *Contacts) digests(c *Contact) []string {
	keys := c.reaches()
	for i, key := range keys {
		keys[i] = cs.digest(key)
	}
	return keys
}
