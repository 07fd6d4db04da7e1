package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// drainTime is how long requests under way may last after a stop is asked.
const drainTime = 10 * time.Second

type serveCommand struct {
	serverFlags
}

// Run serves until it is told to stop.
func (serveCommand) Run(x *Context) error {
	if err := os.MkdirAll(x.Config.Data, 0o750); err != nil {
		return fmt.Errorf("dossier de données : %w", err)
	}
	l, err := listen(x)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	var ready atomic.Bool
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !ready.Load() {
			http.Error(w, "stopping", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	ready.Store(true)
	return serveHTTP(x.Ctx, l, mux, func() { ready.Store(false) })
}

// listen opens the address of the configuration.
func listen(x *Context) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(x.Ctx, "tcp", x.Config.Addr)
	if err != nil {
		return nil, fmt.Errorf("l'adresse %s ne peut être ouverte (%w) ; --addr HÔTE:PORT en choisit une autre", x.Config.Addr, err)
	}
	return l, nil
}

// serveHTTP serves h on l until ctx is done, calls stopping, so that proxies
// see the node leave, and lets the requests under way end within drainTime.
func serveHTTP(ctx context.Context, l net.Listener, h http.Handler, stopping func()) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	stopping()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		s.Close()
		if errors.Is(err, context.DeadlineExceeded) {
			return nil // a client that would not end is no fault of ours
		}
		return fmt.Errorf("stop serving: %w", err)
	}
	return nil
}
