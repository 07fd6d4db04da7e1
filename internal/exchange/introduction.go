package exchange

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/lead"
	"passerelle/internal/mail"
	"passerelle/internal/register"
)

// Refusals about introductions. Each carries the key of the message that tells
// it.
var (
	ErrSameFirm    = errors.New("both are of one enterprise")                // introduction.error.same
	ErrMasked      = errors.New("a masked person is neither asked nor asks") // introduction.error.masked
	ErrDeclined    = errors.New("this establishment has declined before")    // introduction.error.declined
	ErrNotYet      = errors.New("this establishment asked for some time")    // introduction.error.not_yet
	ErrTooMany     = errors.New("too many introductions in a day")           // introduction.error.many
	ErrNoWords     = errors.New("an introduction says why")                  // introduction.error.words
	ErrEnded       = errors.New("this introduction has gone on meanwhile")   // introduction.error.ended
	ErrNoReason    = errors.New("no such reason")                            // introduction.error.reason
	ErrNothingSaid = errors.New("a message says something")                  // introduction.error.message
)

// A State is how far an introduction is.
type State string

// The states.
const (
	Held      State = "held"      // a facilitator looks at it first
	Asked     State = "asked"     // it waits for an answer
	Accepted  State = "accepted"  // both talk
	Declined  State = "declined"  // for good
	Postponed State = "postponed" // not now
	Closed    State = "closed"
)

// Living reports whether something may still happen.
func (s State) Living() bool { return s == Held || s == Asked || s == Accepted }

// A Step is what somebody does to an introduction.
type Step string

// The steps.
const (
	Release  Step = "release" // a facilitator lets it go
	Accept   Step = "accept"
	Decline  Step = "decline"
	Postpone Step = "postpone"
	Conclude Step = "conclude" // it became a cooperation, or says why not
	End      Step = "end"      // it ends otherwise
)

// steps is where each step leads from where.
var steps = map[State]map[Step]State{
	Held:     {Release: Asked, End: Closed},
	Asked:    {Accept: Accepted, Decline: Declined, Postpone: Postponed, End: Closed},
	Accepted: {Conclude: Closed, End: Closed},
}

// Next returns the state that a step leads to. A step that leads to where it
// already is, is no step: the same press twice is one. Any other that is not
// possible there is ErrEnded.
func Next(from State, s Step) (to State, moved bool, err error) {
	if to, ok := steps[from][s]; ok {
		return to, true, nil
	}
	for _, of := range steps {
		if of[s] == from && s != End && s != Conclude {
			return from, false, nil
		}
	}
	return from, false, ErrEnded
}

// DeclineReasons lists why a meeting may be declined, and Whys why one that
// was agreed led to nothing.
func DeclineReasons() []string { return []string{"busy", "no_need", "trade", "known", "far", "other"} }

// Whys lists why an introduction led to nothing.
func Whys() []string { return []string{"no_need", "price", "capacity", "far", "later", "other"} }

// The endings of what was closed.
const (
	Cooperated = "cooperation"
	WhyNot     = "why_not"
	Silence    = "silence"   // nobody spoke for long
	Withdrawn  = "withdrawn" // by who asked
	Unfit      = "unfit"     // a facilitator did not let it go
	Gone       = "gone"      // an establishment is closed, or no longer shown
	Left       = "left"      // nobody speaks for an establishment any more
	Objected   = "objection" // whom it was sent to asked not to be written to
)

// A Side is one of the two.
type Side string

// The sides.
const (
	Seeker Side = "seeker"
	Wanted Side = "wanted"
)

// Other returns the other side.
func (s Side) Other() Side {
	if s == Seeker {
		return Wanted
	}
	return Seeker
}

// A Card is how a side wishes to be reached, shown to the other once both
// agree. The zero Card shows nothing: the platform passes messages on.
type Card struct {
	Name  string `json:"name,omitempty"`
	Phone string `json:"phone,omitempty"`
	Mail  string `json:"mail,omitempty"`
}

// An Introduction is one establishment's wish to meet another.
type Introduction struct {
	ID              string
	Seeker, Wanted  register.SIRET
	SeekerTerritory string // slugs
	WantedTerritory string
	Origin          lead.Origin // zero for none
	Words           string
	State           State
	Reason          string // why it was declined, or led to nothing
	Ending          string // of one that is closed
	Task            string // ToCall, ToBreak; empty for nothing
	AskedBy         string // id of a person
	AskedChannel    account.Channel
	BackedBy        string // id of a facilitator
	AnsweredBy      string // id of a person; empty for a link
	AnsweredChannel account.Channel
	SeekerCard      Card
	WantedCard      Card
	Cooperation     string // id
	CreatedAt       time.Time
	WentAt          time.Time // to the wanted side; zero while it is held
	QuietSince      time.Time // the last thing that a side did
	QuietSide       Side      // which one is to speak; empty for both
	PokedAt         time.Time // zero when it was not
	ClosedAt        time.Time
}

// The tasks of facilitators.
const (
	ToCall  = "call"    // nobody there can be written to
	ToBreak = "silence" // nobody answers
)

