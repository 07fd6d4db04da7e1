package index

import (
	"cmp"
	"math"
	"slices"

	"passerelle/internal/geo"
)

// The grid cuts the Earth into cells of about 5 km by 5 km in France. Cells
// are numbered row by row from the south-west, and documents lie in the order
// of their cells, so the part of a row that a question covers is one run of
// documents. Only cells that hold something are kept.
const (
	cellLat = 0.05
	cellLon = 0.07
	columns = 5143 // ceil(360 / cellLon)
	rows    = 3600
	// Each cell is cut again, parts by parts, for the question of what is
	// nearest: a town has more in one cell than a reader wants to see.
	parts = 4
)

func fineRow(lat float64) int { return min(max(int((lat+90)/(cellLat/parts)), 0), rows*parts-1) }
func fineCol(lon float64) int { return min(max(int((lon+180)/(cellLon/parts)), 0), columns*parts-1) }

func rowOf(lat float64) int { return fineRow(lat) / parts }
func colOf(lon float64) int { return fineCol(lon) / parts }

func cellOf(p geo.Point) uint32 { return uint32(rowOf(p.Lat)*columns + colOf(p.Lon)) }

// partOf returns the part of its cell in which p lies, row by row.
func partOf(p geo.Point) uint32 {
	return uint32(fineRow(p.Lat)%parts*parts + fineCol(p.Lon)%parts)
}

// vector returns p on the unit sphere.
func vector(p geo.Point) (x, y, z float64) {
	a, b := p.Lat*math.Pi/180, p.Lon*math.Pi/180
	return math.Cos(a) * math.Cos(b), math.Cos(a) * math.Sin(b), math.Sin(a)
}

// chord2 is the squared chord of a great circle of r metres on the unit
// sphere; it grows with r, so distances are compared as chords.
func chord2(r float64) float64 {
	if r >= math.Pi*geo.EarthRadius {
		return 4
	}
	c := 2 * math.Sin(r/geo.EarthRadius/2)
	return c * c
}

// metres is the great circle of a squared chord.
func metres(c2 float64) float64 {
	return 2 * geo.EarthRadius * math.Asin(math.Min(1, math.Sqrt(c2)/2))
}

// putGrid writes the cells that hold something, and where each of their parts
// begins among the documents.
func putGrid(w sink, cells, inCell []uint32, n int) {
	var ids, starts []uint32
	for i := 0; i < len(cells); {
		ids = append(ids, cells[i])
		c := cells[i]
		for part := range uint32(parts * parts) {
			starts = append(starts, uint32(i))
			for i < len(cells) && cells[i] == c && inCell[i] == part {
				i++
			}
		}
	}
	put(w, "cell", ids)
	put(w, "cell.start", append(starts, uint32(n)))
}

// A run is a range of documents that lie in cells of one row.
type run struct {
	from, to uint32
	inside   bool    // all of them are within reach: nobody needs to look
	least    float64 // squared chord from the centre, which none of them falls short of
}

// rounding is more than two ways of working out one squared chord can differ
// by: some 20 cm beside the nearest.
const rounding = 1e-15

