package web

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"strconv"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
)

// robots tells programs that read pages what not to ask: the answers to
// questions, which are without end. Pages of natural persons say noindex
// themselves.
func (s *site) robots(w http.ResponseWriter, r *http.Request) error {
	f := s.frame(r, "", "")
	text := "User-agent: *\nDisallow: /annuaire?\nDisallow: /annuaire.csv\nDisallow: /annuaire.xlsx\nDisallow: /carte?\n" +
		"Disallow: /en/annuaire?\nDisallow: /en/annuaire.csv\nDisallow: /en/annuaire.xlsx\nDisallow: /en/carte?\nDisallow: /api/\n\n" +
		"Sitemap: " + f.BaseURL + "/sitemap.xml\n"
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := w.Write([]byte(text))
	return err
}

// webmanifest lets a phone keep the site among its programs.
func (s *site) webmanifest(w http.ResponseWriter, r *http.Request) error {
	f := s.frame(r, "", "")
	icon, err := s.assets.url("img/icon.svg")
	if err != nil {
		return err
	}
	l := s.words(r)
	body, err := json.Marshal(map[string]any{
		"name": f.Site.Name, "short_name": f.Site.Name, "lang": f.Lang, "start_url": "/", "display": "browser", "description": l.T("home.description"),
		"background_color": "#F3F5F1", "theme_color": "#F3F5F1",
		"icons": []map[string]string{{"src": icon, "type": "image/svg+xml", "sizes": "any", "purpose": "any maskable"}},
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	_, err = w.Write(body)
	return err
}

// favicon answers the address that browsers try first.
func (s *site) favicon(w http.ResponseWriter, r *http.Request) error {
	icon, err := s.assets.url("img/favicon.svg")
	if err != nil {
		return err
	}
	http.Redirect(w, r, icon, http.StatusFound)
	return nil
}

// sitemapPage is how many addresses a page of the sitemap holds: the protocol
// allows 50,000, each here in every language.
const sitemapPage = 10_000

type sitemapIndex struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 sitemapindex"`
	Maps    []sitemapURL `xml:"sitemap"`
}

type sitemapSet struct {
	XMLName xml.Name     `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []sitemapURL `xml:"url"`
}

type sitemapURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

// sitemap lists the parts of the sitemap: the fixed pages, then the
// establishments of each département, ten thousand at a time.
func (s *site) sitemap(w http.ResponseWriter, r *http.Request) error {
	base := s.frame(r, "", "").BaseURL
	index := sitemapIndex{Maps: []sitemapURL{{Loc: base + "/sitemap/pages.xml"}}}
	asOf := string(s.config.Directory.AsOf())
	c, err := s.config.Directory.Counts("")
	if err != nil && !isEmptyHouse(err) {
		return err
	}
	for _, d := range s.config.Places.Departments() {
		n := c.N(directory.ByDepartment, d.Code)
		for i := 0; i*sitemapPage < n; i++ {
			index.Maps = append(index.Maps, sitemapURL{Loc: base + "/sitemap/" + d.Code + "-" + strconv.Itoa(i+1) + ".xml", LastMod: asOf})
		}
	}
	return writeXML(w, index)
}

// sitemapPart lists the addresses of a part of the site: its fixed pages, or
// ten thousand establishments of a département. Natural persons are left
// out.
func (s *site) sitemapPart(w http.ResponseWriter, r *http.Request) error {
	part, ok := strings.CutSuffix(r.PathValue("part"), ".xml")
	if !ok {
		return errNoRoute
	}
	base := s.frame(r, "", "").BaseURL
	var set sitemapSet
	if part == "pages" {
		for _, path := range s.fixedPaths() {
			for _, code := range locale.Codes() {
				set.URLs = append(set.URLs, sitemapURL{Loc: base + hrefIn(code, path)})
			}
		}
		return writeXML(w, set)
	}
	code, page, _ := strings.Cut(part, "-")
	d, ok := s.config.Places.Department(code)
	if !ok {
		return errNoRoute
	}
	return s.sitemapOf(w, base, d.Code, page)
}

func (s *site) sitemapOf(w http.ResponseWriter, base, department, page string) error {
	n, err := strconv.Atoi(page)
	if err != nil || n < 1 {
		return errNoRoute
	}
	q := query.Query{Departments: []string{department}, Page: n, PerPage: sitemapPage, Sort: query.Name}
	found, err := s.config.Directory.Search(q, directory.ByWorld)
	if err != nil {
		return err
	}
	set := sitemapSet{}
	for i := range found.Hits {
		if h := &found.Hits[i]; !h.Natural && h.Mask != directory.MaskedPerson {
			set.URLs = append(set.URLs, sitemapURL{Loc: base + "/entreprises/" + h.SIRET.String(), LastMod: string(found.AsOf)})
		}
	}
	return writeXML(w, set)
}

// fixedPaths lists the pages that do not come from the register.
func (s *site) fixedPaths() []string {
	paths := []string{"/", "/annuaire", "/metiers", "/territoires", "/carte", "/a-propos", "/donnees", "/accessibilite", "/mentions-legales"}
	for _, t := range s.config.Trades.Trades() {
		paths = append(paths, "/metiers/"+t.Slug)
	}
	for _, t := range s.config.Places.Territories() {
		paths = append(paths, "/territoires/"+t.Slug)
	}
	return paths
}

func writeXML(w http.ResponseWriter, v any) error {
	body, err := xml.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml; charset=utf-8")
	_, err = w.Write(append([]byte(xml.Header), body...))
	return err
}
