package register

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"passerelle/internal/fold"
)

// A ListRow is a row of a list that names establishments or legal units.
type ListRow struct {
	Line  int64
	SIRET SIRET // 0 when there is none that can be used
	SIREN SIREN // of the legal unit
	Unit  bool  // the list names legal units: the row is about all its establishments
	Kind  string
}

// ListOptions say how a list is read.
type ListOptions struct {
	Column     string // siret, siren, or the header of the column; empty: found by its name
	KindColumn string // header of the column that says what kind, empty for none
	Open       func(name string) (io.ReadCloser, error)
}

// ListStats count the rows of a list.
type ListStats struct {
	Rows     int64
	BadSIRET int64 // unusable, which fell back to their SIREN
	Repaired int64 // whose first zeros a spreadsheet had eaten
	Rejected int64
}

// ReadList reads a list: a CSV, perhaps in a zip, with a column of SIRET or of
// SIREN. Commas, semicolons and tabs are told apart by the header. A SIRET
// whose key is wrong leaves its SIREN, when that one is right; a row with
// neither goes to reject.
func ReadList(ctx context.Context, path string, o ListOptions, each func(ListRow) error, reject func(Reject) error) (stats ListStats, err error) {
	text, _, done, err := openText(path, o.Open)
	if err != nil {
		return stats, err
	}
	defer func() { err = errors.Join(err, done()) }()
	r, err := newListReader(path, text)
	if err != nil {
		return stats, err
	}
	number, unit, err := r.numberColumn(o.Column)
	if err != nil {
		return stats, err
	}
	kind := -1
	if o.KindColumn != "" {
		if kind = r.column(o.KindColumn); kind < 0 {
			return stats, r.missing("« " + o.KindColumn + " » (--kind-column)")
		}
	}
	for {
		if stats.Rows%4096 == 0 && ctx.Err() != nil {
			return stats, ctx.Err()
		}
		fields, line, err := r.next()
		if err == io.EOF {
			return stats, nil
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			stats.Rows++
			stats.Rejected++
			if err := reject(Reject{File: path, Line: int64(wrong.StartLine), Reason: "guillemet mal fermé"}); err != nil {
				return stats, err
			}
			continue
		}
		if err != nil {
			return stats, err
		}
		stats.Rows++
		row := ListRow{Line: line, Unit: unit}
		reason := "pas de numéro dans cette ligne"
		if number < len(fields) {
			reason = row.read(fields[number], unit, &stats)
		}
		if reason != "" {
			stats.Rejected++
			if err := reject(Reject{File: path, Line: line, Reason: reason, Text: quoted([]byte(strings.Join(fields, string(r.csv.Comma))))}); err != nil {
				return stats, err
			}
			continue
		}
		if kind >= 0 && kind < len(fields) {
			row.Kind = strings.TrimSpace(fields[kind])
		}
		if err := each(row); err != nil {
			return stats, err
		}
	}
}

// read reads the number of a row, and returns why it cannot be used.
func (row *ListRow) read(text string, unit bool, stats *ListStats) (reason string) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' || r == '.' && !strings.ContainsAny(text, "Ee") {
			return -1
		}
		return r
	}, strings.TrimSpace(text))
	if digits == "" {
		return "numéro vide"
	}
	if strings.ContainsAny(digits, "eE") && strings.ContainsAny(digits, ",.+") {
		return "numéro abîmé par un tableur (4,95E+13) ; exportez la colonne comme du texte"
	}
	if unit {
		siren, err := ParseSIREN(digits)
		if err != nil && len(digits) < 9 {
			if siren, err = ParseSIREN(strings.Repeat("0", 9-len(digits)) + digits); err == nil {
				stats.Repaired++
			}
		}
		if err != nil && len(digits) == 14 {
			if siren, err = ParseSIREN(digits[:9]); err == nil {
				row.Unit = true
			}
		}
		if err != nil {
			return "SIREN inutilisable"
		}
		row.SIREN = siren
		return ""
	}
	siret, err := ParseSIRET(digits)
	if err != nil && len(digits) > 9 && len(digits) < 14 {
		if siret, err = ParseSIRET(strings.Repeat("0", 14-len(digits)) + digits); err == nil {
			stats.Repaired++
		}
	}
	if err == nil {
		row.SIRET, row.SIREN = siret, siret.SIREN()
		return ""
	}
	if len(digits) >= 9 {
		if siren, err := ParseSIREN(digits[:9]); err == nil {
			row.SIREN = siren
			stats.BadSIRET++
			return ""
		}
	}
	return "ni SIRET ni SIREN utilisable"
}

