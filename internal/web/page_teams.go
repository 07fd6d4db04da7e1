package web

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/directory/query"
	"passerelle/internal/fold"
	"passerelle/internal/locale"
	"passerelle/internal/place"
	"passerelle/internal/register"
	"passerelle/internal/team"
)

// How the form of teams is made: lots shown at first, and what a radius or a
// number of members may be.
const firstLots = 6

var (
	teamRadii = []int{5, 10, 15, 25, 40, 60, 100}
	teamSizes = []int{2, 3, 4, 5, 6, 7, 8}
)

// mostHeads bounds how many people a lot may take at once.
const mostHeads = 10_000

// A teamsPage finds teams for a job. Anybody may ask.
type teamsPage struct {
	frame
	Crumbs  []crumb
	Near    input
	Radius  input
	Lots    []lotRow
	Trades  []string // what a lot may be called
	Social  bool
	Past    bool // who has worked with Include is preferred
	Most    input
	Cost    input
	Include input
	Exclude input
	More    bool // the finer rules are in use
	Faults  []input
	Asked   bool
	Lead    string
	Teams   []teamView
	Beyond  []string
	Full    bool // lots are left for want of places in the team
}

// A lotRow is a lot in the form: a trade, and how many people it takes.
type lotRow struct {
	Trade, Heads input
	Error        string // of either
}

// A teamView is a team as a page shows it: an arch, and the same in words.
type teamView struct {
	N       int
	Title   string
	Proof   string
	Cost    string
	Arch    archView
	Members []teamMember
	Left    []string // lots nobody takes
	Keep    string   // address of the form that keeps it
}

// A teamMember is a firm of a team.
type teamMember struct {
	N        int
	Firm     firm
	World    string
	Lots     string
	Distance string
	Why      string
}

// An asked is what the form of teams asks, as typed and as read.
type asked struct {
	values  url.Values
	job     team.Job
	commune place.Commune
	lots    []string // as typed, empty ones left out
	heads   []string // of each of lots
	faults  map[string]string
}

func (s *site) teams(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	q := s.askedTeam(l, r.URL.Query())
	p := &teamsPage{frame: s.frame(r, "/groupements", l.T("teams.title")), Crumbs: []crumb{{Name: l.T("teams.title")}}, Lead: l.T("teams.lead")}
	p.Description, p.NoIndex = l.T("teams.description"), r.URL.RawQuery != ""
	p.form(s, l, q)
	status := http.StatusOK
	if len(q.lots) > 0 || q.values.Get("near") != "" {
		p.Asked = true
		if len(q.faults) == 0 {
			if err := s.findTeams(r, p, q); err != nil {
				return err
			}
		}
		if len(p.Faults) > 0 {
			p.Asked, status = false, http.StatusUnprocessableEntity
			p.Title = l.T("form.error_title", "title", p.Title)
		}
	}
	return s.show(w, status, "team/teams", p)
}

// askedTeam reads what the form asks.
func (s *site) askedTeam(l *locale.Language, v url.Values) *asked {
	q := &asked{values: v, faults: make(map[string]string)}
	q.job = team.Job{Radius: 25_000, MemberCost: team.DefaultMemberCost, Social: v.Get("social") != "", PreferPast: v.Get("past") != ""}
	for i, text := range v["lot"] {
		if text = cut(strings.TrimSpace(text), 120); text == "" || len(q.lots) == team.MaxLots {
			continue
		}
		q.addLot(s, l, text, textAt(v["heads"], i))
	}
	if len(q.lots) == 0 {
		q.faults["lot-1"] = l.T("teams.fault.lots")
	}
	near := strings.TrimSpace(v.Get("near"))
	found, err := query.Parse(url.Values{"near": {near}}, s.config.Directory.Terms())
	if err != nil || found.Near == nil {
		q.faults["near"] = l.T("teams.fault.near")
	} else {
		q.job.Site = *found.Near
		q.commune, _ = s.config.Places.Commune(found.NearCommune)
	}
	whole := func(name string, accepted []int) (int, bool) {
		n, err := strconv.Atoi(v.Get(name))
		return n, err == nil && slices.Contains(accepted, n)
	}
	if n, ok := whole("radius_km", teamRadii); ok {
		q.job.Radius = float64(n) * 1000
	}
	if n, ok := whole("most", teamSizes); ok {
		q.job.Most = n
	}
	if text := strings.TrimSpace(strings.ReplaceAll(v.Get("cost"), ",", ".")); text != "" {
		if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n <= 100 {
			q.job.MemberCost = int64(math.Round(n * 1000))
		} else {
			q.faults["cost"] = l.T("teams.fault.cost")
		}
	}
	q.job.Include = q.sirets(l, "include")
	q.job.Exclude = q.sirets(l, "exclude")
	return q
}

