package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/geo"
	"passerelle/internal/register"
	"passerelle/internal/team"
)

// A teamsQuestion asks for the best teams for a job.
type teamsQuestion struct {
	Near       string        `json:"near,omitempty" doc:"The commune of the site, by name, postcode or INSEE code; or lat and lon" example:"62473"`
	Lat        *float64      `json:"lat,omitempty" doc:"Latitude of the site (WGS 84); with lon"`
	Lon        *float64      `json:"lon,omitempty" doc:"Longitude of the site"`
	Radius     *float64      `json:"radius_km,omitempty" doc:"Members lie within that many kilometres of the site, 0.1 to 100; 25 without it"`
	Lots       []lotQuestion `json:"lots" doc:"The parts of the job, 1 to 12"`
	Social     bool          `json:"social_clause,omitempty" doc:"One member at least is of the social and solidarity economy, or an insertion structure"`
	Most       int           `json:"max_members,omitempty" doc:"Members at most, 1 to 12; as many as it takes without it"`
	MemberCost *float64      `json:"member_cost_km,omitempty" doc:"What a member counts for beside its distance, in kilometres, 0 to 100; 5 without it"`
	Include    []string      `json:"include,omitempty" doc:"SIRET of those who must be members, 20 at most"`
	Exclude    []string      `json:"exclude,omitempty" doc:"SIRET of those who must not, 20 at most"`
	PreferPast bool          `json:"prefer_past,omitempty" doc:"Who has already worked with one of include counts for half of member_cost_km"`
}

// A lotQuestion is a part of a job.
type lotQuestion struct {
	Trade string `json:"trade" doc:"A trade's slug, a NAFA code or a NAF rév. 2 code, as /api/v1/trades lists them" example:"electricien"`
	Heads int    `json:"heads,omitempty" doc:"People it takes at once; whoever takes several lots has enough for all of them"`
}

// A teamsAnswer is the best teams, best first.
type teamsAnswer struct {
	AsOf     day            `json:"as_of"`
	Teams    []teamRecord   `json:"teams" doc:"Three at most; empty when nobody can do any lot, or the social clause cannot hold"`
	Beyond   []beyondRecord `json:"beyond" doc:"How far one must go for each lot that a team leaves"`
	Searched int            `json:"searched" doc:"Establishments within the radius that can do a lot, counted by trade"`
	MS       float64        `json:"ms" doc:"Milliseconds that the search took"`
}

// A teamRecord is a team.
type teamRecord struct {
	Members          []memberRecord `json:"members" doc:"Nearest first"`
	Covered          int            `json:"covered" doc:"How many lots have a member"`
	Uncovered        []string       `json:"uncovered" doc:"The lots that have none, as they were given"`
	UncoveredIndices []int          `json:"uncovered_indices" doc:"The same, by position in the question, from 0"`
	Cost             float64        `json:"cost_km" doc:"The members' distances from the site, and member_cost_km for each"`
	Optimal          bool           `json:"optimal" doc:"It is proven that no team is better, but those before it"`
	GapLots          int            `json:"gap_lots" doc:"When it is not proven: lots that another team could cover beside, at most"`
	Gap              float64        `json:"gap_km" doc:"When it is not proven: what another team could cost less, at most"`
}

// A memberRecord is a firm of a team.
type memberRecord struct {
	SIRET      string   `json:"siret" pattern:"^[0-9]{14}$"`
	Name       string   `json:"name"`
	Lots       []string `json:"lots" doc:"What it takes, as it was given in the question"`
	LotIndices []int    `json:"lot_indices" doc:"The same, by position in the question, from 0"`
	Distance   float64  `json:"distance_km" doc:"From the site"`
	Social     bool     `json:"social" doc:"It makes the social clause hold"`
}

// A beyondRecord is the nearest establishment for what a team leaves.
type beyondRecord struct {
	Trade    *string  `json:"trade" doc:"As it was given; null for the social clause"`
	LotIndex *int     `json:"lot_index" doc:"From 0; null for the social clause"`
	SIRET    *string  `json:"siret" doc:"null when there is none within 200 km"`
	Name     *string  `json:"name"`
	Distance *float64 `json:"distance_km"`
}

// apiTeams answers with the best teams. It changes nothing.
func (s *Server) apiTeams(r *http.Request, _ url.Values) (any, error) {
	var q teamsQuestion
	if err := readJSON(r, &q); err != nil {
		return nil, err
	}
	j, err := s.job(&q)
	if err != nil {
		return nil, err
	}
	start := s.config.Clock.Now()
	found, err := s.config.Teams.Find(r.Context(), j)
	switch {
	case errors.Is(err, team.ErrUnknown):
		return nil, wrong("include", "", "SIRET of the directory that may be shown and are placed")
	case errors.Is(err, team.ErrInclude):
		return nil, wrong("include", "", "establishments of different firms, not more than max_members, none of them in exclude")
	case err != nil:
		return nil, err
	}
	a := teamsAnswerOf(&q, &found)
	a.AsOf = s.config.Directory.AsOf()
	a.MS = float64(s.config.Clock.Now().Sub(start).Microseconds()) / 1000
	return a, nil
}

// wrong refuses a field of a body.
func wrong(field, value string, accepted ...string) error {
	return &query.ParamError{Param: field, Value: cut(value, 80), Accepted: accepted, Key: "value"}
}

// bodyError says what is wrong with a body that cannot be read as asked.
func bodyError(err error) error {
	var large *http.MaxBytesError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &large):
		return err
	case errors.As(err, &kind) && kind.Field != "":
		return wrong(kind.Field, kind.Value, "what /api/openapi.json says of this field")
	case err != nil && len(err.Error()) < 100:
		return wrong("body", err.Error(), `one JSON object: {"near":"62473","radius_km":25,"lots":[{"trade":"electricien"}]}`)
	}
	return wrong("body", "", `one JSON object: {"near":"62473","radius_km":25,"lots":[{"trade":"electricien"}]}`)
}

