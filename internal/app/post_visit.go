package app

import (
	"context"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/register"
	"passerelle/internal/visit"
)

// newVisits makes the visits of a house.
func (h *house) newVisits(c clock.Clock) error {
	bands, err := visit.LoadBands()
	if err != nil {
		return err
	}
	h.Visits = &visit.Visits{DB: h.DB, Clock: c, Bookings: h.Bookings, Leads: h.Leads, Bands: bands, Shown: h.shown, Tell: h.visit}
	return nil
}

// shown reports whether the directory shows an establishment by its name.
func (h *house) shown(s register.SIRET) bool {
	e, err := h.Directory.Establishment(s)
	return err == nil && e.Mask != directory.MaskedPerson
}

// visit writes a letter about visits.
func (h *house) visit(ctx context.Context, t *db.Tx, l visit.Letter) error {
	switch l.Kind {
	case "visit.wished":
		return h.wished(ctx, t, l)
	case "visit.opened":
		words := h.Words.For(l.Wish.Language)
		return h.Post.send(ctx, t, mail.Posted{Person: l.Wish.Person, Class: mail.Answer, Kind: l.Kind}, h.openedLetter(words, l), l.Wish.Mail)
	}
	words := h.Words.For(l.Booking.Party.Language)
	return h.Post.send(ctx, t, mail.Posted{Person: l.Booking.Person, Class: mail.Answer, Kind: l.Kind}, h.questionsLetter(words, l), l.Booking.Mail)
}

// wished tells who would like to visit that it is noted, and adds it to the
// summary of the hosts.
func (h *house) wished(ctx context.Context, t *db.Tx, l visit.Letter) error {
	w := &l.Wish
	words := h.Words.For(w.Language)
	err := h.Post.send(ctx, t, mail.Posted{Person: w.Person, Class: mail.Answer, Kind: l.Kind}, mail.Letter{
		Language: words.Code(), Subject: words.T("letter.wished.subject"), Preheader: words.T("letter.wished.preheader"), Title: words.T("letter.wished.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.wished.text", "what", h.wishedWhat(words, w))),
			mail.Button{Label: words.T("letter.wished.button"), URL: h.Post.link(words.Code(), "/souhait/"+l.Token)},
		},
		Why: words.T("letter.wished.why"),
	}, w.Mail)
	if err != nil || w.SIRET == 0 {
		return err
	}
	hosts, err := account.MembersIn(ctx, t, w.SIRET)
	if err != nil {
		return err
	}
	for _, who := range hosts {
		words := h.Words.For(who.Language)
		if err := h.Post.outbox.Later(ctx, t, mail.Waiting{
			ID: l.Kind + " " + w.ID + " " + who.ID, Person: who.ID, Kind: l.Kind, Title: words.T("letter.digest.wished", "firm", h.Post.firm(w.SIRET)),
			More: words.T("letter.digest.wished_more", "n", w.Seats), Path: "/mon-espace/entreprises/" + w.SIRET.String() + "/visites",
		}); err != nil {
			return err
		}
	}
	return nil
}

// wishedWhat names what somebody would like to visit.
func (h *house) wishedWhat(words *locale.Language, w *visit.Wish) string {
	if w.SIRET != 0 {
		return h.Post.firm(w.SIRET)
	}
	name := w.Trade
	if t, ok := h.Trades.Trade(w.Trade); ok {
		name = t.Name
	}
	return words.T("letter.wished.trade", "trade", name)
}

// openedLetter tells who wished to visit that slots are open.
func (h *house) openedLetter(words *locale.Language, l visit.Letter) mail.Letter {
	v := &l.Visit
	args := []any{"title", h.Post.of(v.Offer.SIRET, v.Offer.Title), "firm", h.Post.firm(v.Offer.SIRET), "time", words.Moment(v.Room.Start.In(clock.Paris))}
	return mail.Letter{
		Language: words.Code(), Subject: words.T("letter.opened.subject", args...), Preheader: words.T("letter.opened.preheader", args...), Title: words.T("letter.opened.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.opened.text", args...)),
			mail.Button{Label: words.T("letter.opened.button"), URL: h.Post.link(words.Code(), "/visites/"+v.ID)},
		},
		Why: words.T("letter.wished.why"),
	}
}

// questionsLetter asks who came what they take home.
func (h *house) questionsLetter(words *locale.Language, l visit.Letter) mail.Letter {
	args := []any{"title", h.Post.of(l.Visit.Offer.SIRET, l.Visit.Offer.Title), "day", words.Day(dayAtParis(l.Visit.Room.Start))}
	return mail.Letter{
		Language: words.Code(), Subject: words.T("letter.questions.subject", args...), Preheader: words.T("letter.questions.preheader"), Title: words.T("letter.questions.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.questions.text", args...)),
			mail.Button{Label: words.T("letter.questions.button"), URL: h.Post.link(words.Code(), "/retours/ecrire/"+l.Token)},
			mail.Para(words.T("letter.questions.once")),
		},
		Why: words.T("letter.seat.why", args...),
	}
}

// dayAtParis is the day of a moment.
func dayAtParis(t time.Time) clock.Day {
	return clock.Day(t.In(clock.Paris).Format(time.DateOnly))
}
