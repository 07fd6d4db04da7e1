package index

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"

	"github.com/edsrzf/mmap-go"
	"golang.org/x/sync/errgroup"
)

// A snapshot file is a header, named sections aligned to 64 bytes, and a
// table of the sections at the end. Every byte is under a CRC-32C: a section's
// covers its padding, the table's covers the table, the header's covers the
// header. Numbers are little-endian and read in place.
const (
	magic      = "PASSIDX\n"
	major      = 1 // a reader refuses another major
	minor      = 0 // a reader skips sections it does not know
	headerSize = 64
	entrySize  = 64
	nameSize   = 40
)

// Errors of a file that cannot be used.
var (
	ErrForeign   = errors.New("not a snapshot of Passerelle")
	ErrVersion   = errors.New("written by another version")
	ErrCorrupted = errors.New("corrupted")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

type section struct {
	name        string
	off, length uint64
	sum         uint32
}

// A writer writes a snapshot file, section by section.
type writer struct {
	f        *os.File
	w        *bufio.Writer
	path     string
	off      uint64
	sections []section
	err      error
}

// create opens a temporary file beside path.
func create(path string) (*writer, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, err
	}
	w := &writer{f: f, w: bufio.NewWriterSize(f, 1<<20), path: path, off: headerSize}
	_, w.err = w.w.Write(make([]byte, headerSize))
	return w, nil
}

// begin starts a section; the function it returns appends to it, and ends it
// when called with nil.
func (w *writer) begin(name string) func([]byte) {
	s := section{name: name, off: w.off}
	if len(name) > nameSize && w.err == nil {
		w.err = fmt.Errorf("section name %q is longer than %d bytes", name, nameSize)
	}
	add := func(b []byte) {
		if w.err == nil {
			_, w.err = w.w.Write(b)
		}
		s.sum = crc32.Update(s.sum, castagnoli, b)
		w.off += uint64(len(b))
	}
	return func(b []byte) {
		if b != nil {
			add(b)
			return
		}
		s.length = w.off - s.off
		if rest := w.off % 64; rest != 0 {
			add(make([]byte, 64-rest))
		}
		w.sections = append(w.sections, s)
	}
}

func (w *writer) bytes(name string, b []byte) {
	add := w.begin(name)
	if len(b) > 0 {
		add(b)
	}
	add(nil)
}

// commit writes table and header, makes the file durable and gives it its
// name. Until then nothing has that name.
func (w *writer) commit() error {
	defer os.Remove(w.f.Name()) // no effect once renamed
	defer w.f.Close()
	if w.err != nil {
		return w.err
	}
	table := make([]byte, 0, len(w.sections)*entrySize)
	for _, s := range w.sections {
		e := make([]byte, entrySize)
		copy(e, s.name)
		binary.LittleEndian.PutUint64(e[40:], s.off)
		binary.LittleEndian.PutUint64(e[48:], s.length)
		binary.LittleEndian.PutUint32(e[56:], s.sum)
		table = append(table, e...)
	}
	h := make([]byte, headerSize)
	copy(h, magic)
	binary.LittleEndian.PutUint16(h[8:], major)
	binary.LittleEndian.PutUint16(h[10:], minor)
	binary.LittleEndian.PutUint32(h[12:], uint32(len(w.sections)))
	binary.LittleEndian.PutUint64(h[16:], w.off)
	binary.LittleEndian.PutUint32(h[24:], crc32.Checksum(table, castagnoli))
	binary.LittleEndian.PutUint32(h[60:], crc32.Checksum(h[:60], castagnoli))
	if _, err := w.w.Write(table); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return err
	}
	if _, err := w.f.WriteAt(h, 0); err != nil {
		return err
	}
	if err := w.f.Sync(); err != nil {
		return err
	}
	if err := w.f.Close(); err != nil {
		return err
	}
	if err := os.Rename(w.f.Name(), w.path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(w.path))
}

