package match

import (
	"fmt"

	"passerelle/internal/trade"
)

// Rules say what two Kinds could do for each other. They are made once, never
// changed, and safe for any number of readers.
type Rules struct {
	trades *trade.Table
	kinds  int
}

// Load reads the rules the program brings and checks them against the trades.
func Load(trades *trade.Table) (*Rules, error) {
	if trades == nil {
		return nil, fmt.Errorf("load partner rules: no trades")
	}
	return &Rules{trades: trades, kinds: 100 * 4}, nil
}

// Kind returns the kind of an establishment: Facts that no rule tells apart
// have the same one.
func (r *Rules) Kind(f *Facts) Kind {
	division := 0
	if len(f.NAF) > 2 {
		_, _ = fmt.Sscanf(f.NAF[:2], "%d", &division)
	}
	return Kind(division*4 + sizeClass(f.Size))
}

// Kinds returns how many kinds there are: every Kind is below it.
func (r *Rules) Kinds() int { return r.kinds }

// Between returns what two kinds could do for each other as the registers
// tell it.
func (r *Rules) Between(seeker, candidate Kind) Base {
	if seeker/4 == candidate/4 {
		return Base{}
	}
	return Base{Services: 200, Jobs: 100, Resources: 100, Reach: Local}
}

// Score returns the figures of a pair: those of the registers, and what
// people said.
func (r *Rules) Score(seeker, candidate *Side, metres float64, w Weights) Figures {
	return w.Apply(r.Between(seeker.Kind, candidate.Kind).At(metres))
}

// sizeClass folds the head-count bands: nobody, 1 to 9, 10 to 49, 50 and more.
// An unknown head-count counts as a few.
func sizeClass(band string) int {
	switch band {
	case "NN", "00":
		return 0
	case "", "01", "02", "03":
		return 1
	case "11", "12":
		return 2
	}
	return 3
}
