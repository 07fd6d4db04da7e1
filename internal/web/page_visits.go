package web

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/visit"
)

// A visitsPage lists the visits to come.
type visitsPage struct {
	frame
	Crumbs  []crumb
	Filters []input
	Months  []meetingMonth
	Chosen  bool // a filter is set
	Feed    string
	Atom    string
	Wish    string
	Map     drawing
	Pins    []visitPin
}

// A visitPin is a commune on the map of visits: what is open there, and the
// first of it.
type visitPin struct {
	X, Y        float64
	Path, Place string
	N           int
}

// monthsAhead is how many months the list may be cut down to.
const monthsAhead = 12

func (s *site) visits(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	v := r.URL.Query()
	p := &visitsPage{frame: s.frame(r, "/visites", l.T("visits.title"))}
	p.Description, p.Crumbs = l.T("visits.description"), []crumb{{Name: l.T("visits.title")}}
	now := s.config.Clock.Now()
	f := visit.Filter{From: now}
	if t, ok := s.config.Places.Territory(v.Get("territoire")); ok {
		f.Territory = t.Slug
	}
	if t, ok := s.config.Trades.Trade(v.Get("metier")); ok {
		f.Trade = t.Slug
	}
	month, from, to := parseMonth(v.Get("mois"))
	if month != "" && to.After(now) {
		f.To = to
		if from.After(now) {
			f.From = from
		}
	}
	p.Filters = []input{s.anyTerritory(l, f.Territory), s.anyTrade(l, f.Trade), monthChoice(l, now, month)}
	p.Chosen = f.Territory != "" || f.Trade != "" || month != ""
	asked := url.Values{"kind": {visit.Kind}}
	wish := url.Values{}
	if f.Territory != "" {
		asked.Set("territory", f.Territory)
		wish.Set("territoire", f.Territory)
	}
	if f.Trade != "" {
		asked.Set("trade", f.Trade)
		wish.Set("metier", f.Trade)
	}
	p.Feed, p.Atom, p.Wish = "/agenda.ics?"+asked.Encode(), "/agenda.atom?"+asked.Encode(), hrefIn(l.Code(), "/souhait")
	if len(wish) > 0 {
		p.Wish += "?" + wish.Encode()
	}
	list, err := s.config.Visits.Visits(r.Context(), f)
	if err != nil {
		return err
	}
	for i := range list {
		line := s.lineOf(l, s.ofVisit(&list[i].Visit), &list[i].Sheet, now)
		line.Place = s.firmOf(r, list[i].Offer.SIRET).Name + ", " + s.communeName(list[i].Offer.Commune)
		p.Months = addToMonth(l, p.Months, list[i].Room.Start, line)
	}
	p.Map = s.outlines.territories()
	p.Pins = s.visitPins(list, &p.Map)
	p.Map.clearOf(p.Pins)
	return s.show(w, http.StatusOK, "visit/visits", p)
}

// visitPins are the communes of a list of visits, soonest first, on a drawing.
func (s *site) visitPins(list []visit.Listed, d *drawing) (pins []visitPin) {
	at := map[string]int{}
	for i := range list {
		code := list[i].Offer.Commune
		c, ok := s.config.Places.Commune(code)
		if !ok || len(d.Areas) == 0 {
			continue
		}
		n, ok := at[code]
		if !ok {
			n, at[code] = len(pins), len(pins)
			x, y := d.at(c.Centre)
			pins = append(pins, visitPin{X: x, Y: y, Path: "/visites/" + list[i].ID, Place: c.Name})
		}
		pins[n].N++
	}
	return pins
}

// clearOf moves the names of a drawing from under pins.
func (d *drawing) clearOf(pins []visitPin) {
	d.Areas = slices.Clone(d.Areas)
	for i := range d.Areas {
		a := &d.Areas[i]
		if slices.ContainsFunc(pins, func(p visitPin) bool { return math.Abs(p.X-a.X) < 90 && math.Abs(p.Y-a.Y) < 32 }) {
			a.Y += 46
		}
	}
}

// addToMonth adds a line to the months of a list, in their order.
func addToMonth(l *locale.Language, months []meetingMonth, at time.Time, line meetingLine) []meetingMonth {
	at = at.In(clock.Paris)
	name := l.T(longMonths[at.Month()-1], "year", strconv.Itoa(at.Year()))
	if n := len(months); n == 0 || months[n-1].Name != name {
		months = append(months, meetingMonth{Name: name})
	}
	m := &months[len(months)-1]
	m.Rows = append(m.Rows, line)
	return months
}

