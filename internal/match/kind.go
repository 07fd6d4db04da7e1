package match

import (
	"slices"
	"strings"
)

// A form is how an activity is run, where that changes what it exchanges.
type form uint8

const (
	plain    form = iota
	workshop      // an integration workshop: ACI
	firm          // an integration firm: EI
	adapted       // an ESAT or an adapted firm
	rge           // works recognised for energy saving
	art           // arts and crafts, living heritage
	repairer      // QualiRépar, Répar'Acteurs
)

// formNames are the tags of the forms; plain has none.
var formNames = [...]string{"", "en-aci", "en-ei", "adapte", "rge", "metier-art", "repare"}

// A profile is a class in a form: what the rules are about. A Kind is a
// profile and a size.
type profile struct {
	class int
	form  form
	own   int // the tag of its class
	tags  tagSet
	// social: it is there to bring people back to work, or disabled people to
	// work: ACI, EI, ESAT, EA.
	social bool
	people bool // it finds, lends or shares staff
}

type profileKey struct {
	class int
	form  form
}

// A tagSet holds up to 512 tags.
type tagSet [8]uint64

func (s *tagSet) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s *tagSet) has(i int) bool { return s[i>>6]>>(i&63)&1 == 1 }

// sizes is the number of size classes.
const sizes = 4

// addProfiles lists the profiles: every class, and the forms that change
// something for it.
func (r *Rules) addProfiles() {
	for _, n := range append([]string{"tous", "insertion"}, formNames[1:]...) {
		r.tag(n)
	}
	for i, c := range r.classes {
		forms := []form{plain}
		if c.productive {
			forms = append(forms, workshop, firm, adapted)
		}
		has := func(group string) bool { return slices.Contains(c.groups, group) }
		if has("bat") {
			forms = append(forms, rge)
		}
		if has("art") || has("bois") || has("metal") || has("textile") || has("cuirs") || has("meubles") || has("jeux") {
			forms = append(forms, art)
		}
		if has("rep") {
			forms = append(forms, repairer)
		}
		for _, f := range forms {
			p := profile{class: i, form: f, own: r.tag(c.slug)}
			p.tags.add(r.tag("tous"))
			p.tags.add(p.own)
			for _, g := range c.groups {
				p.tags.add(r.tag(g))
			}
			if f != plain {
				p.tags.add(r.tag(formNames[f]))
			}
			if f == workshop || f == firm {
				p.tags.add(r.tag("insertion"))
			}
			p.people = has("emploi")
			p.social = p.tags.has(r.tag("insertion")) || p.tags.has(r.tag("adapte"))
			r.profile[profileKey{i, f}] = len(r.profiles)
			r.profiles = append(r.profiles, p)
		}
	}
}

// Kind returns the kind of an establishment: Facts that no rule tells apart
// have the same one.
func (r *Rules) Kind(f *Facts) Kind {
	c := r.classOf(f)
	how := plain
	take := func(key string) {
		i, ok := r.marks[key+"@"+r.classes[c].slug]
		if !ok {
			i, ok = r.marks[key]
		}
		if !ok {
			return
		}
		m := r.marked[i]
		switch {
		case m.when == "always",
			m.when == "unproductive" && !r.classes[c].productive && f.Trade == "" && f.Hint == "",
			m.when == "vague" && r.vague(c):
			c = m.class
		}
		how = max(how, m.form)
	}
	take("form:" + f.LegalForm)
	labels := slices.Clone(f.Labels)
	// The labels are read in the order of marks.tsv, whatever theirs.
	slices.SortFunc(labels, func(a, b string) int { return r.rankOf(b) - r.rankOf(a) })
	for _, l := range labels {
		take(l)
	}
	p, ok := r.profile[profileKey{c, how}]
	if !ok && c == r.classOf(f) {
		// A trade finer than its NAF code: the form is known of the code's class.
		p, ok = r.profile[profileKey{r.classOf(&Facts{NAF: f.NAF}), how}]
	}
	if !ok {
		p = r.profile[profileKey{c, plain}]
	}
	return Kind(p*sizes + sizeClass(f.Size))
}

// rankOf is the line of a label in marks.tsv: the first has the last word.
func (r *Rules) rankOf(label string) int {
	if i, ok := r.marks[label]; ok {
		return i
	}
	return len(r.marked)
}

// vague reports whether a class says little of what an establishment does.
func (r *Rules) vague(c int) bool { return slices.Contains(r.classes[c].groups, "vague") }

// classOf returns the class that the name tells, or that of the trade, or of
// the longest beginning of the NAF code that has one.
func (r *Rules) classOf(f *Facts) int {
	if f.Hint != "" {
		return r.byClass[f.Hint]
	}
	if i, ok := r.byTrade[f.Trade]; ok {
		return i
	}
	if t, ok := r.trades.TradeOfNAFA(f.NAFA); ok && f.Craft {
		return r.byTrade[t.Slug]
	}
	naf := f.NAF
	if len(naf) == 5 && naf[2] != '.' {
		naf = naf[:2] + "." + naf[2:]
	}
	for ; len(naf) >= 2; naf = strings.TrimSuffix(naf[:len(naf)-1], ".") {
		if i, ok := r.byNAF[naf]; ok {
			return i
		}
	}
	if f.ESS || !f.Craft {
		return r.byClass["association"]
	}
	return r.byClass["fabrication"]
}

// Kinds returns how many kinds there are: every Kind is below it.
func (r *Rules) Kinds() int { return len(r.profiles) * sizes }

// sizeClass folds the head-count bands: nobody, 1 to 9, 10 to 49, 50 and more.
// An unknown head-count counts as a few.
func sizeClass(band string) int {
	switch band {
	case "NN", "00":
		return 0
	case "", "01", "02", "03":
		return 1
	case "11", "12":
		return 2
	}
	return 3
}
