package exchange

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// Introductions are those of a house.
type Introductions struct {
	DB     *db.DB
	Clock  clock.Clock
	Leads  *lead.Leads
	Secret []byte // of the house: signs the links in mails
	// Firm returns an establishment as the directory shows it.
	Firm func(register.SIRET) (directory.Establishment, error)
	// Send takes a mail in the transaction of the act it tells of, and reports
	// whether it goes: a person may have chosen not to be asked.
	Send func(ctx context.Context, t *db.Tx, l IntroductionLetter) (sent bool, err error)
	// Withdraw takes back the mails of an introduction that ask something and
	// have not gone.
	Withdraw func(ctx context.Context, t *db.Tx, id string) error
	// Over writes what search must know of an establishment; Refresh makes this
	// node see it at once.
	Over    func(ctx context.Context, t *db.Tx, by directory.Act, s register.SIRET, how func(*directory.Overlay)) error
	Refresh func(ctx context.Context) error
	// Closed returns which of some establishments the registers no longer give
	// as open and that nobody took over.
	Closed func(of []register.SIRET) (map[register.SIRET]bool, error)
}

// The kinds of letters of introductions.
const (
	LetterAsk     = "introduction.ask"     // to the wanted side: asks
	LetterPoke    = "introduction.poke"    // to the side that is to speak: asks
	LetterAnswer  = "introduction.answer"  // to the seeker
	LetterMessage = "introduction.message" // to the other side
	LetterEnd     = "introduction.end"     // to the other side, or to both
	LetterTask    = "introduction.task"    // to facilitators
)

// An IntroductionLetter is a mail about an introduction, to one reader.
type IntroductionLetter struct {
	Kind         string
	Introduction *Introduction
	To           Recipient
	N            int      // of the reader, among those of the side
	Side         Side     // of the reader; empty for a facilitator
	Token        string   // of the link that opens the page without account
	Message      *Message // of LetterMessage
}

// How many introductions may be asked for in a day.
const (
	MemberADay = 5
	StaffADay  = 40
)

// A Request is somebody's wish that their establishment meets another.
type Request struct {
	Seeker, Wanted register.SIRET
	Words          string
	Card           Card
	Origin         lead.Origin
	Who            *account.Person
	By             account.Actor // by phone for a facilitator who asks for the seeker
}

// pair returns the establishments of a request, when they may meet.
func (in *Introductions) pair(r Request) (seeker, wanted directory.Establishment, err error) {
	if seeker, err = in.Firm(r.Seeker); err != nil {
		return seeker, wanted, err
	}
	if wanted, err = in.Firm(r.Wanted); err != nil {
		return seeker, wanted, err
	}
	switch {
	case seeker.SIREN() == wanted.SIREN():
		return seeker, wanted, ErrSameFirm
	case seeker.Mask == directory.MaskedPerson || wanted.Mask == directory.MaskedPerson:
		return seeker, wanted, ErrMasked
	}
	return seeker, wanted, nil
}

// Ask asks for an introduction and returns it. A pair that has one already, in
// either direction, gets that one. One that was declined is never asked again:
// ErrDeclined; "not now" lasts three months: ErrNotYet. The first of a person is
// held until a facilitator has looked at it.
func (in *Introductions) Ask(ctx context.Context, r Request) (*Introduction, error) {
	m, err := in.ask(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("ask for an introduction: %w", err)
	}
	return m, in.Refresh(ctx)
}

func (in *Introductions) ask(ctx context.Context, r Request) (m *Introduction, err error) {
	words, err := cleanWords(r.Words)
	if err != nil {
		return nil, err
	}
	card, err := checkCard(r.Card)
	if err != nil {
		return nil, err
	}
	seeker, wanted, err := in.pair(r)
	if err != nil {
		return nil, err
	}
	now := in.Clock.Now()
	err = in.DB.Write(ctx, func(t *db.Tx) error {
		for _, s := range []*register.SIRET{&r.Seeker, &r.Wanted} {
			if *s, err = account.HeirIn(ctx, t, *s); err != nil {
				return err
			}
		}
		if m, err = livingPair(ctx, t, r.Seeker, r.Wanted); !errors.Is(err, db.ErrNotFound) {
			return err
		}
		if err := in.mayAsk(ctx, t, r, now); err != nil {
			return err
		}
		m = &Introduction{
			ID: db.NewID(now), Seeker: r.Seeker, Wanted: r.Wanted, SeekerTerritory: seeker.Territory, WantedTerritory: wanted.Territory, Origin: r.Origin, Words: words, State: Asked,
			AskedBy: r.By.Who, AskedChannel: r.By.Channel, SeekerCard: card, CreatedAt: now, QuietSince: now, QuietSide: Wanted,
		}
		if !r.Who.Staff() {
			passed, err := passedOf(ctx, t, r.By.Who)
			if err != nil {
				return err
			}
			if passed == 0 {
				m.State = Held
			}
		}
		if err := addIntroduction(ctx, t, m); err != nil {
			return err
		}
		if err := in.noteOrigin(ctx, t, m); err != nil {
			return err
		}
		if err := record(ctx, t, now, "introduction.ask", m, r.By); err != nil {
			return err
		}
		if m.State == Held {
			return in.alert(ctx, t, m)
		}
		return in.deliver(ctx, t, m, r.By, now)
	})
	return m, err
}

