package lead

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/picture"
	"passerelle/internal/register"
)

// Leads are those of a house.
type Leads struct {
	DB     *db.DB
	Clock  clock.Clock
	Secret []byte // of the house: signs the links that confirm a cooperation
	// Send takes a mail in the transaction of the act it tells of.
	Send func(ctx context.Context, t *db.Tx, l Letter) error
	// Closed tells who sees to a lead that one of its establishments closed.
	Closed func(ctx context.Context, t *db.Tx, l *Lead, closed register.SIRET) error
	// Tell tells somebody of leads in the transaction of the act, and reports
	// whether anybody is reached.
	Tell func(ctx context.Context, t *db.Tx, n News) (reached bool, err error)
	// Shown reports whether the directory shows an establishment by its name:
	// no note names another. Nil shows all.
	Shown func(register.SIRET) bool
	// Pictured makes pictures smaller, and without what a camera wrote.
	Pictured *picture.Reader
}

// Lead returns a lead, or db.ErrNotFound.
func (ls *Leads) Lead(ctx context.Context, id string) (*Lead, error) {
	var l *Lead
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		l, err = leadByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lead: %w", err)
	}
	return l, nil
}

// A Filter is what leads are asked for. The zero Filter asks for all that are
// open.
type Filter struct {
	Territories []string // none: all
	Mine        string   // id of a person, whose leads are found wherever they lie
	Stage       Stage    // empty: every open one
	All         bool     // of every stage, where none is named
	Owner       string   // id of a person, or Nobody
	Axis        string
	Overdue     clock.Day // today: only those whose day is past
	Party       register.SIRET
	Origin      Origin
	After       string // cursor of a page before; empty for the first
	Limit       int    // 0: all
}

// Nobody is the owner of a lead to which nobody sees.
const Nobody = "-"

// Leads returns what a filter asks for, the most overdue first, those without
// a day last, and the cursor of the next page, empty when there is none.
func (ls *Leads) Leads(ctx context.Context, f Filter) ([]*Lead, string, error) {
	var list []*Lead
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = leadsWhere(ctx, t, f)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("leads: %w", err)
	}
	if f.Limit > 0 && len(list) > f.Limit {
		list = list[:f.Limit]
		return list, cursorOf(list[f.Limit-1]), nil
	}
	return list, "", nil
}

// From returns the leads that come from something, also by way of something
// else, whatever their stage.
func (ls *Leads) From(ctx context.Context, o Origin) ([]*Lead, error) {
	var list []*Lead
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = leadsFrom(ctx, t, o, false)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leads from %s %s: %w", o.Kind, o.ID, err)
	}
	return list, nil
}

// Between returns the lead between some establishments that came from something,
// at once, or db.ErrNotFound. A match is the same read from either side.
func (ls *Leads) Between(ctx context.Context, o Origin, parties ...register.SIRET) (*Lead, error) {
	of := Lead{Origins: []Origin{o}, Parties: slices.Sorted(slices.Values(parties))}
	var l *Lead
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		l, err = leadFrom(ctx, t, &of)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lead from %s %s: %w", o.Kind, o.ID, err)
	}
	return l, nil
}

// Before returns the leads that led to something.
func (ls *Leads) Before(ctx context.Context, to Origin) (list []*Lead, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = leadsBefore(ctx, t, to)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("leads before %s %s: %w", to.Kind, to.ID, err)
	}
	return list, nil
}

