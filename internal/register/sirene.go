package register

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"passerelle/internal/clock"
	"passerelle/internal/geo"
)

// SireneFiles are the stock files of one month. Each is a path to a .csv, a
// .zip that holds one, or a .parquet. What Open opens is a stream instead, of
// CSV or of a zip as it is downloaded: "-" and addresses with "://".
type SireneFiles struct {
	Units          string // StockUniteLegale
	Establishments string // StockEtablissement
	Geolocation    string // GeolocalisationEtablissement; may be empty
	Open           func(name string) (io.ReadCloser, error)
}

// SireneStats count what was read.
type SireneStats struct {
	Units, Establishments, Geolocation int64 // rows
	Kept                               int64 // establishments handed out
	Orphans                            int64 // kept by département, without a legal unit
	Duplicates                         int64
	Randomly                           int64    // positions dropped: qualite_xy 33
	Sorted                             []string // files that had to be sorted first
	Rejects                            int64
}

// Progress tells how far a reading is.
type Progress struct {
	Rows        int64 // of all files
	Read, Total int64 // bytes of all files; Total is 0 when one is not known
}

// Sirene reads the stock files of INSEE and joins them.
//
// Each is called for every establishment of the départements, open or closed,
// by several goroutines at once; the strings of its Record are views, good
// until it returns. What it notes in B comes to Flush in the order of the
// files, on the caller's goroutine; Flush empties B to be used again.
// Establishments of one legal unit come to Each one after the other, and to
// one B.
type Sirene[B any] struct {
	Files       SireneFiles
	Departments []string // nil: all
	TempDir     string   // for a file that has to be sorted
	Each        func(b *B, r *Record) error
	Flush       func(b *B) error
	// Restart is called when a file turns out not to be sorted, before all
	// begins anew: what Flush was given is void.
	Restart  func() error
	Reject   func(Reject) error
	Progress func(Progress)
	// OpenOnly leaves out what is closed before it is looked at closer.
	OpenOnly bool
	// Columns are those to be read, by their names in the layouts, beside what
	// the join itself needs; nil is all. The fields of others stay empty. A
	// Parquet file is read the faster for it.
	Columns []string

	block int // bytes of a block of CSV, for tests; 0 is blockSize
}

// Read reads the files. An error names the file, the line and what to do;
// what was flushed before it is void.
func (s *Sirene[B]) Read(ctx context.Context) (SireneStats, error) {
	tries := make(map[string]int) // how often each file was found not to be sorted
	var sorted []string
	for {
		stats, err := s.once(ctx, tries)
		var unsorted *unsortedError
		if !errors.As(err, &unsorted) {
			stats.Sorted = sorted
			return stats, err
		}
		if unsorted.file == stdin {
			return stats, fmt.Errorf("entrée standard : les lignes ne sont pas triées par SIREN, et ne peuvent être relues ; donnez le fichier par son nom (%w)", ErrFormat)
		}
		if tries[unsorted.file]++; tries[unsorted.file] == 1 {
			sorted = append(sorted, unsorted.file)
		}
		if err := s.Restart(); err != nil {
			return stats, err
		}
	}
}

// open opens one of the files. One that was found not to be sorted is sorted,
// after a second try where a Parquet file may only have its row groups in
// another order.
func (s *Sirene[B]) open(ctx context.Context, path string, comma byte, wants []want, key int, tries map[string]int) (source, error) {
	n := tries[path]
	src, err := openSource(path, s.Files.Open, comma, chosen(wants, s.Columns), key, n == 1)
	if f, ok := src.(*csvFile); ok && s.block > 0 {
		f.block = s.block
	}
	if _, isParquet := src.(*parquetFile); err != nil || n == 0 || isParquet && n == 1 {
		return src, err
	}
	return sortSource(ctx, src, path, s.TempDir)
}

// joined are the columns that the join itself needs.
var joined = []string{"siren", "siret", "etatAdministratifEtablissement", "codeCommuneEtablissement"}

// chosen returns wants without the names of columns that are not to be read.
func chosen(wants []want, columns []string) []want {
	if columns == nil {
		return wants
	}
	out := slices.Clone(wants)
	for i, w := range wants {
		if !slices.Contains(columns, w.name) && !slices.Contains(joined, w.name) {
			out[i] = want{optional: true} // no column has no name
		}
	}
	return out
}

