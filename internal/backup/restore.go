package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"passerelle/internal/db"
)

// A Reader reads a backup.
type Reader struct {
	Head Head

	zip *gzip.Reader
	tar *tar.Reader
}

// Open reads the head of a backup that has been unsealed.
func Open(r io.Reader) (*Reader, error) {
	b := bufio.NewReader(r)
	if start, err := b.Peek(2); err != nil && !errors.Is(err, io.EOF) {
		return nil, fault(err)
	} else if string(start) != "\x1f\x8b" { // of gzip
		return nil, ErrNotBackup
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, fault(err)
	}
	out := &Reader{zip: z, tar: tar.NewReader(z)}
	h, err := out.tar.Next()
	if err != nil {
		return nil, fault(err)
	}
	if h.Name != headName {
		return nil, ErrNotBackup
	}
	if err := out.readJSON(h, &out.Head); err != nil {
		return nil, err
	}
	if out.Head.Format > format {
		return nil, fmt.Errorf("format %d: %w", out.Head.Format, ErrNewer)
	}
	return out, nil
}

func (r *Reader) readJSON(h *tar.Header, v any) error {
	if h.Size > mostPiece {
		return fmt.Errorf("%w: %s is too long", ErrAltered, h.Name)
	}
	text, err := io.ReadAll(r.tar)
	if err != nil {
		return fault(err)
	}
	if sum := sha256.Sum256(text); h.PAXRecords[sumRecord] != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("%w: %s", ErrAltered, h.Name)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	}
	return nil
}

// Restore brings an empty database to the version of the backup and fills it,
// in one transaction: after an error it holds no row. It gives each file to
// keep, which is not to be believed before Restore has returned without an
// error.
func (r *Reader) Restore(ctx context.Context, d *db.DB, keep func(path string, size int64, content io.Reader) error) (Manifest, error) {
	if err := d.MigrateTo(ctx, r.Head.Schema); errors.Is(err, db.ErrNewer) {
		return Manifest{}, fmt.Errorf("restore: %w: %w", ErrNewer, err)
	} else if err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	var m Manifest
	begun := false
	err := d.Write(ctx, func(t *db.Tx) error {
		if begun {
			return errors.New("others write in the database")
		}
		begun = true
		tables, _, err := t.Tables(ctx)
		if err != nil {
			return err
		}
		f := &filler{Reader: r, add: t.Fill, keep: keep, files: make(map[string]Filed)}
		if err := f.meet(tables); err != nil {
			return err
		}
		m, err = f.all(ctx)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("restore: %w", err)
	}
	return m, nil
}

// A filler reads an archive, adds its rows and keeps its files.
type filler struct {
	*Reader
	add    func(ctx context.Context, table db.Table, rows [][]any) error
	keep   func(path string, size int64, content io.Reader) error
	tables map[string]*filling
	files  map[string]Filed
}

// A filling is a table being filled.
type filling struct {
	table db.Table // with the columns in the order of the lines
	rows  int64
	sum   hash.Hash
}

// meet finds the tables of the backup among those of the database.
func (f *filler) meet(tables []db.Table) error {
	f.tables = make(map[string]*filling)
	for _, k := range f.Head.Tables {
		at := slices.IndexFunc(tables, func(t db.Table) bool { return t.Name == k.Name })
		if at < 0 {
			return fmt.Errorf("%w: %s", ErrTable, k.Name)
		}
		t := tables[at]
		columns := make([]db.Column, len(k.Columns))
		for i, name := range k.Columns {
			at := slices.IndexFunc(t.Columns, func(c db.Column) bool { return c.Name == name })
			if at < 0 {
				return fmt.Errorf("%w: %s.%s", ErrTable, k.Name, name)
			}
			columns[i] = t.Columns[at]
		}
		t.Columns = columns
		f.tables[k.Name] = &filling{table: t, sum: sha256.New()}
	}
	return nil
}

// all reads the archive to its end.
func (f *filler) all(ctx context.Context) (Manifest, error) {
	var m Manifest
	for {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		h, err := f.tar.Next()
		if err != nil {
			return m, fault(err)
		}
		if sparse(h) {
			return m, fmt.Errorf("%w: %q has holes", ErrAltered, h.Name)
		}
		if h.Name == manifestName {
			if err := f.readJSON(h, &m); err != nil {
				return m, err
			}
			break
		}
		if name, ok := strings.CutPrefix(h.Name, tablesFolder); ok {
			name, _, _ = strings.Cut(name, "/")
			err = f.fill(ctx, name, h)
		} else if path, ok := strings.CutPrefix(h.Name, filesFolder); ok && fs.ValidPath(path) && h.Typeflag == tar.TypeReg {
			err = f.file(path, h)
		} else {
			err = fmt.Errorf("%w: %q has no place in it", ErrAltered, h.Name)
		}
		if err != nil {
			return m, err
		}
	}
	// The archive ends here; what comes after tells whether it is whole.
	if _, err := f.tar.Next(); !errors.Is(err, io.EOF) {
		return m, fmt.Errorf("%w: it goes on after its end", ErrAltered)
	}
	if _, err := io.Copy(io.Discard, f.zip); err != nil {
		return m, fault(err)
	}
	return m, f.compare(m)
}

// sparse reports whether an entry is larger than its bytes: a few would fill
// any disk. Write makes none.
func sparse(h *tar.Header) bool {
	for name := range h.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return true
		}
	}
	return h.Typeflag == tar.TypeGNUSparse
}

