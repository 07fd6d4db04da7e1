package app

import (
	"context"
	"regexp"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
)

// The ends of the ids of mails that ask something about an introduction, by
// what they ask; the number of the reader follows.
const (
	askMail  = "-a"
	pokeMail = "-q" // for an answer
	talkMail = "-p" // for a word more
	readers  = 10
)

// introduction sends a letter about an introduction and reports whether it
// goes.
func (p *post) introduction(ctx context.Context, t *db.Tx, l exchange.IntroductionLetter) (sent bool, err error) {
	words, m := p.words.For(l.To.Language), l.Introduction
	n := string(rune('0' + l.N))
	switch l.Kind {
	case exchange.LetterTask:
		what := "held"
		if m.Task != "" {
			what = m.Task
		}
		return true, p.outbox.Later(ctx, t, mail.Waiting{
			ID: m.ID + " " + what + " " + l.To.Key, Person: l.To.Key, Kind: l.Kind, Title: words.T("letter.introduction.task."+what, "seeker", p.firm(m.Seeker), "wanted", p.firm(m.Wanted)),
			More: words.T("letter.introduction.task_more"), Path: "/mises-en-relation/" + m.ID,
		})
	case exchange.LetterAsk:
		letter, err := p.asking(ctx, t, words, l)
		if err != nil {
			return false, err
		}
		return p.solicit(ctx, t, l.To, m.ID+askMail+n, l.Kind, letter)
	case exchange.LetterPoke:
		id := m.ID + pokeMail + n
		if m.State == exchange.Accepted {
			id = m.ID + talkMail + n
		}
		return p.solicit(ctx, t, l.To, id, l.Kind, p.poking(words, l))
	case exchange.LetterAnswer:
		return true, p.send(ctx, t, mail.Posted{Person: l.To.Key, Class: mail.Answer, Kind: l.Kind}, p.answering(words, l), l.To.Mail)
	case exchange.LetterMessage:
		return true, p.passOn(ctx, t, words, l)
	}
	if !l.To.Member { // without account there is no summary to tell it in
		return false, nil
	}
	return true, p.outbox.Later(ctx, t, mail.Waiting{
		ID: m.ID + " end " + l.To.Key, Person: l.To.Key, Kind: l.Kind, Title: words.T("letter.introduction.end", "seeker", p.firm(m.Seeker), "wanted", p.firm(m.Wanted)),
		More: words.T("introduction.ending." + m.Ending), Path: "/mises-en-relation/" + m.ID,
	})
}

// withdraw takes back the mails that ask something about an introduction.
func (p *post) withdraw(ctx context.Context, t *db.Tx, id string) error {
	var ids []string
	for _, end := range []string{askMail, pokeMail, talkMail} {
		for n := range readers {
			ids = append(ids, id+end+string(rune('0'+n)))
		}
	}
	return p.outbox.Withdraw(ctx, t, ids...)
}

// meeting is the address of an introduction for one reader.
func (p *post) meeting(words *locale.Language, l exchange.IntroductionLetter) string {
	return p.link(words.Code(), "/mises-en-relation/"+l.Introduction.ID+"/lien/"+l.Token)
}

// asking writes the letter by which an establishment is asked to meet another.
func (p *post) asking(ctx context.Context, t *db.Tx, words *locale.Language, l exchange.IntroductionLetter) (mail.Letter, error) {
	m := l.Introduction
	seeker, wanted := p.firm(m.Seeker), p.firm(m.Wanted)
	letter := mail.Letter{
		Language: words.Code(), Subject: words.T("letter.introduction.ask.subject", "firm", seeker), Preheader: words.T("letter.introduction.ask.preheader"), Title: words.T("letter.introduction.ask.title", "firm", seeker),
		Blocks: []mail.Block{mail.Para(words.T("letter.introduction.ask.text", "firm", seeker, "mine", wanted)), mail.Quote(p.of(m.Seeker, m.Words))},
		Why:    words.T("letter.introduction.ask.why", "mine", wanted),
	}
	if m.BackedBy != "" {
		by, err := account.PersonIn(ctx, t, m.BackedBy)
		if err != nil {
			return letter, err
		}
		who := words.T("introduction.facilitator") // who has no name is not told by an address
		if by.GivenName+by.FamilyName != "" {
			who = by.Name()
		}
		letter.Blocks = append(letter.Blocks, mail.Para(words.T("introduction.backed", "who", who)))
	}
	letter.Blocks = append(letter.Blocks, mail.Button{Label: words.T("letter.introduction.ask.button"), URL: p.meeting(words, l)}, mail.Para(words.T("letter.introduction.ask.choices")))
	return letter, nil
}

// poking writes the one reminder of a silence.
func (p *post) poking(words *locale.Language, l exchange.IntroductionLetter) mail.Letter {
	m := l.Introduction
	other, key := p.firm(m.Firm(l.Side.Other())), "letter.introduction.poke."
	if m.State == exchange.Accepted {
		key = "letter.introduction.talk."
	}
	return mail.Letter{
		Language: words.Code(), Subject: words.T(key+"subject", "firm", other), Preheader: words.T("letter.introduction.once"), Title: words.T(key+"title", "firm", other),
		Blocks: []mail.Block{
			mail.Para(words.T(key+"text", "firm", other)), mail.Button{Label: words.T("letter.introduction.ask.button"), URL: p.meeting(words, l)}, mail.Para(words.T("letter.introduction.once")),
		},
		Why: words.T("letter.introduction.ask.why", "mine", p.firm(m.Firm(l.Side))),
	}
}

