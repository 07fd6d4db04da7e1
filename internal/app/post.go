package app

import (
	"context"
	"errors"
	"net"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A post writes the letters of the subjects in the words of their readers and
// hands them to the outbox.
type post struct {
	outbox *mail.Outbox
	words  *locale.Catalogues
	config *Config
	house  string // its name
	reader string // who reads answers: an address or nothing

	sending *mail.Sender            // nil without a server
	relay   *mail.Relay             // nil where no mail is listened for
	talks   *exchange.Introductions // whose conversations mails go on with

	directory *directory.Directory // names establishments
	trades    *trade.Table         // names labels
}

// newPost makes the post of a house; without a server mails wait.
func newPost(x *Context, h *house) (*post, error) {
	instance, err := readInstance(x.Config.Data)
	if err != nil {
		return nil, err
	}
	p := &post{words: h.Words, config: x.Config, house: instance.Name, reader: instance.Contact, directory: h.Directory, trades: h.Trades, outbox: &mail.Outbox{DB: h.DB, Clock: x.Clock}}
	p.outbox.Named = p.named
	if p.house == "" {
		p.house = "Passerelle"
	}
	if server := x.Config.SMTP; server.Host != "" {
		server.Domain = p.domain()
		p.sending = mail.NewSender(server)
		p.outbox.Send = p.sending.Send
	}
	if x.Config.MailListen != "" {
		key, err := h.DB.Secret(x.Ctx, "bounce")
		if err != nil {
			return nil, err
		}
		p.outbox.Bounce = &mail.Bounce{Domain: p.domain(), Key: key}
		if key, err = h.DB.Secret(x.Ctx, "relay"); err != nil {
			return nil, err
		}
		p.relay = &mail.Relay{Domain: p.domain(), Key: key}
	}
	return p, nil
}

// close ends the connections to the mail server.
func (p *post) close() {
	if p.sending != nil {
		p.sending.Close()
	}
}

// receive takes mails at an address, when the configuration has one, until ctx
// is done: refusals, and answers that go on with a conversation.
func (p *post) receive(ctx context.Context, l net.Listener, failed func(error)) {
	x := &mail.Listener{Domain: p.domain(), Handle: p.take, Failed: failed, Known: p.known}
	if err := x.Serve(ctx, l); err != nil {
		failed(err)
	}
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
	base := p.site()
	if language != locale.Codes()[0] {
		base += "/" + language
	}
	return base + path
}

// account sends a letter of the subject account.
func (p *post) account(ctx context.Context, t *db.Tx, l account.Letter) error {
	words := p.words.For(l.Language)
	to := mail.Posted{Person: l.Person, Class: mail.Answer, Kind: l.Kind}
	switch l.Kind {
	case "claim.ask":
		return p.outbox.Later(ctx, t, mail.Waiting{
			ID: l.Claim.ID + " " + l.Person, Person: l.Person, Kind: l.Kind, Title: words.T("letter.digest.claim", "firm", p.firm(l.Claim.SIRET)),
			More: words.T("letter.digest.claim_more"), Path: "/animation/revendications/" + l.Claim.ID,
		})
	case "claim.approve", "claim.refuse":
		return p.send(ctx, t, to, p.decided(words, l), l.To)
	case "membership.join":
		more := words.T("letter.digest.joined_more")
		if l.Proof == account.ByProConnect {
			more = words.T("letter.digest.joined_provider", "name", p.config.OpenID.Name)
		}
		return p.outbox.Later(ctx, t, mail.Waiting{
			Person: l.Person, Kind: l.Kind, Title: words.T("letter.digest.joined", "firm", p.firm(l.SIRET)), More: more,
			Path: "/mon-espace/entreprises/" + l.SIRET.String() + "/equipe",
		})
	case "membership.leave":
		return p.outbox.Later(ctx, t, mail.Waiting{
			Person: l.Person, Kind: l.Kind, Title: words.T("letter.digest.left", "firm", p.firm(l.SIRET)), More: words.T("letter.digest.left_more"),
			Path: "/mon-espace/entreprises/" + l.SIRET.String() + "/equipe",
		})
	case "firm.left":
		return p.outbox.Later(ctx, t, mail.Waiting{
			Person: l.Person, Kind: l.Kind, Title: words.T("letter.digest.deserted", "firm", p.firm(l.SIRET)), More: words.T("letter.digest.deserted_more"), Path: "/animation",
		})
	case "activity.say", "activity.arrive":
		w := mail.Waiting{ID: l.Kind + " " + l.Activity.ID + " " + l.Person, Person: l.Person, Kind: l.Kind, Title: words.T("letter.digest.without", "name", l.Activity.Name), More: words.T("letter.digest.without_more"), Path: "/animation"}
		if l.Kind == "activity.arrive" {
			w.Title, w.More, w.Path = words.T("letter.digest.arrived", "name", l.Activity.Name), words.T("letter.digest.arrived_more"), "/mon-espace/revendiquer/"+l.SIRET.String()
		}
		return p.outbox.Later(ctx, t, w)
	case "firm.succeed", "firm.close":
		w := mail.Waiting{ID: l.Kind + " " + l.SIRET.String() + " " + l.Person, Person: l.Person, Kind: l.Kind, Path: "/mon-espace"}
		w.Title, w.More = words.T("letter.digest.closed", "firm", l.SIRET.String()), words.T("letter.digest.closed_more")
		if l.Successor != 0 {
			w.Title, w.More = words.T("letter.digest.succeeded", "firm", p.firm(l.Successor)), words.T("letter.digest.succeeded_more", "siret", l.SIRET.String())
			w.Path = "/mon-espace/entreprises/" + l.Successor.String()
		}
		return p.outbox.Later(ctx, t, w)
	case "membership.invite":
		return p.send(ctx, t, to, p.invited(words, l), l.To)
	case "account.unused":
		return p.send(ctx, t, to, p.unused(words, l), l.To)
	}
	to.Lane = mail.SignIn
	return p.send(ctx, t, to, p.signIn(words, l), l.To)
}

// signIn writes the letter with a link to sign in.
func (p *post) signIn(words *locale.Language, l account.Letter) mail.Letter {
	return mail.Letter{
		Language: words.Code(), Subject: words.T("letter.signin.subject", "house", p.house), Preheader: words.T("letter.signin.preheader"), Title: words.T("letter.signin.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.signin.text", "house", p.house)),
			mail.Button{Label: words.T("letter.signin.button"), URL: p.link(words.Code(), "/connexion/lien/"+l.Token)},
			mail.Para(words.T("letter.signin.until", "time", words.Moment(l.Until.In(clock.Paris)))),
			mail.Para(words.T("letter.signin.nothing")),
		},
		Why: words.T("letter.signin.why", "site", p.site()),
	}
}

