// Package profile holds what members add to their establishment: what it does
// in their words, how to reach it, what it can share, buys and sells.
//
// A profile is said once and used everywhere: search finds its words through
// the directory's overlay, which is written in the same transaction, so that a
// change is found on every node within a second. Every change keeps what was
// there before, who changed it, and for whom when a facilitator did it for
// somebody on the phone or at a desk.
//
// Its one difficulty is that it ages. People confirm it with one button; what
// nobody confirmed for a year says so, for two years it sleeps: it is kept and
// no longer shown.
package profile

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
)

// How long the texts may be, in letters.
const (
	MaxWords = 280
	MaxStory = 3000
	MaxLine  = 200
)

// How a profile ages.
const (
	Doubtful = 365 * 24 * time.Hour // to be confirmed
	Asleep   = 730 * 24 * time.Hour // no longer shown
)

// A Content is what is said of an establishment. The zero Content is nothing.
type Content struct {
	Words       string   `json:"words,omitempty"` // what we do, in a few words
	Story       string   `json:"story,omitempty"`
	Hours       string   `json:"hours,omitempty"`
	Contact     string   `json:"contact,omitempty"` // who answers
	Phone       string   `json:"phone,omitempty"`
	Mail        string   `json:"mail,omitempty"`
	Web         string   `json:"web,omitempty"` // a whole address
	Languages   string   `json:"languages,omitempty"`
	Resources   []string `json:"resources,omitempty"` // slugs, of the vocabulary
	Buys        string   `json:"buys,omitempty"`
	Sells       string   `json:"sells,omitempty"`
	Zone        string   `json:"zone,omitempty"` // km of its radius, everywhere, or empty
	Visits      bool     `json:"visits,omitempty"`
	Apprentices bool     `json:"apprentices,omitempty"`
	// Shown is the consent of a person whom the register does not disclose to
	// be shown with these words, and nothing else.
	Shown bool `json:"shown,omitempty"`
}

// A Profile is a Content and its age.
type Profile struct {
	Content
	ChangedAt   time.Time
	ConfirmedAt time.Time
}

// The states of a profile.
const (
	Fresh    = "fresh"
	ToTell   = "doubtful"
	Sleeping = "asleep"
)

// State tells how old a profile is at a moment.
func (p *Profile) State(now time.Time) string {
	switch age := now.Sub(p.ConfirmedAt); {
	case age >= Asleep:
		return Sleeping
	case age >= Doubtful:
		return ToTell
	}
	return Fresh
}

// A Fault says what is wrong with a field: the key of a message under
// profile.fault.
type Fault struct{ Field, Key string }

// ErrFaults says that some fields are wrong.
var ErrFaults = errors.New("the profile has faults")

// Zones are the radii, in kilometres, that a firm may say it serves.
func Zones() []string { return []string{"", "5", "10", "20", "30", "50", "100", "everywhere"} }

// Clean returns c as it is kept: spaces and addresses in order, and the faults
// it has. A field with a fault is as it was typed.
func Clean(c Content, known func(slug string) bool) (Content, []Fault) {
	var faults []Fault
	text := func(field string, s *string, most int, lines bool) {
		*s = tidy(*s, lines)
		if utf8.RuneCountInString(*s) > most {
			faults = append(faults, Fault{field, "long"})
		}
	}
	text("words", &c.Words, MaxWords, false)
	text("story", &c.Story, MaxStory, true)
	text("hours", &c.Hours, MaxLine, true)
	text("contact", &c.Contact, MaxLine, false)
	text("languages", &c.Languages, MaxLine, false)
	text("buys", &c.Buys, MaxLine, false)
	text("sells", &c.Sells, MaxLine, false)
	if c.Phone = tidy(c.Phone, false); c.Phone != "" {
		if phone, err := account.ParsePhone(c.Phone); err != nil {
			faults = append(faults, Fault{"phone", "phone"})
		} else {
			c.Phone = phone
		}
	}
	if c.Mail = tidy(c.Mail, false); c.Mail != "" {
		if m, err := account.ParseMail(c.Mail); err != nil {
			faults = append(faults, Fault{"mail", "mail"})
		} else {
			c.Mail = m.String()
		}
	}
	if web, ok := website(tidy(c.Web, false)); ok {
		c.Web = web
	} else {
		faults = append(faults, Fault{"web", "web"})
	}
	if !slices.Contains(Zones(), c.Zone) {
		faults = append(faults, Fault{"zone", "zone"})
	}
	c.Resources = slices.DeleteFunc(slices.Clone(c.Resources), func(slug string) bool { return !known(slug) })
	slices.Sort(c.Resources)
	c.Resources = slices.Compact(c.Resources)
	if len(c.Resources) == 0 {
		c.Resources = nil
	}
	return c, faults
}

// tidy takes out what nobody sees: controls, runs of spaces, empty lines in a
// row.
func tidy(s string, lines bool) string {
	s = strings.ToValidUTF8(s, "")
	if !lines {
		return strings.Join(strings.Fields(s), " ")
	}
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// website returns a whole http address, however it was typed.
func website(s string) (string, bool) {
	if s == "" {
		return "", true
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !strings.Contains(strings.Trim(u.Hostname(), "."), ".") || u.User != nil || len(s) > MaxLine {
		return "", false
	}
	return u.String(), true
}

// Searched returns the words by which an establishment is found.
func (c *Content) Searched(resources *Vocabulary) string {
	words := []string{c.Words, c.Sells, c.Languages}
	for _, slug := range c.Resources {
		if r, ok := resources.Resource(slug); ok {
			words = append(words, r.French)
		}
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// Changed lists the fields in which two contents differ.
func Changed(a, b Content) []string {
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"words", a.Words == b.Words},
		{"story", a.Story == b.Story},
		{"hours", a.Hours == b.Hours},
		{"contact", a.Contact == b.Contact},
		{"phone", a.Phone == b.Phone},
		{"mail", a.Mail == b.Mail},
		{"web", a.Web == b.Web},
		{"languages", a.Languages == b.Languages},
		{"resources", slices.Equal(a.Resources, b.Resources)},
		{"buys", a.Buys == b.Buys},
		{"sells", a.Sells == b.Sells},
		{"zone", a.Zone == b.Zone},
		{"visits", a.Visits == b.Visits},
		{"apprentices", a.Apprentices == b.Apprentices},
		{"shown", a.Shown == b.Shown},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// Missing lists what would help most to add, the most useful first.
func (c *Content) Missing() []string {
	var out []string
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"words", c.Words != ""}, {"phone", c.Phone != "" || c.Mail != ""}, {"sells", c.Sells != ""}, {"resources", len(c.Resources) > 0}, {"zone", c.Zone != ""}, {"story", c.Story != ""},
	} {
		if !f.has {
			out = append(out, f.name)
		}
	}
	return out
}
