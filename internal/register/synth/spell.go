package synth

import "strings"

// A style is how whoever filled the form wrote a name.
type style uint8

const (
	capitals style = iota // BOULANGERIE LEFEVRE: the commonest by far
	accented              // BOULANGERIE LEFÈVRE
	sentence              // Boulangerie Lefèvre
)

// pickStyle draws a style: seven names in ten are in bare capitals.
func pickStyle(r *rng) style {
	switch n := r.below(100); {
	case n < 70:
		return capitals
	case n < 86:
		return accented
	}
	return sentence
}

// appendStyled appends a French text, written in sentence case, in a style.
func appendStyled(b []byte, s string, how style) []byte {
	if how == sentence {
		return append(b, s...)
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z':
			b = append(b, c-'a'+'A')
		case c < 0x80:
			b = append(b, c)
		case c == 0xC3 && i+1 < len(s): // À to ÿ
			i++
			low := s[i]
			if low >= 0xA0 && low != 0xB7 && low != 0xBF {
				low -= 0x20
			}
			if how == capitals {
				if plain := bare[low-0x80]; plain != 0 {
					b = append(b, plain)
					continue
				}
			}
			b = append(b, 0xC3, low)
		case c == 0xC5 && i+1 < len(s) && s[i+1]|1 == 0x93: // œ
			i++
			if how == capitals {
				b = append(b, "OE"...)
			} else {
				b = append(b, "Œ"...)
			}
		default:
			b = append(b, c)
		}
	}
	return b
}

// bare gives the letters of À to ß without their marks, 0 for others.
var bare = [64]byte{
	'A', 'A', 'A', 'A', 'A', 'A', 0, 'C', 'E', 'E', 'E', 'E', 'I', 'I', 'I', 'I',
	0, 'N', 'O', 'O', 'O', 'O', 'O', 0, 'O', 'U', 'U', 'U', 'U', 'Y', 0, 0,
}

func styled(s string, how style) string { return string(appendStyled(nil, s, how)) }

// ofPlace puts "de" before the name of a commune: d'Arras, du Portel, des
// Attaques, de Lens.
func ofPlace(name string) string {
	switch {
	case strings.HasPrefix(name, "Le "):
		return "du " + name[3:]
	case strings.HasPrefix(name, "Les "):
		return "des " + name[4:]
	case strings.HasPrefix(name, "La "), strings.HasPrefix(name, "L'"):
		return "de " + strings.ToLower(name[:1]) + name[1:]
	case startsWithVowel(name):
		return "d'" + name
	}
	return "de " + name
}

func startsWithVowel(s string) bool {
	for _, v := range []string{"A", "E", "I", "O", "U", "Y", "É", "È", "Ê", "Î", "Œ", "Â"} {
		if strings.HasPrefix(s, v) {
			return true
		}
	}
	return false
}
