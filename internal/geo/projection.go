package geo

import "errors"

// ErrOutside says that projected coordinates do not lie in the area their
// projection is made for.
var ErrOutside = errors.New("outside the area of the projection")

// FromProjected returns the position of the point x, y (metres) of an EPSG
// projection: 2154, 5490, 2972, 2975 or 4471.
func FromProjected(epsg int, x, y float64) (Point, error) { return Point{}, ErrOutside }

// ToProjected returns the coordinates of p in an EPSG projection, in metres.
func ToProjected(epsg int, p Point) (x, y float64, err error) { return 0, 0, ErrOutside }
