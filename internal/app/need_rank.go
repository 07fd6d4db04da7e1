package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
)

// A needRanker says who could answer a need: the establishments of the trades
// it names, near it; where it names none, the partners of its establishment.
type needRanker struct {
	directory *directory.Directory
	partners  *partner.Finder
	trades    func(code string) (query.Query, bool) // around a commune
}

// How far a need without a radius is sent, in metres, and to how many at most
// in the end.
const (
	rankedWithin = 30_000
	rankedMost   = 100
)

// Rank returns the nearest first, in rings of five kilometres, within which
// those who were asked least lately come first.
func (r needRanker) Rank(_ context.Context, n *exchange.Need) ([]register.SIRET, error) {
	radius := float64(cmp.Or(n.RadiusKM*1000, rankedWithin))
	if len(n.Trades) == 0 {
		return r.byPartners(n, radius)
	}
	q, ok := r.trades(n.Commune)
	if !ok {
		return nil, nil // it lies nowhere: a facilitator brings people to it
	}
	q.Trades, q.Radius, q.Sort, q.Page, q.PerPage = n.Trades, radius, query.Distance, 1, rankedMost
	found, err := r.directory.Search(q)
	if errors.Is(err, directory.ErrNoSnapshot) || err == nil && found.WidenedTo > 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found.Hits, func(a, b directory.Hit) int {
		return cmp.Or(cmp.Compare(int(a.Distance/5000), int(b.Distance/5000)), cmp.Compare(r.directory.Solicited(a.SIRET), r.directory.Solicited(b.SIRET)))
	})
	var out []register.SIRET
	for _, h := range found.Hits {
		out = append(out, h.SIRET)
	}
	return out, nil
}

// byPartners ranks by the partners of whose need it is, of both worlds.
func (r needRanker) byPartners(n *exchange.Need, radius float64) ([]register.SIRET, error) {
	best, err := r.partners.Best(partner.Question{SIRET: n.SIRET, World: query.Any, Radius: radius, Limit: partner.MaxLimit})
	var gone *directory.GoneError
	if errors.Is(err, directory.ErrPlaceless) || errors.Is(err, db.ErrNotFound) || errors.As(err, &gone) || errors.Is(err, directory.ErrNoSnapshot) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []register.SIRET
	for _, p := range best.Partners {
		out = append(out, p.Establishment.SIRET)
	}
	return out, nil
}

// askNeeds joins what needs ask of others before they are sent.
func (h *house) askNeeds() {
	h.Needs.Leads, h.Needs.Over = h.Leads, h.Directory.ChangeIn
	h.Needs.MayAsk = func(ctx context.Context, t *db.Tx, person string) (bool, error) {
		_, asks, err := h.Post.outbox.PreferenceIn(ctx, t, person)
		if err != nil || !asks {
			return false, err
		}
		last, err := h.Post.outbox.SolicitedIn(ctx, t, person)
		return last.IsZero() || h.Post.outbox.Clock.Now().Sub(last) >= 7*24*time.Hour, err
	}
	h.Needs.Ranker = needRanker{directory: h.Directory, partners: h.Partners, trades: func(code string) (query.Query, bool) {
		c, ok := h.Places.Commune(code)
		return query.Query{Near: &c.Centre, NearCommune: code}, ok && c.Centre.Valid()
	}}
}

// tellSearches adds the needs that somebody's saved searches find to their
// weekly summary.
func (h *house) tellSearches(ctx context.Context) error {
	return h.Needs.TellSearches(ctx, func(ctx context.Context, t *db.Tx, s exchange.SavedSearch, n int, first *exchange.Need) error {
		language := locale.Codes()[0]
		if who, err := h.Accounts.Person(ctx, s.Person); err == nil {
			language = who.Language
		}
		words := h.Words.For(language)
		return h.Post.outbox.Later(ctx, t, mail.Waiting{
			Person: s.Person, Kind: "need.search", Title: words.T("letter.digest.search", "n", n, "title", first.Title), More: words.T("letter.digest.search_more"),
			Path: "/recherches/" + s.Token,
		})
	})
}
