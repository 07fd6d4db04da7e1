package sheet

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"passerelle/internal/clock"
)

// What a workbook may unpack to. Everything is kept in memory: people's names
// are not left in temporary files.
const (
	MostUnpacked = 64 << 20
	MostStrings  = 16 << 20 // the table of texts, whose entries weigh more read than written
	MostParts    = 2_000    // files in the archive
	mostSheets   = 20       // sheets looked at
	MostCells    = 20 << 20 // cells, empty ones included, before a sheet is given up
)

// workbook reads the first sheet that has a header, or else the first that
// has rows.
func (r *Reader) workbook(data []byte) (lines []Line, err error) {
	if err := inspect(data); err != nil {
		return nil, err
	}
	// The library was not written for hostile files.
	defer func() {
		if p := recover(); p != nil {
			lines, err = nil, &Error{Fault: FaultDamaged, Err: fmt.Errorf("panic: %v", p)}
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: MostUnpacked, UnzipXMLSizeLimit: MostUnpacked, ShortDatePattern: "yyyy-mm-dd",
	})
	if err != nil {
		return nil, &Error{Fault: FaultDamaged, Err: err}
	}
	defer book.Close()
	var first []Line
	var refused error
	for _, name := range sheets(book) {
		lines, err := r.sheet(book, name)
		if err != nil && refused == nil {
			refused = err
		}
		if err != nil || len(lines) == 0 {
			continue
		}
		if r.Header(lines) >= 0 {
			return lines, nil
		}
		if first == nil {
			first = lines
		}
	}
	switch {
	case refused != nil && first == nil:
		return nil, refused
	case first == nil:
		return nil, &Error{Fault: FaultEmpty}
	}
	return first, nil
}

