package synth

import "strings"

func (d *drawer) surnameOf() string { return of(&d.rng, d.words.surnames) }

// drawPerson draws a natural person.
func (d *drawer) drawPerson(u *unit) {
	u.woman = d.chance(4200)
	firsts, plain := d.words.men, d.men
	if u.woman {
		firsts, plain = d.words.women, d.women
	}
	n := 1
	if d.chance(4500) {
		n += 1 + d.below(2)
	}
	for i := range n {
		k := d.below(len(firsts))
		if u.first[i] = plain[k]; u.style != capitals {
			u.first[i] = styled(firsts[k], u.style)
		}
	}
	u.surname = styled(d.surnameOf(), u.style)
	if u.woman && d.chance(1800) {
		u.usage = styled(d.surnameOf(), u.style)
	}
}

// drawSign decides what stands on the front, and what else the unit is called.
func (d *drawer) drawSign(u *unit) {
	u.suppress = d.chance(signSuppressed)
	if !u.natural {
		u.sign = d.chance(1500)
		if u.ess != nil && d.chance(1500) || d.chance(300) {
			u.acronym = d.initials(u)
		}
		return
	}
	if u.sign = d.chance(3000); !u.sign {
		return
	}
	switch word := u.label; {
	case word == "" || d.chance(3500):
		u.name = appendStyled(u.name, withArticle(of(&d.rng, d.words.things)), u.style)
		if u.craft && d.chance(3000) {
			u.name = append(u.name[:0], appendStyled(nil, "L'Atelier de "+u.first[0], u.style)...)
		}
	default:
		u.name = appendStyled(u.name, word, u.style)
		u.name = append(u.name, ' ')
		u.name = append(u.name, u.surname...)
	}
}

// initials makes an acronym of the capitals of a name.
func (d *drawer) initials(u *unit) string {
	var b []byte
	start := true
	for _, c := range u.name {
		if start && c|0x20 >= 'a' && c|0x20 <= 'z' && len(b) < 6 {
			b = append(b, c&^0x20)
		}
		start = c == ' ' || c == '\''
	}
	return string(b)
}

// nameCraft names a craft company.
func (d *drawer) nameCraft(u *unit) {
	s := d.surnameOf()
	word := u.label
	if word == "" {
		word = of(&d.rng, []string{"Atelier", "Établissements", "Maison", "Ateliers"})
	}
	var name string
	switch n := d.below(100); {
	case n < 46:
		name = word + " " + s
	case n < 58:
		name = s + " et fils"
	case n < 68:
		name = word + " " + s + " & " + d.surnameOf()
	case n < 76:
		name = "SARL " + s
	case n < 86:
		name = word + " " + withArticle(of(&d.rng, d.words.things))
	case n < 93:
		name = "L'Atelier " + ofThing(of(&d.rng, d.words.things))
	default:
		name = s + " " + strings.ToLower(word[:1]) + word[1:]
		if word[0] >= 0x80 {
			name = s + " " + word
		}
	}
	u.name = appendStyled(u.name, name, u.style)
}

// nameOther names a company that is neither craft nor ESS.
func (d *drawer) nameOther(u *unit) {
	s := d.surnameOf()
	var name string
	switch n := d.below(100); {
	case u.form == "7210":
		name = "Commune " + ofPlace(of(&d.rng, d.here.spots[:d.here.today]).name)
	case u.form == "6540" && n < 50:
		name = "SCI " + withArticle(of(&d.rng, d.words.things))
	case u.form == "6540":
		name = "SCI " + s
	case u.form == "5485":
		name = "SELARL Docteur " + s
	case n < 40:
		name = s
	case n < 65:
		name = s + " " + of(&d.rng, []string{"Distribution", "Conseil", "Immobilier", "Négoce", "Gestion", "Développement", "Holding", "Santé"})
	case n < 85:
		name = withArticle(of(&d.rng, d.words.things))
	default:
		name = of(&d.rng, d.words.things) + " " + s
	}
	u.name = appendStyled(u.name, name, u.style)
}

// ofThing puts "de" and the article before a thing: de l'Étoile, du Phare.
func ofThing(thing string) string {
	switch t := withArticle(thing); t[:2] {
	case "Le":
		return "du " + thing
	case "La":
		return "de la " + thing
	default:
		return "de l'" + thing
	}
}

// expand writes a name from its pattern.
func (d *drawer) expand(u *unit, pattern string, s *spot) {
	name := make([]byte, 0, 80)
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '{' || i+2 >= len(pattern) {
			name = append(name, pattern[i])
			continue
		}
		switch pattern[i+1] {
		case 'c':
			name = append(name, ofPlace(s.name)...)
		case 'C':
			name = append(name, s.name...)
		case 't':
			name = append(name, withArticle(of(&d.rng, d.words.things))...)
		case 'T':
			name = append(name, of(&d.rng, d.words.things)...)
		case 's':
			name = append(name, d.surnameOf()...)
		case 'q':
			name = append(name, of(&d.rng, d.words.qualities)...)
		}
		i += 2
	}
	u.name = appendStyled(u.name, string(name), u.style)
}
