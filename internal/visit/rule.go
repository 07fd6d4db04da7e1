package visit

import (
	"slices"
	"strings"
	"time"

	"passerelle/internal/clock"
)

// A Cadence is how often a visit comes back.
type Cadence string

// The cadences.
const (
	Once        Cadence = "once"
	Weekly      Cadence = "weekly"
	Fortnightly Cadence = "fortnightly"
	Monthly     Cadence = "monthly" // the same weekday of the month: the second Tuesday
)

// Cadences lists them.
func Cadences() []Cadence { return []Cadence{Once, Weekly, Fortnightly, Monthly} }

// An Exception is a day on which the rule does not hold: the visit is left
// out, or moved to another day.
type Exception struct {
	Day clock.Day
	To  clock.Day // empty: left out
}

// A Rule says when visits are: it is worked out into slots once, and not kept.
type Rule struct {
	First  clock.Day
	At     time.Duration // since midnight, as the clock on the wall says at Paris
	Every  Cadence
	Until  clock.Day // the last day it may fall on; empty with Once
	Except []Exception
	Lead   string // the lead that these visits come of; empty for none
}

// Bounds of what is opened in one act: a year ahead, and so many slots.
const (
	MaxSlots = 60
	maxAhead = 366 * 24 * time.Hour
)

// Starts works a rule out: the moments at which visits begin, ascending. The
// hour is that of the wall, whatever the season.
func (r *Rule) Starts(now time.Time) ([]time.Time, []Fault) {
	if faults := r.faults(now); len(faults) > 0 {
		return nil, faults
	}
	var days []clock.Day
	first := r.First.Time()
	until := r.Until
	if r.Every == Once {
		until = r.First
	}
	for n := 0; n <= MaxSlots; n++ {
		day := dayOf(r.nth(first, n))
		if day > until {
			break
		}
		days = append(days, day)
	}
	for _, x := range r.Except {
		i := slices.Index(days, x.Day)
		switch {
		case i < 0:
			return nil, []Fault{{"except", "except"}}
		case x.To == "":
			days = slices.Delete(days, i, i+1)
		default:
			days[i] = x.To
		}
	}
	slices.Sort(days)
	days = slices.Compact(days)
	if len(days) == 0 {
		return nil, []Fault{{"except", "nothing"}}
	}
	if len(days) > MaxSlots {
		return nil, []Fault{{"until", "many"}}
	}
	var starts []time.Time
	for _, d := range days {
		t := d.Time()
		at := time.Date(t.Year(), t.Month(), t.Day(), 0, int(r.At/time.Minute), 0, 0, clock.Paris)
		if at.Before(now) {
			return nil, []Fault{{"first", "past"}}
		}
		starts = append(starts, at.UTC())
	}
	return starts, nil
}

func (r *Rule) faults(now time.Time) []Fault {
	last := dayOf(now.Add(maxAhead))
	for _, check := range []struct {
		field, key string
		wrong      bool
	}{
		{"first", "missing", r.First == ""},
		{"first", "far", r.First > last},
		{"at", "hour", r.At < 0 || r.At >= 24*time.Hour},
		{"every", "every", !slices.Contains(Cadences(), r.Every)},
		{"until", "missing", r.Every != Once && r.Until == ""},
		{"until", "before", r.Every != Once && r.Until < r.First},
		{"until", "far", r.Every != Once && r.Until > last},
		{"except", "far", slices.ContainsFunc(r.Except, func(x Exception) bool { return x.To > last })},
	} {
		if check.wrong {
			return []Fault{{check.field, check.key}}
		}
	}
	return nil
}

// nth returns the n-th day of the rule, 0 being the first.
func (r *Rule) nth(first time.Time, n int) time.Time {
	switch r.Every {
	case Weekly:
		return first.AddDate(0, 0, 7*n)
	case Fortnightly:
		return first.AddDate(0, 0, 14*n)
	case Monthly:
		return sameWeekday(first, n)
	}
	return first.AddDate(0, 0, n)
}

// sameWeekday returns, so many months on, the same weekday of the month: the
// second Tuesday. A fifth one that a month has not is its last.
func sameWeekday(first time.Time, months int) time.Time {
	rank := (first.Day() - 1) / 7
	start := time.Date(first.Year(), first.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	day := start.AddDate(0, 0, (int(first.Weekday())-int(start.Weekday())+7)%7+7*rank)
	if day.Month() != start.Month() {
		day = day.AddDate(0, 0, -7)
	}
	return day
}

// dayOf is the day of a moment at Paris. Days as time.Time are midnight, UTC,
// which is the same day there.
func dayOf(t time.Time) clock.Day { return clock.Day(t.In(clock.Paris).Format(time.DateOnly)) }

// ParseExceptions reads days on which a rule does not hold, one a line or
// between commas: 2026-12-24 is left out, 2027-01-06 > 2027-01-08 is moved.
// Days may be written as in French, 24/12/2026. It returns what it could not
// read.
func ParseExceptions(text string) (list []Exception, wrong string) {
	for _, part := range strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == ',' || c == ';' }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		from, to, moved := strings.Cut(strings.ReplaceAll(part, "→", ">"), ">")
		x := Exception{}
		var err error
		if x.Day, err = ParseDay(from); err != nil {
			return nil, part
		}
		if moved {
			if x.To, err = ParseDay(to); err != nil {
				return nil, part
			}
		}
		if len(list) == MaxSlots {
			return nil, part
		}
		list = append(list, x)
	}
	return list, ""
}

// ParseDay reads a day as machines or as French people write it.
func ParseDay(s string) (clock.Day, error) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse("2/1/2006", s); err == nil {
		return clock.Day(t.Format(time.DateOnly)), nil
	}
	return clock.ParseDay(s)
}
