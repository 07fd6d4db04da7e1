package directory

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"passerelle/internal/clock"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// ErrBusy says that another import works on the same data folder.
var ErrBusy = errors.New("another import is running on this data folder")

// An Importer takes registers into a data folder. Each import keeps its
// source, compact and dated, and makes the snapshot anew of all of them. It
// changes nothing until its last acts, each whole: killed at any instant, what
// was served still is.
type Importer struct {
	Dir      string
	Places   *place.Atlas
	Trades   *trade.Table
	Clock    clock.Clock
	Open     func(name string) (io.ReadCloser, error) // opens standard input (-) and addresses
	Progress func(register.Progress)                  // called on the caller's goroutine; may be nil
	// NoSnapshot keeps the source without making a snapshot, for an import
	// that is followed by others.
	NoSnapshot bool
}

// lockFile is locked by the import that works on a data folder.
const lockFile = "lock"

// locked runs an import under the lock of the data folder.
func (im *Importer) locked(do func() (Report, error)) (_ Report, err error) {
	if err := os.MkdirAll(im.Dir, 0o750); err != nil {
		return Report{}, fmt.Errorf("data folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(im.Dir, lockFile), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return Report{}, fmt.Errorf("lock the data folder: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return Report{}, ErrBusy
		}
		return Report{}, fmt.Errorf("lock the data folder: %w", err)
	}
	if err := im.clean(); err != nil {
		return Report{}, err
	}
	return do()
}

// clean removes what an import that was killed left behind.
func (im *Importer) clean() error {
	for _, pattern := range []string{".rejects-*", filepath.Join(sourceFolder, ".import-*"), filepath.Join(sourceFolder, "sort-*")} {
		paths, err := filepath.Glob(filepath.Join(im.Dir, pattern))
		if err != nil {
			return err
		}
		for _, p := range paths {
			if err := os.RemoveAll(p); err != nil {
				return fmt.Errorf("clean the data folder: %w", err)
			}
		}
	}
	return nil
}

// A SireneImport is what Sirene is asked.
type SireneImport struct {
	Files       register.SireneFiles
	Successions string
	Departments []string // none is all
	AsOf        clock.Day
}

// Sirene imports the stock files of INSEE.
func (im *Importer) Sirene(ctx context.Context, o SireneImport) (Report, error) {
	return im.locked(func() (Report, error) { return im.sirene(ctx, o) })
}

// A stockBatch is what one batch of the stock gives.
type stockBatch struct {
	entries   []byte // length-prefixed facts, kept as they are written
	ends      []int
	n         int64 // in the départements
	movements []movement
	facts     Facts
}