// parseMonth reads a month, 2026-12: its name, its beginning and its end.
func parseMonth(text string) (name string, from, to time.Time) {
	t, err := time.ParseInLocation("2006-01", text, clock.Paris)
	if err != nil {
		return "", from, to
	}
	return text, t.UTC(), t.AddDate(0, 1, 0).UTC()
}

func monthChoice(l *locale.Language, now time.Time, chosen string) input {
	i := input{Name: "mois", Label: l.T("visits.month"), Options: []option{{"", l.T("visits.any_month"), chosen == ""}}}
	first := now.In(clock.Paris)
	for n := range monthsAhead {
		t := time.Date(first.Year(), first.Month()+time.Month(n), 1, 0, 0, 0, 0, clock.Paris)
		value := t.Format("2006-01")
		i.Options = append(i.Options, option{value, l.T(longMonths[t.Month()-1], "year", strconv.Itoa(t.Year())), value == chosen})
	}
	return i
}

func (s *site) anyTerritory(l *locale.Language, chosen string) input {
	i := input{Name: "territoire", Label: l.T("fact.territory"), Options: []option{{"", l.T("meetings.everywhere"), chosen == ""}}}
	for _, t := range s.config.Places.Territories() {
		i.Options = append(i.Options, option{t.Slug, t.Name, t.Slug == chosen})
	}
	return i
}

func (s *site) anyTrade(l *locale.Language, chosen string) input {
	i := input{Name: "metier", Label: l.T("facet.trade"), Options: []option{{"", l.T("visits.any_trade"), chosen == ""}}}
	for _, t := range s.config.Trades.Trades() {
		i.Options = append(i.Options, option{t.Slug, nameOfTrade(l, t), t.Slug == chosen})
	}
	return i
}

func (s *site) communeName(code string) string {
	c, _ := s.config.Places.Commune(code)
	return c.Name
}

// A visitPage is an offer, its slots and the form to book one.
type visitPage struct {
	frame
	Crumbs []crumb
	O      *visit.Offer
	Host   firm
	Facts  []fact
	For    []string // trades
	Slots  int
	Form   *seatForm
	Rule   string
	School []string // what a class must know
	Wish   string
	Notes  []noteRow
	Staff  string // where it is looked after
	LD     *linkedEvent
}

// offerOf returns the offer of an address, which may be that of one of its
// slots; one that is not seen is there only for its host.
func (s *site) offerOf(r *http.Request) (o visit.Offer, slot string, err error) {
	id := r.PathValue("id")
	o, err = s.config.Visits.Offer(r.Context(), id)
	if err != nil {
		v, notSlot := s.config.Visits.Visit(r.Context(), id)
		if notSlot != nil {
			return o, "", err
		}
		o, slot = v.Offer, v.ID
	}
	if !s.config.Visits.Seen(&o) && !s.mayKeep(r, &occasion{Act: account.HostVisits, Object: o.Object()}) {
		return o, "", db.ErrNotFound
	}
	return o, slot, nil
}

func (s *site) visit(w http.ResponseWriter, r *http.Request) error {
	o, slot, err := s.offerOf(r)
	if err != nil {
		return err
	}
	return s.showVisit(w, r, http.StatusOK, &o, url.Values{"creneau": {slot}}, nil)
}

