package web

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"

	"passerelle/internal/clock"
	"passerelle/internal/locale"
	"passerelle/internal/trade"
)

//go:embed all:templates
var templateFiles embed.FS

//go:embed all:assets
var assetFiles embed.FS

// errNoAssets says that the program was built before its styles were.
var errNoAssets = errors.New("the styles and scripts are not built into this program: run make assets, then build it again")

// assets are the files that styles and scripts became, by the names pages ask
// for: css/passerelle.css is passerelle-XGVH3JFN.css.
type assets map[string]string

func loadAssets(files fs.FS) (assets, error) {
	text, err := fs.ReadFile(files, "assets/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoAssets
	}
	if err != nil {
		return nil, fmt.Errorf("read the list of assets: %w", err)
	}
	a := make(assets)
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, fmt.Errorf("read the list of assets: %w", err)
	}
	for name, file := range a {
		if _, err := fs.Stat(files, "assets/"+file); err != nil {
			return nil, fmt.Errorf("asset %s: %w", name, err)
		}
	}
	return a, nil
}

// url returns the address of an asset.
func (a assets) url(name string) (string, error) {
	file, ok := a[name]
	if !ok {
		return "", fmt.Errorf("there is no asset %q; make assets builds them", name)
	}
	return "/assets/" + file, nil
}

// A frame is what every page has around its own content. Page structs embed
// it.
type frame struct {
	Lang        string
	Title       string // of the window; the site's name is added
	Description string
	Path        string // in French, with its query: /annuaire?q=pain
	Current     string // the entry of the menu one is in
	NoIndex     bool
	Site        Instance
	BaseURL     string
	AsOf        clock.Day
	Loaded      bool     // a register is served
	Styles      []string // beside the common ones
	Scripts     []string // beside the common ones
}

func (f *frame) around() *frame { return f }

// A page is a page struct: it embeds a frame.
type page interface{ around() *frame }

// templates are the pages' templates by language, then by name:
// "home/home" is templates/home/home.html within templates/layout.
type templates map[string]map[string]*template.Template

// loadTemplates reads the templates once for each language, so that a
// template needs not carry its language along.
func loadTemplates(c *locale.Catalogues, a assets) (templates, error) {
	files, err := fs.Sub(templateFiles, "templates")
	if err != nil {
		return nil, err
	}
	drawn, err := loadArt(files)
	if err != nil {
		return nil, err
	}
	all := make(templates)
	for _, code := range locale.Codes() {
		l := c.For(code)
		base, err := template.New("base").Funcs(functions(l, a, drawn)).Option("missingkey=error").ParseFS(files, "layout/*.html")
		if err != nil {
			return nil, fmt.Errorf("read the templates of the layout: %w", err)
		}
		all[code] = make(map[string]*template.Template)
		pages, err := fs.Glob(files, "*/*.html")
		if err != nil {
			return nil, err
		}
		for _, file := range pages {
			if path.Dir(file) == "layout" {
				continue
			}
			t, err := base.Clone()
			if err != nil {
				return nil, err
			}
			if t, err = t.ParseFS(files, file); err != nil {
				return nil, fmt.Errorf("read the template %s: %w", file, err)
			}
			all[code][strings.TrimSuffix(file, ".html")] = t
		}
	}
	return all, nil
}

// functions are what templates of a language may call.
func functions(l *locale.Language, a assets, drawn *art) template.FuncMap {
	f := template.FuncMap{
		"t":     l.T,
		"num":   func(n int) string { return l.Number(int64(n)) },
		"dec":   func(f float64) string { return l.Decimal(f, 1) },
		"km":    l.Distance,
		"day":   l.Day,
		"month": func(d clock.Day) string { return monthOf(l, d) },
		"lang":  l.Code,
		"href":  func(p string) string { return hrefIn(l.Code(), p) },
		"other": func(p string) string { return hrefIn(otherLanguage(l.Code()), p) },
		"asset": a.url,
		"size":  func(code string) string { return trade.SizeLabel(code, l.Code()) },
		"or_todo": func(s string) string {
			if strings.TrimSpace(s) == "" {
				return l.T("common.todo")
			}
			return s
		},
		"add":    func(a float64, b int) float64 { return a + float64(b) },
		"list":   func(s ...string) []string { return s },
		"inputs": func(i ...input) []input { return i },
		"moment": l.Moment,
		"dict":   dict,
		"tel":    func(s string) string { return "tel:" + strings.Join(strings.Fields(s), "") },
	}
	maps.Copy(f, drawn.functions())
	return f
}

// dict makes the argument of a partial template from names and values.
func dict(pairs ...any) (map[string]any, error) {
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// hrefIn returns the address, in a language, of the page whose French address
// is p.
func hrefIn(code, p string) string {
	if code == locale.Codes()[0] || !strings.HasPrefix(p, "/") {
		return p
	}
	if p == "/" {
		return "/" + code
	}
	return "/" + code + p
}

func otherLanguage(code string) string {
	codes := locale.Codes()
	return codes[(slices.Index(codes, code)+1)%len(codes)]
}

// monthOf writes a day as a month and its year, as evidence needs it: nov. 2026.
func monthOf(l *locale.Language, d clock.Day) string {
	t := d.Time()
	if t.IsZero() {
		return ""
	}
	return l.T(monthKeys[t.Month()-1], "year", fmt.Sprint(t.Year()))
}

var monthKeys = [...]string{
	"month.1", "month.2", "month.3", "month.4", "month.5", "month.6",
	"month.7", "month.8", "month.9", "month.10", "month.11", "month.12",
}

// execute writes a page in its language.
func (t templates) execute(w io.Writer, name string, p page) error {
	tmpl, ok := t[p.around().Lang][name]
	if !ok {
		return fmt.Errorf("there is no template %q in %q", name, p.around().Lang)
	}
	if err := tmpl.ExecuteTemplate(w, "page", p); err != nil {
		return fmt.Errorf("fill the page %s: %w", name, err)
	}
	return nil
}

// A site is the pages of a Server.
type site struct {
	*Server
	assets    assets
	templates templates
	outlines  *outlines
}

// language returns the language a request asks for and its path in French.
func language(r *http.Request) (code, path string) {
	path = r.URL.Path
	for _, code := range locale.Codes()[1:] {
		if rest, ok := strings.CutPrefix(path, "/"+code); ok && (rest == "" || rest[0] == '/') {
			return code, "/" + strings.TrimPrefix(rest, "/")
		}
	}
	return locale.Codes()[0], path
}

// words returns the language of a request.
func (s *site) words(r *http.Request) *locale.Language {
	code, _ := language(r)
	return s.config.Catalogues.For(code)
}

// frame begins a page.
func (s *site) frame(r *http.Request, current, title string) frame {
	code, path := language(r)
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	f := frame{
		Lang: code, Title: title, Path: path, Current: current, Site: s.config.Instance,
		Loaded: s.config.Directory.Ready(), AsOf: s.config.Directory.AsOf(),
	}
	if s.config.BaseURL != nil {
		f.BaseURL = strings.TrimSuffix(s.config.BaseURL.String(), "/")
	}
	if f.Site.Name == "" {
		f.Site.Name = "Passerelle"
	}
	return f
}

// show answers with a page. It writes nothing when it fails.
func (s *site) show(w http.ResponseWriter, status int, name string, p page) error {
	var b bytes.Buffer
	if err := s.templates.execute(&b, name, p); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.around().Lang)
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-cache")
	}
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

// English returns the address of the page in English.
func (f *frame) English() string { return hrefIn("en", f.Path) }
