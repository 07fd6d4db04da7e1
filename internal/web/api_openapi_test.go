package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"passerelle/internal/account"
	"passerelle/internal/booking"
	"passerelle/internal/clock"
	"passerelle/internal/directory/directorytest"
	"passerelle/internal/meeting"
	"passerelle/internal/visit"
)

// A conformer holds values against the schemas of an OpenAPI document: the
// words of JSON Schema that the document uses, and no other.
type conformer struct {
	schemas map[string]any
	faults  []string
}

func (c *conformer) fault(at, format string, args ...any) {
	c.faults = append(c.faults, at+": "+fmt.Sprintf(format, args...))
}

func (c *conformer) check(at string, schema map[string]any, v any) {
	for word := range schema {
		if !slices.Contains([]string{"$ref", "type", "enum", "pattern", "format", "items", "properties", "required", "additionalProperties", "anyOf", "description", "examples", "minimum", "maximum"}, word) {
			c.fault(at, "the document uses %q, which this test does not know", word)
		}
	}
	if ref, ok := schema["$ref"].(string); ok {
		named, ok := c.schemas[strings.TrimPrefix(ref, "#/components/schemas/")].(map[string]any)
		if !ok {
			c.fault(at, "no schema %s", ref)
			return
		}
		c.check(at, named, v)
	}
	if any, ok := schema["anyOf"].([]any); ok {
		if !slices.ContainsFunc(any, func(s interface{}) bool {
			try := conformer{schemas: c.schemas}
			try.check(at, s.(map[string]interface{}), v)
			return len(try.faults) == 0
		}) {
			c.fault(at, "%v is none of what it may be", v)
		}
	}
	if want := schema["type"]; want != nil && !slices.Contains(typesOf(want), typeOf(v)) && !(typeOf(v) == "integer" && slices.Contains(typesOf(want), "number")) {
		c.fault(at, "%v is a %s, want %v", v, typeOf(v), want)
		return
	}
	if list, ok := schema["enum"].([]any); ok && !slices.Contains(list, v) {
		c.fault(at, "%v is not one of %v", v, list)
	}
	switch v := v.(type) {
	case string:
		if p, ok := schema["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(v) {
			c.fault(at, "%q does not match %s", v, p)
		}
		if schema["format"] == "date" && !regexp.MustCompile(`^\d{4}-\d\d-\d\d$`).MatchString(v) {
			c.fault(at, "%q is no date", v)
		}
	case []any:
		for i, one := range v {
			c.check(fmt.Sprintf("%s[%d]", at, i), schema["items"].(map[string]any), one)
		}
	case map[string]any:
		c.checkObject(at, schema, v)
	}
}

func (c *conformer) checkObject(at string, schema, v map[string]any) {
	properties, _ := schema["properties"].(map[string]any)
	for name, one := range v {
		if s, ok := properties[name].(map[string]any); ok {
			c.check(at+"."+name, s, one)
		} else if s, ok := schema["additionalProperties"].(map[string]any); ok {
			c.check(at+"."+name, s, one)
		} else if schema["additionalProperties"] == false {
			c.fault(at, "%s is not in the document", name)
		}
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			c.fault(at, "%s is missing", name)
		}
	}
}

func typesOf(want any) []string {
	if s, ok := want.(string); ok {
		return []string{s}
	}
	var out []string
	for _, s := range want.([]any) {
		out = append(out, s.(string))
	}
	return out
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case []any:
		return "array"
	case map[string]any:
		return "object"
	case float64:
		if v == float64(int64(v)) {
			return "integer"
		}
		return "number"
	}
	return fmt.Sprintf("%T", v)
}

// at walks a decoded document.
func at(v any, keys ...string) any {
	for _, k := range keys {
		m, _ := v.(map[string]any)
		v = m[k]
	}
	return v
}

