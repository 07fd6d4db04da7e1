package index

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// levels are the sizes at which a level of the overlay is folded into the
// next: a Put rebuilds at most the first, and each document is rebuilt a few
// times in its life.
var levels = []int{256, 4096, math.MaxInt}

// A Live index is an index under a living overlay: documents put over it
// replace those of the same ID, others are hidden, and searches answer as if
// all had been built anew. It is safe for concurrent use; a search sees every
// change that returned before it began, and none in half.
type Live struct {
	state atomic.Pointer[state]

	mu     sync.Mutex // held by changes
	schema Schema
	over   map[uint64]overlaid
	asked  map[uint64]float32 // solicitations by ID
}

// An overlaid document is put (in a level) or hidden.
type overlaid struct {
	doc   Doc
	level int // -1: hidden
}

// A state is what a search sees; it is never changed.
type state struct {
	segs   []segment // the base first, then the levels, oldest first
	counts countCache
}

// NewLive puts an empty overlay over base.
func NewLive(base *Index) *Live {
	l := &Live{over: map[uint64]overlaid{}, asked: map[uint64]float32{}}
	l.schema = base.schema()
	l.state.Store(&state{segs: []segment{{Index: base}}})
	return l
}

func (x *Index) schema() Schema {
	s := Schema{Stop: x.Stop}
	for i, name := range x.Dims {
		s.Dims = append(s.Dims, Dim{Name: name, Private: x.dims[i].private, Near: x.dims[i].postXYZ != nil})
	}
	return s
}

// Search answers r.
func (l *Live) Search(r Request) (Answer, error) {
	s := l.state.Load()
	return search(s.segs, &s.counts, &r)
}

// Clusters is Index.Clusters under the overlay.
func (l *Live) Clusters(r Request, zoom int, split string) ([]Cluster, error) {
	return clusters(l.state.Load().segs, &r, zoom, split)
}

// Len returns the number of documents that can be found.
func (l *Live) Len() int {
	n := 0
	for _, s := range l.state.Load().segs {
		n += s.Docs - s.skipped
	}
	return n
}

// Stored returns the stored bytes of a document, and whether it is there.
func (l *Live) Stored(id uint64) ([]byte, bool) {
	segs := l.state.Load().segs
	for i := len(segs) - 1; i >= 0; i-- {
		if d := segs[i].doc(id); d >= 0 && !segs[i].skip.has(uint32(d)) {
			return segs[i].storedAt(uint32(d)), true
		}
	}
	return nil, false
}

// Group returns the IDs of a group's documents, ascending.
func (l *Live) Group(group uint64) []uint64 {
	var ids []uint64
	for _, s := range l.state.Load().segs {
		for _, d := range s.members(group) {
			if !s.skip.has(d) {
				ids = append(ids, s.ids[d])
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// Each yields every document that can be found, in no order that means
// anything.
func (l *Live) Each() iter.Seq2[uint64, []byte] {
	segs := l.state.Load().segs
	return func(yield func(uint64, []byte) bool) {
		for i := range segs {
			s := &segs[i]
			for d := range uint32(s.Docs) {
				if !s.skip.has(d) && !yield(s.ids[d], s.storedAt(d)) {
					return
				}
			}
		}
	}
}

// Base returns the index under the overlay.
func (l *Live) Base() *Index { return l.state.Load().segs[0].Index }

// BaseStored returns what the base says of a document, whatever lies over it.
func (l *Live) BaseStored(id uint64) ([]byte, bool) { return l.Base().Stored(id) }

// Stored returns the stored bytes of a document, and whether it is there.
func (x *Index) Stored(id uint64) ([]byte, bool) {
	if d := x.doc(id); d >= 0 {
		return x.storedAt(uint32(d)), true
	}
	return nil, false
}

// Each yields every document, in no order that means anything.
func (x *Index) Each() iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for d := range uint32(x.Docs) {
			if !yield(x.ids[d], x.storedAt(d)) {
				return
			}
		}
	}
}

// Group returns the IDs of a group's documents, ascending.
func (x *Index) Group(group uint64) []uint64 {
	var ids []uint64
	for _, d := range x.members(group) {
		ids = append(ids, x.ids[d])
	}
	slices.Sort(ids)
	return ids
}

// Put lays documents over the base. Many at once cost little more than one.
func (l *Live) Put(docs ...Doc) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range docs {
		l.over[d.ID] = overlaid{doc: d, level: 0}
		if d.Busy > 0 {
			l.asked[d.ID] = d.Busy
		}
	}
	return l.rebuild(0)
}

// Hide takes documents out of every answer.
func (l *Live) Hide(ids ...uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	dirty := len(levels)
	for _, id := range ids {
		if o, ok := l.over[id]; ok && o.level >= 0 {
			dirty = min(dirty, o.level)
		}
		l.over[id] = overlaid{level: -1}
	}
	return l.publish(l.state.Load().segs[0].Index, l.levelsOf(dirty))
}

// Reset takes what lies over documents away: the base speaks again.
func (l *Live) Reset(ids ...uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		delete(l.over, id)
		delete(l.asked, id)
	}
	return l.publish(l.state.Load().segs[0].Index, l.levelsOf(0))
}