// disc returns the documents of the cells that a circle touches. In each row,
// those of cells wholly within it are apart from those on its edge: most
// documents of a wide circle need not be measured.
//
// By the haversine formula the squared chord between two points is
// chord2(Δφ) + cos φ₁ cos φ₂ chord2(Δλ), so over a cell it is least, and
// largest, at known corners.
func (x *Index) disc(at geo.Point, radius float64) []run {
	box := geo.Around(at, radius)
	if box.South < -85 || box.North > 85 || box.West < -180 || box.East > 180 {
		return x.runs(box)
	}
	reach := chord2(radius)
	var out []run
	add := func(r run, i, j int) {
		r.from, r.to = x.cellStart[i*parts*parts], x.cellStart[j*parts*parts]
		if r.from < r.to {
			out = append(out, r)
		}
	}
	cos := math.Cos(at.Lat * radian)
	for row, end := rowOf(box.South), rowOf(box.North); row <= end; row++ {
		if x.rowAt[row] == x.rowAt[row+1] {
			continue
		}
		south := float64(row)*cellLat - 90
		north := south + cellLat
		nearest := arc2(max(0, south-at.Lat, at.Lat-north))
		farthest := arc2(max(north-at.Lat, at.Lat-south))
		narrow, wide := math.Cos(south*radian), math.Cos(north*radian)
		if narrow > wide {
			narrow, wide = wide, narrow
		}
		if south < 0 && north > 0 {
			wide = 1
		}
		half := halfWidth(reach+rounding-nearest, cos*narrow)
		if half < 0 {
			continue
		}
		a, d := x.strip(row, colOf(at.Lon-half), colOf(at.Lon+half))
		least := max(0, nearest-rounding)
		half = halfWidth(reach-rounding-farthest, cos*wide)
		first, last := colOf(at.Lon-half)+1, colOf(at.Lon+half)-1 // the columns wholly within
		if half < 0 || first > last {
			add(run{least: least}, a, d)
			continue
		}
		b, c := x.strip(row, first, last)
		beside := func(gap float64) float64 { return least + cos*narrow*arc2(max(0, gap)) }
		add(run{least: beside(at.Lon + 180 - float64(first)*cellLon)}, a, b)
		add(run{least: least, inside: true}, b, c)
		add(run{least: beside(float64(last+1)*cellLon - 180 - at.Lon)}, c, d)
	}
	return out
}

const radian = math.Pi / 180

// arc2 is the squared chord of an arc of some degrees.
func arc2(degrees float64) float64 {
	c := 2 * math.Sin(degrees*radian/2)
	return c * c
}

// halfWidth returns how many degrees of longitude a squared chord spans, where
// the product of the cosines of two latitudes is cos; -1 when there is none.
func halfWidth(chord2, cos float64) float64 {
	if chord2 < 0 {
		return -1
	}
	return 2 / radian * math.Asin(min(1, math.Sqrt(chord2/cos)/2))
}

// runs returns the documents of the cells that b touches, one run a row.
func (x *Index) runs(b geo.Box) []run {
	var out []run
	if b.West < -180 || b.East > 180 { // across the date line: two boxes
		west, east := b, b
		if b.West < -180 {
			west.West, west.East, east.West = b.West+360, 180, -180
		} else {
			west.East, east.West, east.East = 180, -180, b.East-360
		}
		out = append(x.runs(west), x.runs(east)...)
		slices.SortFunc(out, func(a, b run) int { return cmp.Compare(a.from, b.from) })
		return out
	}
	c1, c2 := colOf(b.West), colOf(b.East)
	for r := rowOf(b.South); r <= rowOf(b.North); r++ {
		i, j := x.strip(r, c1, c2)
		if from, to := x.cellStart[i*parts*parts], x.cellStart[j*parts*parts]; from < to {
			out = append(out, run{from: from, to: to})
		}
	}
	return out
}

// rowsOf returns where the cells of each row begin, and where the last ends.
func rowsOf(cells []uint32) []uint32 {
	at := make([]uint32, rows+1)
	r := 0
	for i, c := range cells {
		for ; r <= int(c)/columns; r++ {
			at[r] = uint32(i)
		}
	}
	for ; r <= rows; r++ {
		at[r] = uint32(len(cells))
	}
	return at
}

// strip returns the range of cells of a row from one column to another.
func (x *Index) strip(row, from, to int) (i, j int) {
	first, end := x.rowAt[row], x.rowAt[row+1]
	line := x.cells[first:end]
	i, _ = slices.BinarySearch(line, uint32(row*columns+from))
	j, _ = slices.BinarySearch(line[i:], uint32(row*columns+to+1))
	return int(first) + i, int(first) + i + j
}

// skipTo returns the position of the first number of an ascending list that is
// not less than v, looking near its beginning first: what is looked for next is
// seldom far.
func skipTo(list []uint32, v uint32) int {
	end := 1
	for end < len(list) && list[end] < v {
		end *= 2
	}
	from := end / 2
	end = min(end+1, len(list))
	for from < end {
		m := int(uint(from+end) >> 1)
		if list[m] < v {
			from = m + 1
		} else {
			end = m
		}
	}
	return from
}
