package synth

// odd are complements of addresses that a careless reader of CSV cuts.
func oddComplements() []string {
	return []string{
		"RESIDENCE \"LES TILLEULS\"", "ZA DU PRE, LOT 3", "BATIMENT B\nESCALIER 2", "CHEZ M. ET MME X, 1ER ETAGE",
		"IMMEUBLE \"LE BEFFROI\", PORTE 4", "Fond de cour ; sonner deux fois",
	}
}

func plainComplements() []string {
	return []string{"BATIMENT A", "LE BOURG", "ETAGE 1", "CENTRE COMMERCIAL", "APPARTEMENT 12", "RESIDENCE LES LILAS", "Zone artisanale"}
}

// address writes the columns from complementAdresse to the ordinate.
func (s *scribe) address(u *unit, e *establishment) {
	t := s.places
	if e.partial {
		s.hiddenAddress(e)
		return
	}
	if e.abroad {
		s.foreignAddress()
		return
	}
	f := u.fixed
	switch {
	case f != nil && f.complement != "":
		t.free([]byte(f.complement))
	case f != nil || !s.chance(complement):
		t.none(1)
	case s.chance(complementOdd):
		t.free([]byte(of(&s.rng, s.odd)))
	default:
		t.plain(of(&s.rng, s.plain))
	}
	k, ban := s.below(len(s.words.streets)), s.chance(1200)
	switch {
	case f != nil:
		t.plain(f.number)
		t.none(3)
		t.plain(f.streetType)
		t.plain(f.street)
	case s.chance(300): // a hamlet
		t.none(4)
		t.plain("LD")
		t.plain("LE " + s.words.streets[k])
	default:
		number := 1 + s.below(1+s.below(180))
		t.number(number, 1)
		if s.chance(500) {
			t.letter("BBBTTAC"[s.below(7)])
		} else {
			t.none(1)
		}
		if s.chance(100) {
			t.number(number+2, 1)
		} else {
			t.none(1)
		}
		t.none(1)
		t.plain(s.words.types[s.words.typeWheel.draw(&s.rng)])
		if ban {
			t.plain(s.words.streetsBAN[k])
		} else {
			t.plain(s.words.streets[k])
		}
	}
	t.plain(e.spot.postcode)
	t.plain(e.spot.label)
	t.none(2)
	t.plain(e.spot.code)
	t.none(4)
	if e.located {
		t.text = appendNumber(t.text, 620_000_000+s.below(1_000_000), 9)
		t.text = append(t.text, "_B"...)
		t.end()
		t.decimal((e.spot.x+e.x)*10+s.below(10), 2)
		t.decimal((e.spot.y+e.y)*10+s.below(10), 2)
	} else {
		t.none(3)
	}
}

// hiddenAddress writes the address of an establishment in partial diffusion:
// only the commune, or the country, is told.
func (s *scribe) hiddenAddress(e *establishment) {
	t := s.places
	for _, c := range establishmentColumns[11:30] {
		switch {
		case c.masked:
			t.plain(nd)
		case e.abroad && c.name == "codePaysEtrangerEtablissement":
			t.plain("99131")
		case e.abroad && c.name == "libellePaysEtrangerEtablissement":
			t.plain("BELGIQUE")
		case !e.abroad && c.name == "libelleCommuneEtablissement":
			t.plain(e.spot.label)
		case !e.abroad && c.name == "codeCommuneEtablissement":
			t.plain(e.spot.code)
		default:
			t.none(1)
		}
	}
}

func (s *scribe) foreignAddress() {
	t := s.places
	t.none(6)
	t.plain(of(&s.rng, s.words.streets))
	t.none(2)
	t.plain("TOURNAI")
	t.none(4)
	t.plain("99131")
	t.plain("BELGIQUE")
	t.none(3)
}

// writePoint writes the row of the geolocation file, for those that have one.
func (s *scribe) writePoint(u *unit, e *establishment) {
	if e.abroad || e.spot.x == 0 {
		return
	}
	if e.partial && !s.chance(geolocatedPartial) || !e.partial && u.fixed == nil && !s.chance(geolocated) {
		return
	}
	x, y := e.x, e.y
	quality, precision := "11", 5
	switch n := s.below(100); {
	case u.fixed != nil:
	case s.chance(randomPoint):
		quality, precision = "33", 2500
		x, y = s.bell(2*e.spot.radius), s.bell(2*e.spot.radius)
	case n < 22:
		quality, precision = "12", 40
	case n < 30:
		quality, precision = "21", 120
	case n < 38:
		quality, precision = "22", 400
	}
	t := s.points
	t.number(int(siret(u.siren, e.nic)), 14)
	t.decimal(e.spot.x+x, 1)
	t.decimal(e.spot.y+y, 1)
	t.plain(quality)
	t.plain(e.spot.epsg)
	t.plain("CSZ")
	t.text = append(t.text, e.spot.code...)
	t.text = appendNumber(t.text, 101+s.below(30), 4)
	t.end()
	t.plain("CSZ")
	t.plain("CSZ")
	t.plain("CSZ")
	t.plain(e.spot.code)
	t.number(precision, 1)
	for range 5 {
		t.letter('1')
	}
	// A degree at the ten-thousandth of a step: x and y are in decimetres.
	p := e.spot
	t.decimal(p.lat+(p.latE*x+p.latN*y)/10000, 6)
	t.decimal(p.lon+(p.lonE*x+p.lonN*y)/10000, 6)
}
