// Package teams finds the best teams of firms for a job too big for one: lots,
// candidates that can each do some of them, and the teams that cover the most
// lots at the least cost, proven to be the best.
//
// It is pure: numbers in, numbers out. It does not know where candidates come
// from, nor what a lot is about. Its one difficulty is the proof: there are
// more teams than can be looked at, so candidates that can be in none of the
// best are left out first (reduce.go), what any team must cost at least is
// worked out for every set of lots (bound.go), and only what could still be
// better is looked at (search.go). The rules in words, with an example worked
// by hand, are in docs/matching.md.
package teams

import (
	"cmp"
	"errors"
	"math/bits"
	"slices"
)

// MaxLots bounds the lots of a job: the bounds are worked out for every set of
// them.
const MaxLots = 12

// DefaultBudget is the number of partial teams that a search looks at before
// it gives up its proof: some tens of milliseconds.
const DefaultBudget = 100_000

// Refusals.
var (
	ErrLots    = errors.New("a job has 1 to 12 lots")
	ErrInclude = errors.New("those who must be in the team cannot be in one team")
)

// A Set is a set of lots, a bit each.
type Set uint16

// Has reports whether lot i is in s.
func (s Set) Has(i int) bool { return s&(1<<i) != 0 }

// Len returns the number of lots in s.
func (s Set) Len() int { return bits.OnesCount16(uint16(s)) }

// A Lot is a part of a job, carried by one member.
type Lot struct {
	Heads int // people it takes at once; 0: not said, any firm can
}

// A Candidate is a firm that may be in a team.
type Candidate struct {
	ID        uint64 // SIRET
	Unit      uint64 // SIREN: a team has one establishment of each
	Meters    int64  // from the site
	Lots      Set    // that it can do, each by itself
	Heads     int    // people it can send at once; 0 counts for 1
	Social    bool   // of the social and solidarity economy, or insertion
	Solicited int64  // how much it was asked lately, in thousandths
	Past      bool   // has worked with somebody who must be in the team
}

// A Request is a job and what its team must be.
type Request struct {
	Lots       []Lot
	Candidates []Candidate
	Include    []uint64 // IDs that must be members
	Most       int      // members at most; 0: as many as it takes
	Social     bool     // one member at least is Social
	MemberCost int64    // metres that a member counts for, beside its own
	PreferPast bool     // one with a Past counts for half of MemberCost
	Teams      int      // how many to return, 3 when 0
	Budget     int      // partial teams to look at, DefaultBudget when 0
}

// A Member is a candidate in a team and the lots it takes there.
type Member struct {
	Candidate Candidate
	Lots      Set
}

// A Team is a set of members that holds.
type Team struct {
	Members   []Member // nearest first
	Covered   Set
	Cost      int64 // metres
	Solicited int64
	// Optimal says that no better team exists than the first, nor than the
	// second but the first, and so on. When it is not proven, no team can
	// cover more than GapLots lots more, and none that covers as many can cost
	// more than Gap metres less.
	Optimal bool
	GapLots int
	Gap     int64
}

// A Result is the best teams, best first. Each covers as many lots as can be,
// and no two are of the same firms.
type Result struct {
	Teams  []Team
	Nodes  int  // partial teams looked at
	Proven bool // nothing was left out
}

// A key is what teams are compared by, in this order. It adds up over members,
// which is what makes bounds possible.
type key struct {
	missing   int   // lots not covered
	cost      int64 // metres
	solicited int64
	draw      int64 // see draw
}

// impossible is worse than any team.
var impossible = key{missing: 99}

func (a key) plus(b key) key {
	return key{a.missing + b.missing, a.cost + b.cost, a.solicited + b.solicited, a.draw + b.draw}
}

func (a key) compare(b key) int {
	return cmp.Or(cmp.Compare(a.missing, b.missing), cmp.Compare(a.cost, b.cost), cmp.Compare(a.solicited, b.solicited), cmp.Compare(a.draw, b.draw))
}

func (a key) less(b key) bool { return a.compare(b) < 0 }

// draw breaks what ties are left: a number of 40 bits drawn from the
// identifier, always the same, so that the same job has the same answer and no
// firm is always first for having registered early.
func draw(id uint64) int64 {
	id ^= id >> 31
	id *= 0x9e3779b97f4a7c15
	id ^= id >> 29
	id *= 0xbf58476d1ce4e5b9
	id ^= id >> 32
	return int64(id >> 24)
}

// cost is what a candidate adds to its team.
func (r *Request) cost(c *Candidate) key {
	k := key{cost: c.Meters + r.MemberCost, solicited: c.Solicited, draw: draw(c.ID)}
	if r.PreferPast && c.Past {
		k.cost -= r.MemberCost / 2
	}
	return k
}

// ways returns the largest sets of lots that a candidate can take at once:
// what it can do, unless the people it takes are more than it can send.
func (r *Request) ways(c *Candidate) []Set {
	can, fixed := Set(0), true
	for i, l := range r.Lots {
		if c.Lots.Has(i) && l.Heads <= max(1, c.Heads) {
			can |= 1 << i
			fixed = fixed && l.Heads == 0
		}
	}
	if can == 0 {
		return nil
	}
	if fixed || r.heads(can) <= max(1, c.Heads) {
		return []Set{can}
	}
	var out []Set
	for s := can; s != 0; s = (s - 1) & can { // larger numbers first: a set comes before its parts
		if r.heads(s) <= max(1, c.Heads) && !slices.ContainsFunc(out, func(o Set) bool { return o&s == s }) {
			out = append(out, s)
		}
	}
	return out
}

func (r *Request) heads(s Set) (n int) {
	for i, l := range r.Lots {
		if s.Has(i) {
			n += l.Heads
		}
	}
	return n
}

// cover returns the ways, one of each of the members, that cover the most lots
// together.
func cover(members []*option) (best []Set, covered Set) {
	ways := make([]Set, len(members))
	var try func(i int, done Set)
	try = func(i int, done Set) {
		if i == len(members) {
			if best == nil || done.Len() > covered.Len() {
				best, covered = slices.Clone(ways), done
			}
			return
		}
		if len(members[i].ways) == 0 {
			ways[i] = 0
			try(i+1, done)
			return
		}
		for _, w := range members[i].ways {
			ways[i] = w
			try(i+1, done|w)
		}
	}
	try(0, 0)
	return best, covered
}

// share gives each lot to one member, of those whose way has it: first to
// those without whom it would not be done, then to those who have nothing yet
// (those who must be there last), then to the nearest.
func share(members []*option) (shares []Set, covered Set) {
	ways, covered := cover(members)
	shares = make([]Set, len(members))
	var left Set
	for i := range MaxLots {
		if n, last := carriers(ways, i); n == 1 {
			shares[last] |= 1 << i
		} else if n > 1 {
			left |= 1 << i
		}
	}
	for _, fixed := range []bool{false, true} {
		for m, o := range members {
			if shares[m] == 0 && o.fixed == fixed {
				shares[m] = ways[m] & left
				left &^= shares[m]
			}
		}
	}
	for i := range MaxLots {
		if left.Has(i) {
			shares[slices.IndexFunc(ways, func(w Set) bool { return w.Has(i) })] |= 1 << i
		}
	}
	return shares, covered
}

// carriers returns how many ways have lot i, and the last that has.
func carriers(ways []Set, i int) (n, last int) {
	for m, w := range ways {
		if w.Has(i) {
			n, last = n+1, m
		}
	}
	return n, last
}
