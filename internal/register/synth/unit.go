package synth

// A unit is a legal unit and its establishments, before it is written.
type unit struct {
	siren     uint64
	lot       lot
	away      bool // its seat is in another département than those asked for
	craft     bool
	ess       *essKind
	form      string
	natural   bool
	woman     bool
	partial   bool
	active    bool
	created   int // day, -1 unknown
	size      int // index of sizes
	activity  activity
	nafa      string
	label     string // what the craft does: Boulangerie
	style     style
	name      []byte // denomination of a legal person; sign of a natural one
	sign      bool   // its name is on its front too
	acronym   string
	first     [3]string
	surname   string
	usage     string
	flag      byte // economieSocialeSolidaire: O, N or 0
	mission   byte
	rna       int
	suppress  bool
	insertion string
	scop      string
	fixed     *special
	places    []establishment
}

// An establishment is one of a unit.
type establishment struct {
	nic            int
	head, active   bool
	partial        bool
	abroad         bool
	created, since int
	size           int
	spot           *spot
	x, y           int // from the centre of the spot, decimetres
	located        bool
	nafa           string
	activity       activity
	old            bool // activity in a past nomenclature
}

func (u *unit) head() *establishment {
	for i := range u.places {
		if u.places[i].head {
			return &u.places[i]
		}
	}
	return &u.places[len(u.places)-1]
}

