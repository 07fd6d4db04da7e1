package team

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/register"
)

// A State is how far a team is.
type State string

// The states of a team.
const (
	Draft     State = "draft"     // kept, nobody asked yet
	Asking    State = "asking"    // its members are asked
	Agreed    State = "agreed"    // all said yes
	Withdrawn State = "withdrawn" // who wanted it gave it up
	Expired   State = "expired"   // nobody went on with it
)

// An Answer is what a firm of a team said.
type Answer string

// The answers.
const (
	Chosen Answer = "chosen" // not asked yet
	Asked  Answer = "asked"
	Yes    Answer = "yes"
	No     Answer = "no"
	Silent Answer = "silent" // did not answer in time
)

// Reasons lists why a firm may say no.
func Reasons() []string { return []string{"busy", "far", "size", "trade", "price", "other"} }

// The clocks of a team: who is asked answers within seven working days, is
// reminded once two working days before, and a team that waits for its owner
// for thirty days is over.
const (
	answerDays   = 7
	reminderDays = 2
	patience     = 30 * 24 * time.Hour
)

// How long the texts may be, in letters.
const (
	MaxTitle = 120
	MaxWords = 2000
)

// Refusals. Each carries the key of the message that tells it.
var (
	ErrTitle    = errors.New("a team has a title")                             // team.error.title
	ErrDays     = errors.New("the end is before the beginning, or no day")     // team.error.days
	ErrState    = errors.New("the team is not where that can be done")         // team.error.state
	ErrAnswered = errors.New("answered otherwise before")                      // team.error.answered
	ErrReason   = errors.New("a no says why")                                  // team.error.reason
	ErrReplaced = errors.New("what this firm leaves is settled already")       // team.error.replaced
	ErrChanged  = errors.New("the directory changed: this team is not it now") // team.error.changed
)

// A Place is a firm in a team.
type Place struct {
	SIRET      register.SIRET
	Lots       []int
	Meters     int64
	Answer     Answer
	Settled    bool // what it leaves was replaced or given up
	Reason     string
	AskedAt    time.Time
	AnswerBy   time.Time
	RemindedAt time.Time
	AnsweredAt time.Time
}

// Out reports whether a firm is not in the team any more.
func (p *Place) Out() bool { return p.Answer == No || p.Answer == Silent }

// A Project is a team that somebody wants, and how far it is.
type Project struct {
	ID        string
	Owner     string // id of a person; empty once erased
	Title     string
	Words     string
	Commune   string // INSEE code of the site
	Territory string
	Job       Job
	Starts    clock.Day
	Ends      clock.Day
	State     State
	AnswerBy  time.Time // of those who were asked last
	Referent  register.SIRET
	CreatedAt time.Time
	ChangedAt time.Time
	Places    []Place // in the order in which they came, nearest first
}

// An Event is something that happened to a team.
type Event struct {
	At      time.Time
	Act     string
	SIRET   register.SIRET // 0: no firm in particular
	Who     string
	Channel account.Channel
}

// Object is what the table of permissions is asked of a team.
func (p *Project) Object() account.Object {
	return account.Object{Person: p.Owner, Territory: p.Territory}
}

// Place returns that of a firm, nil without one.
func (p *Project) Place(s register.SIRET) *Place {
	for i := range p.Places {
		if p.Places[i].SIRET == s {
			return &p.Places[i]
		}
	}
	return nil
}

// Members returns the firms that are in the team.
func (p *Project) Members() []register.SIRET {
	var out []register.SIRET
	for i := range p.Places {
		if !p.Places[i].Out() {
			out = append(out, p.Places[i].SIRET)
		}
	}
	return out
}

// Left returns the firms that are not in the team any more and whose lots
// nobody has seen to.
func (p *Project) Left() []register.SIRET {
	var out []register.SIRET
	for i := range p.Places {
		if p.Places[i].Out() && !p.Places[i].Settled {
			out = append(out, p.Places[i].SIRET)
		}
	}
	return out
}

// Uncovered returns the lots that no firm of the team takes.
func (p *Project) Uncovered() []int {
	var out []int
	for i := range p.Job.Lots {
		if !slices.ContainsFunc(p.Places, func(x Place) bool { return !x.Out() && slices.Contains(x.Lots, i) }) {
			out = append(out, i)
		}
	}
	return out
}

// settled returns the state of a team that asks, after an answer: agreed once
// everybody in it said yes and nothing is left to see to.
func (p *Project) settled() State {
	if p.State != Asking || len(p.Left()) > 0 || len(p.Members()) == 0 {
		return p.State
	}
	for i := range p.Places {
		if !p.Places[i].Out() && p.Places[i].Answer != Yes {
			return Asking
		}
	}
	return Agreed
}

// again returns the job by which the best replacement is found: who is in the
// team stays, who left it does not come back.
func (p *Project) again() Job {
	j := p.Job
	j.Include = p.Members()
	j.Exclude = slices.Clone(p.Job.Exclude)
	for i := range p.Places {
		if p.Places[i].Out() {
			j.Exclude = append(j.Exclude, p.Places[i].SIRET)
		}
	}
	return j
}

// clean puts the texts of a project in order.
func (p *Project) clean() error {
	p.Title = clip(strings.Join(strings.Fields(strings.ToValidUTF8(p.Title, "")), " "), MaxTitle)
	p.Words = clip(strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(p.Words, "\r\n", "\n"), "")), MaxWords)
	if p.Title == "" {
		return ErrTitle
	}
	for _, d := range []clock.Day{p.Starts, p.Ends} {
		if d != "" && d.Time().IsZero() {
			return ErrDays
		}
	}
	if p.Starts != "" && p.Ends != "" && p.Ends < p.Starts {
		return ErrDays
	}
	return nil
}

func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// workingDays returns the moment so many working days after t, at its hour.
func workingDays(t time.Time, n int) time.Time {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	t = t.In(clock.Paris)
	for n > 0 {
		t = t.AddDate(0, 0, step)
		if d := t.Weekday(); d != time.Saturday && d != time.Sunday {
			n--
		}
	}
	return t.UTC()
}
