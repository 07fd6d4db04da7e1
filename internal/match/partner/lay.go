package partner

import (
	"cmp"
	"math"
	"slices"

	"passerelle/internal/geo"
	"passerelle/internal/match"
)

// The grid of a lay: cells of about 5 km by 5 km in France, each cut in parts
// by parts. It ends at the date line, across which nobody is a neighbour.
const (
	cellLat  = 0.05
	cellLon  = 0.07
	columns  = 5143 // of 360 degrees
	gridRows = 3600
	parts    = 4
)

// A lay holds the establishments of one world that have a place, cell by cell
// and, in a cell, part by part: their documents and their kinds, in columns of
// their own, so that passing one by costs two bytes read in a row.
type lay struct {
	docs  []uint32
	kinds []match.Kind
	cells []uint32 // those that hold somebody, ascending
	start []uint32 // where each part of each cell begins; one more for the end
	rowAt []uint32 // where the cells of each row begin; one more for the end
	// The kinds there are in each crowded cell, each once: where none of them
	// will do, nobody in the cell is looked at.
	digest   []match.Kind
	digestAt []uint32 // by cell; one more for the end
}

// A spot is an establishment to lay out.
type spot struct {
	key  uint32 // cell and part
	doc  uint32
	kind match.Kind
}

func fineRow(lat float64) int { return min(max(int((lat+90)/(cellLat/parts)), 0), gridRows*parts-1) }

func fineCol(lon float64) int { return min(max(int((lon+180)/(cellLon/parts)), 0), columns*parts-1) }

func rowOf(lat float64) int { return fineRow(lat) / parts }
func colOf(lon float64) int { return fineCol(lon) / parts }

// keyOf returns the cell and the part in which p lies.
func keyOf(p geo.Point) uint32 {
	r, c := fineRow(p.Lat), fineCol(p.Lon)
	return uint32(r/parts*columns+c/parts)*parts*parts + uint32(r%parts*parts+c%parts)
}

// newLay lays spots out.
func newLay(spots []spot) lay {
	byPlace := func(a, b spot) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.doc, b.doc)) }
	if !slices.IsSortedFunc(spots, byPlace) {
		slices.SortFunc(spots, byPlace)
	}
	l := lay{docs: make([]uint32, len(spots)), kinds: make([]match.Kind, len(spots)), rowAt: make([]uint32, gridRows+1)}
	n := 0
	for i := range spots {
		if i == 0 || spots[i].key/(parts*parts) != spots[i-1].key/(parts*parts) {
			n++
		}
	}
	l.cells, l.start = make([]uint32, 0, n), make([]uint32, 0, n*parts*parts+1)
	for i := 0; i < len(spots); {
		cell := spots[i].key / (parts * parts)
		l.cells = append(l.cells, cell)
		for part := range uint32(parts * parts) {
			l.start = append(l.start, uint32(i))
			for i < len(spots) && spots[i].key == cell*parts*parts+part {
				l.docs[i], l.kinds[i] = spots[i].doc, spots[i].kind
				i++
			}
		}
	}
	l.start = append(l.start, uint32(len(spots)))
	l.sum()
	r := 0
	for i, c := range l.cells {
		for ; r <= int(c)/columns; r++ {
			l.rowAt[r] = uint32(i)
		}
	}
	for ; r <= gridRows; r++ {
		l.rowAt[r] = uint32(len(l.cells))
	}
	return l
}

// sum makes the digests.
func (l *lay) sum() {
	l.digestAt = make([]uint32, 1, len(l.cells)+1)
	var kinds []match.Kind
	for i := range l.cells {
		from, to := l.start[i*parts*parts], l.start[(i+1)*parts*parts]
		if to-from >= crowded {
			kinds = append(kinds[:0], l.kinds[from:to]...)
			slices.Sort(kinds)
			l.digest = append(l.digest, slices.Compact(kinds)...)
		}
		l.digestAt = append(l.digestAt, uint32(len(l.digest)))
	}
	l.digest = slices.Clip(l.digest)
}

// strip returns the range of cells of a row from one column to another.
func (l *lay) strip(row, from, to int) (i, j int) {
	first, end := l.rowAt[row], l.rowAt[row+1]
	line := l.cells[first:end]
	i, _ = slices.BinarySearch(line, uint32(row*columns+from))
	j, _ = slices.BinarySearch(line[i:], uint32(row*columns+to+1))
	return int(first) + i, int(first) + i + j
}

// A reach is a circle, as the lays measure it.
type reach struct {
	at     geo.Point
	vector [3]float64
	radius float64 // metres
	chord2 float64 // squared, on the unit sphere
}

func newReach(at geo.Point, radius float64) reach {
	return reach{at, vector(at), radius, chord2(radius)}
}

const radian = math.Pi / 180

