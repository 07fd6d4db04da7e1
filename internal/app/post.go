package app

import (
	"context"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
)

// A post writes the letters of the subjects in the words of their readers and
// hands them to the outbox.
type post struct {
	outbox *mail.Outbox
	words  *locale.Catalogues
	config *Config
	house  string // its name
	reader string // who reads answers: an address or nothing
}

// newPost makes the post of a house; without a server mails wait.
func newPost(x *Context, d *db.DB, words *locale.Catalogues) (*post, error) {
	instance, err := readInstance(x.Config.Data)
	if err != nil {
		return nil, err
	}
	p := &post{words: words, config: x.Config, house: instance.Name, reader: instance.Contact, outbox: &mail.Outbox{DB: d, Clock: x.Clock}}
	if p.house == "" {
		p.house = "Passerelle"
	}
	if s := x.Config.SMTP; s.Host != "" {
		server := &mail.Server{Host: s.Host, Port: s.Port, User: s.User, Password: s.Password, TLS: s.TLS, Domain: p.domain()}
		p.outbox.Send = server.Send
	}
	return p, nil
}

// sender is the address mails come from.
func (p *post) sender() string {
	if p.config.MailFrom != nil {
		return p.config.MailFrom.Address
	}
	return "passerelle@" + p.config.BaseURL.Hostname()
}

// domain is what the house is called in mails.
func (p *post) domain() string {
	if p.config.MailDomain != "" {
		return p.config.MailDomain
	}
	_, domain, _ := strings.Cut(p.sender(), "@")
	return domain
}

// link returns the whole address of a path, in a language.
func (p *post) link(language, path string) string {
	base := strings.TrimSuffix(p.config.BaseURL.String(), "/")
	if language != locale.Codes()[0] {
		base += "/" + language
	}
	return base + path
}

// account sends a letter of the subject account.
func (p *post) account(ctx context.Context, t *db.Tx, l account.Letter) error {
	words := p.words.For(l.Language)
	site := strings.TrimSuffix(p.config.BaseURL.String(), "/")
	letter := mail.Letter{
		Language: words.Code(), House: p.house, Subject: words.T("letter.signin.subject", "house", p.house), Preheader: words.T("letter.signin.preheader"), Title: words.T("letter.signin.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.signin.text", "house", p.house)),
			mail.Button{Label: words.T("letter.signin.button"), URL: p.link(words.Code(), "/connexion/lien/"+l.Token)},
			mail.Para(words.T("letter.signin.until", "time", words.Moment(l.Until.In(clock.Paris)))),
			mail.Para(words.T("letter.signin.nothing")),
		},
		Why: words.T("letter.signin.why", "site", site),
	}
	return p.send(ctx, t, mail.Posted{Person: l.Person, Class: mail.Answer, Lane: mail.SignIn, Kind: l.Kind}, letter, l.To)
}

// send composes a letter and posts it.
func (p *post) send(ctx context.Context, t *db.Tx, to mail.Posted, l mail.Letter, address string) error {
	words := p.words.For(l.Language)
	if p.reader != "" {
		l.Answers = words.T("letter.answers", "mail", p.reader)
	} else {
		l.Answers = words.T("letter.no_answers")
	}
	text, page, err := mail.Compose(l)
	if err != nil {
		return err
	}
	name := p.house
	if p.config.MailFrom != nil && p.config.MailFrom.Name != "" {
		name = p.config.MailFrom.Name
	}
	to.Message = mail.Message{
		From: p.sender(), FromName: name, To: address, ReplyTo: p.reader, Subject: l.Subject, Text: text, HTML: page, Date: p.outbox.Clock.Now(),
	}
	return p.outbox.Post(ctx, t, to)
}
