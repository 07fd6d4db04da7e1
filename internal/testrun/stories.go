package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// stories runs the browser stories of e2e/ on the built program; the long one,
// on each engine, with the program whose clock is moved.
func (r *runner) stories() {
	if r.ctx.Err() != nil {
		return
	}
	start := time.Now()
	chromium, err := browser(r.ctx, r.out)
	if err != nil {
		r.fail("browser stories", err.Error())
		return
	}
	r.prove("program whose clock is moved", "go", "build", "-trimpath", "-tags", "chaos", "-o", "bin/passerelle-chaos", "./cmd/passerelle")
	pg, err := startPostgres(r.ctx, r.out)
	if err != nil {
		r.fail("PostgreSQL", err.Error())
		return
	}
	defer func() {
		if err := pg.stop(); err != nil {
			r.fail("stop PostgreSQL", err.Error())
		}
	}()
	dir, err := os.MkdirTemp("", "passerelle-stories-")
	if err != nil {
		r.fail("browser stories", err.Error())
		return
	}
	defer os.RemoveAll(dir)
	tap := filepath.Join(dir, "tap")
	c := r.command("node", "e2e/run.mjs", "--tap", tap)
	c.Env = append(c.Env, "CHROMIUM="+chromium, "E2E_POSTGRES="+pg.url)
	c.Stdout, c.Stderr = r.out, r.out
	ran := c.Run()
	text, err := os.ReadFile(tap)
	if err != nil {
		r.fail("browser stories", fmt.Sprint(ran))
		return
	}
	pass, fail := tapCount(text, "pass"), tapCount(text, "fail")+tapCount(text, "cancelled")
	r.passed += pass
	r.failed += fail
	if ran != nil && fail == 0 || pass+fail == 0 {
		r.fail("browser stories", fmt.Sprint(ran))
		return
	}
	state := "ok  "
	if fail > 0 {
		state = "FAIL"
	}
	fmt.Fprintf(r.out, "%s\tbrowser stories\t%.1fs\n", state, time.Since(start).Seconds())
}

// tapCount returns the figure that node's TAP report ends with.
func tapCount(tap []byte, name string) int {
	m := regexp.MustCompile(`(?m)^# ` + name + ` (\d+)$`).FindSubmatch(tap)
	if m == nil {
		return 0
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		return 0
	}
	return n
}
