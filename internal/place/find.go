package place

import (
	"cmp"
	"slices"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
)

// A finder holds every name and postcode of communes in one text, folded, so
// that a question is answered by running through it: less than a megabyte,
// read at memory speed, with nothing to sort and nothing to keep in order.
//
//	\n berguette \n isbergues \n 62330 \n …
//
// A name begins after a line end, a word of it after a space.
type finder struct {
	text string
	ends []int32 // where each entry ends in text
	of   []int32 // the commune of each entry
}

func (a *Atlas) buildFinder() {
	var b strings.Builder
	b.Grow(1 << 20)
	b.WriteByte('\n')
	add := func(s string, commune int) {
		b.WriteString(s)
		b.WriteByte('\n')
		a.finder.ends = append(a.finder.ends, int32(b.Len()-1))
		a.finder.of = append(a.finder.of, int32(commune))
	}
	for i, c := range a.communes {
		add(fold.Key(c.Name), i)
		for _, p := range c.Postcodes {
			add(p, i)
		}
	}
	for _, f := range a.former {
		i, ok := a.Index(f.Of)
		if ok && f.Name != "" && f.Kind != Borough {
			add(fold.Key(f.Name), i)
		}
	}
	a.finder.text = b.String()
}

// How well an entry answers; smaller is better. An article before a name
// does not count: "touquet" is the start of Le Touquet-Paris-Plage.
const (
	wholeName = iota
	startOfName
	startOfWord
)

// Find returns the n communes of today that a reader most likely means by the
// beginning of a name (of today or former), of a word of a name, or of a
// postcode: a whole name first, then the beginning of a name, then of a word
// in it; the larger population first within each. "st" stands for "saint",
// "ste" for "sainte". A text without letters or digits finds nothing.
func (a *Atlas) Find(text string, n int) []Commune {
	a.names.Do(a.buildFinder)
	key := fold.Key(text)
	if key == "" || n <= 0 {
		return nil
	}
	best := map[int32]int{}
	keep := func(commune int32, quality int) {
		if was, ok := best[commune]; !ok || quality < was {
			best[commune] = quality
		}
	}
	a.finder.each(key, keep)
	if full := spellSaints(key); full != key {
		a.finder.each(full, keep)
	}
	found := make([]int32, 0, len(best))
	for i := range best {
		found = append(found, i)
	}
	slices.SortFunc(found, func(i, j int32) int {
		return cmp.Or(
			cmp.Compare(best[i], best[j]),
			cmp.Compare(a.communes[j].Population, a.communes[i].Population),
			cmp.Compare(i, j))
	})
	out := make([]Commune, 0, min(n, len(found)))
	for _, i := range found[:min(n, len(found))] {
		out = append(out, a.communes[i])
	}
	return out
}

// each calls f with the commune of every entry in which a word begins with q.
func (fi *finder) each(q string, f func(commune int32, quality int)) {
	for at := 0; ; at++ {
		i := strings.Index(fi.text[at:], q)
		if i < 0 {
			return
		}
		at += i
		if c := fi.text[at-1]; c != '\n' && c != ' ' {
			continue
		}
		e, _ := slices.BinarySearch(fi.ends, int32(at))
		start := 1
		if e > 0 {
			start = int(fi.ends[e-1]) + 1
		}
		quality := startOfWord
		switch fi.text[start:at] {
		case "", "le ", "la ", "les ", "l ":
			quality = startOfName
			if fi.text[at+len(q)] == '\n' {
				quality = wholeName
			}
		}
		f(fi.of[e], quality)
	}
}

// spellSaints writes "st" and "ste" of a folded text in full, as names do.
func spellSaints(key string) string {
	words := strings.Split(key, " ")
	for i, w := range words {
		switch w {
		case "st":
			words[i] = "saint"
		case "ste":
			words[i] = "sainte"
		}
	}
	return strings.Join(words, " ")
}

// Nearest returns the commune whose centre is nearest to p.
func (a *Atlas) Nearest(p geo.Point) Commune {
	a.places.Do(func() {
		a.byLat = make([]int32, len(a.communes))
		for i := range a.byLat {
			a.byLat[i] = int32(i)
		}
		slices.SortFunc(a.byLat, func(i, j int32) int {
			return cmp.Compare(a.communes[i].Centre.Lat, a.communes[j].Centre.Lat)
		})
	})
	// From the latitude of p outwards, until the difference of latitude alone
	// is more than the best distance.
	const metresPerDegree = geo.EarthRadius * 3.141592653589793 / 180
	up, _ := slices.BinarySearchFunc(a.byLat, p.Lat, func(i int32, lat float64) int {
		return cmp.Compare(a.communes[i].Centre.Lat, lat)
	})
	down := up - 1
	best, nearest := -1, 0.0
	look := func(i int32) bool {
		c := a.communes[i].Centre
		d := c.Lat - p.Lat
		if best >= 0 && max(d, -d)*metresPerDegree > nearest {
			return false
		}
		if d := geo.Distance(p, c); best < 0 || d < nearest || d == nearest && int(i) < best {
			best, nearest = int(i), d
		}
		return true
	}
	for more := true; more; {
		more = false
		if up < len(a.byLat) {
			if look(a.byLat[up]) {
				up, more = up+1, true
			} else {
				up = len(a.byLat)
			}
		}
		if down >= 0 {
			if look(a.byLat[down]) {
				down, more = down-1, true
			} else {
				down = -1
			}
		}
	}
	if best < 0 {
		return Commune{}
	}
	return a.communes[best]
}