// Side returns the side of an establishment, empty for a stranger.
func (m *Introduction) Side(s register.SIRET) Side {
	switch s {
	case m.Seeker:
		return Seeker
	case m.Wanted:
		return Wanted
	}
	return ""
}

// Firm returns the establishment of a side.
func (m *Introduction) Firm(s Side) register.SIRET {
	if s == Seeker {
		return m.Seeker
	}
	return m.Wanted
}

// Card returns how the other side may reach a side: nothing until both have
// agreed.
func (m *Introduction) Card(of Side) Card {
	switch {
	case m.State != Accepted && m.Ending != Cooperated:
		return Card{}
	case of == Seeker:
		return m.SeekerCard
	}
	return m.WantedCard
}

// The clocks of silence: one reminder, a facilitator's task, the end. None
// strikes outside of working hours.
const (
	PokeAfter  = 9 * 24 * time.Hour
	TaskAfter  = 21 * 24 * time.Hour
	CloseAfter = 45 * 24 * time.Hour
)

// AskAgainAfter is how long "not now" lasts.
const AskAgainAfter = 90 * 24 * time.Hour

// A Stroke is what the clock asks for.
type Stroke string

// The strokes.
const (
	NoStroke    Stroke = ""
	StrokePoke  Stroke = "poke"
	StrokeTask  Stroke = "task"
	StrokeClose Stroke = "close"
)

// Due returns what the clock asks for at a moment. What was held waits for a
// facilitator, who sees it at once.
func (m *Introduction) Due(now time.Time) Stroke {
	quiet := now.Sub(m.QuietSince)
	switch {
	case m.State != Asked && m.State != Accepted || !mail.Working(now).Equal(now):
		return NoStroke
	case quiet >= CloseAfter:
		return StrokeClose
	case quiet >= TaskAfter && m.Task == "":
		return StrokeTask
	case quiet >= PokeAfter && quiet < TaskAfter && m.PokedAt.IsZero() && m.Task != ToCall:
		return StrokePoke
	}
	return NoStroke
}

// MaxIntroduction is how many letters the words of an introduction may have.
const MaxIntroduction = 1200

// cleanWords puts the words of an introduction in order, without how to reach
// anybody: that is shown once both agree.
func cleanWords(s string) (string, error) {
	s = HideReach(plain(s, MaxIntroduction))
	if s == "" {
		return "", ErrNoWords
	}
	return s, nil
}

// plain takes out of a text what nobody sees and ends it after some letters.
func plain(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && (r < 0x80 || r > 0x9f) && (r < 0x200b || r > 0x200f) && (r < 0x202a || r > 0x202e) && (r < 0x2066 || r > 0x2069) {
			return r
		}
		return -1
	}, strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\r\n", "\n"))
	s = strings.TrimSpace(s)
	if utf8.RuneCountInString(s) > most {
		s = strings.TrimSpace(string([]rune(s)[:most])) + "…"
	}
	return s
}

// What tells how to reach somebody, however it was written.
var (
	mailLike  = regexp.MustCompile(`(?i)[^\s@<>(),;:"]+\s?(@|\(at\)|\[at\]|\sarobase\s)\s?[^\s@<>(),;:"]+`)
	phoneLike = regexp.MustCompile(`(?:\+\d{1,2}|\b0)(?:[\s.\-/()]*\d){8,12}`)
)

// Hidden stands where HideReach has taken something out.
const Hidden = "[…]"

// HideReach returns a text without the addresses and telephone numbers in it.
func HideReach(s string) string {
	for {
		next := phoneLike.ReplaceAllString(strings.ReplaceAll(mailLike.ReplaceAllString(s, Hidden), "@", ""), Hidden)
		if next == s {
			return s
		}
		s = next
	}
}

// clean puts a card in order; what cannot be read is left out and named.
func (c Card) clean() (Card, []string) {
	var wrong []string
	c.Name = plain(strings.Join(strings.Fields(c.Name), " "), 80)
	if c.Phone = strings.TrimSpace(c.Phone); c.Phone != "" {
		n, err := account.ParsePhone(c.Phone)
		if err != nil {
			wrong = append(wrong, "phone")
		}
		c.Phone = n
	}
	if c.Mail = strings.TrimSpace(c.Mail); c.Mail != "" {
		m, err := account.ParseMail(c.Mail)
		if err != nil {
			wrong = append(wrong, "mail")
		}
		c.Mail = m.String()
	}
	return c, wrong
}

// A CardError says which lines of a card cannot be read.
type CardError struct{ Fields []string }

func (e *CardError) Error() string { return "a card has faults: " + strings.Join(e.Fields, ", ") }

// checkCard returns a card as it is kept, or a CardError.
func checkCard(c Card) (Card, error) {
	c, wrong := c.clean()
	if len(wrong) > 0 {
		return c, &CardError{wrong}
	}
	return c, nil
}

// known reports whether a reason is one of a list.
func known(list []string, reason string) error {
	if !slices.Contains(list, reason) {
		return ErrNoReason
	}
	return nil
}
