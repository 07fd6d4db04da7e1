// Package check finds what is wrong with the words of the screen before a
// reader does: a key that a language lacks, a key asked for that does not
// exist, a key that nobody asks for.
//
// It reads the sources: in templates and in Go, a call of t or of a method T
// asks for the key given as a text. Where the key is put together, as in
// (print "sector." .Sector), a text that ends with a dot asks for every key
// that begins with it. Any text that is exactly a key asks for it too, since
// pages pass keys around. Its one difficulty is that a key which is put
// together otherwise is not seen; it is then reported as unused, and the
// sources should rather name it.
package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
	tmpl "text/template/parse"

	"passerelle/internal/locale"
)

// Languages returns what differs between the languages: keys that only one
// has, and messages whose arguments are not the same.
func Languages(c *locale.Catalogues) []string {
	codes := locale.Codes()
	first := c.For(codes[0]).Keys()
	var faults []string
	for _, code := range codes[1:] {
		other := c.For(code).Keys()
		for key, args := range first {
			got, ok := other[key]
			switch {
			case !ok:
				faults = append(faults, fmt.Sprintf("%s: %s is missing", code, key))
			case !slices.Equal(got, args):
				faults = append(faults, fmt.Sprintf("%s: %s has the arguments %v, in %s %v", code, key, got, codes[0], args))
			}
		}
		for key := range other {
			if _, ok := first[key]; !ok {
				faults = append(faults, fmt.Sprintf("%s: %s is missing", codes[0], key))
			}
		}
	}
	sort.Strings(faults)
	return faults
}

// Uses are the keys that the sources ask for.
type Uses struct {
	asked map[string]string // key → where it is first asked for by a call
	texts map[string]bool   // every other text that may be a key
	parts map[string]bool   // beginnings of keys put together, with their dot
}

// Read finds the keys asked for in the .go and .html files of sources; tests
// do not count.
func Read(sources fs.FS) (*Uses, error) {
	u := &Uses{asked: make(map[string]string), texts: make(map[string]bool), parts: make(map[string]bool)}
	err := fs.WalkDir(sources, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == "node_modules" || e.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		switch ext := path.Ext(name); {
		case ext == ".go" && !strings.HasSuffix(name, "_test.go"):
			text, err := fs.ReadFile(sources, name)
			if err != nil {
				return err
			}
			return u.readGo(name, text)
		case ext == ".html" || ext == ".tmpl":
			text, err := fs.ReadFile(sources, name)
			if err != nil {
				return err
			}
			return u.readTemplate(name, string(text))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the keys of the sources: %w", err)
	}
	return u, nil
}

// Faults compares the keys asked for with those of a language.
func (u *Uses) Faults(l *locale.Language) []string {
	var faults []string
	for key, where := range u.asked {
		if !l.Has(key) {
			faults = append(faults, fmt.Sprintf("%s: %s is asked for and does not exist", where, key))
		}
	}
	for key := range l.Keys() {
		if !u.uses(key) {
			faults = append(faults, fmt.Sprintf("%s.json: nobody asks for %s", l.Code(), key))
		}
	}
	sort.Strings(faults)
	return faults
}

func (u *Uses) uses(key string) bool {
	if u.asked[key] != "" || u.texts[key] {
		return true
	}
	for i := range len(key) {
		if key[i] == '.' && u.parts[key[:i+1]] {
			return true
		}
	}
	return false
}

// text notes a text that is not the argument of a call.
func (u *Uses) text(s string) {
	if strings.HasSuffix(s, ".") && len(s) > 1 && !strings.ContainsAny(s, " /") {
		u.parts[s] = true
	} else {
		u.texts[s] = true
	}
}

// readGo notes the keys of a Go file.
func (u *Uses) readGo(name string, text []byte) error {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, text, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false // an import path is no key
		case *ast.CallExpr:
			if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "T" && len(n.Args) > 0 {
				if key, ok := goText(n.Args[0]); ok && !strings.HasSuffix(key, ".") && strings.Contains(key, ".") {
					if u.asked[key] == "" {
						u.asked[key] = files.Position(n.Pos()).String()
					}
				}
			}
		case *ast.BasicLit:
			if s, ok := goText(n); ok {
				u.text(s)
			}
		}
		return true
	})
	return nil
}

func goText(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// readTemplate notes the keys of a template file.
func (u *Uses) readTemplate(name, text string) error {
	t := tmpl.New(name)
	t.Mode = tmpl.SkipFuncCheck
	trees := make(map[string]*tmpl.Tree)
	if _, err := t.Parse(text, "", "", trees); err != nil {
		return err
	}
	trees[""] = t
	for _, tree := range trees {
		if tree.Root != nil {
			u.walk(name, tree, tree.Root)
		}
	}
	return nil
}

// walk notes the keys under a node of a template.
func (u *Uses) walk(name string, tree *tmpl.Tree, n tmpl.Node) {
	switch n := n.(type) {
	case *tmpl.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				u.walk(name, tree, c)
			}
		}
	case *tmpl.ActionNode:
		u.walk(name, tree, n.Pipe)
	case *tmpl.IfNode:
		u.branch(name, tree, &n.BranchNode)
	case *tmpl.RangeNode:
		u.branch(name, tree, &n.BranchNode)
	case *tmpl.WithNode:
		u.branch(name, tree, &n.BranchNode)
	case *tmpl.TemplateNode:
		u.walk(name, tree, n.Pipe)
	case *tmpl.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				u.walk(name, tree, c)
			}
		}
	case *tmpl.CommandNode:
		for i, arg := range n.Args {
			s, ok := arg.(*tmpl.StringNode)
			switch {
			case ok && i == 1 && translates(n.Args[0]) && !strings.HasSuffix(s.Text, "."):
				if u.asked[s.Text] == "" {
					where, _ := tree.ErrorContext(n)
					u.asked[s.Text] = where
				}
			case ok:
				u.text(s.Text)
			default:
				u.walk(name, tree, arg)
			}
		}
	}
}

func (u *Uses) branch(name string, tree *tmpl.Tree, n *tmpl.BranchNode) {
	u.walk(name, tree, n.Pipe)
	u.walk(name, tree, n.List)
	u.walk(name, tree, n.ElseList)
}

// translates reports whether a command that begins with n is a call of t or
// of a method T.
func translates(n tmpl.Node) bool {
	switch n := n.(type) {
	case *tmpl.IdentifierNode:
		return n.Ident == "t" || n.Ident == "T"
	case *tmpl.FieldNode:
		return n.Ident[len(n.Ident)-1] == "T"
	case *tmpl.VariableNode:
		return n.Ident[len(n.Ident)-1] == "T"
	case *tmpl.ChainNode:
		return n.Field[len(n.Field)-1] == "T"
	}
	return false
}
