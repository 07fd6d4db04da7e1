package locale

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strings"
)

// categories are the plural categories of the CLDR.
var categories = []string{"zero", "one", "two", "few", "many", "other"}

// parse reads a catalogue. Unlike encoding/json alone, it refuses a name
// written twice in one object: the first message would silently be lost.
func parse(data []byte) (map[string]message, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	if tok != json.Delim('{') {
		return nil, fmt.Errorf("want an object, have %v", tok)
	}
	messages := make(map[string]message)
	if err := parseObject(d, "", messages); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("text after the end of the catalogue")
	}
	return messages, nil
}

// parseObject reads the fields of an object whose opening brace has been
// read, and its closing brace, into messages.
func parseObject(d *json.Decoder, path string, messages map[string]message) error {
	seen := make(map[string]bool)
	texts := make(map[string]string)
	for d.More() {
		tok, err := d.Token()
		if err != nil {
			return err
		}
		name := tok.(string)
		key := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			return fmt.Errorf("%s is written twice", key)
		}
		seen[name] = true
		if tok, err = d.Token(); err != nil {
			return err
		}
		switch v := tok.(type) {
		case string:
			texts[name] = v
		case json.Delim:
			if v != '{' {
				return fmt.Errorf("%s: want a text or an object, have a list", key)
			}
			if err := parseObject(d, key, messages); err != nil {
				return err
			}
		default:
			return fmt.Errorf("%s: want a text or an object, have %v", key, tok)
		}
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return err
	}
	if path != "" && len(texts) == len(seen) && isPlural(texts) {
		return put(messages, path, message{forms: texts})
	}
	for name, text := range texts {
		if err := put(messages, strings.TrimPrefix(path+"."+name, "."), message{text: text}); err != nil {
			return err
		}
	}
	return nil
}

// isPlural reports whether the fields of an object are plural categories.
func isPlural(fields map[string]string) bool {
	_, one := fields["one"]
	_, other := fields["other"]
	if !one || !other {
		return false
	}
	for name := range fields {
		if !slices.Contains(categories, name) {
			return false
		}
	}
	return true
}

// put adds a message; flat and nested keys may meet.
func put(messages map[string]message, key string, m message) error {
	if _, twice := messages[key]; twice {
		return fmt.Errorf("%s is written twice", key)
	}
	messages[key] = m
	return nil
}

// argumentName matches an argument of a message.
var argumentName = regexp.MustCompile(`\{([a-z_A-Z0-9]+)\}`)

// arguments returns the names of a message's arguments, sorted.
func (m message) arguments() []string {
	var names []string
	for _, text := range m.all() {
		for _, a := range argumentName.FindAllStringSubmatch(text, -1) {
			names = append(names, a[1])
		}
	}
	if m.forms != nil {
		names = append(names, "n")
	}
	sort.Strings(names)
	return slices.Compact(names)
}

func (m message) all() []string {
	if m.forms == nil {
		return []string{m.text}
	}
	var texts []string
	for _, t := range m.forms {
		texts = append(texts, t)
	}
	return texts
}

// typeset returns the message with the spaces and apostrophes of French.
func (m message) typeset() message {
	if m.forms == nil {
		return message{text: typeset(m.text)}
	}
	forms := make(map[string]string, len(m.forms))
	for k, t := range m.forms {
		forms[k] = typeset(t)
	}
	return message{forms: forms}
}

const narrow = "\u202f" // narrow no-break space

var (
	beforeSign = regexp.MustCompile(`[ \x{a0}]([;:!?»%€])`)
	afterQuote = regexp.MustCompile(`«[ \x{a0}\x{202f}]?`)
	closeQuote = regexp.MustCompile(`([^\s\x{202f}])»`)
	unitAfter  = regexp.MustCompile(`([0-9}]) (km|m|m²|h|min|Ko|Mo|Go)\b`)
	apostrophe = regexp.MustCompile(`(\pL)'(\pL|\{)`)
)

// typeset puts no-break spaces where French wants them, so that no line
// begins with a sign, and the typographer's apostrophe.
func typeset(s string) string {
	s = beforeSign.ReplaceAllString(s, narrow+"$1")
	s = afterQuote.ReplaceAllString(s, "«"+narrow)
	s = closeQuote.ReplaceAllString(s, "$1"+narrow+"»")
	s = unitAfter.ReplaceAllString(s, "$1"+narrow+"$2")
	return apostrophe.ReplaceAllString(s, "$1’$2")
}
