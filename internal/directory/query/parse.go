package query

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// Terms are what a query may name.
type Terms struct {
	Places *place.Atlas
	Trades *trade.Table
	Labels []string // slugs of labels carried by establishments, beside those of Trades
}

// maxText bounds the words of a question, in runes; longer ones are no search.
const maxText = 200

// Parse reads a question. Empty parameters count as absent, unknown ones are
// left alone, so that a page bears the marks that others put on its address. A
// wrong one gives a *ParamError. A radius or a sort by distance without a
// point asks nothing and is dropped: forms send them.
func Parse(v url.Values, t Terms) (Query, error) {
	p := parser{values: v, terms: t}
	q := p.query()
	if p.err != nil {
		return Query{}, p.err
	}
	return q, nil
}

// ParseStrict reads a question for a program, which is better told of its
// mistakes: what Parse leaves alone is a *ParamError. The names of also are
// let through.
func ParseStrict(v url.Values, t Terms, also ...string) (Query, error) {
	if err := checkNames(v, also); err != nil {
		return Query{}, err
	}
	q, err := Parse(v, t)
	if err != nil {
		return Query{}, err
	}
	needs := []string{"lat and lon, or near"}
	switch {
	case q.Near == nil && v.Get("radius_km") != "":
		return Query{}, &ParamError{Param: "radius_km", Value: shorten(v.Get("radius_km")), Accepted: needs, Key: "alone"}
	case q.Near == nil && v.Get("sort") == string(Distance):
		return Query{}, &ParamError{Param: "sort", Value: string(Distance), Accepted: needs, Key: "alone"}
	case v.Get("near") != "" && v.Get("lat") != "":
		return Query{}, &ParamError{Param: "near", Value: shorten(v.Get("near")), Accepted: needs, Key: "together"}
	}
	return q, nil
}

// checkNames refuses the parameters that a question does not have, and those
// given more often than they may be.
func checkNames(v url.Values, also []string) error {
	for name, values := range v {
		i := slices.IndexFunc(params, func(p Param) bool { return p.Name == name })
		if i < 0 && !slices.Contains(also, name) {
			known := slices.Clone(also)
			for _, p := range params {
				known = append(known, p.Name)
			}
			return Only(slices.Collect(maps.Keys(v)), known)
		}
		if len(values) > 1 && (i < 0 || !params[i].Many) {
			return &ParamError{Param: name, Value: shorten(values[1]), Key: "repeated"}
		}
	}
	return nil
}

// A parser reads parameters until one is wrong.
type parser struct {
	values url.Values
	terms  Terms
	err    error
}

func (p *parser) query() Query {
	q := Query{Page: 1, PerPage: DefaultPerPage}
	p.words(&q)
	q.World = World(p.one("world", worlds()))
	q.Trades = p.many("trade", p.trade, sentence("a trade's slug, a NAFA code (1071CA) or a NAF code (10.71C) of /api/v1/trades"))
	for _, s := range p.many("sector", among(sectors), sectors) {
		q.Sectors = append(q.Sectors, trade.Sector(s))
	}
	for _, f := range p.many("family", among(families), families) {
		q.Families = append(q.Families, trade.Family(f))
	}
	q.Labels = p.many("label", p.label, p.labels)
	q.Sizes = p.many("size", func(s string) string { return among(trade.Sizes)(strings.ToUpper(s)) }, trade.Sizes)
	q.Communes = p.many("commune", p.commune, sentence("the INSEE code of a commune: 62473"))
	q.EPCIs = p.many("epci", p.epci, sentence("the SIREN or the slug of an EPCI"))
	q.Territories = p.many("territory", p.territory, p.territories)
	q.Departments = p.many("department", p.department, sentence("the code of a département: 62, 2A, 971"))
	p.point(&q)
	p.box(&q)
	q.Sort = Sort(p.one("sort", sorts()))
	if q.Near == nil && q.Sort == Distance {
		q.Sort = ""
	}
	q.PerPage = p.integer("per_page", DefaultPerPage, MaxPerPage)
	q.Page = p.integer("page", 1, math.MaxInt32)
	if q.Page > 1 && q.Page*q.PerPage > MaxDepth {
		p.fail(&ParamError{
			Param: "page", Value: p.get("page"), Key: "deep",
			Accepted: []string{"1 to " + strconv.Itoa(MaxDepth/q.PerPage)},
		})
	}
	return q
}

