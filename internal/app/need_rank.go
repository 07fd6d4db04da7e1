package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/exchange"
	"passerelle/internal/fold"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A needRanker says who could answer a need: the establishments of the trades
// it names, or else of those its words name, by what they could do for whose
// need it is, and after them the other partners it would have; where no trade is
// named, the partners of its establishment.
type needRanker struct {
	directory *directory.Directory
	partners  *partner.Finder
	trades    *trade.Table
	around    func(code string) (query.Query, bool) // a commune
	answers   func(register.SIRET) match.Answered
}

// How far a need without a radius is sent, in metres, and to how many at most
// in the end.
const (
	rankedWithin = 30_000
	rankedMost   = 100
)

// Rank returns those of the trades first, then the best points, and between as
// many points who answers what they are asked, then who was asked least lately.
func (r needRanker) Rank(_ context.Context, n *exchange.Need) ([]register.SIRET, error) {
	radius := float64(cmp.Or(n.RadiusKM*1000, rankedWithin))
	trades := n.Trades
	if len(trades) == 0 {
		trades = r.named(n.Title + "\n" + n.Words)
	}
	if len(trades) == 0 {
		return r.byPartners(n, radius)
	}
	q, ok := r.around(n.Commune)
	if !ok {
		return nil, nil // it lies nowhere: a facilitator brings people to it
	}
	asks := r.asking(n, trades)
	asks.Point, asks.Commune = *q.Near, n.Commune
	list, err := r.ofTrades(&asks, q, radius)
	if err != nil {
		return nil, err
	}
	more, err := r.partners.For(asks, partner.Question{World: query.Both, Radius: radius, Limit: partner.MaxLimit})
	if errors.Is(err, directory.ErrNoSnapshot) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	known := make(map[register.SIRET]bool, len(list))
	for _, c := range list {
		known[c.siret] = true
	}
	for i := range more.Partners {
		p := &more.Partners[i]
		if !known[p.Side.SIRET] && !more.Widened {
			list = append(list, r.rankedAs(&p.Establishment, trades, p.Figures, p.Metres))
		}
	}
	slices.SortFunc(list, compareRanked)
	var out []register.SIRET
	for _, c := range list[:min(len(list), rankedMost)] {
		out = append(out, c.siret)
	}
	return out, nil
}

// A ranked establishment could answer a need.
type ranked struct {
	siret   register.SIRET
	able    int // 1: it does one of the trades
	points  int // whole, as they are shown
	answers int // per cent of what it is asked
	busy    float64
	metres  float64
}

// compareRanked puts first who does one of the trades, then who has more
// points, and between as many points who answers what they are asked, who was
// asked least lately, who is nearer, and the SIRET.
func compareRanked(a, b ranked) int {
	return cmp.Or(cmp.Compare(b.able, a.able), cmp.Compare(b.points, a.points), cmp.Compare(b.answers, a.answers), cmp.Compare(a.busy, b.busy), cmp.Compare(a.metres, b.metres), cmp.Compare(a.siret, b.siret))
}

func (r needRanker) rankedAs(e *directory.Establishment, trades []string, f match.Figures, metres float64) ranked {
	c := ranked{siret: e.SIRET, answers: r.answers(e.SIRET).Rate(), points: f.Shown().Total, busy: r.directory.Solicited(e.SIRET), metres: metres}
	if slices.ContainsFunc(trades, func(t string) bool { return directory.Does(e, r.trades, t) }) {
		c.able = 1
	}
	return c
}

// asking returns the side that a need asks as: what is known of whose it is,
// and the trades that it wants as if they had said that they buy them. Of a
// masked person only these.
func (r needRanker) asking(n *exchange.Need, trades []string) match.Side {
	side := match.Side{SIRET: n.SIRET, Said: &match.Said{BuysTrades: trades}}
	if e, err := r.directory.Establishment(n.SIRET); err == nil && e.Mask != directory.MaskedPerson {
		side.Facts, side.Territory = r.partners.Rules.FactsOf(&e), e.Territory
	}
	side.Kind = r.partners.Rules.Kind(&side.Facts)
	return side
}

// ofTrades scores the nearest establishments of the trades that a side asks for.
func (r needRanker) ofTrades(asks *match.Side, q query.Query, radius float64) ([]ranked, error) {
	trades := asks.Said.BuysTrades
	q.Trades, q.Radius, q.Sort, q.Page, q.PerPage = trades, radius, query.Distance, 1, rankedMost
	found, err := r.directory.Search(q)
	if errors.Is(err, directory.ErrNoSnapshot) || err == nil && found.WidenedTo > 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	said, _ := r.partners.Said()
	var list []ranked
	for i := range found.Hits {
		h := &found.Hits[i]
		side := match.Side{SIRET: h.SIRET, Facts: r.partners.Rules.FactsOf(&h.Establishment), Point: h.Point, Said: said[h.SIRET], Territory: h.Territory, Commune: h.Commune}
		side.Kind = r.partners.Rules.Kind(&side.Facts)
		c := r.rankedAs(&h.Establishment, trades, r.partners.Score(asks, &side, h.Distance), h.Distance)
		c.able = 1 // search knows what people say they do, too
		list = append(list, c)
	}
	return list, nil
}

// longestName is how many words the name of a trade has at most.
const longestName = 4

// named returns the slugs of the trades that a text names, the longest names
// first at each place.
func (r needRanker) named(text string) []string {
	words := fold.Words(text)
	var slugs []string
	for i := 0; i < len(words); i++ {
		for n := min(longestName, len(words)-i); n > 0; n-- {
			t, ok := r.trades.Named(strings.Join(words[i:i+n], " "))
			if !ok {
				continue
			}
			if !slices.Contains(slugs, t.Slug) {
				slugs = append(slugs, t.Slug)
			}
			i += n - 1
			break
		}
	}
	return slugs
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
	h.Needs.Ranker = needRanker{directory: h.Directory, partners: h.Partners, trades: h.Trades, answers: h.Answers.Of, around: func(code string) (query.Query, bool) {
		c, ok := h.Places.Commune(code)
		return query.Query{Near: &c.Centre, NearCommune: code}, ok && c.Centre.Valid()
	}}
}

// tellSearches adds the needs that somebody's saved searches find to their
// weekly summary.
func (h *house) tellSearches(ctx context.Context) error {
	return h.Needs.TellSearches(ctx, func(ctx context.Context, t *db.Tx, s exchange.SavedSearch, n int, first *exchange.Need) error {
		language := locale.Codes()[0]
		if who, err := account.PersonIn(ctx, t, s.Person); err == nil {
			language = who.Language
		}
		words := h.Words.For(language)
		return h.Post.outbox.Later(ctx, t, mail.Waiting{
			Person: s.Person, Kind: "need.search", Title: words.T("letter.digest.search", "n", n, "title", h.Post.of(first.SIRET, first.Title)), More: words.T("letter.digest.search_more"),
			Path: "/recherches/" + s.Token,
		})
	})
}
