package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// demoSince is how long ago the life of the demonstration begins at least, in
// days.
const demoSince = 41

// A demoLife lives the weeks before a demonstration through the acts that
// people do, at a clock of its own: the same each time.
type demoLife struct {
	ctx      context.Context
	house    *house
	clock    *clock.Held
	begun    time.Time // at Paris: its days are of there
	accounts account.Accounts
	leads    lead.Leads
	meetings exchange.Introductions
	people   map[string]*account.Person
	firms    map[string]register.SIRET
}

// demoMembers are those who speak for an establishment of the demonstration,
// and which one: of a label or a trade, in the Artois.
var demoMembers = []struct {
	name, given, family string
	of                  query.Query
}{
	{"lucien", "Lucien", "Vasseur", query.Query{World: query.ESS, Labels: []string{"siae"}}},
	{"claire", "Claire", "Delannoy", query.Query{World: query.ESS, Labels: []string{"scop"}}},
	{"amina", "Amina", "Ben Salah", query.Query{World: query.Craft, Trades: []string{"ebeniste"}}},
	{"jeanne", "Jeanne", "Lemaire", query.Query{World: query.Craft, Trades: []string{"couvreur"}}},
	{"", "", "", query.Query{World: query.Craft, Trades: []string{"boulanger"}}}, // of nobody: to be called
}

// live fills an invented house with introductions, leads and a cooperation,
// once.
func (h *house) live(ctx context.Context, now time.Time) error {
	n, err := h.Leads.Counts(ctx, lead.Filter{})
	if err != nil {
		return err
	}
	for _, k := range n {
		if k > 0 {
			return nil
		}
	}
	at := now.In(clock.Paris)
	begun := time.Date(at.Year(), at.Month(), at.Day()-demoSince, 10, 0, 0, 0, clock.Paris)
	begun = begun.AddDate(0, 0, -(int(begun.Weekday())+6)%7) // a Monday: nothing is asked on a week-end
	d := &demoLife{ctx: ctx, house: h, begun: begun, clock: clock.Hold(begun), accounts: *h.Accounts, leads: *h.Leads, meetings: *h.Introductions, people: map[string]*account.Person{}, firms: map[string]register.SIRET{}}
	d.accounts.Clock, d.leads.Clock, d.meetings.Clock, d.meetings.Leads = d.clock, d.clock, d.clock, &d.leads
	for _, act := range []func() error{d.arrive, d.cooperate, d.silent, d.talk, d.noteLeads, d.recent} {
		if err := act(); err != nil {
			return fmt.Errorf("live the weeks before a demonstration: %w", err)
		}
	}
	return h.Directory.Refresh(ctx)
}

// on moves the clock to the morning of a day since the beginning.
func (d *demoLife) on(day int) {
	d.clock.Pass(d.begun.AddDate(0, 0, day).Add(time.Duration(day) * time.Minute).Sub(d.clock.Now()))
}

func (d *demoLife) by(name string) account.Actor {
	return account.Actor{Who: d.people[name].ID, Channel: account.Web}
}

// arrive opens the accounts, and gives each its establishment.
func (d *demoLife) arrive() error {
	for _, name := range []string{"nadia", "marc"} {
		if err := d.person(name, map[string]account.Names{"nadia": {Given: "Nadia", Family: "Wacheux"}, "marc": {Given: "Marc", Family: "Dubois"}}[name]); err != nil {
			return err
		}
	}
	taken := make(map[register.SIREN]bool)
	for _, m := range demoMembers {
		s, err := d.firm(m.of, taken)
		if err != nil {
			return err
		}
		d.firms[m.name] = s
		if m.name == "" {
			continue
		}
		if err := d.person(m.name, account.Names{Given: m.given, Family: m.family}); err != nil {
			return err
		}
		c, err := d.accounts.ClaimFirm(d.ctx, d.by(m.name), d.people[m.name], s, "artois")
		if errors.Is(err, account.ErrMember) {
			continue
		}
		if err != nil {
			return err
		}
		if _, err := d.accounts.Approve(d.ctx, d.by("nadia"), c.ID, account.ByDecision, ""); err != nil {
			return err
		}
	}
	return nil
}

