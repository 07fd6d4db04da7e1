package profile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/picture"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// Profiles are those of a house.
type Profiles struct {
	DB         *db.DB
	Clock      clock.Clock
	Vocabulary *Vocabulary
	Secret     []byte // of the house: signs the links that confirm
	Pictured   *picture.Reader
	Trades     *trade.Table
	// Tell tells somebody about a label, in the transaction of the act.
	Tell func(ctx context.Context, t *db.Tx, n LabelNews) error
	// Over writes what search must know of an establishment, in the
	// transaction of the change, and Refresh makes this node see it at once.
	Over    func(ctx context.Context, t *db.Tx, by directory.Act, s register.SIRET, how func(*directory.Overlay)) error
	Refresh func(ctx context.Context) error
	// Laid returns what search knows of an establishment on this node.
	Laid func(s register.SIRET) directory.Overlay
}

// Profile returns that of an establishment; an empty one when nothing was
// said.
func (p *Profiles) Profile(ctx context.Context, s register.SIRET) (Profile, error) {
	var found Profile
	err := p.DB.Read(ctx, func(t *db.Tx) (err error) {
		found, err = readProfile(ctx, t, s)
		return err
	})
	if errors.Is(err, db.ErrNotFound) {
		return Profile{}, nil
	}
	if err != nil {
		return Profile{}, fmt.Errorf("profile: %w", err)
	}
	return found, nil
}

// A Change is what somebody says of an establishment.
type Change struct {
	SIRET   register.SIRET
	Content Content
	By      account.Actor
	ForName string // whom a facilitator does it for
}

// Change writes what is said of an establishment, and keeps what was said
// before. It returns ErrFaults with the faults, having written nothing.
func (p *Profiles) Change(ctx context.Context, c Change) ([]Fault, error) {
	content, faults := Clean(c.Content, p.Vocabulary.Known)
	if len(faults) > 0 {
		return faults, ErrFaults
	}
	now := p.Clock.Now()
	err := p.DB.Write(ctx, func(t *db.Tx) error {
		was, err := readProfile(ctx, t, c.SIRET)
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		fields := Changed(was.Content, content)
		if err := writeProfile(ctx, t, c.SIRET, content, now); err != nil {
			return err
		}
		if len(fields) == 0 { // said again: confirmed
			return p.wake(ctx, t, c.By, c.SIRET, &was, now)
		}
		if err := addRevision(ctx, t, c, was.Content, fields, now); err != nil {
			return err
		}
		if err := p.lay(ctx, t, c.By, c.SIRET, &content); err != nil {
			return err
		}
		e := account.Entry{Act: "profile.change", Kind: "establishment", Object: c.SIRET.String(), By: c.By, Fields: account.Fields{}}
		for _, f := range fields {
			e.Fields[f] = ""
		}
		return account.Record(ctx, t, now, e)
	})
	if err != nil {
		return nil, fmt.Errorf("change the profile of %s: %w", c.SIRET, err)
	}
	return nil, p.Refresh(ctx)
}

// lay makes search know what a profile says; the zero Content is nothing.
func (p *Profiles) lay(ctx context.Context, t *db.Tx, by account.Actor, s register.SIRET, c *Content) error {
	return p.Over(ctx, t, directory.Act{Who: by.Who, For: by.For, Channel: string(by.Channel)}, s, func(o *directory.Overlay) {
		o.Words, o.Resources, o.Flags = c.Searched(p.Vocabulary), c.Resources, nil
		if c.Visits {
			o.Flags = append(o.Flags, "visits")
		}
		if c.Apprentices {
			o.Flags = append(o.Flags, "apprentices")
		}
	})
}

// wake makes search know a profile again that slept until now.
func (p *Profiles) wake(ctx context.Context, t *db.Tx, by account.Actor, s register.SIRET, was *Profile, now time.Time) error {
	if was.State(now) != Sleeping {
		return nil
	}
	if err := p.lay(ctx, t, by, s, &was.Content); !errors.Is(err, db.ErrNotFound) {
		return err
	}
	return nil // it closed meanwhile
}

// Sleep takes out of search what the profiles say that nobody confirmed in
// time: what is not shown is not found either.
func (p *Profiles) Sleep(ctx context.Context) error {
	var slept bool
	err := p.DB.Write(ctx, func(t *db.Tx) error {
		slept = false
		list, err := confirmedBefore(ctx, t, p.Clock.Now().Add(-Asleep))
		if err != nil {
			return err
		}
		for _, s := range list {
			if o := p.Laid(s); o.Words == "" && len(o.Resources)+len(o.Flags) == 0 {
				continue
			}
			slept = true
			if err := p.lay(ctx, t, account.Actor{Channel: account.System}, s, &Content{}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("put profiles to sleep: %w", err)
	}
	if !slept {
		return nil
	}
	return p.Refresh(ctx)
}

// Confirm says that a profile still holds.
func (p *Profiles) Confirm(ctx context.Context, by account.Actor, s register.SIRET) error {
	now := p.Clock.Now()
	err := p.DB.Write(ctx, func(t *db.Tx) error {
		was, err := readProfile(ctx, t, s)
		if err != nil {
			return err
		}
		if err := confirmProfile(ctx, t, s, now); err != nil {
			return err
		}
		if err := p.wake(ctx, t, by, s, &was, now); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "profile.confirm", Kind: "establishment", Object: s.String(), By: by})
	})
	if err != nil {
		return fmt.Errorf("confirm the profile of %s: %w", s, err)
	}
	return p.Refresh(ctx)
}

// Doubtful returns the establishments whose profile nobody has confirmed for a
// year.
func (p *Profiles) Doubtful(ctx context.Context) ([]register.SIRET, error) {
	var list []register.SIRET
	err := p.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = confirmedBefore(ctx, t, p.Clock.Now().Add(-Doubtful))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("doubtful profiles: %w", err)
	}
	return list, nil
}

// Sold returns what the people of each establishment say that it sells, but of
// profiles that sleep.
func (p *Profiles) Sold(ctx context.Context) (map[register.SIRET]string, error) {
	out := make(map[register.SIRET]string)
	err := p.DB.Read(ctx, func(t *db.Tx) error {
		list, err := confirmedAfter(ctx, t, p.Clock.Now().Add(-Asleep))
		for _, s := range list {
			if s.Sells != "" {
				out[s.SIRET] = s.Sells
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("what profiles say is sold: %w", err)
	}
	return out, nil
}

// A Revision is a change of a profile.
type Revision struct {
	At      time.Time
	Who     string // id
	ForName string
	Channel account.Channel
	Fields  []string
	Before  Content
}

// Revisions returns the changes of a profile, the latest first.
func (p *Profiles) Revisions(ctx context.Context, s register.SIRET, limit int) ([]Revision, error) {
	var list []Revision
	err := p.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = revisions(ctx, t, s, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("revisions: %w", err)
	}
	return list, nil
}

// A Spoken is an establishment and what was said of it.
type Spoken struct {
	SIRET register.SIRET
	Profile
}

// Since returns the profiles that were changed or confirmed at a moment or
// later, and how many there are in all.
func (p *Profiles) Since(ctx context.Context, moment time.Time) (list []Spoken, all int, err error) {
	err = p.DB.Read(ctx, func(t *db.Tx) (err error) {
		if list, err = profilesSince(ctx, t, moment); err != nil {
			return err
		}
		all, err = countProfiles(ctx, t)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("profiles since a moment: %w", err)
	}
	return list, all, nil
}
