package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// Refusals of needs. Each carries the key of the message that tells it.
var (
	ErrNeedFaults = errors.New("the need has faults")                              // told field by field
	ErrTwin       = errors.New("this establishment has a need that looks alike")   // need.error.twin
	ErrMany       = errors.New("too many needs of one establishment")              // need.error.many
	ErrNeedEnded  = errors.New("this need is not open any more")                   // need.error.ended
	ErrOwnNeed    = errors.New("one does not answer one's own need")               // need.error.own
	ErrWords      = errors.New("a text is missing, too long, or gives an address") // need.error.words
)

// Needs are those of a house.
type Needs struct {
	DB        *db.DB
	Clock     clock.Clock
	Directory *directory.Directory
	Places    *place.Atlas
	Trades    *trade.Table
	Leads     *lead.Leads // what a choice leads to
	Ranker    Ranker
	Secret    []byte // of the house: signs the links of mails
	// Send takes a mail in the transaction of the act it tells of.
	Send func(ctx context.Context, t *db.Tx, l NeedLetter) error
	// MayAsk reports whether a person may be asked something by mail now: they
	// did not refuse, mails reach them, and nobody asked them this week.
	MayAsk func(ctx context.Context, t *db.Tx, person string) (bool, error)
	// Over counts, over the register, that an establishment was asked.
	Over func(ctx context.Context, t *db.Tx, by directory.Act, s register.SIRET, how func(*directory.Overlay)) error
}

// A NeedLetter is a mail about a need, to be written in the reader's language.
type NeedLetter struct {
	Kind     string // the act it tells of
	To       string
	Person   string // id
	Language string
	Contact  bool // who reads it has no account: it leads where none is needed
	Need     *Need
	SIRET    register.SIRET // the other side, where there is one
	Words    string         // what they wrote
	Number   int            // of an interest
	Token    string         // what the link in it carries, where it has one
}

// A Posting is a need as somebody posts it.
type Posting struct {
	ID      string // of the one that changes; empty makes one
	SIRET   register.SIRET
	Content NeedContent
	By      account.Actor
	ForName string // whom a facilitator does it for, empty for its own people
	Staff   bool   // a facilitator posts it: it is not held
	Draft   bool   // kept, not shown
	Anyway  bool   // the twins were seen
	Before  string // id of the one it renews
}

// Post keeps a need as a draft, or shows it: at once, or when a facilitator has
// seen it, where it is the first of its establishment or its words ask for it.
// It returns ErrNeedFaults with the faults, and ErrTwin with those that look
// alike, having written nothing.
func (x *Needs) Post(ctx context.Context, p Posting) (need *Need, faults []NeedFault, twins []*Need, err error) {
	now := x.Clock.Now()
	e, err := x.Directory.Establishment(p.SIRET)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("post a need of %s: %w", p.SIRET, err)
	}
	p.Content, faults = CleanNeed(p.Content, dayOf(now))
	if p.ForName = oneLine(p.ForName); p.Staff && p.ForName == "" {
		faults = append(faults, NeedFault{Field: "pour", Key: "for"})
	}
	if len(faults) > 0 {
		return nil, faults, nil, ErrNeedFaults
	}
	err = x.DB.Write(ctx, func(t *db.Tx) error {
		need, twins = nil, nil
		n, err := x.begin(ctx, t, &p, now)
		if err != nil {
			return err
		}
		n.NeedContent, n.ChangedAt, n.ForName = p.Content, now, p.ForName
		x.place(n, e)
		if !p.Draft {
			if twins, err = x.judge(ctx, t, n, p, now); err != nil {
				return err
			}
		}
		need = n
		if err := writeNeed(ctx, t, n, searchedBy(n.NeedContent, x.tradeNames(n.Trades))); err != nil {
			return err
		}
		act := "need.change"
		if n.CreatedAt.Equal(now) {
			act = "need.add"
		}
		return recordNeed(ctx, t, now, act, n, p.By)
	})
	if err != nil {
		return nil, nil, twins, fmt.Errorf("post a need of %s: %w", p.SIRET, err)
	}
	return need, nil, nil, nil
}

