package visit

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
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// A Takeaway is what somebody who came takes home: three short answers.
type Takeaway struct {
	Booking   string // its id, and whose it is
	Slot      string
	Saw       string // what did you see?
	Takes     string // what could your craft take from it?
	GoesOn    string // with whom would you go on?
	Signed    string // as they wish to be read: Bruno, menuisier
	Trade     string // of the visitor: slug
	SIRET     register.SIRET
	Mail      string
	Person    string
	Visitor   bool   // wishes it to be published
	Host      bool   // wishes it too
	Lead      string // it became
	WrittenAt time.Time
	// PublishedAt is when both wished it; zero while one does not.
	PublishedAt time.Time
}

// Empty reports whether nothing was answered.
func (k *Takeaway) Empty() bool { return k.Saw == "" && k.Takes == "" && k.GoesOn == "" }

// settle publishes what both sides wish to be published, and no more.
func (k *Takeaway) settle(now time.Time) {
	switch {
	case !k.Visitor || !k.Host:
		k.PublishedAt = time.Time{}
	case k.PublishedAt.IsZero():
		k.PublishedAt = now
	}
}

// AskAt is when those who came are asked: at nine, on the working day after.
func AskAt(end time.Time) time.Time {
	d := end.In(clock.Paris).AddDate(0, 0, 1)
	for d.Weekday() == time.Saturday || d.Weekday() == time.Sunday {
		d = d.AddDate(0, 0, 1)
	}
	return mail.Working(time.Date(d.Year(), d.Month(), d.Day(), 9, 0, 0, 0, clock.Paris))
}

// askedWithin is for how long after a visit people are asked: a house that was
// stopped does not ask about visits nobody remembers.
const askedWithin = 14 * 24 * time.Hour

// AskAll asks those who came to the visits that ended what they take home,
// once each. Where nobody kept the door, those who held a seat are asked. It
// may run on every node.
func (vs *Visits) AskAll(ctx context.Context) error {
	now := vs.Clock.Now()
	ended, err := vs.Visits(ctx, Filter{From: now.Add(-askedWithin), To: now, Closed: true})
	if err != nil {
		return err
	}
	for i := range ended {
		v := &ended[i]
		if v.AskedAt.IsZero() && !v.Room.CalledOff && !now.Before(AskAt(v.Room.End)) {
			if err := vs.ask(ctx, v, now); err != nil {
				return err
			}
		}
	}
	return nil
}