func (s *site) showVisit(w http.ResponseWriter, r *http.Request, status int, o *visit.Offer, typed url.Values, faults map[string]string) error {
	l := s.words(r)
	now := s.config.Clock.Now()
	p := &visitPage{frame: s.frame(r, "/visites", o.Title), O: o, Host: s.firmOf(r, o.SIRET)}
	p.Path = "/visites/" + o.ID
	p.Crumbs = []crumb{{Name: l.T("visits.title"), Path: "/visites"}, {Name: o.Title}}
	p.Description, p.NoIndex = l.T("visit.description", "host", p.Host.Name, "commune", s.communeName(o.Commune)), !s.config.Visits.Seen(o)
	p.Facts = s.visitFacts(l, o)
	for _, slug := range o.Trades {
		p.For = append(p.For, s.tradeName(l, slug))
	}
	list, err := s.config.Visits.Visits(r.Context(), visit.Filter{Offer: o.ID, From: now, Closed: true})
	if err != nil {
		return err
	}
	p.Form = &seatForm{Action: p.Path, Guard: s.guardFields(), Fields: s.seatInputs(l, typed, faults), Notice: faults[""], Button: l.T("visit.book"), SlotFault: faults["creneau"]}
	if o.Approval {
		p.Form.Button = l.T("visit.ask")
	}
	p.Form.Slots = slotChoices(l, list, one(typed, "creneau"), now)
	p.Form.Group = groupInputs(l, typed, faults)
	p.Slots = len(p.Form.Slots)
	if p.Slots > 0 && list[0].Room.Start.After(now) {
		_, _, left := list[0].Sheet.Count(now)
		p.LD = s.eventLD(&p.frame, s.ofVisit(&list[0].Visit), left)
	}
	p.Rule = l.T("visit.rule")
	p.School = s.schoolWords(l, o)
	p.Wish = "/souhait?siret=" + o.SIRET.String()
	if p.Notes, _, _, err = s.noteRows(r, lead.NoteFilter{Kind: lead.OfVisit, Source: o.ID}); err != nil {
		return err
	}
	if s.mayKeep(r, &occasion{Act: account.HostVisits, Object: o.Object()}) {
		p.Staff = hostPath(o.SIRET) + "/" + o.ID
		if slot := one(typed, "creneau"); slot != "" && slot == r.PathValue("id") {
			p.Staff = slotPath(&visit.Visit{ID: slot, Offer: *o})
		}
		w.Header().Set("Cache-Control", "no-store")
	}
	if p.Form.failed() {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "visit/visit", p)
}

// visitFacts are what visitors are to know of an offer.
func (s *site) visitFacts(l *locale.Language, o *visit.Offer) []fact {
	t := &o.Terms
	where := t.Where
	if name := s.communeName(o.Commune); name != "" {
		where += ", " + name
	}
	minors := l.T("visit.no_minors")
	switch {
	case t.Minors && t.LeastAge > 0:
		minors = l.T("visit.minors_from", "age", strconv.Itoa(t.LeastAge))
	case t.Minors:
		minors = l.T("visit.minors_any")
	}
	languages := ""
	for n, name := range t.Languages {
		if n > 0 {
			languages += ", "
		}
		languages += name
	}
	access := t.Access
	if access == "" {
		access = l.T("meeting.access_ask")
	}
	all := []fact{
		{Name: l.T("visit.where"), Value: where},
		{Name: l.T("visit.long"), Value: minutesInWords(l, o.Minutes)},
		{Name: l.T("visit.group"), Value: l.T("visit.up_to", "n", o.Seats)},
		{Name: l.T("visit.welcome"), Value: t.Welcome},
		{Name: l.T("visit.contact"), Value: t.Contact},
		{Name: l.T("visit.clothing"), Value: t.Clothing},
		{Name: l.T("visit.safety"), Value: t.Safety},
		{Name: l.T("meeting.access"), Value: access},
		{Name: l.T("visit.minors"), Value: minors},
		{Name: l.T("visit.languages"), Value: languages},
	}
	return slices.DeleteFunc(all, func(f fact) bool { return f.Value == "" })
}

// minutesInWords writes how long a visit is: 45 min, 1 h 30.
func minutesInWords(l *locale.Language, n int) string {
	switch {
	case n < 60:
		return l.T("visit.minutes_n", "n", strconv.Itoa(n))
	case n%60 == 0:
		return l.T("meetings.hour", "hour", strconv.Itoa(n/60))
	}
	return l.T("meetings.time", "hour", strconv.Itoa(n/60), "minute", strconv.Itoa(n%60))
}

// schoolWords are what somebody who comes with minors must know.
func (s *site) schoolWords(l *locale.Language, o *visit.Offer) []string {
	if !o.Terms.Minors {
		return []string{l.T("visit.no_minors")}
	}
	words := []string{l.T("visit.no_names")}
	for _, b := range s.config.Visits.Bands {
		switch {
		case b.Kind == visit.Kind && b.To >= o.Terms.LeastAge:
			words = append(words, l.T("visit.adults", "from", strconv.Itoa(max(b.From, o.Terms.LeastAge)), "to", strconv.Itoa(b.To), "n", strconv.Itoa(b.PerAdult)))
		case b.Kind == "observation":
			words = append(words, l.T("visit.observation", "age", strconv.Itoa(b.From), "days", strconv.Itoa(b.Days)))
		case b.Kind == "immersion":
			words = append(words, l.T("visit.immersion", "age", strconv.Itoa(b.From)))
		}
	}
	return words
}

// A slotChoice is a slot to choose.
type slotChoice struct {
	ID, Day, Hours, Seats string
	Chosen, Full, Off     bool
}

