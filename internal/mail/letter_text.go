package mail

import (
	"strings"
	"unicode/utf8"
)

// textWidth is where lines of the text part are broken.
const textWidth = 72

// text is the part that any program can show, and some people prefer. A link
// stands on a line of its own, whole, so that programs find its end.
func (l *Letter) text() string {
	var b strings.Builder
	put := func(parts ...string) { b.WriteString(strings.Join(parts, "\n") + "\n") }
	put(wrap(l.Title, "", ""), "")
	for _, block := range l.Blocks {
		switch v := block.(type) {
		case Para:
			put(wrap(string(v), "", ""))
		case Button:
			put(wrap(colon(l.Language, v.Label), "", ""), v.URL)
		case Quote:
			put(wrap(string(v), "> ", "> "))
		case Code:
			put("    " + oneLine(string(v)))
		case Facts:
			for _, f := range v {
				put(wrap(colon(l.Language, f.Label)+" "+f.Value, "", "  "))
			}
		case List:
			for i, item := range v {
				if i > 0 && item.More+item.Link.URL != "" {
					put("")
				}
				put(wrap(item.Text, "- ", "  "))
				if item.More != "" {
					put(wrap(item.More, "  ", "  "))
				}
				if item.Link.URL != "" {
					put("  " + item.Link.URL)
				}
			}
		}
		put("")
	}
	put("-- ", oneLine(l.House))
	for _, s := range []string{l.Why, l.Answers} {
		if s != "" {
			put(wrap(s, "", ""))
		}
	}
	for _, link := range l.Links {
		put("", wrap(colon(l.Language, link.Label), "", ""), link.URL)
	}
	return b.String()
}

// oneLine returns a text on one line.
func oneLine(s string) string { return strings.Join(strings.Fields(visible(s)), " ") }

// colon adds a colon as the language writes it.
func colon(language, s string) string {
	if language == "fr" {
		return s + "\u00a0:"
	}
	return s + ":"
}

// wrap breaks a text into lines, the first begun otherwise than the rest. A
// word too long for a line stays whole, and a space that does not break holds.
func wrap(s, first, rest string) string {
	var lines []string
	for part := range strings.SplitSeq(visible(s), "\n") {
		line, n, empty := first, utf8.RuneCountInString(first), true
		for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == ' ' || r == '\t' }) {
			w := utf8.RuneCountInString(word)
			if !empty && n+1+w > textWidth {
				lines = append(lines, line)
				line, n, empty = rest, utf8.RuneCountInString(rest), true
			}
			if !empty {
				line, n = line+" ", n+1
			}
			line, n, empty = line+word, n+w, false
		}
		lines = append(lines, strings.TrimRight(line, " "))
		first = rest
	}
	return strings.Join(lines, "\n")
}
