package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/place"
)

// plansPath is where facilitators look after meetings.
const plansPath = "/animation/reunions"

// A plansPage lists the meetings a facilitator looks after.
type plansPage struct {
	frame
	Crumbs []crumb
	Rows   []planRow
	Past   []planRow
	Next   string // path of the meetings held before those
	// Further says that this is such a page: what comes is on the first.
	Further bool
	Done    bool
}

// A planRow is a meeting and how it fills.
type planRow struct {
	meetingLine
	Draft         bool
	Held, Waiting int
	Desk          string
	Holiday       string // it falls on one
}

func (s *site) plans(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	p := &plansPage{frame: s.frame(r, "/mon-espace", l.T("plan.title")), Done: r.URL.Query().Has("fait")}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, crumb{Name: l.T("plan.title")}), true
	now := s.config.Clock.Now()
	after := cut(r.URL.Query().Get("apres"), 60)
	if p.Further = after != ""; !p.Further {
		coming, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{From: now, Keeper: who.Person, Drafts: true})
		if err != nil {
			return err
		}
		p.Rows = s.planRows(l, who, coming, now)
	}
	past, next, err := s.config.Meetings.Page(r.Context(), meeting.Filter{Ended: now, After: after, Limit: plansPast, Keeper: who.Person, Drafts: true})
	if err != nil {
		return err
	}
	if p.Past = s.planRows(l, who, past, now); next != "" {
		p.Next = plansPath + "?" + url.Values{"apres": {next}}.Encode()
	}
	return s.show(w, http.StatusOK, "meeting/plans", p)
}

// plansPast is how many meetings that were held a page shows.
const plansPast = 30

func (s *site) planRows(l *locale.Language, who *account.Signed, list []meeting.Listed, now time.Time) (rows []planRow) {
	for i := range list {
		if !account.May(who.Person, account.PlanMeetings, list[i].Object()) {
			continue
		}
		row := planRow{meetingLine: s.meetingLine(l, &list[i], now), Draft: !list[i].Shown(), Desk: plansPath + "/" + list[i].ID, Holiday: holidayAt(l, list[i].Room.Start)}
		row.Held, row.Waiting, _ = list[i].Sheet.Count(now)
		rows = append(rows, row)
	}
	return rows
}

// A planPage is the form that plans a series, or changes one meeting.
type planPage struct {
	frame
	Crumbs []crumb
	Action string
	Common []input
	Words  input
	Agenda input
	Rule   input
	Copies []planCopy
	One    bool // changes one that is there
	// Holidays are the days that were chosen and are public holidays: said, not
	// refused.
	Holidays []holidayCopy
	Faults   []input
	Button   string
}

// A planCopy is what one meeting of a series has of its own.
type planCopy struct {
	Slug, Name string
	Inputs     []input
	Own        []input // what may differ from the others
	Differs    bool    // something does
	Chosen     bool
}

// A holidayCopy is a copy of a series on a public holiday.
type holidayCopy struct{ Field, Name, Text string }

// planDefaults are what a new series begins with.
func planDefaults(l *locale.Language) url.Values {
	return url.Values{"titre": {l.T("plan.default_title")}, "mots": {l.T("plan.default_words")}, "deroule": {l.T("plan.default_agenda")}, "places": {"50"}, "reservees": {"2"}}
}

func (s *site) planForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	typed := planDefaults(s.words(r))
	if from := r.URL.Query().Get("copie"); from != "" {
		var err error
		if typed, err = s.copied(r, who, from, r.URL.Query().Has("serie")); err != nil {
			return err
		}
	}
	return s.showPlan(w, r, who, http.StatusOK, typed, nil, nil)
}

// planTyped is a meeting as the form would have it.
func (s *site) planTyped(m *meeting.Meeting) url.Values {
	var agenda []string
	for _, i := range m.Agenda {
		line := strconv.Itoa(i.Minutes) + " | " + i.Title
		if i.Speaker != "" {
			line += " | " + i.Speaker
		}
		agenda = append(agenda, line)
	}
	c, _ := s.config.Places.Commune(m.Commune)
	start := m.Room.Start.In(clock.Paris)
	v := url.Values{
		"titre": {m.Title}, "mots": {m.Words}, "deroule": {strings.Join(agenda, "\n")}, "places": {strconv.Itoa(m.Room.Seats)}, "reservees": {strconv.Itoa(m.Room.Reserved)},
		"accueil": {m.Venue.Contact}, "metiers": {strings.Join(m.Trades, ", ")}, "regle": {"attend"},
	}
	if m.Room.Skips {
		v.Set("regle", "passe")
	}
	t := m.Territory + "-"
	for name, value := range map[string]string{
		"jour": start.Format(time.DateOnly), "heure": start.Format("15:04"), "fin": m.Room.End.In(clock.Paris).Format("15:04"), "commune": c.Name,
		"salle": m.Venue.Name, "rue": m.Venue.Street, "acces": m.Venue.Access, "venir": m.Venue.ByRoad,
	} {
		v.Set(t+name, value)
	}
	v.Set(t+"oui", "1")
	return v
}

