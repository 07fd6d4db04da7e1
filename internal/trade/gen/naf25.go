package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"passerelle/internal/fold"
)

// writeNAF25 writes naf25.tsv.gz: code, label, NAF rév. 2 codes it comes from
// (nearest first), and how that is known: "hand" (set by people), "label"
// (the labels are equal), "class" (same class, and labels that share half of
// their words).
func (s sources) writeNAF25() error {
	old, err := readCSV(s.naf)
	if err != nil {
		return err
	}
	rows, err := readCSV(s.naf25)
	if err != nil {
		return err
	}
	hand, err := readHand(s.naf25Hand)
	if err != nil {
		return err
	}
	labels := map[string]string{}
	byLabel := map[string][]string{}
	byClass := map[string][]string{}
	for _, r := range old {
		code, label := r["NIV5"], r["Libelle-NIV5"]
		labels[code] = label
		byLabel[fold.Key(label)] = append(byLabel[fold.Key(label)], code)
		byClass[code[:5]] = append(byClass[code[:5]], code)
	}
	var out bytes.Buffer
	for _, r := range rows {
		code, label := r["code"], r["libelle"]
		from, how := hand[code], "hand"
		for _, c := range from {
			if labels[c] == "" {
				return fmt.Errorf("%s: %q is no NAF rév. 2 code", code, c)
			}
		}
		if from == nil {
			from, how = byLabel[fold.Key(label)], "label"
		}
		if from == nil {
			from, how = alike(label, byClass[code[:5]], labels), "class"
		}
		if from == nil {
			how = ""
		}
		delete(hand, code)
		if err := writeRow(&out, code, label, strings.Join(from, " "), how); err != nil {
			return err
		}
	}
	for code := range hand {
		return fmt.Errorf("%s: %q is no NAF 2025 code", s.naf25Hand, code)
	}
	return s.writeZipped("naf25.tsv.gz", out.Bytes())
}

// alike returns the codes whose label resembles label, the most alike first:
// half of the words of the shorter label, and nearly as many as the best.
func alike(label string, codes []string, labels map[string]string) []string {
	type candidate struct {
		code  string
		score float64
	}
	var all []candidate
	a := words(label)
	for _, code := range codes {
		b := words(labels[code])
		common := 0
		for w := range a {
			if b[w] {
				common++
			}
		}
		if shorter := min(len(a), len(b)); shorter > 0 && common*2 >= shorter {
			all = append(all, candidate{code, float64(common) / float64(len(a)+len(b)-common)})
		}
	}
	slices.SortStableFunc(all, func(x, y candidate) int { return cmp.Compare(y.score, x.score) })
	var out []string
	for _, c := range all {
		if c.score >= 0.75*all[0].score {
			out = append(out, c.code)
		}
	}
	return out
}

// words returns the first six letters of each telling word of a label.
func words(label string) map[string]bool {
	const empty = " de d des du la le les l et ou en a au aux autre autres fabrication activite activites service services n c toute toutes tout tous commerce detail interentreprises "
	m := map[string]bool{}
	for _, w := range fold.Words(label) {
		if !strings.Contains(empty, " "+w+" ") {
			m[w[:min(6, len(w))]] = true
		}
	}
	return m
}

func readHand(path string) (map[string][]string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := map[string][]string{}
	for line := range strings.Lines(string(b)) {
		code, from, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			return nil, fmt.Errorf("%s: %q has one column, want 2", path, line)
		}
		m[code] = strings.Fields(from)
	}
	return m, nil
}
