package match

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/locale"
)

// A Source says where a fact of a reason comes from.
type Source string

// The sources of a reason.
const (
	FromPlace     Source = "place"     // the two positions
	FromRegisters Source = "registers" // the activity, labels and head-count that registers give
	FromPeople    Source = "people"    // the page of one of the two
	FromNothing   Source = ""          // the criterion brings nothing
)

// A Reason is a sentence that can be read aloud, and where it comes from.
type Reason struct {
	Text   string
	Source Source
}

// Reasons are one sentence for each criterion, as its reader sees it, and
// what would bring more. A criterion that brings nothing says so.
type Reasons struct {
	Proximity, Services, Jobs, Resources Reason
	Missing                              []string
}

// Of returns the reason of one of the criteria.
func (r *Reasons) Of(criterion string) Reason {
	switch criterion {
	case "services":
		return r.Services
	case "jobs":
		return r.Jobs
	case "resources":
		return r.Resources
	}
	return r.Proximity
}

// Reasons says, in a language, why a pair has its figures, to the people of
// the seeker. Read the other way round, the two sides change places.
func (r *Rules) Reasons(l *locale.Language, seeker, candidate *Side, metres float64, road Road, f Figures) Reasons {
	p := pairReader{r, l, seeker, candidate, l.Distance(metres)}
	return Reasons{
		Proximity: p.proximity(metres, road, f.Proximity),
		Services:  p.services(f.Services),
		Jobs:      p.jobs(f.Jobs),
		Resources: p.resources(f.Resources),
		Missing:   p.missing(metres, f),
	}
}

// A pairReader puts a pair into the words of a language.
type pairReader struct {
	r                 *Rules
	l                 *locale.Language
	seeker, candidate *Side
	distance          string
}

// noun returns what a side is, with its article: une boulangerie.
func (p *pairReader) noun(s *Side) string { return p.r.Noun(p.l, s) }

// Noun returns what a side is, with its article, in a language: une boulangerie.
func (r *Rules) Noun(l *locale.Language, s *Side) string {
	c := &r.classes[r.profiles[int(s.Kind)/sizes].class]
	if l.Code() == "en" {
		return c.en
	}
	return c.fr
}

// activity returns what a side does, as precisely as the registers say it.
func (p *pairReader) activity(s *Side) string {
	if t, ok := p.r.trades.Trade(s.Facts.Trade); ok {
		if p.l.Code() == "en" {
			return lowerFirst(t.NameEN)
		}
		return lowerFirst(t.Name)
	}
	if p.r.toldByName(s) {
		return p.l.T("match.by_name", "activity", p.noun(s))
	}
	return p.noun(s)
}

func (p *pairReader) none(key string) Reason {
	return Reason{Text: p.text(key, "a", p.noun(p.seeker), "b", p.noun(p.candidate))}
}

func (p *pairReader) proximity(metres float64, road Road, points uint16) Reason {
	if points == 0 {
		return Reason{Text: p.text("match.none.proximity", "distance", p.distance, "b", p.noun(p.candidate))}
	}
	if road.Known() {
		matrix := p.text("match.proximity.matrix", "day", p.l.Day(road.AsOf))
		if road.Source != "" {
			matrix = p.text("match.proximity.matrix_of", "source", road.Source, "day", p.l.Day(road.AsOf))
		}
		return Reason{p.text("match.proximity.road", "minutes", p.l.Number(int64(road.Minutes)), "matrix", matrix, "distance", p.distance, "activity", p.activity(p.candidate)), FromPlace}
	}
	key := "match.proximity.far"
	switch {
	case metres < 2_000:
		key = "match.proximity.door"
	case metres < 12_000:
		key = "match.proximity.round"
	case metres < 30_000:
		key = "match.proximity.day"
	}
	return Reason{p.text(key, "distance", p.distance, "activity", p.activity(p.candidate)), FromPlace}
}

func (p *pairReader) services(points uint16) Reason {
	if points == 0 {
		return p.none("match.none.services")
	}
	if m := p.r.wordsSaid(p.seeker, p.candidate); m.points > 0 {
		key := "match.said.sell"
		if m.buyer == p.seeker {
			key = "match.said.buy"
		}
		if t, ok := p.r.trades.Trade(m.word); ok && m.trade {
			if m.word = t.Name; p.l.Code() == "en" {
				m.word = t.NameEN
			}
			m.word = lowerFirst(m.word)
		}
		return Reason{p.text(key, "word", m.word, "activity", p.activity(p.candidate), "distance", p.distance), FromPeople}
	}
	w, getter := p.r.strongest(p.r.affinities, p.seeker, p.candidate)
	if w == nil {
		return Reason{p.text("match.services.peers", "b", p.noun(p.candidate), "activity", p.activity(p.candidate), "distance", p.distance), FromRegisters}
	}
	key := "match.services.sell"
	if getter == p.seeker {
		key = "match.services.buy"
	}
	return Reason{p.sentence(key, w, getter), FromRegisters}
}

