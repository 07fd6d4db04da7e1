package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/register"
	"passerelle/internal/visit"
)

// host returns the establishment of a request, when who asks may open it to
// visitors: one of its people, or a facilitator of its territory.
func (s *site) host(r *http.Request, who *account.Signed) (register.SIRET, error) {
	siret, err := siretOf(r)
	if err != nil {
		return 0, err
	}
	o := account.Object{SIRET: siret}
	e, err := s.config.Directory.Establishment(siret)
	if err == nil {
		o.Territory = e.Territory
	}
	if !account.May(who.Person, account.HostVisits, o) {
		return 0, account.ErrDenied
	}
	return siret, err
}

// byHost is who acts for a host: a facilitator does it on the telephone, and
// the page of the visit says so.
func byHost(who *account.Signed, siret register.SIRET) account.Actor {
	a := by(who)
	if !member(who, siret) {
		a.Channel = account.Phone
	}
	return a
}

// hostPath is where an establishment looks after its visits.
func hostPath(siret register.SIRET) string {
	return "/mon-espace/entreprises/" + siret.String() + "/visites"
}

// A hostPage is the visits of an establishment, and who would like to come.
type hostPage struct {
	frame
	Crumbs []crumb
	Firm   firm
	Base   string
	Offers []hostedOffer
	Demand []wishRow
	Past   []hostSlot
	Shown  bool
	Done   bool
	Lead   *linked // that a visit is being made of
	Ask    string  // query that keeps it
}

// A hostedOffer is an offer with its slots to come.
type hostedOffer struct {
	Title, Path, Public string
	Closed              bool
	Slots               []hostSlot
}

// A hostSlot is a slot as its host sees it in a list.
type hostSlot struct {
	Title, Day, Hours, Path string
	Held                    string // in words: 6 of 8
	Asked                   string // in words: 2 to answer; empty for none
	Off                     bool
}

// A wishRow is somebody who would like to visit.
type wishRow struct {
	ID, What, Name, Seats, Words, Since, Mail string
	Late                                      bool
}

func (s *site) hostVisits(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.host(r, who)
	if err != nil {
		return err
	}
	l, now := s.words(r), s.config.Clock.Now()
	f := s.firmOf(r, siret)
	p := &hostPage{frame: s.frame(r, "/mon-espace", l.T("host.title")), Firm: f, Base: hostPath(siret), Shown: s.config.Visits.Shown(siret), Done: r.URL.Query().Has("fait")}
	p.Path, p.NoIndex = p.Base, true
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: f.Name}, {Name: l.T("host.title")}}
	if p.Lead, p.Ask, err = s.leadMeant(r, who, r.URL.Query()); err != nil {
		return err
	}
	offers, err := s.config.Visits.Offers(r.Context(), siret)
	if err != nil {
		return err
	}
	slots, err := s.config.Visits.Visits(r.Context(), visit.Filter{SIRET: siret, Closed: true})
	if err != nil {
		return err
	}
	var trades []string
	for _, o := range offers {
		trades = append(trades, o.Trades...)
		row := hostedOffer{Title: o.Title, Path: hostPath(siret) + "/" + o.ID, Public: "/visites/" + o.ID, Closed: o.State == visit.Closed}
		for i := range slots {
			if slots[i].Offer.ID == o.ID && slots[i].Room.End.After(now) {
				row.Slots = append(row.Slots, hostSlotOf(l, &slots[i]))
			}
		}
		p.Offers = append(p.Offers, row)
	}
	for i := range slots {
		if !slots[i].Room.End.After(now) {
			p.Past = append(p.Past, hostSlotOf(l, &slots[i]))
		}
	}
	slices.Reverse(p.Past)
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	demand, err := s.config.Visits.Demand(r.Context(), siret, e.Territory, trades)
	if err != nil {
		return err
	}
	for i := range demand {
		row := s.wishRow(r, &demand[i], now)
		row.Mail, row.Name = "", "" // who they are is told once they book
		p.Demand = append(p.Demand, row)
	}
	return s.show(w, http.StatusOK, "visit/host", p)
}

// wishRow is a wish in words.
func (s *site) wishRow(r *http.Request, x *visit.Wish, now time.Time) wishRow {
	l := s.words(r)
	return wishRow{ID: x.ID, What: s.wishedWhat(r, x), Name: x.Name, Seats: l.T("seat.n", "n", x.Seats), Words: x.Words, Since: l.Moment(x.CreatedAt.In(clock.Paris)), Mail: x.Mail, Late: x.Late(now)}
}

