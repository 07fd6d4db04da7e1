package index

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

// BuilderOptions tune a Builder.
type BuilderOptions struct {
	// TempDir holds the stored bytes until the file is written; empty keeps
	// them in memory, which suits small corpora.
	TempDir string
}

// A Builder gathers documents and lays them out as an index. It is used by
// one goroutine.
type Builder struct {
	schema Schema
	stop   map[string]bool
	opts   BuilderOptions

	ids, groups []uint64
	points      []geo.Point
	kind        []uint8 // placed, unplaced, shy
	prior       []uint8
	titles      blob
	stored      spill
	combos      []*comboTable // per dimension
	cols        [][]uint16    // per dimension, per document

	words    map[string]uint32
	names    []string
	fwd      []uint32 // words of documents, in order of documents
	fwdW     []uint8
	fwdOff   []uint32
	sizes    []uint8
	said     map[said]uint8 // word of a value → weight
	sections []namedBytes
	err      error
}

type said struct {
	word  uint32
	dim   int
	value string
}

type namedBytes struct {
	name string
	data []byte
}

const (
	placed = iota
	unplaced
	shy
)

// properBit marks a word as a proper name in one document; the lower bits
// hold its weight.
const properBit = 0x80

// NewBuilder returns an empty builder.
func NewBuilder(s Schema, o BuilderOptions) *Builder {
	b := &Builder{schema: s, opts: o, stop: map[string]bool{}, words: map[string]uint32{}, said: map[said]uint8{}, fwdOff: []uint32{0}}
	for _, w := range s.Stop {
		b.stop[w] = true
	}
	for range s.Dims {
		b.combos = append(b.combos, newComboTable())
		b.cols = append(b.cols, nil)
	}
	b.stored.dir = o.TempDir
	return b
}

// Say gives words to a value: a document that has the value is found by
// them, as if they were its own. Words said twice keep the larger weight.
func (b *Builder) Say(dim, value string, texts ...Text) {
	d := b.schema.dim(dim)
	if d < 0 {
		b.fail(fmt.Errorf("say: no dimension %q", dim))
		return
	}
	for _, t := range texts {
		for _, w := range fold.Words(t.S) {
			if b.stop[w] {
				continue
			}
			k, weight := said{b.word(w), d, value}, min(t.Weight, 15)
			if t.Proper {
				weight |= properBit
			}
			if old, ok := b.said[k]; ok {
				weight = heavier(old, weight)
			}
			b.said[k] = weight
		}
	}
}

func (b *Builder) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

func (b *Builder) word(w string) uint32 {
	if n, ok := b.words[w]; ok {
		return n
	}
	w = strings.Clone(w)
	n := uint32(len(b.names))
	b.words[w] = n
	b.names = append(b.names, w)
	return n
}

// Add takes a document. It copies what it keeps.
func (b *Builder) Add(d Doc) error {
	if b.err != nil {
		return b.err
	}
	if d.ID == 0 {
		return errors.New("add a document: its ID is 0")
	}
	if d.Prior > maxPrior {
		return fmt.Errorf("add document %d: a prior of %d, %d at most", d.ID, d.Prior, maxPrior)
	}
	if len(d.Values) > len(b.schema.Dims) {
		return fmt.Errorf("add document %d: values in %d dimensions, the schema has %d", d.ID, len(d.Values), len(b.schema.Dims))
	}
	for i, c := range b.combos {
		var values []string
		if i < len(d.Values) && !(d.Shy && b.schema.Dims[i].Private) {
			values = d.Values[i]
		}
		n, err := c.add(values)
		if err != nil {
			return fmt.Errorf("add document %d: dimension %q: %w", d.ID, b.schema.Dims[i].Name, err)
		}
		b.cols[i] = append(b.cols[i], n)
	}
	kind, point := uint8(unplaced), geo.Point{}
	switch {
	case d.Shy:
		kind = shy
	case d.Point != nil:
		kind, point = placed, *d.Point
	}
	b.ids, b.groups = append(b.ids, d.ID), append(b.groups, d.Group)
	b.points, b.kind, b.prior = append(b.points, point), append(b.kind, kind), append(b.prior, d.Prior)
	title := ""
	if !d.Shy {
		title = fold.Key(d.Title)
	}
	b.titles.add(title)
	if err := b.stored.add(d.Stored); err != nil {
		return fmt.Errorf("add document %d: %w", d.ID, err)
	}
	from := len(b.fwd)
	size := 0
	if !d.Shy {
		for _, t := range d.Texts {
			weight := min(t.Weight, 15)
			if t.Proper {
				weight |= properBit
			}
			for _, w := range fold.Words(t.S) {
				if b.stop[w] {
					continue
				}
				size++
				b.addWord(from, b.word(w), weight)
			}
		}
	}
	b.sizes = append(b.sizes, uint8(min(size, 15)))
	b.fwdOff = append(b.fwdOff, uint32(len(b.fwd)))
	return nil
}

