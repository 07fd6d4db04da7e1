package web

import (
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/locale"
)

// A toldPage says all that is known of somebody, in words: what the JSON file
// has, made of the same values, so that neither knows more than the other.
type toldPage struct {
	frame
	Crumbs []crumb
	Parts  []toldPart
	None   []string // parts of which there is nothing
}

// A toldPart is what is known of one subject.
type toldPart struct {
	ID, Title string
	Items     [][]toldLine
	Short     bool // each item fits a line or two
}

// A toldLine is a value and what it is.
type toldLine struct{ Label, Text string }

// told shows all that is known of who asks, to read and to print.
func (s *site) told(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	all, err := s.taken(r, who)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &toldPage{frame: s.frame(r, "/mon-espace", l.T("taken.title"))}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("own.title"), Path: "/mon-espace/donnees"}, {Name: l.T("taken.title")}}
	p.Path, p.NoIndex = "/mon-espace/donnees/lire", true
	t := teller{site: s, words: l}
	p.Parts, p.None = t.parts(all)
	return s.show(w, http.StatusOK, "account/told", p)
}

// A teller puts values into words.
type teller struct {
	site  *site
	words *locale.Language
}

// parts makes one of what is said of the person themselves, and one of each
// list; none names those that are empty.
func (t teller) parts(all *takenPerson) (parts []toldPart, none []string) {
	own := toldPart{ID: "moi", Title: t.words.T("own.known")}
	var lines []toldLine
	v := reflect.ValueOf(all).Elem()
	for i := range v.NumField() {
		name, value := fieldName(v.Type().Field(i)), v.Field(i)
		for value.Kind() == reflect.Interface && !value.IsNil() {
			value = value.Elem()
		}
		if value.Kind() != reflect.Slice && (value.Kind() != reflect.Struct || value.Type() == reflect.TypeFor[time.Time]()) {
			lines = append(lines, t.lines(name, value)...)
			continue
		}
		part := toldPart{ID: name, Title: t.words.T("taken.of." + name)}
		switch {
		case value.Kind() == reflect.Struct:
			part.Items = append(part.Items, t.fields(value))
		case elementKind(value) == reflect.Struct:
			for j := range value.Len() {
				part.Items = append(part.Items, t.fields(value.Index(j)))
			}
		case value.Len() > 0:
			part.Items = append(part.Items, t.lines(name, value))
		}
		if len(part.Items) == 0 {
			none = append(none, part.Title)
			continue
		}
		part.Short = short(part.Items)
		parts = append(parts, part)
	}
	own.Items = [][]toldLine{lines}
	return append([]toldPart{own}, parts...), none
}

// short reports whether items are few words each.
func short(items [][]toldLine) bool {
	for _, lines := range items {
		n := 0
		for _, line := range lines {
			n += utf8.RuneCountInString(line.Text)
		}
		if len(lines) > 5 || n > 120 {
			return false
		}
	}
	return true
}

func elementKind(list reflect.Value) reflect.Kind { return list.Type().Elem().Kind() }

// fieldName is what the file calls a field.
func fieldName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// dull are fields that are of use to a program only.
var dull = map[string]bool{"need": true, "visit": true, "lead": true, "fields": true}

// fields tells each field of a struct that says something.
func (t teller) fields(v reflect.Value) []toldLine {
	var out []toldLine
	for i := range v.NumField() {
		if name := fieldName(v.Type().Field(i)); !dull[name] {
			out = append(out, t.lines(name, v.Field(i))...)
		}
	}
	return out
}

// lines tells a value: one line, or those of the struct or structs it holds.
func (t teller) lines(name string, v reflect.Value) []toldLine {
	for (v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer) && !v.IsNil() {
		v = v.Elem()
	}
	if v.IsZero() && v.Kind() != reflect.Bool {
		return nil
	}
	if _, is := v.Interface().(time.Time); !is {
		switch {
		case v.Kind() == reflect.Struct:
			return t.fields(v)
		case v.Kind() == reflect.Slice && elementKind(v) == reflect.Struct:
			var out []toldLine
			for i := range v.Len() {
				var said []string
				for _, line := range t.fields(v.Index(i)) {
					said = append(said, t.words.T("taken.pair", "label", line.Label, "text", line.Text))
				}
				out = append(out, toldLine{t.words.T("taken.field." + name), strings.Join(said, " · ")})
			}
			return out
		}
	}
	return []toldLine{{t.words.T("taken.field." + name), t.text(name, v)}}
}

// sorts are the beginnings of the keys of the words for what some fields hold.
var sorts = map[reflect.Type]string{
	reflect.TypeFor[account.Role]():        "role.",
	reflect.TypeFor[account.Institution](): "institution.",
	reflect.TypeFor[account.Channel]():     "channel.",
	reflect.TypeFor[contact.Consent]():     "taken.is.consent.",
}

// sortsByName are those of fields that are plain texts, and of states, whose
// subject is told apart by trying.
var sortsByName = map[string][]string{
	"state":  {"claim_page.state.", "labels.state.", "seat.state.", "introduction.state.", "team.state.", "need.state.", "invitations.state.", "operation.state."},
	"stage":  {"lead.stage."},
	"act":    {"act."},
	"way":    {"contacts.way.", "invitations.way.", "taken.is.way."},
	"method": {"taken.is.method."},
	"what":   {"taken.is.what."},
	"class":  {"taken.is.class."},
	"kind":   {"act."},

	"language": {"taken.is.language."},
}

// text puts one value into words.
func (t teller) text(name string, v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Time:
		return t.words.Moment(x)
	case clock.Day:
		return t.words.Day(x)
	case []byte:
		return t.words.T("taken.in_file", "n", (len(x)+1023)/1024)
	case bool:
		if x {
			return t.words.T("taken.yes")
		}
		return t.words.T("taken.no")
	}
	if v.Kind() == reflect.Slice {
		var all []string
		for i := range v.Len() {
			all = append(all, t.text(name, v.Index(i)))
		}
		return strings.Join(all, ", ")
	}
	text := fmt.Sprint(v.Interface())
	if v.Kind() == reflect.Int || v.Kind() == reflect.Int64 {
		text = strconv.FormatInt(v.Int(), 10)
	}
	switch name {
	case "label":
		return t.site.labelName(t.words, text)
	case "zone":
		return zoneName(t.words, text)
	case "resources":
		if known, ok := t.site.config.Profiles.Vocabulary.Resource(text); ok {
			return known.Name(t.words.Code())
		}
	}
	beginnings := sortsByName[name]
	if sort, ok := sorts[v.Type()]; ok {
		beginnings = []string{sort}
	}
	for _, beginning := range beginnings {
		if t.words.Has(beginning + text) {
			return t.words.T(beginning + text)
		}
	}
	return text
}
