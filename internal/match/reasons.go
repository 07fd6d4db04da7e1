package match

import "passerelle/internal/locale"

// Reasons are one sentence for each criterion, as its reader sees it, and
// what would bring more. A criterion that brings nothing says so.
type Reasons struct {
	Proximity, Services, Jobs, Resources string
	Missing                              []string
}

// Reasons says why a pair has its figures, to the people of the seeker. Read
// the other way round, the two sides change places.
func (r *Rules) Reasons(l *locale.Language, seeker, candidate *Side, metres float64, f Figures) Reasons {
	return Reasons{Proximity: l.Distance(metres)}
}