// Add writes a lead and returns it. One that comes from where another between
// the same establishments comes from is that other; of an event, where the
// same may have agreed on several things, when it has the same title too.
func (ls *Leads) Add(ctx context.Context, by account.Actor, l Lead) (*Lead, error) {
	var added *Lead
	err := ls.DB.Write(ctx, func(t *db.Tx) (err error) {
		added, err = ls.AddIn(ctx, t, by, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("add lead: %w", err)
	}
	return added, nil
}

// AddIn is Add in the transaction of another act.
func (ls *Leads) AddIn(ctx context.Context, t *db.Tx, by account.Actor, l Lead) (_ *Lead, err error) {
	if l.Parties, err = heirs(ctx, t, l.Parties); err != nil {
		return nil, err
	}
	if err := l.clean(); err != nil {
		return nil, err
	}
	if !slices.Contains(Stages(), l.Stage) {
		l.Stage = Noted
	}
	if len(l.Origins) > 0 && l.Origins[0].ID != "" {
		known, err := leadFrom(ctx, t, &l)
		if err == nil || !errors.Is(err, db.ErrNotFound) {
			return known, err
		}
	}
	now := ls.Clock.Now()
	l.ID, l.CreatedAt, l.ChangedAt = db.NewID(now), now, now
	if err := addLead(ctx, t, &l); err != nil {
		return nil, err
	}
	if err := addChange(ctx, t, l.ID, Changed{At: now, Who: by.Who, Channel: by.Channel, After: l.Stage}); err != nil {
		return nil, err
	}
	return &l, account.Record(ctx, t, now, account.Entry{Act: "lead.add", Kind: "lead", Object: l.ID, By: by})
}

// A Change is what somebody makes of a lead. All of its texts are written.
type Change struct {
	Lead Lead // with its id; origins and times are not changed
	Note string
	By   account.Actor
}

// Change writes what somebody makes of a lead and keeps what it was. It
// returns ErrStage when the lead is not, or no more, where it may go there
// from, having written nothing.
func (ls *Leads) Change(ctx context.Context, c Change) (*Lead, error) {
	var l *Lead
	err := ls.DB.Write(ctx, func(t *db.Tx) (err error) {
		l, err = ls.changeIn(ctx, t, c)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("change lead %s: %w", c.Lead.ID, err)
	}
	return l, nil
}

func (ls *Leads) changeIn(ctx context.Context, t *db.Tx, c Change) (*Lead, error) {
	was, err := leadByID(ctx, t, c.Lead.ID)
	if err != nil {
		return nil, err
	}
	l := c.Lead
	if l.Parties, err = heirs(ctx, t, l.Parties); err != nil {
		return nil, err
	}
	if err := l.clean(); err != nil {
		return nil, err
	}
	if err := Move(was.Stage, l.Stage, l.Reason); err != nil {
		return nil, err
	}
	if l.Stage != Dropped {
		l.Reason = ""
	}
	now := ls.Clock.Now()
	l.Origins, l.LedTo, l.CreatedAt, l.ChangedAt, l.AskedAt = was.Origins, was.LedTo, was.CreatedAt, now, was.AskedAt
	fields, note := changed(was, &l), cut(line(c.Note), MaxNote)
	if len(fields) == 0 && note == "" && was.Stage == l.Stage && was.Reason == l.Reason {
		return was, nil
	}
	if err := changeLead(ctx, t, &l); err != nil {
		return nil, err
	}
	if err := addChange(ctx, t, l.ID, Changed{At: now, Who: c.By.Who, Channel: c.By.Channel, Before: was.Stage, After: l.Stage, Fields: fields, Note: note}); err != nil {
		return nil, err
	}
	if err := ls.over(ctx, t, was, l.Stage); err != nil {
		return nil, err
	}
	return &l, account.Record(ctx, t, now, account.Entry{Act: "lead.change", Kind: "lead", Object: l.ID, By: c.By})
}

// LedTo notes, in the transaction of the act, that a lead led to something.
func (ls *Leads) LedTo(ctx context.Context, t *db.Tx, id string, to Origin) error {
	return addLink(ctx, t, id, to, ledTo)
}

// A Changed is a change of a lead as it is kept.
type Changed struct {
	At      time.Time
	Who     string // id
	Channel account.Channel
	Before  Stage // empty for the first
	After   Stage
	Fields  []string
	Note    string
}

// History returns the changes of a lead, the latest first.
func (ls *Leads) History(ctx context.Context, id string) ([]Changed, error) {
	var list []Changed
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = changes(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of a lead: %w", err)
	}
	return list, nil
}

// Counts returns how many leads a filter asks for, by stage.
func (ls *Leads) Counts(ctx context.Context, f Filter) (map[Stage]int, error) {
	var n map[Stage]int
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		n, err = countLeads(ctx, t, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count leads: %w", err)
	}
	return n, nil
}

// Pairs returns the pairs of establishments that a lead or a cooperation
// joins, each once, the smaller number first.
func (ls *Leads) Pairs(ctx context.Context) ([][2]register.SIRET, error) {
	var list [][2]register.SIRET
	err := ls.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = pairs(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pairs of leads: %w", err)
	}
	return list, nil
}
