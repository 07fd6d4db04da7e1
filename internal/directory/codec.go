package directory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// The layout of an establishment's bytes, in order: version; flags; sector
// and family; the two sizes; SIRET; which texts and which of the other fields
// are there; those texts; those fields; claims; marks. Numbers are varints,
// a text is its length and its bytes, a day its number since 1970.
const codecVersion = 1

// The bits of the flags.
const (
	flagNatural = 1 << 4 // the two lower bits are the masking, the next two the precision
	flagHead    = 1 << 5
)

// errShort says that an establishment's bytes end too early.
var errShort = errors.New("its bytes are cut")

// The parts of an establishment that are numbers on disk, by their place in a
// list that only grows.
var (
	codecPrecisions  = []Precision{Nowhere, AtAddress, AtCommune}
	codecCertainties = []Certainty{Registered, Recorded, Presumed, Flagged, Listed, LegalForm}
	codecSources     = []string{sourceOther, sourceAPRM, sourceNAF, sourceLegalForm, sourceRNE, sourceFlag}
	codecSizes       = append([]string{""}, trade.Sizes()...)
	codecSectors     = append([]trade.Sector{""}, trade.Sectors...)
	codecFamilies    = append([]trade.Family{""}, trade.Families...)
)

// sourceOther stands for a source that is written out.
const sourceOther = ""

// texts returns the texts of e in the order of the layout.
func (e *Establishment) texts() [16]*string {
	return [16]*string{
		&e.Name, &e.Sign, &e.Acronym, &e.NAFA, &e.NAF, &e.NAF25, &e.Trade, &e.LegalForm, &e.RNA,
		&e.Street, &e.Complement, &e.Postcode, &e.Commune, &e.FormerCommune, &e.Territory, &e.Department,
	}
}

// The bits after those of the texts.
const (
	hasCreated = 1 << (16 + iota)
	hasPoint
	hasSuccessor
	hasAliases
	hasMarks
)

// AppendBinary appends the bytes that decodeEstablishment reads to b.
func (e *Establishment) AppendBinary(b []byte) []byte {
	flags := byte(e.Mask)&3 | byte(codeOf(codecPrecisions, e.Precision))<<2
	if e.Natural {
		flags |= flagNatural
	}
	if e.Head {
		flags |= flagHead
	}
	b = append(b, codecVersion, flags, byte(codeOf(codecSectors, e.Sector))<<4|byte(codeOf(codecFamilies, e.Family)),
		byte(codeOf(codecSizes, e.Size)), byte(codeOf(codecSizes, e.UnitSize)))
	b = binary.AppendUvarint(b, uint64(e.SIRET))
	texts := e.texts()
	has := presence(texts[:], e.Created != "", e.Precision != Nowhere, e.Successor != 0, len(e.Aliases) > 0, len(e.Marks) > 0)
	b = binary.AppendUvarint(b, has)
	for _, t := range texts {
		if *t != "" {
			b = appendText(b, *t)
		}
	}
	if has&hasCreated != 0 {
		b = binary.AppendVarint(b, dayNumber(e.Created))
	}
	if has&hasPoint != 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(e.Point.Lat*1e6))))
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(e.Point.Lon*1e6))))
	}
	if has&hasSuccessor != 0 {
		b = binary.AppendUvarint(b, uint64(e.Successor))
	}
	if has&hasAliases != 0 {
		b = binary.AppendUvarint(b, uint64(len(e.Aliases)))
		for _, a := range e.Aliases {
			b = appendText(b, a)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(e.Claims)))
	for _, c := range e.Claims {
		source := codeOf(codecSources, c.Source)
		b = append(b, byte(source)<<4|byte(codeOf(codecCertainties, c.Certainty)))
		if source == 0 {
			b = appendText(b, c.Source)
		}
		b = binary.AppendVarint(b, dayNumber(c.AsOf))
	}
	if has&hasMarks != 0 {
		b = binary.AppendUvarint(b, uint64(len(e.Marks)))
		for _, m := range e.Marks {
			b = appendText(b, m.Label)
			b = appendText(b, m.Kind)
			b = binary.AppendVarint(b, dayNumber(m.AsOf))
		}
	}
	return b
}

