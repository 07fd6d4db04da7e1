package teams

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// oracle looks at every set of candidates.
func oracle(r Request) []found {
	var all []found
	for set := range 1 << len(r.Candidates) {
		if set == 0 {
			continue // nobody is no team
		}
		var members []*option
		for i := range r.Candidates {
			if set&(1<<i) != 0 {
				c := &r.Candidates[i]
				members = append(members, &option{candidate: *c, key: r.cost(c), ways: r.ways(c), fixed: slices.Contains(r.Include, c.ID)})
			}
		}
		if f, ok := holds(r, members); ok {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b found) int { return a.key.compare(b.key) })
	var best []found
	for _, f := range all {
		if len(best) < 3 && f.key.missing == all[0].key.missing && !slices.ContainsFunc(best, func(o found) bool { return slices.Equal(o.units, f.units) }) {
			best = append(best, f)
		}
	}
	return best
}

// holds reports whether a set of members is a team as the rules say.
func holds(r Request, members []*option) (found, bool) {
	f := found{members: members}
	if r.Most > 0 && len(members) > r.Most {
		return f, false
	}
	must := 0
	for _, o := range members {
		if slices.Contains(f.units, o.candidate.Unit) {
			return f, false
		}
		f.units = append(f.units, o.candidate.Unit)
		f.key = f.key.plus(o.key)
		if o.fixed {
			must++
		}
	}
	slices.Sort(f.units)
	done := most(r, members)
	f.key.missing = len(r.Lots) - done
	if must < len(r.Include) || r.Social && !social(members) {
		return f, false
	}
	for i, o := range members {
		others := slices.Delete(slices.Clone(members), i, i+1)
		if !o.fixed && len(o.ways) == 0 || !o.fixed && most(r, others) == done && (!r.Social || social(others)) {
			return f, false
		}
	}
	return f, true
}

func social(members []*option) bool {
	return slices.ContainsFunc(members, func(o *option) bool { return o.candidate.Social })
}

// most gives lots to members one after another, in every way there is.
func most(r Request, members []*option) int {
	used := make([]int, len(members))
	var give func(lot int) int
	give = func(lot int) int {
		if lot == len(r.Lots) {
			return 0
		}
		best := give(lot + 1)
		for i, o := range members {
			if heads := r.Lots[lot].Heads; o.candidate.Lots.Has(lot) && used[i]+heads <= max(1, o.candidate.Heads) {
				used[i] += heads
				best = max(best, 1+give(lot+1))
				used[i] -= heads
			}
		}
		return best
	}
	return give(0)
}

// job makes a small job; every third one is full of ties, every third has
// heads to count.
func job(rng *rand.Rand, n int) Request {
	r := Request{Lots: make([]Lot, 1+rng.IntN(4)), MemberCost: int64(rng.IntN(3)) * 2500, Most: rng.IntN(5), Social: rng.IntN(2) == 0, PreferPast: rng.IntN(3) == 0}
	if n%3 == 0 {
		for i := range r.Lots {
			r.Lots[i].Heads = rng.IntN(4)
		}
	}
	for i := range 1 + rng.IntN(8) {
		c := Candidate{
			ID: uint64(1000 + i), Unit: uint64(1 + rng.IntN(9)), Meters: int64(rng.IntN(25_000)), Heads: rng.IntN(5),
			Social: rng.IntN(4) == 0, Past: rng.IntN(4) == 0,
		}
		if n%3 == 1 {
			c.Meters, c.Solicited = int64(rng.IntN(3))*1000, int64(rng.IntN(2))
		}
		c.Lots = 1 << rng.IntN(len(r.Lots))
		if rng.IntN(3) == 0 {
			c.Lots |= Set(rng.IntN(1 << len(r.Lots)))
		}
		r.Candidates = append(r.Candidates, c)
	}
	if rng.IntN(5) == 0 {
		r.Include = append(r.Include, r.Candidates[rng.IntN(len(r.Candidates))].ID)
	}
	return r
}

func TestNeverWorseThanBruteForce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	some := 0
	for n := range 10_000 {
		r := job(rng, n)
		got, err := Best(r)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		want := oracle(r)
		if !got.Proven || len(got.Teams) != len(want) {
			t.Fatalf("case %d: %d teams, proven %v; want %d\n%+v", n, len(got.Teams), got.Proven, len(want), r)
		}
		for i, w := range want {
			if err := same(got.Teams[i], w, r); err != nil {
				t.Fatalf("case %d, team %d: %v\n%+v", n, i, err, r)
			}
			some++
		}
	}
	if some < 10_000 {
		t.Errorf("only %d teams were compared", some)
	}
}

func same(got Team, want found, r Request) error {
	var ids, wanted []uint64
	var done Set
	for _, m := range got.Members {
		ids = append(ids, m.Candidate.ID)
		if done&m.Lots != 0 || m.Lots&^m.Candidate.Lots != 0 || r.heads(m.Lots) > max(1, m.Candidate.Heads) {
			return fmt.Errorf("%d takes %b", m.Candidate.ID, m.Lots)
		}
		if m.Lots == 0 && !slices.Contains(r.Include, m.Candidate.ID) {
			return fmt.Errorf("%d takes nothing", m.Candidate.ID)
		}
		done |= m.Lots
	}
	for _, o := range want.members {
		wanted = append(wanted, o.candidate.ID)
	}
	slices.Sort(ids)
	slices.Sort(wanted)
	if !slices.Equal(ids, wanted) || done != got.Covered || len(r.Lots)-done.Len() != want.key.missing || got.Cost != want.key.cost || !got.Optimal {
		return fmt.Errorf("%v covers %b of %b for %d; want %v, %+v", ids, done, got.Covered, got.Cost, wanted, want.key)
	}
	return nil
}

