package partner

import (
	"context"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"passerelle/internal/directory/query"
	"passerelle/internal/match"
	"passerelle/internal/register"
)

// A Bulk asks for the partners of everyone, at equal weights. The zero Bulk is
// all of France, within DefaultBulk, DefaultLimit of each.
type Bulk struct {
	Departments []string // codes; empty: all
	Radius      float64  // metres; nobody further away is looked for
	Limit       int
	From        int // the first share to work out: those before were taken
	Workers     int // 0: as many as there are processors
}

// DefaultBulk is the radius of a Bulk, in metres.
const DefaultBulk = 20_000

// A Line is a partner of an establishment.
type Line struct {
	Seeker, Partner register.SIRET
	Rank            uint8 // from 1
	Figures         match.Figures
	Metres          float32
	Minutes         int16 // by road; -1: not known
}

// lineOf is the line of a partner that was found in some place.
func lineOf(seeker register.SIRET, i int, c *candidate) Line {
	return Line{seeker, c.siret, uint8(i + 1), c.figures, float32(c.metres), int16(c.minutes)}
}

// shareSize is the number of documents of a share.
const shareSize = 2048

// A share is a range of the documents of a layer, or of the loud.
type share struct {
	layer    int // that of the loud comes after the last
	from, to uint32
}

// Everyone works out the partners of everyone, share by share, and gives take
// the lines of each share, and how many shares there are, in an order that
// stays as long as Version does. The lines are take's until it returns.
func (f *Finder) Everyone(ctx context.Context, b Bulk, take func(done, all int, lines []Line) error) error {
	s, err := f.now()
	if err != nil {
		return err
	}
	if b.Radius <= 0 {
		b.Radius = DefaultBulk
	}
	if b.Limit <= 0 {
		b.Limit = DefaultLimit
	}
	if b.Workers <= 0 {
		b.Workers = runtime.GOMAXPROCS(0)
	}
	shares, rolls := s.shares(), s.call()
	type result struct {
		lines chan []Line
		share share
	}
	free := make(chan []Line, 4*b.Workers) // as many shares are under way, at most
	for range cap(free) {
		free <- nil
	}
	work, inOrder := make(chan result), make(chan result, cap(free))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(work)
		defer close(inOrder)
		for _, sh := range shares[min(b.From, len(shares)):] {
			r := result{make(chan []Line, 1), sh}
			select {
			case work <- r:
				inOrder <- r
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range b.Workers {
		group.Go(func() error {
			w := bulkWalk{Finder: f, state: s, bulk: b, rolls: rolls}
			for r := range work {
				select {
				case lines := <-free:
					lines, err := w.share(r.share, lines[:0])
					if err != nil {
						return err
					}
					r.lines <- lines
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			return nil
		})
	}
	group.Go(func() error {
		done := min(b.From, len(shares))
		for r := range inOrder {
			select {
			case lines := <-r.lines:
				done++
				if err := take(done, len(shares), lines); err != nil {
					return err
				}
				free <- lines
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	err = group.Wait()
	s.ground.Keep()
	return err
}

// shares cuts all establishments that have a place into shares.
func (s *state) shares() (out []share) {
	cut := func(layer, n int) {
		for from := 0; from < n; from += shareSize {
			out = append(out, share{layer, uint32(from), uint32(min(from+shareSize, n))})
		}
	}
	for i := range s.layers {
		cut(i, s.layers[i].layer.Located())
	}
	cut(len(s.layers), len(s.loud))
	return out
}

// A bulkWalk works out shares.
type bulkWalk struct {
	*Finder
	state *state
	bulk  Bulk
	rolls []roll
	walk  walk
}

// share appends the lines of a share.
func (w *bulkWalk) share(sh share, lines []Line) ([]Line, error) {
	for doc := sh.from; doc < sh.to; doc++ {
		side, ok := w.state.sideAt(sh.layer, doc, w.rolls)
		if !ok {
			continue
		}
		if len(w.bulk.Departments) > 0 || len(w.state.loud) > 0 || w.state.roads.times != nil {
			e, err := w.state.establishment(side.SIRET)
			if err != nil {
				return lines, err
			}
			if len(w.bulk.Departments) > 0 && !slices.Contains(w.bulk.Departments, e.Department) {
				continue
			}
			side.Facts, side.Territory, side.Commune = w.state.rules.FactsOf(&e), e.Territory, e.Commune // those who have said something ask for more than a kind
		}
		k := w.seeker(w.state, side, Question{World: query.Any, Limit: w.bulk.Limit})
		found, err := w.walk.run(w.state, k, w.bulk.Radius)
		if err != nil {
			return lines, err
		}
		for i := range found {
			lines = append(lines, lineOf(side.SIRET, i, &found[i]))
		}
	}
	return lines, nil
}

// sideAt returns what a walk needs to know of a document, unless it is not to
// be found in its layer.
func (s *state) sideAt(number int, doc uint32, rolls []roll) (match.Side, bool) {
	if number == len(s.layers) {
		return s.loud[doc].side, true
	}
	l, r := &s.layers[number], &rolls[number]
	in := r.worlds[doc]
	if l.covered.has(doc) || in == 0 {
		return match.Side{}, false
	}
	return match.Side{
		SIRET: register.SIRET(l.layer.ID(doc)), Kind: r.kinds[doc], Point: l.layer.Point(doc),
		Facts: match.Facts{Craft: in&(1<<craft) != 0, ESS: in&(1<<ess) != 0},
	}, true
}

// A roll is the kinds and the worlds of the documents of a layer, by document.
type roll struct {
	kinds  []match.Kind
	worlds []uint8 // a bit each
}

// call makes the rolls of all layers.
func (s *state) call() []roll {
	rolls := make([]roll, len(s.layers))
	for i := range s.layers {
		n := s.layers[i].layer.Located()
		r := roll{make([]match.Kind, n), make([]uint8, n)}
		for world := range worlds {
			lay := &s.layers[i].lays[world]
			for at, d := range lay.docs {
				r.kinds[d] = lay.kinds[at]
				r.worlds[d] |= 1 << world
			}
		}
		rolls[i] = r
	}
	return rolls
}
