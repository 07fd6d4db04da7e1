// Package sheet writes tables that people take away: CSV for programs, XLSX
// for spreadsheets, from the same rows; and reads those they bring.
//
// Its one difficulty is that a spreadsheet runs what looks like a formula: a
// firm named "=HYPERLINK(…)" must arrive as that text, and a telephone number
// "+33 3 21 00 00 00" must arrive as that number, not as '+33. XLSX cells carry
// their type, so nothing runs there; in CSV only what a spreadsheet would run
// is guarded, by a leading apostrophe.
package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"passerelle/internal/clock"
)

// Cents is an amount of money in euro cents.
type Cents int64

// A Cell is one of string, int, float64, bool, clock.Day, time.Time, Cents or
// nil (empty). Anything else is an error of the program.
type Cell any

// A Table is a header and rows of the same length.
type Table struct {
	Title string   // the sheet's name in a workbook
	Head  []string // one per column
	Rows  func(yield func([]Cell) bool)
}

// WriteCSV writes t as UTF-8 with a byte order mark, which spreadsheets need
// to see accents, separated by semicolons, as they expect in France. Instants
// are written in Europe/Paris, amounts in euros with a decimal comma.
func WriteCSV(w io.Writer, t Table) error {
	if _, err := io.WriteString(w, "\uFEFF"); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	c := csv.NewWriter(w)
	c.Comma, c.UseCRLF = ';', true
	head := make([]string, len(t.Head))
	for i, h := range t.Head {
		head[i] = guard(h)
	}
	if err := c.Write(head); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	line := make([]string, len(t.Head))
	var failed error
	t.Rows(func(row []Cell) bool {
		for i := range line {
			if line[i], failed = text(row[i]); failed != nil {
				return false
			}
		}
		failed = c.Write(line)
		return failed == nil
	})
	if failed != nil {
		return fmt.Errorf("write CSV: %w", failed)
	}
	c.Flush()
	if err := c.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// text is what a cell looks like in CSV.
func text(c Cell) (string, error) {
	switch c := c.(type) {
	case nil:
		return "", nil
	case string:
		return guard(c), nil
	case int:
		return strconv.Itoa(c), nil
	case float64:
		return strings.Replace(strconv.FormatFloat(c, 'f', -1, 64), ".", ",", 1), nil
	case bool:
		if c {
			return "oui", nil
		}
		return "non", nil
	case clock.Day:
		return string(c), nil
	case time.Time:
		return c.In(clock.Paris).Format("2006-01-02 15:04"), nil
	case Cents:
		sign := ""
		if c < 0 {
			sign, c = "-", -c
		}
		return fmt.Sprintf("%s%d,%02d", sign, c/100, c%100), nil
	}
	return "", fmt.Errorf("a cell of type %T has no form", c)
}

// guard puts an apostrophe before text that a spreadsheet would run, and
// leaves numbers and telephone numbers as they are.
func guard(s string) string {
	if runs(s) {
		return "'" + s
	}
	return s
}

// runs reports whether a spreadsheet opening a CSV file would take s for a
// formula (OWASP, "CSV Injection").
func runs(s string) bool {
	s = strings.TrimLeft(s, " \u00a0\u202f")
	if s == "" {
		return false
	}
	switch s[0] {
	case '=', '@', '\t', '\r', '\n':
		return true
	case '+', '-':
		// A sign before digits and their separators is a number.
		return strings.Trim(s[1:], "0123456789 .,()\u00a0\u202f") != ""
	}
	// Full-width signs are folded to the plain ones by some spreadsheets.
	return strings.HasPrefix(s, "＝") || strings.HasPrefix(s, "＋") || strings.HasPrefix(s, "－") || strings.HasPrefix(s, "＠")
}

// WriteXLSX writes t as a workbook of one sheet, header frozen, cells typed.
func WriteXLSX(w io.Writer, t Table) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("write XLSX: %w", err)
		}
	}()
	f := excelize.NewFile()
	defer f.Close()
	name := sheetName(t.Title)
	if err := f.SetSheetName("Sheet1", name); err != nil {
		return err
	}
	styles, err := newStyles(f)
	if err != nil {
		return err
	}
	s, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := s.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	head := make([]any, len(t.Head))
	for i, h := range t.Head {
		head[i] = excelize.Cell{StyleID: styles.head, Value: h}
	}
	if err := s.SetRow("A1", head); err != nil {
		return err
	}
	n, failed := 1, error(nil)
	line := make([]any, len(t.Head))
	t.Rows(func(row []Cell) bool {
		n++
		for i := range line {
			if line[i], failed = styles.cell(row[i]); failed != nil {
				return false
			}
		}
		failed = s.SetRow("A"+strconv.Itoa(n), line)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	if err := s.Flush(); err != nil {
		return err
	}
	_, err = f.WriteTo(w)
	return err
}

type styles struct{ head, day, moment, money int }

func newStyles(f *excelize.File) (s styles, err error) {
	for _, x := range []struct {
		id    *int
		style excelize.Style
	}{
		{&s.head, excelize.Style{Font: &excelize.Font{Bold: true}}},
		{&s.day, excelize.Style{CustomNumFmt: new("dd/mm/yyyy")}},
		{&s.moment, excelize.Style{CustomNumFmt: new("dd/mm/yyyy hh:mm")}},
		{&s.money, excelize.Style{CustomNumFmt: new(`#,##0.00\ "€"`)}},
	} {
		if *x.id, err = f.NewStyle(&x.style); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s styles) cell(c Cell) (any, error) {
	switch c := c.(type) {
	case nil, string, int, float64, bool:
		return c, nil
	case clock.Day:
		if c == "" {
			return nil, nil
		}
		return excelize.Cell{StyleID: s.day, Value: c.Time()}, nil
	case time.Time:
		// A spreadsheet knows no zone: it is given the hour of the wall.
		p := c.In(clock.Paris)
		wall := time.Date(p.Year(), p.Month(), p.Day(), p.Hour(), p.Minute(), p.Second(), 0, time.UTC)
		return excelize.Cell{StyleID: s.moment, Value: wall}, nil
	case Cents:
		return excelize.Cell{StyleID: s.money, Value: float64(c) / 100}, nil
	}
	return nil, fmt.Errorf("a cell of type %T has no form", c)
}

// sheetName makes title fit for a sheet: 31 characters, none of : \ / ? * [ ].
func sheetName(title string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return ' '
		}
		return r
	}, title))
	if len(r) > 31 {
		r = r[:31]
	}
	if s := strings.TrimSpace(string(r)); s != "" {
		return s
	}
	return "Passerelle"
}
