package web

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"passerelle/internal/account"
	"passerelle/internal/db"
	"passerelle/internal/db/dbtest"
)

// fieldRead is how a handler reads a field of a form.
var fieldRead = regexp.MustCompile(`(?:form\.Get|one)\((?:\w+, )?"([^"]+)"`)

// everyField returns the names of the fields that any form of the house reads.
func everyField(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range fieldRead.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	if len(names) < 60 {
		t.Fatalf("only %d fields were found", len(names))
	}
	return names
}

// Whatever stands in a field, in a query or in a path, an answer is a page or
// a refusal: never an error of ours, and never a script on a page. PostgreSQL
// takes no NUL and no broken UTF-8 in a text; SQLite takes both.
func TestHostileTexts(t *testing.T) {
	texts := []string{
		"a\x00b\xff\xc3", "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>", "\u202egnp.exe\u202c\u2066x", "amina@lys.fr\r\nBcc: all@lys.fr", strings.Repeat("é", 20_000),
		"../../../etc/passwd", "javascript:alert(1)", "//evil.example/",
	}
	names := everyField(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := openDesk(t, d, "https://passerelle.example")
		k.provide()
		amina, nadia := k.speaker("amina@lys.fr", brochard), k.facilitator("nadia@cma.fr")
		for _, route := range k.routes {
			for n, text := range texts {
				if n > 0 && strings.Contains(t.Name(), "postgres") {
					break // what a page makes of the others does not depend on the engine
				}
				who := amina
				if !account.MayAny(&account.Person{ID: "x"}, route.act) {
					who = nadia
				}
				path := strings.NewReplacer("{$}", "", "{siret}", brochard.String(), "{slug}", "boulanger").Replace(route.path)
				path = strings.NewReplacer("{token}", url.PathEscape(text[:min(len(text), 3000)]), "{id}", url.PathEscape(text[:min(len(text), 3000)])).Replace(path)
				var form url.Values
				if route.method == http.MethodPost {
					form = url.Values{}
					for _, name := range names {
						form.Set(name, text)
					}
				} else {
					path += "?" + url.Values{"q": {text[:min(len(text), 4000)]}, "suite": {text[:min(len(text), 4000)]}, "page": {text[:min(len(text), 300)]}}.Encode()
				}
				if strings.HasSuffix(route.path, "/effacer") || route.path == "/deconnexion" || strings.HasSuffix(route.path, "/quitter") || strings.HasSuffix(route.path, "/sessions/fin") {
					continue // who acts would be gone
				}
				a := who.do(route.method, path, form)
				name := route.method + " " + route.path
				if a.status >= 500 && a.status != http.StatusServiceUnavailable {
					t.Errorf("%s with text %d: %d", name, n, a.status)
				}
				if strings.Contains(a.body, "<script>alert") || strings.Contains(a.body, "<img src=x") || strings.Contains(a.body, `href="javascript:`) || strings.Contains(a.body, `src="javascript:`) {
					t.Errorf("%s with text %d: a script stands on the page", name, n)
				}
				if to := a.header.Get("Location"); to != "" && !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
					t.Errorf("%s with text %d leads to %q", name, n, to)
				}
				for key, values := range a.header {
					if strings.ContainsAny(strings.Join(values, ""), "\r\n\x00") {
						t.Errorf("%s with text %d: header %s is broken", name, n, key)
					}
				}
			}
		}
	})
}

func TestReadable(t *testing.T) {
	for in, want := range map[string]string{
		"Zoé\tŒ\r\nla suite": "Zoé\tŒ\r\nla suite", "a\x00b": "ab", "a\xffb\xc3": "ab", "\u202egpj.exe\u202c": "gpj.exe", "\u2066x\u2069": "x", "\u0085\x7f\x1b[31m": "[31m", "👩\u200d🍳": "👩\u200d🍳", "عَرَبِيّ": "عَرَبِيّ",
	} {
		if got := readable(in); got != want {
			t.Errorf("readable(%q) = %q, want %q", in, got, want)
		}
	}
}
