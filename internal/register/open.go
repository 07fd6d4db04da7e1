package register

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/flate"
)

// stdin is the name of standard input.
const stdin = "-"

// openSource opens a .csv, a .zip that holds one .csv, or a .parquet; open
// opens standard input and addresses. reorder is for openParquet.
func openSource(path string, open func(string) (io.ReadCloser, error), comma byte, wants []want, key int, reorder bool) (source, error) {
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		return openParquet(path, wants, key, reorder)
	}
	r, size, done, err := openText(path, open)
	if err != nil {
		return nil, err
	}
	name := path
	if path == stdin {
		name = "entrée standard"
	}
	f, err := openCSV(r, name, comma, wants, key)
	if err != nil {
		return nil, errors.Join(err, done())
	}
	f.total, f.done = size, done
	return f, nil
}

// openText opens the text of a .csv or a .zip and tells its size, 0 when that
// is not known.
func openText(path string, open func(string) (io.ReadCloser, error)) (r io.Reader, size int64, done func() error, err error) {
	if path == stdin || strings.Contains(path, "://") {
		if open == nil {
			return nil, 0, nil, fmt.Errorf("%s : ne peut être lu ici ; donnez un fichier", path)
		}
		in, err := open(path)
		if err != nil {
			return nil, 0, nil, err
		}
		b := bufio.NewReaderSize(in, 1<<16)
		if head, _ := b.Peek(4); bytes.Equal(head, zipHeader) {
			if r, err = NewZipStream(b); err != nil {
				return nil, 0, nil, errors.Join(fmt.Errorf("%s : %w", path, err), in.Close())
			}
			return r, 0, in.Close, nil
		}
		return b, 0, in.Close, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, nil, fmt.Errorf("ouverture : %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s : c'est un dossier, il faut un fichier", path)
	}
	if err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}
	head := make([]byte, 4)
	if n, _ := f.ReadAt(head, 0); n < 4 || !bytes.Equal(head, zipHeader) {
		if strings.EqualFold(filepath.Ext(path), ".zip") {
			return nil, 0, nil, errors.Join(fmt.Errorf("%s : ce n'est pas un fichier zip ; téléchargez-le à nouveau (%w)", path, ErrFormat), f.Close())
		}
		return f, info.Size(), f.Close, nil
	}
	r, size, err = openZip(path, f, info.Size())
	if err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}
	return r, size, f.Close, nil
}

// openZip finds the one CSV file of a zip.
func openZip(path string, f *os.File, length int64) (io.Reader, int64, error) {
	z, err := zip.NewReader(f, length)
	if err != nil {
		return nil, 0, fmt.Errorf("%s : zip coupé ou abîmé, téléchargez-le à nouveau : %w", path, err)
	}
	z.RegisterDecompressor(zip.Deflate, func(r io.Reader) io.ReadCloser { return flate.NewReader(bufio.NewReaderSize(r, 1<<18)) })
	var found []*zip.File
	for _, e := range z.File {
		if strings.EqualFold(filepath.Ext(e.Name), ".csv") {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		return nil, 0, fmt.Errorf("%s : %d fichiers CSV dans ce zip, il en faut un (%w)", path, len(found), ErrFormat)
	}
	r, err := found[0].Open()
	if err != nil {
		return nil, 0, fmt.Errorf("%s : %w", path, err)
	}
	return r, int64(found[0].UncompressedSize64), nil
}

// The signatures of the parts of a zip file (PKWARE APPNOTE 4.3).
var (
	zipHeader     = []byte("PK\x03\x04")
	zipDescriptor = []byte("PK\x07\x08")
)

// A zipStream reads the first file of a zip without its directory, as it
// comes from a network.
type zipStream struct {
	r    *bufio.Reader
	data io.Reader
	sum  hash.Hash32
	want uint32 // checksum said before the data
	late bool   // it comes behind the data instead
	err  error
}

// NewZipStream reads the first file of a zip as it comes, and checks its sum
// at its end.
func NewZipStream(src io.Reader) (io.Reader, error) {
	r := bufio.NewReaderSize(src, 1<<18)
	var head [30]byte
	if _, err := io.ReadFull(r, head[:]); err != nil || !bytes.Equal(head[:4], zipHeader) {
		return nil, fmt.Errorf("ce n'est pas un fichier zip (%w)", ErrFormat)
	}
	flags, method := binary.LittleEndian.Uint16(head[6:]), binary.LittleEndian.Uint16(head[8:])
	skip := int(binary.LittleEndian.Uint16(head[26:])) + int(binary.LittleEndian.Uint16(head[28:]))
	if _, err := r.Discard(skip); err != nil {
		return nil, fmt.Errorf("zip coupé : %w", io.ErrUnexpectedEOF)
	}
	z := &zipStream{r: r, sum: crc32.NewIEEE(), want: binary.LittleEndian.Uint32(head[14:]), late: flags&8 != 0}
	switch {
	case flags&1 != 0:
		return nil, fmt.Errorf("zip chiffré (%w)", ErrFormat)
	case method == 8:
		z.data = flate.NewReader(r)
	default:
		return nil, fmt.Errorf("zip de méthode %d, il faut 8 (deflate) (%w)", method, ErrFormat)
	}
	return z, nil
}

func (z *zipStream) Read(p []byte) (int, error) {
	if z.err != nil {
		return 0, z.err
	}
	n, err := z.data.Read(p)
	z.sum.Write(p[:n])
	if err == io.EOF {
		err = z.check()
	}
	z.err = err
	return n, err
}

// check compares the sum of what was read with the one in the file.
func (z *zipStream) check() error {
	if z.late {
		b, err := z.r.Peek(8)
		if err != nil {
			return io.ErrUnexpectedEOF
		}
		if bytes.Equal(b[:4], zipDescriptor) {
			b = b[4:]
		}
		z.want = binary.LittleEndian.Uint32(b)
	}
	if z.want != z.sum.Sum32() {
		return zip.ErrChecksum
	}
	return io.EOF
}
