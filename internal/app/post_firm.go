package app

import (
	"context"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// A reader is somebody who reads the mails of an establishment.
type reader struct {
	Key      string // whose mail budget it is: a person, or a contact
	Mail     string
	Language string
	Member   bool
}

// readers returns whom to write to about an establishment: its people, else
// those whom facilitators know there and who did not say no.
func readers(ctx context.Context, t *db.Tx, s register.SIRET) ([]reader, error) {
	members, err := account.MembersIn(ctx, t, s)
	if err != nil {
		return nil, err
	}
	var list []reader
	for _, m := range members {
		list = append(list, reader{Key: m.ID, Mail: m.Mail, Language: m.Language, Member: true})
	}
	if len(list) > 0 {
		return list, nil
	}
	known, err := contact.Writable(ctx, t, s)
	if err != nil {
		return nil, err
	}
	for _, c := range known {
		if !slices.ContainsFunc(list, func(r reader) bool { return r.Mail == c.Mail }) {
			list = append(list, reader{Key: contactKey(c), Mail: c.Mail, Language: "fr"})
		}
	}
	return list, nil
}

// contactKey is whose mail budget the mails to a contact count in.
func contactKey(c *contact.Contact) string { return "contact " + c.ID }

// cooperation asks the people of an establishment whether a cooperation that
// another told of is so.
func (p *post) cooperation(ctx context.Context, t *db.Tx, l lead.Letter) error {
	to, err := readers(ctx, t, l.SIRET)
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
		if err := p.send(ctx, t, mail.Posted{Person: r.Key, Class: mail.Solicitation, Kind: "cooperation.confirm"}, letter, r.Mail); err != nil {
			return err
		}
	}
	return nil
}
