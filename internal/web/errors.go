package web

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
)

// A handler answers a request or returns why it could not, having written
// nothing.
type handler func(http.ResponseWriter, *http.Request) error

// Refusals of the server itself.
var (
	errNoRoute   = errors.New("no such address")
	errMethod    = errors.New("method not allowed")
	errOrigin    = errors.New("sent from another site")
	errTooMany   = errors.New("too many requests")
	errLongQuery = errors.New("the address is too long")
	errForm      = errors.New("the form cannot be read")
)

// A fault is an error as HTTP tells it.
type fault struct {
	Status    int
	Kind      string            // message keys error.KIND.title and error.KIND.text
	Title     string            // for programs, in English
	Detail    string            // for programs, in English
	Param     *query.ParamError // of a wrong parameter
	Last      clock.Day         // of what is gone: when it was last seen
	Reference string            // of a fault of ours: what the log calls it
}

// faultOf is the one map from the kinds of errors to HTTP. An error it does
// not know is ours: its text is for the log, not for the reader.
func faultOf(err error) fault {
	var param *query.ParamError
	var gone *directory.GoneError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &param):
		return fault{Status: http.StatusBadRequest, Kind: "parameter", Title: "Wrong parameter", Detail: param.Error(), Param: param}
	case errors.As(err, &gone):
		return fault{
			Status: http.StatusGone, Kind: "gone", Title: "No longer in the register",
			Detail: "This establishment was last seen in the register of " + string(gone.Last) + ".", Last: gone.Last,
		}
	case errors.Is(err, db.ErrNotFound):
		return fault{Status: http.StatusNotFound, Kind: "missing", Title: "Not found", Detail: "The directory has nothing under this identifier."}
	case errors.Is(err, directory.ErrPlaceless):
		return fault{Status: http.StatusNotFound, Kind: "placeless", Title: "Not found", Detail: "No question of place may start from this establishment."}
	case errors.Is(err, directory.ErrNoSnapshot):
		return fault{Status: http.StatusServiceUnavailable, Kind: "empty", Title: "No register is loaded", Detail: "The operator of this house has not imported a register yet."}
	case errors.Is(err, account.ErrDenied):
		return fault{Status: http.StatusForbidden, Kind: "denied", Title: "Refused", Detail: "This account may not do that."}
	case errors.Is(err, account.ErrSession):
		return fault{Status: http.StatusUnauthorized, Kind: "session", Title: "Not signed in", Detail: "Sign in first."}
	case errors.Is(err, account.ErrCeremony):
		return fault{Status: http.StatusGone, Kind: "ceremony", Title: "Too late", Detail: "What was begun cannot be ended: it is too old, was ended already, or was begun in another browser."}
	case errors.Is(err, account.ErrKey):
		return fault{Status: http.StatusUnprocessableEntity, Kind: "key", Title: "Refused", Detail: "This key opens no account here."}
	case errors.Is(err, account.ErrOften):
		return fault{Status: http.StatusTooManyRequests, Kind: "rate", Title: "Too many requests", Detail: "Wait for the seconds of Retry-After."}
	case errors.Is(err, booking.ErrKey):
		return fault{Status: http.StatusConflict, Kind: "idempotency", Title: "Refused", Detail: "This Idempotency-Key was used for another body: take a new key."}
	case seatRefusal(err) != "":
		return fault{Status: http.StatusConflict, Kind: "seat", Title: "Refused", Detail: "The registration cannot be made: " + seatReason(err) + "."}
	case errors.Is(err, errForm):
		return fault{Status: http.StatusBadRequest, Kind: "form", Title: "Bad form", Detail: "The form cannot be read."}
	case errors.Is(err, errNoRoute):
		return fault{Status: http.StatusNotFound, Kind: "route", Title: "Not found", Detail: "There is nothing at this address."}
	case errors.Is(err, errMethod):
		return fault{Status: http.StatusMethodNotAllowed, Kind: "method", Title: "Method not allowed", Detail: "This address does not answer that method; see Allow."}
	case errors.Is(err, errOrigin):
		return fault{Status: http.StatusForbidden, Kind: "origin", Title: "Refused", Detail: "The request was sent from another site."}
	case errors.Is(err, errTooMany):
		return fault{Status: http.StatusTooManyRequests, Kind: "rate", Title: "Too many requests", Detail: "Wait for the seconds of Retry-After."}
	case errors.Is(err, errLongQuery):
		return fault{Status: http.StatusRequestURITooLong, Kind: "long", Title: "Address too long", Detail: "The query of an address may have " + strconv.Itoa(maxQuery) + " bytes."}
	case errors.As(err, &large):
		return fault{Status: http.StatusRequestEntityTooLarge, Kind: "large", Title: "Too large", Detail: fmt.Sprintf("A request may have %d bytes.", large.Limit)}
	}
	return fault{Status: http.StatusInternalServerError, Kind: "ours", Title: "Error", Detail: "The fault is ours; tell us the reference.", Reference: rand.Text()[:8]}
}

// handle makes an http.Handler of h, whose errors are told as fits who asks.
func (s *Server) handle(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// fail tells an error: to a program as problem+json, to a person as a page.
// Nothing may have been written before.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // nobody is left to hear
	}
	f := faultOf(err)
	if f.Reference != "" {
		s.config.Log.Error("request failed", slog.String("reference", f.Reference),
			slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Any("error", err))
	}
	s.tell(w, r, f)
}

func (s *Server) tell(w http.ResponseWriter, r *http.Request, f fault) {
	h := w.Header()
	h.Del("ETag")
	h.Set("Cache-Control", "no-store")
	switch f.Status {
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "60")
	case http.StatusTooManyRequests:
		if h.Get("Retry-After") == "" {
			h.Set("Retry-After", "1")
		}
	}
	if s.errorPage != nil && !forProgram(r) {
		s.errorPage(w, r, f)
		return
	}
	body, err := json.Marshal(problemOf(f))
	if err != nil {
		body = []byte(`{"title":"Error","status":500}`)
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.Status)
	w.Write(append(body, '\n'))
}

// forProgram reports whether a request comes from a program rather than from
// a person with a browser.
func forProgram(r *http.Request) bool {
	return isAPI(r) || r.URL.Path == "/metrics" || r.URL.Path == "/healthz" || r.URL.Path == "/readyz"
}

func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// A problem is an error as the API tells it (RFC 9457).
type problem struct {
	Type      string    `json:"type" doc:"Kind of problem: urn:passerelle:problem:KIND" example:"urn:passerelle:problem:parameter"`
	Title     string    `json:"title" doc:"The kind in words"`
	Status    int       `json:"status" doc:"HTTP status"`
	Detail    string    `json:"detail" doc:"What is wrong this time, and what to do"`
	Parameter string    `json:"parameter,omitempty" doc:"The wrong parameter"`
	Accepted  []string  `json:"accepted,omitempty" doc:"What the parameter accepts"`
	Nearest   string    `json:"nearest,omitempty" doc:"What was perhaps meant"`
	LastSeen  clock.Day `json:"last_seen,omitempty" doc:"Of what is gone: the date of the last register that had it"`
	Reference string    `json:"reference,omitempty" doc:"Of a fault of the server: what to quote to its operator"`
}

func problemOf(f fault) problem {
	p := problem{
		Type: "urn:passerelle:problem:" + f.Kind, Title: f.Title, Status: f.Status, Detail: f.Detail,
		LastSeen: f.Last, Reference: f.Reference,
	}
	if f.Param != nil {
		p.Parameter, p.Accepted, p.Nearest = f.Param.Param, f.Param.Accepted, f.Param.Nearest
	}
	return p
}