// mayAsk reports what stands against an introduction that has not begun.
func (in *Introductions) mayAsk(ctx context.Context, t *db.Tx, r Request, now time.Time) error {
	declined, last, err := pastOf(ctx, t, r.Seeker, r.Wanted)
	switch {
	case err != nil:
		return err
	case declined:
		return ErrDeclined
	case !last.IsZero() && now.Sub(last) < AskAgainAfter:
		return ErrNotYet
	}
	n, err := askedSince(ctx, t, r.By.Who, now.Add(-24*time.Hour))
	if err != nil {
		return err
	}
	if most := map[bool]int{false: MemberADay, true: StaffADay}[r.Who.Staff()]; n >= most {
		return ErrTooMany
	}
	return nil
}

// noteOrigin tells the lead that an introduction comes from.
func (in *Introductions) noteOrigin(ctx context.Context, t *db.Tx, m *Introduction) error {
	if m.Origin.Kind != lead.FromLead {
		return nil
	}
	return in.Leads.LedTo(ctx, t, m.Origin.ID, lead.Origin{Kind: lead.FromIntroduction, ID: m.ID})
}

// deliver asks the wanted side: its people, else those known there; with
// nobody to write to it becomes a facilitator's task. It counts among what the
// establishment was asked.
func (in *Introductions) deliver(ctx context.Context, t *db.Tx, m *Introduction, by account.Actor, now time.Time) error {
	sent, err := in.tell(ctx, t, LetterAsk, m, Wanted, nil)
	if err != nil {
		return err
	}
	if sent == 0 {
		m.Task = ToCall
		if err := in.alert(ctx, t, m); err != nil {
			return err
		}
	}
	m.WentAt = now
	if err := changeIntroduction(ctx, t, m); err != nil {
		return err
	}
	act := directory.Act{Who: by.Who, For: by.For, Channel: string(by.Channel)}
	return in.Over(ctx, t, act, m.Wanted, func(o *directory.Overlay) { o.Solicit(now) })
}

// tell sends a letter to those who read the mails of a side and returns to how
// many it goes.
func (in *Introductions) tell(ctx context.Context, t *db.Tx, kind string, m *Introduction, to Side, said *Message) (int, error) {
	list, err := Recipients(ctx, t, m.Firm(to))
	if err != nil {
		return 0, err
	}
	n := 0
	for i, r := range list {
		sent, err := in.Send(ctx, t, IntroductionLetter{Kind: kind, Introduction: m, To: r, N: i, Side: to, Token: in.token(m.ID, to, r.Key), Message: said})
		if err != nil {
			return n, err
		}
		if sent {
			n++
		}
	}
	return n, nil
}

// alert tells the facilitators of both territories that something is theirs to
// do.
func (in *Introductions) alert(ctx context.Context, t *db.Tx, m *Introduction) error {
	told := make(map[string]bool)
	for _, slug := range []string{m.SeekerTerritory, m.WantedTerritory} {
		list, err := account.FacilitatorsIn(ctx, t, account.Cooperate, account.Object{Territory: slug})
		if err != nil {
			return err
		}
		for _, p := range list {
			if told[p.ID] {
				continue
			}
			told[p.ID] = true
			to := Recipient{Key: p.ID, Mail: p.Mail, Language: p.Language, Member: true}
			if _, err := in.Send(ctx, t, IntroductionLetter{Kind: LetterTask, Introduction: m, To: to}); err != nil {
				return err
			}
		}
	}
	return nil
}

// change loads an introduction, lets f change it and writes it, in one
// transaction. f reports whether anything is to be written.
func (in *Introductions) change(ctx context.Context, id string, f func(t *db.Tx, m *Introduction, now time.Time) (bool, error)) (*Introduction, error) {
	var m *Introduction
	now := in.Clock.Now()
	err := in.DB.Write(ctx, func(t *db.Tx) (err error) {
		if m, err = introductionByID(ctx, t, id); err != nil {
			return err
		}
		write, err := f(t, m, now)
		if err != nil || !write {
			return err
		}
		return changeIntroduction(ctx, t, m)
	})
	if err != nil {
		return nil, fmt.Errorf("introduction %s: %w", id, err)
	}
	return m, nil
}

