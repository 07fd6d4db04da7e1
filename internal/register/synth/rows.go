package synth

// A scribe writes units into the tables of a block.
type scribe struct {
	*drawer
	units, places, points, links *table
	lists                        [5]*table // in the order of listNames
	rne                          []byte
	rneRows                      int
	report                       Report
	pending                      []pendingLink
	linkRows                     []link
	scratch                      []byte
}

// A link is a predecessor and its successor.
type link struct {
	from, to uint64
	day      int
	head     bool
}

// A pendingLink waits for the firm that took a closed one over.
type pendingLink struct {
	from uint64
	day  int
}

func newScribe(d *drawer) *scribe {
	s := &scribe{
		drawer: d, units: newTable(unitColumns), places: newTable(establishmentColumns),
		points: newTable(geolocationColumns), links: newTable(successionColumns),
	}
	for i, c := range listColumns() {
		s.lists[i] = newTable(c)
	}
	return s
}

// siret returns the identifier of an establishment: the fourth digit of its
// number runs, the last is a key. La Poste's sum to a multiple of five.
func siret(siren uint64, nic int) uint64 {
	n := siren*10000 + uint64(nic)
	if siren != laPoste*10 {
		return n*10 + luhn(n)
	}
	sum := uint64(0)
	for x := n; x > 0; x /= 10 {
		sum += x % 10
	}
	return n*10 + (5-sum%5)%5
}

func (s *scribe) write(u *unit) {
	s.writeUnit(u)
	for i := range u.places {
		e := &u.places[i]
		s.writePlace(u, e)
		s.writePoint(u, e)
	}
	s.follow(u)
	s.enlist(u)
	s.count(u)
}

// cells masks what [ND] stands for; the empty cells too, as INSEE does.
func masked(t *table, partial bool, b []byte) {
	if partial {
		t.plain(nd)
		return
	}
	t.free(b)
}

func maskedText(t *table, partial bool, s string) {
	if partial {
		s = nd
	}
	t.plain(s)
}

func (s *scribe) day(t *table, n int) {
	if n < 0 {
		t.plain("1900-01-01")
		return
	}
	t.plain(s.days[n])
}

// moment writes a time of a day not long before the files were made.
func (s *scribe) moment(t *table) {
	x := s.next()
	day := s.days[len(s.days)-1-int(x%1500)]
	x >>= 16
	b := append(t.text, day...)
	b = append(b, 'T')
	b = appendNumber(b, int(x%24), 2)
	b = append(b, ':')
	b = appendNumber(b, int(x>>5%60), 2)
	b = append(b, ':')
	b = appendNumber(b, int(x>>11%60), 2)
	b = append(b, '.')
	t.text = appendNumber(b, int(x>>17%1000), 3)
	t.end()
}

func flagCell(t *table, c byte) {
	if c == 0 {
		t.none(1)
		return
	}
	t.letter(c)
}

func truthCell(t *table, v bool) {
	if v {
		t.plain("true")
		return
	}
	t.plain("false")
}

func diffusion(t *table, partial bool) {
	if partial {
		t.letter('P')
		return
	}
	t.letter('O')
}

