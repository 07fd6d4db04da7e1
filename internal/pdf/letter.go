package pdf

import "context"

// A Letter is a letter on paper, for an envelope with a window on the right
// (NF Z 11-001). Every text is plain.
type Letter struct {
	Language string   `json:"language"` // fr or en
	House    string   `json:"house"`    // at the head, beside the bridge
	Sender   []string `json:"sender"`   // under it: who writes, from where
	To       []string `json:"to"`       // the address, six lines at most
	Day      string   `json:"day"`      // as it is to be read
	ISO      [3]int   `json:"iso"`      // year, month, day, for the file
	Title    string   `json:"title"`
	Before   []string `json:"before"` // paragraphs before the code
	Code     *Code    `json:"code"`   // nil without
	After    []string `json:"after"`
	Signed   []string `json:"signed"`
	Foot     string   `json:"foot"` // why the reader gets it, who to ask
}

// A Code is what the reader of a letter is to type, or to scan.
type Code struct {
	Text  string `json:"text"`
	Label string `json:"label"` // what it is, over it
	QR    Image  `json:"qr"`    // empty without
	Scan  string `json:"scan"`  // beside it: what scanning does
}

// Letter makes a letter: one page, or more when it is long.
func (p *Press) Letter(ctx context.Context, l Letter) ([]byte, error) {
	return p.Render(ctx, "letter.typ", l)
}

// Letters makes many letters in one file, each from a page of its own, in the
// language and with the foot of the first.
func (p *Press) Letters(ctx context.Context, list []Letter) ([]byte, error) {
	return p.Render(ctx, "letters.typ", struct {
		Letters []Letter `json:"letters"`
	}{list})
}

// A LabelSheet is addresses to stick on envelopes, 24 on a sheet of labels of
// 70 × 37 mm. Every text is plain; a label takes seven lines at most.
type LabelSheet struct {
	Language string     `json:"language"`
	House    string     `json:"house"`
	Title    string     `json:"title"`
	ISO      [3]int     `json:"iso"`
	Labels   [][]string `json:"labels"`
}

// Labels makes the sheets.
func (p *Press) Labels(ctx context.Context, l LabelSheet) ([]byte, error) {
	return p.Render(ctx, "labels.typ", l)
}