func (p *pairReader) jobs(points uint16) Reason {
	if points == 0 {
		return p.none("match.none.jobs")
	}
	if p.r.jobsSaid(p.seeker, p.candidate) > 0 {
		return Reason{p.text("match.said.jobs", "activity", p.activity(p.candidate), "distance", p.distance), FromPeople}
	}
	a, b := p.r.profiles[int(p.seeker.Kind)/sizes].class, p.r.profiles[int(p.candidate.Kind)/sizes].class
	w, getter := p.r.strongest(p.r.jobs, p.seeker, p.candidate)
	if code, same, field := p.r.commonROME(a, b); field && (same || w == nil) {
		label, _ := p.r.trades.ROMELabel(code)
		key := "match.jobs.field"
		if same {
			key = "match.jobs.same"
		}
		return Reason{p.text(key, "occupation", label, "code", code, "b", p.noun(p.candidate), "activity", p.activity(p.candidate), "distance", p.distance), FromRegisters}
	}
	if w == nil {
		return p.none("match.none.jobs")
	}
	key := "match.jobs.send"
	if getter == p.seeker {
		key = "match.jobs.hire"
	}
	return Reason{p.sentence(key, w, getter), FromRegisters}
}

func (p *pairReader) resources(points uint16) Reason {
	if points == 0 {
		return p.none("match.none.resources")
	}
	if m := p.r.resourcesSaid(p.seeker, p.candidate); m.points > 0 {
		key := "match.said.lend"
		if m.buyer == p.seeker {
			key = "match.said.borrow"
		}
		return Reason{p.text(key, "activity", p.activity(p.candidate), "distance", p.distance), FromPeople}
	}
	w, getter := p.r.strongest(p.r.flows, p.seeker, p.candidate)
	if w == nil {
		return Reason{p.text("match.resources.peers", "b", p.noun(p.candidate), "activity", p.activity(p.candidate), "distance", p.distance), FromRegisters}
	}
	key := "match.resources.give"
	if getter == p.seeker {
		key = "match.resources.take"
	}
	return Reason{p.sentence(key, w, getter), FromRegisters}
}

// sentence puts the two sides into the sentence of a row, and what the reader
// has to do with it after it.
func (p *pairReader) sentence(key string, w *row, getter *Side) string {
	giver := p.candidate
	if getter == p.candidate {
		giver = p.seeker
	}
	text := w.fr
	if p.l.Code() == "en" {
		text = w.en
	}
	b, s := p.noun(getter), p.noun(giver)
	text = strings.NewReplacer("{b}", b, "{B}", upperFirst(b), "{s}", s, "{S}", upperFirst(s)).Replace(text)
	return p.text(key, "sentence", text, "activity", p.activity(p.candidate), "distance", p.distance)
}

// text returns a message; in French, "de une" and "que un" are put together.
func (p *pairReader) text(key string, args ...any) string {
	s := p.l.T(key, args...)
	if p.l.Code() == "fr" {
		s = elisions.Replace(s)
	}
	return s
}

var elisions = strings.NewReplacer(" de un", " d’un", " que un", " qu’un")

// lowerFirst writes a name inside a sentence; one of capitals stays.
func lowerFirst(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	if next, _ := utf8.DecodeRuneInString(s[n:]); unicode.IsUpper(next) {
		return s
	}
	return string(unicode.ToLower(c)) + s[n:]
}

func upperFirst(s string) string {
	c, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(c)) + s[n:]
}

// missing says what would bring more, the most useful first.
func (p *pairReader) missing(metres float64, f Figures) []string {
	var out []string
	add := func(when bool, key string) {
		if when {
			out = append(out, p.text(key, "b", p.noun(p.candidate), "distance", p.distance))
		}
	}
	s, c := p.seeker.Said, p.candidate.Said
	add(outside(s, p.candidate, metres), "match.missing.zone")
	add(outside(c, p.seeker, metres), "match.missing.their_zone")
	add(f.Services < Most && (s == nil || len(s.Buys)+len(s.Sells) == 0), "match.missing.words")
	add(f.Services < Most && (c == nil || len(c.Buys)+len(c.Sells) == 0), "match.missing.their_words")
	add(f.Jobs < Most && (s == nil || !s.Apprentices && !s.Visits), "match.missing.doors")
	add(f.Resources < Most && (s == nil || len(s.Resources) == 0), "match.missing.resources")
	add(f.Resources < Most && s != nil && (c == nil || len(c.Resources) == 0), "match.missing.their_resources")
	return out
}

// link returns the strength of a row between a getter and a giver, 0 if it is
// not about them.
func (r *Rules) link(w *row, getter, giver *Side) float64 {
	g, s := int(getter.Kind)/sizes, int(giver.Kind)/sizes
	if g == s {
		return 0
	}
	a := w.getters.weigh(&r.profiles[g])
	if a == 0 {
		return 0
	}
	return w.strength * a * w.givers.weigh(&r.profiles[s])
}

// strongest returns the row that links two sides best, and who gets.
func (r *Rules) strongest(rows []row, a, b *Side) (best *row, getter *Side) {
	most := 0.0
	for k := range rows {
		if v := r.link(&rows[k], a, b); v > most {
			most, best, getter = v, &rows[k], a
		}
		if v := r.link(&rows[k], b, a); v > most {
			most, best, getter = v, &rows[k], b
		}
	}
	return best, getter
}
