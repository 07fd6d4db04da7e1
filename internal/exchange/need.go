package exchange

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/register"
)

// A Kind is what a need or an offer is about.
type Kind string

// The kinds.
const (
	Service   Kind = "service"
	Works     Kind = "works"     // a lot of works
	Purchase  Kind = "purchase"  // to pool with others
	Machine   Kind = "machine"   // to lend, as the three after
	Room      Kind = "room"      //
	Vehicle   Kind = "vehicle"   //
	Storage   Kind = "storage"   //
	Materials Kind = "materials" // to give or sell
	Skills    Kind = "skills"    // hours, a skill
	Staff     Kind = "staff"     // an employee lent for a time
	Mentoring Kind = "mentoring"
)

// Kinds lists them in the order in which they are shown.
func Kinds() []Kind {
	return []Kind{Service, Works, Materials, Machine, Room, Vehicle, Storage, Purchase, Skills, Staff, Mentoring}
}

// Axis returns which of lead.Axes something of a kind serves; nothing where that
// is not clear: what is bought together may be anything, who is taught may be
// taught anything.
func (k Kind) Axis() string {
	switch k {
	case Service, Works:
		return "services"
	case Machine, Room, Vehicle, Storage, Materials:
		return "resources"
	case Staff:
		return "jobs"
	}
	return ""
}

// A Direction says whether something is looked for or proposed.
type Direction string

// The directions.
const (
	Seeking  Direction = "need"
	Offering Direction = "offer"
)

// The states of a need.
const (
	NeedDraft   = "draft"
	NeedHeld    = "held" // until a facilitator has seen it
	NeedLive    = "live"
	NeedMet     = "met"     // pourvu
	NeedExpired = "expired" // nobody may answer any more
	NeedClosed  = "closed"  // taken back
	NeedRefused = "refused" // by a facilitator, with a reason
)

// How long texts may be, in letters, and how far ahead one may answer.
const (
	MaxTitle   = 90
	MaxNeed    = 2000
	MaxNote    = 600 // a question, an answer, a word with one's interest
	maxTrades  = 8
	maxUnit    = 30
	longestFor = 183 // days until the last to answer
	UsualReply = 21  // days, when nobody says
)

// Radii are the radii, in kilometres, that a need may have; 0 is no bound.
func Radii() []int { return []int{0, 5, 10, 20, 30, 50, 100} }

// A NeedContent is what its author says of a need.
type NeedContent struct {
	Direction Direction
	Kind      Kind
	Title     string
	Words     string
	Trades    []string // slugs, ascending
	Quantity  Quantity
	Unit      string
	From      clock.Day // empty: as soon as possible
	Until     clock.Day // empty: no end
	Commune   string    // INSEE code, empty where it is not placed
	RadiusKM  int       // 0: no bound
	Matches   bool      // shown only to those it is sent to
	ReplyBy   clock.Day
}

// A Need is something an establishment looks for or proposes.
type Need struct {
	NeedContent
	ID        string
	SIRET     register.SIRET
	Territory string // slug
	State     string
	Flags     []string // why it is held
	Reason    string   // why it was refused
	Before    string   // id of the one it renews
	By        account.Actor
	ForName   string // whom a facilitator wrote it for
	CreatedAt time.Time
	ChangedAt time.Time
	PostedAt  time.Time // zero before it was visible
	EndedAt   time.Time
	AskedAt   time.Time // when its author was asked what came of it
	Outcome   string    // Done, NotDone, or empty
	BatchAt   time.Time // of the last batch
}

// What came of a need.
const (
	Done    = "done"
	NotDone = "not_done"
)

// Object is what the table of permissions asks about a need: it is the
// establishment's, and where a facilitator wrote it for somebody, theirs too.
func (n *Need) Object() account.Object {
	o := account.Object{SIRET: n.SIRET, Territory: n.Territory}
	if n.ForName != "" {
		o.Person = n.By.Who
	}
	return o
}

// Ended reports whether nobody answers it any more.
func (n *Need) Ended() bool {
	return n.State != NeedDraft && n.State != NeedHeld && n.State != NeedLive
}

// Answerable reports whether it can be answered on a day.
func (n *Need) Answerable(today clock.Day) bool { return n.State == NeedLive && n.ReplyBy >= today }

// A NeedFault says what is wrong with a field: the key of a message under
// need.fault, and what is shown with it.
type NeedFault struct{ Field, Key, Value string }

