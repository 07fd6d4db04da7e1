package pdf

import "context"

// Badges are name badges, to be printed on A4 and cut.
type Badges struct {
	Language string  `json:"language"`
	House    string  `json:"house"`
	Title    string  `json:"title"` // of the event
	When     string  `json:"when"`
	ISO      [3]int  `json:"iso"`
	PerSheet int     `json:"per_sheet"` // 8 or 10
	Badges   []Badge `json:"badges"`
}

// A Badge is who wears it; without a name it is to be written by hand.
type Badge struct {
	First string `json:"first"` // large
	Rest  string `json:"rest"`
	Firm  string `json:"firm"`
	World string `json:"world"` // craft, ess, both, or empty: not known
	Says  string `json:"says"`  // the world in words
}

// Badges makes sheets of badges, 8 of 90 × 65 mm or 10 of 90 × 54 mm each.
func (p *Press) Badges(ctx context.Context, b Badges) ([]byte, error) {
	return p.Render(ctx, "badges.typ", b)
}
