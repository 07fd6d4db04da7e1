package synth

import "math/bits"

// A rng draws numbers: SplitMix64 (Steele, Lea, Flood, 2014), which gives the
// same ones on every machine and starts in one step, so that each block of
// units has its own.
type rng struct{ state uint64 }

// newRNG returns the draws of a part of a register.
func newRNG(seed, part uint64) rng {
	r := rng{seed*0x9e3779b97f4a7c15 ^ (part+1)*0xd1b54a32d192ed03}
	r.next()
	return r
}

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below draws a number from 0 to n-1.
func (r *rng) below(n int) int {
	hi, _ := bits.Mul64(r.next(), uint64(n))
	return int(hi)
}

// chance is true in so many cases out of ten thousand.
func (r *rng) chance(of10000 int) bool { return r.below(10000) < of10000 }

// of draws one of a list.
func of[T any](r *rng, list []T) T { return list[r.below(len(list))] }

// bell draws a whole number from -radius to radius, the middle likelier.
func (r *rng) bell(radius int) int {
	return (r.below(2*radius+1)+r.below(2*radius+1)+r.below(2*radius+1))/3 - radius
}

// A wheel draws indices by weight (Walker's alias method, in whole numbers).
type wheel struct {
	keep  []uint32 // of 2^32: the chance of the index itself
	other []int32
}

func newWheel(weights []int) wheel {
	n := len(weights)
	w := wheel{keep: make([]uint32, n), other: make([]int32, n)}
	var sum uint64
	for _, x := range weights {
		sum += uint64(x)
	}
	if n == 0 || sum == 0 {
		return wheel{}
	}
	scaled := make([]uint64, n) // of sum: one share each on average
	var small, large []int32
	for i, x := range weights {
		scaled[i] = uint64(x) * uint64(n)
		if scaled[i] < sum {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		hi, lo := bits.Mul64(scaled[s], 1<<32)
		q, _ := bits.Div64(hi, lo, sum)
		w.keep[s], w.other[s] = uint32(q), l
		if scaled[l] -= sum - scaled[s]; scaled[l] < sum {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		w.keep[i], w.other[i] = 1<<32-1, i
	}
	return w
}

func (w *wheel) empty() bool { return len(w.keep) == 0 }

func (w *wheel) draw(r *rng) int {
	x := r.next()
	hi, lo := bits.Mul64(x, uint64(len(w.keep)))
	if uint32(lo>>32) < w.keep[hi] {
		return int(hi)
	}
	return int(w.other[hi])
}
