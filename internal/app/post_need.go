package app

import (
	"context"

	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
)

// need sends a letter about a need or an offer. What can wait for the weekly
// summary does.
func (p *post) need(ctx context.Context, t *db.Tx, l exchange.NeedLetter) error {
	words := p.words.For(l.Language)
	page, title := "/annonces/"+l.Need.ID, p.of(l.Need.SIRET, l.Need.Title)
	line := mail.Waiting{ID: l.Kind + " " + l.Need.ID + " " + l.SIRET.String() + " " + l.Person, Person: l.Person, Kind: l.Kind, Path: page}
	switch l.Kind {
	case "need.hold":
		line.Title, line.More = words.T("letter.need.hold", "title", title), p.firm(l.Need.SIRET)
		return p.outbox.Later(ctx, t, line)
	case "need.over":
		line.Title, line.More = words.T("letter.need.over", "title", title), words.T("letter.need.over_more")
		if !l.Contact { // who has no account has no weekly summary
			return p.outbox.Later(ctx, t, line)
		}
	case "need.expire":
		line.Title, line.More = words.T("letter.need.expire", "title", title), words.T("letter.need.expire_more")
		return p.outbox.Later(ctx, t, line)
	case "need.interest":
		if l.Number > exchange.Seats {
			line.Title, line.More = words.T("letter.need.behind", "firm", p.firm(l.SIRET), "title", title), words.T("letter.need.behind_more")
			return p.outbox.Later(ctx, t, line)
		}
	}
	if l.Kind == "need.ask" || l.Kind == "need.invite" {
		to := exchange.Recipient{Key: l.Person, Mail: l.To, Language: words.Code(), Member: !l.Contact}
		_, err := p.solicit(ctx, t, to, l.Kind+"-"+l.Need.ID+"-"+l.Person, l.Kind, p.needLetter(words, l))
		return err
	}
	return p.send(ctx, t, mail.Posted{Person: l.Person, Class: mail.Answer, Kind: l.Kind}, p.needLetter(words, l), l.To)
}

// needLetter writes a letter about a need: what happened, what was said, the
// one thing to do.
func (p *post) needLetter(words *locale.Language, l exchange.NeedLetter) mail.Letter {
	said := l.Need.SIRET // who did what it tells
	if l.SIRET != 0 {
		said = l.SIRET
	}
	firm, title := p.firm(said), p.of(l.Need.SIRET, l.Need.Title)
	page := p.link(words.Code(), "/annonces/"+l.Need.ID)
	if l.Contact {
		page += "/lien/" + l.Token
	}
	letter := mail.Letter{Language: words.Code(), Why: words.T("letter.need.why", "title", title)}
	say := func(subject, heading, text, button, address string) {
		letter.Subject, letter.Title, letter.Preheader = subject, heading, text
		letter.Blocks = []mail.Block{mail.Para(text)}
		if l.Words != "" {
			letter.Blocks = append(letter.Blocks, mail.Quote(p.of(said, l.Words)))
		}
		letter.Blocks = append(letter.Blocks, mail.Button{Label: button, URL: address})
	}
	see := words.T("letter.need.see")
	switch l.Kind {
	case "need.release":
		say(words.T("letter.need.release.subject", "title", title), words.T("letter.need.release.title"), words.T("letter.need.release.text", "title", title), see, page)
	case "need.refuse":
		say(words.T("letter.need.refuse.subject", "title", title), words.T("letter.need.refuse.title"), words.T("letter.need.refuse.text", "title", title), see, page)
	case "need.question":
		say(words.T("letter.need.question.subject", "title", title), words.T("letter.need.question.title"), words.T("letter.need.question.text", "firm", firm), words.T("letter.need.question.button"), page+"#questions")
	case "need.answer":
		say(words.T("letter.need.answer.subject", "title", title), words.T("letter.need.answer.title"), words.T("letter.need.answer.text", "firm", firm), see, page)
	case "need.choose":
		say(words.T("letter.need.choose.subject", "firm", firm), words.T("letter.need.choose.title"), words.T("letter.need.choose.text", "firm", firm, "title", title), words.T("letter.need.choose.button"), page)
	case "need.ask":
		say(words.T("letter.need.ask.subject", "title", title), words.T("letter.need.ask.title"), words.T("letter.need.ask.text", "title", title), words.T("letter.need.ask.button"), p.link(words.Code(), "/annonces/"+l.Need.ID+"/suite/"+l.Token))
	case "pool.reached", "pool.missed", "pool.extend", "pool.group", "pool.close":
		say(words.T("letter."+l.Kind+".subject", "title", title), words.T("letter."+l.Kind+".title"), words.T("letter."+l.Kind+".text", "title", title), words.T("letter.pool.see"), page+"/achat")
	case "need.invite":
		say(words.T("letter.need.invite.subject", "title", title), words.T("letter.need.invite.title"), words.T("letter.need.invite.text", "firm", p.firm(l.Need.SIRET), "title", title, "day", words.Day(l.Need.ReplyBy)), words.T("letter.need.invite.button"), p.link(words.Code(), "/annonces/"+l.Need.ID+"/lien/"+l.Token))
		letter.Why = words.T("letter.need.invite.why")
	case "need.over":
		say(words.T("letter.need.over", "title", title), words.T("letter.need.over_title"), words.T("letter.need.over_text", "title", title), see, page)
	default: // need.interest
		say(words.T("letter.need.interest.subject", "firm", firm, "title", title), words.T("letter.need.interest.title"), words.T("letter.need.interest.text", "firm", firm, "title", title), words.T("letter.need.interest.button"), page+"#interesses")
	}
	return letter
}
