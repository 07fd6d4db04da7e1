package app

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"passerelle/internal/clock"
)

// A screen keeps what a program prints while it runs.
type screen struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// A running is a program that serves.
type running struct {
	t       *testing.T
	address string
	stop    func() // as SIGTERM does
	ended   chan int
	out     *screen
}

var printedAddress = regexp.MustCompile(`http://localhost:\d+`)

// serving starts the program and waits for the address it prints.
func serving(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, stop: stop, ended: make(chan int, 1), out: &screen{}}
	go func() {
		r.ended <- Run(ctx, Process{
			Args: append(args, "--addr", "127.0.0.1:0"), Stdin: strings.NewReader(""), Stdout: r.out, Stderr: r.out, Clock: clock.System{},
		})
	}()
	t.Cleanup(func() { stop(); r.exit() })
	for deadline := time.Now().Add(20 * time.Second); r.address == ""; time.Sleep(5 * time.Millisecond) {
		r.address = printedAddress.FindString(r.out.String())
		select {
		case code := <-r.ended:
			r.ended <- code
			t.Fatalf("ended with %d:\n%s", code, r.out)
		default:
		}
		if time.Now().After(deadline) {
			t.Fatalf("no address printed:\n%s", r.out)
		}
	}
	return r
}

// exit waits for the end and returns the exit code.
func (r *running) exit() int {
	r.t.Helper()
	select {
	case code := <-r.ended:
		r.ended <- code
		return code
	case <-time.After(20 * time.Second):
		r.t.Errorf("did not end:\n%s", r.out)
		return -1
	}
}

// visit asks for a path and returns its status and body.
func (r *running) visit(path string) (int, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.address+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestServeEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	r := serving(t, "serve", "--data", dir)
	for _, path := range []string{"/healthz", "/readyz", "/"} {
		if status, body := r.visit(path); status != http.StatusOK {
			t.Errorf("GET %s on an empty house: %d, %.200s", path, status, body)
		}
	}
	if !strings.Contains(r.out.String(), "passerelle import --help") {
		t.Errorf("it does not say how to load a register:\n%s", r.out)
	}
	if _, err := os.Stat(filepath.Join(dir, "passerelle.db")); err != nil {
		t.Error(err)
	}
	r.stop()
	if code := r.exit(); code != exitDone {
		t.Errorf("stopped with %d:\n%s", code, r.out)
	}
}

func TestServeOnTakenAddress(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, stderr := start(t, nil, "serve", "--data", t.TempDir(), "--addr", l.Addr().String())
	if code != exitFailure || !strings.Contains(stderr, l.Addr().String()) || !strings.Contains(stderr, "--addr") {
		t.Errorf("exit %d, %q; want 1 and a sentence with the address and --addr", code, stderr)
	}
}

// What the operator wrote wrongly must not be served half understood.
func TestServeRefusesBrokenInstance(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "instance.json"), []byte(`{"nom": "x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := start(t, nil, "serve", "--data", dir, "--addr", "127.0.0.1:0")
	if code != exitFailure || !strings.Contains(stderr, "instance.json") {
		t.Errorf("exit %d, %q; want 1 and the name of the file", code, stderr)
	}
}
