// Package internal holds the packages of the program. Its test keeps them in
// the order of docs/architecture.md: cmd → app → web → subjects →
// foundations, never back, each subject importing only those before it.
package internal

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// foundations know no subject.
var foundations = []string{"clock", "fold", "geo", "sheet", "locale", "db", "backup", "mail", "openid", "pdf", "calendar", "picture"}

// subjects may each import the foundations and the subjects before it.
var subjects = []string{
	"place", "trade", "register", "directory", "account", "contact", "profile", "match", "lead", "exchange", "team", "booking",
	"meeting", "visit", "opening", "leaflet", "procedure", "convention", "observatory",
}

// longest is the number of lines beyond which a file is to be cut in two.
const longest = 600

// guarded are the imports that a part of the house keeps to itself.
var guarded = []struct {
	path string // the import, or what it begins with before a slash
	may  []string
}{
	{"database/sql", []string{"db"}},
	{"modernc.org/sqlite", []string{"db"}},
	{"github.com/jackc/pgx", []string{"db"}},
	{"github.com/pressly/goose", []string{"db"}},
	{"filippo.io/age", []string{"backup"}},
	{"net/smtp", []string{"mail"}},
	{"github.com/wneessen/go-mail", []string{"mail"}},
	{"html/template", []string{"web"}},
	{"net/http", []string{"web", "app", "openid"}},
	{"golang.org/x/oauth2", []string{"openid"}},
	{"github.com/coreos/go-oidc", []string{"openid"}},
	{"github.com/zitadel/oidc", []string{"openid/openidtest"}},
	{"github.com/alecthomas/kong", []string{"app"}},
	{"testing", []string{"db/dbtest", "directory/directorytest", "mail/mailtest", "openid/openidtest", "pdf/pdftest"}},
}

// environment are the calls that read the environment: only app may, and the
// main of the program, which hands it over.
var environment = []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv"}

// moments are the calls that ask for the present: a subject takes the time as
// an argument or asks a clock.Clock.
var moments = []string{"time.Now", "time.Since", "time.Until"}

// exceptions to the rules above, as "file uses", each with its reason. One
// that is of no use any more is a failure.
var exceptions = map[string]string{
	"internal/db/dbtest/dbtest.go os.Getenv": "the test command names the server of the tests",
	"internal/db/alone.go testing":           "tests are watched for a fault that would stop a busy house",
	"internal/db/migrate.go testing/fstest":  "a file system in memory, for the migrations in SQLite's words",
}

// A source is what the rules look at in a file.
type source struct {
	path    string // internal/db/tx.go
	program bool   // in a package main: a tool, when it is under internal
	lines   int
	imports []string
	calls   []string // package.Name, of the selectors it has
	inits   int
}

func TestArchitecture(t *testing.T) {
	used := make(map[string]bool)
	n := 0
	for _, s := range sources(t) {
		n++
		for _, f := range faults(s) {
			if exceptions[f.key] != "" {
				used[f.key] = true
				continue
			}
			t.Errorf("%s: %s", s.path, f.text)
		}
	}
	for key := range exceptions {
		if !used[key] {
			t.Errorf("the exception %q is of no use any more: remove it", key)
		}
	}
	if n < 20 {
		t.Errorf("only %d files were looked at", n)
	}
}

// A fault is a rule broken; its key names it among the exceptions.
type fault struct{ key, text string }

// faults returns the rules that a file breaks.
func faults(s source) []fault {
	var all []fault
	add := func(what, format string, args ...any) {
		all = append(all, fault{s.path + " " + what, fmt.Sprintf(format, args...)})
	}
	if s.lines > longest {
		add("length", "%d lines, the most is %d: cut it where the subject parts", s.lines, longest)
	}
	if strings.HasSuffix(s.path, "_test.go") {
		return all // a test may use what it needs
	}
	if s.inits > 0 {
		add("init", "has an init function: construct explicitly")
	}
	name := packageOf(s.path)
	from, ok := rank(name)
	if !ok && !s.program {
		add("unknown", "%s is neither a foundation nor a subject: give it its place in internal/arch_test.go and docs/architecture.md", name)
	}
	for _, path := range s.imports {
		if to, ours := strings.CutPrefix(path, "passerelle/"); ours {
			if why := arrow(name, from, strings.TrimPrefix(to, "internal/")); why != "" && (ok || !s.program) {
				add(path, "%s", why)
			}
			continue
		}
		for _, g := range guarded {
			if (path == g.path || strings.HasPrefix(path, g.path+"/")) && !slices.ContainsFunc(g.may, func(m string) bool { return within(name, m) }) && !s.program {
				add(path, "imports %s, which only %s may", path, strings.Join(g.may, " and "))
			}
		}
	}
	for _, call := range s.calls {
		switch {
		case slices.Contains(environment, call) && !s.program && !within(name, "app"):
			add(call, "%s: only app reads the environment", call)
		case slices.Contains(moments, call) && from.layer == subjectLayer:
			add(call, "%s in a subject: take the time as an argument, or a clock.Clock", call)
		}
	}
	return all
}

// The layers, from the ground up.
const (
	foundationLayer = iota
	subjectLayer
	webLayer
	appLayer
	cmdLayer
)