// A kitchen to renovate, worked by hand in docs/matching.md.
func TestWorkedExample(t *testing.T) {
	const electricity, plumbing, painting = 1, 2, 4
	r := Request{
		Lots: make([]Lot, 3), MemberCost: 5000, Social: true,
		Candidates: []Candidate{
			{ID: 1, Unit: 1, Meters: 2000, Lots: electricity},
			{ID: 2, Unit: 2, Meters: 3000, Lots: plumbing},
			{ID: 3, Unit: 3, Meters: 1000, Lots: painting},
			{ID: 4, Unit: 4, Meters: 8000, Lots: painting, Social: true},
			{ID: 5, Unit: 5, Meters: 9000, Lots: electricity | plumbing},
		},
	}
	got, err := Best(r)
	if err != nil {
		t.Fatal(err)
	}
	var tell []string
	for _, team := range got.Teams {
		s := fmt.Sprintf("%d:", team.Cost)
		for _, m := range team.Members {
			s += fmt.Sprintf(" %d takes %03b", m.Candidate.ID, m.Lots)
		}
		tell = append(tell, s)
	}
	want := []string{
		"27000: 4 takes 100 5 takes 011",
		"28000: 1 takes 001 2 takes 010 4 takes 100",
	}
	if !slices.Equal(tell, want) {
		t.Errorf("got %q\nwant %q", tell, want)
	}
}

// Between equals the one who was asked least is taken.
func TestLeastSolicited(t *testing.T) {
	r := Request{Lots: make([]Lot, 1), Candidates: []Candidate{
		{ID: 1, Unit: 1, Meters: 700, Lots: 1, Solicited: 2000},
		{ID: 2, Unit: 2, Meters: 700, Lots: 1, Solicited: 500},
	}}
	got, err := Best(r)
	if err != nil || got.Teams[0].Members[0].Candidate.ID != 2 {
		t.Errorf("got %+v, %v", got, err)
	}
}

// A search cut short says how much better another team could be at most.
func TestBudget(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	cut := 0
	for n := range 300 {
		r := town(rng, 8, 400)
		best, err := Best(r)
		if err != nil || !best.Proven {
			t.Fatalf("case %d: %+v, %v", n, best.Proven, err)
		}
		r.Budget = 12
		got, err := Best(r)
		if err != nil || got.Proven || len(got.Teams) == 0 {
			continue
		}
		cut++
		first, want := got.Teams[0], best.Teams[0]
		if want.Covered.Len() > first.Covered.Len()+first.GapLots || first.GapLots == 0 && want.Cost < first.Cost-first.Gap || first.Optimal && first.Cost != want.Cost {
			t.Errorf("case %d: %+v, but the best is %+v", n, first, want)
		}
	}
	if cut == 0 {
		t.Error("no search was cut short with a team in hand")
	}
}

func TestRefusals(t *testing.T) {
	twice := []Candidate{{ID: 1, Unit: 1, Lots: 1}, {ID: 2, Unit: 1, Lots: 1}}
	for _, c := range []struct {
		name string
		r    Request
		want error
	}{
		{"no lot", Request{}, ErrLots},
		{"too many lots", Request{Lots: make([]Lot, 13)}, ErrLots},
		{"unknown to be included", Request{Lots: make([]Lot, 1), Include: []uint64{7}}, ErrInclude},
		{"one firm twice", Request{Lots: make([]Lot, 1), Candidates: twice, Include: []uint64{1, 2}}, ErrInclude},
	} {
		if _, err := Best(c.r); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// town makes a job of many lots among many candidates, some with several
// trades, many at the same distance.
func town(rng *rand.Rand, lots, candidates int) Request {
	r := Request{Lots: make([]Lot, lots), MemberCost: 5000, Social: rng.IntN(2) == 0, Most: rng.IntN(lots + 1)}
	for i := range candidates {
		c := Candidate{ID: uint64(10_000 + i), Unit: uint64(rng.IntN(candidates)), Meters: int64(rng.IntN(30)) * 1000, Social: rng.IntN(20) == 0}
		c.Lots = 1 << rng.IntN(lots)
		for rng.IntN(6) == 0 {
			c.Lots |= 1 << rng.IntN(lots)
		}
		r.Candidates = append(r.Candidates, c)
	}
	return r
}

// TestHardCase of many lots: a proof stays short.
func TestTwelveLots(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	most := 0
	for n := range 60 {
		got, err := Best(town(rng, MaxLots, 900))
		if err != nil || !got.Proven {
			t.Errorf("case %d: proven %v, %v", n, got.Proven, err)
		}
		most = max(most, got.Nodes)
	}
	t.Logf("%d nodes at most", most)
}

func BenchmarkEightLots(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	jobs := make([]Request, 100)
	for i := range jobs {
		jobs[i] = town(rng, 8, 400)
	}
	for n := 0; b.Loop(); n++ {
		if _, err := Best(jobs[n%len(jobs)]); err != nil {
			b.Fatal(err)
		}
	}
}
