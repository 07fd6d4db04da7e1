package lead

import (
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

// Refusals about what is said of a lead.
var (
	ErrEmpty     = errors.New("nothing was said")                 // lead.error.empty
	ErrRecent    = errors.New("asked within the week")            // lead.error.recent
	ErrUnreached = errors.New("nobody is reached by mail")        // lead.error.unreached
	ErrClosed    = errors.New("the lead is done or was given up") // lead.error.closed
)

// A Comment is what a facilitator says of a lead, or what a party answered.
type Comment struct {
	ID        string
	Lead      string
	Who       string         // id; empty for a party, or who is gone
	SIRET     register.SIRET // of the party
	Standing  string         // of a party: one of Standings
	Words     string         // empty once it was taken back
	At        time.Time
	ChangedAt time.Time // zero: as it was written
	RemovedAt time.Time
	Before    []Before // the latest first
	Called    []string // ids of facilitators, and SIRETs
}

// Before is what a comment said until a moment.
type Before struct {
	Until time.Time
	Words string
}

// Standings lists what a party may answer that is asked where a lead stands.
func Standings() []string { return []string{"done", "talking", "waiting", "none"} }

// A Callee is somebody who may be called in a comment: a facilitator by id, a
// party by SIRET.
type Callee struct{ Key, Name string }

// mostCalled is how many are called by one comment.
const mostCalled = 5

// Called returns the keys of whom a text calls: an @ before a name, or before
// so much of its beginning as only one of them has. Capitals, accents and
// punctuation do not count; an address of mail calls nobody.
func Called(words string, list []Callee) []string {
	var keys []string
	parts := strings.Split(words, "@")
	for n, part := range parts[1:] {
		if last, _ := utf8.DecodeLastRuneInString(parts[n]); unicode.IsLetter(last) || unicode.IsDigit(last) {
			continue
		}
		longest, found := 0, []string(nil)
		for _, c := range list {
			switch n := common(fold.Words(part), fold.Words(c.Name)); {
			case n > longest:
				longest, found = n, []string{c.Key}
			case n > 0 && n == longest:
				found = append(found, c.Key)
			}
		}
		if len(found) == 1 && !slices.Contains(keys, found[0]) {
			keys = append(keys, found[0])
		}
	}
	return keys[:min(len(keys), mostCalled)]
}

// common is how many words two lists have in common at their beginning.
func common(a, b []string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// Said is what somebody says of a lead, and whom they call.
type Said struct {
	Lead  string
	Words string
	Call  []string // ids of facilitators and SIRETs; who may not be called is left out
	By    account.Actor
}

// Say adds a comment to a lead and tells those whom it calls: facilitators who
// look after where it lies, and its parties.
func (ls *Leads) Say(ctx context.Context, s Said) (*Comment, error) {
	words := cut(tidy(s.Words), MaxSaid)
	if words == "" {
		return nil, ErrEmpty
	}
	var c *Comment
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		l, err := leadByID(ctx, t, s.Lead)
		if err != nil {
			return err
		}
		now := ls.Clock.Now()
		c = &Comment{ID: db.NewID(now), Lead: l.ID, Who: s.By.Who, Words: words, At: now}
		if c.Called, err = callable(ctx, t, l, s.Call, s.By.Who); err != nil {
			return err
		}
		if err := addComment(ctx, t, c); err != nil {
			return err
		}
		for _, key := range c.Called {
			n := News{Kind: "lead.mention", Leads: []*Lead{l}, By: s.By.Who, Words: words, ID: c.ID}
			if siret, err := register.ParseSIRET(key); err == nil {
				n.SIRET, n.Token = siret, ls.standToken(l.ID, siret)
			} else {
				n.Person = key
			}
			if _, err := ls.tell(ctx, t, n); err != nil {
				return err
			}
		}
		return account.Record(ctx, t, now, account.Entry{Act: "lead.comment", Kind: "lead", Object: l.ID, By: s.By})
	})
	if err != nil {
		return nil, fmt.Errorf("comment on lead %s: %w", s.Lead, err)
	}
	return c, nil
}

