package partner

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/match"
	"passerelle/internal/place"
	"passerelle/internal/register"
)

// The bounds of a question, in metres and results.
const (
	DefaultRadius = 30_000
	DefaultLimit  = 10
	MaxLimit      = 100
	widest        = 100_000 // beyond, nearness brings nothing
)

// A Finder answers who the best partners of an establishment are. It is safe
// for any number of readers.
type Finder struct {
	Directory *directory.Directory
	Rules     *match.Rules
	// Said returns what people said, by establishment, and a number that
	// changes whenever that does. Nil: nobody has said anything.
	Said func() (map[register.SIRET]*match.Said, uint64)
	// Answers returns how those of whom enough is known answer what they are
	// asked, in per cent, and the version of that. Nil: of nobody.
	Answers func() (map[register.SIRET]uint8, string)

	// Times are minutes by road between communes. Nil: none are known, and
	// distance tells all.
	Times *place.Times
	Atlas *place.Atlas // of Times

	state atomic.Pointer[state]
	mu    sync.Mutex // held by who makes a state
	rows  rowCache
	walks sync.Pool // of *walk
}

// A Question asks for the partners of an establishment.
type Question struct {
	SIRET   register.SIRET
	World   query.World   // empty: the other one; of both worlds, either
	Radius  float64       // metres; 0: DefaultRadius
	Limit   int           // 0: DefaultLimit
	Weights match.Weights // zero: equal
	Feedback
}

// Feedback is what its people answered to partners shown before.
type Feedback struct {
	Dropped map[register.SIRET]bool // of no use: not shown again
	// Heard returns what was said of partners of a kind by others like the
	// seeker. Nil: nothing.
	Heard func(match.Kind) match.Voices
}

// An Answer is the best partners found, best first, at most one of each legal
// unit and none of the seeker's own.
type Answer struct {
	Seeker    match.Side
	Radius    float64 // metres gone through in the end
	Widened   bool    // nobody was within the radius asked for
	Partners  []Found
	Directory string // version of what it was found in
}

// A Found is an establishment and what the two could do for each other.
type Found struct {
	Side          match.Side
	Establishment directory.Establishment
	Figures       match.Figures
	Metres        float64
	Road          match.Road
}

// Best answers a question. A masked natural person asks nothing, because the
// answer would tell where it is: that is directory.ErrPlaceless, as is an
// establishment without a position. Other errors are those of
// Directory.Establishment.
func (f *Finder) Best(q Question) (*Answer, error) {
	s, side, err := f.who(q.SIRET)
	if err != nil {
		return nil, err
	}
	return f.answer(s, side, q)
}

// Lines answers a question as Everyone does: who the partners are, their
// figures and how far they are, without reading them. Nobody further away
// than the radius is looked for. Errors are those of Best.
func (f *Finder) Lines(q Question) ([]Line, error) {
	s, side, err := f.who(q.SIRET)
	if err != nil {
		return nil, err
	}
	w := f.walk()
	defer f.walks.Put(w)
	if q.Radius <= 0 {
		q.Radius = DefaultRadius
	}
	found, err := w.run(s, f.seeker(s, side, q), q.Radius)
	if err != nil {
		return nil, fmt.Errorf("partners of %s: %w", q.SIRET, err)
	}
	lines := make([]Line, len(found))
	for i := range found {
		lines[i] = lineOf(side.SIRET, i, &found[i])
	}
	s.ground.Keep()
	return lines, nil
}

// who returns an establishment that may ask.
func (f *Finder) who(siret register.SIRET) (*state, match.Side, error) {
	s, err := f.now()
	if err != nil {
		return nil, match.Side{}, err
	}
	side, ok, err := s.find(siret)
	if err == nil && !ok {
		if _, err = f.Directory.Establishment(siret); err != nil {
			return nil, match.Side{}, err
		}
		err = directory.ErrPlaceless
	}
	if err != nil {
		return nil, match.Side{}, fmt.Errorf("partners of %s: %w", siret, err)
	}
	return s, side, nil
}

// Kind returns the kind of an establishment that could be a partner, and
// whether it is one.
func (f *Finder) Kind(siret register.SIRET) (match.Kind, bool, error) {
	s, err := f.now()
	if err != nil {
		return 0, false, err
	}
	side, ok, err := s.find(siret)
	return side.Kind, ok && err == nil, err
}

// For answers a question that a side asks which is in no register: a need
// that was posted somewhere. SIRET, when it has one, is left out.
func (f *Finder) For(side match.Side, q Question) (*Answer, error) {
	s, err := f.now()
	if err != nil {
		return nil, err
	}
	side.Kind = s.rules.Kind(&side.Facts)
	return f.answer(s, side, q)
}

func (f *Finder) answer(s *state, side match.Side, q Question) (*Answer, error) {
	k := f.seeker(s, side, q)
	w := f.walk()
	defer f.walks.Put(w)
	a := &Answer{Seeker: side, Radius: q.Radius, Directory: s.ground.Version}
	if a.Radius <= 0 {
		a.Radius = DefaultRadius
	}
	found, err := w.run(s, k, a.Radius)
	for err == nil && len(found) == 0 && a.Radius < widest {
		a.Radius, a.Widened = min(2*a.Radius, widest), true
		found, err = w.run(s, k, a.Radius)
	}
	if err != nil {
		return nil, fmt.Errorf("partners of %s: %w", side.SIRET, err)
	}
	a.Partners = make([]Found, len(found))
	for i := range found {
		if a.Partners[i], err = s.partner(&found[i]); err != nil {
			return nil, fmt.Errorf("partners of %s: %w", side.SIRET, err)
		}
	}
	s.ground.Keep()
	return a, nil
}

