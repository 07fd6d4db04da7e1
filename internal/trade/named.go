package trade

import (
	"strings"

	"passerelle/internal/fold"
)

// materials are words by which people look for a trade and which name no trade:
// who buys wood buys no joinery.
var materials = []string{"bois", "brique", "béton", "parpaing", "cuir", "pierre", "acier"}

// Named returns the trade that some words are a name of: its slug, its name in
// either language, or one of the words people type for it, however they are
// written. Words of several trades, and materials, name none.
func (t *Table) Named(words string) (Trade, bool) {
	key := fold.Key(words)
	i, ok := t.named[key]
	if !ok { // several of them: gâteaux, baguettes
		i, ok = t.named[strings.TrimRight(key, "sx")]
	}
	if !ok || i < 0 {
		return Trade{}, false
	}
	return t.trades[i], true
}

// loadNames keeps what each trade is called; -1 stands for what several are.
// A name or a slug wins over a word of another trade.
func (t *Table) loadNames() {
	t.named = make(map[string]int)
	for _, of := range []func(Trade) []string{
		func(tr Trade) []string { return []string{tr.Slug, tr.Name, tr.NameEN} },
		func(tr Trade) []string { return tr.Words },
	} {
		these := make(map[string]int)
		for i, tr := range t.trades {
			for _, name := range of(tr) {
				key := fold.Key(name)
				if j, ok := these[key]; ok && j != i {
					these[key] = -1
				} else {
					these[key] = i
				}
			}
		}
		for _, m := range materials {
			delete(these, fold.Key(m))
		}
		for key, i := range these {
			if _, ok := t.named[key]; !ok {
				t.named[key] = i
			}
		}
	}
}
