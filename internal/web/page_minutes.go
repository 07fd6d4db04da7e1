package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
)

// A minutesDeskPage writes the minutes of a meeting and tells their history.
type minutesDeskPage struct {
	frame
	Crumbs    []crumb
	Line      meetingLine
	Long      string
	Action    string
	Public    string // where everybody reads them
	From      int64  // the version that is written on
	Sections  []minutesInput
	Faults    []input
	Saved     bool
	Merged    bool
	Published bool
	History   []minutesRevision
	Changed   []minutesChange // by the revision that was chosen
	Chosen    string
}

// A minutesInput is the text of a section.
type minutesInput struct {
	Title string // as it is sent back
	Name  string // of the hidden field with it
	Area  input
}

// A minutesRevision is a save.
type minutesRevision struct {
	Path, Words string
	On          bool
}

// A minutesChange is what a save made of a section.
type minutesChange struct {
	Title string
	Parts []meeting.Part
}

// minutesPath is where the minutes of a meeting are written.
func minutesPath(m *meeting.Meeting) string { return plansPath + "/" + m.ID + "/compte-rendu" }

func (s *site) minutesDesk(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	written, err := s.config.Meetings.Minutes(r.Context(), m.ID)
	if err != nil {
		return err
	}
	return s.showMinutesDesk(w, r, http.StatusOK, m, &written, "")
}

func (s *site) showMinutesDesk(w http.ResponseWriter, r *http.Request, status int, m *meeting.Meeting, written *meeting.Minutes, fault string) error {
	private(w)
	l := s.words(r)
	v := r.URL.Query()
	p := &minutesDeskPage{
		frame: s.frame(r, "/mon-espace", l.T("minutes.title")), Action: minutesPath(m), From: written.Version, Published: written.Published,
		Saved: v.Has("fait") && fault == "", Merged: v.Has("reunis") && fault == "", Long: longDay(l, m.Room.Start),
	}
	p.Path, p.NoIndex = p.Action, true
	p.Crumbs = s.deskCrumbs(l, crumb{Name: l.T("plan.title"), Path: plansPath}, crumb{Name: m.Title, Path: plansPath + "/" + m.ID}, crumb{Name: p.Title})
	p.Line = s.meetingLine(l, &meeting.Listed{Meeting: *m}, s.config.Clock.Now())
	if written.Published && m.Shown() {
		p.Public = "/reunions/" + m.ID + "/compte-rendu"
	}
	for n, section := range m.ToWrite(written.Sections) {
		i := minutesInput{Title: section.Title, Name: fmt.Sprint("titre", n), Area: input{Name: fmt.Sprint("texte", n), Label: sectionTitle(l, section.Title), Value: section.Text, Rows: max(4, strings.Count(section.Text, "\n")+3), Free: true}}
		if n == 0 && fault != "" {
			i.Area.Error = fault
			p.Faults = []input{i.Area}
		}
		p.Sections = append(p.Sections, i)
	}
	if fault != "" {
		p.Title = l.T("form.error_title", "title", p.Title)
	}
	if err := s.minutesHistory(r, p, m.ID, v.Get("version")); err != nil {
		return err
	}
	return s.show(w, status, "meeting/minutes", p)
}

// sectionTitle names a section: the one without a title holds the decisions.
func sectionTitle(l *locale.Language, title string) string {
	if title == "" {
		return l.T("minutes.decisions")
	}
	return title
}

// minutesHistory lists the saves, and what the chosen one changed.
func (s *site) minutesHistory(r *http.Request, p *minutesDeskPage, id, chosen string) error {
	l := s.words(r)
	list, err := s.config.Meetings.Revisions(r.Context(), id)
	if err != nil {
		return err
	}
	for n, v := range list {
		name := v.Name
		if name == "" {
			name = l.T("lead.somebody")
		}
		number := strconv.FormatInt(v.Version, 10)
		row := minutesRevision{Path: p.Action + "?" + url.Values{"version": {number}}.Encode() + "#difference", Words: l.Moment(v.At.In(clock.Paris)) + ", " + name, On: number == chosen}
		p.History = append(p.History, row)
		if !row.On {
			continue
		}
		p.Chosen = row.Words
		before := map[string]string{}
		if n+1 < len(list) {
			for _, section := range list[n+1].Sections {
				before[section.Title] = section.Text
			}
		}
		for _, section := range v.Sections {
			if section.Text != before[section.Title] {
				p.Changed = append(p.Changed, minutesChange{sectionTitle(l, section.Title), meeting.Difference(before[section.Title], section.Text)})
			}
		}
	}
	return nil
}

