package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Pool returns the purchase of a need, or db.ErrNotFound.
func (x *Needs) Pool(ctx context.Context, need string) (*Pool, error) {
	var p *Pool
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		p, err = readPool(ctx, t, need)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pool of need %s: %w", need, err)
	}
	return p, nil
}

// OpenPool opens a need to those who would buy along: how much is wanted at
// least, and until when one may join.
func (x *Needs) OpenPool(ctx context.Context, by account.Actor, need string, threshold Quantity, until clock.Day) error {
	return x.act(ctx, "pool.open", need, by, func(t *db.Tx, n *Need, now time.Time) error {
		if n.Kind != Purchase || n.State != NeedLive {
			return ErrPool
		}
		today := dayOf(now)
		if threshold <= 0 || until < today || until > after(today, longestPool) {
			return ErrPoolFaults
		}
		if _, err := readPool(ctx, t, n.ID); !errors.Is(err, db.ErrNotFound) {
			return errors.Join(err, ErrPool) // it is open already
		}
		n.ReplyBy = max(n.ReplyBy, until)
		if err := writePool(ctx, t, &Pool{Need: n.ID, Threshold: threshold, Until: until, State: PoolOpen}); err != nil {
			return err
		}
		return addEvent(ctx, t, now, "pool.opened", n.ID, "", n.Territory)
	})
}

// onPool changes a purchase in the transaction of an act.
func (x *Needs) onPool(ctx context.Context, name, need string, by account.Actor, change func(*db.Tx, *Need, *Pool, time.Time) error) error {
	return x.act(ctx, name, need, by, func(t *db.Tx, n *Need, now time.Time) error {
		p, err := readPool(ctx, t, n.ID)
		if err != nil {
			return err
		}
		if err := change(t, n, p, now); err != nil {
			return err
		}
		return writePool(ctx, t, p)
	})
}

// Join lets a firm buy along, or changes how much it wants.
func (x *Needs) Join(ctx context.Context, a Answer, q Quantity) error {
	if q <= 0 || q > maxQuantity {
		return ErrPoolFaults
	}
	return x.onPool(ctx, "pool.join", a.Need, a.By, func(t *db.Tx, n *Need, p *Pool, now time.Time) (err error) {
		if a.SIRET, err = account.HeirIn(ctx, t, a.SIRET); err != nil {
			return err
		}
		if p.State != PoolOpen || p.Until < dayOf(now) {
			return ErrPool
		}
		if err := writeJoiner(ctx, t, n.ID, Joiner{SIRET: a.SIRET, Person: a.By.Who, Quantity: q, At: now}); err != nil {
			return err
		}
		return addEvent(ctx, t, now, "pool.joined", n.ID, "", n.Territory)
	})
}

// Leave lets a firm out, until the group is made.
func (x *Needs) Leave(ctx context.Context, a Answer) error {
	return x.onPool(ctx, "pool.leave", a.Need, a.By, func(t *db.Tx, n *Need, p *Pool, now time.Time) (err error) {
		if a.SIRET, err = account.HeirIn(ctx, t, a.SIRET); err != nil {
			return err
		}
		if p.State == PoolGroup || p.State == PoolClosed {
			return ErrPool
		}
		if err := letGo(ctx, t, n.ID, a.SIRET, now); err != nil {
			return err
		}
		return addEvent(ctx, t, now, "pool.left", n.ID, "", n.Territory)
	})
}

// AddOffer adds what a supplier asks, five at most.
func (x *Needs) AddOffer(ctx context.Context, by account.Actor, need string, o Offer) error {
	o.Supplier, o.Note = oneLine(o.Supplier), oneLine(o.Note)
	if n := utf8.RuneCountInString(o.Supplier); n == 0 || n > MaxTitle || utf8.RuneCountInString(o.Note) > MaxTitle || o.Unit <= 0 || o.Delivery < 0 || o.Minimum < 0 {
		return ErrPoolFaults
	}
	return x.onPool(ctx, "pool.offer", need, by, func(t *db.Tx, n *Need, p *Pool, now time.Time) error {
		switch {
		case p.State == PoolGroup || p.State == PoolClosed:
			return ErrPool
		case len(p.Offers) >= MaxOffers:
			return ErrOffers
		}
		o.ID, o.At = db.NewID(now), now
		if err := addOffer(ctx, t, n.ID, o); err != nil {
			return err
		}
		return addEvent(ctx, t, now, "pool.offered", n.ID, "", n.Territory)
	})
}

