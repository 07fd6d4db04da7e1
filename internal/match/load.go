package match

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/trade"
)

//go:embed data/*.tsv
var files embed.FS

// A class is what an activity is, as far as partners go: about 320 of them
// hold the 732 NAF codes and all trades.
type class struct {
	slug       string
	groups     []string
	fr, en     string   // with the indefinite article: une boulangerie, a bakery
	rome       []string // its occupations
	productive bool     // it makes or does something that insertion and adapted firms also do
}

// A row is a line of affinities.tsv, jobs.tsv or flows.tsv: who gets, who
// gives, how strongly.
type row struct {
	line     int
	getters  selector // buyers, employers, takers
	givers   selector // suppliers, who brings people, who has left over
	strength float64
	source   string
	resource string // flows only
	reach    Reach  // flows only
	fr, en   string
}

// A selector chooses profiles by their tags.
type selector []term

type term struct {
	all    []int // tags that must all be there
	none   []int // tags that must not be
	exact  bool  // it names a class: it goes before those that name only groups
	weight float64
}

// A mark is a line of marks.tsv.
type mark struct {
	when  string
	class int // −1: none
	form  form
}

// sources are the words that the rows may give for where a rule comes from;
// data/README.md says what each stands for.
var sources = []string{"usage", "egalim", "agec", "clauses", "oeth", "renovation", "patrimoine", "reemploi", "rome"}

// Load reads the rules the program brings and checks them against the trades:
// a word that stands for nothing, a trade that is in no class or in two, a
// sentence without its two sides, stops the program at its start.
func Load(trades *trade.Table) (*Rules, error) {
	r := &Rules{
		trades:     trades,
		byClass:    map[string]int{},
		byTrade:    map[string]int{},
		byNAF:      map[string]int{},
		marks:      map[string]int{},
		tags:       map[string]int{},
		hints:      map[string][]hint{},
		vagueCodes: map[string]bool{},
		profile:    map[profileKey]int{},
	}
	if err := r.load(); err != nil {
		return nil, fmt.Errorf("load partner rules: %w", err)
	}
	r.fill()
	return r, nil
}

