package index

import (
	"errors"
	"math"
	"slices"
	"strings"

	"passerelle/internal/geo"
)

// A Cluster is a spot of a map view: one document, or several close together.
type Cluster struct {
	Point  geo.Point // mean of its members
	N      int
	Counts []Count // by value of the dimension asked for
	Box    geo.Box // of its members
	ID     uint64  // when N is 1
	Stored []byte  // when N is 1
}

// cellsAcross is the number of cluster cells across a map tile of 256 px: a
// cluster every 64 px.
const cellsAcross = 4

// Clusters groups the documents that answer r within r.Box for a map at zoom
// (0 is the world in one tile), counting the values of dimension split. Each
// document is in exactly one cluster.
func (x *Index) Clusters(r Request, zoom int, split string) ([]Cluster, error) {
	return clusters([]segment{{Index: x}}, &r, zoom, split)
}

type heap struct {
	n         int
	lat, lon  float64
	box       geo.Box
	tally     map[string]int
	seg       *segment
	doc       uint32
	byCombo   [8]int32 // counts of the first combos, which are nearly all
	otherwise map[uint16]int
}

func clusters(segs []segment, r *Request, zoom int, split string) ([]Cluster, error) {
	if r.Box == nil {
		return nil, errors.New("clusters need a box")
	}
	if zoom < 0 || zoom > 22 {
		return nil, errors.New("zoom goes from 0 to 22")
	}
	size := 360 / math.Exp2(float64(zoom)) / cellsAcross
	heaps := map[[2]int32]*heap{}
	words, _ := lookUp(segs, r)
	for i := range segs {
		s := &segs[i]
		if s.Docs == 0 {
			continue
		}
		p, err := s.plan(r, words[i])
		if err != nil {
			return nil, err
		}
		p.facets = nil
		dim := slices.Index(s.Dims, split)
		if dim < 0 && split != "" {
			return nil, errors.New("no dimension " + split)
		}
		var last *heap
		var lastKey [2]int32
		gather := &top{k: 1, order: ByRelevance, seg: s}
		gather.each = func(d uint32) {
			at := s.at(d)
			key := [2]int32{int32(math.Floor(at.Lat / size * latStretch(at.Lat))), int32(math.Floor(at.Lon / size))}
			h := last
			if h == nil || key != lastKey {
				if h = heaps[key]; h == nil {
					h = &heap{box: geo.Box{South: at.Lat, North: at.Lat, West: at.Lon, East: at.Lon}, tally: map[string]int{}}
					heaps[key] = h
				}
				last, lastKey = h, key
			}
			h.n++
			h.lat, h.lon = h.lat+at.Lat, h.lon+at.Lon
			h.box.South, h.box.North = math.Min(h.box.South, at.Lat), math.Max(h.box.North, at.Lat)
			h.box.West, h.box.East = math.Min(h.box.West, at.Lon), math.Max(h.box.East, at.Lon)
			h.seg, h.doc = s, d
			if dim >= 0 {
				h.count(s.dims[dim].col[d])
			}
		}
		s.run(p, gather, &countCache{}, r)
		for _, h := range heaps {
			if dim >= 0 {
				h.spread(&s.dims[dim])
			}
		}
	}
	out := make([]Cluster, 0, len(heaps))
	for _, h := range heaps {
		c := Cluster{Point: geo.Point{Lat: h.lat / float64(h.n), Lon: h.lon / float64(h.n)}, N: h.n, Box: h.box}
		for v, n := range h.tally {
			c.Counts = append(c.Counts, Count{v, n})
		}
		slices.SortFunc(c.Counts, func(a, b Count) int { return strings.Compare(a.Value, b.Value) })
		if h.n == 1 {
			c.ID, c.Stored = h.seg.ids[h.doc], h.seg.storedAt(h.doc)
		}
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Cluster) int {
		if a.N != b.N {
			return b.N - a.N
		}
		if a.Point.Lat < b.Point.Lat || a.Point.Lat == b.Point.Lat && a.Point.Lon < b.Point.Lon {
			return -1
		}
		return 1
	})
	return out, nil
}

// latStretch makes a cell as high as it is wide on a Mercator map, in coarse
// steps so that cells keep their borders.
func latStretch(lat float64) float64 {
	return 1 / math.Cos(math.Floor(math.Min(80, math.Abs(lat))/10)*10*math.Pi/180)
}

func (h *heap) count(combo uint16) {
	if int(combo) < len(h.byCombo) {
		h.byCombo[combo]++
		return
	}
	if h.otherwise == nil {
		h.otherwise = map[uint16]int{}
	}
	h.otherwise[combo]++
}

// spread turns counts of combos into counts of values.
func (h *heap) spread(d *dimension) {
	add := func(c, n int) {
		if n > 0 {
			for _, v := range d.sets[c] {
				h.tally[d.values.text(int(v))] += n
			}
		}
	}
	for c, n := range h.byCombo {
		add(c, int(n))
	}
	for c, n := range h.otherwise {
		add(int(c), n)
	}
	h.byCombo, h.otherwise = [8]int32{}, nil
}
