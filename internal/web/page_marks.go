package web

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/db"
	"passerelle/internal/fold"
	"passerelle/internal/locale"
)

// Phones keep the list at the door for an hour without a network: keepHeader
// tells them until when, and keepAfter is how long after the event that is at
// the latest.
const (
	keepHeader = "Passerelle-Keep-Until"
	keepAfter  = 24 * time.Hour
)

// keepUntil is the moment after which no phone keeps the list of a room, in
// milliseconds; 0 when none may.
func keepUntil(r *booking.Room) int64 {
	if r.CalledOff || !r.DoorClosed.IsZero() {
		return 0
	}
	return r.End.Add(keepAfter).UnixMilli()
}

// What one message of a phone may hold.
const (
	maxMarks     = 500
	maxMarksBody = 128 << 10
)

// A sentMark is a mark as a phone sends it.
type sentMark struct {
	ID      string    `json:"id"` // made by the phone
	Booking string    `json:"booking"`
	State   string    `json:"state"`
	Seats   int       `json:"seats"`
	At      time.Time `json:"at"`
}

// A sentArrival is somebody whom a phone let in without a network.
type sentArrival struct {
	ID     string    `json:"id"`     // made by the phone
	Device string    `json:"device"` // the phone's, made by itself
	Name   string    `json:"name"`
	Firm   string    `json:"firm"`
	Seats  int       `json:"seats"`
	At     time.Time `json:"at"`
}

// A sentList is the message of a phone.
type sentList struct {
	Marks    []booking.Mark
	Arrivals []sentArrival
}

// markID is what an id made by a phone looks like: a UUID.
var markID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// readMarks reads the message of a phone. errForm is what it returns for
// anything that is none.
func readMarks(from io.Reader) (*sentList, error) {
	var sent struct {
		Marks    []sentMark    `json:"marks"`
		Arrivals []sentArrival `json:"arrivals"`
	}
	read := json.NewDecoder(from)
	read.DisallowUnknownFields()
	if err := read.Decode(&sent); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return nil, err
		}
		return nil, errForm
	}
	if len(sent.Marks) > maxMarks || len(sent.Arrivals) > maxMarks || read.More() {
		return nil, errForm
	}
	marks := make([]booking.Mark, len(sent.Marks))
	for i, m := range sent.Marks {
		state, ok := booking.ParsePresence(m.State)
		if !ok || !markID.MatchString(m.ID) || m.Seats < 0 || m.Seats > maxParty || len(m.Booking) > 40 || m.At.Year() < 2000 || m.At.Year() > 9999 {
			return nil, errForm
		}
		marks[i] = booking.Mark{ID: m.ID, Booking: m.Booking, State: state, Seats: m.Seats, At: m.At.UTC()}
	}
	for i := range sent.Arrivals {
		a := &sent.Arrivals[i]
		a.Name, a.Firm, a.At = strings.TrimSpace(cut(readable(a.Name), 120)), strings.TrimSpace(cut(readable(a.Firm), 160)), a.At.UTC()
		if !markID.MatchString(a.ID) || !markID.MatchString(a.Device) || a.Name == "" || a.Seats < 1 || a.Seats > maxParty || a.At.Year() < 2000 || a.At.Year() > 9999 {
			return nil, errForm
		}
	}
	return &sentList{marks, sent.Arrivals}, nil
}

// A marksAnswer tells a phone what is known now.
type marksAnswer struct {
	Marks []doorMark `json:"marks"` // that count
	Keep  int64      `json:"keep_until"`
	// Arrivals are the ids of those that were taken, or that never can be.
	Arrivals []string `json:"arrivals"`
}

// A doorMark is a mark that counts.
type doorMark struct {
	Booking string `json:"booking"`
	State   string `json:"state"`
	Seats   int    `json:"seats"`
}

// sentMarks takes the marks that a facilitator's phone kept.
func (s *site) sentMarks(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	return s.takeMarks(w, r, &sheet, by(who))
}

