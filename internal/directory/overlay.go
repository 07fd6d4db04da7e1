package directory

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory/index"
	"passerelle/internal/geo"
	"passerelle/internal/register"
)

// An Overlay is what people say of an establishment over the registers. It is
// found within a second on every node, and stays when a new register comes.
type Overlay struct {
	Hidden      bool   // its people objected, or the operator must
	Reason      string // why it is hidden
	Words       string // what it says of itself; found by search
	Labels      []string
	Flags       []string
	Point       *geo.Point // where its people say it is
	Wishes      []string   // how it wishes to be reached
	Resources   []string   // what it can lend
	Solicited   float64    // how much it was asked, as it was at SolicitedAt
	SolicitedAt time.Time
}

// An Act is who changes something, for whom and by which way (account.Actor),
// which the directory keeps and does not judge.
type Act struct {
	Who     string // id of the person, or the operator's login
	For     string // id of the person it is done for; empty for oneself
	Channel string
}

// solicitedFor is how long having been asked counts: it fades evenly to
// nothing.
const solicitedFor = 90 * 24 * time.Hour

// busy returns what is left of Solicited at a moment.
func (o *Overlay) busy(now time.Time) float32 {
	if o.Solicited <= 0 {
		return 0
	}
	left := 1 - float64(now.Sub(o.SolicitedAt))/float64(solicitedFor)
	return float32(o.Solicited * min(1, max(0, left)))
}

// Solicit counts that an establishment was asked something once more.
func (o *Overlay) Solicit(now time.Time) {
	o.Solicited, o.SolicitedAt = float64(o.busy(now))+1, now
}

// speaks reports whether the overlay changes how the establishment is found
// or shown.
func (o *Overlay) speaks() bool { return o.Words != "" || len(o.Labels) > 0 || o.Point != nil }

// empty reports whether nothing is said.
func (o *Overlay) empty() bool {
	return !o.Hidden && !o.speaks() && len(o.Flags) == 0 && len(o.Wishes) == 0 && len(o.Resources) == 0 && o.Solicited == 0
}

// over returns e as the overlay has it. What is masked stays masked: a label
// makes nobody findable who refused to be.
func (o *Overlay) over(e Establishment, asOf clock.Day) Establishment {
	e.Marks = slices.Clone(e.Marks)
	for _, l := range o.Labels {
		if !slices.ContainsFunc(e.Marks, func(m Mark) bool { return m.Label == l }) {
			e.Marks = append(e.Marks, Mark{Label: l, AsOf: asOf})
		}
	}
	if o.Point != nil && e.Mask == Shown {
		e.Point, e.Precision = *o.Point, AtAddress
	}
	return e
}

// Overlay returns what is said over the registers of an establishment; the
// zero Overlay is nothing.
func (d *Directory) Overlay(s register.SIRET) Overlay {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.overlay[s]
}

// OverlaySize returns the number of establishments of which something is said
// over the registers.
func (d *Directory) OverlaySize() int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return len(d.overlay)
}

// Hide takes an establishment out of every answer: its page is gone, its
// number in no count. The register it comes from is not asked.
func (d *Directory) Hide(ctx context.Context, by Act, s register.SIRET, reason string) error {
	return d.change(ctx, by, s, func(o *Overlay) { o.Hidden, o.Reason = true, reason })
}

// Show takes a Hide back.
func (d *Directory) Show(ctx context.Context, by Act, s register.SIRET, reason string) error {
	return d.change(ctx, by, s, func(o *Overlay) { o.Hidden, o.Reason = false, reason })
}

// Change puts o in the place of what was said of an establishment.
func (d *Directory) Change(ctx context.Context, by Act, s register.SIRET, o Overlay) error {
	return d.change(ctx, by, s, func(was *Overlay) { *was = o })
}

// change changes what is said of s in the database, and here at once; other
// nodes see it when they next look. s must be in the register served, or
// something be said of it already: else db.ErrNotFound.
func (d *Directory) change(ctx context.Context, by Act, s register.SIRET, how func(*Overlay)) error {
	if d.config.DB == nil {
		return fmt.Errorf("change establishment %s: this directory was opened without a database", s)
	}
	if err := d.config.DB.Write(ctx, func(t *db.Tx) error { return d.ChangeIn(ctx, t, by, s, how) }); err != nil {
		return fmt.Errorf("change establishment %s: %w", s, err)
	}
	return d.refresh(ctx)
}

// ChangeIn changes what is said of s in the transaction of another act. Every
// node sees it within a second of the commit, this one at once by Refresh.
func (d *Directory) ChangeIn(ctx context.Context, t *db.Tx, by Act, s register.SIRET, how func(*Overlay)) error {
	o, err := readOverlay(ctx, t, s)
	if err != nil && (!isNotFound(err) || !d.has(s)) {
		return err
	}
	how(&o)
	return writeOverlay(ctx, t, s, o, by, d.config.Clock.Now())
}