// addWord adds a word to the document whose words start at from. A word met
// twice keeps its larger weight, and is proper only if it is everywhere.
func (b *Builder) addWord(from int, w uint32, weight uint8) {
	for i := from; i < len(b.fwd); i++ {
		if b.fwd[i] == w {
			b.fwdW[i] = heavier(b.fwdW[i], weight)
			return
		}
	}
	b.fwd, b.fwdW = append(b.fwd, w), append(b.fwdW, weight)
}

// heavier joins the weights of a word met twice.
func heavier(a, b uint8) uint8 {
	return max(a&^properBit, b&^properBit) | a&b&properBit
}

// Section keeps data with the index under a name of the caller's.
func (b *Builder) Section(name string, data []byte) {
	b.sections = append(b.sections, namedBytes{"x." + name, data})
}

// WriteFile writes the index to path, whole or not at all. The builder is
// spent.
func (b *Builder) WriteFile(path string) error {
	defer b.stored.close()
	w, err := create(path)
	if err != nil {
		return fmt.Errorf("write snapshot: %w", err)
	}
	if err := b.write(w); err != nil {
		w.abort()
		return fmt.Errorf("write snapshot: %w", err)
	}
	if err := w.commit(); err != nil {
		return fmt.Errorf("write snapshot %s: %w", path, err)
	}
	return nil
}

// Index lays the documents out in memory. The builder is spent.
func (b *Builder) Index() (*Index, error) {
	defer b.stored.close()
	w := &memory{}
	if err := b.write(w); err != nil {
		return nil, err
	}
	return load(&file{data: w.data, sections: w.sections})
}

// A sink takes sections: a file, or memory.
type sink interface {
	begin(name string) func([]byte)
	bytes(name string, b []byte)
}

func put[T uint8 | uint16 | uint32 | uint64 | float64](w sink, name string, v []T) {
	w.bytes(name, rawBytes(v))
}

// memory is a sink whose sections are slices of aligned memory.
type memory struct {
	data     []byte
	sections map[string]section
}

func (m *memory) begin(name string) func([]byte) {
	var all []byte
	return func(b []byte) {
		if b == nil {
			m.bytes(name, all)
			return
		}
		all = append(all, b...)
	}
}

func (m *memory) bytes(name string, b []byte) {
	if m.sections == nil {
		m.sections = map[string]section{}
		m.data = rawBytes(make([]uint64, 1<<13))[:0]
	}
	if need := len(m.data) + len(b) + 64; need > cap(m.data) {
		grown := rawBytes(make([]uint64, max(need, 2*cap(m.data))/8+1))[:len(m.data)]
		copy(grown, m.data)
		m.data = grown
	}
	m.sections[name] = section{name: name, off: uint64(len(m.data)), length: uint64(len(b))}
	m.data = append(m.data, b...)
	m.data = m.data[:(len(m.data)+63)/64*64]
}

// meta describes an index; it is stored as JSON.
type meta struct {
	Docs     int      `json:"docs"`
	Placed   int      `json:"placed"` // documents below have a point
	Open     int      `json:"open"`   // documents below are not shy
	Words    int      `json:"words"`
	Dims     []string `json:"dims"`
	Private  []bool   `json:"private"`
	Stop     []string `json:"stop"`
	HasGroup bool     `json:"has_group"`
}

