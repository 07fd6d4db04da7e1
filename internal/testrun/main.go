// Command testrun runs every check of the house, as `make test` does: form
// and lint, the Go tests on SQLite and on a PostgreSQL started for the run, those
// of the stores again through a PgBouncer, then the browser stories.
//
// It installs through the system's package manager what the tests need and
// the machine lacks (Chromium, PostgreSQL, PgBouncer) when it may, else says exactly
// what is missing. It prints the seconds of each step and package, ends with
// a line "N passed, N failed", and leaves no process behind, however it ends.
//
//	go run ./internal/testrun [-only go,pooler,stories] [-packages ./internal/...] [-torture]
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// budget is what the tests of one package may take.
const budget = 60 * time.Second

func main() {
	// PostgreSQL dies with the thread that started it (Pdeathsig): keep to
	// the first one, which lives as long as the process.
	runtime.LockOSThread()
	only := flag.String("only", "lint,go,pooler,stories", "steps to run")
	packages := flag.String("packages", "./...", "packages to test")
	torture := flag.Bool("torture", false, "run the long sizes")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	r := &runner{ctx: ctx, out: os.Stdout, torture: *torture}
	r.all(strings.Split(*only, ","), strings.Fields(*packages))
	stop()
	if r.failed > 0 {
		os.Exit(1)
	}
}

// A runner runs the steps and counts.
type runner struct {
	ctx            context.Context
	out            io.Writer
	torture        bool
	passed, failed int
	skipped        []string
}

func (r *runner) all(steps, packages []string) {
	start := time.Now()
	r.fetch()
	if slices.Contains(steps, "lint") {
		r.lint()
	}
	if slices.Contains(steps, "go") {
		r.tests(packages)
	}
	if slices.Contains(steps, "pooler") {
		r.pooled()
	}
	if slices.Contains(steps, "stories") {
		r.stories()
	}
	if len(r.skipped) > 0 {
		fmt.Fprintf(r.out, "\n%d skipped:\n", len(r.skipped))
		for _, s := range r.skipped {
			fmt.Fprintln(r.out, "  "+s)
		}
	}
	if r.ctx.Err() != nil {
		r.fail("interrupted", "")
	}
	fmt.Fprintf(r.out, "\nall checks: %.0f s\n%d passed, %d failed\n", time.Since(start).Seconds(), r.passed, r.failed)
}

// fetch fetches the modules, so that no later step has more to say on a new
// machine than on an old one. Without a network the ones that are there may be
// enough: the steps will tell.
func (r *runner) fetch() {
	for _, modfile := range []string{"go.mod", "tools/go.mod"} {
		if out, err := r.command("go", "mod", "download", "-modfile="+modfile).CombinedOutput(); err != nil && r.ctx.Err() == nil {
			fmt.Fprintf(r.out, "note\tmodules of %s: %s\n", modfile, out)
		}
	}
}

// fail counts a failure and says why.
func (r *runner) fail(what, why string) {
	r.failed++
	fmt.Fprintf(r.out, "FAIL\t%s\n", what)
	if why = strings.TrimRight(why, "\n"); why != "" {
		fmt.Fprintln(r.out, why)
	}
}

// check runs a command that must succeed and print nothing on its standard
// output.
func (r *runner) check(name string, args ...string) { r.try(name, true, args) }

// prove runs a command that must succeed, whatever it says.
func (r *runner) prove(name string, args ...string) { r.try(name, false, args) }

func (r *runner) try(name string, silent bool, args []string) {
	if r.ctx.Err() != nil {
		return
	}
	start := time.Now()
	out, err := r.command(args...).CombinedOutput()
	if err != nil || silent && len(out) > 0 {
		r.fail(name, string(out))
		return
	}
	r.passed++
	fmt.Fprintf(r.out, "ok  \t%s\t%.1fs\n", name, time.Since(start).Seconds())
}

// command returns a command in a process group of its own, which is ended
// with all it started when the run is interrupted.
func (r *runner) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(r.ctx, args[0], args[1:]...)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGTERM) }
	c.WaitDelay = 15 * time.Second
	return c
}

// lint checks the form of the sources, then what a compiler does not see.
func (r *runner) lint() {
	files, err := goFiles(".")
	if err != nil {
		r.fail("list the sources", err.Error())
		return
	}
	tool := func(name string, args ...string) []string {
		return append([]string{"go", "tool", "-modfile=tools/go.mod", name}, args...)
	}
	r.check("gofumpt", tool("gofumpt", append([]string{"-l"}, files...)...)...)
	r.check("go vet", "go", "vet", "./...")
	r.prove("clock, built with the tag chaos", "go", "test", "-tags", "chaos", "./internal/clock")
	r.check("staticcheck", tool("staticcheck", "./...")...)
	if reachable(r.ctx, "https://vuln.go.dev/index/db.json") {
		out, err := r.command(tool("govulncheck", "./...")...).CombinedOutput()
		if err != nil {
			r.fail("govulncheck", string(out))
		} else {
			r.passed++
			fmt.Fprintln(r.out, "ok  \tgovulncheck")
		}
	} else {
		r.skipped = append(r.skipped, "govulncheck: its database, vuln.go.dev, is not reachable from here")
	}
}
