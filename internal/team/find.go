package team

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/match/teams"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A Finder finds teams.
type Finder struct {
	Directory *directory.Directory
	Trades    *trade.Table
	// Sold returns what people said that they sell, in their words. Nil: they
	// said nothing.
	Sold func(context.Context) (map[register.SIRET]string, error)
	// Past returns the establishments with which one of those given has worked
	// before. Nil: nobody knows.
	Past func(context.Context, []register.SIRET) ([]register.SIRET, error)

	mu     sync.Mutex
	asOf   string // version of the directory that sold is of
	sold   map[register.SIRET][]string
	byWord map[string][]string // trades by the words people use for them
}

// most is the number of establishments at one distance that are told apart by
// how much they were asked; those beyond are taken in the directory's order.
const mostEqual = 512

// deepest bounds how many of a sort are read, when a lot takes more people than
// most firms have.
const deepest = 4096

// far bounds how far a lot that nobody covers is looked for.
const far = 200_000.0

// Trade returns how a trade, named by slug, NAFA or NAF code, is called, and
// false for one that nobody knows.
func (f *Finder) Trade(name string) (string, bool) { return kept(f.Trades, name) }

// Find returns the best teams for a job, which is within the bounds of a job
// and names trades that Trade knows. It is ErrUnknown or ErrInclude when those
// who must be in it cannot.
func (f *Finder) Find(ctx context.Context, j Job) (Found, error) {
	p := &pool{finder: f, job: &j, by: make(map[register.SIRET]*member)}
	for _, l := range j.Lots {
		name, ok := kept(f.Trades, l.Trade)
		if !ok {
			return Found{}, fmt.Errorf("trade %q: %w", l.Trade, db.ErrNotFound)
		}
		p.trades = append(p.trades, name)
	}
	p.enough = teams.Enough(p.request())
	if err := p.fill(ctx); err != nil {
		return Found{}, fmt.Errorf("candidates of a team: %w", err)
	}
	best, err := teams.Best(p.request())
	if errors.Is(err, teams.ErrInclude) {
		err = ErrInclude
	}
	if err != nil {
		return Found{}, fmt.Errorf("find a team: %w", err)
	}
	out := Found{Searched: p.searched, Nodes: best.Nodes, Proven: best.Proven}
	for _, t := range best.Teams {
		out.Teams = append(out.Teams, p.team(t))
	}
	out.Beyond, err = p.beyond(out.Teams)
	return out, err
}

// A member is an establishment that may be in the team.
type member struct {
	directory.Hit
	lots   teams.Set
	social bool
	past   bool
}

// A pool gathers candidates.
type pool struct {
	finder   *Finder
	job      *Job
	trades   []string // by lot, as the directory is asked
	by       map[register.SIRET]*member
	said     map[register.SIRET][]string
	past     []register.SIRET
	enough   int // firms of a sort that are as many as can matter
	searched int
	cut      bool // some were not read who could matter
}

// fill gathers the candidates that the best teams may be made of: for every
// set of trades that one establishment may have together the nearest, and the
// nearest of the ESS; all who said that they sell one of them; all who have
// worked with those who must be in the team, and these.
func (p *pool) fill(ctx context.Context) (err error) {
	if p.said, err = p.finder.sellers(ctx); err != nil {
		return err
	}
	if p.job.PreferPast && p.finder.Past != nil && len(p.job.Include) > 0 {
		if p.past, err = p.finder.Past(ctx, p.job.Include); err != nil {
			return err
		}
	}
	for _, s := range p.job.Include {
		h, err := p.named(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s, ErrUnknown)
		}
		p.take(h)
	}
	for s := range p.said {
		p.takeWithin(s)
	}
	for _, s := range p.past {
		p.takeWithin(s)
	}
	for _, set := range p.sets() {
		for _, ess := range []bool{false, true} {
			if err := p.nearest(set, ess); err != nil {
				return err
			}
		}
	}
	return nil
}

// named returns an establishment by its number, and how far it is.
func (p *pool) named(s register.SIRET) (directory.Hit, error) {
	e, err := p.finder.Directory.Establishment(s)
	if err == nil && (e.Mask == directory.MaskedPerson || e.Precision == directory.Nowhere) {
		err = directory.ErrPlaceless
	}
	return directory.Hit{Establishment: e, Distance: geo.Distance(p.job.Site, e.Point)}, err
}

