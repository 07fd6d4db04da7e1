package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/account"
	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/match"
	"passerelle/internal/match/partner"
	"passerelle/internal/register"
	"passerelle/internal/trade"
)

// A partnersPage is who could do something with an establishment, and why.
type partnersPage struct {
	frame
	Crumbs   []crumb
	Self     shore
	Path     string
	First    *crossing
	Others   []crossing
	Weights  []weightChoice
	Radii    []option
	Worlds   []option
	Widened  string // in words: nobody within 10 km, so 20 km were tried
	Tried    string // what was tried, when nobody is there
	Changed  bool   // weights are not equal
	Mine     bool   // may set partners aside and ask to meet them
	Refusals []option
	Aside    int // how many were set aside
	Done     bool
	Here     string // this question, to come back to
}

// A shore is one side of a crossing.
type shore struct {
	World, Kind string
	Name, What  string
	Place, Size string
	Path        string
	SIRET       string
}

// A crossing is a pair: two banks and the planks between them, read from the
// first and from the second.
type crossing struct {
	N        int
	Other    shore
	Total    int
	Distance string
	Planks   []plank
	Back     []plank // the same pair, as the other side reads it
	Missing  []string
	Verified bool
	Meet     string  // where a meeting is asked for
	Lead     *linked // that the two have, for who keeps leads
	Note     string  // where one is noted
}

// A plank is a criterion.
type plank struct {
	Key, Icon, Name string
	Points, Most    int
	Per             int // width of the plank in hundredths
	Reason          string
	Source          string
}

// A weightChoice is how much a criterion counts.
type weightChoice struct {
	Key, Name string
	Options   []option
}

// criterionIcons are the icons of the criteria, in their order.
var criterionIcons = map[string]string{"proximity": "place", "services": "handover", "jobs": "person", "resources": "leaf"}

// shownPartners is how many partners a page shows.
const shownPartners = 10

func (s *site) partners(w http.ResponseWriter, r *http.Request) error {
	siret, err := siretOf(r)
	if err != nil {
		return err
	}
	v := r.URL.Query()
	if text := weightsOf(v); text != "" {
		v.Set("weights", text)
	}
	q, err := partnersQuestion(r, v)
	if err != nil {
		return err
	}
	q.Limit = shownPartners
	e, err := s.config.Directory.Establishment(siret)
	if err != nil {
		return err
	}
	l := s.words(r)
	p := &partnersPage{frame: s.frame(r, "/annuaire", ""), Path: "/entreprises/" + siret.String() + "/partenaires", Done: v.Has("fait")}
	who, err := s.someone(w, r)
	if err != nil {
		return err
	}
	p.Mine = account.May(who, account.OwnFirm, account.Object{SIRET: siret, Territory: e.Territory})
	if p.Mine {
		if q.Feedback, p.Aside, err = s.feedback(r.Context(), siret); err != nil {
			return err
		}
	}
	found, err := s.config.Partners.Best(q)
	if err != nil {
		return err
	}
	p.Self = s.shoreOf(l, &e)
	p.Title = l.T("partners.title", "name", p.Self.Name)
	p.Description = l.T("partners.description", "name", p.Self.Name)
	p.Crumbs = []crumb{{Name: l.T("nav./annuaire"), Path: "/annuaire"}, {Name: p.Self.Name, Path: p.Self.Path}, {Name: l.T("partners.crumb")}}
	p.frame.Path, p.NoIndex = p.Path, true
	with, err := s.leadsWith(r, who, siret)
	if err != nil {
		return err
	}
	for i := range found.Partners {
		c := s.crossingOf(l, siret, &found.Seeker, &found.Partners[i])
		c.N = i + 1
		s.leadOf(r, &c, who, &e, &found.Partners[i], with)
		if i == 0 {
			p.First = &c
			continue
		}
		p.Others = append(p.Others, c)
	}
	s.partnersForm(l, p, &q, found)
	return s.show(w, http.StatusOK, "partner/partners", p)
}

// weightsOf reads the choices of the form, as an address of the API has them.
func weightsOf(v url.Values) string {
	var parts []string
	for _, name := range match.Criteria() {
		if n, err := strconv.Atoi(v.Get(name)); err == nil && n != 1 {
			parts = append(parts, name+":"+strconv.Itoa(n))
		}
	}
	return strings.Join(parts, ",")
}

