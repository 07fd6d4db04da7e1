package contact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"passerelle/internal/fold"
)

// A fullName is a name of one cell, parted.
type fullName struct {
	first, last string
	role        string // what stood between brackets
	sure        bool   // the cell leaves no doubt
}

// splitName parts a whole name. Capitals tell the last name ("DUPONT Jean"),
// then a comma, then a usual first name, then a particle; failing these the
// first name is taken to come first, and is not sure.
func splitName(s string) fullName {
	s, role := cutBrackets(s)
	couple := false
	if before, after, ok := cutCouple(s); ok {
		couple = true
		if s = before; bareName(s) == "" {
			s = after // M. et Mme Dupont
		}
	}
	name := splitOne(s)
	name.role, name.sure = role, name.sure && !couple
	return name
}

// cutBrackets returns s without what stands between its first brackets, and
// that.
func cutBrackets(s string) (string, string) {
	before, after, ok := strings.Cut(s, "(")
	inner, end, closed := strings.Cut(after, ")")
	if !ok || !closed {
		return s, ""
	}
	return strings.TrimSpace(before + " " + end), strings.TrimSpace(inner)
}

// cutCouple parts the names of two people.
func cutCouple(s string) (before, after string, ok bool) {
	for _, sep := range []string{"/", "&", ";", " et ", " ou ", " ET ", " OU ", "\n"} {
		if before, after, ok = strings.Cut(s, sep); ok {
			return strings.TrimSpace(before), strings.TrimSpace(after), true
		}
	}
	return s, "", false
}

// splitOne parts the name of one person.
func splitOne(s string) fullName {
	bare := bareName(s)
	if last, first, ok := strings.Cut(bare, ","); ok {
		last, first = strings.TrimSpace(last), strings.TrimSpace(first)
		sure := last != "" && first != "" && !strings.Contains(first, ",") && (given(strings.Fields(first)[0]) || allCaps(last) && !allCaps(first))
		return fullName{first: properCase(first), last: properCase(last), sure: sure}
	}
	words := strings.Fields(bare)
	switch len(words) {
	case 0:
		return fullName{}
	case 1: // "Mme Lefèvre" is a last name, "Nadia" may be anything
		return fullName{last: properCase(bare), sure: bare != strings.TrimSpace(s)}
	}
	at, swapped, sure := cutByCapitals(words)
	if at == 0 {
		at, swapped, sure = cutByUse(words)
	}
	one, two := joined(words[:at]), joined(words[at:])
	if swapped {
		return fullName{first: two, last: one, sure: sure}
	}
	return fullName{first: one, last: two, sure: sure}
}

// joined returns words in normal case, one by one: only some may be capitals.
func joined(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = properCase(w)
	}
	return strings.Join(out, " ")
}

// cutByCapitals returns where the words in capitals part from the others, and
// whether they come first; at is 0 when they do not tell.
func cutByCapitals(words []string) (at int, swapped, sure bool) {
	caps := make([]bool, len(words))
	for i := len(words) - 1; i >= 0; i-- {
		// The particle before a last name goes with it: Jean de LA FONTAINE.
		caps[i] = allCaps(words[i]) || i+1 < len(words) && caps[i+1] && isParticle(words[i])
	}
	for i := 1; i < len(caps); i++ {
		if caps[i] == caps[i-1] {
			continue
		}
		if at > 0 {
			return 0, false, false // they alternate
		}
		at, swapped = i, caps[0]
	}
	return at, swapped, at > 0
}

// cutByUse returns where the first name parts from the last by what is usually
// one or the other.
func cutByUse(words []string) (at int, swapped, sure bool) {
	end := len(words) - 1
	firstGiven, lastGiven := given(words[0]), given(words[end])
	if isParticle(words[0]) { // de la Fontaine Jean
		return end, true, lastGiven
	}
	if i := slices.IndexFunc(words, isParticle); i > 0 && i < end {
		return i, false, firstGiven
	}
	switch {
	case firstGiven && !lastGiven:
		at = 1
		for at < end && given(words[at]) {
			at++
		}
		return at, false, true
	case lastGiven && !firstGiven:
		at = end
		for at > 1 && given(words[at-1]) {
			at--
		}
		return at, true, true
	}
	return 1, false, false
}

// given reports whether a word is a usual first name, a compound of one
// (Marie-Ange) or an initial.
func given(word string) bool {
	words := fold.Words(word)
	if len(words) == 0 {
		return false
	}
	return isGivenName(words[0]) || len(words) == 1 && utf8.RuneCountInString(words[0]) == 1 && strings.HasSuffix(word, ".")
}

func isParticle(word string) bool {
	switch strings.ToLower(word) {
	case "de", "du", "des", "d'", "d’", "la", "le", "les", "van", "von", "der", "den", "el", "al", "ben", "da", "dos", "di", "del":
		return true
	}
	return false
}

// bareName returns a name without the civilities that begin it.
func bareName(s string) string {
	s = strings.TrimSpace(s)
	for {
		word, rest, _ := strings.Cut(s, " ")
		if dot := strings.IndexByte(word, '.'); dot > 0 && dot < len(word)-1 && isCivility(word[:dot+1]) {
			word, rest = word[:dot+1], word[dot+1:]+" "+rest // M.Dupont
		}
		if !isCivility(word) {
			return s
		}
		s = strings.TrimSpace(rest)
	}
}

func isCivility(word string) bool {
	switch word {
	case "M", "M.", "Mr", "Mr.", "MR", "MR.", "Me", "Me.", "Dr", "Dr.", "DR", "Pr", "Pr.":
		return true // the case counts: "me" and "dr" begin no name
	}
	switch strings.ToLower(strings.TrimSuffix(word, ".")) {
	case "mme", "mlle", "mrs", "ms", "monsieur", "madame", "mademoiselle", "maître", "maitre", "docteur":
		return true
	}
	return false
}

// allCaps reports whether s has two letters or more and none in lower case.
func allCaps(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n >= 2
}

// properCase puts a name written in capitals in normal case, and leaves any
// other as its owner wrote it. Initials (JP) stay.
func properCase(s string) string {
	if !allCaps(s) || len(s) <= 3 && !strings.ContainsAny(s, "AEIOUY") {
		return s
	}
	inside := false // a word
	return strings.Map(func(r rune) rune {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsMark(r):
			inside = false
		case inside:
			r = unicode.ToLower(r)
		default:
			inside = true
		}
		return r
	}, s)
}
