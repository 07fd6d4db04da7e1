package directory

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"passerelle/internal/clock"
	"passerelle/internal/geo"
	"passerelle/internal/register"
)

// Facts are what the stock of Sirene says of an open establishment and its
// legal unit: all that the rules need, as INSEE writes it, so that the
// establishment can be made anew when a list, a territory or a rule changes.
// They are kept in the data folder and shown to nobody.
type Facts struct {
	SIRET       register.SIRET
	Partial     bool // the establishment or its unit is of partial diffusion
	Natural     bool // the unit is a natural person
	Head        bool
	ESS         bool // the unit's flag
	Created     clock.Day
	Point       geo.Point // zero when none is given
	UnitCreated clock.Day

	FirstName, BirthName, UsageName string
	Denomination, Acronym           string
	Usual1, Usual2, Usual3          string // of the unit
	Sign1, Sign2, Sign3, UsualName  string // of the establishment
	RNA, LegalForm, UnitSize, Size  string
	APRM, NAF, NAF25                string // NAF is of rév. 2
	Number, Repetition, StreetType  string
	Street, Complement, Postcode    string
	Commune                         string // as the register writes it
}

// texts returns the texts of f in the order in which they are kept.
func (f *Facts) texts() [26]*string {
	return [26]*string{
		&f.FirstName, &f.BirthName, &f.UsageName, &f.Denomination, &f.Acronym, &f.Usual1, &f.Usual2, &f.Usual3,
		&f.Sign1, &f.Sign2, &f.Sign3, &f.UsualName, &f.RNA, &f.LegalForm, &f.UnitSize, &f.Size, &f.APRM, &f.NAF, &f.NAF25,
		&f.Number, &f.Repetition, &f.StreetType, &f.Street, &f.Complement, &f.Postcode, &f.Commune,
	}
}

// The bits of what facts hold, after those of the texts.
const (
	factPartial = 1 << (26 + iota)
	factNatural
	factHead
	factESS
	factCreated
	factPoint
	factUnitCreated
)

// hidden stands in the stock for a value that is not diffused.
const hidden = "[ND]"

// fill takes the facts of a record; its strings are those of the record.
func (f *Facts) fill(r *register.Record) {
	u := r.Unit
	*f = Facts{
		SIRET: r.SIRET, Partial: r.Partial || u.Partial, Natural: u.NaturalPerson(), Head: r.Head, ESS: u.ESS,
		Created: r.Created, UnitCreated: u.Created,
		FirstName: u.FirstName, BirthName: u.BirthName, UsageName: u.UsageName, Denomination: u.Denomination, Acronym: u.Acronym,
		Usual1: u.UsualNames[0], Usual2: u.UsualNames[1], Usual3: u.UsualNames[2],
		Sign1: r.Signs[0], Sign2: r.Signs[1], Sign3: r.Signs[2], UsualName: r.UsualName,
		RNA: u.RNA, LegalForm: u.LegalForm, UnitSize: u.Size, Size: r.Size, APRM: r.APRM,
		Number: r.Number, Repetition: r.Repetition, StreetType: r.StreetType, Street: r.Street,
		Complement: r.Complement, Postcode: r.Postcode, Commune: r.Commune,
	}
	f.NAF, f.NAF25 = activities(r)
	for _, t := range f.texts() {
		if *t == hidden {
			*t = ""
		}
	}
	f.Point = position(r)
}

// activities returns the codes of an establishment in the two nomenclatures.
// Until 2026 NAF 2025 has columns of its own; from 2027 on it stands in those
// of NAF rév. 2, and nomenclatureActivitePrincipale tells which it is.
func activities(r *register.Record) (naf, naf25 string) {
	naf, naf25 = r.NAF, r.NAF25
	switch r.NAFVersion {
	case "NAFRev2", "":
	case "NAF2025", "NAF25", "NAFRev3":
		naf, naf25 = "", r.NAF
	default:
		naf = "" // NAFRev1, NAF1993, NAP: closed long ago
	}
	return known(naf), known(naf25)
}

// known is the code of an activity, empty for the code that stands for none.
func known(code string) string {
	if code == "00.00Z" || code == hidden || len(code) != 6 || code[2] != '.' {
		return ""
	}
	return code
}

// appendBinary appends the bytes that decodeFacts reads to b.
func (f *Facts) appendBinary(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(f.SIRET))
	texts := f.texts()
	has := presence(texts[:], f.Partial, f.Natural, f.Head, f.ESS, f.Created != "", f.Point != geo.Point{}, f.UnitCreated != "")
	b = binary.AppendUvarint(b, has)
	for _, t := range texts {
		if *t != "" {
			b = appendText(b, *t)
		}
	}
	if has&factCreated != 0 {
		b = binary.AppendVarint(b, dayNumber(f.Created))
	}
	if has&factPoint != 0 {
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(f.Point.Lat*1e6))))
		b = binary.LittleEndian.AppendUint32(b, uint32(int32(math.Round(f.Point.Lon*1e6))))
	}
	if has&factUnitCreated != 0 {
		b = binary.AppendVarint(b, dayNumber(f.UnitCreated))
	}
	return b
}

// decodeFacts reads what appendBinary wrote. It keeps nothing of b.
func decodeFacts(b []byte) (Facts, error) {
	d := decoder{s: string(b)}
	f := Facts{SIRET: register.SIRET(d.uvarint())}
	has := d.uvarint()
	for i, t := range f.texts() {
		if has&(1<<i) != 0 {
			*t = d.text()
		}
	}
	f.Partial, f.Natural, f.Head, f.ESS = has&factPartial != 0, has&factNatural != 0, has&factHead != 0, has&factESS != 0
	if has&factCreated != 0 {
		f.Created = numberedDay(d.varint())
	}
	if has&factPoint != 0 {
		f.Point = geo.Point{Lat: d.degrees(), Lon: d.degrees()}
	}
	if has&factUnitCreated != 0 {
		f.UnitCreated = numberedDay(d.varint())
	}
	if d.err == nil && d.s != "" {
		d.err = errors.New("bytes are left over")
	}
	if d.err != nil {
		return Facts{}, fmt.Errorf("read the facts of an establishment: %w", d.err)
	}
	return f, nil
}
