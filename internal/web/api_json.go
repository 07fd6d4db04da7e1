package web

import (
	"math"
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
		b = appendNumber(b, math.Round(a.result.WidenedTo)/1000)
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"as_of":`...)
	b = appendString(b, string(a.result.AsOf))
	f := facetsOf(&a.result, a.places)
	b = append(b, `,"facets":{"world":`...)
	b = appendCounts(b, f.World)
	b = append(b, `,"sector":`...)
	b = appendCounts(b, f.Sector)
	b = append(b, `,"family":`...)
	b = appendCounts(b, f.Family)
	b = append(b, `,"territory":`...)
	b = appendCounts(b, f.Territory)
	b = append(b, `},"results":[`...)
	for i := range a.result.Hits {
		if i > 0 {
			b = append(b, ',')
		}
		b = a.appendHit(b, &a.result.Hits[i])
	}
	return append(b, "]}"...)
}

func (a *listAnswer) appendHit(b []byte, h *directory.Hit) []byte {
	r := listRecordOf(h, a.places, a.trades)
	b = append(b, `{"siret":"`...)
	b = append(b, r.SIRET...)
	b = append(b, `","siren":"`...)
	b = append(b, r.SIREN...)
	b = append(b, `","name":`...)
	b = appendText(b, r.Name)
	b = append(b, `,"sign":`...)
	b = appendText(b, r.Sign)
	b = append(b, `,"masked":`...)
	b = strconv.AppendBool(b, r.Masked)
	b = append(b, `,"worlds":[`...)
	for i := range r.Worlds {
		w := &r.Worlds[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"world":`...)
		b = appendString(b, w.World)
		b = append(b, `,"certainty":`...)
		b = appendString(b, w.Certainty)
		b = append(b, `,"source":`...)
		b = appendString(b, w.Source)
		b = append(b, `,"as_of":`...)
		b = appendString(b, string(w.AsOf))
		b = append(b, '}')
	}
	b = append(b, `],"trade":`...)
	if r.Trade == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, `{"code":`...)
		b = appendString(b, r.Trade.Code)
		b = append(b, `,"label":`...)
		b = appendString(b, r.Trade.Label)
		b = append(b, `,"sector":`...)
		b = append(appendText(b, r.Trade.Sector), '}')
	}
	b = append(b, `,"naf":`...)
	b = appendText(b, r.NAF)
	b = append(b, `,"family":`...)
	b = appendText(b, r.Family)
	b = append(b, `,"labels":[`...)
	for i, l := range r.Labels {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, l)
	}
	b = append(b, `],"size":`...)
	b = appendText(b, r.Size)
	b = append(b, `,"commune":`...)
	if r.Commune == nil {
		b = append(b, "null"...)
	} else {
		b = append(b, `{"code":`...)
		b = appendString(b, r.Commune.Code)
		b = append(b, `,"name":`...)
		b = append(appendString(b, r.Commune.Name), '}')
	}
	b = append(b, `,"territory":`...)
	b = appendText(b, r.Territory)
	b = append(b, `,"lat":`...)
	b = appendMaybe(b, r.Lat)
	b = append(b, `,"lon":`...)
	b = appendMaybe(b, r.Lon)
	b = append(b, `,"position":`...)
	b = appendText(b, r.Position)
	b = append(b, `,"distance_km":`...)
	return append(appendMaybe(b, r.Distance), '}')
}

// appendCounts writes counts in the order of their names, as encoding/json
// does.
func appendCounts(b []byte, counts map[string]int) []byte {
	var names [64]string
	list := names[:0]
	for name := range counts {
		list = append(list, name)
	}
	for i := range list { // a handful of names: by insertion
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	b = append(b, '{')
	for i, name := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, name), ':')
		b = strconv.AppendInt(b, int64(counts[name]), 10)
	}
	return append(b, '}')
}

func appendText(b []byte, s *string) []byte {
	if s == nil {
		return append(b, "null"...)
	}
	return appendString(b, *s)
}

func appendMaybe(b []byte, f *float64) []byte {
	if f == nil {
		return append(b, "null"...)
	}
	return appendNumber(b, *f)
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