// showPlan shows the form; one is the meeting that it changes, nil for a new
// series.
func (s *site) showPlan(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, typed url.Values, faults map[string]string, one *meeting.Meeting) error {
	l := s.words(r)
	p := &planPage{frame: s.frame(r, "/mon-espace", l.T("plan.new")), Action: plansPath, Button: l.T("plan.make")}
	p.Path = plansPath + "/nouvelles"
	crumbs := []crumb{{Name: l.T("plan.title"), Path: plansPath}}
	if one != nil {
		p.One, p.Action, p.Button, p.Title = true, plansPath+"/"+one.ID+"/modifier", l.T("plan.save"), l.T("plan.change")
		p.Path = p.Action
		crumbs = append(crumbs, crumb{Name: one.Title, Path: plansPath + "/" + one.ID})
	}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, append(crumbs, crumb{Name: p.Title})...), true
	field := func(name, key, kind string, free bool) input {
		i := input{Name: name, Label: l.T("plan." + key), Type: kind, Value: typed.Get(name), Error: faults[name], Free: free}
		if key == "trades" || key == "reserved" {
			i.Hint = l.T("plan." + key + "_hint")
		}
		if i.Error != "" {
			p.Faults = append(p.Faults, i)
		}
		return i
	}
	p.Common = []input{field("titre", "name", "", false), field("accueil", "contact", "", true), field("metiers", "trades", "", true), field("places", "seats", "number", false), field("reservees", "reserved", "number", true)}
	p.Words, p.Agenda = field("mots", "words", "", true), field("deroule", "agenda", "", true)
	p.Words.Rows, p.Agenda.Rows, p.Agenda.Hint = 4, 6, l.T("plan.agenda_hint")
	p.Rule = input{Name: "regle", Label: l.T("plan.rule"), Options: []option{{"attend", l.T("plan.rule_waits"), typed.Get("regle") != "passe"}, {"passe", l.T("plan.rule_skips"), typed.Get("regle") == "passe"}}}
	for _, t := range s.config.Places.Territories() {
		if !account.May(who.Person, account.PlanMeetings, account.Object{Territory: t.Slug}) || one != nil && one.Territory != t.Slug {
			continue
		}
		n := t.Slug + "-"
		c := planCopy{Slug: t.Slug, Name: t.Name, Chosen: typed.Get(n+"oui") == "1"}
		c.Inputs = []input{
			field(n+"jour", "day", "date", true), field(n+"heure", "from", "time", true), field(n+"fin", "to", "time", true), field(n+"commune", "commune", "", true),
			field(n+"salle", "venue", "", true), field(n+"rue", "street", "", true), field(n+"acces", "access", "", true), field(n+"venir", "road", "", true),
		}
		c.Inputs[0].Hint = holidayOf(l, c.Inputs[0].Value)
		if c.Inputs[0].Hint != "" && c.Chosen {
			p.Holidays = append(p.Holidays, holidayCopy{c.Inputs[0].Name, t.Name, c.Inputs[0].Hint})
		}
		if one == nil {
			c.Own, c.Differs = s.ownInputs(l, p, t.Slug, typed, faults)
		}
		p.Copies = append(p.Copies, c)
	}
	if len(p.Faults) > 0 || faults[""] != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	if faults[""] != "" {
		p.Faults = append(p.Faults, input{Name: "copies", Error: faults[""]})
	}
	return s.show(w, status, "meeting/plan", p)
}

// savePlan plans a series, a copy for each territory that was chosen.
func (s *site) savePlan(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	var list []meeting.Meeting
	for _, t := range s.config.Places.Territories() {
		if form.Get(t.Slug+"-oui") == "1" && account.May(who.Person, account.PlanMeetings, account.Object{Territory: t.Slug}) {
			list = append(list, s.meetingTyped(form, t, who))
		}
	}
	if len(list) == 0 {
		return s.showPlan(w, r, who, http.StatusUnprocessableEntity, form, map[string]string{"": l.T("plan.fault.none")}, nil)
	}
	made, faults, err := s.config.Meetings.Plan(r.Context(), by(who), list)
	if errors.Is(err, meeting.ErrFaults) {
		words := map[string]string{}
		for i, some := range faults {
			planFaults(l, words, form, list[i].Territory, some)
		}
		return s.showPlan(w, r, who, http.StatusUnprocessableEntity, form, words, nil)
	}
	if err != nil {
		return err
	}
	if len(made) == 1 {
		return s.goOn(w, r, plansPath+"/"+made[0].ID)
	}
	return s.goOn(w, r, plansPath+"?fait=1")
}

