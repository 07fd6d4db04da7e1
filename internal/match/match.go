// Package match says how much two establishments could do for each other, and
// why: four criteria of 0 to 25 points each, the ones of the founding
// agreement (proximity, services, jobs, local resources), every point with a
// fact and every fact with its source.
//
// It is pure: values in, values out, no SQL, no HTTP, no clock. What the
// registers say of an establishment is folded into a Kind, of which there are
// a few thousand in all France, so that what two establishments could do for
// each other, but for where they are and what their people added, is a figure
// of two Kinds. That is what makes the partners of one a walk over its
// neighbours and those of everyone a matter of seconds (docs/matching.md).
package match

import (
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// Facts are what the registers say of an establishment as far as partners go.
type Facts struct {
	Craft, ESS bool
	Trade      string // slug; empty when not craft or unknown
	Sector     trade.Sector
	NAFA, NAF  string // 1071CA, 10.71C
	LegalForm  string // four digits
	Family     trade.Family
	Labels     []string // slugs, ascending
	Size       string   // band of the legal unit's head-count
	Hint       string   // class that its name tells where its code says little
}

// A Kind stands for Facts that no rule tells apart.
type Kind uint16

// A Side is one establishment of a pair.
type Side struct {
	SIRET register.SIRET
	Kind  Kind
	Facts Facts
	Point geo.Point
	Said  *Said // nil: nobody has said anything

	Territory string // slug of where it lies; empty outside of all
	Commune   string // INSEE code of today; empty where it is not known
}

// Said is what the people of an establishment added to the registers.
type Said struct {
	Buys, Sells []string // words as typed, cut at commas
	Resources   []string // slugs of the profile's vocabulary
	ZoneKM      int      // how far it goes; 0: not said, -1: everywhere
	Territories []string // slugs of those it goes to; empty: all, as far as ZoneKM
	Visits      bool
	Apprentices bool
	Fresh       bool // confirmed within a year

	BuysTrades, SellsTrades []string // slugs of the trades recognised in the words
}

// Figures are the points of a pair, in hundredths of a point, 0 to 2500 each.
// Shown, they are whole points that add up: the total is the exact sum,
// rounded, and the largest remainders are rounded up (Figures.Shown).
type Figures struct {
	Proximity, Services, Jobs, Resources uint16
}