func (vs *Visits) ask(ctx context.Context, v *Listed, now time.Time) error {
	seen, err := vs.Bookings.Presences(ctx, v.ID)
	if err != nil {
		return err
	}
	came := Came(v.Sheet.List, seen)
	err = vs.DB.Write(ctx, func(t *db.Tx) error {
		if n, err := askSlot(ctx, t, v.ID, now); err != nil || n == 0 {
			return err // another node did
		}
		for _, b := range came {
			if b.Mail == "" {
				continue
			}
			if err := vs.Tell(ctx, t, Letter{Kind: "visit.questions", Visit: v.Visit, Booking: b, Token: vs.token(toWrite, b.ID)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("ask the visitors of %s: %w", v.ID, err)
	}
	return nil
}

// Came returns the parties that came, by the marks of the door; all that held
// a seat where there is no mark.
func Came(list []booking.Booking, seen map[string]booking.Mark) []booking.Booking {
	var came []booking.Booking
	for _, b := range list {
		if b.State == booking.Confirmed && (len(seen) == 0 || seen[b.ID].State == booking.Present) {
			came = append(came, b)
		}
	}
	return came
}

// The purposes of links.
const (
	toWrite    = "takeaway"
	toWithdraw = "wish"
)

func (vs *Visits) token(purpose, id string) string { return id + "." + vs.mark(purpose, id) }

// mark is 128 bits of an HMAC: nobody makes one for something else.
func (vs *Visits) mark(purpose, id string) string {
	h := hmac.New(sha256.New, vs.Secret)
	fmt.Fprintf(h, "visit %s %s", purpose, id)
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:16])
}

func (vs *Visits) byToken(purpose, token string) (string, error) {
	id, mark, _ := strings.Cut(token, ".")
	if len(vs.Secret) == 0 || !hmac.Equal([]byte(mark), []byte(vs.mark(purpose, id))) {
		return "", db.ErrNotFound
	}
	return id, nil
}

// WriteLink returns what the address at which a party writes carries.
func (vs *Visits) WriteLink(id string) string { return vs.token(toWrite, id) }

// ByWriteLink returns the visit of a link, the booking, and what was written,
// which may be empty.
func (vs *Visits) ByWriteLink(ctx context.Context, token string) (Visit, booking.Booking, Takeaway, error) {
	id, err := vs.byToken(toWrite, token)
	if err != nil {
		return Visit{}, booking.Booking{}, Takeaway{}, err
	}
	b, err := vs.Bookings.Booking(ctx, id)
	if err != nil {
		return Visit{}, b, Takeaway{}, err
	}
	v, err := vs.Visit(ctx, b.Room)
	if err != nil {
		return v, b, Takeaway{}, err
	}
	k, err := vs.Takeaway(ctx, id)
	if errors.Is(err, db.ErrNotFound) {
		k, err = Takeaway{Booking: id, Slot: v.ID, Mail: b.Mail, Person: b.Person, SIRET: b.SIRET}, nil
	}
	return v, b, k, err
}

// Takeaway returns that of a booking.
func (vs *Visits) Takeaway(ctx context.Context, id string) (k Takeaway, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		k, err = readTakeaway(ctx, t, id)
		return err
	})
	if err != nil {
		return k, fmt.Errorf("takeaway %s: %w", id, err)
	}
	return k, nil
}

// Write keeps what a party answered. Other words than the host has read are
// not published before the host has read them.
func (vs *Visits) Write(ctx context.Context, by account.Actor, k Takeaway) (Takeaway, error) {
	now := vs.Clock.Now()
	for _, s := range []*string{&k.Saw, &k.Takes, &k.GoesOn} {
		*s = cut(strings.TrimSpace(strings.ToValidUTF8(*s, "")), MaxWords)
	}
	k.Signed = cut(strings.Join(strings.Fields(strings.ToValidUTF8(k.Signed, "")), " "), MaxTitle)
	if k.Empty() {
		return k, ErrEmpty
	}
	v, err := vs.Visit(ctx, k.Slot)
	if err != nil {
		return k, err
	}
	if now.Before(v.Room.End) {
		return k, ErrSoon
	}
	err = vs.DB.Write(ctx, func(t *db.Tx) error {
		was, err := readTakeaway(ctx, t, k.Booking)
		fresh := errors.Is(err, db.ErrNotFound)
		if err != nil && !fresh {
			return err
		}
		same := was.Saw == k.Saw && was.Takes == k.Takes && was.GoesOn == k.GoesOn && was.Signed == k.Signed
		k.Host, k.Lead, k.PublishedAt, k.WrittenAt = was.Host && same, was.Lead, was.PublishedAt, now.Truncate(time.Microsecond) // as it is read again
		k.settle(now)
		if err := putTakeaway(ctx, t, &k, fresh); err != nil {
			return err
		}
		if err := vs.published(ctx, t, &k); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "visit.takeaway", Kind: "visit", Object: k.Booking, By: by})
	})
	if err != nil {
		return k, fmt.Errorf("write the takeaway of %s: %w", k.Booking, err)
	}
	return k, nil
}

// Publish is the host's wish that what a party wrote is read by others, or no
// longer is. The words are given as the host has read them: others, written
// meanwhile, are db.ErrNotFound.
func (vs *Visits) Publish(ctx context.Context, by account.Actor, id string, written time.Time, yes bool) (Takeaway, error) {
	return vs.keep(ctx, by, id, "visit.publish", func(_ *db.Tx, k *Takeaway) error {
		if yes && !k.WrittenAt.Equal(written) {
			return db.ErrNotFound
		}
		k.Host = yes
		return nil
	})
}

