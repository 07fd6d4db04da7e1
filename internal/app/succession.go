package app

import (
	"context"
	"errors"
	"slices"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
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
		if _, err := h.Accounts.Succeed(ctx, s); err != nil {
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
	}
}
