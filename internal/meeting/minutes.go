package meeting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/db"
)

// A Section is what was said on one point of the agenda; the one without a
// title holds the decisions. Its text is plain: lines, of which those that
// begin with "- " are the points of a list.
type Section struct {
	Title string `json:"title,omitempty"`
	Text  string `json:"text,omitempty"`
}

// Minutes are those of a meeting, as they were saved last.
type Minutes struct {
	Meeting   string
	Version   int64 // 0: nothing is written
	Published bool
	Sections  []Section
}

// A Revision is a text as it was saved, merged with what others had saved.
type Revision struct {
	Version  int64
	Sections []Section
	Who      string // id of a person; empty when they are gone
	Name     string
	At       time.Time
}

// Bounds of minutes.
const (
	MaxSectionText = 20_000 // letters
	maxSections    = MaxItems + 10
)

// ErrLong says that a text is longer than may be kept, or that there are too
// many.
var ErrLong = errors.New("the minutes are too long") // minutes.error.long

// A Written is what somebody wrote, beginning from a version.
type Written struct {
	Meeting  string
	From     int64
	Sections []Section
	Name     string // of who wrote, which marks what two wrote otherwise
	By       account.Actor
}

// Minutes returns those of a meeting: of one without any, version 0.
func (ms *Meetings) Minutes(ctx context.Context, id string) (m Minutes, err error) {
	err = ms.DB.Read(ctx, func(t *db.Tx) error {
		m, err = ms.MinutesIn(ctx, t, id)
		return err
	})
	if err != nil {
		return m, fmt.Errorf("minutes of %s: %w", id, err)
	}
	return m, nil
}

// MinutesIn is Minutes within a transaction.
func (ms *Meetings) MinutesIn(ctx context.Context, t *db.Tx, id string) (Minutes, error) {
	return readMinutes(ctx, t, id)
}

