package place

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"passerelle/internal/clock"
)

// Times are minutes by road between communes, as an operator's matrix gives
// them. They are never changed.
type Times struct {
	Source string    // whose matrix it is; empty where that was not said
	AsOf   clock.Day // of the matrix

	atlas    *Atlas
	row      map[int]int // index in Communes → row
	communes []int       // by row, ascending
	minutes  []uint16    // half of the square, without its diagonal; unknownTime where nothing is said

	once    sync.Once
	version string
}

// The bounds of a matrix.
const (
	mostCommunes = 4_000 // 16 MB
	mostMinutes  = 24 * 60
	mostFaults   = 20
	unknownTime  = math.MaxUint16
)

// Minutes returns how long it takes from one commune to another and back, by
// the slower of the two ways; ok is false where the matrix says nothing, and
// within one commune.
func (t *Times) Minutes(a, b int) (minutes int, ok bool) {
	if t == nil || a == b {
		return 0, false
	}
	i, found := t.row[a]
	if !found {
		return 0, false
	}
	j, found := t.row[b]
	if !found {
		return 0, false
	}
	m := t.minutes[slot(i, j)]
	return int(m), m != unknownTime
}

// slot is where the minutes between two different rows stand.
func slot(i, j int) int {
	if i < j {
		i, j = j, i
	}
	return i*(i-1)/2 + j
}

// Size returns of how many communes and of how many pairs something is known.
func (t *Times) Size() (communes, pairs int) {
	for _, m := range t.minutes {
		if m != unknownTime {
			pairs++
		}
	}
	return len(t.communes), pairs
}

// A TimesError lists what is wrong with a matrix, the first faults with their
// lines.
type TimesError struct {
	Faults []TimesFault
	More   int // faults that are not listed
}

// A TimesFault is a line of a matrix that cannot be read.
type TimesFault struct {
	Line int
	What string // columns, commune, minutes, bytes
	Text string
}

func (e *TimesError) Error() string {
	texts := make([]string, 0, len(e.Faults))
	for _, f := range e.Faults {
		texts = append(texts, fmt.Sprintf("line %d: %s %q", f.Line, f.What, f.Text))
	}
	if e.More > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", e.More))
	}
	return "travel times: " + strings.Join(texts, "; ")
}

// ErrNoTimes says that a file holds no time between two communes.
var ErrNoTimes = errors.New("no travel times between two communes")

// ErrManyTimes says that a matrix is of more communes than are kept.
var ErrManyTimes = fmt.Errorf("travel times of more than %d communes", mostCommunes)

// ReadTimes reads a matrix: CSV with the columns from, to and minutes, in any
// order, by commas or semicolons; other columns are left out. Codes may be old
// ones: of the communes that became one the shortest time is kept. One way
// alone is good for both. Faults are a *TimesError, and then nothing is read.
func (a *Atlas) ReadTimes(r io.Reader) (*Times, error) {
	in := bufio.NewReader(r)
	first, err := in.Peek(1 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read travel times: %w", err)
	}
	rows := csv.NewReader(in)
	rows.FieldsPerRecord, rows.ReuseRecord, rows.LazyQuotes = -1, true, true
	if head, _, _ := strings.Cut(string(first), "\n"); strings.Count(head, ";") > strings.Count(head, ",") {
		rows.Comma = ';'
	}
	m := matrix{atlas: a, least: make(map[[2]int32]uint16)}
	column, err := timesColumns(rows)
	if err != nil {
		return nil, err
	}
	for {
		record, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read travel times: %w", err)
		}
		line, _ := rows.FieldPos(0)
		m.add(line, record, column)
	}
	if len(m.faults.Faults) > 0 {
		return nil, &m.faults
	}
	return m.times()
}

// timesColumns reads where the three columns are.
func timesColumns(rows *csv.Reader) (column [3]int, err error) {
	head, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return column, ErrNoTimes
	}
	if err != nil {
		return column, fmt.Errorf("read travel times: %w", err)
	}
	names := make([]string, len(head))
	for i, name := range head {
		names[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\uFEFF")))
	}
	for i, name := range []string{"from", "to", "minutes"} {
		if column[i] = slices.Index(names, name); column[i] < 0 {
			return column, &TimesError{Faults: []TimesFault{{1, "columns", strings.Join(names, ",")}}}
		}
	}
	return column, nil
}

// A matrix is what is read of one.
type matrix struct {
	atlas  *Atlas
	least  map[[2]int32]uint16 // one way
	faults TimesError
}

func (m *matrix) fault(line int, what, text string) {
	if len(m.faults.Faults) == mostFaults {
		m.faults.More++
		return
	}
	if !utf8.ValidString(text) {
		what, text = "bytes", strings.ToValidUTF8(text, "?")
	}
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	m.faults.Faults = append(m.faults.Faults, TimesFault{line, what, text})
}

// add reads a line.
func (m *matrix) add(line int, record []string, column [3]int) {
	if max(column[0], column[1], column[2]) >= len(record) {
		m.fault(line, "columns", strings.Join(record, ","))
		return
	}
	var pair [2]int32
	for i := range pair {
		code := strings.TrimSpace(record[column[i]])
		c, _, ok := m.atlas.Resolve(code)
		n, known := m.atlas.Index(c.Code)
		if !ok || !known {
			m.fault(line, "commune", code)
			return
		}
		pair[i] = int32(n)
	}
	text := strings.TrimSpace(record[column[2]])
	minutes, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	if err != nil || !(minutes >= 0 && minutes <= mostMinutes) {
		m.fault(line, "minutes", text)
		return
	}
	if pair[0] == pair[1] {
		return // within one commune distance tells more
	}
	rounded := uint16(math.Round(minutes))
	if had, ok := m.least[pair]; !ok || rounded < had {
		m.least[pair] = rounded
	}
}

// times makes the square of what was read.
func (m *matrix) times() (*Times, error) {
	t := &Times{atlas: m.atlas, row: make(map[int]int)}
	for pair := range m.least {
		for _, n := range pair {
			if _, ok := t.row[int(n)]; !ok {
				t.row[int(n)] = 0
				t.communes = append(t.communes, int(n))
			}
		}
	}
	switch {
	case len(t.communes) == 0:
		return nil, ErrNoTimes
	case len(t.communes) > mostCommunes:
		return nil, ErrManyTimes
	}
	slices.Sort(t.communes)
	for i, n := range t.communes {
		t.row[n] = i
	}
	t.minutes = slices.Repeat([]uint16{unknownTime}, len(t.communes)*(len(t.communes)-1)/2)
	for pair, minutes := range m.least {
		at := &t.minutes[slot(t.row[int(pair[0])], t.row[int(pair[1])])]
		if *at == unknownTime || minutes > *at {
			*at = minutes
		}
	}
	return t, nil
}

// Write writes a matrix as ReadTimes reads it, each pair once.
func (t *Times) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	b.WriteString("from,to,minutes\n") // what goes wrong is told by Flush
	all := t.atlas.Communes()
	for i := range t.communes {
		for j := range i {
			if m := t.minutes[slot(i, j)]; m != unknownTime {
				fmt.Fprintf(b, "%s,%s,%d\n", all[t.communes[j]].Code, all[t.communes[i]].Code, m)
			}
		}
	}
	return b.Flush()
}

// Version names what a matrix says: two of one version say the same.
func (t *Times) Version() string {
	t.once.Do(func() {
		sum := fnv.New64a()
		fmt.Fprintln(sum, t.Source, t.AsOf, t.communes, t.minutes)
		t.version = strconv.FormatUint(sum.Sum64(), 36)
	})
	return t.version
}
