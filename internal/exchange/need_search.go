package exchange

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// mostShown bounds an answer: a house has some hundreds of open needs.
const mostShown = 1000

// A NeedFilter is what is asked of the open needs.
type NeedFilter struct {
	Text      string
	Direction Direction // empty: both
	Kind      Kind      // empty: any
	Trade     string    // slug
	Territory string    // slug
	Near      *geo.Point
	Radius    float64 // metres, with Near; 0 is no bound
}

// A FoundNeed is an open need with its establishment, as both may be shown.
type FoundNeed struct {
	*Need
	Firm     directory.Establishment
	Distance float64 // metres from the point asked for; -1 without one
}

// Open returns the open needs that everybody may see: the nearest first where a
// point is asked for, else the latest.
func (x *Needs) Open(ctx context.Context, f NeedFilter) ([]FoundNeed, error) {
	query, args := f.condition(dayOf(x.Clock.Now()))
	var list []*Need
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = needsWhere(ctx, t, query, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open needs: %w", err)
	}
	var out []FoundNeed
	for _, n := range list {
		found, ok := x.found(n, f)
		if ok {
			out = append(out, found)
		}
	}
	if f.Near != nil {
		slices.SortStableFunc(out, func(a, b FoundNeed) int { return cmp.Compare(a.Distance, b.Distance) })
	}
	return out, nil
}

// ReadNeedFilter reads the question of an address. What it does not know is
// left out; a place that is none is a query.ParamError.
func (x *Needs) ReadNeedFilter(v url.Values) (NeedFilter, error) {
	var f NeedFilter
	if text := []rune(oneLine(v.Get("q"))); len(text) > 0 {
		f.Text = string(text[:min(len(text), 200)])
	}
	if d := Direction(v.Get("direction")); d == Seeking || d == Offering {
		f.Direction = d
	}
	if k := Kind(v.Get("kind")); slices.Contains(Kinds(), k) {
		f.Kind = k
	}
	if _, ok := x.Trades.Trade(v.Get("trade")); ok {
		f.Trade = v.Get("trade")
	}
	if _, ok := x.Places.Territory(v.Get("territory")); ok {
		f.Territory = v.Get("territory")
	}
	if oneLine(v.Get("near")) == "" {
		return f, nil
	}
	at, err := query.Parse(url.Values{"near": {v.Get("near")}, "radius_km": {v.Get("radius_km")}}, x.Directory.Terms())
	f.Near, f.Radius = at.Near, at.Radius
	return f, err
}

// condition is a filter in SQL. What a map must be asked for is left to Go.
func (f NeedFilter) condition(today clock.Day) (string, []any) {
	query, args := `state = 'live' AND NOT matches AND reply_by >= $1`, []any{today}
	and := func(condition string, value any) {
		args = append(args, value)
		query += fmt.Sprintf(" AND "+condition, len(args))
	}
	if f.Direction != "" {
		and(`direction = $%d`, f.Direction)
	}
	if f.Kind != "" {
		and(`kind = $%d`, f.Kind)
	}
	if f.Territory != "" {
		and(`territory = $%d`, f.Territory)
	}
	if f.Trade != "" {
		and(`trades LIKE $%d`, "% "+f.Trade+" %")
	}
	for _, word := range fold.Words(f.Text) { // letters and digits only: nothing to escape
		and(`folded LIKE $%d`, "% "+word+"%")
	}
	return query + fmt.Sprintf(` ORDER BY posted_at DESC, id DESC LIMIT %d`, mostShown), args
}

// found shows a need, unless its establishment left the directory or it lies
// elsewhere.
func (x *Needs) found(n *Need, f NeedFilter) (FoundNeed, bool) {
	e, err := x.Directory.Establishment(n.SIRET)
	if err != nil {
		return FoundNeed{}, false
	}
	found := FoundNeed{Need: x.conceal(n, &e), Firm: e, Distance: -1}
	if f.Territory != "" && found.Territory != f.Territory {
		return found, false
	}
	if f.Near == nil {
		return found, true
	}
	c, ok := x.Places.Commune(found.Commune)
	if !ok || !c.Centre.Valid() {
		return found, false
	}
	found.Distance = geo.Distance(*f.Near, c.Centre)
	return found, f.Radius == 0 || found.Distance <= f.Radius
}

// conceal takes the place out of a need that somebody else posted for a person
// whom the register masks, at every reading: they may be masked since.
func (x *Needs) conceal(n *Need, e *directory.Establishment) *Need {
	if e.Mask != directory.MaskedPerson || n.ForName == "" {
		return n
	}
	hidden := *n
	hidden.Commune, hidden.Territory, hidden.RadiusKM = "", "", 0
	return &hidden
}

