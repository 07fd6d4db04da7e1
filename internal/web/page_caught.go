package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/register"
)

// A caughtPage notes the leads of a meeting while it is held, and lists them.
type caughtPage struct {
	frame
	Crumbs  []crumb
	Line    meetingLine
	Action  string
	Inputs  []input
	Owner   input
	Faults  []input
	Present []string // as the fields propose them
	Rows    []leadRow
	Fate    []tab
	Done    bool
}

// duePeriod is how long is usually given for what is to be done next.
const duePeriod = 7

// dueUsually is the day by which what was said is usually done: in a week, or
// on the working day after.
func dueUsually(now time.Time) clock.Day {
	t := now.In(clock.Paris).AddDate(0, 0, duePeriod)
	for t.Weekday() == time.Saturday || t.Weekday() == time.Sunday {
		t = t.AddDate(0, 0, 1)
	}
	return clock.Day(t.Format(time.DateOnly))
}

// presentAt lists who is at a meeting: those marked as present, or all who hold
// a seat while nobody is marked.
func (s *site) presentAt(r *http.Request, id string) ([]booking.Booking, error) {
	sheet, err := s.config.Bookings.Sheet(r.Context(), id)
	if err != nil {
		return nil, err
	}
	seen, err := s.config.Bookings.Presences(r.Context(), id)
	if err != nil {
		return nil, err
	}
	var here, expected []booking.Booking
	for _, b := range sheet.List {
		if seen[b.ID].State == booking.Present {
			here = append(here, b)
		}
		if b.State.Holds() {
			expected = append(expected, b)
		}
	}
	if len(here) == 0 {
		here = expected
	}
	slices.SortStableFunc(here, func(a, b booking.Booking) int { return strings.Compare(fold.Key(a.Name), fold.Key(b.Name)) })
	return here, nil
}

// presentName is how somebody present is proposed: the name, then the firm.
func (s *site) presentName(b *booking.Booking) string {
	firm := cmp.Or(s.shownName(b.SIRET), b.Party.Firm)
	if firm == "" || b.Name == "" {
		return strings.TrimSpace(b.Name + firm)
	}
	return b.Name + " · " + firm
}

func (s *site) caught(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	typed := url.Values{"suivi": {who.Person.ID}, "pour": {string(dueUsually(s.config.Clock.Now()))}}
	return s.showCaught(w, r, http.StatusOK, m, typed, nil)
}

func (s *site) showCaught(w http.ResponseWriter, r *http.Request, status int, m *meeting.Meeting, typed url.Values, faults map[string]string) error {
	private(w)
	l := s.words(r)
	p := &caughtPage{frame: s.frame(r, "/mon-espace", l.T("caught.title")), Action: plansPath + "/" + m.ID + "/pistes", Done: r.URL.Query().Has("fait") && faults == nil}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("plan.title"), Path: plansPath}, crumb{Name: m.Title, Path: plansPath + "/" + m.ID}, crumb{Name: p.Title})
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	p.Line = s.meetingLine(l, &meeting.Listed{Meeting: *m, Sheet: sheet}, s.config.Clock.Now())
	for _, name := range []string{"qui", "avec", "quoi", "pour"} {
		i := input{Name: name, Label: l.T("caught." + name), Value: typed.Get(name), Error: faults[name], Free: name == "pour", Autocomplete: "off", First: name == "qui" && len(faults) == 0}
		switch name {
		case "qui", "avec":
			i.List = "presents"
		case "pour":
			i.Type = "date"
		}
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
		p.Inputs = append(p.Inputs, i)
	}
	if len(p.Faults) > 0 {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	if p.Owner, err = s.ownerChoice(r, typed.Get("suivi")); err != nil {
		return err
	}
	p.Owner.Name = "suivi"
	present, err := s.presentAt(r, m.ID)
	if err != nil {
		return err
	}
	for i := range present {
		p.Present = append(p.Present, s.presentName(&present[i]))
	}
	if p.Rows, p.Fate, err = s.leadsOfMeeting(r, l, m.ID); err != nil {
		return err
	}
	return s.show(w, status, "meeting/caught", p)
}

// leadsOfMeeting lists the leads that a meeting left, and how many are at each
// stage.
func (s *site) leadsOfMeeting(r *http.Request, l *locale.Language, id string) ([]leadRow, []tab, error) {
	list, err := s.config.Leads.From(r.Context(), lead.Origin{Kind: lead.FromMeeting, ID: id})
	if err != nil {
		return nil, nil, err
	}
	var fate []tab
	for _, stage := range lead.Stages() {
		n := 0
		for _, one := range list {
			if one.Stage == stage {
				n++
			}
		}
		if n > 0 {
			fate = append(fate, tab{Name: l.T("lead.stage." + string(stage)), N: n})
		}
	}
	return s.leadRows(r, list), fate, nil
}

// A someone is a party of a lead as it was typed.
type someone struct {
	siret register.SIRET // 0: none is known
	words string         // what they are called then
}