// decided writes the letter that tells how a claim ended.
func (p *post) decided(words *locale.Language, l account.Letter) mail.Letter {
	firm := p.firm(l.Claim.SIRET)
	if l.Kind == "claim.approve" {
		return mail.Letter{
			Language: words.Code(), Subject: words.T("letter.approved.subject", "firm", firm), Preheader: words.T("letter.approved.preheader"), Title: words.T("letter.approved.title"),
			Blocks: []mail.Block{
				mail.Para(words.T("letter.approved.text", "firm", firm, "house", p.house)),
				mail.Button{Label: words.T("letter.approved.button"), URL: p.link(words.Code(), "/mon-espace")},
			},
			Why: words.T("letter.approved.why"),
		}
	}
	return mail.Letter{
		Language: words.Code(), Subject: words.T("letter.refused.subject", "firm", firm), Preheader: words.T("letter.refused.preheader"), Title: words.T("letter.refused.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.refused.text", "firm", firm)), mail.Quote(l.Claim.Reason), mail.Para(words.T("letter.refused.appeal")),
			mail.Button{Label: words.T("letter.refused.button"), URL: p.link(words.Code(), "/mon-espace/revendications/"+l.Claim.ID)},
		},
		Why: words.T("letter.refused.why"),
	}
}

// invited writes the letter by which one of an establishment's people lets
// another in.
func (p *post) invited(words *locale.Language, l account.Letter) mail.Letter {
	firm := p.firm(l.SIRET)
	return mail.Letter{
		Language: words.Code(), Subject: words.T("letter.invited.subject", "firm", firm), Preheader: words.T("letter.invited.preheader"), Title: words.T("letter.invited.title", "firm", firm),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.invited.text", "firm", firm, "house", p.house)),
			mail.Button{Label: words.T("letter.signin.button"), URL: p.link(words.Code(), "/connexion/lien/"+l.Token)},
			mail.Para(words.T("letter.invited.until", "time", words.Moment(l.Until.In(clock.Paris)))),
		},
		Why: words.T("letter.invited.why", "firm", firm),
	}
}

