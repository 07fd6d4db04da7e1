package app

import (
	"context"

	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
)

// solicit posts a letter that asks something, under an id, and reports whether
// it goes: not to who chose not to be asked. It says how to choose so.
func (p *post) solicit(ctx context.Context, t *db.Tx, r exchange.Recipient, id, kind string, l mail.Letter) (sent bool, err error) {
	wish, asks, err := p.outbox.PreferenceIn(ctx, t, r.Key)
	if err != nil || !asks {
		return false, err
	}
	l.Links = append(l.Links, mail.Link{Label: p.words.For(l.Language).T("letter.digest.choose"), URL: p.link(l.Language, "/preferences/"+wish.Token)})
	m, err := p.message(l, r.Mail)
	if err != nil {
		return false, err
	}
	m.Unsubscribe = p.link("fr", "/ne-plus-recevoir/"+wish.Token)
	return true, p.outbox.Post(ctx, t, mail.Posted{ID: id, Person: r.Key, Class: mail.Solicitation, Kind: kind, Message: m})
}

// cooperation asks the people of an establishment whether a cooperation that
// another told of is so.
func (p *post) cooperation(ctx context.Context, t *db.Tx, l lead.Letter) error {
	to, err := exchange.Recipients(ctx, t, l.SIRET)
	if err != nil {
		return err
	}
	c := l.Cooperation
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
