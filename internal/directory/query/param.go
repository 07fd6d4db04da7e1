package query

import (
	"fmt"
	"strings"
)

// A ParamError says that a parameter cannot be understood.
type ParamError struct {
	Param    string   // its name
	Value    string   // as it was given
	Accepted []string // what would be: values, or one sentence in English
	Nearest  string   // of an unknown name, the known one it may stand for
	Key      string   // of the message for a reader: query.KEY
}

func (e *ParamError) Error() string {
	s := fmt.Sprintf("parameter %s: %q is not accepted", e.Param, e.Value)
	if e.Key == "unknown" {
		s = fmt.Sprintf("parameter %q is unknown", e.Param)
	}
	if e.Nearest != "" {
		s += fmt.Sprintf(", did you mean %q?", e.Nearest)
	}
	if len(e.Accepted) > 0 {
		s += "; accepted: " + strings.Join(e.Accepted, ", ")
	}
	return s
}
