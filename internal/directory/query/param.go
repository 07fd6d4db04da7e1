package query

import (
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/fold"
	"passerelle/internal/trade"
)

// A Param describes a parameter, for the documentation of the API.
type Param struct {
	Name     string
	About    string // in English
	Kind     string // string, integer or number
	Many     bool   // may be repeated, or hold several values apart by commas
	Accepted []string
	Example  string
}

// Params lists the parameters of a question, in the order in which they are
// documented.
func Params() []Param { return slices.Clone(params) }

// params is never written to: every request reads it.
var params = []Param{
	{Name: "q", Kind: "string", About: "Words: names, signs, trades, communes. Accents, case and small typing errors do not matter. A SIREN or a SIRET is recognised as such.", Example: "boulanger isbergues"},
	{Name: "world", Kind: "string", About: "The side of the bridge; craft and ess each include the establishments of both.", Accepted: worlds(), Example: "craft"},
	{Name: "trade", Kind: "string", Many: true, About: "A trade's slug, a NAFA code or a NAF rév. 2 code, as /api/v1/trades lists them.", Example: "boulanger"},
	{Name: "sector", Kind: "string", Many: true, About: "A sector of craft.", Accepted: sectors(), Example: "food"},
	{Name: "family", Kind: "string", Many: true, About: "A family of the social and solidarity economy.", Accepted: families(), Example: "cooperative"},
	{Name: "label", Kind: "string", Many: true, About: "A label, by slug.", Example: "aci"},
	{Name: "size", Kind: "string", Many: true, About: "A head-count band of Sirene.", Accepted: trade.Sizes(), Example: "01"},
	{Name: "commune", Kind: "string", Many: true, About: "A commune's INSEE code; codes no longer in use are understood.", Example: "62473"},
	{Name: "epci", Kind: "string", Many: true, About: "An EPCI, by SIREN or slug.", Example: "200069037"},
	{Name: "territory", Kind: "string", Many: true, About: "A territory, by slug, as /api/v1/territories lists them.", Example: "artois"},
	{Name: "department", Kind: "string", Many: true, About: "A département, by code.", Example: "62"},
	{Name: "lat", Kind: "number", About: "Latitude of the point that distances are taken from (WGS 84); with lon.", Example: "50.62"},
	{Name: "lon", Kind: "number", About: "Longitude of that point.", Example: "2.46"},
	{Name: "near", Kind: "string", About: "The commune that distances are taken from, by name, postcode or INSEE code, in place of lat and lon. A text that is a postcode is read as one; insee:62330 is the commune of that INSEE code.", Example: "isbergues"},
	{Name: "radius_km", Kind: "number", About: "Keeps what is within that many kilometres of the point; 500 at most.", Example: "20"},
	{Name: "bbox", Kind: "string", About: "Keeps what is in a map view: south,west,north,east in degrees.", Example: "50.5,2.3,50.7,2.6"},
	{Name: "sort", Kind: "string", About: "The order; without it, distance when there is a point and no words, else relevance.", Accepted: sorts(), Example: "distance"},
	{Name: "page", Kind: "integer", About: "From 1. Pages reach the first 10,000 results.", Example: "1"},
	{Name: "per_page", Kind: "integer", About: "Results on a page, 1 to 100, 20 without it.", Example: "20"},
}

func worlds() []string { return []string{string(Craft), string(ESS), string(Both)} }
func sorts() []string  { return []string{string(Relevance), string(Distance), string(Name)} }

func sectors() []string {
	var all []string
	for _, s := range trade.Sectors {
		all = append(all, string(s))
	}
	return all
}

func families() []string {
	var all []string
	for _, f := range trade.Families {
		all = append(all, string(f))
	}
	return all
}

// A ParamError says that a parameter cannot be understood.
type ParamError struct {
	Param    string   // its name
	Value    string   // as it was given
	Accepted []string // what would be: values, or one sentence in English
	Nearest  string   // the known name or value it may stand for
	Key      string   // the sort of error: value, unknown, repeated, alone, together, deep
}

func (e *ParamError) Error() string {
	var s string
	switch e.Key {
	case "unknown":
		s = fmt.Sprintf("there is no parameter %q", e.Param)
	case "repeated":
		s = fmt.Sprintf("parameter %s is given more than once", e.Param)
	case "alone":
		s = fmt.Sprintf("parameter %s needs a point", e.Param)
	case "together":
		s = fmt.Sprintf("parameter %s does not go with another that is given", e.Param)
	case "deep":
		s = fmt.Sprintf("parameter %s: %q is beyond the first %d results", e.Param, e.Value, MaxDepth)
	default:
		s = fmt.Sprintf("parameter %s: %q is not accepted", e.Param, e.Value)
	}
	if e.Nearest != "" {
		s += fmt.Sprintf(", did you mean %q?", e.Nearest)
	}
	if len(e.Accepted) > 0 {
		s += "; accepted: " + strings.Join(e.Accepted, ", ")
	}
	return s
}

// Only refuses, with a *ParamError of key "unknown", the parameters of names
// other than known.
func Only(names, known []string) error {
	slices.Sort(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return &ParamError{Param: shorten(name), Accepted: known, Nearest: fold.Nearest(shorten(name), known), Key: "unknown"}
		}
	}
	return nil
}

// shorten bounds what an error repeats of what was given.
func shorten(s string) string {
	s = strings.ToValidUTF8(s, "�")
	if r := []rune(s); len(r) > 80 {
		return string(r[:80]) + "…"
	}
	return s
}
