package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/locale"
	"passerelle/internal/place"
)

// A mapPage is the map of everything: drawn by the server as territories with
// their numbers, and by the script as points that the server gathers for each
// view.
type mapPage struct {
	frame
	Crumbs      []crumb
	Deck        deck
	DeckError   string
	Active      []activeFilter
	Worlds      []worldLink
	Total       int
	Map         drawing
	Territories []territoryLine
	ListPath    string
	MapData     mapData
}

// A mapData is what the script of the map reads from its element.
type mapData struct {
	Query  string // of /api/v1/map, without its view
	List   string // address of the list, whose view the script completes
	Tiles  string // address of the base map's tiles, empty without one
	Credit string
	Shapes string  // address of the communes' outlines
	Box    string  // south,west,north,east to begin with
	Ring   string  // lat,lon,metres of the radius asked for
	Land   drawing // what is drawn without the script
}

// The base map of the IGN, whose tiles are free to use with their name.
const (
	ignTiles  = "https://data.geopf.fr/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal&FORMAT=image/png&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
	ignCredit = "© IGN, Plan IGN"
	noTiles   = "none"
)

func (s *site) wholeMap(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return &query.ParamError{Param: "?", Value: cut(r.URL.RawQuery, 40), Key: "value"}
	}
	p := &mapPage{frame: s.frame(r, "/carte", l.T("map.title")), Crumbs: []crumb{{Name: l.T("nav./carte")}}}
	p.Description = l.T("map.description")
	p.Deck = deck{Action: "/carte", Q: v.Get("q"), Near: v.Get("near"), Radius: v.Get("radius_km"), Radii: radii}
	status := http.StatusOK
	q, err := query.Parse(v, s.config.Directory.Terms())
	var wrong *query.ParamError
	if errors.As(err, &wrong) && wrong.Param == "near" {
		status, p.DeckError = http.StatusBadRequest, l.T("directory.no_commune", "name", wrong.Value)
		v.Del("near")
		q, err = query.Parse(v, s.config.Directory.Terms())
	}
	if err != nil {
		return err
	}
	p.NoIndex = q.Filtered()
	q.Page, q.PerPage = 1, 1
	found, err := s.config.Directory.Search(q, directory.ByWorld, directory.ByTerritory)
	if err != nil && !isEmptyHouse(err) {
		return err
	}
	q.PerPage = query.DefaultPerPage
	here := func(q query.Query) string {
		v := q.Values()
		v.Del("view")
		if len(v) == 0 {
			return "/carte"
		}
		return "/carte?" + v.Encode()
	}
	if p.DeckError == "" {
		p.Deck = s.deckOf(&q)
		p.Deck.Action = "/carte"
	}
	p.Total = found.Total
	p.Worlds = worldLinks(l, &q, &found, here)
	p.Active = s.active(l, &q, here)
	p.ListPath = directoryPath(q, "list")
	n := make(map[string]int)
	for _, c := range found.Facets[directory.ByTerritory] {
		n[c.Value] = c.N
	}
	p.Map = s.outlines.territories().counted(func(slug string) int { return n[slug] })
	for _, t := range s.config.Places.Territories() {
		p.Territories = append(p.Territories, territoryLine{Slug: t.Slug, Name: t.Name, Population: t.Population, Total: n[t.Slug]})
	}
	p.MapData = s.mapData(l, &q)
	p.MapData.Land = p.Map
	p.Styles, p.Scripts = []string{"css/map.css"}, []string{"js/map.js"}
	return s.show(w, status, "map/map", p)
}

// mapData tells the script of a map what to ask and where to look.
func (s *site) mapData(l *locale.Language, q *query.Query) mapData {
	d := mapData{Shapes: "/carte/communes.json", Tiles: s.config.Instance.Tiles, Credit: s.config.Instance.Credit}
	switch d.Tiles {
	case "":
		d.Tiles, d.Credit = ignTiles, cmp.Or(d.Credit, ignCredit)
	case noTiles:
		d.Tiles = ""
	}
	asked := *q
	asked.Box, asked.Near, asked.NearCommune, asked.Radius, asked.Sort, asked.Page, asked.PerPage = nil, nil, "", 0, "", 1, 0
	d.Query = asked.Values().Encode()
	d.List = hrefIn(l.Code(), "/annuaire") + "?" + d.Query
	box, ok := s.landBox()
	switch {
	case q.Box != nil:
		box, ok = *q.Box, true
	case q.Near != nil:
		radius := cmp.Or(q.Radius, 15_000)
		box, ok = geo.Around(*q.Near, radius), true
		d.Ring = strings.Join([]string{degrees(q.Near.Lat), degrees(q.Near.Lon), strconv.Itoa(int(radius))}, ",")
	}
	if ok {
		d.Box = strings.Join([]string{degrees(box.South), degrees(box.West), degrees(box.North), degrees(box.East)}, ",")
	}
	d.Land = s.outlines.territories()
	return d
}

