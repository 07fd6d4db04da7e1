package contact

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/register"
	"passerelle/internal/sheet"
)

// kinds returns the kinds of problems, joined: what a table of cases states.
func kinds(problems []Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, string(p.Kind))
	}
	return strings.Join(all, " ")
}

func TestParseSIRET(t *testing.T) {
	for _, c := range []struct {
		in    string
		siret register.SIRET
		siren register.SIREN
		want  string
	}{
		{"", 0, 0, ""},
		{"73282932000074", 73282932000074, 0, ""},
		{"732 829 320 00074", 73282932000074, 0, ""},
		{"732\u00a0829\u202f320 00074", 73282932000074, 0, ""},
		{"732.829.320-00074", 73282932000074, 0, ""},
		{"SIRET : 73282932000074", 73282932000074, 0, ""},
		{"7,3282932000074E+13", 73282932000074, 0, ""},
		{"7,32829E+13", 0, 0, "lost"},
		{"73282932000075", 0, 0, "bad"},
		{"35600000049837", 35600000049837, 0, ""}, // La Poste
		{"5520242000016", 0, 0, "bad"},
		{"732829320", 0, 732829320, "unit_only"},
		{"en cours", 0, 0, "bad"},
		{"-", 0, 0, "bad"},
		{"73282932000074 / 73282932000074", 0, 0, "bad"},
	} {
		got, problems := parseSIRET(c.in)
		if got.siret != c.siret || got.siren != c.siren || kinds(problems) != c.want {
			t.Errorf("parseSIRET(%q) = %v, %v, want %v, %v, %q", c.in, got, problems, c.siret, c.siren, c.want)
		}
	}
}

// A SIRET that begins with a zero, kept as a number, comes back.
func TestParseSIRETLostZero(t *testing.T) {
	n := 0
	for siret := register.SIRET(5520240000000); siret < 5520340000000; siret++ {
		if !siret.Valid() {
			continue
		}
		s := strings.TrimLeft(siret.String(), "0")
		got, problems := parseSIRET(s)
		if len(s) != 13 || got.siret != siret || kinds(problems) != "repaired" {
			t.Errorf("parseSIRET(%q) = %v, %v, want %v repaired", s, got, problems, siret)
		}
		if n++; n == 100 {
			return
		}
	}
	t.Errorf("only %d SIRET tried", n)
}

func TestParseSIREN(t *testing.T) {
	for _, c := range []struct {
		in    string
		siren register.SIREN
		want  string
	}{
		{"", 0, ""},
		{"732829320", 732829320, ""},
		{"732 829 320", 732829320, ""},
		{"73282932000074", 732829320, ""},
		{"732829321", 0, "bad"},
		{"5520242", 0, "bad"},
	} {
		if got, problems := parseSIREN(c.in); got != c.siren || kinds(problems) != c.want {
			t.Errorf("parseSIREN(%q) = %v, %v, want %v, %q", c.in, got, problems, c.siren, c.want)
		}
	}
}