// answering writes the letter that tells who asked what was answered.
func (p *post) answering(words *locale.Language, l exchange.IntroductionLetter) mail.Letter {
	m := l.Introduction
	wanted, key := p.firm(m.Wanted), "letter.introduction.answer."+string(m.State)
	letter := mail.Letter{
		Language: words.Code(), Subject: words.T(key+".subject", "firm", wanted), Preheader: words.T(key + ".preheader"), Title: words.T(key+".title", "firm", wanted), Why: words.T("letter.introduction.answer.why", "firm", wanted),
	}
	if m.State == exchange.Declined {
		letter.Blocks = append(letter.Blocks, mail.Para(words.T("introduction.state.declined", "reason", words.T("introduction.decline."+m.Reason))))
	}
	letter.Blocks = append(letter.Blocks, mail.Para(words.T(key+".text")), mail.Button{Label: words.T("letter.introduction.answer.button"), URL: p.meeting(words, l)})
	return letter
}

// passOn sends what one side says to the other. An answer comes back to the
// conversation where mails are listened for, and the mail says so; elsewhere it
// says where to answer.
func (p *post) passOn(ctx context.Context, t *db.Tx, words *locale.Language, l exchange.IntroductionLetter) error {
	m, said := l.Introduction, l.Message
	of := m.Firm(said.Side)
	from := p.firm(of)
	letter := mail.Letter{
		Language: words.Code(), Subject: words.T("letter.introduction.message.subject", "firm", from), Preheader: p.of(of, firstWords(said.Words)), Title: words.T("letter.introduction.message.title", "firm", from),
		Why: words.T("letter.introduction.message.why", "firm", from),
	}
	if said.Words != "" {
		letter.Blocks = append(letter.Blocks, mail.Quote(p.of(of, said.Words)))
	}
	if said.Dropped > 0 {
		letter.Blocks = append(letter.Blocks, mail.Para(words.T("introduction.dropped", "n", said.Dropped)))
	}
	letter.Blocks = append(letter.Blocks, mail.Button{Label: words.T("letter.introduction.message.button"), URL: p.meeting(words, l)})
	if err := p.fromFile(ctx, t, l.To.Key, &letter); err != nil {
		return err
	}
	message := p.messageFrom(letter, l.To.Mail, p.relayed(words, l))
	message.Auto = mail.Person
	return p.outbox.Post(ctx, t, mail.Posted{Person: l.To.Key, Class: mail.Answer, Kind: l.Kind, Message: message})
}

// relayed says where an answer to a message goes.
func (p *post) relayed(words *locale.Language, l exchange.IntroductionLetter) answers {
	if p.relay != nil {
		if address, err := p.relay.Address(exchange.RelayID(l.Introduction.ID, l.Side)); err == nil {
			return answers{address, words.T("letter.introduction.message.answers")}
		}
	}
	return answers{"", words.T("letter.introduction.message.no_answers")}
}

// firstWords is the beginning of a text, for the line that mail programs show.
func firstWords(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 90 {
		return string(r[:90]) + "…"
	}
	return s
}

var (
	aLink    = regexp.MustCompile(`(?i)https?://[^\s<>"]+`)
	anOpener = regexp.MustCompile(`(?i)[a-z0-9._%+-]+@[a-z0-9.-]+`)
)

// ownWords returns what somebody wrote without what only they may have of a
// mail of the house that stands under it: its links, which open in their name,
// also where a filter has wrapped them, and its addresses, which speak for them.
func (p *post) ownWords(s string) string {
	s = aLink.ReplaceAllStringFunc(s, func(link string) string {
		if strings.Contains(strings.ToLower(link), strings.ToLower(p.config.BaseURL.Hostname())) {
			return mail.Unsaid
		}
		return link
	})
	return anOpener.ReplaceAllStringFunc(s, func(address string) string {
		if strings.HasSuffix(strings.ToLower(strings.TrimRight(address, ".-")), "@"+p.domain()) {
			return mail.Unsaid
		}
		return address
	})
}

// known reports whether an address is one that mails are taken for: of a
// refusal, or of a conversation that goes on.
func (p *post) known(ctx context.Context, address string) (bool, error) {
	if _, ok := p.outbox.Bounce.ID(address); ok {
		return true, nil
	}
	id, ok := p.relay.ID(address)
	if !ok || p.talks == nil {
		return false, nil
	}
	return p.talks.Takes(ctx, id)
}

// take takes a mail that came in: a refusal, or what one side says to the
// other. What the house itself sent comes back to nobody.
func (p *post) take(ctx context.Context, m mail.Received) error {
	if strings.HasSuffix(strings.ToLower(m.MessageID), "@"+p.domain()) {
		return nil
	}
	m.Text, m.Answer = p.ownWords(m.Text), p.ownWords(m.Answer)
	for _, to := range m.To {
		if id, ok := p.relay.ID(to); ok && p.talks != nil {
			if err := p.talks.Receive(ctx, id, m); err != nil {
				return err
			}
		}
	}
	return p.outbox.Returned(ctx, m)
}