func hostSlotOf(l *locale.Language, v *visit.Listed) hostSlot {
	held, asked := 0, 0
	for i := range v.Sheet.List {
		switch b := &v.Sheet.List[i]; b.State {
		case booking.Asked:
			asked++
			held += b.Held
		case booking.Confirmed, booking.Offered:
			held += b.Held
		}
	}
	row := hostSlot{Title: v.Offer.Title, Day: longDay(l, v.Room.Start), Hours: hours(l, v.Room.Start, v.Room.End), Path: slotPath(&v.Visit), Off: v.Room.CalledOff}
	row.Held = l.T("host.held", "held", strconv.Itoa(held), "seats", strconv.Itoa(v.Room.Seats))
	if asked > 0 {
		row.Asked = l.T("host.to_answer", "n", asked)
	}
	return row
}

// An offerPage is the form of an offer, and of its slots once it is there.
type offerPage struct {
	frame
	Crumbs   []crumb
	Firm     firm
	Action   string
	Back     string
	New      bool
	Closed   bool
	Public   string
	Faults   []input
	Title2   input
	Sees     input
	Lines    []input
	Trades   input
	Known    []string
	Minors   bool
	LeastAge input
	Approval bool
	Staff    bool
	Done     bool
	// Slots to open.
	SlotFaults []input
	First      []input // day, hour
	Every      input
	Until      input
	Except     input
	Slots      []hostSlot
	Lead       *linked // that a visit is being made of
	LeadID     string
}

func (s *site) newOffer(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.host(r, who)
	if err != nil {
		return err
	}
	f := s.firmOf(r, siret)
	o := visit.Offer{SIRET: siret, Title: s.words(r).T("host.usual_title", "firm", f.Name), Minutes: 90, Seats: 8}
	if len(f.Address) > 1 {
		o.Terms.Where = f.Address[1]
	}
	return s.showOffer(w, r, who, http.StatusOK, &o, nil, nil, r.URL.Query())
}

// offerField is what a host typed of an offer, beside its title and text.
type offerField struct {
	name, kind, complete, value string
	free                        bool
}

func offerFields(o *visit.Offer) []offerField {
	t := &o.Terms
	return []offerField{
		{"where", "", "street-address", t.Where, false},
		{"minutes", "number", "off", strconv.Itoa(o.Minutes), false},
		{"seats", "number", "off", strconv.Itoa(o.Seats), false},
		{"welcome", "", "name", t.Welcome, true},
		{"contact", "tel", "tel", t.Contact, true},
		{"clothing", "", "off", t.Clothing, true},
		{"safety", "", "off", t.Safety, true},
		{"access", "", "off", t.Access, true},
		{"languages", "", "off", strings.Join(t.Languages, ", "), true},
	}
}

func (s *site) showOffer(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, o *visit.Offer, faults, slotFaults []visit.Fault, typed url.Values) error {
	l, now := s.words(r), s.config.Clock.Now()
	p := &offerPage{
		frame: s.frame(r, "/mon-espace", o.Title), Firm: s.firmOf(r, o.SIRET), Back: hostPath(o.SIRET), New: o.ID == "", Closed: o.State == visit.Closed, Minors: o.Terms.Minors, Approval: o.Approval,
		Staff: !member(who, o.SIRET), Done: r.URL.Query().Has("fait") && len(faults)+len(slotFaults) == 0,
	}
	p.Action = p.Back + "/nouvelle"
	if !p.New {
		p.Action, p.Public = p.Back+"/"+o.ID, "/visites/"+o.ID
	}
	p.Path, p.NoIndex = p.Action, true
	var err error
	if p.Lead, _, err = s.leadMeant(r, who, typed); err != nil {
		return err
	}
	if p.Lead != nil {
		p.LeadID = one(typed, "piste")
	}
	name := o.Title
	if p.New {
		name = l.T("host.new")
		p.frame.Title = name
	}
	p.Crumbs = []crumb{{Name: l.T("space.title"), Path: "/mon-espace"}, {Name: l.T("host.title"), Path: p.Back}, {Name: name}}
	field := func(f offerField) input {
		i := input{Name: f.name, Label: l.T("host.form." + f.name), Type: f.kind, Autocomplete: f.complete, Value: f.value, Optional: f.free}
		if key := "host.hint." + f.name; l.Has(key) {
			i.Hint = l.T(key)
		}
		for _, fault := range faults {
			if fault.Field == f.name && i.Error == "" {
				i.Error = l.T("host.fault." + fault.Key)
				p.Faults = append(p.Faults, i)
			}
		}
		return i
	}
	p.Title2 = field(offerField{"title", "", "off", o.Title, false})
	p.Sees = field(offerField{"sees", "", "", o.Terms.Sees, false})
	p.Sees.Rows = 4
	for _, f := range offerFields(o) {
		p.Lines = append(p.Lines, field(f))
	}
	var names []string
	for _, slug := range o.Trades {
		names = append(names, s.tradeName(l, slug))
	}
	p.Trades = field(offerField{"trades", "", "off", strings.Join(names, ", "), true})
	if typed.Has("trades") {
		p.Trades.Value = one(typed, "trades")
	}
	p.LeastAge = field(offerField{"least_age", "number", "off", strconv.Itoa(o.Terms.LeastAge), true})
	s.slotForm(l, p, typed, slotFaults)
	if !p.New {
		list, err := s.config.Visits.Visits(r.Context(), visit.Filter{Offer: o.ID, From: now, Closed: true})
		if err != nil {
			return err
		}
		for i := range list {
			p.Slots = append(p.Slots, hostSlotOf(l, &list[i]))
		}
	}
	if len(p.Faults)+len(p.SlotFaults) > 0 {
		p.frame.Title = l.T("form.error_title", "title", name)
	}
	return s.show(w, status, "visit/offer", p)
}