// callable keeps of some keys those that may be called about a lead.
func callable(ctx context.Context, t *db.Tx, l *Lead, keys []string, by string) ([]string, error) {
	people, err := account.FacilitatorsIn(ctx, t, account.KeepLeads, account.Object{Territory: l.Territory})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, key := range keys {
		siret, err := register.ParseSIRET(key)
		party := err == nil && slices.Contains(l.Parties, siret)
		known := key != by && slices.ContainsFunc(people, func(p *account.Person) bool { return p.ID == key })
		if (party || known) && !slices.Contains(out, key) && len(out) < mostCalled {
			out = append(out, key)
		}
	}
	return out, nil
}

// Callees returns the facilitators who may be called about a lead.
func (ls *Leads) Callees(ctx context.Context, l *Lead) (list []*account.Person, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = account.FacilitatorsIn(ctx, t, account.KeepLeads, account.Object{Territory: l.Territory})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who may be called about a lead: %w", err)
	}
	return list, nil
}

// Comments returns what was said of a lead, the latest first.
func (ls *Leads) Comments(ctx context.Context, id string) (list []*Comment, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = commentsWhere(ctx, t, `lead = $1`, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("comments on a lead: %w", err)
	}
	return list, nil
}

// CommentsOf returns what a person said of leads.
func (ls *Leads) CommentsOf(ctx context.Context, person string) (list []*Comment, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = commentsWhere(ctx, t, `who = $1`, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("comments of a person: %w", err)
	}
	return list, nil
}

// Reword changes what a comment says, and keeps what it said; with no words it
// is taken back, with all it said. Only who wrote it may: to others there is
// no such comment. Who was called is not called again.
func (ls *Leads) Reword(ctx context.Context, by account.Actor, of, id, words string) error {
	words = cut(tidy(words), MaxSaid)
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		c, err := commentByID(ctx, t, id)
		switch {
		case err != nil:
			return err
		case c.Lead != of || c.Who == "" || c.Who != by.Who || !c.RemovedAt.IsZero():
			return db.ErrNotFound
		case c.Words == words:
			return nil
		}
		now, act := ls.Clock.Now(), "lead.reword"
		if words == "" {
			act, c.RemovedAt = "lead.unsay", now
			err = dropBefore(ctx, t, c.ID)
		} else {
			c.ChangedAt = now
			err = addBefore(ctx, t, c.ID, Before{now, c.Words})
		}
		if c.Words = words; err != nil {
			return err
		}
		if err := changeComment(ctx, t, c); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "lead", Object: c.Lead, By: by})
	})
	if err != nil {
		return fmt.Errorf("reword a comment: %w", err)
	}
	return nil
}

// askAgain is how long a lead is left alone after somebody was asked.
const askAgain = 7 * 24 * time.Hour

// MayAsk says why nobody may be asked now where a lead stands, nil when
// somebody may.
func (l *Lead) MayAsk(now time.Time) error {
	switch {
	case !l.Stage.Open():
		return ErrClosed
	case !l.AskedAt.IsZero() && now.Before(l.AskedAt.Add(askAgain)):
		return ErrRecent
	}
	return nil
}

// Ask asks the owner of a lead, or its parties, where it stands: once a week,
// whoever asks. It is in the history. The mail goes when its reader may be
// asked something, and is taken back when the lead ends before.
func (ls *Leads) Ask(ctx context.Context, by account.Actor, id string, parties bool) error {
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		l, err := leadByID(ctx, t, id)
		if err != nil {
			return err
		}
		now, field, reached := ls.Clock.Now(), "asked_owner", false
		if err := l.MayAsk(now); err != nil {
			return err
		}
		l.AskedAt = now
		n := News{Kind: "lead.ask", Leads: []*Lead{l}, By: by.Who, ID: l.askID()}
		if parties {
			field = "asked_parties"
			for _, siret := range l.Parties {
				n.SIRET, n.Token = siret, ls.standToken(l.ID, siret)
				one, err := ls.tell(ctx, t, n)
				if err != nil {
					return err
				}
				reached = reached || one
			}
		} else if n.Person = l.Owner; n.Person != "" && n.Person != by.Who {
			if reached, err = ls.tell(ctx, t, n); err != nil {
				return err
			}
		}
		if !reached {
			return ErrUnreached
		}
		if err := changeLead(ctx, t, l); err != nil {
			return err
		}
		if err := addChange(ctx, t, l.ID, Changed{At: now, Who: by.Who, Channel: by.Channel, Before: l.Stage, After: l.Stage, Fields: []string{field}}); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "lead.ask", Kind: "lead", Object: l.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("ask about lead %s: %w", id, err)
	}
	return nil
}

