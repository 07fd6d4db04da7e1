package directory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

// A ListImport is a list to import.
type ListImport struct {
	File       string
	Label      string // slug, or what the vocabulary of labels knows
	ESS        bool   // being in it makes one ESS
	AsOf       clock.Day
	Column     string // siren, siret or the name of a column; empty: found by its name
	KindColumn string
}

// List imports a list: it replaces the one of the same label. A row names an
// establishment, or a whole unit when the list has a SIREN column only.
func (im *Importer) List(ctx context.Context, o ListImport) (Report, error) {
	return im.locked(func() (Report, error) {
		label := fold.Slug(o.Label)
		if slug, ok := im.Trades.LabelOfKind(o.Label); ok {
			label = slug
		}
		if label == "" {
			return Report{}, fmt.Errorf("label %q: it has no letter", o.Label)
		}
		report := Report{Source: sourceList + label, AsOf: o.AsOf, List: &ListReport{Label: label}}
		source := sourceMeta{Kind: "list", AsOf: o.AsOf, Label: label, ESS: o.ESS}
		return im.entries(ctx, listPrefix+label, source, report, func(r *Report, add func(listEntry) error, bad *rejects) error {
			stats, err := register.ReadList(ctx, o.File, register.ListOptions{Column: o.Column, KindColumn: o.KindColumn, Open: im.Open}, func(row register.ListRow) error {
				e := listEntry{SIREN: row.SIREN, Kind: row.Kind, Whole: row.Unit}
				if row.SIRET != 0 {
					e.SIREN, e.NIC = row.SIRET.SIREN(), uint32(row.SIRET.NIC())
				}
				return add(e)
			}, bad.add)
			r.Rows = stats.Rows
			r.List.Rows, r.List.BadSIRET, r.List.Repaired = stats.Rows, stats.BadSIRET, stats.Repaired
			return err
		})
	})
}

// RNE imports formalities of the national register of enterprises: they
// replace those imported before.
func (im *Importer) RNE(ctx context.Context, files []string, asOf clock.Day) (Report, error) {
	return im.locked(func() (Report, error) {
		report := Report{Source: registerName, AsOf: asOf}
		return im.entries(ctx, registerName, sourceMeta{Kind: registerName, AsOf: asOf}, report, func(r *Report, add func(listEntry) error, bad *rejects) error {
			rows, err := register.ReadRNE(ctx, files, func(f register.Formality) error {
				if !f.Craft {
					return nil
				}
				return add(listEntry{SIREN: f.SIREN, Whole: true})
			}, bad.add)
			r.Rows = rows
			return err
		})
	})
}

// entries keeps the entries that read adds as a source, each once.
func (im *Importer) entries(ctx context.Context, name string, m sourceMeta, report Report, read func(*Report, func(listEntry) error, *rejects) error) (Report, error) {
	start := im.Clock.Now()
	bad, err := createRejects(im.Dir, report.Source)
	if err != nil {
		return Report{}, err
	}
	defer bad.abort()
	w, err := createSource(im.Dir, name)
	if err != nil {
		return Report{}, err
	}
	defer w.abort()
	if err := w.begin(entriesPart); err != nil {
		return Report{}, err
	}
	var all []listEntry
	kinds := make(map[string]string) // one string for all rows of a kind
	err = read(&report, func(e listEntry) error {
		if k, ok := kinds[e.Kind]; ok {
			e.Kind = k
		} else {
			e.Kind = strings.Clone(e.Kind)
			kinds[e.Kind] = e.Kind
		}
		all = append(all, e)
		return nil
	}, bad)
	if err != nil {
		return Report{}, err
	}
	if len(all) == 0 && bad.n > 0 {
		return Report{}, fmt.Errorf("aucune des %d lignes ne peut être utilisée (%s) ; est-ce bien le fichier attendu ?", bad.n, bad.first)
	}
	slices.SortFunc(all, compareEntries)
	duplicates, kept := int64(0), 0
	var entry []byte
	for i, e := range all {
		if i > 0 && e.SIREN == all[i-1].SIREN && e.NIC == all[i-1].NIC {
			if e.NIC != 0 || e.Whole {
				duplicates++
			}
			if e.Kind == all[i-1].Kind {
				continue
			}
		}
		kept++
		entry = e.appendBinary(entry[:0])
		if err := w.entry(entry); err != nil {
			return Report{}, err
		}
	}
	if report.List != nil {
		report.List.Duplicate = duplicates
	}
	report.rate(start, im.Clock.Now())
	m.Entries, m.Imported, m.Report = kept, im.Clock.Now().UnixMicro(), jsonReport(&report)
	if err := w.finish(m); err != nil {
		return Report{}, err
	}
	return im.conclude(ctx, report, bad)
}
