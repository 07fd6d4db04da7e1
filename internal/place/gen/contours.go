package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/geo"
)

// writeContours writes contours.tsv.gz: a line a commune, its code, then one
// field a ring: coordinates in thousandths of a degree (longitude, latitude),
// the first as they are, the others as differences from the point before. The
// contours of delegated communes join those of the commune they belong to.
func (s sources) writeContours() error {
	parts, err := readCSV(s.parts)
	if err != nil {
		return err
	}
	of := map[string]string{}
	for _, r := range parts {
		of[r["code"]] = r["commune_chef_lieu"]
	}
	var file struct {
		Features []struct {
			Properties struct {
				Code string `json:"code"`
			} `json:"properties"`
			Geometry struct {
				Type        string          `json:"type"`
				Coordinates json.RawMessage `json:"coordinates"`
			} `json:"geometry"`
		} `json:"features"`
	}
	if err := readJSON(s.contours, &file); err != nil {
		return err
	}
	rings := map[string][][]geo.Point{}
	for _, f := range file.Features {
		code := f.Properties.Code
		if today, ok := of[code]; ok {
			code = today
		}
		var polygons [][][][2]float64
		switch f.Geometry.Type {
		case "Polygon":
			polygons = make([][][][2]float64, 1)
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons[0])
		case "MultiPolygon":
			err = json.Unmarshal(f.Geometry.Coordinates, &polygons)
		default:
			err = fmt.Errorf("geometry %q", f.Geometry.Type)
		}
		if err != nil {
			return fmt.Errorf("commune %s: %w", f.Properties.Code, err)
		}
		for _, polygon := range polygons {
			for _, ring := range polygon {
				r := make([]geo.Point, len(ring))
				for i, c := range ring {
					r[i] = geo.Point{Lat: math.Round(c[1]*1000) / 1000, Lon: math.Round(c[0]*1000) / 1000}
				}
				rings[code] = append(rings[code], r)
			}
		}
	}
	var out bytes.Buffer
	for _, code := range slices.Sorted(maps.Keys(rings)) {
		fields := []string{code}
		for _, r := range geo.Dissolve(rings[code]) {
			fields = append(fields, encodeRing(r))
		}
		if err := writeRow(&out, fields); err != nil {
			return err
		}
	}
	return s.writeZipped("contours.tsv.gz", out.Bytes())
}

func encodeRing(r []geo.Point) string {
	var b strings.Builder
	x, y := 0, 0
	for i, p := range r {
		if i > 0 {
			b.WriteByte(' ')
		}
		px, py := int(math.Round(p.Lon*1000)), int(math.Round(p.Lat*1000))
		b.WriteString(strconv.Itoa(px - x))
		b.WriteByte(' ')
		b.WriteString(strconv.Itoa(py - y))
		x, y = px, py
	}
	return b.String()
}
