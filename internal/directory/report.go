package directory

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"passerelle/internal/clock"
	"passerelle/internal/register"
)

// A Report tells what an import did. It is shown to the operator, written as
// JSON, and kept with the source.
type Report struct {
	Source  string    `json:"source"` // sirene, rne, list:siae, …
	AsOf    clock.Day `json:"as_of"`
	Seconds float64   `json:"seconds"`

	Rows      int64           `json:"rows"` // read, of all files
	PerSecond int64           `json:"rows_per_second"`
	Rejected  int64           `json:"rejected"`
	Rejects   string          `json:"rejects,omitempty"` // the file that holds them
	Reasons   map[string]int  `json:"reasons,omitempty"` // why rows were rejected
	Sirene    *SireneReport   `json:"sirene,omitempty"`
	List      *ListReport     `json:"list,omitempty"`
	Snapshot  *SnapshotReport `json:"snapshot,omitempty"`
}

// A SireneReport tells what was read of the stock files.
type SireneReport struct {
	Departments    []string `json:"departments"` // none is all
	Units          int64    `json:"units"`
	Establishments int64    `json:"establishments"`
	Geolocation    int64    `json:"geolocation"`
	Successions    int64    `json:"successions"`
	InDepartments  int64    `json:"in_departments"` // open or closed
	Open           int64    `json:"open"`
	Orphans        int64    `json:"orphans"`
	Duplicates     int64    `json:"duplicates"`
	RandomPlaces   int64    `json:"random_positions_dropped"`
	Sorted         []string `json:"sorted_first,omitempty"`
}

// A ListReport tells what became of the rows of a list.
type ListReport struct {
	Label     string `json:"label"`
	Rows      int64  `json:"rows"`
	BadSIRET  int64  `json:"bad_siret"`  // that fell back to their SIREN
	Repaired  int64  `json:"repaired"`   // leading zeros put back
	Duplicate int64  `json:"duplicates"` // merged
	Matched   int    `json:"matched"`
	Fallen    int    `json:"head_office"` // the establishment is not there: its head office stands for it
	Unknown   int    `json:"unknown"`     // the unit is not in the stock
}

// A SnapshotReport counts the establishments of the snapshot that was made.
type SnapshotReport struct {
	Path           string         `json:"path"`
	Establishments int            `json:"establishments"`
	Craft          int            `json:"craft"`
	ESS            int            `json:"ess"`
	Both           int            `json:"both"`
	MaskedPersons  int            `json:"masked_persons"`
	MaskedAddress  int            `json:"masked_addresses"`
	Certainty      map[string]int `json:"certainty"` // surest of each world
	Sector         map[string]int `json:"sector"`
	Family         map[string]int `json:"family"`
	Source         map[string]int `json:"ess_source"`
	Position       map[string]int `json:"position"`
	FormerCommunes int            `json:"former_communes"` // old codes resolved to today's
	UnknownCommune map[string]int `json:"unknown_communes,omitempty"`
	UnknownNAFA    map[string]int `json:"unknown_nafa,omitempty"`
	UnknownNAF     map[string]int `json:"unknown_naf,omitempty"`
	Lists          []ListReport   `json:"lists,omitempty"`
}

func newSnapshotReport() *SnapshotReport {
	return &SnapshotReport{
		Certainty: map[string]int{}, Sector: map[string]int{}, Family: map[string]int{}, Source: map[string]int{}, Position: map[string]int{},
		UnknownCommune: map[string]int{}, UnknownNAFA: map[string]int{}, UnknownNAF: map[string]int{},
	}
}

