package geo

import (
	"errors"
	"math"
	"math/cmplx"
	"testing"

	"github.com/wroge/wgs84"
	"pgregory.net/rapid"
)

var codes = []int{2154, 5490, 2972, 2975, 4471}

// peer returns an independent implementation of a projection.
func peer(t testing.TB, epsg int) wgs84.ProjectedReferenceSystem {
	t.Helper()
	switch epsg {
	case 2154:
		return wgs84.RGF93FranceLambert()
	case 5490:
		return wgs84.UTM(20, true)
	case 2972:
		return wgs84.UTM(22, true)
	case 2975:
		return wgs84.UTM(40, false)
	case 4471:
		return wgs84.UTM(38, false)
	}
	t.Fatalf("no peer for EPSG:%d", epsg)
	return wgs84.ProjectedReferenceSystem{}
}

func TestKnownPoints(t *testing.T) {
	for _, c := range []struct {
		name      string
		epsg      int
		x, y      float64
		lat, lon  float64
		tolerance float64 // metres: as exact as the point is published
	}{
		{"origin of Lambert-93", 2154, 700000, 6600000, 46.5, 3, 0.001},
		{"Paris, a point of proj4's tests", 2154, 652709.401, 6859290.946, 48.831938, 2.355781, 0.15},
		{"Isbergues", 2154, 660100, 7058600, 50.624, 2.456, 1500},
		{"Ajaccio", 2154, 1176800, 6107300, 41.919, 8.738, 2500},
		{"Fort-de-France", 5490, 709000, 1615500, 14.6037, -61.0594, 2500},
		{"Cayenne", 2972, 354000, 545500, 4.9339, -52.3167, 2500},
		{"Saint-Denis de La Réunion", 2975, 338800, 7690700, -20.879, 55.4504, 2500},
		{"Mamoudzou", 4471, 524700, 8587500, -12.7806, 45.2279, 2500},
	} {
		p, err := FromProjected(c.epsg, c.x, c.y)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := Distance(p, Point{c.lat, c.lon}); d > c.tolerance {
			t.Errorf("%s: got %v, %.2f m from %v,%v", c.name, p, d, c.lat, c.lon)
		}
	}
}

// TestLambertConstants compares the constants with those derived from the
// projection's definition, and so with the ones IGN publishes (n =
// 0.725607765, C = 11754255.426, Ys = 12655612.050).
func TestLambertConstants(t *testing.T) {
	ecc := math.Sqrt(2*flattening - flattening*flattening)
	isometric := func(lat float64) float64 {
		s := math.Sin(lat * radian)
		return math.Atanh(s) - ecc*math.Atanh(ecc*s)
	}
	parallel := func(lat float64) float64 {
		s := math.Sin(lat * radian)
		return math.Cos(lat*radian) / math.Sqrt(1-ecc*ecc*s*s)
	}
	n := math.Log(parallel(49)/parallel(44)) / (isometric(44) - isometric(49))
	c := semiMajor * parallel(44) / n * math.Exp(n*isometric(44))
	pole := 6600000 + c*math.Exp(-n*isometric(46.5))
	for _, v := range []struct {
		name                 string
		got, want, tolerance float64
	}{
		{"eccentricity", e, ecc, 1e-15},
		{"n", lambertN, n, 1e-13},
		{"C", lambertC, c, 1e-5},
		{"ordinate of the pole", lambertPoleY, pole, 1e-5},
		{"published n", lambertN, 0.7256077650, 1e-10},
		{"published C", lambertC, 11754255.426, 1e-3},
		{"published Ys", lambertPoleY, 12655612.050, 1e-3},
	} {
		if math.Abs(v.got-v.want) > v.tolerance {
			t.Errorf("%s = %.12f, want %.12f", v.name, v.got, v.want)
		}
	}
}

// mercator is an oracle for UTM with no series in it. On the meridian the
// ordinate is the arc of the ellipse; elsewhere, the projection being
// conformal, it is that same arc carried on to complex latitudes, followed
// here by Runge–Kutta from the meridian.
func mercator(lat, dLon float64) (x, y float64) {
	const e2 = flattening * (2 - flattening)
	arc := func(phi float64) float64 { // Simpson's rule
		const steps = 400
		h := phi / steps
		g := func(p float64) float64 {
			s := math.Sin(p)
			return semiMajor * (1 - e2) / math.Pow(1-e2*s*s, 1.5)
		}
		sum := g(0) + g(phi)
		for i := 1; i < steps; i++ {
			sum += g(float64(i)*h) * float64(2+2*(i%2))
		}
		return h / 3 * sum
	}
	const steps = 200
	phi, z := complex(lat*radian, 0), complex(arc(lat*radian), 0)
	h := complex(0, dLon*radian/steps)
	dPhi := func(p complex128) complex128 {
		s := cmplx.Sin(p)
		return cmplx.Cos(p) * (1 - e2*s*s) / (1 - e2)
	}
	dZ := func(p complex128) complex128 {
		s := cmplx.Sin(p)
		return semiMajor * cmplx.Cos(p) / cmplx.Sqrt(1-e2*s*s)
	}
	for range steps {
		k1 := dPhi(phi)
		k2 := dPhi(phi + h/2*k1)
		k3 := dPhi(phi + h/2*k2)
		k4 := dPhi(phi + h*k3)
		z += h / 6 * (dZ(phi) + 2*dZ(phi+h/2*k1) + 2*dZ(phi+h/2*k2) + dZ(phi+h*k3))
		phi += h / 6 * (k1 + 2*k2 + 2*k3 + k4)
	}
	return utmEast + utmScale*imag(z), utmScale * real(z)
}

