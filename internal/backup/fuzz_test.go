package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"passerelle/internal/db"
)

// FuzzRead reads archives that were altered before they were compressed: none
// may stop the program, name a file outside, or give a row that its table
// could not have.
func FuzzRead(f *testing.F) {
	whole := small(f)
	f.Add(whole)
	f.Add(bytes.ReplaceAll(whole, []byte("files/instance.json"), []byte("files/../stance.json")))
	f.Add(bytes.ReplaceAll(whole, []byte(`"amina",`), []byte(`18446744,`)))
	f.Add([]byte("passerelle"))
	if err := readAltered(f, whole); err != nil {
		f.Fatalf("the archive as it was: %v", err)
	}
	f.Fuzz(func(t *testing.T, archive []byte) {
		_ = readAltered(t, archive) // what is wrong with it is its own affair
	})
}

// people is a table with a column of each kind.
var people = db.Table{Name: "person", Columns: []db.Column{{Name: "id", Kind: db.Text}, {Name: "salt", Kind: db.Bytes}, {Name: "seen", Kind: db.Whole}, {Name: "lat", Kind: db.Real}, {Name: "shown", Kind: db.Truth}}}

// small is an archive of two rows and a file, without a compression.
func small(t testing.TB) []byte {
	t.Helper()
	var b, rows bytes.Buffer
	a := &archive{tar: tar.NewWriter(&b), now: time.Unix(0, 0)}
	for _, row := range [][]any{{"amina", []byte{1}, int64(7), 50.5, true}, {"bruno\xff", nil, int64(-7), 1e-9, false}} {
		if err := writeRow(&rows, row); err != nil {
			t.Fatal(err)
		}
	}
	sum := sha256.Sum256(rows.Bytes())
	m := Manifest{Tables: []Counted{{Name: "person", Rows: 2, SHA256: hex.EncodeToString(sum[:])}}}
	h := Head{Format: format, Tables: []Kept{{Name: "person", Columns: []string{"id", "salt", "seen", "lat", "shown"}}}}
	filed, err := a.writeFile(File{Path: "instance.json", Size: 2, Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("{}")), nil }})
	m.Files = append(m.Files, filed)
	b.Reset()
	a.tar = tar.NewWriter(&b)
	if err := errors.Join(err, a.writeJSON(headName, h), a.write("files/instance.json", 2, strings.NewReader("{}")),
		a.write("tables/person/000001.jsonl", int64(rows.Len()), &rows), a.writeJSON(manifestName, m), a.tar.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAltered(t testing.TB, archive []byte) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.HuffmanOnly)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(archive) // to memory
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Open(&b)
	if err != nil {
		return err
	}
	fill := &filler{Reader: r, files: make(map[string]Filed), add: func(_ context.Context, table db.Table, rows [][]any) error {
		for _, row := range rows {
			if len(row) != len(table.Columns) {
				t.Errorf("a row of %d values for %s", len(row), table.Name)
			}
		}
		return nil
	}, keep: func(path string, _ int64, content io.Reader) error {
		if strings.HasPrefix(path, "/") || slices.Contains(strings.Split(path, "/"), "..") {
			t.Errorf("a file named %q", path)
		}
		_, err := io.Copy(io.Discard, content)
		return err
	}}
	if err := fill.meet([]db.Table{people}); err != nil {
		return err
	}
	_, err = fill.all(t.Context())
	return err
}