// writeMinutes saves, merging with what others saved meanwhile.
func (s *site) writeMinutes(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	from, err := strconv.ParseInt(form.Get("version"), 10, 64)
	if err != nil || from < 0 {
		return errForm
	}
	var typed []meeting.Section
	for n := 0; form.Has(fmt.Sprint("titre", n)); n++ {
		typed = append(typed, meeting.Section{Title: form.Get(fmt.Sprint("titre", n)), Text: form.Get(fmt.Sprint("texte", n))})
	}
	_, merged, err := s.config.Meetings.WriteMinutes(r.Context(), meeting.Written{Meeting: m.ID, From: from, Sections: typed, Name: who.Person.Name(), By: by(who)})
	if errors.Is(err, meeting.ErrLong) {
		l := s.words(r)
		kept := meeting.Minutes{Meeting: m.ID, Version: from, Sections: typed}
		return s.showMinutesDesk(w, r, http.StatusUnprocessableEntity, m, &kept, l.T("minutes.error.long", "most", l.Number(meeting.MaxSectionText)))
	}
	if err != nil {
		return err
	}
	back := pathIn(r, minutesPath(m)) + "?fait=1"
	if merged {
		back += "&reunis=1"
	}
	return s.goOn(w, r, back)
}

// publishMinutes lets everybody read the minutes, or nobody any more.
func (s *site) publishMinutes(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	m, err := s.plannable(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	if err := s.config.Meetings.ShowMinutes(r.Context(), by(who), m.ID, form.Get("montrer") == "1"); err != nil {
		return err
	}
	return s.goOn(w, r, pathIn(r, minutesPath(m))+"?fait=1")
}

// A minutesPage shows the minutes of a meeting.
type minutesPage struct {
	frame
	Crumbs   []crumb
	M        *meeting.Meeting
	Line     meetingLine
	Long     string
	Sections []readSection
	PDF      string
}

// A readSection is a section as it is read.
type readSection struct {
	Title  string
	Blocks []meeting.Block
}

// readable returns a meeting and its minutes, published or of one's own; those
// that are not are of nobody.
func (s *site) readable(w http.ResponseWriter, r *http.Request) (*meeting.Meeting, []readSection, error) {
	m, err := s.config.Meetings.Meeting(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, nil, err
	}
	written, err := s.config.Meetings.Minutes(r.Context(), m.ID)
	if err != nil {
		return nil, nil, err
	}
	if written.Version == 0 || !(written.Published && m.Shown()) && !s.mayPlan(r, &m) {
		return nil, nil, db.ErrNotFound
	}
	if !written.Published {
		private(w)
	}
	var list []readSection
	for _, section := range m.ToWrite(written.Sections) {
		if section.Text != "" {
			list = append(list, readSection{sectionTitle(s.words(r), section.Title), section.Blocks()})
		}
	}
	return &m, list, nil
}

func (s *site) minutes(w http.ResponseWriter, r *http.Request) error {
	m, sections, err := s.readable(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &minutesPage{frame: s.frame(r, "/reunions", l.T("minutes.of", "title", m.Title)), M: m, Sections: sections, Long: longDay(l, m.Room.Start), PDF: "/reunions/" + m.ID + "/compte-rendu.pdf"}
	p.Crumbs = []crumb{{Name: l.T("meetings.title"), Path: "/reunions"}, {Name: m.Title, Path: "/reunions/" + m.ID}, {Name: l.T("minutes.title")}}
	p.Line = s.meetingLine(l, &meeting.Listed{Meeting: *m}, s.config.Clock.Now())
	return s.show(w, http.StatusOK, "meeting/read", p)
}

// minutesPaper makes the minutes as a document.
func (s *site) minutesPaper(w http.ResponseWriter, r *http.Request) error {
	m, sections, err := s.readable(w, r)
	if err != nil {
		return err
	}
	l := s.words(r)
	start := m.Room.Start.In(clock.Paris)
	paper := pdf.Minutes{
		Language: l.Code(), House: s.frame(r, "", "").Site.Name, Title: m.Title, Kind: l.T("minutes.title"), When: longDay(l, m.Room.Start) + ", " + hours(l, m.Room.Start, m.Room.End),
		Where: strings.Join(s.addressOf(ofMeeting(m)), ", "), ISO: [3]int{start.Year(), int(start.Month()), start.Day()}, Foot: m.Title + ", " + longDay(l, m.Room.Start),
	}
	for _, section := range sections {
		one := pdf.MinutesSection{Title: section.Title}
		for _, b := range section.Blocks {
			one.Blocks = append(one.Blocks, pdf.MinutesBlock(b))
		}
		paper.Sections = append(paper.Sections, one)
	}
	made, err := s.config.Press.Minutes(r.Context(), paper)
	if err != nil {
		return err
	}
	if w.Header().Get("Cache-Control") == "" {
		w.Header().Set("Cache-Control", "no-cache")
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `inline; filename="compte-rendu-`+start.Format("2006-01-02")+`.pdf"`)
	_, err = w.Write(made)
	return err
}
