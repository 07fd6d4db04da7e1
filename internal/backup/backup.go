// Package backup keeps a whole house in one file, and reads it again into
// either engine.
//
// The file is a tar, compressed by gzip, and sealed by age when it has a key:
// `age -d | tar xz` opens it without this program. It holds a head (what the
// house was and when), the files of the data folder that matter, each table as
// lines of JSON read in one transaction, and at the end a manifest: how many
// rows of each table and bytes of each file there were, and their SHA-256. The
// manifest names tables and files, never a person. The package does not choose
// what is worth keeping, nor where it goes: its caller does.
//
// Its one difficulty is that it may be of any size and must be trusted as a
// whole. Writing and reading are streams, a table in pieces of about a
// mebibyte; and since only the end of the file tells whether the beginning was
// right, Restore fills its database in one transaction, which a fault undoes.
// The same rows give the same lines whatever the engine: that is what lets a
// copy put aside be compared with what was read.
package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"time"

	"github.com/klauspost/compress/gzip"

	"passerelle/internal/db"
)

// format is the version of the form of the file.
const format = 1

// The names in the archive.
const (
	headName     = "passerelle.json"
	manifestName = "manifest.json"
	tablesFolder = "tables/"
	filesFolder  = "files/"
)

// pieceBytes is when a piece of a table is written out, and mostPiece the most
// that is read of one: a row is not cut, and the largest is a picture or a
// document, written in base64.
const (
	pieceBytes = 1 << 20
	mostPiece  = 64 << 20
)

// A Head says what was kept.
type Head struct {
	Format  int       `json:"format"`
	Program string    `json:"program"` // version
	MadeAt  time.Time `json:"made_at"`
	Engine  string    `json:"engine"`
	Schema  int64     `json:"schema"` // version of the tables
	Tables  []Kept    `json:"tables"`
	Left    []string  `json:"left_out"` // tables that begin empty again
}

// Kept is a table, and the order of the values in its lines.
type Kept struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

// A Manifest counts what is in the file.
type Manifest struct {
	Tables []Counted `json:"tables"`
	Files  []Filed   `json:"files"`
}

// Counted is a table of a manifest.
type Counted struct {
	Name   string `json:"name"`
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256"` // of its lines
}

// Filed is a file of a manifest.
type Filed struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Rows returns how many rows there are of all tables.
func (m Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

// A File is a file to keep, under a path with slashes.
type File struct {
	Path string
	Size int64
	Open func() (io.ReadCloser, error)
}

// A Source is what to keep.
type Source struct {
	DB      *db.DB
	Files   []File
	Left    []string // tables whose rows are not worth keeping
	Program string
	Now     time.Time
}

// Write writes a house to w, as it is at one moment: others may go on writing
// in it. It returns what it wrote.
func Write(ctx context.Context, w io.Writer, s Source) (Head, Manifest, error) {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return Head{}, Manifest{}, err
	}
	a := &archive{tar: tar.NewWriter(z), now: s.Now}
	h := Head{Format: format, Program: s.Program, MadeAt: s.Now.UTC(), Engine: s.DB.Engine(), Left: s.Left}
	var m Manifest
	begun := false
	err = s.DB.Read(ctx, func(t *db.Tx) error {
		if begun {
			return errors.New("the database was too busy: try again")
		}
		begun = true
		tables, version, err := t.Tables(ctx)
		if err != nil {
			return err
		}
		h.Schema = version
		tables = slices.DeleteFunc(tables, func(t db.Table) bool { return slices.Contains(s.Left, t.Name) })
		for _, table := range tables {
			k := Kept{Name: table.Name}
			for _, c := range table.Columns {
				k.Columns = append(k.Columns, c.Name)
			}
			h.Tables = append(h.Tables, k)
		}
		if err := a.writeJSON(headName, h); err != nil {
			return err
		}
		for _, table := range tables {
			c, err := a.writeTable(ctx, t, table)
			if err != nil {
				return fmt.Errorf("table %s: %w", table.Name, err)
			}
			m.Tables = append(m.Tables, c)
		}
		return nil
	})
	for _, f := range s.Files {
		if err != nil {
			break
		}
		var filed Filed
		if filed, err = a.writeFile(f); err != nil {
			err = fmt.Errorf("file %s: %w", f.Path, err)
		}
		m.Files = append(m.Files, filed)
	}
	if err == nil {
		err = a.writeJSON(manifestName, m)
	}
	if err == nil {
		err = errors.Join(a.tar.Close(), z.Close())
	}
	if err != nil {
		return h, m, fmt.Errorf("back up: %w", err)
	}
	return h, m, nil
}

// An archive is the tar being written.
type archive struct {
	tar *tar.Writer
	now time.Time
}

// sumRecord is the record of the tar that holds the SHA-256 of the head and of
// the manifest: what is acted upon before the end of the file is read.
const sumRecord = "PASSERELLE.sha256"

func (a *archive) write(name string, size int64, r io.Reader) error {
	return a.writeWith(name, size, r, nil)
}

func (a *archive) writeWith(name string, size int64, r io.Reader, records map[string]string) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.now, Format: tar.FormatPAX, PAXRecords: records}); err != nil {
		return err
	}
	n, err := io.Copy(a.tar, io.LimitReader(r, size))
	if err == nil && n < size {
		err = fmt.Errorf("%d bytes of %d: it was changed meanwhile", n, size)
	}
	return err
}

func (a *archive) writeJSON(name string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	sum := sha256.Sum256(text)
	return a.writeWith(name, int64(len(text)), bytes.NewReader(text), map[string]string{sumRecord: hex.EncodeToString(sum[:])})
}

func (a *archive) writeTable(ctx context.Context, t *db.Tx, table db.Table) (Counted, error) {
	c := Counted{Name: table.Name}
	sum := sha256.New()
	var piece bytes.Buffer
	n := 0
	flush := func() error {
		n++
		sum.Write(piece.Bytes())
		err := a.write(fmt.Sprintf("%s%s/%06d.jsonl", tablesFolder, table.Name, n), int64(piece.Len()), &piece)
		piece.Reset()
		return err
	}
	for row, err := range t.Rows(ctx, table) {
		if err != nil {
			return c, err
		}
		if err := writeRow(&piece, row); err != nil {
			return c, err
		}
		c.Rows++
		if piece.Len() >= pieceBytes {
			if err := flush(); err != nil {
				return c, err
			}
		}
	}
	if piece.Len() > 0 {
		if err := flush(); err != nil {
			return c, err
		}
	}
	c.SHA256 = digest(sum)
	return c, nil
}

func (a *archive) writeFile(f File) (Filed, error) {
	filed := Filed{Path: f.Path, Size: f.Size}
	r, err := f.Open()
	if err != nil {
		return filed, err
	}
	sum := sha256.New()
	err = errors.Join(a.write(filesFolder+f.Path, f.Size, io.TeeReader(r, sum)), r.Close())
	filed.SHA256 = digest(sum)
	return filed, err
}

func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
