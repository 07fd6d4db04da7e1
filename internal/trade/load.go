package trade

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"passerelle/internal/fold"
)

// The paths stand for the producers' files, described in data/README.md.
//go:generate go run ./gen -out data -naf25-by-hand data/naf25_by_hand.tsv -naf $NAF2008 -naf25 $NAF2025 -nafa $NAFA -craft $CRAFT -forms $FORMS -rome $ROME -legal3 $LEGAL3 -legal2 $LEGAL2 -ess $ESS

//go:embed data/trades.tsv data/labels.tsv data/naf.tsv.gz data/naf25.tsv.gz data/nafa.tsv.gz data/rome.tsv.gz data/legal.tsv.gz
var files embed.FS

// Load returns the table of the embedded reference data. It checks that every
// NAFA code has exactly one trade, so that an edit of the data which forgets
// one stops the program at its start.
func Load() (*Table, error) {
	t := &Table{
		bySlug: map[string]int{},
		byNAFA: map[string]int{},
		ofNAFA: map[string]int{},
		ofNAF:  map[string]int{},
		naf:    map[string]nafCode{},
		naf25:  map[string]naf25Code{},
		rome:   map[string]string{},
		legal:  map[string]legalForm{},
		kinds:  map[string]string{},
	}
	for _, step := range []func() error{
		t.loadNAF, t.loadNAF25, t.loadNAFA, t.loadROME, t.loadLegal, t.loadTrades, t.loadLabels,
	} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("load trades: %w", err)
		}
	}
	return t, nil
}

func (t *Table) loadNAF() error {
	return lines("naf.tsv.gz", 4, func(f []string) error {
		t.naf[f[0]] = nafCode{label: f[1], sector: Sector(f[2]), presumed: f[3] == "1"}
		return nil
	})
}

func (t *Table) loadNAF25() error {
	return lines("naf25.tsv.gz", 4, func(f []string) error {
		n := naf25Code{label: f[1], how: Derivation(f[3])}
		if f[2] != "" {
			n.from = strings.Fields(f[2])
		}
		t.naf25[f[0]] = n
		return nil
	})
}

func (t *Table) loadNAFA() error {
	return lines("nafa.tsv.gz", 4, func(f []string) error {
		t.byNAFA[f[0]] = len(t.codes)
		t.codes = append(t.codes, Code{NAFA: f[0], NAF: f[1], Label: f[2], Sector: Sector(f[3])})
		n := t.naf[f[1]]
		n.nafa = append(n.nafa, f[0])
		t.naf[f[1]] = n
		return nil
	})
}

func (t *Table) loadROME() error {
	return lines("rome.tsv.gz", 2, func(f []string) error {
		t.rome[f[0]] = f[1]
		return nil
	})
}

func (t *Table) loadLegal() error {
	return lines("legal.tsv.gz", 3, func(f []string) error {
		t.legal[f[0]] = legalForm{label: f[1], family: Family(f[2])}
		return nil
	})
}

func (t *Table) loadTrades() error {
	header := true
	err := lines("trades.tsv", 8, func(f []string) error {
		if header {
			header = false
			return nil
		}
		tr := Trade{
			Slug: f[0], Name: f[1], NameEN: f[2], Sector: Sector(f[3]),
			NAFA: strings.Fields(f[4]), NAF: strings.Fields(f[5]), ROME: strings.Fields(f[6]), Words: list(f[7]),
		}
		if !slices.Contains(Sectors, tr.Sector) {
			return fmt.Errorf("trade %s: unknown sector %q", tr.Slug, tr.Sector)
		}
		t.trades = append(t.trades, tr)
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(t.trades, func(a, b Trade) int {
		return slices.Index(Sectors, a.Sector) - slices.Index(Sectors, b.Sector)
	})
	for i, tr := range t.trades {
		if _, ok := t.bySlug[tr.Slug]; ok {
			return fmt.Errorf("trades.tsv: two trades are called %q", tr.Slug)
		}
		t.bySlug[tr.Slug] = i
		for _, code := range tr.NAFA {
			if err := t.claim(code, i); err != nil {
				return fmt.Errorf("trades.tsv: %w", err)
			}
		}
		for _, naf := range tr.NAF {
			if j, ok := t.ofNAF[naf]; ok {
				return fmt.Errorf("trades.tsv: NAF %s is in %s and %s", naf, t.trades[j].Slug, tr.Slug)
			}
			if t.naf[naf].sector != tr.Sector {
				return fmt.Errorf("trades.tsv: NAF %s is of sector %q, its trade %s of %q", naf, t.naf[naf].sector, tr.Slug, tr.Sector)
			}
			t.ofNAF[naf] = i
		}
	}
	for _, c := range t.codes {
		if c.Trade == "" {
			return fmt.Errorf("trades.tsv: NAFA %s (%s) is in no trade", c.NAFA, c.Label)
		}
	}
	t.loadNames()
	// A NAF 2025 code follows the first code it comes from that has a trade.
	for _, code := range sortedKeys(t.naf25) {
		for _, naf := range t.naf25[code].from {
			if i, ok := t.ofNAF[naf]; ok {
				t.trades[i].NAF25 = append(t.trades[i].NAF25, code)
				break
			}
		}
	}
	return nil
}

// claim gives a NAFA code to trade i.
func (t *Table) claim(code string, i int) error {
	tr := t.trades[i]
	c, ok := t.byNAFA[code]
	switch {
	case !ok:
		return fmt.Errorf("%s: no NAFA code %q", tr.Slug, code)
	case t.codes[c].Trade != "":
		return fmt.Errorf("NAFA %s is in %s and %s", code, t.codes[c].Trade, tr.Slug)
	case t.codes[c].Sector != tr.Sector:
		return fmt.Errorf("NAFA %s is of sector %q, its trade %s of %q", code, t.codes[c].Sector, tr.Slug, tr.Sector)
	}
	t.codes[c].Trade = tr.Slug
	t.ofNAFA[code] = i
	return nil
}

func (t *Table) loadLabels() error {
	header := true
	return lines("labels.tsv", 9, func(f []string) error {
		if header {
			header = false
			return nil
		}
		l := Label{
			Slug: f[0], Name: f[1], Full: f[2], FullEN: f[3], ESS: f[4] == "1",
			Kinds: list(f[5]), URL: f[6], Meaning: f[7], MeaningEN: f[8],
		}
		t.labels = append(t.labels, l)
		for _, k := range append([]string{l.Slug, l.Name, l.Full}, l.Kinds...) {
			k = fold.Key(k)
			if s, ok := t.kinds[k]; ok && s != l.Slug {
				return fmt.Errorf("the kind %q is of %s and %s", k, s, l.Slug)
			}
			t.kinds[k] = l.Slug
		}
		return nil
	})
}

// list splits a field at its commas.
func list(s string) []string {
	var out []string
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// lines calls do for each line of an embedded table, with its fields, and
// names the line that cannot be used.
func lines(name string, fields int, do func([]string) error) error {
	f, err := files.Open("data/" + name)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		defer z.Close()
		r = z
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != fields {
			return fmt.Errorf("%s line %d: %d fields, want %d", name, n, len(row), fields)
		}
		if err := do(row); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return nil
}
