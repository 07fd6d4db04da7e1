package place

// A codeTable gives the number that belongs to a commune's code, in a few
// nanoseconds: an import asks once for each of forty million rows.
type codeTable []uint16 // by codeNumber; the number plus one, 0 is none

// codeSpace is the number of codes there can be: 100 départements of 1000,
// then 2A and 2B.
const codeSpace = 102_000

// codeNumber returns the place of a commune's code in a codeTable.
func codeNumber(code string) (int, bool) {
	if len(code) != 5 {
		return 0, false
	}
	n := 0
	for i := range 5 {
		c := code[i]
		switch {
		case '0' <= c && c <= '9':
			n = n*10 + int(c-'0')
		case i == 1 && code[0] == '2' && (c == 'A' || c == 'B'):
			n = 100 + int(c-'A')
		default:
			return 0, false
		}
	}
	return n, true
}

func (t codeTable) find(code string) (int, bool) {
	n, ok := codeNumber(code)
	if !ok || t[n] == 0 {
		return 0, false
	}
	return int(t[n]) - 1, true
}
