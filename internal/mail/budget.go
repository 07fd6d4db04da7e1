package mail

import (
	"time"

	"passerelle/internal/clock"
)

// The hours in which somebody may be asked something: Monday to Friday, from 8
// to 20 h at Paris.
const (
	opens  = 8
	closes = 20
)

// A week lies between two mails that ask something of one person.
const week = 7 * 24 * time.Hour

// Working returns the first moment not before t at which somebody may be asked
// something.
func Working(t time.Time) time.Time {
	t = t.In(clock.Paris)
	if t.Hour() >= closes {
		t = at(t.AddDate(0, 0, 1), opens)
	} else if t.Hour() < opens {
		t = at(t, opens)
	}
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = at(t.AddDate(0, 0, 1), opens)
	}
	return t.UTC()
}

// WorkingDayBefore returns the hour of t on the last working day before its
// day: when a reminder goes.
func WorkingDayBefore(t time.Time) time.Time {
	t = t.In(clock.Paris).AddDate(0, 0, -1)
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, -1)
	}
	switch {
	case t.Hour() < opens:
		t = at(t, opens)
	case t.Hour() >= closes:
		t = at(t, closes-1)
	}
	return t.UTC()
}

// AddWorking adds working hours to t: the clock of an offer runs only when
// people may be asked.
func AddWorking(t time.Time, d time.Duration) time.Time {
	t = Working(t)
	for {
		end := at(t.In(clock.Paris), closes).UTC()
		left := end.Sub(t)
		if d <= left {
			return t.Add(d)
		}
		d -= left
		t = Working(end)
	}
}

// at returns an hour of the day of t, at Paris.
func at(t time.Time, hour int) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), hour, 0, 0, 0, clock.Paris)
}

// solicitAt returns when somebody who was last asked something at last (zero
// for never) may be asked again.
func solicitAt(now, last time.Time) time.Time {
	if next := last.Add(week); !last.IsZero() && next.After(now) {
		now = next
	}
	return Working(now)
}
