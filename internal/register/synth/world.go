package synth

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"passerelle/internal/geo"
	"passerelle/internal/place"
	"passerelle/internal/trade"
)

//go:embed data/naf_frequency.tsv
var frequencies string

// A spot is a code under which communes are written, today's or a former one.
type spot struct {
	code, label string // label in capitals, as Sirene writes it
	name        string // in French
	postcode    string
	department  string
	epsg        string
	x, y        int // of its centre in the projection, decimetres; 0,0 when it has none
	lat, lon    int // of its centre, millionths of a degree
	// What a step of a kilometre east or north changes, millionths of a degree.
	latE, latN, lonE, lonN int
	radius                 int // decimetres around the centre
	former, away           bool
}

// A zone is where establishments may be: the spots of some départements, the
// likelier the more people live there.
type zone struct {
	spots []spot
	past  [][]int32 // by spot of today: the spots of its former codes
	wheel wheel
	today int
}

// An activity is a NAF code that establishments have.
type activity struct {
	naf, naf25 string
	presumed   bool // a small firm of it is presumed craft
}

// A craft is a NAFA code, and the words for what it does.
type craft struct {
	activity
	nafa, label string
}

// A world is what the draws are made from.
type world struct {
	here, away zone // the départements asked for; the others
	crafts     []craft
	craftDraw  wheel
	byNAFA     map[string]craft
	presumable []craft // crafts without a code, presumed from NAF
	presumDraw wheel
	others     []activity
	otherDraw  wheel
	naf25      map[string]string
	words      *words
	days       []string // every day from firstDay to asOf
	women, men []string // in capitals
	odd, plain []string // complements of addresses
	specials   []special
	people     int // of the départements asked for
}

func newWorld(o Options) (*world, error) {
	atlas, err := place.Load()
	if err != nil {
		return nil, err
	}
	trades, err := trade.Load()
	if err != nil {
		return nil, err
	}
	w := &world{words: newWords(), odd: oddComplements(), plain: plainComplements()}
	w.women, w.men = upperOf(w.words.women), upperOf(w.words.men)
	w.days = daysUntil(o.AsOf)
	w.loadNAF25(trades)
	if err := w.loadActivities(trades); err != nil {
		return nil, err
	}
	for _, d := range o.Departments {
		if _, ok := atlas.Department(d); !ok {
			return nil, &OptionError{"--departments", fmt.Sprintf("le département %q n'existe pas", d)}
		}
	}
	asked := func(d string) bool { return o.France || slices.Contains(o.Departments, d) }
	w.here = newZone(atlas, asked)
	w.away = newZone(atlas, func(d string) bool { return !asked(d) })
	for i := range w.away.spots {
		w.away.spots[i].away = true
	}
	if w.here.today == 0 {
		return nil, &OptionError{"--departments", "aucune commune dans ces départements"}
	}
	for _, c := range atlas.Communes() {
		if asked(c.Department) {
			w.people += c.Population
		}
	}
	if asked("62") {
		w.specials = specials()
	}
	return w, nil
}

// loadNAF25 turns the passage from NAF 2025 round. The table answers for a
// code only, so every code that could be is asked.
func (w *world) loadNAF25(t *trade.Table) {
	w.naf25 = make(map[string]string)
	code := []byte("00.00A")
	for class := 100; class < 10000; class++ {
		code[0], code[1] = byte('0'+class/1000), byte('0'+class/100%10)
		code[3], code[4] = byte('0'+class/10%10), byte('0'+class%10)
		for letter := byte('A'); letter <= 'Z'; letter++ {
			code[5] = letter
			for _, old := range t.FromNAF25(string(code)) {
				if w.naf25[old] == "" {
					w.naf25[old] = string(code)
				}
			}
		}
	}
}