// helperMarks takes the marks that a helper's phone kept.
func (s *site) helperMarks(w http.ResponseWriter, r *http.Request) error {
	sheet, err := s.config.Bookings.ByHelper(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return s.takeMarks(w, r, &sheet, account.Actor{Who: "helper", Channel: account.Link})
}

// takeMarks takes the marks of a phone, those of parties that are not of this
// room left out, and answers with all that is known.
func (s *site) takeMarks(w http.ResponseWriter, r *http.Request, sheet *booking.Sheet, by account.Actor) error {
	private(w)
	if kind := r.Header.Get("Content-Type"); kind != "application/json" {
		return errForm
	}
	sent, err := readMarks(http.MaxBytesReader(w, r.Body, maxMarksBody))
	if err != nil {
		return err
	}
	var marks []booking.Mark
	for _, m := range sent.Marks {
		if _, ok := sheet.Find(m.Booking); ok {
			m.Who = by.Who
			marks = append(marks, m)
		}
	}
	if len(marks) > 0 {
		if err := s.config.Bookings.Check(r.Context(), by, sheet.Room.ID, marks); err != nil {
			return err
		}
	}
	taken, err := s.takeMeanwhile(r, sheet, by, sent.Arrivals)
	if err != nil {
		return err
	}
	seen, err := s.config.Bookings.Presences(r.Context(), sheet.Room.ID)
	if err != nil {
		return err
	}
	a := marksAnswer{Marks: []doorMark{}, Keep: keepUntil(&sheet.Room), Arrivals: taken}
	for _, m := range seen {
		a.Marks = append(a.Marks, doorMark{m.Booking, string(m.State), m.Seats})
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(a)
}

// takeMeanwhile takes those whom a phone let in without a network, and returns
// the ids of those that need not come again. One name of one phone is one
// party, however often it comes.
func (s *site) takeMeanwhile(r *http.Request, sheet *booking.Sheet, by account.Actor, list []sentArrival) ([]string, error) {
	ids := []string{}
	for _, a := range list {
		ask := booking.Ask{Room: sheet.Room.ID, Name: a.Name, Seats: a.Seats, Key: "phone " + a.Device + " " + fold.Key(a.Name), By: by}
		ask.SIRET, ask.Party.Firm = firmIn(a.Firm)
		if by.Channel != account.Link {
			ask.MadeBy = by.Who
		}
		if _, err := s.config.Bookings.CameMeanwhile(r.Context(), ask, a.At); err != nil && !errors.Is(err, booking.ErrClosed) {
			return nil, err
		}
		ids = append(ids, a.ID)
	}
	return ids, nil
}

// doorWorker is the script that keeps the list of one door. Its own address
// does not change, and a browser lets it act only where a page of a door asks
// it to.
func (s *site) doorWorker(files fs.FS) handler {
	return func(w http.ResponseWriter, _ *http.Request) error {
		text, err := fs.ReadFile(files, s.assets["js/door-worker.js"])
		if err != nil {
			return err
		}
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("Service-Worker-Allowed", "/")
		_, err = w.Write(text)
		return err
	}
}

// codeIn returns the booking whose code, as a phone's camera reads it, was put
// into the search of a door.
func (s *site) codeIn(r *http.Request) string {
	_, code, found := strings.Cut(strings.TrimSpace(r.URL.Query().Get("q")), "/a-la-porte/")
	if !found {
		return ""
	}
	b, err := s.config.Bookings.ByCode(r.Context(), code)
	if err != nil {
		return ""
	}
	return b.ID
}

// A comeForm is the form of who comes without having booked.
type comeForm struct {
	Key    string // of this press; empty: nobody may come in so now
	Inputs []input
	Faults []input
	Notice string
	Full   bool // the line is offered
	typed  url.Values
	faults map[string]string
}

func (s *site) comeInputs(l *locale.Language, f comeForm, now time.Time) comeForm {
	f.Key = db.NewID(now)
	if k := one(f.typed, "cle"); pressKey.MatchString(k) {
		f.Key = k
	}
	for _, i := range s.seatInputs(l, f.typed, f.faults) {
		if i.Name != "nom" && i.Name != "entreprise" && i.Name != "places" {
			continue
		}
		i.Autocomplete = "off"
		if i.Hint = ""; i.Name == "nom" {
			f.Inputs = append([]input{i}, f.Inputs...)
		} else {
			f.Inputs = append(f.Inputs, i)
		}
		if i.Error != "" {
			f.Faults = append(f.Faults, i)
		}
	}
	return f
}

// pressKey is the key of a press, made with the page.
var pressKey = regexp.MustCompile(`^[0-9a-z]{26}$`)

// come lets somebody in whom nobody expected.
func (s *site) come(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	sheet, err := s.config.Bookings.Sheet(r.Context(), m.ID)
	if err != nil {
		return err
	}
	return s.takeArrival(w, r, doorOf{of: ofMeeting(m), sheet: &sheet, action: plansPath + "/" + m.ID + "/pointage", by: by(who)})
}

// helperCome is come, by a helper's link.
func (s *site) helperCome(w http.ResponseWriter, r *http.Request) error {
	sheet, err := s.config.Bookings.ByHelper(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	o, err := s.occasion(r.Context(), sheet.Room.ID)
	if err != nil {
		return err
	}
	return s.takeArrival(w, r, s.helped(r, o, &sheet))
}

func (s *site) takeArrival(w http.ResponseWriter, r *http.Request, d doorOf) error {
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	var let booking.Booking
	if id := form.Get("inscription"); id != "" {
		if _, ok := d.sheet.Find(id); !ok {
			return db.ErrNotFound
		}
		let, err = s.config.Bookings.LetIn(r.Context(), d.by, id)
	} else {
		ask, faults := s.askOf(l, form)
		delete(faults, "courriel")
		if !pressKey.MatchString(form.Get("cle")) {
			return errForm
		}
		if len(faults) > 0 {
			return s.showDoor(w, r, http.StatusUnprocessableEntity, d, comeForm{typed: form, faults: faults})
		}
		ask.Room, ask.Key, ask.By, ask.Mail = d.of.ID, form.Get("cle"), d.by, ""
		if d.by.Channel != account.Link {
			ask.MadeBy = d.by.Who
		}
		let, err = s.config.Bookings.Arrive(r.Context(), booking.Arrival{Ask: ask, Wait: form.Get("attendre") == "1"})
	}
	if refusal := seatRefusal(err); refusal != "" {
		f := comeForm{typed: form, Notice: l.T(refusal), Full: errors.Is(err, booking.ErrFull) && form.Get("inscription") == ""}
		if f.Full {
			f.Notice = l.T("door.full", "n", max(0, booking.Free(&d.sheet.Room, d.sheet.List, false)))
		}
		return s.showDoor(w, r, http.StatusConflict, d, f)
	}
	if err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, d.action)+"?entre="+url.QueryEscape(let.ID))
}
