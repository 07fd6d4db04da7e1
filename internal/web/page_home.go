package web

import (
	"cmp"
	"net/http"
	"slices"
	"unicode/utf8"

	"passerelle/internal/directory"
	"passerelle/internal/exchange"
	"passerelle/internal/locale"
	"passerelle/internal/meeting"
	"passerelle/internal/trade"
)

// A homePage shows the two worlds, what one can do, and one search box.
type homePage struct {
	frame
	Deck        deck
	Craft, ESS  int
	Both        int
	Wall        []stone
	Beach       []stone
	Rare        []rareTrade
	Territories []territoryLine
	Map         drawing
	Meetings    []meetingLine // the next
	Needs       []needEntry   // the latest
}

// A deck is the search box: the deck of the bridge.
type deck struct {
	Action  string // "" is /annuaire
	Q, Near string
	Radius  string
	Radii   []int
}

// radii are the distances, in kilometres, that the search box offers.
var radii = []int{5, 10, 15, 20, 30, 50}

// A stone is a brick of the wall of trades, or a pebble of the beach.
type stone struct {
	Name string
	Path string
	N    int
	Rare bool
}

// pebbleLength bounds the names on the beach.
const pebbleLength = 36

// A rareTrade is a trade that few people here have heard of.
type rareTrade struct {
	Name, Path, Scene string
	N                 int
}

// wallStones and rareStones are how many trades the wall holds; a name longer
// than stoneLength would be a course of its own.
const (
	wallStones  = 20
	rareStones  = 4
	stoneLength = 22
)

func (s *site) home(w http.ResponseWriter, r *http.Request) error {
	l := s.words(r)
	p := &homePage{frame: s.frame(r, "/", l.T("home.title")), Deck: deck{Radius: "15", Radii: radii}}
	p.Description = l.T("home.description")
	c, err := s.config.Directory.Counts("")
	if err != nil && !isEmptyHouse(err) {
		return err
	}
	p.Craft, p.ESS, p.Both = c.N(directory.ByWorld, "craft"), c.N(directory.ByWorld, "ess"), c.N(directory.ByWorld, "both")
	p.Map = s.outlines.territories().counted(func(slug string) int { return c.N(directory.ByTerritory, slug) })
	p.Wall = s.wall(l, c)
	p.Beach = s.beach(l, c)
	p.Territories = s.territoryLines(c)
	p.Rare = s.rareTrades(l, c)
	if err := s.lately(r, p); err != nil {
		return err
	}
	return s.show(w, http.StatusOK, "home/home", p)
}

// shownLately is how many meetings and needs the home page names.
const shownLately = 3

// lately puts what is next and what is new on the home page.
func (s *site) lately(r *http.Request, p *homePage) error {
	l, now := s.words(r), s.config.Clock.Now()
	meetings, err := s.config.Meetings.Meetings(r.Context(), meeting.Filter{From: now})
	if err != nil {
		return err
	}
	for i := range meetings {
		if m := &meetings[i]; !m.Room.CalledOff && m.Room.Start.After(now) && len(p.Meetings) < shownLately {
			line := s.meetingLine(l, m, now)
			line.Weekday = line.Month // no month stands over them here
			p.Meetings = append(p.Meetings, line)
		}
	}
	needs, err := s.config.Needs.Open(r.Context(), exchange.NeedFilter{})
	if err != nil {
		return err
	}
	for i, n := range needs[:min(len(needs), shownLately)] {
		p.Needs = append(p.Needs, s.needEntry(l, n, i+1))
	}
	return nil
}

// wall lays the commonest trades as bricks and, in white stone among them, a
// few of the rarest that are practised here.
func (s *site) wall(l *locale.Language, c directory.Counts) []stone {
	var common []stone
	for _, t := range s.config.Trades.Trades() {
		if n := c.N(directory.ByTrade, t.Slug); (n > 0 || c.Total == 0) && utf8.RuneCountInString(nameOfTrade(l, t)) <= stoneLength {
			common = append(common, stone{Name: nameOfTrade(l, t), Path: "/metiers/" + t.Slug, N: n})
		}
	}
	slices.SortStableFunc(common, func(a, b stone) int { return cmp.Compare(b.N, a.N) })
	if len(common) <= wallStones {
		return common
	}
	rare := common[max(wallStones-rareStones, len(common)-rareStones):]
	wall := slices.Clone(common[:wallStones-rareStones])
	for i, r := range rare {
		r.Rare = true
		wall = slices.Insert(wall, min(len(wall), 4+i*5), r)
	}
	return wall
}

