// Package synth writes registers that look in every way like the public ones
// and name nobody: the stock files of Sirene in INSEE's layouts, and the lists
// and formalities that are read beside them.
//
// The same options give the same bytes on any machine and any number of
// cores. Communes, codes and proportions are true; firms, people, streets and
// identifiers are drawn. It does not read registers, and nothing in the
// program but the command and tests knows it.
//
// Its one difficulty is to be wrong in the ways the registers are wrong, often
// enough that a reader which overlooks one of them fails: names masked by
// [ND], codes of communes of the past, positions drawn at random by the
// producer, dates of 1900, closed establishments of open firms and the
// reverse. Sirene's traps are listed in traps.go, with the share of each.
package synth

import (
	"fmt"
	"path/filepath"
	"time"

	"passerelle/internal/clock"
)

// Options say what register to write.
type Options struct {
	Departments []string // codes; 62 when empty
	France      bool     // the whole country, at its true size
	Seed        uint64   // another seed, another register
	// Units and Establishments are the numbers of the firms that are neither
	// craft nor ESS, and of their establishments; 0 for the usual scale.
	Units, Establishments int
	Format                string    // csv, zip or parquet; csv when empty
	AsOf                  clock.Day // of the files; 2026-11-01 when empty
	Overwrite             bool      // replace files that are there
}

// The formats of the stock files. The lists are CSV in all of them.
const (
	CSV     = "csv"
	Zip     = "zip"
	Parquet = "parquet"
)

// The most units and establishments there may be of the others: a little more
// than the whole of Sirene.
const (
	mostUnits          = 30_000_000
	mostEstablishments = 44_000_000
)

// An OptionError says in French which option cannot be followed, and why.
type OptionError struct{ Option, Reason string }

func (e *OptionError) Error() string { return e.Option + " : " + e.Reason }

// An ExistsError names a file that is there and was not to be replaced.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s existe déjà : --force le remplace, --out choisit un autre dossier", e.Path)
}

// A Report counts what was written.
type Report struct {
	Files              []File    `json:"files"`
	AsOf               clock.Day `json:"as_of"`
	Seed               uint64    `json:"seed"`
	Units              int64     `json:"units"`
	Establishments     int64     `json:"establishments"`
	Closed             int64     `json:"closed_establishments"`
	CraftFirms         int64     `json:"craft_firms"`     // open, in the départements asked for
	ESSEnterprises     int64     `json:"ess_enterprises"` // same
	ESSEstablishments  int64     `json:"ess_establishments"`
	Both               int64     `json:"craft_and_ess"` // counted in each
	Others             int64     `json:"other_establishments"`
	Elsewhere          int64     `json:"elsewhere"` // establishments in other départements
	PartialDiffusion   int64     `json:"partial_diffusion"`
	FormerCommuneCodes int64     `json:"former_commune_codes"`
}

// A File is a file that was written.
type File struct {
	Path  string `json:"path"`
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
}

// Path returns the path of the file whose name begins so, empty without one.
func (r *Report) Path(prefix string) string {
	for _, f := range r.Files {
		if name := filepath.Base(f.Path); len(name) >= len(prefix) && name[:len(prefix)] == prefix {
			return f.Path
		}
	}
	return ""
}

// complete fills what is left to be chosen, and refuses what cannot be.
func (o Options) complete() (Options, error) {
	if o.Format == "" {
		o.Format = CSV
	}
	if o.AsOf == "" {
		o.AsOf = "2026-11-01"
	}
	if len(o.Departments) == 0 && !o.France {
		o.Departments = []string{"62"}
	}
	day := o.AsOf.Time()
	switch {
	case o.Format != CSV && o.Format != Zip && o.Format != Parquet:
		return o, &OptionError{"--format", fmt.Sprintf("%q n'est pas un format : csv, zip ou parquet", o.Format)}
	case day.IsZero():
		return o, &OptionError{"--as-of", fmt.Sprintf("%q n'est pas un jour écrit AAAA-MM-JJ", string(o.AsOf))}
	case day.Year() < 2024 || day.Year() > 2026:
		return o, &OptionError{"--as-of", "les fichiers ont cette forme de 2024 à 2026 seulement"}
	case o.France && len(o.Departments) > 0:
		return o, &OptionError{"--france", "ne va pas avec --departments"}
	case o.Units < 0 || o.Units > mostUnits:
		return o, &OptionError{"--units", fmt.Sprintf("de 0 à %d", mostUnits)}
	case o.Establishments < 0 || o.Establishments > mostEstablishments:
		return o, &OptionError{"--establishments", fmt.Sprintf("de 0 à %d", mostEstablishments)}
	case o.Establishments > 0 && o.Units > o.Establishments:
		return o, &OptionError{"--units", "une unité a au moins un établissement : --establishments ne peut être plus petit"}
	}
	return o, nil
}

// firstDay is the earliest day that is drawn.
var firstDay = time.Date(1960, 1, 1, 0, 0, 0, 0, time.UTC)

// daysUntil writes every day from firstDay to the last.
func daysUntil(last clock.Day) []string {
	var days []string
	for d, end := firstDay, last.Time(); !d.After(end); d = d.AddDate(0, 0, 1) {
		days = append(days, d.Format(time.DateOnly))
	}
	return days
}
