package web

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/directory/query"
	"passerelle/internal/geo"
	"passerelle/internal/register"
)

// An endpoint is an address of the API: how it is asked, what it answers, and
// what makes the answer. The document of the API (api_openapi.go) and the
// check of parameters read the same table, so neither can be wrong alone.
type endpoint struct {
	path   string // below /api/v1
	about  string
	params []query.Param // of the query; others are refused
	body   any           // a value of the type of the JSON it is posted; nil: it is a GET
	answer any           // a value of the type of the answer
	make   func(*http.Request, url.Values) (any, error)
	errors []int // statuses beside 400, 429 and 500
	live   bool  // it changes from one moment to the next: nobody keeps the answer
	status int   // of an answer; 200 when 0
}

// endpoints lists the API.
func (s *Server) endpoints() []endpoint {
	view := query.Param{Name: "zoom", Kind: "integer", About: "Level of the map, 0 to 20; a cluster is about 64 pixels wide. It is lowered until the view is 8,192 pixels wide and high at most.", Example: "10"}
	box := paramNamed("bbox")
	return []endpoint{
		{
			path: "/establishments", about: "Establishments of craft and of the social and solidarity economy that answer a question",
			params: without(query.Params()), answer: listAnswer{}, make: s.apiSearch, errors: []int{503},
		},
		{
			path: "/establishments/{siret}", about: "All that the registers say of one establishment",
			answer: record{}, make: s.apiEstablishment, errors: []int{404, 410, 503},
		},
		{
			path: "/establishments/{siret}/nearby", about: "Its nearest neighbours, of either world or of one",
			params: []query.Param{
				{Name: "world", Kind: "string", About: "The world of the neighbours.", Accepted: []string{"craft", "ess", "both"}, Example: "ess"},
				{Name: "n", Kind: "integer", About: "How many, 1 to 50; 10 without it.", Example: "10"},
			},
			answer: nearbyAnswer{}, make: s.apiNearby, errors: []int{404, 410, 503},
		},
		{
			path: "/establishments/{siret}/partners", about: "Its best partners, with the points of four criteria and the reason for each",
			params: partnersParams(), answer: partnersAnswer{}, make: s.apiPartners, errors: []int{404, 410, 503},
		},
		{
			path: "/map", about: "Spots of a map view: one establishment each, or several close together",
			params: append([]query.Param{box, view}, without(query.Params(), "bbox", "lat", "lon", "near", "radius_km", "sort", "page", "per_page")...),
			answer: mapAnswer{}, make: s.apiMap, errors: []int{503},
		},
		{
			path: "/trades", about: "Trades of craft, with their codes in the nomenclatures",
			params: []query.Param{
				{Name: "q", Kind: "string", About: "Words of the trade.", Example: "pain"},
				{Name: "sector", Kind: "string", About: "A sector of craft.", Accepted: paramNamed("sector").Accepted, Example: "food"},
				{Name: "nafa", Kind: "string", About: "A NAFA code.", Example: "1071CA"},
				{Name: "naf", Kind: "string", About: "A NAF rév. 2 code.", Example: "10.71C"},
				{Name: "rome", Kind: "string", About: "A ROME 4 code.", Example: "D1102"},
			},
			answer: tradesAnswer{}, make: s.apiTrades,
		},
		{
			path: "/territories", about: "Territories of the house",
			answer: territoriesAnswer{}, make: s.apiTerritories,
		},
		{
			path: "/communes", about: "Communes of France by name or postcode, the likeliest first",
			params: []query.Param{{Name: "q", Kind: "string", About: "The beginning of a name, of a word of it, or of a postcode; an INSEE code, also one no longer in use.", Example: "isber"}},
			answer: communesAnswer{}, make: s.apiCommunes,
		},
		{
			path: "/events", about: "Meetings and visits to come, with the seats that are left",
			params: s.eventParams(), answer: eventsAnswer{}, make: s.apiEvents, live: true,
		},
		{
			path: "/events/{id}/registrations", about: "Register somebody for an event, without an account. The header Idempotency-Key makes two requests one; the same key with another body is a 409",
			body: registrationQuestion{}, answer: registrationAnswer{}, make: s.apiRegister, errors: []int{404, 409, 413}, status: http.StatusCreated,
		},
		{
			path: "/teams", about: "The best teams of firms for a job of several lots, proven by an exact search; it changes nothing",
			body: teamsQuestion{}, answer: teamsAnswer{}, make: s.apiTeams, errors: []int{413, 503},
		},
	}
}

