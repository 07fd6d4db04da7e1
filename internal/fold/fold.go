// Package fold reduces French text to the form in which it is compared.
//
// Two spellings that a reader takes for the same word fold to the same bytes:
// case, accents and ligatures (œ, æ) are removed, and every sign that is
// neither a letter nor a digit parts words, so that "L'Œuvre-d'Or" and
// "l oeuvre d or" are equal. Folding is for comparing and sorting, never for
// showing. No SQL engine folds œ and æ, so it is done here and the folded key
// is stored beside the text.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words returns the folded words of s in order: lower-case ASCII letters and
// digits where French is concerned, other scripts in lower case. It returns
// nil when s holds no letter and no digit.
func Words(s string) []string {
	return strings.Fields(Key(s))
}

// Key returns the folded words of s joined by single spaces. It is the sort
// and equality key of human text.
func Key(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	gap := false // a separator is due before the next letter
	add := func(c byte) {
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteByte(c)
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			j := i + 1
			for j < len(s) && s[j] >= utf8.RuneSelf {
				j++
			}
			gap = foldRunes(&b, s[i:j], gap)
			i = j
			continue
		}
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			add(c)
		case 'A' <= c && c <= 'Z':
			add(c + 'a' - 'A')
		default:
			gap = true
		}
		i++
	}
	return b.String()
}

// foldRunes folds a run of non-ASCII bytes and reports whether a separator is
// due after it.
func foldRunes(b *strings.Builder, s string, gap bool) bool {
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(s, " ")) {
		var out string
		switch r = unicode.ToLower(r); r {
		case 'œ':
			out = "oe"
		case 'æ':
			out = "ae"
		case 'ß':
			out = "ss"
		case 'ø':
			out = "o"
		case 'ł':
			out = "l"
		case 'đ':
			out = "d"
		default:
			if unicode.Is(unicode.Mn, r) {
				continue
			}
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				gap = true
				continue
			}
			out = string(r)
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteString(out)
	}
	return gap
}

// Slug returns the folded words of s joined by hyphens, for addresses.
func Slug(s string) string {
	return strings.ReplaceAll(Key(s), " ", "-")
}