func (vs *Visits) keep(ctx context.Context, by account.Actor, id, act string, f func(*db.Tx, *Takeaway) error) (k Takeaway, err error) {
	now := vs.Clock.Now()
	err = vs.DB.Write(ctx, func(t *db.Tx) error {
		if k, err = readTakeaway(ctx, t, id); err != nil {
			return err
		}
		if err := f(t, &k); err != nil {
			return err
		}
		k.settle(now)
		if err := putTakeaway(ctx, t, &k, false); err != nil {
			return err
		}
		if err := vs.published(ctx, t, &k); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "visit", Object: id, By: by})
	})
	if err != nil {
		return k, fmt.Errorf("%s %s: %w", act, id, err)
	}
	return k, nil
}

// ToLead makes a lead of a takeaway, between the host and the visitor, and
// returns its id: the one it became when it did before.
func (vs *Visits) ToLead(ctx context.Context, by account.Actor, id, title string) (string, error) {
	k, err := vs.keep(ctx, by, id, "visit.lead", func(t *db.Tx, k *Takeaway) error {
		if k.Lead != "" {
			return nil
		}
		v, err := vs.VisitIn(ctx, t, k.Slot)
		if err != nil {
			return err
		}
		l := lead.Lead{
			Title: title, Words: strings.TrimSpace(k.Takes + "\n" + k.GoesOn), Territory: v.Offer.Territory, Owner: by.Who,
			Parties: []register.SIRET{v.Offer.SIRET},
			// What was written comes before the visit: two who write of one visit without
			// a SIRET leave two leads.
			Origins: []lead.Origin{{Kind: lead.FromNote, ID: k.Booking}, {Kind: lead.FromVisit, ID: v.ID}},
		}
		if k.SIRET != 0 {
			l.Parties = append(l.Parties, k.SIRET)
		}
		made, err := vs.Leads.AddIn(ctx, t, by, l)
		if err == nil {
			k.Lead = made.ID
		}
		return err
	})
	return k.Lead, err
}

// Takeaways returns what the visitors of a slot wrote.
func (vs *Visits) Takeaways(ctx context.Context, slot string) (list []Takeaway, err error) {
	err = vs.DB.Read(ctx, func(t *db.Tx) error {
		list, err = takeaways(ctx, t, `slot = $1`, slot)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("takeaways of %s: %w", slot, err)
	}
	return list, nil
}

// published publishes what both sides wish, or takes it back, in the
// transaction in which a side says so.
func (vs *Visits) published(ctx context.Context, t *db.Tx, k *Takeaway) error {
	if k.PublishedAt.IsZero() || k.Empty() {
		return vs.Leads.WithdrawIn(ctx, t, k.Booking)
	}
	v, err := vs.VisitIn(ctx, t, k.Slot)
	if err != nil {
		return err
	}
	return vs.Leads.PublishIn(ctx, t, k.Note(&v))
}

// Note is a takeaway as it is read by others.
func (k *Takeaway) Note(v *Visit) lead.Note {
	o := &v.Offer
	n := lead.Note{
		ID: k.Booking, Kind: lead.OfVisit, Source: o.ID, Title: o.Title, Day: clock.Day(v.Room.Start.In(clock.Paris).Format(time.DateOnly)), Saw: k.Saw, Takes: k.Takes, More: k.GoesOn,
		Signed: k.Signed, Trade: k.Trade, Territory: o.Territory, Parties: []register.SIRET{o.SIRET}, Trades: o.Trades, PublishedAt: k.PublishedAt,
	}
	n.About(o.Terms.Sees)
	return n
}

// Republish writes anew every note that is published: those of before there
// were notes of cooperations, and titles that were changed since.
func (vs *Visits) Republish(ctx context.Context) error {
	err := vs.DB.Write(ctx, func(t *db.Tx) error {
		list, err := takeaways(ctx, t, `published_at > 0`)
		if err != nil {
			return err
		}
		for _, k := range list {
			if err := vs.published(ctx, t, &k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("publish notes of visits anew: %w", err)
	}
	return nil
}
