// Package locale holds the words of the screen, in French first and in
// English, and writes numbers, distances and dates as each language does.
//
// The words are in fr.json and en.json, nested by page or subject; a key is
// the path to a message, its names joined by dots. A message may hold
// arguments in braces, {name}, and a message whose fields are all plural
// categories ("one", "other", …) is chosen by the argument n. The folder
// check finds keys that one language lacks or that nobody shows.
//
// It does not negotiate languages (an address says its own) and it escapes
// nothing: templates do. Its one difficulty is that a wrong key must never be
// an error in front of a reader: T then returns the key between brackets, and
// the tests refuse it before.
package locale

import (
	"embed"
	"fmt"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Codes lists the languages, the house's own first.
func Codes() []string { return []string{"fr", "en"} }

//go:embed fr.json en.json
var files embed.FS

// Catalogues are the words of every language.
type Catalogues struct {
	languages map[string]*Language
}

// A Language is the words of one language and its manners.
type Language struct {
	code     string
	tag      language.Tag
	messages map[string]message
}

// A message is a text, or a text for each plural category.
type message struct {
	text  string
	forms map[string]string // nil for a message without plural
}

// Load reads the catalogues of the program.
func Load() (*Catalogues, error) {
	c := &Catalogues{languages: make(map[string]*Language)}
	for _, code := range Codes() {
		data, err := files.ReadFile(code + ".json")
		if err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", code, err)
		}
		messages, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("read catalogue %s: %w", code, err)
		}
		if code == "fr" {
			for k, m := range messages {
				messages[k] = m.typeset()
			}
		}
		c.languages[code] = &Language{code: code, tag: language.MustParse(code), messages: messages}
	}
	return c, nil
}

// For returns the language of code, and French for a code that is not one of
// Codes.
func (c *Catalogues) For(code string) *Language {
	if l, ok := c.languages[code]; ok {
		return l
	}
	return c.languages[Codes()[0]]
}

// Code returns the language's code, as an address and an HTML lang attribute
// write it.
func (l *Language) Code() string { return l.code }

// Has reports whether the language has a message of that key.
func (l *Language) Has(key string) bool {
	_, ok := l.messages[key]
	return ok
}

// Keys returns the keys of the language and, of each, the names of its
// arguments, sorted.
func (l *Language) Keys() map[string][]string {
	keys := make(map[string][]string, len(l.messages))
	for k, m := range l.messages {
		keys[k] = m.arguments()
	}
	return keys
}

// T returns the message of key. The arguments are pairs of a name and a
// value: T("list.found", "n", 12). Whole numbers are written as the language
// writes them, and n chooses the plural.
func (l *Language) T(key string, args ...any) string {
	m, ok := l.messages[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	text := m.text
	if m.forms != nil {
		text = m.forms[l.category(m, args)]
	}
	if !strings.Contains(text, "{") {
		return text
	}
	return l.fill(text, args)
}

// category returns the plural category of the argument n. The category zero,
// where a message has it, is for no thing at all in every language.
func (l *Language) category(m message, args []any) string {
	n, ok := integer(argument(args, "n"))
	if !ok {
		return "other"
	}
	if n < 0 {
		n = -n
	}
	if _, has := m.forms["zero"]; has && n == 0 {
		return "zero"
	}
	name := "other"
	switch plural.Cardinal.MatchPlural(l.tag, int(n%10_000_000), 0, 0, 0, 0) {
	case plural.One:
		name = "one"
	case plural.Two:
		name = "two"
	case plural.Few:
		name = "few"
	case plural.Many:
		name = "many"
	}
	if _, has := m.forms[name]; !has {
		return "other"
	}
	return name
}

// fill replaces {name} by the value of that name; a name without a value
// stays, so that it is seen.
func (l *Language) fill(text string, args []any) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String()
		}
		b.WriteString(l.show(name, argument(args, name)))
		text = after
	}
}

func (l *Language) show(name string, value any) string {
	if value == nil {
		return "{" + name + "}"
	}
	if n, ok := integer(value); ok {
		return l.Number(n)
	}
	switch v := value.(type) {
	case string:
		return v
	case float64:
		return l.Decimal(v, 1)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(value)
}

// argument returns the value named name, nil when there is none.
func argument(args []any, name string) any {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return args[i+1]
		}
	}
	return nil
}

func integer(v any) (int64, bool) {
	switch n := v.(type) {
	case int:
		return int64(n), true
	case int64:
		return n, true
	case int32:
		return int64(n), true
	case uint32:
		return int64(n), true
	case uint64:
		return int64(n), true
	case uint16:
		return int64(n), true
	case uint8:
		return int64(n), true
	}
	return 0, false
}
