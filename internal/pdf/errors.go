package pdf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrClosed is the error of a press that was closed.
var ErrClosed = errors.New("the press is closed")

// A TemplateError is what the compiler has against a template and its data.
// The mistake is the template's, or the data lack what it reads: it is never
// the reader's.
type TemplateError struct {
	Template string // the file at fault: letter.typ
	Line     int    // in it, from 1; 0 when the compiler does not say
	Column   int    // in the line, from 1
	Message  string
}

func (e *TemplateError) Error() string {
	if e.Line == 0 {
		return e.Template + ": " + e.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Template, e.Line, e.Column, e.Message)
}

// faults returns the first error among the compiler's remarks on a document.
func faults(main string, remarks any) error {
	if list, ok := remarks.(*array); ok {
		for _, item := range list.items {
			o, ok := item.(*object)
			if !ok || o.fields["severity"] != "error" {
				continue
			}
			e := &TemplateError{Template: field(o, "path"), Message: field(o, "message")}
			if e.Template == "" {
				e.Template = main
			}
			e.Template = strings.TrimPrefix(e.Template, "/")
			e.Line, e.Column = position(field(o, "range"))
			return e
		}
	}
	return fmt.Errorf("%s: no document and no reason: %s", main, describe(remarks))
}

func field(o *object, name string) string {
	text, _ := o.fields[name].(string) // not said is empty
	return text
}

// position reads where a range begins: "11:4-11:9", counted from 0.
func position(text string) (line, column int) {
	from, _, _ := strings.Cut(text, "-")
	a, b, ok := strings.Cut(from, ":")
	if !ok {
		return 0, 0
	}
	line, errLine := strconv.Atoi(a)
	column, errColumn := strconv.Atoi(b)
	if errLine != nil || errColumn != nil {
		return 0, 0
	}
	return line + 1, column + 1
}
