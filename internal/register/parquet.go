package register

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
	"github.com/parquet-go/parquet-go/format"
)

// tableRows is the number of rows of a table read from a Parquet file.
const tableRows = 8192

// A parquetFile reads the wanted columns of a Parquet file. Pages are
// decoded as they come; a value is looked at only when its cell is asked for.
type parquetFile struct {
	name  string
	file  *os.File
	p     *parquet.File
	at    []int // leaf of each wanted column, -1 when it is absent
	key   int
	whole bool       // the key is a SIRET, of which the join needs the SIREN
	order []rowGroup // the row groups in the order in which they are read
	group int        // of order, being read
	row   int64      // next row of the group
	done  int64      // rows of the groups that were read
	cols  []*parquetColumn
}

// A rowGroup is a row group, and the number of its first row in the file.
type rowGroup struct {
	parquet.RowGroup
	line  int64
	first uint64 // key, once it was looked at
}

// A parquetColumn reads the pages of a wanted column in a row group.
type parquetColumn struct {
	pages parquet.Pages
	held  []*parquetPage // from the one that holds the next row on
	next  int64          // first row that is in no page held
}

// A parquetPage is a decoded page.
type parquetPage struct {
	page  parquet.Page
	from  int64 // its first row in the group
	n     int64
	kind  parquet.Kind
	date  bool
	dict  parquet.Dictionary
	data  encoding.Values
	index []int32  // of the dictionary
	bytes []byte   // of a byte array column, or of its dictionary
	ends  []uint32 // offsets into bytes
	defs  []byte   // 0 for null; empty when there is none
	pos   []uint32 // number of values before each row, when some are null
	users atomic.Int32
}

// A parquetTable is some rows of a row group.
type parquetTable struct {
	file *parquetFile
	from int64 // row in the group
	n    int
	line int64
	cols [][]*parquetPage
	// nameless are the rows without a key: none, in a file that is sound.
	nameless []int
	block
}

// openParquet opens a Parquet file. Where the rows of its groups are sorted
// but the groups are not, as parallel writers leave them, reorder reads the
// groups in the order of their keys.
func openParquet(path string, wants []want, key int, reorder bool) (_ source, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("ouverture : %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close())
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var p *parquet.File
	if err := sound(path, func() (err error) {
		p, err = parquet.OpenFile(f, info.Size(), parquet.SkipBloomFilters(true), parquet.SkipPageIndex(true))
		return err
	}); err != nil {
		return nil, err
	}
	at := make(map[string]int)
	for i, c := range p.Schema().Columns() {
		leaf, ok := p.Schema().Lookup(c...)
		if !ok || len(c) != 1 || leaf.MaxRepetitionLevel > 0 {
			continue
		}
		at[c[0]] = i
	}
	x := &parquetFile{name: path, file: f, p: p, key: key}
	if x.at, err = positions(path, at, wants); err != nil {
		return nil, err
	}
	line := int64(1)
	for _, g := range p.RowGroups() {
		x.order = append(x.order, rowGroup{RowGroup: g, line: line})
		line += g.NumRows()
	}
	if reorder {
		if err := sound(path, x.reorder); err != nil {
			return nil, err
		}
	}
	return x, nil
}

// reorder sorts the row groups by their first key.
func (f *parquetFile) reorder() error {
	for i := range f.order {
		g := &f.order[i]
		pages := g.ColumnChunks()[f.at[f.key]].Pages()
		page, err := pages.ReadPage()
		if err == nil && page.NumValues() > 0 {
			var v [1]parquet.Value
			_, err = page.Values().ReadValues(v[:])
			g.first = number(v[0].ByteArray())
		}
		if err == io.EOF {
			err = nil
		}
		if err := errors.Join(err, pages.Close()); err != nil {
			return err
		}
	}
	slices.SortStableFunc(f.order, func(a, b rowGroup) int { return cmp.Compare(a.first, b.first) })
	return nil
}

// sound turns what a broken file makes the library say, or panic, into an
// error that tells what to do.
func sound(path string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%s : Parquet abîmé, téléchargez-le à nouveau : %v (%w)", path, v, ErrFormat)
		}
	}()
	if err := f(); err != nil && err != io.EOF {
		return fmt.Errorf("%s : Parquet coupé ou abîmé, téléchargez-le à nouveau : %w", path, err)
	} else if err != nil {
		return err
	}
	return nil
}

// bySIRET takes the keys of the rows from their SIRET instead of their SIREN:
// one column less is read.
func (f *parquetFile) bySIRET(siren, siret int) {
	f.key, f.whole = siret, true
	f.at[siren] = -1
}