// warnContact tells somebody facilitators know that they are kept, from where,
// and how to be forgotten at once.
func (p *post) warnContact(ctx context.Context, t *db.Tx, c *contact.Contact) error {
	words := p.words.For("fr")
	return p.send(ctx, t, mail.Posted{Class: mail.Answer, Kind: "contact.unused"}, mail.Letter{
		Language: words.Code(), Subject: words.T("letter.contact.subject", "house", p.house), Preheader: words.T("letter.contact.preheader"), Title: words.T("letter.contact.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.contact.text", "house", p.house)), mail.Para(originOf(words, c, "letter.contact")),
			mail.Button{Label: words.T("letter.contact.button"), URL: p.link(words.Code(), "/contact/"+c.Token)},
			mail.Para(words.T("letter.contact.nothing")),
		},
		Why: words.T("letter.contact.why"),
	}, c.Mail)
}

// unused writes the letter that warns of an account nobody uses.
func (p *post) unused(words *locale.Language, l account.Letter) mail.Letter {
	return mail.Letter{
		Language: words.Code(), Subject: words.T("letter.unused.subject", "house", p.house), Preheader: words.T("letter.unused.preheader"), Title: words.T("letter.unused.title"),
		Blocks: []mail.Block{
			mail.Para(words.T("letter.unused.text", "day", words.Day(clock.Day(l.Until.Format(time.DateOnly))))),
			mail.Button{Label: words.T("letter.unused.button"), URL: p.link(words.Code(), "/connexion")},
			mail.Para(words.T("letter.unused.nothing")),
		},
		Why: words.T("letter.unused.why"),
	}
}

