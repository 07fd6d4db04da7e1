package locale

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/fold"
)

// Number writes a whole number with its thousands apart: 1 457 905, with
// narrow no-break spaces, in French; 1,457,905 in English.
func (l *Language) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "−", digits[1:]
	}
	sep := narrow
	if l.code == "en" {
		sep = ","
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Decimal writes a number with at most places decimals, zeros at the end left
// out: 2,4 in French, 2.4 in English.
func (l *Language) Decimal(f float64, places int) string {
	text := strconv.FormatFloat(math.Abs(f), 'f', places, 64)
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return text // beyond any figure of the product
	}
	out := l.Number(n)
	if f < 0 && (n != 0 || part != "") {
		out = "−" + out
	}
	if part == "" {
		return out
	}
	if l.code == "en" {
		return out + "." + part
	}
	return out + "," + part
}

// Distance writes a distance given in metres as precisely as it is useful:
// moins de 50 m, 350 m, 2,4 km, 24 km.
func (l *Language) Distance(meters float64) string {
	switch {
	case meters < 50:
		return l.T("unit.near")
	case meters < 995:
		return l.T("unit.m", "n", int64(math.Round(meters/10))*10)
	case meters < 9950:
		return l.T("unit.km", "n", l.Decimal(meters/1000, 1))
	}
	return l.T("unit.km", "n", int64(math.Round(meters/1000)))
}

// months are the names of the months in each language.
var months = map[string][12]string{
	"fr": {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Day writes a civil day: 23 novembre 2026. The unknown day is empty.
func (l *Language) Day(d clock.Day) string {
	t := d.Time()
	if t.IsZero() {
		return ""
	}
	return l.day(t)
}

// Moment writes an instant, at Paris: 23 novembre 2026 à 14 h 30.
func (l *Language) Moment(t time.Time) string {
	t = t.In(clock.Paris)
	at := l.T("date.time", "hour", strconv.Itoa(t.Hour()), "minute", t.Format("04"))
	return l.T("date.moment", "day", l.day(t), "time", at)
}

func (l *Language) day(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = l.T("date.first")
	}
	return l.T("date.day", "day", day, "month", months[l.code][t.Month()-1], "year", strconv.Itoa(t.Year()))
}

// Compare orders two texts as a reader looks for them in a list: accents,
// case and signs do not count unless nothing else differs.
func Compare(a, b string) int {
	return cmp.Or(cmp.Compare(fold.Key(a), fold.Key(b)), cmp.Compare(a, b))
}
