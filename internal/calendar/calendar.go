// Package calendar writes events as iCalendar (RFC 5545), for programs that keep
// an agenda: one event to take away, or a feed to subscribe to.
//
// It knows nothing of meetings and visits. Its one difficulty is what programs
// make of a change: they believe one only of the same UID and a higher
// SEQUENCE, and some show nothing of an event that is called off, so that a
// mail has to say it too. Times are written in the zone of Paris with its rules
// beside them, so that an hour stays the hour on the wall on both days on which
// the clocks change. A feed is read by others than its owner: nothing here
// takes a secret.
package calendar

import (
	"bytes"
	"fmt"
	"strings"
	"time"
	"unicode"

	ics "github.com/arran4/golang-ical"

	"passerelle/internal/clock"
)

// MIMEType is what a calendar is served as.
const MIMEType = "text/calendar; charset=utf-8"

// An Event is an entry of an agenda.
type Event struct {
	UID       string // stays the same for ever: id@domain
	Sequence  int64  // grows with every change that matters
	Changed   time.Time
	Start     time.Time
	End       time.Time
	Title     string
	Place     string
	Text      string
	URL       string
	Category  string
	Tentative bool            // waiting, or offered
	Cancelled bool            // it does not take place, or the person does not come
	Alarms    []time.Duration // before the start
}

// A Feed is a list of events under a name.
type Feed struct {
	Name   string
	Events []Event
}

// refresh is how often programs are asked to look again.
const refresh = "PT4H"

// Bytes writes the feed. A feed without events is a calendar too.
func (f *Feed) Bytes() ([]byte, error) {
	c := ics.NewCalendarFor("Passerelle")
	c.SetProductId("-//Passerelle//Passerelle//FR")
	c.SetVersion("2.0")
	c.SetCalscale("GREGORIAN")
	c.SetMethod(ics.MethodPublish)
	c.SetXWRCalName(plain(f.Name))
	c.SetXPublishedTTL(refresh)
	c.SetRefreshInterval(refresh)
	c.AddVTimezone(zone())
	for i := range f.Events {
		f.Events[i].add(c)
	}
	var b bytes.Buffer
	if err := c.SerializeTo(&b, ics.WithNewLineWindows); err != nil {
		return nil, fmt.Errorf("write calendar %q: %w", f.Name, err)
	}
	return b.Bytes(), nil
}

func (e *Event) add(c *ics.Calendar) {
	v := ics.NewEvent(e.UID)
	v.SetDtStampTime(e.Changed)
	v.SetLastModifiedAt(e.Changed)
	v.SetSequence(int(e.Sequence))
	moment(v, ics.ComponentPropertyDtStart, e.Start)
	moment(v, ics.ComponentPropertyDtEnd, e.End)
	v.SetSummary(plain(e.Title))
	for _, p := range []struct {
		property ics.ComponentProperty
		value    string
	}{
		{ics.ComponentPropertyLocation, plain(e.Place)},
		{ics.ComponentPropertyDescription, lines(e.Text)},
		{ics.ComponentPropertyUrl, e.URL},
		{ics.ComponentPropertyCategories, plain(e.Category)},
	} {
		if p.value != "" {
			v.SetProperty(p.property, p.value)
		}
	}
	switch {
	case e.Cancelled:
		v.SetStatus(ics.ObjectStatusCancelled)
	case e.Tentative:
		v.SetStatus(ics.ObjectStatusTentative)
	default:
		v.SetStatus(ics.ObjectStatusConfirmed)
	}
	if !e.Cancelled {
		for _, before := range e.Alarms {
			a := v.AddAlarm()
			a.SetAction(ics.ActionDisplay)
			a.SetProperty(ics.ComponentPropertyDescription, plain(e.Title))
			a.SetTrigger(fmt.Sprintf("-PT%dM", int(before.Minutes())))
		}
	}
	c.AddVEvent(v)
}

const local = "20060102T150405"

// moment writes an instant as the hour on the wall at Paris; the hour that
// comes twice, when summer ends, is written in UTC the second time, because the
// wall does not tell which it is.
func moment(v *ics.VEvent, property ics.ComponentProperty, t time.Time) {
	wall := t.In(clock.Paris)
	first := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, clock.Paris)
	if !first.Equal(t.Truncate(time.Second)) {
		v.SetProperty(property, t.UTC().Format(local)+"Z")
		return
	}
	v.SetProperty(property, wall.Format(local), ics.WithTZID(clock.Paris.String()))
}

// plain keeps a text on one line.
func plain(s string) string { return strings.Join(strings.Fields(lines(s)), " ") }

// lines keeps a text on its lines, without the signs that no line has.
func lines(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

// zone is the rule of Paris since 1996 (directive 2000/84/EC).
func zone() *ics.VTimezone {
	z := ics.NewTimezone(clock.Paris.String())
	winter, summer := ics.NewStandard(), &ics.Daylight{}
	season(&winter.ComponentBase, "19961027T030000", "10", "+0200", "+0100", "CET")
	season(&summer.ComponentBase, "19810329T020000", "3", "+0100", "+0200", "CEST")
	z.Components = append(z.Components, summer, winter)
	return z
}

func season(c *ics.ComponentBase, from, month, was, is, name string) {
	c.AddProperty(ics.ComponentProperty(ics.PropertyDtstart), from)
	c.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetfrom), was)
	c.AddProperty(ics.ComponentProperty(ics.PropertyTzoffsetto), is)
	c.AddProperty(ics.ComponentProperty(ics.PropertyTzname), name)
	c.AddProperty(ics.ComponentPropertyRrule, "FREQ=YEARLY;BYMONTH="+month+";BYDAY=-1SU")
}
