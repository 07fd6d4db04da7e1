package web

import (
	"cmp"
	"math"
	"slices"
	"unicode/utf8"

	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/place"
)

// A pane is a small map beside a list: the communes as dots, the entries as
// numbered pins, the circle of the radius.
type pane struct {
	drawing
	Dots   [4]string // path data of the communes by size
	Land   string    // path data of their outlines, when there are few
	Scale  scaleBar
	Pins   []pin
	Labels []mapLabel
	Ring   float64 // radius of the circle, 0 without one
	Here   *mapLabel
	Key    bool // the middle is an establishment: the keystone
}

// A pin is an entry on a map.
type pin struct {
	X, Y  float64
	N     int
	World string
	Path  string
}

// A mapLabel is a name on a map, placed so that it covers no other and no pin.
type mapLabel struct {
	Name   string
	X, Y   float64
	Anchor string
	px, py float64 // of the dot it names
}

// Sizes of the pane, in units of about a CSS pixel.
const (
	paneWidth  = 400
	paneHeight = 460
	paneDots   = 1500 // more would be a grey stain
	paneLabels = 9

	drawnCommunes = 70 // in view; with more, outlines are noise
)

// A scaleBar says how long a distance is on a map.
type scaleBar struct {
	Meters float64
	Width  float64
	Y      float64
}

// scaleBar chooses a round distance of about a quarter of the map.
func (d *drawing) scaleBar() scaleBar {
	meter := d.scale / geo.EarthRadius * 180 / math.Pi
	b := scaleBar{Y: d.Height - 12}
	for _, m := range []float64{500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000} {
		if w := m * meter; w <= d.Width/4 || b.Meters == 0 {
			b.Meters, b.Width = m, round1(w)
		}
	}
	return b
}

// land draws the outlines of the communes that a drawing shows a part of.
func (o *outlines) land(d *drawing) string {
	const margin = 0.12 // degrees: no commune here is wider
	wide := geo.Box{South: d.box.South - margin, North: d.box.North + margin, West: d.box.West - margin, East: d.box.East + margin}
	var rings [][]geo.Point
	for _, c := range o.places.Communes() {
		if !wide.Contains(c.Centre) {
			continue
		}
		if shape, ok := o.places.Contour(c.Code); ok {
			rings = append(rings, shape.Rings...)
		}
	}
	return d.path(rings)
}

// paneOf draws a page of results; it is nil when none has a place.
func (o *outlines) paneOf(entries []entry, q *query.Query, radius float64) *pane {
	var points []geo.Point
	for _, e := range entries {
		if e.OnMap {
			points = append(points, e.Point)
		}
	}
	if len(points) == 0 {
		return nil
	}
	p := &pane{}
	box := boxOf(points)
	if q.Near != nil {
		box = union(box, geo.Around(*q.Near, 1000))
	}
	p.drawing = fitted(box, paneWidth, paneHeight)
	var seen []place.Commune
	for _, c := range o.places.Communes() {
		if p.box.Contains(c.Centre) {
			seen = append(seen, c)
		}
	}
	slices.SortFunc(seen, func(a, b place.Commune) int { return cmp.Compare(b.Population, a.Population) })
	p.dot(seen[:min(len(seen), paneDots)])
	if len(seen) <= drawnCommunes {
		p.Land = o.land(&p.drawing)
	}
	p.Scale = p.scaleBar()
	for _, e := range entries {
		if e.OnMap {
			x, y := p.at(e.Point)
			p.Pins = append(p.Pins, pin{X: x, Y: y, N: e.N, World: e.World, Path: e.Path})
		}
	}
	p.spread(q.Near)
	slices.Reverse(p.Pins) // the first stands in front
	if q.Near != nil {
		x, y := p.at(*q.Near)
		p.Here = &mapLabel{X: x, Y: y}
		if c, ok := o.places.Commune(q.NearCommune); ok {
			p.Here.Name = c.Name
			p.Here.px, p.Here.py = x, y
		}
		if radius > 0 {
			p.Ring = round1(radius / geo.EarthRadius * 180 / math.Pi * p.scale)
		}
	}
	p.label(seen)
	return p
}

// pinGap is the least distance between two pins, so that each is read.
const pinGap = 23

// spread pushes pins apart, and away from the middle, until none covers
// another or a few rounds are over. Neighbours of one street stay neighbours.
func (p *pane) spread(middle *geo.Point) {
	var fixed []pin
	if middle != nil {
		x, y := p.at(*middle)
		fixed = append(fixed, pin{X: x, Y: y})
	}
	for range 40 {
		moved := false
		for i := range p.Pins {
			for _, f := range fixed {
				moved = p.Pins[i].shun(f, pinGap, i) || moved
			}
			for j := range i {
				moved = p.Pins[i].shun(p.Pins[j], pinGap, i) || moved
			}
			p.Pins[i].X = min(max(p.Pins[i].X, 14), p.Width-14)
			p.Pins[i].Y = min(max(p.Pins[i].Y, 14), p.Height-14)
		}
		if !moved {
			break
		}
	}
	for i := range p.Pins {
		p.Pins[i].X, p.Pins[i].Y = round1(p.Pins[i].X), round1(p.Pins[i].Y)
	}
}

