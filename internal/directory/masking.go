package directory

import "passerelle/internal/geo"

// conceal leaves of e what may be said of a natural person who refused
// diffusion: its numbers, its trade, its size, its territory. The rules call
// it when an establishment is made, and whatever enters an index passes it
// again: no exit has to know what is masked.
func (e *Establishment) conceal() {
	e.Mask = MaskedPerson
	e.Name, e.Sign, e.Acronym, e.Aliases = "", "", "", nil
	e.Marks, e.RNA = nil, ""
	e.Street, e.Complement, e.Postcode, e.Commune, e.FormerCommune = "", "", "", "", ""
	e.Point, e.Precision = geo.Point{}, Nowhere
}
