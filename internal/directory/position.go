package directory

import (
	"strconv"

	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/register"
)

// position returns where the register puts an establishment: by its
// geolocation file, else by the Lambert coordinates of the stock; zero when
// neither can be used.
func position(r *register.Record) geo.Point {
	if r.GeoQuality != "" && r.GeoQuality != "33" && r.Geo.Valid() {
		return r.Geo
	}
	epsg, ok := place.EPSGOf(place.DepartmentOf(r.Commune))
	if !ok {
		return geo.Point{}
	}
	x, err1 := strconv.ParseFloat(r.LambertX, 64)
	y, err2 := strconv.ParseFloat(r.LambertY, 64)
	if err1 != nil || err2 != nil {
		return geo.Point{}
	}
	p, err := geo.FromProjected(epsg, x, y)
	if err != nil || !p.Valid() {
		return geo.Point{}
	}
	return p
}

// farthest returns how far from the centre of its commune, in metres, an
// address may be: beyond, the position is that of another place (HARDCASES
// 26). The communes of Guyane are as large as a département.
func farthest(department string) float64 {
	if department == "973" {
		return 200_000
	}
	return 40_000
}
