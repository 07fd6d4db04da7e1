package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/directory/query"
	"passerelle/internal/locale"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
)

// A partnersAnswer is the best partners of an establishment.
type partnersAnswer struct {
	AsOf      day             `json:"as_of" doc:"Date of the register"`
	Radius    float64         `json:"radius_km" doc:"As far as was looked in the end"`
	WidenedTo *float64        `json:"widened_to_km" doc:"The radius that was tried last, when nobody was within the one asked for; null else"`
	Results   []partnerRecord `json:"results" doc:"Best first; at most one establishment of each legal unit, none of its own"`
}

// A partnerRecord is an establishment and what the two could do for each
// other.
type partnerRecord struct {
	SIRET    string         `json:"siret" pattern:"^[0-9]{14}$"`
	Name     *string        `json:"name"`
	Score    int            `json:"score" doc:"0 to 100: the sum of the points of the four criteria"`
	Distance float64        `json:"distance_km"`
	Minutes  *int           `json:"minutes,omitempty" doc:"By road, where the house has a matrix of travel times that tells"`
	Criteria criteriaRecord `json:"criteria"`
	Missing  []string       `json:"missing" doc:"What would bring more points"`
}

// A criteriaRecord holds the four criteria of the founding agreement.
type criteriaRecord struct {
	Proximity criterionRecord `json:"proximity"`
	Services  criterionRecord `json:"services"`
	Jobs      criterionRecord `json:"jobs"`
	Resources criterionRecord `json:"resources"`
}

// A criterionRecord is what a criterion brings, and why.
type criterionRecord struct {
	Points int    `json:"points" doc:"0 to 25 at equal weights"`
	Reason string `json:"reason" doc:"A sentence; one that says so when the criterion brings nothing"`
}

// partnersParams describes the parameters of the partners of one.
func partnersParams() []query.Param {
	return []query.Param{
		{Name: "world", Kind: "string", About: "The world partners are looked for in; the other one without it, or either for an establishment of both.", Accepted: []string{"craft", "ess", "both"}, Example: "both"},
		{Name: "radius_km", Kind: "number", About: "How far partners are looked for, up to 100; 30 without it. It is doubled up to 100 when nobody is within it.", Example: "20"},
		{Name: "limit", Kind: "integer", About: "How many, 1 to 100; 10 without it.", Example: "10"},
		{Name: "weights", Kind: "string", About: "How much each criterion counts, 0 to 10; one that is not named counts 1. Only their ratios matter.", Example: "proximity:1,services:2,jobs:1,resources:0"},
		{Name: "lang", Kind: "string", About: "The language of the sentences; fr without it.", Accepted: locale.Codes(), Example: "en"},
	}
}

func (s *Server) apiPartners(r *http.Request, v url.Values) (any, error) {
	q, err := partnersQuestion(r, v)
	if err != nil {
		return nil, err
	}
	code := cmp.Or(v.Get("lang"), locale.Codes()[0])
	if !slices.Contains(locale.Codes(), code) {
		return nil, &query.ParamError{Param: "lang", Value: cut(code, 40), Accepted: locale.Codes(), Key: "value"}
	}
	found, err := s.config.Partners.Best(q)
	if err != nil {
		return nil, err
	}
	a := partnersAnswer{AsOf: s.config.Directory.AsOf(), Radius: inKm(found.Radius), Results: make([]partnerRecord, 0, len(found.Partners))}
	if found.Widened {
		a.WidenedTo = &a.Radius
	}
	words := s.config.Catalogues.For(code)
	for i := range found.Partners {
		a.Results = append(a.Results, s.partnerRecord(words, &found.Seeker, &found.Partners[i]))
	}
	return a, nil
}

func (s *Server) partnerRecord(l *locale.Language, seeker *match.Side, p *partner.Found) partnerRecord {
	points := p.Figures.Shown()
	why := s.config.Partners.Rules.Reasons(l, seeker, &p.Side, p.Metres, p.Road, p.Figures)
	var minutes *int
	if p.Road.Known() {
		minutes = &p.Road.Minutes
	}
	return partnerRecord{
		Minutes: minutes,
		SIRET:   p.Side.SIRET.String(), Name: text(p.Establishment.Title()), Score: points.Total, Distance: inKm(p.Metres), Missing: list(why.Missing),
		Criteria: criteriaRecord{
			Proximity: criterionRecord{points.Proximity, why.Proximity.Text},
			Services:  criterionRecord{points.Services, why.Services.Text},
			Jobs:      criterionRecord{points.Jobs, why.Jobs.Text},
			Resources: criterionRecord{points.Resources, why.Resources.Text},
		},
	}
}

// partnersQuestion reads a question as an address has it.
func partnersQuestion(r *http.Request, v url.Values) (q partner.Question, err error) {
	if q.SIRET, err = siretOf(r); err != nil {
		return q, err
	}
	wrong := func(name string, accepted ...string) error {
		return &query.ParamError{Param: name, Value: cut(v.Get(name), 60), Accepted: accepted, Key: "value"}
	}
	q.World = query.World(v.Get("world"))
	if worlds := []query.World{query.Any, query.Craft, query.ESS, query.Both}; !slices.Contains(worlds, q.World) {
		return q, wrong("world", "craft", "ess", "both")
	}
	if v.Get("radius_km") != "" {
		km, err := strconv.ParseFloat(v.Get("radius_km"), 64)
		if err != nil || !(km > 0 && km <= 100) {
			return q, wrong("radius_km", "a number of kilometres, more than 0 and up to 100")
		}
		q.Radius = km * 1000
	}
	if v.Get("limit") != "" {
		if q.Limit, err = strconv.Atoi(v.Get("limit")); err != nil || q.Limit < 1 || q.Limit > partner.MaxLimit {
			return q, wrong("limit", fmt.Sprintf("a whole number from 1 to %d", partner.MaxLimit))
		}
	}
	if q.Weights, err = match.ParseWeights(v.Get("weights")); err != nil {
		return q, wrong("weights", fmt.Sprintf("criteria with their weights from 0 to %d, not all 0: proximity:1,services:2,jobs:1,resources:0 (%s)", match.MaxWeight, strings.Join(match.Criteria(), ", ")))
	}
	return q, nil
}
