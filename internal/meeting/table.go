package meeting

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/fold"
	"passerelle/internal/place"
	"passerelle/internal/sheet"
	"passerelle/internal/trade"
)

// Columns are those of a file of meetings, in their order: what is taken away
// is what is brought back. The id tells which meeting a row is; a row without
// one is new, unless a meeting of that title begins there at that moment. The
// state and, of a meeting that is there, the series are told and not read.
var Columns = []string{
	"identifiant", "état", "série", "titre", "territoire", "commune", "jour", "de", "à", "places", "réservées", "liste d’attente",
	"salle", "rue", "accès", "venir", "accueil", "métiers", "déroulé", "mots",
}

// reader reads files of meetings.
var reader = sheet.Reader{Rows: 500, Columns: 60, Characters: 10_000, Named: func(cells []string) int { return len(columnsOf(cells)) }}

// columnsOf returns the column of each name that a header has.
func columnsOf(header []string) map[string]int {
	at := map[string]int{}
	for i, cell := range header {
		for _, name := range Columns {
			if _, twice := at[name]; fold.Key(cell) == fold.Key(name) && !twice {
				at[name] = i
			}
		}
	}
	return at
}

// A Row is a line of a file: its cells by the name of their column. A column
// that the file does not have is not among them.
type Row struct {
	Line  int
	Cells map[string]string
}

