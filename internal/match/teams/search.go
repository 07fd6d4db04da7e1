package teams

import (
	"cmp"
	"math/bits"
	"slices"
)

// first returns the lowest lot of a set that is not empty.
func (s Set) first() int { return bits.TrailingZeros16(uint16(s)) }

// Best returns the best teams for a job: first those that cover the most lots,
// then those of the least cost (the metres of the members from the site, and
// MemberCost each), then the least solicited, then by lot (draw). In each of
// them every member is of use: without it fewer lots are covered, or the
// social clause does not hold; only those who must be in it may be idle.
func Best(r Request) (Result, error) {
	if len(r.Lots) == 0 || len(r.Lots) > MaxLots {
		return Result{}, ErrLots
	}
	r.Teams, r.Budget = cmp.Or(r.Teams, 3), cmp.Or(r.Budget, DefaultBudget)
	most := r.most()
	all, fixed, err := r.options(most)
	if err != nil {
		return Result{}, err
	}
	s := &search{request: &r, all: all, bound: newBound(len(r.Lots), most-len(fixed), all), byLot: make([][]option1, len(r.Lots))}
	for _, o := range all {
		for _, w := range o.ways {
			for i := range r.Lots {
				if w.Has(i) {
					s.byLot[i] = append(s.byLot[i], option1{o, w})
				}
			}
		}
	}
	s.start(fixed, most)
	return s.result(), nil
}

// An option1 is an option and one of its ways.
type option1 struct {
	*option
	way Set
}

// A search is a walk over partial teams.
type search struct {
	request *Request
	all     []*option
	byLot   [][]option1
	bound   *bound
	members []*option // of the partial team
	best    []found   // best first, at most request.Teams
	root    key       // no team is better
	nodes   int
}

// A found is a team that holds.
type found struct {
	key     key
	members []*option
	units   []uint64 // ascending
}

// start walks from those who must be in the team, whichever way they take.
func (s *search) start(fixed []*option, most int) {
	need, k := s.request.Social, key{}
	for _, o := range fixed {
		need = need && !o.candidate.Social
		k = k.plus(o.key)
	}
	s.members = slices.Clone(fixed)
	all := Set(1)<<len(s.request.Lots) - 1
	free := most - len(fixed)
	starts := unions(fixed)
	s.root = impossible
	for _, done := range starts {
		if b := k.plus(s.bound.of(all&^done, free, need)); b.less(s.root) {
			s.root = b
		}
	}
	for _, done := range starts {
		s.walk(all&^done, free, need, k)
	}
}

// unions returns the sets of lots that options can cover together.
func unions(list []*option) []Set {
	out := []Set{0}
	for _, o := range list {
		var next []Set
		for _, done := range out {
			if len(o.ways) == 0 {
				next = append(next, done)
			}
			for _, w := range o.ways {
				if !slices.Contains(next, done|w) {
					next = append(next, done|w)
				}
			}
		}
		out = next
	}
	return out
}

// A branch is a way to go on from a partial team.
type branch struct {
	option *option // nil: the lot stays uncovered
	left   Set
	need   bool
	key    key
	least  key
}

// walk goes on from the partial team s.members, which costs k: lots left to
// decide, members that may still come, whether one of them must be social.
func (s *search) walk(left Set, free int, need bool, k key) {
	if s.nodes++; s.nodes > s.request.Budget || !s.admits(k.plus(s.bound.of(left, free, need))) {
		return
	}
	if left == 0 && !need {
		s.offer()
		return
	}
	if free == 0 { // what is left stays uncovered
		s.walk(0, 0, need, key{missing: left.Len()}.plus(k))
		return
	}
	for _, b := range s.branches(left, free, need, k) {
		if !s.admits(b.least) {
			return // they are in the order of what they promise
		}
		if b.option == nil {
			s.walk(b.left, free, b.need, b.key)
			continue
		}
		s.members = append(s.members, b.option)
		s.walk(b.left, free-1, b.need, b.key)
		s.members = s.members[:len(s.members)-1]
	}
}

