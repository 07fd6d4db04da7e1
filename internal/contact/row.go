package contact

import (
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// A Row is a person at a firm, as a line of a file tells it. What the file does
// not say, or not in a form that can be read, is empty.
type Row struct {
	Line      int
	SIRET     register.SIRET // 0 none
	SIREN     register.SIREN // that of the SIRET when there is one; 0 none
	Firm      string
	Commune   string
	PostCode  string
	FirstName string
	LastName  string
	Role      string
	Mail      string
	Phones    []string // in E.164, or as written when that cannot be told
	Source    string
	Since     clock.Day
	Consent   *bool     // nil where the file does not answer
	Answered  clock.Day // the day of that answer
	Words     string    // the sentence that was answered
	Way       Way
	Note      string
}

// A Kind says what is the matter with a cell. It is the end of a message key.
type Kind string

// The kinds of problem.
const (
	KindBad       Kind = "bad"       // cannot be read; left out, telephone numbers excepted
	KindRepaired  Kind = "repaired"  // read after a change that is worth a look
	KindLost      Kind = "lost"      // the spreadsheet has lost digits: 1,23457E+13
	KindExtra     Kind = "extra"     // a second one, left out
	KindDoubt     Kind = "doubt"     // may be read otherwise
	KindFuture    Kind = "future"    // a day to come; left out
	KindUnitOnly  Kind = "unit_only" // a SIREN where a SIRET was expected
	KindDisagrees Kind = "disagrees" // the SIREN is not that of the SIRET
)

// A Problem is what a reader should look at in a row.
type Problem struct {
	Field Field
	Kind  Kind
	Value string // as written
}

// Row reads row i. Problems come in the order of Fields. A row that the file
// does not have is empty.
func (f *File) Row(i int) (Row, []Problem) {
	if i < 0 || i >= len(f.Rows) || i >= len(f.Lines) {
		return Row{}, nil
	}
	r := reading{file: f, cells: f.Rows[i], row: Row{Line: f.Lines[i]}}
	r.identifiers()
	r.place()
	r.person()
	r.row.Mail = keep(&r, FieldMail, parseMail)
	r.phones()
	r.row.Source = r.cell(FieldSource)
	r.row.Since = r.day(FieldSince)
	r.row.Consent = keep(&r, FieldConsent, parseConsent)
	r.row.Answered = r.day(FieldConsentDay)
	r.row.Words = r.cell(FieldConsentWords)
	r.row.Way = keep(&r, FieldConsentWay, parseWay)
	r.row.Note = r.cell(FieldNote)
	return r.row, r.problems
}

// A reading is a row being read.
type reading struct {
	file     *File
	cells    []string
	row      Row
	problems []Problem
}

// cell returns what the row has in the column of a field. The errors that
// spreadsheets write for a value are nothing.
func (r *reading) cell(f Field) string {
	column, ok := r.file.Columns[f]
	if !ok || column < 0 || column >= len(r.cells) {
		return ""
	}
	switch c := r.cells[column]; c {
	case "#N/A", "#REF!", "#NAME?", "#NOM?", "#VALUE!", "#VALEUR!", "#DIV/0!", "#NULL!", "#NUL!", "#NUM!", "#NOMBRE!":
		r.note(f, Problem{Kind: KindBad, Value: c})
		return ""
	default:
		return c
	}
}

// note adds problems of a field.
func (r *reading) note(f Field, problems ...Problem) {
	for _, p := range problems {
		p.Field = f
		r.problems = append(r.problems, p)
	}
}

// keep reads the cell of a field and notes its problems.
func keep[T any](r *reading, f Field, parse func(string) (T, []Problem)) T {
	v, problems := parse(r.cell(f))
	r.note(f, problems...)
	return v
}

func (r *reading) identifiers() {
	id := keep(r, FieldSIRET, parseSIRET)
	r.row.SIRET, r.row.SIREN = id.siret, id.siren
	if r.row.SIRET != 0 {
		r.row.SIREN = r.row.SIRET.SIREN()
	}
	siren := keep(r, FieldSIREN, parseSIREN)
	switch {
	case siren == 0:
	case r.row.SIREN == 0:
		r.row.SIREN = siren
	case r.row.SIREN != siren:
		r.note(FieldSIREN, Problem{Kind: KindDisagrees, Value: r.cell(FieldSIREN)})
	}
	r.row.Firm = r.cell(FieldFirm)
}

// place reads the post code and the commune, each of which may hold both.
func (r *reading) place() {
	written := r.cell(FieldPostCode)
	code, rest, problems := parsePostCode(written)
	r.note(FieldPostCode, problems...)
	r.row.PostCode = code
	r.row.Commune = r.cell(FieldCommune)
	if r.row.Commune == "" {
		r.row.Commune = rest
		return
	}
	if before, after, ok := strings.Cut(r.row.Commune, " "); ok && len(before) == 5 && isDigits(before) {
		r.row.Commune = strings.TrimLeft(after, " -")
		if r.row.PostCode == "" {
			r.row.PostCode = before
		}
	}
}

func (r *reading) person() {
	full := r.cell(FieldFullName)
	first, last := r.cell(FieldFirstName), r.cell(FieldLastName)
	r.row.FirstName, r.row.LastName = properCase(bareName(first)), properCase(bareName(last))
	r.row.Role = r.cell(FieldRole)
	if full == "" || r.row.FirstName != "" || r.row.LastName != "" {
		return
	}
	name := splitName(full)
	r.row.FirstName, r.row.LastName = name.first, name.last
	if r.row.Role == "" {
		r.row.Role = name.role
	}
	if !name.sure {
		r.note(FieldFullName, Problem{Kind: KindDoubt, Value: full})
	}
}

func (r *reading) phones() {
	for _, f := range []Field{FieldPhone, FieldOtherPhone} {
		for _, p := range keep(r, f, parsePhones) {
			r.row.Phones = appendNew(r.row.Phones, p)
		}
	}
}

// day reads a day that is not to come.
func (r *reading) day(f Field) clock.Day {
	written := r.cell(f)
	day, problems := parseDay(written)
	if r.file.Today != "" && day > r.file.Today {
		day, problems = "", []Problem{{Kind: KindFuture, Value: written}}
	}
	r.note(f, problems...)
	return day
}

// bad is a cell that cannot be read.
func bad(s string) []Problem { return []Problem{{Kind: KindBad, Value: s}} }

func repaired(s string) []Problem { return []Problem{{Kind: KindRepaired, Value: s}} }

// compact returns s without what people put between digits, powers of ten
// undone, or the problem of the digits that are gone.
func compact(s string) (string, []Problem) {
	if digits, exact, ok := sheet.Powers(strings.TrimSpace(s)); ok {
		if !exact {
			return "", []Problem{{Kind: KindLost, Value: s}}
		}
		return digits, nil
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-_/'\u2019\u2010\u2011\u2013\u00a0\u202f\n\t", r) {
			return -1
		}
		return r
	}, s), nil
}