// A listReader reads the rows of a CSV of unknown separator.
type listReader struct {
	path   string
	csv    *csv.Reader
	header []string
}

func newListReader(path string, text io.Reader) (*listReader, error) {
	b := bufio.NewReaderSize(text, 1<<16)
	head, err := b.Peek(1 << 16)
	if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
		return nil, fmt.Errorf("%s : illisible, téléchargez-le à nouveau : %w", path, err)
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		if _, err := b.Discard(3); err != nil {
			return nil, err
		}
		head = head[3:]
	}
	first, _, _ := bytes.Cut(head, newline)
	if len(bytes.TrimSpace(first)) == 0 {
		return nil, fmt.Errorf("%s : fichier vide, ou sans en-tête (%w)", path, ErrFormat)
	}
	if !utf8.Valid(first) {
		return nil, encodingError(path, 1)
	}
	r := &listReader{path: path, csv: csv.NewReader(b)}
	r.csv.FieldsPerRecord, r.csv.ReuseRecord = -1, true
	most := -1
	for _, comma := range []rune{',', ';', '\t'} {
		if n := strings.Count(string(first), string(comma)); n > most {
			r.csv.Comma, most = comma, n
		}
	}
	header, err := r.csv.Read()
	if err != nil {
		return nil, fmt.Errorf("%s, ligne 1 : en-tête illisible : %w", path, err)
	}
	r.header = append(r.header, header...)
	return r, nil
}

// next returns the next row and its line.
func (r *listReader) next() ([]string, int64, error) {
	fields, err := r.csv.Read()
	if err != nil {
		var wrong *csv.ParseError
		if err == io.EOF || errors.As(err, &wrong) {
			return nil, 0, err
		}
		line, _ := r.csv.FieldPos(0)
		return nil, 0, fmt.Errorf("%s, vers la ligne %d : fichier coupé ou illisible, téléchargez-le à nouveau : %w", r.path, line, err)
	}
	line, _ := r.csv.FieldPos(0)
	for _, f := range fields {
		if !utf8.ValidString(f) {
			return nil, 0, encodingError(r.path, int64(line))
		}
	}
	return fields, int64(line), nil
}

// column returns the place of a header, whatever its case and accents; -1
// where it is not.
func (r *listReader) column(name string) int {
	for i, h := range r.header {
		if fold.Key(h) == fold.Key(name) {
			return i
		}
	}
	return -1
}

// numberColumn finds the column of SIRET, else of SIREN.
func (r *listReader) numberColumn(asked string) (column int, unit bool, err error) {
	if asked != "" && !strings.EqualFold(asked, "siret") && !strings.EqualFold(asked, "siren") {
		if column = r.column(asked); column < 0 {
			return 0, false, r.missing("« " + asked + " » (--column)")
		}
		return column, strings.Contains(fold.Key(asked), "siren"), nil
	}
	for _, kind := range []string{"siret", "siren"} {
		if asked != "" && !strings.EqualFold(asked, kind) {
			continue
		}
		for _, exact := range []bool{true, false} {
			for i, h := range r.header {
				key := fold.Key(h)
				if key == kind || !exact && strings.Contains(" "+strings.ReplaceAll(key, "_", " ")+" ", " "+kind+" ") {
					return i, kind == "siren", nil
				}
			}
		}
	}
	return 0, false, r.missing("SIRET ou SIREN")
}

func (r *listReader) missing(what string) error {
	return fmt.Errorf("%s, ligne 1 : colonne %s absente ; colonnes trouvées : %s ; --column en nomme une (%w)", r.path, what, strings.Join(r.header, ", "), ErrColumn)
}
