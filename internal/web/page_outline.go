package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"sync"

	"passerelle/internal/geo"
	"passerelle/internal/place"
)

// outlines draws places as SVG from the atlas, so that a map needs no network
// and no script. What it draws is drawn once.
type outlines struct {
	places      *place.Atlas
	territories func() drawing
	each        sync.Map // drawing by territory
	shapes      sync.Map // geoJSON by département
}

// A drawing is a map of areas on a plane, in units of about a CSS pixel.
type drawing struct {
	Width, Height float64
	Areas         []area
	Names         []mapLabel // placed so that none covers another
	box           geo.Box
	scale         float64
}

// An area is an outline to draw with the even-odd rule, and where its name
// fits.
type area struct {
	Code string // slug of a territory, code of a commune
	Name string
	D    string // path data
	X, Y float64
	N    int     // establishments; 0 is not said
	R    float64 // of the dot that says N
}

func newOutlines(places *place.Atlas) *outlines {
	o := &outlines{places: places}
	o.territories = sync.OnceValue(o.drawTerritories)
	return o
}

// newDrawing makes an empty drawing of a box, of a width.
func newDrawing(b geo.Box, width, margin float64) drawing {
	d := drawing{Width: width}
	across := (b.East - b.West) * math.Cos((b.North+b.South)/2*math.Pi/180)
	d.scale = (width - 2*margin) / across
	pad := margin / d.scale
	lonPad := pad / math.Cos((b.North+b.South)/2*math.Pi/180)
	d.box = geo.Box{South: b.South - pad, North: b.North + pad, West: b.West - lonPad, East: b.East + lonPad}
	d.Height = math.Ceil((d.box.North - d.box.South) * d.scale)
	return d
}

// at returns where a point is drawn.
func (d *drawing) at(p geo.Point) (x, y float64) {
	shrink := math.Cos((d.box.North + d.box.South) / 2 * math.Pi / 180)
	return round1((p.Lon - d.box.West) * shrink * d.scale), round1((d.box.North - p.Lat) * d.scale)
}

// path writes rings as path data.
func (d *drawing) path(rings [][]geo.Point) string {
	var b []byte
	for _, ring := range rings {
		var px, py float64
		for i, p := range ring {
			x, y := d.at(p)
			if i > 0 && x == px && y == py {
				continue
			}
			b = append(b, "ML"[min(i, 1)])
			b = appendFloat(b, x)
			b = append(b, ' ')
			b = appendFloat(b, y)
			px, py = x, y
		}
		b = append(b, 'z')
	}
	return string(b)
}

func appendFloat(b []byte, f float64) []byte { return strconv.AppendFloat(b, f, 'f', -1, 64) }

func round1(f float64) float64 { return math.Round(f*10) / 10 }

// drawTerritories draws the house's territories together.
func (o *outlines) drawTerritories() drawing {
	all := o.places.Territories()
	if len(all) == 0 {
		return drawing{}
	}
	b := all[0].Box
	for _, t := range all[1:] {
		b = union(b, t.Box)
	}
	d := newDrawing(b, 640, 8)
	for _, t := range all {
		c, ok := o.places.Outline(t.Slug)
		if !ok {
			continue
		}
		a := area{Code: t.Slug, Name: t.Name, D: d.path(c.Rings)}
		a.X, a.Y = d.at(o.heart(t))
		d.Areas = append(d.Areas, a)
	}
	return d
}

// counted returns the drawing with the number of establishments of each area.
func (d drawing) counted(n func(code string) int) drawing {
	d.Areas = slices.Clone(d.Areas)
	for i := range d.Areas {
		a := &d.Areas[i]
		if a.N = n(a.Code); a.N > 0 {
			a.R = round1(min(30, 1.2+math.Sqrt(float64(a.N))*0.62))
		}
	}
	return d
}

// heart returns the middle of a territory's communes, where its name fits.
func (o *outlines) heart(t place.Territory) geo.Point {
	var lat, lon float64
	for _, code := range t.Communes {
		if c, ok := o.places.Commune(code); ok {
			lat += c.Centre.Lat
			lon += c.Centre.Lon
		}
	}
	n := float64(max(1, len(t.Communes)))
	return geo.Point{Lat: lat / n, Lon: lon / n}
}

// communes draws the communes of a territory.
func (o *outlines) communes(t place.Territory) drawing {
	if d, ok := o.each.Load(t.Slug); ok {
		return d.(drawing)
	}
	d := newDrawing(t.Box, 560, 8)
	var seen []place.Commune
	for _, code := range t.Communes {
		c, _ := o.places.Commune(code)
		shape, ok := o.places.Contour(code)
		if !ok {
			continue
		}
		a := area{Code: code, Name: c.Name, D: d.path(shape.Rings)}
		a.X, a.Y = d.at(c.Centre)
		d.Areas = append(d.Areas, a)
		seen = append(seen, c)
	}
	slices.SortFunc(seen, func(a, b place.Commune) int { return cmp.Compare(b.Population, a.Population) })
	names := pane{drawing: d}
	names.label(seen[:min(len(seen), 40)])
	d.Names = names.Labels
	o.each.Store(t.Slug, d)
	return d
}

func union(a, b geo.Box) geo.Box {
	return geo.Box{
		South: min(a.South, b.South), West: min(a.West, b.West),
		North: max(a.North, b.North), East: max(a.East, b.East),
	}
}