// begin returns the need that a posting changes, or a new one.
func (x *Needs) begin(ctx context.Context, t *db.Tx, p *Posting, now time.Time) (*Need, error) {
	if p.ID != "" {
		n, err := needByID(ctx, t, p.ID)
		switch {
		case err != nil:
			return nil, err
		case n.SIRET != p.SIRET:
			return nil, db.ErrNotFound
		case n.Ended():
			return nil, ErrNeedEnded
		}
		if p.Draft && n.State != NeedDraft {
			p.Draft = false // what others have seen is not a draft again
		}
		return n, nil
	}
	n := &Need{ID: db.NewID(now), SIRET: p.SIRET, State: NeedDraft, By: p.By, CreatedAt: now}
	if p.Before != "" {
		old, err := needByID(ctx, t, p.Before)
		if err != nil {
			return nil, err
		}
		if old.SIRET != p.SIRET || !old.Ended() {
			return nil, db.ErrNotFound
		}
		n.Before = old.ID
	}
	return n, nil
}

// place says where a need lies. What somebody else posts for a masked person
// lies nowhere.
func (x *Needs) place(n *Need, e directory.Establishment) {
	if e.Mask == directory.MaskedPerson && n.ForName != "" {
		n.Commune, n.RadiusKM = "", 0
	}
	c, _ := x.Places.Commune(n.Commune)
	n.Territory = c.Territory
}

// judge decides whether a need is shown or held, and refuses a twin or one too
// many.
func (x *Needs) judge(ctx context.Context, t *db.Tx, n *Need, p Posting, now time.Time) ([]*Need, error) {
	others, err := needsWhere(ctx, t, `siret = $1 AND id <> $2 AND state IN ('held', 'live') ORDER BY id`, int64(n.SIRET), n.ID)
	if err != nil {
		return nil, err
	}
	if twins := slices.DeleteFunc(slices.Clone(others), func(o *Need) bool { return !Twins(o.NeedContent, n.NeedContent) }); len(twins) > 0 && !p.Anyway {
		return twins, ErrTwin
	}
	held := len(slices.DeleteFunc(slices.Clone(others), func(o *Need) bool { return o.State != NeedHeld }))
	if len(others) >= maxLive || held >= maxHeld && !p.Staff {
		return nil, ErrMany
	}
	if n.Flags = nil; !p.Staff {
		n.Flags = Flagged(n.Title + "\n" + n.Words + "\n" + n.Unit)
		known, err := everVisible(ctx, t, n.SIRET)
		if err != nil {
			return nil, err
		}
		if !known {
			n.Flags = append(n.Flags, FlagNew)
		}
	}
	if len(n.Flags) == 0 {
		return nil, x.show(ctx, t, n, now)
	}
	if n.State != NeedHeld {
		n.State = NeedHeld
		return nil, x.tellFacilitators(ctx, t, n)
	}
	return nil, nil
}

// show makes a need visible.
func (x *Needs) show(ctx context.Context, t *db.Tx, n *Need, now time.Time) error {
	n.State, n.Flags = NeedLive, nil
	if !n.PostedAt.IsZero() {
		return nil // it was before
	}
	n.PostedAt = now
	return addEvent(ctx, t, now, "need.posted", n.ID, "", n.Territory)
}

// Release lets a held need be seen.
func (x *Needs) Release(ctx context.Context, by account.Actor, id string) error {
	return x.act(ctx, "need.release", id, by, func(t *db.Tx, n *Need, now time.Time) error {
		if n.State != NeedHeld {
			return ErrNeedEnded
		}
		if n.ReplyBy < dayOf(now) { // it waited longer than it was to last
			n.ReplyBy = after(dayOf(now), UsualReply)
		}
		if err := x.show(ctx, t, n, now); err != nil {
			return err
		}
		return x.tellAuthor(ctx, t, NeedLetter{Kind: "need.release", Need: n})
	})
}

// RefuseNeed refuses a held need, or takes a visible one away, with a reason
// that its author reads.
func (x *Needs) RefuseNeed(ctx context.Context, by account.Actor, id, reason string) error {
	if reason = lines(reason); reason == "" || len(reason) > MaxNeed {
		return ErrWords
	}
	return x.act(ctx, "need.refuse", id, by, func(t *db.Tx, n *Need, now time.Time) error {
		if n.State != NeedHeld && n.State != NeedLive {
			return ErrNeedEnded
		}
		n.State, n.Reason, n.EndedAt = NeedRefused, reason, now
		return x.tellAuthor(ctx, t, NeedLetter{Kind: "need.refuse", Need: n, Words: reason})
	})
}

// Close ends a need: NeedMet when it is answered, NeedClosed when it is taken
// back. Who is interested is told.
func (x *Needs) Close(ctx context.Context, by account.Actor, id, state string) error {
	if state != NeedMet && state != NeedClosed {
		return fmt.Errorf("close a need as %q: %w", state, db.ErrNotFound)
	}
	return x.act(ctx, "need.close", id, by, func(t *db.Tx, n *Need, now time.Time) error {
		return x.end(ctx, t, n, state, now)
	})
}

