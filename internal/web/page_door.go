package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
	"passerelle/internal/sheet"
)

// A meetingDeskPage is what a facilitator sees of a meeting.
type meetingDeskPage struct {
	frame
	Crumbs    []crumb
	M         *meeting.Meeting
	Line      meetingLine
	Long      string
	Held      int
	Waiting   int
	Left      int
	Came      int
	Guests    []guestRow
	Draft     bool
	Series    bool
	Over      bool
	Helper    string // address of the list at the door, for somebody without account
	Desk      string
	Add       []input
	AddFaults []input
	Notice    string
	Done      bool
	Leads     int // noted there
	Fate      []tab
	Invites   *inviteSum
	Opinions  string // what those who came thought, counted
	Stage     string // before, day, after
	Figures   []deskFigure
	Unmarked  bool   // it is over and nobody is marked present: nobody is thanked
	Written   string // of the minutes: none, draft, published
}

// A guestRow is a party in a list.
type guestRow struct {
	ID        string
	Name      string
	Firm      string
	FirmPath  string
	Mail      string
	Phone     string
	Seats     int
	State     string
	Presence  booking.Presence
	Came      int
	Access    string
	Reference string
	Reserved  bool
	ByPhone   bool
	Letter    string // first of the name, where the list changes to it
	Shown     bool   // holds a seat: is on the list at the door
	Waits     bool
	WalkedIn  bool // came without a seat
}

func (s *site) meetingDesk(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	return s.showMeetingDesk(w, r, http.StatusOK, m, url.Values{"places": {"1"}}, nil)
}

func (s *site) showMeetingDesk(w http.ResponseWriter, r *http.Request, status int, m *meeting.Meeting, typed url.Values, faults map[string]string) error {
	l := s.words(r)
	now := s.config.Clock.Now()
	p := &meetingDeskPage{frame: s.frame(r, "/mon-espace", m.Title), M: m, Desk: plansPath + "/" + m.ID, Draft: !m.Shown(), Series: m.Series != "", Over: m.Room.End.Before(now), Done: r.URL.Query().Has("fait"), Notice: faults[""]}
	p.Crumbs, p.NoIndex = s.deskCrumbs(l, crumb{Name: l.T("plan.title"), Path: plansPath}, crumb{Name: m.Title}), true
	p.Path = p.Desk
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	p.Line, p.Long = s.meetingLine(l, &meeting.Listed{Meeting: *m, Sheet: sheet}, now), longDay(l, m.Room.Start)
	p.Held, p.Waiting, p.Left = sheet.Count(now)
	if p.Guests, p.Came, err = s.guests(r, &sheet); err != nil {
		return err
	}
	leads, fate, err := s.leadsOfMeeting(r, l, m.ID)
	if err != nil {
		return err
	}
	p.Leads, p.Fate = len(leads), fate
	if p.Opinions, err = s.opinionsInWords(r, m); err != nil {
		return err
	}
	if p.Invites, err = s.inviteSum(r, m); err != nil {
		return err
	}
	if err := s.fillStage(r, p, now); err != nil {
		return err
	}
	p.Helper = p.BaseURL + "/accueil/" + s.config.Bookings.Helper(&sheet.Room)
	p.Add = s.seatInputs(l, typed, faults)
	for i := range p.Add {
		if p.Add[i].Name == "courriel" {
			p.Add[i].Optional, p.Add[i].Hint = true, l.T("plan.no_mail")
		}
		if p.Add[i].Error != "" {
			p.AddFaults = append(p.AddFaults, p.Add[i])
		}
	}
	return s.show(w, status, "meeting/desk", p)
}

