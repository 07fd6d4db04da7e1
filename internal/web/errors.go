package web

import (
	"net/http"

	"passerelle/internal/clock"
	"passerelle/internal/directory/query"
)

// A handler answers a request or returns why it could not.
type handler func(http.ResponseWriter, *http.Request) error

// A fault is an error as HTTP tells it.
type fault struct {
	Status    int
	Kind      string            // message keys error.KIND.title and error.KIND.text
	Param     *query.ParamError // of a wrong parameter
	Last      clock.Day         // of what is gone: when it was last seen
	Reference string            // of a fault of ours: what the log calls it
}
