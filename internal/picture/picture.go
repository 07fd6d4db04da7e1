// Package picture reads the pictures people send and makes them fit to show:
// upright, in two sizes, without anything but what is seen.
//
// It reads JPEG, PNG and WebP, and writes JPEG. What a camera adds (place,
// time, device, colour profile) is left behind, because only the points are
// carried over. It keeps nothing and knows nobody.
//
// Its one difficulty is memory: a small file may hold a picture of a hundred
// million points. How much decoding takes is reckoned from the header, before
// anything is decoded; what would take too much is refused, and large ones are
// decoded one after another, line by line into their two small ones.
package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // read by image.Decode
	"sync"

	_ "golang.org/x/image/webp" // read by image.Decode
)

// Bounds of what is read.
const (
	MostBytes  = 12 << 20  // of a file
	MostMemory = 200 << 20 // that decoding may take: 50 million points of a usual JPEG
	MostSide   = 20000     // points
	LeastSide  = 200       // points: smaller, it is an icon
)

// What is made of a picture.
const (
	Wide    = 1600 // points of the longer side
	Narrow  = 480
	quality = 82
)

// alone is how much memory decoding takes that is done one at a time.
const alone = 16 << 20

// Refusals, each of which has its words for the reader.
var (
	ErrKind  = errors.New("not a JPEG, PNG or WebP picture")
	ErrHEIC  = errors.New("a HEIC picture")
	ErrBig   = errors.New("too many bytes or points")
	ErrSmall = errors.New("too few points")
	ErrWhole = errors.New("a picture that ends before its end")
)

// A Shot is a picture in one size.
type Shot struct {
	JPEG          []byte
	Width, Height int
}

// A Picture is what is kept of what somebody sent.
type Picture struct{ Wide, Narrow Shot }

// A Reader reads pictures. The zero Reader is ready.
type Reader struct {
	once sync.Once
	turn chan struct{}
}

// Read makes a picture of the bytes of a file. It returns one of the errors of
// this package for bytes that are none.
func (r *Reader) Read(ctx context.Context, b []byte) (*Picture, error) {
	need, err := weigh(b)
	if err != nil {
		return nil, err
	}
	if need > alone {
		r.once.Do(func() { r.turn = make(chan struct{}, 1) })
		select {
		case r.turn <- struct{}{}:
			defer func() { <-r.turn }()
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	src, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWhole, err)
	}
	way := orientation(b)
	wide := way.turn(reduce(src, Wide))
	p := &Picture{}
	if p.Wide, err = shot(wide); err != nil {
		return nil, err
	}
	p.Narrow, err = shot(reduce(wide, Narrow))
	return p, err
}

// weigh returns the bytes of memory that decoding a file takes, or why it is
// refused. It reads the header only.
func weigh(b []byte) (int64, error) {
	if len(b) > MostBytes {
		return 0, ErrBig
	}
	if isHEIC(b) {
		return 0, ErrHEIC
	}
	c, kind, err := image.DecodeConfig(bytes.NewReader(b))
	if err != nil || kind != "jpeg" && kind != "png" && kind != "webp" { // others may be registered elsewhere
		return 0, ErrKind
	}
	if c.Width > MostSide || c.Height > MostSide {
		return 0, ErrBig
	}
	if c.Width < LeastSide || c.Height < LeastSide {
		return 0, ErrSmall
	}
	each := int64(4) // bytes a point
	switch {
	case kind == "jpeg" && progressive(b):
		each = 15 // three coefficients of four bytes, and the points
	case c.ColorModel == color.RGBA64Model || c.ColorModel == color.NRGBA64Model:
		each = 8
	}
	need := each * int64(c.Width) * int64(c.Height)
	if need > MostMemory {
		return 0, ErrBig
	}
	return need, nil
}

func shot(m image.Image) (Shot, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		return Shot{}, fmt.Errorf("write the picture: %w", err)
	}
	return Shot{JPEG: b.Bytes(), Width: m.Bounds().Dx(), Height: m.Bounds().Dy()}, nil
}
