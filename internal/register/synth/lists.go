package synth

import "slices"

// listNames are the lists beside the stock, in the order of scribe.lists.
func listNames() [5]string {
	return [...]string{"siae.csv", "scop.csv", "ess_france.csv", "rge.csv", "metiers_art.csv"}
}

func listColumns() [5][]column {
	return [...][]column{siaeColumns, scopColumns, essColumns, rgeColumns, artColumns}
}

// The places of the lists.
const (
	siaeList = iota
	scopList
	essList
	rgeList
	artList
)

// follow writes the links of successions of a unit: from a closed
// establishment to the head office that came after, or to another firm.
func (s *scribe) follow(u *unit) {
	h := u.head()
	for i := range u.places {
		e := &u.places[i]
		switch {
		case e.active:
		case e != h && u.active && h.nic > e.nic && (u.fixed != nil || s.chance(6500)):
			s.linkRows = append(s.linkRows, link{siret(u.siren, e.nic), siret(u.siren, h.nic), e.since, true})
		case e == h && u.craft && s.chance(2500):
			s.pending = append(s.pending, pendingLink{siret(u.siren, e.nic), e.since})
		}
	}
	if u.craft && u.active && len(s.pending) > 0 && u.fixed == nil {
		p := s.pending[len(s.pending)-1]
		s.pending = s.pending[:len(s.pending)-1]
		s.linkRows = append(s.linkRows, link{p.from, siret(u.siren, h.nic), p.day, false})
	}
}

// writeLinks writes the links of a block in the order of the predecessors.
func (s *scribe) writeLinks() {
	slices.SortFunc(s.linkRows, func(a, b link) int {
		if a.from < b.from {
			return -1
		}
		return 1
	})
	for _, l := range s.linkRows {
		t := s.links
		t.number(int(l.from), 14)
		t.number(int(l.to), 14)
		s.day(t, l.day)
		truthCell(t, l.head)
		truthCell(t, true)
		s.moment(t)
	}
	s.linkRows, s.pending = s.linkRows[:0], s.pending[:0]
}

// enlist writes what the lists and the national register say of a unit. None
// of them names a unit in partial diffusion but the register, which names
// nobody.
func (s *scribe) enlist(u *unit) {
	if !u.active {
		return
	}
	if u.craft && (u.fixed != nil || s.chance(registered)) {
		s.formality(u)
	}
	h := u.head()
	if u.partial || h.partial || h.abroad {
		return
	}
	id := int(siret(u.siren, h.nic))
	if u.insertion != "" {
		s.enlistInsertion(u, h, id)
	}
	if u.scop != "" {
		t := s.lists[scopList]
		t.number(int(u.siren), 9)
		t.free(u.name)
		t.plain(u.scop)
		t.plain(h.spot.postcode)
		t.plain(h.spot.name)
	}
	if u.ess != nil && s.chance(essListed) {
		t := s.lists[essList]
		t.number(int(u.siren), 9)
		t.free(u.name)
		t.plain(essFamily(u.form))
	}
	if u.craft {
		s.enlistCraft(u, h, id)
	}
}

// essFamily names the family of a legal category as ESS France's list does.
func essFamily(form string) string {
	switch {
	case form == "9300":
		return "FONDATION"
	case form[0] == '9':
		return "ASSOCIATION"
	case form[0] == '8':
		return "MUTUELLE"
	case form == "5710" || form == "5499":
		return "SOCIETE COMMERCIALE DE L'ESS"
	}
	return "COOPERATIVE"
}

func (s *scribe) enlistInsertion(u *unit, h *establishment, id int) {
	t := s.lists[siaeList]
	t.number(id, 14)
	t.plain(u.insertion)
	t.free(u.name)
	t.none(1)
	t.text = append(t.text, u.activity.naf[:2]...)
	t.text = append(t.text, u.activity.naf[3:]...)
	t.end()
	t.none(1)
	t.text = appendNumber(t.text, 1+s.below(90), 1)
	t.text = append(t.text, " "+of(&s.rng, []string{"Rue ", "rue ", "Avenue "})+of(&s.rng, s.words.streetsBAN)...)
	t.end()
	t.plain(h.spot.postcode)
	t.plain(h.spot.name)
	t.plain(h.spot.department)
	p := h.spot
	t.decimal(p.lat+(p.latE*h.x+p.latN*h.y)/10000, 6)
	t.decimal(p.lon+(p.lonE*h.x+p.lonN*h.y)/10000, 6)
	t.none(2)
	t.plain("ASP")
	s.moment(t)
}

