package synth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
)

// The files of a register: those of the stock come in the format asked for,
// the lists are CSV, the formalities a JSON object a line.
const (
	unitsFile = iota
	placesFile
	pointsFile
	linksFile
	stockFiles
	listFiles = stockFiles
	rneFile   = listFiles + 5
	files     = rneFile + 1
)

// stockNames are the names of INSEE's files, without their ending.
func stockNames() [stockFiles]string {
	return [...]string{
		"StockUniteLegale_utf8", "StockEtablissement_utf8",
		"GeolocalisationEtablissement_Sirene_pour_etudes_statistiques_utf8", "StockEtablissementLiensSuccession_utf8",
	}
}

// Sirene writes a synthetic register into a folder, which it makes if need
// be. Where it fails it leaves none of its files behind. An OptionError or an
// ExistsError says what to ask otherwise.
func Sirene(ctx context.Context, dir string, o Options) (Report, error) {
	o, err := o.complete()
	if err != nil {
		return Report{}, err
	}
	w, err := newWorld(o)
	if err != nil {
		return Report{}, err
	}
	p := newPlan(o, w.people)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Report{}, err
	}
	out, err := create(dir, o)
	if err != nil {
		return Report{}, err
	}
	report, err := write(ctx, w, p, o, out)
	if err == nil {
		err = out.finish(&report)
	}
	if err != nil {
		return Report{}, errors.Join(fmt.Errorf("write a synthetic register: %w", err), out.abandon())
	}
	report.AsOf, report.Seed = o.AsOf, o.Seed
	return report, nil
}

// A part is a run of blocks, drawn and encoded by one worker.
type part struct {
	index  int64
	text   [files][]byte // CSV, or JSON
	packed [stockFiles]bytes.Buffer
	groups [stockFiles]*rowGroup
	rows   [files]int64
	report Report
	err    error
}

// write draws all parts, several at a time, and writes them in their order.
func write(ctx context.Context, w *world, p plan, o Options, out *outputs) (Report, error) {
	workers := runtime.GOMAXPROCS(0)
	run := int64(1)
	if o.Format == Parquet {
		run = 8 // blocks of a row group
	}
	parts := (p.blocks + run - 1) / run
	free, ready := make(chan *part, workers+1), make(chan *part, workers+1)
	for range workers + 1 {
		free <- new(part)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			m := newMaker(w, &p, o, out)
			for {
				var x *part
				select {
				case <-ctx.Done():
					return
				case x = <-free:
				}
				if x.index = next.Add(1) - 1; x.index >= parts {
					return
				}
				x.err = m.make(x, x.index*run, min(p.blocks, (x.index+1)*run))
				ready <- x // never full: it has room for every part
			}
		})
	}
	defer group.Wait()
	defer cancel()
	var report Report
	waiting := make(map[int64]*part)
	for n := int64(0); n < parts; {
		x := waiting[n]
		if x == nil {
			select {
			case <-ctx.Done():
				return report, ctx.Err()
			case x := <-ready:
				waiting[x.index] = x
			}
			continue
		}
		delete(waiting, n)
		n++
		if x.err != nil {
			return report, x.err
		}
		if err := out.write(x); err != nil {
			return report, err
		}
		report.add(&x.report)
		free <- x
	}
	return report, nil
}

// A maker makes parts; each worker has one.
type maker struct {
	*scribe
	plan    *plan
	seed    uint64
	format  string
	out     *outputs
	lots    []lot
	extras  []int
	others  []int
	deflate *flate.Writer
	unit    unit
	values  columnValues
}

func newMaker(w *world, p *plan, o Options, out *outputs) *maker {
	return &maker{scribe: newScribe(newDrawer(w)), plan: p, seed: o.Seed, format: o.Format, out: out}
}

// make draws some blocks and encodes them.
func (m *maker) make(x *part, from, to int64) error {
	tables := [...]*table{m.units, m.places, m.points, m.links}
	for _, t := range tables {
		t.reset()
	}
	for _, t := range m.lists {
		t.reset()
	}
	m.rne, m.rneRows, m.report = m.rne[:0], 0, Report{}
	for b := from; b < to; b++ {
		m.block(b)
	}
	for i, t := range tables {
		x.rows[i] = int64(t.rows())
		if m.format == Parquet {
			if err := m.encode(x, i, t); err != nil {
				return err
			}
			continue
		}
		x.text[i] = t.appendCSV(x.text[i][:0], commaOf(i))
		if m.format == Zip {
			if err := m.pack(&x.packed[i], x.text[i]); err != nil {
				return err
			}
		}
	}
	for i, t := range m.lists {
		x.rows[listFiles+i] = int64(t.rows())
		x.text[listFiles+i] = t.appendCSV(x.text[listFiles+i][:0], ',')
	}
	x.rows[rneFile] = int64(m.rneRows)
	x.text[rneFile] = append(x.text[rneFile][:0], m.rne...)
	x.report = m.report
	return nil
}

