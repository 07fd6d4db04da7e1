package match

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Criteria are the names of the four criteria, in their order.
func Criteria() []string { return []string{"proximity", "services", "jobs", "resources"} }

// MaxWeight bounds a weight: beyond, the other criteria are nothing.
const MaxWeight = 10

// ErrWeights says that a text is no weights.
var ErrWeights = errors.New("no weights")

func (w *Weights) of(criterion string) *float64 {
	return []*float64{&w.Proximity, &w.Services, &w.Jobs, &w.Resources}[slices.Index(Criteria(), criterion)]
}

// ParseWeights reads weights as an address has them:
// proximity:1,services:2,jobs:1,resources:0. A criterion that is not named
// counts once; no text is Equal. A name that is unknown or given twice, a
// weight outside of 0 to MaxWeight, or nothing but zeros is ErrWeights.
func ParseWeights(text string) (Weights, error) {
	w := Equal()
	if text == "" {
		return w, nil
	}
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x >= 0 && x <= MaxWeight) || seen[name] || !slices.Contains(Criteria(), name) {
			return Weights{}, fmt.Errorf("%w: %q", ErrWeights, part)
		}
		seen[name] = true
		*w.of(name) = x
	}
	if w == (Weights{}) {
		return Weights{}, fmt.Errorf("%w: all of them are 0", ErrWeights)
	}
	return w, nil
}

// String returns weights as ParseWeights reads them; empty when they are equal.
func (w Weights) String() string {
	if w == Equal() {
		return ""
	}
	var parts []string
	for _, name := range Criteria() {
		parts = append(parts, name+":"+strconv.FormatFloat(*w.of(name), 'g', -1, 64))
	}
	return strings.Join(parts, ",")
}