// Refresh takes what was changed in the database, here or on another node.
func (d *Directory) Refresh(ctx context.Context) error { return d.refresh(ctx) }

// InRegister returns the establishments of a legal unit that the register
// served has, hidden or not.
func (d *Directory) InRegister(s register.SIREN) []register.SIRET {
	v := d.served.Load()
	if v == nil {
		return nil
	}
	var out []register.SIRET
	for _, id := range v.base.Group(uint64(s)) {
		out = append(out, register.SIRET(id))
	}
	return out
}

// has reports whether the register served has s, hidden or not.
func (d *Directory) has(s register.SIRET) bool {
	v := d.served.Load()
	if v == nil {
		return false
	}
	_, ok := v.base.Stored(uint64(s))
	return ok
}

// refresh takes in what changed in the database since it was last looked at.
func (d *Directory) refresh(ctx context.Context) error {
	d.taking.Lock()
	defer d.taking.Unlock()
	changes, version, err := readChanges(ctx, d.config.DB, d.noticed)
	if err != nil {
		return fmt.Errorf("read the overlay: %w", err)
	}
	if version == d.noticed {
		return nil
	}
	if version < d.noticed { // the database was put back to an earlier state
		if changes, version, err = readChanges(ctx, d.config.DB, 0); err != nil {
			return fmt.Errorf("read the overlay: %w", err)
		}
		for s := range d.overlay {
			if _, ok := changes[s]; !ok {
				changes[s] = Overlay{}
			}
		}
	}
	d.take(changes)
	if v := d.served.Load(); v != nil {
		if err := v.lay(changes, d.config, d.config.Clock.Now()); err != nil {
			return err
		}
	}
	d.noticed = version
	d.renew()
	return nil
}

// take keeps what is said of establishments.
func (d *Directory) take(changes map[register.SIRET]Overlay) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for s, o := range changes {
		if o.empty() {
			delete(d.overlay, s)
		} else {
			d.overlay[s] = o
		}
	}
}

// lay puts overlays over the register served. Those that say nothing let it
// speak again.
func (v *served) lay(changes map[register.SIRET]Overlay, c Config, now time.Time) error {
	var put []index.Doc
	var hide, reset []uint64
	busy := make(map[uint64]float32)
	for _, s := range slices.Sorted(maps.Keys(changes)) {
		o := changes[s]
		id := uint64(s)
		e, err := v.original(s)
		if isNotFound(err) {
			continue // another register may have it
		}
		if err != nil {
			return err
		}
		_, imposed := v.imposed[s]
		switch {
		case o.Hidden:
			hide = append(hide, id)
			continue
		case o.speaks() || imposed:
			put = append(put, overlaid(&o, e, c, now))
		default:
			reset = append(reset, id)
		}
		if b := o.busy(now); b > 0 || o.speaks() { // what was asked before is no longer so
			busy[id] = b
		}
	}
	return v.apply(put, hide, reset, busy)
}

func (v *served) apply(put []index.Doc, hide, reset []uint64, busy map[uint64]float32) error {
	if len(reset) > 0 {
		if err := v.live.Reset(reset...); err != nil {
			return fmt.Errorf("reset the overlay: %w", err)
		}
	}
	if len(put) > 0 {
		if err := v.live.Put(put...); err != nil {
			return fmt.Errorf("put the overlay: %w", err)
		}
	}
	if len(hide) > 0 {
		if err := v.live.Hide(hide...); err != nil {
			return fmt.Errorf("hide establishments: %w", err)
		}
	}
	if len(busy) > 0 {
		if err := v.live.Busy(busy); err != nil {
			return fmt.Errorf("say who was solicited: %w", err)
		}
	}
	return nil
}

// overlaid returns e under o as the index keeps it.
func overlaid(o *Overlay, e Establishment, c Config, now time.Time) index.Doc {
	e = o.over(e, clock.Day(now.Format(time.DateOnly)))
	d := doc(&e, c.Places)
	if o.Words != "" && !d.Shy {
		d.Texts = append(d.Texts, index.Text{S: o.Words, Weight: weightWords})
	}
	return d
}

// follow looks for changes of the overlay and logs what goes wrong, once
// until it goes well again.
func (d *Directory) follow(ctx context.Context) {
	err := d.refresh(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil && !d.deaf {
		d.config.Log.Error("the overlay cannot be read; what is served stays as it was", slog.Any("error", err))
	}
	d.deaf = err != nil
}
