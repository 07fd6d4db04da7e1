package register

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
	"unicode/utf8"
	"unsafe"
)

// Bounds of what is read from a CSV file.
const (
	blockSize = 1 << 20
	// maxRow is the longest row accepted, some twenty times the longest the
	// layouts allow. A quote left open would otherwise swallow the file.
	maxRow = 1 << 16
	// maxQuoted bounds what a reject quotes of its line.
	maxQuoted = 4096
	// maxColumns bounds the columns of a file.
	maxColumns = 256
)

// A want is a column asked for by name.
type want struct {
	name     string
	optional bool
}

// A csvFile cuts a CSV file into blocks of whole rows. It reads columns by
// name; those it was not asked for are not looked at.
type csvFile struct {
	name  string
	comma byte
	width int   // columns of the file
	at    []int // position in the file of each wanted column, -1 when it is absent
	key   int   // wanted column that rows are sorted by
	r     io.Reader
	block int // bytes of a block

	rest  []byte // read, and not yet in a block
	line  int64  // of the first byte of rest
	read  int64  // bytes given out
	total int64  // bytes of the file, 0 when unknown
	eof   bool
	bad   []Reject // lines too long to be in a block
	done  func() error
}

// openCSV reads the header of r.
func openCSV(r io.Reader, name string, comma byte, wants []want, key int) (*csvFile, error) {
	f := &csvFile{name: name, comma: comma, r: r, key: key, line: 2, block: blockSize}
	head, err := f.header()
	if err != nil {
		return nil, err
	}
	names := bytes.Split(head, []byte{comma})
	if len(names) > maxColumns {
		return nil, fmt.Errorf("%s, ligne 1 : %d colonnes, %d au plus (%w)", name, len(names), maxColumns, ErrFormat)
	}
	f.width = len(names)
	at := make(map[string]int, len(names))
	for i, n := range names {
		at[string(bytes.Trim(n, `" `))] = i
	}
	f.at, err = positions(name, at, wants)
	return f, err
}

// positions finds wanted columns among those of a file.
func positions(file string, at map[string]int, wants []want) ([]int, error) {
	out := make([]int, len(wants))
	for i, w := range wants {
		p, ok := at[w.name]
		if !ok && !w.optional {
			return nil, fmt.Errorf("%s, ligne 1 : colonne « %s » absente ; est-ce bien le fichier attendu, avec son en-tête ? (%w)", file, w.name, ErrColumn)
		}
		if !ok {
			p = -1
		}
		out[i] = p
	}
	return out, nil
}

