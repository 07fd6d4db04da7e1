package register

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// The join walks files sorted by SIREN side by side, in batches: consecutive
// rows of the establishments, with the rows of the other files that have
// their SIREN. What costs is done by workers, each on a block or a batch of
// its own; one goroutine only compares the first and last keys of blocks to
// cut the batches, and the caller takes their results in the order of the
// file.

// errUnsorted says that a file is not sorted by its key.
var errUnsorted = errors.New("not sorted")

// An unsortedError names the file that is not sorted.
type unsortedError struct{ file string }

func (e *unsortedError) Error() string { return fmt.Sprintf("%s: not sorted by SIREN", e.file) }
func (e *unsortedError) Unwrap() error { return errUnsorted }

// maxWindow bounds the blocks of a file that one batch holds.
const maxWindow = 12

// A table is a block of consecutive rows of a file. What all kinds of files
// share is in its block.
type table interface {
	base() *block
	// index finds the keys of the rows.
	index() error
}

// A block is what all tables share.
type block struct {
	keys []uint64 // of its rows, as they come: SIREN or SIRET
	full []uint64 // the SIRET of its rows, where the keys were made of them
	name string   // of the file
	end  int64    // bytes of the file read up to its end
	all  int      // rows that it holds, with those that were rejected

	mu    sync.Mutex // guards bad, while batches share a block
	bad   []Reject
	ready chan struct{} // closed once it is indexed
	err   error
	users atomic.Int32
}

func (b *block) base() *block { return b }

func (b *block) refuse(line int64, reason string, row []byte) {
	b.mu.Lock()
	b.bad = append(b.bad, Reject{File: b.name, Line: line, Reason: reason, Text: quoted(row)})
	b.mu.Unlock()
}

// A reader looks at one row of a table after the other.
type reader interface {
	// open goes to a row and reports whether it is whole: if not, it is among
	// the rejects of its table.
	open(t table, i int) (bool, error)
	// cell returns a wanted column, nil when the file has not got it: a view,
	// good until the next open.
	cell(want int) []byte
	// refuse rejects the row.
	refuse(reason string)
}

// A source is a file that gives its rows in order, a table at a time.
type source interface {
	// next fills a table, which may be an old one to be used again, or nil;
	// io.EOF after the last.
	next(old table) (table, error)
	reader() reader
	lost() []Reject // rows that are in no table
	size() int64    // bytes to be read, 0 when unknown
	close() error
}

// A stream reads a source ahead and has its tables indexed.
type stream struct {
	name   string
	src    source
	per    uint64 // keys of one SIREN: 1, or 100,000 where keys are SIRET
	out    chan table
	free   chan table
	err    error   // of the source; set before out is closed
	window []table // taken and not yet dropped
	last   uint64  // SIREN of the last row taken
	ended  bool
	rows   atomic.Int64
	read   atomic.Int64
}

// A join runs the goroutines that join some streams.
type join struct {
	ctx  context.Context
	stop context.CancelFunc
	work chan func(worker int)
	done sync.WaitGroup
	mu   sync.Mutex
	bad  []Reject
}

func newJoin(ctx context.Context) *join {
	j := &join{work: make(chan func(int), 4)}
	j.ctx, j.stop = context.WithCancel(ctx)
	for w := range runtime.GOMAXPROCS(0) {
		j.done.Go(func() {
			for {
				select {
				case do := <-j.work:
					do(w)
				case <-j.ctx.Done():
					return
				}
			}
		})
	}
	return j
}

// close ends the goroutines.
func (j *join) close() {
	j.stop()
	j.done.Wait()
}

// do has f done by a worker, and reports whether it will be.
func (j *join) do(f func(worker int)) bool {
	select {
	case j.work <- f:
		return true
	case <-j.ctx.Done():
		return false
	}
}

// rejects returns the rejects since it was last asked.
func (j *join) rejects() []Reject {
	j.mu.Lock()
	defer j.mu.Unlock()
	bad := j.bad
	j.bad = nil
	return bad
}

