package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

// A listAnswer is the answer to a question. It writes itself (api_json.go);
// listAnswerShape is what it writes.
type listAnswer struct {
	query  query.Query
	result directory.Result
	places *place.Atlas
	trades *trade.Table
}

// A listAnswerShape is the JSON of a listAnswer.
type listAnswerShape struct {
	Total     int          `json:"total" doc:"Number of establishments that answer"`
	Page      int          `json:"page"`
	PerPage   int          `json:"per_page"`
	WidenedTo *float64     `json:"widened_to_km" doc:"The radius within which something was found, when nothing was within the one asked for"`
	AsOf      day          `json:"as_of" doc:"Date of the register"`
	Facets    facetsRecord `json:"facets"`
	Results   []listRecord `json:"results"`
}

// A facetsRecord counts the answers by value; the count of a dimension leaves
// its own filter out. Closed vocabularies are whole, with their zeros.
type facetsRecord struct {
	World     map[string]int `json:"world"`
	Sector    map[string]int `json:"sector"`
	Family    map[string]int `json:"family"`
	Territory map[string]int `json:"territory"`
}

func (a *listAnswer) shape() listAnswerShape {
	out := listAnswerShape{
		Total: a.result.Total, Page: a.query.Page, PerPage: a.query.PerPage, AsOf: a.result.AsOf,
		Facets: facetsOf(&a.result, a.places), Results: make([]listRecord, 0, len(a.result.Hits)),
	}
	if a.result.WidenedTo > 0 {
		out.WidenedTo = ptr(inKm(a.result.WidenedTo))
	}
	for i := range a.result.Hits {
		out.Results = append(out.Results, listRecordOf(&a.result.Hits[i], a.places, a.trades))
	}
	return out
}

func facetsOf(r *directory.Result, places *place.Atlas) facetsRecord {
	var slugs []string
	for _, t := range places.Territories() {
		slugs = append(slugs, t.Slug)
	}
	return facetsRecord{
		World:     countsInto(zeros(worlds()), r.Facets[directory.ByWorld]),
		Sector:    countsInto(zeros(trade.Sectors), r.Facets[directory.BySector]),
		Family:    countsInto(zeros(trade.Families), r.Facets[directory.ByFamily]),
		Territory: countsInto(zeros(slugs), r.Facets[directory.ByTerritory]),
	}
}

// worlds are the values of the facet of worlds.
func worlds() []query.World { return []query.World{query.Craft, query.ESS} }

func zeros[S ~string](vocabulary []S) map[string]int {
	m := make(map[string]int, len(vocabulary))
	for _, s := range vocabulary {
		m[string(s)] = 0
	}
	return m
}

// countsInto adds counts to a vocabulary that is closed.
func countsInto(m map[string]int, counts []directory.Count) map[string]int {
	for _, c := range counts {
		if _, ok := m[c.Value]; ok {
			m[c.Value] = c.N
		}
	}
	return m
}

type nearbyAnswer struct {
	AsOf    day          `json:"as_of"`
	Results []listRecord `json:"results" doc:"Nearest first"`
}

type mapAnswer struct {
	Total    int             `json:"total" doc:"Establishments in the view"`
	AsOf     day             `json:"as_of"`
	Zoom     int             `json:"zoom" doc:"The level the spots are made for: the one asked for, or a lower one for a view too wide for it"`
	Clusters []clusterRecord `json:"clusters"`
}

type clusterRecord struct {
	Lat   float64   `json:"lat"`
	Lon   float64   `json:"lon"`
	Count int       `json:"count"`
	Craft int       `json:"craft"`
	ESS   int       `json:"ess"`
	BBox  []float64 `json:"bbox" doc:"south, west, north, east of its members"`
	SIRET *string   `json:"siret" doc:"When it is one establishment"`
	Name  *string   `json:"name"`
}

type tradesAnswer struct {
	Total   int              `json:"total"`
	Results []tradeLongEntry `json:"results"`
}

type tradeLongEntry struct {
	Slug           string   `json:"slug"`
	Name           string   `json:"name"`
	Sector         string   `json:"sector" enum:"food,building,making,services"`
	NAFA           []string `json:"nafa"`
	NAF            []string `json:"naf"`
	ROME           []string `json:"rome"`
	Establishments int      `json:"establishments" doc:"Number in the register served"`
}

func (s *Server) apiTrades(_ *http.Request, v url.Values) (any, error) {
	counts, err := s.config.Directory.Counts("")
	if err != nil && !isEmptyHouse(err) {
		return nil, err
	}
	sector := v.Get("sector")
	if all := paramNamed("sector").Accepted; sector != "" && !slices.Contains(all, sector) {
		return nil, &query.ParamError{Param: "sector", Value: cut(sector, 40), Accepted: all, Nearest: fold.Nearest(cut(sector, 40), all), Key: "value"}
	}
	keep := func(t *trade.Trade) bool {
		return (sector == "" || string(t.Sector) == sector) &&
			hasCode(t.NAFA, v.Get("nafa")) && hasCode(t.NAF, v.Get("naf")) && hasCode(t.ROME, v.Get("rome")) &&
			hasWords(t, v.Get("q"))
	}
	a := tradesAnswer{Results: []tradeLongEntry{}}
	for _, t := range s.config.Trades.Trades() {
		if keep(&t) {
			a.Results = append(a.Results, tradeLongEntry{
				Slug: t.Slug, Name: t.Name, Sector: string(t.Sector), NAFA: list(t.NAFA), NAF: list(t.NAF), ROME: list(t.ROME),
				Establishments: counts.N(directory.ByTrade, t.Slug),
			})
		}
	}
	a.Total = len(a.Results)
	return a, nil
}

