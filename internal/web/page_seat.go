package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/calendar"
	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/pdf"
	"passerelle/internal/visit"
)

// A seatForm asks for seats.
type seatForm struct {
	Action string
	Guard  []field
	Fields []input
	Notice string // why it could not be done, where no field tells
	Button string
	Framed bool // in a page of another site: its answer stays there, links open beside

	// Of visits: which day, and with whom.
	Slots     []slotChoice
	SlotFault string
	Group     []input
}

// failed reports whether something is to be mended.
func (f *seatForm) failed() bool { return f.Notice != "" || len(f.Faults()) > 0 }

// GroupOpen reports whether the fields of a group are shown at once: something
// was typed there, or is to be mended.
func (f *seatForm) GroupOpen() bool {
	return slices.ContainsFunc(f.Group, func(i input) bool { return i.Error != "" || i.Value != "" })
}

// Faults lists the fields that are to be mended.
func (f *seatForm) Faults() []input {
	var out []input
	if f.SlotFault != "" {
		out = append(out, input{Name: "creneaux", Error: f.SlotFault})
	}
	for _, i := range slices.Concat(f.Fields, f.Group) {
		if i.Error != "" {
			out = append(out, i)
		}
	}
	return out
}

// maxParty is the largest party a form takes.
const maxParty = 60

// seatInputs are the fields of the form, with what was typed and what is
// wrong with it.
func (s *site) seatInputs(l *locale.Language, typed url.Values, faults map[string]string) []input {
	field := func(name, kind, complete string, free bool) input {
		return input{
			Name: name, Label: l.T("seat." + name), Hint: hintOf(l, "seat."+name+"_hint"), Type: kind, Autocomplete: complete, Value: one(typed, name), Error: faults[name], Optional: free,
		}
	}
	seats := field("places", "number", "off", false)
	if seats.Value == "" {
		seats.Value = "1"
	}
	return []input{
		field("entreprise", "", "organization", true), field("nom", "", "name", false), field("courriel", "email", "email", false),
		field("telephone", "tel", "tel", true), seats, field("acces", "", "off", true),
	}
}

// hintOf returns the hint of a field, if it has one.
func hintOf(l *locale.Language, key string) string {
	switch key {
	case "seat.entreprise_hint", "seat.places_hint", "seat.acces_hint", "seat.courriel_hint":
		return l.T(key)
	}
	return ""
}

// askOf reads the form, and what is wrong with each field.
func (s *site) askOf(l *locale.Language, form url.Values) (booking.Ask, map[string]string) {
	faults := map[string]string{}
	a := booking.Ask{Name: cut(one(form, "nom"), 120), Phone: cut(one(form, "telephone"), 40)}
	if a.Name == "" {
		faults["nom"] = l.T("seat.error.name")
	}
	if address, err := account.ParseMail(one(form, "courriel")); err != nil {
		faults["courriel"] = l.T(mailFault(one(form, "courriel")))
	} else {
		a.Mail = address.String()
	}
	if a.Phone != "" {
		if phone, err := account.ParsePhone(a.Phone); err != nil {
			faults["telephone"] = l.T("seat.error.phone")
		} else {
			a.Phone = phone
		}
	}
	n, err := strconv.Atoi(one(form, "places"))
	if one(form, "places") == "" {
		n, err = 1, nil
	}
	if err != nil || n < 1 || n > maxParty {
		faults["places"] = l.T("seat.error.seats", "most", strconv.Itoa(maxParty))
	}
	a.Seats = n
	a.SIRET, a.Party.Firm = firmIn(cut(one(form, "entreprise"), 160))
	a.Party.Access, a.Party.Language = cut(one(form, "acces"), 300), l.Code()
	a.Party.ShowName = form.Get("montrer") == "1"
	return a, faults
}

// A seatsPlot shows the seats of an event as shapes: full where they are
// taken, an empty arch where they are free. The sentence beneath says it too.
type seatsPlot struct {
	Words  string
	Marks  []seatMark
	Width  int
	Height int
}

// A seatMark is one seat of the plot.
type seatMark struct {
	X, Y  int
	Taken bool
}

// plotted is how many seats a plot shows: beyond, one shape would be too
// small to be seen.
const (
	plotted   = 120
	plotCols  = 20
	plotPitch = 20
)

func (s *site) seatsPlot(l *locale.Language, sheet *booking.Sheet, now time.Time) *seatsPlot {
	held, waiting, left := sheet.Count(now)
	p := &seatsPlot{Words: l.T("seat.plot", "held", strconv.Itoa(held), "seats", strconv.Itoa(sheet.Room.Seats), "left", l.T("meetings.left", "n", left))}
	if waiting > 0 {
		p.Words = l.T("seat.plot_waiting", "held", strconv.Itoa(held), "seats", strconv.Itoa(sheet.Room.Seats), "n", strconv.Itoa(waiting))
	}
	if kept := booking.Free(&sheet.Room, sheet.List, true); kept > 0 {
		p.Words += " " + l.T("seat.reserved", "n", kept)
	}
	if sheet.Room.Seats > plotted {
		return p
	}
	for i := range sheet.Room.Seats {
		p.Marks = append(p.Marks, seatMark{X: i % plotCols * plotPitch, Y: i / plotCols * 24, Taken: i < held})
	}
	p.Width, p.Height = plotCols*plotPitch, (sheet.Room.Seats+plotCols-1)/plotCols*24
	return p
}

