package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"sync"
	"testing"
	"time"
)

// quarters is a picture whose four quarters are red, green, blue and grey.
func quarters(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for i, c := range []color.RGBA{{200, 0, 0, 255}, {0, 200, 0, 255}, {0, 0, 200, 255}, {128, 128, 128, 255}} {
		x, y := i%2*w/2, i/2*h/2
		draw.Draw(m, image.Rect(x, y, x+w/2, y+h/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	return m
}

func asJPEG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// held returns a JPEG that says how the camera was held, and where it was.
func held(b []byte, o uint16, order binary.AppendByteOrder) []byte {
	tiff := []byte("MM\x00\x2a")
	if order.String() == "LittleEndian" {
		tiff = []byte("II\x2a\x00")
	}
	tiff = order.AppendUint32(tiff, 8)
	tiff = order.AppendUint16(tiff, 1)
	tiff = order.AppendUint16(tiff, 0x0112)
	tiff = order.AppendUint16(tiff, 3)
	tiff = order.AppendUint32(tiff, 1)
	tiff = order.AppendUint16(tiff, o)
	tiff = append(tiff, 0, 0, 0, 0, 0, 0)
	tiff = append(tiff, "GPS of the workshop"...)
	content := append([]byte("Exif\x00\x00"), tiff...)
	out := append([]byte{0xFF, 0xD8, 0xFF, 0xE1}, binary.BigEndian.AppendUint16(nil, uint16(len(content)+2))...)
	return append(append(out, content...), b[2:]...)
}

// A phone's picture of 12 million points becomes two sizes, without anything
// that the camera added.
func TestReadPhonePicture(t *testing.T) {
	b := held(asJPEG(t, quarters(4032, 3024)), 6, binary.BigEndian)
	p, err := new(Reader).Read(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		got  Shot
		w, h int
	}{"wide": {p.Wide, 1200, 1600}, "narrow": {p.Narrow, 360, 480}} {
		m, err := jpeg.Decode(bytes.NewReader(c.got.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		if c.got.Width != c.w || c.got.Height != c.h || m.Bounds().Dx() != c.w || m.Bounds().Dy() != c.h {
			t.Errorf("%s: %d × %d, the file %v, want %d × %d", name, c.got.Width, c.got.Height, m.Bounds(), c.w, c.h)
		}
		for _, word := range []string{"Exif", "GPS", "ICC_PROFILE"} {
			if bytes.Contains(c.got.JPEG, []byte(word)) {
				t.Errorf("%s still holds %q", name, word)
			}
		}
	}
}

// The red quarter is where the camera's owner saw it, however it was held.
func TestOrientation(t *testing.T) {
	plain := asJPEG(t, quarters(400, 240))
	// Where the first quarter as stored, which is red, is seen: column, row.
	seen := map[uint16][2]int{0: {0, 0}, 1: {0, 0}, 2: {1, 0}, 3: {1, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 1}, 8: {0, 1}, 9: {0, 0}}
	for o, want := range seen {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			p, err := new(Reader).Read(t.Context(), held(plain, o, order))
			if err != nil {
				t.Fatal(err)
			}
			m, err := jpeg.Decode(bytes.NewReader(p.Wide.JPEG))
			if err != nil {
				t.Fatal(err)
			}
			if tall := m.Bounds().Dy() > m.Bounds().Dx(); tall != (o >= 5 && o <= 8) {
				t.Errorf("held %d: %v", o, m.Bounds())
			}
			r, g, _, _ := m.At(m.Bounds().Dx()*(1+2*want[0])/4, m.Bounds().Dy()*(1+2*want[1])/4).RGBA()
			if r>>8 < 180 || g>>8 > 30 {
				t.Errorf("held %d (%s): red is not in the quarter %v", o, order, want)
			}
		}
	}
}

// Transparent is shown on white.
func TestTransparent(t *testing.T) {
	p, err := new(Reader).Read(t.Context(), asPNG(t, image.NewNRGBA(image.Rect(0, 0, 300, 300))))
	if err != nil {
		t.Fatal(err)
	}
	m, err := jpeg.Decode(bytes.NewReader(p.Wide.JPEG))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, _, _ := m.At(150, 150).RGBA(); r>>8 < 250 {
		t.Errorf("transparent became %v", m.At(150, 150))
	}
}

// A reduced picture has the mean of what it was made of, whatever the sizes.
func TestReduceKeepsTheMean(t *testing.T) {
	for _, size := range [][2]int{{480, 200}, {481, 479}, {777, 333}, {961, 960}, {1919, 1080}, {200, 2001}} {
		m := image.NewRGBA(image.Rect(0, 0, size[0], size[1]))
		var want float64
		for y := range size[1] {
			for x := range size[0] {
				v := uint8((x*7 + y*13) % 256)
				m.SetRGBA(x, y, color.RGBA{v, v, v, 255})
				want += float64(v)
			}
		}
		want /= float64(size[0] * size[1])
		out := reduce(m, Narrow)
		var got float64
		for i := 0; i < len(out.Pix); i += 4 {
			got += float64(out.Pix[i])
		}
		got /= float64(len(out.Pix) / 4)
		if out.Rect.Dx() > Narrow || out.Rect.Dy() > Narrow || got < want-1 || got > want+1 {
			t.Errorf("%v: %v, mean %.2f, want %.2f", size, out.Rect, got, want)
		}
	}
}

// A file that promises a hundred million points is refused before it is
// decoded, and so is what is no picture.
func TestRefusals(t *testing.T) {
	whole := asJPEG(t, quarters(600, 600))
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":       {nil, ErrKind},
		"words":         {[]byte("Bonjour, voici ma vitrine"), ErrKind},
		"a GIF":         {[]byte("GIF89a\x90\x01\x90\x01\x00\x00\x00;"), ErrKind},
		"an SVG":        {[]byte(`<svg xmlns="http://www.w3.org/2000/svg" width="900" height="900"/>`), ErrKind},
		"HEIC":          {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), ErrHEIC},
		"cut short":     {whole[:len(whole)/2], ErrWhole},
		"an icon":       {asPNG(t, quarters(64, 64)), ErrSmall},
		"too many":      {make([]byte, MostBytes+1), ErrBig},
		"a bomb":        {bomb(20000, 20000), ErrBig},
		"a long strip":  {bomb(30000, 300), ErrBig},
		"cut in header": {whole[:30], ErrKind},
	} {
		if _, err := new(Reader).Read(t.Context(), c.b); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// bomb is the head of a PNG of so many points.
func bomb(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	head = append(head, 8, 6, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
}

// Large pictures wait for one another, and who gives up does not.
func TestOneAtATime(t *testing.T) {
	r := new(Reader)
	b := asJPEG(t, quarters(2400, 1800))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := r.Read(t.Context(), b); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	r.turn <- struct{}{} // somebody decodes
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	if _, err := r.Read(ctx, b); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting: %v", err)
	}
	if _, err := r.Read(t.Context(), asJPEG(t, quarters(400, 300))); err != nil {
		t.Errorf("a small one waits: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(asJPEG(f, quarters(220, 210)))
	f.Add(held(asJPEG(f, quarters(220, 210)), 8, binary.LittleEndian))
	f.Add(asPNG(f, quarters(220, 210)))
	f.Add([]byte("RIFF\x24\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x08\x00\x00\x00\xff\x00\x00\xff\x00\x00EXIF\x04\x00\x00\x00II\x2a\x00"))
	f.Add(bomb(300, 300))
	r := new(Reader)
	f.Fuzz(func(t *testing.T, b []byte) {
		orientation(b)
		progressive(b)
		if need, err := weigh(b); err == nil && need > 400<<10 {
			t.Skip("too slow to be worth it")
		}
		p, err := r.Read(t.Context(), b)
		if err != nil {
			for _, known := range []error{ErrKind, ErrHEIC, ErrBig, ErrSmall, ErrWhole} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("an error without words: %v", err)
		}
		for _, s := range []Shot{p.Wide, p.Narrow} {
			c, err := jpeg.DecodeConfig(bytes.NewReader(s.JPEG))
			if err != nil || c.Width != s.Width || c.Height != s.Height || max(s.Width, s.Height) > Wide {
				t.Fatalf("made %d × %d, which reads %v, %v", s.Width, s.Height, c, err)
			}
		}
	})
}
