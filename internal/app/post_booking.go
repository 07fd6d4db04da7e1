package app

import (
	"context"
	"errors"
	"strconv"
	"time"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/meeting"
	"passerelle/internal/visit"
)

// An occasion is an event as letters about its seats name it.
type occasion struct {
	Title string
	Place string
	Path  string // of others of its kind
}

// occasionOf names the event of a room, in the transaction that tells of it.
func (h *house) occasionOf(ctx context.Context, t *db.Tx, r *booking.Room) (occasion, error) {
	if r.Kind == visit.Kind {
		v, err := h.Visits.VisitIn(ctx, t, r.ID)
		if err != nil {
			return occasion{}, err
		}
		return h.visited(&v.Offer), nil
	}
	m, err := h.Meetings.MeetingIn(ctx, t, r.ID)
	if err != nil {
		return occasion{}, err
	}
	return occasion{Title: m.Title, Place: h.placed(m.Venue.Name, m.Commune), Path: "/reunions"}, nil
}

// visited is a visit as an occasion: in the words of who lets visit.
func (h *house) visited(o *visit.Offer) occasion {
	return occasion{Title: h.Post.of(o.SIRET, o.Title), Place: h.Post.of(o.SIRET, h.placed(o.Terms.Where, o.Commune)), Path: "/visites"}
}

// placed names a place in a commune.
func (h *house) placed(place, commune string) string {
	c, _ := h.Places.Commune(commune)
	if place == "" {
		return c.Name
	}
	return place + ", " + c.Name
}

// seat writes to a party what has become of its booking. Who has no address
// is told by a facilitator.
func (h *house) seat(ctx context.Context, t *db.Tx, l booking.Letter) error {
	if l.Booking.Mail == "" {
		return nil
	}
	o, err := h.occasionOf(ctx, t, &l.Room)
	if errors.Is(err, db.ErrNotFound) {
		return nil // the event of another part of the house
	}
	if err != nil {
		return err
	}
	words := h.Words.For(l.Booking.Party.Language)
	to := mail.Posted{Person: l.Booking.Person, Class: mail.Answer, Kind: l.Kind}
	return h.Post.send(ctx, t, to, h.seatLetter(words, l, o), l.Booking.Mail)
}

// seatLetter writes the letter. Its kind is booking. and what happened.
func (h *house) seatLetter(words *locale.Language, l booking.Letter, o occasion) mail.Letter {
	key := "letter.seat." + l.Kind[len("booking."):]
	b := &l.Booking
	start := l.Room.Start.In(clock.Paris)
	args := []any{"title", o.Title, "day", words.Day(clock.Day(start.Format(time.DateOnly))), "n", b.Held}
	text := words.T(key+".text", args...)
	blocks := []mail.Block{mail.Para(text)}
	switch b.State {
	case booking.Waiting:
		blocks = append(blocks, mail.Para(words.T("letter.seat.position", "n", l.Position)))
	case booking.Offered:
		blocks = append(blocks, mail.Para(words.T("letter.seat.until", "time", words.Moment(b.Expires.In(clock.Paris)))))
	}
	if b.State.Active() {
		blocks = append(blocks, mail.Facts{
			{Label: words.T("letter.seat.when"), Value: words.Moment(start)},
			{Label: words.T("letter.seat.where"), Value: o.Place},
			{Label: words.T("letter.seat.seats"), Value: strconv.Itoa(b.Seats)},
			{Label: words.T("letter.seat.reference"), Value: b.Reference()},
		}, mail.Button{Label: words.T("letter.seat.button." + string(b.State)), URL: h.Post.link(words.Code(), "/ma-place/"+h.Bookings.Link(b.ID))},
			mail.Para(words.T("letter.seat.not_coming")))
	} else {
		blocks = append(blocks, mail.Button{Label: words.T("letter.seat.others"), URL: h.Post.link(words.Code(), o.Path)})
	}
	return mail.Letter{
		Language: words.Code(), Subject: words.T(key+".subject", args...), Preheader: words.T("letter.seat.preheader", args...), Title: words.T(key+".title", args...),
		Blocks: blocks, Why: words.T("letter.seat.why", args...),
	}
}

// serveEvery is how often offers that ended go to the next in the line.
const serveEvery = time.Minute

// serveLines serves the waiting lists, posts reminders and asks who came to a
// visit what they take home, until ctx is done.
func (h *house) serveLines(ctx context.Context) {
	tick := time.NewTicker(serveEvery)
	defer tick.Stop()
	failed := h.failed("serve the waiting lists")
	for n := 0; ; n++ {
		if err := errors.Join(h.Bookings.Tidy(ctx), h.Visits.AskAll(ctx)); err != nil && ctx.Err() == nil {
			failed(err)
		}
		if n%int(tidyEvery/serveEvery) == 0 {
			if err := errors.Join(h.Visits.ForgetOld(ctx), h.Visits.Republish(ctx)); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// newMeetings makes the meetings of a house and their seats.
func (h *house) newMeetings(c clock.Clock) {
	h.Bookings = &booking.Bookings{DB: h.DB, Clock: c, Tell: h.seat}
	h.Meetings = &meeting.Meetings{DB: h.DB, Clock: c, Bookings: h.Bookings}
}