// fill reads a piece of a table.
func (f *filler) fill(ctx context.Context, name string, h *tar.Header) error {
	to := f.tables[name]
	if to == nil || h.Size > mostPiece {
		return fmt.Errorf("%w: a piece of %q", ErrAltered, name)
	}
	text, err := io.ReadAll(f.tar)
	if err != nil {
		return fault(err)
	}
	to.sum.Write(text)
	var rows [][]any
	for line := range bytes.Lines(text) {
		row, err := readRow(line, to.table.Columns)
		if err != nil {
			return fmt.Errorf("%w: a row of %s: %w", ErrAltered, name, err)
		}
		rows = append(rows, row)
	}
	to.rows += int64(len(rows))
	if err := f.add(ctx, to.table, rows); errors.Is(err, db.ErrExists) || errors.Is(err, db.ErrReference) {
		return fmt.Errorf("%w: %w", ErrAltered, err)
	} else if err != nil {
		return err
	}
	return nil
}

// file gives a file away.
func (f *filler) file(path string, h *tar.Header) error {
	if _, twice := f.files[path]; twice {
		return fmt.Errorf("%w: %s is there twice", ErrAltered, path)
	}
	sum := sha256.New()
	in := &watched{r: io.TeeReader(f.tar, sum)}
	if err := f.keep(path, h.Size, in); err != nil {
		if in.err != nil {
			return fault(in.err)
		}
		return err
	}
	f.files[path] = Filed{Path: path, Size: h.Size, SHA256: digest(sum)}
	return nil
}

// watched remembers an error of its reader, to tell it from one of whoever
// reads it.
type watched struct {
	r   io.Reader
	err error
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		w.err = err
	}
	return n, err
}

// compare checks what was read against the manifest.
func (f *filler) compare(m Manifest) error {
	if len(m.Tables) != len(f.tables) || len(m.Files) != len(f.files) {
		return fmt.Errorf("%w: %d tables and %d files instead of %d and %d", ErrAltered, len(f.tables), len(f.files), len(m.Tables), len(m.Files))
	}
	for _, c := range m.Tables {
		if t := f.tables[c.Name]; t == nil || t.rows != c.Rows || digest(t.sum) != c.SHA256 {
			return fmt.Errorf("%w: table %s", ErrAltered, c.Name)
		}
	}
	for _, want := range m.Files {
		if f.files[want.Path] != want {
			return fmt.Errorf("%w: file %s", ErrAltered, want.Path)
		}
	}
	return nil
}

// Compare checks that a database holds what a backup says, row by row:
// ErrDiffers names the first table that does not.
func Compare(ctx context.Context, d *db.DB, h Head, m Manifest) error {
	return d.Read(ctx, func(t *db.Tx) error {
		tables, _, err := t.Tables(ctx)
		if err != nil {
			return err
		}
		f := &filler{Reader: &Reader{Head: h}}
		if err := f.meet(tables); err != nil {
			return err
		}
		for _, c := range m.Tables {
			sum := sha256.New()
			var line bytes.Buffer
			n := int64(0)
			for row, err := range t.Rows(ctx, f.tables[c.Name].table) {
				if err != nil {
					return err
				}
				line.Reset()
				if err := writeRow(&line, row); err != nil {
					return err
				}
				sum.Write(line.Bytes())
				n++
			}
			if n != c.Rows || digest(sum) != c.SHA256 {
				return fmt.Errorf("%w: table %s", ErrDiffers, c.Name)
			}
		}
		return nil
	})
}
