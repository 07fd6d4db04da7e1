package sheet

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"
)

// MostBytes is the largest file that is read.
const MostBytes = 10 << 20

// MostTitles is how many lines may stand above the header.
const MostTitles = 50

// A Reader reads tables that people bring, in any usual shape: CSV of any
// separator and encoding, or XLSX.
//
// Its difficulty is that spreadsheets lose things: the zero that begins a
// number, the day behind a format. What can be found again is; what cannot is
// never invented.
type Reader struct {
	Rows       int // the most below the header
	Columns    int
	Characters int // in a cell
	// Named returns how many different names of columns a line has: two and
	// more make it the header.
	Named func(cells []string) int
}

// A Fault says why a file was refused. It is the end of a message key.
type Fault string

// The faults of a file.
const (
	FaultEmpty        Fault = "empty"         // nothing in it, or nothing below its header
	FaultNotATable    Fault = "not_a_table"   // a PDF, an image, a page, prose
	FaultOldExcel     Fault = "old_excel"     // .xls, from before 2007
	FaultOpenDocument Fault = "open_document" // .ods
	FaultPassword     Fault = "password"      // a workbook that asks for one
	FaultDamaged      Fault = "damaged"       // a workbook cut short or altered
	FaultQuote        Fault = "quote"         // a quotation mark is never closed
	FaultTooBig       Fault = "too_big"       // more than MostBytes, or than a workbook may unpack to
	FaultTooLong      Fault = "too_long"      // more rows than may be
	FaultTooWide      Fault = "too_wide"      // more columns than may be
	FaultCellTooLong  Fault = "cell_too_long" // a cell longer than may be
)

// An Error refuses a file.
type Error struct {
	Fault  Fault
	Line   int // as the spreadsheet numbers them, from 1; 0 unknown
	Column int // from 1; 0 unknown
	Most   int // the bound that was passed, or 0
	Err    error
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("read a table: ")
	switch {
	case e.Line > 0 && e.Column > 0:
		fmt.Fprintf(&b, "line %d, column %d: ", e.Line, e.Column)
	case e.Line > 0:
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	b.WriteString(e.Fault.advice(e.Most))
	if e.Err != nil {
		fmt.Fprintf(&b, " (%v)", e.Err)
	}
	return b.String()
}

// Unwrap returns what the reader underneath said, if anything.
func (e *Error) Unwrap() error { return e.Err }

// advice says what is wrong and what to do about it.
func (f Fault) advice(most int) string {
	switch f {
	case FaultEmpty:
		return "the file holds no row: check that it is the right one and that it was saved"
	case FaultNotATable:
		return "the file is not a table: open it in a spreadsheet and save it as .xlsx or .csv"
	case FaultOldExcel:
		return "the file is in the Excel format of before 2007: open it and save it as .xlsx"
	case FaultOpenDocument:
		return "the file is an OpenDocument: open it and save it as .xlsx or .csv"
	case FaultPassword:
		return "the workbook asks for a password: save it without one"
	case FaultDamaged:
		return "the workbook is damaged or incomplete: open it, save it again as .xlsx and retry"
	case FaultQuote:
		return "a quotation mark is opened and never closed: close it or remove it"
	case FaultTooBig:
		return fmt.Sprintf("the file is too big, the most is %d bytes: remove what is not of it or cut it in several", most)
	case FaultTooLong:
		return fmt.Sprintf("too many rows, the most is %d: cut the file in several", most)
	case FaultTooWide:
		return fmt.Sprintf("too many columns, the most is %d: remove those that are of no use", most)
	case FaultCellTooLong:
		return fmt.Sprintf("a cell is too long, the most is %d characters: shorten it", most)
	}
	return "the file cannot be read"
}

// A Line is a row of a file: its cells, cleaned, and its number there as
// spreadsheets have it, from 1.
type Line struct {
	Number int
	Cells  []string
}

// Read returns the lines of a file that hold something. Its name only helps to
// say what is wrong: a file is what its bytes say. A file that is refused gives
// an *Error.
func (r *Reader) Read(data []byte, name string) ([]Line, error) {
	if len(data) > MostBytes {
		return nil, &Error{Fault: FaultTooBig, Most: MostBytes}
	}
	if fault := sniff(data, name); fault != "" {
		return nil, &Error{Fault: fault}
	}
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) {
		return r.workbook(data)
	}
	text, ok := decode(data)
	if !ok {
		return nil, &Error{Fault: FaultNotATable}
	}
	return r.csv(text)
}

