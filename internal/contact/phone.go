package contact

import (
	"slices"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/sheet"
)

// parsePhones reads the telephone numbers of a cell. French ones, those of the
// overseas territories included, are returned in E.164; any other is returned
// as written and reported, and what has too few digits is only reported.
func parsePhones(s string) ([]string, []Problem) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	if digits, exact, ok := sheet.Powers(strings.TrimSpace(s)); ok {
		if !exact {
			return nil, []Problem{{Kind: KindLost, Value: s}}
		}
		s = digits
	}
	if e164, changed, ok := parsePhone(s); ok {
		if changed {
			return []string{e164}, repaired(s)
		}
		return []string{e164}, nil
	}
	var phones []string
	var problems []Problem
	for _, part := range splitPhones(s) {
		e164, changed, ok := parsePhone(part)
		switch {
		case !ok && countDigits(part) < 6:
			problems = append(problems, bad(part)...)
		case !ok:
			phones = appendNew(phones, part)
			problems = append(problems, bad(part)...)
		default:
			phones = appendNew(phones, e164)
			if changed {
				problems = append(problems, repaired(part)...)
			}
		}
	}
	if len(phones) == 0 && len(problems) == 0 {
		problems = bad(s)
	}
	return phones, problems
}

// splitPhones cuts a cell where one number ends and another begins.
func splitPhones(s string) []string {
	for _, word := range []string{" ou ", " et ", " puis ", " OU ", " ET ", " - ", " – ", "&", "|", ";", ",", "\n"} {
		s = strings.ReplaceAll(s, word, "/")
	}
	var parts []string
	for part := range strings.SplitSeq(s, "/") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if first, second, ok := twins(part); ok {
			parts = append(parts, first, second)
			continue
		}
		parts = append(parts, part)
	}
	return parts
}

// twins parts two numbers of ten digits written one after the other.
func twins(s string) (first, second string, ok bool) {
	n := 0
	for i, r := range s {
		if r < '0' || r > '9' {
			continue
		}
		if n == 10 {
			first, second = strings.TrimSpace(s[:i]), s[i:]
		}
		n++
	}
	if n != 20 {
		return "", "", false
	}
	_, _, one := parsePhone(first)
	_, _, two := parsePhone(second)
	return first, second, one && two
}

// parsePhone returns one number in E.164, and whether a lost zero was put back.
func parsePhone(s string) (e164 string, changed, ok bool) {
	d, ok := dialled(s)
	if !ok {
		return "", false, false
	}
	if rest, ok := strings.CutPrefix(d, "00"); ok {
		d = "+" + rest
	}
	if rest, ok := strings.CutPrefix(d, "+"); ok {
		e164, ok = international(rest)
		return e164, false, ok
	}
	switch {
	case len(d) == 10 && d[0] == '0':
		e164, ok = national(d[1:])
		return e164, false, ok
	case len(d) == 9 && d[0] != '0': // a spreadsheet has taken it for a number
		e164, ok = national(d)
		return e164, true, ok
	case len(d) == 11 || len(d) == 12: // 33612345678, a plus lost
		e164, ok = international(d)
		return e164, false, ok
	}
	return "", false, false
}

// dialled returns the digits of s, and the plus that begins them, once labels
// and separators are gone. It is false for what has any other letter or sign.
func dialled(s string) (string, bool) {
	s = strings.ReplaceAll(s, "(0)", "")
	for _, word := range fold.Words(s) {
		if isDigits(word) {
			continue
		}
		switch strings.TrimRight(word, "0123456789") {
		case "tel", "telephone", "port", "portable", "mobile", "mob", "fixe", "bureau", "standard", "phone", "gsm", "t", "p", "m", "f", "pro", "perso", "n", "no":
		default:
			return "", false
		}
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case r == '+':
			return "", false
		}
	}
	return b.String(), b.Len() >= 8
}

// international reads a number without its plus.
func international(d string) (string, bool) {
	if rest, ok := strings.CutPrefix(d, "33"); ok {
		rest = strings.TrimPrefix(rest, "0")
		if len(rest) != 9 {
			return "", false
		}
		return national(rest)
	}
	if len(d) < 4 {
		return "", false
	}
	code, rest := d[:3], d[3:]
	switch code {
	case "262", "590", "594", "596":
		rest = strings.TrimPrefix(rest, "0")
		return "+" + code + rest, len(rest) == 9 && rest[0] != '0'
	case "508":
		rest = strings.TrimPrefix(rest, "0")
		return "+" + code + rest, (len(rest) == 6 || len(rest) == 9) && rest[0] != '0'
	case "687":
		return "+" + code + rest, len(rest) == 6
	case "689":
		return "+" + code + rest, len(rest) == 6 || len(rest) == 8
	}
	return "", false
}

// national reads the nine digits that follow the zero. Those of a département
// overseas have a country code of their own (ARCEP, plan national de
// numérotation).
func national(d string) (string, bool) {
	if d[0] == '0' {
		return "", false
	}
	switch d[:3] {
	case "262", "263", "269", "639", "692", "693":
		return "+262" + d, true
	case "590", "690", "691":
		return "+590" + d, true
	case "594", "694":
		return "+594" + d, true
	case "596", "696", "697":
		return "+596" + d, true
	case "508":
		return "+508" + d[3:], true
	case "708":
		return "+508" + d, true
	}
	return "+33" + d, true
}

func countDigits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
