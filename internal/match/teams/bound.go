package teams

// A bound knows the least that it takes to cover any set of lots with any
// number of members, if firms could be taken twice: no team does better.
type bound struct {
	lots   int
	most   int
	whole  []step // by lot, the steps whose way has it
	starts [][]step
	social key // the cheapest social candidate
	known  []bool
	least  []key
}

// A step is a way and the cheapest who takes it.
type step struct {
	way    Set
	any    key
	social key // impossible when none is
}

func newBound(lots, most int, all []*option) *bound {
	size := 2 * (most + 1) << lots
	b := &bound{lots: lots, most: most, starts: make([][]step, lots), social: impossible, known: make([]bool, size), least: make([]key, size)}
	for _, o := range all { // best first
		if o.candidate.Social && b.social == impossible {
			b.social = o.key
		}
		for _, w := range o.ways {
			b.add(o, w)
		}
	}
	for _, s := range b.whole {
		for i := range lots {
			if s.way.Has(i) {
				b.starts[i] = append(b.starts[i], s)
			}
		}
	}
	return b
}

func (b *bound) add(o *option, w Set) {
	for i := range b.whole {
		if s := &b.whole[i]; s.way == w {
			if o.candidate.Social && s.social == impossible {
				s.social = o.key
			}
			return
		}
	}
	s := step{way: w, any: o.key, social: impossible}
	if o.candidate.Social {
		s.social = o.key
	}
	b.whole = append(b.whole, s)
}

// of returns the least that it takes to cover the lots of u, as many as can
// be, with at most n more members, one of them social if that is still needed.
func (b *bound) of(u Set, n int, social bool) key {
	at := int(u) | n<<(b.lots+1)
	if social {
		at |= 1 << b.lots
	}
	if !b.known[at] {
		b.least[at], b.known[at] = b.find(u, n, social), true
	}
	return b.least[at]
}

func (b *bound) find(u Set, n int, social bool) key {
	switch {
	case n == 0 && social:
		return impossible
	case n == 0:
		return key{missing: u.Len()}
	case u == 0 && social:
		return b.social
	case u == 0:
		return key{}
	}
	i := u.first()
	best := key{missing: 1}.plus(b.of(u&^(1<<i), n, social))
	for _, s := range b.starts[i] {
		if k := s.any.plus(b.of(u&^s.way, n-1, social)); k.less(best) {
			best = k
		}
		if social && s.social != impossible {
			if k := s.social.plus(b.of(u&^s.way, n-1, false)); k.less(best) {
				best = k
			}
		}
	}
	return best
}
