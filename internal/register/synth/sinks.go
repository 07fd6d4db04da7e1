package synth

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"math"
	"os"

	"github.com/klauspost/compress/flate"

	"passerelle/internal/clock"
)

// A textSink writes a file as it is, and keeps the first lines of a list.
type textSink struct {
	file *os.File
	head []byte
}

func newTextSink(f *os.File, file int) (*textSink, error) {
	_, err := f.Write(header(file))
	return &textSink{file: f}, err
}

func (s *textSink) write(x *part, file int) error {
	if file == listFiles+siaeList && len(s.head) < 4096 {
		s.head = append(s.head, x.text[file]...)
	}
	_, err := s.file.Write(x.text[file])
	return err
}

func (s *textSink) close() error { return nil }

// A zipSink writes the one CSV file of a zip. Workers compress each part on
// its own; joined, they are one stream.
type zipSink struct {
	archive *zip.Writer
	entry   io.Writer
	header  *zip.FileHeader
	sum     uint32
	size    uint64
	packed  uint64
}

func newZipSink(f *os.File, name string, file int, asOf clock.Day) (*zipSink, error) {
	s := &zipSink{archive: zip.NewWriter(f)}
	s.header = &zip.FileHeader{Name: name, Method: zip.Deflate, Flags: 8, Modified: asOf.Time()}
	var err error
	if s.entry, err = s.archive.CreateRaw(s.header); err != nil {
		return nil, err
	}
	var packed bytes.Buffer
	text := header(file)
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := squeeze(w, text); err != nil {
		return nil, err
	}
	return s, s.add(text, packed.Bytes())
}

func (s *zipSink) write(x *part, file int) error { return s.add(x.text[file], x.packed[file].Bytes()) }

func (s *zipSink) add(text, packed []byte) error {
	s.sum = crc32.Update(s.sum, crc32.IEEETable, text)
	s.size += uint64(len(text))
	s.packed += uint64(len(packed))
	_, err := s.entry.Write(packed)
	return err
}

// close ends the stream with an empty last block (RFC 1951, 3.2.4) and writes
// the directory.
func (s *zipSink) close() error {
	end := []byte{1, 0, 0, 0xff, 0xff}
	if err := s.add(nil, end); err != nil {
		return err
	}
	h := s.header
	h.CRC32, h.UncompressedSize64, h.CompressedSize64 = s.sum, s.size, s.packed
	//lint:ignore SA1019 archive/zip writes these two as they are where a raw file has no late sizes
	h.UncompressedSize, h.CompressedSize = uint32(min(s.size, math.MaxUint32)), uint32(min(s.packed, math.MaxUint32))
	return s.archive.Close()
}

// pack compresses a part of a file to a whole number of bytes, without an
// end.
func (m *maker) pack(into *bytes.Buffer, text []byte) error {
	into.Reset()
	if m.deflate == nil {
		w, err := flate.NewWriter(into, flate.BestSpeed)
		if err != nil {
			return err
		}
		m.deflate = w
	} else {
		m.deflate.Reset(into)
	}
	return squeeze(m.deflate, text)
}

func squeeze(w *flate.Writer, text []byte) error {
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Flush()
}

// faults adds to the list of insertion structures what such lists have: three
// identifiers with a digit mistyped or lost, and six lines that are there
// twice, some under another kind; and to ESS France's, units that the stock
// does not know. It returns the number of lines added.
func (out *outputs) faults(file int) (int64, error) {
	s, ok := out.list[file].sink.(*textSink)
	if !ok {
		return 0, nil
	}
	switch file {
	case listFiles + siaeList:
		var text []byte
		n := int64(0)
		for i, line := range bytes.SplitAfterN(s.head, []byte("\n"), 10) {
			if len(line) < 16 || i >= 9 {
				break
			}
			n++
			line = bytes.Clone(line)
			switch {
			case i < 6:
				if kind := line[15:17]; i >= 3 && string(kind) == "EI" {
					copy(kind, "EA")
				}
			case i == 6: // a wrong key
				line[13] = '0' + (line[13]-'0'+1)%10
			case i == 7: // two digits in the other's place
				line[4] = '0' + (line[4]-'0'+3)%10
			default: // one lost
				line = line[1:]
			}
			text = append(text, line...)
		}
		_, err := s.file.Write(text)
		return n, err
	case listFiles + essList: // prefixes below oldFrom, which no unit has
		var text []byte
		for n := uint64(1234); n < 1239; n++ {
			text = appendNumber(text, int(n*10+luhn(n)), 9)
			text = append(text, ",ASSOCIATION INCONNUE AU REPERTOIRE,ASSOCIATION\n"...)
		}
		_, err := s.file.Write(text)
		return 5, err
	}
	return 0, nil
}