// takeWithin takes an establishment that lies within the radius.
func (p *pool) takeWithin(s register.SIRET) {
	if h, err := p.named(s); err == nil && h.Distance <= p.job.Radius {
		p.take(h)
	}
}

// take makes a candidate of an establishment, once.
func (p *pool) take(h directory.Hit) *member {
	if m := p.by[h.SIRET]; m != nil {
		return m
	}
	m := &member{Hit: h, social: h.In("ess"), past: slices.Contains(p.past, h.SIRET)}
	for i, name := range p.trades {
		if directory.Does(&h.Establishment, p.finder.Trades, name) || p.says(h.SIRET, name) {
			m.lots |= 1 << i
		}
	}
	p.by[h.SIRET] = m
	return m
}

// says reports whether people of an establishment said that they sell a trade,
// or the one that a code belongs to.
func (p *pool) says(s register.SIRET, name string) bool {
	said := p.said[s]
	if len(said) == 0 {
		return false
	}
	sel, _ := p.finder.Trades.Resolve(name)
	return slices.Contains(said, sel.Slug)
}

// sets returns the sets of trades that one establishment may have together by
// its codes: each trade, and those that share a code.
func (p *pool) sets() [][]string {
	names := slices.Clone(p.trades)
	slices.Sort(names)
	names = slices.Compact(names)
	var out [][]string
	var grow func(set []string, from int)
	grow = func(set []string, from int) {
		for i := from; i < len(names); i++ {
			if slices.ContainsFunc(set, func(s string) bool { return !overlap(p.finder.Trades, s, names[i]) }) {
				continue
			}
			next := append(slices.Clone(set), names[i])
			out = append(out, next)
			grow(next, i+1)
		}
	}
	grow(nil, 0)
	return out
}

// nearest takes the nearest establishments that have all of a set of trades:
// until as many firms as teams.Enough asks for could take all the lots of the
// set at once, and those at the distance of the last of them.
func (p *pool) nearest(set []string, ess bool) error {
	heads := 0
	for i, l := range p.job.Lots {
		if slices.Contains(set, p.trades[i]) {
			heads += l.Heads
		}
	}
	units := make(map[register.SIREN]bool)
	w := directory.Work{Near: p.job.Site, Radius: p.job.Radius, Trades: set, ESS: ess, Limit: p.enough + 8}
	last := int64(-1)
	for {
		hits, total, err := p.finder.Directory.Able(w)
		if err != nil {
			return err
		}
		if w.Offset == 0 && !ess && len(set) == 1 {
			p.searched += total
		}
		for _, h := range hits {
			// The index keeps places to a fraction of a metre.
			h.Distance = geo.Distance(p.job.Site, h.Point)
			if last >= 0 && meters(h.Distance) > last+2 {
				return nil
			}
			if p.take(h); slices.Contains(p.job.Exclude, h.SIRET) || headsOf(h.Size) < heads {
				continue
			}
			if units[h.SIREN()] = true; len(units) >= p.enough && last < 0 {
				last = meters(h.Distance)
			}
		}
		w.Offset += w.Limit
		w.Limit = min(4*w.Limit, mostEqual)
		switch {
		case w.Offset >= total || last >= 0 && w.Offset >= mostEqual:
			return nil
		case w.Offset > deepest:
			p.cut = true
			return nil
		}
	}
}

// request asks for the best teams of the candidates.
func (p *pool) request() teams.Request {
	j := p.job
	r := teams.Request{Most: j.Most, Social: j.Social, MemberCost: j.MemberCost, PreferPast: j.PreferPast}
	for _, l := range j.Lots {
		r.Lots = append(r.Lots, teams.Lot{Heads: l.Heads})
	}
	for _, s := range j.Include {
		r.Include = append(r.Include, uint64(s))
	}
	for s, m := range p.by {
		if slices.Contains(j.Exclude, s) {
			continue
		}
		r.Candidates = append(r.Candidates, teams.Candidate{
			ID: uint64(s), Unit: uint64(s.SIREN()), Meters: meters(m.Distance), Lots: m.lots, Heads: headsOf(m.Size), Social: m.social,
			Solicited: int64(math.Round(1000 * p.finder.Directory.Solicited(s))), Past: m.past,
		})
	}
	return r
}

// meters is a distance as teams are compared by it.
func meters(distance float64) int64 { return int64(math.Round(distance)) }

