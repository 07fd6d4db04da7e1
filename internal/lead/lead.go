// Package lead holds leads and the cooperations they become: what was said to
// be possible between some establishments, who sees to it and until when, and
// what then really took place.
//
// A lead comes from somewhere, a match, a need, an introduction, a meeting, a
// telephone call, and knows it by kind and id only: the subjects these belong
// to hand over the whole chain, and this package never asks them back. Leads
// are common to both institutions. It sends no mail and knows no page.
//
// Its one difficulty is to count once. The same cooperation is told from the
// introduction that made it, from the lead of a meeting where the two had met
// before, and by each of the parties; whichever way it is told, every step of
// the chain behind it stands under a key with the establishments concerned, and
// who finds one of these keys taken tells of a cooperation already known.
package lead

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"passerelle/internal/clock"
	"passerelle/internal/register"
)

// A Stage is how far a lead is.
type Stage string

// The stages, in their order.
const (
	Noted      Stage = "noted"
	Contacted  Stage = "contacted"
	Discussion Stage = "discussion"
	Agreed     Stage = "agreed"
	Done       Stage = "done"
	Dropped    Stage = "dropped"
)

// Stages lists the stages in their order.
func Stages() []Stage { return []Stage{Noted, Contacted, Discussion, Agreed, Done, Dropped} }

// Open reports whether something is still to be done at a stage.
func (s Stage) Open() bool { return s != Done && s != Dropped }

// A Reason is why a lead was dropped.
type Reason string

// Reasons lists why a lead may be dropped.
func Reasons() []Reason {
	return []Reason{"silence", "no_need", "elsewhere", "price", "far", "other"}
}

// Refusals. Each carries the key of the message that tells it.
var (
	ErrStage   = errors.New("a lead does not go from this stage to that one") // lead.error.stage
	ErrReason  = errors.New("a dropped lead says why")                        // lead.error.reason
	ErrTitle   = errors.New("a lead has a title")                             // lead.error.title
	ErrDay     = errors.New("not a day")                                      // lead.error.day
	ErrParties = errors.New("a cooperation has at least two parties")         // cooperation.error.parties
	ErrKind    = errors.New("no such kind of cooperation")                    // cooperation.error.kind
	ErrFigure  = errors.New("a figure below zero, or beyond belief")          // cooperation.error.figure
	ErrAnswer  = errors.New("answered otherwise before")                      // cooperation.error.answer
)

// Move reports whether a lead may go from one stage to another. An open one
// moves to any open stage, back too, since people make mistakes; it is done
// once agreed, and for good; one that was dropped is taken up again from the
// start.
func Move(from, to Stage, reason Reason) error {
	switch {
	case !slices.Contains(Stages(), to):
		return ErrStage
	case to == Dropped && !slices.Contains(Reasons(), reason):
		return ErrReason
	case from == to:
		return nil
	case from == Done, from == Dropped && to != Noted, to == Done && from != Agreed:
		return ErrStage
	}
	return nil
}

// The kinds of what a lead comes from and leads to.
const (
	FromMatch        = "match" // id: SIRET-SIRET
	FromNeed         = "need"
	FromIntroduction = "introduction"
	FromTeam         = "team"
	FromMeeting      = "meeting"
	FromVisit        = "visit"
	FromPhone        = "phone" // no id
	FromLead         = "lead"
	FromNote         = "note" // what somebody wrote after a visit; id: of the booking
	ToCooperation    = "cooperation"
)

// OriginKinds lists where leads come from, as lists are filtered by them.
func OriginKinds() []string {
	return []string{FromMeeting, FromVisit, FromMatch, FromNeed, FromIntroduction, FromTeam, FromPhone}
}

// An Origin is something that a lead comes from or led to.
type Origin struct{ Kind, ID string }

// Axes lists what a lead may serve: the four points of convergence of the
// agreement. A convention counts its leads by them.
func Axes() []string { return []string{"proximity", "services", "jobs", "resources"} }

// How long the texts may be, in letters.
const (
	MaxTitle = 120
	MaxWords = 2000
	MaxNext  = 200
	MaxNote  = 1000
	MaxSaid  = 2000
	MaxName  = 80 // of a document
)

// A Lead is something that may become a cooperation.
type Lead struct {
	ID        string
	Title     string
	Words     string
	Next      string    // step
	Due       clock.Day // of the next step; empty without one
	Stage     Stage
	Reason    Reason // of one that was dropped
	Axis      string // one of Axes; empty: not said
	Owner     string // id of a person; empty when nobody sees to it
	Territory string
	Parties   []register.SIRET // ascending
	Origins   []Origin         // the chain it comes from, the nearest first
	LedTo     []Origin
	CreatedAt time.Time
	ChangedAt time.Time
	AskedAt   time.Time // its owner or its parties were last asked where it stands; zero: never
}

// Overdue reports whether the day of the next step is past.
func (l *Lead) Overdue(today clock.Day) bool { return l.Stage.Open() && l.Due != "" && l.Due < today }

// clean puts the texts of a lead in order and says what is wrong with it.
func (l *Lead) clean() error {
	l.Title, l.Next, l.Words = cut(line(l.Title), MaxTitle), cut(line(l.Next), MaxNext), cut(strings.TrimSpace(strings.ToValidUTF8(l.Words, "")), MaxWords)
	if l.Title == "" {
		return ErrTitle
	}
	if l.Due != "" {
		if _, err := clock.ParseDay(string(l.Due)); err != nil {
			return ErrDay
		}
	}
	if l.Axis != "" && !slices.Contains(Axes(), l.Axis) {
		l.Axis = ""
	}
	slices.Sort(l.Parties)
	l.Parties = slices.Compact(l.Parties)
	return nil
}

// changed lists the fields in which two leads differ, the stage apart.
func changed(a, b *Lead) []string {
	fields := []string{}
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title},
		{"words", a.Words == b.Words},
		{"next", a.Next == b.Next},
		{"due", a.Due == b.Due},
		{"owner", a.Owner == b.Owner},
		{"axis", a.Axis == b.Axis},
		{"parties", slices.Equal(a.Parties, b.Parties)},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// line makes one line of a text.
func line(s string) string { return strings.Join(strings.Fields(strings.ToValidUTF8(s, "")), " ") }

// cut ends a text after some letters.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:most]))
}
