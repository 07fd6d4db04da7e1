package match

import (
	"cmp"

	"passerelle/internal/register"
)

// A Refusal is why somebody said that a partner is not relevant.
type Refusal string

// The refusals.
const (
	Known      Refusal = "known"      // we know each other or already work together
	Competitor Refusal = "competitor" // it is a competitor
	TooFar     Refusal = "too_far"    // it is too far
	OtherTrade Refusal = "other"      // it does not do this
	WrongSize  Refusal = "size"       // it is too small or too large for us
	NotNow     Refusal = "not_now"    // later perhaps
)

// Refusals lists the refusals in the order in which they are shown.
var Refusals = []Refusal{Known, Competitor, TooFar, OtherTrade, WrongSize, NotNow}

// PostponedDays is how long a pair stays away after NotNow.
const PostponedDays = 180

// Away reports whether a refusal keeps its pair out of the seeker's ranking
// this many days after it was given: for good, and after NotNow for
// PostponedDays.
func (f Refusal) Away(days int) bool { return f != NotNow || days < PostponedDays }

// Voices are how many different people of a kind of seeker refused a kind of
// candidate, by refusal. A person counts once.
type Voices map[Refusal]int

// How much a kind of pair can lose, in hundredths of what it had.
const (
	voicesHeard = 3  // fewer say nothing of the kind
	voiceCost   = 3  // each from the third on
	voicesMost  = 15 // never more
)

// Dampen returns the figures of a pair after what others said of pairs of
// its kind: from the third voice on, each takes 3 % of a criterion, never
// more than 15 %. Competitor, OtherTrade and WrongSize lower Services and
// Jobs, TooFar lowers Proximity and Resources; Known and NotNow say nothing of
// the kind.
func (v Voices) Dampen(f Figures) Figures {
	unfit := v.cost(Competitor, OtherTrade, WrongSize)
	far := v.cost(TooFar)
	part := func(x uint16, lost int) uint16 { return uint16(int(x) * (100 - lost) / 100) }
	return Figures{
		Proximity: part(f.Proximity, far),
		Services:  part(f.Services, unfit),
		Jobs:      part(f.Jobs, unfit),
		Resources: part(f.Resources, far),
	}
}

func (v Voices) cost(of ...Refusal) int {
	n := 0
	for _, r := range of {
		n += max(0, v[r])
	}
	if n < voicesHeard {
		return 0
	}
	return min(voicesMost, voiceCost*(n-voicesHeard+1))
}

// A Standing is what puts one candidate before another.
type Standing struct {
	Total     uint16 // hundredths of a point
	Verified  bool   // its people have claimed its page
	Answers   int    // per cent of the requests it answered, 50 when none came
	Fresh     bool   // confirmed within a year
	Solicited int    // requests it got in the last year
	SIRET     register.SIRET
}

// CompareStandings puts the best first: the exact total, then evidence (a
// verified page, the rate of answers), freshness, the least solicited, and
// the SIRET so that the order is always the same.
func CompareStandings(a, b Standing) int {
	return cmp.Or(
		cmp.Compare(b.Total, a.Total),
		compareFlags(b.Verified, a.Verified),
		cmp.Compare(b.Answers, a.Answers),
		compareFlags(b.Fresh, a.Fresh),
		cmp.Compare(a.Solicited, b.Solicited),
		cmp.Compare(a.SIRET, b.SIRET),
	)
}

func compareFlags(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// Answered is how many requests an establishment got in the last year that had
// their time, and how many of them it answered, by a yes, a no or "not now".
type Answered struct{ Asked, Answers int }

// enoughAsked is how many requests tell how somebody answers: of fewer not
// enough is known.
const enoughAsked = 3

// Known reports whether enough was asked to tell.
func (a Answered) Known() bool { return a.Asked >= enoughAsked }

// Rate returns the per cent of requests that were answered, 50 where not
// enough is known.
func (a Answered) Rate() int {
	if !a.Known() {
		return unknownRate
	}
	return (100*a.Answers + a.Asked/2) / a.Asked
}

// unknownRate stands for who was not asked enough: between who answers and who
// does not.
const unknownRate = 50

// Add returns what two sorts of requests tell together.
func (a Answered) Add(b Answered) Answered { return Answered{a.Asked + b.Asked, a.Answers + b.Answers} }