// partner reads a candidate that was found.
func (s *state) partner(c *candidate) (p Found, err error) {
	p.Figures, p.Metres, p.Road = c.figures, c.metres, s.roads.road(int(c.minutes))
	if c.layer == loudLayer {
		l := &s.loud[c.doc]
		p.Side = l.side
		p.Establishment, err = s.ground.Establishment(l.layer, l.doc)
		return p, err
	}
	l := s.layers[c.layer].layer
	if p.Establishment, err = s.ground.Establishment(l, c.doc); err != nil {
		return p, err
	}
	p.Side = match.Side{SIRET: c.siret, Facts: s.rules.FactsOf(&p.Establishment), Point: l.Point(c.doc), Territory: p.Establishment.Territory, Commune: p.Establishment.Commune}
	p.Side.Kind = s.rules.Kind(&p.Side.Facts)
	return p, nil
}

// seeker makes what a walk needs of who asks.
func (f *Finder) seeker(s *state, side match.Side, q Question) *seeker {
	k := &seeker{side: side, in: lookIn(&side.Facts, q.World), size: q.Limit, weights: q.Weights, dropped: q.Dropped, heard: q.Heard}
	if k.size <= 0 {
		k.size = DefaultLimit
	}
	if k.weights == (match.Weights{}) {
		k.weights = match.Equal()
	}
	k.commune = s.roads.commune(side.Commune)
	if f.Answers != nil {
		k.answers, _ = f.Answers()
	}
	switch {
	case side.Said != nil:
		k.row = row{slices.Repeat([]uint16{unknown}, s.rules.Kinds()), unknown}
	case k.weights == match.Equal():
		k.row = f.rows.of(s.rules, side.Kind)
	default:
		k.row = rowOfKind(s.rules, side.Kind, k.weights)
	}
	return k
}

// lookIn returns where partners are looked for: in the other world, unless
// one is asked for; those of both worlds look in both.
func lookIn(f *match.Facts, world query.World) [worlds]bool {
	switch world {
	case query.Craft:
		return [worlds]bool{craft: true}
	case query.ESS:
		return [worlds]bool{ess: true}
	case query.Any:
		if f.Craft != f.ESS {
			return [worlds]bool{craft: f.ESS, ess: f.Craft}
		}
	}
	return [worlds]bool{true, true}
}

func (f *Finder) walk() *walk {
	if w, ok := f.walks.Get().(*walk); ok {
		return w
	}
	return &walk{}
}

// Warm makes what first questions need: the state, and the row of every kind
// there is, some 6 MB in all of France.
func (f *Finder) Warm() error {
	s, err := f.now()
	if err != nil {
		return err
	}
	for k := range match.Kind(s.rules.Kinds()) {
		if slices.ContainsFunc(s.layers, func(l layer) bool { return len(l.bodies[k]) > 0 }) {
			f.rows.of(s.rules, k)
		}
	}
	return nil
}

// now returns the state as it is now. Only one maker works at a time; the
// others wait for it, so that an answer is never older than what was changed
// before it was asked.
func (f *Finder) now() (*state, error) {
	version := f.Directory.Version()
	_, heard := f.heard()
	if s := f.state.Load(); s != nil && s.ground.Version == version && s.said == heard {
		return s, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.state.Load()
	g, err := f.Directory.Ground()
	if err != nil {
		return nil, err
	}
	said, heard := f.heard()
	if before != nil && before.ground.Version == g.Version && before.said == heard {
		return before, nil
	}
	s, err := newState(g, said, f.Rules, roads{f.Times, f.Atlas}, before)
	if err != nil {
		return nil, err
	}
	s.said = heard
	f.state.Store(s)
	return s, nil
}

// Version names what is known: as long as it stays, every answer does.
func (f *Finder) Version() string {
	version := f.Directory.Version()
	if _, heard := f.heard(); heard != 0 {
		version += "-" + strconv.FormatUint(heard, 36)
	}
	if f.Answers != nil {
		if _, answers := f.Answers(); answers != "" {
			version += "-" + answers
		}
	}
	if f.Times != nil {
		version += "-" + f.Times.Version()
	}
	return version
}

func (f *Finder) heard() (map[register.SIRET]*match.Said, uint64) {
	if f.Said == nil {
		return nil, 0
	}
	return f.Said()
}

// A rowCache remembers the rows of kinds, at equal weights: some kilobytes each.
type rowCache struct {
	mu sync.RWMutex
	m  map[match.Kind]row
}

func (r *rowCache) of(rules *match.Rules, k match.Kind) row {
	r.mu.RLock()
	known, ok := r.m[k]
	r.mu.RUnlock()
	if ok {
		return known
	}
	made := rowOfKind(rules, k, match.Equal())
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.m == nil {
		r.m = make(map[match.Kind]row)
	}
	r.m[k] = made
	return made
}