// person opens an account, with a name, as whoever has it signs in.
func (d *demoLife) person(name string, n account.Names) error {
	who := account.NewPerson{Mail: name + "@demo.example"}
	for _, p := range demoPeople {
		if p.who.Mail == who.Mail {
			who = p.who
		}
	}
	token, err := d.accounts.Add(d.ctx, byCommand, who)
	if err != nil {
		return err
	}
	e, err := d.accounts.Enter(d.ctx, token, account.Device{Agent: "démonstration"})
	if err != nil {
		return err
	}
	d.people[name] = e.Person
	return d.accounts.ChangeNames(d.ctx, d.by(name), e.Person.ID, n)
}

// firm finds an establishment in the Artois that is shown and not taken; one
// of the same world where there is none such.
func (d *demoLife) firm(q query.Query, taken map[register.SIREN]bool) (register.SIRET, error) {
	q.Territories, q.Page, q.PerPage = []string{"artois"}, 1, 50
	for {
		found, err := d.house.Directory.Search(q, directory.ByWorld)
		if err != nil {
			return 0, err
		}
		for _, hit := range found.Hits {
			if hit.Mask == directory.Shown && !taken[hit.SIREN()] {
				taken[hit.SIREN()] = true
				return hit.SIRET, nil
			}
		}
		if len(q.Trades)+len(q.Labels) == 0 {
			return 0, db.ErrNotFound
		}
		q.Trades, q.Labels = nil, nil
	}
}

// ask has somebody ask, for an establishment, to meet another.
func (d *demoLife) ask(name, seeker, wanted, words string) (*exchange.Introduction, error) {
	r := exchange.Request{Seeker: d.firms[seeker], Wanted: d.firms[wanted], Words: words, Who: d.people[name], By: d.by(name), Origin: lead.Origin{Kind: lead.FromMatch, ID: d.firms[seeker].String() + "-" + d.firms[wanted].String()}}
	if r.Who.Staff() {
		r.By.Channel = account.Phone
	} else {
		r.Card = exchange.Card{Name: r.Who.Name(), Mail: r.Who.Mail}
	}
	return d.meetings.Ask(d.ctx, r)
}

func (d *demoLife) accept(name string, m *exchange.Introduction) error {
	_, err := d.meetings.Answer(d.ctx, m.ID, exchange.IntroductionAnswer{Step: exchange.Accept, Card: exchange.Card{Name: d.people[name].GivenName, Mail: d.people[name].Mail}, By: d.by(name)})
	return err
}

// cooperate is an introduction that became a cooperation, confirmed by both.
func (d *demoLife) cooperate() error {
	m, err := d.ask("nadia", "amina", "lucien", "L’atelier a chaque semaine des chutes de chêne et de hêtre. Votre chantier d’insertion pourrait en faire des jouets et du mobilier.")
	if err != nil {
		return err
	}
	d.on(2)
	if err := d.accept("lucien", m); err != nil {
		return err
	}
	d.on(3)
	if err := d.meetings.Say(d.ctx, m.ID, exchange.Wanted, "Bonjour, cela nous intéresse. Pouvons-nous passer voir mardi ?", d.by("lucien")); err != nil {
		return err
	}
	d.on(4)
	if err := d.meetings.Say(d.ctx, m.ID, exchange.Seeker, "Mardi à 14 h, à l’atelier. Prévoyez une camionnette.", d.by("amina")); err != nil {
		return err
	}
	d.on(28)
	m, err = d.meetings.Conclude(d.ctx, m.ID, exchange.Outcome{
		Title: "Chutes de bois pour le chantier d’insertion", Side: exchange.Seeker, By: d.by("amina"),
		Cooperation: &lead.Cooperation{Kind: "materials", Started: clock.Day(d.begun.AddDate(0, 0, 7).Format(time.DateOnly)), Amount: lead.Bands()[0], Hours: 6, Materials: 400},
	})
	if err != nil {
		return err
	}
	d.on(29)
	return d.leads.Answer(d.ctx, d.by("lucien"), m.Cooperation, d.firms["lucien"], lead.Confirmed)
}