func TestParsePhones(t *testing.T) {
	for _, c := range []struct {
		in, phones, want string
	}{
		{"", "", ""},
		{"06 12 34 56 78", "+33612345678", ""},
		{"06.12.34.56.78", "+33612345678", ""},
		{"06/12/34/56/78", "+33612345678", ""},
		{"06-12-34-56-78", "+33612345678", ""},
		{"06\u00a012\u202f34 56 78", "+33612345678", ""},
		{"+33 (0)6 12 34 56 78", "+33612345678", ""},
		{"+33 06 12 34 56 78", "+33612345678", ""},
		{"0033612345678", "+33612345678", ""},
		{"33612345678", "+33612345678", ""},
		{"3,3612345678E+10", "+33612345678", ""},
		{"3,36123E+10", "", "lost"},
		{"612345678", "+33612345678", "repaired"},
		{"Tél. : 03 21 00 00 01", "+33321000001", ""},
		{"06 12 34 56 78 / 03 21 00 00 01", "+33612345678 +33321000001", ""},
		{"06 12 34 56 78 ou 03 21 00 00 01", "+33612345678 +33321000001", ""},
		{"0612345678 0321000001", "+33612345678 +33321000001", ""},
		{"0612345678/0612345678", "+33612345678", ""},
		{"+262 692 12 34 56", "+262692123456", ""},
		{"+262 (0)692 12 34 56", "+262692123456", ""},
		{"0692 12 34 56", "+262692123456", ""},
		{"+33 692 12 34 56", "+262692123456", ""},
		{"0590 12 34 56", "+590590123456", ""},
		{"00590 690 12 34 56", "+590690123456", ""},
		{"+594 694 12 34 56", "+594694123456", ""},
		{"0696 12 34 56", "+596696123456", ""},
		{"+508 41 12 34", "+508411234", ""},
		{"+687 28 12 34", "+687281234", ""},
		{"+689 40 12 34 56", "+68940123456", ""},
		{"+32 2 123 45 67", "+32 2 123 45 67", "bad"},
		{"+33 6 12 34 56", "+33 6 12 34 56", "bad"},
		{"06 12 34 56 78 poste 12", "06 12 34 56 78 poste 12", "bad"},
		{"36 46", "", "bad"},
		{"à rappeler", "", "bad"},
		{"///", "", "bad"},
		{"06 12 34 56 78 / demander Nadia", "+33612345678", "bad"},
	} {
		phones, problems := parsePhones(c.in)
		got := strings.Join(phones, " ")
		if got != c.phones || kinds(problems) != c.want {
			t.Errorf("parsePhones(%q) = %q, %v, want %q, %q", c.in, got, problems, c.phones, c.want)
		}
	}
}

func TestParseMail(t *testing.T) {
	for _, c := range []struct{ in, mail, want string }{
		{"", "", ""},
		{"amina@menuiserie.fr", "amina@menuiserie.fr", ""},
		{" Amina <amina@menuiserie.fr> ", "amina@menuiserie.fr", ""},
		{"mailto:amina@menuiserie.fr", "amina@menuiserie.fr", ""},
		{"amina@menuiserie.fr.", "amina@menuiserie.fr", ""},
		{"amina@menuiserie.fr ; nadia@menuiserie.fr", "amina@menuiserie.fr", "extra"},
		{"amina@menuiserie.fr ou amina@menuiserie.fr", "amina@menuiserie.fr", ""},
		{"amina@menuiserie / nadia@menuiserie.fr", "nadia@menuiserie.fr", "bad"},
		{"amina@ menuiserie.fr", "amina@menuiserie.fr", "repaired"},
		{"amina.menuiserie.fr", "", "bad"},
		{"amina@@menuiserie.fr", "", "bad"},
		{"=HYPERLINK(\"mailto:x\")", "", "bad"},
	} {
		if mail, problems := parseMail(c.in); mail != c.mail || kinds(problems) != c.want {
			t.Errorf("parseMail(%q) = %q, %v, want %q, %q", c.in, mail, problems, c.mail, c.want)
		}
	}
}

func TestParseDay(t *testing.T) {
	for _, c := range []struct{ in, day, want string }{
		{"", "", ""},
		{"2026-03-01", "2026-03-01", ""},
		{"2026-03-01T10:00:00", "2026-03-01", ""},
		{"2026-03-01 00:00:00", "2026-03-01", ""},
		{"01/03/2026", "2026-03-01", ""},
		{"01/03/2026 14:30", "2026-03-01", ""},
		{"01/03/2026 à 14h30", "2026-03-01", ""},
		{"1/3/26", "2026-03-01", ""},
		{"01.03.2026", "2026-03-01", ""},
		{"1er mars 2026", "2026-03-01", ""},
		{"le 1er mars 2026", "2026-03-01", ""},
		{"dimanche 1 mars 2026", "2026-03-01", ""},
		{"mar. 3 mars 2026", "2026-03-03", ""},
		{"3-févr.-26", "2026-02-03", ""},
		{"3 août 2025", "2025-08-03", ""},
		{"mars 2026", "2026-03-01", "repaired"},
		{"03/2026", "2026-03-01", "repaired"},
		{"2026-03", "2026-03-01", "repaired"},
		{"3/25/2026", "2026-03-25", "repaired"},
		{"46082", "2026-03-01", ""},
		{"31/06/2026", "", "bad"},
		{"2026", "", "bad"},
		{"01/03/1026", "", "bad"},
		{"récemment", "", "bad"},
		{"NaN", "", "bad"},
		{"1e999", "", "bad"},
	} {
		if day, problems := parseDay(c.in); string(day) != c.day || kinds(problems) != c.want {
			t.Errorf("parseDay(%q) = %q, %v, want %q, %q", c.in, day, problems, c.day, c.want)
		}
	}
}