// method is how an endpoint is asked: one that takes JSON is posted to.
func (e *endpoint) method() string {
	if e.body != nil {
		return http.MethodPost
	}
	return http.MethodGet
}

// paramNamed returns a parameter of a question.
func paramNamed(name string) query.Param {
	all := query.Params()
	return all[slices.IndexFunc(all, func(p query.Param) bool { return p.Name == name })]
}

// without returns the parameters but those named.
func without(all []query.Param, names ...string) []query.Param {
	return slices.DeleteFunc(all, func(p query.Param) bool { return slices.Contains(names, p.Name) })
}

// api hangs the API on mux.
func (s *Server) api(mux *http.ServeMux) error {
	for _, e := range s.endpoints() {
		mux.Handle(e.method()+" /api/v1"+e.path, s.handle(s.answer(e)))
	}
	document, err := s.openAPI()
	if err != nil {
		return fmt.Errorf("describe the API: %w", err)
	}
	mux.Handle("GET /api/openapi.json", s.handle(func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		_, err := w.Write(document)
		return err
	}))
	mux.Handle("GET /healthz", s.handle(s.healthz))
	mux.Handle("GET /readyz", s.handle(s.readyz))
	mux.Handle("GET /metrics", s.metrics.handler())
	return nil
}

// answer makes the handler of an endpoint. A reader who has the answer already
// is told so before it is looked for: it changes only with the snapshot, the
// overlay or the program.
func (s *Server) answer(e endpoint) handler {
	var known, single []string
	for _, p := range e.params {
		known = append(known, p.Name)
		if !p.Many {
			single = append(single, p.Name)
		}
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			return &query.ParamError{Param: "query", Value: "", Accepted: []string{"name=value pairs, percent-encoded"}, Key: "value"}
		}
		if err := checkNames(v, known, single); err != nil {
			return err
		}
		h := w.Header()
		if e.body != nil || e.live {
			a, err := e.make(r, v)
			if err != nil {
				return err
			}
			h.Set("Cache-Control", "no-store")
			h.Set("Content-Type", "application/json")
			w.WriteHeader(cmp.Or(e.status, http.StatusOK))
			return writeJSON(w, a)
		}
		tag := s.tag()
		if had := r.Header.Get("If-None-Match"); had != "*" && sameTag(had, tag) { // "*" asks whether there is any answer
			h.Set("ETag", tag)
			h.Set("Cache-Control", "no-cache")
			w.WriteHeader(http.StatusNotModified)
			return nil
		}
		a, err := e.make(r, v)
		if err != nil {
			return err
		}
		h.Set("ETag", tag)
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Type", "application/json")
		return writeJSON(w, a)
	}
}

func checkNames(v url.Values, known, single []string) error {
	if len(v) == 0 {
		return nil
	}
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	if err := query.Only(names, known); err != nil {
		return err
	}
	for _, name := range single {
		if len(v[name]) > 1 {
			return &query.ParamError{Param: name, Key: "repeated"}
		}
	}
	return nil
}

// tag names the state of the house that an answer depends on.
func (s *Server) tag() string {
	return `W/"` + s.build + "-" + s.config.Partners.Version() + `"`
}

// An appender writes itself as JSON faster than encoding/json would.
type appender interface{ appendJSON([]byte) []byte }

func writeJSON(w http.ResponseWriter, a any) error {
	if fast, ok := a.(appender); ok {
		b := bodies.Get().(*[]byte)
		*b = append(fast.appendJSON((*b)[:0]), '\n')
		_, err := w.Write(*b)
		bodies.Put(b)
		return err
	}
	body, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	_, err = w.Write(append(body, '\n'))
	return err
}

func (s *Server) apiSearch(_ *http.Request, v url.Values) (any, error) {
	q, err := query.ParseStrict(v, s.config.Directory.Terms())
	if err != nil {
		return nil, err
	}
	found, err := s.config.Directory.Search(q)
	if err != nil {
		return nil, err
	}
	return &listAnswer{query: q, result: found, places: s.config.Places, trades: s.config.Trades}, nil
}