func (f *parquetFile) reader() reader {
	return &parquetReader{scratch: make([][32]byte, len(f.at)), at: make([]int, len(f.at))}
}
func (f *parquetFile) lost() []Reject { return nil }
func (f *parquetFile) size() int64    { return f.p.Size() }

func (f *parquetFile) close() error {
	var err error
	for _, c := range f.cols {
		if c != nil {
			err = errors.Join(err, c.pages.Close())
		}
	}
	return errors.Join(err, f.file.Close())
}

func (f *parquetFile) next(old table) (table, error) {
	t, _ := old.(*parquetTable)
	if t == nil {
		t = &parquetTable{file: f, cols: make([][]*parquetPage, len(f.at))}
	}
	t.letGo()
	err := sound(f.name, func() error { return f.fill(t) })
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (f *parquetFile) fill(t *parquetTable) error {
	for f.cols == nil || f.row == f.order[f.group].NumRows() {
		if f.cols != nil {
			f.done += f.row
			f.group++
		}
		for _, c := range f.cols {
			if c == nil {
				continue
			}
			for _, p := range c.held {
				p.release()
			}
			if err := c.pages.Close(); err != nil {
				return err
			}
		}
		f.cols, f.row = nil, 0
		if f.group == len(f.order) {
			return io.EOF
		}
		f.cols = make([]*parquetColumn, len(f.at))
		for i, leaf := range f.at {
			if leaf >= 0 {
				f.cols[i] = &parquetColumn{pages: f.order[f.group].ColumnChunks()[leaf].Pages()}
			}
		}
	}
	t.from, t.line = f.row, f.order[f.group].line+f.row
	t.n = int(min(tableRows, f.order[f.group].NumRows()-f.row))
	to := t.from + int64(t.n)
	half := len(f.cols) / 2
	other := make(chan error, 1)
	go func() {
		other <- sound(f.name, func() error { return takeColumns(t, f.cols[:half], 0, to) })
	}()
	err := sound(f.name, func() error { return takeColumns(t, f.cols[half:], half, to) })
	if err := errors.Join(err, <-other); err != nil {
		return err
	}
	f.row = to
	t.end = f.size() * (f.done + f.row) / max(1, f.p.NumRows())
	return nil
}

// takeColumns holds the pages of some columns that have rows of t.
func takeColumns(t *parquetTable, cols []*parquetColumn, first int, to int64) error {
	for i, c := range cols {
		if c == nil {
			continue
		}
		for len(c.held) > 0 && c.held[0].from+c.held[0].n <= t.from {
			c.held[0].release()
			c.held = c.held[1:]
		}
		for c.next < to {
			page, err := c.pages.ReadPage()
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			if err != nil {
				return err
			}
			p, err := decodePage(page, c.next)
			if err != nil {
				return err
			}
			c.next += p.n
			c.held = append(c.held, p)
		}
		for _, p := range c.held {
			if p.from < to {
				p.users.Add(1)
				t.cols[first+i] = append(t.cols[first+i], p)
			}
		}
	}
	return nil
}

func decodePage(page parquet.Page, from int64) (*parquetPage, error) {
	p := &parquetPage{page: page, from: from, n: page.NumRows(), kind: page.Type().Kind(), data: page.Data(), dict: page.Dictionary(), defs: page.DefinitionLevels()}
	p.users.Store(1)
	typ := page.Type()
	if p.dict != nil {
		typ = p.dict.Type()
		p.index = p.data.Int32()
		p.kind = typ.Kind()
		if p.kind == parquet.ByteArray {
			values := p.dict.Page().Data()
			p.bytes, p.ends = values.ByteArray()
		}
	} else if p.kind == parquet.ByteArray {
		p.bytes, p.ends = p.data.ByteArray()
	}
	if l := typ.LogicalType(); l != nil {
		_, p.date = l.Value.(*format.DateType)
	}
	if page.NumNulls() == 0 {
		p.defs = nil
		return p, nil
	}
	if int64(len(p.defs)) != p.n {
		return nil, fmt.Errorf("a page has %d levels for %d rows", len(p.defs), p.n)
	}
	p.pos = *positionsPool.Get().(*[]uint32)
	p.pos = slices.Grow(p.pos[:0], int(p.n))[:p.n]
	at := uint32(0)
	for i, d := range p.defs {
		p.pos[i] = at
		at += uint32(d)
	}
	return p, nil
}

func (p *parquetPage) release() {
	if p.users.Add(-1) == 0 {
		parquet.Release(p.page)
		if p.pos != nil {
			positionsPool.Put(&p.pos)
		}
	}
}

// positionsPool keeps the largest of what is made for each page.
var positionsPool = sync.Pool{New: func() any { return new([]uint32) }}

// letGo releases the pages of a table that is used again.
func (t *parquetTable) letGo() {
	for i, pages := range t.cols {
		for _, p := range pages {
			p.release()
		}
		t.cols[i] = pages[:0]
	}
	t.bad = nil
}

// index reads the keys. A row without one is rejected and keeps its place
// with the key of the row before, since rows are found by their number.
func (t *parquetTable) index() error {
	return sound(t.name, func() error {
		t.keys, t.full, t.all, t.nameless = t.keys[:0], t.full[:0], t.n, t.nameless[:0]
		r := t.file.reader().(*parquetReader)
		last := uint64(0)
		for i := range t.n {
			r.table, r.row = t, t.from+int64(i)
			k := number(r.cell(t.file.key))
			if t.file.whole {
				t.full = append(t.full, k)
				k /= 100000
			}
			if k != 0 {
				last = k
			} else {
				t.nameless = append(t.nameless, i)
				t.refuse(t.line+int64(i), "identifiant illisible", nil)
			}
			t.keys = append(t.keys, last)
		}
		return nil
	})
}

// A parquetReader looks at rows of tables.
type parquetReader struct {
	table   *parquetTable
	row     int64
	at      []int // page of each column last looked at
	scratch [][32]byte
}

func (r *parquetReader) open(t table, i int) (bool, error) {
	r.table = t.(*parquetTable)
	r.row = r.table.from + int64(i)
	_, bad := slices.BinarySearch(r.table.nameless, i)
	return !bad, nil
}

func (r *parquetReader) refuse(reason string) {
	var row []byte
	for i := range r.at {
		if i > 0 {
			row = append(row, ',')
		}
		row = append(row, r.cell(i)...)
	}
	r.table.refuse(r.table.line+r.row-r.table.from, reason, row)
}

// cell returns a value as a CSV file would have it.
func (r *parquetReader) cell(want int) []byte {
	pages := r.table.cols[want]
	if len(pages) == 0 {
		return nil
	}
	n := r.at[want]
	if n >= len(pages) || r.row < pages[n].from {
		n = 0
	}
	for r.row >= pages[n].from+pages[n].n {
		n++
	}
	r.at[want] = n
	p := pages[n]
	i := r.row - p.from
	if p.defs != nil {
		if p.defs[i] == 0 {
			return nil
		}
		i = int64(p.pos[i])
	}
	if p.kind == parquet.ByteArray {
		if p.dict != nil {
			i = int64(p.index[i])
		}
		return p.bytes[p.ends[i]:p.ends[i+1]]
	}
	if p.dict != nil {
		v := p.dict.Index(p.index[i])
		if p.kind == parquet.FixedLenByteArray {
			return v.ByteArray()
		}
		return r.written(want, p, v)
	}
	var v parquet.Value
	switch p.kind {
	case parquet.Int32:
		v = parquet.Int32Value(p.data.Int32()[i])
	case parquet.Int64:
		v = parquet.Int64Value(p.data.Int64()[i])
	case parquet.Float:
		v = parquet.FloatValue(p.data.Float()[i])
	case parquet.Double:
		v = parquet.DoubleValue(p.data.Double()[i])
	case parquet.Boolean:
		bits := p.data.Boolean()
		v = parquet.BooleanValue(bits[i/8]>>(i%8)&1 == 1)
	case parquet.FixedLenByteArray:
		b, size := p.data.FixedLenByteArray()
		return b[int(i)*size : (int(i)+1)*size]
	default:
		return nil
	}
	return r.written(want, p, v)
}

// written writes a number, a day or a truth as text.
func (r *parquetReader) written(want int, p *parquetPage, v parquet.Value) []byte {
	b := r.scratch[want][:0]
	switch p.kind {
	case parquet.Int32:
		if p.date {
			return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(b, time.DateOnly)
		}
		return strconv.AppendInt(b, int64(v.Int32()), 10)
	case parquet.Int64:
		return strconv.AppendInt(b, v.Int64(), 10)
	case parquet.Float:
		return strconv.AppendFloat(b, float64(v.Float()), 'f', -1, 32)
	case parquet.Double:
		return strconv.AppendFloat(b, v.Double(), 'f', -1, 64)
	case parquet.Boolean:
		return strconv.AppendBool(b, v.Boolean())
	}
	return nil
}
