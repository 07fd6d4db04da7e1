package profile

import (
	"context"
	"errors"
	"fmt"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/register"
)

// Establishments returns those of which something is said.
func (p *Profiles) Establishments(ctx context.Context) (list []register.SIRET, err error) {
	err = p.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = establishments(ctx, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("establishments with a profile: %w", err)
	}
	return list, nil
}

// Move takes what an establishment says to the one that took it over, in the
// transaction that moves its people. Where both speak, the successor's words
// stay and the others are kept in its history. Pictures come along as far as
// there is room.
func (p *Profiles) Move(ctx context.Context, t *db.Tx, from, to register.SIRET) error {
	was, err := readProfile(ctx, t, from)
	if err != nil && !errors.Is(err, db.ErrNotFound) {
		return err
	}
	if err == nil {
		if _, err := readProfile(ctx, t, to); err == nil {
			c := Change{SIRET: to, By: account.Actor{Channel: account.System}}
			if err := addRevision(ctx, t, c, was.Content, []string{"succession"}, p.Clock.Now()); err != nil {
				return err
			}
		} else if !errors.Is(err, db.ErrNotFound) {
			return err
		}
	}
	there, err := pictures(ctx, t, to)
	if err != nil {
		return err
	}
	arriving, err := pictures(ctx, t, from)
	if err != nil {
		return err
	}
	for _, k := range arriving {
		if len(there) == MostPictures {
			break
		}
		if moved, err := movePicture(ctx, t, k, to); err != nil {
			return err
		} else if moved {
			there = append(there, k)
		}
	}
	return moveProfile(ctx, t, from, to)
}