func TestParsePostCode(t *testing.T) {
	for _, c := range []struct{ in, code, rest, want string }{
		{"", "", "", ""},
		{"62500", "62500", "", ""},
		{"62 500", "62500", "", ""},
		{"F-62500", "62500", "", ""},
		{"62500 SAINT-OMER", "62500", "SAINT-OMER", ""},
		{"62500 - Saint-Omer", "62500", "Saint-Omer", ""},
		{"1000", "01000", "", "repaired"},
		{"62", "", "", "bad"},
		{"Saint-Omer", "", "", "bad"},
	} {
		code, rest, problems := parsePostCode(c.in)
		if code != c.code || rest != c.rest || kinds(problems) != c.want {
			t.Errorf("parsePostCode(%q) = %q, %q, %v, want %q, %q, %q", c.in, code, rest, problems, c.code, c.rest, c.want)
		}
	}
}

func TestParseConsent(t *testing.T) {
	for _, c := range []struct{ in, answer, want string }{
		{"", "", ""},
		{"-", "", ""},
		{"oui", "yes", ""},
		{"OUI", "yes", ""},
		{"o", "yes", ""},
		{"x", "yes", ""},
		{"1", "yes", ""},
		{"TRUE", "yes", ""},
		{"vrai", "yes", ""},
		{"OK", "yes", ""},
		{"✓", "yes", ""},
		{"d'accord", "yes", ""},
		{"non", "no", ""},
		{"N", "no", ""},
		{"0", "no", ""},
		{"faux", "no", ""},
		{"refus", "no", ""},
		{"refusé", "no", ""},
		{"Ne pas contacter", "no", ""},
		{"✗", "no", ""},
		{"non, sauf urgence", "no", "doubt"},
		{"oui mais pas par mail", "", "bad"},
		{"?", "", "bad"},
		{"à demander", "", "bad"},
		{"2", "", "bad"},
	} {
		answer, problems := parseConsent(c.in)
		got := ""
		if answer != nil {
			got = map[bool]string{true: "yes", false: "no"}[*answer]
		}
		if got != c.answer || kinds(problems) != c.want {
			t.Errorf("parseConsent(%q) = %q, %v, want %q, %q", c.in, got, problems, c.answer, c.want)
		}
	}
}

func TestSplitName(t *testing.T) {
	for _, c := range []struct {
		in, first, last string
		sure            bool
	}{
		{"M. DUPONT Jean", "Jean", "Dupont", true},
		{"M.DUPONT Jean", "Jean", "Dupont", true},
		{"Mme Nadia Lefèvre", "Nadia", "Lefèvre", true},
		{"Lefèvre Nadia", "Nadia", "Lefèvre", true},
		{"JEAN DUPONT", "Jean", "Dupont", true},
		{"DUPONT JEAN-PIERRE", "Jean-Pierre", "Dupont", true},
		{"Jean DE LA FONTAINE", "Jean", "De La Fontaine", true},
		{"Jean de LA FONTAINE", "Jean", "de La Fontaine", true},
		{"de LA FONTAINE Jean", "Jean", "de La Fontaine", true},
		{"Jean de la Fontaine", "Jean", "de la Fontaine", true},
		{"DUPONT, Jean", "Jean", "Dupont", true},
		{"Jean Pierre Dupont", "Jean Pierre", "Dupont", true},
		{"J. Dupont", "J.", "Dupont", true},
		{"Jean Dupont (gérant)", "Jean", "Dupont", true},
		{"Mohamed Ben Ali", "Mohamed", "Ben Ali", true},
		{"Mme Lefèvre", "", "Lefèvre", true},
		{"Lefèvre", "", "Lefèvre", false},
		{"Martin Bernard", "Martin", "Bernard", false},
		{"Oyelaran Brochard", "Oyelaran", "Brochard", false},
		{"M. et Mme DUPONT", "", "Dupont", false},
		{"Jean Dupont / Nadia Lefèvre", "Jean", "Dupont", false},
		{"", "", "", false},
		{"M.", "", "", false},
		{",", "", "", false},
		{"( )", "", "", false},
	} {
		got := splitName(c.in)
		if got.first != c.first || got.last != c.last || got.sure != c.sure {
			t.Errorf("splitName(%q) = %+v, want %q, %q, %v", c.in, got, c.first, c.last, c.sure)
		}
	}
}

