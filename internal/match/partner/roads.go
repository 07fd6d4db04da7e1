package partner

import (
	"passerelle/internal/directory"
	"passerelle/internal/directory/index"
	"passerelle/internal/match"
	"passerelle/internal/place"
)

// Roads are minutes between communes. The zero roads know nothing.
type roads struct {
	times *place.Times
	atlas *place.Atlas
}

// nowhere is the commune of who lies in none that is known.
const nowhere = -1

// commune returns the place of a commune in the atlas.
func (r roads) commune(code string) int {
	if r.times == nil || code == "" {
		return nowhere
	}
	c, _, ok := r.atlas.Resolve(code)
	if !ok {
		return nowhere
	}
	n, ok := r.atlas.Index(c.Code)
	if !ok {
		return nowhere
	}
	return n
}

// minutes returns how long it takes between two communes, unsaid where that is
// not known.
func (r roads) minutes(a, b int) int {
	if n, ok := r.times.Minutes(a, b); ok {
		return n
	}
	return unsaid
}

// unsaid stands for minutes that are not known.
const unsaid = -1

// road returns minutes with their source.
func (r roads) road(minutes int) match.Road {
	if minutes == unsaid {
		return match.Road{}
	}
	return match.Road{Minutes: minutes, Source: r.times.Source, AsOf: r.times.AsOf}
}

// straightest is the least part of a distance that a road can make of it: what
// bounds by distance are to be multiplied by to hold for roads too.
func (r roads) straightest() float32 {
	if r.times == nil {
		return 1
	}
	return float32(match.Straightest)
}

// communesOf reads the commune of every document of a layer that has a place,
// nothing where no roads are known.
func (r roads) communesOf(g *directory.Ground, l index.Layer) ([]int32, error) {
	if r.times == nil {
		return nil, nil
	}
	out := make([]int32, l.Located())
	for d := range out {
		e, err := g.Establishment(l, uint32(d))
		if err != nil {
			return nil, err
		}
		out[d] = int32(r.commune(e.Commune))
	}
	return out, nil
}

// minutes returns how long it takes from who asks to a document.
func (w *walk) minutes(l *layer, doc uint32) int {
	if l.communes == nil {
		return unsaid
	}
	return w.state.roads.minutes(w.seeker.commune, int(l.communes[doc]))
}

// Score returns the figures of two sides that are some metres apart, at equal
// weights.
func (f *Finder) Score(a, b *match.Side, metres float64) match.Figures {
	r := roads{f.Times, f.Atlas}
	return f.Rules.Score(a, b, metres, match.Equal()).ByRoad(metres, r.minutes(r.commune(a.Commune), r.commune(b.Commune)))
}