func (b *Builder) write(w sink) error {
	if b.err != nil {
		return b.err
	}
	n := len(b.ids)
	order, cells, inCell := b.order()
	m := meta{Docs: n, Words: len(b.names), Stop: b.schema.Stop}
	for i, d := range order {
		if b.kind[d] == placed {
			m.Placed = i + 1
		}
		if b.kind[d] != shy {
			m.Open = i + 1
		}
		m.HasGroup = m.HasGroup || b.groups[d] != 0
	}
	for _, d := range b.schema.Dims {
		m.Dims, m.Private = append(m.Dims, d.Name), append(m.Private, d.Private)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	w.bytes("meta", raw)
	ids := permute(b.ids, order)
	if err := putIDs(w, "id", ids); err != nil {
		return err
	}
	if m.HasGroup {
		groups := permute(b.groups, order)
		put(w, "group", groups)
		put(w, "group.order", sorted(groups))
	}
	put(w, "prior", permute(b.prior, order))
	putGrid(w, cells, inCell, m.Placed)
	xyz, latlon := make([]float64, 0, 3*m.Placed), make([]float64, 0, 2*m.Placed)
	for _, d := range order[:m.Placed] {
		x, y, z := vector(b.points[d])
		xyz = append(xyz, x, y, z)
		latlon = append(latlon, b.points[d].Lat, b.points[d].Lon)
	}
	put(w, "vector", xyz)
	put(w, "point", latlon)
	b.putTitles(w, order)
	put(w, "rank", b.ranking(order))
	if err := b.stored.put(w, order); err != nil {
		return err
	}
	for i := range b.schema.Dims {
		b.cols[i] = permute(b.cols[i], order)
	}
	for i := range b.schema.Dims {
		prefix := fmt.Sprintf("dim%d.", i)
		docs, off := b.combos[i].put(w, prefix, b.cols[i])
		if b.schema.Dims[i].Near {
			put(w, prefix+"post.vector", vectorsOf(docs, xyz))
			put(w, prefix+"implied", implied(docs, off, b.cols))
		}
	}
	b.cols = nil
	b.putWords(w, order)
	for _, s := range b.sections {
		w.bytes(s.name, s.data)
	}
	return nil
}

// order returns the documents in the order of the index: those with a point
// by cell, part of it, then ID, then those without, then the shy ones; and
// the cells and parts of the first.
func (b *Builder) order() (order, cells, inCell []uint32) {
	type key struct {
		id   uint64
		cell uint32
		doc  uint32
		part uint32
	}
	keys := make([]key, len(b.ids))
	for i := range keys {
		c, part := uint32(math.MaxUint32-1), uint32(0)
		switch b.kind[i] {
		case placed:
			c, part = cellOf(b.points[i]), partOf(b.points[i])
		case shy:
			c = math.MaxUint32
		}
		keys[i] = key{b.ids[i], c, uint32(i), part}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.cell, b.cell), cmp.Compare(a.part, b.part), cmp.Compare(a.id, b.id), cmp.Compare(a.doc, b.doc))
	})
	order = make([]uint32, len(keys))
	for i, k := range keys {
		order[i] = k.doc
		if k.cell < math.MaxUint32-1 {
			cells, inCell = append(cells, k.cell), append(inCell, k.part)
		}
	}
	return order, cells, inCell
}

// ranking returns the positions by Prior, largest first, then as they are: the
// order of a list asked without words or place.
func (b *Builder) ranking(order []uint32) []uint32 {
	rank := make([]uint32, len(order))
	for i := range rank {
		rank[i] = uint32(i)
	}
	slices.SortFunc(rank, func(x, y uint32) int {
		return cmp.Or(cmp.Compare(b.prior[order[y]], b.prior[order[x]]), cmp.Compare(x, y))
	})
	return rank
}

