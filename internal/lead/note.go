package lead

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
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

// The kinds of what a note is written after.
const (
	OfVisit       = "visit"
	OfCooperation = "cooperation"
)

// ErrUnconfirmed is told of a note about what its parties did not confirm.
var ErrUnconfirmed = errors.New("not confirmed by all parties") // cooperation.error.unconfirmed

// A Note is an experience note as everybody reads it.
type Note struct {
	ID          string
	Kind        string // OfVisit, OfCooperation
	Source      string // id of the offer, or of the cooperation
	Title       string // of the offer; of a cooperation its kind
	Day         clock.Day
	Saw         string
	Takes       string
	More        string // with whom to go on; of a cooperation what it brought
	Signed      string
	Trade       string // slug, of who writes
	Territory   string
	Parties     []register.SIRET // whose names it shows
	Trades      []string         // slugs under which it is found, its own among them
	PublishedAt time.Time
	words       string // searched too, shown elsewhere
}

// About adds words under which a note is found.
func (n *Note) About(words string) { n.words = words }

// folded is what is searched of a note.
func (n *Note) folded() string {
	return fold.Key(strings.Join([]string{n.Title, n.Saw, n.Takes, n.More, n.Signed, n.words}, " "))
}

// A NoteFilter names notes.
type NoteFilter struct {
	Territory string
	Trade     string
	Words     string // each is in it, whatever its capitals and accents
	Kind      string
	Source    string
	Party     register.SIRET
	After     string // cursor of a page before
	Limit     int    // 0: all
	id        string
}

// Notes returns the notes of a filter, the newest first, how many there are on
// all pages, and the cursor of the next page. Those of somebody whom the
// directory does not show any more are not among them.
func (ls *Leads) Notes(ctx context.Context, f NoteFilter) (list []*Note, total int, next string, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		hidden, err := ls.hidden(ctx, t)
		if err != nil {
			return err
		}
		if total, err = countNotes(ctx, t, &f, hidden); err != nil {
			return err
		}
		list, err = notesWhere(ctx, t, &f, hidden)
		return err
	})
	if err != nil {
		return nil, 0, "", fmt.Errorf("experience notes: %w", err)
	}
	if f.Limit > 0 && len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].cursor()
	}
	return list, total, next, nil
}

// hidden lists those whom notes name and the directory does not show.
func (ls *Leads) hidden(ctx context.Context, t *db.Tx) ([]register.SIRET, error) {
	if ls.Shown == nil {
		return nil, nil
	}
	named, err := namedByNotes(ctx, t)
	return slices.DeleteFunc(named, ls.Shown), err
}

// Note returns a note that is published, or db.ErrNotFound.
func (ls *Leads) Note(ctx context.Context, id string) (n *Note, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		if n, err = noteByID(ctx, t, id); err != nil {
			return err
		}
		if ls.Shown != nil && slices.ContainsFunc(n.Parties, func(s register.SIRET) bool { return !ls.Shown(s) }) {
			return db.ErrNotFound
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("experience note: %w", err)
	}
	return n, nil
}

// PublishIn publishes a note, or other words of it, in the transaction in
// which both sides wish it.
func (ls *Leads) PublishIn(ctx context.Context, t *db.Tx, n Note) error {
	if err := dropNote(ctx, t, n.ID); err != nil {
		return err
	}
	if n.Trade != "" && !slices.Contains(n.Trades, n.Trade) {
		n.Trades = append(slices.Clone(n.Trades), n.Trade)
	}
	slices.Sort(n.Trades)
	n.Trades = slices.Compact(n.Trades)
	return addNote(ctx, t, &n)
}

// WithdrawIn takes a note back in the transaction in which a side does.
func (ls *Leads) WithdrawIn(ctx context.Context, t *db.Tx, id string) error {
	return dropNote(ctx, t, id)
}

// A CooperationNote is what one of the parties writes of a cooperation.
type CooperationNote struct {
	ID          string
	Cooperation string
	SIRET       register.SIRET // of who writes
	Saw         string
	Takes       string
	Brought     string
	Signed      string
	Trade       string
	Who         string
	WrittenAt   time.Time
	PublishedAt time.Time
	Yes         []register.SIRET // who wishes these words to be published
}

