package match_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"passerelle/internal/trade"
)

// gradedFiles are the half of the graded pairs that may be looked at, and the
// half that tells whether rules were only tuned to it.
var gradedFiles = []string{"testdata/graded-dev.tsv", "testdata/graded-held.tsv"}

// A gradedUnit is one side of a graded pair: what the registers know of it.
type gradedUnit struct {
	world, naf, nafa, legal, labels, size string
}

type gradedRow struct {
	line              string // file and number
	id                string
	seeker, candidate gradedUnit
	grade, why        string
}

// readGraded reads the rows of both files of graded pairs.
func readGraded(t *testing.T) []gradedRow {
	t.Helper()
	var rows []gradedRow
	for _, file := range gradedFiles {
		rows = append(rows, readGradedFile(t, file)...)
	}
	return rows
}

// readGradedFile reads the rows of one, without its comments and its line of
// column names.
func readGradedFile(t *testing.T, file string) []gradedRow {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []gradedRow
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "seeker_id\t") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 15 {
			t.Fatalf("%s:%d has %d columns, not 15", file, i+1, len(f))
		}
		rows = append(rows, gradedRow{
			line: fmt.Sprintf("%s:%d", file, i+1), id: f[0],
			seeker:    gradedUnit{f[1], f[2], f[3], f[4], f[5], f[6]},
			candidate: gradedUnit{f[7], f[8], f[9], f[10], f[11], f[12]},
			grade:     f[13], why: f[14],
		})
	}
	return rows
}

func TestGradedPairsUseCodesOfTheTable(t *testing.T) {
	table := loadTrades(t)
	for _, r := range readGraded(t) {
		for _, u := range []gradedUnit{r.seeker, r.candidate} {
			for _, fault := range codeFaults(table, u) {
				t.Errorf("%s: %s: %+v", r.line, fault, u)
			}
		}
	}
}

// codeFaults says which codes of a side the table does not know.
func codeFaults(table *trade.Table, u gradedUnit) []string {
	var faults []string
	if _, ok := table.NAFLabel(u.naf); !ok || len(u.naf) != 6 {
		faults = append(faults, "NAF code unknown or without its dot")
	}
	if c, ok := table.ByNAFA(u.nafa); u.nafa != "-" && (!ok || c.NAF != u.naf) {
		faults = append(faults, "NAFA code unknown or of another NAF code")
	}
	if _, ok := table.LegalForm(u.legal); !ok || len(u.legal) != 4 {
		faults = append(faults, "legal category unknown")
	}
	if !slices.Contains(trade.Sizes(), u.size) {
		faults = append(faults, "size band unknown")
	}
	for _, slug := range labelsOf(u) {
		if _, ok := table.Label(slug); !ok {
			faults = append(faults, "label "+slug+" unknown")
		}
	}
	return faults
}

func TestGradedPairsJoinTheTwoWorlds(t *testing.T) {
	table := loadTrades(t)
	for _, r := range readGraded(t) {
		for _, u := range []gradedUnit{r.seeker, r.candidate} {
			if want := worldOf(table, u); u.world != want {
				t.Errorf("%s: world %s, by its codes %s: %+v", r.line, u.world, want, u)
			}
		}
		if r.seeker.world == r.candidate.world && r.seeker.world != "both" {
			t.Errorf("%s: seeker and candidate are both %s", r.line, r.seeker.world)
		}
	}
}

// worldOf says the world of a side by the rules of the register: craft by its
// NAFA code, as a craft cooperative, or presumed when it is small; ESS by a
// label or its legal form.
func worldOf(table *trade.Table, u gradedUnit) string {
	small := slices.Contains([]string{"", "NN", "00", "01", "02", "03"}, u.size)
	craft := u.nafa != "-" || trade.CraftCooperative(u.legal) || table.PresumedCraft(u.naf) && small
	_, ess := table.FamilyOf(u.legal)
	for _, slug := range labelsOf(u) {
		l, _ := table.Label(slug)
		ess = ess || l.ESS
	}
	switch {
	case craft && ess:
		return "both"
	case craft:
		return "craft"
	case ess:
		return "ess"
	}
	return "neither"
}

func TestGradedPairsGiveEachSeekerARanking(t *testing.T) {
	rows := readGraded(t)
	worlds := map[string]int{}
	done := map[string]bool{}
	for len(rows) > 0 {
		n := slices.IndexFunc(rows, func(r gradedRow) bool { return r.id != rows[0].id })
		if n < 0 {
			n = len(rows)
		}
		list := rows[:n]
		rows = rows[n:]
		id := list[0].id
		if done[id] {
			t.Errorf("%s: the rows of %s are not together", list[0].line, id)
		}
		done[id] = true
		worlds[list[0].seeker.world]++
		for _, fault := range listFaults(list) {
			t.Errorf("%s: %s", id, fault)
		}
	}
	if len(done) < 60 {
		t.Errorf("%d seekers, at least 60 wanted", len(done))
	}
	if worlds["craft"] < 30 || worlds["ess"] < 30 {
		t.Errorf("seekers by world: %v, at least 30 of each wanted", worlds)
	}
}

// listFaults says what is wrong with the candidates of one seeker.
func listFaults(list []gradedRow) []string {
	var faults []string
	if len(list) != 12 {
		faults = append(faults, "not twelve candidates")
	}
	grades := map[string]bool{}
	seen := map[gradedUnit]bool{list[0].seeker: true}
	for _, r := range list {
		if r.seeker != list[0].seeker {
			faults = append(faults, "described in two ways")
		}
		if seen[r.candidate] {
			faults = append(faults, "a candidate stands twice, or is the seeker")
		}
		seen[r.candidate] = true
		if !slices.Contains([]string{"0", "1", "2", "3"}, r.grade) {
			faults = append(faults, "grade "+r.grade)
		}
		if r.why == "" {
			faults = append(faults, "a grade without its why")
		}
		grades[r.grade] = true
	}
	if len(grades) < 2 {
		faults = append(faults, "one grade for all candidates ranks nothing")
	}
	return faults
}

func labelsOf(u gradedUnit) []string {
	if u.labels == "-" {
		return nil
	}
	return strings.Split(u.labels, ",")
}

func loadTrades(t *testing.T) *trade.Table {
	t.Helper()
	table, err := trade.Load()
	if err != nil {
		t.Fatal(err)
	}
	return table
}
