package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/db"
)

// An Entry tells one act that changed something.
type Entry struct {
	Act    string // subject.verb: session.open, claim.approve
	Kind   string // of the object: person, session, claim, establishment
	Object string // its id
	By     Actor
	Fields Fields // what was changed, to what; the values are not kept
	salt   []byte // of the person it is about; nil: values are left out altogether
}

// Fields are what an act changed, by name. Only digests of the values are
// kept, salted with a secret that is erased with the person: they prove later
// what a value was to who knows it, and tell nothing to who does not.
type Fields map[string]string

// About salts the digests of an entry with the secret of a person.
func (e Entry) About(p *Person) Entry {
	e.salt = p.salt
	return e
}

// Record writes an entry in the transaction of the act.
func Record(ctx context.Context, t *db.Tx, now time.Time, e Entry) error {
	digests := map[string]string{}
	for name, value := range e.Fields {
		digests[name] = ""
		if e.salt != nil {
			digests[name] = digest(e.salt, value)
		}
	}
	fields, err := json.Marshal(digests) // in the order of the names
	if err != nil {
		return err
	}
	return addEntry(ctx, t, db.NewID(now), now, e, string(fields))
}

// Note records an act that was done elsewhere.
func (a *Accounts) Note(ctx context.Context, e Entry) error {
	if err := a.DB.Write(ctx, func(t *db.Tx) error { return Record(ctx, t, a.Clock.Now(), e) }); err != nil {
		return fmt.Errorf("record an act: %w", err)
	}
	return nil
}

// digest is a value as the record of acts holds it.
func digest(salt []byte, value string) string {
	m := hmac.New(sha256.New, salt)
	m.Write([]byte(value))
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// A Recorded is an entry as it is read again.
type Recorded struct {
	ID     string
	At     time.Time
	Act    string
	Kind   string
	Object string
	By     Actor
	Fields []string // names
	fields string   // as stored
	number int64    // 0: not sealed yet
	hash   string
}

// link is the hash of an entry: of all it says, and of the hash before.
func (r *Recorded) link(before string) string {
	h := sha256.New()
	for _, s := range []string{
		before, r.ID, fmt.Sprint(db.Micros(r.At)), r.Act, r.Kind, r.Object, r.By.Who, r.By.For, string(r.By.Channel), r.fields, fmt.Sprint(r.number),
	} {
		fmt.Fprintf(h, "%d:%s", len(s), s)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ErrChain says that the record of acts is not what was written.
var ErrChain = errors.New("the record of acts was altered")

// sealAtOnce is how many entries are sealed in one transaction.
const sealAtOnce = 500

// Seal numbers the entries that are not in the chain yet and links each to
// the one before. Acts do not wait for it: it runs every few seconds, on any
// node.
func (a *Accounts) Seal(ctx context.Context) error {
	for {
		n := 0
		err := a.DB.Write(ctx, func(t *db.Tx) error {
			last, before, err := chainEnd(ctx, t)
			if err != nil {
				return err
			}
			list, err := unsealed(ctx, t, sealAtOnce)
			if err != nil {
				return err
			}
			n = len(list)
			for i := range list {
				last++
				list[i].number = last
				before = list[i].link(before)
				if err := seal(ctx, t, list[i].ID, last, before); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("seal the record of acts: %w", err)
		}
		if n < sealAtOnce {
			return nil
		}
	}
}

// Verify reads the whole chain and returns its length, or ErrChain with the
// number of the first entry that is wrong.
func (a *Accounts) Verify(ctx context.Context) (int64, error) {
	var number int64
	before := ""
	for {
		var list []Recorded
		err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
			list, err = sealed(ctx, t, number, sealAtOnce)
			return err
		})
		if err != nil {
			return number, fmt.Errorf("verify the record of acts: %w", err)
		}
		for i := range list {
			number++
			if list[i].number != number || list[i].link(before) != list[i].hash {
				return number, fmt.Errorf("entry %d: %w", number, ErrChain)
			}
			before = list[i].hash
		}
		if len(list) < sealAtOnce {
			return number, nil
		}
	}
}

// AllActs returns the acts of the house before one, the last first: ids, acts
// and names of fields, which tell who did what to whoever may look an id up.
func (a *Accounts) AllActs(ctx context.Context, before string, limit int) ([]Recorded, error) {
	var list []Recorded
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = allActs(ctx, t, before, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("acts of the house: %w", err)
	}
	return list, nil
}

// Sealed returns the length of the chain, without reading it.
func (a *Accounts) Sealed(ctx context.Context) (n int64, err error) {
	err = a.DB.Read(ctx, func(t *db.Tx) error {
		n, _, err = chainEnd(ctx, t)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("record of acts: %w", err)
	}
	return n, nil
}

// Acts returns what a person did, and what was done to or for them, the latest
// first, before an id (empty for the latest of all).
func (a *Accounts) Acts(ctx context.Context, person, before string, limit int) ([]Recorded, error) {
	var list []Recorded
	err := a.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = actsOf(ctx, t, person, before, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("acts: %w", err)
	}
	return list, nil
}