// team tells a team in establishments.
func (p *pool) team(t teams.Team) Team {
	out := Team{Cost: t.Cost, Optimal: t.Optimal && !p.cut, GapLots: t.GapLots, Gap: t.Gap}
	for _, m := range t.Members {
		c := p.by[register.SIRET(m.Candidate.ID)]
		member := Member{Hit: c.Hit, Social: c.social, Past: c.past}
		for i := range p.trades {
			if m.Lots.Has(i) {
				member.Lots = append(member.Lots, i)
			}
		}
		out.Members = append(out.Members, member)
	}
	for i := range p.trades {
		if !t.Covered.Has(i) {
			out.Uncovered = append(out.Uncovered, i)
		}
	}
	if p.cut { // who was not read could do anything
		out.GapLots, out.Gap = len(out.Uncovered), t.Cost
	}
	return out
}

// beyond returns the nearest establishment for every lot that one of the teams
// leaves, or all when there is no team; and, when there is none for want of a
// social member, the nearest of these.
func (p *pool) beyond(found []Team) ([]Nearest, error) {
	var out []Nearest
	for i, name := range p.trades {
		left := len(found) == 0 || slices.ContainsFunc(found, func(t Team) bool { return slices.Contains(t.Uncovered, i) })
		if !left {
			continue
		}
		n, err := p.closest(name, false)
		if err != nil {
			return nil, err
		}
		n.Lot = i
		out = append(out, n)
	}
	if len(found) > 0 || !p.job.Social {
		return out, nil
	}
	clause := Nearest{Lot: -1}
	for _, name := range p.trades {
		n, err := p.closest(name, true)
		if err != nil {
			return nil, err
		}
		if n.Found && (!clause.Found || n.Distance < clause.Distance) {
			clause = n
			clause.Lot = -1
		}
	}
	return append(out, clause), nil
}

// closest returns the nearest establishment that can do a trade, however far
// it is within reason.
func (p *pool) closest(name string, ess bool) (Nearest, error) {
	w := directory.Work{Near: p.job.Site, Radius: far, Trades: []string{name}, ESS: ess, Limit: 8 + len(p.job.Exclude)}
	for {
		hits, total, err := p.finder.Directory.Able(w)
		if err != nil {
			return Nearest{}, err
		}
		for _, h := range hits {
			if !slices.Contains(p.job.Exclude, h.SIRET) {
				return Nearest{Found: true, Hit: h}, nil
			}
		}
		if w.Offset += w.Limit; w.Offset >= total || w.Offset > mostEqual {
			return Nearest{}, nil
		}
	}
}

// sellers returns the trades that people said they sell, by slug. It is read
// once for each state of the directory, in which such words are seen.
func (f *Finder) sellers(ctx context.Context) (map[register.SIRET][]string, error) {
	if f.Sold == nil {
		return nil, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	version := f.Directory.Version()
	if f.sold != nil && f.asOf == version {
		return f.sold, nil
	}
	words, err := f.Sold(ctx)
	if err != nil {
		return nil, err
	}
	if f.byWord == nil {
		f.byWord = wordsOf(f.Trades)
	}
	sold := make(map[register.SIRET][]string)
	for s, text := range words {
		for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;/\n", r) }) {
			for _, slug := range f.byWord[fold.Key(part)] {
				if !slices.Contains(sold[s], slug) {
					sold[s] = append(sold[s], slug)
				}
			}
		}
	}
	f.sold, f.asOf = sold, version
	return sold, nil
}

// wordsOf returns the trades by their folded names, slugs and words.
func wordsOf(trades *trade.Table) map[string][]string {
	out := make(map[string][]string)
	for _, t := range trades.Trades() {
		for _, w := range append([]string{t.Slug, t.Name}, t.Words...) {
			if k := fold.Key(w); k != "" && !slices.Contains(out[k], t.Slug) {
				out[k] = append(out[k], t.Slug)
			}
		}
	}
	return out
}

// Named returns the trade, as Trade does, that a reader's words name: a slug, a
// code, or a word of one trade only, its name first.
func (f *Finder) Named(text string) (string, bool) {
	if name, ok := f.Trade(text); ok {
		return name, true
	}
	key := fold.Key(text)
	for _, t := range f.Trades.Trades() {
		if fold.Key(t.Name) == key || fold.Key(t.NameEN) == key {
			return t.Slug, true
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.byWord == nil {
		f.byWord = wordsOf(f.Trades)
	}
	if slugs := f.byWord[key]; len(slugs) == 1 {
		return slugs[0], true
	}
	return "", false
}