func (r *Rules) load() error {
	if err := lines("classes.tsv", 7, r.addClass); err != nil {
		return err
	}
	for _, t := range r.trades.Trades() {
		if _, ok := r.byTrade[t.Slug]; !ok {
			return fmt.Errorf("classes.tsv: trade %s is in no class", t.Slug)
		}
	}
	r.addProfiles()
	if err := lines("marks.tsv", 4, r.addMark); err != nil {
		return err
	}
	if err := lines("name_hints.tsv", 3, r.addHint); err != nil {
		return err
	}
	for _, f := range []struct {
		name   string
		fields int
		rows   *[]row
	}{{"affinities.tsv", 6, &r.affinities}, {"jobs.tsv", 6, &r.jobs}, {"flows.tsv", 8, &r.flows}} {
		err := lines(f.name, f.fields, func(n int, c []string) error {
			w, err := r.readRow(n, c)
			*f.rows = append(*f.rows, w)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lines calls do for each line of a table but the remarks, with its number
// and its fields.
func lines(name string, fields int, do func(n int, f []string) error) error {
	text, err := files.ReadFile("data/" + name)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != fields {
			return fmt.Errorf("%s line %d: %d fields, want %d", name, n, len(f), fields)
		}
		if err := do(n, f); err != nil {
			return fmt.Errorf("%s line %d: %w", name, n, err)
		}
	}
	return nil
}

func (r *Rules) addClass(_ int, f []string) error {
	i := len(r.classes)
	c := class{slug: f[0], groups: strings.Fields(f[1]), rome: strings.Fields(f[4]), fr: f[5], en: f[6]}
	if _, twice := r.byClass[c.slug]; twice {
		return fmt.Errorf("the class %s is there twice", c.slug)
	}
	r.byClass[c.slug] = i
	for _, code := range strings.Fields(f[2]) {
		if _, twice := r.byNAF[code]; twice {
			return fmt.Errorf("NAF %s is in two classes", code)
		}
		r.byNAF[code] = i
	}
	for _, slug := range strings.Fields(f[3]) {
		t, ok := r.trades.Trade(slug)
		if !ok {
			return fmt.Errorf("there is no trade %q", slug)
		}
		if _, twice := r.byTrade[slug]; twice {
			return fmt.Errorf("the trade %s is in two classes", slug)
		}
		r.byTrade[slug] = i
		c.productive = c.productive || f[2] != ""
		for _, code := range t.ROME {
			if !slices.Contains(c.rome, code) {
				c.rome = append(c.rome, code)
			}
		}
	}
	for _, code := range c.rome {
		if _, ok := r.trades.ROMELabel(code); !ok {
			return fmt.Errorf("there is no occupation %s", code)
		}
	}
	c.productive = c.productive || slices.Contains(c.groups, "productif")
	for _, t := range append([]string{c.slug}, c.groups...) {
		r.tag(t)
	}
	r.classes = append(r.classes, c)
	return nil
}

// tag returns the number of a tag, which it makes if need be.
func (r *Rules) tag(name string) int {
	i, ok := r.tags[name]
	if !ok {
		i = len(r.tags)
		r.tags[name] = i
	}
	return i
}

func (r *Rules) addMark(_ int, f []string) error {
	m := mark{when: f[1], class: -1}
	if !slices.Contains([]string{"always", "unproductive", "vague", "never"}, m.when) {
		return fmt.Errorf("%q is not a condition", m.when)
	}
	if f[2] != "" {
		i, ok := r.byClass[f[2]]
		if !ok {
			return fmt.Errorf("there is no class %q", f[2])
		}
		m.class = i
	}
	if (m.class < 0) != (m.when == "never") {
		return fmt.Errorf("the class %q does not go with %s", f[2], m.when)
	}
	if f[3] != "" {
		i := slices.Index(formNames[:], f[3])
		if i < 0 {
			return fmt.Errorf("there is no form %q", f[3])
		}
		m.form = form(i)
	}
	for key := range strings.SplitSeq(f[0], ",") {
		if _, twice := r.marks[key]; twice {
			return fmt.Errorf("%s is there twice", key)
		}
		if _, class, has := strings.Cut(key, "@"); has {
			if _, ok := r.byClass[class]; !ok {
				return fmt.Errorf("there is no class %q", class)
			}
		}
		r.marks[key] = len(r.marked)
	}
	r.marked = append(r.marked, m)
	return nil
}

func (r *Rules) readRow(n int, f []string) (row, error) {
	w := row{line: n, fr: f[len(f)-2], en: f[len(f)-1], source: f[len(f)-3]}
	var err error
	if w.getters, err = r.readSelector(f[0]); err != nil {
		return w, err
	}
	if w.givers, err = r.readSelector(f[1]); err != nil {
		return w, err
	}
	if w.strength, err = strconv.ParseFloat(f[2], 64); err != nil || !(w.strength >= 1 && w.strength <= 5) {
		return w, fmt.Errorf("the strength %q is not a number from 1 to 5", f[2])
	}
	if len(f) == 8 {
		i := slices.Index(reachNames[:], f[4])
		if i < 0 {
			return w, fmt.Errorf("there is no reach %q", f[4])
		}
		w.resource, w.reach = f[3], Reach(i)
	}
	if !slices.Contains(sources, w.source) {
		return w, fmt.Errorf("there is no source %q", w.source)
	}
	for _, s := range []string{w.fr, w.en} {
		low := strings.ToLower(s)
		if !strings.Contains(low, "{b}") && !strings.Contains(low, "{s}") || !strings.HasSuffix(s, ".") {
			return w, fmt.Errorf("%q names no side, or does not end", s)
		}
	}
	return w, nil
}

// readSelector reads terms such as ehpad, hopital=.9 or menuisier+insertion:
// tags that must all be there (or not be there, after a !), and a weight.
func (r *Rules) readSelector(s string) (selector, error) {
	var sel selector
	for word := range strings.FieldsSeq(s) {
		t := term{weight: 1}
		name, weight, has := strings.Cut(word, "=")
		if has {
			w, err := strconv.ParseFloat(weight, 64)
			if err != nil || !(w > 0 && w <= 1.25) {
				return nil, fmt.Errorf("the weight of %s is not a number from 0 to 1.25", word)
			}
			t.weight = w
		}
		for tag := range strings.SplitSeq(name, "+") {
			not := strings.HasPrefix(tag, "!")
			i, ok := r.tags[strings.TrimPrefix(tag, "!")]
			switch {
			case !ok:
				return nil, fmt.Errorf("%s is neither a class nor a group", tag)
			case not:
				t.none = append(t.none, i)
			default:
				t.all = append(t.all, i)
				_, class := r.byClass[tag]
				t.exact = t.exact || class
			}
		}
		sel = append(sel, t)
	}
	if len(sel) == 0 {
		return nil, fmt.Errorf("nobody is chosen")
	}
	return sel, nil
}
