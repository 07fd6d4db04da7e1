package synth

// A lot is a kind of unit, of which a register holds a set number.
type lot uint8

const (
	craftOpen lot = iota
	essOpen
	bothOpen // a Scop of builders: craft and ESS
	otherOpen
	craftClosed
	essClosed
	otherClosed
	elsewhere // of any kind, in the départements that were not asked for
	lots
)

// The numbers for the Pas-de-Calais (craft firms: the chamber's count of 2017;
// ESS enterprises: its share of the CRESS's count) and for France; other
// départements are scaled by population.
const (
	pasDeCalaisPeople = 1_457_905
	pasDeCalaisCraft  = 18_000
	pasDeCalaisESS    = 3_460
	pasDeCalaisOthers = 60_000 // establishments
	franceCraft       = 1_069_000
	franceESS         = 220_000 // establishments
	franceUnits       = 2_000_000
	franceOthers      = 3_000_000
)

// blockUnits is the number of units of a block: what is drawn in one go.
const blockUnits = 4096

// A plan says how many units of each lot there are, and shares them out among
// blocks so exactly that no count depends on luck.
type plan struct {
	units  [lots]int64
	extras int64 // establishments of the others beyond one a unit
	total  int64
	blocks int64
}

func newPlan(o Options, people int) plan {
	var craft, ess, units, ests int64
	if o.France {
		craft, ess, units, ests = franceCraft, franceESS*1000/essOpenPerThousand, franceUnits, franceOthers
	} else {
		scale := func(n int64) int64 { return max(1, (n*int64(people)+pasDeCalaisPeople/2)/pasDeCalaisPeople) }
		craft, ess, ests = scale(pasDeCalaisCraft), scale(pasDeCalaisESS), scale(pasDeCalaisOthers)
		units = max(1, ests*3/4)
	}
	switch u, e := int64(o.Units), int64(o.Establishments); {
	case u > 0 && e > 0:
		units, ests = u, e
	case u > 0:
		units, ests = u, u*ests/units
	case e > 0:
		units, ests = max(1, e*units/ests), e
	}
	p := plan{extras: ests - units}
	both := ess * 3 / 100
	p.units = [lots]int64{
		craftOpen: craft - both, essOpen: ess - both, bothOpen: both, otherOpen: units - units*18/100,
		craftClosed: craft * 22 / 100, essClosed: ess * 30 / 100, otherClosed: units * 18 / 100,
	}
	if !o.France {
		p.units[elsewhere] = (craft + ess + units) * 7 / 100
	}
	for _, n := range p.units {
		p.total += n
	}
	p.blocks = (p.total + blockUnits - 1) / blockUnits
	return p
}

// share returns how many of n fall to a block.
func (p *plan) share(n, block int64) int {
	return int((block+1)*n/p.blocks - block*n/p.blocks)
}

// first returns how many units the blocks before this one hold.
func (p *plan) first(block int64) int64 {
	var n int64
	for _, all := range p.units {
		n += block * all / p.blocks
	}
	return n
}

// block returns the lots of the units of a block, shuffled, and how many
// establishments beyond the first the others share.
func (p *plan) block(block int64, r *rng, into []lot) (units []lot, extras int) {
	units = into[:0]
	for l, n := range p.units {
		for range p.share(n, block) {
			units = append(units, lot(l))
		}
	}
	for i := len(units) - 1; i > 0; i-- {
		j := r.below(i + 1)
		units[i], units[j] = units[j], units[i]
	}
	return units, p.share(p.extras, block)
}

// The eight digits before the key of a SIREN: one unit in a hundred has one
// that begins with 0, as the oldest have; the others stand above 30.
const (
	oldFrom, oldTo = 500_000, 9_900_000
	newFrom, newTo = 30_000_000, 99_900_000
	laPoste        = 35_600_000
)

// slot returns the eight digits that the n-th unit may have: size of them, at
// least two, from start on. Slots do not overlap.
func (p *plan) slot(n int64) (start, size int64) {
	old := p.total / 100
	if n < old {
		size = (oldTo - oldFrom) / old
		return oldFrom + n*size, size
	}
	size = (newTo - newFrom) / (p.total - old)
	return newFrom + (n-old)*size, size
}

// luhn returns the digit that completes a number.
func luhn(n uint64) uint64 {
	sum := uint64(0)
	for double := true; n > 0; n, double = n/10, !double {
		d := n % 10
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return (10 - sum%10) % 10
}
