package visit

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"passerelle/internal/booking"
)

//go:embed data/minors.tsv
var minorsFile string

// A Band is a rule for minors of some ages: how many for each adult, or from
// which age something else than a visit is possible.
type Band struct {
	Kind     string // visit, observation, immersion
	From, To int    // years
	PerAdult int    // 0: none said
	Days     int    // at most; 0: none said
	Source   string
}

// Bands are the rules of a house.
type Bands []Band

// LoadBands reads the rules that come with the program.
func LoadBands() (Bands, error) { return parseBands(minorsFile) }

func parseBands(text string) (Bands, error) {
	var all Bands
	for n, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 6 {
			return nil, fmt.Errorf("rules for minors, line %d: %d cells, want 6", n+1, len(cells))
		}
		b := Band{Kind: cells[0], Source: cells[5]}
		for i, into := range []*int{&b.From, &b.To, &b.PerAdult, &b.Days} {
			v, err := strconv.Atoi(cells[i+1])
			if err != nil || v < 0 {
				return nil, fmt.Errorf("rules for minors, line %d: %q is no number", n+1, cells[i+1])
			}
			*into = v
		}
		all = append(all, b)
	}
	return all, nil
}

// Of returns the rule of a kind for an age, and false where there is none.
func (bs Bands) Of(kind string, age int) (Band, bool) {
	for _, b := range bs {
		if b.Kind == kind && b.From <= age && age <= b.To {
			return b, true
		}
	}
	return Band{}, false
}

// Adults returns how many adults minors of whom the youngest is so old come
// with: one at least.
func (bs Bands) Adults(minors, youngest int) int {
	if minors == 0 {
		return 0
	}
	b, ok := bs.Of(Kind, youngest)
	if !ok || b.PerAdult == 0 {
		return 1
	}
	return (minors + b.PerAdult - 1) / b.PerAdult
}

// Welcomes returns nil when a party of so many, accompanying persons included,
// may come, else ErrMinors, ErrAges, ErrYoung or ErrAdults.
func (o *Offer) Welcomes(bands Bands, p booking.Party, seats int) error {
	switch {
	case p.Minors <= 0:
		return nil
	case !o.Terms.Minors:
		return ErrMinors
	case p.AgeFrom <= 0 || p.AgeTo > 0 && p.AgeTo < p.AgeFrom:
		return ErrAges
	case p.AgeFrom < o.Terms.LeastAge:
		return ErrYoung
	case seats-p.Minors < bands.Adults(p.Minors, p.AgeFrom):
		return ErrAdults
	}
	return nil
}
