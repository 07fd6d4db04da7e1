package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/db"
	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/lead"
	"passerelle/internal/locale"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// A tradesPage lists the trades by sector.
type tradesPage struct {
	frame
	Crumbs  []crumb
	Q       string
	Sectors []sectorTrades
	Found   int
	All     int
}

// A sectorTrades is a sector with its trades, in the order of their names.
type sectorTrades struct {
	Sector string
	Name   string
	Scene  string
	Total  int
	Path   string
	Trades []tradeLine
}

type tradeLine struct {
	Name, Path string
	N          int
}

func (s *site) trades(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &tradesPage{frame: s.frame(r, "/metiers", l.T("trades.title")), Crumbs: []crumb{{Name: l.T("nav./metiers")}}, Q: strings.TrimSpace(r.URL.Query().Get("q"))}
	p.Description = l.T("trades.description")
	p.NoIndex = p.Q != ""
	c, err := s.config.Directory.Counts("")
	if err != nil && !isEmptyHouse(err) {
		return err
	}
	all := s.config.Trades.Trades()
	p.All = len(all)
	for _, sector := range trade.Sectors {
		group := sectorTrades{Sector: string(sector), Name: l.T("sector." + string(sector)), Scene: sectorScene[sector], Total: c.N(directory.BySector, string(sector)), Path: "/annuaire?sector=" + string(sector)}
		for _, t := range all {
			if t.Sector == sector && tradeMatches(t, p.Q) {
				group.Trades = append(group.Trades, tradeLine{Name: nameOfTrade(l, t), Path: "/metiers/" + t.Slug, N: c.N(directory.ByTrade, t.Slug)})
			}
		}
		slices.SortFunc(group.Trades, func(a, b tradeLine) int { return locale.Compare(a.Name, b.Name) })
		p.Found += len(group.Trades)
		if len(group.Trades) > 0 {
			p.Sectors = append(p.Sectors, group)
		}
	}
	return s.show(w, http.StatusOK, "trade/trades", p)
}

// tradeMatches reports whether each word of q begins a word that people use
// for a trade.
func tradeMatches(t trade.Trade, q string) bool {
	asked := fold.Words(q)
	if len(asked) == 0 {
		return true
	}
	words := fold.Words(t.Name + " " + t.NameEN + " " + strings.Join(t.Words, " ") + " " + strings.Join(t.NAFA, " "))
	for _, a := range asked {
		if !slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, a) }) {
			return false
		}
	}
	return true
}

// A tradePage says what a trade is and who practises it.
type tradePage struct {
	frame
	Crumbs  []crumb
	Slug    string
	Name    string
	Sector  *link
	Scene   string
	Words   []string
	Codes   []codeLine
	Total   int
	Path    string // of all its firms
	Near    string
	Wrong   string
	Around  string // "autour d'Isbergues"
	N       int    // within nearKm of it
	Nearest string
	Firms   []entry
	Pane    *pane
	Bars    []bar
	Others  []link // of the same sector, with as many firms
	Notes   notesHere
}

// A codeLine is a code by which registers know a trade.
type codeLine struct{ Nomenclature, Code, Label string }

// A bar is a line of a plot: a name, a number, and the width of its bar.
type bar struct {
	Name, Path string
	N          int
	Width      float64 // of 300
	Y          int
	World      string
}

// nearKm is the distance, in kilometres, that a trade page calls near.
const nearKm = 20

func (s *site) trade(w http.ResponseWriter, r *http.Request) error {
	t, ok := s.config.Trades.Trade(r.PathValue("slug"))
	if !ok {
		return fmt.Errorf("trade %q: %w", r.PathValue("slug"), db.ErrNotFound)
	}
	l := s.words(r)
	name := nameOfTrade(l, t)
	p := &tradePage{frame: s.frame(r, "/metiers", name), Slug: t.Slug, Name: name, Scene: sceneFor(t), Words: t.Words, Path: "/annuaire?trade=" + t.Slug}
	p.Crumbs = []crumb{{l.T("nav./metiers"), "/metiers"}, {Name: name}}
	p.Description = l.T("trade.description", "name", name)
	p.Sector = &link{l.T("sector." + string(t.Sector)), "/metiers#" + string(t.Sector)}
	p.Codes = s.codes(l, t)
	p.Near = strings.TrimSpace(r.URL.Query().Get("near"))
	p.NoIndex = p.Near != ""
	var err error
	if p.Notes, err = s.notesAbout(r, lead.NoteFilter{Trade: t.Slug}, url.Values{"metier": {t.Slug}}); err != nil {
		return err
	}
	c, err := s.config.Directory.Counts("")
	if isEmptyHouse(err) {
		return s.show(w, http.StatusOK, "trade/trade", p)
	}
	if err != nil {
		return err
	}
	p.Total = c.N(directory.ByTrade, t.Slug)
	if err := s.practised(l, p, t); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "trade/trade", p)
}