// planFields are the names in the form of the fields of a meeting.
var planFields = map[string]string{"title": "titre", "words": "mots", "seats": "places", "reserved": "reservees", "agenda": "deroule", "contact": "accueil"}

// planFaults puts faults into words, each at its field.
func planFaults(l *locale.Language, words map[string]string, form url.Values, territory string, faults []meeting.Fault) {
	own := map[string]string{"start": "jour", "end": "fin", "commune": "commune", "venue": "salle", "street": "rue", "access": "acces", "road": "venir"}
	for _, f := range faults {
		name, ok := planFields[f.Field]
		switch {
		case !ok:
			name = territory + "-" + own[f.Field]
		case strings.TrimSpace(form.Get(territory+"-"+name)) != "":
			name = territory + "-" + name
		}
		words[name] = l.T("plan.fault." + f.Key)
	}
}

// meetingTyped reads one meeting of the form.
func (s *site) meetingTyped(form url.Values, t place.Territory, who *account.Signed) meeting.Meeting {
	n := t.Slug + "-"
	own := func(name string) string { return strings.TrimSpace(ownOr(form, t.Slug, name)) }
	m := meeting.Meeting{
		Title: own("titre"), Words: own("mots"), Territory: t.Slug, Organiser: who.Person.ID, Institution: who.Person.Institution(), Agenda: meeting.ReadAgenda(ownOr(form, t.Slug, "deroule")),
		Venue: meeting.Venue{Name: one(form, n+"salle"), Street: one(form, n+"rue"), Access: one(form, n+"acces"), ByRoad: one(form, n+"venir"), Contact: own("accueil")},
	}
	for word := range strings.SplitSeq(own("metiers"), ",") {
		if sel, ok := s.config.Trades.Resolve(word); ok && sel.Slug != "" {
			m.Trades = append(m.Trades, sel.Slug)
		}
	}
	if found := s.config.Places.Find(one(form, n+"commune"), 1); len(found) > 0 {
		m.Commune = found[0].Code
	}
	m.Room.Seats, _ = strconv.Atoi(own("places"))
	m.Room.Reserved, _ = strconv.Atoi(own("reservees"))
	m.Room.Skips = form.Get("regle") == "passe"
	if start, err := time.ParseInLocation("2006-01-02 15:04", one(form, n+"jour")+" "+one(form, n+"heure"), clock.Paris); err == nil {
		m.Room.Start = start.UTC()
	}
	if end, err := time.ParseInLocation("2006-01-02 15:04", one(form, n+"jour")+" "+one(form, n+"fin"), clock.Paris); err == nil {
		m.Room.End = end.UTC()
	}
	return m
}

// plannable returns the meeting of an address that who asks looks after.
func (s *site) plannable(r *http.Request, who *account.Signed) (*meeting.Meeting, error) {
	m, err := s.config.Meetings.Meeting(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if !account.May(who.Person, account.PlanMeetings, m.Object()) {
		return nil, account.ErrDenied
	}
	return &m, nil
}

func (s *site) changePlanForm(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	return s.showPlan(w, r, who, http.StatusOK, s.planTyped(m), nil, m)
}

func (s *site) changePlan(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	t, _ := s.config.Places.Territory(m.Territory)
	is := s.meetingTyped(form, t, who)
	is.ID, is.Series, is.State, is.Organiser, is.Institution, is.CreatedAt = m.ID, m.Series, m.State, m.Organiser, m.Institution, m.CreatedAt
	l := s.words(r)
	words := map[string]string{}
	faults, err := s.config.Meetings.Change(r.Context(), by(who), is)
	switch {
	case errors.Is(err, meeting.ErrFaults):
		planFaults(l, words, form, m.Territory, faults)
	case errors.Is(err, booking.ErrHeld):
		words["places"] = l.T("plan.fault.held")
	case err != nil:
		return err
	default:
		return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
	}
	return s.showPlan(w, r, who, http.StatusUnprocessableEntity, form, words, m)
}

// publishMeeting, and the others below, are the presses of a meeting's desk.
func (s *site) publishMeeting(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	ids := []string{m.ID}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	if form.Get("serie") == "1" && m.Series != "" {
		list, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{Series: m.Series, Drafts: true})
		if err != nil {
			return err
		}
		for i := range list {
			if account.May(who.Person, account.PlanMeetings, list[i].Object()) {
				ids = append(ids, list[i].ID)
			}
		}
	}
	if err := s.config.Meetings.Publish(r.Context(), by(who), ids...); err != nil {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}

func (s *site) callOffMeeting(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Bookings.CallOff(r.Context(), by(who), m.ID); err != nil {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}

func (s *site) reinstateMeeting(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Bookings.Reinstate(r.Context(), by(who), m.ID); err != nil && !errors.Is(err, booking.ErrBegun) {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}

func (s *site) renewHelper(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Bookings.NewDoor(r.Context(), by(who), m.ID); err != nil {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}