// addLot reads a lot, and how many people it takes where that is said.
func (q *asked) addLot(s *site, l *locale.Language, text, heads string) {
	heads = cut(strings.TrimSpace(heads), 20)
	q.lots, q.heads = append(q.lots, text), append(q.heads, heads)
	n := strconv.Itoa(len(q.lots))
	name, ok := s.config.Teams.Named(text)
	if !ok {
		q.faults["lot-"+n] = s.unknownTrade(l, text)
	}
	lot := team.Lot{Trade: name}
	if heads != "" {
		var err error
		if lot.Heads, err = strconv.Atoi(heads); err != nil || lot.Heads < 1 || lot.Heads > mostHeads {
			lot.Heads, q.faults["heads-"+n] = 0, l.T("teams.fault.heads")
		}
	}
	q.job.Lots = append(q.job.Lots, lot)
}

// textAt returns one of some texts, or none.
func textAt(texts []string, i int) string {
	if i < len(texts) {
		return texts[i]
	}
	return ""
}

// sirets reads SIRET parted by commas, spaces or lines.
func (q *asked) sirets(l *locale.Language, name string) []register.SIRET {
	var out []register.SIRET
	for part := range strings.FieldsFuncSeq(q.values.Get(name), func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		text := strings.Join(strings.Fields(part), "")
		if text == "" {
			continue
		}
		siret, err := register.ParseSIRET(text)
		if err != nil || len(out) == team.MaxNamed {
			q.faults[name] = l.T("teams.fault.siret", "text", cut(text, 40))
			continue
		}
		if !slices.Contains(out, siret) {
			out = append(out, siret)
		}
	}
	return out
}

// unknownTrade says what a text that names no trade perhaps meant.
func (s *site) unknownTrade(l *locale.Language, text string) string {
	var names []string
	for _, t := range s.config.Trades.Trades() {
		names = append(names, fold.Key(nameOfTrade(l, t)))
	}
	if near := fold.Nearest(fold.Key(text), names); near != "" {
		for _, t := range s.config.Trades.Trades() {
			if name := nameOfTrade(l, t); fold.Key(name) == near {
				return l.T("teams.fault.trade_near", "text", text, "name", name)
			}
		}
	}
	return l.T("teams.fault.trade", "text", text)
}

// form fills the form of a page as it was sent.
func (p *teamsPage) form(s *site, l *locale.Language, q *asked) {
	v := q.values
	sent := len(v) > 0
	fault := func(name string) string {
		if !sent {
			return ""
		}
		return q.faults[name]
	}
	p.Near = input{Name: "near", Label: l.T("teams.near"), Hint: l.T("teams.near_hint"), Value: cut(v.Get("near"), 100), Error: fault("near"), Autocomplete: "address-level2"}
	p.Radius = input{Name: "radius_km", Label: l.T("teams.radius")}
	for _, n := range teamRadii {
		p.Radius.Options = append(p.Radius.Options, option{strconv.Itoa(n), fmt.Sprintf("%d km", n), float64(n)*1000 == q.job.Radius})
	}
	p.Most = input{Name: "most", Label: l.T("teams.most"), Options: []option{{"", l.T("teams.most_any"), q.job.Most == 0}}}
	for _, n := range teamSizes {
		p.Most.Options = append(p.Most.Options, option{strconv.Itoa(n), l.T("teams.most_n", "n", n), n == q.job.Most})
	}
	for i := range min(team.MaxLots, max(firstLots, len(q.lots)+2)) {
		n := strconv.Itoa(i + 1)
		row := lotRow{
			Trade: input{Name: "lot-" + n, Label: l.T("teams.lot", "n", i+1), Value: textAt(q.lots, i), Error: fault("lot-" + n), Free: true},
			Heads: input{Name: "heads-" + n, Label: l.T("teams.heads_of", "n", i+1), Value: textAt(q.heads, i), Error: fault("heads-" + n), Free: true},
		}
		row.Error = cmp.Or(row.Trade.Error, row.Heads.Error)
		p.Lots = append(p.Lots, row)
	}
	for _, t := range s.config.Trades.Trades() {
		p.Trades = append(p.Trades, nameOfTrade(l, t))
	}
	p.Social, p.Past = q.job.Social, q.job.PreferPast
	p.Cost = input{Name: "cost", Label: l.T("teams.cost"), Hint: l.T("teams.cost_hint"), Value: cut(v.Get("cost"), 20), Error: fault("cost"), Free: true}
	p.Include = input{Name: "include", Label: l.T("teams.include"), Hint: l.T("teams.siret_hint"), Value: cut(v.Get("include"), 500), Error: fault("include"), Free: true}
	p.Exclude = input{Name: "exclude", Label: l.T("teams.exclude"), Hint: l.T("teams.siret_hint"), Value: cut(v.Get("exclude"), 500), Error: fault("exclude"), Free: true}
	p.More = p.Cost.Value+p.Include.Value+p.Exclude.Value != "" || p.Past
	all := []input{p.Near}
	for _, row := range p.Lots {
		all = append(all, row.Trade, row.Heads)
	}
	for _, in := range append(all, p.Cost, p.Include, p.Exclude) {
		if in.Error != "" {
			p.Faults = append(p.Faults, in)
		}
	}
}