// enlistCraft writes the quality marks of craft firms.
func (s *scribe) enlistCraft(u *unit, h *establishment, id int) {
	name := func(t *table) {
		if u.natural {
			t.plain(u.first[0] + " " + u.surname)
		} else {
			t.free(u.name)
		}
	}
	switch c := u.activity.naf; {
	case c[:2] == "43" && s.chance(1600):
		t := s.lists[rgeList]
		t.number(id, 14)
		name(t)
		t.plain(h.spot.postcode)
		t.plain(h.spot.name)
		t.plain(of(&s.rng, []string{"Isolation des murs", "Pompe à chaleur", "Chaudière bois", "Menuiseries extérieures", "Panneaux solaires", "Couverture"}))
		from := len(s.days) - 1 - s.below(700)
		s.day(t, from)
		t.text = appendNumber(t.text, 2027+s.below(3), 4)
		t.text = append(t.text, s.days[from][4:8]...)
		t.plain("01")
	case c >= "13" && c < "34" && u.label != "" && s.chance(900):
		t := s.lists[artList]
		t.number(id, 14)
		name(t)
		t.plain(u.label)
		t.plain("METIERS_ART")
	}
}

// formality writes a unit as the national register of enterprises gives it:
// one JSON object a line. Half of them say that the main activity is craft,
// the others say it of an activity only.
func (s *scribe) formality(u *unit) {
	b := append(s.rne, `{"siren":"`...)
	b = appendNumber(b, int(u.siren), 9)
	b = append(b, `","formality":{"typePersonne":"`...)
	person := "personneMorale"
	if u.natural {
		person = "personnePhysique"
		b = append(b, 'P')
	} else {
		b = append(b, 'M')
	}
	form := "ARTISANALE"
	if s.chance(1200) {
		form = "ARTISANALE_REGLEMENTEE"
	}
	b = append(b, `","content":{`...)
	other := "COMMERCIALE"
	if s.chance(6000) {
		b = append(b, `"formeExerciceActivitePrincipale":"`+form+`",`...)
		other = form
	} else {
		b = append(b, `"formeExerciceActivitePrincipale":"COMMERCIALE",`...)
	}
	b = append(b, `"`+person+`":{"etablissementPrincipal":{"descriptionEtablissement":{"siret":"`...)
	b = appendNumber(b, int(siret(u.siren, u.head().nic)), 14)
	b = append(b, `"},"activites":[{"indicateurPrincipal":true,"formeExercice":"`+other+`","codeApe":"`...)
	b = append(b, u.activity.naf[:2]...)
	b = append(b, u.activity.naf[3:]...)
	b = append(b, `"}`...)
	if other == "COMMERCIALE" {
		b = append(b, `,{"indicateurPrincipal":false,"formeExercice":"`+form+`"}`...)
	}
	s.rne = append(b, "]}}}}}\n"...)
	s.rneRows++
}

// count adds a unit to the report.
func (s *scribe) count(u *unit) {
	r := &s.report
	r.Units++
	if u.partial {
		r.PartialDiffusion++
	}
	open := int64(0)
	for i := range u.places {
		e := &u.places[i]
		r.Establishments++
		if e.active && u.active {
			open++
		} else {
			r.Closed++
		}
		if e.spot.former {
			r.FormerCommuneCodes++
		}
		if u.away || e.spot.away {
			r.Elsewhere++
		}
		if u.lot == otherOpen && u.fixed == nil || u.lot == otherClosed {
			r.Others++ // those of the same firms elsewhere among them
		}
	}
	if u.away || !u.active {
		return
	}
	if u.craft {
		r.CraftFirms++
	}
	if u.ess != nil {
		r.ESSEnterprises++
		r.ESSEstablishments += open
	}
	if u.craft && u.ess != nil {
		r.Both++
	}
}

// add adds the counts of another part of the register.
func (r *Report) add(o *Report) {
	r.Units += o.Units
	r.Establishments += o.Establishments
	r.Closed += o.Closed
	r.CraftFirms += o.CraftFirms
	r.ESSEnterprises += o.ESSEnterprises
	r.ESSEstablishments += o.ESSEstablishments
	r.Both += o.Both
	r.Others += o.Others
	r.Elsewhere += o.Elsewhere
	r.PartialDiffusion += o.PartialDiffusion
	r.FormerCommuneCodes += o.FormerCommuneCodes
}
