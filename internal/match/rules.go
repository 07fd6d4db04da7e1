package match

import (
	"cmp"
	"math"
	"slices"

	"passerelle/internal/trade"
)

// Rules say what two Kinds could do for each other. They are made once, never
// changed, and safe for any number of readers.
type Rules struct {
	trades     *trade.Table
	classes    []class
	byClass    map[string]int
	byTrade    map[string]int // trade → class
	byNAF      map[string]int // NAF code or its beginning → class
	marks      map[string]int // label, or form:9222 → marked
	marked     []mark
	tags       map[string]int
	hints      map[string][]hint // by their first word
	vagueCodes map[string]bool   // NAF codes that say little
	profiles   []profile
	profile    map[profileKey]int

	affinities, jobs, flows []row

	links []link // [getter*n+giver]
}

// A link is what one profile gets from another, in ten-thousandths. The three
// lie together, because a seeker's row asks for every profile's.
type link struct {
	buys, hires, takes uint16
	reach              Reach // of the strongest flow, either way
}

var reachNames = [...]string{"doorstep", "local", "area", "country"}

// The worth of a strength, 0 to 1: a strong link is worth more than two weak
// ones, and a generic one never catches up with it.
func worth(strength float64) float64 {
	return min(0.97, 0.92*math.Pow(strength/5, 1.7))
}

// What the second and third links between two sides still add.
var further = [...]float64{1, 0.3, 0.15}

// The strengths of what two sides have in common without a row that says so.
const (
	sameOccupation = 4.2 // of the giver that trains people in the getter's occupation
	sameField      = 2.7 // or in one of the same field
	anyOccupation  = 1.2 // the same occupation, with anybody else
	confrere       = 1.8 // two of the same activity can bid or produce together
	togetherBuying = 1.3 // two of the same activity can buy and lend together
)

// sortOf is what a sort of a class keeps of a rule about that class.
const sortOf = 0.8

// linksJoined is how many links of a pair count: the strongest.
const linksJoined = 3

// best holds the strongest links of one profile with the others.
type best [][linksJoined]float64

func (b best) add(i int, v float64) {
	t := &b[i]
	for k := range t {
		if v > t[k] {
			t[k], v = v, t[k]
		}
	}
}

// joined returns the worth of the links of one pair, in ten-thousandths.
func joined(t [linksJoined]float64) uint16 {
	if t[0] == 0 {
		return 0
	}
	left := 1.0
	for k, v := range t {
		left *= 1 - v*further[k]
	}
	return uint16(math.Round(10_000 * (1 - left)))
}

// fill works out what every profile gets from every other.
func (r *Rules) fill() {
	n := len(r.profiles)
	r.links = make([]link, n*n)
	strongest := make([]float64, n*n)
	b := make(best, n*n) // one for the three criteria: it is large
	join := func(rows []row, out func(*link) *uint16, more func(b best), each func(w *row, i int, v float64)) {
		clear(b)
		for k := range rows {
			w := &rows[k]
			getters, givers := r.chosen(w.getters), r.chosen(w.givers)
			for _, g := range getters {
				for _, s := range givers {
					if g.profile == s.profile {
						continue
					}
					v := worth(w.strength * g.weight * s.weight)
					b.add(g.profile*n+s.profile, v)
					if each != nil {
						each(w, g.profile*n+s.profile, v)
					}
				}
			}
		}
		if more != nil {
			more(b)
		}
		for i := range b {
			*out(&r.links[i]) = joined(b[i])
		}
	}
	join(r.affinities, func(l *link) *uint16 { return &l.buys }, r.workTogether, nil)
	join(r.jobs, func(l *link) *uint16 { return &l.hires }, r.shareOccupations, nil)
	join(r.flows, func(l *link) *uint16 { return &l.takes }, r.buyTogether, func(w *row, i int, v float64) {
		for _, j := range []int{i, i%n*n + i/n} {
			if v > strongest[j] {
				strongest[j], r.links[j].reach = v, w.reach
			}
		}
	})
	for i := range r.profiles {
		for j := range r.profiles {
			k := i*n + j
			if strongest[k] == 0 {
				r.links[k].reach = Country
			}
		}
	}
}

// shareOccupations adds the occupations that two profiles have in common.
func (r *Rules) shareOccupations(b best) {
	n := len(r.profiles)
	common := make([]uint8, len(r.classes)*len(r.classes)) // 1: of the same field, 2: the very same
	for i := range r.classes {
		for j := range r.classes {
			_, same, field := r.commonROME(i, j)
			switch {
			case same:
				common[i*len(r.classes)+j] = 2
			case field:
				common[i*len(r.classes)+j] = 1
			}
		}
	}
	for i := range r.profiles {
		for j := range r.profiles {
			c := common[r.profiles[i].class*len(r.classes)+r.profiles[j].class]
			if s := occupationStrength(&r.profiles[i], &r.profiles[j], c > 1); c > 0 && s > 0 {
				b.add(i*n+j, worth(s))
			}
		}
	}
}

// occupationStrength is the strength of what the giver's people can do for
// the getter by having the same occupation, or one of the same field.
func occupationStrength(getter, giver *profile, same bool) float64 {
	switch {
	case giver.social && !getter.social && same:
		return sameOccupation * outward[giver.form]
	case giver.social && !getter.social:
		return sameField * outward[giver.form]
	case same:
		return anyOccupation
	}
	return 0
}

// outward says how far a form of social firm is there to see its people go
// to others, and not only to sell.
var outward = [...]float64{plain: 0.8, workshop: 1, firm: 0.8, adapted: 0.6, rge: 1, art: 1, repairer: 1}