// once reads the files as they are.
func (s *Sirene[B]) once(ctx context.Context, tries map[string]int) (stats SireneStats, err error) {
	files := s.Files
	units, err := s.open(ctx, files.Units, ',', unitWants, unitSIREN, tries)
	if err != nil {
		return stats, err
	}
	defer func() { err = errors.Join(err, units.close()) }()
	ests, err := s.open(ctx, files.Establishments, ',', establishmentWants, establishmentSIREN, tries)
	if err != nil {
		return stats, err
	}
	defer func() { err = errors.Join(err, ests.close()) }()
	if p, ok := ests.(*parquetFile); ok {
		p.bySIRET(establishmentSIREN, establishmentSIRET)
	}
	var places source
	if files.Geolocation != "" {
		if places, err = s.open(ctx, files.Geolocation, ';', geolocationWants, geolocationSIRET, tries); err != nil {
			return stats, err
		}
		defer func() { err = errors.Join(err, places.close()) }()
	}
	j := newJoin(ctx)
	defer j.close()
	u, e, g := j.stream(files.Units, units, 1), j.stream(files.Establishments, ests, 1), j.stream(files.Geolocation, places, 100000)
	keep := newDepartments(s.Departments)
	pool := sync.Pool{New: func() any { return new(sireneBatch[B]) }}
	workers := make([]*sireneReader, runtime.GOMAXPROCS(0))
	var total int64
	if a, b := units.size(), ests.size(); a > 0 && b > 0 {
		total = a + b
		if places != nil {
			total += places.size()
		}
	}
	do := func(worker int, b *batch) (any, error) {
		r := workers[worker]
		if r == nil {
			r = &sireneReader{units: units.reader(), ests: ests.reader(), keep: keep, openOnly: s.OpenOnly}
			if places != nil {
				r.places = places.reader()
			}
			workers[worker] = r
		}
		out := pool.Get().(*sireneBatch[B])
		out.stats = SireneStats{}
		r.stats = &out.stats
		err := r.read(b, func(rec *Record) error { return s.Each(&out.b, rec) })
		return out, err
	}
	flush := func(result any) error {
		out := result.(*sireneBatch[B])
		stats.Kept += out.stats.Kept
		stats.Orphans += out.stats.Orphans
		stats.Duplicates += out.stats.Duplicates
		stats.Randomly += out.stats.Randomly
		if err := s.Flush(&out.b); err != nil {
			return err
		}
		pool.Put(out)
		if s.Progress != nil {
			s.Progress(Progress{Rows: u.rows.Load() + e.rows.Load() + g.rows.Load(), Read: u.read.Load() + e.read.Load() + g.read.Load(), Total: total})
		}
		return s.rejects(j.rejects(), &stats)
	}
	if err := j.run(e, u, g, do, flush); err != nil {
		return stats, err
	}
	j.close()
	stats.Units, stats.Establishments, stats.Geolocation = u.rows.Load(), e.rows.Load(), g.rows.Load()
	return stats, s.rejects(j.rejects(), &stats)
}

func (s *Sirene[B]) rejects(bad []Reject, stats *SireneStats) error {
	stats.Rejects += int64(len(bad))
	if s.Reject == nil {
		return nil
	}
	for _, r := range bad {
		if err := s.Reject(r); err != nil {
			return err
		}
	}
	return nil
}

type sireneBatch[B any] struct {
	b     B
	stats SireneStats
}

// A sireneReader makes records of batches, on one worker.
type sireneReader struct {
	units, ests, places reader
	keep                departments
	openOnly            bool
	stats               *SireneStats
	unit                Unit
	record              Record
	seen                map[SIRET]bool
}

// read gives each record of a batch to each.
func (r *sireneReader) read(b *batch, each func(*Record) error) error {
	walk := walker{tables: b.units}
	spots := walker{tables: b.geo}
	var current SIREN
	known := false
	if r.seen == nil {
		r.seen = make(map[SIRET]bool)
	}
	for _, s := range b.segments {
		keys, full := s.base().keys, s.base().full
		for i := s.from; i < s.to; i++ {
			ok, err := r.ests.open(s.table, i)
			if err != nil {
				return err
			}
			if !ok || !r.keep.has(r.ests.cell(establishmentCommune)) {
				continue
			}
			if r.openOnly && !is(r.ests.cell(establishmentState), 'A') {
				continue
			}
			siren := SIREN(keys[i])
			if siren != current {
				current = siren
				clear(r.seen)
				t, n, found := walk.find(uint64(siren))
				if known = found; found {
					if known, err = r.units.open(t, n); err != nil {
						return err
					}
				}
				if known {
					readUnit(r.units, siren, &r.unit)
				}
			}
			if !known {
				r.stats.Orphans++
				r.ests.refuse("son unité légale n'est pas dans le fichier des unités légales")
				continue
			}
			var siret SIRET
			if len(full) > 0 {
				siret = SIRET(full[i])
			} else {
				siret = SIRET(number(r.ests.cell(establishmentSIRET)))
			}
			if siret.SIREN() != siren {
				r.ests.refuse("SIRET illisible, ou d'un autre SIREN")
				continue
			}
			if r.seen[siret] {
				r.stats.Duplicates++
				r.ests.refuse("SIRET en double")
				continue
			}
			r.seen[siret] = true
			r.record.SIRET = siret
			readEstablishment(r.ests, &r.record)
			r.record.Unit = &r.unit
			if err := r.place(&spots); err != nil {
				return err
			}
			r.stats.Kept++
			if err := each(&r.record); err != nil {
				return err
			}
		}
	}
	return nil
}