func (b *Builder) putTitles(w sink, order []uint32) {
	off := make([]uint32, 1, len(order)+1)
	add := w.begin("title")
	n := uint32(0)
	for _, d := range order {
		t := b.titles.at(int(d))
		if len(t) > 0 {
			add(t)
		}
		n += uint32(len(t))
		off = append(off, n)
	}
	add(nil)
	put(w, "title.off", off)
	rank := make([]uint32, len(order))
	for i := range rank {
		rank[i] = uint32(i)
	}
	// An empty title comes last, as a masked name does.
	slices.SortFunc(rank, func(x, y uint32) int {
		return cmp.Or(compareTitles(string(b.titles.at(int(order[x]))), string(b.titles.at(int(order[y])))), cmp.Compare(b.ids[order[x]], b.ids[order[y]]))
	})
	put(w, "title.order", rank)
	put(w, "title.rank", inverse(rank))
}

// inverse returns where each document stands in an order.
func inverse(order []uint32) []uint32 {
	at := make([]uint32, len(order))
	for i, d := range order {
		at[d] = uint32(i)
	}
	return at
}

// compareTitles orders folded titles, the empty one last.
func compareTitles(a, b string) int {
	if (a == "") != (b == "") {
		if a == "" {
			return 1
		}
		return -1
	}
	return strings.Compare(a, b)
}

// putIDs writes the identifiers, the positions sorted by them, and refuses an
// identifier given twice.
func putIDs(w sink, name string, ids []uint64) error {
	at := sorted(ids)
	for i := 1; i < len(at); i++ {
		if ids[at[i]] == ids[at[i-1]] {
			return fmt.Errorf("document %d was added twice", ids[at[i]])
		}
	}
	put(w, name, ids)
	put(w, name+".order", at)
	return nil
}

// sorted returns the positions of v in ascending order of value, then of
// position.
func sorted(v []uint64) []uint32 {
	at := make([]uint32, len(v))
	for i := range at {
		at[i] = uint32(i)
	}
	slices.SortFunc(at, func(x, y uint32) int { return cmp.Or(cmp.Compare(v[x], v[y]), cmp.Compare(x, y)) })
	return at
}

func permute[T any](v []T, order []uint32) []T {
	out := make([]T, len(order))
	for i, d := range order {
		out[i] = v[d]
	}
	return out
}

func (s Schema) dim(name string) int {
	return slices.IndexFunc(s.Dims, func(d Dim) bool { return d.Name == name })
}

// A blob is many byte strings in one.
type blob struct {
	data []byte
	ends []uint32
}

func (b *blob) add(s string) {
	b.data = append(b.data, s...)
	b.ends = append(b.ends, uint32(len(b.data)))
}

func (b *blob) at(i int) []byte {
	from := uint32(0)
	if i > 0 {
		from = b.ends[i-1]
	}
	return b.data[from:b.ends[i]]
}

// A spill holds the stored bytes: in memory, or in a temporary file.
type spill struct {
	dir  string
	f    *os.File
	w    *bufio.Writer
	mem  []byte
	ends []uint64
}

func (s *spill) add(b []byte) error {
	from := uint64(0)
	if len(s.ends) > 0 {
		from = s.ends[len(s.ends)-1]
	}
	s.ends = append(s.ends, from+uint64(len(b)))
	if s.dir == "" {
		s.mem = append(s.mem, b...)
		return nil
	}
	if s.f == nil {
		f, err := os.CreateTemp(s.dir, ".stored.*.tmp")
		if err != nil {
			return err
		}
		s.f, s.w = f, bufio.NewWriterSize(f, 1<<18)
	}
	_, err := s.w.Write(b)
	return err
}

func (s *spill) put(w sink, order []uint32) error {
	data := s.mem
	if s.f != nil {
		if err := s.w.Flush(); err != nil {
			return err
		}
		mapped, unmap, err := mapFile(s.f.Name())
		if err != nil {
			return err
		}
		defer unmap()
		data = mapped
	}
	add := w.begin("stored")
	off := make([]uint64, 1, len(order)+1)
	n := uint64(0)
	for _, d := range order {
		from := uint64(0)
		if d > 0 {
			from = s.ends[d-1]
		}
		if b := data[from:s.ends[d]]; len(b) > 0 {
			add(b)
			n += uint64(len(b))
		}
		off = append(off, n)
	}
	add(nil)
	put(w, "stored.off", off)
	return nil
}

func (s *spill) close() {
	if s.f != nil {
		s.f.Close()
		os.Remove(s.f.Name())
		s.f = nil
	}
}
