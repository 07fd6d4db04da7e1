package pdf

import "context"

// A VisitSheet is what a host, or a visitor, prepares a visit with. Every text
// is plain.
type VisitSheet struct {
	Language  string      `json:"language"`
	House     string      `json:"house"`
	Title     string      `json:"title"`
	Host      string      `json:"host"`
	When      string      `json:"when"`
	ISO       [3]int      `json:"iso"`
	Text      string      `json:"text"`  // what will be seen
	Facts     [][2]string `json:"facts"` // name, value
	Intro     string      `json:"intro"`
	ListTitle string      `json:"list_title"`
	Head      []string    `json:"head"` // of who comes: four cells; empty for a visitor
	Rows      [][]string  `json:"rows"`
	Questions []string    `json:"questions"` // with room to write under each
	Foot      string      `json:"foot"`
}

// Visit makes the preparation sheet of a visit.
func (p *Press) Visit(ctx context.Context, v VisitSheet) ([]byte, error) {
	return p.Render(ctx, "visit.typ", v)
}