// Release lets an introduction that was held go to whom it asks.
func (in *Introductions) Release(ctx context.Context, by account.Actor, id string) error {
	_, err := in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		to, moved, err := Next(m.State, Release)
		if err != nil || !moved {
			return false, err
		}
		m.State, m.QuietSince = to, now
		if err := record(ctx, t, now, "introduction.release", m, by); err != nil {
			return false, err
		}
		return true, in.deliver(ctx, t, m, by, now)
	})
	if err != nil {
		return err
	}
	return in.Refresh(ctx)
}

// Back puts a facilitator's name beside an introduction, for the wanted side
// to see. The first to do so stays.
func (in *Introductions) Back(ctx context.Context, by account.Actor, id string) error {
	_, err := in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		switch {
		case !m.State.Living():
			return false, ErrEnded
		case m.BackedBy != "":
			return false, nil
		}
		m.BackedBy = by.Who
		return true, record(ctx, t, now, "introduction.back", m, by)
	})
	return err
}

// An Answer is what the wanted side says.
type IntroductionAnswer struct {
	Step   Step   // Accept, Decline or Postpone
	Reason string // of a refusal
	Card   Card   // of an agreement
	By     account.Actor
}

// Answer notes what the wanted side says and tells the seeker. The same answer
// twice is one; another after it is ErrEnded.
func (in *Introductions) Answer(ctx context.Context, id string, a IntroductionAnswer) (*Introduction, error) {
	card, err := checkCard(a.Card)
	if err != nil {
		return nil, err
	}
	if a.Step == Decline {
		if err := known(DeclineReasons(), a.Reason); err != nil {
			return nil, err
		}
	}
	return in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		if a.Step != Accept && a.Step != Decline && a.Step != Postpone {
			return false, ErrEnded
		}
		to, moved, err := Next(m.State, a.Step)
		if err != nil || !moved {
			return false, err
		}
		m.State, m.AnsweredBy, m.AnsweredChannel = to, a.By.Who, a.By.Channel
		m.QuietSince, m.QuietSide, m.PokedAt, m.Task = now, "", time.Time{}, ""
		switch a.Step {
		case Accept:
			m.WantedCard = card
		case Decline:
			m.Reason, m.ClosedAt = a.Reason, now
		default:
			m.ClosedAt = now
		}
		if err := in.Withdraw(ctx, t, m.ID); err != nil {
			return false, err
		}
		if _, err := in.tell(ctx, t, LetterAnswer, m, Seeker, nil); err != nil {
			return false, err
		}
		return true, record(ctx, t, now, "introduction."+string(a.Step), m, a.By)
	})
}

// Close ends an introduction: Withdrawn by one of the two, Unfit by a
// facilitator. The other side is told where it knew of it.
func (in *Introductions) Close(ctx context.Context, by account.Actor, id, ending string, side Side) error {
	_, err := in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		if m.State == Closed && m.Ending == ending {
			return false, nil
		}
		if ending == Unfit && m.State != Held {
			return false, ErrEnded
		}
		return true, in.closeIn(ctx, t, m, by, ending, side.Other(), now)
	})
	return err
}

// closeIn ends an introduction, takes back what was to be asked and tells the
// sides that are named.
func (in *Introductions) closeIn(ctx context.Context, t *db.Tx, m *Introduction, by account.Actor, ending string, tell Side, now time.Time) error {
	knew := !m.WentAt.IsZero() || tell == Seeker
	to, _, err := Next(m.State, End)
	if err != nil {
		return err
	}
	m.State, m.Ending, m.Task, m.ClosedAt = to, ending, "", now
	if err := in.Withdraw(ctx, t, m.ID); err != nil {
		return err
	}
	for _, side := range []Side{Seeker, Wanted} {
		if knew && side == tell || ending == Silence {
			if _, err := in.tell(ctx, t, LetterEnd, m, side, nil); err != nil {
				return err
			}
		}
	}
	return record(ctx, t, now, "introduction.end", m, by)
}

// An Outcome is what came of an introduction: a cooperation, or why not.
type Outcome struct {
	Cooperation *lead.Cooperation // without its parties
	Why         string            // of no cooperation
	Title       string            // of the lead that stands between
	Side        Side              // which says it
	By          account.Actor
}