func TestProperCase(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"DE LA FONTAINE", "De La Fontaine"},
		{"JEAN-PIERRE", "Jean-Pierre"},
		{"D'ORNANO", "D'Ornano"},
		{"LEFÈVRE", "Lefèvre"},
		{"JP", "JP"},
		{"LY", "Ly"},
		{"McDonald", "McDonald"},
		{"de la Fontaine", "de la Fontaine"},
		{"", ""},
	} {
		if got := properCase(c.in); got != c.want {
			t.Errorf("properCase(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestRow(t *testing.T) {
	f := &File{
		Header: make([]string, 12),
		Columns: map[Field]int{
			FieldSIRET: 0, FieldSIREN: 1, FieldFirm: 2, FieldPostCode: 3, FieldFullName: 4, FieldMail: 5, FieldPhone: 6, FieldOtherPhone: 7,
			FieldSince: 8, FieldConsent: 9, FieldNote: 10, FieldSource: 11,
		},
		Rows: [][]string{{
			"732 829 320 00074", "356000000", "=cmd|'/c calc'!A1", "62500 Saint-Omer", "BROCHARD Amina (gérante)", "amina@menuiserie.fr", "0321000001",
			"0612345678", "2026-03-02", "oui", "#N/A", "Salon",
		}},
		Lines: []int{7},
		Today: "2026-03-01",
	}
	got, problems := f.Row(0)
	want := Row{
		Line: 7, SIRET: 73282932000074, SIREN: 732829320, Firm: "=cmd|'/c calc'!A1", Commune: "Saint-Omer", PostCode: "62500", FirstName: "Amina",
		LastName: "Brochard", Role: "gérante", Mail: "amina@menuiserie.fr", Phones: []string{"+33321000001", "+33612345678"}, Source: "Salon", Consent: new(true),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("Row (-want +got):\n%s", d)
	}
	wrong := []Problem{{FieldSIREN, KindDisagrees, "356000000"}, {FieldSince, KindFuture, "2026-03-02"}, {FieldNote, KindBad, "#N/A"}}
	if d := cmp.Diff(wrong, problems); d != "" {
		t.Errorf("problems (-want +got):\n%s", d)
	}
	if got, problems := f.Row(1); got.Line != 0 || problems != nil {
		t.Errorf("Row(1) = %+v, %v, want nothing", got, problems)
	}
}

// FuzzRow reads one cell as every field.
func FuzzRow(f *testing.F) {
	for _, s := range []string{"73282932000074", "7,32829E+13", "+33 (0)6 12 34 56 78 / 0612345678", "M. et Mme DE LA FONTAINE (x", "1er mars 2026", "amina@menuiserie.fr;b@c.fr", "oui", ",", "\xff", "ǅ É\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, field := range Fields() {
			file := &File{Header: []string{""}, Columns: map[Field]int{field: 0}, Rows: [][]string{{sheet.Clean(s)}}, Lines: []int{1}, Today: "2026-03-01"}
			row, problems := file.Row(0)
			if row.SIRET != 0 && !row.SIRET.Valid() || row.SIREN != 0 && !row.SIREN.Valid() {
				t.Errorf("%q gives the SIRET %v and the SIREN %v", s, row.SIRET, row.SIREN)
			}
			if row.Since > file.Today {
				t.Errorf("%q gives %v, a day to come", s, row.Since)
			}
			for _, p := range problems {
				if p.Kind == "" || p.Field == "" {
					t.Errorf("%q as %s: unnamed problem %+v", s, field, p)
				}
			}
		}
	})
}
