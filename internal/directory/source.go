package directory

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"

	"passerelle/internal/clock"
)

// The sources of a data folder lie compact and dated in DIR/sources, each a
// zip with a checksum for each of its parts: what it is (meta.json), and its
// entries. A snapshot is made of all of them, whatever the order in which they
// were imported.
const (
	sourceFolder = "sources"
	metaPart     = "meta.json"
	zstdMethod   = 93 // PKWARE APPNOTE 4.4.5
)

// A sourceMeta says what a source is.
type sourceMeta struct {
	Kind        string          `json:"kind"` // sirene, list, rne
	Layout      int             `json:"layout"`
	AsOf        clock.Day       `json:"as_of"`
	Imported    int64           `json:"imported"` // instant, microseconds UTC
	Entries     int             `json:"entries"`
	Departments []string        `json:"departments,omitempty"` // of the stock; none is all
	Label       string          `json:"label,omitempty"`       // of a list
	ESS         bool            `json:"ess,omitempty"`         // of a list: being in it makes one ESS
	Report      json.RawMessage `json:"report,omitempty"`      // of its import
}

// sourceLayout is the layout of the parts that this program writes.
const sourceLayout = 1

// A sourceWriter writes a source; it is there once Close has returned.
type sourceWriter struct {
	f    *os.File
	z    *zip.Writer
	path string
	part *bufio.Writer
	head [binary.MaxVarintLen64]byte
}

func createSource(dir, name string) (*sourceWriter, error) {
	folder := filepath.Join(dir, sourceFolder)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("keep a source: %w", err)
	}
	f, err := os.CreateTemp(folder, ".import-*")
	if err != nil {
		return nil, fmt.Errorf("keep a source: %w", err)
	}
	z := zip.NewWriter(f)
	z.RegisterCompressor(zstdMethod, zstd.ZipCompressor(zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1)))
	return &sourceWriter{f: f, z: z, path: filepath.Join(folder, name+".zip")}, nil
}

// begin begins a part; entries go into it until the next begins.
func (w *sourceWriter) begin(part string) error {
	if err := w.flush(); err != nil {
		return err
	}
	p, err := w.z.CreateHeader(&zip.FileHeader{Name: part, Method: zstdMethod})
	if err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	w.part = bufio.NewWriterSize(p, 1<<20)
	return nil
}

func (w *sourceWriter) flush() error {
	if w.part == nil {
		return nil
	}
	if err := w.part.Flush(); err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	return nil
}

// entry adds an entry to the part.
func (w *sourceWriter) entry(b []byte) error {
	n := binary.PutUvarint(w.head[:], uint64(len(b)))
	if _, err := w.part.Write(w.head[:n]); err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	if _, err := w.part.Write(b); err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	return nil
}

// finish writes the meta and puts the source in its place.
func (w *sourceWriter) finish(m sourceMeta) (err error) {
	m.Layout = sourceLayout
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	if err := w.begin(metaPart); err != nil {
		return err
	}
	if _, err := w.part.Write(text); err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	if err := w.flush(); err != nil {
		return err
	}
	if err := errors.Join(w.z.Close(), w.f.Chmod(0o640), w.f.Sync(), w.f.Close()); err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	if err := os.Rename(w.f.Name(), w.path); err != nil {
		return fmt.Errorf("keep a source: %w", err)
	}
	w.f = nil
	return syncFolder(filepath.Dir(w.path))
}

// abort drops what was written, if finish did not put it in its place.
func (w *sourceWriter) abort() {
	if w.f != nil {
		w.f.Close()
		os.Remove(w.f.Name())
	}
}

// A sourceFile is a source that is kept.
type sourceFile struct {
	name string // without .zip
	path string
	meta sourceMeta
	z    *zip.ReadCloser
}

// openSources opens the sources of a data folder, in the order of their
// names.
func openSources(dir string) ([]*sourceFile, error) {
	paths, err := filepath.Glob(filepath.Join(dir, sourceFolder, "*.zip"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var all []*sourceFile
	for _, path := range paths {
		s, err := openSource(path)
		if err != nil {
			closeSources(all)
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func closeSources(all []*sourceFile) {
	for _, s := range all {
		s.z.Close()
	}
}

func openSource(path string) (_ *sourceFile, err error) {
	s := &sourceFile{path: path, name: strings.TrimSuffix(filepath.Base(path), ".zip")}
	if s.z, err = zip.OpenReader(path); err != nil {
		return nil, fmt.Errorf("source %s : abîmée, importez-la à nouveau : %w", path, err)
	}
	s.z.RegisterDecompressor(zstdMethod, zstd.ZipDecompressor(zstd.WithDecoderConcurrency(1)))
	text, err := fs.ReadFile(s.z, metaPart)
	if err == nil {
		err = json.Unmarshal(text, &s.meta)
	}
	if err == nil && s.meta.Layout != sourceLayout {
		err = fmt.Errorf("sa mise en forme est %d, ce programme lit %d", s.meta.Layout, sourceLayout)
	}
	if err != nil {
		s.z.Close()
		return nil, fmt.Errorf("source %s : illisible, importez-la à nouveau : %w", path, err)
	}
	return s, nil
}

// entries gives the entries of a part to each, which keeps nothing of them.
func (s *sourceFile) entries(part string, each func([]byte) error) error {
	f, err := s.z.Open(part)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("source %s : %w", s.path, err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<18)
	var buf []byte
	for {
		n, err := binary.ReadUvarint(r)
		if err == io.EOF {
			return nil
		}
		if err == nil && n > 1<<24 {
			err = errors.New("une entrée est trop longue")
		}
		if err == nil {
			buf = slices.Grow(buf[:0], int(n))[:n]
			_, err = io.ReadFull(r, buf)
		}
		if err != nil {
			return fmt.Errorf("source %s : abîmée, importez-la à nouveau : %w", s.path, err)
		}
		if err := each(buf); err != nil {
			return err
		}
	}
}

// verify reads every byte of a source against its checksums.
func (s *sourceFile) verify() error {
	for _, f := range s.z.File {
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("source %s : %w", s.path, err)
		}
		sum := crc32.NewIEEE()
		_, err = io.Copy(sum, r)
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("source %s, partie %s : abîmée, importez-la à nouveau : %w", s.path, f.Name, err)
		}
		if sum.Sum32() != f.CRC32 {
			return fmt.Errorf("source %s, partie %s : abîmée, importez-la à nouveau : %w", s.path, f.Name, zip.ErrChecksum)
		}
	}
	return nil
}
