package match

import (
	"slices"

	"passerelle/internal/fold"
)

// What people say can bring, in hundredths of a point, on top of what the
// registers tell; no criterion goes beyond Most.
const (
	saidTrade = 800 // one names the very trade that the other is of, or says it sells
	saidBoth  = 600 // one says it buys what the other says it sells
	saidOne   = 400 // one says it buys or sells what the other's activity is
	saidTwice = 1000

	saidTraining = 800 // one takes apprentices, the other has young people or trainees
	saidOpen     = 400 // one opens its doors, the other brings people to see trades

	saidFlow  = 800 // one has what the other's activity uses
	saidSpare = 150 // one has something to lend that the other did not name
	spareMost = 450
)

// Score returns the figures of a pair: those of the registers, raised by what
// people said of both sides. With nothing said it is Between at the distance.
// Nearness brings nothing beyond the zone that one of the two says it serves:
// a distance, or territories.
func (r *Rules) Score(seeker, candidate *Side, metres float64, w Weights) Figures {
	b := r.Between(seeker.Kind, candidate.Kind)
	f := b.At(metres)
	if seeker.Said == nil && candidate.Said == nil {
		return w.Apply(f)
	}
	if outside(seeker.Said, candidate, metres) || outside(candidate.Said, seeker, metres) {
		f.Proximity = 0
	}
	f.Services = raised(f.Services, r.wordsSaid(seeker, candidate).points)
	f.Jobs = raised(f.Jobs, r.jobsSaid(seeker, candidate))
	f.Resources = raised(f.Resources, int(float64(r.resourcesSaid(seeker, candidate).points)*b.Reach.Fade(metres)))
	return w.Apply(f)
}

func raised(base uint16, more int) uint16 { return uint16(min(Most, int(base)+more)) }

// outside reports whether a side lies beyond the zone that somebody says they
// serve.
func outside(s *Said, other *Side, metres float64) bool {
	if s == nil {
		return false
	}
	return s.ZoneKM > 0 && !(metres <= float64(s.ZoneKM)*1000) || len(s.Territories) > 0 && !slices.Contains(s.Territories, other.Territory)
}

// A saidMatch is what words or resources that people gave bring, and the
// strongest of them.
type saidMatch struct {
	points int
	word   string // as typed, or the slug of a resource
	trade  bool   // word is the slug of a trade
	buyer  *Side  // who would get it
}

// wordsSaid compares what each side says it buys with what the other says it
// sells or is known to do, both ways.
func (r *Rules) wordsSaid(a, b *Side) saidMatch {
	var m saidMatch
	best := 0
	for _, way := range [2][2]*Side{{a, b}, {b, a}} {
		buyer, seller := way[0], way[1]
		n, word, named := r.wordsOneWay(buyer, seller)
		m.points += n
		if n > best {
			best, m.word, m.trade, m.buyer = n, word, named, buyer
		}
	}
	m.points = min(saidTwice, m.points)
	return m
}

// wordsOneWay returns what the words of two sides bring one way, and the word;
// named says that it is the slug of a trade.
func (r *Rules) wordsOneWay(buyer, seller *Side) (points int, word string, named bool) {
	if buyer.Said != nil {
		for _, t := range buyer.Said.BuysTrades {
			if t == seller.Facts.Trade || seller.Said != nil && slices.Contains(seller.Said.SellsTrades, t) {
				return saidTrade, t, true
			}
		}
		for _, w := range buyer.Said.Buys {
			if seller.Said != nil && slices.ContainsFunc(seller.Said.Sells, func(s string) bool { return sameWords(w, s) }) {
				return saidBoth, w, false
			}
		}
		for _, w := range buyer.Said.Buys {
			if slices.ContainsFunc(r.activityWords(seller), func(s string) bool { return sameWords(w, s) }) {
				return saidOne, w, false
			}
		}
	}
	if seller.Said != nil {
		for _, w := range seller.Said.Sells {
			// What one sells has to be what the other's needs name.
			for k := range r.affinities {
				row := &r.affinities[k]
				if r.link(row, buyer, seller) > 0 && slices.ContainsFunc(fold.Words(row.fr), func(s string) bool { return sameWords(w, s) }) {
					return saidOne, w, false
				}
			}
		}
	}
	return 0, "", false
}

// activityWords are the words people use for what a side does.
func (r *Rules) activityWords(s *Side) []string {
	words := []string{r.classes[r.profiles[int(s.Kind)/sizes].class].fr}
	if t, ok := r.trades.Trade(s.Facts.Trade); ok {
		words = append(append(words, t.Name), t.Words...)
	}
	return words
}

// little are words that say nothing of a trade.
var little = []string{"avec", "dans", "pour", "sans", "tous", "toutes", "divers", "atelier", "service", "services", "produits", "entreprise", "local", "locaux", "petit", "petits"}

// sameWords reports whether two texts share a word of four letters or more,
// but for its ending: menuiserie and menuisier do.
func sameWords(a, b string) bool {
	for _, x := range fold.Words(a) {
		if len(x) < 4 || slices.Contains(little, x) {
			continue
		}
		for _, y := range fold.Words(b) {
			if x == y || len(x) >= 5 && len(y) >= 5 && x[:5] == y[:5] && !slices.Contains(little, y) {
				return true
			}
		}
	}
	return false
}

// jobsSaid is what open doors and places for apprentices add to jobs.
func (r *Rules) jobsSaid(a, b *Side) int {
	n := 0
	for _, way := range [2][2]*Side{{a, b}, {b, a}} {
		host, guest := way[0], way[1]
		if host.Said == nil {
			continue
		}
		p := &r.profiles[int(guest.Kind)/sizes]
		if host.Said.Apprentices && r.hasAny(p, "pro", "jeunes", "emploi") {
			n = max(n, saidTraining)
		}
		if host.Said.Visits && r.hasAny(p, "pro", "jeunes", "emploi", "edu", "social", "insertion", "siae") {
			n = max(n, saidOpen)
		}
	}
	return n
}

func (r *Rules) hasAny(p *profile, tags ...string) bool {
	return slices.ContainsFunc(tags, func(t string) bool {
		i, ok := r.tags[t]
		return ok && p.tags.has(i)
	})
}

// resourcesSaid compares what each side says it can share with what the
// other's activity uses.
func (r *Rules) resourcesSaid(a, b *Side) saidMatch {
	var m saidMatch
	spare := 0
	for _, way := range [2][2]*Side{{a, b}, {b, a}} {
		taker, giver := way[0], way[1]
		if giver.Said == nil {
			continue
		}
		for _, slug := range giver.Said.Resources {
			if r.uses(taker, slug) {
				if m.points == 0 {
					m.word, m.buyer = slug, taker
				}
				m.points = saidFlow
				continue
			}
			if taker.Said == nil || !slices.Contains(taker.Said.Resources, slug) {
				spare += saidSpare
				if m.word == "" {
					m.word, m.buyer = slug, taker
				}
			}
		}
	}
	m.points += min(spareMost, spare)
	return m
}

// uses reports whether a flow brings a resource to somebody like the taker.
func (r *Rules) uses(taker *Side, slug string) bool {
	p := &r.profiles[int(taker.Kind)/sizes]
	return slices.ContainsFunc(r.flows, func(w row) bool { return w.resource == slug && w.getters.weigh(p) > 0.3 })
}