// Revisions returns all texts that were saved, the latest first.
func (ms *Meetings) Revisions(ctx context.Context, id string) (list []Revision, err error) {
	err = ms.DB.Read(ctx, func(t *db.Tx) error {
		list, err = revisions(ctx, t, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("revisions of the minutes of %s: %w", id, err)
	}
	return list, nil
}

// WriteMinutes saves what somebody wrote and returns what the minutes are now.
// What others saved since the version it began from is merged with it, section
// by section, by Merge; merged tells that there was something to merge. ErrLong
// when it is too long, db.ErrNotFound when there is no such version.
func (ms *Meetings) WriteMinutes(ctx context.Context, w Written) (m Minutes, merged bool, err error) {
	if w.Sections, err = cleanSections(w.Sections); err != nil {
		return m, false, err
	}
	now := ms.Clock.Now()
	err = ms.DB.Write(ctx, func(t *db.Tx) error {
		if m, err = lockMinutes(ctx, t, w.Meeting); err != nil {
			return err
		}
		sections, last := w.Sections, Revision{}
		merged = w.From != m.Version
		if merged {
			base, err := readRevision(ctx, t, w.Meeting, w.From)
			if err != nil {
				return err
			}
			if last, err = readRevision(ctx, t, w.Meeting, m.Version); err != nil {
				return err
			}
			sections = mergeSections(base.Sections, w.Sections, last.Sections, w.Name, last.Name)
		}
		if slices.Equal(filled(sections), filled(m.Sections)) {
			return nil
		}
		m.Sections = sections
		m.Version++
		if err := addRevision(ctx, t, w.Meeting, Revision{Version: m.Version, Sections: sections, Who: w.By.Who, Name: w.Name, At: now}); err != nil {
			return err
		}
		return account.Record(ctx, t, now, account.Entry{Act: "meeting.write_minutes", Kind: "meeting", Object: w.Meeting, By: w.By})
	})
	if err != nil {
		return m, false, fmt.Errorf("write the minutes of %s: %w", w.Meeting, err)
	}
	return m, merged, nil
}

// ShowMinutes lets everybody read the minutes of a meeting, or nobody any
// more. Minutes that are not written are db.ErrNotFound.
func (ms *Meetings) ShowMinutes(ctx context.Context, by account.Actor, id string, shown bool) error {
	now := ms.Clock.Now()
	err := ms.DB.Write(ctx, func(t *db.Tx) error {
		m, err := lockMinutes(ctx, t, id)
		if err == nil && m.Version == 0 {
			err = db.ErrNotFound
		}
		if err != nil || m.Published == shown {
			return err
		}
		if err := showMinutes(ctx, t, id, shown); err != nil {
			return err
		}
		act := "meeting.show_minutes"
		if !shown {
			act = "meeting.hide_minutes"
		}
		return account.Record(ctx, t, now, account.Entry{Act: act, Kind: "meeting", Object: id, By: by})
	})
	if err != nil {
		return fmt.Errorf("show the minutes of %s: %w", id, err)
	}
	return nil
}

// ToWrite returns the sections as they are to be written: one for each point
// of the agenda, those of points that are gone as long as they hold words, the
// decisions last.
func (m *Meeting) ToWrite(written []Section) []Section {
	var out []Section
	left := slices.Clone(written)
	take := func(title string) {
		s := Section{Title: title}
		if i := slices.IndexFunc(left, func(s Section) bool { return s.Title == title }); i >= 0 {
			s = left[i]
			left = slices.Delete(left, i, i+1)
		}
		out = append(out, s)
	}
	for _, item := range m.Agenda {
		take(item.Title)
	}
	for _, s := range slices.Clone(left) {
		if s.Title != "" && s.Text != "" {
			take(s.Title)
		}
	}
	take("")
	return out
}

// mergeSections merges by title, in the order of mine; what only the others
// have comes after.
func mergeSections(base, mine, theirs []Section, me, them string) []Section {
	of := func(list []Section, title string) string {
		i := slices.IndexFunc(list, func(s Section) bool { return s.Title == title })
		if i < 0 {
			return ""
		}
		return list[i].Text
	}
	var out []Section
	done := map[string]bool{}
	for _, list := range [][]Section{mine, theirs} {
		for _, s := range list {
			if !done[s.Title] {
				done[s.Title] = true
				out = append(out, Section{s.Title, Merge(of(base, s.Title), of(mine, s.Title), of(theirs, s.Title), me, them)})
			}
		}
	}
	return out
}

// filled are the sections with words.
func filled(list []Section) []Section {
	return slices.DeleteFunc(slices.Clone(list), func(s Section) bool { return s.Text == "" })
}

// cleanSections puts what was typed in order. A title that comes twice is one
// section.
func cleanSections(list []Section) ([]Section, error) {
	var out []Section
	for _, s := range list {
		s.Title, s.Text = strings.Join(strings.Fields(cleanText(s.Title)), " "), cleanText(s.Text)
		if utf8.RuneCountInString(s.Title) > MaxLine || utf8.RuneCountInString(s.Text) > MaxSectionText {
			return nil, ErrLong
		}
		if i := slices.IndexFunc(out, func(o Section) bool { return o.Title == s.Title }); i >= 0 {
			out[i].Text = strings.Trim(out[i].Text+"\n"+s.Text, "\n")
			continue
		}
		out = append(out, s)
	}
	if len(out) > maxSections {
		return nil, ErrLong
	}
	return out, nil
}

// cleanText is the one allow-list of minutes: letters, signs and single
// spaces, in lines. What steers a screen or turns the direction of a text is
// left out; a sign of a list is a hyphen.
func cleanText(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r\n", "\n"), "\r", "\n")
	var out []string
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Map(func(r rune) rune {
			switch {
			case unicode.IsSpace(r):
				return ' '
			case unicode.IsControl(r), unicode.Is(unicode.Cf, r) && r != '\u200d':
				return -1
			}
			return r
		}, line)
		line = strings.Join(strings.Fields(line), " ")
		for _, sign := range []string{"• ", "* ", "– ", "— "} {
			if rest, ok := strings.CutPrefix(line, sign); ok {
				line = "- " + rest
			}
		}
		if line == "" && (len(out) == 0 || out[len(out)-1] == "") {
			continue
		}
		out = append(out, line)
	}
	return strings.TrimRight(strings.Join(out, "\n"), "\n")
}

// A Block is a paragraph, or a list with a line for each point.
type Block struct {
	List  bool     `json:"list"`
	Lines []string `json:"lines"`
}

// Blocks cuts the text of a section into paragraphs and lists.
func (s Section) Blocks() []Block {
	var out []Block
	open := false
	for _, line := range lines(s.Text) {
		point, list := strings.CutPrefix(line, "- ")
		switch {
		case line == "":
			open = false
			continue
		case open && out[len(out)-1].List == list:
			out[len(out)-1].Lines = append(out[len(out)-1].Lines, point)
		default:
			out = append(out, Block{list, []string{point}})
		}
		open = true
	}
	return out
}

// Forget takes out of minutes, in the transaction that erases a person, that
// they wrote, and every line that names them.
func (ms *Meetings) Forget(ctx context.Context, t *db.Tx, who *account.Person) error {
	return forgetInMinutes(ctx, t, who, func(s []Section) bool {
		changed := false
		for i := range s {
			if who.NamedIn(s[i].Title) {
				s[i].Title, changed = forgotten, true
			}
			if !who.NamedIn(s[i].Text) {
				continue
			}
			list := lines(s[i].Text)
			for n := range list {
				if who.NamedIn(list[n]) {
					list[n] = forgotten
				}
			}
			s[i].Text, changed = strings.Join(list, "\n"), true
		}
		return changed
	})
}

// forgotten stands where somebody was named who is erased.
const forgotten = "[…]"
