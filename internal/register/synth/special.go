package synth

// A special is a firm that every register with the Pas-de-Calais holds, so
// that a demonstration and its stories find what they name.
type special struct {
	name, sign  string
	form        string
	nafa, naf   string
	label       string
	commune     string // code, perhaps a former one
	communeName string
	x, y        int // from the centre, decimetres
	number      string
	streetType  string
	street      string
	complement  string
	size        int
	craft       bool
	family      *essKind
	flag        byte
	scop        string
	woman       bool
	first, last string
	usage       string
	partial     bool
	closed      bool
	moved       bool // from a closed establishment
}

// specials stand within five kilometres of each other at Isbergues, of which
// Berguette (62110) and Molinghem (62575) are parts.
func specials() []special {
	coop := &essKind{form: "5458"}
	return []special{
		{name: "Boulangerie Delattre", sign: "Le Fournil d'Isbergues", form: "5499", nafa: "1071CA", naf: "10.71C", label: "Boulangerie", commune: "62473", x: 1500, y: -900, number: "12", streetType: "RUE", street: "DE LA LYS", size: 2, craft: true},
		{sign: "Boulangerie Lefèvre-Cœugnart", form: "1000", nafa: "1071CA", naf: "10.71C", label: "Boulangerie", commune: "62110", communeName: "BERGUETTE", x: -4200, y: 3100, number: "3", streetType: "PLACE", street: "DE L'EGLISE", size: 1, craft: true, woman: true, first: "AMINA", last: "LEFEVRE", usage: "LEFEVRE-COEUGNART"},
		{name: "Menuiserie Brochard", form: "5710", nafa: "4332AA", naf: "43.32A", label: "Menuiserie", commune: "62473", x: 5200, y: 7100, number: "48", streetType: "AV", street: "ROGER SALENGRO", complement: "Bâtiment \"Le Rabot\", atelier 2\nfond de cour", size: 3, craft: true, moved: true},
		{name: "Scop Les Charpentiers de la Lys", sign: "Les Charpentiers de la Lys", form: "5458", nafa: "4391AZ", naf: "43.91A", label: "Charpente", commune: "62473", x: -8100, y: 2000, number: "7", streetType: "RUE", street: "DE L'INDUSTRIE", size: 4, craft: true, family: coop, flag: 'O', scop: "SCOP"},
		{name: "Scop Imprimerie de l'Écluse", form: "5458", nafa: "1812ZA", naf: "18.12Z", label: "Imprimerie", commune: "62575", communeName: "MOLINGHEM", x: 9000, y: -6100, number: "21", streetType: "CHE", street: "DE L'ECLUSE", complement: "ZA DU PRÉ, LOT 4", size: 3, craft: true, family: coop, scop: "SCOP"},
		{name: "L'Œuvre des Deux Clochers", form: "9220", naf: "88.99B", commune: "62473", x: 800, y: 400, number: "2", streetType: "PL", street: "JEAN JAURES", size: 1, family: &essKind{form: "9220"}, flag: 'O'},
		{name: "Mutuelle des artisans de la Lys", form: "8210", naf: "65.12Z", commune: "62473", x: -300, y: 600, number: "31", streetType: "RUE", street: "PASTEUR", size: 2, family: &essKind{form: "8210"}},
		{name: "Lys Réemploi", form: "5710", naf: "38.11Z", commune: "62473", x: 3000, y: -5100, streetType: "ZA", street: "DE LA FOSSE", size: 5, family: &essKind{form: "5710", insertion: "EI"}, flag: 'O'},
		{form: "1000", nafa: "9602AA", naf: "96.02A", label: "Coiffure", commune: "62473", x: 700, y: 1300, number: "9", streetType: "RUE", street: "DES LILAS", craft: true, woman: true, first: "ODILE", last: "QUEVA", sign: "Odile coiffure", partial: true},
		{name: "Pâtisserie Hochart", form: "5499", nafa: "1071DZ", naf: "10.71D", label: "Pâtisserie", commune: "62110", communeName: "BERGUETTE", number: "5", streetType: "RUE", street: "DE LA GARE", craft: true, closed: true},
	}
}

// specialAt returns the firm that stands at the n-th place of the register,
// if one does: they are spread over it evenly.
func specialAt(all []special, n, total int64) *special {
	if len(all) == 0 || total < int64(len(all)) {
		return nil
	}
	step := total / int64(len(all))
	if i := n / step; n%step == step/2 && i < int64(len(all)) {
		return &all[i]
	}
	return nil
}

// place makes u the firm f, in place of what was drawn.
func (d *drawer) place(u *unit, f *special) {
	*u = unit{
		lot: otherOpen, places: u.places[:0], name: u.name[:0], style: accented, rna: -1, fixed: f,
		craft: f.craft, ess: f.family, form: f.form, natural: f.form == "1000", woman: f.woman, partial: f.partial, active: !f.closed,
		created: len(d.days) * 8 / 10, size: f.size, activity: activity{naf: f.naf, naf25: d.naf25[f.naf]}, nafa: f.nafa,
		label: f.label, first: [3]string{f.first}, surname: f.last, usage: f.usage, flag: f.flag, scop: f.scop, sign: f.sign != "",
	}
	name := f.name
	if u.natural {
		name = f.sign
	}
	u.name = appendStyled(u.name, name, u.style)
	if u.ess != nil {
		u.insertion = u.ess.insertion
	}
	var at *spot
	for i := range d.here.spots {
		if s := &d.here.spots[i]; s.code == f.commune && (f.communeName == "" || s.label == f.communeName) {
			at = s
			break
		}
	}
	if at == nil { // a register of a time when the commune was not part of another
		at = &d.here.spots[0]
	}
	e := establishment{
		nic: 1, head: true, active: !f.closed, partial: f.partial, created: u.created, since: u.created, size: f.size,
		spot: at, x: f.x, y: f.y, located: true, nafa: f.nafa, activity: u.activity,
	}
	if f.moved {
		old := e
		old.head, old.active, old.size, old.since, old.x = false, false, 0, u.created+900, -f.x
		u.places = append(u.places, old)
		e.nic, e.created, e.since = 2, old.since, old.since
	}
	u.places = append(u.places, e)
}

// laPoste writes the one unit whose establishments have no Luhn key.
func (m *maker) laPoste() {
	u := &m.unit
	*u = unit{
		lot: elsewhere, away: true, places: u.places[:0], name: append(u.name[:0], "LA POSTE"...), rna: -1, form: "5510", active: true,
		created: len(m.days) / 2, size: len(sizes) - 1, activity: activity{naf: "53.10Z", naf25: m.naf25["53.10Z"]},
	}
	for nic := range 6 {
		z := &m.here
		at := int32(z.wheel.draw(&m.rng))
		e := establishment{nic: nic*37 + 4, head: nic == 0, active: nic != 3, created: u.created, since: u.created, size: 3, activity: u.activity}
		m.settle(&e, z, at)
		u.places = append(u.places, e)
	}
	m.write(laPoste)
}
