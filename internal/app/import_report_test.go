package app

import (
	"bytes"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/directory"
	"passerelle/internal/register"
	"passerelle/internal/register/synth"
)

// plain writes the narrow spaces of French numbers as plain ones.
func plain(s string) string {
	return strings.NewReplacer("\u202f", " ", "\u00a0", " ").Replace(s)
}

const lozereReport = `sirene au 1er novembre 2026 : 4 876 lignes lues
  1 504 unités légales, 1 745 établissements, dont 1 653 en département 48, 1 260 ouverts
  118 positions tirées au hasard dans leur commune, écartées (qualité 33)
  146 liens de succession
Annuaire : 1 213 établissements, 978 de l'artisanat, 240 de l'ESS, 5 des deux mondes
  69 personnes physiques en diffusion partielle (ni nom, ni adresse, ni commune)
  21 personnes morales en diffusion partielle (sans adresse)
  64 codes d'anciennes communes ramenés à celle d'aujourd'hui
  Pourquoi (la preuve la plus sûre de chaque monde)
           873  inscrits (activité du répertoire des métiers)
           155  drapeau de Sirene
           105  présumés (activité et taille)
            82  forme juridique
             3  nommés par une liste
  Secteurs de l'artisanat
           378  services
           341  bâtiment
           169  fabrication
            90  alimentation
  Sources de l'ESS
           233  forme juridique
           155  drapeau de Sirene
            11  liste scop
  Familles de l'ESS
           201  associations
            16  coopératives
            14  mutuelles
             7  sociétés
             2  fondations
  Positions
         1 102  à l'adresse
            69  sans position
            42  au centre de la commune
  Codes NAFA inconnus de la nomenclature
             2  3320CX
             2  9602AX
             1  2561ZX
             1  2932ZX
             1  4211ZX
    … et 4 autres
`

// A person reads what an import did; the numbers are those of the invented
// register, which is always the same.
func TestReportForPeople(t *testing.T) {
	dir := t.TempDir()
	csv := registers(t, synth.CSV)
	territories := put(t, filepath.Join(t.TempDir(), "territoires.csv"), "commune,territory,name\n48095,mendois,Mendois\n48092,mendois,Mendois\n")
	for _, c := range []struct {
		args  []string
		first string // how the report begins
		last  string // and how it ends
	}{
		{
			[]string{"import", "list", csv + "/scop.csv", "--label=scop", "--ess", "--as-of=2026-10-15"},
			"liste scop au 15 octobre 2026 : 11 lignes lues\n", "Gardé. Il sera pris en compte quand le stock de Sirene aura été importé.\n",
		},
		{append([]string{"import", "sirene"}, stockFlags(csv, ".csv")...), lozereReport, ""},
		{
			[]string{"import", "list", csv + "/siae.csv", "--label=siae", "--ess", "--as-of=2026-10-15", "--kind-column=kind"},
			"liste siae au 15 octobre 2026 : 12 lignes lues\n  liste siae : 12 lignes, 5 reconnues dans le stock, 1 inconnue\n  6 lignes en double, fusionnées\nAnnuaire : 1 213 établissements, ",
			"1 ligne écartée, dans DIR/rejects.csv\n             1  unité légale absente du stock (fermée, inconnue ou d'un autre département)\n",
		},
		{[]string{"import", "rne", csv + "/rne.json", "--as-of=2026-11-02"}, "rne au 2 novembre 2026 : 687 lignes lues\nAnnuaire : 1 213 établissements, ", ""},
		{[]string{"import", "territories", territories}, "places : 2 lignes lues\nAnnuaire : 1 213 établissements, ", "Un serveur en marche le prendra à son prochain démarrage.\n"},
	} {
		code, out, stderr := start(t, nil, append(c.args, "--data", dir)...)
		if code != exitDone || stderr != "" {
			t.Fatalf("%q: exit %d, %s", c.args, code, stderr)
		}
		out = strings.ReplaceAll(plain(out), dir, "DIR")
		first, last := out[:min(len(out), len(c.first))], out[max(0, len(out)-len(c.last)):]
		if c.first == lozereReport {
			first = out
		}
		if diff := cmp.Diff(c.first, first) + cmp.Diff(c.last, last); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.args, diff)
		}
	}
}

// What is rare in registers has its words too, and its singular.
func TestReportOfRareThings(t *testing.T) {
	var out bytes.Buffer
	err := writeReport(&out, &directory.Report{
		Source: "sirene", AsOf: "2026-11-01", Seconds: 2.5, Rows: 1_000_001, PerSecond: 400_000, Rejected: 2, Rejects: "r.csv", Reasons: map[string]int{"a": 1, "": 1},
		Sirene: &directory.SireneReport{Units: 1, Establishments: 1, InDepartments: 1, Open: 1, Orphans: 1, Duplicates: 2, Sorted: []string{"e.csv"}},
		List:   &directory.ListReport{Label: "x", BadSIRET: 1, Repaired: 3, Fallen: 1},
	}, true)
	if err != nil {
		t.Fatal(err)
	}
	want := `sirene au 1er novembre 2026 : 1 000 001 lignes lues en 2,5 s (400 000 par seconde)
  1 unité légale, 1 établissement, dont 1 en toute la France, 1 ouvert
  2 établissements en double
  1 établissement sans unité légale
  e.csv n'était pas trié par SIREN : il a d'abord été trié
  1 SIRET inutilisable, ramené à son SIREN
  3 numéros auxquels il manquait leurs premiers zéros
  1 établissement absent du stock, remplacé par le siège
2 lignes écartées, dans r.csv
             1  non précisé
             1  a
`
	if diff := cmp.Diff(want, plain(out.String())); diff != "" {
		t.Error(diff)
	}
}

// A closed pipe is told, not ignored.
func TestReportThatCannotBeWritten(t *testing.T) {
	broken := errors.New("broken pipe")
	if err := writeReport(brokenPipe{broken}, &directory.Report{Source: "rne", Rows: 1}, false); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type brokenPipe struct{ err error }

func (b brokenPipe) Write([]byte) (int, error) { return 0, b.err }

// A hand is a clock that a test moves.
type hand struct{ now time.Time }

func (h *hand) Now() time.Time { return h.now }

// Elsewhere than on a screen, a line comes every few seconds, without the
// codes that move a cursor.
func TestProgressInAFile(t *testing.T) {
	var out bytes.Buffer
	h := &hand{now: today.Now()}
	p := newProgress(&out, h)
	for i := range 20 {
		h.now = h.now.Add(time.Second)
		p.show(register.Progress{Rows: int64(i+1) * 1_000_000, Read: int64(i+1) * 10, Total: 400})
	}
	h.now = h.now.Add(every)
	p.show(register.Progress{Rows: 25_000_000, Read: 250}) // a stream: no one knows its length
	p.close()
	want := `lecture : 5,0 M lignes, 1,0 M/s, 12 %, reste 35 s
lecture : 10,0 M lignes, 1,0 M/s, 25 %, reste 30 s
lecture : 15,0 M lignes, 1,0 M/s, 37 %, reste 25 s
lecture : 20,0 M lignes, 1,0 M/s, 50 %, reste 20 s
lecture : 25,0 M lignes, 1,0 M/s
`
	if diff := cmp.Diff(want, plain(out.String())); diff != "" {
		t.Error(diff)
	}
}

func TestLasting(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59_400 * time.Millisecond: "59 s", 59_600 * time.Millisecond: "1 min 00 s", 125 * time.Second: "2 min 05 s", 75 * time.Minute: "1 h 15 min",
	} {
		if got := lasting(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
