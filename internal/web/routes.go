package web

import (
	"io/fs"
	"net/http"

	"passerelle/internal/locale"
	"passerelle/internal/sheet"
)

// pages hangs the pages on mux. Each is at its French address and, in every
// other language, at the same address behind the language's code.
func (s *Server) pages(mux *http.ServeMux) error {
	p, err := newSite(s)
	if err != nil {
		return err
	}
	s.errorPage = p.errorPage
	for path, h := range map[string]handler{
		"/{$}":                 p.home,
		"/annuaire":            p.directory,
		"/entreprises/{siret}": p.establishment,
		"/carte":               p.wholeMap,
		"/a-propos":            p.text("about/about", "about.title", "about.description"),
		"/mentions-legales":    p.text("about/legal", "legal.title", "legal.description"),
		"/accessibilite":       p.text("about/accessibility", "accessibility.title", "accessibility.description"),
		"/donnees":             p.data,
		"/metiers":             p.trades,
		"/metiers/{slug}":      p.trade,
		"/territoires":         p.territories,
		"/territoires/{slug}":  p.territory,
		"/annuaire.csv":        p.export("text/csv; charset=utf-8", ".csv", func(w http.ResponseWriter, t sheet.Table) error { return sheet.WriteCSV(w, t) }),
		"/annuaire.xlsx":       p.export("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", func(w http.ResponseWriter, t sheet.Table) error { return sheet.WriteXLSX(w, t) }),
	} {
		p.hang(mux, path, h)
	}
	files, err := fs.Sub(assetFiles, "assets")
	if err != nil {
		return err
	}
	for path, h := range map[string]handler{
		"/robots.txt": p.robots, "/site.webmanifest": p.webmanifest, "/favicon.ico": p.favicon,
		"/sitemap.xml": p.sitemap, "/sitemap/{part}": p.sitemapPart,
	} {
		mux.Handle("GET "+path, s.handle(h))
	}
	mux.Handle("GET /carte/communes.json", s.handle(p.communeShapes))
	mux.Handle("GET /assets/", s.handle(p.asset(files)))
	return nil
}

// newSite reads what the pages are made from.
func newSite(s *Server) (*site, error) {
	a, err := loadAssets(assetFiles)
	if err != nil {
		return nil, err
	}
	t, err := loadTemplates(s.config.Catalogues, a)
	if err != nil {
		return nil, err
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return &site{Server: s, assets: a, templates: t, outlines: newOutlines(s.config.Places)}, nil
}

// hang puts a page at its address in every language.
func (s *site) hang(mux *http.ServeMux, path string, h handler) {
	codes := locale.Codes()
	mux.Handle("GET "+path, s.handle(h))
	for _, code := range codes[1:] {
		if path == "/{$}" {
			mux.Handle("GET /"+code, s.handle(h))
			mux.Handle("GET /"+code+"/{$}", s.handle(h))
			continue
		}
		mux.Handle("GET /"+code+path, s.handle(h))
	}
}

// asset serves a built file, which never changes under its name.
func (s *site) asset(files fs.FS) handler {
	server := http.StripPrefix("/assets/", http.FileServerFS(files))
	known := make(map[string]bool)
	for _, file := range s.assets {
		known[file] = true
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		if !known[r.URL.Path[len("/assets/"):]] {
			if _, err := fs.Stat(files, r.URL.Path[len("/assets/"):]); err != nil || r.URL.Path == "/assets/" {
				return errNoRoute
			}
		}
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		server.ServeHTTP(w, r)
		return nil
	}
}