func (j *join) keep(bad []Reject) {
	if len(bad) > 0 {
		j.mu.Lock()
		j.bad = append(j.bad, bad...)
		j.mu.Unlock()
	}
}

// stream starts to read a source. A nil source is an empty stream.
func (j *join) stream(name string, src source, per uint64) *stream {
	s := &stream{name: name, src: src, per: per, out: make(chan table, 2), free: make(chan table, maxWindow)}
	if src == nil {
		s.ended = true
		close(s.out)
		return s
	}
	j.done.Go(func() {
		defer close(s.out)
		for {
			var old table
			select {
			case old = <-s.free:
			default:
			}
			t, err := src.next(old)
			if err != nil {
				j.keep(src.lost())
				if err != io.EOF {
					s.err = err
				}
				return
			}
			b := t.base()
			b.name, b.ready, b.err = name, make(chan struct{}), nil
			b.users.Store(1)
			s.read.Store(b.end)
			if !j.do(func(int) {
				if b.err = t.index(); b.err == nil && !slices.IsSorted(b.keys) {
					b.err = errUnsorted
				}
				close(b.ready)
			}) {
				return
			}
			select {
			case s.out <- t:
			case <-j.ctx.Done():
				return
			}
		}
	})
	return s
}

// pull takes the next table that has rows into the window. It returns nil at
// the end.
func (j *join) pull(s *stream) (table, error) {
	for {
		var t table
		var ok bool
		select {
		case t, ok = <-s.out:
		case <-j.ctx.Done():
			return nil, j.ctx.Err()
		}
		if !ok {
			s.ended = true
			return nil, s.err
		}
		b := t.base()
		select {
		case <-b.ready:
		case <-j.ctx.Done():
			return nil, j.ctx.Err()
		}
		if b.err == nil && len(b.keys) > 0 && b.keys[0]/s.per < s.last {
			b.err = errUnsorted
		}
		if errors.Is(b.err, errUnsorted) {
			return nil, &unsortedError{s.name}
		}
		if b.err != nil {
			return nil, b.err
		}
		s.rows.Add(int64(b.all))
		if len(b.keys) == 0 {
			j.release(s, t)
			continue
		}
		s.last = b.keys[len(b.keys)-1] / s.per
		s.window = append(s.window, t)
		return t, nil
	}
}

// release says that one user less looks at a table.
func (j *join) release(s *stream, t table) {
	b := t.base()
	if b.users.Add(-1) > 0 {
		return
	}
	j.keep(b.bad)
	b.bad = nil
	select {
	case s.free <- t:
	default:
	}
}

// drop drops the tables of the window whose rows all come before siren.
func (j *join) drop(s *stream, siren uint64) {
	n := 0
	for ; n < len(s.window); n++ {
		keys := s.window[n].base().keys
		if keys[len(keys)-1]/s.per >= siren {
			break
		}
		j.release(s, s.window[n])
	}
	s.window = slices.Delete(s.window, 0, n)
}

// fill fills the window of s from one SIREN to another. It returns the SIREN
// up to which it could.
func (j *join) fill(s *stream, from, to uint64) (uint64, error) {
	for {
		j.drop(s, from)
		switch {
		case s.ended, s.last > to:
			return to, nil
		case len(s.window) >= maxWindow && s.last > from:
			return min(to, s.last-1), nil
		}
		if _, err := j.pull(s); err != nil {
			return 0, err
		}
	}
}

// A segment is some rows of a table.
type segment struct {
	table
	from, to int
}

// A batch is all rows of some establishments: those of one SIREN are never in
// two batches.
type batch struct {
	segments   []segment
	units, geo []table
	done       chan struct{}
	err        error
	result     any
}

// hold returns the tables of the window with SIREN from one to another, held
// for a batch.
func (s *stream) hold(from, to uint64) []table {
	var out []table
	for _, t := range s.window {
		keys := t.base().keys
		if keys[0]/s.per <= to && keys[len(keys)-1]/s.per >= from {
			t.base().users.Add(1)
			out = append(out, t)
		}
	}
	return out
}