// slotForm is the form that opens slots.
func (s *site) slotForm(l *locale.Language, p *offerPage, typed url.Values, faults []visit.Fault) {
	field := func(name, kind string, free bool) input {
		i := input{Name: name, Label: l.T("host.form." + name), Type: kind, Autocomplete: "off", Value: one(typed, name), Free: free}
		for _, fault := range faults {
			if fault.Field == name && i.Error == "" {
				i.Error = l.T("host.fault." + fault.Key)
				p.SlotFaults = append(p.SlotFaults, i)
			}
		}
		return i
	}
	p.First = []input{field("first", "date", false), field("at", "time", false)}
	p.Every = field("every", "", false)
	for _, c := range visit.Cadences() {
		p.Every.Options = append(p.Every.Options, option{string(c), l.T("host.every." + string(c)), string(c) == one(typed, "every")})
	}
	p.Until, p.Except = field("until", "date", true), field("except", "", true)
	p.Except.Hint, p.Except.Rows = l.T("host.hint.except"), 2
}

// offerTyped reads the form of an offer over the one that is there.
func (s *site) offerTyped(form url.Values, o *visit.Offer) []visit.Fault {
	var faults []visit.Fault
	t := &o.Terms
	o.Title, t.Sees, t.Where, t.Welcome, t.Contact = one(form, "title"), one(form, "sees"), one(form, "where"), one(form, "welcome"), one(form, "contact")
	t.Clothing, t.Safety, t.Access, t.Languages = one(form, "clothing"), one(form, "safety"), one(form, "access"), strings.Split(one(form, "languages"), ",")
	t.Minors, o.Approval = form.Get("minors") == "1", form.Get("approval") == "1"
	for _, f := range []struct {
		name string
		into *int
	}{{"minutes", &o.Minutes}, {"seats", &o.Seats}, {"least_age", &t.LeastAge}} {
		n, err := strconv.Atoi(one(form, f.name))
		if err != nil && one(form, f.name) != "" {
			n = -1
		}
		*f.into = n
	}
	o.Trades = nil
	for _, name := range strings.Split(one(form, "trades"), ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		k, ok := s.config.Trades.Named(name)
		if !ok {
			if k, ok = s.config.Trades.Trade(name); !ok {
				faults = append(faults, visit.Fault{Field: "trades", Key: "trade"})
				continue
			}
		}
		o.Trades = append(o.Trades, k.Slug)
	}
	return faults
}

