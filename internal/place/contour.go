package place

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/geo"
)

func (a *Atlas) loadContours(o Overrides) error {
	err := lines("contours.tsv.gz", 0, func(f []string) error {
		c := Contour{Code: f[0]}
		for _, field := range f[1:] {
			ring, err := decodeRing(field)
			if err != nil {
				return err
			}
			c.Rings = append(c.Rings, ring)
		}
		a.contours = append(a.contours, c)
		return nil
	})
	if err != nil {
		return err
	}
	return a.overrideContours(o)
}

// overrideContours puts an operator's contours in. Those of former communes
// are joined with the rest of today's commune.
func (a *Atlas) overrideContours(o Overrides) error {
	given := map[string][]Contour{}
	var order []string
	for _, c := range o.Contours {
		today, _, ok := a.Resolve(c.Code)
		if !ok {
			return fmt.Errorf("no commune has the code %q", c.Code)
		}
		if given[today.Code] == nil {
			order = append(order, today.Code)
		}
		given[today.Code] = append(given[today.Code], c)
	}
	for _, code := range order {
		joined := Contour{Code: code}
		for _, c := range given[code] {
			joined.Rings = append(joined.Rings, c.Rings...)
		}
		if len(given[code]) > 1 {
			joined.Rings = geo.Dissolve(joined.Rings)
		}
		i, known := slices.BinarySearchFunc(a.contours, code, func(c Contour, code string) int { return strings.Compare(c.Code, code) })
		if known {
			a.contours[i] = joined
		} else {
			a.contours = slices.Insert(a.contours, i, joined)
		}
	}
	return nil
}

// decodeRing reads a ring: longitude and latitude in thousandths of a degree,
// the first as they are, the others as differences from the point before.
func decodeRing(s string) ([]geo.Point, error) {
	var ring []geo.Point
	x, y := 0, 0
	for s != "" {
		var dx, dy string
		dx, s, _ = strings.Cut(s, " ")
		dy, s, _ = strings.Cut(s, " ")
		i, err := strconv.Atoi(dx)
		if err != nil {
			return nil, err
		}
		j, err := strconv.Atoi(dy)
		if err != nil {
			return nil, err
		}
		x, y = x+i, y+j
		ring = append(ring, geo.Point{Lat: float64(y) / 1000, Lon: float64(x) / 1000})
	}
	if len(ring) < 3 {
		return nil, fmt.Errorf("a ring of %d points", len(ring))
	}
	return ring, nil
}
