package contact

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/fold"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// A Field is what a column may hold. It is the end of a message key.
type Field string

// The fields of a person at a firm. A file often has two columns of telephone
// numbers; the numbers of both go together.
const (
	FieldSIRET        Field = "siret"
	FieldSIREN        Field = "siren"
	FieldFirm         Field = "firm"
	FieldCommune      Field = "commune"
	FieldPostCode     Field = "post_code"
	FieldFirstName    Field = "first_name"
	FieldLastName     Field = "last_name"
	FieldFullName     Field = "full_name"
	FieldRole         Field = "role"
	FieldMail         Field = "mail"
	FieldPhone        Field = "phone"
	FieldOtherPhone   Field = "other_phone"
	FieldSource       Field = "source"
	FieldSince        Field = "since"
	FieldConsent      Field = "consent"
	FieldConsentDay   Field = "consent_day"
	FieldConsentWords Field = "consent_words"
	FieldConsentWay   Field = "consent_way"
	FieldNote         Field = "note"
)

// noField is what a column is known to hold and is of no use here: a street, a
// date of birth.
const noField Field = ""

// Fields returns every field, in the order in which they are shown.
func Fields() []Field {
	return []Field{
		FieldSIRET, FieldSIREN, FieldFirm, FieldPostCode, FieldCommune, FieldFullName, FieldFirstName, FieldLastName, FieldRole,
		FieldMail, FieldPhone, FieldOtherPhone, FieldSource, FieldSince, FieldConsent, FieldConsentDay, FieldConsentWords, FieldConsentWay, FieldNote,
	}
}

// Assign makes column the one of a field; it is taken from the field that had
// it. A column that the file does not have leaves the field without any.
func (f *File) Assign(field Field, column int) {
	delete(f.Columns, field)
	if column < 0 || column >= len(f.Header) {
		return
	}
	maps.DeleteFunc(f.Columns, func(_ Field, c int) bool { return c == column })
	if f.Columns == nil {
		f.Columns = make(map[Field]int)
	}
	f.Columns[field] = column
}

// arrange parts the lines of a file into titles, header and rows, and guesses
// its columns.
func arrange(lines []sheet.Line) (*File, error) {
	if len(lines) == 0 {
		return nil, &sheet.Error{Fault: sheet.FaultEmpty}
	}
	var header sheet.Line
	rows := lines
	if at := reader.Header(lines); at >= 0 {
		header, rows = lines[at], lines[at+1:]
	} else if at, named := likelyHeader(lines); named {
		header, rows = lines[at], lines[at+1:]
	} else {
		rows = lines[at:]
	}
	if len(rows) == 0 {
		return nil, &sheet.Error{Fault: sheet.FaultEmpty, Line: header.Number}
	}
	if len(rows) > MostRows {
		return nil, &sheet.Error{Fault: sheet.FaultTooLong, Line: rows[MostRows].Number, Most: MostRows}
	}
	width := len(header.Cells)
	for _, r := range rows {
		width = max(width, len(r.Cells))
	}
	f := &File{Header: widen(header.Cells, width), Rows: make([][]string, len(rows)), Lines: make([]int, len(rows))}
	for i, r := range rows {
		f.Rows[i], f.Lines[i] = widen(r.Cells, width), r.Number
	}
	f.Columns = guess(f.Header, f.Rows)
	if width == 1 && len(f.Columns) == 0 {
		return nil, &sheet.Error{Fault: sheet.FaultNotATable}
	}
	return f, nil
}

func widen(cells []string, width int) []string {
	return append(cells, make([]string, width-len(cells))...)
}

// recognised returns how many different fields the cells of a line name.
func recognised(cells []string) int {
	seen := make(map[Field]bool)
	for _, c := range cells {
		// A cell of data seldom folds to the name of a column, never to two.
		if m := match(c); m.field != noField && m.quality >= qualityWords {
			seen[m.field] = true
		}
	}
	return len(seen)
}

// likelyHeader returns where the table of a file begins whose columns have no
// known name, past the titles, and whether its first line is a header: data
// seldom lacks any mail address, number or telephone.
func likelyHeader(lines []sheet.Line) (int, bool) {
	widest := 0
	for _, l := range lines[:min(len(lines), 2*sheet.MostTitles)] {
		widest = max(widest, len(l.Cells))
	}
	at := slices.IndexFunc(lines, func(l sheet.Line) bool { return len(l.Cells) >= min(widest, 2) })
	return at, !slices.ContainsFunc(lines[at].Cells, func(c string) bool { return contentOf(c) != noField })
}

// The qualities of a match, the better the higher.
const (
	qualityNone   = iota
	qualityPhrase // the name is somewhere in the header
	qualityWords  // the name and little words
	qualityExact
)

// A matched header.
type matched struct {
	field   Field
	quality int
	weak    bool // "contact" may be a name, a mail address or a telephone
}