// vector returns p on the unit sphere, to the last bit as an index does: two
// at one place are as far away.
func vector(p geo.Point) [3]float64 {
	a, b := p.Lat*math.Pi/180, p.Lon*math.Pi/180
	return [3]float64{math.Cos(a) * math.Cos(b), math.Cos(a) * math.Sin(b), math.Sin(a)}
}

// chord2 is the squared chord of a great circle of so many metres.
func chord2(metres float64) float64 {
	c := 2 * math.Sin(min(metres/geo.EarthRadius, math.Pi)/2)
	return c * c
}

// atLeast returns metres that the great circle of a squared chord does not fall
// short of.
func atLeast(c2 float64) float32 {
	return float32(max(0, geo.EarthRadius*math.Sqrt(max(0, c2))-slack))
}

// metres is the great circle of a squared chord.
func metres(c2 float64) float64 {
	return 2 * geo.EarthRadius * math.Asin(math.Min(1, math.Sqrt(c2)/2))
}

// arc2 is the squared chord of an arc of some degrees, or less: of the series
// of its sine what comes after is above zero, and below 1e-9 of it at 100 km.
func arc2(degrees float64) float64 {
	x2 := (degrees * radian) * (degrees * radian)
	return x2 * (1 - x2/12)
}

// rounding is more than two ways of working out a squared chord can differ by.
const rounding = 1e-15

// A piece is a range of a lay, none of it nearer than least metres.
type piece struct {
	from, to uint32
	cell     int32 // its place among the cells; -1: a part of one
	least    float32
}

// kindsIn returns the kinds there are in a piece, nothing when that is not
// known.
func (l *lay) kindsIn(p *piece) []match.Kind {
	if p.cell < 0 {
		return nil
	}
	return l.digest[l.digestAt[p.cell]:l.digestAt[p.cell+1]]
}

// crowded is the number of establishments from which a near cell is gone
// through part by part, and nearby the metres up to which a cell is near.
const (
	crowded = 64
	nearby  = 7_000
)

// pieces appends the cells and parts of cells that are more than from metres
// away from the middle of r, and not more than to, to out, in no order. One
// that is crossed by a ring belongs where its nearest place does.
//
// By the haversine formula the squared chord between two points is
// chord²(Δφ) + cos φ₁ cos φ₂ chord²(Δλ), so how near a cell can be is known
// from its nearest edges and its narrowest latitude.
func (l *lay) pieces(r *reach, from, to float64, out []piece) []piece {
	inner, outer := -1.0, chord2(to)
	if from > 0 {
		inner = chord2(from)
	}
	box := geo.Around(r.at, to+1) // a metre more, so that no rounding leaves a cell out of both rings
	west, east := colOf(max(box.West, -180)), colOf(min(box.East, 180))
	cos := math.Cos(r.at.Lat * radian)
	for row, end := rowOf(max(box.South, -90)), rowOf(min(box.North, 90)); row <= end; row++ {
		if l.rowAt[row] == l.rowAt[row+1] {
			continue
		}
		south := float64(row)*cellLat - 90
		up, narrow := arc2(gap(r.at.Lat, south, cellLat)), math.Cos(min(90, max(math.Abs(south), math.Abs(south+cellLat)))*radian)
		i, j := l.strip(row, west, east)
		for ; i < j; i++ {
			edge := float64(l.cells[i]%columns)*cellLon - 180
			c2 := up + cos*narrow*arc2(gap(r.at.Lon, edge, cellLon)) - rounding
			if c2 > outer {
				continue
			}
			least := atLeast(c2)
			first := i * parts * parts
			begin, end := l.start[first], l.start[first+parts*parts]
			if least > nearby || end-begin < crowded {
				if c2 > inner {
					out = append(out, piece{begin, end, int32(i), least})
				}
				continue
			}
			for pr := range parts {
				up := arc2(gap(r.at.Lat, south+float64(pr)*cellLat/parts, cellLat/parts))
				for pc := range parts {
					k := first + pr*parts + pc
					if l.start[k] == l.start[k+1] {
						continue
					}
					c2 := up + cos*narrow*arc2(gap(r.at.Lon, edge+float64(pc)*cellLon/parts, cellLon/parts)) - rounding
					if c2 > inner && c2 <= outer {
						out = append(out, piece{l.start[k], l.start[k+1], -1, atLeast(c2)})
					}
				}
			}
		}
	}
	return out
}

// gap returns how many degrees v lies outside of what begins at from. A hair
// is taken from them: which side of an edge a place falls on is a matter of
// rounding.
func gap(v, from, width float64) float64 { return max(0, from-v-hair, v-from-width-hair) }

// hair is some degrees too few to matter, a millimetre on the ground.
const hair = 1e-8

// slack is more metres than a float32 is wrong by at the size of a reach: it is
// taken from what is said to be the least.
const slack = 0.1
