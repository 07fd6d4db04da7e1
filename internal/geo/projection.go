package geo

import (
	"errors"
	"fmt"
	"math"
)

// The projections below stand on the ellipsoid GRS 80, whose frames (RGF93,
// RGAF09, RGFG95, RGR92, RGM04) agree with WGS 84 to better than a metre, so
// no change of datum is made. Formulas: for Lambert-93, IGN, "Projection
// cartographique conique conforme de Lambert" (NT/G 71); for UTM, Krüger's
// series in the third flattening up to its sixth power, exact to well under
// a millimetre within ten degrees of the meridian.
const (
	semiMajor  = 6378137.0
	flattening = 1 / 298.257222101
)

// ErrOutside says that a position does not lie in the area its projection is
// made for.
var ErrOutside = errors.New("outside the area of the projection")

// A UnknownProjectionError names an EPSG code this package does not know.
type UnknownProjectionError int

func (e UnknownProjectionError) Error() string {
	return fmt.Sprintf("unknown projection EPSG:%d", int(e))
}

// FromProjected returns the position of the point x, y (metres) of an EPSG
// projection: 2154 (Lambert-93), 5490 (Antilles, UTM 20 north), 2972 (Guyane,
// UTM 22 north), 2975 (Réunion, UTM 40 south) or 4471 (Mayotte, UTM 38
// south). A result outside the projection's area is refused with ErrOutside:
// registers hold swapped, truncated and foreign coordinates.
func FromProjected(epsg int, x, y float64) (Point, error) {
	var p Point
	switch epsg {
	case 2154:
		p = fromLambert93(x, y)
	case 5490, 2972, 2975, 4471:
		u := utmOf(epsg)
		p = u.inverse(x, y)
	default:
		return Point{}, UnknownProjectionError(epsg)
	}
	if !areaOf(epsg).Contains(p) {
		return Point{}, ErrOutside
	}
	return p, nil
}

// ToProjected returns the coordinates of p in an EPSG projection, in metres.
// It refuses what FromProjected would never return.
func ToProjected(epsg int, p Point) (x, y float64, err error) {
	switch epsg {
	case 2154, 5490, 2972, 2975, 4471:
	default:
		return 0, 0, UnknownProjectionError(epsg)
	}
	if !areaOf(epsg).Contains(p) {
		return 0, 0, ErrOutside
	}
	if epsg == 2154 {
		x, y = toLambert93(p)
		return x, y, nil
	}
	u := utmOf(epsg)
	x, y = u.forward(p)
	return x, y, nil
}

// areaOf returns the land a projection serves, with some twenty kilometres of
// sea around it.
func areaOf(epsg int) Box {
	switch epsg {
	case 2154:
		return Box{South: 41.1, West: -5.5, North: 51.3, East: 9.9}
	case 5490: // Guadeloupe, Martinique, Saint-Barthélemy, Saint-Martin
		return Box{South: 14.2, West: -63.4, North: 18.4, East: -60.6}
	case 2972:
		return Box{South: 1.9, West: -54.8, North: 6.0, East: -51.4}
	case 2975:
		return Box{South: -21.6, West: 55.0, North: -20.6, East: 56.0}
	default: // 4471
		return Box{South: -13.2, West: 44.8, North: -12.4, East: 45.5}
	}
}

// Lambert-93: a cone through the parallels 44° and 49°, origin 46.5° N 3° E
// at 700 km, 6600 km.
const (
	lambertN     = 0.7256077650532670 // exponent of the projection
	lambertC     = 11754255.426096    // its constant, metres
	lambertPoleY = 12655612.049876    // ordinate of the pole
	lambertX0    = 700000.0
	lambertLon0  = 3.0
)

// e is the eccentricity of the ellipsoid.
const e = 0.08181919104281579

const radian = math.Pi / 180

func fromLambert93(x, y float64) Point {
	dx, dy := x-lambertX0, lambertPoleY-y
	r := math.Hypot(dx, dy)
	theta := math.Atan2(dx, dy)
	// exp(-isometric latitude) = (r/C)^(1/n); the conformal latitude follows.
	conformal := math.Pi/2 - 2*math.Atan(math.Pow(r/lambertC, 1/lambertN))
	return Point{
		Lat: fromConformal(conformal) / radian,
		Lon: lambertLon0 + theta/lambertN/radian,
	}
}

func toLambert93(p Point) (x, y float64) {
	sin := math.Sin(p.Lat * radian)
	isometric := math.Atanh(sin) - e*math.Atanh(e*sin)
	r := lambertC * math.Exp(-lambertN*isometric)
	s, c := math.Sincos(lambertN * (p.Lon - lambertLon0) * radian)
	return lambertX0 + r*s, lambertPoleY - r*c
}

// third is the third flattening n = f/(2-f), and n2… its powers.
const (
	third = flattening / (2 - flattening)
	n2    = third * third
	n3    = n2 * third
	n4    = n2 * n2
	n5    = n4 * third
	n6    = n3 * n3
)