// count adds an establishment.
func (r *SnapshotReport) count(e *Establishment, rules *Rules) {
	world := map[string]bool{}
	for _, c := range e.Claims {
		if c.World == ess {
			r.Source[c.Source]++
		}
		if !world[c.World] {
			world[c.World] = true
			r.Certainty[string(c.Certainty)]++
		}
	}
	switch e.Mask {
	case MaskedPerson:
		r.MaskedPersons++
	case MaskedAddress:
		r.MaskedAddress++
	}
	if world[craft] {
		r.Sector[string(e.Sector)]++
	}
	if world[ess] {
		r.Family[string(e.Family)]++
	}
	position := string(e.Precision)
	if position == "" {
		position = "none"
	}
	r.Position[position]++
	if e.FormerCommune != "" {
		r.FormerCommunes++
	}
	if e.Commune != "" {
		if _, ok := rules.Places.Commune(e.Commune); !ok {
			r.UnknownCommune[e.Commune]++
		}
	}
	if e.NAFA != "" {
		if _, ok := rules.Trades.ByNAFA(e.NAFA); !ok {
			r.UnknownNAFA[e.NAFA]++
		}
	}
	if e.NAF != "" {
		if _, ok := rules.Trades.NAFLabel(e.NAF); !ok {
			r.UnknownNAF[e.NAF]++
		}
	}
}

// rejectsFile is the file of the data folder that holds what the last import
// of each source could not use.
const rejectsFile = "rejects.csv"

// rejectsHeader names its columns.
var rejectsHeader = []string{"source", "file", "line", "reason", "text"}

// ofSnapshot is the source of what could not be used when a snapshot was made.
const ofSnapshot = "annuaire"

// A rejects writes what an import cannot use, as CSV. It takes the place of
// what the same source left before only when the import succeeds; what other
// sources left stays.
type rejects struct {
	f       *os.File
	w       *csv.Writer
	path    string
	source  string
	made    bool // a snapshot was made: what the one before left goes too
	n       int64
	reasons map[string]int
	first   string // reason
}

func createRejects(dir, source string) (*rejects, error) {
	f, err := os.CreateTemp(dir, ".rejects-*")
	if err != nil {
		return nil, fmt.Errorf("write the rejects: %w", err)
	}
	r := &rejects{f: f, path: filepath.Join(dir, rejectsFile), source: source}
	return r, r.again()
}

// add writes a reject of the source.
func (r *rejects) add(x register.Reject) error { return r.of(r.source, x) }

func (r *rejects) of(source string, x register.Reject) error {
	if r.n++; r.n == 1 {
		r.first = x.Reason
	}
	r.reasons[x.Reason]++
	line := ""
	if x.Line > 0 {
		line = strconv.FormatInt(x.Line, 10)
	}
	if err := r.w.Write([]string{source, x.File, line, x.Reason, x.Text}); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	return nil
}

// again forgets what was written.
func (r *rejects) again() error {
	r.n, r.reasons = 0, make(map[string]int)
	_, err := r.f.Seek(0, io.SeekStart)
	if err = errors.Join(err, r.f.Truncate(0)); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	r.w = csv.NewWriter(r.f)
	return r.w.Write(rejectsHeader)
}

// finish puts the file in its place and says so in the report.
func (r *rejects) finish(report *Report) error {
	err := r.keepOthers()
	r.w.Flush()
	if err = errors.Join(err, r.w.Error(), r.f.Chmod(0o640), r.f.Close()); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	if err := os.Rename(r.f.Name(), r.path); err != nil {
		return fmt.Errorf("write the rejects: %w", err)
	}
	report.Rejected = r.n
	if r.n > 0 {
		report.Rejects, report.Reasons = r.path, r.reasons
	}
	r.f = nil
	return nil
}

// keepOthers copies what other sources left.
func (r *rejects) keepOthers() error {
	old, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	rows := csv.NewReader(old)
	for {
		row, err := rows.Read()
		if err != nil { // its end, or a file that somebody changed
			return old.Close()
		}
		if row[0] == rejectsHeader[0] || row[0] == r.source || row[0] == ofSnapshot && r.made {
			continue
		}
		if err := r.w.Write(row); err != nil {
			return errors.Join(err, old.Close())
		}
	}
}

func (r *rejects) abort() {
	if r.f != nil {
		r.f.Close()
		os.Remove(r.f.Name())
	}
}

// rate fills the time an import took.
func (r *Report) rate(start, end time.Time) {
	took := end.Sub(start)
	r.Seconds = float64(took.Milliseconds()) / 1000
	if took > 0 {
		r.PerSecond = int64(float64(r.Rows) / took.Seconds())
	}
}