// match returns what a header names.
func match(header string) matched {
	if len(header) > 120 {
		return matched{}
	}
	words := fold.Words(header)
	key := strings.Join(words, " ")
	if key == "" {
		return matched{}
	}
	weak := key == "contact" || key == "contacts" || key == "coordonnees" || key == "joindre"
	if f, ok := names[key]; ok {
		return matched{f, qualityExact, weak}
	}
	words = slices.DeleteFunc(words, isLittle)
	key = strings.Join(words, " ")
	if f, ok := names[key]; ok {
		return matched{f, qualityWords, weak}
	}
	if len(words) == 0 {
		return matched{}
	}
	if words[0] == "date" {
		return matched{field: noField, quality: qualityPhrase} // of birth, of creation: the known ones are names
	}
	f, ok := phrase(words)
	if !ok {
		return matched{}
	}
	return matched{field: f, quality: qualityPhrase}
}

// phrase returns the field whose name is found in words: a word that says what
// a cell looks like ("mail") wins over the one it qualifies ("contact"), then
// the first, which in French is the noun.
func phrase(words []string) (Field, bool) {
	var best Field
	most, found := -1, false
	for i := range words {
		for j := min(len(words), i+4); j > i; j-- {
			f, ok := names[strings.Join(words[i:j], " ")]
			if !ok {
				continue
			}
			if s := strength(f); s > most {
				best, most, found = f, s, true
			}
			break
		}
	}
	return best, found
}

// strength ranks the fields between which a header hesitates.
func strength(f Field) int {
	switch f {
	case FieldConsentDay, FieldConsentWords, FieldConsentWay:
		return 4
	case FieldConsent:
		return 3
	case FieldSIRET, FieldSIREN:
		return 2
	case FieldMail, FieldPhone, FieldPostCode:
		return 1
	}
	return 0
}

// isLittle reports whether a folded word says nothing of a column.
func isLittle(word string) bool {
	switch word {
	case "de", "du", "des", "d", "la", "le", "les", "l", "un", "une", "votre", "vos", "notre", "nos", "n", "no", "num", "numero", "the", "of", "your",
		"principal", "principale", "obligatoire", "facultatif", "1", "2":
		return true
	}
	return false
}

// guess returns the column of each field, from the header and, where it says
// nothing, from the cells.
func guess(header []string, rows [][]string) map[Field]int {
	columns := make(map[Field]int)
	matches := make([]matched, len(header))
	order := make([]int, len(header))
	for i, h := range header {
		matches[i], order[i] = match(h), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(matches[b].quality, matches[a].quality) })
	taken := make([]bool, len(header))
	give := func(f Field, column int) {
		if f == FieldPhone {
			if _, ok := columns[f]; ok {
				f = FieldOtherPhone
			}
		}
		if _, ok := columns[f]; !ok && f != noField {
			columns[f], taken[column] = column, true
		}
	}
	for _, i := range order {
		if !matches[i].weak {
			give(matches[i].field, i)
		}
	}
	for i := range header {
		if !taken[i] && (matches[i].quality == qualityNone || matches[i].weak) {
			give(holds(rows, i), i)
		}
	}
	for _, i := range order {
		if matches[i].weak && !taken[i] {
			give(matches[i].field, i)
		}
	}
	if other, ok := columns[FieldOtherPhone]; ok && other < columns[FieldPhone] {
		columns[FieldPhone], columns[FieldOtherPhone] = other, columns[FieldPhone]
	}
	settleNames(columns, header)
	return columns
}

// settleNames decides what a column "Nom" is: a last name beside a first one,
// the firm's where a table of firms has no other, otherwise a whole name.
func settleNames(columns map[Field]int, header []string) {
	_, first := columns[FieldFirstName]
	last, hasLast := columns[FieldLastName]
	full, hasFull := columns[FieldFullName]
	_, firm := columns[FieldFirm]
	_, siret := columns[FieldSIRET]
	_, siren := columns[FieldSIREN]
	switch {
	case first && !hasLast && hasFull:
		delete(columns, FieldFullName) // "Prénom du dirigeant", "Dirigeant"
		columns[FieldLastName] = full
	case first || !hasLast || fold.Key(header[last]) != "nom" && fold.Key(header[last]) != "name":
	case !firm && (hasFull || siret || siren):
		delete(columns, FieldLastName)
		columns[FieldFirm] = last
	case !hasFull:
		delete(columns, FieldLastName)
		columns[FieldFullName] = last
	}
}

// holds returns the field that most cells of a column look like.
func holds(rows [][]string, column int) Field {
	counts, n := make(map[Field]int), 0
	for _, r := range rows {
		if r[column] == "" {
			continue
		}
		counts[contentOf(r[column])]++
		if n++; n == 200 {
			break
		}
	}
	for _, f := range []Field{FieldMail, FieldSIRET, FieldPhone} {
		if counts[f]*10 >= n*6 && counts[f] > 0 {
			return f
		}
	}
	return noField
}

// contentOf returns what a cell looks like without its header: a mail address,
// a SIRET, a telephone number or nothing certain.
func contentOf(cell string) Field {
	if strings.Contains(cell, "@") {
		if _, err := account.ParseMail(cell); err == nil {
			return FieldMail
		}
		return noField
	}
	if _, err := register.ParseSIRET(cell); err == nil {
		return FieldSIRET
	}
	if n := countDigits(cell); n < 9 || n > 24 {
		return noField
	}
	if phones, problems := parsePhones(cell); len(phones) > 0 && len(problems) == 0 {
		return FieldPhone
	}
	return noField
}
