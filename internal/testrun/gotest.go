package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// An event is a line of `go test -json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build event
	Test       string
	Elapsed    float64
	Output     string
}

// tests runs the Go tests, with a PostgreSQL started for them.
func (r *runner) tests(packages []string) {
	if r.ctx.Err() != nil {
		return
	}
	env := os.Environ()
	if os.Getenv("PASSERELLE_TEST_POSTGRES") == "" {
		start := time.Now()
		pg, err := startPostgres(r.ctx, r.out)
		if err != nil {
			r.fail("PostgreSQL", err.Error())
		} else {
			defer func() {
				if err := pg.stop(); err != nil {
					r.fail("stop PostgreSQL", err.Error())
				}
			}()
			fmt.Fprintf(r.out, "ok  \tPostgreSQL %s started\t%.1fs\n", pg.version, time.Since(start).Seconds())
			env = append(env, "PASSERELLE_TEST_POSTGRES="+pg.url)
		}
	}
	limit := "10m"
	if r.torture {
		env = append(env, "PASSERELLE_TORTURE=1")
		limit = "2h"
	}
	c := r.command(append([]string{"go", "test", "-json", "-timeout", limit}, packages...)...)
	c.Env = append(env, "CGO_ENABLED=0")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		r.fail("go test", err.Error())
		return
	}
	if err := c.Start(); err != nil {
		r.fail("go test", err.Error())
		return
	}
	before := r.failed
	read := r.readEvents(out)
	if err := c.Wait(); err != nil && r.failed == before {
		r.fail("go test", err.Error())
	}
	if read != nil {
		r.fail("read go test", read.Error())
	}
}

// readEvents counts the tests and prints a line for each package, with the
// output of what failed.
func (r *runner) readEvents(out io.Reader) error {
	said := make(map[string][]string) // output, by package and test
	failed := make(map[string][]string)
	d := json.NewDecoder(out)
	for {
		var e event
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			said[key] = append(said[key], e.Output)
		case "build-output":
			fmt.Fprint(r.out, e.Output)
		case "pass", "skip", "fail":
			if e.Test == "" {
				r.packageDone(e, said, failed[e.Package])
				continue
			}
			switch e.Action {
			case "pass":
				r.passed++
				delete(said, key)
			case "skip":
				r.skipped = append(r.skipped, e.Package+" "+e.Test+": "+reason(said[key]))
				delete(said, key)
			case "fail":
				r.failed++
				failed[e.Package] = append(failed[e.Package], e.Test)
			}
		}
	}
}

// packageDone prints the line of a package.
func (r *runner) packageDone(e event, said map[string][]string, failed []string) {
	own := said[e.Package+" "]
	switch {
	case e.Action == "skip":
		fmt.Fprintf(r.out, "?   \t%s\t[no test files]\n", e.Package)
		return
	case e.Action == "fail":
		slices.Sort(failed)
		for _, test := range failed {
			fmt.Fprint(r.out, strings.Join(said[e.Package+" "+test], ""))
		}
		fmt.Fprint(r.out, strings.Join(own, ""))
		if len(failed) == 0 {
			// It did not build, or it stopped outside of a test.
			r.failed++
			for key, lines := range said {
				if strings.HasPrefix(key, e.Package+" Test") || strings.HasPrefix(key, e.Package+" Fuzz") {
					fmt.Fprint(r.out, strings.Join(lines, ""))
				}
			}
		}
		fmt.Fprintf(r.out, "FAIL\t%s\t%.1fs\n", e.Package, e.Elapsed)
		return
	}
	note := ""
	for _, line := range own {
		if strings.Contains(line, "(cached)") {
			note = " (cached)"
		}
	}
	if took := time.Duration(e.Elapsed * float64(time.Second)); took > budget && !r.torture {
		note = fmt.Sprintf(" (over its %.0f s)", budget.Seconds())
	}
	fmt.Fprintf(r.out, "ok  \t%s\t%.1fs%s\n", e.Package, e.Elapsed, note)
}

// reason returns what a skipped test said.
func reason(lines []string) string {
	for _, line := range lines {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "===") && !strings.HasPrefix(line, "---") {
			return line
		}
	}
	return "without a reason"
}