// silent are two that a facilitator is to see to: one that nobody answers, one
// where nobody can be written to.
func (d *demoLife) silent() error {
	d.on(11)
	if _, err := d.ask("marc", "claire", "jeanne", "La Scop cherche une couverture pour un chantier à deux, avec une clause sociale."); err != nil {
		return err
	}
	for _, day := range []int{21, 22, 32, 35} {
		d.on(day)
		if err := d.meetings.Watch(d.ctx); err != nil {
			return err
		}
	}
	_, err := d.ask("nadia", "lucien", "", "Le chantier d’insertion prépare des paniers-repas et cherche du pain, même de la veille.")
	return err
}

// talk is one that goes on.
func (d *demoLife) talk() error {
	d.on(36)
	m, err := d.ask("nadia", "lucien", "claire", "Un salarié en insertion cherche une immersion de deux semaines dans une Scop.")
	if err != nil {
		return err
	}
	if err := d.meetings.Back(d.ctx, d.by("nadia"), m.ID); err != nil {
		return err
	}
	d.on(37)
	if err := d.accept("claire", m); err != nil {
		return err
	}
	return d.meetings.Say(d.ctx, m.ID, exchange.Wanted, "Avec plaisir, en janvier. Que sait-il déjà faire ?", d.by("claire"))
}

// recent is one that waits for an answer, and the first of a member, which
// waits for a facilitator.
func (d *demoLife) recent() error {
	d.on(38)
	if _, err := d.ask("nadia", "claire", "amina", "La Scop équipe une salle de classe et cherche un atelier pour douze tables."); err != nil {
		return err
	}
	d.on(39)
	_, err := d.ask("jeanne", "jeanne", "lucien", "J’ai deux jours de nettoyage de chantier par mois. Votre équipe pourrait-elle les prendre ?")
	return err
}

// noteLeads are leads that facilitators noted by hand.
func (d *demoLife) noteLeads() error {
	d.on(37)
	for _, l := range []struct {
		who, title, next string
		due              int // day
		stage            lead.Stage
		between          [2]string
		reason           lead.Reason
	}{
		{"nadia", "Prêter la nacelle en janvier", "Rappeler l’atelier", 35, lead.Contacted, [2]string{"amina", "jeanne"}, ""},
		{"nadia", "Nettoyage des vitrines, une fois par mois", "Envoyer un modèle de devis", 46, lead.Discussion, [2]string{"lucien", ""}, ""},
		{"marc", "Répondre ensemble à la cantine de l’école", "Réunir les deux pour lire le marché", 49, lead.Agreed, [2]string{"claire", "jeanne"}, ""},
		{"marc", "Une place d’apprenti à partager", "", 0, lead.Noted, [2]string{"amina", "claire"}, ""},
		{"nadia", "Acheter les emballages à plusieurs", "", 0, lead.Dropped, [2]string{"lucien", ""}, "price"},
	} {
		one := lead.Lead{
			Title: l.title, Next: l.next, Owner: d.people[l.who].ID, Territory: "artois", Origins: []lead.Origin{{Kind: lead.FromPhone}},
			Parties: []register.SIRET{d.firms[l.between[0]], d.firms[l.between[1]]},
		}
		if l.due > 0 {
			one.Due = clock.Day(d.begun.AddDate(0, 0, l.due).Format(time.DateOnly))
		}
		by := account.Actor{Who: d.people[l.who].ID, Channel: account.Phone}
		added, err := d.leads.Add(d.ctx, by, one)
		if err != nil {
			return err
		}
		c := *added
		c.Stage, c.Reason = l.stage, l.reason
		if _, err := d.leads.Change(d.ctx, lead.Change{Lead: c, By: by}); err != nil {
			return err
		}
	}
	return nil
}
