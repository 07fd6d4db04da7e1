package app

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
)

// lead tells a facilitator, or the people of an establishment, of leads, and
// reports whether anybody is reached. What asks something is a solicitation;
// where somebody chose not to be asked, the weekly summary tells it.
func (p *post) lead(ctx context.Context, t *db.Tx, n lead.News) (reached bool, err error) {
	if n.Kind == "lead.over" {
		return false, p.outbox.Withdraw(ctx, t, askedMails(n.ID)...)
	}
	who := ""
	if n.By != "" {
		if who, err = p.called(ctx, t, n.By); err != nil {
			return false, err
		}
	}
	if n.Person == "" || n.Kind == "lead.answer" {
		return p.leadToFirm(ctx, t, n, who)
	}
	to, err := account.PersonIn(ctx, t, n.Person)
	if errors.Is(err, db.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	words := p.words.For(to.Language)
	r := exchange.Recipient{Key: to.ID, Mail: to.Mail, Language: words.Code(), Member: true}
	letter, line := p.leadLetter(words, n, who)
	if reached, err = p.solicit(ctx, t, r, n.ID+"-o", n.Kind, letter); err != nil || reached {
		return reached, err
	}
	wish, _, err := p.outbox.PreferenceIn(ctx, t, to.ID)
	if err != nil {
		return false, err
	}
	line.ID, line.Person, line.Kind = n.Kind+" "+n.ID+" "+to.ID, to.ID, n.Kind
	return wish.Digest, p.outbox.Later(ctx, t, line)
}

// leadToFirm writes to the people of an establishment about a lead in which it
// is named; what such people answered is in the summary of who sees to it.
func (p *post) leadToFirm(ctx context.Context, t *db.Tx, n lead.News, who string) (reached bool, err error) {
	l := n.Leads[0]
	if n.Kind == "lead.answer" {
		to, err := account.PersonIn(ctx, t, n.Person)
		if err != nil {
			return false, ignoring(err, db.ErrNotFound)
		}
		words := p.words.For(to.Language)
		return true, p.outbox.Later(ctx, t, mail.Waiting{
			ID: n.Kind + " " + n.ID, Person: to.ID, Kind: n.Kind, Title: words.T("letter.digest.stood", "firm", p.firm(n.SIRET), "title", l.Title), More: words.T("letter.digest.lead_more"), Path: "/pistes/" + l.ID,
		})
	}
	to, err := exchange.Recipients(ctx, t, n.SIRET)
	if err != nil {
		return false, err
	}
	for i, r := range to {
		words := p.words.For(r.Language)
		letter, _ := p.leadLetter(words, n, who)
		one, err := p.solicit(ctx, t, r, fmt.Sprintf("%s-%d%d", n.ID, max(slices.Index(l.Parties, n.SIRET), 0), i), n.Kind, letter)
		if err != nil {
			return reached, err
		}
		reached = reached || one
	}
	return reached, nil
}

// askedMails are the ids of all mails that one asking about a lead may have
// posted.
func askedMails(id string) []string {
	ids := []string{id + "-o"}
	for party := range 9 {
		for reader := range readers {
			ids = append(ids, fmt.Sprintf("%s-%d%d", id, party, reader))
		}
	}
	return ids
}

// leadLetter writes what somebody is told of leads, and the line of the
// summary that stands in its place.
func (p *post) leadLetter(words *locale.Language, n lead.News, who string) (mail.Letter, mail.Waiting) {
	l := n.Leads[0]
	if n.Kind == "lead.hand" {
		var list mail.List
		for _, one := range n.Leads {
			list = append(list, mail.Item{Text: one.Title, Link: mail.Link{Label: one.Title, URL: p.link(words.Code(), "/pistes/"+one.ID)}})
		}
		mine := "/pistes?responsable=" + n.Person
		return mail.Letter{
			Language: words.Code(), Subject: words.T("letter.hand.subject", "n", len(n.Leads)), Preheader: words.T("letter.hand.preheader", "who", who), Title: words.T("letter.hand.title"),
			Blocks: []mail.Block{mail.Para(words.T("letter.hand.text", "who", who)), mail.Button{Label: words.T("letter.hand.button"), URL: p.link(words.Code(), mine)}, list},
			Why:    words.T("letter.hand.why"),
		}, mail.Waiting{Title: words.T("letter.digest.handed", "n", len(n.Leads)), More: words.T("letter.digest.lead_more"), Path: mine}
	}
	title := l.Title
	if n.Person == "" { // the parties read it; who sees to a lead goes on doing so
		title = titleOf(l)
	}
	kind, line := "letter.ask.", mail.Waiting{Title: words.T("letter.ask.subject", "title", title), More: words.T("letter.digest.lead_more"), Path: "/pistes/" + l.ID}
	blocks := []mail.Block{mail.Para(words.T("letter.ask.text", "who", who, "title", title))}
	if n.Kind == "lead.mention" {
		kind, blocks, line.Title = "letter.mention.", []mail.Block{mail.Quote(n.Words)}, words.T("letter.digest.mentioned", "title", title)
	} else if n.Person == "" {
		blocks = []mail.Block{mail.Para(words.T("letter.ask.text_firm", "title", title))}
	}
	why, at := words.T(kind+"why", "who", who), "/pistes/"+l.ID
	if n.Person == "" {
		why, at = words.T(kind+"why_firm", "house", p.house), at+"/nouvelles/"+n.Token
	}
	return mail.Letter{
		Language: words.Code(), Subject: words.T(kind+"subject", "title", title), Preheader: words.T(kind+"preheader", "who", who), Title: words.T(kind+"title", "who", who, "title", title),
		Blocks: append(blocks, mail.Button{Label: words.T(kind + "button"), URL: p.link(words.Code(), at)}), Why: why,
	}, line
}

// titleOf is the title of a lead, which often names its parties: it is said as
// long as all of them are in the directory.
func titleOf(l *lead.Lead) string {
	keys := make([]string, len(l.Parties))
	for i, s := range l.Parties {
		keys[i] = s.String()
	}
	return mail.Guard(l.Title, keys...)
}

// called is what somebody is called in mails: the house, where they have no
// name.
func (p *post) called(ctx context.Context, t *db.Tx, id string) (string, error) {
	who, err := account.PersonIn(ctx, t, id)
	if err == nil && who.Name() != "" {
		return who.Name(), nil
	}
	return p.house, ignoring(err, db.ErrNotFound)
}

// ignoring is an error, nil where it is of a kind that does no harm.
func ignoring(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}
