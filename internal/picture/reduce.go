package picture

import (
	"image"
	"image/draw"
)

// reduce returns src with its longer side at most so many points, over white.
// Each point is the mean of the surface it stands for. It holds one line of
// src at a time beside what it returns.
func reduce(src image.Image, longest int) *image.RGBA {
	from := src.Bounds()
	w, h := fit(from.Dx(), from.Dy(), longest)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line := image.NewRGBA(image.Rect(0, 0, from.Dx(), 1))
	across, down := shares(from.Dx(), w), shares(from.Dy(), h)
	means, sums := make([]float32, 3*w), make([]float32, 3*w) // of a line of src, of those since the last line written
	for y := range from.Dy() {
		draw.Draw(line, line.Bounds(), image.White, image.Point{}, draw.Src)
		draw.Draw(line, line.Bounds(), src, image.Pt(from.Min.X, from.Min.Y+y), draw.Over)
		clear(means)
		for x, s := range across {
			p := line.Pix[4*x : 4*x+3 : 4*x+3]
			at := means[3*s.at:]
			for c := range 3 {
				v := float32(p[c])
				at[c] += v * s.here
				if s.next > 0 {
					at[3+c] += v * s.next
				}
			}
		}
		s := down[y]
		for i, v := range means {
			sums[i] += v * s.here
		}
		if last := y == from.Dy()-1; !last && s.next == 0 && down[y+1].at == s.at {
			continue // the next line of src belongs to the same line
		}
		put(out, s.at, sums)
		for i, v := range means {
			sums[i] = v * s.next
		}
	}
	return out
}

// put writes a line of means.
func put(out *image.RGBA, y int, sums []float32) {
	row := out.Pix[y*out.Stride : y*out.Stride+4*out.Rect.Dx()]
	for x := 0; x < out.Rect.Dx(); x++ {
		for c := range 3 {
			row[4*x+c] = uint8(min(sums[3*x+c]+0.5, 255))
		}
		row[4*x+3] = 255
	}
}

// A share tells to which point of a smaller line a point of a longer one
// gives, and how much to the one after.
type share struct {
	at         int
	here, next float32
}

// shares cuts a line of n points into m ≤ n equal parts: what each point gives
// sums to one for each part.
func shares(n, m int) []share {
	all := make([]share, n)
	for i := range n {
		// In nths of a part, so that nothing is lost to rounding: point i
		// covers [i·m, (i+1)·m), part k covers [k·n, (k+1)·n).
		at := i * m / n
		over := (i+1)*m - (at+1)*n
		if over < 0 {
			over = 0
		}
		all[i] = share{at, float32(m-over) / float32(n), float32(over) / float32(n)}
	}
	return all
}

// fit returns the size of w × h points with the longer side at most so many.
func fit(w, h, longest int) (int, int) {
	most := max(w, h)
	if most <= longest {
		return w, h
	}
	return max(1, w*longest/most), max(1, h*longest/most)
}