// workTogether adds what two of the same activity do for each other where
// work is shared out by lots or by runs.
func (r *Rules) workTogether(b best) {
	n := len(r.profiles)
	for i := range r.profiles {
		for j := range r.profiles {
			if r.profiles[i].class == r.profiles[j].class && slices.ContainsFunc(shared, func(g string) bool { return r.profiles[i].tags.has(r.tags[g]) }) {
				b.add(i*n+j, worth(confrere))
			}
		}
	}
}

// shared are the groups whose work is shared out by lots or by runs.
var shared = []string{"bat", "indus", "imp", "bois", "metal", "textile", "num", "nature", "proprete", "dechet", "bureau", "pack"}

// broad are occupations so wide that they say little: operators of machines
// of any food, chemicals or assembly plant.
var broad = []string{"H2102", "H2301", "H2909", "H3302", "K2304", "N1103"}

// loose are occupations that trades with nothing to exchange share: upkeep of
// any building, ornament and design of anything, metal as an art or a factory.
var loose = []string{"I1203", "B1101", "B1302", "B1601", "B1804", "B1805", "K2306", "M1402"}

// commonROME returns an occupation that two classes share and whether it is
// the very same or only of the same field (F16: second works).
func (r *Rules) commonROME(a, b int) (code string, same, field bool) {
	for _, x := range r.classes[a].rome {
		if slices.Contains(loose, x) {
			continue
		}
		for _, y := range r.classes[b].rome {
			if x == y && !slices.Contains(broad, x) {
				return x, true, true
			}
			if x[:3] == y[:3] && !field {
				code, field = x, true
			}
		}
	}
	return code, false, field
}

// buyTogether adds what two of the same activity share: purchases, machines.
func (r *Rules) buyTogether(b best) {
	n := len(r.profiles)
	for i := range r.profiles {
		for j := range r.profiles {
			if r.profiles[i].class == r.profiles[j].class {
				b.add(i*n+j, worth(togetherBuying))
			}
		}
	}
}

// A choice is a profile that a selector takes, and how much.
type choice struct {
	profile int
	weight  float64
}

func (r *Rules) chosen(s selector) []choice {
	var out []choice
	for i := range r.profiles {
		if w := s.weigh(&r.profiles[i]); w > 0 {
			out = append(out, choice{i, w})
		}
	}
	return out
}

// weigh returns the weight of the heaviest term that holds, 0 if none does.
// Terms that name the class itself go before those that name the class it is
// a sort of, and these before those that name only groups.
func (s selector) weigh(p *profile) float64 {
	var w [3]float64
	for _, t := range s {
		if slices.ContainsFunc(t.all, func(i int) bool { return !p.tags.has(i) }) || slices.ContainsFunc(t.none, p.tags.has) {
			continue
		}
		rank := 0
		switch {
		case slices.Contains(t.all, p.own):
			rank = 2
		case t.exact:
			rank = 1
		}
		w[rank] = max(w[rank], t.weight)
	}
	return cmp.Or(w[2], sortOf*w[1], w[0])
}

// How much a side of each size class buys, hires and gives, in hundredths.
var (
	appetite = [sizes]uint32{80, 90, 100, 108}
	openings = [sizes]uint32{45, 90, 104, 110}
	leavings = [sizes]uint32{85, 95, 102, 108}
)

// Between returns what two kinds could do for each other as the registers
// tell it. It is the same read from either side.
func (r *Rules) Between(seeker, candidate Kind) Base {
	n := len(r.profiles)
	i, j := int(seeker)/sizes, int(candidate)/sizes
	return r.between(i, j, seeker%sizes, candidate%sizes, &r.links[i*n+j], &r.links[j*n+i])
}

// Among gives each the kinds that could do something for a seeker, and what:
// Between for every kind, but what two profiles are to each other is looked up
// once for all sizes.
func (r *Rules) Among(seeker Kind, each func(Kind, Base)) {
	n := len(r.profiles)
	i := int(seeker) / sizes
	for j := range n {
		there, back := &r.links[i*n+j], &r.links[j*n+i]
		if there.buys|back.buys|there.hires|back.hires|there.takes|back.takes == 0 {
			continue
		}
		for size := range Kind(sizes) {
			if b := r.between(i, j, seeker%sizes, size, there, back); b.Services|b.Jobs|b.Resources != 0 {
				each(Kind(j*sizes)+size, b)
			}
		}
	}
}

// between is what profiles i and j of some sizes, linked there and back, could
// do for each other.
func (r *Rules) between(i, j int, si, sj Kind, there, back *link) Base {
	// Who sells the work of people finds no customer where nobody is employed.
	buysA, buysB := appetite[si], appetite[sj]
	if r.profiles[j].people {
		buysA = openings[si]
	}
	if r.profiles[i].people {
		buysB = openings[sj]
	}
	return Base{
		Services:  points(there.buys, buysA, back.buys, buysB, MostServices),
		Jobs:      points(there.hires, openings[si], back.hires, openings[sj], MostJobs),
		Resources: points(there.takes, leavings[sj], back.takes, leavings[si], MostResources),
		Reach:     there.reach,
	}
}

// points joins the two ways of a pair, in ten-thousandths, each with the
// hundredths of its size: the weaker adds two fifths of what is left.
func points(a uint16, sizeA uint32, b uint16, sizeB, most uint32) uint16 {
	if a|b == 0 {
		return 0
	}
	x, y := min(10_000, uint32(a)*sizeA/100), min(10_000, uint32(b)*sizeB/100)
	if x < y {
		x, y = y, x
	}
	return uint16((x + (10_000-x)*y*2/50_000) * most / 10_000)
}