// place looks the establishment up in the geolocation file.
func (r *sireneReader) place(spots *walker) error {
	r.record.Geo, r.record.GeoQuality = geo.Point{}, ""
	if r.places == nil {
		return nil
	}
	w := *spots // the next establishment of the unit may have a smaller NIC
	t, i, ok := w.find(uint64(r.record.SIRET))
	if w.t > spots.t {
		spots.t, spots.i = w.t, 0
	}
	if !ok {
		return nil
	}
	if ok, err := r.places.open(t, i); err != nil || !ok {
		return err
	}
	p, quality := readSpot(r.places)
	switch {
	case quality == "33":
		r.stats.Randomly++
	case !p.Valid():
		r.places.refuse("position illisible")
	default:
		r.record.Geo = p
		r.record.GeoQuality = quality
		return nil
	}
	r.record.GeoQuality = quality
	return nil
}

// ReadSuccessions gives each link of StockEtablissementLiensSuccession to
// each, in the order of the file, and what cannot be read to reject. open is
// as that of SireneFiles.
func ReadSuccessions(ctx context.Context, file string, open func(name string) (io.ReadCloser, error), each func(Succession) error, reject func(Reject) error) (rows int64, err error) {
	src, err := openSource(file, open, ',', successionWants, successionFrom, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	r := src.reader()
	var old table
	for {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		t, err := src.next(old)
		if err == io.EOF {
			return rows, rejectAll(src.lost(), reject)
		}
		if err != nil {
			return rows, err
		}
		b := t.base()
		b.name = file
		if err := t.index(); err != nil {
			return rows, err
		}
		for i := range b.keys {
			ok, err := r.open(t, i)
			if err != nil {
				return rows, err
			}
			if !ok {
				continue
			}
			s := Succession{
				From: SIRET(b.keys[i]), To: SIRET(number(r.cell(successionTo))), Day: day(r.cell(successionDay)),
				Head: isTrue(r.cell(successionHead)), Economic: isTrue(r.cell(successionEconomic)),
			}
			if s.To == 0 || s.From == s.To {
				r.refuse("successeur illisible, ou lui-même")
				continue
			}
			if err := each(s); err != nil {
				return rows, err
			}
		}
		rows += int64(b.all)
		if err := rejectAll(b.bad, reject); err != nil {
			return rows, err
		}
		b.bad, old = nil, t
	}
}

func rejectAll(bad []Reject, reject func(Reject) error) error {
	for _, r := range bad {
		if err := reject(r); err != nil {
			return err
		}
	}
	return nil
}

// departments tells the communes of some départements by their code.
type departments map[string]bool

func newDepartments(codes []string) departments {
	if codes == nil {
		return nil
	}
	d := make(departments, len(codes))
	for _, c := range codes {
		d[strings.ToUpper(c)] = true
	}
	return d
}

// has reports whether a commune lies in one of the départements. Without a
// commune (abroad) it lies in none.
func (d departments) has(commune []byte) bool {
	if len(commune) < 3 {
		return false
	}
	if d == nil {
		return true
	}
	n := 2
	if commune[0] == '9' && (commune[1] == '7' || commune[1] == '8') {
		n = 3
	}
	return d[string(commune[:n])]
}

func is(b []byte, c byte) bool { return len(b) == 1 && b[0] == c }

func isTrue(b []byte) bool { return string(b) == "true" || is(b, '1') }

// day reads a day; 1900-01-01 is an unknown one.
func day(b []byte) clock.Day {
	if len(b) > 10 {
		b = b[:10]
	}
	if len(b) != 10 || b[4] != '-' || b[7] != '-' || string(b) == "1900-01-01" {
		return ""
	}
	for i, c := range b {
		if i != 4 && i != 7 && (c < '0' || c > '9') {
			return ""
		}
	}
	return clock.Day(text(b))
}