func (w *world) loadActivities(t *trade.Table) error {
	ofNAF := make(map[string][]trade.Code)
	for _, c := range t.Codes() {
		ofNAF[c.NAF] = append(ofNAF[c.NAF], c)
	}
	var crafts, presumable, others []int
	for n, line := range strings.Split(strings.TrimSpace(frequencies), "\n") {
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			return fmt.Errorf("NAF frequencies, line %d: %d fields", n+1, len(f))
		}
		all, err := strconv.Atoi(f[1])
		if err != nil {
			return fmt.Errorf("NAF frequencies, line %d: %w", n+1, err)
		}
		weight, err := strconv.Atoi(f[2])
		if err != nil {
			return fmt.Errorf("NAF frequencies, line %d: %w", n+1, err)
		}
		a := activity{naf: f[0], naf25: w.naf25[f[0]], presumed: t.PresumedCraft(f[0])}
		if !a.presumed {
			w.others, others = append(w.others, a), append(others, all)
		} else if label, ok := t.TradeOfNAF(a.naf); ok && weight > 0 {
			w.presumable, presumable = append(w.presumable, craft{a, "", short(label.Name)}), append(presumable, weight)
		}
		codes := ofNAF[f[0]]
		for i, c := range codes { // the first codes of an activity are its commonest
			x := craft{a, c.NAFA, ""}
			if tr, ok := t.TradeOfNAFA(c.NAFA); ok {
				x.label = short(tr.Name)
			}
			w.crafts, crafts = append(w.crafts, x), append(crafts, max(1, 2*weight/(len(codes)*(i+1))))
		}
	}
	w.byNAFA = make(map[string]craft)
	for _, c := range w.crafts {
		w.byNAFA[c.nafa] = c
	}
	for _, k := range bothKinds() {
		if _, ok := w.byNAFA[k.nafa]; !ok {
			return fmt.Errorf("NAFA %s is not in the nomenclature", k.nafa)
		}
	}
	w.craftDraw, w.presumDraw, w.otherDraw = newWheel(crafts), newWheel(presumable), newWheel(others)
	return nil
}

// short returns the name of a trade if a firm could bear it.
func short(name string) string {
	if len(name) > 26 || strings.Contains(name, ",") {
		return ""
	}
	return name
}

// newZone returns the spots of the départements that are asked for.
func newZone(atlas *place.Atlas, asked func(string) bool) zone {
	var z zone
	var weights []int
	var past [][]place.FormerCommune
	for _, c := range atlas.Communes() {
		if !asked(c.Department) {
			continue
		}
		s, ok := newSpot(c)
		if !ok {
			continue
		}
		z.spots, weights = append(z.spots, s), append(weights, c.Population+15)
		past = append(past, atlas.Former(c.Code))
	}
	z.today, z.wheel = len(z.spots), newWheel(weights)
	z.past = make([][]int32, z.today)
	for i, former := range past {
		for _, f := range former {
			if f.Name == "" || f.Code == z.spots[i].code {
				continue
			}
			s := z.spots[i]
			s.code, s.name, s.label, s.former = f.Code, f.Name, styled(f.Name, capitals), true
			if f.Kind == place.Borough {
				s.postcode = f.Code[:2] + "0" + f.Code[3:]
				if s.postcode[:2] == "13" || s.postcode[:2] == "69" { // 13201 → 13001, 69381 → 69001
					s.postcode = f.Code[:2] + "0" + boroughNumber(f.Code)
				}
			}
			z.past[i] = append(z.past[i], int32(len(z.spots)))
			z.spots = append(z.spots, s)
		}
	}
	return z
}

// boroughNumber returns the two last digits of the postcode of a borough of
// Marseille (132nn) or Lyon (6938n).
func boroughNumber(code string) string {
	n, _ := strconv.Atoi(code[3:])
	if code[:2] == "69" {
		n -= 80
	}
	return fmt.Sprintf("%02d", n)
}

// newSpot returns the spot of a commune: not where INSEE's projections do not
// reach.
func newSpot(c place.Commune) (spot, bool) {
	epsg, ok := place.EPSGOf(c.Department)
	if !ok || !c.Centre.Valid() {
		return spot{}, false
	}
	s := spot{
		code: c.Code, name: c.Name, label: styled(c.Name, capitals), department: c.Department, epsg: strconv.Itoa(epsg),
		lat: millionths(c.Centre.Lat), lon: millionths(c.Centre.Lon),
	}
	if len(c.Postcodes) > 0 {
		s.postcode = c.Postcodes[0]
	}
	x, y, err := geo.ToProjected(epsg, c.Centre)
	if err != nil {
		return s, true
	}
	s.x, s.y = int(x*10), int(y*10)
	east, err := geo.FromProjected(epsg, x+1000, y)
	if err != nil {
		return spot{}, false
	}
	north, err := geo.FromProjected(epsg, x, y+1000)
	if err != nil {
		return spot{}, false
	}
	s.latE, s.lonE = millionths(east.Lat-c.Centre.Lat), millionths(east.Lon-c.Centre.Lon)
	s.latN, s.lonN = millionths(north.Lat-c.Centre.Lat), millionths(north.Lon-c.Centre.Lon)
	s.radius = 6000 + 12*min(2000, isqrt(c.Population)*10)
	return s, true
}

// millionths rounds degrees to six decimals.
func millionths(d float64) int {
	if d < 0 {
		return -int(-d*1e6 + 0.5)
	}
	return int(d*1e6 + 0.5)
}

func isqrt(n int) int {
	r := 0
	for (r+1)*(r+1) <= n {
		r++
	}
	return r
}
