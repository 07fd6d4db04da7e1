package team

import (
	"context"
	"fmt"
	"slices"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/register"
)

// Projects are the teams of a house.
type Projects struct {
	DB     *db.DB
	Clock  clock.Clock
	Finder *Finder
	Leads  *lead.Leads // what an agreed team leads to
	Secret []byte      // of the house: signs the links by which firms answer
	// Send takes a mail in the transaction of the act it tells of.
	Send func(ctx context.Context, t *db.Tx, l Letter) error
	// Over writes what the directory must know of an establishment, in the
	// transaction of the act, and Refresh makes this node see it at once.
	Over    func(ctx context.Context, t *db.Tx, by directory.Act, s register.SIRET, how func(*directory.Overlay)) error
	Refresh func(ctx context.Context) error
}

// A Letter is a mail of this package: an asking, a reminder or, once all have
// agreed, news to the people of a firm, or news to who wanted the team.
type Letter struct {
	Kind    string // team.ask, team.remind, team.agreed; team.no, team.silent, team.agree
	Project *Project
	SIRET   register.SIRET // the firm concerned; 0 for none
}

// Keep keeps a team that was found as a project, and returns it. The members
// must be one of the best teams for the job, now: else it is ErrChanged.
func (ps *Projects) Keep(ctx context.Context, by account.Actor, p Project, members []register.SIRET) (*Project, error) {
	if err := p.clean(); err != nil {
		return nil, err
	}
	found, err := ps.Finder.Find(ctx, p.Job)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(found.Teams, func(t Team) bool { return sameMembers(t, members) })
	if i < 0 {
		return nil, ErrChanged
	}
	now := ps.Clock.Now()
	p.ID, p.State, p.CreatedAt, p.ChangedAt, p.Owner = db.NewID(now), Draft, now, now, by.Who
	for _, m := range found.Teams[i].Members {
		p.Places = append(p.Places, Place{SIRET: m.SIRET, Lots: m.Lots, Meters: meters(m.Distance), Answer: Chosen})
	}
	err = ps.DB.Write(ctx, func(t *db.Tx) error {
		if err := addProject(ctx, t, &p); err != nil {
			return err
		}
		for i := range p.Places {
			if err := addPlace(ctx, t, p.ID, &p.Places[i]); err != nil {
				return err
			}
		}
		return ps.note(ctx, t, by, &p, "keep", 0)
	})
	if err != nil {
		return nil, fmt.Errorf("keep a team: %w", err)
	}
	return &p, nil
}

func sameMembers(t Team, members []register.SIRET) bool {
	var have []register.SIRET
	for _, m := range t.Members {
		have = append(have, m.SIRET)
	}
	want := slices.Clone(members)
	slices.Sort(have)
	slices.Sort(want)
	return slices.Equal(have, want)
}