func (im *Importer) sirene(ctx context.Context, o SireneImport) (_ Report, err error) {
	start := im.Clock.Now()
	bad, err := createRejects(im.Dir, stockName)
	if err != nil {
		return Report{}, err
	}
	defer bad.abort()
	w, err := createSource(im.Dir, stockName)
	if err != nil {
		return Report{}, err
	}
	defer func() { w.abort() }()
	if err := w.begin(entriesPart); err != nil {
		return Report{}, err
	}
	rules := Rules{Places: im.Places, Trades: im.Trades, AsOf: o.AsOf}
	months := newCalendar(im.Places, im.Trades, o.AsOf)
	var moves []movement
	var open []register.SIRET
	opened := int64(0)
	inDepartments := int64(0)
	read := register.Sirene[stockBatch]{
		Files: o.Files, Departments: o.Departments, TempDir: filepath.Join(im.Dir, sourceFolder), Reject: bad.add, Progress: im.Progress,
		Each: func(b *stockBatch, r *register.Record) error {
			b.n++
			f := &b.facts
			f.fill(r)
			if r.Open() {
				b.entries = f.appendBinary(b.entries)
				b.ends = append(b.ends, len(b.entries))
			}
			e, ok := rules.Make(f, false, nil)
			if !ok {
				return nil
			}
			if m, ok := months.pack(&e, r.Created, false); ok {
				b.movements = append(b.movements, m)
			}
			if !r.Active {
				if m, ok := months.pack(&e, r.Since, true); ok {
					b.movements = append(b.movements, m)
				}
			}
			return nil
		},
		Flush: func(b *stockBatch) error {
			from := 0
			for _, end := range b.ends {
				entry := b.entries[from:end]
				if err := w.entry(entry); err != nil {
					return err
				}
				if o.Departments != nil {
					siret, _ := binary.Uvarint(entry)
					open = append(open, register.SIRET(siret))
				}
				from = end
			}
			opened += int64(len(b.ends))
			inDepartments += b.n
			moves = append(moves, b.movements...)
			b.entries, b.ends, b.movements, b.n = b.entries[:0], b.ends[:0], b.movements[:0], 0
			return nil
		},
		Restart: func() error {
			w.abort()
			if w, err = createSource(im.Dir, stockName); err != nil {
				return err
			}
			moves, open, opened, inDepartments = nil, nil, 0, 0
			return errors.Join(w.begin(entriesPart), bad.again())
		},
	}
	stats, err := read.Read(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{Source: stockName, AsOf: o.AsOf, Rows: stats.Units + stats.Establishments + stats.Geolocation}
	report.Sirene = &SireneReport{
		Departments: o.Departments, Units: stats.Units, Establishments: stats.Establishments, Geolocation: stats.Geolocation,
		InDepartments: inDepartments, Open: opened, Orphans: stats.Orphans, Duplicates: stats.Duplicates,
		RandomPlaces: stats.Randomly, Sorted: stats.Sorted,
	}
	if o.Successions != "" {
		if err := im.successions(ctx, o, w, open, bad, &report); err != nil {
			return Report{}, err
		}
	}
	if err := w.begin(historyPart); err != nil {
		return Report{}, err
	}
	var entry []byte
	if err := months.count(moves, func(m Movement) error {
		entry = m.appendBinary(entry[:0])
		return w.entry(entry)
	}); err != nil {
		return Report{}, err
	}
	report.rate(start, im.Clock.Now())
	err = w.finish(sourceMeta{Kind: stockName, AsOf: o.AsOf, Imported: im.Clock.Now().UnixMicro(), Entries: int(opened), Departments: o.Departments, Report: jsonReport(&report)})
	if err != nil {
		return Report{}, err
	}
	if err := keepSIRETs(im.Dir, string(o.AsOf)[:7], sirets(open, im.Dir)); err != nil {
		return Report{}, err
	}
	return im.conclude(ctx, report, bad)
}

// successions keeps the links that lead to or from an open establishment of
// the départements; those of all France are all kept.
func (im *Importer) successions(ctx context.Context, o SireneImport, w *sourceWriter, open []register.SIRET, bad *rejects, report *Report) error {
	slices.Sort(open)
	if err := w.begin(successionsPart); err != nil {
		return err
	}
	var entry []byte
	n, err := register.ReadSuccessions(ctx, o.Successions, o.Files.Open, func(s register.Succession) error {
		if o.Departments != nil {
			_, from := slices.BinarySearch(open, s.From)
			_, to := slices.BinarySearch(open, s.To)
			if !from && !to {
				return nil
			}
		}
		entry = binary.AppendUvarint(binary.AppendUvarint(entry[:0], uint64(s.From)), uint64(s.To))
		return w.entry(entry)
	}, bad.add)
	report.Sirene.Successions = n
	report.Rows += n
	return err
}

// sirets yields the SIRETs of the stock: those that were noted, else those of
// the source.
func sirets(noted []register.SIRET, dir string) iter.Seq2[register.SIRET, error] {
	return func(yield func(register.SIRET, error) bool) {
		if noted != nil {
			for _, s := range noted {
				if !yield(s, nil) {
					return
				}
			}
			return
		}
		s, err := openSource(filepath.Join(dir, sourceFolder, stockName+".zip"))
		if err != nil {
			yield(0, err)
			return
		}
		defer s.z.Close()
		err = s.entries(entriesPart, func(b []byte) error {
			n, _ := binary.Uvarint(b)
			if !yield(register.SIRET(n), nil) {
				return errStop
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(0, err)
		}
	}
}

// conclude makes the snapshot anew and puts the rejects in their place.
func (im *Importer) conclude(ctx context.Context, report Report, bad *rejects) (Report, error) {
	if !im.NoSnapshot {
		s, err := build(ctx, im.Dir, im.Places, im.Trades, im.Clock, bad)
		if err != nil && !errors.Is(err, ErrNoSnapshot) {
			return Report{}, err
		}
		report.Snapshot, bad.made = s, s != nil
		if s != nil && report.List != nil {
			for _, l := range s.Lists {
				if l.Label == report.List.Label {
					report.List.Matched, report.List.Fallen, report.List.Unknown = l.Matched, l.Fallen, l.Unknown
				}
			}
		}
	}
	return report, bad.finish(&report)
}

// Rebuild makes the snapshot anew of the sources that are there.
func (im *Importer) Rebuild(ctx context.Context) (Report, error) {
	return im.locked(func() (Report, error) {
		bad, err := createRejects(im.Dir, ofSnapshot)
		if err != nil {
			return Report{}, err
		}
		defer bad.abort()
		s, err := build(ctx, im.Dir, im.Places, im.Trades, im.Clock, bad)
		if err != nil {
			return Report{}, err
		}
		bad.made = true
		report := Report{Source: "rebuild", Snapshot: s}
		return report, bad.finish(&report)
	})
}
