package lead

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// A Band is what an amount lies between, in cents. The zero Band was not said;
// one without To has no upper bound.
type Band struct{ From, To sheet.Cents }

// Bands lists the bands in which an amount is said, ascending. Each cooperation
// keeps its own, so that these may change.
func Bands() []Band {
	return []Band{{1, 500_00}, {500_00, 2_000_00}, {2_000_00, 10_000_00}, {10_000_00, 50_000_00}, {50_000_00, 200_000_00}, {200_000_00, 0}}
}

// Kinds lists the kinds of cooperation.
func Kinds() []string {
	return []string{"service", "subcontract", "joint_bid", "joint_purchase", "loan", "materials", "staff", "training", "other"}
}

// AxisOf returns what a lead serves that ends in a cooperation of a kind; nothing
// where that is not clear.
func AxisOf(kind string) string {
	switch kind {
	case "service", "subcontract", "joint_bid":
		return "services"
	case "loan", "materials":
		return "resources"
	case "staff", "training":
		return "jobs"
	}
	return ""
}

// The states of a party of a cooperation.
const (
	Asked     = "asked"
	Confirmed = "confirmed"
	Denied    = "denied" // it says that it is not so
)

// A Party is an establishment of a cooperation, and what it says of it.
type Party struct {
	SIRET   register.SIRET
	State   string
	Who     string // id; empty for a link without account
	Channel account.Channel
	At      time.Time
}

// A Cooperation is something that establishments really did together.
type Cooperation struct {
	ID          string
	Kind        string
	Started     clock.Day
	Amount      Band
	Hours       int
	Jobs        int
	Materials   int // kilograms saved
	PublicOrder bool
	Lead        string // id; empty without one
	Territory   string
	DeclaredBy  string         // id of a person
	DeclaredFor register.SIRET // the party that says it
	Parties     []Party        // ascending
	CreatedAt   time.Time
}

// State tells what the parties together say: denied when one says that it is
// not so, confirmed when all do, else asked.
func (c *Cooperation) State() string {
	state := Confirmed
	for _, p := range c.Parties {
		switch p.State {
		case Denied:
			return Denied
		case Asked:
			state = Asked
		}
	}
	return state
}

// Party returns what an establishment says, nil for one that takes no part.
func (c *Cooperation) Party(s register.SIRET) *Party {
	for i := range c.Parties {
		if c.Parties[i].SIRET == s {
			return &c.Parties[i]
		}
	}
	return nil
}

// most bounds the figures of a cooperation.
const most = 10_000_000

// check says what is wrong with a cooperation.
func (c *Cooperation) check() error {
	if _, err := clock.ParseDay(string(c.Started)); err != nil {
		return ErrDay
	}
	switch {
	case !slices.Contains(Kinds(), c.Kind):
		return ErrKind
	case c.Amount != Band{} && !slices.Contains(Bands(), c.Amount):
		return ErrFigure
	case min(c.Hours, c.Jobs, c.Materials) < 0 || max(c.Hours, c.Jobs, c.Materials) > most:
		return ErrFigure
	case len(c.Parties) < 2 || c.Party(c.DeclaredFor) == nil:
		return ErrParties
	}
	return nil
}

// keyOf is what a set of establishments is called in keys.
func keyOf(list []register.SIRET) string {
	list = slices.Clone(list)
	slices.Sort(list)
	texts := make([]string, len(list))
	for i, s := range list {
		texts[i] = s.String()
	}
	return strings.Join(texts, " ")
}

// A Letter asks the people of an establishment whether a cooperation that
// another told of is so; or, with a note, whether what another wrote of it may
// be published.
type Letter struct {
	Cooperation *Cooperation
	SIRET       register.SIRET // whom it asks
	Token       string
	Note        *CooperationNote
}

// A Declared is what somebody tells of a cooperation.
type Declared struct {
	Cooperation Cooperation // its parties by SIRET
	Origins     []Origin    // the chain it comes from, the nearest first
	By          account.Actor
}

