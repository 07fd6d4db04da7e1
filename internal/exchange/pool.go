package exchange

import (
	"cmp"
	"errors"
	"math/big"
	"slices"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// Refusals of pooled purchases. Each carries the key of the message that tells
// it.
var (
	ErrPool       = errors.New("this purchase is not open to that any more") // pool.error.state
	ErrPoolFaults = errors.New("the purchase has faults")                    // told field by field
	ErrShort      = errors.New("the threshold is not reached")               // pool.error.short
	ErrOffers     = errors.New("there are as many offers as are compared")   // pool.error.offers
)

// The states of a pooled purchase.
const (
	PoolOpen    = "open"    // firms join
	PoolReached = "reached" // its day has come and enough is ordered
	PoolMissed  = "missed"  // its day has come and too little is
	PoolClosed  = "closed"  // given up
	PoolGroup   = "group"   // a group, with its referent and its offer
)

// How a purchase is bounded.
const (
	MaxOffers   = 5
	longestPool = 120 // days until the last to join
	longestMore = 45  // days by which it is extended, once
)

// A Pool is a purchase that firms make together. It is of the need that asks
// for it.
type Pool struct {
	Need      string
	Threshold Quantity
	Until     clock.Day // the last day to join
	State     string
	Extended  bool
	Referent  register.SIRET // 0 before the group
	Offer     string         // id of the one that was taken
	ClosedAt  time.Time
	Joiners   []Joiner // who is in, in the order in which they came
	Offers    []Offer
}

// A Joiner is a firm that buys along.
type Joiner struct {
	SIRET    register.SIRET
	Person   string
	Quantity Quantity
	At       time.Time
	LeftAt   time.Time // zero while they are in
}

// An Offer is what a supplier asks.
type Offer struct {
	ID       string
	Supplier string
	Unit     sheet.Cents // for one unit
	Delivery sheet.Cents // in all
	Minimum  Quantity    // 0: none
	Delivers bool
	Note     string
	At       time.Time
}

// Total is what is ordered: the sum of what those who are in want.
func (p *Pool) Total() Quantity {
	var sum Quantity
	for _, j := range p.Joiners {
		sum += j.Quantity
	}
	return sum
}

// Enough reports whether the threshold is reached.
func (p *Pool) Enough() bool { return p.Total() >= p.Threshold }

// Due returns the state that a day brings a purchase to.
func (p *Pool) Due(today clock.Day) string {
	switch {
	case p.State != PoolOpen || p.Until >= today:
		return p.State
	case p.Enough():
		return PoolReached
	}
	return PoolMissed
}

// A Compared is an offer at the quantity that is ordered.
type Compared struct {
	Offer
	Goods    sheet.Cents
	InTotal  sheet.Cents // goods and delivery
	PerUnit  sheet.Cents // of the total, rounded up
	TooSmall bool        // less is ordered than the supplier wants
}

// Compare puts offers side by side at a quantity, those that can be taken
// first, the cheapest in total before.
func Compare(offers []Offer, total Quantity) []Compared {
	out := make([]Compared, len(offers))
	for i, o := range offers {
		c := Compared{Offer: o, Goods: times(o.Unit, total), TooSmall: total < o.Minimum}
		c.InTotal = c.Goods + o.Delivery
		if total > 0 {
			c.PerUnit = divideUp(c.InTotal, total)
		}
		out[i] = c
	}
	slices.SortStableFunc(out, func(a, b Compared) int {
		if a.TooSmall != b.TooSmall {
			if b.TooSmall {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.InTotal, b.InTotal)
	})
	return out
}

// times is a price for a quantity, rounded to the nearest cent.
func times(unit sheet.Cents, q Quantity) sheet.Cents {
	n := new(big.Int).Mul(big.NewInt(int64(unit)), big.NewInt(int64(q)))
	n.Add(n, big.NewInt(500))
	return sheet.Cents(n.Quo(n, big.NewInt(1000)).Int64())
}

// divideUp is a sum for one unit of a quantity, rounded up.
func divideUp(sum sheet.Cents, q Quantity) sheet.Cents {
	n := new(big.Int).Mul(big.NewInt(int64(sum)), big.NewInt(1000))
	n.Add(n, big.NewInt(int64(q)-1))
	return sheet.Cents(n.Quo(n, big.NewInt(int64(q))).Int64())
}

// Shares parts a sum among joiners by what they ordered, to the cent: what is
// left by rounding goes, one cent each, to the largest remainders. The shares
// add up to the sum.
func Shares(joiners []Joiner, sum sheet.Cents) []sheet.Cents {
	var total int64
	for _, j := range joiners {
		total += int64(j.Quantity)
	}
	out := make([]sheet.Cents, len(joiners))
	if total == 0 {
		return out
	}
	left := int64(sum)
	rests := make([]*big.Int, len(joiners))
	order := make([]int, len(joiners))
	for i, j := range joiners {
		share, rest := new(big.Int).QuoRem(new(big.Int).Mul(big.NewInt(int64(sum)), big.NewInt(int64(j.Quantity))), big.NewInt(total), new(big.Int))
		out[i], rests[i], order[i] = sheet.Cents(share.Int64()), rest, i
		left -= share.Int64()
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].Cmp(rests[a]) })
	for _, i := range order[:left] {
		out[i]++
	}
	return out
}

// Band is the band of an amount, in euros, as steps are counted.
func Band(c sheet.Cents) string {
	bands := []struct {
		below sheet.Cents
		name  string
	}{{100_000, "0-999"}, {500_000, "1000-4999"}, {2_000_000, "5000-19999"}, {10_000_000, "20000-99999"}}
	for _, b := range bands {
		if c < b.below {
			return b.name
		}
	}
	return "100000-"
}