func (s *Server) apiEstablishment(r *http.Request, _ url.Values) (any, error) {
	siret, err := siretOf(r)
	if err != nil {
		return nil, err
	}
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return nil, err
	}
	return s.record(&e), nil
}

func (s *Server) apiNearby(r *http.Request, v url.Values) (any, error) {
	siret, err := siretOf(r)
	if err != nil {
		return nil, err
	}
	world := v.Get("world")
	if world != "" && !slices.Contains([]string{"craft", "ess", "both"}, world) {
		return nil, &query.ParamError{Param: "world", Value: world, Accepted: []string{"craft", "ess", "both"}, Key: "value"}
	}
	n := 10
	if text := v.Get("n"); text != "" {
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > 50 {
			return nil, &query.ParamError{Param: "n", Value: text, Accepted: []string{"a whole number from 1 to 50"}, Key: "value"}
		}
	}
	hits, err := s.config.Directory.Nearby(siret, query.World(world), n)
	if err != nil {
		return nil, err
	}
	a := nearbyAnswer{AsOf: s.config.Directory.AsOf(), Results: make([]listRecord, 0, len(hits))}
	for i := range hits {
		a.Results = append(a.Results, listRecordOf(&hits[i], s.config.Places, s.config.Trades))
	}
	return a, nil
}

func siretOf(r *http.Request) (register.SIRET, error) {
	text := r.PathValue("siret")
	siret, err := register.ParseSIRET(text)
	if err != nil || strings.ContainsAny(text, " \t") {
		return 0, &query.ParamError{Param: "siret", Value: cut(text, 40), Accepted: []string{"fourteen digits whose key holds"}, Key: "value"}
	}
	return siret, nil
}

func cut(s string, n int) string {
	s = readable(s)
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}

func (s *Server) apiMap(_ *http.Request, v url.Values) (any, error) {
	if v.Get("bbox") == "" {
		return nil, &query.ParamError{Param: "bbox", Accepted: []string{"south,west,north,east in degrees: 50.5,2.3,50.7,2.6"}, Key: "value"}
	}
	zoom, err := strconv.Atoi(v.Get("zoom"))
	if err != nil || zoom < 0 || zoom > 20 {
		return nil, &query.ParamError{Param: "zoom", Value: cut(v.Get("zoom"), 40), Accepted: []string{"a whole number from 0 to 20"}, Key: "value"}
	}
	q, err := query.ParseStrict(v, s.config.Directory.Terms(), "zoom")
	if err != nil {
		return nil, err
	}
	zoom = levelFor(*q.Box, zoom)
	spots, err := s.config.Directory.Clusters(q, zoom)
	if err != nil {
		return nil, err
	}
	return mapOf(spots, zoom, s.config.Directory.AsOf()), nil
}

// widestView is the width and height of the largest screen, in pixels. A view
// that is larger at its zoom asks for every establishment there is.
const widestView = 8192

// levelFor lowers zoom until box fits widestView.
func levelFor(box geo.Box, zoom int) int {
	for zoom > 0 {
		world := 256 * math.Exp2(float64(zoom)) // pixels around the Earth
		if (box.East-box.West)/360*world <= widestView && (box.North-box.South)/180*world <= widestView {
			break
		}
		zoom--
	}
	return zoom
}

func mapOf(spots []directory.Cluster, zoom int, asOf day) mapAnswer {
	a := mapAnswer{AsOf: asOf, Zoom: zoom, Clusters: make([]clusterRecord, 0, len(spots))}
	for i := range spots {
		c := &spots[i]
		a.Total += c.N
		rec := clusterRecord{
			Lat: round6(c.Point.Lat), Lon: round6(c.Point.Lon), Count: c.N, Craft: c.Craft, ESS: c.ESS,
			BBox: []float64{round6(c.Box.South), round6(c.Box.West), round6(c.Box.North), round6(c.Box.East)},
		}
		if c.One != nil {
			rec.SIRET, rec.Name = ptr(c.One.SIRET.String()), text(c.One.Name)
		}
		a.Clusters = append(a.Clusters, rec)
	}
	return a
}

// isEmptyHouse reports whether an error says that no register is loaded.
func isEmptyHouse(err error) bool { return errors.Is(err, directory.ErrNoSnapshot) }