// fail keeps the first error.
func (p *parser) fail(e *ParamError) {
	if p.err == nil {
		p.err = e
	}
}

func (p *parser) wrong(name, value string, accepted ...string) {
	p.fail(&ParamError{Param: name, Value: shorten(value), Accepted: accepted, Nearest: fold.Nearest(shorten(value), accepted), Key: "value"})
}

func (p *parser) get(name string) string { return strings.TrimSpace(p.values.Get(name)) }

// words reads q. A space at its end says that the last word is whole.
func (p *parser) words(q *Query) {
	raw := strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(p.values.Get("q"), " "))
	text := strings.Join(strings.Fields(raw), " ")
	if fold.Key(text) == "" {
		return // no letter and no digit: no words
	}
	if len([]rune(text)) > maxText {
		p.wrong("q", text, "at most "+strconv.Itoa(maxText)+" characters")
		return
	}
	if s, err := register.ParseSIRET(text); err == nil {
		q.SIRET = s
		return
	}
	if s, err := register.ParseSIREN(text); err == nil {
		q.SIREN = s
		return
	}
	if strings.HasSuffix(raw, " ") {
		text += " "
	}
	q.Text = text
}

func (p *parser) one(name string, accepted []string) string {
	s := p.get(name)
	if s != "" && !slices.Contains(accepted, s) {
		p.wrong(name, s, accepted...)
	}
	return s
}