// Declare records a cooperation that one of its parties tells of, and asks the
// others. One that was told of already, by whatever path, is returned as it
// is, and known is true: its other parties have been asked before, and the
// party that tells of it again confirms it.
func (ls *Leads) Declare(ctx context.Context, d Declared) (c *Cooperation, known bool, err error) {
	err = ls.DB.Write(ctx, func(t *db.Tx) (err error) {
		c, known, err = ls.DeclareIn(ctx, t, d)
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("declare a cooperation: %w", err)
	}
	return c, known, nil
}

// DeclareIn is Declare in the transaction of another act.
func (ls *Leads) DeclareIn(ctx context.Context, t *db.Tx, d Declared) (c *Cooperation, known bool, err error) {
	now := ls.Clock.Now()
	c = &d.Cooperation
	c.Parties = slices.Clone(c.Parties)
	if c.DeclaredFor, err = account.HeirIn(ctx, t, c.DeclaredFor); err != nil {
		return nil, false, err
	}
	for i := range c.Parties {
		if c.Parties[i].SIRET, err = account.HeirIn(ctx, t, c.Parties[i].SIRET); err != nil {
			return nil, false, err
		}
	}
	slices.SortFunc(c.Parties, func(a, b Party) int { return int(a.SIRET - b.SIRET) })
	c.Parties = slices.CompactFunc(c.Parties, func(a, b Party) bool { return a.SIRET == b.SIRET })
	if err := c.check(); err != nil {
		return nil, false, err
	}
	paths, err := ls.paths(ctx, t, c, d.Origins)
	if err != nil {
		return nil, false, err
	}
	key := keyOf(sirets(c.Parties))
	was, err := cooperationBy(ctx, t, paths, key)
	if err == nil {
		if err := addPaths(ctx, t, was.ID, key, paths); err != nil {
			return nil, false, err
		}
		if err := ls.endLead(ctx, t, d.By, c.Lead, was.ID, now); err != nil {
			return nil, false, err
		}
		if p := was.Party(c.DeclaredFor); p.State == Asked {
			if err := ls.answerIn(ctx, t, d.By, was, c.DeclaredFor, Confirmed); err != nil {
				return nil, false, err
			}
		}
		return was, true, nil
	}
	if !errors.Is(err, db.ErrNotFound) {
		return nil, false, err
	}
	c.ID, c.CreatedAt, c.DeclaredBy = db.NewID(now), now, d.By.Who
	for i := range c.Parties {
		p := &c.Parties[i]
		*p = Party{SIRET: p.SIRET, State: Asked}
		if p.SIRET == c.DeclaredFor {
			p.State, p.Who, p.Channel, p.At = Confirmed, d.By.Who, d.By.Channel, now
		}
	}
	if err := addCooperation(ctx, t, c); err != nil {
		return nil, false, err
	}
	if err := addPaths(ctx, t, c.ID, key, paths); err != nil {
		return nil, false, err
	}
	if err := ls.endLead(ctx, t, d.By, c.Lead, c.ID, now); err != nil {
		return nil, false, err
	}
	for _, p := range c.Parties {
		if p.State == Asked && ls.Send != nil {
			if err := ls.Send(ctx, t, Letter{Cooperation: c, SIRET: p.SIRET, Token: ls.token(c.ID, p.SIRET)}); err != nil {
				return nil, false, err
			}
		}
	}
	return c, false, account.Record(ctx, t, now, account.Entry{Act: "cooperation.declare", Kind: "cooperation", Object: c.ID, By: d.By})
}

// endLead notes that a lead led to a cooperation, which ends it.
func (ls *Leads) endLead(ctx context.Context, t *db.Tx, by account.Actor, id, cooperation string, now time.Time) error {
	if id == "" {
		return nil
	}
	if err := addLink(ctx, t, id, Origin{ToCooperation, cooperation}, ledTo); err != nil {
		return err
	}
	l, err := leadByID(ctx, t, id)
	if err != nil || l.Stage == Done {
		return err
	}
	if err := ls.over(ctx, t, l, Done); err != nil {
		return err
	}
	before := l.Stage
	l.Stage, l.Reason, l.ChangedAt = Done, "", now
	if err := changeLead(ctx, t, l); err != nil {
		return err
	}
	return addChange(ctx, t, l.ID, Changed{At: now, Who: by.Who, Channel: by.Channel, Before: before, After: Done})
}

// paths returns every step of the chain behind a cooperation that names one
// thing: the lead it ends and what that came from too.
func (ls *Leads) paths(ctx context.Context, t *db.Tx, c *Cooperation, origins []Origin) ([]Origin, error) {
	var all []Origin
	if c.Lead != "" {
		l, err := leadByID(ctx, t, c.Lead)
		if err != nil {
			return nil, err
		}
		if c.Territory == "" {
			c.Territory = l.Territory
		}
		all = append(append(all, Origin{FromLead, l.ID}), l.Origins...)
	}
	all = append(all, origins...)
	return slices.DeleteFunc(all, func(o Origin) bool { return o.ID == "" }), nil
}

func sirets(list []Party) []register.SIRET {
	out := make([]register.SIRET, len(list))
	for i, p := range list {
		out[i] = p.SIRET
	}
	return out
}

// Cooperation returns a cooperation, or db.ErrNotFound.
func (ls *Leads) Cooperation(ctx context.Context, id string) (*Cooperation, error) {
	var c *Cooperation
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		c, err = cooperationByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cooperation: %w", err)
	}
	return c, nil
}

