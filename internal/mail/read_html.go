package mail

import (
	"strings"

	"golang.org/x/net/html"
)

// unseen are elements whose words nobody sees.
var unseen = map[string]bool{"head": true, "title": true, "style": true, "script": true, "template": true, "noscript": true, "iframe": true, "svg": true}

// breaking are elements that begin a line.
var breaking = map[string]bool{
	"p": true, "div": true, "br": true, "tr": true, "li": true, "ul": true, "ol": true, "table": true, "blockquote": true, "hr": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "pre": true, "section": true, "article": true,
}

// maxQuotes is how deep quotes are followed.
const maxQuotes = 20

// textOf returns the words of an HTML mail, a line for each block, with > before
// what it quotes.
func textOf(s string) string {
	w := &lines{}
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(maxText)
	hiddenIn, depth := "", 0 // the element that hides, and how many of its name are open
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return w.String()
		}
		if kind == html.TextToken {
			if hiddenIn == "" {
				w.words(string(z.Text()))
			}
			continue
		}
		raw, _ := z.TagName()
		name := string(raw)
		switch {
		case hiddenIn != "":
			if name == hiddenIn && kind == html.StartTagToken {
				depth++
			}
			if name == hiddenIn && kind == html.EndTagToken {
				if depth--; depth == 0 {
					hiddenIn = ""
				}
			}
		case name == "body":
			hiddenIn = ""
		case unseen[name] && kind == html.StartTagToken:
			hiddenIn, depth = name, 1
		case breaking[name]:
			w.end(name == "p" || name == "br" && w.line == "")
			if name == "blockquote" {
				w.quote(kind)
			}
		}
	}
}

// lines gathers the lines of a text.
type lines struct {
	done   strings.Builder
	line   string
	parts  strings.Builder
	quotes int
	empty  int // empty lines since the last with words
}

// words adds words to the line, with one space where there was any.
func (w *lines) words(s string) {
	s = html.UnescapeString(s)
	lead := s != strings.TrimLeft(s, " \t\r\n")
	trail := s != strings.TrimRight(s, " \t\r\n")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\r' }), " ")
	if lead && w.parts.Len() > 0 {
		w.parts.WriteByte(' ')
	}
	w.parts.WriteString(s)
	if trail && s != "" {
		w.parts.WriteByte(' ')
	}
	w.line = w.parts.String()
}

// end ends a line; an empty one is kept, once, where the text has one.
func (w *lines) end(gap bool) {
	line := strings.TrimSpace(strings.ReplaceAll(w.line, "  ", " "))
	w.parts.Reset()
	w.line = ""
	if line == "" {
		if gap && w.empty == 0 && w.done.Len() > 0 {
			w.empty++
			w.done.WriteByte('\n')
		}
		return
	}
	w.empty = 0
	w.done.WriteString(strings.Repeat("> ", w.quotes) + line + "\n")
}

func (w *lines) quote(kind html.TokenType) {
	if kind == html.StartTagToken {
		w.quotes = min(w.quotes+1, maxQuotes)
	}
	if kind == html.EndTagToken {
		w.quotes = max(w.quotes-1, 0)
	}
}

// String returns the text.
func (w *lines) String() string {
	w.end(false)
	return strings.TrimSpace(w.done.String())
}
