package pdf

import "context"

// Minutes are what was said at a meeting.
type Minutes struct {
	Language string           `json:"language"`
	House    string           `json:"house"`
	Title    string           `json:"title"`
	Kind     string           `json:"kind"` // minutes, in words
	When     string           `json:"when"`
	Where    string           `json:"where"`
	ISO      [3]int           `json:"iso"`
	Sections []MinutesSection `json:"sections"`
	Foot     string           `json:"foot"`
}

// A MinutesSection is a point and its text.
type MinutesSection struct {
	Title  string         `json:"title"`
	Blocks []MinutesBlock `json:"blocks"`
}

// A MinutesBlock is a paragraph, or a list with a line for each point.
type MinutesBlock struct {
	List  bool     `json:"list"`
	Lines []string `json:"lines"`
}

// Minutes makes the minutes of a meeting.
func (p *Press) Minutes(ctx context.Context, m Minutes) ([]byte, error) {
	return p.Render(ctx, "minutes.typ", m)
}