// list is never null.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// hasCode reports whether code, written with or without its dot, is among
// codes; no code is among any.
func hasCode(codes []string, code string) bool {
	if code == "" {
		return true
	}
	bare := func(s string) string { return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), ".", "")) }
	return slices.ContainsFunc(codes, func(c string) bool { return bare(c) == bare(code) })
}

// hasWords reports whether each word of text begins a word of the trade.
func hasWords(t *trade.Trade, text string) bool {
	words := fold.Words(text)
	if len(words) == 0 {
		return true
	}
	said := fold.Words(t.Name + " " + strings.Join(t.Words, " "))
	for _, w := range words {
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, w) }) {
			return false
		}
	}
	return true
}

type territoriesAnswer struct {
	Total   int               `json:"total"`
	Results []territoryRecord `json:"results"`
}

type territoryRecord struct {
	Slug           string `json:"slug"`
	Name           string `json:"name"`
	Department     string `json:"department"`
	Communes       int    `json:"communes" doc:"Number of communes"`
	Population     int    `json:"population"`
	Establishments int    `json:"establishments"`
	Craft          int    `json:"craft"`
	ESS            int    `json:"ess"`
}

func (s *Server) apiTerritories(*http.Request, url.Values) (any, error) {
	a := territoriesAnswer{Results: []territoryRecord{}}
	for _, t := range s.config.Places.Territories() {
		counts, err := s.config.Directory.Counts(t.Slug)
		if err != nil && !isEmptyHouse(err) {
			return nil, err
		}
		a.Results = append(a.Results, territoryRecord{
			Slug: t.Slug, Name: t.Name, Department: t.Department, Communes: len(t.Communes), Population: t.Population,
			Establishments: counts.Total, Craft: counts.N(directory.ByWorld, "craft"), ESS: counts.N(directory.ByWorld, "ess"),
		})
	}
	a.Total = len(a.Results)
	return a, nil
}

type communesAnswer struct {
	Total   int                 `json:"total"`
	Results []communeLongRecord `json:"results" doc:"Ten at most"`
}

type communeLongRecord struct {
	Code       string   `json:"code" doc:"INSEE code of today"`
	Name       string   `json:"name"`
	Department string   `json:"department"`
	EPCI       *string  `json:"epci" doc:"SIREN of the EPCI"`
	Territory  *string  `json:"territory"`
	Postcodes  []string `json:"postcodes"`
	Population int      `json:"population"`
	Lat        float64  `json:"lat" doc:"Of its centre"`
	Lon        float64  `json:"lon"`
	Former     []string `json:"former" doc:"Names of former communes now part of it"`
}

const maxCommunes = 10

func (s *Server) apiCommunes(_ *http.Request, v url.Values) (any, error) {
	q := strings.TrimSpace(v.Get("q"))
	if fold.Key(q) == "" || len(q) > 200 {
		return nil, &query.ParamError{Param: "q", Value: cut(q, 40), Accepted: []string{"the beginning of a commune's name, a postcode or an INSEE code"}, Key: "value"}
	}
	found := s.config.Places.Find(q, maxCommunes)
	if c, _, ok := s.config.Places.Resolve(strings.ToUpper(q)); ok {
		found = slices.DeleteFunc(found, func(f place.Commune) bool { return f.Code == c.Code })
		found = found[:min(len(found), maxCommunes-1)]
		at := 0 // before those whose name begins so, after those whose postcode it is
		for at < len(found) && slices.Contains(found[at].Postcodes, q) {
			at++
		}
		found = slices.Insert(found, at, c)
	}
	a := communesAnswer{Total: len(found), Results: make([]communeLongRecord, 0, len(found))}
	for _, c := range found {
		rec := communeLongRecord{
			Code: c.Code, Name: c.Name, Department: c.Department, EPCI: text(c.EPCI), Territory: text(c.Territory),
			Postcodes: list(c.Postcodes), Population: c.Population, Lat: round6(c.Centre.Lat), Lon: round6(c.Centre.Lon),
			Former: []string{},
		}
		for _, f := range s.config.Places.Former(c.Code) {
			if f.Name != "" && f.Name != c.Name {
				rec.Former = append(rec.Former, f.Name)
			}
		}
		slices.SortFunc(rec.Former, func(x, y string) int { return cmp.Compare(fold.Key(x), fold.Key(y)) })
		a.Results = append(a.Results, rec)
	}
	return a, nil
}
