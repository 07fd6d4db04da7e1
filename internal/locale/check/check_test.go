package check

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"passerelle/internal/locale"
)

func catalogues(t *testing.T) *locale.Catalogues {
	t.Helper()
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The words of the product itself.
func TestWords(t *testing.T) {
	c := catalogues(t)
	for _, f := range Languages(c) {
		t.Error(f)
	}
	uses, err := Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range uses.Faults(c.For("fr")) {
		t.Error(f)
	}
}

func TestRead(t *testing.T) {
	uses, err := Read(fstest.MapFS{
		"web/page.html": {Data: []byte(`{{define "p"}}{{with .X}}{{range .Y}}<p title="{{$.T "a.title"}}">{{t "a.text" "n" 3}}{{else}}{{end}}{{end}}{{end}}
			{{template "p" (dict "label" "b.label")}}{{if eq .W "craft"}}{{.L.T (print "world." .W)}}{{end}}{{(.Lang.For "fr").T "a.deep"}}`)},
		"web/page.go": {Data: []byte(`package web
			import _ "c.path"
			func f(l L) string { return l.T("c.one") + l.T("sector." + x) + g("c.two") }`)},
		"web/page_test.go": {Data: []byte(`package web; func f(l L) string { return l.T("test.only") }`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{
		"a.title": true, "a.text": true, "a.deep": true, "b.label": true, "world.craft": true,
		"c.one": true, "c.two": true, "sector.food.long": true,
		"c.path": false, "test.only": false, "a": false, "a.other": false, "worlds.craft": false,
	} {
		if got := uses.uses(key); got != want {
			t.Errorf("uses(%s) = %v, want %v", key, got, want)
		}
	}
	faults := strings.Join(uses.Faults(catalogues(t).For("fr")), "\n")
	for _, want := range []string{
		"page.html:1:", "a.title is asked for and does not exist",
		"web/page.go:3:", "c.one is asked for",
		"fr.json: nobody asks for unit.near",
	} {
		if !strings.Contains(faults, want) {
			t.Errorf("no %q among the faults:\n%s", want, faults)
		}
	}
	if strings.Contains(faults, "c.two") {
		t.Errorf("a text that is no key is taken for one:\n%s", faults)
	}
}

func TestReadRefusesBrokenTemplates(t *testing.T) {
	if _, err := Read(fstest.MapFS{"a.html": {Data: []byte(`{{if}}`)}}); err == nil {
		t.Error("a broken template was read")
	}
}
