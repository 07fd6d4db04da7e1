package directory

import (
	"fmt"
	"runtime"
	"slices"
	"strings"

	"passerelle/internal/directory/index"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A Work is something to be done somewhere, by an establishment whose
// recorded activity fits.
type Work struct {
	Near   geo.Point
	Radius float64  // metres; 0 is no limit
	Trades []string // slugs, NAFA or NAF codes: it does all of them
	// ESS keeps those of the social and solidarity economy, which then need
	// not be craft: one that is not fits a trade by its NAF code.
	ESS    bool
	Limit  int
	Offset int
}

// Able returns establishments that can do a work, the nearest first, and how
// many there are. Masked natural persons are never among them. Of an ESS
// question the hits of a page may be fewer than Limit: ask the next one while
// Offset is below the total.
func (d *Directory) Able(w Work) ([]Hit, int, error) {
	v := d.served.Load()
	if v == nil {
		return nil, 0, ErrNoSnapshot
	}
	r := index.Request{Near: &w.Near, Radius: w.Radius, Order: index.ByDistance, Limit: w.Limit, Offset: w.Offset}
	if w.ESS {
		r.Filters = append(r.Filters, index.Filter{Dim: ByWorld, Values: []string{string(query.ESS)}})
	}
	for _, name := range w.Trades {
		sel, _ := d.config.Trades.Resolve(name)
		if w.ESS && sel.Whole && len(sel.NAF) > 0 {
			r.Filters = append(r.Filters, index.Filter{Dim: byActivity, Values: append([]string{sel.Slug}, sel.NAF...)})
		} else {
			r.Filters = append(r.Filters, d.tradeFilter([]string{name})...)
		}
	}
	a, err := v.live.Search(r)
	if err != nil {
		return nil, 0, fmt.Errorf("who can do %s: %w", strings.Join(w.Trades, ", "), err)
	}
	all, err := hits(a.Hits)
	runtime.KeepAlive(v)
	if err != nil {
		return nil, 0, fmt.Errorf("who can do %s: %w", strings.Join(w.Trades, ", "), err)
	}
	return slices.DeleteFunc(all, func(h Hit) bool {
		return slices.ContainsFunc(w.Trades, func(name string) bool { return !Does(&h.Establishment, d.config.Trades, name) })
	}), a.Total, nil
}

// Does reports whether the recorded activity of e fits a trade, named by slug,
// NAFA or NAF code: the trade or the code is its own; or the trade is one that
// its NAF code stands for, when it is of no craft trade.
func Does(e *Establishment, trades *trade.Table, name string) bool {
	sel, ok := trades.Resolve(name)
	switch {
	case !ok:
		return false
	case sel.Whole:
		return e.Trade == sel.Slug || e.Trade == "" && e.NAF != "" && slices.Contains(sel.NAF, e.NAF)
	case len(sel.NAF) > 0:
		return e.NAF != "" && slices.Contains(sel.NAF, e.NAF)
	}
	return slices.Contains(sel.NAFA, e.NAFA)
}

// Solicited returns how much an establishment was asked lately, in its own
// measure (Overlay.Solicited), which fades within 90 days.
func (d *Directory) Solicited(s register.SIRET) float64 {
	o := d.Overlay(s)
	return float64(o.busy(d.config.Clock.Now()))
}
