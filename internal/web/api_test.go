package web

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/db/dbtest"
	"passerelle/internal/directory"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/exchange"
	"passerelle/internal/match/partner"
	"passerelle/internal/meeting"
	"passerelle/internal/register"
	"passerelle/internal/team"
)

// today is the moment of the tests' house.
var today = clock.Fixed(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))

// openAPIHouse serves a data folder, as change has the configuration.
func openAPIHouse(t testing.TB, dir string, change func(*Config)) *Server {
	t.Helper()
	places, trades, words := directorytest.Places(t), directorytest.Trades(t), wordsOf(t)
	log := slog.New(slog.DiscardHandler)
	d, err := directory.Open(t.Context(), directory.Config{Dir: dir, Places: places, Trades: trades, Clock: today, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	database := dbtest.SQLite(t)
	seats := &booking.Bookings{DB: database, Clock: today, Secret: []byte("secret")}
	c := Config{
		Bookings: seats, Meetings: &meeting.Meetings{DB: database, Clock: today, Bookings: seats}, Visits: visitsOf(t, seats, d),
		Needs:     &exchange.Needs{DB: database, Clock: today, Directory: d, Places: places, Trades: trades},
		Directory: d, Teams: &team.Finder{Directory: d, Trades: trades}, Places: places, Trades: trades, Catalogues: words, BaseURL: &url.URL{Scheme: "https", Host: "passerelle.example"},
		TileHosts: []string{"https://tiles.example"}, Log: log, Clock: today, Version: "test",
	}
	if change != nil {
		change(&c)
	}
	c.Partners = finderOf(t, c.Directory)
	s, err := NewServer(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// finderOf returns who finds partners in a directory.
func finderOf(t testing.TB, d *directory.Directory) *partner.Finder {
	t.Helper()
	return &partner.Finder{Directory: d, Rules: directorytest.Loaded(t, loadRules)}
}

// A request is what a test sends.
type request struct {
	method, path string
	body         string
	header       map[string]string
	from         string // address and port of the peer
}

func (q request) send(h http.Handler) *http.Response {
	if q.method == "" {
		q.method = http.MethodGet
	}
	var body io.Reader
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	r := httptest.NewRequest(q.method, q.path, body)
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	if q.from != "" {
		r.RemoteAddr = netip.MustParseAddrPort(q.from).String()
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func bodyOf(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fetch asks for a path, which must answer status, and reads its JSON.
func fetch[T any](t *testing.T, h http.Handler, path string, status int) T {
	t.Helper()
	var out T
	res := request{path: path}.send(h)
	body := bodyOf(t, res)
	if res.StatusCode != status {
		t.Fatalf("GET %s: status %d, want %d: %.300s", path, res.StatusCode, status, body)
	}
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatalf("GET %s: %v in %.300s", path, err, body)
	}
	return out
}

// numbers returns the SIRETs of a list, in its order.
func numbers(list []listRecord) []string {
	out := []string{}
	for _, r := range list {
		out = append(out, r.SIRET)
	}
	return out
}

func TestTheListSaysWhatItPromises(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	got := bodyOf(t, request{path: "/api/v1/establishments?q=boulangerie+isbergues&lat=50.6237&lon=2.4563"}.send(h))
	want := `{"total":1,"page":1,"per_page":20,"widened_to_km":null,"as_of":"2026-11-01",` +
		`"facets":{"world":{"craft":1,"ess":0},"sector":{"building":0,"food":1,"making":0,"services":0},` +
		`"family":{"association":0,"company":0,"cooperative":0,"foundation":0,"mutual":0},` +
		`"territory":{"arrageois":0,"artois":1,"audomarois":0,"boulonnais":0,"calaisis":0,"lens-henin":0,"montreuillois-ternois":0}},` +
		`"results":[{"siret":"38269518700049","siren":"382695187","name":"Boulangerie Delattre","sign":"Au Pain d'Isbergues","masked":false,` +
		`"worlds":[{"world":"craft","certainty":"recorded","source":"sirene:aprm","as_of":"2026-11-01"}],` +
		`"trade":{"code":"1071CA","label":"Boulangerie","sector":"food"},` +
		`"naf":"10.71C","family":null,"labels":[],"size":"02","commune":{"code":"62473","name":"Isbergues"},"territory":"artois",` +
		`"lat":50.6237,"lon":2.4563,"position":"address","distance_km":0}]}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestTheListAnswersEachParameter(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for _, c := range []struct {
		query string
		want  []string // SIRETs in their order
	}{
		{"q=boulanger&near=isbergues&radius_km=20", siretsOf(directorytest.Boulangerie)},
		{"q=382695187", siretsOf(directorytest.Boulangerie)},
		{"q=382+695+187+00049", siretsOf(directorytest.Boulangerie)},
		{"world=both&sort=name", siretsOf(directorytest.Charpentiers, directorytest.MaskedESS)}, // who has no name comes last
		{"world=both&lat=50.62&lon=2.46", siretsOf(directorytest.Charpentiers)},
		{"trade=boulanger&sort=name", siretsOf(directorytest.Boulangerie, directorytest.Faraway)},
		{"trade=1071CA&sort=name", siretsOf(directorytest.Boulangerie, directorytest.Faraway)},
		{"trade=10.71c&sort=name", siretsOf(directorytest.Boulangerie, directorytest.Faraway)},
		{"sector=food,building&near=62473&radius_km=2", siretsOf(directorytest.Boulangerie, directorytest.Charpentiers)},
		{"sector=food&sector=building&near=Isbergues&radius_km=2", siretsOf(directorytest.Boulangerie, directorytest.Charpentiers)},
		{"family=association", siretsOf(directorytest.Repair)},
		{"label=aci", siretsOf(directorytest.Repair)},
		{"size=21", siretsOf(directorytest.Mutuelle)},
		{"commune=62473&sort=name", siretsOf(directorytest.Boulangerie, directorytest.Amina, directorytest.Charpentiers)},
		{"commune=62110&sector=food", siretsOf(directorytest.Boulangerie)}, // Berguette, today of Isbergues
		{"territory=audomarois", siretsOf(directorytest.Brochard)},
		{"department=59", siretsOf()},
		{"bbox=50.7,1.5,50.8,1.7", siretsOf(directorytest.Faraway)},
		{"sort=name&per_page=1&page=2&commune=62473", siretsOf(directorytest.Amina)}, // Au Pain d'Isbergues, Hair'mina, Les Charpentiers
		{"sort=name&page=9", siretsOf()},
		{"lat=50.6237&lon=2.4563&world=ess&sort=distance", siretsOf(directorytest.Charpentiers, directorytest.Repair, directorytest.Mutuelle)},
	} {
		a := fetch[listAnswerShape](t, h, "/api/v1/establishments?"+c.query, http.StatusOK)
		got := numbers(a.Results)
		if strings.Contains(c.query, "radius_km=2") { // the centre's distances are not the test's
			slices.Sort(got)
			slices.Sort(c.want)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("?%s: -want +got\n%s", c.query, diff)
		}
	}
}

func siretsOf(list ...register.SIRET) []string {
	out := []string{}
	for _, s := range list {
		out = append(out, s.String())
	}
	return out
}

func TestTheListIsWidenedAloud(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	a := fetch[listAnswerShape](t, h, "/api/v1/establishments?trade=menuisier&near=isbergues&radius_km=1", http.StatusOK)
	if a.WidenedTo == nil || *a.WidenedTo != 8 || a.Total != 1 {
		t.Errorf("total %d, widened to %v; want 1 within 8 km", a.Total, a.WidenedTo)
	}
	a = fetch[listAnswerShape](t, h, "/api/v1/establishments?trade=menuisier&near=isbergues&radius_km=10", http.StatusOK)
	if a.WidenedTo != nil || a.Total != 1 {
		t.Errorf("total %d, widened to %v; want 1 within what was asked", a.Total, a.WidenedTo)
	}
}

// The facets of a dimension leave its own filter out; the others do not.
func TestFacetsAreDisjunctive(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	a := fetch[listAnswerShape](t, h, "/api/v1/establishments?sector=food&territory=artois", http.StatusOK)
	if a.Total != 1 {
		t.Errorf("total %d, want 1", a.Total)
	}
	if diff := cmp.Diff(map[string]int{"food": 1, "building": 2, "services": 2, "making": 0}, a.Facets.Sector); diff != "" {
		t.Errorf("sectors of artois: -want +got\n%s", diff)
	}
	if a.Facets.Territory["boulonnais"] != 1 || a.Facets.Territory["artois"] != 1 || a.Facets.World["craft"] != 1 {
		t.Errorf("facets %+v", a.Facets)
	}
}

func TestTheRecordSaysEverything(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	r := fetch[record](t, h, "/api/v1/establishments/"+directorytest.Charpentiers.String(), http.StatusOK)
	if len(r.Worlds) != 2 || r.Worlds[1].Certainty != "listed" {
		t.Errorf("worlds %+v", r.Worlds)
	}
	if r.Address == nil || *r.Address.Street != "40, rue Roger Salengro" || *r.Address.Postcode != "62330" || *r.Address.City != "Isbergues" {
		t.Errorf("address %+v", r.Address)
	}
	if r.LegalForm == nil || r.LegalForm.Code != "5458" || r.LegalForm.Label == nil || r.Created == nil || *r.Created != "2011-01-03" {
		t.Errorf("legal form %+v, created %v", r.LegalForm, r.Created)
	}
	var sources []string
	for _, e := range r.Evidence {
		sources = append(sources, e.Source)
	}
	if diff := cmp.Diff([]string{"sirene:aprm", "list:scop", "sirene:legal_form", "list:scop"}, sources); diff != "" {
		t.Errorf("evidence: -want +got\n%s", diff)
	}
	r = fetch[record](t, h, "/api/v1/establishments/"+directorytest.Garage.String(), http.StatusOK)
	if r.Trade == nil || r.Trade.Code != "4520A" || r.Position == nil || *r.Position != "commune" {
		t.Errorf("a presumed firm: trade %+v, position %v; want 4520A at the commune's centre", r.Trade, r.Position)
	}
}

func TestNearbyLeavesOutItsOwnUnit(t *testing.T) {
	dir := t.TempDir()
	house := directorytest.Establishments()
	second := house[0]
	second.SIRET, second.Head = 38269518700056, false
	directorytest.Write(t, dir, directorytest.AsOf, append(house, second))
	h := openAPIHouse(t, dir, nil).Handler()
	a := fetch[nearbyAnswer](t, h, "/api/v1/establishments/"+directorytest.Boulangerie.String()+"/nearby?n=3", http.StatusOK)
	if diff := cmp.Diff(siretsOf(directorytest.Amina, directorytest.Charpentiers, directorytest.Brochard), numbers(a.Results)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	a = fetch[nearbyAnswer](t, h, "/api/v1/establishments/"+directorytest.Boulangerie.String()+"/nearby?world=ess&n=1", http.StatusOK)
	if diff := cmp.Diff(siretsOf(directorytest.Charpentiers), numbers(a.Results)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestMapCountsWhatIsPlaced(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for path, want := range map[string]int{
		"/api/v1/map?bbox=-90,-180,90,180&zoom=0":                8, // all but the masked persons
		"/api/v1/map?bbox=50.5,2.3,50.7,2.7&zoom=14":             6,
		"/api/v1/map?bbox=50.5,2.3,50.7,2.7&zoom=14&world=ess":   2,
		"/api/v1/map?bbox=50.5,2.3,50.7,2.7&zoom=14&q=boulanger": 1,
		"/api/v1/map?bbox=0,0,1,1&zoom=3":                        0,
	} {
		a := fetch[mapAnswer](t, h, path, http.StatusOK)
		n := 0
		for _, c := range a.Clusters {
			n += c.Count
			if (c.Count == 1) != (c.SIRET != nil) {
				t.Errorf("%s: a spot of %d named %v", path, c.Count, c.SIRET)
			}
		}
		if n != want || a.Total != want {
			t.Errorf("%s: total %d, spots of %d together; want %d", path, a.Total, n, want)
		}
	}
}

// A view of everything at the last level would be every establishment there
// is: a client gets what a screen can show.
func TestAMapIsNoExport(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	for path, want := range map[string]int{
		"bbox=-90,-180,90,180&zoom=20":               5,
		"bbox=-90,-180,90,180&zoom=3":                3,
		"bbox=41,-5,51,9&zoom=20":                    9,
		"bbox=50.6,2.4,50.61,2.42&zoom=18":           18,
		"bbox=50.6237,2.4563,50.6237,2.4563&zoom=20": 20,
		"bbox=-90,2.4563,90,2.4563&zoom=20":          5,
	} {
		if a := fetch[mapAnswer](t, h, "/api/v1/map?"+path, http.StatusOK); a.Zoom != want {
			t.Errorf("?%s is drawn at %d, want %d", path, a.Zoom, want)
		}
	}
}

// What the manual shows is what is served.
func TestTheManualIsTrue(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	n := 0
	for line := range strings.Lines(string(text)) {
		path, ok := strings.CutPrefix(line, "    /api/v1/")
		if !ok {
			continue
		}
		n++
		if res := (request{path: "/api/v1/" + strings.TrimSpace(path)}).send(h); res.StatusCode != http.StatusOK {
			t.Errorf("GET %s: %d %s", path, res.StatusCode, bodyOf(t, res))
		}
	}
	if n < 5 {
		t.Errorf("only %d questions were found", n)
	}
	_, after, _ := strings.Cut(string(text), "    GET /api/v1/establishments?sector=foods\n\n")
	shown, _, _ := strings.Cut(after, "\n\n")
	got := bodyOf(t, request{path: "/api/v1/establishments?sector=foods"}.send(h))
	if diff := cmp.Diff(strings.ReplaceAll(shown, "\n     ", ""), "    "+strings.TrimSpace(got)); diff != "" {
		t.Errorf("the problem: -manual +served\n%s", diff)
	}
}

func TestTradesTerritoriesAndCommunes(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	trades := fetch[tradesAnswer](t, h, "/api/v1/trades?nafa=1071CA", http.StatusOK)
	if trades.Total != 1 || trades.Results[0].Slug != "boulanger" || trades.Results[0].Establishments != 2 {
		t.Errorf("the trade of 1071CA: %+v", trades)
	}
	for _, q := range []string{"q=pain", "naf=10.71C", "naf=1071c", "sector=food&q=boulang", "rome=D1102"} {
		found := fetch[tradesAnswer](t, h, "/api/v1/trades?"+q, http.StatusOK)
		if !slices.ContainsFunc(found.Results, func(e tradeLongEntry) bool { return e.Slug == "boulanger" }) {
			t.Errorf("?%s does not find the bakers", q)
		}
	}
	if none := fetch[tradesAnswer](t, h, "/api/v1/trades?q=boulanger&sector=building", http.StatusOK); none.Total != 0 {
		t.Errorf("bakers that build: %+v", none)
	}
	territories := fetch[territoriesAnswer](t, h, "/api/v1/territories", http.StatusOK)
	i := slices.IndexFunc(territories.Results, func(r territoryRecord) bool { return r.Slug == "artois" })
	if territories.Total != 7 || i < 0 {
		t.Fatalf("territories: %+v", territories)
	}
	if a := territories.Results[i]; a.Establishments != 6 || a.Craft != 5 || a.ESS != 2 || a.Communes == 0 || a.Population == 0 {
		t.Errorf("artois: %+v", a)
	}
	for q, want := range map[string]string{"isber": "62473", "62330": "62473", "62110": "62473", "aire-sur": "62014", "BERGUETTE": "62473"} {
		found := fetch[communesAnswer](t, h, "/api/v1/communes?q="+q, http.StatusOK)
		if !slices.ContainsFunc(found.Results, func(c communeLongRecord) bool { return c.Code == want }) {
			t.Errorf("?q=%s does not find %s: %+v", q, want, found)
		}
	}
}

func TestAWrongParameterIsNamed(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	list, siret := "/api/v1/establishments?", "/api/v1/establishments/"+directorytest.Boulangerie.String()
	for _, c := range []struct {
		path, param string
		accepted    string // one of what is accepted, or a part of it
		nearest     string
	}{
		{list + "world=crft", "world", "craft", "craft"},
		{list + "trade=boulangr", "trade", "/api/v1/trades", ""},
		{list + "sector=foods", "sector", "services", "food"},
		{list + "sector=food,zzz", "sector", "building", ""},
		{list + "family=coop", "family", "cooperative", ""},
		{list + "label=zzz", "label", "aci", ""},
		{list + "size=99", "size", "NN", ""},
		{list + "commune=Isbergues", "commune", "62473", ""},
		{list + "epci=1", "epci", "SIREN", ""},
		{list + "territory=artoi", "territory", "artois", "artois"},
		{list + "department=99", "department", "62", ""},
		{list + "lat=91&lon=2", "lat", "-90", ""},
		{list + "lat=NaN&lon=2", "lat", "-90", ""},
		{list + "lat=50&lon=181", "lon", "180", ""},
		{list + "lat=50", "lon", "longitude", ""},
		{list + "lon=2", "lat", "latitude", ""},
		{list + "near=zzzzzz", "near", "commune", ""},
		{list + "near=lens&lat=50&lon=2", "near", "lat and lon", ""},
		{list + "radius_km=5", "radius_km", "near", ""},
		{list + "near=lens&radius_km=501", "radius_km", "500", ""},
		{list + "near=lens&radius_km=-1", "radius_km", "500", ""},
		{list + "near=lens&radius_km=ten", "radius_km", "500", ""},
		{list + "bbox=1,2,3", "bbox", "south", ""},
		{list + "bbox=50.7,2.3,50.5,2.6", "bbox", "south", ""},
		{list + "bbox=1,2,3,4,5", "bbox", "south", ""},
		{list + "sort=near", "sort", "distance", ""},
		{list + "sort=distance", "sort", "lat and lon", ""},
		{list + "page=0", "page", "1", ""},
		{list + "page=two", "page", "1", ""},
		{list + "page=501", "page", "1 to 500", ""},
		{list + "per_page=101", "per_page", "100", ""},
		{list + "per_page=0", "per_page", "100", ""},
		{list + "q=" + strings.Repeat("long ", 50), "q", "200", ""},
		{list + "worlds=craft", "worlds", "world", "world"},
		{list + "page=1&page=2", "page", "", ""},
		{list + "q=a&q=b", "q", "", ""},
		{list + "q=%zz", "query", "percent", ""},
		{siret + "?q=x", "q", "", ""},
		{siret + "/nearby?world=crafts", "world", "both", ""},
		{siret + "/nearby?n=51", "n", "50", ""},
		{siret + "/nearby?n=many", "n", "50", ""},
		{siret + "/nearby?radius_km=2", "radius_km", "world", ""},
		{siret + "/partners?world=other", "world", "both", ""},
		{siret + "/partners?radius_km=0", "radius_km", "up to 100", ""},
		{siret + "/partners?radius_km=101", "radius_km", "up to 100", ""},
		{siret + "/partners?radius_km=NaN", "radius_km", "up to 100", ""},
		{siret + "/partners?limit=0", "limit", "100", ""},
		{siret + "/partners?limit=101", "limit", "100", ""},
		{siret + "/partners?weights=service:1", "weights", "services", ""},
		{siret + "/partners?weights=proximity:0,services:0,jobs:0,resources:0", "weights", "not all 0", ""},
		{siret + "/partners?lang=de", "lang", "en", ""},
		{siret + "/partners?n=3", "n", "limit", ""},
		{siret + "/partners?limit=1&limit=2", "limit", "", ""},
		{"/api/v1/establishments/123", "siret", "fourteen digits", ""},
		{"/api/v1/establishments/38269518700040", "siret", "fourteen digits", ""},
		{"/api/v1/map?zoom=3", "bbox", "south", ""},
		{"/api/v1/map?bbox=1,2,3,4", "zoom", "20", ""},
		{"/api/v1/map?bbox=1,2,3,4&zoom=21", "zoom", "20", ""},
		{"/api/v1/map?bbox=1,2,3,4&zoom=3&lat=1&lon=1", "lat", "bbox", ""},
		{"/api/v1/map?bbox=1,2,3,4&zoom=3&world=x", "world", "craft", ""},
		{"/api/v1/trades?sector=x", "sector", "food", ""},
		{"/api/v1/trades?word=x", "word", "q", ""},
		{"/api/v1/territories?q=x", "q", "", ""},
		{"/api/v1/communes", "q", "postcode", ""},
		{"/api/v1/communes?q=", "q", "postcode", ""},
		{"/api/v1/communes?q=--", "q", "postcode", ""},
	} {
		path := strings.ReplaceAll(c.path, " ", "+")
		res := request{path: path}.send(h)
		body := bodyOf(t, res)
		var p problem
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Errorf("GET %s: %v in %.200s", path, err, body)
			continue
		}
		if res.StatusCode != http.StatusBadRequest || p.Status != http.StatusBadRequest || res.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("GET %s: status %d, %s: %.200s", path, res.StatusCode, res.Header.Get("Content-Type"), body)
		}
		if p.Parameter != c.param || !strings.Contains(strings.Join(p.Accepted, ", "), c.accepted) || p.Type != "urn:passerelle:problem:parameter" {
			t.Errorf("GET %s: says %+v; want parameter %s, accepted %s", path, p, c.param, c.accepted)
		}
		if c.nearest != "" && p.Nearest != c.nearest {
			t.Errorf("GET %s: nearest %q, want %q", path, p.Nearest, c.nearest)
		}
		if !strings.Contains(p.Detail, c.param) {
			t.Errorf("GET %s: the detail %q does not name %s", path, p.Detail, c.param)
		}
	}
}

func TestMissingAndGone(t *testing.T) {
	dir := t.TempDir()
	directorytest.Write(t, dir, "2026-10-01", directorytest.Establishments())
	directorytest.Write(t, dir, "2026-11-01", directorytest.Establishments()[1:])
	h := openAPIHouse(t, dir, nil).Handler()
	for _, c := range []struct {
		path   string
		status int
		kind   string
		last   clock.Day
	}{
		{"/api/v1/establishments/35600000000048", 404, "missing", ""},
		{"/api/v1/establishments/35600000000048/nearby", 404, "missing", ""},
		{"/api/v1/establishments/" + directorytest.Boulangerie.String(), 410, "gone", "2026-10-01"},
		{"/api/v1/establishments/" + directorytest.Boulangerie.String() + "/nearby", 410, "gone", "2026-10-01"},
		{"/api/v1/establishments/" + directorytest.Masked.String() + "/nearby", 404, "placeless", ""},
		{"/api/v1/establishments/35600000000048/partners", 404, "missing", ""},
		{"/api/v1/establishments/" + directorytest.Boulangerie.String() + "/partners", 410, "gone", "2026-10-01"},
		{"/api/v1/establishments/" + directorytest.Masked.String() + "/partners", 404, "placeless", ""},
		{"/api/v1/nothing", 404, "route", ""},
		{"/api/v2/establishments", 404, "route", ""},
		{"/api/", 404, "route", ""},
	} {
		p := fetch[problem](t, h, c.path, c.status)
		if p.Type != "urn:passerelle:problem:"+c.kind || p.Status != c.status || p.LastSeen != c.last {
			t.Errorf("GET %s: %+v, want %s", c.path, p, c.kind)
		}
	}
}

// A house without a register says so, on every exit that needs one.
func TestAnEmptyHouseAnswers(t *testing.T) {
	h := openAPIHouse(t, t.TempDir(), nil).Handler()
	siret := directorytest.Boulangerie.String()
	for _, path := range []string{
		"/api/v1/establishments?q=pain", "/api/v1/establishments/" + siret, "/api/v1/establishments/" + siret + "/nearby",
		"/api/v1/establishments/" + siret + "/partners", "/api/v1/map?bbox=1,2,3,4&zoom=3",
	} {
		res := request{path: path}.send(h)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(bodyOf(t, res), "problem:empty") {
			t.Errorf("GET %s: status %d, Retry-After %q; want 503 and some seconds", path, res.StatusCode, res.Header.Get("Retry-After"))
		}
	}
	if a := fetch[territoriesAnswer](t, h, "/api/v1/territories", http.StatusOK); a.Total != 7 || a.Results[0].Establishments != 0 {
		t.Errorf("territories: %+v", a)
	}
	if a := fetch[tradesAnswer](t, h, "/api/v1/trades?q=boulanger", http.StatusOK); a.Results[0].Slug != "boulanger" || a.Results[0].Establishments != 0 {
		t.Errorf("trades: %+v", a)
	}
	if a := fetch[communesAnswer](t, h, "/api/v1/communes?q=isbergues", http.StatusOK); a.Total == 0 {
		t.Error("no commune is found")
	}
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if res := (request{path: path}).send(h); res.StatusCode != http.StatusOK {
			t.Errorf("GET %s: status %d", path, res.StatusCode)
		}
	}
}
