package register

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// runBytes is the text of the rows that are sorted in memory at once.
const runBytes = 32 << 20

// sortSource returns the rows of a source in the order of their keys: sorted
// in runs that are written to a folder, then merged. It closes src.
func sortSource(ctx context.Context, src source, name, dir string) (_ source, err error) {
	dir, err = os.MkdirTemp(dir, "sort-")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("tri de %s : %w", name, err), src.close())
	}
	s := &sortedSource{dir: dir, total: src.size()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	defer func() { err = errors.Join(err, src.close()) }()
	s.file = &csvFile{name: name, comma: ','}
	asText := func(t table, _ reader, i int) ([]byte, int64, error) {
		b := t.(*csvBlock)
		return b.data[b.rows[i].from:b.rows[i].to], b.rows[i].line, nil
	}
	switch f := src.(type) {
	case *csvFile:
		s.file.comma, s.file.at, s.file.width, s.file.key = f.comma, f.at, f.width, f.key
	case *parquetFile:
		s.file.width, s.file.key = len(f.at), f.key
		for i := range f.at {
			s.file.at = append(s.file.at, i)
		}
		var row []byte
		asText = func(t table, r reader, i int) ([]byte, int64, error) {
			if ok, err := r.open(t, i); err != nil || !ok {
				return nil, 0, err
			}
			row = row[:0]
			for c := range f.at {
				if c > 0 {
					row = append(row, ',')
				}
				row = appendField(row, r.cell(c))
			}
			return row, t.(*parquetTable).line + int64(i), nil
		}
	}
	var r run
	look := src.reader()
	var old table
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, err := src.next(old)
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		b := t.base()
		b.name = name
		if err := t.index(); err != nil {
			return nil, err
		}
		for i, key := range b.keys {
			row, line, err := asText(t, look, i)
			if err != nil {
				return nil, err
			}
			if row == nil {
				continue
			}
			r.add(key, line, row)
			if len(r.text) > runBytes {
				if err := s.spill(&r); err != nil {
					return nil, err
				}
			}
		}
		s.bad = append(s.bad, b.bad...)
		s.rejected += b.all - len(b.keys)
		b.bad, old = nil, t
	}
	s.bad = append(s.bad, src.lost()...)
	if err := s.spill(&r); err != nil {
		return nil, err
	}
	heap.Init(&s.heads)
	return s, nil
}

// appendField writes a field as CSV.
func appendField(b, field []byte) []byte {
	if bytes.IndexByte(field, ',') < 0 && bytes.IndexByte(field, '"') < 0 && bytes.IndexByte(field, '\n') < 0 && bytes.IndexByte(field, '\r') < 0 {
		return append(b, field...)
	}
	b = append(b, '"')
	for _, c := range field {
		if c == '"' {
			b = append(b, '"')
		}
		b = append(b, c)
	}
	return append(b, '"')
}

// A run is rows to be sorted in memory.
type run struct {
	text []byte
	rows []runRow
}

type runRow struct {
	key      uint64
	line     int64
	from, to uint32
}

func (r *run) add(key uint64, line int64, row []byte) {
	from := len(r.text)
	r.text = append(r.text, row...)
	r.rows = append(r.rows, runRow{key, line, uint32(from), uint32(len(r.text))})
}

// A sortedSource merges runs.
type sortedSource struct {
	file     *csvFile
	dir      string
	total    int64
	read     int64
	rejected int
	heads    heads
	bad      []Reject
}

// spill sorts a run and writes it to a file, each row with its key, its line
// and its length before it.
func (s *sortedSource) spill(r *run) (err error) {
	if len(r.rows) == 0 {
		return nil
	}
	slices.SortFunc(r.rows, func(a, b runRow) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.line, b.line)) })
	f, err := os.CreateTemp(s.dir, "run-")
	if err != nil {
		return fmt.Errorf("tri de %s : %w", s.file.name, err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	var head [20]byte
	for _, row := range r.rows {
		binary.LittleEndian.PutUint64(head[:], row.key)
		binary.LittleEndian.PutUint64(head[8:], uint64(row.line))
		binary.LittleEndian.PutUint32(head[16:], row.to-row.from)
		w.Write(head[:])
		w.Write(r.text[row.from:row.to])
	}
	if err := w.Flush(); err != nil {
		return errors.Join(fmt.Errorf("tri de %s, place sur le disque : %w", s.file.name, err), f.Close())
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return errors.Join(err, f.Close())
	}
	r.text, r.rows = r.text[:0], r.rows[:0]
	h := &runHead{f: f, r: bufio.NewReaderSize(f, 1<<17)}
	if err := h.next(); err != nil {
		return errors.Join(err, f.Close())
	}
	s.heads = append(s.heads, h)
	return nil
}

// A runHead is the first row of a run not yet merged.
type runHead struct {
	f    *os.File
	r    *bufio.Reader
	key  uint64
	line int64
	row  []byte
}

// next reads the next row; io.EOF after the last.
func (h *runHead) next() error {
	var head [20]byte
	if _, err := io.ReadFull(h.r, head[:]); err != nil {
		return err
	}
	h.key, h.line = binary.LittleEndian.Uint64(head[:]), int64(binary.LittleEndian.Uint64(head[8:]))
	n := int(binary.LittleEndian.Uint32(head[16:]))
	h.row = slices.Grow(h.row[:0], n)[:n]
	if _, err := io.ReadFull(h.r, h.row); err != nil {
		return fmt.Errorf("relire un tri : %w", err)
	}
	return nil
}

type heads []*runHead

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	return h[i].key < h[j].key || h[i].key == h[j].key && h[i].line < h[j].line
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(*runHead)) }

func (h *heads) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}

func (s *sortedSource) next(old table) (table, error) {
	b, _ := old.(*csvBlock)
	if b == nil {
		b = &csvBlock{file: s.file}
	}
	b.data, b.keys, b.rows, b.sorted = b.data[:0], b.keys[:0], b.rows[:0], true
	for len(s.heads) > 0 && len(b.data) < blockSize {
		h := s.heads[0]
		from := len(b.data)
		b.data = append(b.data, h.row...)
		b.keys = append(b.keys, h.key)
		b.rows = append(b.rows, span{uint32(from), uint32(len(b.data)), h.line})
		switch err := h.next(); {
		case err == io.EOF:
			if err := h.f.Close(); err != nil {
				return nil, err
			}
			heap.Pop(&s.heads)
		case err != nil:
			return nil, err
		default:
			heap.Fix(&s.heads, 0)
		}
	}
	if len(b.keys) == 0 {
		return nil, io.EOF
	}
	b.all = len(b.keys) + s.rejected
	s.rejected = 0
	s.read += int64(len(b.data))
	b.end = min(s.read, s.total)
	return b, nil
}

func (s *sortedSource) reader() reader { return s.file.reader() }
func (s *sortedSource) lost() []Reject { return s.bad }
func (s *sortedSource) size() int64    { return s.total }

func (s *sortedSource) close() error {
	var err error
	for _, h := range s.heads {
		err = errors.Join(err, h.f.Close())
	}
	return errors.Join(err, os.RemoveAll(s.dir))
}
