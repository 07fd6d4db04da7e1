package directory

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"passerelle/internal/db"
	"passerelle/internal/directory/index"
	"passerelle/internal/directory/query"
	"passerelle/internal/register"
)

// widest bounds, in metres, how far a question is widened when nothing is
// found within its radius: beyond, an answer is of no use to a neighbour.
const widest = 100_000

// facets are the dimensions that Search counts when none is named.
var facets = []string{ByWorld, BySector, ByFamily, ByTerritory}

// Search answers a query, with the counts of the dimensions named, else those
// of world, sector, family and territory. When nothing is found within the
// query's radius, the radius is doubled until something is, up to 100 km, and
// the Result says so.
//
// A masked natural person is counted and listed only when the query asks
// nothing that could place or name it (query.Query.Personal).
func (d *Directory) Search(q query.Query, dims ...string) (Result, error) {
	v := d.served.Load()
	if v == nil {
		return Result{}, ErrNoSnapshot
	}
	if len(dims) == 0 {
		dims = facets
	}
	r := d.request(q)
	r.Facets = dims
	a, err := v.live.Search(r)
	if err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	res := Result{AsOf: v.meta.AsOf}
	for a.Total == 0 && r.Near != nil && r.Radius > 0 && r.Radius < widest {
		r.Radius = min(2*r.Radius, widest)
		if a, err = v.live.Search(r); err != nil {
			return Result{}, fmt.Errorf("search wider: %w", err)
		}
		if a.Total > 0 {
			res.WidenedTo = r.Radius
		}
	}
	res.Total, res.Corrected = a.Total, a.Corrected
	if res.Hits, err = hits(a.Hits); err != nil {
		return Result{}, fmt.Errorf("search: %w", err)
	}
	res.Facets = make(map[string][]Count, len(a.Facets))
	for dim, counts := range a.Facets {
		list := make([]Count, len(counts))
		for i, c := range counts {
			list[i] = Count(c)
		}
		res.Facets[dim] = list
	}
	runtime.KeepAlive(v) // the answer was read from its file
	return res, nil
}

// hits reads what an answer found.
func hits(found []index.Hit) ([]Hit, error) {
	out := make([]Hit, len(found))
	for i, h := range found {
		e, err := decodeEstablishment(h.Stored)
		if err != nil {
			return nil, err
		}
		out[i] = Hit{Establishment: e, Distance: h.Distance}
		if e.Precision == Nowhere {
			out[i].Distance = -1
		}
	}
	return out, nil
}

// request asks the index what q asks the directory.
func (d *Directory) request(q query.Query) index.Request {
	r := index.Request{Text: q.Text, Near: q.Near, Radius: q.Radius, Box: q.Box}
	if r.Near == nil {
		r.Radius = 0
	}
	if q.SIRET != 0 {
		r.IDs = []uint64{uint64(q.SIRET)}
	}
	r.Group = uint64(q.SIREN)
	filter := func(dim string, values []string) {
		if len(values) > 0 {
			r.Filters = append(r.Filters, index.Filter{Dim: dim, Values: values})
		}
	}
	if q.World != query.Any {
		filter(ByWorld, []string{string(q.World)})
	}
	r.Filters = append(r.Filters, d.tradeFilter(q.Trades)...)
	filter(BySector, texts(q.Sectors))
	filter(ByFamily, texts(q.Families))
	filter(ByLabel, q.Labels)
	filter(BySize, q.Sizes)
	filter(ByCommune, q.Communes)
	filter(ByEPCI, q.EPCIs)
	filter(ByTerritory, q.Territories)
	filter(ByDepartment, q.Departments)
	switch q.Order() {
	case query.Distance:
		r.Order = index.ByDistance
	case query.Name:
		r.Order = index.ByTitle
	}
	r.Limit = cmp.Or(q.PerPage, query.DefaultPerPage)
	r.Offset = (max(1, q.Page) - 1) * r.Limit
	return r
}

