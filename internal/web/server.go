// Package web serves the pages and the HTTP API of a house.
//
// A handler decides before it writes: it parses the request, asks a subject,
// fills a struct and only then renders it, so that an error never follows half
// a page. It returns its errors; errors.go holds the one map from their kinds
// to HTTP. The package holds no rule of any subject, no SQL, and it is the only
// one that knows of HTTP servers and HTML.
//
// Its one difficulty is that the same address answers a person with a page
// and a program with JSON, under the same masking, limits and errors: what
// both need is in the directory, and both go through the same chain of
// middleware.
package web

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/contact"
	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/mail"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/meeting"
	"passerelle/internal/pdf"
	"passerelle/internal/place"
	"passerelle/internal/profile"
	"passerelle/internal/register"
	"passerelle/internal/team"
	"passerelle/internal/trade"
	"passerelle/internal/visit"
)

// A Config is what a Server is made of.
type Config struct {
	Directory    *directory.Directory
	Accounts     *account.Accounts // nil: nobody can sign in
	Contacts     *contact.Contacts // people without account, of facilitators
	Leads        *lead.Leads       // what may become a cooperation
	Needs        *exchange.Needs   // needs and offers
	Profiles     *profile.Profiles // nil: nothing is said over the registers
	Bookings     *booking.Bookings // seats of meetings and visits
	Visits       *visit.Visits
	Meetings     *meeting.Meetings
	Invitations  *meeting.Invitations // to meetings
	Thanks       *meeting.Thanks      // and what those who came thought
	FormSecret   []byte               // seals the forms that anybody may send
	Partners     *partner.Finder      // who could do what for whom
	Outbox       *mail.Outbox         // of the mails, for those who look after it
	Press        *pdf.Press           // makes documents
	Teams        *team.Finder
	Projects     *team.Projects // teams that are kept
	Mailbox      bool           // mails are shown on a page instead of being sent
	Places       *place.Atlas
	Trades       *trade.Table
	Catalogues   *locale.Catalogues
	BaseURL      *url.URL
	RateLimit    RateLimit
	TrustedProxy []netip.Prefix
	TileHosts    []string // origins the base map may come from: https://data.geopf.fr
	Instance     Instance
	Log          *slog.Logger
	Clock        clock.Clock
	Version      string

	Introductions *exchange.Introductions
	// Answered is how an establishment answers what it is asked, for its own
	// people to read.
	Answered    func(register.SIRET) match.Answered
	Verdicts    *exchange.Verdicts // what people say of proposed partners
	MailAnswers bool               // answers by mail come in
}

// A RateLimit is how many requests one client address may make.
type RateLimit struct {
	PerSecond float64 // 0 is no limit
	Burst     int
}

// A Server serves the pages and the API.
type Server struct {
	config   Config
	handler  http.Handler
	build    string // names the program: part of every ETag
	metrics  *metrics
	limiter  *limiter // nil: no limit
	stopping atomic.Bool
	http     atomic.Pointer[http.Server]

	// errorPage shows a fault to a person; the pages set it.
	errorPage func(http.ResponseWriter, *http.Request, fault)
}

// drainTime is how long requests under way may last after a stop is asked.
const drainTime = 10 * time.Second

// NewServer makes a Server.
func NewServer(c Config) (*Server, error) {
	s := &Server{config: c, limiter: newLimiter(c.RateLimit, c.Clock.Now)}
	h := fnv.New32a()
	h.Write([]byte(c.Version))
	s.build = strconv.FormatUint(uint64(h.Sum32()), 36)
	s.metrics = newMetrics(s)
	mux := http.NewServeMux()
	if err := s.api(mux); err != nil {
		return nil, err
	}
	if err := s.pages(mux); err != nil {
		return nil, fmt.Errorf("make the pages: %w", err)
	}
	s.handler = s.chain(mux)
	return s, nil
}

// Handler returns the whole of the server, for tests and for Run.
func (s *Server) Handler() http.Handler { return s.handler }

// Run serves on l until ctx is done, then lets requests under way end: the
// node first says that it is not ready, so that a proxy sends it no more.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	h := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      120 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelDebug),
	}
	s.http.Store(h)
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := h.Shutdown(drain); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return h.Close() // a client that would not end is no fault of ours
		}
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}

// Close ends Run at once, cutting requests under way.
func (s *Server) Close() error {
	s.stopping.Store(true)
	if h := s.http.Load(); h != nil {
		return h.Close()
	}
	return nil
}