// Every answer of every endpoint is what the document says, down to each
// field, and each status it gives is written there.
func TestTheAPIIsWhatItsDocumentSays(t *testing.T) {
	dir := t.TempDir()
	directorytest.Write(t, dir, "2026-10-01", directorytest.Establishments())
	directorytest.Write(t, dir, "2026-11-01", directorytest.Establishments()[1:])
	s := openAPIHouse(t, dir, nil)
	h, empty := s.Handler(), openAPIHouse(t, t.TempDir(), nil).Handler()
	limited := openAPIHouse(t, dir, func(c *Config) { c.RateLimit = RateLimit{PerSecond: 0.001, Burst: 1} }).Handler()
	request{path: "/api/v1/trades"}.send(limited)
	start := today.Now().AddDate(0, 0, 7)
	list, _, err := s.config.Meetings.Plan(t.Context(), account.Actor{}, []meeting.Meeting{{State: meeting.Published, Title: "Se connaître", Territory: "artois", Commune: "62473", Room: booking.Room{Seats: 2, Start: start, End: start.Add(time.Hour)}}})
	if err != nil {
		t.Fatal(err)
	}
	planned := list[0]
	offered, _, err := s.config.Visits.Add(t.Context(), account.Actor{}, visit.Offer{SIRET: directorytest.Brochard, Title: "L’atelier", Terms: visit.Terms{Sees: "Le bois", Where: "À l’atelier"}, Minutes: 60, Seats: 4, Territory: "artois", Commune: "62473"})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.config.Visits.Open(t.Context(), account.Actor{}, offered.ID, visit.Rule{First: clock.Day(start.Format(time.DateOnly)), At: 9 * time.Hour, Every: visit.Once}); err != nil {
		t.Fatal(err)
	}
	document := fetch[map[string]any](t, h, "/api/openapi.json", http.StatusOK)
	if document["openapi"] != "3.1.0" {
		t.Errorf("openapi %v, want 3.1.0", document["openapi"])
	}
	asked := map[string][]string{
		"/establishments": {
			"", "?q=menuiserie+aire", "?world=both", "?near=isbergues&radius_km=1&trade=menuisier", "?department=62&per_page=100",
			"?bbox=50,2,51,3", "?q=zzzzzz", "?world=x",
		},
		"/establishments/{siret}": {"/35600000000048", "/1", "/" + directorytest.Boulangerie.String()},
		"/establishments/{siret}/nearby": {
			"/" + directorytest.Brochard.String() + "/nearby", "/" + directorytest.Amina.String() + "/nearby?world=ess&n=1", "/" + directorytest.Masked.String() + "/nearby",
			"/" + directorytest.Boulangerie.String() + "/nearby", "/1/nearby", "/" + directorytest.Amina.String() + "/nearby?n=0",
		},
		"/establishments/{siret}/partners": {
			"/" + directorytest.Brochard.String() + "/partners", "/" + directorytest.Amina.String() + "/partners?world=both&limit=3&weights=services:2&lang=en&radius_km=0.1",
			"/" + directorytest.Masked.String() + "/partners", "/" + directorytest.Boulangerie.String() + "/partners", "/1/partners", "/" + directorytest.Amina.String() + "/partners?weights=x",
		},
		"/map":                       {"?bbox=-90,-180,90,180&zoom=0", "?bbox=50,2,51,3&zoom=18&world=ess", "?bbox=0,0,1,1&zoom=3", ""},
		"/trades":                    {"", "?q=pain", "?sector=food", "?naf=1071C", "?q=zzzz", "?sector=x"},
		"/territories":               {"", "?x=1"},
		"/communes":                  {"?q=isbergues", "?q=62330", "?q=zzzz", ""},
		"/events":                    {"", "?from=2026-12-01&to=2027-01-01T00:00:00Z&kind=meeting&territory=artois", "?kind=visit", "?from=x", "?kind=x"},
		"/events/{id}/registrations": {`{"name":"Amina","email":"amina@lys.fr","seats":1,"siret":null}`, `{"name":"Bruno","email":"bruno@lys.fr","seats":2}`, `{"name":"Claire","email":"claire@lys.fr","seats":5}`, `{`},
		"/teams": {
			`{"near":"62473","lots":[{"trade":"boulanger"},{"trade":"43.32A"},{"trade":"plombier"}],"social_clause":true}`, `{"lat":50.6,"lon":2.4,"lots":[{"trade":"charpentier"}],"social_clause":true,"radius_km":20}`,
			`{"near":"62473","lots":[]}`, `{`,
		},
	}
	for _, e := range directorytest.Establishments()[1:] {
		asked["/establishments/{siret}"] = append(asked["/establishments/{siret}"], "/"+e.SIRET.String())
	}
	paths, _ := document["paths"].(map[string]any)
	for _, e := range s.endpoints() {
		if len(asked[e.path]) == 0 {
			t.Errorf("nothing is asked of %s", e.path)
		}
		if paths["/api/v1"+e.path] == nil {
			t.Errorf("%s is not in the document", e.path)
		}
	}
	if len(paths) != len(s.endpoints()) {
		t.Errorf("%d addresses in the document, %d served", len(paths), len(s.endpoints()))
	}
	c := conformer{schemas: at(document, "components", "schemas").(map[string]any)}
	statuses := make(map[int]bool)
	for pattern, questions := range asked {
		for _, house := range []http.Handler{h, empty, limited} {
			for _, question := range questions {
				path := "/api/v1" + strings.TrimSuffix(strings.TrimSuffix(pattern, "/{siret}/nearby"), "/{siret}/partners") + question
				if strings.HasSuffix(pattern, "{siret}") {
					path = "/api/v1/establishments" + question
				}
				ask, method := request{path: path}, "get"
				if strings.HasPrefix(question, "{") {
					ask, method = request{method: http.MethodPost, path: "/api/v1" + strings.Replace(pattern, "{id}", planned.ID, 1), body: question}, "post"
				}
				res := ask.send(house)
				statuses[res.StatusCode] = true
				kind := res.Header.Get("Content-Type")
				schema, ok := at(paths["/api/v1"+pattern], method, "responses", fmt.Sprint(res.StatusCode), "content", kind, "schema").(map[string]any)
				if !ok {
					t.Errorf("GET %s: the document of %s has no %d %s", path, pattern, res.StatusCode, kind)
					continue
				}
				var v any
				if err := json.Unmarshal([]byte(bodyOf(t, res)), &v); err != nil {
					t.Errorf("GET %s: %v", path, err)
					continue
				}
				c.check(path, schema, v)
			}
		}
	}
	for _, f := range c.faults {
		t.Error(f)
	}
	for _, status := range []int{200, 201, 400, 404, 409, 410, 429, 503} {
		if !statuses[status] {
			t.Errorf("no answer was a %d: this test proves less than it says (%v)", status, slices.Sorted(maps.Keys(statuses)))
		}
	}
}

