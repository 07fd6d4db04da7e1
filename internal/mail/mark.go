package mail

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mark stands in a letter or in a waiting line for a name that may not be said
// any more when the mail goes: it is asked then, by its key (Outbox.Named).
func Mark(key string) string { return "\x02" + key + "\x03" }

// Guard stands for words that go only as long as each of their keys may be
// named: what an establishment wrote, a title it chose.
func Guard(words string, keys ...string) string {
	if words == "" {
		return ""
	}
	return "\x02" + strings.Join(keys, " ") + "\x1f" + visible(words) + "\x03"
}

// Unsaid stands where the words of a Guard are not said any more.
const Unsaid = "[…]"

// A Name is what stands for a key: of one that is gone, a word for whoever it
// was. What asks something and names one that is gone does not go.
type Name struct {
	Said string
	Gone bool
}

var aMark = regexp.MustCompile("\x02([^\x02\x03\x1f]*)(?:\x1f([^\x02\x03]*))?\x03")

// keysIn adds the keys of the marks of a text to those known.
func keysIn(keys []string, s string) []string {
	for _, m := range aMark.FindAllStringSubmatch(s, -1) {
		for _, key := range strings.Fields(m[1]) {
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// fill puts into a text what its marks stand for.
func fill(s string, names map[string]Name) string {
	return aMark.ReplaceAllStringFunc(s, func(m string) string {
		keys, words, guarded := strings.Cut(m[1:len(m)-1], "\x1f")
		if !guarded {
			return names[keys].Said
		}
		for key := range strings.FieldsSeq(keys) {
			if names[key].Gone {
				return Unsaid
			}
		}
		return words
	})
}

// names asks what stands for keys, in a language. Without Named they stand for
// themselves.
func (o *Outbox) names(ctx context.Context, language string, keys []string) (map[string]Name, error) {
	if len(keys) > 0 && o.Named != nil {
		return o.Named(ctx, language, keys)
	}
	names := make(map[string]Name, len(keys))
	for _, key := range keys {
		names[key] = Name{Said: key}
	}
	return names, nil
}

// fillLines puts into waiting lines what their marks stand for.
func (o *Outbox) fillLines(ctx context.Context, language string, lines []Waiting) error {
	var keys []string
	for _, w := range lines {
		keys = keysIn(keysIn(keys, w.Title), w.More)
	}
	names, err := o.names(ctx, language, keys)
	if err != nil {
		return err
	}
	for i := range lines {
		lines[i].Title, lines[i].More = fill(lines[i].Title, names), fill(lines[i].More, names)
	}
	return nil
}

// Opened returns a message as it goes now: its letter composed, with what its
// marks stand for at this moment, and whether one of them is gone.
func (o *Outbox) Opened(ctx context.Context, m Message) (_ Message, gone bool, err error) {
	if m.Letter == nil {
		return m, false, nil
	}
	var keys []string
	l := m.Letter.each(func(s string) string {
		keys = keysIn(keys, s)
		return s
	})
	names, err := o.names(ctx, l.Language, keys)
	if err != nil {
		return m, false, fmt.Errorf("who a mail names: %w", err)
	}
	for _, key := range keys {
		gone = gone || names[key].Gone
	}
	l = l.each(func(s string) string { return fill(s, names) })
	m.Letter, m.Subject = nil, cutLine(l.Subject, maxSubjectSent)
	m.Text, m.HTML, err = Compose(l)
	return m, gone, err
}

// maxSubjectSent is how many signs of a subject go: no program shows more.
const maxSubjectSent = 150

// cutLine returns the beginning of a text, on one line; spaces that do not
// break stay.
func cutLine(s string, most int) string {
	s = strings.Join(strings.FieldsFunc(visible(s), func(r rune) bool { return strings.ContainsRune(" \t\n\v\f\u0085\u2028\u2029", r) }), " ")
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most-1])) + "…"
	}
	return s
}

// each returns a letter of which every text went through a function.
func (l Letter) each(do func(string) string) Letter {
	for _, s := range []*string{&l.House, &l.Subject, &l.Preheader, &l.Title, &l.Why, &l.Answers} {
		*s = do(*s)
	}
	link := func(l Link) Link { return Link{do(l.Label), l.URL} }
	blocks := make(Blocks, len(l.Blocks))
	for i, b := range l.Blocks {
		switch b := b.(type) {
		case Para:
			blocks[i] = Para(do(string(b)))
		case Button:
			blocks[i] = Button(link(Link(b)))
		case Quote:
			blocks[i] = Quote(do(string(b)))
		case Code:
			blocks[i] = Code(do(string(b)))
		case List:
			items := make(List, len(b))
			for k, item := range b {
				items[k] = Item{do(item.Text), do(item.More), link(item.Link)}
			}
			blocks[i] = items
		case Facts:
			facts := make(Facts, len(b))
			for k, f := range b {
				facts[k] = Fact{do(f.Label), do(f.Value)}
			}
			blocks[i] = facts
		}
	}
	l.Blocks = blocks
	links := make([]Link, len(l.Links))
	for i := range l.Links {
		links[i] = link(l.Links[i])
	}
	l.Links = links
	return l
}