// beach lays the families and the labels of the ESS as pebbles.
func (s *site) beach(l *locale.Language, c directory.Counts) []stone {
	var all []stone
	for _, f := range trade.Families {
		if n := c.N(directory.ByFamily, string(f)); n > 0 || c.Total == 0 {
			all = append(all, stone{Name: l.T("family." + string(f)), Path: "/annuaire?world=ess&family=" + string(f), N: n})
		}
	}
	for _, label := range s.config.Trades.Labels() {
		if n := c.N(directory.ByLabel, label.Slug); label.ESS && n > 0 && utf8.RuneCountInString(nameOfLabel(l, label)) <= pebbleLength {
			all = append(all, stone{Name: nameOfLabel(l, label), Path: "/annuaire?label=" + label.Slug, N: n})
		}
	}
	slices.SortStableFunc(all, func(a, b stone) int { return cmp.Compare(b.N, a.N) })
	all = all[:min(len(all), 13)]
	for i := max(5, len(all)-2); i < len(all); i++ {
		all[i].Rare = true
	}
	return all
}

// sceneOf gives the trades that have a drawing of their own.
var sceneOf = map[string]string{
	"boulanger": "boulangerie", "boulangerie-industrielle": "boulangerie",
	"boucher": "boucherie", "boucher-chevalin": "boucherie", "charcutier": "boucherie", "volailler": "boucherie",
	"fromager": "fromagerie", "laitier": "fromagerie",
	"menuisier": "menuiserie", "fabricant-menuiseries": "menuiserie", "ebeniste": "menuiserie",
	"macon": "maconnerie", "charpentier": "charpente", "couvreur": "couverture", "peintre": "peinture",
	"plombier": "plomberie", "chauffagiste": "plomberie", "electricien": "electricite",
	"couturier": "couture", "retoucheur": "couture", "tailleur": "couture", "tapissier": "couture",
	"potier": "poterie", "blanchisseur": "blanchisserie", "pressing": "blanchisserie", "coiffeur": "coiffure",
	"garagiste": "garage", "carrossier": "garage", "mecanicien-poids-lourds": "garage", "controle-technique": "garage",
	"reparateur-cycles": "cycles", "constructeur-cycles": "cycles",
}

// sectorScene draws a trade that has none by its sector.
var sectorScene = map[trade.Sector]string{
	trade.Food: "cuisine", trade.Building: "maconnerie", trade.Making: "enclume", trade.Services: "outils",
}

func sceneFor(t trade.Trade) string { return cmp.Or(sceneOf[t.Slug], sectorScene[t.Sector]) }

// rareTrades chooses three trades practised by few, one of each sector.
func (s *site) rareTrades(l *locale.Language, c directory.Counts) []rareTrade {
	var all []trade.Trade
	for _, t := range s.config.Trades.Trades() {
		if c.N(directory.ByTrade, t.Slug) > 0 {
			all = append(all, t)
		}
	}
	slices.SortStableFunc(all, func(a, b trade.Trade) int {
		return cmp.Compare(c.N(directory.ByTrade, a.Slug), c.N(directory.ByTrade, b.Slug))
	})
	var out []rareTrade
	seen := make(map[trade.Sector]bool)
	for _, t := range all {
		if !seen[t.Sector] && len(out) < 3 {
			seen[t.Sector] = true
			out = append(out, rareTrade{Name: nameOfTrade(l, t), Path: "/metiers/" + t.Slug, Scene: sceneFor(t), N: c.N(directory.ByTrade, t.Slug)})
		}
	}
	return out
}

// A territoryLine is a territory with its numbers.
type territoryLine struct {
	Slug, Name string
	Population int
	Communes   int
	Craft, ESS int
	Total      int
}

func (s *site) territoryLines(c directory.Counts) []territoryLine {
	var out []territoryLine
	for _, t := range s.config.Places.Territories() {
		line := territoryLine{Slug: t.Slug, Name: t.Name, Population: t.Population, Communes: len(t.Communes), Total: c.N(directory.ByTerritory, t.Slug)}
		if own, err := s.config.Directory.Counts(t.Slug); err == nil {
			line.Craft, line.ESS = own.N(directory.ByWorld, "craft"), own.N(directory.ByWorld, "ess")
		}
		out = append(out, line)
	}
	return out
}

func nameOfTrade(l *locale.Language, t trade.Trade) string {
	if l.Code() == "en" && t.NameEN != "" {
		return t.NameEN
	}
	return t.Name
}

func nameOfLabel(l *locale.Language, t trade.Label) string {
	if l.Code() == "en" {
		return cmp.Or(t.FullEN, t.Full, t.Name)
	}
	return cmp.Or(t.Full, t.Name)
}