// shun moves a pin away from another that is too near; n turns it where both
// are at the same place.
func (p *pin) shun(o pin, gap float64, n int) bool {
	dx, dy := p.X-o.X, p.Y-o.Y
	far := math.Hypot(dx, dy)
	if far >= gap {
		return false
	}
	if far < 0.5 {
		angle := float64(n) * 2.4 // the golden angle: never twice the same way
		dx, dy, far = math.Cos(angle), math.Sin(angle), 1
	}
	p.X, p.Y = o.X+dx/far*gap, o.Y+dy/far*gap
	return true
}

// fitted makes a drawing of a box within a frame of width and height.
func fitted(b geo.Box, width, height float64) drawing {
	const least = 0.045 // degrees: about five kilometres
	if d := least - (b.North - b.South); d > 0 {
		b.North, b.South = b.North+d/2, b.South-d/2
	}
	if d := least - (b.East - b.West); d > 0 {
		b.East, b.West = b.East+d/2, b.West-d/2
	}
	d := newDrawing(b, width, 34)
	if d.Height < height { // more land above and below
		more := (height - d.Height) / 2 / d.scale
		d.box.North, d.box.South, d.Height = d.box.North+more, d.box.South-more, height
		return d
	}
	// The box is high: show more land on its sides.
	k := d.Height / height
	middle := (d.box.East + d.box.West) / 2
	half := (d.box.East - d.box.West) / 2 * k
	d.box.East, d.box.West, d.scale, d.Height = middle+half, middle-half, d.scale/k, height
	return d
}

// dot draws communes as dots of four sizes.
func (p *pane) dot(communes []place.Commune) {
	var data [4][]byte
	for _, c := range communes {
		x, y := p.at(c.Centre)
		i := 0
		for _, least := range []int{700, 3000, 12000} {
			if c.Population >= least {
				i++
			}
		}
		data[i] = append(data[i], 'M')
		data[i] = appendFloat(data[i], x)
		data[i] = append(data[i], ' ')
		data[i] = appendFloat(data[i], y)
		data[i] = append(data[i], "h0"...)
	}
	for i := range data {
		p.Dots[i] = string(data[i])
	}
}

// A rect is where something is drawn.
type rect struct{ x0, y0, x1, y1 float64 }

func (a rect) over(b rect) bool { return a.x0 < b.x1 && b.x0 < a.x1 && a.y0 < b.y1 && b.y0 < a.y1 }

// label names the place asked for, then the most populous communes that have
// room.
func (p *pane) label(communes []place.Commune) {
	var taken []rect
	for _, pin := range p.Pins {
		taken = append(taken, rect{pin.X - 13, pin.Y - 13, pin.X + 13, pin.Y + 13})
	}
	if p.Here != nil && p.Here.Name != "" {
		taken = append(taken, rect{p.Here.X - 8, p.Here.Y - 8, p.Here.X + 8, p.Here.Y + 8})
		var l mapLabel
		ok := false
		for gap := 12.0; !ok && gap < 150; gap += 12 { // beyond the pins that crowd it
			l, ok = p.room(p.Here.Name, p.Here.X, p.Here.Y, 11.5, gap, taken)
		}
		if !ok {
			l = mapLabel{Name: p.Here.Name, X: p.Here.X - 12, Y: p.Here.Y + 6, Anchor: "end"}
		}
		taken = append(taken, l.rect(11.5))
		p.Here.Name, p.Here.Anchor = l.Name, l.Anchor
		p.Here.px, p.Here.py = l.X, l.Y
	}
	for _, c := range communes {
		if len(p.Labels) == paneLabels {
			return
		}
		if p.Here != nil && c.Name == p.Here.Name {
			continue
		}
		x, y := p.at(c.Centre)
		l, ok := p.room(c.Name, x, y, 8.4, 9, taken)
		if ok {
			p.Labels = append(p.Labels, l)
			taken = append(taken, l.rect(8.4))
		}
	}
}

// LabelX and LabelY are where the name of the place asked for is written.
func (l *mapLabel) LabelX() float64 { return l.px }

// LabelY is the other coordinate of LabelX.
func (l *mapLabel) LabelY() float64 { return l.py }

// room finds where a name fits beside a dot: right, left, below, above.
func (p *pane) room(name string, x, y, letter, gap float64, taken []rect) (mapLabel, bool) {
	for _, l := range []mapLabel{
		{Name: name, X: x + gap, Y: y + 5},
		{Name: name, X: x - gap, Y: y + 5, Anchor: "end"},
		{Name: name, X: x, Y: y + gap + 14, Anchor: "middle"},
		{Name: name, X: x, Y: y - gap - 3, Anchor: "middle"},
	} {
		r := l.rect(letter)
		if r.x0 < 4 || r.y0 < 4 || r.x1 > p.Width-4 || r.y1 > p.Height-4 || slices.ContainsFunc(taken, r.over) {
			continue
		}
		return l, true
	}
	return mapLabel{}, false
}

func (l mapLabel) rect(letter float64) rect {
	w := float64(utf8.RuneCountInString(l.Name)) * letter
	x := l.X
	switch l.Anchor {
	case "end":
		x -= w
	case "middle":
		x -= w / 2
	}
	return rect{x - 3, l.Y - 15, x + w + 3, l.Y + 5}
}

func boxOf(points []geo.Point) geo.Box {
	b := geo.Box{South: points[0].Lat, North: points[0].Lat, West: points[0].Lon, East: points[0].Lon}
	for _, p := range points[1:] {
		b = union(b, geo.Box{South: p.Lat, North: p.Lat, West: p.Lon, East: p.Lon})
	}
	return b
}
