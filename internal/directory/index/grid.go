package index

import (
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

// A run is a range of documents.
type run struct{ from, to uint32 }

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
		return append(x.runs(west), x.runs(east)...)
	}
	c1, c2 := colOf(b.West), colOf(b.East)
	for r := rowOf(b.South); r <= rowOf(b.North); r++ {
		i, j := x.strip(r, c1, c2)
		if from, to := x.cellStart[i*parts*parts], x.cellStart[j*parts*parts]; from < to {
			out = append(out, run{from, to})
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
