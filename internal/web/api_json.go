package web

import (
	"strconv"
	"unicode/utf8"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// The list of establishments is the answer asked for most: it writes its JSON
// itself, several times faster than encoding/json, and a test holds the two
// equal.

func (a *listAnswer) appendJSON(b []byte) []byte {
	b = append(b, `{"total":`...)
	b = strconv.AppendInt(b, int64(a.result.Total), 10)
	b = append(b, `,"page":`...)
	b = strconv.AppendInt(b, int64(a.query.Page), 10)
	b = append(b, `,"per_page":`...)
	b = strconv.AppendInt(b, int64(a.query.PerPage), 10)
	b = append(b, `,"widened_to_km":`...)
	if a.result.WidenedTo > 0 {
		b = appendNumber(b, inKm(a.result.WidenedTo))
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"as_of":`...)
	b = appendString(b, string(a.result.AsOf))
	b = append(b, `,"facets":{"world":`...)
	b = appendFacet(b, worlds(), a.result.Facets[directory.ByWorld])
	b = append(b, `,"sector":`...)
	b = appendFacet(b, trade.Sectors, a.result.Facets[directory.BySector])
	b = append(b, `,"family":`...)
	b = appendFacet(b, trade.Families, a.result.Facets[directory.ByFamily])
	b = append(b, `,"territory":`...)
	var room [32]string
	slugs := room[:0]
	for _, t := range a.places.Territories() {
		slugs = append(slugs, t.Slug)
	}
	b = appendFacet(b, slugs, a.result.Facets[directory.ByTerritory])
	b = append(b, `},"results":[`...)
	for i := range a.result.Hits {
		if i > 0 {
			b = append(b, ',')
		}
		f := factsOf(&a.result.Hits[i], a.places, a.trades)
		b = f.appendJSON(b)
	}
	return append(b, "]}"...)
}

func (f *facts) appendJSON(b []byte) []byte {
	e := f.e
	b = append(b, `{"siret":"`...)
	b = appendDigits(b, uint64(e.SIRET), 14)
	b = append(b, `","siren":"`...)
	b = appendDigits(b, uint64(e.SIREN()), 9)
	b = append(b, `","name":`...)
	b = appendText(b, f.name)
	b = append(b, `,"sign":`...)
	b = appendText(b, f.sign)
	b = append(b, `,"masked":`...)
	b = strconv.AppendBool(b, f.masked)
	b = append(b, `,"worlds":[`...)
	b = appendWorlds(b, e)
	b = append(b, `],"trade":`...)
	if f.hasTrade {
		b = append(b, `{"code":`...)
		b = appendString(b, f.code)
		b = append(b, `,"label":`...)
		b = appendString(b, f.label)
		b = append(b, `,"sector":`...)
		b = append(appendText(b, string(e.Sector)), '}')
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"naf":`...)
	b = appendText(b, e.NAF)
	b = append(b, `,"family":`...)
	b = appendText(b, string(e.Family))
	b = append(b, `,"labels":[`...)
	b = appendLabels(b, e)
	b = append(b, `],"size":`...)
	b = appendText(b, e.Size)
	b = append(b, `,"commune":`...)
	if f.commune.Code != "" {
		b = append(b, `{"code":`...)
		b = appendString(b, f.commune.Code)
		b = append(b, `,"name":`...)
		b = append(appendString(b, f.commune.Name), '}')
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"territory":`...)
	b = appendText(b, e.Territory)
	if f.placed {
		b = append(b, `,"lat":`...)
		b = appendNumber(b, round6(e.Point.Lat))
		b = append(b, `,"lon":`...)
		b = appendNumber(b, round6(e.Point.Lon))
		b = append(b, `,"position":`...)
		b = appendText(b, string(e.Precision))
	} else {
		b = append(b, `,"lat":null,"lon":null,"position":null`...)
	}
	b = append(b, `,"distance_km":`...)
	if f.distance >= 0 {
		b = appendNumber(b, inKm(f.distance))
	} else {
		b = append(b, "null"...)
	}
	return append(b, '}')
}

// appendWorlds writes the surest claim to each world, as worldsOf has them.
func appendWorlds(b []byte, e *directory.Establishment) []byte {
	first, n := "", 0
	for i := range e.Claims {
		c := &e.Claims[i]
		if n > 1 || n > 0 && c.World == first {
			continue
		}
		if n++; n > 1 {
			b = append(b, ',')
		}
		first = c.World
		b = append(b, `{"world":`...)
		b = appendString(b, c.World)
		b = append(b, `,"certainty":`...)
		b = appendString(b, string(c.Certainty))
		b = append(b, `,"source":`...)
		b = appendString(b, c.Source)
		b = append(b, `,"as_of":`...)
		b = appendString(b, string(c.AsOf))
		b = append(b, '}')
	}
	return b
}

// appendLabels writes the slugs of labels, each once, as labelsOf has them.
func appendLabels(b []byte, e *directory.Establishment) []byte {
next:
	for i := range e.Marks {
		for j := range i {
			if e.Marks[j].Label == e.Marks[i].Label {
				continue next
			}
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, e.Marks[i].Label)
	}
	return b
}

// appendFacet writes the counts of a vocabulary in the order of its words, as
// encoding/json does.
func appendFacet[S ~string](b []byte, vocabulary []S, counts []directory.Count) []byte {
	var room [32]S
	words := append(room[:0], vocabulary...)
	for i := range words { // a handful: by insertion
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	b = append(b, '{')
	for i, word := range words {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, string(word)), ':')
		n := 0
		for k := range counts {
			if counts[k].Value == string(word) {
				n = counts[k].N
			}
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, '}')
}

// appendDigits writes n with as many digits as width.
func appendDigits(b []byte, n uint64, width int) []byte {
	var digits [20]byte
	i := len(digits)
	for ; n > 0 || len(digits)-i < width; n /= 10 {
		i--
		digits[i] = byte('0' + n%10)
	}
	return append(b, digits[i:]...)
}

// appendText writes null for what is empty.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

// appendNumber writes a number that is neither tiny nor huge.
func appendNumber(b []byte, f float64) []byte { return strconv.AppendFloat(b, f, 'f', -1, 64) }

const hexDigits = "0123456789abcdef"

// appendString writes a string as encoding/json does: what HTML or a script
// could take for its own is escaped.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
				i++
				continue
			}
			b = append(b, s[start:i]...)
			switch c {
			case '"', '\\':
				b = append(b, '\\', c)
			case '\n':
				b = append(b, '\\', 'n')
			case '\r':
				b = append(b, '\\', 'r')
			case '\t':
				b = append(b, '\\', 't')
			case '\b':
				b = append(b, '\\', 'b')
			case '\f':
				b = append(b, '\\', 'f')
			default:
				b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(append(b, s[start:i]...), `\ufffd`...)
		case r == '\u2028' || r == '\u2029':
			b = append(append(b, s[start:i]...), '\\', 'u', '2', '0', '2', hexDigits[r&15])
		default:
			i += size
			continue
		}
		i += size
		start = i
	}
	return append(append(b, s[start:]...), '"')
}

// AppendList appends the answer to a question as the API gives it.
func AppendList(b []byte, q query.Query, r *directory.Result, places *place.Atlas, trades *trade.Table) []byte {
	a := listAnswer{query: q, result: *r, places: places, trades: trades}
	return append(a.appendJSON(b), '\n')
}