func TestUTMAgreesWithIntegration(t *testing.T) {
	for _, epsg := range []int{5490, 2972, 2975, 4471} {
		u, b := utmOf(epsg), areaOf(epsg)
		for _, p := range []Point{
			{b.South, b.West},
			{b.South, b.East},
			{b.North, b.West},
			{b.North, b.East},
			{(b.South + b.North) / 2, u.lon0},
		} {
			x, y := u.forward(p)
			wx, wy := mercator(p.Lat, p.Lon-u.lon0)
			if d := math.Hypot(x-wx, y-u.north-wy); d > 0.0005 {
				t.Errorf("EPSG:%d %v: got %.4f %.4f, by integration %.4f %.4f", epsg, p, x, y, wx, wy+u.north)
			}
		}
	}
}

func TestAgreesWithPeer(t *testing.T) {
	for _, epsg := range codes {
		b := areaOf(epsg)
		tolerance := 3.0 // the peer's UTM is a short series, metres off beyond three degrees
		if epsg == 2154 {
			tolerance = 0.01
		}
		to := wgs84.Transform(wgs84.WGS84().LonLat(), peer(t, epsg))
		back := wgs84.Transform(peer(t, epsg), wgs84.WGS84().LonLat())
		rapid.Check(t, func(t *rapid.T) {
			p := Point{
				Lat: rapid.Float64Range(b.South, b.North).Draw(t, "lat"),
				Lon: rapid.Float64Range(b.West, b.East).Draw(t, "lon"),
			}
			x, y, err := ToProjected(epsg, p)
			if err != nil {
				t.Fatal(err)
			}
			wx, wy, _ := to(p.Lon, p.Lat, 0)
			if d := math.Hypot(x-wx, y-wy); d > tolerance {
				t.Fatalf("EPSG:%d %v: got %.4f %.4f, peer %.4f %.4f (%.4f m)", epsg, p, x, y, wx, wy, d)
			}
			q, err := FromProjected(epsg, x, y)
			if err != nil && b.Contains(Point{p.Lat + 1e-7, p.Lon + 1e-7}) && b.Contains(Point{p.Lat - 1e-7, p.Lon - 1e-7}) {
				t.Fatal(err)
			}
			if err == nil && Distance(p, q) > 0.001 {
				t.Fatalf("EPSG:%d %v comes back as %v", epsg, p, q)
			}
			lon, lat, _ := back(wx, wy, 0)
			if err == nil && Distance(q, Point{lat, lon}) > tolerance {
				t.Fatalf("EPSG:%d %v: got %v, peer %v %v", epsg, p, q, lat, lon)
			}
		})
	}
}

func TestRefusesImpossible(t *testing.T) {
	for _, c := range []struct {
		name string
		epsg int
		x, y float64
	}{
		{"zeros", 2154, 0, 0},
		{"swapped", 2154, 6600000, 700000},
		{"degrees", 2154, 3, 46.5},
		{"Réunion written as Lambert-93", 2154, 338800, 7690700},
		{"Lambert-93 written as Mayotte", 4471, 700000, 6600000},
		{"not a number", 2154, math.NaN(), 6600000},
		{"infinite", 5490, math.Inf(1), 0},
	} {
		if p, err := FromProjected(c.epsg, c.x, c.y); !errors.Is(err, ErrOutside) {
			t.Errorf("%s: got %v, %v, want ErrOutside", c.name, p, err)
		}
	}
	var unknown UnknownProjectionError
	if _, err := FromProjected(27572, 600000, 2200000); !errors.As(err, &unknown) || int(unknown) != 27572 {
		t.Errorf("EPSG:27572: got %v, want an UnknownProjectionError", err)
	}
	if _, _, err := ToProjected(2154, Point{-20.9, 55.4}); !errors.Is(err, ErrOutside) {
		t.Errorf("Réunion to Lambert-93: got %v, want ErrOutside", err)
	}
}

func FuzzFromProjected(f *testing.F) {
	f.Add(0, 700000.0, 6600000.0)
	f.Add(1, 709000.0, 1615500.0)
	f.Add(4, math.Inf(-1), math.MaxFloat64)
	f.Fuzz(func(t *testing.T, which int, x, y float64) {
		epsg := codes[((which%len(codes))+len(codes))%len(codes)]
		p, err := FromProjected(epsg, x, y)
		if err != nil {
			if p != (Point{}) {
				t.Fatalf("refused, yet returned %v", p)
			}
			return
		}
		if !areaOf(epsg).Contains(p) || !p.Valid() {
			t.Fatalf("EPSG:%d %v %v: accepted %v", epsg, x, y, p)
		}
		gx, gy, err := ToProjected(epsg, p)
		if err != nil {
			t.Fatal(err)
		}
		if d := math.Hypot(gx-x, gy-y); d > 0.01 {
			t.Fatalf("EPSG:%d %v %v comes back as %v %v", epsg, x, y, gx, gy)
		}
	})
}

func BenchmarkFromLambert93(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		if _, err := FromProjected(2154, 660000+float64(i&1023), 7058000); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFromUTM(b *testing.B) {
	for i := 0; b.Loop(); i++ {
		if _, err := FromProjected(2975, 338800+float64(i&1023), 7690700); err != nil {
			b.Fatal(err)
		}
	}
}