// partnersForm fills in what the page asks and says of the question.
func (s *site) partnersForm(l *locale.Language, p *partnersPage, q *partner.Question, found *partner.Answer) {
	weights := map[string]float64{"proximity": 1, "services": 1, "jobs": 1, "resources": 1}
	if q.Weights != (match.Weights{}) {
		weights = map[string]float64{"proximity": q.Weights.Proximity, "services": q.Weights.Services, "jobs": q.Weights.Jobs, "resources": q.Weights.Resources}
	}
	back := url.Values{}
	for _, name := range match.Criteria() {
		c := weightChoice{Key: name, Name: l.T("partners.criterion." + name)}
		for _, n := range []string{"0", "1", "2", "3"} {
			chosen := strconv.FormatFloat(weights[name], 'g', -1, 64) == n
			c.Options = append(c.Options, option{n, l.T("partners.weight." + n), chosen})
			if chosen && n != "1" {
				p.Changed = true
				back.Set(name, n)
			}
		}
		p.Weights = append(p.Weights, c)
	}
	radius := q.Radius
	if radius == 0 {
		radius = partner.DefaultRadius
	}
	for _, km := range []int{5, 10, 20, 30, 50, 100} {
		p.Radii = append(p.Radii, option{strconv.Itoa(km), strconv.Itoa(km) + " km", radius == float64(km*1000)})
	}
	for _, world := range []string{"", "craft", "ess", "both"} {
		p.Worlds = append(p.Worlds, option{world, l.T("partners.world." + worldKey(world)), string(q.World) == world})
	}
	if q.World != "" {
		back.Set("world", string(q.World))
	}
	if radius != partner.DefaultRadius {
		back.Set("radius_km", strconv.Itoa(int(radius/1000)))
	}
	p.Here = p.Path
	if len(back) > 0 {
		p.Here += "?" + back.Encode()
	}
	if found.Widened {
		p.Widened = l.T("partners.widened", "from", l.Distance(radius), "to", l.Distance(found.Radius))
	}
	if p.First == nil {
		p.Tried = l.T("partners.none", "to", l.Distance(found.Radius))
	}
	for _, refusal := range match.Refusals {
		p.Refusals = append(p.Refusals, option{Value: string(refusal), Name: l.T("partners.refusal." + string(refusal))})
	}
}

// worldKey names the choice of the other world.
func worldKey(world string) string {
	if world == "" {
		return "other"
	}
	return world
}

// shoreOf tells who is on a bank. A masked person stands on none.
func (s *site) shoreOf(l *locale.Language, e *directory.Establishment) shore {
	b := shore{World: worldOf(e), Name: e.Title(), What: s.activity(l, e), Path: "/entreprises/" + e.SIRET.String(), SIRET: e.SIRET.String()}
	b.Kind = l.T("world." + b.World)
	if t, ok := s.config.Trades.Trade(e.Trade); ok {
		b.What = nameOfTrade(l, t)
	}
	if b.Name == "" {
		b.Name = l.T("directory.masked")
	}
	if c, ok := s.config.Places.Commune(e.Commune); ok {
		b.Place = c.Name
	}
	b.Size = sizeWords(l, e)
	return b
}

// crossingOf puts a pair into words, from both sides.
func (s *site) crossingOf(l *locale.Language, seeker register.SIRET, self *match.Side, f *partner.Found) crossing {
	c := crossing{Other: s.shoreOf(l, &f.Establishment), Distance: wayWords(l, f.Metres, f.Road), Verified: f.Side.Said != nil}
	points := f.Figures.Shown()
	there := s.config.Partners.Rules.Reasons(l, self, &f.Side, f.Metres, f.Road, f.Figures)
	back := s.config.Partners.Rules.Reasons(l, &f.Side, self, f.Metres, f.Road, f.Figures)
	c.Total, c.Missing = points.Total, there.Missing
	c.Planks, c.Back = s.planksOf(l, points, &there), s.planksOf(l, points, &back)
	v := url.Values{"de": {seeker.String()}, "vers": {f.Side.SIRET.String()}, "origine": {"match"}}
	c.Meet = "/mises-en-relation/nouvelle?" + v.Encode()
	return c
}

// wayWords says how far two are, and how long it takes where that is known.
func wayWords(l *locale.Language, metres float64, road match.Road) string {
	if !road.Known() {
		return l.Distance(metres)
	}
	return l.T("partners.way", "distance", l.Distance(metres), "minutes", road.Minutes)
}