// Form makes the group: the offer that is taken, and who speaks for it. The need
// is met, and all are told.
func (x *Needs) Form(ctx context.Context, by account.Actor, need, offer string, referent register.SIRET) error {
	return x.onPool(ctx, "pool.group", need, by, func(t *db.Tx, n *Need, p *Pool, now time.Time) error {
		if p.State != PoolOpen && p.State != PoolReached {
			return ErrPool
		}
		at := slices.IndexFunc(p.Offers, func(o Offer) bool { return o.ID == offer })
		if at < 0 || !slices.ContainsFunc(p.Joiners, func(j Joiner) bool { return j.SIRET == referent }) {
			return ErrPoolFaults
		}
		taken := Compare(p.Offers[at:at+1], p.Total())[0]
		if !p.Enough() || taken.TooSmall {
			return ErrShort
		}
		p.State, p.Offer, p.Referent, p.ClosedAt = PoolGroup, offer, referent, now
		if err := addEvent(ctx, t, now, "pool.group", n.ID, Band(taken.InTotal), n.Territory); err != nil {
			return err
		}
		if err := x.tellPool(ctx, t, n, p, "pool.group"); err != nil {
			return err
		}
		return x.end(ctx, t, n, NeedMet, now)
	})
}

// Extend gives a purchase that missed its threshold some more days, once.
func (x *Needs) Extend(ctx context.Context, by account.Actor, need string, until clock.Day) error {
	return x.onPool(ctx, "pool.extend", need, by, func(t *db.Tx, n *Need, p *Pool, now time.Time) error {
		today := dayOf(now)
		switch {
		case p.State != PoolMissed || p.Extended:
			return ErrPool
		case until < today || until > after(today, longestMore):
			return ErrPoolFaults
		}
		p.State, p.Until, p.Extended = PoolOpen, until, true
		n.State, n.ReplyBy = NeedLive, max(n.ReplyBy, until)
		if err := addEvent(ctx, t, now, "pool.extended", n.ID, "", n.Territory); err != nil {
			return err
		}
		return x.tellPool(ctx, t, n, p, "pool.extend")
	})
}

// GiveUp ends a purchase without a group, and tells all.
func (x *Needs) GiveUp(ctx context.Context, by account.Actor, need string) error {
	return x.onPool(ctx, "pool.close", need, by, func(t *db.Tx, n *Need, p *Pool, now time.Time) error {
		if p.State == PoolGroup || p.State == PoolClosed {
			return ErrPool
		}
		p.State, p.ClosedAt = PoolClosed, now
		if err := addEvent(ctx, t, now, "pool.closed", n.ID, "", n.Territory); err != nil {
			return err
		}
		if err := x.tellPool(ctx, t, n, p, "pool.close"); err != nil {
			return err
		}
		n.State, n.EndedAt = NeedClosed, now
		return nil
	})
}

// TidyPools tells what became of the purchases whose day has come. It may be
// asked as often as one likes.
func (x *Needs) TidyPools(ctx context.Context) error {
	today := dayOf(x.Clock.Now())
	late, err := x.list(ctx, `id IN (SELECT need FROM pool WHERE state = 'open' AND until_day < $1) ORDER BY id`, today)
	if err != nil {
		return err
	}
	system := account.Actor{Who: "clock", Channel: account.System}
	for _, n := range late {
		err := x.onPool(ctx, "pool.due", n.ID, system, func(t *db.Tx, n *Need, p *Pool, now time.Time) error {
			state := p.Due(dayOf(now))
			if state == p.State {
				return ErrPool // another node did
			}
			p.State = state
			if err := addEvent(ctx, t, now, "pool."+state, n.ID, "", n.Territory); err != nil {
				return err
			}
			return x.tellPool(ctx, t, n, p, "pool."+state)
		})
		if err != nil && !errors.Is(err, ErrPool) {
			return err
		}
	}
	return nil
}

// tellPool writes to all who are in, and to the author.
func (x *Needs) tellPool(ctx context.Context, t *db.Tx, n *Need, p *Pool, kind string) error {
	told := map[register.SIRET]bool{n.SIRET: true}
	if err := x.tellAuthor(ctx, t, NeedLetter{Kind: kind, Need: n}); err != nil {
		return err
	}
	for _, j := range p.Joiners {
		if told[j.SIRET] {
			continue
		}
		told[j.SIRET] = true
		if err := x.tellFirm(ctx, t, j.SIRET, NeedLetter{Kind: kind, Need: n}); err != nil {
			return err
		}
	}
	return nil
}