// sniff returns the fault of a file whose first bytes say that it is no table.
func sniff(data []byte, name string) Fault {
	switch {
	case len(bytes.Trim(data, " \t\r\n\x00\uFEFF")) == 0:
		return FaultEmpty
	case bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		// The compound file of old Office; new Office wraps what it encrypts in one.
		if bytes.Contains(data, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")) {
			return FaultPassword
		}
		switch strings.ToLower(filepath.Ext(name)) {
		case ".doc", ".ppt", ".msg", ".mdb", ".pub":
			return FaultNotATable
		}
		return FaultOldExcel
	case bytes.HasPrefix(data, []byte("\x09\x08\x10\x00")), bytes.HasPrefix(data, []byte("\x09\x08\x08\x00")):
		return FaultOldExcel // BIFF without its compound file
	}
	for _, magic := range []string{"%PDF", "\x89PNG", "\xFF\xD8\xFF", "GIF8", "RIFF", "\x1F\x8B", "{\\rtf", "PK\x05\x06", "7z\xBC\xAF", "Rar!"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return FaultNotATable
		}
	}
	head := strings.ToLower(strings.TrimLeft(string(data[:min(len(data), 512)]), " \t\r\n\uFEFF"))
	for _, tag := range []string{"<!doctype", "<html", "<head", "<body", "<table", "<meta", "<?xml", "<svg", "<!--"} {
		if strings.HasPrefix(head, tag) {
			return FaultNotATable
		}
	}
	return ""
}

// decode returns a text file as UTF-8 without its mark, and whether it is text.
// What is not UTF-8 is taken for Windows-1252, which holds Latin-1.
func decode(data []byte) (string, bool) {
	var text string
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xFE")), bytes.HasPrefix(data, []byte("\xFE\xFF")):
		out, err := utf.UTF16(utf.LittleEndian, utf.UseBOM).NewDecoder().Bytes(data)
		if err != nil {
			return "", false
		}
		text = string(out)
	case mostlyUTF8(data):
		text = strings.ToValidUTF8(string(data), "\uFFFD")
	default:
		out, err := charmap.Windows1252.NewDecoder().Bytes(data)
		if err != nil {
			return "", false
		}
		text = string(out)
	}
	text = strings.TrimPrefix(text, "\uFEFF")
	odd := 0
	for _, r := range text {
		switch {
		case r == 0:
			return "", false
		case r == utf8.RuneError, unicode.IsControl(r) && !strings.ContainsRune("\t\r\n\v\f", r):
			odd++
		}
	}
	return text, odd*100 <= len(text)
}

// mostlyUTF8 reports whether data is UTF-8, a few bytes lost forgiven when
// accents abound.
func mostlyUTF8(data []byte) bool {
	wide, bad := 0, 0
	for len(data) > 0 {
		r, n := utf8.DecodeRune(data)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			wide++
		}
		data = data[n:]
	}
	return bad == 0 || wide > 10*bad
}

// Clean makes a cell text: controls and
// signs that reorder or hide text become spaces. What a spreadsheet would run
// is text like any other; only the guards that keep numbers as text are undone
// (="0612345678" and a leading apostrophe).
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\u200B' || r == '\u200C' || r == '\u200D' || r == '\u2060' || r == '\u00AD' || r == '\uFEFF':
			return -1
		case unicode.IsControl(r), unicode.IsSpace(r), unicode.Is(unicode.Bidi_Control, r):
			return ' '
		}
		return r
	}, norm.NFC.String(strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n"), "\r", "\n")))
	s = strings.TrimSpace(s)
	if inner, ok := strings.CutPrefix(s, `="`); ok && strings.HasSuffix(inner, `"`) && strings.Count(inner, `"`) == 1 {
		s = strings.TrimSpace(strings.TrimSuffix(inner, `"`))
	}
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@0123456789", s[1]) >= 0 {
		s = s[1:]
	}
	return s
}

// admit cleans the cells of a line, drops the empty ones that end it and holds
// it to the bounds. A blank line has no cell.
func (r *Reader) admit(number int, cells []string) (Line, error) {
	for i, c := range cells {
		cells[i] = Clean(c)
	}
	for len(cells) > 0 && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1]
	}
	if len(cells) > r.Columns {
		return Line{}, &Error{Fault: FaultTooWide, Line: number, Most: r.Columns}
	}
	for i, c := range cells {
		if len(c) > r.Characters && utf8.RuneCountInString(c) > r.Characters {
			return Line{}, &Error{Fault: FaultCellTooLong, Line: number, Column: i + 1, Most: r.Characters}
		}
	}
	return Line{number, cells}, nil
}

// Header returns the index of the first line that names two columns, or -1.
func (r *Reader) Header(lines []Line) int {
	for i, l := range lines[:min(len(lines), MostTitles)] {
		if r.Named(l.Cells) >= 2 {
			return i
		}
	}
	return -1
}
