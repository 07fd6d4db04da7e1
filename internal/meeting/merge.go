package meeting

import (
	"slices"
	"strings"
)

// A piece is what three texts have between two places where they agree.
type piece struct{ base, mine, theirs []string }

// largestTable bounds the work of one comparison; beyond, two texts are taken
// to have nothing in common but their ends.
const largestTable = 4 << 20

// matches returns, for each word of a, the place of the same word in b in a
// longest common sequence, or -1.
func matches(a, b []string) []int {
	at := make([]int, len(a))
	for i := range at {
		at[i] = -1
	}
	from, end := 0, 0
	for from < min(len(a), len(b)) && a[from] == b[from] {
		at[from] = from
		from++
	}
	for end < min(len(a), len(b))-from && a[len(a)-1-end] == b[len(b)-1-end] {
		at[len(a)-1-end] = len(b) - 1 - end
		end++
	}
	n, m := len(a)-from-end, len(b)-from-end
	if n == 0 || m == 0 || n*m > largestTable {
		return at
	}
	long := make([]int32, (n+1)*(m+1)) // of the common sequence from i and j on
	for i := n - 1; i >= 0; i-- {
		for j := m - 1; j >= 0; j-- {
			if a[from+i] == b[from+j] {
				long[i*(m+1)+j] = long[(i+1)*(m+1)+j+1] + 1
			} else {
				long[i*(m+1)+j] = max(long[(i+1)*(m+1)+j], long[i*(m+1)+j+1])
			}
		}
	}
	for i, j := 0, 0; i < n && j < m; {
		switch {
		case a[from+i] == b[from+j]:
			at[from+i] = from + j
			i, j = i+1, j+1
		case long[(i+1)*(m+1)+j] >= long[i*(m+1)+j+1]:
			i++
		default:
			j++
		}
	}
	return at
}

// pieces cuts three texts where both others agree with the base.
func pieces(base, mine, theirs []string) []piece {
	a, b := matches(base, mine), matches(base, theirs)
	var list []piece
	for i, j, k := 0, 0, 0; i < len(base) || j < len(mine) || k < len(theirs); {
		n := i
		for n < len(base) && a[n] == j+n-i && b[n] == k+n-i {
			n++
		}
		toMine, toTheirs := j+n-i, k+n-i
		if n == i { // they differ here, up to the next place where all agree
			for n < len(base) && (a[n] < 0 || b[n] < 0) {
				n++
			}
			toMine, toTheirs = len(mine), len(theirs)
			if n < len(base) {
				toMine, toTheirs = a[n], b[n]
			}
		}
		list = append(list, piece{base[i:n], mine[j:toMine], theirs[k:toTheirs]})
		i, j, k = n, toMine, toTheirs
	}
	return list
}

// decided returns what a piece becomes when the two do not contradict each
// other.
func (p *piece) decided() ([]string, bool) {
	switch {
	case slices.Equal(p.base, p.mine), slices.Equal(p.mine, p.theirs):
		return p.theirs, true
	case slices.Equal(p.base, p.theirs):
		return p.mine, true
	}
	return nil, false
}

// Merge makes one text out of two that were written at once from a third, line
// by line, and word by word within a line that both changed. No word that
// either wrote is lost: lines that both added stay one after the other, a line
// that one changed and the other took out stays as changed, and one that both
// changed in the same place is kept twice, each marked with its writer.
func Merge(base, mine, theirs, me, them string) string {
	var out []string
	for _, p := range pieces(lines(base), lines(mine), lines(theirs)) {
		if some, ok := p.decided(); ok {
			out = append(out, some...)
			continue
		}
		switch {
		case len(p.base) == 0:
			out = append(append(out, p.theirs...), p.mine...)
		case len(p.mine) == 0 || len(p.theirs) == 0:
			out = append(append(out, p.theirs...), p.mine...)
		case len(p.base) == len(p.mine) && len(p.base) == len(p.theirs):
			for i := range p.base {
				out = append(out, mergeLine(p.base[i], p.mine[i], p.theirs[i], me, them)...)
			}
		default:
			out = append(append(out, marked(p.theirs, them)...), marked(p.mine, me)...)
		}
	}
	return strings.Join(out, "\n")
}

// mergeLine merges one line that both have.
func mergeLine(base, mine, theirs, me, them string) []string {
	var words []string
	for _, p := range pieces(strings.Fields(base), strings.Fields(mine), strings.Fields(theirs)) {
		some, ok := p.decided()
		if !ok {
			return append(marked([]string{theirs}, them), marked([]string{mine}, me)...)
		}
		words = append(words, some...)
	}
	return []string{strings.Join(words, " ")}
}

// marked puts the name of a writer before lines; a point of a list stays one.
func marked(list []string, who string) []string {
	out := slices.Clone(list)
	for i, line := range out {
		switch {
		case line == "" || who == "":
		case strings.HasPrefix(line, "- "):
			out[i] = "- [" + who + "] " + line[2:]
		default:
			out[i] = "[" + who + "] " + line
		}
	}
	return out
}

// lines cuts a text; an empty one has none.
func lines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// A Part is some words of a difference.
type Part struct {
	Text    string
	In, Out bool // added, taken away; neither: as it was
}

// Difference tells what became of a text, word by word.
func Difference(was, is string) []Part {
	a, b := words(was), words(is)
	at := matches(a, b)
	var out []Part
	add := func(list []string, in, gone bool) {
		if len(list) > 0 {
			out = append(out, Part{strings.Join(list, ""), in, gone})
		}
	}
	for i, j := 0, 0; i < len(a) || j < len(b); {
		n := i
		for n < len(a) && at[n] == j+n-i {
			n++
		}
		add(a[i:n], false, false)
		i, j = n, j+n-i
		for n < len(a) && at[n] < 0 {
			n++
		}
		to := len(b)
		if n < len(a) {
			to = at[n]
		}
		add(a[i:n], false, true)
		add(b[j:to], true, false)
		i, j = n, to
	}
	return out
}

// words cuts a text into words, each with the space before it.
func words(text string) []string {
	var out []string
	start := 0
	for i := 1; i < len(text); i++ {
		if space(text[i]) && !space(text[i-1]) {
			out = append(out, text[start:i])
			start = i
		}
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

func space(b byte) bool { return b == ' ' || b == '\n' }
