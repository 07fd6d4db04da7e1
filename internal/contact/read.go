// Package contact reads the spreadsheets in which facilitators keep the people
// they know at firms.
//
// Open takes a file of any usual shape (CSV of any separator and encoding, or
// XLSX), finds its header and guesses what each column holds; Row reads one
// line of it into values of the subject, with what could not be read or had to
// be repaired. Nothing is stored and nothing is looked up here.
//
// Its one difficulty is that spreadsheets lose things: the zero that begins a
// number, the digits of a SIRET shown as 1,23E+13, the day behind a format. What
// can be found again is, and said; what cannot is never invented.
package contact

import (
	"fmt"
	"io"

	"passerelle/internal/clock"
	"passerelle/internal/sheet"
)

// What a file may hold at most.
const (
	MostBytes      = sheet.MostBytes
	MostRows       = 20_000 // below the header
	MostColumns    = 60
	MostCharacters = 2_000 // in a cell
)

// reader reads the tables of people.
var reader = sheet.Reader{Rows: MostRows, Columns: MostColumns, Characters: MostCharacters, Named: recognised}

// A File is a table of people as it was found, cells cleaned but not yet read.
type File struct {
	Header  []string      // one per column, empty where the file names none
	Columns map[Field]int // the column of each field that was found
	Rows    [][]string    // as wide as Header; blank rows left out
	Lines   []int         // the line of each row in the file, from 1
	Today   clock.Day     // days after it are reported; unknown, none is
}

// Open reads a file of contacts. Its name only helps to say what is wrong: a
// file is what its bytes say. A file that is refused gives an *Error; any other
// error is that of r.
func Open(r io.Reader, name string) (*File, error) {
	data, err := io.ReadAll(io.LimitReader(r, MostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	lines, err := reader.Read(data, name)
	if err != nil {
		return nil, err
	}
	return arrange(lines)
}
