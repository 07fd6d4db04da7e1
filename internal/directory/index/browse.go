package index

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"

	"passerelle/internal/geo"
)

// fewDocs is the number of documents up to which looking at each costs less
// than being clever.
const fewDocs = 8000

// browse answers a plan without words, reach or list: only filters. Counts are
// remembered, because the same few are asked by every visitor; the list is
// found by going through the documents in its order until it is long enough.
func (s *segment) browse(p *plan, best *top, counts *countCache, r *Request) (int, [][]int32) {
	total, tally := s.count(p, counts)
	if best == nil || total == 0 {
		return total, tally
	}
	filter, least := s.narrowest(p)
	q := *p
	q.facets = nil
	w := s.walk(&q, best)
	switch {
	case filter >= 0 && least <= fewDocs:
		w.drive(-1, filter, 0)
		w.seeLists(s.lists(&p.filters[filter]), s.dims[p.filters[filter].dim].single)
	case p.near && p.order == ByDistance:
		s.nearest(w, p)
	case p.near:
		w.drive(-1, -1, 0)
		w.seeAll()
	case p.order == ByTitle:
		w.drive(-1, -1, 0)
		for from := 0; from < s.Docs && w.total < best.k; from += 64 {
			w.see(s.titleOrd[from:min(from+64, s.Docs)], nil)
		}
	default:
		w.drive(-1, -1, 0)
		s.inRank(w)
	}
	return total, tally
}

// inRank goes through the documents by Prior, then ID, until a list is full
// and no later document of the same Prior can be less solicited.
func (s *segment) inRank(w *walk) {
	for from := 0; from < s.Docs; from += 64 {
		part := s.rank[from:min(from+64, s.Docs)]
		w.see(part, nil)
		if w.total < w.best.k {
			continue
		}
		if s.busy == nil {
			return
		}
		// Among equals the least solicited come first: the list is final once
		// it is full of people never solicited, or Prior has gone down.
		worst := w.best.worst()
		if worst.busy == 0 || from+64 < s.Docs && s.prior[s.rank[from+64]] < worst.prior() {
			return
		}
	}
}

// narrowest returns the filter that the fewest documents pass, or -1.
func (s *segment) narrowest(p *plan) (filter, least int) {
	filter, least = -1, s.Docs
	for i := range p.filters {
		if p.filters[i].reach < least {
			filter, least = i, p.filters[i].reach
		}
	}
	return filter, least
}

// nearest goes through cells in rings around the centre until no further one
// can hold a nearer document: through parts of cells first, and where those
// within a few kilometres are not enough, through cells.
func (s *segment) nearest(w *walk, p *plan) {
	w.drive(-1, -1, 0)
	if s.Placed <= fewDocs {
		w.seeAll()
		return
	}
	center := geo.Point{Lat: math.Asin(p.center[2]) * 180 / math.Pi, Lon: math.Atan2(p.center[1], p.center[0]) * 180 / math.Pi}
	if s.rings(w, center, parts, partRings) || s.rings(w, center, 1, 200) {
		return
	}
	w.begin()
	w.seeAll() // few documents on Earth: look at each
}

// rings goes through rings of cells, each cut in so many parts, up to a last
// one. It reports whether no document outside of them can be nearer.
func (s *segment) rings(w *walk, center geo.Point, cut, last int) bool {
	w.begin()
	size, width := cellLat/float64(cut), cellLon/float64(cut)
	row, col := fineRow(center.Lat)*cut/parts, fineCol(center.Lon)*cut/parts
	strip := s.cellStrip
	if cut == parts {
		strip = (&patch{s: s, row: row / parts, col: col / parts}).strip
	}
	strip(w, row, col, col, 0)
	for k := 1; k <= last; k++ {
		// The rings done so far cover at least this far from the centre, to
		// the south and so on.
		south, north := center.Lat-(float64(row-k+1)*size-90), float64(row+k)*size-90-center.Lat
		west, east := center.Lon-(float64(col-k+1)*width-180), math.Min(180, float64(col+k)*width-180)-center.Lon
		cos := math.Cos(math.Min(89.9, math.Abs(center.Lat)+float64(k)*size)*radian) * .99
		if w.best.full() && w.best.worst().far <= arc2(min(south, north, west*cos, east*cos)) {
			return true
		}
		if col-k < 0 || col+k >= columns*cut {
			return false // across the date line
		}
		for _, side := range []struct {
			row   int
			least float64
		}{{row - k, arc2(south)}, {row + k, arc2(north)}} {
			from, to := col-k, col+k
			if w.best.full() { // no wider than the circle of the best
				half := halfWidth(w.best.worst().far+rounding-side.least, cos*cos)
				from, to = max(from, int((center.Lon-half+180)/width)), min(to, int((center.Lon+half+180)/width))
			}
			strip(w, side.row, from, to, side.least)
		}
		for r := row - k + 1; r < row+k; r++ {
			least := arc2(max(0, float64(r)*size-90-center.Lat, center.Lat-float64(r+1)*size+90))
			strip(w, r, col-k, col-k, least+cos*cos*arc2(west))
			strip(w, r, col+k, col+k, least+cos*cos*arc2(east))
		}
	}
	return false
}