// slotChoices lists the slots that may be booked, and those called off, which
// may not. The one asked for is chosen, else the first with a free seat.
func slotChoices(l *locale.Language, list []visit.Listed, asked string, now time.Time) []slotChoice {
	var all []slotChoice
	first := -1
	for i := range list {
		v := &list[i]
		if !v.Room.CalledOff && !v.Room.Open(now) {
			continue
		}
		_, _, left := v.Sheet.Count(now)
		c := slotChoice{ID: v.ID, Day: longDay(l, v.Room.Start), Hours: hours(l, v.Room.Start, v.Room.End), Seats: seatsInWords(l, &v.Sheet, now), Full: left == 0, Off: v.Room.CalledOff}
		if c.Chosen = v.ID == asked && !c.Off; c.Chosen {
			first = -2
		}
		if first == -1 && !c.Full && !c.Off {
			first = len(all)
		}
		all = append(all, c)
	}
	if first >= 0 {
		all[first].Chosen = true
	}
	return all
}

// groupInputs are the fields of who comes with a group.
func groupInputs(l *locale.Language, typed url.Values, faults map[string]string) []input {
	field := func(name, kind string) input {
		return input{Name: name, Label: l.T("visit.form." + name), Type: kind, Autocomplete: "off", Value: one(typed, name), Error: faults[name], Optional: true}
	}
	return []input{field("groupe", ""), field("mineurs", "number"), field("age_de", "number"), field("age_a", "number")}
}

// bookVisit books seats in a slot for somebody without account.
func (s *site) bookVisit(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Cache-Control", "no-store")
	o, _, err := s.offerOf(r)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	again := func(status int, faults map[string]string) error {
		return s.showVisit(w, r, status, &o, form, faults)
	}
	if s.guardedForm(form) != nil {
		return again(http.StatusUnprocessableEntity, map[string]string{"": l.T("seat.error.robot")})
	}
	ask, faults := s.askOf(l, form)
	groupOf(l, form, &ask.Party, faults)
	v, err := s.config.Visits.Visit(r.Context(), one(form, "creneau"))
	if err != nil || v.Offer.ID != o.ID {
		faults["creneau"] = l.T("visit.error.slot")
	}
	if len(faults) > 0 {
		return again(http.StatusUnprocessableEntity, faults)
	}
	ask.Room, ask.By = v.ID, account.Actor{Channel: account.Web}
	made, err := s.config.Visits.Book(r.Context(), ask)
	if refusal, ok := visit.Refusal(err); ok {
		return again(http.StatusUnprocessableEntity, map[string]string{"mineurs": s.refusedMinors(l, refusal, &o, &ask)})
	}
	if refusal := seatRefusal(err); refusal != "" {
		return again(http.StatusConflict, map[string]string{"": l.T(refusal)})
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, hrefIn(l.Code(), "/visites/"+v.ID+"/inscrit")+"?"+url.Values{"etat": {string(made.State)}}.Encode(), http.StatusSeeOther)
	return nil
}

// groupOf reads what somebody says of their group: counts and ages, no name.
func groupOf(l *locale.Language, form url.Values, p *booking.Party, faults map[string]string) {
	p.Group = cut(one(form, "groupe"), 160)
	for _, f := range []struct {
		name string
		into *int
		most int
	}{{"mineurs", &p.Minors, maxParty}, {"age_de", &p.AgeFrom, 17}, {"age_a", &p.AgeTo, 25}} {
		typed := one(form, f.name)
		if typed == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 0 || n > f.most {
			faults[f.name] = l.T("visit.error.number", "most", strconv.Itoa(f.most))
			continue
		}
		*f.into = n
	}
}

// refusedMinors says why a party may not come.
func (s *site) refusedMinors(l *locale.Language, refusal error, o *visit.Offer, a *booking.Ask) string {
	switch refusal {
	case visit.ErrMinors:
		return l.T("visit.error.minors")
	case visit.ErrAges:
		return l.T("visit.error.ages")
	case visit.ErrYoung:
		return l.T("visit.error.young", "age", strconv.Itoa(o.Terms.LeastAge))
	}
	return l.T("visit.error.adults", "n", s.config.Visits.Bands.Adults(a.Party.Minors, a.Party.AgeFrom))
}

// visitBooked says what has become of a registration for a visit.
func (s *site) visitBooked(w http.ResponseWriter, r *http.Request) error {
	private(w)
	v, err := s.config.Visits.Visit(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	o := s.ofVisit(&v)
	if !o.Shown {
		return db.ErrNotFound
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), v.ID)
	if err != nil {
		return err
	}
	return s.showRegistered(w, r, o, &sheet)
}
