package directory

import (
	"strings"
	"unicode"
)

// noName is what the stock writes where a name was withdrawn.
const noName = "SUPPRESSION DU NOM COMMERCIAL"

// small words stay small within a name.
var smallWords = wordSet("a à au aux avec chez d dans de des du en et l la le les ou par pour sous sur un une")

// sigla stay in capitals. Words without a vowel, with a digit or with points
// do too.
var sigla = wordSet("SA SARL SAS SASU EURL SCI SNC SCOP SCIC SCP SCM SELARL SELAS EARL GAEC CUMA GIE GEIQ ESAT EHPAD EI AI ACI ETTI CAE CIC AMAP APEI UDAF ADMR MFR MJC ESS BTP TP VTC AB ADN ABC RH IT")

func wordSet(s string) map[string]bool {
	m := make(map[string]bool)
	for w := range strings.FieldsSeq(s) {
		m[w] = true
	}
	return m
}

// readable writes a name that is all capitals as people write it; one that
// has small letters already is somebody's choice, and stays.
func readable(name string) string {
	name = strings.Join(strings.Fields(name), " ")
	if name == noName || name == hidden {
		return ""
	}
	if strings.ContainsFunc(name, unicode.IsLower) {
		return name
	}
	words := strings.Split(name, " ")
	for i, w := range words {
		words[i] = readableWord(w, i == 0)
	}
	return strings.Join(words, " ")
}

// readablePerson writes the name of a person: every part has a capital.
func readablePerson(first, last string) string {
	parts := strings.Fields(first + " " + last)
	for i, w := range parts {
		if !strings.ContainsFunc(w, unicode.IsLower) {
			parts[i] = eachPart(w, func(p string, _ bool) string { return capital(p) })
		}
	}
	return strings.Join(parts, " ")
}

func readableWord(w string, first bool) string {
	bare := strings.Trim(w, "()\"«».,;:!?")
	if sigla[bare] || strings.ContainsFunc(bare, unicode.IsDigit) || strings.Contains(bare, ".") || !hasVowel(bare) {
		return w
	}
	return eachPart(w, func(p string, begins bool) string {
		low := strings.ToLower(p)
		if smallWords[low] && !(first && begins) {
			return low
		}
		return capital(p)
	})
}

// eachPart changes the parts of a word between apostrophes and hyphens.
func eachPart(w string, change func(part string, begins bool) string) string {
	var b strings.Builder
	start := 0
	for i, r := range w {
		if r == '\'' || r == '’' || r == '-' || r == '/' || r == '&' {
			b.WriteString(change(w[start:i], start == 0))
			b.WriteRune(r)
			start = i + len(string(r))
		}
	}
	b.WriteString(change(w[start:], start == 0))
	return b.String()
}

// capital writes a word with one capital, its first letter.
func capital(w string) string {
	up := true
	return strings.Map(func(r rune) rune {
		if up && unicode.IsLetter(r) {
			up = false
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, w)
}

func hasVowel(w string) bool {
	return strings.ContainsAny(w, "AEIOUYÀÂÄÉÈÊËÎÏÔÖÙÛÜŒÆ")
}

// repetitions are the marks after a street number.
var repetitions = map[string]string{"B": "bis", "T": "ter", "Q": "quater", "C": "quinquies"}

// streetTypes are the abbreviations of typeVoie (INSEE, Sirene
// documentation); whole words stand beside them in the stock.
var streetTypes = map[string]string{
	"ALL": "allée", "AV": "avenue", "BD": "boulevard", "BRG": "bourg", "CAR": "carrefour", "CHE": "chemin", "CHS": "chaussée", "CITE": "cité",
	"COR": "corniche", "CRS": "cours", "DOM": "domaine", "DSC": "descente", "ECA": "écart", "ESP": "esplanade", "FG": "faubourg",
	"GR": "Grande Rue", "HAM": "hameau", "HLE": "halle", "IMP": "impasse", "LD": "lieu-dit", "LOT": "lotissement", "MAR": "marché",
	"MTE": "montée", "PAS": "passage", "PL": "place", "PLN": "plaine", "PLT": "plateau", "PRO": "promenade", "PRV": "parvis",
	"QUA": "quartier", "QUAI": "quai", "RES": "résidence", "RLE": "ruelle", "ROC": "rocade", "RPT": "rond-point", "RTE": "route",
	"RUE": "rue", "SEN": "sente", "SQ": "square", "TPL": "terre-plein", "TRA": "traverse", "VLA": "villa", "VLGE": "village",
	"ZA": "ZA", "ZAC": "ZAC", "ZI": "ZI",
}

// street writes the first line of an address: 12 bis, rue de la Gare.
func (f *Facts) street() string {
	kind, ok := streetTypes[strings.ToUpper(f.StreetType)]
	if !ok {
		kind = strings.ToLower(f.StreetType)
	}
	name := readable(f.Street)
	way := strings.TrimSpace(kind + " " + name)
	if kind != "" && name != "" {
		if first, rest, _ := strings.Cut(name, " "); smallWords[strings.ToLower(first)] {
			way = strings.TrimSpace(kind + " " + strings.ToLower(first) + " " + rest)
		} else if before, after, ok := strings.Cut(name, "'"); ok && smallWords[strings.ToLower(before)] {
			way = kind + " " + strings.ToLower(before) + "'" + after
		}
	}
	number := strings.TrimLeft(f.Number, "0")
	if number == "" {
		return way
	}
	if mark, ok := repetitions[strings.ToUpper(f.Repetition)]; ok {
		number += " " + mark
	} else if f.Repetition != "" {
		number += " " + strings.ToUpper(f.Repetition)
	}
	if way == "" {
		return number
	}
	return number + ", " + way
}
