package mail

import (
	"bufio"
	"errors"
	"io"
	"net/textproto"
	"regexp"
	"strings"
)

// ErrNoReport says that a mail is not a delivery report (RFC 3464).
var ErrNoReport = errors.New("not a delivery report")

// A Report is what a server tells of a mail that it could not hand on.
type Report struct {
	Recipients []Outcome
}

// An Outcome is what became of a mail for one recipient. All of it was written
// by a stranger: the mail it is about is known by the address that the report
// came to (see Bounce), never by what stands here.
type Outcome struct {
	Recipient  string // as far as it is told
	Action     string // failed, delayed, delivered, relayed, expanded
	Status     string // 5.1.1
	Diagnostic string // what the other server said, cut
}

// What a report may hold.
const (
	maxReport     = 256 << 10
	maxOutcomes   = 50
	maxDiagnostic = 300
)

// Hard reports whether an address will never take a mail.
func (o Outcome) Hard() bool { return o.Action == "failed" && strings.HasPrefix(o.Status, "5.") }

// Soft reports whether a mail was not handed on, and another may be.
func (o Outcome) Soft() bool {
	return o.Action == "failed" && !o.Hard() || o.Action == "delayed"
}

// Hard reports whether a recipient will never take a mail.
func (r *Report) Hard() bool {
	for _, o := range r.Recipients {
		if o.Hard() {
			return true
		}
	}
	return false
}

// ReadBounce reads a mail that is a delivery report, or returns ErrNoReport.
func ReadBounce(r io.Reader) (*Report, error) {
	received, err := Read(io.LimitReader(r, maxReport))
	if err != nil {
		return nil, err
	}
	if received.Report == nil {
		return nil, ErrNoReport
	}
	return received.Report, nil
}

// statusCode is a status, alone or with words after it.
var statusCode = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}`)

// readReport reads the part message/delivery-status: groups of fields, the
// first about the mail and one for each recipient.
func readReport(r io.Reader) *Report {
	fields := textproto.NewReader(bufio.NewReader(io.LimitReader(r, maxReport)))
	report := &Report{}
	for range 2 * maxOutcomes {
		h, err := fields.ReadMIMEHeader()
		if o, ok := outcome(h); ok && len(report.Recipients) < maxOutcomes {
			report.Recipients = append(report.Recipients, o)
		}
		if err != nil {
			break // the end, or lines that are no fields: what was read stands
		}
	}
	if len(report.Recipients) == 0 {
		return nil
	}
	return report
}

// outcome reads the fields of a recipient.
func outcome(h textproto.MIMEHeader) (Outcome, bool) {
	o := Outcome{
		Action: strings.ToLower(strings.TrimSpace(withoutComment(h.Get("Action")))), Status: statusCode.FindString(strings.TrimSpace(h.Get("Status"))),
		Diagnostic: short(typed(h.Get("Diagnostic-Code")), maxDiagnostic),
	}
	if address, err := Address(strings.Trim(typed(h.Get("Final-Recipient")), "<> ")); err == nil {
		o.Recipient = address
	}
	switch o.Action {
	case "failed", "delayed", "delivered", "relayed", "expanded":
		return o, o.Status != "" || h.Get("Final-Recipient") != ""
	}
	return o, false
}

// withoutComment cuts "failed (no such user)" at its comment.
func withoutComment(s string) string {
	before, _, _ := strings.Cut(s, "(")
	return before
}

// typed returns what follows the kind in "rfc822; amina@lys.fr".
func typed(s string) string {
	if _, after, ok := strings.Cut(s, ";"); ok {
		return strings.TrimSpace(after)
	}
	return strings.TrimSpace(s)
}

// short returns a text on one line, cut to n bytes at the start of a rune.
func short(s string, n int) string {
	s = oneLine(strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