// decodeEstablishment reads what AppendBinary wrote. It keeps nothing of b.
func decodeEstablishment(b []byte) (Establishment, error) {
	d := decoder{s: string(b)}
	if v := d.byte(); v != codecVersion {
		return Establishment{}, fmt.Errorf("read an establishment: its layout is %d, this program reads %d", v, codecVersion)
	}
	var e Establishment
	flags, kinds := d.byte(), d.byte()
	e.Mask, e.Natural, e.Head = Masking(flags&3), flags&flagNatural != 0, flags&flagHead != 0
	e.Precision = valueOf(&d, codecPrecisions, flags>>2&3)
	e.Sector, e.Family = valueOf(&d, codecSectors, kinds>>4), valueOf(&d, codecFamilies, kinds&15)
	e.Size, e.UnitSize = valueOf(&d, codecSizes, d.byte()), valueOf(&d, codecSizes, d.byte())
	e.SIRET = register.SIRET(d.uvarint())
	has := d.uvarint()
	for i, t := range e.texts() {
		if has&(1<<i) != 0 {
			*t = d.text()
		}
	}
	if has&hasCreated != 0 {
		e.Created = numberedDay(d.varint())
	}
	if has&hasPoint != 0 {
		e.Point = geo.Point{Lat: d.degrees(), Lon: d.degrees()}
	}
	if has&hasSuccessor != 0 {
		e.Successor = register.SIRET(d.uvarint())
	}
	if has&hasAliases != 0 {
		for range d.count() {
			e.Aliases = append(e.Aliases, d.text())
		}
	}
	if n := d.count(); n > 0 {
		e.Claims = make([]Claim, n)
	}
	for i := range e.Claims {
		k := d.byte()
		c := Claim{Certainty: valueOf(&d, codecCertainties, k&15), Source: valueOf(&d, codecSources, k>>4)}
		c.World = c.Certainty.World()
		if c.Source == sourceOther {
			c.Source = d.text()
		}
		c.AsOf = numberedDay(d.varint())
		e.Claims[i] = c
	}
	if has&hasMarks != 0 {
		for range d.count() {
			e.Marks = append(e.Marks, Mark{Label: d.text(), Kind: d.text(), AsOf: numberedDay(d.varint())})
		}
	}
	if d.err == nil && d.s != "" {
		d.err = fmt.Errorf("%d bytes too many", len(d.s))
	}
	if d.err != nil {
		return Establishment{}, fmt.Errorf("read an establishment: %w", d.err)
	}
	return e, nil
}

// presence tells in bits which texts are not empty, then which of the other
// things are there.
func presence(texts []*string, there ...bool) uint64 {
	has := uint64(0)
	for i, t := range texts {
		if *t != "" {
			has |= 1 << i
		}
	}
	for i, t := range there {
		if t {
			has |= 1 << (len(texts) + i)
		}
	}
	return has
}

// codeOf returns the place of v in all, 0 where it is not there.
func codeOf[T comparable](all []T, v T) int { return max(0, slices.Index(all, v)) }

func valueOf[T any](d *decoder, all []T, code byte) (v T) {
	if int(code) >= len(all) {
		d.fail(fmt.Errorf("code %d is unknown", code))
		return v
	}
	return all[code]
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// unknownDay stands for the empty day.
const unknownDay = math.MinInt32

// dayNumber returns the number of days from 1970 to d.
func dayNumber(d clock.Day) int64 {
	t := d.Time()
	if t.IsZero() {
		return unknownDay
	}
	return int64(math.Floor(float64(t.Unix()) / 86400))
}

// numberedDay returns the day of a number.
func numberedDay(n int64) clock.Day {
	if n < -719162 || n > 2932896 { // before the year 1, after 9999
		return ""
	}
	return clock.Day(time.Unix(n*86400, 0).UTC().Format(time.DateOnly))
}

// A decoder takes values off the front of s. After its first error it gives
// zeros.
type decoder struct {
	s   string
	err error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
	d.s = ""
}

func (d *decoder) byte() byte {
	if d.s == "" {
		d.fail(errShort)
		return 0
	}
	c := d.s[0]
	d.s = d.s[1:]
	return c
}

func (d *decoder) uvarint() uint64 {
	var n uint64
	for shift := 0; shift < 64; shift += 7 {
		c := d.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return n
		}
	}
	d.fail(errors.New("a number is too long"))
	return 0
}

func (d *decoder) varint() int64 {
	n := d.uvarint()
	return int64(n>>1) ^ -int64(n&1)
}

// count reads how many things follow, each of at least one byte.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.s)) {
		d.fail(errShort)
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.count()
	t := d.s[:n]
	d.s = d.s[n:]
	return t
}

func (d *decoder) degrees() float64 {
	if len(d.s) < 4 {
		d.fail(errShort)
		return 0
	}
	n := uint32(d.s[0]) | uint32(d.s[1])<<8 | uint32(d.s[2])<<16 | uint32(d.s[3])<<24
	d.s = d.s[4:]
	return float64(int32(n)) / 1e6
}