// guests lists the parties of a sheet by name, and counts who came.
func (s *site) guests(r *http.Request, sheet *booking.Sheet) ([]guestRow, int, error) {
	seen, err := s.config.Bookings.Presences(r.Context(), sheet.Room.ID)
	if err != nil {
		return nil, 0, err
	}
	l := s.words(r)
	var rows []guestRow
	came := 0
	for i := range sheet.List {
		b := &sheet.List[i]
		row := guestRow{
			ID: b.ID, Name: b.Name, Firm: b.Party.Firm, Mail: b.Mail, Phone: b.Phone, Seats: max(b.Held, 1), State: l.T("plan.state." + string(b.State)), Presence: booking.Expected,
			Access: b.Party.Access, Reference: b.Reference(), Reserved: b.Reserved, ByPhone: b.MadeBy != "", Shown: b.State.Holds() || b.State == booking.WalkedIn, WalkedIn: b.State == booking.WalkedIn, Waits: b.State == booking.Waiting,
		}
		if !b.State.Holds() {
			row.Seats = b.Seats
		}
		if name := s.shownName(b.SIRET); name != "" {
			row.Firm, row.FirmPath = name, "/entreprises/"+b.SIRET.String()
		}
		if row.Name == "" {
			row.Name = l.T("plan.forgotten")
		}
		if m, ok := seen[b.ID]; ok {
			row.Presence, row.Came = m.State, m.Seats
			came += m.Seats
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b guestRow) int { return strings.Compare(fold.Key(a.Name), fold.Key(b.Name)) })
	return rows, came, nil
}

