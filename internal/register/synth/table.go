package synth

import "bytes"

// A table holds rows of a file as they are written in CSV, cell after cell:
// all the formats are made from it, and so carry the same values.
type table struct {
	columns []column
	text    []byte
	ends    []uint32 // of each cell in text; its top bit asks for quotes
}

// quote is set on the end of a cell that CSV must quote.
const quote = 1 << 31

func newTable(columns []column) *table { return &table{columns: columns} }

func (t *table) reset() { t.text, t.ends = t.text[:0], t.ends[:0] }

func (t *table) rows() int { return len(t.ends) / len(t.columns) }

// cell returns the text of a cell.
func (t *table) cell(row, col int) []byte {
	i := row*len(t.columns) + col
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1] &^ quote
	}
	return t.text[from : t.ends[i]&^quote]
}

// end ends the cell being written.
func (t *table) end() { t.ends = append(t.ends, uint32(len(t.text))) }

// plain writes a cell that needs no quotes.
func (t *table) plain(s string) {
	t.text = append(t.text, s...)
	t.end()
}

// letter writes a cell of one letter.
func (t *table) letter(c byte) {
	t.text = append(t.text, c)
	t.end()
}

// free writes a cell that may hold anything.
func (t *table) free(b []byte) {
	t.text = append(t.text, b...)
	n := uint32(len(t.text))
	if bytes.ContainsAny(b, ",;\"\n\r") {
		n |= quote
	}
	t.ends = append(t.ends, n)
}

// none writes n empty cells.
func (t *table) none(n int) {
	end := uint32(len(t.text))
	for range n {
		t.ends = append(t.ends, end)
	}
}

// number writes a cell of digits, at least so many.
func (t *table) number(n, width int) {
	t.text = appendNumber(t.text, n, width)
	t.end()
}

func appendNumber(b []byte, n, width int) []byte {
	var digits [20]byte
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	i := len(digits)
	for n > 0 || width > 0 {
		i--
		digits[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(b, digits[i:]...)
}

// decimal writes n, which has so many decimals.
func (t *table) decimal(n, decimals int) {
	t.text = appendDecimal(t.text, n, decimals)
	t.end()
}

func appendDecimal(b []byte, n, decimals int) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = appendNumber(b, n, decimals+1)
	whole := len(b) - decimals
	b = append(b, 0)
	copy(b[whole+1:], b[whole:])
	b[whole] = '.'
	return b
}

// appendHeader appends the line of names of a CSV file.
func appendHeader(b []byte, columns []column, comma byte) []byte {
	for i, c := range columns {
		if i > 0 {
			b = append(b, comma)
		}
		b = append(b, c.name...)
	}
	return append(b, '\n')
}

// appendCSV appends the rows as CSV: quotes where they are needed, lines
// ended by a line feed.
func (t *table) appendCSV(b []byte, comma byte) []byte {
	n := len(t.columns)
	from := uint32(0)
	for at := 0; at < len(t.ends); at += n {
		for _, end := range t.ends[at : at+n] {
			if end&quote != 0 {
				end &^= quote
				b = appendQuoted(b, t.text[from:end])
			} else {
				b = append(b, t.text[from:end]...)
			}
			b = append(b, comma)
			from = end
		}
		b[len(b)-1] = '\n'
	}
	return b
}

func appendQuoted(b, cell []byte) []byte {
	b = append(b, '"')
	for _, c := range cell {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}