// end ends a need in the transaction of an act.
func (x *Needs) end(ctx context.Context, t *db.Tx, n *Need, state string, now time.Time) error {
	if n.Ended() && (n.State != NeedExpired || state != NeedMet) {
		return ErrNeedEnded
	}
	n.State, n.EndedAt = state, now
	if state == NeedMet {
		if err := addEvent(ctx, t, now, "need.met", n.ID, "", n.Territory); err != nil {
			return err
		}
	}
	return x.tellOthers(ctx, t, n)
}

// act changes a need in a transaction, and records who did it.
func (x *Needs) act(ctx context.Context, name, id string, by account.Actor, change func(*db.Tx, *Need, time.Time) error) error {
	now := x.Clock.Now()
	err := x.DB.Write(ctx, func(t *db.Tx) error {
		n, err := needByID(ctx, t, id)
		if err != nil {
			return err
		}
		if err := change(t, n, now); err != nil {
			return err
		}
		n.ChangedAt = now
		if err := writeNeed(ctx, t, n, searchedBy(n.NeedContent, x.tradeNames(n.Trades))); err != nil {
			return err
		}
		return recordNeed(ctx, t, now, name, n, by)
	})
	if err != nil {
		return fmt.Errorf("%s %s: %w", name, id, err)
	}
	return nil
}

// tradeNames are the words of trades, by which a need is found too.
func (x *Needs) tradeNames(slugs []string) string {
	var words []string
	for _, slug := range slugs {
		if t, ok := x.Trades.Trade(slug); ok {
			words = append(words, t.Name)
			words = append(words, t.Words...)
		}
	}
	return strings.Join(words, " ")
}

// How long after a need has ended its author is asked what came of it.
const askAfter = 14 * 24 * time.Hour

// Tidy ends the needs that nobody may answer any more, and asks what came of
// those that ended two weeks ago, once. It may be asked as often as one likes.
func (x *Needs) Tidy(ctx context.Context) error {
	now := x.Clock.Now()
	system := account.Actor{Who: "clock", Channel: account.System}
	var late, ended []*Need
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		if late, err = needsWhere(ctx, t, `state = 'live' AND reply_by < $1 ORDER BY id`, dayOf(now)); err != nil {
			return err
		}
		ended, err = needsWhere(ctx, t, `state IN ('met', 'expired') AND asked_at IS NULL AND ended_at <= $1 AND (until_day = '' OR until_day < $2)
			AND (state = 'met' OR EXISTS (SELECT 1 FROM need_interest i WHERE i.need = need.id)) ORDER BY id`, db.Micros(now.Add(-askAfter)), dayOf(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("tidy needs: %w", err)
	}
	for _, n := range late {
		err := x.act(ctx, "need.expire", n.ID, system, func(t *db.Tx, n *Need, now time.Time) error {
			if n.State != NeedLive {
				return ErrNeedEnded
			}
			n.State, n.EndedAt = NeedExpired, now
			return x.tellAuthor(ctx, t, NeedLetter{Kind: "need.expire", Need: n})
		})
		if err != nil && !errors.Is(err, ErrNeedEnded) {
			return err
		}
	}
	for _, n := range ended {
		err := x.act(ctx, "need.ask", n.ID, system, func(t *db.Tx, n *Need, now time.Time) error {
			if !n.AskedAt.IsZero() || n.Outcome != "" {
				return ErrNeedEnded // another node did, or it is known already
			}
			n.AskedAt = now
			return x.tellAuthor(ctx, t, NeedLetter{Kind: "need.ask", Need: n})
		})
		if err != nil && !errors.Is(err, ErrNeedEnded) {
			return err
		}
	}
	return nil
}

// Outcome keeps what came of a need, once: what was said first stays.
func (x *Needs) Outcome(ctx context.Context, by account.Actor, id, outcome string) error {
	if outcome != Done && outcome != NotDone {
		return fmt.Errorf("outcome %q: %w", outcome, db.ErrNotFound)
	}
	err := x.act(ctx, "need.outcome", id, by, func(t *db.Tx, n *Need, now time.Time) error {
		if !n.Ended() || n.State == NeedRefused || n.Outcome != "" {
			return ErrNeedEnded
		}
		n.Outcome = outcome
		return addEvent(ctx, t, now, "need."+outcome, n.ID, "", n.Territory)
	})
	if errors.Is(err, ErrNeedEnded) {
		return nil
	}
	return err
}