func (f *csvFile) header() ([]byte, error) {
	var head []byte
	for {
		if i := bytes.IndexByte(head, '\n'); i >= 0 {
			f.rest = append(f.rest, head[i+1:]...)
			head = head[:i]
			break
		}
		if len(head) > maxRow {
			return nil, fmt.Errorf("%s, ligne 1 : pas d'en-tête de CSV dans les %d premiers octets ; est-ce bien un fichier CSV ? (%w)", f.name, maxRow, ErrFormat)
		}
		chunk := make([]byte, maxRow)
		n, err := f.r.Read(chunk)
		head = append(head, chunk[:n]...)
		if err == io.EOF {
			if n == 0 {
				f.eof = true
				break
			}
			continue
		}
		if err != nil {
			return nil, f.broken(err)
		}
	}
	head = bytes.TrimRight(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r")
	if len(head) == 0 {
		return nil, fmt.Errorf("%s : fichier vide ; téléchargez-le à nouveau (%w)", f.name, ErrFormat)
	}
	if !utf8.Valid(head) {
		return nil, encodingError(f.name, 1)
	}
	return head, nil
}

func (f *csvFile) broken(err error) error {
	return fmt.Errorf("%s, vers la ligne %d : fichier coupé ou illisible, téléchargez-le à nouveau : %w", f.name, f.line, err)
}

func encodingError(name string, line int64) error {
	return fmt.Errorf("%s, ligne %d : %w ; convertissez le fichier : iconv -f latin1 -t utf-8", name, line, ErrEncoding)
}

// next cuts the next block of the file; io.EOF after the last.
//
// A line feed within quotes ends no row. Quotes are even in every whole row,
// so a block ends after a line feed before which they are even. Where a quote
// was left open no such line feed comes: then the first line is given out
// alone, and whoever splits it says what is wrong with it.
func (f *csvFile) next(old table) (table, error) {
	b, _ := old.(*csvBlock)
	if b == nil {
		b = &csvBlock{file: f}
	}
	data := append(b.data[:0], f.rest...)
	f.rest = f.rest[:0]
	for {
		size := max(f.block, len(data)+max(1, f.block/2))
		if cap(data) < size+8 {
			data = append(make([]byte, 0, size+8), data...)
		}
		for !f.eof && len(data) < size {
			n, err := f.r.Read(data[len(data):size])
			data = data[:len(data)+n]
			if err == io.EOF {
				f.eof = true
			} else if err != nil {
				return nil, f.broken(err)
			}
		}
		if len(data) == 0 {
			return nil, io.EOF
		}
		end := len(data)
		if !f.eof || bytes.Count(data, quote)%2 != 0 {
			end = lastRow(data)
		}
		if end == 0 && len(data) <= maxRow && !f.eof {
			continue
		}
		if end == 0 { // a row too long, or a quote left open
			end = bytes.IndexByte(data, '\n') + 1
			if end == 0 && f.eof {
				end = len(data)
			}
			if end == 0 {
				if err := f.skip(&data); err != nil {
					return nil, err
				}
				continue
			}
		}
		f.rest = append(f.rest, data[end:]...)
		b.data, b.line = data[:end], f.line
		f.line += int64(bytes.Count(b.data, newline))
		f.read += int64(end)
		b.end = f.read
		return b, nil
	}
}

// skip drops the line that data begins and that has no end in sight, and says
// so.
func (f *csvFile) skip(data *[]byte) error {
	f.bad = append(f.bad, Reject{File: f.name, Line: f.line, Reason: fmt.Sprintf("la ligne dépasse %d octets", maxRow), Text: quoted(*data)})
	d := (*data)[:cap(*data)]
	f.read += int64(len(*data))
	for !f.eof {
		n, err := f.r.Read(d)
		if i := bytes.IndexByte(d[:n], '\n'); i >= 0 {
			f.line++
			f.read += int64(i + 1)
			*data = d[:copy(d, d[i+1:n])]
			if err == io.EOF {
				f.eof = true
			} else if err != nil {
				return f.broken(err)
			}
			return nil
		}
		f.read += int64(n)
		if err == io.EOF {
			f.eof = true
		} else if err != nil {
			return f.broken(err)
		}
	}
	*data = d[:0]
	return nil
}

var newline, quote = []byte{'\n'}, []byte{'"'}

// lastRow returns where the last whole row of data ends, 0 when there is
// none.
func lastRow(data []byte) int {
	end := bytes.LastIndexByte(data, '\n') + 1
	odd := bytes.Count(data[:end], quote)%2 != 0
	for end > 0 && odd {
		before := bytes.LastIndexByte(data[:end-1], '\n') + 1
		odd = odd != (bytes.Count(data[before:end], quote)%2 != 0)
		end = before
	}
	return end
}

// A csvBlock is consecutive whole rows of a csvFile.
type csvBlock struct {
	file *csvFile
	data []byte
	line int64 // number in the file of the first
	row  csvReader
	rows []span
	block
	sorted bool // its rows are known already
}

// A span is where a row lies in its block, without its line feed, and its
// line in the file.
type span struct {
	from, to uint32
	line     int64
}

// index finds the rows of b and the key of each. Rows out of which no key can
// be read are rejected.
func (b *csvBlock) index() error {
	if b.sorted {
		return nil
	}
	b.keys, b.rows, b.all = b.keys[:0], b.rows[:0], 0
	b.row.file = b.file
	data, line := b.data, b.line
	quotes := bytes.IndexByte(data, '"') >= 0
	first := b.file.at[b.file.key] == 0
	for i := 0; i < len(data); {
		end := i + bytes.IndexByte(data[i:], '\n')
		if end < i {
			end = len(data)
		}
		lines := int64(1)
		if quotes && bytes.IndexByte(data[i:end], '"') >= 0 {
			end, lines = b.quotedEnd(i)
		}
		row, from := data[i:end], i
		i = end + 1
		at := line
		line += lines
		b.all++
		var key uint64
		if first && len(row) > 9 && row[9] == b.file.comma {
			key = number(row[:9])
		} else if len(bytes.TrimRight(row, "\r")) == 0 {
			b.all--
			continue
		} else if b.row.parse(row) {
			key = number(b.row.cell(b.file.key))
		}
		if key == 0 {
			if err := b.reject(at, row); err != nil {
				return err
			}
			continue
		}
		b.keys = append(b.keys, key)
		b.rows = append(b.rows, span{uint32(from), uint32(end), at})
	}
	return nil
}

// quotedEnd returns where the row that begins at i and has quotes ends, and
// how many lines it has. A row that would have too many fields or runs to the
// end of the block has a quote left open: it ends with its line.
func (b *csvBlock) quotedEnd(i int) (end int, lines int64) {
	data := b.data
	start, fields, atStart := i, 1, true
	lines = 1
	for i < len(data) {
		c := data[i]
		switch {
		case c == '"' && atStart:
			closed := false
			for i++; i < len(data); i++ {
				if data[i] == '\n' {
					lines++
				}
				if data[i] == '"' {
					if i+1 < len(data) && data[i+1] == '"' {
						i++
						continue
					}
					closed = true
					break
				}
			}
			next := byte('\n')
			if i+1 < len(data) {
				next = data[i+1]
			}
			if !closed || lines > 1 && next != b.file.comma && next != '\n' && next != '\r' {
				return b.lineEnd(start), 1
			}
			atStart = false
		case c == b.file.comma:
			fields++
			atStart = true
		case c == '\n':
			if lines > 1 && fields != b.file.width {
				return b.lineEnd(start), 1
			}
			return i, lines
		default:
			atStart = false
		}
		i++
	}
	if lines > 1 && fields != b.file.width {
		return b.lineEnd(start), 1
	}
	return len(data), lines
}

func (b *csvBlock) lineEnd(i int) int {
	if e := bytes.IndexByte(b.data[i:], '\n'); e >= 0 {
		return i + e
	}
	return len(b.data)
}

// reject says what is wrong with a row. A row that is not UTF-8 is no reject:
// its whole file is in another encoding.
func (b *csvBlock) reject(line int64, row []byte) error {
	if !utf8.Valid(row) {
		return encodingError(b.file.name, line)
	}
	reason := "identifiant illisible"
	if r := (&csvReader{file: b.file}); !r.parse(row) {
		reason = r.reason()
	}
	b.refuse(line, reason, row)
	return nil
}

func (f *csvFile) reader() reader { return &csvReader{file: f} }
func (f *csvFile) lost() []Reject { return f.bad }
func (f *csvFile) size() int64    { return f.total }

func (f *csvFile) close() error {
	if f.done == nil {
		return nil
	}
	return f.done()
}

// A csvReader splits rows into cells.
type csvReader struct {
	file   *csvFile
	block  *csvBlock
	line   int64
	data   []byte
	n      int  // fields found; -1 when the quoting is wrong
	high   bool // there are letters beyond ASCII
	seps   [maxColumns + 1]uint32
	quotes bool
	cells  [][]byte // of a row with quotes
}

func (r *csvReader) open(t table, i int) (bool, error) {
	r.block = t.(*csvBlock)
	at := r.block.rows[i]
	r.line = at.line
	if row := r.block.data[at.from:at.to]; !r.parse(row) {
		return false, r.block.reject(at.line, row)
	}
	if r.high && !utf8.Valid(r.data) {
		return false, encodingError(r.file.name, at.line)
	}
	return true, nil
}

func (r *csvReader) refuse(reason string) { r.block.refuse(r.line, reason, r.data) }

// parse splits a row, without its line feed, and reports whether it has the
// fields of the file.
func (r *csvReader) parse(row []byte) bool {
	if n := len(row); n > 0 && row[n-1] == '\r' {
		row = row[:n-1]
	}
	r.data = row
	r.quotes = bytes.IndexByte(row, '"') >= 0
	if r.quotes {
		r.split()
	} else {
		r.scan()
	}
	return r.n == r.file.width
}

func (r *csvReader) reason() string {
	if r.n < 0 {
		return "guillemet mal fermé"
	}
	return fmt.Sprintf("%d champs au lieu de %d", r.n, r.file.width)
}

func (r *csvReader) cell(want int) []byte {
	p := r.file.at[want]
	if p < 0 {
		return nil
	}
	if r.quotes {
		return r.cells[p]
	}
	return r.data[r.seps[p] : r.seps[p+1]-1]
}

// scan finds the commas of a row without quotes, eight bytes at a time:
// those of a word that hold a comma become zero by exclusive or, and the top
// bit of each zero byte is what is left after the additions.
func (r *csvReader) scan() {
	const low7 = 0x7f7f7f7f7f7f7f7f
	commas := uint64(r.file.comma) * 0x0101010101010101
	d := r.data
	n := 1
	var high uint64
	i := 0
	for ; i+8 <= len(d); i += 8 {
		w := binary.LittleEndian.Uint64(d[i:])
		high |= w
		x := w ^ commas
		t := ^((x&low7 + low7) | x | low7)
		for t != 0 {
			r.seps[n&(maxColumns-1)] = uint32(i + bits.TrailingZeros64(t)>>3 + 1)
			n++
			t &= t - 1
		}
	}
	for ; i < len(d); i++ {
		high |= uint64(d[i])
		if d[i] == r.file.comma {
			r.seps[n&(maxColumns-1)] = uint32(i + 1)
			n++
		}
	}
	r.seps[0] = 0
	r.n = n
	r.high = high&0x8080808080808080 != 0
	if n <= maxColumns {
		r.seps[n] = uint32(len(d) + 1)
	}
}

// split splits a row with quotes. Doubled quotes are made single; a quote
// within an unquoted field is taken as it is.
func (r *csvReader) split() {
	r.high = true
	r.cells = r.cells[:0]
	d := r.data
	for i := 0; ; {
		if i < len(d) && d[i] == '"' {
			cell, next := unquote(d[i+1:])
			i += 1 + next
			if next < 0 || i < len(d) && d[i] != r.file.comma {
				r.n = -1
				return
			}
			r.cells = append(r.cells, cell)
		} else {
			end := len(d)
			if e := bytes.IndexByte(d[i:], r.file.comma); e >= 0 {
				end = i + e
			}
			r.cells = append(r.cells, d[i:end])
			i = end
		}
		if i >= len(d) {
			r.n = len(r.cells)
			return
		}
		i++
	}
}

// unquote returns the field whose opening quote is before d, and where it
// ends behind its closing quote; -1 when there is none.
func unquote(d []byte) (cell []byte, next int) {
	e := bytes.IndexByte(d, '"')
	if e < 0 {
		return nil, -1 << 30
	}
	if e+1 >= len(d) || d[e+1] != '"' {
		return d[:e], e + 1
	}
	cell = append(cell, d[:e]...)
	for i := e; i < len(d); i++ {
		if d[i] == '"' {
			if i+1 >= len(d) || d[i+1] != '"' {
				return cell, i + 1
			}
			i++
		}
		cell = append(cell, d[i])
	}
	return nil, -1 << 30
}

// number reads 9 or 14 digits; 0 for anything else.
func number(b []byte) uint64 {
	if len(b) != 9 && len(b) != 14 {
		return 0
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// quoted returns what a reject tells of a line.
func quoted(line []byte) string {
	if len(line) > maxQuoted {
		line = line[:maxQuoted]
	}
	return string(bytes.ToValidUTF8(bytes.TrimRight(line, "\r\n"), []byte("?")))
}

// text returns b as a string without copying it; the string is good only as
// long as b is not written to.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