// ReadTable reads a file of meetings, in any shape that sheet.Reader reads. A
// file that is none gives a *sheet.Error.
func ReadTable(data []byte, name string) ([]Row, error) {
	lines, err := reader.Read(data, name)
	if err != nil {
		return nil, err
	}
	head := reader.Header(lines)
	if head < 0 {
		return nil, &sheet.Error{Fault: sheet.FaultNotATable}
	}
	if len(lines) == head+1 {
		return nil, &sheet.Error{Fault: sheet.FaultEmpty, Line: lines[head].Number}
	}
	if len(lines)-head-1 > reader.Rows {
		return nil, &sheet.Error{Fault: sheet.FaultTooLong, Line: lines[head+1+reader.Rows].Number, Most: reader.Rows}
	}
	at := columnsOf(lines[head].Cells)
	var rows []Row
	for _, l := range lines[head+1:] {
		r := Row{Line: l.Number, Cells: map[string]string{}}
		for name, i := range at {
			r.Cells[name] = ""
			if i < len(l.Cells) {
				r.Cells[name] = l.Cells[i]
			}
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Names are what places and trades are called by in a file.
type Names struct {
	Places *place.Atlas
	Trades *trade.Table
}

// The words of the rule of the waiting list.
const (
	waits = "attend"
	skips = "passe"
)

// Cells returns a meeting as a row, in the order of Columns.
func (n *Names) Cells(m *Meeting) []sheet.Cell {
	state := "brouillon"
	switch {
	case m.Room.CalledOff:
		state = "annulée"
	case m.Shown():
		state = "publiée"
	}
	commune := m.Commune
	if c, ok := n.Places.Commune(m.Commune); ok {
		commune += " " + c.Name
	}
	rule := waits
	if m.Room.Skips {
		rule = skips
	}
	var agenda []string
	for _, i := range m.Agenda {
		line := fmt.Sprint(i.Minutes, " | ", i.Title)
		if i.Speaker != "" {
			line += " | " + i.Speaker
		}
		agenda = append(agenda, line)
	}
	start, end := m.Room.Start.In(clock.Paris), m.Room.End.In(clock.Paris)
	return []sheet.Cell{
		m.ID, state, m.Series, m.Title, m.Territory, commune, clock.Day(start.Format(time.DateOnly)), start.Format("15:04"), end.Format("15:04"), m.Room.Seats, m.Room.Reserved, rule,
		m.Venue.Name, m.Venue.Street, m.Venue.Access, m.Venue.ByRoad, m.Venue.Contact, strings.Join(m.Trades, ", "), strings.Join(agenda, "\n"), m.Words,
	}
}

// words returns a meeting as the text of its cells, by column.
func (n *Names) words(m *Meeting) map[string]string {
	text := map[string]string{}
	for i, c := range n.Cells(m) {
		text[Columns[i]] = sheet.Clean(fmt.Sprint(c))
	}
	return text
}

// read lays a row over a meeting and returns what cannot be read of it: the
// column, and the key of a message.
func (n *Names) read(r Row, m *Meeting) []Fault {
	var faults []Fault
	for _, name := range Columns {
		cell, has := r.Cells[name]
		if !has {
			continue
		}
		if key := n.lay(name, strings.TrimSpace(cell), m); key != "" {
			faults = append(faults, Fault{name, key})
		}
	}
	return append(faults, times(r, m)...)
}

// lay reads a cell into a meeting; it returns the key of what is wrong.
func (n *Names) lay(column, cell string, m *Meeting) string {
	text := map[string]*string{
		"titre": &m.Title, "mots": &m.Words, "salle": &m.Venue.Name, "rue": &m.Venue.Street, "accès": &m.Venue.Access, "venir": &m.Venue.ByRoad, "accueil": &m.Venue.Contact,
	}
	if to := text[column]; to != nil {
		*to = cell
		return ""
	}
	switch column {
	case "territoire":
		i := slices.IndexFunc(n.Places.Territories(), func(t place.Territory) bool { return t.Slug == cell || fold.Key(t.Name) == fold.Key(cell) })
		if i < 0 {
			return "territory"
		}
		m.Territory = n.Places.Territories()[i].Slug
	case "commune":
		code, _, _ := strings.Cut(cell, " ")
		c, ok := n.Places.Commune(code)
		if found := n.Places.Find(cell, 1); !ok && len(found) > 0 {
			c, ok = found[0], true
		}
		if !ok {
			return "commune"
		}
		m.Commune = c.Code
	case "places":
		return number(cell, &m.Room.Seats)
	case "réservées":
		if cell == "" {
			cell = "0"
		}
		return number(cell, &m.Room.Reserved)
	case "liste d’attente":
		if cell != waits && cell != skips && cell != "" {
			return "rule"
		}
		m.Room.Skips = cell == skips
	case "métiers":
		m.Trades = nil
		for word := range strings.SplitSeq(cell, ",") {
			if strings.TrimSpace(word) == "" {
				continue
			}
			sel, ok := n.Trades.Resolve(word)
			if !ok || sel.Slug == "" {
				return "trade"
			}
			m.Trades = append(m.Trades, sel.Slug)
		}
	case "déroulé":
		m.Agenda = ReadAgenda(cell)
	}
	return ""
}

func number(cell string, to *int) string {
	n, err := strconv.Atoi(cell)
	if err != nil {
		return "number"
	}
	*to = n
	return ""
}

// times reads the day and the hours of a row, as the wall at Paris shows them.
// An end that is not after the start is on the next day.
func times(r Row, m *Meeting) []Fault {
	wall := map[string]string{"jour": "", "de": "", "à": ""}
	if !m.Room.Start.IsZero() {
		start, end := m.Room.Start.In(clock.Paris), m.Room.End.In(clock.Paris)
		wall = map[string]string{"jour": start.Format(time.DateOnly), "de": start.Format("15:04"), "à": end.Format("15:04")}
	}
	for name := range wall {
		if cell, has := r.Cells[name]; has {
			wall[name] = cell
		}
	}
	day, okDay := readDay(wall["jour"])
	from, okFrom := readHour(wall["de"])
	to, okTo := readHour(wall["à"])
	var faults []Fault
	for _, f := range []struct {
		column, key string
		ok          bool
	}{{"jour", "day", okDay}, {"de", "hour", okFrom}, {"à", "hour", okTo}} {
		if !f.ok {
			faults = append(faults, Fault{f.column, f.key})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	start, ok := clockAt(day, from)
	if !ok {
		return []Fault{{"de", "no_hour"}}
	}
	end, ok := clockAt(day, to)
	if to <= from {
		end, ok = clockAt(day.AddDate(0, 0, 1), to)
	}
	if !ok {
		return []Fault{{"à", "no_hour"}}
	}
	m.Room.Start, m.Room.End = start, end
	return nil
}

// clockAt is the moment at which the wall shows a minute of a day, and whether
// it ever does: in spring an hour is left out.
func clockAt(day time.Time, minute int) (time.Time, bool) {
	t := time.Date(day.Year(), day.Month(), day.Day(), minute/60, minute%60, 0, 0, clock.Paris)
	return t.UTC(), t.Hour() == minute/60 && t.Minute() == minute%60
}

var frenchDay = regexp.MustCompile(`^(\d{1,2})[/.](\d{1,2})[/.](\d{4})$`)

// readDay reads 2027-03-28 and 28/03/2027.
func readDay(s string) (time.Time, bool) {
	if p := frenchDay.FindStringSubmatch(s); p != nil {
		s = fmt.Sprintf("%s-%02s-%02s", p[3], p[2], p[1])
	}
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil && t.Year() >= 2000 && t.Year() < 2200
}

var anHour = regexp.MustCompile(`^(\d{1,2})\s*(?:[:hH]\s*(\d{2})?(?::\d{2})?)?$`)

// readHour reads 18:00, 18h, 18 h 30, and the part of a day that spreadsheets
// keep (0.75), and returns the minute of the day.
func readHour(s string) (int, bool) {
	if p := anHour.FindStringSubmatch(strings.TrimSpace(s)); p != nil {
		h, _ := strconv.Atoi(p[1]) // two digits
		m, _ := strconv.Atoi("0" + p[2])
		return 60*h + m, h < 24 && m < 60
	}
	part, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err != nil || !(part > 0 && part < 1) {
		return 0, false
	}
	minute := int(math.Round(part * 24 * 60))
	return minute, minute < 24*60
}

// ReadAgenda reads an agenda, a point a line: minutes | what | who.
func ReadAgenda(text string) []Item {
	var items []Item
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), "|", 3)
		minutes, err := strconv.Atoi(strings.TrimSpace(parts[0]))
		if err != nil || len(parts) == 1 {
			parts = append([]string{""}, parts...)
		}
		i := Item{Minutes: minutes, Title: strings.TrimSpace(parts[1])}
		if len(parts) > 2 {
			i.Speaker = strings.TrimSpace(parts[2])
		}
		if i.Title != "" {
			items = append(items, i)
		}
	}
	return items
}