// A place is where a package stands: its layer and, for a subject, its turn.
type place struct{ layer, turn int }

// rank returns the place of a package, given without internal/.
func rank(name string) (place, bool) {
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "cmd":
		return place{cmdLayer, 0}, true
	case "app":
		return place{appLayer, 0}, true
	case "web":
		return place{webLayer, 0}, true
	}
	if i := slices.Index(subjects, first); i >= 0 {
		return place{subjectLayer, i}, true
	}
	return place{}, slices.Contains(foundations, first)
}

// arrow says why the package name, at from, may not import to, or nothing.
func arrow(name string, from place, to string) string {
	at, ok := rank(to)
	first, _, _ := strings.Cut(name, "/")
	switch {
	case !ok:
		return fmt.Sprintf("imports %s, which has no place in the house", to)
	case within(to, first):
		return "" // parts of one subject; the compiler refuses circles
	case at.layer > from.layer:
		return fmt.Sprintf("%s imports %s: the arrow goes the other way", name, to)
	case at.layer == subjectLayer && from.layer == subjectLayer && at.turn > from.turn:
		return fmt.Sprintf("%s imports %s, a later subject: declare an interface that app joins, or take values", name, to)
	case from.layer == cmdLayer && at.layer == webLayer, from.layer == cmdLayer && at.layer == subjectLayer:
		return fmt.Sprintf("%s imports %s: cmd knows app only", name, to)
	}
	return ""
}

// within reports whether the package name is part, or in it.
func within(name, part string) bool {
	return name == part || strings.HasPrefix(name, part+"/")
}

// packageOf returns the package of a file, without internal/.
func packageOf(path string) string {
	return strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "internal/")
}

// sources reads every Go file of cmd and internal.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	for _, root := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join("..", root), func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() && (e.Name() == "testdata" || e.Name() == "node_modules") {
				return filepath.SkipDir
			}
			if e.IsDir() || !strings.HasSuffix(path, ".go") {
				return nil
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			s, err := read(strings.TrimPrefix(filepath.ToSlash(path), "../"), text)
			all = append(all, s)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// read reads a file.
func read(path string, text []byte) (source, error) {
	s := source{path: path, lines: bytes.Count(text, []byte("\n"))}
	f, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
	if err != nil {
		return s, err
	}
	s.program = f.Name.Name == "main"
	for _, i := range f.Imports {
		p, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return s, err
		}
		s.imports = append(s.imports, p)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				s.calls = append(s.calls, x.Name+"."+n.Sel.Name)
			}
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				s.inits++
			}
		}
		return true
	})
	return s, nil
}

// The rules themselves are tried on files that break them.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		path, text string
		want       string // part of a fault, empty for none
	}{
		{"internal/directory/a.go", `import _ "passerelle/internal/trade"`, ""},
		{"internal/directory/a.go", `import _ "passerelle/internal/directory/index"`, ""},
		{"internal/directory/index/a.go", `import _ "passerelle/internal/directory/query"`, ""},
		{"internal/web/a.go", `import _ "net/http/httputil"`, ""},
		{"cmd/passerelle/a.go", `import _ "passerelle/internal/clock"`, ""},
		{"internal/trade/a.go", `import _ "passerelle/internal/directory"`, "a later subject"},
		{"internal/fold/a.go", `import _ "passerelle/internal/place"`, "the other way"},
		{"internal/place/a.go", `import _ "passerelle/internal/web"`, "the other way"},
		{"internal/web/a.go", `import _ "passerelle/internal/app"`, "the other way"},
		{"cmd/passerelle/a.go", `import _ "passerelle/internal/directory"`, "cmd knows app only"},
		{"internal/trade/a.go", `import _ "passerelle/internal/helper"`, "no place in the house"},
		{"internal/helper/a.go", ``, "neither a foundation nor a subject"},
		{"internal/trade/a.go", `import _ "database/sql/driver"`, "only db may"},
		{"internal/trade/a.go", `import _ "net/http/httptest"`, "only web and app and openid may"},
		{"internal/trade/a_test.go", `import _ "net/http/httptest"`, ""},
		{"internal/trade/a.go", `import _ "net/httpish"`, ""},
		{"internal/web/a.go", `import "os"; var x = os.Getenv("X")`, "only app reads"},
		{"internal/app/a.go", `import "os"; var x = os.Getenv("X")`, ""},
		{"internal/trade/a.go", `import "time"; var x = time.Now`, "in a subject"},
		{"internal/db/a.go", `import "time"; var x = time.Now`, ""},
		{"internal/db/a.go", `func init() {}`, "init function"},
		{"internal/db/a_test.go", strings.Repeat("//\n", longest+1), "lines, the most"},
	} {
		s, err := read(c.path, []byte("package x\n"+c.text))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range faults(s) {
			got = append(got, f.text)
		}
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s, %q: %v, want no fault", c.path, c.text, got)
		case c.want != "" && !strings.Contains(strings.Join(got, "\n"), c.want):
			t.Errorf("%s, %.60q: %v, want a fault with %q", c.path, c.text, got, c.want)
		}
	}
}
