package app

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"passerelle/internal/directory/directorytest"
	"passerelle/internal/mail/mailtest"
)

// The table of everyLetter has every kind of letter: each sentence that the
// catalogue has for letters, and each that a file which posts mails says by its
// key, is in one that went; and only this package posts any.
func TestEveryLetter(t *testing.T) {
	m := openMailroom(t, "sqlite", directorytest.Establishments())
	var went strings.Builder
	for i, l := range m.everyLetter(said{"Un pont", "Pour deux jours", "Une salle", "Une journée"}) {
		if i%2 == 0 { // somebody reads the answers, or nobody does
			m.Post.reader = "bonjour@cma.example"
		} else {
			m.Post.reader = ""
		}
		m.posts(t, l, fmt.Sprintf("tout%d", i))
		for _, r := range m.goOut(t) {
			went.WriteString(wordsOf(r) + "\n")
		}
	}
	said := went.String()
	catalogue := catalogueOf(t)
	keys := keysOfPosts(t)
	delete(catalogue, "letter.gone_firm") // TestHardCase24WaitingMailsNameNobodyWhoLeft
	for key := range catalogue {
		if strings.HasPrefix(key, "letter.") || strings.HasPrefix(key, "teams.letter") {
			keys[key] = true
		}
	}
	if len(keys) < 200 {
		t.Fatalf("only %d sentences are looked for", len(keys))
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		forms, known := catalogue[key]
		if known && !slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(said, longest(f)) }) {
			t.Errorf("%s is in no letter of everyLetter: %q", key, forms)
		}
	}
}

// wordsOf are the words of a mail, on one line.
func wordsOf(r mailtest.Received) string {
	var b strings.Builder
	b.WriteString(r.Subject + " " + r.Text + " ")
	z := html.NewTokenizer(strings.NewReader(r.HTML))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		if kind == html.TextToken {
			b.Write(z.Text())
		}
		b.WriteByte(' ')
	}
	return strings.Join(strings.Fields(html.UnescapeString(b.String())), " ")
}

var holes = regexp.MustCompile(`\{[^}]*\}`)

// longest is the longest piece of a sentence between what is put into it.
func longest(s string) (most string) {
	for _, piece := range holes.Split(s, -1) {
		if piece = strings.Join(strings.Fields(piece), " "); len(piece) > len(most) {
			most = piece
		}
	}
	return most
}

// catalogueOf returns the French sentences, each in its forms, by key.
func catalogueOf(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../locale/fr.json")
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		switch v := v.(type) {
		case string:
			all[prefix] = append(all[prefix], v)
		case map[string]any:
			for key, under := range v {
				if key == "one" || key == "other" || key == "many" {
					walk(prefix, under)
				} else {
					walk(strings.TrimPrefix(prefix+"."+key, "."), under)
				}
			}
		}
	}
	walk("", tree)
	return all
}

// posts is how a file posts a mail, or a line of a summary.
var posts = regexp.MustCompile(`mail\.(Posted|Waiting|Letter)\{`)

// keysOfPosts are the keys that the files which post mails say whole.
func keysOfPosts(t *testing.T) map[string]bool {
	t.Helper()
	keys := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil || !posts.Match(text) {
			return err
		}
		if filepath.Dir(path) != "../app" {
			t.Errorf("%s posts mails: everyLetter does not reach it", path)
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
				f, isMethod := call.Fun.(*ast.SelectorExpr)
				if key, whole := call.Args[0].(*ast.BasicLit); isMethod && whole && f.Sel.Name == "T" {
					if s, err := strconv.Unquote(key.Value); err == nil {
						keys[s] = true
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