// planksOf lists the four criteria with their reasons.
func (s *site) planksOf(l *locale.Language, points match.Points, why *match.Reasons) []plank {
	out := make([]plank, 0, 4)
	for _, c := range []struct {
		key    string
		points int
		reason match.Reason
	}{
		{"proximity", points.Proximity, why.Proximity},
		{"services", points.Services, why.Services},
		{"jobs", points.Jobs, why.Jobs},
		{"resources", points.Resources, why.Resources},
	} {
		out = append(out, plank{
			Key: c.key, Icon: criterionIcons[c.key], Name: l.T("partners.criterion." + c.key), Points: c.points, Most: 25, Per: min(100, c.points*4),
			Reason: c.reason.Text, Source: l.T("partners.source." + sourceOfReason(c.reason.Source)),
		})
	}
	return out
}

// sourceOfReason names where a reason comes from.
func sourceOfReason(s match.Source) string {
	if s == match.FromNothing {
		return "nothing"
	}
	return string(s)
}

// sizeWords tells how many work there, when the register does.
func sizeWords(l *locale.Language, e *directory.Establishment) string {
	if e.Size == "" || e.Size == "NN" {
		return ""
	}
	return trade.SizeLabel(e.Size, l.Code())
}

// feedback is what was answered to partners shown before: those set aside for
// this establishment, and what people said of kinds of pairs.
func (s *site) feedback(ctx context.Context, siret register.SIRET) (partner.Feedback, int, error) {
	f := partner.Feedback{Dropped: map[register.SIRET]bool{}}
	list, err := s.config.Verdicts.About(ctx, siret)
	if err != nil {
		return f, 0, err
	}
	now := s.config.Clock.Now()
	for _, v := range list {
		if match.Refusal(v.Reason).Away(int(now.Sub(v.At).Hours() / 24)) {
			f.Dropped[v.Candidate] = true
		}
	}
	f.Heard, err = s.heardOf(ctx, siret)
	return f, len(f.Dropped), err
}

// heardOf tells what people of the kind of an establishment said of each kind
// of partner; a person counts once for a kind.
func (s *site) heardOf(ctx context.Context, siret register.SIRET) (func(match.Kind) match.Voices, error) {
	own, ok, err := s.config.Partners.Kind(siret)
	if err != nil || !ok {
		return nil, err
	}
	all, err := s.config.Verdicts.All(ctx)
	if err != nil {
		return nil, err
	}
	type voice struct {
		kind   match.Kind
		person string
	}
	heard, voices := map[voice]bool{}, map[match.Kind]match.Voices{}
	for _, v := range all {
		from, known, err := s.config.Partners.Kind(v.Seeker)
		if err != nil {
			return nil, err
		}
		if !known || from != own {
			continue
		}
		kind, known, err := s.config.Partners.Kind(v.Candidate)
		if err != nil {
			return nil, err
		}
		if once := (voice{kind, v.By}); known && !heard[once] {
			heard[once] = true
			if voices[kind] == nil {
				voices[kind] = match.Voices{}
			}
			voices[kind][match.Refusal(v.Reason)]++
		}
	}
	return func(k match.Kind) match.Voices { return voices[k] }, nil
}

// setAside keeps why a partner is of no use.
func (s *site) setAside(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	form, err := formOf(w, r)
	if err != nil {
		return err
	}
	other, err := register.ParseSIRET(form.Get("autre"))
	if err != nil || !slices.Contains(match.Refusals, match.Refusal(form.Get("motif"))) {
		return errForm
	}
	if _, err := s.config.Directory.Establishment(other); err != nil {
		return err
	}
	if err := s.config.Verdicts.Say(r.Context(), by(who), exchange.Verdict{Seeker: siret, Candidate: other, Reason: form.Get("motif")}); err != nil {
		return err
	}
	return s.goOn(w, r, backTo(form, "/entreprises/"+siret.String()+"/partenaires"))
}

// backTo is the page of partners that a form came from.
func backTo(form url.Values, path string) string {
	if u, err := url.Parse(form.Get("retour")); err == nil && !u.IsAbs() && u.Host == "" && u.Path == path {
		v := u.Query()
		v.Set("fait", "1")
		return path + "?" + v.Encode()
	}
	return path + "?fait=1"
}

// takeBack shows partners again that were set aside.
func (s *site) takeBack(w http.ResponseWriter, r *http.Request, who *account.Signed) error {
	siret, err := s.ownFirm(r, who)
	if err != nil {
		return err
	}
	list, err := s.config.Verdicts.About(r.Context(), siret)
	if err != nil {
		return err
	}
	for _, v := range list {
		if err := s.config.Verdicts.Remove(r.Context(), by(who), siret, v.Candidate); err != nil {
			return err
		}
	}
	return s.goOn(w, r, pathIn(r, "/entreprises/"+siret.String()+"/partenaires")+"?fait=1")
}
