// Package partner finds the best partners of an establishment among all, and of
// everyone.
//
// It holds no rule: internal/match says what two Kinds could do for each
// other, and how that fades with distance. A field is a column of Kinds, one
// for each establishment that has a place, world by world and cell by cell. A
// question makes a row, what each Kind could do for the one who asks, and
// goes through cells from near to far as long as somebody there could still
// be among the best: an establishment that cannot is passed at the cost of
// two bytes read and one comparison. Whoever has said something is scored in
// full beside it.
//
// Its one difficulty is to stay exact: what is left out is left out because
// a bound says so, and the tests hold every answer against one that scores
// everybody.
package partner

import (
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"passerelle/internal/directory"
	"passerelle/internal/directory/index"
	"passerelle/internal/match"
)

// The worlds of a field, as places in an array.
const (
	craft = iota
	ess
	worlds
)

// A field is the establishments of one layer of the directory, by kind and
// place. It is never changed.
type field struct {
	layer    index.Layer
	lays     [worlds]lay
	communes []int32         // of each document, in the atlas; nil without roads
	bodies   [][]match.Facts // of each kind met, one that has it of each trade
}

// newField reads the kinds of all establishments of a layer that have a place.
func newField(g *directory.Ground, l index.Layer, rules *match.Rules, r roads) (*field, error) {
	n := l.Located()
	shares := min(runtime.GOMAXPROCS(0), 1+n/10_000)
	found := make([][worlds][]spot, shares)
	bodies := make([][][]match.Facts, shares)
	var group errgroup.Group
	for i := range shares {
		group.Go(func() (err error) {
			found[i], bodies[i], err = readKinds(g, l, rules, uint32(n*i/shares), uint32(n*(i+1)/shares))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	f := &field{layer: l, bodies: bodies[0]}
	for _, more := range bodies[1:] {
		for k := range more {
			for i := range more[k] {
				f.bodies[k] = addBody(f.bodies[k], more[k][i])
			}
		}
	}
	for w := range worlds {
		var spots []spot
		for i := range found {
			spots = append(spots, found[i][w]...)
			found[i][w] = nil
		}
		f.lays[w] = newLay(spots)
	}
	var err error
	if f.communes, err = r.communesOf(g, l); err != nil {
		return nil, err
	}
	g.Keep()
	return f, nil
}

// addBody adds facts to those of a kind, unless there are some of their trade:
// of one kind, words that people say tell trades apart and nothing else.
func addBody(bodies []match.Facts, f match.Facts) []match.Facts {
	if slices.ContainsFunc(bodies, func(b match.Facts) bool { return b.Trade == f.Trade }) {
		return bodies
	}
	return append(bodies, f)
}

// readKinds reads the kinds of a range of documents.
func readKinds(g *directory.Ground, l index.Layer, rules *match.Rules, from, to uint32) (found [worlds][]spot, bodies [][]match.Facts, err error) {
	r := kindReader{ground: g, layer: l, rules: rules, kinds: map[string]known{}, bare: map[string]*match.Facts{}, bodies: make([][]match.Facts, rules.Kinds())}
	for d := from; d < to; d++ {
		k, err := r.read(d)
		if err != nil {
			return found, nil, err
		}
		at := keyOf(l.Point(d))
		for w, in := range k.in {
			if in {
				found[w] = append(found[w], spot{at, d, k.kind})
			}
		}
	}
	return found, r.bodies, nil
}

// A kindReader understands documents. Of the millions there are some thousands
// of different traits: each is understood once, and once more for each
// activity that a name tells where a code says little.
type kindReader struct {
	ground *directory.Ground
	layer  index.Layer
	rules  *match.Rules
	kinds  map[string]known        // by traits, and what the name tells
	bare   map[string]*match.Facts // by traits that ask for the name
	bodies [][]match.Facts
	traits []byte
}

type known struct {
	kind match.Kind
	in   [worlds]bool
}

func (r *kindReader) read(d uint32) (known, error) {
	stored := r.layer.Peek(d)
	var err error
	if r.traits, err = directory.AppendTraits(r.traits[:0], stored); err != nil {
		return known{}, fmt.Errorf("read the kind of %d: %w", r.layer.ID(d), err)
	}
	bare, named := r.bare[string(r.traits)]
	if named {
		name, sign, err := directory.NamesOf(stored)
		if err != nil {
			return known{}, fmt.Errorf("read the name of %d: %w", r.layer.ID(d), err)
		}
		r.traits = append(append(r.traits, 0xFF), r.rules.Hint(bare, name, sign)...)
	}
	if k, ok := r.kinds[string(r.traits)]; ok {
		return k, nil
	}
	e, err := r.ground.Establishment(r.layer, d)
	if err != nil {
		return known{}, err
	}
	f := r.rules.FactsOf(&e)
	if !named && r.rules.NeedsName(&f) {
		bare := f
		r.bare[string(r.traits)] = &bare
		r.traits = append(append(r.traits, 0xFF), f.Hint...)
	}
	k := known{r.rules.Kind(&f), [worlds]bool{f.Craft, f.ESS}}
	r.kinds[string(r.traits)] = k
	r.bodies[k.kind] = addBody(r.bodies[k.kind], f)
	return k, nil
}