// practised finds who practises a trade: near the place asked for, else
// anywhere, and in which territories.
func (s *site) practised(l *locale.Language, p *tradePage, t trade.Trade) error {
	v := url.Values{"trade": {t.Slug}, "per_page": {"8"}}
	if p.Near != "" {
		v.Set("near", p.Near)
		v.Set("radius_km", fmt.Sprint(nearKm))
	}
	q, err := query.Parse(v, s.config.Directory.Terms())
	var wrong *query.ParamError
	if errors.As(err, &wrong) && wrong.Param == "near" {
		p.Wrong = l.T("directory.no_commune", "name", wrong.Value)
		v.Del("near")
		q, err = query.Parse(v, s.config.Directory.Terms())
	}
	if err != nil {
		return err
	}
	found, err := s.config.Directory.Search(q, directory.ByTerritory)
	if err != nil {
		return err
	}
	p.Firms = s.entries(l, found.Hits, 1)
	if q.Near != nil {
		c, _ := s.config.Places.Commune(q.NearCommune)
		p.Near, p.Around = c.Name, ofPlace(l, c.Name)
		if found.WidenedTo == 0 {
			p.N = found.Total
		}
		if len(p.Firms) > 0 {
			p.Nearest = l.T("trade.nearest", "place", p.Firms[0].Place, "km", l.Distance(p.Firms[0].Distance))
		}
		v.Del("per_page")
		p.Path = "/annuaire?" + v.Encode()
		p.Pane = s.outlines.paneOf(p.Firms, &q, min(nearKm*1000, max(q.Radius, found.WidenedTo)))
	}
	all, err := s.config.Directory.Search(query.Query{Trades: []string{t.Slug}, PerPage: 1}, directory.ByTerritory)
	if err != nil {
		return err
	}
	n := make(map[string]int)
	for _, c := range all.Facets[directory.ByTerritory] {
		n[c.Value] = c.N
	}
	p.Bars = s.territoryBars(n, "/annuaire?trade="+t.Slug+"&territory=")
	return nil
}

// territoryBars draws numbers by territory, largest first.
func (s *site) territoryBars(n map[string]int, path string) []bar {
	var out []bar
	for _, t := range s.config.Places.Territories() {
		if n[t.Slug] > 0 {
			out = append(out, bar{Name: t.Name, Path: path + t.Slug, N: n[t.Slug]})
		}
	}
	return barred(out)
}

// barred gives bars their widths and lines.
func barred(bars []bar) []bar {
	slices.SortStableFunc(bars, func(a, b bar) int { return cmp.Compare(b.N, a.N) })
	for i := range bars {
		bars[i].Width = round1(300 * float64(bars[i].N) / float64(bars[0].N))
		bars[i].Y = i * 34
	}
	return bars
}

func (s *site) codes(l *locale.Language, t trade.Trade) []codeLine {
	var out []codeLine
	for _, code := range t.NAFA {
		c, _ := s.config.Trades.ByNAFA(code)
		out = append(out, codeLine{l.T("trade.nafa"), code, c.Label})
	}
	for _, code := range t.NAF {
		label, _ := s.config.Trades.NAFLabel(code)
		out = append(out, codeLine{l.T("trade.naf"), code, label})
	}
	for _, code := range t.NAF25 {
		label, _ := s.config.Trades.NAF25Label(code)
		out = append(out, codeLine{l.T("trade.naf25"), code, label})
	}
	for _, code := range t.ROME {
		label, _ := s.config.Trades.ROMELabel(code)
		out = append(out, codeLine{l.T("trade.rome"), code, label})
	}
	return out
}

// A territoriesPage lists the territories of the house.
type territoriesPage struct {
	frame
	Crumbs      []crumb
	Territories []territoryLine
	Map         drawing
}

