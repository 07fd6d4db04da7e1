package index

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync/atomic"
)

// typoLetters is the length from which a word may be mistyped once, and
// typoTwice from which twice: "vente" and "verte" are one letter apart, so
// shorter words would be joined to unlike ones.
const (
	typoLetters = 5
	typoTwice   = 9
	// prefixLetters is the length from which the last word is a prefix.
	prefixLetters = 3
)

// putWords writes the dictionary, the documents of each word and the words of
// each document, what values say, and the words by their one-letter losses.
func (b *Builder) putWords(w sink, order []uint32) {
	byName := make([]uint32, len(b.names))
	for i := range byName {
		byName[i] = uint32(i)
	}
	slices.SortFunc(byName, func(x, y uint32) int { return strings.Compare(b.names[x], b.names[y]) })
	number := make([]uint32, len(byName))
	names := make([]string, len(byName))
	for i, old := range byName {
		number[old], names[i] = uint32(i), b.names[old]
	}
	b.words, b.names = nil, nil
	putStrings(w, "word", names)

	// The words of each document, ascending.
	off := make([]uint32, 1, len(order)+1)
	fwd, weights := make([]uint32, 0, len(b.fwd)), make([]uint8, 0, len(b.fwd))
	count := make([]uint32, len(names)+1)
	type entry struct {
		word   uint32
		weight uint8
	}
	var line []entry
	for _, d := range order {
		line = line[:0]
		for i := b.fwdOff[d]; i < b.fwdOff[d+1]; i++ {
			line = append(line, entry{number[b.fwd[i]], b.fwdW[i]})
		}
		slices.SortFunc(line, func(x, y entry) int { return cmp.Compare(x.word, y.word) })
		for _, e := range line {
			fwd, weights = append(fwd, e.word), append(weights, e.weight)
			count[e.word+1]++
		}
		off = append(off, uint32(len(fwd)))
	}
	b.fwd, b.fwdW, b.fwdOff = nil, nil, nil
	put(w, "fwd", fwd)
	put(w, "fwd.weight", weights)
	put(w, "fwd.off", off)
	put(w, "size", permute(b.sizes, order))

	// The documents of each word.
	for i := range names {
		count[i+1] += count[i]
	}
	common := make([]uint8, len(names)) // words that are not only proper names
	next := slices.Clone(count)
	post, static := make([]uint32, len(fwd)), make([]uint16, len(fwd))
	for d := range order {
		for i := off[d]; i < off[d+1]; i++ {
			at := next[fwd[i]]
			post[at], static[at] = uint32(d), staticOf(weights[i], b.sizes[order[d]], b.prior[order[d]])
			next[fwd[i]]++
			if weights[i]&properBit == 0 {
				common[fwd[i]] = 1
			}
		}
	}
	for k, weight := range b.said {
		if weight&properBit == 0 {
			common[number[k.word]] = 1
		}
	}
	put(w, "word.common", common)
	put(w, "post", post)
	put(w, "post.static", static)
	put(w, "post.off", count)
	b.putSaid(w, number)
	putTypos(w, names)
}

// A static is what ranks a document that holds a word, but for how well the
// word matches: the weight of the word in four bits, whether it is proper, the
// document's number of words in four bits, and its Prior. It stands beside the
// document in the list of the word, so that a long list is read in one go.
type static = uint16

// maxPrior is the largest Prior that a static can hold.
const maxPrior = 127

func staticOf(weight, size, prior uint8) static {
	return static(weight&15) | static(weight&properBit)>>3 | static(size&15)<<5 | static(prior)<<9
}

// properStatic is the bit of a static that says the word is proper.
const properStatic = properBit >> 3

// putSaid writes, for each word, the values it was said of: dimension, value
// and weight. Values that no document has are left out.
func (b *Builder) putSaid(w sink, number []uint32) {
	type entry struct{ word, dim, value, weight uint32 }
	var list []entry
	values := make([][]string, len(b.combos))
	for i, c := range b.combos {
		values[i] = c.values()
	}
	for k, weight := range b.said {
		if v, ok := slices.BinarySearch(values[k.dim], k.value); ok {
			list = append(list, entry{number[k.word], uint32(k.dim), uint32(v), uint32(weight)})
		}
	}
	slices.SortFunc(list, func(x, y entry) int {
		return cmp.Or(cmp.Compare(x.word, y.word), cmp.Compare(x.dim, y.dim), cmp.Compare(x.value, y.value))
	})
	off := make([]uint32, len(number)+1)
	flat := make([]uint32, 0, 3*len(list))
	for _, e := range list {
		off[e.word+1]++
		flat = append(flat, e.dim, e.value, e.weight)
	}
	for i := range number {
		off[i+1] += off[i]
	}
	put(w, "said", flat)
	put(w, "said.off", off)
}