func (s *scribe) writeUnit(u *unit) {
	t := s.units
	t.number(int(u.siren), 9)
	diffusion(t, u.partial)
	t.none(1)
	s.day(t, u.created)
	maskedText(t, u.partial, u.acronym)
	sex := ""
	if u.natural {
		if sex = "M"; u.woman {
			sex = "F"
		}
	}
	maskedText(t, u.partial, sex)
	for i := range 4 {
		first := ""
		if i < 3 {
			first = u.first[i]
		}
		maskedText(t, u.partial, first)
	}
	maskedText(t, u.partial, u.first[0])
	maskedText(t, u.partial, "")
	if u.rna >= 0 {
		s.scratch = append(s.scratch[:0], 'W')
		s.scratch = append(s.scratch, (u.head().spot.department + "0")[:2]...)
		s.scratch = appendNumber(s.scratch, u.rna, 7)
		t.free(s.scratch)
	} else {
		t.none(1)
	}
	t.plain(sizes[u.size])
	yearOf(t, u.size)
	s.moment(t)
	t.number(1+s.below(6), 1)
	switch {
	case u.size == 0 || !u.active:
		t.none(2)
	case u.size >= 13:
		t.plain("GE")
		t.plain("2023")
	case u.size >= 10:
		t.plain("ETI")
		t.plain("2023")
	default:
		t.plain("PME")
		t.plain("2023")
	}
	if u.active {
		s.day(t, u.created)
		t.letter('A')
	} else {
		s.day(t, u.head().since)
		t.letter('C')
	}
	maskedText(t, u.partial, u.surname)
	maskedText(t, u.partial, u.usage)
	name := u.name
	if u.natural {
		name = nil
	}
	masked(t, u.partial, name)
	if u.sign && !u.natural && s.chance(1500) {
		masked(t, u.partial, name)
	} else {
		maskedText(t, u.partial, "")
	}
	maskedText(t, u.partial, "")
	maskedText(t, u.partial, "")
	t.plain(u.form)
	t.plain(u.activity.naf)
	t.plain("NAFRev2")
	h := u.head()
	t.number(int(siret(u.siren, h.nic)%100000), 5)
	flagCell(t, u.flag)
	flagCell(t, u.mission)
	t.none(1)
	s.naf25Cell(t, u.activity)
}

// yearOf writes the year of a head-count.
func yearOf(t *table, size int) {
	if size == 0 {
		t.none(1)
		return
	}
	t.plain("2024")
}

func (s *scribe) naf25Cell(t *table, a activity) {
	if s.chance(noNAF25) {
		t.none(1)
		return
	}
	t.plain(a.naf25)
}

func (s *scribe) writePlace(u *unit, e *establishment) {
	t := s.places
	id := siret(u.siren, e.nic)
	t.number(int(u.siren), 9)
	t.number(int(id%100000), 5)
	t.number(int(id), 14)
	diffusion(t, e.partial)
	s.day(t, e.created)
	t.plain(sizes[e.size])
	yearOf(t, e.size)
	t.plain(e.nafa)
	s.moment(t)
	truthCell(t, e.head)
	t.number(1+s.below(6), 1)
	s.address(u, e)
	for _, c := range establishmentColumns[30:44] { // the second address, no longer kept
		if e.partial && c.masked {
			t.plain(nd)
		} else {
			t.none(1)
		}
	}
	s.day(t, e.since)
	if e.active {
		t.letter('A')
	} else {
		t.letter('F')
	}
	s.signs(u, e)
	switch naf := e.activity.naf; {
	case e.old && naf != "00.00Z":
		s.oldNAF(t, naf)
	default:
		t.plain(naf)
		t.plain("NAFRev2")
	}
	switch {
	case e.size > 1:
		t.letter('O')
	case e.size == 0 && s.chance(1000):
		t.none(1)
	default:
		t.letter('N')
	}
	s.naf25Cell(t, e.activity)
}

// oldNAF writes a code of a nomenclature of the past.
func (s *scribe) oldNAF(t *table, naf string) {
	b := append(s.scratch[:0], naf[:4]...)
	switch s.below(3) {
	case 0: // 15.8C: four characters
		t.free(append(b, 'A'+byte(s.below(8))))
		t.plain("NAFRev1")
	case 1:
		t.free(append(b, 'A'+byte(s.below(8))))
		t.plain("NAF1993")
	default: // 38.40
		t.free(append(b, '0'))
		t.plain("NAP")
	}
	s.scratch = b
}

// signs writes what the establishment is called.
func (s *scribe) signs(u *unit, e *establishment) {
	t := s.places
	var sign, usual []byte
	if u.sign {
		sign = u.name
		if f := u.fixed; f != nil {
			sign = appendStyled(s.scratch[:0], f.sign, u.style)
			s.scratch = sign
		}
	}
	switch {
	case u.suppress:
		usual = []byte("SUPPRESSION DU NOM COMMERCIAL")
	case u.sign && u.fixed == nil && s.chance(2500):
		sign, usual = nil, sign
	}
	masked(t, e.partial, sign)
	if len(sign) > 0 && u.label != "" && s.chance(600) {
		maskedText(t, e.partial, styled(u.label, capitals))
	} else {
		maskedText(t, e.partial, "")
	}
	maskedText(t, e.partial, "")
	masked(t, e.partial, usual)
}
