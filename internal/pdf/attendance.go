package pdf

import "context"

// An AttendanceSheet is the list that people sign at the door, or that says who
// came.
type AttendanceSheet struct {
	Language string     `json:"language"`
	House    string     `json:"house"`
	Title    string     `json:"title"`
	When     string     `json:"when"`
	Where    string     `json:"where"`
	ISO      [3]int     `json:"iso"`
	Head     [4]string  `json:"head"` // name, firm, people, signature or presence
	Rows     [][]string `json:"rows"` // four cells each; the last is empty to be signed
	Blank    int        `json:"blank"`
	Foot     string     `json:"foot"`
}

// Attendance makes an attendance sheet, on as many pages as it takes; Blank
// rows follow for those who come without having registered.
func (p *Press) Attendance(ctx context.Context, a AttendanceSheet) ([]byte, error) {
	return p.Render(ctx, "attendance.typ", a)
}
