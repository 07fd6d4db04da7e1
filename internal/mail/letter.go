package mail

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// A Letter is what a mail says, once: its text and its HTML are both made of
// it. Every string is plain text.
type Letter struct {
	Language  string // fr or en
	House     string // name of the house, at the head and the foot
	Subject   string
	Preheader string // what a list of mails shows beside the subject
	Title     string
	Blocks    Blocks
	Why       string // why the reader gets it, at the foot
	Answers   string // who reads an answer to it
	Links     []Link // at the foot: preferences, objection
}

// A Link is an address and what it leads to.
type Link struct{ Label, URL string }

// A Block is a piece of a letter: one of Para, Button, List, Facts, Quote and
// Code.
type Block interface{ block() }

// The blocks.
type (
	// A Para is a paragraph.
	Para string
	// A Button is the one thing to do.
	Button Link
	// A List is items one under the other, with a link or without.
	List []Item
	// Facts are labels and their values: when, where.
	Facts []Fact
	// A Quote is what somebody wrote.
	Quote string
	// A Code is to be typed or dictated.
	Code string
)

// An Item is a line of a List. In HTML the text itself is the link, so that a
// list of links can be heard apart from the mail; its label is not shown.
type Item struct {
	Text string
	More string // under it
	Link Link   // none when its URL is empty
}

// A Fact is a line of Facts.
type Fact struct{ Label, Value string }

func (Para) block()   {}
func (Button) block() {}
func (List) block()   {}
func (Facts) block()  {}
func (Quote) block()  {}
func (Code) block()   {}

// Compose writes the two parts of a letter. The first link of both is that of
// the first button: a list with links that stands before it follows it. It
// refuses a letter that has an address a reader should not follow.
func Compose(l Letter) (text, page string, err error) {
	if err := l.check(); err != nil {
		return "", "", err
	}
	l.Blocks = ordered(l.Blocks)
	return l.text(), l.page(), nil
}

// check refuses a letter that has an address a reader should not follow.
func (l *Letter) check() error {
	for _, link := range l.links() {
		if err := sound(link); err != nil {
			return err
		}
	}
	return nil
}

// ordered puts the first button before the first list with links.
func ordered(blocks []Block) []Block {
	button := slices.IndexFunc(blocks, func(b Block) bool { _, ok := b.(Button); return ok })
	list := slices.IndexFunc(blocks, func(b Block) bool {
		items, ok := b.(List)
		return ok && slices.ContainsFunc(items, func(i Item) bool { return i.Link.URL != "" })
	})
	if list < 0 || button < list {
		return blocks
	}
	moved := slices.Delete(slices.Clone(blocks), button, button+1)
	return slices.Insert(moved, list, blocks[button])
}

// links returns every link of a letter.
func (l *Letter) links() []Link {
	var all []Link
	for _, b := range l.Blocks {
		switch b := b.(type) {
		case Button:
			all = append(all, Link(b))
		case List:
			for _, i := range b {
				if i.Link.URL != "" {
					all = append(all, i.Link)
				}
			}
		}
	}
	return append(all, l.Links...)
}

// sound refuses an address that is not whole, or of another kind than a mail
// may hold, or that shows a name before its host to pass for another's.
func sound(l Link) error {
	u, err := url.Parse(l.URL)
	if err != nil || strings.ContainsFunc(l.URL, func(r rune) bool { return unicode.IsSpace(r) || hidden(r) || strings.ContainsRune(`<>"`, r) }) {
		return fmt.Errorf("link %q: not an address", l.Label)
	}
	web := (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
	if web || u.Scheme == "mailto" && u.Opaque != "" {
		return nil
	}
	return fmt.Errorf("link %q: not a whole http, https or mailto address", l.Label)
}

// hidden reports whether a rune is not seen, or turns round the words that
// follow: nobody writes it into a letter in good faith.
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C:
		return true
	}
	return unicode.IsControl(r)
}

// visible returns a text without what is hidden.
func visible(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		if hidden(r) {
			return -1
		}
		return r
	}, s)
}