// many reads the values of a parameter, each brought to one spelling by read,
// which answers "" for a value it does not know; accepted tells which it knows.
func (p *parser) many(name string, read func(string) string, accepted func() []string) []string {
	var all []string
	for _, list := range p.values[name] {
		for s := range strings.SplitSeq(list, ",") {
			if s = strings.TrimSpace(s); s == "" {
				continue
			}
			known := read(s)
			if known == "" {
				p.wrong(name, s, accepted()...)
				return nil
			}
			all = append(all, known)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sentence says what is accepted where it is no list of values.
func sentence(s string) func() []string { return func() []string { return []string{s} } }

func among(accepted func() []string) func(string) string {
	return func(s string) string {
		if slices.Contains(accepted(), s) {
			return s
		}
		return ""
	}
}

// trade brings 10.71C, 1071C and 10.71c to 10.71C, 1071ca to 1071CA and a
// slug to itself.
func (p *parser) trade(s string) string {
	if s[0] >= '0' && s[0] <= '9' {
		s = strings.ToUpper(s)
		if len(s) == 5 && s[2] != '.' {
			s = s[:2] + "." + s[2:]
		}
	}
	if _, ok := p.terms.Trades.Resolve(s); !ok {
		return ""
	}
	return s
}

func (p *parser) label(s string) string {
	if _, ok := p.terms.Trades.Label(s); ok || slices.Contains(p.terms.Labels, s) {
		return s
	}
	return ""
}

func (p *parser) labels() []string {
	all := slices.Clone(p.terms.Labels)
	for _, l := range p.terms.Trades.Labels() {
		all = append(all, l.Slug)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (p *parser) commune(s string) string {
	c, _, ok := p.terms.Places.Resolve(strings.ToUpper(s))
	if !ok {
		return ""
	}
	return c.Code
}

func (p *parser) epci(s string) string {
	e, ok := p.terms.Places.EPCI(s)
	if !ok {
		e, ok = p.terms.Places.EPCIBySlug(s)
	}
	if !ok {
		return ""
	}
	return e.Code
}

func (p *parser) territory(s string) string {
	t, _ := p.terms.Places.Territory(s)
	return t.Slug
}

func (p *parser) territories() []string {
	var all []string
	for _, t := range p.terms.Places.Territories() {
		all = append(all, t.Slug)
	}
	return all
}

func (p *parser) department(s string) string {
	d, _ := p.terms.Places.Department(strings.ToUpper(s))
	return d.Code
}

// point reads lat and lon, or near, and the radius around them.
func (p *parser) point(q *Query) {
	lat, lon := p.get("lat"), p.get("lon")
	switch {
	case lat != "" && lon == "":
		p.fail(&ParamError{Param: "lon", Accepted: []string{"a longitude, with lat"}, Key: "value"})
	case lon != "" && lat == "":
		p.fail(&ParamError{Param: "lat", Accepted: []string{"a latitude, with lon"}, Key: "value"})
	case lat != "":
		q.Near = &geo.Point{Lat: p.number("lat", -90, 90), Lon: p.number("lon", -180, 180)}
	case p.get("near") != "":
		p.near(q, p.get("near"))
	}
	if p.get("radius_km") == "" {
		return
	}
	km := p.number("radius_km", 0.01, MaxRadius/1000)
	if q.Near != nil {
		q.Radius = math.Round(km * 1000)
	}
}

// byCode says that what follows is an INSEE code. Without it, most postcodes
// would be the INSEE code of a commune elsewhere: 62330 is the postcode of
// Isbergues and the code of Festubert.
const byCode = "insee:"

// NearCode writes a commune as the parameter near reads it, whatever else its
// INSEE code may be.
func NearCode(code string) string { return byCode + code }

// near finds the commune that a text names: a postcode, else an INSEE code,
// else the beginning of a name, the most populous first. NearAlso tells the
// others whose whole name, postcode or code is the same.
func (p *parser) near(q *Query, text string) {
	code, explicit := strings.CutPrefix(text, byCode)
	coded, _, isCode := p.terms.Places.Resolve(strings.ToUpper(code))
	var found []place.Commune
	if !explicit {
		found = p.terms.Places.Find(text, 12)
	}
	if isCode {
		found = slices.DeleteFunc(found, func(f place.Commune) bool { return f.Code == coded.Code && !slices.Contains(f.Postcodes, text) })
		if len(found) == 0 || !slices.Contains(found[0].Postcodes, text) {
			found = append([]place.Commune{coded}, found...)
		} else if !slices.ContainsFunc(found, func(f place.Commune) bool { return f.Code == coded.Code }) {
			found = append(found, coded)
		}
	}
	if len(found) == 0 {
		p.wrong("near", text, "the name, postcode or INSEE code of a commune")
		return
	}
	best := found[0]
	q.Near, q.NearCommune = &best.Centre, best.Code
	for _, c := range found[1:] {
		if fold.Key(c.Name) == fold.Key(text) || slices.Contains(c.Postcodes, text) || isCode && c.Code == coded.Code {
			q.NearAlso = append(q.NearAlso, c.Code)
		}
	}
}

func (p *parser) box(q *Query) {
	text := p.get("bbox")
	if text == "" {
		return
	}
	accepted := "south,west,north,east in degrees: 50.5,2.3,50.7,2.6"
	parts := strings.Split(text, ",")
	var n [4]float64
	for i, s := range parts {
		f, ok := degrees(s)
		if !ok || i > 3 {
			p.wrong("bbox", text, accepted)
			return
		}
		n[i] = f
	}
	b := geo.Box{South: n[0], West: n[1], North: n[2], East: n[3]}
	if len(parts) != 4 || b.South > b.North || b.West > b.East ||
		b.South < -90 || b.North > 90 || b.West < -180 || b.East > 180 {
		p.wrong("bbox", text, accepted)
		return
	}
	q.Box = &b
}

func degrees(s string) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	return f + 0, err == nil && !math.IsNaN(f) && !math.IsInf(f, 0)
}

// number reads a number, with a point or a decimal comma.
func (p *parser) number(name string, low, high float64) float64 {
	text := p.get(name)
	f, ok := degrees(strings.Replace(text, ",", ".", 1))
	if !ok || f < low || f > high {
		p.wrong(name, text, "a number from "+strconv.FormatFloat(low, 'f', -1, 64)+" to "+strconv.FormatFloat(high, 'f', -1, 64))
		return 0
	}
	return f
}

func (p *parser) integer(name string, without, most int) int {
	text := p.get(name)
	if text == "" {
		return without
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		accepted := "a whole number from 1 to " + strconv.Itoa(most)
		if most == math.MaxInt32 {
			accepted = "a whole number from 1"
		}
		p.wrong(name, text, accepted)
		return without
	}
	return n
}
