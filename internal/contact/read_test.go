package contact

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"passerelle/internal/fold"
	"passerelle/internal/sheet"
)

func open(t *testing.T, data string) *File {
	t.Helper()
	f, err := Open(strings.NewReader(data), "contacts.csv")
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return f
}

func TestOpenLatin1WithTitles(t *testing.T) {
	text := "Contacts du pôle apprentissage;;;\r\nÉdité le 1er mars 2026\r\n\r\n" +
		"Raison sociale;N° SIRET;Nom du contact;Téléphone du contact;Portable;Adresse mél;Contacté le;Peut-on écrire ?;Remarques\r\n" +
		"Menuiserie Brochard;732 829 320 00074;M. DUPONT Jean;03 21 00 00 01;06 12 34 56 78;jean@menuiserie.fr;01/03/2026;oui;\"deux lignes :\r\nl'été; l'hiver\"\r\n" +
		";;;\r\n" +
		"Boulangerie Lefèvre;;Mme Nadia Lefèvre;;;;mars 2026;non;\r\n"
	latin, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, latin)
	want := map[Field]int{
		FieldFirm: 0, FieldSIRET: 1, FieldFullName: 2, FieldPhone: 3, FieldOtherPhone: 4, FieldMail: 5, FieldSince: 6, FieldConsent: 7, FieldNote: 8,
	}
	if d := cmp.Diff(want, f.Columns); d != "" {
		t.Errorf("columns (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]int{5, 8}, f.Lines); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
	row, problems := f.Row(0)
	if d := cmp.Diff(Row{
		Line: 5, SIRET: 73282932000074, SIREN: 732829320, Firm: "Menuiserie Brochard", FirstName: "Jean", LastName: "Dupont", Mail: "jean@menuiserie.fr",
		Phones: []string{"+33321000001", "+33612345678"}, Since: "2026-03-01", Consent: new(true), Note: "deux lignes :\nl'été; l'hiver",
	}, row); d != "" || len(problems) > 0 {
		t.Errorf("row 0 (-want +got):\n%s%v", d, problems)
	}
	if row, _ := f.Row(1); row.Firm != "Boulangerie Lefèvre" || row.LastName != "Lefèvre" || row.Consent == nil || *row.Consent {
		t.Errorf("row 1 = %+v", row)
	}
}

func TestOpenEncodingsAndSeparators(t *testing.T) {
	const text = "Prénom;Nom;Courriel\nNadia;Lefèvre;nadia@boulangerie.fr\n"
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(text, ";", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"semicolon": text,
		"mark":      "\uFEFF" + text,
		"comma":     strings.ReplaceAll(text, ";", ","),
		"tab":       strings.ReplaceAll(text, ";", "\t"),
		"bar":       strings.ReplaceAll(text, ";", "|"),
		"CR":        strings.ReplaceAll(text, "\n", "\r"),
		"CRLF":      strings.ReplaceAll(text, "\n", "\r\n"),
		"UTF-16":    utf16,
		"hint":      "sep=;\r\n" + text,
		"guards":    "Prénom;Nom;Courriel\n=\"Nadia\";'=Lefèvre;nadia@boulangerie.fr\n",
		"quotes":    "\"Prénom\";\"Nom\";\"Courriel\"\r\n\"Nadia\";\"Lefèvre\";\"nadia@boulangerie.fr\"",
	} {
		f := open(t, data)
		row, _ := f.Row(0)
		last := strings.TrimPrefix(row.LastName, "=")
		if len(f.Rows) != 1 || row.FirstName != "Nadia" || last != "Lefèvre" || row.Mail != "nadia@boulangerie.fr" {
			t.Errorf("%s: %d rows, the first is %+v", name, len(f.Rows), row)
		}
	}
}

func TestOpenStrayQuotes(t *testing.T) {
	f := open(t, "Entreprise;Ville\n\"Le Bon Pain\" SARL;Arras\nTubes 12\" Nord;Lens\n\"dit \"\"Jo\"\"\";Liévin\n")
	var got []string
	for i := range f.Rows {
		row, _ := f.Row(i)
		got = append(got, row.Firm+"/"+row.Commune)
	}
	if d := cmp.Diff([]string{`"Le Bon Pain" SARL/Arras`, `Tubes 12" Nord/Lens`, `dit "Jo"/Liévin`}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// Columns without a known name are known by what they hold.
func TestOpenByContent(t *testing.T) {
	f := open(t, "73282932000074;Amina;amina@menuiserie.fr;0321000001\n35600000049837;Nadia;nadia@poste.fr;0612345678\n")
	if d := cmp.Diff(map[Field]int{FieldSIRET: 0, FieldMail: 2, FieldPhone: 3}, f.Columns); d != "" {
		t.Errorf("no header (-want +got):\n%s", d)
	}
	if len(f.Rows) != 2 || f.Header[0] != "" {
		t.Errorf("%d rows under the header %q, want 2 under none", len(f.Rows), f.Header)
	}
	f = open(t, "Machin;Contact\ntruc;amina@menuiserie.fr\nbidule;nadia@poste.fr\n")
	if d := cmp.Diff(map[Field]int{FieldMail: 1}, f.Columns); d != "" {
		t.Errorf("a contact that is a mail (-want +got):\n%s", d)
	}
	f.Assign(FieldFirm, 0)
	f.Assign(FieldNote, 1)
	f.Assign(FieldRole, 9)
	if d := cmp.Diff(map[Field]int{FieldFirm: 0, FieldNote: 1}, f.Columns); d != "" {
		t.Errorf("assigned (-want +got):\n%s", d)
	}
	if f = open(t, "amina@menuiserie.fr\nnadia@poste.fr\n"); f.Columns[FieldMail] != 0 || len(f.Rows) != 2 {
		t.Errorf("a list of addresses: %v, %d rows", f.Columns, len(f.Rows))
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		header string
		want   Field
	}{
		{"N° SIRET (14 chiffres)", FieldSIRET},
		{"Nom de l'entreprise", FieldFirm},
		{"RAISON SOCIALE", FieldFirm},
		{"Nom de la commune", FieldCommune},
		{"Code postal", FieldPostCode},
		{"Code INSEE", noField},
		{"Adresse", noField},
		{"Adresse mail", FieldMail},
		{"E-mail *", FieldMail},
		{"Mél.", FieldMail},
		{"Mail du contact", FieldMail},
		{"Téléphone du dirigeant", FieldPhone},
		{"N° de portable", FieldPhone},
		{"Nom, prénom", FieldFullName},
		{"Prénom du dirigeant", FieldFirstName},
		{"Fonction dans l'entreprise", FieldRole},
		{"Date de naissance", noField},
		{"Date de collecte", FieldSince},
		{"Contacté le", FieldSince},
		{"Peut-on lui écrire ?", FieldConsent},
		{"Accord pour recevoir des mails (RGPD)", FieldConsent},
		{"Opt-in", FieldConsent},
		{"Origine du contact", FieldSource},
		{"Commentaires", FieldNote},
		{"Fax", noField},
		{"", noField},
		{"???", noField},
	} {
		if got := match(c.header); got.field != c.want {
			t.Errorf("match(%q) = %q, want %q", c.header, got.field, c.want)
		}
	}
}

func TestFieldNames(t *testing.T) {
	of, n := make(map[string]Field), 0
	for f, all := range fieldNames() {
		for _, name := range all {
			n++
			if fold.Key(name) != name {
				t.Errorf("%q of %s is not folded", name, f)
			}
			if other, ok := of[name]; ok && other != f {
				t.Errorf("%q is a name of %q and of %q", name, f, other)
			}
			of[name] = f
		}
	}
	if n < 80 {
		t.Errorf("%d names, want 80", n)
	}
	for _, f := range Fields() {
		if len(fieldNames()[f]) == 0 && f != FieldOtherPhone {
			t.Errorf("%s has no name", f)
		}
	}
}

func TestSettleNames(t *testing.T) {
	for _, c := range []struct {
		header string
		want   map[Field]int
	}{
		{"Nom;Prénom", map[Field]int{FieldLastName: 0, FieldFirstName: 1}},
		{"Nom;Entreprise", map[Field]int{FieldFullName: 0, FieldFirm: 1}},
		{"Nom;SIRET", map[Field]int{FieldFirm: 0, FieldSIRET: 1}},
		{"Nom;Interlocuteur", map[Field]int{FieldFirm: 0, FieldFullName: 1}},
		{"Dirigeant;Prénom du dirigeant", map[Field]int{FieldLastName: 0, FieldFirstName: 1}},
		{"Contact;Mail", map[Field]int{FieldFullName: 0, FieldMail: 1}},
	} {
		if d := cmp.Diff(c.want, open(t, c.header+"\nx;y\n").Columns); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.header, d)
		}
	}
}

// book returns a workbook, each sheet with its rows.
func book(t testing.TB, fill func(f *excelize.File) error) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func small(f *excelize.File) error {
	return errors.Join(
		f.SetSheetRow("Sheet1", "A1", &[]any{"SIRET", "Mail"}),
		f.SetSheetRow("Sheet1", "A2", &[]any{73282932000074, "amina@menuiserie.fr"}),
	)
}

func TestOpenWorkbook(t *testing.T) {
	data := book(t, func(f *excelize.File) error {
		styles := make(map[string]int)
		for _, format := range []string{"dd/mm/yyyy", `[$-40C]d mmmm yyyy`, "00000", "0.00E+00", "mmm-yy"} {
			id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
			if err != nil {
				return err
			}
			styles[format] = id
		}
		short, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		if err != nil {
			return err
		}
		if _, err := f.NewSheet("Contacts"); err != nil {
			return err
		}
		day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		return errors.Join(
			f.SetCellValue("Sheet1", "A1", "Lisez-moi"),
			f.SetCellValue("Contacts", "A2", "Nos contacts"),
			f.SetSheetRow("Contacts", "A4", &[]any{"Entreprise", "SIRET", "CP", "Téléphone", "Date", "Accord", "Nom", "Prénom"}),
			f.SetSheetRow("Contacts", "A5", &[]any{"=1+1", 73282932000074, 1000, 33612345678, day, true, "DUPONT", "JEAN-PIERRE"}),
			f.SetSheetRow("Contacts", "A7", &[]any{"Brochard", "732 829 320 00074", 62500, 612345678.0, day, false, "x", "y"}),
			f.SetSheetRow("Contacts", "A8", &[]any{"Lefèvre", 35600000049837.0, "62500", 3.3612345678e10, day, "oui", "x", "y"}),
			f.SetCellStyle("Contacts", "B5", "B5", styles["0.00E+00"]),
			f.SetCellStyle("Contacts", "C5", "C5", styles["00000"]),
			f.SetCellStyle("Contacts", "D8", "D8", styles["0.00E+00"]),
			f.SetCellStyle("Contacts", "E5", "E5", styles["dd/mm/yyyy"]),
			f.SetCellStyle("Contacts", "E7", "E7", styles[`[$-40C]d mmmm yyyy`]),
			f.SetCellStyle("Contacts", "E8", "E8", short),
			f.SetCellFormula("Contacts", "J8", "HYPERLINK(\"http://x\",\"y\")"),
		)
	})
	f, err := Open(bytes.NewReader(data), "contacts.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]int{5, 7, 8}, f.Lines); d != "" {
		t.Errorf("lines (-want +got):\n%s", d)
	}
	want := [][]string{
		{"=1+1", "73282932000074", "01000", "33612345678", "2026-03-01", "TRUE", "DUPONT", "JEAN-PIERRE"},
		{"Brochard", "732 829 320 00074", "62500", "612345678", "2026-03-01", "FALSE", "x", "y"},
		{"Lefèvre", "35600000049837", "62500", "33612345678", "2026-03-01", "oui", "x", "y"},
	}
	if d := cmp.Diff(want, f.Rows); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	row, problems := f.Row(0)
	if row.SIRET != 73282932000074 || row.FirstName != "Jean-Pierre" || row.Since != "2026-03-01" || row.Consent == nil || !*row.Consent || !slices.Equal(row.Phones, []string{"+33612345678"}) || len(problems) > 0 {
		t.Errorf("row 0 = %+v, %v", row, problems)
	}
}

// archive returns a ZIP of parts, given as name, content.
func archive(t testing.TB, parts ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestOpenRefuses(t *testing.T) {
	xlsx := string(book(t, small))
	const head = "Nom;Prénom;Mail\n"
	for _, c := range []struct {
		name, data string
		want       sheet.Fault
		line       int
	}{
		{"a.csv", "", sheet.FaultEmpty, 0},
		{"a.csv", " \r\n\r\n", sheet.FaultEmpty, 0},
		{"a.csv", ";;;\n;;;\n", sheet.FaultEmpty, 0},
		{"a.csv", head, sheet.FaultEmpty, 1},
		{"a.xls", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), sheet.FaultOldExcel, 0},
		{"a.doc", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + strings.Repeat("\x00", 600), sheet.FaultNotATable, 0},
		{"a.pdf", "%PDF-1.7\n%âãÏÓ", sheet.FaultNotATable, 0},
		{"a.png", "\x89PNG\r\n\x1a\n", sheet.FaultNotATable, 0},
		{"a.html", "\n<!DOCTYPE html><table><tr><td>Nom</td></tr></table>", sheet.FaultNotATable, 0},
		{"a.xls", "<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">", sheet.FaultNotATable, 0},
		{"a.bin", "Nom;Mail\x00\x01\x02\x03", sheet.FaultNotATable, 0},
		{"a.bin", strings.Repeat("\x01\x02\x03\x81abc\n", 200), sheet.FaultNotATable, 0},
		{"a.txt", "Chère Amina,\n\nvoici la liste que vous attendiez.\n", sheet.FaultNotATable, 0},
		{"a.docx", archive(t, "word/document.xml", "<w:document/>"), sheet.FaultNotATable, 0},
		{"a.ods", archive(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>"), sheet.FaultOpenDocument, 0},
		{"a.xlsx", xlsx[:len(xlsx)/2], sheet.FaultDamaged, 0},
		{"a.xlsx", xlsx[:len(xlsx)-10], sheet.FaultDamaged, 0},
		{"a.xlsx", archive(t, "xl/workbook.xml", "<workbook"), sheet.FaultDamaged, 0},
		{"a.xlsx", string(book(t, func(*excelize.File) error { return nil })), sheet.FaultEmpty, 0},
		{"bomb.xlsx", archive(t, "xl/workbook.xml", "<workbook/>", "xl/worksheets/sheet1.xml", strings.Repeat(" ", sheet.MostUnpacked)), sheet.FaultTooBig, 0},
		{"bomb.xlsx", archive(t, "xl/workbook.xml", "<workbook/>", "xl/sharedStrings.xml", strings.Repeat("<si/>", sheet.MostStrings/4)), sheet.FaultTooBig, 0},
		{"a.csv", strings.Repeat("a", MostBytes+1), sheet.FaultTooBig, 0},
		{"a.csv", head + "x;y;" + strings.Repeat("a", MostBytes-100), sheet.FaultCellTooLong, 2},
		{"a.csv", head + "x;\"y;z\nx;y;z\n", sheet.FaultQuote, 2},
		{"a.csv", head + strings.Repeat("x;y;z\n", 100_000), sheet.FaultTooLong, 0},
		{"a.csv", head + strings.Repeat("x;y;z\n", MostRows+1), sheet.FaultTooLong, MostRows + 2},
		{"a.csv", head + strings.Repeat(";", MostColumns) + "x\n", sheet.FaultTooWide, 2},
		{"a.csv", head + strings.Repeat(";", MostBytes/2) + "\n", sheet.FaultTooWide, 2},
	} {
		f, err := Open(strings.NewReader(c.data), c.name)
		var e *sheet.Error
		if !errors.As(err, &e) || e.Fault != c.want || c.line > 0 && e.Line != c.line {
			t.Errorf("%s, %.40q: %v, %v, want %s on line %d", c.name, c.data, f, err, c.want, c.line)
			continue
		}
		if strings.HasSuffix(e.Error(), "cannot be read") {
			t.Errorf("%s has no advice", c.want)
		}
	}
}

func TestOpenWorkbookRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		fill func(f *excelize.File) error
		want sheet.Error
	}{
		{"wide", func(f *excelize.File) error {
			return errors.Join(small(f), f.SetCellValue("Sheet1", "XFD2", "x"))
		}, sheet.Error{Fault: sheet.FaultTooWide, Line: 2, Most: MostColumns}},
		{"cell", func(f *excelize.File) error {
			return errors.Join(small(f), f.SetCellValue("Sheet1", "C2", strings.Repeat("é", MostCharacters+1)))
		}, sheet.Error{Fault: sheet.FaultCellTooLong, Line: 2, Column: 3, Most: MostCharacters}},
		{"long", func(f *excelize.File) error {
			w, err := f.NewStreamWriter("Sheet1")
			if err != nil {
				return err
			}
			for i := range 100_000 {
				if err := w.SetRow(fmt.Sprintf("A%d", i+1), []any{"Mail", "Nom"}); err != nil {
					return err
				}
			}
			return w.Flush()
		}, sheet.Error{Fault: sheet.FaultTooLong, Line: MostRows + sheet.MostTitles + 1, Most: MostRows}},
	} {
		_, err := Open(bytes.NewReader(book(t, c.fill)), "a.xlsx")
		var e *sheet.Error
		if !errors.As(err, &e) || *e != c.want {
			t.Errorf("%s: %v, want %v", c.name, err, &c.want)
		}
	}
}

// The bounds themselves are let in.
func TestOpenAtBounds(t *testing.T) {
	f := open(t, "Nom;Prénom;Mail\n"+strings.Repeat("x;y;z\n", MostRows))
	if len(f.Rows) != MostRows {
		t.Errorf("%d rows, want %d", len(f.Rows), MostRows)
	}
	f = open(t, "Nom;Mail\n"+strings.Repeat("é", MostCharacters)+strings.Repeat(";x", MostColumns-1)+"\n")
	if len(f.Header) != MostColumns || len(f.Rows[0]) != MostColumns {
		t.Errorf("%d columns, want %d", len(f.Header), MostColumns)
	}
}

// FuzzOpen checks that any file is either refused with a fault or made of rows
// within the bounds.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("Nom;Prénom;Mail\nDUPONT;Jean;jean@menuiserie.fr\n"))
	f.Add([]byte("sep=,\n\"a\n\"\"b\",c\r\rd"))
	f.Add([]byte("\xFF\xFEN\x00o\x00m\x00"))
	f.Add([]byte("Pr\xE9nom\tNom\n"))
	f.Add(book(f, small))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), "contacts")
		var e *sheet.Error
		if err != nil {
			if !errors.As(err, &e) || e.Fault == "" {
				t.Fatalf("an error without a fault: %v", err)
			}
			return
		}
		if len(file.Rows) == 0 || len(file.Rows) > MostRows || len(file.Rows) != len(file.Lines) || len(file.Header) > MostColumns {
			t.Fatalf("%d rows, %d lines, %d columns", len(file.Rows), len(file.Lines), len(file.Header))
		}
		for i, r := range file.Rows {
			if len(r) != len(file.Header) {
				t.Fatalf("row %d has %d cells, the header %d", i, len(r), len(file.Header))
			}
			file.Row(i)
		}
		if !slices.IsSorted(file.Lines) {
			t.Fatalf("lines out of order: %v", file.Lines)
		}
	})
}
