package fold

// Nearest returns the one of among that is spelled most like s, when no more
// than three letters would have to be added, removed or changed, and no more
// than half of s. Otherwise it is empty: better no hint than a silly one.
func Nearest(s string, among []string) string {
	best, nearest := min(3, len(s)/2)+1, ""
	for _, a := range among {
		if n := edits(s, a); n < best {
			best, nearest = n, a
		}
	}
	return nearest
}

// edits returns the number of bytes to add, remove or change to write a as b.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
