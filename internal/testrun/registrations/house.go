package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A house is the program as it serves in production: rate limit by default, a
// proxy before it that says who asks.
type house struct {
	program, data, database string

	base    string
	staff   *http.Client // a facilitator is signed in
	serving *exec.Cmd
	log     *os.File // what the program says of each request, beside its data
}

func (h *house) engine() string {
	if h.database == "" {
		return "SQLite"
	}
	return "PostgreSQL"
}

// address names the database.
func (h *house) address() string {
	if h.database != "" {
		return h.database
	}
	return "sqlite:" + filepath.Join(h.data, "passerelle.db")
}

func (h *house) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, h.program, append(args, "--data", h.data, "--database", h.address())...)
	c.Stderr = h.log
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	return c
}

var anAddress = regexp.MustCompile(`https?://\S+`)

// open invents the demonstration's establishments, gives a facilitator an
// account and serves.
func (h *house) open(ctx context.Context) error {
	if err := os.MkdirAll(h.data, 0o700); err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(h.data, "log"))
	if err != nil {
		return err
	}
	h.log = log
	invent := h.command(ctx, "demo", "--addr", "127.0.0.1:0")
	if _, err := start(invent, "Ctrl+C"); err != nil {
		return fmt.Errorf("invent: %w", err)
	}
	if err := end(invent); err != nil {
		return fmt.Errorf("invent: %w", err)
	}
	said, err := h.command(ctx, "user", "add", "load@maison.example", "--role", "facilitator", "--institution", "cma").Output()
	if err != nil {
		return fmt.Errorf("give an account: %w", err)
	}
	link, err := url.Parse(anAddress.FindString(string(said)))
	if err != nil || link.Path == "" {
		return fmt.Errorf("no link in %q", said)
	}
	h.serving = h.command(ctx, "serve", "--addr", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1")
	line, err := start(h.serving, "http")
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	h.base = anAddress.FindString(line)
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	h.staff = &http.Client{Jar: jar, CheckRedirect: stay}
	_, err = h.act(ctx, link.Path, nil)
	return err
}

// stay keeps an answer that leads elsewhere.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// start runs a command until it says a word, and returns the line.
func start(c *exec.Cmd, word string) (string, error) {
	out, err := c.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := c.Start(); err != nil {
		return "", err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), word) {
			go io.Copy(io.Discard, out) // or the program would wait for a reader
			return lines.Text(), nil
		}
	}
	return "", fmt.Errorf("it ended without saying %q: %w", word, errors.Join(c.Wait()))
}

// end stops a command as an operator does.
func end(c *exec.Cmd) error {
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		return err
	}
	err := c.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGINT {
		return nil
	}
	return err
}

// close stops serving; twice is once.
func (h *house) close() error {
	if h.log == nil {
		return nil
	}
	err := h.log.Close()
	if h.serving != nil {
		err = errors.Join(end(h.serving), err)
	}
	h.serving, h.log = nil, nil
	return err
}

// act posts a form as the facilitator and returns where it leads.
func (h *house) act(ctx context.Context, path string, form url.Values) (string, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", h.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	a, err := h.staff.Do(r)
	if err != nil {
		return "", err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusSeeOther {
		text, err := io.ReadAll(io.LimitReader(a.Body, 2000))
		return "", errors.Join(fmt.Errorf("%s: %s %s", path, a.Status, bytes.TrimSpace(text)), err)
	}
	return a.Header.Get("Location"), nil
}

var anID = regexp.MustCompile(`[0-9a-z]{26}`)

// plan plans and publishes a meeting, and returns its id.
func (h *house) plan(ctx context.Context) (string, error) {
	day := time.Now().AddDate(0, 1, 0).Format(time.DateOnly)
	to, err := h.act(ctx, "/animation/reunions", url.Values{
		"titre": {"Un millier d’inscrits"}, "places": {strconv.Itoa(seats)}, "reservees": {"0"}, "regle": {"attend"},
		"artois-oui": {"1"}, "artois-jour": {day}, "artois-heure": {"18:00"}, "artois-fin": {"20:00"}, "artois-commune": {"Isbergues"},
	})
	if err != nil {
		return "", err
	}
	id := anID.FindString(to)
	if id == "" {
		return "", fmt.Errorf("the meeting was not planned: %q", to)
	}
	_, err = h.act(ctx, "/animation/reunions/"+id+"/publier", nil)
	return id, err
}