func degrees(f float64) string { return strconv.FormatFloat(f, 'f', 5, 64) }

// landBox returns the box of what the house covers: its territories when the
// register is of their département alone, else every commune of the register.
func (s *site) landBox() (geo.Box, bool) {
	departments := s.config.Directory.Meta().Departments
	var box geo.Box
	var ok bool
	add := func(b geo.Box) {
		if ok {
			b = union(box, b)
		}
		box, ok = b, true
	}
	for _, t := range s.config.Places.Territories() {
		if len(departments) == 0 || slices.Contains(departments, t.Department) {
			add(t.Box)
		}
	}
	if len(departments) <= 1 && ok {
		return box, ok
	}
	for _, c := range s.config.Places.Communes() {
		if slices.Contains(departments, c.Department) && len(c.Department) == 2 {
			add(geo.Box{South: c.Centre.Lat, North: c.Centre.Lat, West: c.Centre.Lon, East: c.Centre.Lon})
		}
	}
	return box, ok
}

// A shapes is the communes' outlines as the script of the map reads them,
// small enough for a phone: longitudes and latitudes in thousandths of a
// degree, each ring as a first point and differences.
type shapes struct {
	Communes    []shape `json:"communes"`
	Territories []shape `json:"territories"`
}

// A shape is a name, where it stands, how many live there, and its outline.
type shape struct {
	Code   string  `json:"c"`
	Name   string  `json:"n"`
	People int     `json:"p"`
	At     [2]int  `json:"a"` // longitude, latitude
	Rings  [][]int `json:"r,omitempty"`
}

// communeShapes answers with the outlines of the communes that the register
// covers. Beyond a few départements the phone would carry megabytes: only the
// towns remain, as names.
func (s *site) communeShapes(w http.ResponseWriter, _ *http.Request) error {
	departments := s.config.Directory.Meta().Departments
	if len(departments) == 0 {
		for _, t := range s.config.Places.Territories() {
			if !slices.Contains(departments, t.Department) {
				departments = append(departments, t.Department)
			}
		}
	}
	body, err := s.outlines.shapesOf(departments)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "public, max-age=86400")
	_, err = w.Write(body)
	return err
}

// Bounds of the outlines sent: départements drawn commune by commune, and the
// population from which a town elsewhere is named.
const (
	drawnDepartments = 4
	namedTown        = 15_000
)

func (o *outlines) shapesOf(departments []string) ([]byte, error) {
	key := strings.Join(departments, ",")
	if b, ok := o.shapes.Load(key); ok {
		return b.([]byte), nil
	}
	out := shapes{Communes: []shape{}, Territories: []shape{}}
	drawn := len(departments) <= drawnDepartments
	for _, c := range o.places.Communes() {
		inside := slices.Contains(departments, c.Department)
		if !inside && c.Population < namedTown || inside && !drawn && c.Population < namedTown/3 {
			continue
		}
		one := shape{Code: c.Code, Name: c.Name, People: c.Population, At: thousandths(c.Centre)}
		if inside && drawn {
			if outline, ok := o.places.Contour(c.Code); ok {
				one.Rings = deltas(outline)
			}
		}
		out.Communes = append(out.Communes, one)
	}
	for _, t := range o.places.Territories() {
		if outline, ok := o.places.Outline(t.Slug); ok && slices.Contains(departments, t.Department) {
			out.Territories = append(out.Territories, shape{Code: t.Slug, Name: t.Name, People: t.Population, At: thousandths(o.heart(t)), Rings: deltas(outline)})
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	o.shapes.Store(key, b)
	return b, nil
}

func thousandths(p geo.Point) [2]int { return [2]int{int(p.Lon * 1000), int(p.Lat * 1000)} }

func deltas(c place.Contour) [][]int {
	var out [][]int
	for _, ring := range c.Rings {
		var line []int
		var before [2]int
		for _, p := range ring {
			at := [2]int{round(p.Lon * 1000), round(p.Lat * 1000)}
			line = append(line, at[0]-before[0], at[1]-before[1])
			before = at
		}
		out = append(out, line)
	}
	return out
}

func round(f float64) int {
	if f < 0 {
		return int(f - 0.5)
	}
	return int(f + 0.5)
}
