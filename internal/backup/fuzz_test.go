package backup

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"passerelle/internal/db"
)

// An entry with holes may claim any size in a few bytes: it is refused before
// anything of it is kept.
func TestHolesAreRefused(t *testing.T) {
	whole := small(t)
	for name, typeflag := range map[string]byte{"in the old way": tar.TypeGNUSparse, "as a PAX record": tar.TypeReg} {
		t.Run(name, func(t *testing.T) {
			// The name and the type of the file's entry are written over.
			at := bytes.Index(whole, []byte("files/instance.json"))
			holed := bytes.Clone(whole)
			holed[at+156] = typeflag
			if typeflag == tar.TypeGNUSparse {
				copy(holed[at+257:], "ustar  \x00")
				copy(holed[at+386:], "00000000000\x0000000000002\x00")
				copy(holed[at+483:], "77777777777\x00") // 8 GiB, of two bytes
				seal(holed[at : at+512])
			} else {
				holed = slices.Insert(holed, at, pax("files/instance.json", "GNU.sparse.size=8589934592", "GNU.sparse.numblocks=1", "GNU.sparse.map=0,2")...)
			}
			err := readAltered(t, holed)
			if !errors.Is(err, ErrAltered) || !strings.Contains(err.Error(), "holes") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// seal writes the sum of a header of tar.
func seal(header []byte) {
	copy(header[148:156], "        ")
	sum := 0
	for _, b := range header {
		sum += int(b)
	}
	copy(header[148:156], fmt.Sprintf("%06o\x00 ", sum))
}

// pax makes an entry whose records hold for the next one.
func pax(name string, records ...string) []byte {
	var text strings.Builder
	for _, r := range records {
		n := len(r) + 2
		for n != len(strconv.Itoa(n))+len(r)+2 {
			n++
		}
		fmt.Fprintf(&text, "%d %s\n", n, r)
	}
	header := make([]byte, 512)
	copy(header, name)
	copy(header[100:], "0000644\x000000000\x000000000\x00"+fmt.Sprintf("%011o\x00%011o\x00", text.Len(), 0))
	header[156] = 'x'
	copy(header[257:], "ustar\x0000")
	seal(header)
	return append(header, append([]byte(text.String()), make([]byte, 512-text.Len()%512)...)...)
}

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