// A seatPage is what somebody sees of their own booking, by its link.
type seatPage struct {
	frame
	Crumbs   []crumb
	B        *booking.Booking
	Line     meetingLine
	List     string // where others are
	Long     string
	Until    string // of an offer
	Position int
	Action   string
	Calendar string
	Sheet    string        // of a visit: to prepare it
	Code     template.HTML // QR, for the door
	CodePath string
	Seats    input
	Notice   string
	Done     bool
	CanTake  bool // waits, and what is free goes to who comes first
	Over     bool // the event has begun
	Rule     string
}

func (s *site) seat(w http.ResponseWriter, r *http.Request) error {
	return s.showSeat(w, r, http.StatusOK, "")
}

func (s *site) showSeat(w http.ResponseWriter, r *http.Request, status int, notice string) error {
	private(w)
	b, err := s.config.Bookings.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), b.Room)
	if err != nil {
		return err
	}
	o, err := s.occasion(r.Context(), b.Room)
	if err != nil {
		return err
	}
	l := s.words(r)
	now := s.config.Clock.Now()
	p := &seatPage{frame: s.frame(r, o.List, l.T("seat.state."+string(b.State))), B: &b, Notice: notice, Action: "/ma-place/" + r.PathValue("token"), Done: r.URL.Query().Has("fait")}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs, p.List = []crumb{{Name: l.T("nav." + o.List), Path: o.List}, {Name: o.Title, Path: o.Path}, {Name: l.T("seat.mine")}}, o.List
	p.Line, p.Long = s.lineOf(l, o, &sheet, now), longDay(l, o.Room.Start)
	p.Position, p.Rule = booking.Position(sheet.List, b.ID), ruleInWords(l, &sheet.Room)
	p.Over = !now.Before(sheet.Room.Start)
	p.CanTake = b.State == booking.Waiting && sheet.Room.Open(now) && !now.Before(sheet.Room.Start.Add(-sheet.Room.LastCall)) && booking.Free(&sheet.Room, sheet.List, b.Reserved) >= b.Least
	if b.State == booking.Offered {
		p.Until = l.Moment(b.Expires.In(clock.Paris))
	}
	p.Seats = input{Name: "places", Label: l.T("seat.places"), Type: "number", Value: strconv.Itoa(b.Seats), Free: true}
	if b.State == booking.Confirmed && !p.Over {
		if o.Kind == visit.Kind {
			p.Sheet = p.Action + "/fiche.pdf"
		}
		p.Calendar, p.CodePath = p.Action+"/agenda.ics", "/a-la-porte/"+s.config.Bookings.Code(b.ID)
		code, err := pdf.QR(p.BaseURL + p.CodePath)
		if err != nil {
			return err
		}
		p.Code = template.HTML(code) // drawn by us
	}
	return s.show(w, status, "meeting/seat", p)
}

// changeSeat does what the buttons of one's own booking ask.
func (s *site) changeSeat(w http.ResponseWriter, r *http.Request) error {
	private(w)
	b, err := s.config.Bookings.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	by := account.Actor{Who: b.Person, Channel: account.Link}
	switch form.Get("acte") {
	case "accepter":
		_, err = s.config.Bookings.Accept(r.Context(), by, b.ID)
	case "annuler":
		_, err = s.config.Bookings.Cancel(r.Context(), by, b.ID)
	case "changer":
		n, bad := strconv.Atoi(one(form, "places"))
		if bad != nil || n < 1 || n > maxParty {
			return s.showSeat(w, r, http.StatusUnprocessableEntity, s.words(r).T("seat.error.seats", "most", strconv.Itoa(maxParty)))
		}
		_, err = s.config.Bookings.Resize(r.Context(), by, b.ID, n)
	default:
		return errForm
	}
	if refusal := seatRefusal(err); refusal != "" {
		return s.showSeat(w, r, http.StatusConflict, s.words(r).T(refusal))
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, r.URL.Path+"?fait=1")
}

// seatCalendar gives one's own event to take into an agenda. It holds no link
// that opens the booking: agendas are shared.
func (s *site) seatCalendar(w http.ResponseWriter, r *http.Request) error {
	private(w)
	b, err := s.config.Bookings.ByLink(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	o, err := s.occasion(r.Context(), b.Room)
	if err != nil {
		return err
	}
	e := s.entryEvent(r, s.words(r), entryOf(o, b))
	return s.showCalendar(w, calendar.Feed{Name: o.Title, Events: []calendar.Event{e}}, "rendez-vous.ics")
}

// atDoor is what the code of a booking opens. Whoever keeps the door marks who
// came there; to everybody else it says only whose event it is.
func (s *site) atDoor(w http.ResponseWriter, r *http.Request) error {
	private(w)
	b, err := s.config.Bookings.ByCode(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	o, err := s.occasion(r.Context(), b.Room)
	if err != nil {
		return err
	}
	if !s.mayKeep(r, o) {
		return s.goOn(w, r, o.Path)
	}
	return s.goOn(w, r, o.Door+"?place="+b.ID)
}