// cellStrip considers the documents of some cells of a row, none nearer than
// some squared chord.
func (s *segment) cellStrip(w *walk, r, from, to int, least float64) {
	if r < 0 || r >= rows || w.distant(least) {
		return
	}
	i, j := s.Index.strip(r, max(from, 0), min(to, columns-1))
	w.seeRange(&run{from: s.cellStart[i*parts*parts], to: s.cellStart[j*parts*parts], inside: true, least: least})
}

// partRings is how many rings of parts of cells are gone through, and
// cellsAround how many cells they reach in each direction.
const (
	partRings   = 8
	cellsAround = partRings/parts + 1
)

// A patch is the cells around a point, each row looked up once.
type patch struct {
	s        *segment
	row, col int // of the cell in the middle
	lines    [2*cellsAround + 1]struct {
		known    bool
		from, to int // its cells
	}
}

// strip considers the documents of some parts of cells, of a row of parts,
// none nearer than some squared chord.
func (p *patch) strip(w *walk, r, from, to int, least float64) {
	if r < 0 || r >= rows*parts || w.distant(least) {
		return
	}
	line := &p.lines[r/parts-p.row+cellsAround]
	if !line.known {
		line.known = true
		line.from, line.to = p.s.Index.strip(r/parts, max(p.col-cellsAround, 0), min(p.col+cellsAround, columns-1))
	}
	for i := line.from; i < line.to; i++ {
		col := int(p.s.cells[i]%columns) * parts
		if col > to || col+parts <= from {
			continue
		}
		first := i*parts*parts + r%parts*parts
		w.seeRange(&run{from: p.s.cellStart[first+max(0, from-col)], to: p.s.cellStart[first+min(parts, to-col+1)], inside: true, least: least})
	}
}

// count returns the total and the facets of a plan that has only filters.
func (s *segment) count(p *plan, counts *countCache) (int, [][]int32) {
	if len(p.facets) == 0 && len(p.filters) == 1 && len(p.filters[0].values) == 1 && s.skip == nil {
		docs := s.dims[p.filters[0].dim].docs(p.filters[0].values[0])
		return len(between(docs, 0, p.limit)), nil
	}
	key := countKey(s.Index, p)
	if c, ok := counts.find(key); ok {
		return c.total, c.tally
	}
	q := *p
	q.near, q.reach, q.order = false, 4, ByRelevance
	w := s.walk(&q, nil)
	if filter, _ := s.narrowest(p); filter >= 0 && !slices.Contains(p.facets, p.filters[filter].dim) {
		w.drive(-1, filter, 0)
		w.seeLists(s.lists(&p.filters[filter]), s.dims[p.filters[filter].dim].single)
	} else {
		w.drive(-1, -1, 0)
		w.seeAll()
	}
	counts.keep(key, counted{w.total, w.tally})
	return w.total, w.tally
}

// A countCache remembers counts for one state of the documents.
type countCache struct {
	mu sync.RWMutex
	m  map[string]counted
}

type counted struct {
	total int
	tally [][]int32
}

const countCacheSize = 2000

func (c *countCache) find(key string) (counted, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	v, ok := c.m[key]
	return v, ok
}

func (c *countCache) keep(key string, v counted) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil || len(c.m) >= countCacheSize {
		c.m = map[string]counted{}
	}
	c.m[key] = v
}

func countKey(x *Index, p *plan) string {
	var b strings.Builder
	b.WriteString(strconv.FormatUint(x.serial, 36))
	b.WriteByte(' ')
	b.WriteString(strconv.Itoa(int(p.limit)))
	for _, f := range p.facets {
		b.WriteByte(',')
		b.WriteString(strconv.Itoa(f))
	}
	for i := range p.words {
		p.words[i].key(&b)
	}
	for _, f := range p.filters {
		b.WriteByte(';')
		b.WriteString(strconv.Itoa(f.dim))
		v := slices.Sorted(slices.Values(f.values))
		for _, n := range v {
			b.WriteByte('|')
			b.WriteString(strconv.Itoa(n))
		}
	}
	return b.String()
}

// key writes what tells a word from others in one index.
func (p *wordPlan) key(b *strings.Builder) {
	fmt.Fprintf(b, " %d-%d", p.from, p.to)
	for _, t := range p.tokens {
		fmt.Fprintf(b, " %d.%d.%t", t.word, t.quality, t.ordinary)
	}
}
