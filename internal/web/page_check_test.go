package web

import (
	"html/template"
	"reflect"
	"strings"
	"testing"
)

func TestTemplatesAreCheckedAgainstTheirStructs(t *testing.T) {
	tests := []struct{ text, want string }{
		{`{{.Name}} {{range .Crumbs}}{{.Path}}{{end}}{{with .Trade}}{{.Name}}{{end}}`, ""},
		{`{{range $i, $c := .Crumbs}}{{$i}}{{$c.Path}}{{$.Name}}{{end}}`, ""},
		{`{{define "part"}}{{.Path}}{{end}}{{range .Crumbs}}{{template "part" .}}{{end}}`, ""},
		{`{{.English}}`, ""}, // a method
		{`{{.Nam}}`, "a web.establishmentPage has no .Nam"},
		{`{{if .Name}}{{else}}{{.Trade.Nom}}{{end}}`, "a web.link has no .Nom"},
		{`{{range .Crumbs}}{{.Href}}{{end}}`, "a web.crumb has no .Href"},
		{`{{range $i, $c := .Crumbs}}{{$c.Href}}{{end}}`, "a web.crumb has no .Href"},
		{`{{print (len .Crumbz)}}`, "a web.establishmentPage has no .Crumbz"},
		{`{{define "part"}}{{.Href}}{{end}}{{range .Crumbs}}{{template "part" .}}{{end}}`, "a web.crumb has no .Href"},
		{`{{template "lost" .}}`, `there is no template "lost"`},
	}
	for _, test := range tests {
		tmpl, err := template.New("page").Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		c := checker{root: tmpl, seen: make(map[string]bool)}
		err = c.template("page", reflect.TypeFor[*establishmentPage]())
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: got %v", test.text, err)
		case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: got %v, want %s", test.text, err, test.want)
		}
	}
}
