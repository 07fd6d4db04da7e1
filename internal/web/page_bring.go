package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/sheet"
)

// A file of meetings comes in at bringPath, is looked at, and comes again with
// the press that takes it in: nothing is kept in between.
const (
	bringPath = plansPath + "/fichier"
	bringEnd  = "/appliquer"
	maxBring  = 2 << 20
)

// A bringPage takes a file of meetings and shows what it would do.
type bringPage struct {
	frame
	Crumbs  []crumb
	File    input
	Looked  bool
	Done    bool // it was taken in
	Again   bool // something changed meanwhile
	Figures []figure
	Lines   []bringLine
	Brings  int
	Content string // of the file, for the press
	Seen    string // digest of what was shown
}

// A bringLine is a row of the file and what becomes of it.
type bringLine struct {
	Line  int
	Title string
	Place string
	When  string
	Fate  string
	Kind  string
	Says  []string // what changes, or why it is refused
}

func (s *site) names() *meeting.Names {
	return &meeting.Names{Places: s.config.Places, Trades: s.config.Trades}
}

// plansTable is meetings as they are taken away.
func (s *site) plansTable(l *locale.Language, list []meeting.Meeting) sheet.Table {
	n := s.names()
	return sheet.Table{Title: l.T("plan.title"), Head: meeting.Columns, Rows: func(yield func([]sheet.Cell) bool) {
		for i := range list {
			if !yield(n.Cells(&list[i])) {
				return
			}
		}
	}}
}

// plansFile gives the meetings of a facilitator away, as they are brought back.
func (s *site) plansFile(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		list, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{Keeper: who.Person, Drafts: true})
		if err != nil {
			return err
		}
		var mine []meeting.Meeting
		for i := range list {
			if account.May(who.Person, account.PlanMeetings, list[i].Object()) {
				mine = append(mine, list[i].Meeting)
			}
		}
		return s.giveFile(w, contentType, "reunions-"+s.today()+extension, write, s.plansTable(s.words(r), mine))
	}
}

// plansModel gives a file to fill in: the columns, and one row to write over.
func (s *site) plansModel(contentType, extension string, write func(http.ResponseWriter, sheet.Table) error) signedHandler {
	return func(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
		l := s.words(r)
		defaults := planDefaults(l)
		start := s.config.Clock.Now().In(clock.Paris).AddDate(0, 2, 0)
		start = time.Date(start.Year(), start.Month(), start.Day(), 18, 0, 0, 0, clock.Paris)
		m := meeting.Meeting{
			Title: defaults.Get("titre"), Words: defaults.Get("mots"), Agenda: meeting.ReadAgenda(defaults.Get("deroule")), Trades: []string{"menuisier", "boulanger"},
			Venue: meeting.Venue{Name: "Salle des fêtes", Street: "12, rue de la Gare"}, Room: booking.Room{Seats: 50, Reserved: 2, Start: start, End: start.Add(2 * time.Hour)},
		}
		for _, t := range s.config.Places.Territories() {
			if found := s.config.Places.Find(t.Name, 1); account.May(who.Person, account.PlanMeetings, account.Object{Territory: t.Slug}) && m.Territory == "" {
				if m.Territory = t.Slug; len(found) > 0 {
					m.Commune = found[0].Code
				}
			}
		}
		return s.giveFile(w, contentType, "modele-reunions"+extension, write, s.plansTable(l, []meeting.Meeting{m}))
	}
}

func (s *site) giveFile(w http.ResponseWriter, contentType, name string, write func(http.ResponseWriter, sheet.Table) error, t sheet.Table) error {
	private(w)
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	return write(w, t)
}

func (s *site) bringForm(w http.ResponseWriter, r *http.Request, _ *account.Signed) error {
	return s.showBring(w, r, http.StatusOK, &bringPage{}, "")
}

func (s *site) showBring(w http.ResponseWriter, r *http.Request, status int, p *bringPage, fault string) error {
	private(w)
	l := s.words(r)
	p.frame = s.frame(r, "/mon-espace", l.T("bring.title"))
	p.Path, p.NoIndex = bringPath, true
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("plan.title"), Path: plansPath}, crumb{Name: p.Title})
	p.File = input{Name: "fichier", Label: l.T("files.file"), Hint: l.T("bring.file_hint"), Type: "file", Error: fault}
	if fault != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	return s.show(w, status, "meeting/bring", p)
}

// lookAtBring shows what a file would do.
func (s *site) lookAtBring(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	l := s.words(r)
	refuse := func(status int, fault string) error { return s.showBring(w, r, status, &bringPage{}, fault) }
	if err := r.ParseMultipartForm(maxBring); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return refuse(http.StatusRequestEntityTooLarge, l.T("files.fault.too_big", "most", int64(maxBring>>20)))
		}
		return refuse(http.StatusUnprocessableEntity, l.T("files.fault.empty"))
	}
	defer r.MultipartForm.RemoveAll()
	file, head, err := r.FormFile("fichier")
	if err != nil {
		return refuse(http.StatusUnprocessableEntity, l.T("files.fault.empty"))
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	rows, err := meeting.ReadTable(content, head.Filename)
	var fault *sheet.Error
	if errors.As(err, &fault) {
		return refuse(http.StatusUnprocessableEntity, fileFault(l, fault))
	}
	if err != nil {
		return err
	}
	return s.lookAtRows(w, r, who, http.StatusOK, rows, &bringPage{})
}

