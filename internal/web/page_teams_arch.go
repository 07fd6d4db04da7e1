package web

import (
	"fmt"
	"math"
)

// An archView is a team drawn as an arch: a stone for each lot, in the order
// of the members, numbered as they are in the list beside it. Craft is cut
// square, ESS is round, a lot that nobody takes is a dashed gap.
type archView struct {
	Stones []archStone
	Figure string // lots that are covered, of how many
}

// An archStone is a stone of the drawing.
type archStone struct {
	D, Half string // Half is the right part of one of both worlds
	Class   string
	N       int // of its member; 0 for a gap
	X, Y    float64
	Pale    bool // its number is dark
}

// A voussoir is what an archStone is drawn from.
type voussoir struct {
	World string // craft, ess, both; empty for a gap
	N     int
	Pale  bool // not certain yet
}

// The arch of the drawing, whose view is 400 × 216: its centre, its rings, and
// the joint between two stones, in radians.
const (
	archX, archY = 200.0, 200.0
	archIn       = 112.0
	archOut      = 172.0
	archBulge    = 18.0
	archJoint    = 0.016
)

// archOf draws stones from left to right.
func archOf(stones []voussoir) archView {
	var v archView
	each := math.Pi / float64(max(1, len(stones)))
	for i, s := range stones {
		from, to := math.Pi-float64(i)*each-archJoint, math.Pi-float64(i+1)*each+archJoint
		middle := (from + to) / 2
		a := archStone{Class: s.World, N: s.N}
		a.X, a.Y = archPoint((archIn+archOut)/2, middle)
		switch s.World {
		case "":
			a.Class, a.D = "gap", archPath(from, to, false)
		case "ess":
			a.D = archPath(from, to, true)
		case "both":
			a.Class, a.D, a.Half = "craft", archPath(from, middle, false), archPath(middle, to, true)
		default:
			a.D = archPath(from, to, false)
		}
		if a.Pale = s.Pale; s.Pale {
			a.Class += " pale"
		}
		v.Stones = append(v.Stones, a)
	}
	return v
}

func archPoint(r, angle float64) (x, y float64) {
	return math.Round(10*(archX+r*math.Cos(angle))) / 10, math.Round(10*(archY-r*math.Sin(angle))) / 10
}

// archPath is the outline of a stone: its back is straight, or round.
func archPath(from, to float64, round bool) string {
	x1, y1 := archPoint(archOut, from)
	x2, y2 := archPoint(archOut, to)
	x3, y3 := archPoint(archIn, to)
	x4, y4 := archPoint(archIn, from)
	back := fmt.Sprintf("L%g %g", x2, y2)
	if round {
		x, y := archPoint(archOut/math.Cos((from-to)/2)+archBulge, (from+to)/2)
		back = fmt.Sprintf("Q%g %g %g %g", x, y, x2, y2)
	}
	return fmt.Sprintf("M%g %g%sL%g %gA%g %g 0 0 0 %g %gZ", x1, y1, back, x3, y3, archIn, archIn, x4, y4)
}
