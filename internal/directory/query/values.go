package query

import (
	"net/url"
	"slices"
	"strconv"
)

// Values writes the question as Parse reads it, in its one canonical form:
// what is left at its default is absent, lists are repeated parameters.
func (q Query) Values() url.Values {
	v := url.Values{}
	set := func(name, value string) {
		if value != "" {
			v.Set(name, value)
		}
	}
	list := func(name string, values []string) {
		if len(values) > 0 {
			v[name] = slices.Clone(values)
		}
	}
	switch {
	case q.SIRET != 0:
		set("q", q.SIRET.String())
	case q.SIREN != 0:
		set("q", q.SIREN.String())
	default:
		set("q", q.Text)
	}
	set("world", string(q.World))
	list("trade", q.Trades)
	for _, s := range q.Sectors {
		v.Add("sector", string(s))
	}
	for _, f := range q.Families {
		v.Add("family", string(f))
	}
	list("label", q.Labels)
	list("size", q.Sizes)
	list("commune", q.Communes)
	list("epci", q.EPCIs)
	list("territory", q.Territories)
	list("department", q.Departments)
	if q.Near != nil {
		if q.NearCommune != "" {
			set("near", NearCode(q.NearCommune))
		} else {
			set("lat", decimal(q.Near.Lat))
			set("lon", decimal(q.Near.Lon))
		}
		if q.Radius > 0 {
			set("radius_km", decimal(q.Radius/1000))
		}
	}
	if b := q.Box; b != nil {
		set("bbox", decimal(b.South)+","+decimal(b.West)+","+decimal(b.North)+","+decimal(b.East))
	}
	set("sort", string(q.Sort))
	if q.Page > 1 {
		set("page", strconv.Itoa(q.Page))
	}
	if q.PerPage > 0 && q.PerPage != DefaultPerPage {
		set("per_page", strconv.Itoa(q.PerPage))
	}
	return v
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
