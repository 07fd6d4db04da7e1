package lead

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// News is what a facilitator, or the people of an establishment, are told of
// leads.
type News struct {
	Kind   string // lead.hand, lead.mention, lead.ask, lead.answer, lead.over
	Leads  []*Lead
	Person string         // id of whom it is for; empty: the people of an establishment
	SIRET  register.SIRET // of that establishment
	By     string         // id of who did it; empty: a party, which is SIRET
	Words  string
	ID     string // of the act: the same is told once
	Token  string // of the page where an establishment answers
}

// mostHanded is how many leads are handed over at once.
const mostHanded = 200

// Handed is what became of leads that were to be handed over.
type Handed struct {
	Given     int
	Closed    int // done, dropped or gone meanwhile: left as they are
	Had       int // theirs already
	Elsewhere int // of a territory that is not theirs, or not of who hands over
}

// HandOver gives leads to another facilitator who looks after where they lie,
// and tells them once of all. What cannot be given is left and counted.
func (ls *Leads) HandOver(ctx context.Context, by *account.Person, channel account.Channel, ids []string, to string) (Handed, error) {
	var h Handed
	err := ls.DB.Write(ctx, func(t *db.Tx) (err error) {
		h, err = ls.handIn(ctx, t, by, channel, ids, to)
		return err
	})
	if err != nil {
		return Handed{}, fmt.Errorf("hand leads over: %w", err)
	}
	return h, nil
}

func (ls *Leads) handIn(ctx context.Context, t *db.Tx, by *account.Person, channel account.Channel, ids []string, to string) (h Handed, err error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	ids = slices.Compact(ids)
	ids = ids[:min(len(ids), mostHanded)]
	now, given := ls.Clock.Now(), []*Lead(nil)
	places := make(map[string]bool) // territories that the other looks after
	for _, id := range ids {
		l, err := leadByID(ctx, t, id)
		if errors.Is(err, db.ErrNotFound) {
			h.Closed++
			continue
		}
		if err != nil {
			return h, err
		}
		theirs, known := places[l.Territory]
		if !known {
			people, err := account.FacilitatorsIn(ctx, t, account.KeepLeads, account.Object{Territory: l.Territory})
			if err != nil {
				return h, err
			}
			theirs = slices.ContainsFunc(people, func(p *account.Person) bool { return p.ID == to })
			places[l.Territory] = theirs
		}
		switch {
		case !theirs || !account.May(by, account.KeepLeads, account.Object{Person: l.Owner, Territory: l.Territory}):
			h.Elsewhere++
			continue
		case !l.Stage.Open():
			h.Closed++
			continue
		case l.Owner == to:
			h.Had++
			continue
		}
		l.Owner, l.ChangedAt = to, now
		if err := changeLead(ctx, t, l); err != nil {
			return h, err
		}
		if err := addChange(ctx, t, l.ID, Changed{At: now, Who: by.ID, Channel: channel, Before: l.Stage, After: l.Stage, Fields: []string{"owner"}}); err != nil {
			return h, err
		}
		if err := account.Record(ctx, t, now, account.Entry{Act: "lead.hand", Kind: "lead", Object: l.ID, By: account.Actor{Who: by.ID, Channel: channel}}); err != nil {
			return h, err
		}
		given = append(given, l)
	}
	if h.Given = len(given); h.Given == 0 || to == by.ID {
		return h, nil
	}
	_, err = ls.tell(ctx, t, News{Kind: "lead.hand", Leads: given, Person: to, By: by.ID, ID: db.NewID(now)})
	return h, err
}

// tell tells news, where the house can.
func (ls *Leads) tell(ctx context.Context, t *db.Tx, n News) (bool, error) {
	if ls.Tell == nil {
		return false, nil
	}
	return ls.Tell(ctx, t, n)
}
