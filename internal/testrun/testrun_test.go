package main

import (
	"strings"
	"testing"
)

func TestReadEvents(t *testing.T) {
	const events = `{"Action":"start","Package":"a"}
{"Action":"run","Package":"a","Test":"TestGood"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"quiet\n"}
{"Action":"pass","Package":"a","Test":"TestGood","Elapsed":0.1}
{"Action":"output","Package":"a","Test":"TestShy","Output":"=== RUN   TestShy\n"}
{"Action":"output","Package":"a","Test":"TestShy","Output":"    a_test.go:3: no server\n"}
{"Action":"skip","Package":"a","Test":"TestShy","Elapsed":0}
{"Action":"output","Package":"a","Output":"ok  \ta\t(cached)\n"}
{"Action":"pass","Package":"a","Elapsed":0.2}
{"Action":"output","Package":"b","Test":"TestBad","Output":"    b_test.go:9: got 1, want 2\n"}
{"Action":"fail","Package":"b","Test":"TestBad","Elapsed":0}
{"Action":"fail","Package":"b","Elapsed":61}
{"Action":"build-output","ImportPath":"c","Output":"c.go:1: undefined: x\n"}
{"Action":"fail","Package":"c","Elapsed":0}
{"Action":"output","Package":"d","Test":"TestPanic","Output":"panic: oh\n"}
{"Action":"fail","Package":"d","Elapsed":0}
{"Action":"pass","Package":"e","Elapsed":61}
{"Action":"skip","Package":"f","Elapsed":0}
`
	var out strings.Builder
	r := &runner{ctx: t.Context(), out: &out}
	if err := r.readEvents(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	if r.passed != 1 || r.failed != 3 || len(r.skipped) != 1 {
		t.Errorf("%d passed, %d failed, %v skipped; want 1, 3 and 1", r.passed, r.failed, r.skipped)
	}
	if want := "a TestShy: a_test.go:3: no server"; r.skipped[0] != want {
		t.Errorf("skipped: %q, want %q", r.skipped[0], want)
	}
	for _, want := range []string{
		"ok  \ta\t0.2s (cached)\n", "got 1, want 2\nFAIL\tb\t61.0s\n", "undefined: x\n", "FAIL\tc", "panic: oh\nFAIL\td",
		"ok  \te\t61.0s (over its 60 s)\n", "?   \tf\t[no test files]\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, &out)
		}
	}
	if strings.Contains(out.String(), "quiet") {
		t.Errorf("a test that passed is heard:\n%s", &out)
	}
	if err := r.readEvents(strings.NewReader("no JSON")); err == nil {
		t.Error("a broken stream was read")
	}
}

func TestTAPCount(t *testing.T) {
	tap := []byte("ok 1 - # pass 9\n# tests 12\n# pass 10\n# fail 2\n")
	for name, want := range map[string]int{"pass": 10, "fail": 2, "cancelled": 0} {
		if got := tapCount(tap, name); got != want {
			t.Errorf("tapCount(%s) = %d, want %d", name, got, want)
		}
	}
}

func TestPGMajor(t *testing.T) {
	for path, want := range map[string]int{
		"/usr/lib/postgresql/15/bin/initdb": 15,
		"/usr/lib/postgresql/9/bin/initdb":  9,
		"/usr/lib/postgresql/x/bin/initdb":  0,
	} {
		if got := pgMajor(path); got != want {
			t.Errorf("pgMajor(%s) = %d, want %d", path, got, want)
		}
	}
}
