package exchange

import (
	"maps"
	"slices"
	"testing"

	"passerelle/internal/lead"
)

// What a lead serves is one of the points of convergence, for every kind of a
// need and of a cooperation, or is left to who follows it.
func TestAxisOfKinds(t *testing.T) {
	clear := map[string]int{}
	for _, kind := range Kinds() {
		clear[kind.Axis()]++
	}
	for _, kind := range lead.Kinds() {
		clear[lead.AxisOf(kind)]++
	}
	if want := map[string]int{"": 5, "services": 5, "resources": 7, "jobs": 3}; !maps.Equal(clear, want) {
		t.Errorf("%v, want %v", clear, want)
	}
	for axis := range clear {
		if axis != "" && !slices.Contains(lead.Axes(), axis) {
			t.Errorf("%q is no axis", axis)
		}
	}
}
