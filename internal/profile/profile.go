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
	"passerelle/internal/trade"
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
	Words     string `json:"words,omitempty"` // what we do, in a few words
	Story     string `json:"story,omitempty"`
	Hours     string `json:"hours,omitempty"`
	Contact   string `json:"contact,omitempty"` // who answers
	Phone     string `json:"phone,omitempty"`
	Mail      string `json:"mail,omitempty"`
	Web       string `json:"web,omitempty"` // a whole address
	Languages string `json:"languages,omitempty"`
	// Certifications are those that no label of the vocabulary tells.
	Certifications string   `json:"certifications,omitempty"`
	Resources      []string `json:"resources,omitempty"` // slugs, of the vocabulary
	Buys           string   `json:"buys,omitempty"`
	Sells          string   `json:"sells,omitempty"`
	Zone           string   `json:"zone,omitempty"`        // km of its radius, everywhere, territories, or empty
	Territories    []string `json:"territories,omitempty"` // slugs, of the zone "territories"
	Zones          []ZoneOf `json:"zones,omitempty"`       // of activities that go another way than the firm
	Visits         bool     `json:"visits,omitempty"`
	Apprentices    bool     `json:"apprentices,omitempty"`
	// Shown is the consent of a person whom the register does not disclose to
	// be shown with these words, and nothing else.
	Shown bool `json:"shown,omitempty"`
}

// A ZoneOf is how far a firm goes for one of its activities.
type ZoneOf struct {
	Activity string `json:"activity"` // in its words
	Zone     string `json:"zone"`     // as Content.Zone, but territories
}

// MostZones is how many activities may have a zone of their own.
const MostZones = 3

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

// Zones are how far a firm may say it goes: radii in kilometres, the
// territories it names, or everywhere.
func Zones() []string {
	return []string{"", "5", "10", "20", "30", "50", "100", InTerritories, "everywhere"}
}

// InTerritories is the zone of a firm that names its territories.
const InTerritories = "territories"

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
	text("certifications", &c.Certifications, MaxLine, false)
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
	c.Territories = inOrder(c.Territories)
	switch {
	case c.Zone != InTerritories:
		c.Territories = nil
	case len(c.Territories) == 0:
		faults = append(faults, Fault{"zone", "territories"})
	}
	c.Zones, faults = cleanZones(c.Zones, faults)
	c.Resources = slices.DeleteFunc(slices.Clone(c.Resources), func(slug string) bool { return !known(slug) })
	c.Resources = inOrder(c.Resources)
	return c, faults
}

// inOrder returns the values of a list in their order, each once; nil for
// none.
func inOrder(list []string) []string {
	list = slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == "" })
	slices.Sort(list)
	if list = slices.Compact(list); len(list) == 0 {
		return nil
	}
	return list
}

// cleanZones returns the zones of activities as they are kept: those that name
// an activity and a zone.
func cleanZones(zones []ZoneOf, faults []Fault) ([]ZoneOf, []Fault) {
	var kept []ZoneOf
	for _, z := range zones {
		z.Activity = tidy(z.Activity, false)
		switch {
		case z.Activity == "" || z.Zone == "":
			continue
		case utf8.RuneCountInString(z.Activity) > MaxLine:
			faults = append(faults, Fault{"zone", "long"})
		case len(kept) == MostZones || z.Zone == InTerritories || !slices.Contains(Zones(), z.Zone):
			faults = append(faults, Fault{"zone", "zone"})
			continue
		}
		kept = append(kept, z)
	}
	return kept, faults
}

// SellsTrades returns the slugs of the trades that the words of what is sold
// name, in their order: partner matching reads them. Parted by commas,
// semicolons or lines.
func (c *Content) SellsTrades(t *trade.Table) []string { return tradesIn(c.Sells, t) }

// BuysTrades returns those of what is bought.
func (c *Content) BuysTrades(t *trade.Table) []string { return tradesIn(c.Buys, t) }

func tradesIn(words string, t *trade.Table) []string {
	var slugs []string
	for _, part := range strings.FieldsFunc(words, func(r rune) bool { return strings.ContainsRune(",;/\n", r) }) {
		if named, ok := t.Named(part); ok && !slices.Contains(slugs, named.Slug) {
			slugs = append(slugs, named.Slug)
		}
	}
	return slugs
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
	words := []string{c.Words, c.Sells, c.Languages, c.Certifications}
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
		{"certifications", a.Certifications == b.Certifications},
		{"resources", slices.Equal(a.Resources, b.Resources)},
		{"buys", a.Buys == b.Buys},
		{"sells", a.Sells == b.Sells},
		{"zone", a.Zone == b.Zone && slices.Equal(a.Territories, b.Territories) && slices.Equal(a.Zones, b.Zones)},
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
		{"words", c.Words != ""}, {"phone", c.Phone != "" || c.Mail != ""}, {"sells", c.Sells != ""}, {"resources", len(c.Resources) > 0}, {"hours", c.Hours != ""}, {"zone", c.Zone != ""}, {"story", c.Story != ""},
	} {
		if !f.has {
			out = append(out, f.name)
		}
	}
	return out
}