// fromConformal returns the latitude (radians) of a conformal latitude.
func fromConformal(chi float64) float64 {
	const (
		d1 = 2*third - 2.0/3*n2 - 2*n3 + 116.0/45*n4 + 26.0/45*n5 - 2854.0/675*n6
		d2 = 7.0/3*n2 - 8.0/5*n3 - 227.0/45*n4 + 2704.0/315*n5 + 2323.0/945*n6
		d3 = 56.0/15*n3 - 136.0/35*n4 - 1262.0/105*n5 + 73814.0/2835*n6
		d4 = 4279.0/630*n4 - 332.0/35*n5 - 399572.0/14175*n6
		d5 = 4174.0/315*n5 - 144838.0/6237*n6
		d6 = 601676.0 / 22275 * n6
	)
	// Clenshaw's summation of Σ d_k sin 2kχ: one sine and cosine for all six.
	s, c := math.Sincos(2 * chi)
	c2 := 2 * c
	b6 := float64(d6)
	b5 := d5 + c2*b6
	b4 := d4 + c2*b5 - b6
	b3 := d3 + c2*b4 - b5
	b2 := d2 + c2*b3 - b4
	b1 := d1 + c2*b2 - b3
	return chi + b1*s
}

// A utm is a zone of the universal transverse Mercator projection.
type utm struct {
	lon0  float64 // its meridian, degrees
	north float64 // false northing, metres
}

func utmOf(epsg int) utm {
	switch epsg {
	case 5490:
		return utm{lon0: -63}
	case 2972:
		return utm{lon0: -51}
	case 2975:
		return utm{lon0: 57, north: 10_000_000}
	default: // 4471
		return utm{lon0: 45, north: 10_000_000}
	}
}

const (
	utmScale = 0.9996
	utmEast  = 500_000.0
	// rectifying is the radius of the circle as long as the meridian.
	rectifying = semiMajor / (1 + third) * (1 + n2/4 + n4/64 + n6/256)
)

// forward projects p: conformal sphere, spherical transverse Mercator, then
// Krüger's series.
func (u utm) forward(p Point) (x, y float64) {
	const (
		a1 = third/2 - 2.0/3*n2 + 5.0/16*n3 + 41.0/180*n4 - 127.0/288*n5 + 7891.0/37800*n6
		a2 = 13.0/48*n2 - 3.0/5*n3 + 557.0/1440*n4 + 281.0/630*n5 - 1983433.0/1935360*n6
		a3 = 61.0/240*n3 - 103.0/140*n4 + 15061.0/26880*n5 + 167603.0/181440*n6
		a4 = 49561.0/161280*n4 - 179.0/168*n5 + 6601661.0/7257600*n6
		a5 = 34729.0/80640*n5 - 3418889.0/1995840*n6
		a6 = 212378941.0 / 319334400 * n6
	)
	sin := math.Sin(p.Lat * radian)
	t := math.Sinh(math.Atanh(sin) - e*math.Atanh(e*sin))
	sl, cl := math.Sincos((p.Lon - u.lon0) * radian)
	xi := math.Atan2(t, cl)
	eta := math.Atanh(sl / math.Sqrt(1+t*t))
	s, c := series([6]float64{a1, a2, a3, a4, a5, a6}, xi, eta)
	return utmEast + utmScale*rectifying*(eta+c), u.north + utmScale*rectifying*(xi+s)
}

// inverse is the way back.
func (u utm) inverse(x, y float64) Point {
	const (
		b1 = third/2 - 2.0/3*n2 + 37.0/96*n3 - 1.0/360*n4 - 81.0/512*n5 + 96199.0/604800*n6
		b2 = 1.0/48*n2 + 1.0/15*n3 - 437.0/1440*n4 + 46.0/105*n5 - 1118711.0/3870720*n6
		b3 = 17.0/480*n3 - 37.0/840*n4 - 209.0/4480*n5 + 5569.0/90720*n6
		b4 = 4397.0/161280*n4 - 11.0/504*n5 - 830251.0/7257600*n6
		b5 = 4583.0/161280*n5 - 108847.0/3991680*n6
		b6 = 20648693.0 / 638668800 * n6
	)
	xi := (y - u.north) / (utmScale * rectifying)
	eta := (x - utmEast) / (utmScale * rectifying)
	if math.Abs(xi) > math.Pi/2 || math.Abs(eta) > 1 {
		// Beyond the pole the formulas go round the Earth again.
		return Point{Lat: math.NaN(), Lon: math.NaN()}
	}
	s, c := series([6]float64{b1, b2, b3, b4, b5, b6}, xi, eta)
	xi, eta = xi-s, eta-c
	chi := math.Asin(math.Sin(xi) / math.Cosh(eta))
	return Point{
		Lat: fromConformal(chi) / radian,
		Lon: u.lon0 + math.Atan2(math.Sinh(eta), math.Cos(xi))/radian,
	}
}

// series returns Σ k_j sin 2jξ cosh 2jη and Σ k_j cos 2jξ sinh 2jη.
func series(k [6]float64, xi, eta float64) (s, c float64) {
	// The two sums are the imaginary and real parts of Σ k_j sin 2jζ, so
	// Clenshaw's summation runs once, on complex numbers.
	zeta := complex(xi, eta)
	sin2, cos2 := sinCos(2 * zeta)
	var b, next complex128
	for j := 5; j >= 0; j-- {
		b, next = complex(k[j], 0)+2*cos2*b-next, b
	}
	sum := b * sin2
	return real(sum), imag(sum)
}

// sinCos returns the sine and cosine of a complex number.
func sinCos(z complex128) (sin, cos complex128) {
	s, c := math.Sincos(real(z))
	ch, sh := math.Cosh(imag(z)), math.Sinh(imag(z))
	return complex(s*ch, c*sh), complex(c*ch, -s*sh)
}
