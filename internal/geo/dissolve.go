package geo

// Dissolve returns the outline of the union of areas that touch without
// overlapping: the rings of the areas, without the lines that two of them
// share. Rings are closed (the first point need not be repeated) and are
// drawn with the even-odd rule, before and after, so their direction does
// not matter. Only lines with exactly equal ends are seen as shared; others
// stay, harmlessly, as seams.
func Dissolve(rings [][]Point) [][]Point {
	// A line seen an even number of times is inside.
	edges := map[[2]Point]bool{}
	var order [][2]Point // in order of appearance, for a stable result
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if a == b {
				continue
			}
			k := edge(a, b)
			if _, seen := edges[k]; !seen {
				order = append(order, k)
			}
			edges[k] = !edges[k]
		}
	}
	next := map[Point][]Point{}
	for _, k := range order {
		if edges[k] {
			next[k[0]] = append(next[k[0]], k[1])
			next[k[1]] = append(next[k[1]], k[0])
		}
	}
	// Every point has an even number of lines, so a walk that uses each line
	// once comes back to where it started.
	var out [][]Point
	for _, k := range order {
		if !edges[k] {
			continue
		}
		ring := []Point{k[0]}
		for at := k[0]; ; {
			to, ok := step(at, next, edges)
			if !ok || to == k[0] {
				break
			}
			ring = append(ring, to)
			at = to
		}
		if len(ring) > 2 {
			out = append(out, ring)
		}
	}
	return out
}

// step takes an unused line from at and returns its other end.
func step(at Point, next map[Point][]Point, edges map[[2]Point]bool) (Point, bool) {
	for len(next[at]) > 0 {
		to := next[at][0]
		next[at] = next[at][1:]
		if k := edge(at, to); edges[k] {
			edges[k] = false
			return to, true
		}
	}
	return Point{}, false
}

// edge returns the line from a to b, whichever way it is drawn.
func edge(a, b Point) [2]Point {
	if b.Lat < a.Lat || b.Lat == a.Lat && b.Lon < a.Lon {
		a, b = b, a
	}
	return [2]Point{a, b}
}

// Inside reports whether p lies in the area of rings, by the even-odd rule.
func Inside(rings [][]Point, p Point) bool {
	in := false
	for _, ring := range rings {
		for i, a := range ring {
			b := ring[(i+1)%len(ring)]
			if (a.Lat > p.Lat) != (b.Lat > p.Lat) &&
				p.Lon < (b.Lon-a.Lon)*(p.Lat-a.Lat)/(b.Lat-a.Lat)+a.Lon {
				in = !in
			}
		}
	}
	return in
}

// Bounds returns the smallest box that holds every point of rings, and false
// when there is none.
func Bounds(rings [][]Point) (Box, bool) {
	var b Box
	found := false
	for _, ring := range rings {
		for _, p := range ring {
			if !found {
				b, found = Box{p.Lat, p.Lon, p.Lat, p.Lon}, true
				continue
			}
			b.South, b.North = min(b.South, p.Lat), max(b.North, p.Lat)
			b.West, b.East = min(b.West, p.Lon), max(b.East, p.Lon)
		}
	}
	return b, found
}