// Conclude notes what came of an introduction. A cooperation is told of to the
// leads, with the whole chain behind it, and the other side is asked to confirm
// it.
func (in *Introductions) Conclude(ctx context.Context, id string, o Outcome) (*Introduction, error) {
	if o.Cooperation == nil {
		if err := known(Whys(), o.Why); err != nil {
			return nil, err
		}
	}
	return in.change(ctx, id, func(t *db.Tx, m *Introduction, now time.Time) (bool, error) {
		if m.State == Closed && o.Cooperation != nil && m.Cooperation != "" {
			return false, in.cooperateIn(ctx, t, m, o) // the other side tells of it too
		}
		if m.State == Closed && o.Cooperation == nil && m.Ending == WhyNot {
			return false, nil
		}
		to, _, err := Next(m.State, Conclude)
		if err != nil {
			return false, err
		}
		m.State, m.Ending, m.Reason, m.Task, m.ClosedAt = to, WhyNot, o.Why, "", now
		if o.Cooperation != nil {
			m.Ending, m.Reason = Cooperated, ""
			if err := in.cooperateIn(ctx, t, m, o); err != nil {
				return false, err
			}
		}
		if err := in.Withdraw(ctx, t, m.ID); err != nil {
			return false, err
		}
		return true, record(ctx, t, now, "introduction.conclude", m, o.By)
	})
}

// cooperateIn makes the lead of an introduction and the cooperation it ends in.
func (in *Introductions) cooperateIn(ctx context.Context, t *db.Tx, m *Introduction, o Outcome) error {
	chain := []lead.Origin{{Kind: lead.FromIntroduction, ID: m.ID}}
	if m.Origin.Kind != "" {
		chain = append(chain, m.Origin)
	}
	territory := m.SeekerTerritory
	if territory == "" {
		territory = m.WantedTerritory
	}
	l, err := in.Leads.AddIn(ctx, t, o.By, lead.Lead{Title: o.Title, Stage: lead.Agreed, Axis: lead.AxisOf(o.Cooperation.Kind), Territory: territory, Parties: []register.SIRET{m.Seeker, m.Wanted}, Origins: chain})
	if err != nil {
		return err
	}
	c := *o.Cooperation
	c.Lead, c.Territory, c.DeclaredFor, c.Parties = l.ID, territory, m.Firm(o.Side), []lead.Party{{SIRET: m.Seeker}, {SIRET: m.Wanted}}
	told, _, err := in.Leads.DeclareIn(ctx, t, lead.Declared{Cooperation: c, Origins: chain, By: o.By})
	if err != nil {
		return err
	}
	m.Cooperation = told.ID
	return nil
}

// record notes an act about an introduction.
func record(ctx context.Context, t *db.Tx, now time.Time, act string, m *Introduction, by account.Actor) error {
	return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "introduction", Object: m.ID, By: by})
}

// token is what the link in a mail carries, for one reader of one side: 128
// bits of an HMAC.
func (in *Introductions) token(id string, s Side, key string) string {
	h := hmac.New(sha256.New, in.Secret)
	fmt.Fprintf(h, "introduction %s %s %s", id, s, key)
	return string(s) + "." + key + "." + base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// ByToken returns the introduction of a link and who reads it for which side,
// or db.ErrNotFound: for a link made up, and for that of somebody who does not
// read the mails of the establishment any more.
func (in *Introductions) ByToken(ctx context.Context, id, token string) (m *Introduction, s Side, r Recipient, err error) {
	side, rest, _ := strings.Cut(token, ".")
	key, _, _ := strings.Cut(rest, ".")
	s = Side(side)
	if s != Seeker && s != Wanted || len(in.Secret) == 0 || !hmac.Equal([]byte(token), []byte(in.token(id, s, key))) { // in constant time
		return nil, "", Recipient{}, db.ErrNotFound
	}
	err = in.DB.Read(ctx, func(t *db.Tx) error {
		if m, err = introductionByID(ctx, t, id); err != nil {
			return err
		}
		list, err := Recipients(ctx, t, m.Firm(s))
		if err != nil {
			return err
		}
		for _, one := range list {
			if one.Key == key {
				r = one
				return nil
			}
		}
		return db.ErrNotFound
	})
	if err != nil {
		return nil, "", Recipient{}, fmt.Errorf("link of an introduction: %w", err)
	}
	return m, s, r, nil
}

// Pairs returns the pairs of establishments between which an introduction was
// asked for, whatever became of it.
func (ins *Introductions) Pairs(ctx context.Context) (list [][2]register.SIRET, err error) {
	err = ins.DB.Read(ctx, func(t *db.Tx) error {
		list, err = db.All(ctx, t, func(r *db.Row) (p [2]register.SIRET, err error) {
			var a, b int64
			err = r.Scan(&a, &b)
			return [2]register.SIRET{register.SIRET(a), register.SIRET(b)}, err
		}, `
			SELECT DISTINCT seeker, wanted
			FROM introduction
			ORDER BY seeker, wanted`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pairs of introductions: %w", err)
	}
	return list, nil
}