func (s *site) lookAtRows(w http.ResponseWriter, r *http.Request, who *account.Signed, status int, rows []meeting.Row, p *bringPage) error {
	all, err := s.config.Meetings.Bring(r.Context(), who.Person, s.names(), rows)
	if err != nil {
		return err
	}
	if p.Content, err = rowsAgain(rows); err != nil {
		return err
	}
	p.Looked, p.Seen = true, seenOf(all)
	s.bringLines(s.words(r), p, all)
	return s.showBring(w, r, status, p, "")
}

// bringLines tells what becomes of each row: what somebody should look at
// first.
func (s *site) bringLines(l *locale.Language, p *bringPage, all []meeting.Brought) {
	count := map[meeting.Fate]int{}
	for _, fate := range []meeting.Fate{meeting.Rejected, meeting.Altered, meeting.Added, meeting.Same} {
		for i := range all {
			b := &all[i]
			if b.Fate != fate {
				continue
			}
			count[fate]++
			line := bringLine{Line: b.Line, Title: b.Meeting.Title, Kind: string(fate), Fate: l.T("bring.fate." + string(fate))}
			if t, ok := s.config.Places.Territory(b.Meeting.Territory); ok {
				line.Place = t.Name
			}
			if !b.Meeting.Room.Start.IsZero() {
				line.When = longDay(l, b.Meeting.Room.Start) + ", " + hours(l, b.Meeting.Room.Start, b.Meeting.Room.End)
				if day := holidayAt(l, b.Meeting.Room.Start); day != "" && fate != meeting.Rejected {
					line.Says = append(line.Says, day)
				}
			}
			for _, c := range b.Changes {
				line.Says = append(line.Says, l.T("bring.change", "column", c.Column, "was", cut(c.Was, 60), "is", cut(c.Is, 60)))
			}
			for _, f := range b.Faults {
				line.Says = append(line.Says, l.T("bring.refused", "column", f.Field, "why", bringFault(l, f.Key)))
			}
			p.Lines = append(p.Lines, line)
		}
		if n := count[fate]; n > 0 {
			p.Figures = append(p.Figures, figure{n, l.T("bring.count."+string(fate), "n", n)})
		}
	}
	p.Brings = count[meeting.Added] + count[meeting.Altered]
}

// bringFault says why a row is refused: as the form would, where it can.
func bringFault(l *locale.Language, key string) string {
	if l.Has("bring.fault." + key) {
		return l.T("bring.fault." + key)
	}
	return l.T("plan.fault." + key)
}

// takeBring takes in the rows that were looked at. When something has changed
// meanwhile, they are shown again instead.
func (s *site) takeBring(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	if err := r.ParseMultipartForm(maxBring); err != nil {
		return errForm
	}
	defer r.MultipartForm.RemoveAll()
	rows, err := meeting.ReadTable([]byte(readable(r.FormValue("contenu"))), "reunions.csv")
	if err != nil {
		return errForm
	}
	looked, err := s.config.Meetings.Bring(r.Context(), who.Person, s.names(), rows)
	if err != nil {
		return err
	}
	if seenOf(looked) != r.FormValue("vu") {
		return s.lookAtRows(w, r, who, http.StatusConflict, rows, &bringPage{Again: true})
	}
	all, err := s.config.Meetings.TakeIn(r.Context(), by(who), who.Person, s.names(), rows)
	if err != nil {
		return err
	}
	p := &bringPage{Done: true}
	s.bringLines(s.words(r), p, all)
	return s.showBring(w, r, http.StatusOK, p, "")
}

// rowsAgain writes rows as the press sends them again.
func rowsAgain(rows []meeting.Row) (string, error) {
	var head []string
	for _, name := range meeting.Columns {
		if _, has := rows[0].Cells[name]; has {
			head = append(head, name)
		}
	}
	var b bytes.Buffer
	err := sheet.WriteCSV(&b, sheet.Table{Head: head, Rows: func(yield func([]sheet.Cell) bool) {
		for _, r := range rows {
			row := make([]sheet.Cell, len(head))
			for i, name := range head {
				row[i] = r.Cells[name]
			}
			if !yield(row) {
				return
			}
		}
	}})
	return strings.TrimPrefix(b.String(), "\uFEFF"), err
}

// seenOf is a digest of what a page showed.
func seenOf(all []meeting.Brought) string {
	h := sha256.New()
	for i := range all {
		b := &all[i]
		fmt.Fprintf(h, "%q %q %v %v\n", b.Fate, b.Meeting.ID, b.Changes, b.Faults)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}
