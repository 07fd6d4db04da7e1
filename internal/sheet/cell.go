package sheet

import (
	"strconv"
	"strings"

	"passerelle/internal/fold"
)

// lost reports whether a number was shown so short that its digits are gone:
// 1,23457E+13, but not 3,3612345678E+10.
func lost(s string) bool {
	_, exact, ok := Powers(s)
	return ok && !exact
}

// Powers returns the digits of a whole number written as 3,3612345678E+10 and
// whether all were there.
func Powers(s string) (digits string, exact, ok bool) {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E")
	n, err := strconv.ParseUint(strings.TrimPrefix(exponent, "+"), 10, 8)
	if !ok || err != nil || n == 0 || n > 20 {
		return "", false, false
	}
	whole, fraction, _ := strings.Cut(strings.Replace(mantissa, ",", ".", 1), ".")
	if len(whole) != 1 || !isDigits(whole+fraction) || len(fraction) > int(n) {
		return "", false, false
	}
	return whole + fraction + strings.Repeat("0", int(n)-len(fraction)), len(fraction) == int(n), true
}

// Month returns the month that a word names in French or English, from 1, or
// 0.
func Month(word string) int {
	switch fold.Key(word) {
	case "janvier", "janv", "jan", "january":
		return 1
	case "fevrier", "fevr", "fev", "feb", "february":
		return 2
	case "mars", "mar", "march":
		return 3
	case "avril", "avr", "apr", "april":
		return 4
	case "mai", "may":
		return 5
	case "juin", "jun", "june":
		return 6
	case "juillet", "juil", "jul", "july":
		return 7
	case "aout", "aou", "aug", "august":
		return 8
	case "septembre", "sept", "sep", "september":
		return 9
	case "octobre", "oct", "october":
		return 10
	case "novembre", "nov", "november":
		return 11
	case "decembre", "dec", "december":
		return 12
	}
	return 0
}