// askID names the last asking of a lead.
func (l *Lead) askID() string { return l.ID + "-" + strconv.FormatInt(micros(l.AskedAt), 36) }

// over takes back what asks about a lead that ends.
func (ls *Leads) over(ctx context.Context, t *db.Tx, l *Lead, to Stage) error {
	if l.AskedAt.IsZero() || !l.Stage.Open() || to.Open() {
		return nil
	}
	_, err := ls.tell(ctx, t, News{Kind: "lead.over", Leads: []*Lead{l}, ID: l.askID()})
	return err
}

// standToken is what the link carries by which a party tells where a lead
// stands.
func (ls *Leads) standToken(id string, s register.SIRET) string { return ls.sign("lead", id, s) }

// ByStanding returns the lead of such a link and the party it was made for, or
// db.ErrNotFound for a link of no use.
func (ls *Leads) ByStanding(ctx context.Context, id, token string) (*Lead, register.SIRET, error) {
	s, err := ls.signed("lead", id, token)
	if err != nil {
		return nil, 0, err
	}
	l, err := ls.Lead(ctx, id)
	if err == nil && !slices.Contains(l.Parties, s) {
		err = db.ErrNotFound // its parties were changed since
	}
	return l, s, err
}

// Stand notes what a party says of where a lead stands, and tells who sees to
// it. Said again within a quarter of an hour, the later word counts.
func (ls *Leads) Stand(ctx context.Context, id string, s register.SIRET, standing, words string) error {
	if !slices.Contains(Standings(), standing) {
		return ErrEmpty
	}
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		l, err := leadByID(ctx, t, id)
		if err != nil {
			return err
		}
		now := ls.Clock.Now()
		c := &Comment{ID: db.NewID(now), Lead: l.ID, SIRET: s, Standing: standing, Words: cut(tidy(words), MaxSaid), At: now}
		if err := dropStanding(ctx, t, l.ID, s, now.Add(-15*time.Minute)); err != nil {
			return err
		}
		if err := addComment(ctx, t, c); err != nil {
			return err
		}
		if l.Owner != "" {
			if _, err := ls.tell(ctx, t, News{Kind: "lead.answer", Leads: []*Lead{l}, Person: l.Owner, SIRET: s, Words: c.Words, ID: c.ID}); err != nil {
				return err
			}
		}
		return account.Record(ctx, t, now, account.Entry{Act: "lead.stand", Kind: "lead", Object: l.ID, By: account.Actor{Channel: account.Link}})
	})
	if err != nil {
		return fmt.Errorf("say where lead %s stands: %w", id, err)
	}
	return nil
}

// tidy puts the lines of a text in order, without more than one empty between.
func tidy(s string) string {
	var out []string
	for l := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		if l = line(l); l != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, l)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// sign is 128 bits of an HMAC for an establishment and a thing: nobody makes
// one for another.
func (ls *Leads) sign(kind, id string, s register.SIRET) string {
	return s.String() + "." + ls.mark(kind, id, s)
}

func (ls *Leads) signed(kind, id, token string) (register.SIRET, error) {
	digits, _, _ := strings.Cut(token, ".")
	s, err := register.ParseSIRET(digits)
	if err != nil || len(ls.Secret) == 0 || !hmac.Equal([]byte(token), []byte(ls.sign(kind, id, s))) { // in constant time
		return 0, db.ErrNotFound
	}
	return s, nil
}