// errSeveral says that what was typed may be several of those present.
var errSeveral = errors.New("several of those present")

// someoneTyped finds who is meant: one of those present, by the proposal or by
// some words of it, an establishment by its SIRET, or else somebody who is
// called so.
func (s *site) someoneTyped(r *http.Request, typed string, present []booking.Booking) (someone, error) {
	if siret, err := s.siretTyped(typed); err == nil {
		return someone{siret: siret}, nil
	}
	found := -1
	words := fold.Words(typed)
	for i := range present {
		name := s.presentName(&present[i])
		if name == typed {
			found = i
			break
		}
		key := fold.Key(name)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(key, w) }) {
			continue
		}
		if found >= 0 {
			return someone{}, errSeveral
		}
		found = i
	}
	if found < 0 {
		return someone{words: typed}, nil
	}
	if b := &present[found]; b.SIRET != 0 {
		return someone{siret: b.SIRET}, nil
	}
	return someone{words: s.presentName(&present[found])}, nil
}

// catchLead notes a lead.
func (s *site) catchLead(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	present, err := s.presentAt(r, m.ID)
	if err != nil {
		return err
	}
	l, faults := s.words(r), map[string]string{}
	one := func(name string) string { return cut(one(form, name), 200) }
	noted := lead.Lead{Title: one("quoi"), Due: clock.Day(one("pour")), Stage: lead.Noted, Territory: m.Territory, Origins: []lead.Origin{{Kind: lead.FromMeeting, ID: m.ID}}}
	var words []string
	for _, name := range []string{"qui", "avec"} {
		typed := one(name)
		if typed == "" {
			faults[name] = l.T("caught.error.who")
			continue
		}
		x, err := s.someoneTyped(r, typed, present)
		switch {
		case errors.Is(err, errSeveral):
			faults[name] = l.T("caught.error.several", "typed", typed)
		case x.siret != 0:
			noted.Parties = append(noted.Parties, x.siret)
		default:
			words = append(words, l.T("caught.with", "name", x.words))
		}
	}
	noted.Words = strings.Join(words, "\n")
	if owners, err := s.ownerChoice(r, form.Get("suivi")); err != nil {
		return err
	} else if slices.ContainsFunc(owners.Options, func(o option) bool { return o.Chosen }) {
		noted.Owner = form.Get("suivi")
	}
	if len(faults) == 0 {
		_, err = s.config.Leads.Add(r.Context(), by(who), noted)
		switch {
		case err == nil:
			return s.goOn(w, r, pathIn(r, plansPath+"/"+m.ID+"/pistes")+"?fait=1")
		case errors.Is(err, lead.ErrTitle):
			faults["quoi"] = l.T(leadFaults[lead.ErrTitle])
		case errors.Is(err, lead.ErrDay):
			faults["pour"] = l.T(leadFaults[lead.ErrDay])
		default:
			return err
		}
	} else if noted.Title == "" {
		faults["quoi"] = l.T(leadFaults[lead.ErrTitle])
	}
	return s.showCaught(w, r, http.StatusUnprocessableEntity, m, form, faults)
}

// An coffeePage is whom to introduce to whom at the coffee break.
type coffeePage struct {
	frame
	Crumbs []crumb
	Line   meetingLine
	Pairs  []coffeeRow
	Left   int // who cannot be paired
}

// An coffeeRow is two who are present and why they should talk.
type coffeeRow struct {
	pairLine
	Names [2]string // of those who came
}

// coffeeEach is how many neighbours one is introduced to at most: a coffee
// break is short.
const coffeeEach = 3

func (s *site) coffee(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	private(w)
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &coffeePage{frame: s.frame(r, "/mon-espace", l.T("coffee.title"))}
	p.Path, p.NoIndex = plansPath+"/"+m.ID+"/paires", true
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("plan.title"), Path: plansPath}, crumb{Name: m.Title, Path: plansPath + "/" + m.ID}, crumb{Name: p.Title})
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	p.Line = s.meetingLine(l, &meeting.Listed{Meeting: *m, Sheet: sheet}, s.config.Clock.Now())
	present, err := s.presentAt(r, m.ID)
	if err != nil {
		return err
	}
	names, sirets := map[register.SIRET][]string{}, []register.SIRET{}
	for _, b := range present {
		if b.SIRET == 0 {
			p.Left++
			continue
		}
		names[b.SIRET] = append(names[b.SIRET], b.Name)
		sirets = append(sirets, b.SIRET)
	}
	pairs, left, err := s.config.Partners.Among(sirets, coffeeEach)
	if err != nil {
		return err
	}
	for _, siret := range left {
		p.Left += len(names[siret])
	}
	for i := range pairs {
		row := coffeeRow{pairLine: s.pairLine(l, i+1, &pairs[i])}
		for n := range row.Names {
			row.Names[n] = strings.Join(names[pairs[i].Sides[n].SIRET], ", ")
		}
		p.Pairs = append(p.Pairs, row)
	}
	return s.show(w, http.StatusOK, "meeting/coffee", p)
}