// findTeams puts the best teams on the page.
func (s *site) findTeams(r *http.Request, p *teamsPage, q *asked) error {
	l := s.words(r)
	found, err := s.config.Teams.Find(r.Context(), q.job)
	if errors.Is(err, team.ErrUnknown) || errors.Is(err, team.ErrInclude) {
		p.Include.Error, p.More = l.T("teams.fault.include"), true
		p.Faults = append(p.Faults, p.Include)
		return nil
	}
	if err != nil {
		return err
	}
	for i := range found.Teams {
		p.Teams = append(p.Teams, s.teamView(r, q, &found.Teams[i], i+1))
		p.Full = p.Full || len(found.Teams[i].Uncovered) > 0 && len(found.Teams[i].Members) == q.job.Most
	}
	p.Lead = l.T("teams.searched", "n", found.Searched, "place", ofPlace(l, q.commune.Name), "km", l.Distance(q.job.Radius))
	for _, n := range found.Beyond {
		p.Beyond = append(p.Beyond, s.beyondWords(r, q, n))
	}
	return nil
}

// beyondWords says how far one must go for what a team leaves.
func (s *site) beyondWords(r *http.Request, q *asked, n team.Nearest) string {
	l := s.words(r)
	what := l.T("teams.clause")
	if n.Lot >= 0 {
		what = s.lotName(l, q.job.Lots[n.Lot])
	}
	if !n.Found {
		return l.T("teams.beyond_none", "what", what)
	}
	f := s.firmOf(r, n.SIRET)
	return l.T("teams.beyond", "what", what, "name", f.Name, "place", f.Place, "km", l.Distance(n.Distance))
}

// teamView tells a team.
func (s *site) teamView(r *http.Request, q *asked, t *team.Team, n int) teamView {
	l := s.words(r)
	lots := len(q.job.Lots)
	v := teamView{N: n, Title: l.T("teams.covered", "n", lots-len(t.Uncovered), "of", lots)}
	var distance float64
	var stones []voussoir
	keep := url.Values{}
	for i := range t.Members {
		m := &t.Members[i]
		distance += math.Round(m.Distance)
		member := teamMember{N: i + 1, Firm: s.firmOf(r, m.SIRET), World: worldOf(&m.Establishment), Lots: s.lotNames(l, q.job.Lots, m.Lots), Distance: l.Distance(m.Distance)}
		member.Why = s.whyMember(l, q, m)
		v.Members = append(v.Members, member)
		for range max(1, len(m.Lots)) {
			stones = append(stones, voussoir{World: member.World, N: i + 1})
		}
		keep.Add("siret", m.SIRET.String())
	}
	for _, i := range t.Uncovered {
		v.Left = append(v.Left, s.lotName(l, q.job.Lots[i]))
		stones = append(stones, voussoir{})
	}
	v.Arch = archOf(stones)
	v.Arch.Figure = fmt.Sprintf("%d/%d", lots-len(t.Uncovered), lots)
	v.Cost = l.T("teams.cost_words", "total", kmWords(l, float64(t.Cost)), "distance", kmWords(l, distance), "n", len(t.Members), "each", kmWords(l, float64(q.job.MemberCost)))
	switch {
	case t.Optimal && n == 1:
		v.Proof = l.T("teams.proven")
	case t.Optimal:
		v.Proof = l.T("teams.proven_next")
	default:
		v.Proof = l.T("teams.gap", "lots", t.GapLots, "km", kmWords(l, float64(t.Gap)))
	}
	for name, values := range q.values {
		if slices.Contains([]string{"near", "radius_km", "lot", "heads", "social", "most", "cost", "include", "exclude", "past"}, name) {
			keep[name] = values
		}
	}
	v.Keep = "/groupements/nouveau?" + keep.Encode()
	return v
}

// whyMember says why a firm is in the team.
func (s *site) whyMember(l *locale.Language, q *asked, m *team.Member) string {
	switch {
	case slices.Contains(q.job.Include, m.SIRET):
		return l.T("teams.why_include")
	case q.job.Social && m.Social:
		return l.T("teams.why_social")
	case q.job.PreferPast && m.Past:
		return l.T("teams.why_past")
	case len(m.Lots) > 1:
		return l.T("teams.why_several", "n", len(m.Lots))
	}
	return ""
}

// lotNames lists lots, each once.
func (s *site) lotNames(l *locale.Language, lots []team.Lot, indices []int) string {
	var names []string
	for _, i := range indices {
		if name := s.lotName(l, lots[i]); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// lotName names a lot by its trade, and by how many people it takes where
// that is said.
func (s *site) lotName(l *locale.Language, lot team.Lot) string {
	name := s.tradeName(l, lot.Trade)
	if lot.Heads > 0 {
		return l.T("teams.lot_heads", "trade", name, "n", lot.Heads)
	}
	return name
}

// kmWords writes metres in kilometres with one decimal, zero included.
func kmWords(l *locale.Language, metres float64) string {
	return l.T("unit.km", "n", l.Decimal(metres/1000, 1))
}
