package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/mail"
	"passerelle/internal/team"
)

// team writes the letters of teams: to the people of a firm that is asked, in
// the mail budget, and to who wanted the team, of what became of it.
func (h *house) team(ctx context.Context, t *db.Tx, l team.Letter) error {
	switch l.Kind {
	case "team.ask", "team.remind":
		return h.askFirm(ctx, t, l)
	case "team.no":
		return h.tellOwner(ctx, t, l)
	case "team.agreed":
		return h.tellMember(ctx, t, l)
	}
	owner := l.Project.Owner
	if owner == "" {
		return nil
	}
	words := h.Post.words.For("fr")
	title := words.T("teams.letter.agree_line", "title", l.Project.Title)
	if l.Kind == "team.silent" {
		title = words.T("teams.letter.silent_line", "firm", h.Post.firm(l.SIRET), "title", l.Project.Title)
	}
	return h.Post.outbox.Later(ctx, t, mail.Waiting{
		ID: l.Kind + " " + l.Project.ID + " " + l.SIRET.String(), Person: owner, Kind: l.Kind, Title: title, More: words.T("teams.letter.more"), Path: "/groupements/" + l.Project.ID,
	})
}

// followTeams reminds who has not answered, and sees who stays silent, until
// ctx is done.
func (h *house) followTeams(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	failed := h.failed("follow teams")
	for {
		if err := h.Projects.Tick(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// askFirm asks the people of a firm. Of one that is not disclosed only who
// joined is written to.
func (h *house) askFirm(ctx context.Context, t *db.Tx, l team.Letter) error {
	to, err := exchange.Recipients(ctx, t, l.SIRET)
	if err != nil {
		return err
	}
	e, err := h.Directory.Establishment(l.SIRET)
	if err != nil {
		return nil // it left the directory: nobody is written to
	}
	p := l.Project
	site, _ := h.Places.Commune(p.Commune)
	for _, r := range to {
		if e.Mask != directory.Shown && !r.Member {
			continue
		}
		words := h.Post.words.For(r.Language)
		key := "teams.letter.ask"
		if l.Kind == "team.remind" {
			key = "teams.letter.remind"
		}
		blocks := []mail.Block{mail.Para(words.T("teams.letter.text", "firm", h.Post.firm(l.SIRET), "title", p.Title, "place", site.Name))}
		if p.Words != "" {
			blocks = append(blocks, mail.Quote(p.Words))
		}
		blocks = append(blocks,
			mail.Para(words.T("teams.letter.until", "day", words.Day(clock.Day(p.Place(l.SIRET).AnswerBy.In(clock.Paris).Format(time.DateOnly))))),
			mail.Button{Label: words.T("teams.letter.button"), URL: h.Post.link(words.Code(), "/invitation-groupement/"+h.Projects.Link(p.ID, l.SIRET, r.Key))},
			mail.Para(words.T("teams.letter.nothing")))
		letter := mail.Letter{
			Language: words.Code(), Subject: words.T(key, "title", p.Title), Preheader: words.T("teams.letter.preheader"), Title: words.T(key, "title", p.Title),
			Blocks: blocks, Why: words.T("teams.letter.why", "firm", h.Post.firm(l.SIRET)),
		}
		id := l.Kind + " " + p.ID + " " + l.SIRET.String() + " " + r.Key
		if _, err := h.Post.solicit(ctx, t, r, id, l.Kind, letter); err != nil {
			return err
		}
	}
	return nil
}

// tellMember tells the people of a firm that the team they said yes to is
// agreed, and with whom: they answered, perhaps without account, and were
// promised to be told.
func (h *house) tellMember(ctx context.Context, t *db.Tx, l team.Letter) error {
	to, err := exchange.Recipients(ctx, t, l.SIRET)
	if err != nil {
		return err
	}
	e, err := h.Directory.Establishment(l.SIRET)
	if err != nil {
		return nil // it left the directory: nobody is written to
	}
	p, firm := l.Project, h.Post.firm(l.SIRET)
	var others []string
	for _, s := range p.Members() {
		if s != l.SIRET {
			others = append(others, h.Post.firm(s))
		}
	}
	for _, r := range to {
		if e.Mask != directory.Shown && !r.Member {
			continue
		}
		words := h.Post.words.For(r.Language)
		blocks := []mail.Block{mail.Para(words.T("teams.letter.agreed_text", "firm", firm, "title", p.Title))}
		if len(others) > 0 {
			blocks = append(blocks, mail.Para(words.T("teams.letter.agreed_with", "firms", strings.Join(others, ", "))))
		}
		if p.Referent != 0 {
			blocks = append(blocks, mail.Para(words.T("teams.letter.agreed_referent", "firm", h.Post.firm(p.Referent))))
		}
		blocks = append(blocks, mail.Button{Label: words.T("teams.letter.agreed_button"), URL: h.Post.link(words.Code(), "/invitation-groupement/"+h.Projects.Link(p.ID, l.SIRET, r.Key))})
		if err := h.Post.send(ctx, t, mail.Posted{ID: l.Kind + " " + p.ID + " " + l.SIRET.String() + " " + r.Key, Person: r.Key, Class: mail.Answer, Kind: l.Kind}, mail.Letter{
			Language: words.Code(), Subject: words.T("teams.letter.agreed", "title", p.Title), Preheader: words.T("teams.letter.agreed_preheader"), Title: words.T("teams.letter.agreed", "title", p.Title),
			Blocks: blocks, Why: words.T("teams.letter.agreed_why", "firm", firm),
		}, r.Mail); err != nil {
			return err
		}
	}
	return nil
}

// tellOwner tells who wanted a team that a firm said no, at once: a
// replacement waits for their press.
func (h *house) tellOwner(ctx context.Context, t *db.Tx, l team.Letter) error {
	if l.Project.Owner == "" {
		return nil
	}
	who, err := account.PersonIn(ctx, t, l.Project.Owner)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	words, firm := h.Post.words.For(who.Language), h.Post.firm(l.SIRET)
	return h.Post.send(ctx, t, mail.Posted{Person: who.ID, Class: mail.Answer, Kind: l.Kind}, mail.Letter{
		Language: words.Code(), Subject: words.T("teams.letter.no", "firm", firm), Preheader: words.T("teams.letter.no_preheader"), Title: words.T("teams.letter.no", "firm", firm),
		Blocks: []mail.Block{
			mail.Para(words.T("teams.letter.no_text", "firm", firm, "title", l.Project.Title)),
			mail.Button{Label: words.T("teams.letter.no_button"), URL: h.Post.link(words.Code(), "/groupements/"+l.Project.ID)},
		},
		Why: words.T("teams.letter.no_why", "title", l.Project.Title),
	}, who.Mail)
}