func (s *site) territories(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &territoriesPage{frame: s.frame(r, "/territoires", l.T("territories.title")), Crumbs: []crumb{{Name: l.T("nav./territoires")}}}
	p.Description = l.T("territories.description")
	c, err := s.config.Directory.Counts("")
	if err != nil && !isEmptyHouse(err) {
		return err
	}
	p.Territories = s.territoryLines(c)
	p.Map = s.outlines.territories().counted(func(slug string) int { return c.N(directory.ByTerritory, slug) })
	return s.show(w, http.StatusOK, "territory/territories", p)
}

// A territoryPage shows one territory: its figures, its outline, its trades
// and families.
type territoryPage struct {
	frame
	Crumbs             []crumb
	Slug, Name         string
	Department         string
	Population         int
	Communes           int
	Craft, ESS, Both   int
	Total              int
	Map                drawing
	Sectors, Families  []bar
	Wall, Beach        []stone
	Towns              []townLine
	Near               string // its most populous commune, an example for the form
	Path               string
	CraftPath, ESSPath string
}

// A townLine is a commune of a territory, with its establishments.
type townLine struct {
	Name, Path string
	Population int
	N          int
}

func (s *site) territory(w http.ResponseWriter, r *http.Request) error {
	t, ok := s.config.Places.Territory(r.PathValue("slug"))
	if !ok {
		return fmt.Errorf("territory %q: %w", r.PathValue("slug"), db.ErrNotFound)
	}
	l := s.words(r)
	p := &territoryPage{frame: s.frame(r, "/territoires", t.Name), Slug: t.Slug, Name: t.Name, Population: t.Population, Communes: len(t.Communes)}
	p.Crumbs = []crumb{{l.T("nav./territoires"), "/territoires"}, {Name: t.Name}}
	p.Description = l.T("territory.description", "name", t.Name)
	p.Path = "/annuaire?territory=" + t.Slug
	p.CraftPath, p.ESSPath = p.Path+"&world=craft", p.Path+"&world=ess"
	d, _ := s.config.Places.Department(t.Department)
	p.Department = d.Name
	c, err := s.config.Directory.Counts(t.Slug)
	if err != nil && !isEmptyHouse(err) {
		return err
	}
	p.Total, p.Craft, p.ESS, p.Both = c.Total, c.N(directory.ByWorld, "craft"), c.N(directory.ByWorld, "ess"), c.N(directory.ByWorld, "both")
	p.Map = s.outlines.communes(t).counted(func(code string) int { return c.N(directory.ByCommune, code) })
	for _, sector := range trade.Sectors {
		if n := c.N(directory.BySector, string(sector)); n > 0 {
			p.Sectors = append(p.Sectors, bar{Name: l.T("sector." + string(sector)), Path: p.Path + "&sector=" + string(sector), N: n, World: "craft"})
		}
	}
	for _, f := range trade.Families {
		if n := c.N(directory.ByFamily, string(f)); n > 0 {
			p.Families = append(p.Families, bar{Name: l.T("family." + string(f)), Path: p.Path + "&family=" + string(f), N: n, World: "ess"})
		}
	}
	p.Sectors, p.Families = barred(p.Sectors), barred(p.Families)
	if c.Total > 0 {
		p.Wall = within(s.wall(l, c), t.Slug)
	}
	p.Towns = s.towns(t, c)
	if len(p.Towns) > 0 {
		p.Near = p.Towns[0].Name
	}
	return s.show(w, http.StatusOK, "territory/territory", p)
}

// within turns the links of a wall to the firms of a territory.
func within(wall []stone, territory string) []stone {
	for i := range wall {
		wall[i].Path = "/annuaire?territory=" + territory + "&trade=" + strings.TrimPrefix(wall[i].Path, "/metiers/")
	}
	return wall
}

// townCount is how many communes a territory's page lists.
const townCount = 12

// towns lists the communes with the most establishments; without a register,
// those with the most inhabitants.
func (s *site) towns(t place.Territory, c directory.Counts) []townLine {
	var out []townLine
	for _, code := range t.Communes {
		town, _ := s.config.Places.Commune(code)
		out = append(out, townLine{Name: town.Name, Path: "/annuaire?commune=" + code, Population: town.Population, N: c.N(directory.ByCommune, code)})
	}
	slices.SortStableFunc(out, func(a, b townLine) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(b.Population, a.Population))
	})
	return out[:min(len(out), townCount)]
}
