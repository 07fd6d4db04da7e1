package web

import (
	"cmp"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"passerelle/internal/directory/query"
)

// openAPI describes the API in OpenAPI 3.1, from the table of endpoints and
// the types of their answers: what is described is what is served.
func (s *Server) openAPI() ([]byte, error) {
	d := describer{schemas: map[string]any{}}
	paths := map[string]any{}
	for _, e := range s.endpoints() {
		params := []any{}
		if strings.Contains(e.path, "{siret}") {
			params = append(params, object{"name": "siret", "in": "path", "required": true, "description": "Fourteen digits whose key holds.", "schema": object{"type": "string", "pattern": "^[0-9]{14}$"}})
		}
		if strings.Contains(e.path, "{id}") {
			params = append(params, object{"name": "id", "in": "path", "required": true, "description": "As /api/v1/events gives it.", "schema": object{"type": "string"}})
		}
		for _, p := range e.params {
			params = append(params, describeParam(p))
		}
		answers := object{strconv.Itoa(cmp.Or(e.status, 200)): object{"description": "The answer", "content": object{"application/json": object{"schema": d.schema(reflect.TypeOf(shapeOf(e.answer)))}}}}
		for _, status := range append([]int{400, 429, 500}, e.errors...) {
			answers[strconv.Itoa(status)] = object{
				"description": problemWords[status],
				"content":     object{"application/problem+json": object{"schema": d.schema(reflect.TypeFor[problem]())}},
			}
		}
		operation := object{"summary": e.about, "operationId": operationOf(e.path), "parameters": params, "responses": answers}
		if e.body != nil {
			operation["requestBody"] = object{"required": true, "content": object{"application/json": object{"schema": d.schema(reflect.TypeOf(e.body))}}}
		}
		paths["/api/v1"+e.path] = object{strings.ToLower(e.method()): operation}
	}
	return json.MarshalIndent(object{
		"openapi": "3.1.0",
		"info": object{
			"title":       "Passerelle",
			"version":     "1",
			"description": "Establishments of the craft trades and of the social and solidarity economy, read from the public registers of France. Natural persons who refused diffusion are counted and listed only where nothing places or names them.",
			"license":     object{"name": "Licence Ouverte 2.0", "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"},
		},
		"servers":    []any{object{"url": "/"}},
		"paths":      paths,
		"components": object{"schemas": d.schemas},
	}, "", " ")
}

type object = map[string]any

// problemWords say what each status of a problem means.
var problemWords = map[int]string{
	400: "A parameter is wrong; the answer names it and what is accepted",
	404: "Not kept here",
	409: "It cannot be done as things stand; the answer says why",
	410: "It was kept by an earlier register; the answer says until when",
	413: "More than a request may hold",
	429: "Too many requests; wait for the seconds of Retry-After",
	500: "A fault of the server",
	503: "No register is loaded yet",
}

// shapeOf returns what an answer writes, where it writes itself.
func shapeOf(answer any) any {
	if _, ok := answer.(listAnswer); ok {
		return listAnswerShape{}
	}
	return answer
}

// operationOf names an operation: establishments-siret-nearby.
func operationOf(path string) string {
	return strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "").Replace(path), "-")
}

func describeParam(p query.Param) any {
	schema := object{"type": p.Kind}
	if len(p.Accepted) > 0 {
		schema["enum"] = p.Accepted
	}
	out := object{"name": p.Name, "in": "query", "description": p.About, "schema": schema}
	if p.Many {
		out["schema"] = object{"type": "array", "items": schema}
		out["style"], out["explode"] = "form", true
	}
	if p.Example != "" {
		out["example"] = p.Example
		if p.Many {
			out["example"] = []string{p.Example}
		} else if n, err := strconv.ParseFloat(p.Example, 64); err == nil && p.Kind != "string" {
			out["example"] = n
		}
	}
	return out
}

// A describer writes types as JSON schemas; structs are named, once.
type describer struct {
	schemas map[string]any
}

func (d *describer) schema(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return nullable(d.schema(t.Elem()))
	case reflect.String:
		if t == reflect.TypeFor[day]() {
			return object{"type": "string", "format": "date"}
		}
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.Slice:
		return object{"type": "array", "items": d.schema(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": d.schema(t.Elem())}
	case reflect.Struct:
		name := t.Name()
		if _, ok := d.schemas[name]; !ok {
			d.schemas[name] = nil // a type may hold itself
			d.schemas[name] = d.record(t)
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	return object{"type": "integer"}
}

// record describes the fields of a struct, those of what it embeds included.
func (d *describer) record(t reflect.Type) any {
	properties := object{}
	required := []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || !f.IsExported() || name == "" || name == "-" {
			continue
		}
		s := d.schema(f.Type)
		if about := f.Tag.Get("doc"); about != "" {
			s = with(s, "description", about)
		}
		if values := f.Tag.Get("enum"); values != "" {
			s = with(s, "enum", strings.Split(values, ","))
		}
		if pattern := f.Tag.Get("pattern"); pattern != "" {
			s = with(s, "pattern", pattern)
		}
		if example := f.Tag.Get("example"); example != "" {
			s = with(s, "examples", []string{example})
		}
		properties[name] = s
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// with adds a word to a schema; a reference is put beside it, as 3.1 allows.
func with(schema any, key string, value any) any {
	out := object{}
	for k, v := range schema.(object) {
		out[k] = v
	}
	out[key] = value
	return out
}

// nullable lets a schema be null.
func nullable(schema any) any {
	s := schema.(object)
	if t, ok := s["type"].(string); ok {
		return with(s, "type", []string{t, "null"})
	}
	return object{"anyOf": []any{s, object{"type": "null"}}}
}
