package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// succeed deals with the establishments that people spoke for and that the
// registers no longer give as open. Any number of nodes may do it at a time:
// each ending is dealt with once.
func (h *house) succeed(ctx context.Context) error {
	var all []register.SIRET
	for _, of := range []func(context.Context) ([]register.SIRET, error){h.Accounts.SpokenFor, h.Profiles.Establishments, h.Contacts.Establishments, h.Projects.Establishments} {
		list, err := of(ctx)
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	acted := make(map[register.SIRET]bool) // has something of needs, introductions or leads
	for _, of := range []func(context.Context) ([]register.SIRET, error){h.Needs.Establishments, h.Leads.Establishments} {
		list, err := of(ctx)
		if err != nil {
			return err
		}
		for _, s := range list {
			acted[s] = true
		}
	}
	all = slices.AppendSeq(all, maps.Keys(acted))
	slices.Sort(all)
	ended, kept, err := h.Directory.Endings(slices.Compact(all))
	if err != nil {
		return err
	}
	var failed error
	for _, e := range ended {
		s := account.Succession{From: e.SIRET, To: e.Successor}
		if to, err := h.Directory.Establishment(e.Successor); err == nil {
			s.Territory = to.Territory
		}
		done, err := h.Accounts.Succeed(ctx, s)
		if err == nil && !done && s.To != 0 && acted[s.From] {
			err = h.follow(ctx, s.From, s.To)
		}
		if err != nil {
			failed = errors.Join(failed, err) // the others go on
		}
	}
	arrived := h.Accounts.TellArrived(ctx, func(s register.SIRET) bool {
		_, err := h.Directory.Establishment(s)
		return err == nil
	})
	return errors.Join(failed, arrived, h.Accounts.Reopened(ctx, kept), h.Directory.Refresh(ctx))
}

// moves are what follows an establishment to the one that took it over.
func (h *house) moves() []func(context.Context, *db.Tx, register.SIRET, register.SIRET) error {
	return []func(context.Context, *db.Tx, register.SIRET, register.SIRET) error{
		h.Profiles.Move,
		h.Contacts.Move,
		h.Visits.Succeed,
		func(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
			return h.Directory.MoveIn(ctx, t, directory.Act{Channel: string(account.System)}, from, to)
		},
		h.Projects.Move,
		h.moveActs,
	}
}

// moveActs takes along what an establishment has under way with others.
func (h *house) moveActs(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	for _, move := range []func(context.Context, *db.Tx, register.SIRET, register.SIRET) error{h.Needs.Move, h.Introductions.Move, h.Verdicts.Move, h.Leads.Move} {
		if err := move(ctx, t, from, to); err != nil {
			return err
		}
	}
	return nil
}

// follow takes along what was left behind of an establishment whose ending was
// dealt with before.
func (h *house) follow(ctx context.Context, from, to register.SIRET) error {
	if err := h.DB.Write(ctx, func(t *db.Tx) error { return h.moveActs(ctx, t, from, to) }); err != nil {
		return fmt.Errorf("what %s left behind: %w", from, err)
	}
	return nil
}

// closed tells which of some establishments are not open any more, and were
// taken over by nobody. Where the stock of the registers is not in the data
// folder nobody is known to have taken over.
func (h *house) closed(of []register.SIRET) (map[register.SIRET]bool, error) {
	ended, _, err := h.Directory.Endings(of)
	if err != nil {
		return nil, err
	}
	out := make(map[register.SIRET]bool, len(of))
	for _, s := range of {
		out[s] = true
	}
	for _, e := range ended {
		out[e.SIRET] = e.Successor == 0
	}
	return out, nil
}

// leadClosed tells who sees to a lead, in their summary, that one of its
// establishments closed.
func (p *post) leadClosed(ctx context.Context, t *db.Tx, l *lead.Lead, closed register.SIRET) error {
	who, err := account.PersonIn(ctx, t, l.Owner)
	if errors.Is(err, db.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	words := p.words.For(who.Language)
	return p.outbox.Later(ctx, t, mail.Waiting{
		ID: "lead.close " + l.ID + " " + closed.String(), Person: who.ID, Kind: "lead.close", Path: "/pistes/" + l.ID,
		Title: words.T("letter.digest.lead_closed", "title", l.Title), More: words.T("letter.digest.lead_closed_more", "siret", closed.String()),
	})
}
