package directory

import (
	"math"
	"runtime"
	"strings"
	"unsafe"

	"passerelle/internal/directory/index"
	"passerelle/internal/register"
)

// A Ground is what is served at one moment, for a subject that walks over it
// in a way of its own. Masked natural persons are nowhere on it, and what is
// hidden is covered.
type Ground struct {
	Layers  []index.Layer // the register first
	Version string        // as Directory.Version
	served  *served
}

// Ground returns what is served now; ErrNoSnapshot when nothing is.
func (d *Directory) Ground() (*Ground, error) {
	version := d.Version() // read first: what follows is as new, or newer
	v := d.served.Load()
	if v == nil {
		return nil, ErrNoSnapshot
	}
	return &Ground{Layers: v.live.Layers(), Version: version, served: v}, nil
}

// Keep says that the files of the ground were read until now.
func (g *Ground) Keep() { runtime.KeepAlive(g.served) }

// Establishment returns an establishment of a layer.
func (g *Ground) Establishment(l index.Layer, doc uint32) (Establishment, error) {
	e, err := decodeEstablishment(l.Peek(doc))
	runtime.KeepAlive(g.served)
	return e, err
}

// Find returns the layer and the document of an establishment that can be
// found.
func (g *Ground) Find(s register.SIRET) (index.Layer, uint32, bool) {
	for i := len(g.Layers) - 1; i >= 0; i-- {
		if d := g.Layers[i].Doc(uint64(s)); d >= 0 && !g.Layers[i].Covered(uint32(d)) {
			return g.Layers[i], uint32(d), true
		}
	}
	return index.Layer{}, 0, false
}

// AppendTraits appends to b what tells the trade, the family, the form, the
// size and the labels of an establishment, given as it is stored: two with
// the same traits differ in name, place and date only. It reads a fifth of
// what decoding the establishment would.
func AppendTraits(b, stored []byte) ([]byte, error) {
	d := decoder{s: unsafe.String(unsafe.SliceData(stored), len(stored))} // nothing of it is kept
	if d.byte() != codecVersion {
		_, err := decodeEstablishment(stored)
		return b, err
	}
	d.byte()
	b = append(b, d.byte(), d.byte(), d.byte()) // sector and family, sizes
	d.uvarint()
	has := d.uvarint()
	for i := range 16 {
		if has&(1<<i) == 0 {
			if traitTexts&(1<<i) != 0 {
				b = append(b, 0)
			}
			continue
		}
		t := d.text()
		if traitTexts&(1<<i) != 0 {
			b = append(append(b, byte(len(t))), t...)
		}
	}
	if has&hasCreated != 0 {
		d.varint()
	}
	if has&hasPoint != 0 {
		d.degrees()
		d.degrees()
	}
	if has&hasSuccessor != 0 {
		d.uvarint()
	}
	if has&hasAliases != 0 {
		for range d.count() {
			d.text()
		}
	}
	for range d.count() {
		k := d.byte()
		if k>>4 == 0 {
			d.text()
		}
		d.varint()
		b = append(b, k&15)
	}
	b = append(b, math.MaxUint8)
	if has&hasMarks != 0 {
		for range d.count() {
			t := d.text()
			d.text()
			d.varint()
			b = append(append(b, byte(len(t))), t...)
		}
	}
	return b, d.err
}

// NamesOf returns the name and the sign of an establishment given as it is
// stored, at a tenth of the cost of decoding it.
func NamesOf(stored []byte) (name, sign string, err error) {
	d := decoder{s: unsafe.String(unsafe.SliceData(stored), len(stored))}
	if d.byte() != codecVersion {
		_, err := decodeEstablishment(stored)
		return "", "", err
	}
	for range 4 {
		d.byte()
	}
	d.uvarint()
	has := d.uvarint()
	for i, t := range []*string{&name, &sign} {
		if has&(1<<i) != 0 {
			*t = strings.Clone(d.text())
		}
	}
	return name, sign, d.err
}

// traitTexts are the texts of an establishment that are traits: NAFA, NAF, the
// trade and the legal form, by their place in the layout.
const traitTexts = 1<<3 | 1<<4 | 1<<6 | 1<<7