// An identity is a SIRET, or only a SIREN.
type identity struct {
	siret register.SIRET
	siren register.SIREN
}

// parseSIRET reads a SIRET as people write it.
func parseSIRET(s string) (identity, []Problem) {
	d, problems := compact(s)
	if d == "" {
		if problems == nil && s != "" {
			problems = bad(s)
		}
		return identity{}, problems
	}
	d = strings.TrimSuffix(strings.TrimLeft(strings.TrimPrefix(strings.ToUpper(d), "SIRET"), "N°:"), ",0")
	if !isDigits(d) {
		return identity{}, bad(s)
	}
	switch len(d) {
	case 14:
		if siret, err := register.ParseSIRET(d); err == nil {
			return identity{siret: siret}, nil
		}
	case 12, 13: // a spreadsheet has taken it for a number
		if siret, err := register.ParseSIRET(strings.Repeat("0", 14-len(d)) + d); err == nil {
			return identity{siret: siret}, repaired(s)
		}
	case 9:
		if siren, err := register.ParseSIREN(d); err == nil {
			return identity{siren: siren}, []Problem{{Kind: KindUnitOnly, Value: s}}
		}
	}
	return identity{}, bad(s)
}

// parseSIREN reads a SIREN as people write it; that of a SIRET is taken.
func parseSIREN(s string) (register.SIREN, []Problem) {
	d, problems := compact(s)
	if d == "" {
		if problems == nil && s != "" {
			problems = bad(s)
		}
		return 0, problems
	}
	d = strings.TrimLeft(strings.TrimPrefix(strings.ToUpper(d), "SIREN"), "N°:")
	switch {
	case len(d) == 14 && isDigits(d):
		if siret, err := register.ParseSIRET(d); err == nil {
			return siret.SIREN(), nil
		}
	case len(d) == 8 && isDigits(d):
		if siren, err := register.ParseSIREN("0" + d); err == nil {
			return siren, repaired(s)
		}
	default:
		if siren, err := register.ParseSIREN(d); err == nil {
			return siren, nil
		}
	}
	return 0, bad(s)
}

