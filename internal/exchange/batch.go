package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// A Ranker says who could answer a need, the best first.
type Ranker interface {
	Rank(ctx context.Context, n *Need) ([]register.SIRET, error)
}

// How a need is sent: to few at a time, and not again before a day has passed.
const (
	batchSize  = 6
	batchEvery = 24 * time.Hour
	// weekOf is how long nobody is asked again after having been asked.
	weekOf = 7 * 24 * time.Hour
)

// The states of an invitation.
const (
	InvitationSent   = "sent"
	InvitationToCall = "to_call" // nobody reads mails there: a facilitator calls
	InvitationCalled = "called"
)

// An Invitation is an establishment that a need was sent to.
type Invitation struct {
	Need  string
	SIRET register.SIRET
	Batch int // from 1
	State string
	At    time.Time
}

// SendBatches sends the needs that wait for answers to those who may have one:
// in working hours, few at a time, at most once a day each, until as many are
// interested as are asked for. It may be asked as often as one likes.
func (x *Needs) SendBatches(ctx context.Context) error {
	now := x.Clock.Now()
	if !mail.Working(now).Equal(now) {
		return nil
	}
	waiting, err := x.list(ctx, `state = 'live' AND reply_by >= $1 AND (batch_at IS NULL OR batch_at <= $2) ORDER BY posted_at, id`, dayOf(now), db.Micros(now.Add(-batchEvery)))
	if err != nil {
		return err
	}
	for _, n := range waiting {
		if _, err := x.Directory.Establishment(n.SIRET); err != nil {
			continue // it left the directory, for a while or for good
		}
		ranked, err := x.Ranker.Rank(ctx, n)
		if err != nil {
			return fmt.Errorf("rank who could answer need %s: %w", n.ID, err)
		}
		if err := x.sendBatch(ctx, n.ID, ranked); err != nil && !errors.Is(err, ErrNeedEnded) {
			return err
		}
	}
	return nil
}

// sendBatch sends a need to the next of a ranking, unless another node just did
// or enough are interested.
func (x *Needs) sendBatch(ctx context.Context, id string, ranked []register.SIRET) error {
	system := account.Actor{Who: "clock", Channel: account.System}
	return x.act(ctx, "need.batch", id, system, func(t *db.Tx, n *Need, now time.Time) error {
		if !n.Answerable(dayOf(now)) || !n.BatchAt.IsZero() && now.Sub(n.BatchAt) < batchEvery {
			return ErrNeedEnded
		}
		interested, err := interestsWhere(ctx, t, `need = $1`, n.ID)
		if err != nil {
			return err
		}
		before, err := invitationsWhere(ctx, t, `need = $1`, n.ID)
		if err != nil {
			return err
		}
		known, batch, open := map[register.SIREN]bool{n.SIRET.SIREN(): true}, 1, 0
		for _, i := range before {
			known[i.SIRET.SIREN()], batch = true, max(batch, i.Batch+1)
		}
		for _, i := range interested {
			known[i.SIRET.SIREN()] = true
			if i.State == InterestOpen {
				open++
			}
		}
		if open >= Seats {
			return ErrNeedEnded
		}
		n.BatchAt = now
		sent := 0
		for _, s := range ranked {
			if sent == batchSize {
				break
			}
			if known[s.SIREN()] {
				continue
			}
			known[s.SIREN()] = true
			state, err := x.invite(ctx, t, n, s, now)
			if err != nil {
				return err
			}
			if state == "" {
				continue
			}
			sent++
			if err := addInvitation(ctx, t, Invitation{Need: n.ID, SIRET: s, Batch: batch, State: state, At: now}); err != nil {
				return err
			}
		}
		return nil
	})
}

// invite sends a need to an establishment, or has it called where nobody reads
// mails: who is known there without account is written to like its people. It
// returns the state of the invitation, empty for one who is left alone: they
// left the directory, are masked and did not join, do not wish to be asked, or
// were asked this week.
func (x *Needs) invite(ctx context.Context, t *db.Tx, n *Need, s register.SIRET, now time.Time) (string, error) {
	e, err := x.Directory.Establishment(s)
	if err != nil {
		return "", nil //nolint:nilerr // it left, which is an answer
	}
	people, err := x.readersOf(ctx, t, s)
	if err != nil || len(people) == 0 && e.Mask == directory.MaskedPerson {
		return "", err
	}
	recent, err := invitationsWhere(ctx, t, `siret = $1 AND at > $2`, int64(s), db.Micros(now.Add(-weekOf)))
	if err != nil || len(recent) > 0 {
		return "", err
	}
	state := InvitationToCall
	var reached []reader
	for _, p := range people {
		may, err := x.MayAsk(ctx, t, p.id)
		if err != nil {
			return "", err
		}
		if may {
			reached = append(reached, p)
		}
	}
	switch {
	case len(reached) > 0:
		state = InvitationSent
		if err := x.tell(ctx, t, reached, s, NeedLetter{Kind: "need.invite", Need: n}); err != nil {
			return "", err
		}
	case len(people) > 0:
		return "", nil // they do not wish it now
	}
	act := directory.Act{Who: "clock", Channel: string(account.System)}
	return state, x.Over(ctx, t, act, s, func(o *directory.Overlay) { o.Solicit(now) })
}

// ToCall returns those whom a facilitator calls about a need, the oldest first.
func (x *Needs) ToCall(ctx context.Context) ([]Invitation, error) {
	var list []Invitation
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = invitationsWhere(ctx, t, `state = 'to_call' AND EXISTS (SELECT 1 FROM need WHERE need.id = need AND need.state = 'live')`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who is to be called: %w", err)
	}
	return list, nil
}

// Called notes that a facilitator called an establishment about a need.
func (x *Needs) Called(ctx context.Context, by account.Actor, need string, s register.SIRET) error {
	return x.act(ctx, "need.call", need, by, func(t *db.Tx, n *Need, _ time.Time) error {
		changed, err := t.Exec(ctx, `UPDATE need_invitation SET state = 'called' WHERE need = $1 AND siret = $2 AND state = 'to_call'`, n.ID, int64(s))
		if err == nil && changed == 0 {
			err = ErrNeedEnded
		}
		return err
	})
}
