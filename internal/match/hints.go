package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"passerelle/internal/directory"
	"passerelle/internal/fold"
)

// A hint is a line of name_hints.tsv, for one of its words or runs of words.
type hint struct {
	line   int // the upper has the last word
	words  []string
	class  int  // −1: the name says nothing
	social bool // only of who has a label of the insertion or the adapted sector
}

// socialLabels are those of workshops and firms whose code seldom says what
// is made there.
var socialLabels = []string{"aci", "ei", "siae", "ea", "esat", "ebe"}

// FactsOf returns what the registers say of an establishment as far as
// partners go, its name included where its code says little.
func (r *Rules) FactsOf(e *directory.Establishment) Facts {
	f := Facts{
		Craft: e.In("craft"), ESS: e.In("ess"), Trade: e.Trade, Sector: e.Sector, NAFA: e.NAFA, NAF: e.NAF,
		LegalForm: e.LegalForm, Family: e.Family, Size: cmp.Or(e.UnitSize, e.Size),
	}
	for _, m := range e.Marks {
		f.Labels = append(f.Labels, m.Label)
	}
	slices.Sort(f.Labels)
	f.Labels = slices.Compact(f.Labels)
	f.Hint = r.Hint(&f, e.Name, e.Sign)
	return f
}

// NeedsName reports whether a code says so little that the name is read.
func (r *Rules) NeedsName(f *Facts) bool { return f.Trade == "" && r.vagueCodes[f.NAF] }

// Hint returns the class that a name or a sign tells where the code says
// little, empty when none does.
func (r *Rules) Hint(f *Facts, names ...string) string {
	if !r.NeedsName(f) {
		return ""
	}
	social := slices.ContainsFunc(f.Labels, func(l string) bool { return slices.Contains(socialLabels, l) })
	var best *hint
	for _, name := range names {
		words := fold.Words(name)
		for i, w := range words {
			for k := range r.hints[w] {
				h := &r.hints[w][k]
				if (social || !h.social) && (best == nil || h.line < best.line) && len(words)-i >= len(h.words) && slices.Equal(words[i:i+len(h.words)], h.words) {
					best = h
				}
			}
		}
	}
	if best == nil || best.class < 0 {
		return ""
	}
	return r.classes[best.class].slug
}

// toldByName reports whether an establishment is of its class by its name,
// and would not be without it.
func (r *Rules) toldByName(s *Side) bool {
	if s.Facts.Hint == "" {
		return false
	}
	f := s.Facts
	f.Hint = ""
	return r.profiles[int(r.Kind(&f))/sizes].class != r.profiles[int(s.Kind)/sizes].class
}

func (r *Rules) addHint(n int, f []string) error {
	if f[2] == "code" {
		for code := range strings.SplitSeq(f[0], ",") {
			if _, ok := r.trades.NAFLabel(code); !ok {
				return fmt.Errorf("there is no code %q", code)
			}
			r.vagueCodes[code] = true
		}
		return nil
	}
	h := hint{line: n, class: -1, social: f[2] == "insertion"}
	if f[2] != "always" && !h.social {
		return fmt.Errorf("%q is not a condition", f[2])
	}
	if f[1] != "" {
		i, ok := r.byClass[f[1]]
		if !ok {
			return fmt.Errorf("there is no class %q", f[1])
		}
		h.class = i
	}
	for text := range strings.SplitSeq(f[0], ",") {
		h.words = fold.Words(text)
		if strings.Join(h.words, " ") != text {
			return fmt.Errorf("%q is not folded words", text)
		}
		r.hints[h.words[0]] = append(r.hints[h.words[0]], h)
	}
	return nil
}
