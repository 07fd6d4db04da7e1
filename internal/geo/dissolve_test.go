package geo

import (
	"testing"

	"pgregory.net/rapid"
)

// cell returns the square of side 1 at column x, row y, in either direction.
func cell(x, y int, reverse bool) []Point {
	a, b := float64(x), float64(y)
	r := []Point{{b, a}, {b, a + 1}, {b + 1, a + 1}, {b + 1, a}}
	if reverse {
		r[1], r[3] = r[3], r[1]
	}
	return r
}

func TestDissolveJoinsNeighbours(t *testing.T) {
	got := Dissolve([][]Point{cell(0, 0, false), cell(1, 0, true)})
	if len(got) != 1 || len(got[0]) != 6 {
		t.Fatalf("got %v, want one ring of 6 points", got)
	}
	if got := Dissolve(nil); got != nil {
		t.Errorf("nothing dissolves to %v", got)
	}
}

func TestDissolveKeepsHoles(t *testing.T) {
	var rings [][]Point
	for x := range 3 {
		for y := range 3 {
			if x != 1 || y != 1 {
				rings = append(rings, cell(x, y, false))
			}
		}
	}
	got := Dissolve(rings)
	if len(got) != 2 {
		t.Fatalf("got %d rings, want an outline and a hole", len(got))
	}
	if Inside(got, Point{1.5, 1.5}) {
		t.Error("the hole is filled")
	}
}

// TestDissolveKeepsArea puts random cells of a grid together: a point is in
// the outline when it was in one of them, and no inner line is left.
func TestDissolveKeepsArea(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var filled [6][6]bool
		var rings [][]Point
		for x := range 6 {
			for y := range 6 {
				if filled[x][y] = rapid.Bool().Draw(t, "filled"); filled[x][y] {
					rings = append(rings, cell(x, y, rapid.Bool().Draw(t, "reverse")))
				}
			}
		}
		out := Dissolve(rings)
		border := 0
		at := func(x, y int) bool { return x >= 0 && y >= 0 && x < 6 && y < 6 && filled[x][y] }
		for x := range 6 {
			for y := range 6 {
				if got := Inside(out, Point{float64(y) + 0.4, float64(x) + 0.3}); got != filled[x][y] {
					t.Fatalf("cell %d,%d: inside is %v, want %v", x, y, got, filled[x][y])
				}
				for _, d := range [][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
					if filled[x][y] && !at(x+d[0], y+d[1]) {
						border++
					}
				}
			}
		}
		n := 0
		for _, r := range out {
			n += len(r)
		}
		if n != border {
			t.Fatalf("outline has %d sides, want %d", n, border)
		}
	})
}

func TestBounds(t *testing.T) {
	got, ok := Bounds([][]Point{cell(0, 0, false), cell(3, 2, false)})
	if want := (Box{0, 0, 3, 4}); !ok || got != want {
		t.Errorf("Bounds = %v %v, want %v", got, ok, want)
	}
	if _, ok := Bounds(nil); ok {
		t.Error("nothing has bounds")
	}
}
