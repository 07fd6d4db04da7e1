package clock

import "time"

// Holiday returns the name of the public holiday in France that a day is, and
// whether it is one: the eleven of article L3133-1 of the Code du travail. Those
// of Alsace-Moselle and of the overseas departments come on top and are not
// here.
func Holiday(d Day) (name string, is bool) {
	t := d.Time()
	if t.IsZero() {
		return "", false
	}
	for _, h := range []struct {
		month time.Month
		day   int
		name  string
	}{
		{time.January, 1, "new_year"},
		{time.May, 1, "labour"},
		{time.May, 8, "victory"},
		{time.July, 14, "bastille"},
		{time.August, 15, "assumption"},
		{time.November, 1, "all_saints"},
		{time.November, 11, "armistice"},
		{time.December, 25, "christmas"},
	} {
		if t.Month() == h.month && t.Day() == h.day {
			return h.name, true
		}
	}
	switch easter := Easter(t.Year()); t {
	case easter.AddDate(0, 0, 1):
		return "easter_monday", true
	case easter.AddDate(0, 0, 39):
		return "ascension", true
	case easter.AddDate(0, 0, 50):
		return "whit_monday", true
	}
	return "", false
}

// Easter returns Easter Sunday of a year of the Gregorian calendar, midnight
// UTC (Meeus, Astronomical Algorithms, chapter 8, after Butcher).
func Easter(year int) time.Time {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (b - (b+8)/25 + 1) / 3
	h := (19*a + b - d - g + 15) % 30
	l := (32 + 2*e + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return time.Date(year, time.Month(n/31), n%31+1, 0, 0, 0, 0, time.UTC)
}