// putTypos writes every word under the hash of itself and of each form that
// lacks one of its letters. Two words one insertion, deletion, substitution
// or transposition apart share such a form.
func putTypos(w sink, names []string) {
	var keys []uint64
	for i, name := range names {
		if len(name) < typoLetters-1 {
			continue
		}
		losses(name, func(h uint32) { keys = append(keys, uint64(h)<<32|uint64(i)) })
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	hash, word := make([]uint32, len(keys)), make([]uint32, len(keys))
	for i, k := range keys {
		hash[i], word[i] = uint32(k>>32), uint32(k)
	}
	put(w, "typo.hash", hash)
	put(w, "typo.word", word)
}

func losses(s string, yield func(hash uint32)) {
	h := fnv.New32a()
	one := func(a, b string) {
		h.Reset()
		_, _ = h.Write([]byte(a))
		_, _ = h.Write([]byte(b))
		yield(h.Sum32())
	}
	one(s, "")
	for i := range len(s) {
		one(s[:i], s[i+1:])
	}
}

// apart reports whether a and b are at most n letters apart, an exchange of
// neighbours counting as one (optimal string alignment).
func apart(a, b string, n int) bool {
	if d := len(a) - len(b); d > n || -d > n {
		return false
	}
	var rows [3][64]uint8
	if len(b) >= 63 {
		return a == b
	}
	for j := range len(b) + 1 {
		rows[0][j] = uint8(min(j, 255))
	}
	for i := 1; i <= len(a); i++ {
		row, above := &rows[i%3], &rows[(i-1)%3]
		row[0] = uint8(min(i, 255))
		low := row[0]
		for j := 1; j <= len(b); j++ {
			c := above[j-1]
			if a[i-1] != b[j-1] {
				c++
			}
			c = min(c, above[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				c = min(c, rows[(i-2)%3][j-2]+1)
			}
			row[j] = c
			low = min(low, c)
		}
		if int(low) > n {
			return false
		}
	}
	return int(rows[len(a)%3][len(b)]) <= n
}

// An Index answers requests. It is immutable and safe for concurrent use.
type Index struct {
	meta
	stop      map[string]bool
	file      *file
	ids       []uint64
	idOrder   []uint32
	groups    []uint64
	groupOrd  []uint32
	prior     []uint8
	rank      []uint32 // documents by Prior, then as they are
	titleOrd  []uint32 // documents by title
	titleOff  []uint32
	titleData []byte
	titleRank []uint32
	xyz       []float64 // unit vectors
	latlon    []float64
	cells     []uint32
	cellStart []uint32
	rowAt     []uint32 // where the cells of each row begin; one more for the end
	stored    []byte
	storedOff []uint64
	dims      []dimension

	words    strs
	common   []uint8 // 1: not only a proper name
	post     []uint32
	postS    []uint16 // see static
	postOff  []uint32
	fwd      []uint32
	fwdW     []uint8
	fwdOff   []uint32
	size     []uint8
	said     []uint32
	saidOff  []uint32
	typoHash []uint32
	typoWord []uint32
	scratch  pool
	counts   countCache
	serial   uint64 // tells indexes apart in a cache of counts
}

// serials numbers the indexes of the process.
var serials atomic.Uint64

// strs is a sorted list of strings in one blob.
type strs struct {
	data []byte
	off  []uint32
}

func (s strs) len() int          { return max(0, len(s.off)-1) }
func (s strs) at(i int) []byte   { return s.data[s.off[i]:s.off[i+1]] }
func (s strs) text(i int) string { return string(s.at(i)) }

// find returns the first position whose string is not less than v.
func (s strs) find(v string) int {
	lo, hi := 0, s.len()
	for lo < hi {
		if m := (lo + hi) / 2; string(s.at(m)) < v {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// exact returns the position of v, or -1.
func (s strs) exact(v string) int {
	if i := s.find(v); i < s.len() && string(s.at(i)) == v {
		return i
	}
	return -1
}

// prefix returns the range of strings that begin with v.
func (s strs) prefix(v string) (from, to int) {
	return s.find(v), s.find(v + "\xff")
}

type dimension struct {
	name    string
	private bool
	col     []uint16
	values  strs
	sets    [][]uint32 // values of each combo
	hold    []uint16   // the combos that hold each value
	holdOff []uint32
	single  bool // no document has two values
	post    []uint32
	postOff []uint32
	postXYZ []float64 // where they are, when the dimension keeps it
	implied []uint16  // by value and dimension: the combo all its documents have there, or varies
}

// load reads the sections of a file in place and checks that they fit
// together.
func load(f *file) (*Index, error) {
	x := &Index{file: f, serial: serials.Add(1)}
	if err := json.Unmarshal(f.section("meta"), &x.meta); err != nil {
		return nil, fmt.Errorf("%w: meta: %w", ErrCorrupted, err)
	}
	x.stop = map[string]bool{}
	for _, s := range x.Stop {
		x.stop[s] = true
	}
	n := x.Docs
	var bad []string
	want := func(name string, got, want int) {
		if got != want {
			bad = append(bad, fmt.Sprintf("%s holds %d, not %d", name, got, want))
		}
	}
	u32 := func(name string) []uint32 { return view[uint32](f.section(name)) }
	u8 := func(name string) []uint8 { return view[uint8](f.section(name)) }
	x.ids, x.idOrder = view[uint64](f.section("id")), u32("id.order")
	want("id", len(x.ids), n)
	want("id.order", len(x.idOrder), n)
	if x.HasGroup {
		x.groups, x.groupOrd = view[uint64](f.section("group")), u32("group.order")
		want("group", len(x.groups), n)
		want("group.order", len(x.groupOrd), n)
	}
	x.prior, x.rank, x.titleOrd = u8("prior"), u32("rank"), u32("title.order")
	want("prior", len(x.prior), n)
	want("rank", len(x.rank), n)
	want("title.order", len(x.titleOrd), n)
	x.titleOff, x.titleData = u32("title.off"), f.section("title")
	want("title.off", len(x.titleOff), n+1)
	x.titleRank = u32("title.rank")
	want("title.rank", len(x.titleRank), n)
	x.xyz, x.latlon = view[float64](f.section("vector")), view[float64](f.section("point"))
	want("vector", len(x.xyz), 3*x.Placed)
	want("point", len(x.latlon), 2*x.Placed)
	x.cells, x.cellStart = u32("cell"), u32("cell.start")
	want("cell.start", len(x.cellStart), parts*parts*len(x.cells)+1)
	x.stored, x.storedOff = f.section("stored"), view[uint64](f.section("stored.off"))
	want("stored.off", len(x.storedOff), n+1)
	for i, name := range x.Dims {
		d, err := loadDimension(f, fmt.Sprintf("dim%d.", i), n, len(x.Dims))
		if err != nil {
			return nil, err
		}
		d.name, d.private = name, i < len(x.Private) && x.Private[i]
		x.dims = append(x.dims, d)
	}
	x.words = strs{f.section("word"), u32("word.off")}
	x.post, x.postS, x.postOff = u32("post"), view[uint16](f.section("post.static")), u32("post.off")
	x.fwd, x.fwdW, x.fwdOff = u32("fwd"), u8("fwd.weight"), u32("fwd.off")
	x.size, x.said, x.saidOff = u8("size"), u32("said"), u32("said.off")
	x.typoHash, x.typoWord = u32("typo.hash"), u32("typo.word")
	x.common = u8("word.common")
	want("word.off", len(x.words.off), x.Words+1)
	want("word.common", len(x.common), x.Words)
	want("post.off", len(x.postOff), x.Words+1)
	want("said.off", len(x.saidOff), x.Words+1)
	want("post.static", len(x.postS), len(x.post))
	want("fwd", len(x.fwd), len(x.post))
	want("fwd.weight", len(x.fwdW), len(x.fwd))
	want("fwd.off", len(x.fwdOff), n+1)
	want("size", len(x.size), n)
	want("typo.word", len(x.typoWord), len(x.typoHash))
	if len(bad) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrCorrupted, strings.Join(bad, "; "))
	}
	x.rowAt = rowsOf(x.cells)
	x.scratch.docs = n
	return x, nil
}

// Len returns the number of documents.
func (x *Index) Len() int { return x.Docs }

// Section returns the data kept under name, and whether it is there.
func (x *Index) Section(name string) ([]byte, bool) {
	_, ok := x.file.sections["x."+name]
	return slices.Clone(x.file.section("x." + name)), ok
}

// doc returns the position of a document, or -1. Identifiers are spread evenly
// enough for a guess by their size to look at a few places of memory, where
// halving looks at forty of a million; every other step halves all the same, so
// that no spread of them costs more than twice as much.
func (x *Index) doc(id uint64) int {
	lo, hi := 0, len(x.idOrder)
	if hi == 0 {
		return -1
	}
	below, above := x.ids[x.idOrder[0]]-1, x.ids[x.idOrder[hi-1]]+1 // what lo to hi lies between
	for halve := false; lo < hi; halve = !halve {
		at := lo + (hi-lo)/2
		if !halve && below < id && id < above {
			at = min(hi-1, lo+int(float64(id-below)/float64(above-below)*float64(hi-lo)))
		}
		d := x.idOrder[at]
		switch v := x.ids[d]; {
		case v == id:
			return int(d)
		case v < id:
			lo, below = at+1, v
		default:
			hi, above = at, v
		}
	}
	return -1
}

func (x *Index) storedAt(d uint32) []byte {
	return slices.Clone(x.stored[x.storedOff[d]:x.storedOff[d+1]])
}

func (x *Index) title(d uint32) string {
	return string(x.titleData[x.titleOff[d]:x.titleOff[d+1]])
}

// members returns the documents of a group, ascending by position.
func (x *Index) members(group uint64) []uint32 {
	if !x.HasGroup {
		return nil
	}
	at := func(d uint32, g uint64) int { return cmp.Compare(x.groups[d], g) }
	i, _ := slices.BinarySearchFunc(x.groupOrd, group, at)
	j, _ := slices.BinarySearchFunc(x.groupOrd, group+1, at)
	return x.groupOrd[i:j]
}