// Empty reports whether nothing was written.
func (n *CooperationNote) Empty() bool { return n.Saw == "" && n.Takes == "" && n.Brought == "" }

// Written returns what a party wrote of a cooperation, or db.ErrNotFound.
func (ls *Leads) Written(ctx context.Context, cooperation string, s register.SIRET) (n *CooperationNote, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		n, err = writtenWhere(ctx, t, `cooperation = $1 AND siret = $2`, cooperation, int64(s))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("note of a cooperation: %w", err)
	}
	return n, nil
}

// Write keeps what a party writes of a cooperation that all have confirmed, and
// whether it wishes it to be published. The others are asked by mail, with the
// words; other words wait for them again.
func (ls *Leads) Write(ctx context.Context, by account.Actor, n CooperationNote, publish bool) error {
	for _, s := range []*string{&n.Saw, &n.Takes, &n.Brought} {
		*s = cut(tidy(*s), MaxSaid)
	}
	n.Signed = cut(line(n.Signed), MaxTitle)
	if n.Empty() {
		return ErrEmpty
	}
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		n := n
		c, err := cooperationByID(ctx, t, n.Cooperation)
		switch {
		case err != nil:
			return err
		case c.Party(n.SIRET) == nil:
			return db.ErrNotFound
		case c.State() != Confirmed:
			return ErrUnconfirmed
		}
		now := ls.Clock.Now()
		was, err := writtenWhere(ctx, t, `cooperation = $1 AND siret = $2`, c.ID, int64(n.SIRET))
		if err != nil && !errors.Is(err, db.ErrNotFound) {
			return err
		}
		n.ID, n.WrittenAt, n.Who, n.Yes = db.NewID(now), now, by.Who, nil
		asked := false
		if err == nil {
			n.ID, n.PublishedAt = was.ID, was.PublishedAt
			if n.same(was) {
				n.WrittenAt, n.Yes = was.WrittenAt, was.Yes
				asked = slices.Contains(was.Yes, n.SIRET)
			}
		}
		if err := putWritten(ctx, t, &n); err != nil {
			return err
		}
		if err := sayYes(ctx, t, &n, n.SIRET, publish, by.Who, now); err != nil {
			return err
		}
		if err := ls.settle(ctx, t, c, &n); err != nil {
			return err
		}
		if publish && !asked && ls.Send != nil {
			for _, p := range c.Parties {
				if p.SIRET != n.SIRET {
					if err := ls.Send(ctx, t, Letter{Cooperation: c, SIRET: p.SIRET, Token: ls.sign("note", n.ID, p.SIRET), Note: &n}); err != nil {
						return err
					}
				}
			}
		}
		return account.Record(ctx, t, now, account.Entry{Act: "note.write", Kind: "cooperation", Object: c.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("write of cooperation %s: %w", n.Cooperation, err)
	}
	return nil
}

// same reports whether two notes say the same.
func (n *CooperationNote) same(o *CooperationNote) bool {
	return n.Saw == o.Saw && n.Takes == o.Takes && n.Brought == o.Brought && n.Signed == o.Signed
}

// Consent is the wish of a party that a note is published, or no longer is: it
// is withdrawn at once. The words are named by when they were written: others,
// written meanwhile, are db.ErrNotFound.
func (ls *Leads) Consent(ctx context.Context, by account.Actor, id string, s register.SIRET, written time.Time, yes bool) error {
	err := ls.DB.Write(ctx, func(t *db.Tx) error {
		n, err := writtenWhere(ctx, t, `id = $1`, id)
		if err != nil {
			return err
		}
		c, err := cooperationByID(ctx, t, n.Cooperation)
		if err != nil {
			return err
		}
		if c.Party(s) == nil || yes && !n.WrittenAt.Equal(written) {
			return db.ErrNotFound
		}
		now := ls.Clock.Now()
		if err := sayYes(ctx, t, n, s, yes, by.Who, now); err != nil {
			return err
		}
		if err := ls.settle(ctx, t, c, n); err != nil {
			return err
		}
		act := "note.agree"
		if !yes {
			act = "note.withdraw"
		}
		return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "cooperation", Object: c.ID, By: by})
	})
	if err != nil {
		return fmt.Errorf("agree to note %s: %w", id, err)
	}
	return nil
}

