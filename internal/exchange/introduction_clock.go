package exchange

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/register"
)

// Watch looks at every living introduction once: whether silence is to be
// broken, and whether both can still meet. It may be run as often as one likes,
// on any node.
func (in *Introductions) Watch(ctx context.Context) error {
	list, err := in.Introductions(ctx, IntroductionFilter{Living: true})
	if err != nil {
		return err
	}
	closed, err := in.closed(list)
	if err != nil {
		return fmt.Errorf("watch introductions: %w", err)
	}
	var faults []error
	for _, m := range list {
		if err := in.watchOne(ctx, m.ID, closed); err != nil {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// closed returns which establishments of introductions have closed for good.
// One that the registers no longer give, but another took over, is on its way
// to that one (Move).
func (in *Introductions) closed(list []*Introduction) (map[register.SIRET]bool, error) {
	var missing []register.SIRET
	for _, m := range list {
		for _, side := range []Side{Seeker, Wanted} {
			_, err := in.Firm(m.Firm(side))
			if gone := (*directory.GoneError)(nil); errors.As(err, &gone) {
				missing = append(missing, m.Firm(side))
			}
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	return in.Closed(missing)
}

func (in *Introductions) watchOne(ctx context.Context, id string, closed map[register.SIRET]bool) error {
	clock := account.Actor{Channel: account.System}
	_, err := in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		if !m.State.Living() {
			return false, nil // somebody was faster
		}
		ending, told, err := in.lost(ctx, t, m, closed)
		if err != nil {
			return false, err
		}
		if ending != "" {
			return true, in.closeIn(ctx, t, m, clock, ending, told, now)
		}
		switch m.Due(now) {
		case StrokePoke:
			m.PokedAt = now
			return true, in.poke(ctx, t, m)
		case StrokeTask:
			m.Task = ToBreak
			return true, in.alert(ctx, t, m)
		case StrokeClose:
			return true, in.closeIn(ctx, t, m, clock, Silence, "", now)
		}
		return false, nil
	})
	return err
}

// poke reminds the side that is to speak, once.
func (in *Introductions) poke(ctx context.Context, t *db.Tx, m *Introduction) error {
	for _, side := range []Side{Seeker, Wanted} {
		if m.QuietSide == side || m.QuietSide == "" {
			if _, err := in.tell(ctx, t, LetterPoke, m, side, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// lost reports why two can no longer meet, and which side is to be told.
func (in *Introductions) lost(ctx context.Context, t *db.Tx, m *Introduction, closed map[register.SIRET]bool) (ending string, told Side, err error) {
	for _, side := range []Side{Seeker, Wanted} {
		_, err := in.Firm(m.Firm(side))
		var gone *directory.GoneError
		switch {
		case errors.Is(err, directory.ErrNoSnapshot):
			return "", "", nil // nothing is known at all for now
		case errors.As(err, &gone) && !closed[m.Firm(side)]:
			return "", "", nil // somebody took it over
		case errors.Is(err, db.ErrNotFound), errors.As(err, &gone):
			return Gone, side.Other(), nil
		case err != nil:
			return "", "", err
		}
		list, err := Recipients(ctx, t, m.Firm(side))
		if err != nil {
			return "", "", err
		}
		// Whom a facilitator speaks for may have nobody to write to; and one
		// that was not reached yet is the facilitator's to call.
		spoken := side == Seeker && m.AskedChannel == account.Phone || side == Wanted && (m.State != Accepted || m.AnsweredChannel == account.Phone)
		if len(list) == 0 && !spoken {
			return Left, side.Other(), nil
		}
	}
	return "", "", nil
}

// Forget forgets a person in the transaction that erases them: what they wrote
// goes, and where nobody else speaks for their establishment, what was going on
// ends.
func (in *Introductions) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	now := in.Clock.Now()
	list, err := introductionsWhere(ctx, t, `asked_by = $1 OR answered_by = $1 OR backed_by = $1 OR words <> '' ORDER BY id`, who.ID)
	if err != nil {
		return err
	}
	for _, m := range list {
		if !m.forget(who) {
			continue
		}
		if err := changeIntroduction(ctx, t, m); err != nil {
			return err
		}
	}
	if err := forgetMessages(ctx, t, who); err != nil {
		return err
	}
	if _, err := t.Exec(ctx, `DELETE FROM verdict WHERE person = $1`, who.ID); err != nil {
		return err
	}
	for _, s := range who.Memberships {
		if err := in.leaveIn(ctx, t, who, s, now); err != nil {
			return err
		}
	}
	return nil
}

// forget takes a person out of an introduction and reports whether they were
// in it.
func (m *Introduction) forget(who *account.Person) bool {
	was := *m
	for _, id := range []*string{&m.AskedBy, &m.AnsweredBy, &m.BackedBy} {
		if *id == who.ID {
			*id = ""
		}
	}
	if was.AskedBy == who.ID || who.NamedIn(m.Words) {
		m.Words = ""
	}
	for _, c := range []*Card{&m.SeekerCard, &m.WantedCard} {
		if who.NamedIn(c.Name + " " + c.Phone + " " + c.Mail) {
			*c = Card{}
		}
	}
	return *m != was
}

// Left ends what an establishment has under way when the last who spoke for it
// leaves, in the transaction of that act. Whom facilitators know there without
// account goes on with it.
func (in *Introductions) Left(ctx context.Context, t *db.Tx, by account.Actor, s register.SIRET) error {
	return in.leaveIn(ctx, t, &account.Person{ID: by.Who}, s, in.Clock.Now())
}

// leaveIn ends what an establishment has under way when the last who speaks
// for it is erased.
func (in *Introductions) leaveIn(ctx context.Context, t *db.Tx, who *account.Person, s register.SIRET, now time.Time) error {
	rest, err := Recipients(ctx, t, s)
	if err != nil {
		return err
	}
	for _, r := range rest {
		if r.Key != who.ID {
			return nil
		}
	}
	list, err := introductionsWhere(ctx, t, `(seeker = $1 OR wanted = $1) AND state IN ('held', 'asked', 'accepted') ORDER BY id`, int64(s))
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := in.closeIn(ctx, t, m, account.Actor{Who: who.ID, Channel: account.System}, Left, m.Side(s).Other(), now); err != nil {
			return err
		}
		if err := changeIntroduction(ctx, t, m); err != nil {
			return err
		}
	}
	return nil
}

// Objected ends what waits for somebody without account who asks not to be
// kept, in the transaction of that act.
func (in *Introductions) Objected(ctx context.Context, t *db.Tx, s register.SIRET) error {
	if s == 0 {
		return nil
	}
	rest, err := Recipients(ctx, t, s)
	if err != nil || len(rest) > 0 {
		return err
	}
	list, err := introductionsWhere(ctx, t, `wanted = $1 AND state IN ('held', 'asked', 'accepted') ORDER BY id`, int64(s))
	if err != nil {
		return err
	}
	for _, m := range list {
		if err := in.closeIn(ctx, t, m, account.Actor{Channel: account.Link}, Objected, Seeker, in.Clock.Now()); err != nil {
			return err
		}
		if err := changeIntroduction(ctx, t, m); err != nil {
			return err
		}
	}
	return nil
}

// Of returns the introductions that a person asked for, answered or backed,
// and the messages they wrote: what is known of them.
func (in *Introductions) Of(ctx context.Context, person string) (asked []*Introduction, said []*Message, err error) {
	err = in.DB.Read(ctx, func(t *db.Tx) error {
		if asked, err = introductionsWhere(ctx, t, `asked_by = $1 OR answered_by = $1 OR backed_by = $1 ORDER BY id`, person); err != nil {
			return err
		}
		said, err = messagesWhere(ctx, t, `author = $1`, person)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("introductions of a person: %w", err)
	}
	return asked, said, nil
}
