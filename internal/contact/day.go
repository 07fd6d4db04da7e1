package contact

import (
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/sheet"
)

// The serial numbers of the days of 1990 to 2100, by which a number in a column
// of dates is known for one.
const (
	firstSerial = 32874
	lastSerial  = 73415
)

// parseDay reads a day as people and spreadsheets write it, the day before the
// month. Of a month alone the first day is taken, and said.
func parseDay(s string) (clock.Day, []Problem) {
	if s == "" {
		return "", nil
	}
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= firstSerial && n < lastSerial {
		if t, err := excelize.ExcelDateToTime(n, false); err == nil {
			return clock.Day(t.Format(time.DateOnly)), nil
		}
	}
	words := dayWords(s)
	switch len(words) {
	case 3:
		if isYear(words[0]) { // 2026-03-01
			words[0], words[2] = words[2], words[0]
		}
		if day, ok := civil(words[0], words[1], words[2]); ok {
			return day, nil
		}
		if day, ok := civil(words[1], words[0], words[2]); ok { // 3/25/2026, March 25 2026
			return day, repaired(s)
		}
	case 2:
		if isYear(words[0]) { // 2026-03
			words[0], words[1] = words[1], words[0]
		}
		if day, ok := civil("1", words[0], words[1]); ok {
			return day, repaired(s)
		}
	}
	return "", bad(s)
}

func isYear(word string) bool { return len(word) == 4 && isDigits(word) }

// dayWords returns the words of a date that count: no weekday, no hour.
func dayWords(s string) []string {
	s, _, _ = strings.Cut(s, "T0")
	s, _, _ = strings.Cut(s, "T1")
	s, _, _ = strings.Cut(s, "T2")
	if at := strings.IndexAny(s, ":hH"); at > 0 && s[at-1] >= '0' && s[at-1] <= '9' {
		s = strings.TrimRight(s[:at], "0123456789")
	}
	var words []string
	for _, w := range fold.Words(s) {
		switch w {
		case "le", "a", "depuis", "en", "de", "du", "d",
			"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lun", "mer", "jeu", "ven", "sam", "dim":
			continue
		case "1er", "1ere", "premier":
			w = "1"
		}
		words = append(words, w)
	}
	// mar. is Tuesday before a day and March after one.
	if len(words) == 4 && words[0] == "mar" {
		words = words[1:]
	}
	return words
}

// civil makes a day of three words.
func civil(day, month, year string) (clock.Day, bool) {
	d, err := strconv.Atoi(day)
	if err != nil || len(day) > 2 {
		return "", false
	}
	y, err := strconv.Atoi(year)
	if err != nil || y < 0 || len(year) != 2 && len(year) != 4 {
		return "", false
	}
	switch {
	case len(year) == 2 && y < 70:
		y += 2000
	case len(year) == 2:
		y += 1900
	case y < 1970 || y > 2100:
		return "", false
	}
	m := sheet.Month(month)
	if n, err := strconv.Atoi(month); err == nil && len(month) <= 2 {
		m = n
	}
	if m < 1 || m > 12 || d < 1 {
		return "", false
	}
	t := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if t.Day() != d {
		return "", false // 31 June
	}
	return clock.Day(t.Format(time.DateOnly)), true
}