func texts[S ~string](list []S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// tradeFilter keeps the establishments of any of the trades named, by slug,
// NAFA code or NAF code: when all are named in the same way, in the dimension
// of that way, so that its facet leaves the filter out.
func (d *Directory) tradeFilter(names []string) []index.Filter {
	if len(names) == 0 {
		return nil
	}
	by := make(map[string]bool)
	values := make([]string, len(names))
	for i, name := range names {
		sel, _ := d.config.Trades.Resolve(name)
		switch {
		case sel.Whole:
			by[ByTrade], values[i] = true, sel.Slug
		case isNAF(name):
			by[ByNAF], values[i] = true, name
		default:
			by[ByNAFA], values[i] = true, strings.ReplaceAll(name, ".", "")
		}
	}
	dim := byActivity
	if len(by) == 1 {
		for dim = range by {
		}
	}
	return []index.Filter{{Dim: dim, Values: values}}
}

// isNAF reports whether a code is one of NAF, 10.71C, and not of NAFA.
func isNAF(code string) bool { return len(code) == 6 && code[2] == '.' }

// Establishment returns an establishment of the directory: db.ErrNotFound
// when no register kept here has it, a *GoneError when an earlier one did.
func (d *Directory) Establishment(s register.SIRET) (Establishment, error) {
	v := d.served.Load()
	if v == nil {
		return Establishment{}, ErrNoSnapshot
	}
	e, err := v.establishment(s)
	if !isNotFound(err) {
		return e, err
	}
	if _, hidden := v.base.Stored(uint64(s)); hidden {
		return Establishment{}, fmt.Errorf("establishment %s: %w", s, db.ErrNotFound)
	}
	if last := v.lastSeen(s); last != "" {
		return Establishment{}, &GoneError{Last: last}
	}
	return Establishment{}, fmt.Errorf("establishment %s: %w", s, db.ErrNotFound)
}

func (v *served) establishment(s register.SIRET) (Establishment, error) {
	stored, ok := v.live.Stored(uint64(s))
	if !ok {
		return Establishment{}, db.ErrNotFound
	}
	e, err := decodeEstablishment(stored)
	runtime.KeepAlive(v)
	return e, err
}

// Unit returns the establishments of a legal unit, its head office first.
func (d *Directory) Unit(s register.SIREN) []Establishment {
	v := d.served.Load()
	if v == nil {
		return nil
	}
	var out []Establishment
	for _, id := range v.live.Group(uint64(s)) {
		if e, err := v.establishment(register.SIRET(id)); err == nil {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b Establishment) int {
		switch {
		case a.Head == b.Head:
			return 0
		case a.Head:
			return -1
		}
		return 1
	})
	return out
}

// Clusters returns the spots of a map view: q.Box is the view, zoom its level
// (0 to 20). Masked natural persons are on no map.
func (d *Directory) Clusters(q query.Query, zoom int) ([]Cluster, error) {
	v := d.served.Load()
	if v == nil {
		return nil, ErrNoSnapshot
	}
	found, err := v.live.Clusters(d.request(q), zoom, ByWorld)
	if err != nil {
		return nil, fmt.Errorf("draw the map: %w", err)
	}
	out := make([]Cluster, len(found))
	for i, f := range found {
		c := Cluster{Point: f.Point, N: f.N, Box: f.Box}
		for _, n := range f.Counts {
			switch n.Value {
			case string(query.Craft):
				c.Craft = n.N
			case string(query.ESS):
				c.ESS = n.N
			}
		}
		if f.N == 1 {
			e, err := decodeEstablishment(f.Stored)
			if err != nil {
				return nil, fmt.Errorf("draw the map: %w", err)
			}
			c.One = &e
		}
		out[i] = c
	}
	runtime.KeepAlive(v)
	return out, nil
}

// Counts are numbers of establishments. A masked natural person is counted,
// but in no commune and no EPCI.
type Counts struct {
	Total int
	// By holds, for each dimension (ByWorld, BySector…), the number of
	// establishments that have each value; values of none are absent.
	By map[string]map[string]int
}

// N returns the number of establishments that have value in a dimension.
func (c Counts) N(dim, value string) int { return c.By[dim][value] }

// countedDims are the dimensions of Counts.
var countedDims = []string{ByWorld, BySector, ByFamily, ByTrade, ByLabel, BySize, ByTerritory, ByDepartment, ByEPCI, ByCommune}

// Counts returns the number of establishments by every dimension, of the
// territory named, or of everything when it is empty. It is counted once for
// each state of the directory; readers do not write to it.
func (d *Directory) Counts(territory string) (Counts, error) {
	v := d.served.Load()
	if v == nil {
		return Counts{}, ErrNoSnapshot
	}
	if c, ok := v.counts.Load(territory); ok {
		return c.(Counts), nil
	}
	version := d.Version()
	r := index.Request{}
	if territory != "" {
		r.Filters = []index.Filter{{Dim: ByTerritory, Values: []string{territory}}}
	}
	a, err := v.live.Search(r)
	if err != nil {
		return Counts{}, fmt.Errorf("count: %w", err)
	}
	c := Counts{Total: a.Total, By: make(map[string]map[string]int)}
	r.Facets = countedDims
	if a, err = v.live.Search(r); err != nil {
		return Counts{}, fmt.Errorf("count: %w", err)
	}
	for dim, counts := range a.Facets {
		c.By[dim] = make(map[string]int, len(counts))
		for _, n := range counts {
			c.By[dim][n.Value] = n.N
		}
	}
	if version == d.Version() {
		v.counts.Store(territory, c)
	}
	return c, nil
}