// Each example of a parameter is accepted, and each is described.
func TestTheExamplesOfTheDocumentAreAccepted(t *testing.T) {
	h := openAPIHouse(t, directorytest.House(t), nil).Handler()
	document := fetch[map[string]any](t, h, "/api/openapi.json", http.StatusOK)
	together := map[string]string{
		"lat": "&lon=2.46", "lon": "&lat=50.62", "radius_km": "&near=isbergues", "sort": "&near=isbergues",
	}
	n := 0
	for path, item := range document["paths"].(map[string]any) {
		parameters, _ := at(item, "get", "parameters").([]any)
		for _, p := range parameters {
			name := at(p, "name").(string)
			if at(p, "in") != "query" {
				continue
			}
			example := at(p, "example")
			if list, ok := example.([]any); ok {
				example = list[0]
			}
			if example == nil || at(p, "description") == "" {
				t.Errorf("%s of %s has no example or no description", name, path)
				continue
			}
			question := strings.ReplaceAll(fmt.Sprintf("?%s=%v%s", name, example, together[name]), " ", "+")
			if strings.HasSuffix(path, "/partners") {
				question, _, _ = strings.Cut(question, "&") // a radius is around the establishment
			}
			if path == "/api/v1/map" {
				question += map[bool]string{name != "zoom": "&zoom=3"}[true] + map[bool]string{name != "bbox": "&bbox=1,1,2,2"}[true]
			}
			asked := strings.ReplaceAll(path, "{siret}", directorytest.Amina.String()) + question
			if res := (request{path: asked}).send(h); res.StatusCode != http.StatusOK {
				t.Errorf("GET %s: %d %s", asked, res.StatusCode, bodyOf(t, res))
			}
			n++
		}
	}
	if n < 40 {
		t.Errorf("only %d examples were tried", n)
	}
}
