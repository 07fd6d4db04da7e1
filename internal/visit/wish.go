package visit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// A Wish is somebody who would like to visit where no slot is open: an
// establishment, or any of a trade in a territory.
type Wish struct {
	ID        string
	SIRET     register.SIRET
	Trade     string
	Territory string
	Seats     int
	Words     string // when, for whom
	Name      string
	Mail      string
	Language  string
	Person    string
	CreatedAt time.Time
	ToldAt    time.Time // a slot was opened
	ClosedAt  time.Time // withdrawn, or seen to otherwise
}

// Open reports whether a wish waits for somebody.
func (w *Wish) Open() bool { return w.ToldAt.IsZero() && w.ClosedAt.IsZero() }

// Wait is how long hosts have to answer a wish before it is a task of the
// facilitators of its territory.
const Wait = 10 * 24 * time.Hour

// Late reports whether nobody has answered a wish in time.
func (w *Wish) Late(now time.Time) bool { return w.Open() && !now.Before(w.CreatedAt.Add(Wait)) }

// A Late is a wish that nobody has answered in time, and who could open a date
// for it.
type Late struct {
	Wish
	Hosts []register.SIRET
}

// LateIn returns the wishes that nobody has answered in time, the oldest first,
// in the transaction of another act.
func (vs *Visits) LateIn(ctx context.Context, t *db.Tx) (late []Late, err error) {
	list, err := wishes(ctx, t, `told_at = 0 AND closed_at = 0 AND created_at <= $1`, db.Micros(vs.Clock.Now().Add(-Wait)))
	if err != nil {
		return nil, err
	}
	for _, w := range list {
		hosts := []register.SIRET{w.SIRET}
		if w.SIRET == 0 {
			if hosts, err = hostsOf(ctx, t, w.Trade, w.Territory); err != nil {
				return nil, err
			}
		}
		late = append(late, Late{w, hosts})
	}
	return late, nil
}

// wishesPerMail is how many wishes one address may have open: more are a
// robot's.
const wishesPerMail = 5

// Wish notes a wish and returns it: the one that is there when the same address
// wished the same. Its maker is told, with a link to withdraw it. ErrTooMany of
// booking when the address wishes too much.
func (vs *Visits) Wish(ctx context.Context, by account.Actor, w Wish) (Wish, error) {
	now := vs.Clock.Now()
	w.Name, w.Words, w.Seats = cut(strings.Join(strings.Fields(w.Name), " "), MaxTitle), cut(strings.TrimSpace(w.Words), MaxLine), min(max(1, w.Seats), MaxSeats)
	var made Wish
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		mine, err := wishes(ctx, t, `mail_key = $1 AND told_at = 0 AND closed_at = 0`, mailKey(w.Mail))
		if err != nil {
			return err
		}
		for _, x := range mine {
			if x.SIRET == w.SIRET && x.Trade == w.Trade && (w.SIRET != 0 || x.Territory == w.Territory) {
				made = x
				return nil
			}
		}
		if len(mine) >= wishesPerMail {
			return booking.ErrTooMany
		}
		made = w
		made.ID, made.CreatedAt = db.NewID(now), now
		if err := addWish(ctx, t, &made); err != nil {
			return err
		}
		if err := account.Record(ctx, t, now, account.Entry{Act: "visit.wish", Kind: "visit", Object: made.ID, By: by}); err != nil {
			return err
		}
		return vs.Tell(ctx, t, Letter{Kind: "visit.wished", Wish: made, Token: vs.token(toWithdraw, made.ID)})
	})
	if err != nil {
		return Wish{}, fmt.Errorf("wish to visit: %w", err)
	}
	return made, nil
}

// tellWishes tells those whose wish the slots of an offer answer.
func (vs *Visits) tellWishes(ctx context.Context, t *db.Tx, opened []Visit) error {
	if len(opened) == 0 {
		return nil
	}
	o := &opened[0].Offer
	list, err := wishes(ctx, t, `told_at = 0 AND closed_at = 0 AND (siret = $1 OR siret = 0 AND territory = $2)`, int64(o.SIRET), o.Territory)
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.SIRET == 0 && !slices.Contains(o.Trades, w.Trade) && len(o.Trades) > 0 {
			continue
		}
		w.ToldAt = vs.Clock.Now()
		if err := putWish(ctx, t, &w); err != nil {
			return err
		}
		if err := vs.Tell(ctx, t, Letter{Kind: "visit.opened", Visit: opened[0], Wish: w}); err != nil {
			return err
		}
	}
	return nil
}

// CloseWish says that a wish was seen to otherwise, or is not one any more.
func (vs *Visits) CloseWish(ctx context.Context, by account.Actor, id string) error {
	now := vs.Clock.Now()
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		w, err := readWish(ctx, t, id)
		if err != nil || !w.Open() {
			return err
		}
		w.ClosedAt = now
		if err := putWish(ctx, t, &w); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "visit.close_wish", Kind: "visit", Object: id, By: by})
	})
	if err != nil {
		return fmt.Errorf("close wish %s: %w", id, err)
	}
	return nil
}

// WishByToken returns the wish of a link.
func (vs *Visits) WishByToken(ctx context.Context, token string) (w Wish, err error) {
	id, err := vs.byToken(toWithdraw, token)
	if err != nil {
		return w, err
	}
	return vs.WishOf(ctx, id)
}

// WishOf returns a wish.
func (vs *Visits) WishOf(ctx context.Context, id string) (w Wish, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		w, err = readWish(ctx, t, id)
		return err
	})
	if err != nil {
		return w, fmt.Errorf("wish %s: %w", id, err)
	}
	return w, nil
}

// Demand returns the open wishes that an establishment can answer: those that
// name it, and those for its trades in its territory.
func (vs *Visits) Demand(ctx context.Context, s register.SIRET, territory string, trades []string) (list []Wish, err error) {
	all, err := vs.wishes(ctx)
	for _, w := range all {
		if w.SIRET == s || w.SIRET == 0 && w.Territory == territory && slices.Contains(trades, w.Trade) {
			list = append(list, w)
		}
	}
	return list, err
}

// Wishes returns every open wish of some territories (none: of all), the
// oldest first.
func (vs *Visits) Wishes(ctx context.Context, territories []string) (list []Wish, err error) {
	all, err := vs.wishes(ctx)
	for _, w := range all {
		if len(territories) == 0 || slices.Contains(territories, w.Territory) {
			list = append(list, w)
		}
	}
	return list, err
}

func (vs *Visits) wishes(ctx context.Context) (list []Wish, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		list, err = wishes(ctx, t, `told_at = 0 AND closed_at = 0`)
		return err
	})
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return nil, fmt.Errorf("wishes: %w", err)
	}
	return list, nil
}