// Paths returns every step of the chains behind a cooperation.
func (ls *Leads) Paths(ctx context.Context, id string) (list []Origin, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = pathsOf(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("chain behind a cooperation: %w", err)
	}
	return list, nil
}

// Cooperations returns those of an establishment, the latest first.
func (ls *Leads) Cooperations(ctx context.Context, s register.SIRET) ([]*Cooperation, error) {
	var list []*Cooperation
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = cooperationsOf(ctx, t, s)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("cooperations: %w", err)
	}
	return list, nil
}

// Worked returns the establishments that have worked with one of some, as far
// as is told and none of those who took part denies it, ascending.
func (ls *Leads) Worked(ctx context.Context, with []register.SIRET) ([]register.SIRET, error) {
	if len(with) == 0 {
		return nil, nil
	}
	var list []register.SIRET
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = workedWith(ctx, t, with)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who has worked with some: %w", err)
	}
	return list, nil
}

// Answer notes that one of the parties says that a cooperation is so, or is
// not. The same answer twice is one; another after it is ErrAnswer.
func (ls *Leads) Answer(ctx context.Context, by account.Actor, id string, s register.SIRET, state string) error {
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		c, err := cooperationByID(ctx, t, id)
		if err != nil {
			return err
		}
		if c.Party(s) == nil {
			if s, err = account.HeirIn(ctx, t, s); err != nil {
				return err
			}
		}
		p := c.Party(s)
		switch {
		case p == nil || state != Confirmed && state != Denied:
			return db.ErrNotFound
		case p.State == state:
			return nil
		case p.State != Asked:
			return ErrAnswer
		}
		return ls.answerIn(ctx, t, by, c, s, state)
	})
	if err != nil {
		return fmt.Errorf("answer about cooperation %s: %w", id, err)
	}
	return nil
}

func (ls *Leads) answerIn(ctx context.Context, t *db.Tx, by account.Actor, c *Cooperation, s register.SIRET, state string) error {
	now := ls.Clock.Now()
	p := c.Party(s)
	p.State, p.Who, p.Channel, p.At = state, by.Who, by.Channel, now
	if by.Channel == account.Link {
		p.Who = ""
	}
	if err := answerParty(ctx, t, c.ID, p); err != nil {
		return err
	}
	act := "cooperation.confirm"
	if state == Denied {
		act = "cooperation.deny"
	}
	return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "cooperation", Object: c.ID, By: by})
}

// token is what the link in a mail to the people of a party carries.
func (ls *Leads) token(id string, s register.SIRET) string { return ls.sign("cooperation", id, s) }

// mark is what only the house can write of an establishment and a thing.
func (ls *Leads) mark(kind, id string, s register.SIRET) string {
	h := hmac.New(sha256.New, ls.Secret)
	fmt.Fprintf(h, "%s %s %s", kind, id, s)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

// ByToken returns the cooperation of a link and the party it was made for, or
// db.ErrNotFound for a link of no use.
func (ls *Leads) ByToken(ctx context.Context, id, token string) (*Cooperation, register.SIRET, error) {
	s, err := ls.signed("cooperation", id, token)
	if err != nil {
		return nil, 0, err
	}
	return ls.cooperationOfLink(ctx, id, s)
}