// parsePostCode reads a post code, and the commune written after it.
func parsePostCode(s string) (code, rest string, problems []Problem) {
	if s == "" {
		return "", "", nil
	}
	written := strings.TrimPrefix(strings.TrimPrefix(s, "F-"), "FR-")
	end := strings.IndexFunc(written, func(r rune) bool { return (r < '0' || r > '9') && r != ' ' })
	if end < 0 {
		end = len(written)
	}
	code = strings.ReplaceAll(written[:end], " ", "")
	rest = strings.TrimLeft(written[end:], " -–,")
	switch len(code) {
	case 5:
		return code, rest, nil
	case 4:
		return "0" + code, rest, repaired(s) // 1000 is Bourg-en-Bresse
	}
	return "", "", bad(s)
}

// parseMail reads the first address of a cell.
func parseMail(s string) (string, []Problem) {
	if s == "" {
		return "", nil
	}
	var found string
	var problems []Problem
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" ;,/|<>()[]\"\n", r) }) {
		part = strings.TrimPrefix(part, "mailto:")
		mail, err := account.ParseMail(strings.Trim(part, ".:'"))
		switch {
		case err != nil && strings.Contains(part, "@"):
			problems = append(problems, Problem{Kind: KindBad, Value: part})
		case err != nil: // a name, "ou"
		case found == "":
			found = mail.String()
		case mail.String() != found:
			problems = append(problems, Problem{Kind: KindExtra, Value: part})
		}
	}
	if found != "" {
		return found, problems
	}
	// "amina@ menuiserie.fr": the spaces round the sign are a slip.
	if local, domain, ok := strings.Cut(s, "@"); ok {
		if mail, err := account.ParseMail(strings.TrimSpace(local) + "@" + strings.TrimSpace(domain)); err == nil {
			return mail.String(), repaired(s)
		}
	}
	return "", bad(s)
}

// parseConsent reads a yes or a no. Anything that is not plainly one is
// reported: no consent is made out of a sentence.
func parseConsent(s string) (*bool, []Problem) {
	switch strings.TrimSpace(s) {
	case "", "-", "—", "–":
		return nil, nil
	case "✓", "✔", "✔️", "☑", "☒":
		return new(true), nil
	case "✗", "✘", "❌", "☐":
		return new(false), nil
	}
	switch key := fold.Key(s); key {
	case "oui", "o", "yes", "y", "x", "1", "vrai", "true", "ok", "d accord", "accord", "accepte", "acceptee", "accepte tout", "consent", "accord donne", "oui accord", "opt in", "optin":
		return new(true), nil
	case "non", "n", "no", "0", "faux", "false", "refus", "refuse", "refusee", "ko", "stop", "pas d accord", "opposition", "oppose", "desinscrit", "desabonne", "ne pas contacter",
		"ne pas ecrire", "opt out", "optout", "jamais", "retire":
		return new(false), nil
	default:
		for _, start := range []string{"non ", "refus ", "refuse ", "ne ", "stop ", "pas d accord ", "oppose "} {
			if strings.HasPrefix(key, start) {
				return new(false), []Problem{{Kind: KindDoubt, Value: s}}
			}
		}
	}
	return nil, bad(s)
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
