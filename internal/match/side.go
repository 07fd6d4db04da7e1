package match

import (
	"cmp"
	"slices"

	"passerelle/internal/directory"
)

// FactsOf returns what the registers say of an establishment as far as
// partners go.
func FactsOf(e *directory.Establishment) Facts {
	f := Facts{
		Craft: e.In("craft"), ESS: e.In("ess"), Trade: e.Trade, Sector: e.Sector, NAFA: e.NAFA, NAF: e.NAF,
		LegalForm: e.LegalForm, Family: e.Family, Size: cmp.Or(e.UnitSize, e.Size),
	}
	for _, m := range e.Marks {
		f.Labels = append(f.Labels, m.Label)
	}
	slices.Sort(f.Labels)
	f.Labels = slices.Compact(f.Labels)
	return f
}
