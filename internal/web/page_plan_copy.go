package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
)

// ownFields are what a copy of a series may have of its own instead of what is
// common to all; left empty, it is what is common.
var ownFields = []string{"titre", "places", "reservees", "accueil", "metiers", "mots", "deroule"}

// ownOr returns what a copy says of itself under a name, or what is common.
func ownOr(form url.Values, territory, name string) string {
	if v := form.Get(territory + "-" + name); strings.TrimSpace(v) != "" {
		return v
	}
	return form.Get(name)
}

// copied fills the form with what was held: one meeting, or with the series it
// was planned in; each is proposed 52 weeks later, or as many times that as it
// takes for the first to lie ahead.
func (s *site) copied(r *http.Request, who *account.Signed, id string, series bool) (url.Values, error) {
	m, err := s.config.Meetings.Meeting(r.Context(), id)
	if err != nil {
		return nil, err
	}
	if !account.May(who.Person, account.PlanMeetings, m.Object()) {
		return nil, account.ErrDenied
	}
	held := []meeting.Meeting{m}
	if series && m.Series != "" {
		list, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{Series: m.Series, Drafts: true})
		if err != nil {
			return nil, err
		}
		held = nil
		for i := range list {
			if account.May(who.Person, account.PlanMeetings, list[i].Object()) {
				held = append(held, list[i].Meeting)
			}
		}
	}
	weeks := meeting.WeeksAgain(held[0].Room.Start, s.config.Clock.Now())
	typed := url.Values{}
	each := make([]url.Values, len(held))
	for i := range held {
		held[i].Room.Start, held[i].Room.End = later(held[i].Room.Start, weeks), later(held[i].Room.End, weeks)
		each[i] = s.planTyped(&held[i])
		for name, v := range each[i] {
			if strings.HasPrefix(name, held[i].Territory+"-") {
				typed[name] = v
			}
		}
	}
	for _, name := range append(slices.Clone(ownFields), "regle") {
		typed.Set(name, usualOf(each, name))
		for i := range held {
			if v := each[i].Get(name); v != typed.Get(name) && name != "regle" {
				typed.Set(held[i].Territory+"-"+name, v)
			}
		}
	}
	return typed, nil
}

// later is the same hour on the wall so many weeks later.
func later(t time.Time, weeks int) time.Time { return t.In(clock.Paris).AddDate(0, 0, 7*weeks) }

// usualOf is the value that most forms have under a name; the first of them
// when several are as frequent.
func usualOf(forms []url.Values, name string) string {
	count := map[string]int{}
	for _, f := range forms {
		count[f.Get(name)]++
	}
	best := forms[0].Get(name)
	for _, f := range forms {
		if v := f.Get(name); count[v] > count[best] {
			best = v
		}
	}
	return best
}

// ownInputs are the fields of what a copy has of its own, and whether it has
// anything.
func (s *site) ownInputs(l *locale.Language, p *planPage, territory string, typed url.Values, faults map[string]string) (fields []input, some bool) {
	keys := map[string]string{"titre": "name", "places": "seats", "reservees": "reserved", "accueil": "contact", "metiers": "trades", "mots": "words", "deroule": "agenda"}
	for _, name := range ownFields {
		i := input{Name: territory + "-" + name, Label: l.T("plan." + keys[name]), Value: typed.Get(territory + "-" + name), Error: faults[territory+"-"+name], Free: true}
		switch name {
		case "places", "reservees":
			i.Type = "number"
		case "mots", "deroule":
			i.Rows = 3
		}
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
		some = some || i.Value != "" || i.Error != ""
		fields = append(fields, i)
	}
	return fields, some
}

// holidayOf names the public holiday that a day is; empty for any other day.
func holidayOf(l *locale.Language, day string) string {
	name, is := clock.Holiday(clock.Day(day))
	if !is {
		return ""
	}
	return l.T("plan.holiday", "name", l.T("holiday."+name))
}

// holidayAt is holidayOf for a moment.
func holidayAt(l *locale.Language, t time.Time) string {
	return holidayOf(l, t.In(clock.Paris).Format(time.DateOnly))
}
