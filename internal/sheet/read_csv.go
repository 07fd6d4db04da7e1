package sheet

import (
	"strings"
)

// mostSplit is where splitting a line stops, well beyond the columns that may be: a file
// of separators must not become millions of cells.
const mostSplit = 1024

// csv reads a text whose separator is guessed.
func (r *Reader) csv(text string) ([]Line, error) {
	s := scanner{text: text, line: 1}
	s.separator = s.hint()
	if s.separator == 0 {
		s.separator = r.separator(text)
	}
	var lines []Line
	for !s.done() {
		number := s.line
		cells, err := s.record()
		if err != nil {
			return nil, err
		}
		l, err := r.admit(number, cells)
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
	return lines, nil
}

// separator returns the sign that parts the cells of text: the one that shows
// most names of columns on a line or, failing that, cuts most lines alike.
func (r *Reader) separator(text string) byte {
	best, most := byte(';'), 0
	for _, sep := range []byte{';', '\t', ',', '|'} {
		s := scanner{text: text, line: 1, separator: sep}
		widths, named := make(map[int]int), 0
		for range 50 {
			if s.done() {
				break
			}
			cells, err := s.record()
			if err != nil {
				break
			}
			widths[len(cells)]++
			named = max(named, r.Named(cells))
		}
		alike := 0
		for width, n := range widths {
			if width > 1 {
				alike = max(alike, n)
			}
		}
		if named < 2 {
			named = 0
		}
		if score := named*100 + alike; score > most {
			best, most = sep, score
		}
	}
	return best
}

// A scanner cuts a text into records as RFC 4180 says, and forgives what
// spreadsheets and hands write besides: a quote inside a cell, text after the
// closing quote, lines ended by a lone CR. encoding/csv is not used because,
// forgiving, it lets an unclosed quote swallow the file in silence.
type scanner struct {
	text      string
	at        int
	line      int
	separator byte
}

func (s *scanner) done() bool { return s.at >= len(s.text) }

// hint reads the line "sep=;" that Excel understands, and returns the
// separator it gives, or 0.
func (s *scanner) hint() byte {
	rest := s.text
	if len(rest) < 5 || !strings.EqualFold(rest[:4], "sep=") || !strings.ContainsRune(";,\t|", rune(rest[4])) {
		return 0
	}
	if len(rest) > 5 && rest[5] != '\n' && rest[5] != '\r' {
		return 0
	}
	sep := rest[4]
	s.at = 5
	s.newline()
	return sep
}

// newline steps over the end of a line, if it is there.
func (s *scanner) newline() bool {
	switch {
	case strings.HasPrefix(s.text[s.at:], "\r\n"):
		s.at += 2
	case !s.done() && (s.text[s.at] == '\n' || s.text[s.at] == '\r'):
		s.at++
	default:
		return false
	}
	s.line++
	return true
}

// record returns the cells of the next record.
func (s *scanner) record() ([]string, error) {
	var cells []string
	for {
		c, err := s.cell()
		if err != nil {
			return nil, err
		}
		if cells = append(cells, c); len(cells) > mostSplit {
			return nil, &Error{Fault: FaultTooWide, Line: s.line, Most: mostSplit}
		}
		if s.done() || s.newline() {
			return cells, nil
		}
		s.at++ // the separator
	}
}

// cell returns the next cell and stops before what ends it.
func (s *scanner) cell() (string, error) {
	quoted := ""
	if !s.done() && s.text[s.at] == '"' {
		inner, err := s.quoted()
		if err != nil {
			return "", err
		}
		if s.done() || s.text[s.at] == s.separator || s.text[s.at] == '\n' || s.text[s.at] == '\r' {
			return inner, nil
		}
		quoted = `"` + inner + `"` // "Le Bon Pain" SARL
	}
	from := s.at
	for !s.done() && s.text[s.at] != s.separator && s.text[s.at] != '\n' && s.text[s.at] != '\r' {
		s.at++
	}
	return quoted + s.text[from:s.at], nil
}

// quoted returns what is between the quote here and the one that closes it.
func (s *scanner) quoted() (string, error) {
	opened := s.line
	s.at++
	var b strings.Builder
	for {
		n := strings.IndexByte(s.text[s.at:], '"')
		if n < 0 {
			return "", &Error{Fault: FaultQuote, Line: opened}
		}
		part := s.text[s.at : s.at+n]
		b.WriteString(part)
		s.line += strings.Count(part, "\n") + strings.Count(part, "\r") - strings.Count(part, "\r\n")
		s.at += n + 1
		if s.done() || s.text[s.at] != '"' {
			return b.String(), nil
		}
		b.WriteByte('"')
		s.at++
	}
}
