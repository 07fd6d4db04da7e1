package index

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A dimension is one column of small numbers: a document's values in it are a
// set, and each distinct set met is a combo. World, label and the like have a
// handful of combos, communes as many as communes. Counting a facet is
// counting combos, and a filter is a table of which combos pass.
type comboTable struct {
	sets   [][]string
	number map[string]uint16
}

func newComboTable() *comboTable {
	return &comboTable{sets: [][]string{nil}, number: map[string]uint16{"": 0}}
}

func (c *comboTable) add(values []string) (uint16, error) {
	if len(values) == 0 {
		return 0, nil
	}
	if len(values) == 1 {
		if n, ok := c.number[values[0]]; ok && values[0] != "" {
			return n, nil
		}
	}
	set := slices.Clone(values)
	slices.Sort(set)
	set = slices.DeleteFunc(slices.Compact(set), func(s string) bool { return s == "" })
	key := strings.Join(set, "\x00")
	if n, ok := c.number[key]; ok {
		return n, nil
	}
	if len(c.sets) >= varies {
		return 0, errors.New("more than 65,535 different sets of values")
	}
	n := uint16(len(c.sets))
	key = strings.Clone(key)
	for i := range set {
		set[i] = strings.Clone(set[i])
	}
	c.sets, c.number[key] = append(c.sets, set), n
	return n, nil
}

// values returns the distinct values, ascending.
func (c *comboTable) values() []string {
	var all []string
	for _, set := range c.sets {
		all = append(all, set...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// put writes the column, the values, the sets, and the documents of each
// value, which it returns, one value after the other, with where each begins.
func (c *comboTable) put(w sink, prefix string, col []uint16) (docs, off []uint32) {
	values := c.values()
	var sets []byte
	of := make([][]uint32, len(c.sets)) // values of each set
	for i, set := range c.sets {
		sets = binary.AppendUvarint(sets, uint64(len(set)))
		for _, s := range set {
			v, _ := slices.BinarySearch(values, s)
			of[i] = append(of[i], uint32(v))
			sets = binary.AppendUvarint(sets, uint64(v))
		}
	}
	off = make([]uint32, len(values)+1)
	for _, n := range col {
		for _, v := range of[n] {
			off[v+1]++
		}
	}
	for i := range values {
		off[i+1] += off[i]
	}
	docs = make([]uint32, off[len(values)])
	next := slices.Clone(off)
	for d, n := range col {
		for _, v := range of[n] {
			docs[next[v]] = uint32(d)
			next[v]++
		}
	}
	put(w, prefix+"col", col)
	putStrings(w, prefix+"value", values)
	w.bytes(prefix+"set", sets)
	put(w, prefix+"post.off", off)
	put(w, prefix+"post", docs)
	return docs, off
}

// putStrings writes a list of strings: one blob and the ends.
func putStrings(w sink, name string, list []string) {
	var data []byte
	off := make([]uint32, 1, len(list)+1)
	for _, s := range list {
		data = append(data, s...)
		off = append(off, uint32(len(data)))
	}
	w.bytes(name, data)
	put(w, name+".off", off)
}

// loadDimension reads one dimension, of so many, of a file.
func loadDimension(f *file, prefix string, docs, dims int) (d dimension, err error) {
	u32 := func(name string) []uint32 { return view[uint32](f.section(prefix + name)) }
	d.col = view[uint16](f.section(prefix + "col"))
	d.values = strs{f.section(prefix + "value"), u32("value.off")}
	d.post, d.postOff = u32("post"), u32("post.off")
	d.postXYZ = view[float64](f.section(prefix + "post.vector"))
	if d.implied = view[uint16](f.section(prefix + "implied")); d.implied == nil {
		d.postXYZ = nil // the two go together
	}
	if len(d.col) != docs || len(d.postOff) != d.values.len()+1 || d.postXYZ != nil && len(d.postXYZ) != 3*len(d.post) ||
		d.implied != nil && len(d.implied) != d.values.len()*dims {
		return d, fmt.Errorf("%w: dimension %s does not fit the documents", ErrCorrupted, prefix)
	}
	sets := f.section(prefix + "set")
	next := func() uint64 {
		v, n := binary.Uvarint(sets)
		if n <= 0 {
			err = fmt.Errorf("%w: sets of dimension %s", ErrCorrupted, prefix)
			sets = nil
			return 0
		}
		sets = sets[n:]
		return v
	}
	d.single = true
	for len(sets) > 0 {
		set := make([]uint32, min(next(), uint64(d.values.len())))
		for i := range set {
			if set[i] = uint32(next()); int(set[i]) >= d.values.len() {
				return d, fmt.Errorf("%w: sets of dimension %s", ErrCorrupted, prefix)
			}
		}
		d.sets = append(d.sets, set)
		d.single = d.single && len(set) < 2
	}
	d.index()
	return d, err
}

// index notes the combos that hold each value.
func (d *dimension) index() {
	d.holdOff = make([]uint32, d.values.len()+1)
	for _, set := range d.sets {
		for _, v := range set {
			d.holdOff[v+1]++
		}
	}
	for v := range d.values.len() {
		d.holdOff[v+1] += d.holdOff[v]
	}
	d.hold = make([]uint16, d.holdOff[d.values.len()])
	next := slices.Clone(d.holdOff)
	for c, set := range d.sets {
		for _, v := range set {
			d.hold[next[v]] = uint16(c)
			next[v]++
		}
	}
}

// combos returns the combos that hold value v.
func (d *dimension) combos(v int) []uint16 { return d.hold[d.holdOff[v]:d.holdOff[v+1]] }

// vectors returns the positions of the documents that have value v, nil when
// the dimension does not keep them.
func (d *dimension) vectors(v int) []float64 {
	if d.postXYZ == nil {
		return nil
	}
	return d.postXYZ[3*d.postOff[v] : 3*d.postOff[v+1]]
}

// docs returns the documents that have value v.
func (d *dimension) docs(v int) []uint32 { return d.post[d.postOff[v]:d.postOff[v+1]] }

// implied returns, for each value of a dimension, the combo in each dimension
// that all its documents have, or varies.
func implied(docs, off []uint32, cols [][]uint16) []uint16 {
	var out []uint16
	for v := range off[1:] {
		list := docs[off[v]:off[v+1]]
		for _, col := range cols {
			c := uint16(varies)
			if len(list) > 0 {
				c = col[list[0]]
			}
			if slices.ContainsFunc(list, func(d uint32) bool { return col[d] != c }) {
				c = varies
			}
			out = append(out, c)
		}
	}
	return out
}

// varies stands for the combo of a dimension in which documents differ.
const varies = math.MaxUint16

// vectorsOf returns where documents are, one after the other; a document
// without a point is nowhere.
func vectorsOf(docs []uint32, xyz []float64) []float64 {
	out := make([]float64, 3*len(docs))
	for i, d := range docs {
		if int(3*d) < len(xyz) {
			copy(out[3*i:], xyz[3*d:3*d+3])
		}
	}
	return out
}
