// Package team makes teams: a job too big for one firm is cut in lots, and the
// firms that can do them together are found, asked and brought to an
// agreement.
//
// It finds candidates in the directory and hands them to match/teams, which
// proves what the best team is; it does not rank firms for what they are
// worth, and knows no price. Its one difficulty is that the proof must hold
// over all the firms around the site while only a few are read: what is left
// unread is worse than what is kept, by the rule of teams (docs/matching.md).
package team

import (
	"errors"
	"slices"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/geo"
	"passerelle/internal/match/teams"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// Bounds of a job.
const (
	MaxLots    = teams.MaxLots
	MaxRadius  = 100_000.0 // metres
	MaxMembers = 12
	MaxNamed   = 20 // establishments that must, or must not, be in the team
)

// DefaultMemberCost is what one member more counts for, in metres.
const DefaultMemberCost = 5000

// Refusals.
var (
	ErrInclude = errors.New("those who must be in the team cannot be in one team")
	ErrUnknown = errors.New("the directory has no such establishment to put in a team")
)

// A Lot is a part of a job.
type Lot struct {
	Trade string `json:"trade"` // slug, NAFA or NAF code, as given
	Heads int    `json:"heads"` // people it takes at once; 0: not said
}

// A Job is what a team is wanted for.
type Job struct {
	Site       geo.Point
	Radius     float64 // metres
	Lots       []Lot
	Social     bool // one member at least is of the ESS or an insertion structure
	Most       int  // members at most; 0: as many as it takes
	MemberCost int64
	Include    []register.SIRET
	Exclude    []register.SIRET
	PreferPast bool
}

// A Member is a firm of a team and the lots it takes, by index.
type Member struct {
	directory.Hit
	Lots   []int
	Social bool
	Past   bool // it has worked with one who must be in the team
}

// A Team is one of the best for a job.
type Team struct {
	Members   []Member // nearest first
	Uncovered []int    // lots nobody takes
	Cost      int64    // metres
	Optimal   bool
	GapLots   int   // lots that another team could cover beside, at most
	Gap       int64 // metres that another team could cost less, at most
}

// A Nearest says how far one must go for a lot that a team does not cover, or
// for the social clause (Lot is -1).
type Nearest struct {
	Lot   int
	Found bool
	directory.Hit
}

// A Found is the answer to a job.
type Found struct {
	Teams    []Team
	Beyond   []Nearest // for lots that some team leaves, or for the clause that cannot hold
	Searched int       // establishments that can do one of the lots, within the radius
	Nodes    int
	Proven   bool
}

// kept returns how a trade is written in questions to the directory, or false
// for one it does not know.
func kept(trades *trade.Table, name string) (string, bool) {
	sel, ok := trades.Resolve(name)
	switch {
	case !ok:
		return "", false
	case sel.Whole:
		return sel.Slug, true
	case len(sel.NAF) > 0:
		return sel.NAF[0], true
	}
	return sel.NAFA[0], true
}

// overlap reports whether one establishment may do two trades, by its codes.
func overlap(trades *trade.Table, a, b string) bool {
	x, _ := trades.Resolve(a)
	y, _ := trades.Resolve(b)
	common := func(p, q []string) bool {
		return slices.ContainsFunc(p, func(s string) bool { return slices.Contains(q, s) })
	}
	return x.Slug != "" && x.Slug == y.Slug || common(x.NAFA, y.NAFA) || common(x.NAF, y.NAF)
}

// headsOf returns how many people an establishment of a head-count band can
// send: the least that the band says, and whoever runs it.
func headsOf(band string) int {
	switch strings.TrimSpace(band) {
	case "02":
		return 3
	case "03":
		return 6
	case "11":
		return 10
	case "12":
		return 20
	case "21":
		return 50
	case "22":
		return 100
	case "31":
		return 200
	case "32":
		return 250
	case "41":
		return 500
	case "42":
		return 1000
	case "51":
		return 2000
	case "52":
		return 5000
	case "53":
		return 10_000
	}
	return 1
}