// job reads a question.
func (s *Server) job(q *teamsQuestion) (team.Job, error) {
	j := team.Job{Radius: 25_000, Social: q.Social, Most: q.Most, MemberCost: team.DefaultMemberCost, PreferPast: q.PreferPast}
	site, err := s.site(q)
	if err != nil {
		return j, err
	}
	j.Site = site
	if q.Radius != nil {
		if !(*q.Radius >= 0.1 && *q.Radius <= team.MaxRadius/1000) {
			return j, wrong("radius_km", number(*q.Radius), "a number from 0.1 to 100")
		}
		j.Radius = *q.Radius * 1000
	}
	if q.MemberCost != nil {
		if !(*q.MemberCost >= 0 && *q.MemberCost <= 100) {
			return j, wrong("member_cost_km", number(*q.MemberCost), "a number from 0 to 100")
		}
		j.MemberCost = int64(math.Round(*q.MemberCost * 1000))
	}
	if q.Most < 0 || q.Most > team.MaxMembers {
		return j, wrong("max_members", strconv.Itoa(q.Most), "a whole number from 1 to 12, or nothing")
	}
	if len(q.Lots) == 0 || len(q.Lots) > team.MaxLots {
		return j, wrong("lots", strconv.Itoa(len(q.Lots))+" lots", `1 to 12 lots: [{"trade":"electricien"}]`)
	}
	for i, l := range q.Lots {
		if _, ok := s.config.Teams.Trade(l.Trade); !ok {
			return j, &query.ParamError{
				Param: fmt.Sprintf("lots[%d].trade", i), Value: cut(l.Trade, 80), Nearest: s.nearestTrade(l.Trade), Key: "value",
				Accepted: []string{"a trade's slug, a NAFA code (1071CA) or a NAF code (10.71C) of /api/v1/trades"},
			}
		}
		if l.Heads < 0 || l.Heads > mostHeads {
			return j, wrong(fmt.Sprintf("lots[%d].heads", i), strconv.Itoa(l.Heads), "a whole number from 0 to "+strconv.Itoa(mostHeads))
		}
		j.Lots = append(j.Lots, team.Lot(l))
	}
	if j.Include, err = sirets("include", q.Include); err != nil {
		return j, err
	}
	j.Exclude, err = sirets("exclude", q.Exclude)
	return j, err
}

// site returns the point of the site.
func (s *Server) site(q *teamsQuestion) (geo.Point, error) {
	v := url.Values{}
	if q.Lat != nil {
		v.Set("lat", number(*q.Lat))
	}
	if q.Lon != nil {
		v.Set("lon", number(*q.Lon))
	}
	if q.Near != "" {
		v.Set("near", q.Near)
	}
	asked, err := query.ParseStrict(v, s.config.Directory.Terms())
	if err != nil {
		return geo.Point{}, err
	}
	if asked.Near == nil {
		return geo.Point{}, wrong("near", "", "the name, postcode or INSEE code of the commune of the site, or lat and lon")
	}
	return *asked.Near, nil
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

// nearestTrade returns the slug that was perhaps meant.
func (s *Server) nearestTrade(name string) string {
	var slugs []string
	for _, t := range s.config.Trades.Trades() {
		slugs = append(slugs, t.Slug)
	}
	return fold.Nearest(cut(fold.Slug(name), 80), slugs)
}

// sirets reads a list of SIRET, each once.
func sirets(field string, list []string) ([]register.SIRET, error) {
	if len(list) > team.MaxNamed {
		return nil, wrong(field, strconv.Itoa(len(list))+" of them", "20 at most")
	}
	var out []register.SIRET
	for i, text := range list {
		s, err := register.ParseSIRET(text)
		if err != nil {
			return nil, wrong(fmt.Sprintf("%s[%d]", field, i), text, "fourteen digits whose key holds")
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out, nil
}

func teamsAnswerOf(q *teamsQuestion, found *team.Found) *teamsAnswer {
	a := &teamsAnswer{Teams: []teamRecord{}, Beyond: []beyondRecord{}, Searched: found.Searched}
	lots := func(indices []int) ([]string, []int) {
		names := make([]string, 0, len(indices))
		for _, i := range indices {
			names = append(names, q.Lots[i].Trade)
		}
		return names, append([]int{}, indices...)
	}
	for _, t := range found.Teams {
		rec := teamRecord{Members: []memberRecord{}, Covered: len(q.Lots) - len(t.Uncovered), Cost: km(float64(t.Cost)), Optimal: t.Optimal, GapLots: t.GapLots, Gap: km(float64(t.Gap))}
		rec.Uncovered, rec.UncoveredIndices = lots(t.Uncovered)
		for _, m := range t.Members {
			who := memberRecord{SIRET: m.SIRET.String(), Name: m.Title(), Distance: km(m.Distance), Social: m.Social}
			who.Lots, who.LotIndices = lots(m.Lots)
			rec.Members = append(rec.Members, who)
		}
		a.Teams = append(a.Teams, rec)
	}
	for _, n := range found.Beyond {
		var rec beyondRecord
		if n.Lot >= 0 {
			rec.Trade, rec.LotIndex = &q.Lots[n.Lot].Trade, ptr(n.Lot)
		}
		if n.Found {
			rec.SIRET, rec.Name, rec.Distance = ptr(n.SIRET.String()), ptr(n.Title()), ptr(km(n.Distance))
		}
		a.Beyond = append(a.Beyond, rec)
	}
	return a
}

// km writes metres in kilometres, to the metre.
func km(metres float64) float64 { return math.Round(metres) / 1000 }