// The bands of head-count.
var sizes = [...]string{"NN", "00", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53"}

const smallest = 5 // bands below it are of fewer than ten people

// A drawer draws units. Each worker has one.
type drawer struct {
	*world
	rng
	ess     []essKind
	both    []bothKind
	essDraw wheel
}

func newDrawer(w *world) *drawer {
	d := &drawer{world: w, ess: essKinds(), both: bothKinds()}
	var weights []int
	for _, k := range d.ess {
		weights = append(weights, k.weight)
	}
	d.essDraw = newWheel(weights)
	return d
}

// draw draws the unit of a lot. extras are establishments it is to have
// beyond the first, for the others.
func (d *drawer) draw(u *unit, l lot, extras int) {
	*u = unit{lot: l, places: u.places[:0], name: u.name[:0], style: pickStyle(&d.rng), rna: -1}
	kind := l
	if l == elsewhere {
		u.away = true
		kind = [...]lot{otherOpen, otherOpen, otherOpen, otherClosed, craftOpen, craftClosed, essOpen, otherOpen, otherClosed, craftOpen}[d.below(10)]
	}
	u.active = kind < craftClosed
	u.created = d.someDay()
	z := &d.here
	if u.away {
		z = &d.away
	}
	seat := int32(z.wheel.draw(&d.rng))
	switch kind {
	case craftOpen, craftClosed:
		d.drawCraft(u)
	case bothOpen:
		d.drawBoth(u, &z.spots[seat])
	case essOpen, essClosed:
		d.drawESS(u, &z.spots[seat])
	default:
		d.drawOther(u)
	}
	if u.natural {
		d.drawPerson(u)
		u.partial = d.chance(partialPerson)
	} else {
		u.partial = d.chance(partialFirm)
	}
	d.drawSign(u)
	d.drawPlaces(u, z, seat, kind, extras)
}

// someDay draws a day, recent ones likelier, sometimes an unknown one.
func (d *drawer) someDay() int {
	if d.chance(unknownDay) {
		return -1
	}
	n := len(d.days)
	return n - 1 - d.below(1+d.below(n))
}

// after draws a day from a day on.
func (d *drawer) after(day int) int {
	day = max(day, 0)
	return day + d.below(len(d.days)-day)
}

func (d *drawer) drawCraft(u *unit) {
	u.craft = true
	c := &d.crafts[d.craftDraw.draw(&d.rng)]
	u.nafa = c.nafa
	u.size = d.drawSize(noSize, 850)
	switch {
	case d.chance(presumedCraft):
		c = &d.presumable[d.presumDraw.draw(&d.rng)]
		u.nafa, u.size = "", min(u.size, smallest-1)
	case d.chance(unknownAPRM):
		c = &d.presumable[d.presumDraw.draw(&d.rng)]
		u.nafa = c.naf[:2] + c.naf[3:] + "X" // no line of the NAFA ends so
	}
	u.activity, u.label = c.activity, c.label
	switch n := d.below(100); {
	case n < 57:
		u.form, u.natural = "1000", true
	case n < 79:
		u.form = "5499"
	case n < 94:
		u.form = "5710"
	case n < 99:
		u.form = "5720"
	default:
		u.form = "5202"
	}
	if !u.natural {
		d.nameCraft(u)
	}
}

func (d *drawer) drawBoth(u *unit, s *spot) {
	k := &d.both[d.below(len(d.both))]
	c := d.byNAFA[k.nafa]
	u.craft, u.nafa, u.activity, u.label = true, c.nafa, c.activity, c.label
	u.form, u.scop = k.form, k.scop
	u.size = d.drawSize(1500, 2500)
	d.expand(u, of(&d.rng, k.names), s)
	if d.chance(essFlag) {
		u.flag = 'O'
	}
	if k.scop == "" && d.chance(2000) { // known by its legal form only
		u.nafa = ""
	}
	u.ess = &essKind{form: k.form, scop: k.scop}
}

func (d *drawer) drawESS(u *unit, s *spot) {
	k := &d.ess[d.essDraw.draw(&d.rng)]
	u.ess, u.form, u.insertion, u.scop = k, k.form, k.insertion, k.scop
	u.activity = activity{naf: k.naf, naf25: d.naf25[k.naf]}
	u.size = d.drawSize(4500, 2500)
	d.expand(u, of(&d.rng, k.names), s)
	if k.flag || d.chance(essFlag) {
		u.flag = 'O'
	}
	if k.form[0] == '9' && k.form != "9300" && d.chance(8800) {
		u.rna = d.below(1_000_000)
	}
}

func (d *drawer) drawOther(u *unit) {
	u.activity = d.others[d.otherDraw.draw(&d.rng)]
	u.size = d.drawSize(5500, 1500)
	switch n := d.below(100); {
	case u.activity.naf[:2] == "84":
		u.form = "7210"
	case u.activity.naf == "68.20B":
		u.form = "6540"
	case n < 45:
		u.form, u.natural = "1000", true
	case n < 66:
		u.form = "5499"
	case n < 84:
		u.form = "5710"
	case n < 90:
		u.form = "6540"
	case n < 93 && u.activity.naf[:2] == "86":
		u.form = "5485"
	case n < 96:
		u.form = "5599"
	default:
		u.form = "5720"
	}
	switch d.below(40) {
	case 0:
		u.flag = 'N'
	case 1:
		if !u.natural {
			u.mission = 'O'
		}
	}
	if !u.natural {
		d.nameOther(u)
	}
}

// drawSize draws a band: none said in so many cases of ten thousand, ten
// people or more in so many of the others.
func (d *drawer) drawSize(none, large int) int {
	switch {
	case d.chance(none):
		return 0
	case d.chance(large):
		n := smallest
		for n < len(sizes)-1 && d.chance(3500) {
			n++
		}
		return n
	}
	return [...]int{1, 1, 1, 2, 2, 2, 2, 3, 3, 4}[d.below(10)]
}

// drawPlaces draws the establishments in the order of their numbers: the
// closed ones came before the head office.
func (d *drawer) drawPlaces(u *unit, z *zone, seat int32, kind lot, extras int) {
	var before, after int
	switch kind {
	case craftOpen, bothOpen:
		if d.chance(1200) {
			before = 1
		}
		if d.chance(400) {
			after = 1
		}
	case essOpen:
		if d.chance(1200) {
			before = 1
		}
		if d.chance(1430) {
			after = 1 + d.below(4)
		}
	case otherOpen:
		for range extras {
			if d.chance(4000) {
				before++
			} else {
				after++
			}
		}
	case otherClosed:
		before = extras
	}
	nic := 0
	add := func(head, active bool) *establishment {
		nic += 1
		if d.chance(1000) {
			nic++
		}
		u.places = append(u.places, establishment{nic: nic, head: head, active: active, activity: u.activity, nafa: u.nafa})
		e := &u.places[len(u.places)-1]
		e.created = max(u.created, -1)
		at := seat
		if !head {
			e.created = d.after(u.created)
			if at = int32(z.wheel.draw(&d.rng)); d.chance(6000) { // most are near the seat
				at = seat
			}
			if !d.away.wheel.empty() && !u.away && !u.craft && head == active && d.chance(800) {
				d.settle(e, &d.away, int32(d.away.wheel.draw(&d.rng)))
				return e
			}
		}
		if u.away && !head && !u.craft && u.ess == nil && d.chance(1500) {
			z, at = &d.here, int32(d.here.wheel.draw(&d.rng))
		}
		d.settle(e, z, at)
		return e
	}
	for range before {
		add(false, false)
	}
	h := add(true, u.active)
	if !u.active && d.chance(closedUnitOpen) {
		h.active = true
	}
	for range after {
		add(false, true)
	}
	for i := range u.places {
		d.finish(u, &u.places[i])
	}
}

// settle puts an establishment somewhere in a commune.
func (d *drawer) settle(e *establishment, z *zone, at int32) {
	past := z.past[at]
	s := &z.spots[at]
	e.x, e.y = d.bell(max(1, s.radius)), d.bell(max(1, s.radius))
	if len(past) > 0 && (s.borough() || d.chance(formerCode)) {
		s = &z.spots[past[d.below(len(past))]]
	}
	e.spot = s
	e.located = s.x != 0 && !d.chance(noPosition)
}

// borough reports whether establishments of this commune are always written
// under its boroughs.
func (s *spot) borough() bool { return s.code == "75056" || s.code == "69123" || s.code == "13055" }

// finish draws what depends on the rest.
func (d *drawer) finish(u *unit, e *establishment) {
	e.partial = u.partial || d.chance(partialPlace)
	e.since = e.created
	if !e.active {
		e.since = d.after(e.created)
		e.old = d.chance(oldNomenclature)
	} else if d.chance(4000) {
		e.since = d.after(e.created)
	}
	if u.away && u.lot == elsewhere && !u.craft && d.chance(abroad) {
		e.abroad = true
	}
	switch {
	case !e.active && d.chance(9000):
		e.size = 0
	case e.head:
		e.size = u.size
	default:
		e.size = min(u.size, d.drawSize(3000, 500))
	}
	if d.chance(noActivity) && e.nafa == "" && !u.craft {
		e.activity = activity{naf: "00.00Z"}
	}
}
