package picture

import (
	"bytes"
	"encoding/binary"
	"image"
)

// isHEIC reports whether a file is what iPhones keep when nobody asks for
// JPEG: an ISO container of a brand of that family.
func isHEIC(b []byte) bool {
	if len(b) < 12 || string(b[4:8]) != "ftyp" {
		return false
	}
	switch string(b[8:12]) {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis":
		return true
	}
	return false
}

// segments calls f with the marker and the content of each segment of a JPEG
// before its points, until f returns false.
func segments(b []byte, f func(marker byte, content []byte) bool) {
	for i := 2; i+4 <= len(b) && b[i] == 0xFF; {
		marker := b[i+1]
		if marker == 0xFF { // filling
			i++
			continue
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if marker == 0xDA || n < 2 || i+2+n > len(b) || !f(marker, b[i+4:i+2+n]) {
			return
		}
		i += 2 + n
	}
}

// progressive reports whether a JPEG comes in passes, which are all held at
// once.
func progressive(b []byte) (yes bool) {
	segments(b, func(marker byte, _ []byte) bool {
		yes = yes || marker == 0xC2
		return !yes
	})
	return yes
}

// A way is how a camera was held: the Orientation of Exif 2.32, 1 to 8.
type way uint16

const upright way = 1

// orientation returns how the camera was held, upright when the file does not
// say.
func orientation(b []byte) way {
	found := upright
	switch {
	case bytes.HasPrefix(b, []byte{0xFF, 0xD8}):
		segments(b, func(marker byte, content []byte) bool {
			if rest, ok := bytes.CutPrefix(content, []byte("Exif\x00\x00")); marker == 0xE1 && ok {
				found = wayOf(rest)
				return false
			}
			return true
		})
	case len(b) > 12 && string(b[:4]) == "RIFF":
		for i := 12; i+8 <= len(b); {
			n := int(binary.LittleEndian.Uint32(b[i+4:]))
			if n < 0 || n > len(b)-i-8 {
				break
			}
			if content := b[i+8 : i+8+n]; string(b[i:i+4]) == "EXIF" {
				return wayOf(bytes.TrimPrefix(content, []byte("Exif\x00\x00")))
			}
			i += 8 + n + n&1
		}
	}
	return found
}

// wayOf reads the tag 0x0112 of the first directory of a TIFF.
func wayOf(b []byte) way {
	if len(b) < 8 {
		return upright
	}
	var o binary.ByteOrder = binary.BigEndian
	if string(b[:2]) == "II" {
		o = binary.LittleEndian
	}
	at := int64(o.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return upright
	}
	entries := b[at+2:]
	for range o.Uint16(b[at:]) {
		if len(entries) < 12 {
			break
		}
		if v := way(o.Uint16(entries[8:])); o.Uint16(entries) == 0x0112 && v >= 1 && v <= 8 {
			return v
		}
		entries = entries[12:]
	}
	return upright
}

// turn returns a picture taken that way, upright.
func (o way) turn(m *image.RGBA) *image.RGBA {
	if o <= upright {
		return m
	}
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			tx, ty := o.place(x, y, w, h)
			copy(out.Pix[out.PixOffset(tx, ty):][:4], m.Pix[m.PixOffset(x, y):][:4])
		}
	}
	return out
}

// place returns where the point (x, y) of a picture of w × h points goes.
func (o way) place(x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}
