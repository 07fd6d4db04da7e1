package app

import (
	"context"
	"errors"

	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
)

// solicit posts a letter that asks something, under an id, and reports whether
// it goes: not to who chose not to be asked. It says how to choose so.
func (p *post) solicit(ctx context.Context, t *db.Tx, r exchange.Recipient, id, kind string, l mail.Letter) (sent bool, err error) {
	wish, asks, err := p.outbox.PreferenceIn(ctx, t, r.Key)
	if err != nil || !asks {
		return false, err
	}
	if err := p.fromFile(ctx, t, r.Key, &l); err != nil {
		return false, err
	}
	l.Links = append(l.Links, mail.Link{Label: p.words.For(l.Language).T("letter.digest.choose"), URL: p.link(l.Language, "/preferences/"+wish.Token)})
	m := p.message(l, r.Mail)
	m.Unsubscribe = p.link("fr", "/ne-plus-recevoir/"+wish.Token)
	return true, p.outbox.Post(ctx, t, mail.Posted{ID: id, Person: r.Key, Class: mail.Solicitation, Kind: kind, Message: m})
}

// fromFile says, in a letter to somebody without account, where the house has
// their address from, and leads to where one press erases them.
func (p *post) fromFile(ctx context.Context, t *db.Tx, key string, l *mail.Letter) error {
	id, is := exchange.ContactID(key)
	if !is {
		return nil
	}
	c, err := contact.KnownIn(ctx, t, id)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	words := p.words.For(l.Language)
	l.Why += " " + originOf(words, c, "letter.from")
	l.Links = append(l.Links, mail.Link{Label: words.T("letter.contact.button"), URL: p.link(words.Code(), "/contact/"+c.Token)})
	return nil
}

// originOf says where the house has a contact from, the latest source first,
// in the words of a key: .origin, and .no_origin where no source is known.
func originOf(words *locale.Language, c *contact.Contact, key string) string {
	for _, o := range c.Origins {
		if o.Source != "" {
			return words.T(key+".origin", "source", o.Source)
		}
	}
	return words.T(key + ".no_origin")
}

// cooperation asks the people of an establishment whether a cooperation that
// another told of is so.
func (p *post) cooperation(ctx context.Context, t *db.Tx, l lead.Letter) error {
	to, err := exchange.Recipients(ctx, t, l.SIRET)
	if err != nil {
		return err
	}
	c := l.Cooperation
	if l.Note != nil {
		return p.noteWritten(ctx, t, l, to)
	}
	for _, r := range to {
		words := p.words.For(r.Language)
		firm, mine := p.firm(c.DeclaredFor), p.firm(l.SIRET)
		letter := mail.Letter{
			Language: words.Code(), Subject: words.T("letter.cooperation.subject", "firm", firm), Preheader: words.T("letter.cooperation.preheader"), Title: words.T("letter.cooperation.title", "firm", firm),
			Blocks: []mail.Block{
				mail.Para(words.T("letter.cooperation.text", "firm", firm, "mine", mine, "kind", words.T("cooperation.kind."+c.Kind), "day", words.Day(c.Started))),
				mail.Button{Label: words.T("letter.cooperation.button"), URL: p.link(words.Code(), "/cooperations/"+c.ID+"/lien/"+l.Token)},
				mail.Para(words.T("letter.cooperation.nothing")),
			},
			Why: words.T("letter.cooperation.why", "firm", firm, "mine", mine),
		}
		if _, err := p.solicit(ctx, t, r, "", "cooperation.confirm", letter); err != nil {
			return err
		}
	}
	return nil
}

// noteWritten asks the people of an establishment whether what another wrote
// of their cooperation may be published, with the words.
func (p *post) noteWritten(ctx context.Context, t *db.Tx, l lead.Letter, to []exchange.Recipient) error {
	for _, r := range to {
		words := p.words.For(r.Language)
		firm, mine := p.firm(l.Note.SIRET), p.firm(l.SIRET)
		letter := mail.Letter{
			Language: words.Code(), Subject: words.T("letter.note.subject", "firm", firm), Preheader: words.T("letter.note.preheader"), Title: words.T("letter.note.title", "firm", firm),
			Blocks: []mail.Block{mail.Para(words.T("letter.note.text", "firm", firm))},
			Why:    words.T("letter.cooperation.why", "firm", firm, "mine", mine),
		}
		for _, said := range []string{l.Note.Saw, l.Note.Takes, l.Note.Brought} {
			if said != "" {
				letter.Blocks = append(letter.Blocks, mail.Quote(p.of(l.Note.SIRET, said)))
			}
		}
		letter.Blocks = append(letter.Blocks, mail.Button{Label: words.T("letter.note.button"), URL: p.link(words.Code(), "/retours/accord/"+l.Note.ID+"/"+l.Token)}, mail.Para(words.T("letter.note.nothing")))
		if _, err := p.solicit(ctx, t, r, "", "note.agree", letter); err != nil {
			return err
		}
	}
	return nil
}