// inspect looks at the archive before the library unpacks it.
func inspect(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return &Error{Fault: FaultDamaged, Err: err}
	}
	var total uint64
	isBook := false
	for _, part := range z.File {
		name := strings.ToLower(strings.ReplaceAll(part.Name, `\`, "/"))
		switch {
		case name == "content.xml":
			return &Error{Fault: FaultOpenDocument}
		case strings.HasPrefix(name, "xl/") && strings.HasSuffix(name, ".bin") && strings.Contains(name, "workbook"):
			return &Error{Fault: FaultNotATable} // .xlsb
		case name == "xl/workbook.xml":
			isBook = true
		case strings.HasSuffix(name, "sharedstrings.xml") && part.UncompressedSize64 > MostStrings:
			return &Error{Fault: FaultTooBig, Most: MostStrings}
		}
		// One part at a time, so that the sum cannot wrap.
		if part.UncompressedSize64 > MostUnpacked {
			return &Error{Fault: FaultTooBig, Most: MostUnpacked}
		}
		if total += part.UncompressedSize64; total > MostUnpacked {
			return &Error{Fault: FaultTooBig, Most: MostUnpacked}
		}
	}
	if len(z.File) > MostParts {
		return &Error{Fault: FaultTooBig, Most: MostUnpacked}
	}
	if !isBook {
		return &Error{Fault: FaultNotATable}
	}
	return whole(z)
}

// whole unpacks every part once to nowhere: it proves that none is cut short,
// altered or bigger than it says.
func whole(z *zip.Reader) error {
	for _, part := range z.File {
		r, err := part.Open()
		if err != nil {
			return &Error{Fault: FaultDamaged, Err: err}
		}
		_, err = io.Copy(io.Discard, io.LimitReader(r, MostUnpacked+1))
		if err = errors.Join(err, r.Close()); err != nil {
			return &Error{Fault: FaultDamaged, Err: err}
		}
	}
	return nil
}

// sheets returns the names of the sheets to look at, those shown first.
func sheets(book *excelize.File) []string {
	var shown, hidden []string
	for _, name := range book.GetSheetList() {
		if ok, err := book.GetSheetVisible(name); err == nil && !ok {
			hidden = append(hidden, name)
			continue
		}
		shown = append(shown, name)
	}
	all := append(shown, hidden...)
	return all[:min(len(all), mostSheets)]
}

// sheet returns the lines of a sheet. It is walked twice in step: once as
// it is kept, once as it is shown, for only what is shown tells a day from a
// number.
func (r *Reader) sheet(book *excelize.File, name string) ([]Line, error) {
	raw, err := book.Rows(name)
	if err != nil {
		return nil, &Error{Fault: FaultDamaged, Err: err}
	}
	defer raw.Close()
	shown, err := book.Rows(name)
	if err != nil {
		return nil, &Error{Fault: FaultDamaged, Err: err}
	}
	defer shown.Close()
	props, err := book.GetWorkbookProps()
	if err != nil {
		return nil, &Error{Fault: FaultDamaged, Err: err}
	}
	from1904 := props.Date1904 != nil && *props.Date1904
	var lines []Line
	seen := 0
	for number := 1; raw.Next() && shown.Next(); number++ {
		kept, err := raw.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, &Error{Fault: FaultDamaged, Line: number, Err: err}
		}
		seenAs, err := shown.Columns()
		if err != nil {
			return nil, &Error{Fault: FaultDamaged, Line: number, Err: err}
		}
		if seen += len(kept); seen > MostCells {
			return nil, &Error{Fault: FaultTooWide, Line: number, Most: r.Columns}
		}
		for i := range kept {
			if i < len(seenAs) {
				kept[i] = cellText(kept[i], seenAs[i], from1904)
			}
		}
		l, err := r.admit(number, kept)
		if err != nil {
			return nil, err
		}
		if len(l.Cells) == 0 {
			continue
		}
		if lines = append(lines, l); len(lines) > r.Rows+MostTitles {
			return nil, &Error{Fault: FaultTooLong, Line: number, Most: r.Rows}
		}
	}
	if err := errors.Join(raw.Error(), shown.Error()); err != nil {
		return nil, &Error{Fault: FaultDamaged, Err: err}
	}
	return lines, nil
}

// cellText returns the text of a cell from what is kept and what is shown: a
// day as 2006-01-02, a whole number as all its digits, the zeros that a format
// adds before it included.
func cellText(kept, shown string, from1904 bool) string {
	if shown == "TRUE" || shown == "FALSE" {
		return shown
	}
	n, err := strconv.ParseFloat(kept, 64)
	if err != nil || kept == "" || strings.IndexByte("0123456789.-", kept[0]) < 0 {
		return kept
	}
	if kept != shown {
		if day, ok := shownDay(n, shown, from1904); ok {
			return string(day)
		}
	}
	if n != math.Trunc(n) || math.Abs(n) >= 1<<53 {
		return kept
	}
	if strings.ContainsAny(kept, "eE") {
		if kept == shown && lost(kept) {
			return kept // text typed so: its digits are gone
		}
		kept = strconv.FormatFloat(n, 'f', 0, 64)
	}
	kept = strings.TrimSuffix(kept, ".0")
	padded := strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", ".", "").Replace(shown)
	if len(padded) > len(kept) && isDigits(padded) && strings.TrimLeft(padded, "0") == kept {
		return padded
	}
	return kept
}

// shownDay returns the day whose serial number is n when the text shown names
// its year and its month.
func shownDay(n float64, shown string, from1904 bool) (clock.Day, bool) {
	if n < 1 || n >= 2958466 { // 9999-12-31
		return "", false
	}
	t, err := excelize.ExcelDateToTime(n, from1904)
	if err != nil {
		return "", false
	}
	var year, month bool
	for _, word := range strings.FieldsFunc(shown, func(r rune) bool { return strings.ContainsRune(" /-.,:\u00a0\u202fT", r) }) {
		switch {
		case !year && (word == t.Format("2006") || word == t.Format("06")):
			year = true
		case word == t.Format("01") || word == t.Format("1") || Month(word) > 0:
			month = true
		}
	}
	return clock.Day(t.Format(time.DateOnly)), year && month
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