func (w *writer) abort() {
	w.f.Close()
	os.Remove(w.f.Name())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// A file is the bytes of a snapshot and where its sections lie.
type file struct {
	data     []byte
	sections map[string]section
}

// parse reads header and table of data, checks both, and that every section
// lies within.
func parse(data []byte) (*file, error) {
	if len(data) < headerSize || string(data[:8]) != magic {
		return nil, ErrForeign
	}
	if v := binary.LittleEndian.Uint16(data[8:]); v != major {
		return nil, fmt.Errorf("%w: format %d, this program reads format %d; import the registers again", ErrVersion, v, major)
	}
	if crc32.Checksum(data[:60], castagnoli) != binary.LittleEndian.Uint32(data[60:]) {
		return nil, fmt.Errorf("%w: header", ErrCorrupted)
	}
	n := uint64(binary.LittleEndian.Uint32(data[12:]))
	at := binary.LittleEndian.Uint64(data[16:])
	if at > uint64(len(data)) || uint64(len(data))-at != n*entrySize {
		return nil, fmt.Errorf("%w: %d bytes long, not the length it was written with", ErrCorrupted, len(data))
	}
	table := data[at:]
	if crc32.Checksum(table, castagnoli) != binary.LittleEndian.Uint32(data[24:]) {
		return nil, fmt.Errorf("%w: table of sections", ErrCorrupted)
	}
	f := &file{data: data, sections: make(map[string]section, n)}
	for ; len(table) > 0; table = table[entrySize:] {
		name := table[:nameSize]
		for len(name) > 0 && name[len(name)-1] == 0 {
			name = name[:len(name)-1]
		}
		s := section{
			name:   string(name),
			off:    binary.LittleEndian.Uint64(table[40:]),
			length: binary.LittleEndian.Uint64(table[48:]),
			sum:    binary.LittleEndian.Uint32(table[56:]),
		}
		if s.off%64 != 0 || s.off > at || s.length > at-s.off {
			return nil, fmt.Errorf("%w: section %q lies outside the file", ErrCorrupted, s.name)
		}
		f.sections[s.name] = s
	}
	return f, nil
}

// verify checks the sum of every section, and that sections cover the file.
func (f *file) verify() error {
	covered := uint64(headerSize + len(f.sections)*entrySize)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, s := range f.sections {
		padded := (s.length + 63) / 64 * 64
		covered += padded
		if padded > uint64(len(f.data))-s.off {
			return fmt.Errorf("%w: section %q is cut", ErrCorrupted, s.name)
		}
		g.Go(func() error {
			if crc32.Checksum(f.data[s.off:s.off+padded], castagnoli) != s.sum {
				return fmt.Errorf("%w: section %q does not match its checksum", ErrCorrupted, s.name)
			}
			return nil
		})
	}
	if covered != uint64(len(f.data)) {
		return fmt.Errorf("%w: %d bytes belong to no section", ErrCorrupted, int64(len(f.data))-int64(covered))
	}
	return g.Wait()
}

// section returns the bytes of a section, nil when it is absent.
func (f *file) section(name string) []byte {
	s, ok := f.sections[name]
	if !ok {
		return nil
	}
	return f.data[s.off : s.off+s.length : s.off+s.length]
}

// Verify checks every byte of the snapshot at path, and that it can be loaded.
func Verify(path string) error {
	_, err := Open(path)
	return err
}

// Open maps the snapshot at path into memory, after checking every byte of it:
// sums run at the speed of memory, and an index that was let in is trusted by
// every search. The mapping goes away with the last reader of the index.
func Open(path string) (*Index, error) {
	data, unmap, err := mapFile(path)
	if err != nil {
		return nil, err
	}
	x, err := check(data)
	if err != nil {
		unmap()
		return nil, fmt.Errorf("snapshot %s: %w", path, err)
	}
	runtime.AddCleanup(x, func(unmap func()) { unmap() }, unmap)
	return x, nil
}

func check(data []byte) (*Index, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	if err := f.verify(); err != nil {
		return nil, err
	}
	return load(f)
}

// mapFile maps a file for reading; an empty one is no bytes.
func mapFile(path string) (data []byte, unmap func(), err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if info.Size() == 0 {
		return nil, func() {}, nil
	}
	m, err := mmap.Map(f, mmap.RDONLY, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("map %s: %w", path, err)
	}
	return m, func() { _ = m.Unmap() }, nil
}

// rawBytes shows the memory of v.
func rawBytes[T uint8 | uint16 | uint32 | uint64 | float64](v []T) []byte {
	if len(v) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(zero)))
}

// view shows b as a slice of T. Sections are aligned to 64 bytes.
func view[T uint8 | uint16 | uint32 | uint64 | float64](b []byte) []T {
	var zero T
	n := len(b) / int(unsafe.Sizeof(zero))
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
}
