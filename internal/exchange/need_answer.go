package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// Seats is how many may be interested before nobody else is asked. Who says it
// after them waits behind them: their answer is kept, and the author sees it.
const Seats = 6

// The states of an interest.
const (
	InterestOpen      = "open"
	InterestChosen    = "chosen"
	InterestWithdrawn = "withdrawn"
)

// An Interest is an establishment that would answer a need.
type Interest struct {
	ID      string
	Need    string
	Number  int // from 1, in the order in which they said so
	SIRET   register.SIRET
	Person  string // id of who said so; the key of a contact, for who has no account
	Words   string
	State   string
	Channel account.Channel
	At      time.Time
}

// Behind reports whether as many as are asked said so before.
func (i Interest) Behind() bool { return i.Number > Seats }

// An Answer is what an establishment says to a need.
type Answer struct {
	Need  string
	SIRET register.SIRET
	Words string
	By    account.Actor
	// Reader is whom the link was made for by which somebody answers without
	// account: they are reached there once they are chosen.
	Reader string
}

// Interest keeps that an establishment would answer a need, once: said again it
// is the same, said after having been taken back it has its number again.
func (x *Needs) Interest(ctx context.Context, a Answer) (Interest, error) {
	now := x.Clock.Now()
	var i Interest
	a.Words = lines(a.Words)
	if utf8.RuneCountInString(a.Words) > MaxNote || HasAddress(a.Words) {
		return i, ErrWords
	}
	err := x.DB.Write(ctx, func(t *db.Tx) (err error) {
		if a.SIRET, err = account.HeirIn(ctx, t, a.SIRET); err != nil {
			return err
		}
		n, err := x.answerable(ctx, t, a.Need, a.SIRET, now)
		if err != nil {
			return err
		}
		before, err := interestsWhere(ctx, t, `need = $1 AND siret = $2`, a.Need, int64(a.SIRET))
		if err != nil {
			return err
		}
		if len(before) > 0 {
			i = before[0]
			if i.State != InterestWithdrawn {
				return nil
			}
			i.State = InterestOpen
			if err := setInterest(ctx, t, i.ID, i.State); err != nil {
				return err
			}
			return recordNeed(ctx, t, now, "need.interest", n, a.By)
		}
		i = Interest{ID: db.NewID(now), Need: n.ID, SIRET: a.SIRET, Person: cmp.Or(a.By.Who, a.Reader), Words: a.Words, State: InterestOpen, Channel: a.By.Channel, At: now}
		if err := addInterest(ctx, t, &i); err != nil {
			return err
		}
		if err := addEvent(ctx, t, now, "need.interest", n.ID, "", n.Territory); err != nil {
			return err
		}
		if err := recordNeed(ctx, t, now, "need.interest", n, a.By); err != nil {
			return err
		}
		return x.tellAuthor(ctx, t, NeedLetter{Kind: "need.interest", Need: n, SIRET: a.SIRET, Words: a.Words, Number: i.Number})
	})
	if errors.Is(err, db.ErrExists) {
		return x.Interest(ctx, a) // the same answer came in at the same moment
	}
	if err != nil {
		return i, fmt.Errorf("answer need %s: %w", a.Need, err)
	}
	return i, nil
}

// answerable returns a need that an establishment may answer: not one whose own
// left the directory.
func (x *Needs) answerable(ctx context.Context, t *db.Tx, id string, s register.SIRET, now time.Time) (*Need, error) {
	n, err := needByID(ctx, t, id)
	switch {
	case err != nil:
		return nil, err
	case !n.Answerable(dayOf(now)):
		return nil, ErrNeedEnded
	case n.SIRET.SIREN() == s.SIREN():
		return nil, ErrOwnNeed
	}
	if _, err := x.Directory.Establishment(n.SIRET); err != nil {
		return nil, ErrNeedEnded //nolint:nilerr // nobody is told why
	}
	return n, nil
}

// Withdraw takes an interest back, while nobody was chosen.
func (x *Needs) Withdraw(ctx context.Context, a Answer) error {
	return x.act(ctx, "need.withdraw", a.Need, a.By, func(t *db.Tx, n *Need, _ time.Time) (err error) {
		if a.SIRET, err = account.HeirIn(ctx, t, a.SIRET); err != nil {
			return err
		}
		list, err := interestsWhere(ctx, t, `need = $1 AND siret = $2 AND state = 'open'`, n.ID, int64(a.SIRET))
		if err != nil || len(list) == 0 {
			return err
		}
		return setInterest(ctx, t, list[0].ID, InterestWithdrawn)
	})
}

// Choose picks one of those who are interested: the need is met, they are told,
// and so are the others. What the two do now is a lead, which facilitators
// follow.
func (x *Needs) Choose(ctx context.Context, by account.Actor, need, interest string) error {
	return x.act(ctx, "need.choose", need, by, func(t *db.Tx, n *Need, now time.Time) error {
		list, err := interestsWhere(ctx, t, `id = $1 AND need = $2 AND state = 'open'`, interest, n.ID)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return db.ErrNotFound
		}
		if err := setInterest(ctx, t, interest, InterestChosen); err != nil {
			return err
		}
		if err := x.end(ctx, t, n, NeedMet, now); err != nil {
			return err
		}
		if _, err := x.Leads.AddIn(ctx, t, by, lead.Lead{
			Title: n.Title, Stage: lead.Agreed, Axis: n.Kind.Axis(), Territory: n.Territory, Parties: []register.SIRET{n.SIRET, list[0].SIRET}, Origins: []lead.Origin{{Kind: lead.FromNeed, ID: n.ID}},
		}); err != nil {
			return err
		}
		return x.tellFirm(ctx, t, list[0].SIRET, NeedLetter{Kind: "need.choose", Need: n, SIRET: n.SIRET})
	})
}

// Interests returns who is interested in a need, in order.
func (x *Needs) Interests(ctx context.Context, need string) ([]Interest, error) {
	var list []Interest
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = interestsWhere(ctx, t, `need = $1`, need)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who answers need %s: %w", need, err)
	}
	return list, nil
}