// addGuest registers somebody who called, or who comes in; the page says by
// whom it was done. An address is not needed.
func (s *site) addGuest(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	ask, faults := s.askOf(l, form)
	if one(form, "courriel") == "" {
		delete(faults, "courriel")
	}
	if len(faults) > 0 {
		return s.showMeetingDesk(w, r, http.StatusUnprocessableEntity, m, form, faults)
	}
	ask.Room, ask.MadeBy, ask.Reserved = m.ID, who.Person.ID, form.Get("reservee") == "1"
	ask.By = account.Actor{Who: who.Person.ID, Channel: account.Phone}
	if _, err := s.config.Bookings.Book(r.Context(), ask); err != nil {
		if refusal := seatRefusal(err); refusal != "" {
			return s.showMeetingDesk(w, r, http.StatusConflict, m, form, map[string]string{"": l.T(refusal)})
		}
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}

// removeGuest gives the seats of somebody back who called.
func (s *site) removeGuest(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	if _, ok := sheet.Find(form.Get("inscription")); !ok {
		return db.ErrNotFound
	}
	if _, err := s.config.Bookings.Cancel(r.Context(), account.Actor{Who: who.Person.ID, Channel: account.Phone}, form.Get("inscription")); err != nil {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}

// A doorPage is the list at the door.
type doorPage struct {
	frame
	Crumbs []crumb
	Line   meetingLine
	Long   string
	Action string
	Guests []guestRow
	Came   int
	Held   int
	Words  string
	Chosen string // the booking whose code was just read
	Close  string // where the list is closed; empty for a helper, and once it is
	Closed bool
	Come   comeForm
	Later  []input    // of who comes, for a phone that is without a network then
	Opens  int64      // moment from which people come in, in milliseconds
	Wait   []guestRow // who waits, while people come in
	Room   string     // id
	Until  int64      // moment after which no phone keeps the list, in milliseconds
	Notice string     // what was refused
	Let    string     // who was just let in, or waits now
}

// door is the list for a facilitator.
func (s *site) door(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	return s.showDoor(w, r, http.StatusOK, doorOf{of: ofMeeting(m), sheet: &sheet, action: plansPath + "/" + m.ID + "/pointage", by: by(who)}, comeForm{})
}

// helperDoor is the list for somebody without account, by a link that the
// facilitator gave them.
func (s *site) helperDoor(w http.ResponseWriter, r *http.Request) error {
	sheet, err := s.config.Bookings.ByHelper(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	o, err := s.occasion(r.Context(), sheet.Room.ID)
	if err != nil {
		return err
	}
	return s.showDoor(w, r, http.StatusOK, s.helped(r, o, &sheet), comeForm{})
}

// A doorOf is a list at the door: which, where, and who keeps it.
type doorOf struct {
	of     *occasion
	sheet  *booking.Sheet
	action string // path
	by     account.Actor
}

// helped is the list as a helper keeps it.
func (s *site) helped(r *http.Request, o *occasion, sheet *booking.Sheet) doorOf {
	return doorOf{of: o, sheet: sheet, action: "/accueil/" + r.PathValue("token"), by: account.Actor{Who: "helper", Channel: account.Link}}
}

func (s *site) showDoor(w http.ResponseWriter, r *http.Request, status int, d doorOf, come comeForm) error {
	private(w)
	l, o, sheet := s.words(r), d.of, d.sheet
	now := s.config.Clock.Now()
	p := &doorPage{frame: s.frame(r, "/mon-espace", l.T("door.title")), Action: d.action, Room: o.ID, Notice: come.Notice, Words: cut(strings.TrimSpace(r.URL.Query().Get("q")), 60), Chosen: r.URL.Query().Get("place")}
	p.Path, p.NoIndex, p.Scripts = d.action, true, []string{"js/door.js"}
	p.Crumbs = []crumb{{Name: o.Title, Path: o.Path}, {Name: p.Title}}
	if id := s.codeIn(r); id != "" {
		p.Chosen, p.Words = id, ""
	}
	p.Closed, p.Until = !sheet.Room.DoorClosed.IsZero(), keepUntil(&sheet.Room)
	w.Header().Set(keepHeader, strconv.FormatInt(p.Until, 10))
	p.Line, p.Long = s.lineOf(l, o, sheet, now), longDay(l, o.Room.Start)
	p.Held, _, _ = sheet.Count(now)
	all, came, err := s.guests(r, sheet)
	if err != nil {
		return err
	}
	p.Came = came
	if sheet.Room.Arriving(now) && !p.Closed {
		p.Come = s.comeInputs(l, come, now)
	} else if p.Until > 0 {
		p.Later = s.comeInputs(l, comeForm{}, now).Inputs
	}
	p.Opens = sheet.Room.Start.Add(-sheet.Room.LastCall).UnixMilli()
	for _, g := range all {
		if g.Waits && p.Come.Key != "" {
			p.Wait = append(p.Wait, g)
		}
		if g.ID == r.URL.Query().Get("entre") {
			p.Let = l.T("door.let_in", "name", g.Name)
			if g.Waits {
				p.Let = l.T("door.now_waits", "name", g.Name)
			}
		}
		if !g.Shown || !guestHas(g, p.Words) || p.Chosen != "" && g.ID != p.Chosen {
			continue
		}
		if first := firstLetter(g.Name); len(p.Guests) == 0 || firstLetter(p.Guests[len(p.Guests)-1].Name) != first {
			g.Letter = first
		}
		p.Guests = append(p.Guests, g)
	}
	if d.by.Channel != account.Link && !p.Closed {
		p.Close = d.action + "/fin"
	}
	return s.show(w, status, "meeting/door", p)
}

// guestHas reports whether a guest's name or firm has every word asked for.
func guestHas(g guestRow, words string) bool {
	text := fold.Key(g.Name + " " + g.Firm + " " + g.Reference)
	for _, w := range fold.Words(words) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// firstLetter is under which letter a name stands in a list.
func firstLetter(name string) string {
	key := fold.Key(name)
	if key == "" {
		return ""
	}
	return strings.ToUpper(key[:1])
}

// mark takes what a facilitator saw at the door.
func (s *site) mark(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	return s.takeMark(w, r, m.ID, by(who), plansPath+"/"+m.ID+"/pointage")
}

// helperMark takes what a helper saw.
func (s *site) helperMark(w http.ResponseWriter, r *http.Request) error {
	sheet, err := s.config.Bookings.ByHelper(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.takeMark(w, r, sheet.Room.ID, account.Actor{Who: "helper", Channel: account.Link}, "/accueil/"+r.PathValue("token"))
}

func (s *site) takeMark(w http.ResponseWriter, r *http.Request, room string, by account.Actor, back string) error {
	private(w)
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	now := s.config.Clock.Now()
	state, ok := booking.ParsePresence(form.Get("presence"))
	if !ok {
		return errForm
	}
	n, _ := strconv.Atoi(one(form, "venus"))
	if err := s.config.Bookings.Check(r.Context(), by, room, []booking.Mark{{ID: db.NewID(now), Booking: form.Get("inscription"), State: state, Seats: n, At: now, Who: by.Who}}); err != nil {
		return err
	}
	if q := one(form, "q"); q != "" {
		back += "?" + url.Values{"q": {q}}.Encode()
	}
	return s.goOn(w, r, back)
}

// closeDoor marks who was expected and did not come.
func (s *site) closeDoor(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	if err := s.config.Bookings.Close(r.Context(), by(who), m.ID); err != nil {
		return err
	}
	return s.goOn(w, r, plansPath+"/"+m.ID+"?fait=1")
}

// guestsFile gives the list of a meeting away as a file.
func (s *site) guestsFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		m, err := s.plannable(r, who)
		if err != nil {
			return err
		}
		list, err := s.config.Bookings.Sheet(r.Context(), m.ID)
		if err != nil {
			return err
		}
		rows, _, err := s.guests(r, &list)
		if err != nil {
			return err
		}
		l := s.words(r)
		t := sheet.Table{Title: cut(m.Title, 30), Head: guestHead(l)}
		t.Rows = func(yield func([]sheet.Cell) bool) {
			for _, g := range rows {
				if !yield([]sheet.Cell{g.Name, g.Firm, g.Mail, g.Phone, g.Seats, g.State, l.T("door." + string(g.Presence)), g.Came, g.Access, g.Reference}) {
					return
				}
			}
		}
		private(w)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="inscrits-`+m.Room.Start.In(clock.Paris).Format("2006-01-02")+extension+`"`)
		return write(w, t)
	}
}

func guestHead(l *locale.Language) []string {
	return []string{
		l.T("plan.who"), l.T("plan.firm"), l.T("seat.courriel"), l.T("seat.telephone"), l.T("plan.people"), l.T("plan.where"), l.T("door.presence"), l.T("door.came"), l.T("plan.access"), l.T("plan.reference"),
	}
}

// attendanceSheet makes the list to be signed; with rempli=1, the one that
// says who came.
func (s *site) attendanceSheet(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	rows, _, err := s.guests(r, &sheet)
	if err != nil {
		return err
	}
	l, filled := s.words(r), r.URL.Query().Has("rempli")
	f := s.frame(r, "", "")
	start := m.Room.Start.In(clock.Paris)
	paper := pdf.AttendanceSheet{
		Language: l.Code(), House: f.Site.Name, Title: m.Title, When: longDay(l, m.Room.Start) + ", " + hours(l, m.Room.Start, m.Room.End), Where: strings.Join(s.addressOf(ofMeeting(m)), ", "),
		ISO: [3]int{start.Year(), int(start.Month()), start.Day()}, Head: [4]string{l.T("plan.who"), l.T("desk.firm"), l.T("plan.people"), l.T("plan.signature")}, Blank: 6, Foot: l.T("plan.sheet_foot"),
	}
	if filled {
		paper.Head[3], paper.Blank = l.T("door.presence"), 0
	}
	for _, g := range rows {
		if !g.Shown {
			continue
		}
		last := ""
		if filled {
			last = l.T("door." + string(g.Presence))
		}
		paper.Rows = append(paper.Rows, []string{g.Name, g.Firm, strconv.Itoa(g.Seats), last})
	}
	made, err := s.config.Press.Attendance(r.Context(), paper)
	if err != nil {
		return err
	}
	private(w)
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="emargement-`+start.Format("2006-01-02")+`.pdf"`)
	_, err = w.Write(made)
	return err
}