// Project returns a team, or db.ErrNotFound.
func (ps *Projects) Project(ctx context.Context, id string) (*Project, error) {
	var p *Project
	err := ps.DB.Read(ctx, func(t *db.Tx) (err error) {
		p, err = projectByID(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("team: %w", err)
	}
	return p, nil
}

// A Filter is which teams are asked for: those of an owner, of a firm, or of
// territories (none named being all).
type Filter struct {
	Owner       string
	Firms       []register.SIRET
	Territories []string
	Everywhere  bool
}

// Projects returns the teams of a filter, the latest change first.
func (ps *Projects) Projects(ctx context.Context, f Filter) ([]*Project, error) {
	var list []*Project
	err := ps.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = projectsWhere(ctx, t, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("teams: %w", err)
	}
	return list, nil
}

// Events returns what happened to a team, the latest first.
func (ps *Projects) Events(ctx context.Context, id string) ([]Event, error) {
	var list []Event
	err := ps.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = eventsOf(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("history of a team: %w", err)
	}
	return list, nil
}

// change runs an act on a team in one transaction, and takes what it changed
// of the directory in.
func (ps *Projects) change(ctx context.Context, id, what string, act func(t *db.Tx, p *Project, now time.Time) error) (*Project, error) {
	var p *Project
	err := ps.DB.Write(ctx, func(t *db.Tx) (err error) {
		if p, err = projectByID(ctx, t, id); err != nil {
			return err
		}
		return act(t, p, ps.Clock.Now())
	})
	if err != nil {
		return nil, fmt.Errorf("%s team %s: %w", what, id, err)
	}
	return p, ps.Refresh(ctx)
}

// Ask asks all the firms of a team in one act. Asking twice is asking once.
func (ps *Projects) Ask(ctx context.Context, by account.Actor, id string) (*Project, error) {
	return ps.change(ctx, id, "ask", func(t *db.Tx, p *Project, now time.Time) error {
		if p.State == Asking {
			return nil
		}
		if p.State != Draft {
			return ErrState
		}
		p.State = Asking
		if err := ps.note(ctx, t, by, p, "ask", 0); err != nil {
			return err
		}
		for i := range p.Places {
			if err := ps.ask(ctx, t, by, p, &p.Places[i], now); err != nil {
				return err
			}
		}
		return changeProject(ctx, t, p, now)
	})
}

// ask asks one firm: it counts as solicited.
func (ps *Projects) ask(ctx context.Context, t *db.Tx, by account.Actor, p *Project, x *Place, now time.Time) error {
	x.Answer, x.AskedAt, x.AnswerBy = Asked, now, workingDays(now, answerDays)
	p.AnswerBy = x.AnswerBy
	if err := changePlace(ctx, t, p.ID, x); err != nil {
		return err
	}
	act := directory.Act{Who: by.Who, For: by.For, Channel: string(by.Channel)}
	if err := ps.Over(ctx, t, act, x.SIRET, func(o *directory.Overlay) { o.Solicit(now) }); err != nil {
		return err
	}
	return ps.Send(ctx, t, Letter{Kind: "team.ask", Project: p, SIRET: x.SIRET})
}

// A Reply is what a firm answers, by a link, or by who speaks for it.
type Reply struct {
	SIRET  register.SIRET
	Yes    bool
	Reason string // of a no
	By     account.Actor
}

// Answer takes the answer of a firm. The first holds: the same again changes
// nothing, another is ErrAnswered. Who was silent may still say yes while
// nobody has taken its place.
func (ps *Projects) Answer(ctx context.Context, id string, r Reply) (*Project, error) {
	want := No
	if r.Yes {
		want, r.Reason = Yes, ""
	} else if !slices.Contains(Reasons(), r.Reason) {
		return nil, ErrReason
	}
	return ps.change(ctx, id, "answer for", func(t *db.Tx, p *Project, now time.Time) error {
		x := p.Place(r.SIRET)
		switch {
		case x == nil:
			return db.ErrNotFound
		case x.Answer == want:
			return nil
		case p.State != Asking:
			return ErrState
		case x.Answer != Asked && !(x.Answer == Silent && !x.Settled):
			return ErrAnswered
		}
		x.Answer, x.Reason, x.AnsweredAt = want, r.Reason, now
		if err := changePlace(ctx, t, p.ID, x); err != nil {
			return err
		}
		if err := ps.note(ctx, t, r.By, p, string(want), r.SIRET); err != nil {
			return err
		}
		if want == No {
			if err := ps.Send(ctx, t, Letter{Kind: "team.no", Project: p, SIRET: r.SIRET}); err != nil {
				return err
			}
		}
		return ps.settle(ctx, t, r.By, p, now)
	})
}

// settle writes a team after something changed, and agrees when all did.
func (ps *Projects) settle(ctx context.Context, t *db.Tx, by account.Actor, p *Project, now time.Time) error {
	if s := p.settled(); s != p.State {
		p.State = s
		if p.Referent == 0 {
			p.Referent = p.Members()[0]
		}
		if err := ps.note(ctx, t, account.Actor{Channel: account.System}, p, "agree", 0); err != nil {
			return err
		}
		if err := ps.agree(ctx, t, by, p); err != nil {
			return err
		}
	}
	return changeProject(ctx, t, p, now)
}

// agree tells who wanted a team and all of its members that it is one, and
// makes a lead of what they are about to do, which facilitators follow.
func (ps *Projects) agree(ctx context.Context, t *db.Tx, by account.Actor, p *Project) error {
	if err := ps.Send(ctx, t, Letter{Kind: "team.agree", Project: p}); err != nil {
		return err
	}
	for _, s := range p.Members() {
		if err := ps.Send(ctx, t, Letter{Kind: "team.agreed", Project: p, SIRET: s}); err != nil {
			return err
		}
	}
	_, err := ps.Leads.AddIn(ctx, t, by, lead.Lead{
		Title: p.Title, Stage: lead.Agreed, Territory: p.Territory, Parties: p.Members(), Origins: []lead.Origin{{Kind: lead.FromTeam, ID: p.ID}},
	})
	return err
}

// Replacement returns the firms that would best take what those who left
// leave, the others staying: empty when there is nobody.
func (ps *Projects) Replacement(ctx context.Context, p *Project) ([]Member, error) {
	j := p.again()
	found, err := ps.Finder.Find(ctx, j)
	if err != nil || len(found.Teams) == 0 {
		return nil, err
	}
	var out []Member
	for _, m := range found.Teams[0].Members {
		if !slices.Contains(j.Include, m.SIRET) {
			out = append(out, m)
		}
	}
	return out, nil
}

// Replace puts firms in the place of all those who left, and asks them; with
// none, the lots stay uncovered and the team goes on without. left is who had
// left when the press was shown: when that is settled already, or is not all
// any more, it is ErrReplaced and changes nothing.
func (ps *Projects) Replace(ctx context.Context, by account.Actor, id string, left []register.SIRET, with []Member) (*Project, error) {
	return ps.change(ctx, id, "replace in", func(t *db.Tx, p *Project, now time.Time) error {
		if p.State != Asking {
			return ErrState
		}
		if have := p.Left(); len(have) == 0 || !slices.Equal(have, left) {
			return ErrReplaced
		}
		for _, s := range left {
			x := p.Place(s)
			x.Settled = true
			if err := changePlace(ctx, t, p.ID, x); err != nil {
				return err
			}
		}
		if len(with) == 0 {
			if err := ps.note(ctx, t, by, p, "without", left[0]); err != nil {
				return err
			}
		}
		for _, m := range with {
			if p.Place(m.SIRET) != nil {
				return ErrReplaced
			}
			p.Places = append(p.Places, Place{SIRET: m.SIRET, Lots: m.Lots, Meters: meters(m.Distance)})
			x := &p.Places[len(p.Places)-1]
			if err := addPlace(ctx, t, p.ID, x); err != nil {
				return err
			}
			if err := ps.note(ctx, t, by, p, "replace", m.SIRET); err != nil {
				return err
			}
			if err := ps.ask(ctx, t, by, p, x, now); err != nil {
				return err
			}
		}
		return ps.settle(ctx, t, by, p, now)
	})
}

// Refer names the referent, one of the members.
func (ps *Projects) Refer(ctx context.Context, by account.Actor, id string, s register.SIRET) (*Project, error) {
	return ps.change(ctx, id, "name the referent of", func(t *db.Tx, p *Project, now time.Time) error {
		switch {
		case p.State == Withdrawn || p.State == Expired || !slices.Contains(p.Members(), s):
			return ErrState
		case p.Referent == s:
			return nil
		}
		p.Referent = s
		if err := ps.note(ctx, t, by, p, "referent", s); err != nil {
			return err
		}
		return changeProject(ctx, t, p, now)
	})
}

// Withdraw gives a team up.
func (ps *Projects) Withdraw(ctx context.Context, by account.Actor, id string) (*Project, error) {
	return ps.change(ctx, id, "withdraw", func(t *db.Tx, p *Project, now time.Time) error {
		switch p.State {
		case Withdrawn:
			return nil
		case Expired:
			return ErrState
		}
		p.State = Withdrawn
		if err := ps.note(ctx, t, by, p, "withdraw", 0); err != nil {
			return err
		}
		return changeProject(ctx, t, p, now)
	})
}

// note keeps what happened, for the team's page and in the record of acts.
func (ps *Projects) note(ctx context.Context, t *db.Tx, by account.Actor, p *Project, act string, s register.SIRET) error {
	now := ps.Clock.Now()
	if err := addEvent(ctx, t, p.ID, Event{At: now, Act: act, SIRET: s, Who: by.Who, Channel: by.Channel}); err != nil {
		return err
	}
	return account.Record(ctx, t, now, account.Entry{Act: "team." + act, Kind: "team", Object: p.ID, By: by})
}
