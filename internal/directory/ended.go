package directory

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"passerelle/internal/db"
	"passerelle/internal/register"
)

// An Ending is an establishment that the registers gave as open once and give
// so no more.
type Ending struct {
	SIRET     register.SIRET
	Successor register.SIRET // the open one that took over, 0 if none
}

// Endings tells which of some establishments have ended, and which are kept: a
// SIRET never seen is neither. Without the stock of the registers in the data
// folder nobody knows who took over, so nothing is told.
func (d *Directory) Endings(of []register.SIRET) (ended []Ending, kept []register.SIRET, err error) {
	v := d.served.Load()
	if v == nil {
		return nil, nil, nil
	}
	var gone []register.SIRET
	for _, s := range of {
		if _, open := v.base.Stored(uint64(s)); open {
			kept = append(kept, s)
		} else {
			gone = append(gone, s)
		}
	}
	if len(gone) == 0 {
		return nil, kept, nil
	}
	stock, err := openSource(filepath.Join(d.config.Dir, sourceFolder, stockName+".zip"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, kept, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer stock.z.Close()
	next, err := successions(stock)
	if err != nil {
		return nil, nil, fmt.Errorf("read the successions: %w", err)
	}
	for _, s := range gone {
		to := next[s]
		if _, open := v.base.Stored(uint64(to)); !open {
			to = 0
		}
		if to != 0 || v.lastSeen(s) != "" {
			ended = append(ended, Ending{s, to})
		}
	}
	return ended, kept, nil
}

// MoveIn lays what is said of an establishment over the one that took it over,
// in the transaction of another act. What the successor says itself stays; an
// objection goes along. Where an establishment lies does not.
func (d *Directory) MoveIn(ctx context.Context, t *db.Tx, by Act, from, to register.SIRET) error {
	o, err := readOverlay(ctx, t, from)
	if isNotFound(err) || err == nil && o.empty() {
		return nil
	}
	if err != nil {
		return err
	}
	now := d.config.Clock.Now()
	if err := writeOverlay(ctx, t, from, Overlay{Hidden: o.Hidden, Reason: o.Reason}, by, now); err != nil {
		return err
	}
	return d.ChangeIn(ctx, t, by, to, func(s *Overlay) { s.inherit(&o) })
}

// inherit takes from o what s does not say.
func (o *Overlay) inherit(from *Overlay) {
	if from.Hidden && !o.Hidden {
		o.Hidden, o.Reason = true, from.Reason
	}
	if o.Words == "" {
		o.Words = from.Words
	}
	o.Labels = union(o.Labels, from.Labels)
	o.Flags = union(o.Flags, from.Flags)
	o.Wishes = union(o.Wishes, from.Wishes)
	o.Resources = union(o.Resources, from.Resources)
	if from.Solicited > o.Solicited {
		o.Solicited, o.SolicitedAt = from.Solicited, from.SolicitedAt
	}
}

func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