// settle publishes a note that all parties wish to be published, and no other.
func (ls *Leads) settle(ctx context.Context, t *db.Tx, c *Cooperation, n *CooperationNote) error {
	all := !slices.ContainsFunc(c.Parties, func(p Party) bool { return !slices.Contains(n.Yes, p.SIRET) })
	if !all || c.State() != Confirmed {
		n.PublishedAt = time.Time{}
		if err := putWritten(ctx, t, n); err != nil {
			return err
		}
		return dropNote(ctx, t, n.ID)
	}
	if n.PublishedAt.IsZero() {
		n.PublishedAt = ls.Clock.Now()
	}
	if err := putWritten(ctx, t, n); err != nil {
		return err
	}
	if c.Lead != "" {
		if err := addLink(ctx, t, c.Lead, Origin{FromNote, n.ID}, ledTo); err != nil {
			return err
		}
	}
	return ls.PublishIn(ctx, t, Note{
		ID: n.ID, Kind: OfCooperation, Source: c.ID, Title: c.Kind, Day: c.Started, Saw: n.Saw, Takes: n.Takes, More: n.Brought, Signed: n.Signed, Trade: n.Trade,
		Territory: c.Territory, Parties: sirets(c.Parties), PublishedAt: n.PublishedAt,
	})
}

// ByNoteLink returns the note of a link and the party it was made for, or
// db.ErrNotFound for a link of no use.
func (ls *Leads) ByNoteLink(ctx context.Context, id, token string) (n *CooperationNote, s register.SIRET, err error) {
	if s, err = ls.signed("note", id, token); err != nil {
		return nil, 0, err
	}
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		n, err = writtenWhere(ctx, t, `id = $1`, id)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("note of a cooperation: %w", err)
	}
	return n, s, nil
}

// WrittenBy returns what a person wrote of cooperations.
func (ls *Leads) WrittenBy(ctx context.Context, person string) (list []*CooperationNote, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = allWritten(ctx, t, `who = $1 AND who <> ''`, person)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notes of a person: %w", err)
	}
	return list, nil
}

// NotesOf returns what the parties wrote of a cooperation.
func (ls *Leads) NotesOf(ctx context.Context, cooperation string) (list []*CooperationNote, err error) {
	err = ls.DB.Read(ctx, func(t *db.Tx) error {
		list, err = allWritten(ctx, t, `cooperation = $1`, cooperation)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("notes of a cooperation: %w", err)
	}
	return list, nil
}

// forgetNotes blanks what names a person in notes. What has no words left is
// no note any more.
func (ls *Leads) forgetNotes(ctx context.Context, t *db.Tx, who *account.Person) error {
	written, err := allWritten(ctx, t, `id <> ''`)
	if err != nil {
		return err
	}
	for _, n := range written {
		named := false
		for _, s := range []*string{&n.Saw, &n.Takes, &n.Brought, &n.Signed} {
			if who.NamedIn(*s) {
				*s, named = "", true
			}
		}
		if !named {
			continue
		}
		if n.Empty() {
			n.PublishedAt = time.Time{}
		}
		if err := putWritten(ctx, t, n); err != nil {
			return err
		}
	}
	notes, err := notesWhere(ctx, t, &NoteFilter{}, nil)
	if err != nil {
		return err
	}
	for _, n := range notes {
		named := false
		for _, s := range []*string{&n.Title, &n.Saw, &n.Takes, &n.More, &n.Signed} {
			if who.NamedIn(*s) {
				*s, named = "", true
			}
		}
		switch {
		case n.Saw == "" && n.Takes == "" && n.More == "":
			err = dropNote(ctx, t, n.ID)
		case named:
			err = ls.PublishIn(ctx, t, *n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
