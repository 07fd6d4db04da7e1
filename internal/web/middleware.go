package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
)

// Bounds of what a request may hold.
const (
	maxBody  = 1 << 20  // bytes; a route that takes files asks for more
	maxQuery = 16 << 10 // bytes of the query of an address
)

// chain puts the mux behind everything that each request passes, in this
// order: the outermost sees the answer last.
func (s *Server) chain(mux *http.ServeMux) http.Handler {
	var h http.Handler = s.routed(mux)
	h = s.readableOnly(h)
	h = s.bounded(h)
	h = s.sameOrigin(h)
	h = s.limited(h)
	h = s.guarded(h)
	h = s.shared(h) // a page of another site may read why it was refused
	h = s.headers(h)
	return s.observed(h)
}

// routed answers with the mux, and tells in our words what it has no route
// for.
func (s *Server) routed(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r)
		p, ok := w.(*reply)
		if r.Pattern != "" || !ok || !p.held() {
			return
		}
		switch p.status {
		case http.StatusNotFound:
			p.forget()
			s.fail(w, r, errNoRoute)
		case http.StatusMethodNotAllowed:
			p.forget()
			s.fail(w, r, errMethod)
		}
	})
}

// observed holds the answer back until it is whole, survives a panic, and
// counts and logs the request: its route, never its path, its words or its
// address, which may tell who someone is.
func (s *Server) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.config.Clock.Now()
		p := newReply(w, r)
		defer func() {
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				s.metrics.panics.Inc()
				s.config.Log.Error("panic", slog.Any("value", v), slog.String("stack", string(debug.Stack())))
				if !p.held() {
					panic(http.ErrAbortHandler) // half an answer is out: cut it
				}
				p.forget()
				s.fail(p, r, fmt.Errorf("panic: %v", v))
			}
			err := p.finish()
			took := s.config.Clock.Now().Sub(start)
			s.metrics.answered(r, p.status, took)
			if err == nil && (p.status < 500 && quiet(r)) {
				return
			}
			s.config.Log.LogAttrs(r.Context(), slog.LevelInfo, "request",
				slog.String("method", methodOf(r)), slog.String("route", routeOf(r)), slog.Int("status", p.status),
				slog.Int64("bytes", p.sent), slog.Duration("took", took))
		}()
		next.ServeHTTP(p, r)
	})
}

// quiet reports whether a request comes from a machine that asks every few
// seconds.
func quiet(r *http.Request) bool {
	return r.URL.Path == "/healthz" || r.URL.Path == "/readyz" || r.URL.Path == "/metrics"
}

// headers sets what a browser is told of every answer: it runs and shows only
// what comes from this house, and from the base map's servers.
func (s *Server) headers(next http.Handler) http.Handler {
	img := strings.Join(append([]string{"img-src 'self' data:"}, s.config.TileHosts...), " ")
	policy := strings.Join([]string{
		"default-src 'none'", "script-src 'self'", "style-src 'self'", img, "font-src 'self'", "connect-src 'self'",
		"manifest-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
	}, "; ")
	secure := s.config.BaseURL != nil && s.config.BaseURL.Scheme == "https"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
		h.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), browsing-topics=()")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// guarded refuses addresses too long to be a question.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.URL.RawQuery) > maxQuery {
			s.fail(w, r, errLongQuery)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// limited holds back a client that asks too much. The questions of probes are
// let through: a node must not look ill because it is busy.
func (s *Server) limited(next http.Handler) http.Handler {
	if s.limiter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !quiet(r) {
			if ok, wait := s.limiter.take(s.clientAddr(r)); !ok {
				s.metrics.limited.Inc()
				w.Header().Set("Retry-After", strconv.Itoa(wait))
				s.fail(w, r, errTooMany)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// shared lets pages of other sites read the API.
func (s *Server) shared(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isAPI(r) {
			next.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Expose-Headers", "ETag, Retry-After")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "If-None-Match, Accept, Content-Type, "+keyHeader)
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameOrigin refuses acts that a browser sends from another site.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	var p http.CrossOriginProtection
	if s.config.BaseURL != nil {
		// Behind a proxy that changes Host, the site is still our own.
		if err := p.AddTrustedOrigin(s.config.BaseURL.Scheme + "://" + s.config.BaseURL.Host); err != nil {
			s.config.Log.Warn("the base URL cannot be an origin", slog.Any("error", err))
		}
	}
	// It needs no session, so there is none that another site could use.
	p.AddInsecureBypassPattern("POST /api/v1/events/{id}/registrations")
	p.SetDenyHandler(s.handle(func(http.ResponseWriter, *http.Request) error { return errOrigin }))
	return p.Handler(next)
}

// bounded bounds what a request sends.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, mostBody(r.URL.Path))
		}
		next.ServeHTTP(w, r)
	})
}

// mostBody returns how many bytes may be sent to an address: more than a form
// only where a file is taken.
func mostBody(path string) int64 {
	switch {
	case strings.HasSuffix(path, filesPath):
		return maxUpload
	case strings.HasSuffix(path, bringPath), strings.HasSuffix(path, bringPath+bringEnd):
		return maxBring + maxForm
	case strings.Contains(path, firmsPath) && (strings.HasSuffix(path, photosEnd) || strings.HasSuffix(path, labelsEnd)):
		return maxPiece
	case strings.Contains(path, "/pistes/") && strings.HasSuffix(path, documentsEnd):
		return maxPiece
	}
	return maxBody
}

// healthz says that the process lives.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) error {
	return plain(w, "ok")
}

var errStopping = errors.New("stopping")

// readyz says that the node may be sent requests. A house without a register
// is ready: its pages say how to load one.
func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) error {
	if s.stopping.Load() {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, errStopping.Error(), http.StatusServiceUnavailable)
		return nil
	}
	return plain(w, "ok")
}

func plain(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write([]byte(text + "\n"))
	return err
}