// branches returns the ways to decide one more lot, or to find a social member
// when all are decided, the most promising first.
func (s *search) branches(left Set, free int, need bool, k key) []branch {
	var out []branch
	add := func(o *option, way Set) {
		if s.has(o.candidate.Unit) {
			return
		}
		b := branch{option: o, left: left &^ way, need: need && !o.candidate.Social, key: k.plus(o.key)}
		if b.least = b.key.plus(s.bound.of(b.left, free-1, b.need)); s.admits(b.least) {
			out = append(out, b)
		}
	}
	if left == 0 {
		for _, o := range s.all {
			if o.candidate.Social {
				add(o, 0)
			}
		}
	} else {
		i := left.first()
		for _, o := range s.byLot[i] {
			add(o.option, o.way)
		}
		b := branch{left: left &^ (1 << i), need: need, key: key{missing: 1}.plus(k)}
		b.least = b.key.plus(s.bound.of(b.left, free, need))
		out = append(out, b)
	}
	slices.SortStableFunc(out, func(a, b branch) int { return a.least.compare(b.least) })
	return out
}

// has reports whether the partial team has an establishment of a firm.
func (s *search) has(unit uint64) bool {
	return slices.ContainsFunc(s.members, func(o *option) bool { return o.candidate.Unit == unit })
}

// admits reports whether a team of this key would be among the best. A team
// that covers fewer lots than the best is not.
func (s *search) admits(k key) bool {
	if k.missing >= impossible.missing || len(s.best) > 0 && k.missing > s.best[0].key.missing {
		return false
	}
	return len(s.best) < s.request.Teams || k.less(s.best[len(s.best)-1].key)
}

// offer takes the team s.members in, if it is among the best.
func (s *search) offer() {
	if len(s.members) == 0 {
		return // nobody can do anything
	}
	_, covered := cover(s.members)
	f := found{key: key{missing: len(s.request.Lots) - covered.Len()}, members: slices.Clone(s.members)}
	for i, o := range f.members {
		f.key = f.key.plus(o.key)
		f.units = append(f.units, o.candidate.Unit)
		if !o.fixed && s.idle(i, covered) {
			return
		}
	}
	slices.Sort(f.units)
	if same := slices.IndexFunc(s.best, func(o found) bool { return slices.Equal(o.units, f.units) }); same >= 0 {
		if !f.key.less(s.best[same].key) {
			return
		}
		s.best = slices.Delete(s.best, same, same+1)
	}
	if !s.admits(f.key) {
		return
	}
	at, _ := slices.BinarySearchFunc(s.best, f, func(a, b found) int { return a.key.compare(b.key) })
	s.best = slices.Insert(s.best, at, f)
	s.best = s.best[:min(len(s.best), s.request.Teams)]
	s.best = slices.DeleteFunc(s.best, func(o found) bool { return o.key.missing > s.best[0].key.missing })
}

// idle reports whether the team holds as well without member i.
func (s *search) idle(i int, covered Set) bool {
	others := slices.Delete(slices.Clone(s.members), i, i+1)
	if s.request.Social && !slices.ContainsFunc(others, func(o *option) bool { return o.candidate.Social }) {
		return false
	}
	_, without := cover(others)
	return without.Len() == covered.Len()
}

// result tells what was found, and how sure it is.
func (s *search) result() Result {
	out := Result{Nodes: min(s.nodes, s.request.Budget), Proven: s.nodes <= s.request.Budget}
	for i, f := range s.best {
		t := Team{Cost: f.key.cost, Solicited: f.key.solicited, Optimal: out.Proven || i == 0 && f.key == s.root}
		members := slices.Clone(f.members)
		slices.SortFunc(members, func(a, b *option) int {
			return cmp.Or(cmp.Compare(a.candidate.Meters, b.candidate.Meters), cmp.Compare(a.candidate.ID, b.candidate.ID))
		})
		shares, covered := share(members)
		t.Covered = covered
		for m, o := range members {
			t.Members = append(t.Members, Member{Candidate: o.candidate, Lots: shares[m]})
		}
		if !t.Optimal {
			t.GapLots = f.key.missing - s.root.missing
			if t.GapLots == 0 {
				t.Gap = f.key.cost - s.root.cost
			}
		}
		out.Teams = append(out.Teams, t)
	}
	return out
}