// run joins the streams: each batch is given to do on some worker, and its
// result to flush in order, on the caller's goroutine.
func (j *join) run(ests, units, geo *stream, do func(worker int, b *batch) (any, error), flush func(any) error) error {
	queue := make(chan *batch, 2*cap(j.work))
	var failed error
	j.done.Go(func() {
		defer close(queue)
		failed = j.cut(ests, units, geo, do, queue)
	})
	for b := range queue {
		select {
		case <-b.done:
		case <-j.ctx.Done():
			return j.ctx.Err()
		}
		if b.err != nil {
			return b.err
		}
		if err := flush(b.result); err != nil {
			return err
		}
	}
	return failed
}

// cut cuts the batches.
func (j *join) cut(ests, units, geo *stream, do func(int, *batch) (any, error), queue chan<- *batch) error {
	var pending []segment
	for {
		whole := uint64(math.MaxUint64) // SIREN up to which pending is whole
		if !ests.ended {
			whole = ests.last - 1
		}
		if len(pending) == 0 || pending[0].base().keys[pending[0].from] > whole || ests.last == 0 {
			if ests.ended {
				break
			}
			t, err := j.pull(ests)
			if err != nil {
				return err
			}
			if t != nil {
				pending = append(pending, segment{t, 0, len(t.base().keys)})
				ests.window = ests.window[:0] // pending holds it
			}
			continue
		}
		from := pending[0].base().keys[pending[0].from]
		to, err := j.fill(units, from, whole)
		if err != nil {
			return err
		}
		if to, err = j.fill(geo, from, to); err != nil {
			return err
		}
		b := &batch{done: make(chan struct{})}
		for len(pending) > 0 {
			p := &pending[0]
			keys := p.base().keys
			n := len(keys)
			if keys[len(keys)-1] > to {
				n, _ = slices.BinarySearch(keys, to+1)
			}
			if n > p.from {
				b.segments = append(b.segments, segment{p.table, p.from, n})
				p.base().users.Add(1)
			}
			if n < len(keys) {
				p.from = n
				break
			}
			j.release(ests, p.table)
			pending = pending[1:]
		}
		last := b.segments[len(b.segments)-1]
		until := last.base().keys[last.to-1]
		b.units, b.geo = units.hold(from, until), geo.hold(from, until)
		if !j.do(func(worker int) {
			b.result, b.err = do(worker, b)
			for _, s := range b.segments {
				j.release(ests, s.table)
			}
			for _, t := range b.units {
				j.release(units, t)
			}
			for _, t := range b.geo {
				j.release(geo, t)
			}
			close(b.done)
		}) {
			return j.ctx.Err()
		}
		select {
		case queue <- b:
		case <-j.ctx.Done():
			return j.ctx.Err()
		}
	}
	// What is left of the other files belongs to no establishment; it is read
	// to its end all the same, to be counted and checked.
	for _, s := range []*stream{units, geo} {
		for !s.ended {
			j.drop(s, math.MaxUint64)
			if _, err := j.pull(s); err != nil {
				return err
			}
		}
	}
	return nil
}

// A walker finds rows by key in tables in ascending order, going forward
// only.
type walker struct {
	tables []table
	t, i   int
}

// find returns the row that has key, and whether there is one. Keys must be
// asked for in ascending order.
func (w *walker) find(key uint64) (table, int, bool) {
	for w.t < len(w.tables) {
		keys := w.tables[w.t].base().keys
		if last := keys[len(keys)-1]; last < key {
			w.t, w.i = w.t+1, 0
			continue
		}
		for step := 0; keys[w.i] < key; step++ {
			if step == 16 { // far away: search
				n, _ := slices.BinarySearch(keys[w.i:], key)
				w.i += n
				break
			}
			w.i++
		}
		return w.tables[w.t], w.i, keys[w.i] == key
	}
	return nil, 0, false
}