// remind adds to the summary of an establishment's people that nobody has
// confirmed what it says for a year: once for each year.
func (p *post) remind(ctx context.Context, accounts *account.Accounts, profiles *profile.Profiles) error {
	old, err := profiles.Doubtful(ctx)
	if err != nil {
		return err
	}
	for _, s := range old {
		members, err := accounts.Members(ctx, s)
		if err != nil {
			return err
		}
		for _, who := range members {
			words := p.words.For(who.Language)
			token, err := profiles.ConfirmToken(ctx, s, who.ID)
			if err != nil {
				return err
			}
			if err := p.outbox.DB.Write(ctx, func(t *db.Tx) error {
				return p.outbox.Later(ctx, t, mail.Waiting{
					ID: "old " + s.String() + " " + who.ID + " " + p.outbox.Clock.Now().Format("2006"), Person: who.ID, Kind: "profile.old",
					Title: words.T("letter.digest.old", "firm", p.firm(s)), More: words.T("letter.digest.old_more"), Path: "/fiche/" + s.String() + "/confirmer/" + token,
				})
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// firm stands for the name of an establishment, which is asked when the mail
// goes: it may leave the directory before.
func (p *post) firm(s register.SIRET) string { return mail.Mark(s.String()) }

// of stands for what an establishment wrote or chose, which goes as long as
// it is in the directory.
func (p *post) of(s register.SIRET, words string) string { return mail.Guard(words, s.String()) }

// named names establishments as mails may at this moment: by the SIRET where
// the name is not shown, by no name and no number where the directory had it
// and has it no more.
func (p *post) named(ctx context.Context, language string, keys []string) (map[string]mail.Name, error) {
	if err := p.directory.Refresh(ctx); err != nil { // what was hidden on another node this very second
		return nil, err
	}
	names := make(map[string]mail.Name, len(keys))
	for _, key := range keys {
		names[key] = mail.Name{Said: key}
		s, err := register.ParseSIRET(key)
		if err != nil {
			continue
		}
		e, err := p.directory.Establishment(s)
		var gone *directory.GoneError
		switch {
		case err == nil && e.Title() != "":
			names[key] = mail.Name{Said: e.Title()}
		case errors.As(err, &gone), err != nil && p.directory.Overlay(s).Hidden:
			names[key] = mail.Name{Said: p.words.For(language).T("letter.gone_firm"), Gone: true}
		}
	}
	return names, nil
}

// digests posts the weekly summaries that are due.
func (p *post) digests(ctx context.Context) error {
	_, err := p.outbox.SendDigests(ctx, func(t *db.Tx, wish mail.Preference, lines []mail.Waiting) (mail.Message, error) {
		who, err := account.PersonIn(ctx, t, wish.Person)
		if errors.Is(err, db.ErrNotFound) {
			return mail.Message{}, nil
		}
		if err != nil {
			return mail.Message{}, err
		}
		words := p.words.For(who.Language)
		var list mail.List
		for _, line := range lines {
			list = append(list, mail.Item{Text: line.Title, More: line.More, Link: mail.Link{Label: line.Title, URL: p.link(words.Code(), line.Path)}})
		}
		m := p.message(mail.Letter{
			Language: words.Code(), Subject: words.T("letter.digest.subject", "n", len(lines)), Preheader: words.T("letter.digest.preheader"), Title: words.T("letter.digest.title"),
			Blocks: []mail.Block{list}, Why: words.T("letter.digest.why"),
			Links: []mail.Link{{Label: words.T("letter.digest.choose"), URL: p.link(words.Code(), "/preferences/"+wish.Token)}},
		}, who.Mail)
		m.Unsubscribe = p.link("fr", "/ne-plus-recevoir/"+wish.Token)
		return m, nil
	})
	return err
}

// site is the address of the house, without a slash at its end.
func (p *post) site() string { return strings.TrimSuffix(p.config.BaseURL.String(), "/") }

// send addresses a letter and posts it.
func (p *post) send(ctx context.Context, t *db.Tx, to mail.Posted, l mail.Letter, address string) error {
	if err := p.fromFile(ctx, t, to.Person, &l); err != nil {
		return err
	}
	to.Message = p.message(l, address)
	return p.outbox.Post(ctx, t, to)
}

// message addresses a letter. Its answers go to who reads the mails of the
// house.
func (p *post) message(l mail.Letter, address string) mail.Message {
	words := p.words.For(l.Language)
	if p.reader != "" {
		return p.messageFrom(l, address, answers{p.reader, words.T("letter.answers", "mail", p.reader)})
	}
	return p.messageFrom(l, address, answers{"", words.T("letter.no_answers")})
}

// answers say where the answers to a letter go, and what it says of that.
type answers struct{ to, said string }

// messageFrom addresses a letter, whose answers go somewhere.
func (p *post) messageFrom(l mail.Letter, address string, a answers) mail.Message {
	l.House, l.Answers = p.house, a.said
	name := p.house
	if p.config.MailFrom != nil && p.config.MailFrom.Name != "" {
		name = p.config.MailFrom.Name
	}
	return mail.Message{
		From: p.sender(), FromName: mail.CleanName(name), To: address, ReplyTo: a.to, Letter: &l, Date: p.outbox.Clock.Now(),
	}
}
