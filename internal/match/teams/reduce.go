package teams

import (
	"cmp"
	"slices"
)

// most returns how many members a team has at most: one for each lot, those
// who must be in it, and one more for the social clause.
func (r *Request) most() int {
	n := len(r.Lots) + len(r.Include)
	if r.Social {
		n++
	}
	if r.Most > 0 {
		n = min(n, r.Most)
	}
	return n
}

// Enough returns how many firms that each do all that a candidate does, and
// are better, keep it out of every team that Best returns; its candidates need
// not be known yet.
func Enough(r Request) int { return max(1, cmp.Or(r.Teams, 3)+r.most()-1) }

// An option is a candidate, ready to be compared.
type option struct {
	candidate Candidate
	key       key
	ways      []Set
	fixed     bool // must be in the team
}

// options returns the candidates that the best teams may be made of, best
// first, and those that must be in any.
//
// A candidate is left out when enough others, of as many other firms, each do
// all that it does and are better. Were it in one of the best teams, each of
// the others that is not of that team's firms could take its place: the lots
// are still covered, at less, and with enough of them there are as many better
// teams as are asked for. Enough is that number, and one more for every place
// in the team.
func (r *Request) options(most int) (all []*option, fixed []*option, err error) {
	for i := range r.Candidates {
		c := &r.Candidates[i]
		o := &option{candidate: *c, key: r.cost(c), ways: r.ways(c), fixed: slices.Contains(r.Include, c.ID)}
		switch {
		case o.fixed:
			fixed = append(fixed, o)
		case len(o.ways) > 0:
			all = append(all, o)
		}
	}
	if err := r.checkFixed(fixed, most); err != nil {
		return nil, nil, err
	}
	slices.SortFunc(all, func(a, b *option) int { return a.key.compare(b.key) })
	enough := Enough(*r)
	var kept []*option
	for _, o := range all {
		if !dominated(o, kept, enough) {
			kept = append(kept, o)
		}
	}
	return kept, fixed, nil
}

func (r *Request) checkFixed(fixed []*option, most int) error {
	if len(fixed) < len(r.Include) || len(fixed) > most {
		return ErrInclude
	}
	for i, a := range fixed {
		for _, b := range fixed[:i] {
			if a.candidate.Unit == b.candidate.Unit {
				return ErrInclude
			}
		}
	}
	return nil
}

// dominated reports whether, of those that are better, enough firms do all
// that o does. Of its own firm, one that does just as much is enough: which of
// its establishments comes makes no other team.
func dominated(o *option, better []*option, enough int) bool {
	var units []uint64
	for _, b := range better {
		if !b.does(o) || slices.Contains(units, b.candidate.Unit) {
			continue
		}
		if b.candidate.Unit == o.candidate.Unit && o.does(b) {
			return true
		}
		if units = append(units, b.candidate.Unit); len(units) == enough {
			return true
		}
	}
	return false
}

// does reports whether b does all that o does.
func (b *option) does(o *option) bool {
	if o.candidate.Social && !b.candidate.Social {
		return false
	}
	for _, w := range o.ways {
		if !slices.ContainsFunc(b.ways, func(v Set) bool { return v&w == w }) {
			return false
		}
	}
	return true
}
