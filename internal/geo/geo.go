// Package geo holds positions on the Earth, distances between them, and the
// projections in which the public registers write them.
package geo

import "math"

// EarthRadius is the mean radius of the Earth in metres (IUGG).
const EarthRadius = 6371008.7714

// A Point is a position in WGS 84, in degrees.
type Point struct {
	Lat, Lon float64
}

// Valid reports whether p can be a place on Earth other than 0,0, which no
// French address has and broken files often do.
func (p Point) Valid() bool {
	return p != Point{} && p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180
}

// Distance returns the great-circle distance between a and b in metres.
func Distance(a, b Point) float64 {
	const rad = math.Pi / 180
	s := math.Sin((b.Lat - a.Lat) * rad / 2)
	t := math.Sin((b.Lon - a.Lon) * rad / 2)
	h := s*s + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*t*t
	return 2 * EarthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}

// A Box is a rectangle of latitudes and longitudes, borders included.
type Box struct {
	South, West, North, East float64
}

// Contains reports whether p lies in b.
func (b Box) Contains(p Point) bool {
	return p.Lat >= b.South && p.Lat <= b.North && p.Lon >= b.West && p.Lon <= b.East
}

// Around returns a box that holds every point within radius metres of p.
func Around(p Point, radius float64) Box {
	lat := radius / EarthRadius * 180 / math.Pi * 1.0001
	lon := 180.0
	if c := math.Cos((math.Abs(p.Lat) + lat) * math.Pi / 180); c > 1e-6 {
		lon = math.Min(180, lat/c*1.0001)
	}
	return Box{South: p.Lat - lat, West: p.Lon - lon, North: p.Lat + lat, East: p.Lon + lon}
}
