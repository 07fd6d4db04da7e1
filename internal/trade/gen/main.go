// Command gen makes the code tables embedded by package trade from the files
// of their producers.
//
// It is run by hand when a nomenclature changes; what it reads and where that
// comes from is told in data/README.md. Every input is a flag and has no
// default, so that the program knows no machine. The trades themselves
// (data/trades.tsv) are written by people, never by this program.
package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sources are the paths of the producers' files, and of the folder to fill.
type sources struct {
	naf, naf25, naf25Hand, nafa, craft, forms, rome, legal3, legal2, ess, out string
}

func main() {
	var s sources
	flag.StringVar(&s.naf, "naf", "", "CSV of NAF rév. 2: NIV5, Libelle-NIV5")
	flag.StringVar(&s.naf25, "naf25", "", "CSV of NAF 2025: code, libelle")
	flag.StringVar(&s.naf25Hand, "naf25-by-hand", "", "TSV of NAF 2025 codes whose NAF rév. 2 codes are set by hand: code, codes")
	flag.StringVar(&s.nafa, "nafa", "", "CSV of NAFA codes: aprm, ape_naf2008, libelle, secteur")
	flag.StringVar(&s.craft, "craft", "", "CSV of NAF codes open to craft: naf, secteur_artisanat, partiel")
	flag.StringVar(&s.forms, "forms", "", "CSV of NAF codes and forms of exercise: naf, artisanal")
	flag.StringVar(&s.rome, "rome", "", "CSV of ROME 4 codes: code_rome, libelle_rome")
	flag.StringVar(&s.legal3, "legal3", "", "CSV of legal categories, third level: Code, Libellé")
	flag.StringVar(&s.legal2, "legal2", "", "CSV of legal categories, second level: Code, Libellé")
	flag.StringVar(&s.ess, "ess", "", "CSV of legal categories of the ESS: categorie_juridique, famille")
	flag.StringVar(&s.out, "out", "", "folder to write to")
	flag.Parse()
	if err := s.run(); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func (s sources) run() error {
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"NAF rév. 2", s.writeNAF},
		{"NAF 2025", s.writeNAF25},
		{"NAFA", s.writeNAFA},
		{"ROME", s.writeROME},
		{"legal categories", s.writeLegal},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	return nil
}

// sectors are the sectors of craft as the producers write them.
var sectors = map[string]string{
	"": "", "alimentation": "food", "batiment": "building", "fabrication": "making", "services": "services",
}

// writeNAF writes naf.tsv.gz: code, label, sector of craft (empty: never
// craft), 1 where a small firm is presumed craft.
func (s sources) writeNAF() error {
	naf, err := readCSV(s.naf)
	if err != nil {
		return err
	}
	craft, err := byColumn(s.craft, "naf")
	if err != nil {
		return err
	}
	forms, err := byColumn(s.forms, "naf")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, r := range naf {
		code := r["NIV5"]
		sector, ok := sectors[craft[code]["secteur_artisanat"]]
		if !ok {
			return fmt.Errorf("%s: unknown sector %q", code, craft[code]["secteur_artisanat"])
		}
		presumed := ""
		if p := craft[code]["partiel"]; (p == "non" || p == "restreint") && forms[code]["artisanal"] == "toujours" {
			presumed = "1"
			if sector == "" {
				sector = sectors[forms[code]["secteur_R111_1"]]
			}
		}
		if err := writeRow(&out, code, r["Libelle-NIV5"], sector, presumed); err != nil {
			return err
		}
	}
	return s.writeZipped("naf.tsv.gz", out.Bytes())
}

// writeNAFA writes nafa.tsv.gz: code, NAF code, label, sector.
func (s sources) writeNAFA() error {
	rows, err := readCSV(s.nafa)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a["aprm"], b["aprm"]) })
	var out bytes.Buffer
	for _, r := range rows {
		if err := writeRow(&out, r["aprm"], r["ape_naf2008"], mend(r["libelle"]), sectors[r["secteur"]]); err != nil {
			return err
		}
	}
	return s.writeZipped("nafa.tsv.gz", out.Bytes())
}

// mend removes what the producer's layout left in labels: words cut by a line
// end of the printed table, the end of the label above.
func mend(label string) string {
	return strings.NewReplacer(
		"pât isserie", "pâtisserie",
		"ma tières", "matières",
		"artificiel les", "artificielles",
		"accumula teurs", "accumulateurs",
		"de ciment céramiques", "de ciment",
		"moules et modèles ferrures", "moules et modèles",
		"accessoires du vêtements", "accessoires du vêtement",
		"’", "'",
	).Replace(label)
}

func (s sources) writeROME() error {
	rows, err := byColumn(s.rome, "code_rome")
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, code := range slices.Sorted(maps.Keys(rows)) {
		if err := writeRow(&out, code, rows[code]["libelle_rome"]); err != nil {
			return err
		}
	}
	return s.writeZipped("rome.tsv.gz", out.Bytes())
}

// writeLegal writes legal.tsv.gz: code (two or four digits), label, family of
// the ESS.
func (s sources) writeLegal() error {
	ess, err := byColumn(s.ess, "categorie_juridique")
	if err != nil {
		return err
	}
	families := map[string]string{
		"": "", "cooperative": "cooperative", "association": "association", "mutuelle": "mutual", "fondation": "foundation",
	}
	var out bytes.Buffer
	for _, path := range []string{s.legal2, s.legal3} {
		rows, err := readCSV(path)
		if err != nil {
			return err
		}
		for _, r := range rows {
			code := r["Code"]
			family, ok := families[ess[code]["famille"]]
			if !ok {
				return fmt.Errorf("%s: unknown family %q", code, ess[code]["famille"])
			}
			if code == "9224" { // associations of lawyers: a liberal profession
				family = ""
			}
			if err := writeRow(&out, code, strings.Join(strings.Fields(r["Libellé"]), " "), family); err != nil {
				return err
			}
		}
	}
	return s.writeZipped("legal.tsv.gz", out.Bytes())
}

// row is a line of a CSV file by column.
type row map[string]string

func readCSV(path string) ([]row, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	records, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	rows := make([]row, 0, len(records)-1)
	for _, record := range records[1:] {
		m := make(row, len(record))
		for i, h := range records[0] {
			m[h] = record[i]
		}
		rows = append(rows, m)
	}
	return rows, nil
}

func byColumn(path, column string) (map[string]row, error) {
	rows, err := readCSV(path)
	if err != nil {
		return nil, err
	}
	m := make(map[string]row, len(rows))
	for _, r := range rows {
		m[r[column]] = r
	}
	return m, nil
}

func writeRow(w *bytes.Buffer, fields ...string) error {
	for _, f := range fields {
		if strings.ContainsAny(f, "\t\n") {
			return fmt.Errorf("%q holds a tab or a line end", f)
		}
	}
	w.WriteString(strings.Join(fields, "\t"))
	w.WriteByte('\n')
	return nil
}

// writeZipped writes b compressed, without a date, so that the same input
// gives the same bytes.
func (s sources) writeZipped(name string, b []byte) error {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(b); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.out, name), out.Bytes(), 0o644)
}