// Busy says how much documents are solicited: among equals, less comes first.
func (l *Live) Busy(asked map[uint64]float32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, n := range asked {
		l.asked[id] = n
	}
	segs := l.state.Load().segs
	return l.publish(segs[0].Index, segs[1:])
}

// Swap puts another base under the same overlay. Searches under way finish on
// the old one.
func (l *Live) Swap(base *Index) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.schema = base.schema()
	for id, o := range l.over {
		if o.level >= 0 {
			o.level = len(levels) - 1
			l.over[id] = o
		}
	}
	last, err := l.build(len(levels) - 1)
	if err != nil {
		return err
	}
	return l.publish(base, []segment{{}, {}, last})
}

// levelsOf returns the levels as they are; those from dirty on may hold
// documents that have moved, which publish hides.
func (l *Live) levelsOf(int) []segment { return l.state.Load().segs[1:] }

// rebuild builds a level anew, after folding it into the next as long as it
// is too large.
func (l *Live) rebuild(level int) error {
	now := make([]segment, len(levels))
	copy(now, l.state.Load().segs[1:])
	for ; level < len(levels)-1; level++ {
		n := 0
		for _, o := range l.over {
			if o.level == level {
				n++
			}
		}
		if n <= levels[level] {
			break
		}
		for id, o := range l.over {
			if o.level == level {
				o.level++
				l.over[id] = o
			}
		}
		now[level] = segment{}
	}
	s, err := l.build(level)
	if err != nil {
		return err
	}
	now[level] = s
	return l.publish(l.state.Load().segs[0].Index, now)
}

// build makes an index of the documents of a level.
func (l *Live) build(level int) (segment, error) {
	b := NewBuilder(l.schema, BuilderOptions{})
	base := l.state.Load().segs[0].Index
	var docs []Doc
	for _, o := range l.over {
		if o.level == level {
			docs = append(docs, o.doc)
		}
	}
	if len(docs) == 0 {
		return segment{}, nil
	}
	slices.SortFunc(docs, func(x, y Doc) int { return cmp.Compare(x.ID, y.ID) })
	for _, d := range docs {
		if err := b.Add(d); err != nil {
			return segment{}, err
		}
	}
	base.sayAgain(b)
	x, err := b.Index()
	return segment{Index: x}, err
}

// sayAgain says in b all that x says of values.
func (x *Index) sayAgain(b *Builder) {
	wanted := make([]map[string]bool, len(b.combos))
	for i, c := range b.combos {
		wanted[i] = map[string]bool{}
		for _, v := range c.values() {
			wanted[i][v] = true
		}
	}
	for w := range x.words.len() {
		for i := x.saidOff[w]; i < x.saidOff[w+1]; i++ {
			dim, value := int(x.said[3*i]), x.dims[x.said[3*i]].values.text(int(x.said[3*i+1]))
			if wanted[dim][value] {
				b.said[said{b.word(x.words.text(w)), dim, value}] = uint8(x.said[3*i+2])
			}
		}
	}
}

// publish makes base and levels what searches see: in each, the documents
// that a newer level replaces or the overlay hides are skipped.
func (l *Live) publish(base *Index, over []segment) error {
	next := &state{segs: make([]segment, 0, 1+len(over))}
	next.segs = append(next.segs, segment{Index: base})
	for _, s := range over {
		if s.Index == nil {
			s.Index = nothing
		}
		next.segs = append(next.segs, segment{Index: s.Index})
	}
	for i := range next.segs {
		s := &next.segs[i]
		level := i - 1
		hide := func(d int) {
			if s.skip == nil {
				s.skip = make(bits, (s.Docs+63)/64)
			}
			s.skip[d>>6] |= 1 << (d & 63)
			s.skipped++
		}
		if level < 0 {
			for id := range l.over {
				if d := s.doc(id); d >= 0 {
					hide(d)
				}
			}
		} else {
			for d, id := range s.ids {
				if o, ok := l.over[id]; !ok || o.level != level {
					hide(d)
				}
			}
		}
		for id, n := range l.asked {
			if d := s.doc(id); d >= 0 {
				if s.busy == nil {
					s.busy = make([]atomic.Uint32, s.Docs)
				}
				s.busy[d].Store(math.Float32bits(n))
			}
		}
	}
	l.state.Store(next)
	return nil
}

// nothing stands for a level without documents.
var nothing = &Index{}