// block draws a block: its draws depend on nothing but the seed and its
// number.
func (m *maker) block(b int64) {
	m.rng = newRNG(m.seed, uint64(b))
	var extras int
	m.lots, extras = m.plan.block(b, &m.rng, m.lots)
	m.extras, m.others = m.extras[:0], m.others[:0]
	for i, l := range m.lots {
		m.extras = append(m.extras, 0)
		if l == otherOpen || l == otherClosed && i%8 == 0 {
			m.others = append(m.others, i)
		}
	}
	for ; extras > 0 && len(m.others) > 0; extras-- {
		m.extras[of(&m.rng, m.others)]++
	}
	first := m.plan.first(b)
	for i, l := range m.lots {
		n := first + int64(i)
		start, size := m.plan.slot(n)
		digits := start + int64(m.below(int(size)))
		post := start <= laPoste && laPoste < start+size
		f := specialAt(m.specials, n, m.plan.total)
		switch {
		case post && digits == laPoste:
			digits = start + (digits-start+1)%size
		case f != nil:
			digits = start
		}
		if post && laPoste < digits {
			m.laPoste()
		}
		m.draw(&m.unit, l, m.extras[i])
		m.write(digits)
		if post && laPoste > digits {
			m.laPoste()
		} else if f != nil {
			m.place(&m.unit, f)
			m.write(digits + 1)
		}
	}
	m.writeLinks()
}

func commaOf(file int) byte {
	if file == pointsFile {
		return ';'
	}
	return ','
}

// header returns the first line of a file.
func header(file int) []byte {
	switch file {
	case unitsFile:
		return appendHeader(nil, unitColumns, ',')
	case placesFile:
		return appendHeader(nil, establishmentColumns, ',')
	case pointsFile:
		return appendHeader(nil, geolocationColumns, ';')
	case linksFile:
		return appendHeader(nil, successionColumns, ',')
	case rneFile:
		return nil
	}
	return appendHeader(nil, listColumns()[file-listFiles], ',')
}

// An output is a file being written, under another name until it is whole.
type output struct {
	path string
	file *os.File
	sink sink
	rows int64
}

// A sink takes the parts of a file in their order.
type sink interface {
	write(x *part, file int) error
	close() error
}

// outputs are the files of a register.
type outputs struct {
	list    [files]*output
	parquet [stockFiles]*parquetSink
}

// unfinished ends the name of a file until it is whole.
const unfinished = ".partiel"

func create(dir string, o Options) (*outputs, error) {
	out := new(outputs)
	var paths [files]string
	for i, name := range stockNames() {
		paths[i] = filepath.Join(dir, name+"."+o.Format)
	}
	for i, name := range listNames() {
		paths[listFiles+i] = filepath.Join(dir, name)
	}
	paths[rneFile] = filepath.Join(dir, "rne.json")
	if !o.Overwrite {
		for _, path := range paths {
			if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
				return nil, errors.Join(err, &ExistsError{path})
			}
		}
	}
	for i, path := range paths {
		f, err := os.Create(path + unfinished)
		if err != nil {
			return nil, errors.Join(err, out.abandon())
		}
		x := &output{path: path, file: f}
		out.list[i] = x
		switch {
		case i < stockFiles && o.Format == Parquet:
			out.parquet[i] = newParquetSink(f, i)
			x.sink = out.parquet[i]
		case i < stockFiles && o.Format == Zip:
			x.sink, err = newZipSink(f, filepath.Base(path[:len(path)-4])+".csv", i, o.AsOf)
		default:
			x.sink, err = newTextSink(f, i)
		}
		if err != nil {
			return nil, errors.Join(err, out.abandon())
		}
	}
	return out, nil
}

func (out *outputs) write(x *part) error {
	for i, f := range out.list {
		if err := f.sink.write(x, i); err != nil {
			return fmt.Errorf("%s: %w", f.path, err)
		}
		f.rows += x.rows[i]
	}
	return nil
}

// finish closes the files and gives them their names.
func (out *outputs) finish(r *Report) error {
	for i, f := range out.list {
		extra, err := out.faults(i)
		if err != nil {
			return err
		}
		f.rows += extra
		if err := f.sink.close(); err != nil {
			return err
		}
		info, err := f.file.Stat()
		if err != nil {
			return err
		}
		if err := f.file.Close(); err != nil {
			return err
		}
		r.Files = append(r.Files, File{f.path, f.rows, info.Size()})
	}
	for _, f := range out.list {
		if err := os.Rename(f.path+unfinished, f.path); err != nil {
			return err
		}
	}
	return nil
}

// abandon removes what was begun.
func (out *outputs) abandon() error {
	var errs []error
	for _, f := range out.list {
		if f == nil {
			continue
		}
		if err := f.file.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
			errs = append(errs, err)
		}
		if err := os.Remove(f.path + unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// write gives the unit that was drawn its SIREN, and writes it.
func (m *maker) write(digits int64) {
	m.unit.siren = uint64(digits)*10 + luhn(uint64(digits))
	m.scribe.write(&m.unit)
}