// Need returns the need of an id, or db.ErrNotFound. Its establishment is
// empty when it is not in the directory any more: only its people still see
// the need then.
func (x *Needs) Need(ctx context.Context, id string) (FoundNeed, error) {
	var n *Need
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		n, err = needByID(ctx, t, id)
		return err
	})
	if err != nil {
		return FoundNeed{}, fmt.Errorf("need %s: %w", id, err)
	}
	e, err := x.Directory.Establishment(n.SIRET)
	if err != nil {
		return FoundNeed{Need: n, Distance: -1}, nil
	}
	return FoundNeed{Need: x.conceal(n, &e), Firm: e, Distance: -1}, nil
}

// Of returns the needs of an establishment, the latest first.
func (x *Needs) Of(ctx context.Context, s register.SIRET) ([]*Need, error) {
	return x.list(ctx, `siret = $1 ORDER BY id DESC`, int64(s))
}

// Held returns the needs that wait for a facilitator, the oldest first.
func (x *Needs) Held(ctx context.Context) ([]*Need, error) {
	return x.list(ctx, `state = 'held' ORDER BY id`)
}

// After returns the id of the need that renews one, empty when none does.
func (x *Needs) After(ctx context.Context, id string) (string, error) {
	list, err := x.list(ctx, `before = $1 AND state <> 'draft' ORDER BY id DESC LIMIT 1`, id)
	if err != nil || len(list) == 0 {
		return "", err
	}
	return list[0].ID, nil
}

func (x *Needs) list(ctx context.Context, condition string, args ...any) ([]*Need, error) {
	var list []*Need
	err := x.DB.Read(ctx, func(t *db.Tx) (err error) {
		list, err = needsWhere(ctx, t, condition, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("needs: %w", err)
	}
	return list, nil
}

// MaySee reports whether somebody, or an establishment by the link of a mail,
// may see a need.
func (x *Needs) MaySee(ctx context.Context, p *account.Person, s register.SIRET, n FoundNeed) (bool, error) {
	if account.May(p, account.PostNeed, n.Object()) || account.May(p, account.ModerateNeeds, n.Object()) {
		return true, nil
	}
	if n.Firm.SIRET == 0 || n.PostedAt.IsZero() || n.State == NeedRefused || n.State == NeedHeld {
		return false, nil
	}
	if !n.Matches {
		return true, nil
	}
	firms := []register.SIRET{s}
	if p != nil {
		firms = append(firms, p.Memberships...)
	}
	for _, s := range firms {
		var sent bool
		err := x.DB.Read(ctx, func(t *db.Tx) error {
			return t.One(ctx, []any{&sent}, `
				SELECT EXISTS (SELECT 1 FROM need_invitation WHERE need = $1 AND siret = $2)
					OR EXISTS (SELECT 1 FROM need_interest WHERE need = $1 AND siret = $2)`, n.ID, int64(s))
		})
		if err != nil || sent {
			return sent, err
		}
	}
	return false, nil
}

// ReadTrades recognises trades in what people type, parted by commas or line
// ends: slugs, names, codes, words. It returns their slugs, and the pieces it
// does not know with the nearest name.
func (x *Needs) ReadTrades(typed string) (slugs []string, faults []NeedFault) {
	pieces := strings.FieldsFunc(typed, func(r rune) bool { return r == ',' || r == ';' || r == '\n' })
	for _, piece := range pieces {
		piece = oneLine(piece)
		if piece == "" {
			continue
		}
		if slug := tradeOf(x.Trades, piece); slug != "" {
			slugs = append(slugs, slug)
			continue
		}
		faults = append(faults, NeedFault{Field: "trades", Key: "unknown_trade", Value: piece})
	}
	return slices.Compact(slices.Sorted(slices.Values(slugs))), faults
}

// tradeOf recognises one trade.
func tradeOf(table *trade.Table, piece string) string {
	if t, ok := table.Trade(fold.Slug(piece)); ok {
		return t.Slug
	}
	if t, ok := table.TradeOfNAFA(piece); ok {
		return t.Slug
	}
	key := fold.Key(piece)
	singular := strings.TrimSuffix(key, "s")
	for _, t := range table.Trades() {
		names := append([]string{t.Name, t.NameEN}, t.Words...)
		if slices.ContainsFunc(names, func(w string) bool { k := fold.Key(w); return k == key || k == singular }) {
			return t.Slug
		}
	}
	return ""
}