// CleanNeed returns c as it is kept and the faults it has, on a day. A field
// with a fault stays as it was typed.
func CleanNeed(c NeedContent, today clock.Day) (NeedContent, []NeedFault) {
	var faults []NeedFault
	add := func(field, key string) { faults = append(faults, NeedFault{Field: field, Key: key}) }
	if c.Direction != Seeking && c.Direction != Offering {
		add("direction", "direction")
	}
	if !slices.Contains(Kinds(), c.Kind) {
		add("kind", "kind")
	}
	c.Title, c.Words, c.Unit = oneLine(c.Title), lines(c.Words), oneLine(c.Unit)
	switch n := utf8.RuneCountInString(c.Title); {
	case n == 0:
		add("title", "no_title")
	case n > MaxTitle:
		add("title", "long")
	}
	if utf8.RuneCountInString(c.Words) > MaxNeed {
		add("words", "long")
	}
	if utf8.RuneCountInString(c.Unit) > maxUnit {
		add("unit", "long")
	}
	c.Trades = slices.Compact(slices.Sorted(slices.Values(c.Trades)))
	if len(c.Trades) > maxTrades {
		add("trades", "many_trades")
	}
	if !slices.Contains(Radii(), c.RadiusKM) {
		add("radius", "radius")
	}
	if c.From != "" && c.Until != "" && c.Until < c.From {
		add("until", "order")
	}
	if c.Until != "" && c.Until < today {
		add("until", "past")
	}
	switch {
	case c.ReplyBy == "":
		c.ReplyBy = after(today, UsualReply)
	case c.ReplyBy < today:
		add("reply", "past")
	case c.ReplyBy > after(today, longestFor):
		add("reply", "far")
	}
	return c, faults
}

// after is the day so many days later.
func after(d clock.Day, days int) clock.Day {
	return clock.Day(d.Time().AddDate(0, 0, days).Format(time.DateOnly))
}

// dayOf is the civil day of a moment, at Paris.
func dayOf(t time.Time) clock.Day { return clock.Day(t.In(clock.Paris).Format(time.DateOnly)) }

// oneLine takes out line ends and runs of spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ") }

// lines keeps the lines of a text, without runs of spaces and empty lines in
// a row.
func lines(s string) string {
	var out []string
	for line := range strings.SplitSeq(strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line != "" || len(out) > 0 && out[len(out)-1] != "" {
			out = append(out, line)
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

// A Quantity is a number of units in thousandths: 2,5 t is 2500.
type Quantity int64

// maxQuantity is ten million units.
const maxQuantity = 10_000_000_000

// ParseQuantity reads a quantity as people type it: 12, 2,5, 1 200. Nothing is
// 0; ok is false for what is no quantity.
func ParseQuantity(s string) (q Quantity, ok bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\t':
			return -1
		case ',':
			return '.'
		}
		return r
	}, s)
	if s == "" {
		return 0, true
	}
	whole, part, _ := strings.Cut(s, ".")
	if len(part) > 3 || len(whole) > 8 || whole == "" {
		return 0, false
	}
	part += strings.Repeat("0", 3-len(part))
	n, err := strconv.ParseUint(whole+part, 10, 63)
	if err != nil || n == 0 || n > maxQuantity {
		return 0, false
	}
	return Quantity(n), true
}

// String writes a quantity as it is read in French: 2,5.
func (q Quantity) String() string {
	if q == 0 {
		return ""
	}
	whole, part := int64(q)/1000, int64(q)%1000
	s := strconv.FormatInt(whole, 10)
	if part == 0 {
		return s
	}
	p := strconv.FormatInt(1000+part, 10)[1:]
	return s + "," + strings.TrimRight(p, "0")
}

// searchedBy is the folded text that a need is found by: its own words and
// those of its trades, between spaces.
func searchedBy(c NeedContent, trades string) string {
	return " " + fold.Key(c.Title+" "+c.Words+" "+c.Unit+" "+trades) + " "
}

// alike is how much of the words of two needs is common: 0 to 1.
func alike(a, b NeedContent) float64 {
	words := func(c NeedContent) map[string]bool {
		m := map[string]bool{}
		for _, w := range fold.Words(c.Title + " " + c.Words) {
			if len(w) > 2 {
				m[w] = true
			}
		}
		return m
	}
	x, y := words(a), words(b)
	common := 0
	for w := range x {
		if y[w] {
			common++
		}
	}
	all := len(x) + len(y) - common
	if all == 0 {
		return 1
	}
	return float64(common) / float64(all)
}

// twin is the part of common words from which two needs may be the same.
const twin = 0.5

// Twins reports whether two needs of one establishment are perhaps the same,
// posted twice: same kind and direction, a trade in common or none on either
// side, and near words.
func Twins(a, b NeedContent) bool {
	if a.Kind != b.Kind || a.Direction != b.Direction {
		return false
	}
	shared := len(a.Trades) == 0 && len(b.Trades) == 0 || slices.ContainsFunc(a.Trades, func(t string) bool { return slices.Contains(b.Trades, t) })
	return shared && alike(a, b) >= twin
}
