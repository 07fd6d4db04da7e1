package meeting

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/fold"
)

// A Fate is what a file makes of one of its rows.
type Fate string

// The fates.
const (
	Added    Fate = "new"
	Altered  Fate = "changed"
	Same     Fate = "same"
	Rejected Fate = "refused"
)

// A Change is a cell of a meeting that a row changes.
type Change struct{ Column, Was, Is string }

// A Brought is a row of a file and what becomes of it.
type Brought struct {
	Line    int
	Fate    Fate
	Meeting Meeting
	Changes []Change
	Faults  []Fault
}

// Bring says what a file would do, row by row, and does nothing. Who brings it
// changes only what they look after.
func (ms *Meetings) Bring(ctx context.Context, who *account.Person, n *Names, rows []Row) ([]Brought, error) {
	list, err := ms.Meetings(ctx, Filter{Drafts: true})
	if err != nil {
		return nil, err
	}
	known := map[string]*Listed{}
	for i := range list {
		m := &list[i]
		known[m.ID] = m
		if key := m.key(); known[key] == nil {
			known[key] = m
		}
	}
	var all []Brought
	seen := map[string]bool{}
	for _, r := range rows {
		b := ms.bring(who, n, known, r)
		if key := b.Meeting.key(); b.Fate != Rejected && (seen[b.Meeting.ID] || seen[key]) {
			b.Fate, b.Faults = Rejected, []Fault{{"titre", "twice"}}
		} else if b.Fate != Rejected {
			seen[key], seen[b.Meeting.ID] = true, b.Meeting.ID != ""
		}
		all = append(all, b)
	}
	return all, nil
}

// key is what tells two meetings apart that have no id: where, when, what.
func (m *Meeting) key() string {
	return fmt.Sprint(m.Territory, " ", m.Room.Start.Unix(), " ", fold.Key(m.Title))
}

func (ms *Meetings) bring(who *account.Person, n *Names, known map[string]*Listed, r Row) Brought {
	b := Brought{Line: r.Line, Fate: Rejected}
	m := Meeting{State: Draft, Organiser: who.ID, Institution: who.Institution(), Series: r.Cells["série"]}
	id := r.Cells["identifiant"]
	was := known[id]
	if id != "" && was == nil {
		b.Faults = []Fault{{"identifiant", "unknown"}}
		return b
	}
	if id == "" {
		fresh := m
		if b.Faults = n.read(r, &fresh); len(b.Faults) == 0 {
			was = known[fresh.key()]
		}
	}
	if was != nil {
		m = was.Meeting
		m.Agenda, m.Trades = slices.Clone(m.Agenda), slices.Clone(m.Trades)
	}
	b.Faults = n.read(r, &m)
	b.Meeting = m
	switch {
	case len(b.Faults) > 0:
		return b
	case !account.May(who, account.PlanMeetings, account.Object{Territory: m.Territory}) && was == nil, was != nil && !account.May(who, account.PlanMeetings, was.Object()):
		b.Faults = []Fault{{"territoire", "denied"}}
		return b
	case was == nil:
		b.Fate = Added
	case was.Territory != m.Territory:
		b.Faults = []Fault{{"territoire", "fixed"}}
		return b
	default:
		b.Changes = n.changes(&was.Meeting, &m)
		if b.Fate = Altered; len(b.Changes) == 0 {
			b.Fate = Same
			return b
		}
	}
	now := ms.Clock.Now()
	for _, f := range b.Meeting.Clean(now, was == nil || !m.Room.Start.Equal(was.Room.Start)) {
		b.Faults = append(b.Faults, Fault{columnOf[f.Field], f.Key})
	}
	if was != nil && (booking.Free(&b.Meeting.Room, was.Sheet.List, false) < 0 || booking.Free(&b.Meeting.Room, was.Sheet.List, true) < 0) {
		b.Faults = append(b.Faults, Fault{"places", "held"})
	}
	if len(b.Faults) > 0 {
		b.Fate = Rejected
	}
	return b
}

// columnOf names the column of each field that Clean finds fault with.
var columnOf = map[string]string{
	"title": "titre", "words": "mots", "venue": "salle", "street": "rue", "access": "accès", "road": "venir", "contact": "accueil", "agenda": "déroulé",
	"territory": "territoire", "commune": "commune", "start": "jour", "end": "à", "seats": "places", "reserved": "réservées",
}

// changes are the cells in which two meetings differ.
func (n *Names) changes(was, is *Meeting) []Change {
	before, after := n.words(was), n.words(is)
	var all []Change
	for _, name := range Columns {
		if before[name] != after[name] {
			all = append(all, Change{name, before[name], after[name]})
		}
	}
	return all
}

// TakeIn does what Bring told of the rows, against the meetings of this
// moment: new ones are drafts, all of them or none; those that change are told
// to who holds a seat, as by Change. Done twice, the second changes nothing.
// New rows with the same word in the column of the series are one series.
func (ms *Meetings) TakeIn(ctx context.Context, by account.Actor, who *account.Person, n *Names, rows []Row) ([]Brought, error) {
	all, err := ms.Bring(ctx, who, n, rows)
	if err != nil {
		return nil, err
	}
	now := ms.Clock.Now()
	series := map[string]string{"": ""}
	var fresh []Meeting
	for i := range all {
		if all[i].Fate != Added {
			continue
		}
		m := all[i].Meeting
		if _, ok := series[m.Series]; !ok {
			series[m.Series] = db.NewID(now)
		}
		m.Series = series[m.Series]
		fresh = append(fresh, m)
	}
	if err := ms.add(ctx, by, fresh); err != nil {
		return nil, fmt.Errorf("take in %d meetings: %w", len(fresh), err)
	}
	for i := range all {
		if all[i].Fate != Altered {
			continue
		}
		faults, err := ms.Change(ctx, by, all[i].Meeting)
		switch {
		case errors.Is(err, booking.ErrHeld):
			all[i].Fate, all[i].Faults = Rejected, []Fault{{"places", "held"}} // somebody booked since
		case errors.Is(err, ErrFaults):
			all[i].Fate, all[i].Faults = Rejected, faults
		case err != nil:
			return nil, err
		}
	}
	return all, nil
}