func (s *site) addOffer(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.host(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	o := visit.Offer{SIRET: siret, Territory: e.Territory, Commune: e.Commune}
	faults := s.offerTyped(form, &o)
	if len(faults) > 0 {
		return s.showOffer(w, r, who, http.StatusUnprocessableEntity, &o, append(faults, o.Clean()...), nil, form)
	}
	made, faults, err := s.config.Visits.Add(r.Context(), byHost(who, siret), o)
	switch {
	case errors.Is(err, visit.ErrShown):
		return s.showOffer(w, r, who, http.StatusConflict, &o, []visit.Fault{{Field: "title", Key: "shown"}}, nil, form)
	case errors.Is(err, visit.ErrFaults):
		return s.showOffer(w, r, who, http.StatusUnprocessableEntity, &o, faults, nil, form)
	case err != nil:
		return err
	}
	return s.goOn(w, r, pathIn(r, hostPath(siret)+"/"+made.ID)+"?fait=1"+keptLead(form)+"#dates")
}

// hosted returns the offer of a request, when who asks may look after it.
func (s *site) hosted(r *http.Request, who *account.Signed) (visit.Offer, error) {
	siret, err := s.host(r, who)
	if err != nil {
		return visit.Offer{}, err
	}
	o, err := s.config.Visits.Offer(r.Context(), r.PathValue("id"))
	if err == nil && o.SIRET != siret {
		err = db.ErrNotFound
	}
	return o, err
}

func (s *site) hostOffer(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	o, err := s.hosted(r, who)
	if err != nil {
		return err
	}
	return s.showOffer(w, r, who, http.StatusOK, &o, nil, nil, url.Values{"piste": r.URL.Query()["piste"]})
}

func (s *site) changeOffer(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	o, err := s.hosted(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	faults := s.offerTyped(form, &o)
	if len(faults) == 0 {
		if faults, err = s.config.Visits.Change(r.Context(), byHost(who, o.SIRET), o); err != nil && !errors.Is(err, visit.ErrFaults) {
			return err
		}
	}
	if len(faults) > 0 {
		return s.showOffer(w, r, who, http.StatusUnprocessableEntity, &o, faults, nil, form)
	}
	return s.goOn(w, r, pathIn(r, hostPath(o.SIRET)+"/"+o.ID)+"?fait=1")
}

// closeOffer takes an offer off; those who held a seat are told.
func (s *site) closeOffer(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	o, err := s.hosted(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Visits.Close(r.Context(), byHost(who, o.SIRET), o.ID); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, hostPath(o.SIRET))+"?fait=1")
}

// openSlots opens the slots of a rule.
func (s *site) openSlots(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	o, err := s.hosted(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	rule, faults := ruleTyped(form)
	meant, _, err := s.leadMeant(r, who, form)
	if err != nil {
		return err
	}
	if meant != nil {
		rule.Lead = one(form, "piste")
	}
	if len(faults) == 0 {
		if _, faults, err = s.config.Visits.Open(r.Context(), byHost(who, o.SIRET), o.ID, rule); err != nil && !errors.Is(err, visit.ErrFaults) {
			if !errors.Is(err, visit.ErrClosed) && !errors.Is(err, visit.ErrShown) {
				return err
			}
			faults = []visit.Fault{{Field: "first", Key: "shown"}}
		}
	}
	if len(faults) > 0 {
		return s.showOffer(w, r, who, http.StatusUnprocessableEntity, &o, nil, faults, form)
	}
	return s.goOn(w, r, pathIn(r, hostPath(o.SIRET)+"/"+o.ID)+"?fait=1#dates")
}

// leadMeant returns the lead that a visit is being made of, with the query that
// keeps it through the forms; nil where none is meant that who asks sees to.
func (s *site) leadMeant(r *http.Request, who *account.Signed, v url.Values) (*linked, string, error) {
	id := one(v, "piste")
	if id == "" {
		return nil, "", nil
	}
	l, err := s.config.Leads.Lead(r.Context(), id)
	if errors.Is(err, db.ErrNotFound) || err == nil && !account.May(who.Person, account.KeepLeads, account.Object{Person: l.Owner, Territory: l.Territory}) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	return &linked{Name: l.Title, Path: "/pistes/" + l.ID}, "?piste=" + url.QueryEscape(l.ID), nil
}

// keptLead is what keeps the lead of a form in the address that it goes on to.
func keptLead(form url.Values) string {
	if id := one(form, "piste"); id != "" {
		return "&piste=" + url.QueryEscape(id)
	}
	return ""
}

// ruleTyped reads the form that opens slots.
func ruleTyped(form url.Values) (visit.Rule, []visit.Fault) {
	rule := visit.Rule{Every: visit.Cadence(form.Get("every"))}
	var faults []visit.Fault
	for _, f := range []struct {
		name string
		into *clock.Day
	}{{"first", &rule.First}, {"until", &rule.Until}} {
		if one(form, f.name) == "" {
			continue
		}
		d, err := visit.ParseDay(one(form, f.name))
		if err != nil {
			faults = append(faults, visit.Fault{Field: f.name, Key: "day"})
		}
		*f.into = d
	}
	at, err := parseClock(one(form, "at"))
	if err != nil {
		faults = append(faults, visit.Fault{Field: "at", Key: "hour"})
	}
	rule.At = at
	var wrong string
	if rule.Except, wrong = visit.ParseExceptions(form.Get("except")); wrong != "" {
		faults = append(faults, visit.Fault{Field: "except", Key: "except_day"})
	}
	return rule, faults
}

// parseClock reads an hour of the wall: 14:00, 14h, 14 h 30.
func parseClock(s string) (time.Duration, error) {
	s = strings.ReplaceAll(strings.ToLower(strings.ReplaceAll(s, " ", "")), "h", ":")
	if strings.HasSuffix(s, ":") {
		s += "00"
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, err
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}
